"""How two names are related: the same, one short for the other, one more than the other, or nearly alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal as OneOf

from rapidfuzz.distance import OSA

from kg.resolution.chinese import abbreviation, is_kind_suffix, says_where
from kg.resolution.forms import Form
from kg.resolution.people import PersonName, given_names_agree, person_names
from kg.resolution.words import SMALL_WORDS

__all__ = ["MIN_SPELLING", "MatchKind", "NameMatch", "compare_names", "compare_people", "written_initials"]

MatchKind = OneOf[
    "same", "plural", "reordered", "acronym", "abbreviation", "initials", "part", "prefix", "clipped", "spelling",
    "surname", "sound", "class word", "more", "different",
]  # fmt: skip
"""
same           equal but for case, accents, script, punctuation, spaces, legal form
plural         equal but for a plural, or the endings of British and American English
reordered      the same words in another order
acronym        the first letters of the other's words
abbreviation   Chinese characters kept from the other's words, or the other with a word for its kind (清华大学)
initials       personal names that agree, one with initials or fewer given names
part           the end of the other: `Kafka` of `Apache Kafka`; to a small degree where no capital says it is a name
prefix         the same name, one with a qualifier: `Paris` of `Paris, France`
clipped        the other without its last few letters: `Postgres` of `PostgreSQL`
spelling       a few letters apart; the degree says how near
surname        one word of the other's personal name
sound          Chinese characters and how they are read
class word     the same name, one with the word for its class: `Project Lantern`
more           the beginning of the other, which goes on: `Google` of `Google Cloud`
different      none of these
"""

_NUMERONYM = re.compile(r"([a-z])(\d+)([a-z])")
MIN_SPELLING = 0.75
"""Degree at which two spellings begin to be alike."""
_MIN_HAN_SPELLING = 4
_NARROWER = 0.2
"""Degree of a part that is as likely the wider of two concepts: `database` of `graph database`."""
_OTHER_NAME = 0.8
"""Degree of a plural where both are one word with a capital: Panda is not Pandas."""
_SURE_ACRONYM = 4
"""Letters from which an acronym is as sure as it can be."""
_MAX_CLIPPED = 3
_MIN_FAMILY = 5
"""Letters of a family name in which a slip may be one: Chen is not Cheng."""
_INITIALS_ONLY = 0.65
"""Degree of agreement if one of two people has no given name written out."""


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A relation between two names and its degree in (0, 1]."""

    kind: MatchKind
    degree: float = 1.0


_DIFFERENT = NameMatch("different")


def compare_names(left: Form, right: Form) -> NameMatch:
    """Compare two names of things that are no people; symmetric.

    Numbers are compared by the caller: here `Python` and `Python 3` have the same words.
    """
    if left.key == right.key or (left.tokens and left.tokens == right.tokens):
        is_same = left.plain == right.plain or left.acronym or right.acronym
        return _qualified(left, right, "same" if is_same else "plural")
    if "".join(left.singulars) == "".join(right.singulars):
        return _qualified(left, right, "same" if left.plain == right.plain else "plural")
    short, long = (left, right) if (len(left.key), left.key) <= (len(right.key), right.key) else (right, left)
    for form, other in ((short, long), (long, short)):
        if is_acronym_of(form, other):
            return NameMatch("acronym", min(1.0, len(form.plain) / _SURE_ACRONYM))
    if short.is_han and long.is_han:
        return _compare_han(short.tokens[0], long.tokens[0])
    return _compare_words(short, long)


def _qualified(left: Form, right: Form, kind: MatchKind) -> NameMatch:
    if left.qualifier == right.qualifier:
        are_names = left.is_capitalised and right.is_capitalised and len(left.tokens) == len(right.tokens) == 1
        return NameMatch(kind, _OTHER_NAME if kind == "plural" and are_names else 1.0)
    return _DIFFERENT if left.qualifier and right.qualifier else NameMatch("prefix")


def is_acronym_of(short: Form, long: Form) -> bool:
    """Tell whether one name is made of the first letters of the other's words: `W3C` and `k8s` too."""
    if len(long.tokens) > 1 and short.acronym:
        return short.acronym in written_initials(long)
    if len(short.tokens) != 1 or len(long.tokens) != 1:
        return False
    match = _NUMERONYM.fullmatch(short.tokens[0])
    word = long.tokens[0]
    return match is not None and (word[0], str(len(word) - 2), word[-1]) == match.groups()


