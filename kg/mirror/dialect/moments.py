"""Dates and times as Neo4j has them, worked out before a statement runs: exact to the nanosecond, or not at all."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from dataclasses import dataclass, replace
from typing import Self

from kg.mirror.dialect.durations import NANOSECONDS, Duration

__all__ = ["DATED", "DAY", "TIMED", "ZONED", "Moment", "month_and_day"]

DAY = 86_400 * NANOSECONDS
DATED = frozenset({"date", "local datetime", "zoned datetime"})
TIMED = frozenset({"local time", "zoned time", "local datetime", "zoned datetime"})
ZONED = frozenset({"zoned time", "zoned datetime"})

_EPOCH = datetime.date(1970, 1, 1).toordinal()
_YEARS_OF_ZONES = range(1970, 2038)
"""In which all have the same rules for zones with names."""

_DATE = re.compile(r"(\d{4})(?:-?W(\d{2})(?:-?(\d))?|-?Q(\d)-?(\d{1,2})|-?(\d{3})|-?(\d{2})(?:-?(\d{2}))?)?", re.ASCII)
_TIME = re.compile(r"(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d{1,9}))?)?)?", re.ASCII)
_ZONE = re.compile(r"(Z|[+-]\d{2}(?::?\d{2})?)?(?:\[([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+)+)\])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time: the day since 1970, the nanosecond of the day, and the zone, as far as its kind has them."""

    kind: str
    day: int = 0
    clock: int = 0
    offset: int = 0
    zone: str = ""

    def __post_init__(self) -> None:
        if not 1 - _EPOCH <= self.day <= datetime.date.max.toordinal() - _EPOCH:
            raise ValueError("a year beyond 1 to 9999")
        if abs(self.offset) > 18 * 3600:
            raise ValueError("an offset of more than eighteen hours")

    @classmethod
    def of_text(cls, kind: str, text: str) -> Self:
        """Return the moment of a text, in any of the forms that Neo4j reads.

        Raises:
            ValueError: it is none, or not one that is known to be read alike.
        """
        date_text, _, rest = text.partition("T") if kind in ("local datetime", "zoned datetime") else (text, "", text)
        day = _day_of_text(date_text) if kind in DATED else 0
        if kind not in TIMED:
            return cls(kind, day)
        found = re.fullmatch(r"([0-9:.,]*)(.*)", rest)
        assert found is not None
        clock = _clock_of_text(found[1]) if found[1] or kind not in DATED else 0
        zone = _ZONE.fullmatch(found[2])
        if zone is None or (found[2] and kind not in ZONED) or (zone[2] and kind != "zoned datetime"):
            raise ValueError(f"{text!r} has another zone than expected")
        made = cls(kind, day, clock, _offset_of_text(zone[1]))
        if not zone[2]:
            return made
        placed = made.in_zone(zone[2])
        if zone[1] and placed.offset != made.offset:
            raise ValueError(f"{zone[1]} is not the offset of {zone[2]}")
        return placed

    def in_zone(self, name: str) -> Self:
        """Return the same reading of the clock in a zone with a name."""
        try:
            zone = zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"no time zone is known as {name}") from None
        date = self.date
        if date.year not in _YEARS_OF_ZONES or name not in zoneinfo.available_timezones():
            raise ValueError(f"a time in {name} of the year {date.year}")
        seconds = self.clock // NANOSECONDS
        local = datetime.datetime.combine(date, datetime.time()) + datetime.timedelta(seconds=seconds)
        offset = local.replace(tzinfo=zone).utcoffset()
        later = local.replace(tzinfo=zone, fold=1).utcoffset()
        if offset is None or offset != later or offset.microseconds:
            raise ValueError(f"a time in {name} at which its clocks change")
        return replace(self, offset=int(offset.total_seconds()), zone=name)

    @property
    def date(self) -> datetime.date:
        """Return its day."""
        return datetime.date.fromordinal(self.day + _EPOCH)

    @property
    def instant(self) -> int:
        """Return the nanoseconds since 1970 in UTC; of a time those of the day."""
        return self.day * DAY + self.clock - self.offset * NANOSECONDS

    def __str__(self) -> str:
        texts = []
        if self.kind in DATED:
            texts.append(self.date.isoformat())
        if self.kind in TIMED:
            seconds, fraction = divmod(self.clock, NANOSECONDS)
            clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
            texts.append(clock + (f".{fraction:09d}".rstrip("0") if fraction else ""))
        zone = f"[{self.zone}]" if self.zone else ""
        return "T".join(texts) + (self.offset_text if self.kind in ZONED else "") + zone

    @property
    def offset_text(self) -> str:
        """Return the offset as Neo4j writes it."""
        size = abs(self.offset)
        sign = "-" if self.offset < 0 else "+"
        return f"{sign}{size // 3600:02d}:{size // 60 % 60:02d}" if self.offset else "Z"

    def component(self, name: str) -> int | str:
        """Return a part by its name.

        Raises:
            KeyError: it has no such part.
        """
        parts: dict[str, int | str] = {}
        if self.kind in DATED:
            date = self.date
            week_year, week, weekday = date.isocalendar()
            first = datetime.date(date.year, (date.month - 1) // 3 * 3 + 1, 1)
            parts |= {
                "year": date.year,
                "quarter": (date.month - 1) // 3 + 1,
                "month": date.month,
                "week": week,
                "weekYear": week_year,
                "day": date.day,
                "ordinalDay": date.timetuple().tm_yday,
                "weekDay": weekday,
                "dayOfWeek": weekday,
                "dayOfQuarter": (date - first).days + 1,
            }
        if self.kind in TIMED:
            seconds, fraction = divmod(self.clock, NANOSECONDS)
            parts |= {
                "hour": seconds // 3600,
                "minute": seconds // 60 % 60,
                "second": seconds % 60,
                "millisecond": fraction // 1_000_000,
                "microsecond": fraction // 1000,
                "nanosecond": fraction,
            }
        if self.kind in ZONED:
            parts |= {
                "timezone": self.zone or self.offset_text,
                "offset": self.offset_text,
                "offsetMinutes": self.offset // 60,
                "offsetSeconds": self.offset,
            }
        if self.kind == "zoned datetime":
            milliseconds = self.instant // 1_000_000
            parts |= {"epochSeconds": int(milliseconds / 1000), "epochMillis": milliseconds}
        return parts[name]

    def plus(self, duration: Duration) -> Self:
        """Return what is so much later: months first, then days, then the clock."""
        if self.kind not in DATED:
            return replace(self, clock=(self.clock + duration.nanoseconds) % DAY)
        month = self.date.year * 12 + self.date.month - 1 + duration.months
        day = _day_of_month(month, self.date.day) + duration.days
        if self.kind == "date":
            seconds = abs(duration.seconds) // 86_400
            return replace(self, day=day + (seconds if duration.seconds >= 0 else -seconds))
        if self.zone:
            raise ValueError("arithmetic in a zone with a name")
        more, clock = divmod(self.clock + duration.nanoseconds, DAY)
        return replace(self, day=day + more, clock=clock)


def month_and_day(year: int, month: int, day: int) -> int:
    """Return the number of a day.

    Raises:
        ValueError: there is no such day.
    """
    return datetime.date(year, month, day).toordinal() - _EPOCH


def _day_of_month(months: int, day: int) -> int:
    year, month = divmod(months, 12)
    if not 1 <= year <= 9998:
        raise ValueError("a year beyond 1 to 9999")
    first = datetime.date(year, month + 1, 1)
    following = datetime.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return first.toordinal() - _EPOCH + min(day, (following - first).days) - 1


def _day_of_text(text: str) -> int:
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no date of a form that is known")
    year, week, weekday, quarter, _, ordinal, month, day = (
        None if part is None else int(part) for part in found.groups()
    )
    assert year is not None
    if quarter is not None:
        raise ValueError("a date by its quarter")
    if week is not None:
        return datetime.date.fromisocalendar(year, week, weekday or 1).toordinal() - _EPOCH
    if ordinal is not None:
        made = month_and_day(year, 1, 1) + ordinal - 1
        if ordinal < 1 or made > month_and_day(year, 12, 31):
            raise ValueError(f"{text!r} has no such day")
        return made
    return month_and_day(year, month or 1, day or 1)


def _clock_of_text(text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of a form that is known")
    hour, minute, second = (int(part or 0) for part in found.groups()[:3])
    datetime.time(hour, minute, second)
    return (hour * 3600 + minute * 60 + second) * NANOSECONDS + int((found[4] or "0").ljust(9, "0"))


def _offset_of_text(text: str | None) -> int:
    if text is None or text == "Z":
        return 0
    digits = text[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if minutes > 59 or hours * 60 + minutes > 18 * 60:
        raise ValueError(f"{text!r} is no offset")
    return (hours * 3600 + minutes * 60) * (-1 if text[0] == "-" else 1)
