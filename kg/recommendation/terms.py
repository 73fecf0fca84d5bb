"""The terms that texts are compared by: words in English, pairs of characters in Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["Vocabulary", "is_han"]

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_LONGEST = 40
"""Characters. A longer run of letters and digits is no word: a hash, or data."""


def is_han(term: str) -> bool:
    """Tell whether a term is of Chinese characters."""
    return "\u3400" <= term[0] <= "\u9fff" or "\uf900" <= term[0] <= "\ufaff"


class Vocabulary:
    """Numbers of words and of terms, given in the order in which they come.

    A word is a run of letters and digits as it is written, folded; English words that differ in a plural are one
    term. A run of Chinese characters is the terms of each two characters in a row, which need no dictionary: a word
    of a field that none has is found too. A character that stands alone is a term.

    Source: Nie, Gao, Zhang and Zhou 2000, "On the use of words and n-grams for Chinese information retrieval".
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self.term_of_word: list[int] = []
        self._numbers: dict[str, int] = {}
        self._terms: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._terms)

    def read(self, text: str) -> list[int]:
        """Return the words of a text by number, in its order; new ones are taken in."""
        numbers = self._numbers
        found: list[int] = []
        for word in _words(text):
            number = numbers.get(word)
            found.append(self._add(word) if number is None else number)
        return found

    def known_terms(self, text: str) -> list[int]:
        """Return the terms of a text by number, in its order, those that no text had left out."""
        terms = (self._terms.get(_stem(word)) for word in _words(text))
        return [term for term in terms if term is not None]

    def known_words(self, text: str) -> list[int]:
        """Return the words of a text by number, in its order; -1 for those that no text had."""
        return [self._numbers.get(word, -1) for word in _words(text)]

    def _add(self, word: str) -> int:
        number = self._numbers[word] = len(self.words)
        self.words.append(word)
        self.term_of_word.append(self._terms.setdefault(_stem(word), len(self._terms)))
        return number


def _words(text: str) -> Iterator[str]:
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).casefold()):
        if not is_han(run):
            if len(run) <= _LONGEST:
                yield run
        elif len(run) == 1:
            yield run
        else:
            yield from (run[place : place + 2] for place in range(len(run) - 1))


def _stem(word: str) -> str:
    """Return a word without its plural's ending, as far as the ending tells.

    Source: Harman 1991, "How effective is suffixing?", the S stemmer.
    """
    if len(word) < 4 or not word.endswith("s") or not word.isascii():
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return f"{word[:-3]}y"
    if word.endswith("es") and not word.endswith(("aes", "ees", "oes")):
        return word[:-1]
    return word if word.endswith(("us", "ss", "is")) else word[:-1]
