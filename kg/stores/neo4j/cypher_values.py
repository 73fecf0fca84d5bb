"""What the driver gives for a record's values, as `kg.records` has it, and parameters the other way.

`wire` is for values that become RDF; here nothing is lost: zone names, durations of mixed signs, every kind of point,
nodes, relationships and paths. The driver has one object for the zone `UTC` and for no offset; both are read as `Z`.
"""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from typing import Literal as OneOf

from kg.records import Node, Path, Point, Relationship, Temporal, Value

__all__ = ["LabelOrder", "to_parameter", "to_value"]

LabelOrder = Callable[[frozenset[str]], Sequence[str]]
"""Puts labels into the order that the database has them in, which the driver forgets."""

_PLAIN = frozenset({type(None), str, bool, int, float, bytes})
_DAY = 86_400
_CYCLE = 12_622_780_800
"""Seconds of 400 years, after which the calendar and the rules of every zone come again."""
_LAST = 253_402_300_799
"""The last second that Python has a date for; its first is `_FIRST`."""
_FIRST = -62_135_596_800 + _DAY
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

_TEXT = re.compile(
    r"(?:([+-]?[0-9]{4,9})-([0-9]{2})-([0-9]{2}))?T?"
    r"(?:([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?"
    r"(Z|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?)?(?:\[([^\[\]]+)\])?"
)
_PART = r"(?:([+-]?[0-9]+){})?"
_DURATION = re.compile(
    "([+-]?)P" + "".join(_PART.format(unit) for unit in "YMWD") + "(?:T" + "".join(_PART.format(u) for u in "HM")
    + r"(?:([+-]?)([0-9]+)(?:[.,]([0-9]{1,9}))?S)?)?"
)  # fmt: skip


def to_value(value: Any, labels: LabelOrder = sorted) -> Value:
    """Return a value of a record, however deep, as ours.

    Raises:
        ValueError: a value of a type that is not known here.
    """
    if type(value) in _PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, list):
        return [to_value(item, labels) for item in value]
    if isinstance(value, dict):
        return {key: to_value(item, labels) for key, item in value.items()}
    read = _readers().get(type(value))
    if read is not None:
        return read(value)
    return _graph_value(value, labels)


def _graph_value(value: Any, labels: LabelOrder) -> Value:
    import neo4j.graph

    if isinstance(value, neo4j.graph.Node):
        properties = {key: to_value(item, labels) for key, item in value.items()}
        return Node(value.element_id, tuple(labels(value.labels)), properties)
    if isinstance(value, neo4j.graph.Relationship):
        start, end = (node.element_id if node is not None else "" for node in (value.start_node, value.end_node))
        properties = {key: to_value(item, labels) for key, item in value.items()}
        return Relationship(value.element_id, start, end, value.type, properties)
    if isinstance(value, neo4j.graph.Path):
        nodes = tuple(_graph_value(node, labels) for node in value.nodes)
        relationships = tuple(_graph_value(relationship, labels) for relationship in value.relationships)
        return Path(nodes, relationships)  # type: ignore[arg-type]
    return _unread(value, labels)


def _unread(value: Any, labels: LabelOrder) -> Value:
    """Return a value that the driver could not read, and left as it came over the wire."""
    raw = getattr(value, "raw_data", None)
    if isinstance(raw, list | dict):
        return to_value(raw, labels)
    fields: list[Any] = list(getattr(raw, "fields", ()))
    match getattr(raw, "tag", b""):
        case b"D":
            return Temporal("Date", _day(fields[0]))
        case b"d":
            return Temporal("LocalDateTime", _moment(fields[0], fields[1]))
        case b"I":
            return Temporal("DateTime", _moment(fields[0] + fields[2], fields[1]) + _offset(fields[2]))
        case b"i":
            return _zoned(fields[0], fields[1], fields[2], 0)
        case b"E":
            return Temporal("Duration", _duration(*fields))
        case b"N":
            properties = {key: to_value(item, labels) for key, item in fields[2].items()}
            return Node(str(fields[-1]), tuple(fields[1]), properties)
        case b"R":
            properties = {key: to_value(item, labels) for key, item in fields[4].items()}
            return Relationship(str(fields[5]), str(fields[6]), str(fields[7]), fields[3], properties)
    raise ValueError(f"Neo4j sent a value of the type {type(value).__name__}, which is not known here")


