"""How keys and values lie in the mirror, and how they are read from it; `kg.mirror` says it in words."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Mapping
from typing import Any
from typing import Literal as OneOf

from kg.property_graph import Stored, Temporal, Value

__all__ = [
    "EXACT",
    "MAKERS",
    "RECORDED",
    "RESERVED",
    "duration_text",
    "has_finer",
    "held_key",
    "hold",
    "read_key",
    "read_properties",
]

RESERVED = frozenset({"git_sha", "id", "label", "modified_by", "name", "node_type", "title", "type", "updated_at"})
"""Keys that kglite answers itself (`id`, `label`, `name`, `node_type`, `title`, `type`) or takes away."""
EXACT = "_exact"
"""What a node has with texts of which Python gets fewer digits: held key, tab, the texts with tabs between."""
_ESCAPED = frozenset({*RESERVED, EXACT[1:]})

RECORDED: dict[str, OneOf["Date", "LocalTime", "Time", "LocalDateTime", "DateTime", "Duration"]] = {
    "date": "Date",
    "local time": "LocalTime",
    "zoned time": "Time",
    "local datetime": "LocalDateTime",
    "zoned datetime": "DateTime",
    "duration": "Duration",
}
"""What a kind of time is called in records."""
_FINER = re.compile(r"\.[0-9]{7}")
MAKERS = {
    "date": "date",
    "local time": "localtime",
    "zoned time": "time",
    "local datetime": "localdatetime",
    "zoned datetime": "datetime",
    "duration": "duration",
}
"""The function that makes one of its text, in kglite and in Cypher."""
_DURATION = re.compile(
    r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?", re.ASCII
)


def held_key(name: str) -> str:
    """Return the key under which the property of a node or relationship is held."""
    if name in RESERVED or (name[:1] == "_" and name.lstrip("_") in _ESCAPED):
        return f"_{name}"
    return name


def read_key(held: str) -> str:
    """Return the name of the property that is held under a key; `EXACT` is none."""
    return held[1:] if held[:1] == "_" and held.lstrip("_") in _ESCAPED else held


def hold(properties: Mapping[str, Stored]) -> tuple[dict[str, Any], dict[str, tuple[str, Any]]]:
    """Return what can be given to kglite as it is, and what it must make: by held key, its function and the argument.

    A list in the second part holds arguments.
    """
    plain: dict[str, Any] = {}
    made: dict[str, tuple[str, Any]] = {}
    exact: list[str] = []
    for name, stored in properties.items():
        key = held_key(name)
        values = stored if isinstance(stored, list) else [stored]
        if not isinstance(values[0], Temporal):
            plain[key] = stored
            continue
        texts = [value.text for value in values if isinstance(value, Temporal)]
        kind = values[0].kind
        if kind == "duration":
            arguments: list[Any] = [_duration(text) for text in texts]
        elif any(map(_FINER.search, texts)):
            arguments = texts
            exact.append("\t".join((key, *texts)))
        else:
            natives = [_native(kind, text) for text in texts]
            plain[key] = natives if isinstance(stored, list) else natives[0]
            continue
        made[key] = MAKERS[kind], arguments if isinstance(stored, list) else arguments[0]
    if exact:
        plain[EXACT] = exact
    return plain, made


@functools.lru_cache(maxsize=4096)
def _native(kind: str, text: str) -> Any:
    if kind == "date":
        return datetime.date.fromisoformat(text)
    reads = datetime.datetime if "datetime" in kind else datetime.time
    return reads.fromisoformat(text)


def _duration(text: str) -> dict[str, int]:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no duration")
    sign = -1 if found[1] else 1
    years, months, days, hours, minutes, seconds = (sign * int(part or 0) for part in found.groups()[1:7])
    nanoseconds = sign * int((found[8] or "0").ljust(9, "0"))
    clock = hours * 3600 + minutes * 60 + seconds
    return {"months": years * 12 + months, "days": days, "seconds": clock, "nanoseconds": nanoseconds}


def has_finer(stored: Stored) -> bool:
    """Tell whether a property has times finer than Python's."""
    values = stored if isinstance(stored, list) else [stored]
    return any(
        isinstance(value, Temporal) and value.kind != "duration" and _FINER.search(value.text) for value in values
    )


# --- reading


def read_properties(held: Mapping[str, Any]) -> dict[str, Stored]:
    """Return the properties of a node or relationship that kglite gave: under their names, exact to the last digit."""
    exact = dict(entry.split("\t", 1) for entry in held.get(EXACT) or ())
    return {
        read_key(key): _read(value, exact.get(key))
        for key, value in held.items()
        if key not in RESERVED and key != EXACT and value is not None
    }


def _read(held: Any, exact: str | None) -> Stored:
    texts = None if exact is None else exact.split("\t")
    if isinstance(held, list):
        return [_read_one(value, texts[number] if texts else None) for number, value in enumerate(held)]
    return _read_one(held, texts[0] if texts else None)


def _read_one(held: Any, exact: str | None) -> Value:
    if isinstance(held, dict):
        return Temporal("duration", duration_text(held))
    if isinstance(held, datetime.datetime):
        return Temporal("zoned datetime" if held.tzinfo else "local datetime", exact or _moment(held))
    if isinstance(held, datetime.date):
        return Temporal("date", held.isoformat())
    if isinstance(held, datetime.time):
        return Temporal("zoned time" if held.tzinfo else "local time", exact or _moment(held))
    value: Value = held
    return value


def _moment(moment: datetime.datetime | datetime.time) -> str:
    text = moment.replace(tzinfo=None).isoformat()
    if moment.microsecond:
        text = text.rstrip("0")
    if moment.tzinfo is None:
        return text
    offset = moment.utcoffset()
    assert offset is not None
    minutes = round(offset.total_seconds() / 60)
    if minutes == 0:
        return f"{text}Z"
    return f"{text}{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"


def duration_text(held: Mapping[str, int]) -> str:
    """Return the one text that XSD has for a duration whose parts have one sign."""
    months, days = held["months"], held["days"]
    clock = held["seconds"] * 1_000_000_000 + held.get("nanoseconds", 0)
    sign = "-" if min(months, days, clock) < 0 else ""
    months, days = abs(months), abs(days)
    seconds, nanoseconds = divmod(abs(clock), 1_000_000_000)
    date = _units((months // 12, "Y"), (months % 12, "M"), (days, "D"))
    time = _units((seconds // 3600, "H"), (seconds % 3600 // 60, "M"))
    if seconds % 60 or nanoseconds:
        fraction = "." + f"{nanoseconds:09d}".rstrip("0") if nanoseconds else ""
        time += f"{seconds % 60}{fraction}S"
    return f"{sign}P{date}{'T' + time if time else ''}" if date or time else "PT0S"


def _units(*parts: tuple[int, str]) -> str:
    return "".join(f"{number}{unit}" for number, unit in parts if number)
