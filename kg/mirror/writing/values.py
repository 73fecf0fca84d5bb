"""What a statement may store in a property, as Neo4j decides it, and what it is in the property graph.

The texts of dates, times and durations are those that Cypher's `toString` gives; what they are in RDF is what the
same value on a Neo4j server denotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from kg import property_graph
from kg.errors import QueryError
from kg.mirror.holding import RECORDED
from kg.property_graph import Other, Stored
from kg.records import Point, Temporal, Value

__all__ = ["as_record", "as_stored", "storable"]

_WGS84 = (4326, 4979)
_CYPHER = "urn:cypher:"
_DAY_SECONDS = 86_400
_FOURTEEN_HOURS = 50_400
_DATE = re.compile(r"([+-]?)([0-9]+)-([0-9]{2})-([0-9]{2})")
_CLOCK = re.compile(
    r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:(Z)|([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?"
    r"(?:\[[^\]]*\])?"
)
_NUMBER = r"(-?[0-9]+)"
_DURATION = re.compile(
    rf"P(?:{_NUMBER}Y)?(?:{_NUMBER}M)?(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:(-?)([0-9]+)(?:\.([0-9]{{1,9}}))?S)?)?"
)


_STORABLE = str | bool | int | float | bytes | Temporal | Point


def storable(value: Value) -> Value:
    """Return a value as Neo4j stores it in a property: a list of integers and floats becomes one of floats.

    Raises:
        QueryError: a property cannot hold it.
    """
    if not isinstance(value, _STORABLE | list):
        raise QueryError(
            "Cypher: Property values can only be of primitive types or arrays thereof. Encountered: "
            f"{_called(value)}. Store its parts under keys of their own."
        )
    if isinstance(value, str):
        _check_text(value)
    return _storable_list(value) if isinstance(value, list) else value


def _storable_list(items: list[Value]) -> Value:
    if any(item is None for item in items):
        raise QueryError("Cypher: Collections containing null values can not be stored in properties.")
    if any(isinstance(item, list) for item in items):
        raise QueryError("Cypher: Collections containing collections can not be stored in properties.")
    for item in items:
        if isinstance(item, str):
            _check_text(item)
    for item in items:
        if not isinstance(item, _STORABLE):
            raise QueryError(f"Cypher: a list that is stored holds no {_called(item)}.")
    kinds = {_kind(item) for item in items}
    if kinds == {"int", "float"}:
        return [float(cast("int | float", item)) for item in items]
    if len(kinds) > 1 and all(kind.startswith("Point ") for kind in kinds):
        raise QueryError(
            "Cypher: Collections containing point values with different CRS can not be stored in properties."
        )
    if len(kinds) > 1 or "bytes" in kinds:
        raise QueryError(
            "Cypher: Neo4j only supports a subset of Cypher types for storage as singleton or array properties: "
            f"a list of {' and '.join(sorted(kinds))} is none. A list that is stored holds values of one type."
        )
    return items


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise QueryError(f"Cypher: the text {text!a} has half a surrogate pair and cannot be stored.") from None


def _kind(value: Value) -> str:
    if isinstance(value, Temporal):
        return value.kind
    if isinstance(value, Point):
        return f"Point {value.srid}"
    return type(value).__name__


def _called(value: object) -> str:
    return "Map" if isinstance(value, dict) else type(value).__name__.removeprefix("Touched")


def as_stored(value: Value) -> Stored:
    """Return a value that can be stored, never null, as the property graph has it."""
    if isinstance(value, list):
        return [_as_value(item) for item in value]
    return _as_value(value)


def _as_value(value: Value) -> property_graph.Value:
    if isinstance(value, str | bool | int | float | bytes):
        return value
    if isinstance(value, Temporal):
        return _TEMPORALS[value.kind](value.text)
    if isinstance(value, Point):
        crs = "" if value.srid in _WGS84 else f"<{_CYPHER}srid:{value.srid}> "
        return property_graph.Point(f"{crs}POINT({' '.join(repr(float(each)) for each in value.coordinates)})")
    raise TypeError(f"{value!r} cannot be stored")


_POINT = re.compile(rf"(?:<{_CYPHER}srid:([0-9]+)> )?POINT\(([^()]*)\)")


def as_record(stored: Stored) -> Value:
    """Return what Cypher reads of a property."""
    if isinstance(stored, list):
        return [_as_record(value) for value in stored]
    return _as_record(stored)


def _as_record(value: property_graph.Value) -> Value:
    if isinstance(value, property_graph.Temporal):
        text = value.text
        if value.kind == "duration" and text[0] == "-":
            text = re.sub(r"(?=[0-9])(?<![0-9.])", "-", text[1:])
        return Temporal(RECORDED[value.kind], text)
    if isinstance(value, property_graph.Point):
        found = _POINT.fullmatch(value.text)
        assert found is not None  # nobody but `as_stored` makes one
        numbers = tuple(map(float, found[2].split()))
        return Point(int(found[1]) if found[1] else _WGS84[len(numbers) - 2], numbers)
    if isinstance(value, Other):
        return value.text
    return value


# --- dates, times, durations: XSD counts offsets in minutes, up to fourteen hours, and gives a duration one sign


def _date(text: str) -> property_graph.Temporal:
    return property_graph.Temporal("date", _date_text(*_read_date(text)))


def _local_time(text: str) -> property_graph.Temporal:
    seconds, fraction, _ = _read_clock(text)
    return property_graph.Temporal("local time", _clock_text(seconds, fraction))


def _zoned_time(text: str) -> property_graph.Temporal:
    seconds, fraction, offset = _read_clock(text)
    if not _is_offset_of_xsd(offset):
        seconds, offset = (seconds - offset) % _DAY_SECONDS, 0
    return property_graph.Temporal("zoned time", _clock_text(seconds, fraction) + _offset_text(offset))


def _local_datetime(text: str) -> property_graph.Temporal:
    date, _, clock = text.partition("T")
    seconds, fraction, _ = _read_clock(clock)
    return property_graph.Temporal(
        "local datetime", f"{_date_text(*_read_date(date))}T{_clock_text(seconds, fraction)}"
    )


def _zoned_datetime(text: str) -> property_graph.Temporal:
    date, _, clock = text.partition("T")
    year, month, day = _read_date(date)
    seconds, fraction, offset = _read_clock(clock)
    if not _is_offset_of_xsd(offset):
        days, seconds = divmod(seconds - offset, _DAY_SECONDS)
        year, month, day = _civil(_days(year, month, day) + days)
        offset = 0
    moment = f"{_date_text(year, month, day)}T{_clock_text(seconds, fraction)}{_offset_text(offset)}"
    return property_graph.Temporal("zoned datetime", moment)


def _duration(text: str) -> property_graph.Value:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise QueryError(f"Cypher: {text!r} is no duration.")
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
    sign = -1 if found[7] else 1
    billion = 1_000_000_000
    total = (hours * 3600 + minutes * 60) * billion
    total += sign * (int(found[8] or 0) * billion + int((found[9] or "0").ljust(9, "0")))
    months, days = years * 12 + months, weeks * 7 + days
    direction = -1 if total < 0 else 1
    seconds, nanoseconds = (direction * part for part in divmod(abs(total), billion))
    parts = (months, days, seconds, nanoseconds)
    if any(part < 0 for part in parts) and any(part > 0 for part in parts):
        return Other(f"{_CYPHER}duration", f"P{months}M{days}DT{seconds}S{nanoseconds}N")
    minus = "-" if any(part < 0 for part in parts) else ""
    months, days, seconds, nanoseconds = map(abs, parts)
    units = _units((months // 12, "Y"), (months % 12, "M"), (days, "D"))
    clock = _units((seconds // 3600, "H"), (seconds % 3600 // 60, "M"))
    if seconds % 60 or nanoseconds:
        clock += f"{seconds % 60}{_fraction_text(f'{nanoseconds:09d}')}S"
    return property_graph.Temporal(
        "duration", f"{minus}P{units}{'T' + clock if clock else ''}" if units or clock else "PT0S"
    )


_TEMPORALS: dict[str, Callable[[str], property_graph.Value]] = {
    "Date": _date,
    "LocalTime": _local_time,
    "Time": _zoned_time,
    "LocalDateTime": _local_datetime,
    "DateTime": _zoned_datetime,
    "Duration": _duration,
}


def _read_date(text: str) -> tuple[int, int, int]:
    found = _DATE.fullmatch(text)
    if found is None:
        raise QueryError(f"Cypher: {text!r} is no date.")
    return int(found[2]) * (-1 if found[1] == "-" else 1), int(found[3]), int(found[4])


def _read_clock(text: str) -> tuple[int, str, int]:
    """Return the seconds of the day, the digits of their fraction, and the offset in seconds."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise QueryError(f"Cypher: {text!r} is no time.")
    offset = int(found[7] or 0) * 3600 + int(found[8] or 0) * 60 + int(found[9] or 0)
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
    return seconds, found[4] or "", -offset if found[6] == "-" else offset


def _is_offset_of_xsd(offset: int) -> bool:
    return offset % 60 == 0 and abs(offset) <= _FOURTEEN_HOURS


def _date_text(year: int, month: int, day: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04d}-{month:02d}-{day:02d}"


def _clock_text(seconds: int, fraction: str) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{_fraction_text(fraction)}"


def _fraction_text(digits: str) -> str:
    kept = digits.rstrip("0")
    return f".{kept}" if kept else ""


def _offset_text(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    return f"{'-' if seconds < 0 else '+'}{abs(seconds) // 3600:02d}:{abs(seconds) // 60 % 60:02d}"


def _units(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _days(year: int, month: int, day: int) -> int:
    """Return how many days after 0000-03-01 a date is; `_civil` is the inverse."""
    year -= month <= 2
    era, of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + day_of_year


def _civil(days: int) -> tuple[int, int, int]:
    era, of_era = divmod(days, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    day_of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1