def written_initials(form: Form) -> frozenset[str]:
    """Return a name's initials, as they are, with repeated letters counted, and with its number: `w3c`, `ww2`."""
    found = set(form.initials)
    for initials in form.initials:
        found.add(re.sub(r"(.)\1+", lambda run: f"{len(run[0])}{run[1]}", initials))
        found.add(re.sub(r"(.)\1+", lambda run: f"{run[1]}{len(run[0])}", initials))
        if form.numbers:
            found.add(initials + "".join(form.numbers))
    return frozenset(found)


def _compare_han(short: str, long: str) -> NameMatch:
    if long.startswith(short):
        return NameMatch("abbreviation" if is_kind_suffix(long[len(short) :]) else "more")
    if long.endswith(short) and len(short) > 1:
        front = long[: -len(short)]
        return NameMatch("prefix") if says_where(front) else NameMatch("part", _NARROWER)
    kept = 2.0 * abbreviation(short, long) - 1.0
    if kept > 0.0:
        return NameMatch("abbreviation", kept)
    return _spelled(short, long) if len(long) > _MIN_HAN_SPELLING else _DIFFERENT


@lru_cache(maxsize=65_536)
def _content_words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in SMALL_WORDS)


def _compare_words(short: Form, long: Form) -> NameMatch:
    a, b = _content_words(short.singulars), _content_words(long.singulars)
    if not a or not b:
        return _DIFFERENT
    if len(a) > 1 and sorted(a) == sorted(b):
        return _qualified(short, long, "reordered")
    if len(a) > len(b):
        a, b = b, a
    if len(a) < len(b):
        if b[-len(a) :] == a:
            return NameMatch("part", 1.0 if short.is_capitalised and long.is_capitalised else _NARROWER)
        if set(a) <= set(b):
            return NameMatch("class word" if all(is_kind_suffix(word) for word in b if word not in a) else "more")
    x, y = sorted(("".join(a), "".join(b)), key=len)
    if len(x) > 4 and len(a) == len(b) == 1 and y.startswith(x) and 1 < len(y) - len(x) <= _MAX_CLIPPED:
        return NameMatch("clipped")
    return _spelling(a, b)


def _spelling(left: tuple[str, ...], right: tuple[str, ...]) -> NameMatch:
    """Compare word by word where the numbers of words are equal: one other word is another name."""
    if len(left) == len(right) > 1:
        degrees = [OSA.normalized_similarity(a, b) for a, b in zip(left, right, strict=True)]
        if min(degrees) <= MIN_SPELLING:
            return _DIFFERENT
    x, y = "".join(left), "".join(right)
    if min(len(x), len(y)) < 4:
        return _DIFFERENT
    return _spelled(x, y)


def _spelled(left: str, right: str) -> NameMatch:
    similarity = OSA.normalized_similarity(left, right, score_cutoff=MIN_SPELLING)
    return NameMatch("spelling", similarity) if similarity > MIN_SPELLING else _DIFFERENT


def compare_people(left: Form, right: Form) -> NameMatch:
    """Compare two names of people; symmetric."""
    a, b = person_names(left, right)
    if a is None or b is None:
        return _DIFFERENT
    x, y = "".join((*a.given, a.family)), "".join((*b.given, b.family))
    if x == y:
        return NameMatch("same")
    if a.family == b.family:
        return _same_family(a, b)
    for one, whole in ((a, b), (b, a)):
        if not one.given and one.family in whole.given:
            return NameMatch("surname", 0.5)
    if a.is_full and b.is_full and sorted((*a.given, a.family)) == sorted((*b.given, b.family)):
        return NameMatch("reordered")
    if not x.isascii() or not y.isascii() or not given_names_agree(a, b):
        return _DIFFERENT
    if min(len(a.family), len(b.family)) < _MIN_FAMILY or OSA.normalized_similarity(a.family, b.family) <= MIN_SPELLING:
        return _DIFFERENT
    return _spelled(x, y)


def _same_family(a: PersonName, b: PersonName) -> NameMatch:
    if not a.given or not b.given:
        return NameMatch("surname")
    if not given_names_agree(a, b):
        return _DIFFERENT
    if all(len(name) > 1 for name in (*a.given, *b.given)) and len(a.given) == len(b.given):
        return _spelled("".join(a.given), "".join(b.given))
    return NameMatch("initials", 1.0 if a.is_full and b.is_full else _INITIALS_ONLY)
