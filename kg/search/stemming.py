"""Stems of English words: what is left without the endings of grammar.

Source: Porter 1980, "An algorithm for suffix stripping"; the steps are numbered as there.
"""

from __future__ import annotations

import re

__all__ = ["stem"]

_STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "abli": "able", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble",
}  # fmt: skip
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti",
    "ous", "ive", "ize",
)  # fmt: skip
_NOT_STEMMED = re.compile(r"[^a-z]")


def stem(word: str) -> str:
    """Return the stem of a word in small letters; a word with other characters, or of two letters, is its own."""
    if len(word) <= 2 or _NOT_STEMMED.search(word):
        return word
    word = _step_1(word)
    word = _replaced(word, _STEP_2)
    word = _replaced(word, _STEP_3)
    return _step_5(_step_4(word))


def _step_1(word: str) -> str:
    if word.endswith(("sses", "ies")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if word.endswith("eed"):
        word = word[:-1] if _measure(word[:-3]) > 0 else word
    elif (cut := 2 if word.endswith("ed") else 3 if word.endswith("ing") else 0) and _has_vowel(word[:-cut]):
        word = _mended(word[:-cut])
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = f"{word[:-1]}i"
    return word


def _mended(word: str) -> str:
    """Return a word that has lost `ed` or `ing` as it is written without."""
    if word.endswith(("at", "bl", "iz")):
        return f"{word}e"
    if len(word) > 1 and word[-1] == word[-2] and word[-1] not in "aeiouylsz":
        return word[:-1]
    return f"{word}e" if _measure(word) == 1 and _ends_short(word) else word


def _replaced(word: str, endings: dict[str, str]) -> str:
    """Return a word with its longest of some endings replaced where enough is left."""
    for length in range(min(7, len(word) - 1), 1, -1):
        ending = word[-length:]
        if ending in endings:
            return word[:-length] + endings[ending] if _measure(word[:-length]) > 0 else word
    return word


def _step_4(word: str) -> str:
    for length in range(min(5, len(word) - 1), 1, -1):
        if word[-length:] in _STEP_4:
            left = word[:-length]
            is_kept = _measure(left) <= 1 or (word.endswith("ion") and not left.endswith(("s", "t")))
            return word if is_kept else left
    return word


def _step_5(word: str) -> str:
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _ends_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


def _forms(word: str) -> str:
    """Return a word with `v` for each vowel and `c` for each consonant; a `y` after a consonant is a vowel."""
    forms: list[str] = []
    for letter in word:
        is_vowel = letter in "aeiou" or (letter == "y" and bool(forms) and forms[-1] == "c")
        forms.append("v" if is_vowel else "c")
    return "".join(forms)


def _measure(word: str) -> int:
    """Return how often a consonant follows a vowel: `m` of the paper."""
    return _forms(word).count("vc")


def _has_vowel(word: str) -> bool:
    return "v" in _forms(word)


def _ends_short(word: str) -> bool:
    """Tell whether a word ends in consonant, vowel, consonant, the last none of w, x and y: `*o` of the paper."""
    return _forms(word).endswith("cvc") and word[-1] not in "wxy"
