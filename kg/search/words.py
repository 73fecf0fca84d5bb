"""The terms that passages are found by: stems of English words, and Chinese characters by ones and twos."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from kg.recommendation.note_texts import readable_lines
from kg.search.stemming import stem

__all__ = ["encoded_text", "fold", "is_chinese", "is_function_word", "name_key", "terms"]

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_TERM = re.compile(rf"[{_HAN}]+|(?<!\w)[a-z](?:\+\+|#)(?!\w)|[^\W_{_HAN}]+")
_POSSESSIVE = re.compile(r"(?<=\w)['’]s\b")
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_LONGEST = 40
"""Characters. A longer run of letters and digits is no word: a hash, or data."""

_FUNCTION_WORDS = frozenset(
    "a about after all also an and any are as at be because been before being both but by can could did do does doing "
    "during each for from further had has have having he her here him his how i if in into is it its itself just me my "
    "no nor not of off on once only or other our out over own s same she should so some such t than that the their "
    "them then there these they this those through to too under until up us very was we were what when where which "
    "while who whom why will with would you your".split()
)
_FUNCTION_CHARACTERS = frozenset("的了吗呢是在和与或有就都而及着谁什么怎哪个我你他她它们这那")


def terms(text: str) -> list[str]:
    """Return the terms of a text, in its order.

    An English word is its stem. A run of Chinese characters is its pairs of neighbours, which need no dictionary,
    and its single characters behind them. Accents and case do not count.

    Source: Nie, Gao, Zhang and Zhou 2000, "On the use of words and n-grams for Chinese information retrieval".
    """
    found: list[str] = []
    for run in _TERM.findall(_bare(text)):
        if not is_chinese(run):
            if len(run) <= _LONGEST:
                found.append(_stem(run))
        else:
            found += [run[place : place + 2] for place in range(len(run) - 1)]
            found += run
    return found


def is_chinese(term: str) -> bool:
    """Tell whether a term is of Chinese characters."""
    return "\u3400" <= term[0] <= "\u9fff" or "\uf900" <= term[0] <= "\ufaff"


def fold(text: str) -> str:
    """Return a text in which letters that people take for the same are the same: of any case and width, no accents."""
    if text.isascii():
        return text.lower()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFKC", bare)


def _bare(text: str) -> str:
    folded = fold(text)
    return _POSSESSIVE.sub("", folded) if "'" in folded or "’" in folded else folded


def is_function_word(term: str) -> bool:
    """Tell whether a term of a question says nothing of what it is about."""
    return term in _FUNCTION_WORDS or all(character in _FUNCTION_CHARACTERS for character in term)


def name_key(name: str) -> str:
    """Return what is the same for a name however it is written: its folded words; empty for one without."""
    return " ".join(_TERM.findall(_bare(name)))


def encoded_text(title: str, headings: tuple[str, ...], text: str) -> str:
    """Return what a model of text vectors reads of a passage: its words, under the titles that say what it is about."""
    above = [title, *(name for name in headings if name_key(name) != name_key(title))]
    return ". ".join((*above, " ".join(readable_lines(text))))


_stem = lru_cache(maxsize=100_000)(stem)
