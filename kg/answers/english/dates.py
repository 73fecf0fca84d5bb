"""Dates as English writes them: `March 2025`, `July 1, 2025`, `1 July 2025`."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["LONGEST_DATE", "date_at"]

LONGEST_DATE = 5
"""Words of a date: `1st of July , 2025`."""
_MONTHS = "january february march april may june july august september october november december".split()
_YEAR = re.compile(r"\d{4}")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")


def date_at(words: Sequence[str]) -> tuple[str, int]:
    """Return the date that some words begin with, as `2025-07` or `2025-07-01`, and how many it has; 0 for none.

    Args:
        words: in lower case; a comma is a word.
    """
    signs = [_sign(word) for word in words]
    for shape in ("dmy", "domy", "dmcy", "domcy", "mdy", "mdcy", "my", "mcy", "moy"):
        if all(sign in own for sign, own in zip(shape, signs, strict=False)) and len(signs) >= len(shape):
            found = dict(zip(shape, words, strict=False))
            parts = [found["y"], f"{_month(found['m']):02}"]
            if "d" in found:
                day = _DAY.fullmatch(found["d"])
                assert day is not None
                parts.append(f"{int(day[1]):02}")
            return "-".join(parts), len(shape)
    return "", 0


def _sign(word: str) -> str:
    """Return what a word may be in a date: a day, a month, a year, `of` or a comma."""
    if _YEAR.fullmatch(word):
        return "y"
    if _DAY.fullmatch(word):
        return "d"
    if _month(word):
        return "m"
    return {"of": "o", ",": "c"}.get(word, "")


def _month(word: str) -> int:
    """Return the number of a month, by its name or the first three letters of it; 0 for other words."""
    plain = word.rstrip(".")
    names = (number for number, name in enumerate(_MONTHS, 1) if plain in (name, name[:3]))
    return next(names, 0)
