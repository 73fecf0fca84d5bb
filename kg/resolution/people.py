"""Personal names: what two of them have in common, and when they cannot be one person's."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from kg.resolution.chinese import without_title
from kg.resolution.forms import Form
from kg.resolution.words import SUFFIXES, TITLES

__all__ = ["PersonName", "given_names_agree", "person_name", "person_names"]

_COMPOUND = frozenset("欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 夏侯 司徒 端木 南宫 独孤".split())
_MAX_FAMILY_WORDS = 2
"""Words before a comma that are a family name: `Garcia Lopez, Maria`."""
_PARTICLES = frozenset("al bin da de del der di dos du el la le ter van von".split())


@dataclass(frozen=True, slots=True)
class PersonName:
    """A personal name: given names or initials in order, and the family name.

    One word alone is a family name here; which of the two it is cannot be seen.
    """

    given: tuple[str, ...]
    family: str

    @property
    def is_full(self) -> bool:
        """Tell whether at least one given name is written out."""
        return any(len(name) > 1 for name in self.given)


def person_name(form: Form) -> PersonName | None:
    """Read a form as a personal name, without titles; None if nothing is left.

    `Turing, Alan` has its given names as the qualifier.
    """
    if not form.tokens:
        return None
    return _chinese_name(without_title(form.tokens[0])) if form.is_han else _western_name(form.tokens, form.qualifier)


@lru_cache(maxsize=65_536)
def _western_name(tokens: tuple[str, ...], qualifier: tuple[str, ...]) -> PersonName:
    words = list(tokens)
    while len(words) > 1 and words[0] in TITLES:
        words = words[1:]
    while len(words) > 1 and words[-1] in SUFFIXES:
        words.pop()
    qualifier = tuple(word for word in qualifier if word not in SUFFIXES)
    if qualifier and len(words) <= _MAX_FAMILY_WORDS:
        return PersonName(qualifier, "".join(words))
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return PersonName(tuple(words[:start]), "".join(words[start:]))


def _chinese_name(name: str) -> PersonName:
    if "·" in name:
        *given, family = name.split("·")
        return PersonName(tuple(given), family)
    if len(name) > 4 or len(name) < 2:
        return PersonName((), name)
    size = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1
    return PersonName((name[size:],), name[:size])


def person_names(left: Form, right: Form) -> tuple[PersonName | None, PersonName | None]:
    """Read two forms, each in view of the other: 爱因斯坦 is one word beside 阿尔伯特·爱因斯坦."""
    a, b = person_name(left), person_name(right)
    dotted = ["·" in form.key for form in (left, right)]
    if dotted == [False, True] and left.is_han:
        a = PersonName((), without_title(left.tokens[0]))
    if dotted == [True, False] and right.is_han:
        b = PersonName((), without_title(right.tokens[0]))
    return a, b


def given_names_agree(left: PersonName, right: PersonName) -> bool:
    """Tell whether the given names of two people may be one person's.

    Each must agree with the one in its place, an initial with what begins so; the longer list may go on.
    A first name that differs by a letter or two in a long word may be a slip of the pen.
    """
    return all(_agree(a, b) for a, b in zip(left.given, right.given, strict=False))


def _agree(left: str, right: str) -> bool:
    if left == right:
        return True
    if not left.isascii() or not right.isascii():
        return False
    if len(left) == 1 or len(right) == 1:
        return left[0] == right[0]
    return min(len(left), len(right)) > 4 and left[0] == right[0] and OSA.distance(left, right, score_cutoff=1) <= 1
