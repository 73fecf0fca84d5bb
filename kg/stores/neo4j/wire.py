"""Neo4j's values as the driver gives them, and those of `kg.property_graph`.

Reading is total: what the driver has no Python value for (a year outside 1 to 9999, a time zone that this machine
does not know) it leaves as the structure that came over the wire, and that is read here.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType, NoneType
from typing import Any

from kg.property_graph import Other, Point, Temporal

__all__ = ["decoded", "encoded"]

_PLAIN = frozenset({NoneType, str, bool, int, float, bytes})
_CYPHER = "urn:cypher:"
_WGS84 = (4326, 4979)
"""The reference systems whose axes are those of a WKT literal without a CRS: longitude, latitude, height."""
_SRID = re.compile(r"(?:<urn:cypher:srid:([0-9]+)> )?POINT\(([^()]*)\)")
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?")
_DATE = re.compile(r"(-?[0-9]+)-([0-9]{2})-([0-9]{2})")
_DURATION = re.compile(
    r"(-)?P(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]{1,9}))?S)?)?"
)
_DAY = 86_400
_FOURTEEN_HOURS = 50_400


def decoded(value: Any) -> Any:
    """Return a value as `kg.property_graph` has it; lists and maps keep their form, bytes are `bytes`."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list:
        for item in value:
            if type(item) not in _PLAIN:
                return [decoded(item) for item in value]
        return value
    if kind is dict:
        for item in value.values():
            if type(item) not in _PLAIN:
                return {key: decoded(item) for key, item in value.items()}
        return value
    read = _readers().get(kind)
    return read(value) if read else _unknown(value)


def encoded(value: Any) -> Any:
    """Return a parameter as the driver takes it; what holds nothing of ours is the same object.

    Raises:
        ValueError: a text that Neo4j has no value for.
    """
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is list or kind is tuple or kind is set or kind is frozenset:
        for item in value:
            if type(item) not in _PLAIN:
                return [encoded(item) for item in value]
        return value if kind is list else list(value)
    if kind is dict or kind is MappingProxyType:
        for item in value.values():
            if type(item) not in _PLAIN:
                return {key: encoded(item) for key, item in value.items()}
        return value
    if isinstance(value, Temporal):
        return _temporal(value)
    if isinstance(value, Point):
        return _point(value.text)
    if isinstance(value, Mapping):
        return {key: encoded(item) for key, item in value.items()}
    raise ValueError(f"Neo4j has no value for {value!r}")


@functools.cache
def _readers() -> dict[type, Callable[[Any], Any]]:
    import neo4j.spatial
    import neo4j.time

    points = (neo4j.spatial.Point, neo4j.spatial.CartesianPoint, neo4j.spatial.WGS84Point)
    return {
        bytearray: bytes,
        neo4j.time.Date: lambda v: Temporal("date", _date(v.year, v.month, v.day)),
        neo4j.time.Time: _read_time,
        neo4j.time.DateTime: _read_datetime,
        neo4j.time.Duration: lambda v: _duration(*v),
        **dict.fromkeys(points, _read_point),
    }


def _unknown(value: Any) -> Any:
    """Return a value of a type that is in no list, or that the driver could not read."""
    raw = getattr(value, "raw_data", None)
    if raw is None:
        if isinstance(value, list):
            return [decoded(item) for item in value]
        return Other(_CYPHER + type(value).__name__.lower(), str(value))
    if isinstance(raw, list | dict):
        return decoded(raw)
    fields: list[Any] = list(raw.fields)
    match raw.tag:
        case b"D":
            return Temporal("date", _day(fields[0]))
        case b"d":
            return Temporal("local datetime", _moment(fields[0], fields[1], ""))
        case b"I" if fields[2] % 60 == 0 and abs(fields[2]) <= _FOURTEEN_HOURS:
            return Temporal("zoned datetime", _moment(fields[0] + fields[2], fields[1], _offset(fields[2])))
        case b"I" | b"i":  # The zone's rules for that year are not known here: the same moment in UTC.
            return Temporal("zoned datetime", _moment(fields[0], fields[1], "Z"))
        case b"E":
            return _duration(*fields)
        case tag:
            return Other(_CYPHER + tag.decode("latin-1"), repr(fields))


def _read_time(value: Any) -> Temporal:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    if value.tzinfo is None:
        return Temporal("local time", _clock(seconds, value.nanosecond))
    offset = int(value.tzinfo.utcoffset(None).total_seconds())
    if offset % 60 or abs(offset) > _FOURTEEN_HOURS:  # XSD counts in minutes, up to fourteen hours.
        seconds, offset = (seconds - offset) % _DAY, 0
    return Temporal("zoned time", _clock(seconds, value.nanosecond) + _offset(offset))