@functools.cache
def _readers() -> dict[type, Callable[[Any], Value]]:
    import neo4j.spatial
    import neo4j.time

    points = (neo4j.spatial.Point, neo4j.spatial.CartesianPoint, neo4j.spatial.WGS84Point)
    return {
        bytearray: bytes,
        neo4j.time.Date: lambda v: Temporal("Date", _date(v.year, v.month, v.day)),
        neo4j.time.Time: _read_time,
        neo4j.time.DateTime: _read_datetime,
        neo4j.time.Duration: lambda v: Temporal("Duration", _duration(*v)),
        **dict.fromkeys(points, lambda v: Point(v.srid, tuple(map(float, v)))),
    }


def _read_time(value: Any) -> Temporal:
    text = _clock(value.hour * 3600 + value.minute * 60 + value.second, value.nanosecond)
    if value.tzinfo is None:
        return Temporal("LocalTime", text)
    return Temporal("Time", text + _offset(int(value.tzinfo.utcoffset(None).total_seconds())))


def _read_datetime(value: Any) -> Temporal:
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    text = f"{_date(value.year, value.month, value.day)}T{_clock(seconds, value.nanosecond)}"
    if value.tzinfo is None:
        return Temporal("LocalDateTime", text)
    offset = int(value.utcoffset().total_seconds())
    zone = getattr(value.tzinfo, "zone", None)
    if not zone or zone == "UTC":
        return Temporal("DateTime", text + _offset(offset))
    days = datetime.date(value.year, value.month, value.day).toordinal() - 719_163
    return _zoned(days * _DAY + seconds - offset, value.nanosecond, zone, offset)


def _zoned(seconds: int, nanoseconds: int, zone: str, offset: int) -> Temporal:
    """Return a moment in a named zone.

    Args:
        seconds: since 1970 in UTC. offset: what to take where this machine does not know the zone.
    """
    with_zone = _zone_offset(seconds, zone)
    offset = offset if with_zone is None else with_zone
    return Temporal("DateTime", f"{_moment(seconds + offset, nanoseconds)}{_offset(offset)}[{zone}]")


def _zone_offset(seconds: int, zone: str) -> int | None:
    """Return how far a zone was ahead of UTC at a moment of any year, in seconds; None for an unknown zone."""
    if not _FIRST <= seconds <= _LAST:
        cycles = (seconds - _LAST) // _CYCLE + 1 if seconds > _LAST else (seconds - _FIRST) // _CYCLE
        seconds -= cycles * _CYCLE
    try:
        found = (_EPOCH + datetime.timedelta(seconds=seconds)).astimezone(zoneinfo.ZoneInfo(zone)).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
    return None if found is None else round(found.total_seconds())


def _moment(seconds: int, nanoseconds: int) -> str:
    days, rest = divmod(seconds, _DAY)
    return f"{_day(days)}T{_clock(rest, nanoseconds)}"


def _day(days: int) -> str:
    """Return the date so many days after 1970-01-01, in any year."""
    cycles, rest = divmod(days + 719_162, 146_097)  # since 0001-01-01
    date = datetime.date.fromordinal(rest + 1)
    return _date(date.year + 400 * cycles, date.month, date.day)


def _date(year: int, month: int, day: int) -> str:
    sign = "-" if year < 0 else "+" if year > 9999 else ""
    return f"{sign}{abs(year):04d}-{month:02d}-{day:02d}"


def _clock(seconds: int, nanoseconds: int) -> str:
    fraction = "." + f"{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{fraction}"


def _offset(seconds: int) -> str:
    if seconds == 0:
        return "Z"
    size = abs(seconds)
    text = f"{'-' if seconds < 0 else '+'}{size // 3600:02d}:{size // 60 % 60:02d}"
    return f"{text}:{size % 60:02d}" if size % 60 else text


