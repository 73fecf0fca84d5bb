"""Durations as Neo4j has them: months, days and seconds apart, each with a sign of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

__all__ = ["NANOSECONDS", "Duration"]

NANOSECONDS = 1_000_000_000
_MOST = 2**63

_PART = r"(?:([+-]?[0-9]{{1,15}}){})?"
_TEXT = re.compile(
    "(-?)P" + "".join(_PART.format(unit) for unit in "YMWD")
    + "(?:T" + "".join(_PART.format(unit) for unit in "HM") + r"(?:([+-]?)([0-9]{1,15})(?:[.,]([0-9]{1,9}))?S)?)?",
    re.ASCII,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration; `nanoseconds` are all of its clock."""

    months: int = 0
    days: int = 0
    nanoseconds: int = 0

    def __post_init__(self) -> None:
        if max(abs(self.months), abs(self.days), abs(self.nanoseconds) // NANOSECONDS) >= _MOST:
            raise ValueError("a duration beyond 64 bits")

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Return the duration of a text of whole units, in which the seconds alone have a fraction."""
        found = _TEXT.fullmatch(text)
        if found is None or text[-1] in "PT":
            raise ValueError(f"{text!r} is no duration of whole units")
        sign = -1 if found[1] else 1
        years, months, weeks, days, hours, minutes = (sign * int(part or 0) for part in found.groups()[1:7])
        fraction = int((found[10] or "").ljust(9, "0"))
        seconds = (-sign if found[8] == "-" else sign) * (int(found[9] or 0) * NANOSECONDS + fraction)
        return cls(12 * years + months, 7 * weeks + days, (3600 * hours + 60 * minutes) * NANOSECONDS + seconds)

    @classmethod
    def of_parts(cls, parts: Mapping[str, int]) -> Self:
        """Return the duration that kglite gives as a map."""
        clock = parts["seconds"] * NANOSECONDS + parts.get("nanoseconds", 0)
        return cls(parts["months"], parts["days"], clock)

    def __str__(self) -> str:
        years = _towards_zero(self.months, 12)
        hours = _towards_zero(self.nanoseconds, 3600 * NANOSECONDS)
        minutes = _towards_zero(self.nanoseconds, 60 * NANOSECONDS) - hours * 60
        rest = self.nanoseconds - (hours * 60 + minutes) * 60 * NANOSECONDS
        date = _units((years, "Y"), (self.months - years * 12, "M"), (self.days, "D"))
        clock = _units((hours, "H"), (minutes, "M"))
        if rest:
            whole, fraction = divmod(abs(rest), NANOSECONDS)
            digits = f".{fraction:09d}".rstrip("0") if fraction else ""
            clock += f"{'-' if rest < 0 else ''}{whole}{digits}S"
        return f"P{date}{'T' + clock if clock else ''}" if date or clock else "PT0S"

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.months + other.months, self.days + other.days, self.nanoseconds + other.nanoseconds)

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.days, -self.nanoseconds)

    @property
    def seconds(self) -> int:
        """Return the whole seconds, as Neo4j splits them: the rest is never negative."""
        return self.nanoseconds // NANOSECONDS

    def component(self, name: str) -> int:
        """Return a part by its name.

        Raises:
            KeyError: it has no such part.
        """
        seconds, nanoseconds = divmod(self.nanoseconds, NANOSECONDS)
        parts = {
            "years": _towards_zero(self.months, 12),
            "quarters": _towards_zero(self.months, 3),
            "months": self.months,
            "weeks": _towards_zero(self.days, 7),
            "days": self.days,
            "hours": _towards_zero(seconds, 3600),
            "minutes": _towards_zero(seconds, 60),
            "seconds": seconds,
            "milliseconds": seconds * 1000 + nanoseconds // 1_000_000,
            "microseconds": seconds * 1_000_000 + nanoseconds // 1000,
            "nanoseconds": self.nanoseconds,
            "quartersOfYear": _towards_zero(self.months, 3) - 4 * _towards_zero(self.months, 12),
            "monthsOfYear": self.months - 12 * _towards_zero(self.months, 12),
            "monthsOfQuarter": self.months - 3 * _towards_zero(self.months, 3),
            "daysOfWeek": self.days - 7 * _towards_zero(self.days, 7),
            "minutesOfHour": _towards_zero(seconds, 60) - 60 * _towards_zero(seconds, 3600),
            "secondsOfMinute": seconds - 60 * _towards_zero(seconds, 60),
            "millisecondsOfSecond": nanoseconds // 1_000_000,
            "microsecondsOfSecond": nanoseconds // 1000,
            "nanosecondsOfSecond": nanoseconds,
        }
        return parts[name]


def _towards_zero(number: int, by: int) -> int:
    return number // by if number >= 0 else -(-number // by)


def _units(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)
