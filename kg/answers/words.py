"""The words of a question: tokens with their places, and the forms of English words."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass

__all__ = [
    "FUNCTION_WORDS",
    "PREPOSITIONS",
    "Token",
    "fold",
    "forms",
    "has_chinese",
    "is_latin",
    "is_participle",
    "is_past",
    "normal_noun",
    "plurals",
    "share_form",
    "tokenise",
]

_TOKEN = re.compile(r"['’]s(?![^\W\d_])|[^\W_]+(?:[-./+#'’&_][^\W_]+)*(?:\+\+|#)?|[^\w\s]", re.UNICODE)
_CHINESE = re.compile(r"[\u3400-\u9fff]")

PREPOSITIONS = frozenset(
    "about at by for from in into like of on over to under upon with within as behind after before since until".split()
)
FUNCTION_WORDS = (
    frozenset(
        """a an and any are been being both but can could did do does each every had has have he her here him his how i
        if is it its me my no not nor one or our she should so some than that the their them then there these they this
        those was we were what when where which while who whom whose why will would you your us am be all also list
        name show tell give find many much find which""".split()
    )
    | PREPOSITIONS
)
"""Words that name nothing, whatever a note is called."""

_IRREGULAR = {
    "began": "begin", "begun": "begin", "bought": "buy", "brought": "bring", "built": "build", "came": "come",
    "chose": "choose", "chosen": "choose", "did": "do", "done": "do", "drawn": "draw", "drew": "draw",
    "driven": "drive", "drove": "drive", "gave": "give", "given": "give", "grew": "grow", "grown": "grow",
    "held": "hold", "kept": "keep", "knew": "know", "known": "know", "lain": "lie", "lay": "lie", "led": "lead",
    "left": "leave", "made": "make", "men": "man", "met": "meet", "paid": "pay", "people": "person", "ran": "run",
    "run": "run", "said": "say", "sent": "send", "shown": "show", "sold": "sell", "spoke": "speak", "spoken": "speak",
    "spent": "spend", "taken": "take", "taught": "teach", "thought": "think", "told": "tell", "took": "take",
    "understood": "understand", "went": "go", "women": "woman", "won": "win", "written": "write", "wrote": "write",
    "rewritten": "rewrite", "rewrote": "rewrite", "born": "bear", "forked": "fork", "hidden": "hide", "set": "set",
}  # fmt: skip
_PAST = frozenset(
    """begun bought brought built chosen done drawn driven given grown held kept known led left made met paid run said
    sent shown sold spoken spent taken taught told understood won written rewritten born hidden set""".split()
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word or sign of a question; `start` and `end` are its characters, `text` folded."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return a text in lower case, in NFKC, with plain apostrophes."""
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def tokenise(text: str) -> list[Token]:
    """Return the tokens of a text in order; a possessive `'s` is a token of its own."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        word, start = match[0], match.start()
        for ending in ("'s", "’s"):
            if word.casefold().endswith(ending) and len(word) > len(ending):
                cut = match.end() - len(ending)
                found.append(Token(fold(text[start:cut]), start, cut))
                start, word = cut, ending
                break
        found.append(Token(fold(word), start, match.end()))
    return found


def is_latin(character: str) -> bool:
    """Tell whether a character is one of those that make up words between spaces."""
    return character.isalnum() and not has_chinese(character)


def has_chinese(text: str) -> bool:
    """Tell whether a text has a Chinese character."""
    return _CHINESE.search(text) is not None


@functools.lru_cache(maxsize=20_000)
def forms(word: str) -> frozenset[str]:
    """Return what a lower-case word may be a form of, itself among them: a verb, a noun in the plural."""
    found = {word}
    if word in _IRREGULAR:
        found.add(_IRREGULAR[word])
    if len(word) > 3:
        if word.endswith("ies"):
            found.add(f"{word[:-3]}y")
        if word.endswith("es"):
            found.add(word[:-2])
        if word.endswith("s") and not word.endswith(("ss", "us", "is")):
            found.add(word[:-1])
        for ending in ("ed", "ing"):
            stem = word.removesuffix(ending)
            if stem != word and len(stem) > 1:
                found |= {stem, f"{stem}e"}
                if stem[-1] == stem[-2]:
                    found.add(stem[:-1])
        if word.endswith("ied"):
            found.add(f"{word[:-3]}y")
    return frozenset(found)


def share_form(left: str, right: str) -> bool:
    """Tell whether two words may be forms of one word: `works` and `worked`, `person` and `people`."""
    return left == right or not forms(left).isdisjoint(forms(right))


def normal_noun(text: str) -> str:
    """Return a noun in lower case and in the singular, as far as its ending tells."""
    folded = fold(text)
    return f"{folded[:-3]}y" if folded.endswith("ies") else folded.removesuffix("s")


def plurals(noun: str) -> tuple[str, ...]:
    """Return a lower-case noun with what may be its plural."""
    found = [noun, f"{noun}s", f"{noun}es"]
    if noun.endswith("y"):
        found.append(f"{noun[:-1]}ies")
    if noun.endswith(("man", "woman")):
        found.append(f"{noun[:-2]}en")
    return tuple(found)


def is_past(word: str) -> bool:
    """Tell whether a word may be a verb in the past: `wrote`, `worked`."""
    return is_participle(word) or (word in _IRREGULAR and _IRREGULAR[word] not in ("man", "woman", "person", word))


def is_participle(word: str) -> bool:
    """Tell whether a word may be a past participle."""
    return word in _PAST or (word.endswith("ed") and len(word) > 3)
