"""Parameters as Neo4j's Query API takes them: plain JSON, or JSON in which every value has its type."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Mapping
from typing import Any
from typing import Literal as OneOf

from kg.errors import InputError
from kg.records import Point, Temporal, Value

__all__ = ["read_plain", "read_typed"]

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_Kind = OneOf["Date", "LocalTime", "Time", "LocalDateTime", "DateTime", "Duration"]
_DAY = r"[+-]?\d{4,9}-\d\d-\d\d"
_CLOCK = r"\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?"
_OFFSET = r"(?:Z|[+-]\d\d(?::?\d\d(?::?\d\d)?)?)"
_TIMES: Mapping[str, tuple[_Kind, re.Pattern[str]]] = {
    "Date": ("Date", re.compile(_DAY)),
    "Time": ("Time", re.compile(_CLOCK + _OFFSET)),
    "LocalTime": ("LocalTime", re.compile(_CLOCK)),
    "OffsetDateTime": ("DateTime", re.compile(f"{_DAY}T{_CLOCK}{_OFFSET}")),
    "ZonedDateTime": ("DateTime", re.compile(rf"{_DAY}T{_CLOCK}{_OFFSET}?\[[^\[\]]+\]")),
    "LocalDateTime": ("LocalDateTime", re.compile(f"{_DAY}T{_CLOCK}")),
    "Duration": ("Duration", re.compile(r"[+-]?P(?=.)(?:[-+0-9.YMWD]*)(?:T[-+0-9.HMS]+)?")),
}
_POINT = re.compile(r"SRID=(?P<srid>\d+);\s*POINT(?P<z> ?Z)?\s*\((?P<numbers>[^()]*)\)")
_DIMENSIONS = {4326: 2, 4979: 3, 7203: 2, 9157: 3}
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def read_plain(value: Any, name: str) -> Value:
    """Return a parameter that is plain JSON; the largest integers are those of 64 bits.

    Args:
        name: for errors.

    Raises:
        InputError: Cypher has no such value.
    """
    if isinstance(value, dict):
        return {key: read_plain(each, name) for key, each in value.items()}
    if isinstance(value, list):
        return [read_plain(each, name) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"Parameter {name!r}: a number is too large.")
    return _integer(value, name) if type(value) is int else value


def read_typed(value: Any, name: str) -> Value:
    """Return a parameter of which each part is `{"$type": …, "_value": …}`.

    Raises:
        InputError: it is not, or its value is none of that type.
    """
    if not isinstance(value, dict) or set(value) != {"$type", "_value"}:
        raise InputError(f'Parameter {name!r}: every value is {{"$type": …, "_value": …}} in this media type.')
    kind, held = value["$type"], value["_value"]
    if kind == "List" and isinstance(held, list):
        return [read_typed(each, name) for each in held]
    if kind == "Map" and isinstance(held, dict):
        return {key: read_typed(each, name) for key, each in held.items()}
    if kind == "Null" and held is None:
        return None
    if (kind == "Boolean" and isinstance(held, bool)) or (kind == "String" and isinstance(held, str)):
        return held
    if kind in ("Integer", "Float") and type(held) in (int, float, str):
        return _number(kind, str(held), name)
    if isinstance(held, str):
        return _from_text(kind, held, name)
    raise _wrong(kind, held, name)


def _number(kind: str, text: str, name: str) -> int | float:
    try:
        if kind == "Integer":
            return _integer(int(text), name)
        return _WORDS[text] if text in _WORDS else _finite(float(text))
    except ValueError as error:
        raise _wrong(kind, text, name) from error


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _integer(number: int, name: str) -> int:
    if not _SMALLEST <= number <= _LARGEST:
        raise InputError(f"Parameter {name!r}: {number} is too large; Cypher's integers have 64 bits.")
    return number


def _from_text(kind: str, text: str, name: str) -> Value:
    if kind == "Base64":
        try:
            return base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise _wrong(kind, text, name) from error
    if kind == "Point":
        return _point(text, name)
    known = _TIMES.get(kind)
    if known is None or known[1].fullmatch(text) is None:
        raise _wrong(kind, text, name)
    return Temporal(known[0], text)


def _point(text: str, name: str) -> Point:
    found = _POINT.fullmatch(text)
    try:
        numbers = tuple(float(each) for each in found["numbers"].split()) if found else ()
    except ValueError as error:
        raise _wrong("Point", text, name) from error
    if found is None or _DIMENSIONS.get(int(found["srid"])) != len(numbers):
        raise _wrong("Point", text, name)
    return Point(int(found["srid"]), numbers)


def _wrong(kind: object, held: object, name: str) -> InputError:
    known = ", ".join(["Null", "Boolean", "Integer", "Float", "String", "Base64", "Point", *_TIMES, "List", "Map"])
    if kind not in known.split(", "):
        return InputError(f"Parameter {name!r}: type {kind} is not supported; a parameter is one of {known}.")
    return InputError(f"Parameter {name!r}: {held!r} is no value of the type {kind}.")