def _read_datetime(value: Any) -> Temporal:
    text = f"{_date(value.year, value.month, value.day)}T"
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    if value.tzinfo is None:
        return Temporal("local datetime", text + _clock(seconds, value.nanosecond))
    offset = int(value.utcoffset().total_seconds())
    if offset % 60 or abs(offset) > _FOURTEEN_HOURS:
        since = (value.to_native().toordinal() - 719_163) * _DAY + seconds - offset
        return Temporal("zoned datetime", _moment(since, value.nanosecond, "Z"))
    return Temporal("zoned datetime", text + _clock(seconds, value.nanosecond) + _offset(offset))


def _read_point(value: Any) -> Point:
    crs = "" if value.srid in _WGS84 else f"<{_CYPHER}srid:{value.srid}> "
    return Point(f"{crs}POINT({' '.join(map(repr, value))})")


def _duration(months: int, days: int, seconds: int, nanoseconds: int) -> Temporal | Other:
    parts = (months, days, seconds, nanoseconds)
    if any(part < 0 for part in parts) and any(part > 0 for part in parts):  # XSD has one sign only.
        return Other(_CYPHER + "duration", f"P{months}M{days}DT{seconds}S{nanoseconds}N")
    sign = "-" if any(part < 0 for part in parts) else ""
    months, days, seconds, nanoseconds = map(abs, parts)
    date = _units((months // 12, "Y"), (months % 12, "M"), (days, "D"))
    clock = _units((seconds // 3600, "H"), (seconds % 3600 // 60, "M"))
    if seconds % 60 or nanoseconds:
        clock += f"{seconds % 60}{_fraction(nanoseconds)}S"
    return Temporal("duration", f"{sign}P{date}{'T' + clock if clock else ''}" if date or clock else "PT0S")


def _units(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)


def _moment(seconds: int, nanoseconds: int, zone: str) -> str:
    days, rest = divmod(seconds, _DAY)
    return f"{_day(days)}T{_clock(rest, nanoseconds)}{zone}"


def _day(days: int) -> str:
    """Return the date so many days after 1970-01-01, in any year.

    Source: `civil_from_days` in Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
    """
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return _date(year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1)


def _date(year: int, month: int, day: int) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04d}-{month:02d}-{day:02d}"


def _clock(seconds: int, nanoseconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{_fraction(nanoseconds)}"


def _fraction(nanoseconds: int) -> str:
    return "." + f"{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def _offset(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    return f"{'-' if seconds < 0 else '+'}{abs(seconds) // 3600:02d}:{abs(seconds) // 60 % 60:02d}"


def _temporal(value: Temporal) -> Any:
    import neo4j.time as theirs

    if value.kind == "duration":
        return _encoded_duration(value.text)
    date, _, clock = value.text.partition("T") if "datetime" in value.kind else (value.text, "", value.text)
    day = (0, 0, 0)
    if value.kind not in ("local time", "zoned time"):
        found = _DATE.fullmatch(date)
        if not found:
            raise ValueError(f"{value.text!r} is no {value.kind}")
        day = (int(found[1]), int(found[2]), int(found[3]))
    if value.kind == "date":
        return theirs.Date(*day)
    found = _CLOCK.fullmatch(clock)
    if not found or (found[5] is None) != value.kind.startswith("local"):
        raise ValueError(f"{value.text!r} is no {value.kind}")
    time_of_day = (int(found[1]), int(found[2]), int(found[3]), int((found[4] or "0").ljust(9, "0")))
    zone = _zone(found[5]) if found[5] else None
    if "datetime" in value.kind:
        return theirs.DateTime(*day, *time_of_day, tzinfo=zone)
    return theirs.Time(*time_of_day, tzinfo=zone)


class _Offset(datetime.tzinfo):
    """A fixed offset that also answers for a time of day, which `datetime.timezone` does not."""

    def __init__(self, offset: datetime.timedelta) -> None:
        self._offset = offset

    def utcoffset(self, moment: object) -> datetime.timedelta:
        return self._offset

    def dst(self, moment: object) -> datetime.timedelta:
        return datetime.timedelta()

    def tzname(self, moment: object) -> str:
        return str(self._offset)


@functools.lru_cache(maxsize=2048)
def _zone(text: str) -> _Offset:
    minutes = 0 if text == "Z" else int(text[1:3]) * 60 + int(text[4:6])
    return _Offset(datetime.timedelta(minutes=-minutes if text[0] == "-" else minutes))


def _encoded_duration(text: str) -> Any:
    import neo4j.time

    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no duration")
    sign = -1 if found[1] else 1
    years, months, days, hours, minutes, seconds = (int(part or 0) * sign for part in found.groups()[1:7])
    return neo4j.time.Duration(
        months=12 * years + months,
        days=days,
        seconds=3600 * hours + 60 * minutes + seconds,
        nanoseconds=int((found[8] or "0").ljust(9, "0")) * sign,
    )


def _point(text: str) -> Any:
    import neo4j.spatial

    found = _SRID.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no point")
    numbers = tuple(map(float, found[2].split()))
    if found[1]:
        point = neo4j.spatial.Point(numbers)
        point.srid = int(found[1])
        return point
    return neo4j.spatial.WGS84Point(numbers)