def _duration(months: int, days: int, seconds: int, nanoseconds: int) -> str:
    total = seconds * 1_000_000_000 + nanoseconds
    sign, size = ("-", -total) if total < 0 else ("", total)
    whole, fraction = divmod(size, 1_000_000_000)
    years = abs(months) // 12 * (-1 if months < 0 else 1)
    date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months - years * 12, "M"), (days, "D")) if n)
    clock = "".join(f"{sign}{n}{unit}" for n, unit in ((whole // 3600, "H"), (whole // 60 % 60, "M")) if n)
    if whole % 60 or fraction:
        tail = "." + f"{fraction:09d}".rstrip("0") if fraction else ""
        clock += f"{sign}{whole % 60}{tail}S"
    return f"P{date}{'T' + clock if clock else ''}" if date or clock else "PT0S"


# --- parameters


def to_parameter(value: Value) -> Any:
    """Return a parameter as the driver takes it.

    Raises:
        ValueError: it is no value that a parameter can have; the text says why.
    """
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} does not fit into 64 bits")
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list | tuple):
        return [to_parameter(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_parameter(item) for key, item in value.items()}
    if isinstance(value, Temporal):
        return _from_duration(value.text) if value.kind == "Duration" else _from_temporal(value)
    if isinstance(value, Point):
        return _from_point(value)
    raise ValueError(f"a {type(value).__name__.lower()} cannot be sent; send its elementId, or its properties")


class _Zone(datetime.tzinfo):
    """An offset at the one moment that it is used for, with the name of its zone as the driver looks for it."""

    def __init__(self, seconds: int, key: str | None) -> None:
        self._offset, self.key = datetime.timedelta(seconds=seconds), key

    def utcoffset(self, moment: object) -> datetime.timedelta:
        return self._offset

    def dst(self, moment: object) -> datetime.timedelta:
        return datetime.timedelta()

    def tzname(self, moment: object) -> str:
        return self.key or str(self._offset)


def _from_temporal(value: Temporal) -> Any:
    import neo4j.time as theirs

    found = _TEXT.fullmatch(value.text)
    has_date, has_clock = bool(found and found[1]), bool(found and found[4])
    has_zone = bool(found and (found[8] or found[9]))
    wanted: Mapping[OneOf["Date", "LocalTime", "Time", "LocalDateTime", "DateTime"], tuple[bool, bool, bool]] = {
        "Date": (True, False, False),
        "LocalTime": (False, True, False),
        "Time": (False, True, True),
        "LocalDateTime": (True, True, False),
        "DateTime": (True, True, True),
    }
    if found is None or (has_date, has_clock, has_zone) != wanted[value.kind]:  # type: ignore[index]
        raise ValueError(f"{value.text!r} is no {value.kind}")
    day: Any = tuple(int(part) for part in found.groups()[:3] if part)
    if day and not 1 <= day[0] <= 9999:
        raise ValueError(f"{value.text!r}: only the years 1 to 9999 can be sent; build it in the query, from a text")
    clock: Any = (*(int(part or 0) for part in found.groups()[3:6]), int((found[7] or "0").ljust(9, "0")))
    zone = _from_zone(value.text, found[8], found[9], day, clock) if has_zone else None
    if not has_clock:
        return theirs.Date(*day)
    if not has_date:
        return theirs.Time(*clock).replace(tzinfo=zone)
    return theirs.DateTime(*day, *clock).replace(tzinfo=zone)


def _from_zone(text: str, offset: str | None, name: str | None, day: Any, clock: Any) -> _Zone:
    if offset is not None:
        digits = offset[1:].replace(":", "").ljust(6, "0")
        seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:]) if offset != "Z" else 0
        seconds = -seconds if offset[0] == "-" else seconds
    else:
        assert name is not None
        try:
            zone = zoneinfo.ZoneInfo(name)
            local = datetime.datetime.combine(datetime.date(*day), datetime.time(*clock[:3]), zone)
        except (zoneinfo.ZoneInfoNotFoundError, TypeError, ValueError) as error:
            raise ValueError(f"{text!r}: no time zone is called {name!r}") from error
        seconds = round((local.utcoffset() or datetime.timedelta()).total_seconds())
    if seconds % 60:
        raise ValueError(f"{text!r}: only zones of whole minutes can be sent; build it in the query, from a text")
    return _Zone(seconds, name)


def _from_duration(text: str) -> Any:
    import neo4j.time

    found = _DURATION.fullmatch(text)
    if found is None or text[-1] in "PT":
        raise ValueError(f"{text!r} is no Duration")
    sign = -1 if found[1] == "-" else 1
    years, months, weeks, days, hours, minutes = (int(part or 0) * sign for part in found.groups()[1:7])
    seconds_sign = -sign if found[8] == "-" else sign
    return neo4j.time.Duration(
        months=12 * years + months,
        days=7 * weeks + days,
        seconds=3600 * hours + 60 * minutes + int(found[9] or 0) * seconds_sign,
        nanoseconds=int((found[10] or "0").ljust(9, "0")) * seconds_sign,
    )


def _from_point(value: Point) -> Any:
    import neo4j.spatial

    point = neo4j.spatial.Point(value.coordinates)
    point.srid = value.srid
    return point
