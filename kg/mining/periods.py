"""Months and years, by the dates that people write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Literal as OneOf

from kg.errors import InputError

__all__ = ["Unit", "check_day", "is_within", "period_of", "periods", "unit_for"]

Unit = OneOf["month", "year"]

_DAY = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-[0-3][0-9])?)?")
_MOST_MONTHS, _MOST_PERIODS = 60, 600


def check_day(text: str) -> str:
    """Return a day, a month or a year as it is written.

    Raises:
        InputError: it is none.
    """
    if not _DAY.fullmatch(text) or (len(text) == 10 and not _is_in_calendar(text)):
        raise InputError(f"{text!r} is no date: write 2025-03-14, 2025-03 or 2025.")
    return text


def _is_in_calendar(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def is_within(day: str, since: str, until: str) -> bool:
    """Tell whether a date may be in a span whose ends belong to it; an empty end is open.

    Dates are compared as far as both are known: 2025 is since 2025-03.
    """
    from_start = not since or day[: len(since)] >= since[: len(day)]
    return from_start and (not until or day[: len(until)] <= until[: len(day)])


def unit_for(days: Sequence[str]) -> Unit:
    """Return months where nine of ten days lie within five years, and most of them say the month; else years."""
    months = sorted(_month(day) for day in days if len(day) >= 7)
    if 2 * len(months) <= len(days) or months[-1] - months[0] >= _MOST_PERIODS:
        return "year"
    few = len(months) // 20
    return "month" if months[-1 - few] - months[few] < _MOST_MONTHS else "year"


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1


def period_of(day: str, unit: Unit) -> str:
    """Return the period of a date; empty where only its year is known, and months are asked for."""
    if unit == "year":
        return day[:4]
    return day[:7] if len(day) >= 7 else ""


def periods(first: str, last: str, unit: Unit) -> tuple[str, ...]:
    """Return all periods from one to another, both among them.

    Raises:
        InputError: there are more than 600.
    """
    count = _month(last) - _month(first) + 1 if unit == "month" else int(last) - int(first) + 1
    if count > _MOST_PERIODS:
        raise InputError(f"From {first} to {last} there are {count:,} {unit}s. Narrow it by --since and --until.")
    if unit == "year":
        return tuple(f"{int(first) + number:04}" for number in range(count))
    months = range(_month(first), _month(last) + 1)
    return tuple(f"{month // 12:04}-{month % 12 + 1:02}" for month in months)
