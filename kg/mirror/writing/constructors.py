"""Dates, times, durations and points that a writing clause makes of constants: in the forms that leave no question.

The engine makes none that it could give back; so what is stored most is made here, and every other form is refused.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from kg.errors import QueryError
from kg.mirror.writing.elements import refuse
from kg.mirror.writing.values import as_record, as_stored
from kg.property_graph import Other
from kg.records import Point, Temporal, Value

__all__ = ["CONSTRUCTORS", "constructed"]

_DAY = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-7]):[0-5][0-9])"
_KINDS: dict[str, tuple[Any, re.Pattern[str]]] = {
    "date": ("Date", re.compile(_DAY)),
    "localtime": ("LocalTime", re.compile(_CLOCK)),
    "time": ("Time", re.compile(_CLOCK + _ZONE)),
    "localdatetime": ("LocalDateTime", re.compile(f"{_DAY}T{_CLOCK}")),
    "datetime": ("DateTime", re.compile(f"{_DAY}T{_CLOCK}{_ZONE}")),
    "duration": ("Duration", re.compile(
        r"P(?=.)(?:[0-9]{1,6}Y)?(?:[0-9]{1,6}M)?(?:[0-9]{1,6}W)?(?:[0-9]{1,6}D)?"
        r"(?:T(?=.)(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}(?:\.[0-9]{1,9})?S)?)?"
    )),
}  # fmt: skip
CONSTRUCTORS = frozenset({*_KINDS, "point"})
_AXES = {
    ("x", "y"): 7203,
    ("x", "y", "z"): 9157,
    ("longitude", "latitude"): 4326,
    ("longitude", "latitude", "height"): 4979,
}


def constructed(function: str, argument: Any) -> Value:
    """Return what one of the functions makes of one argument.

    Raises:
        UnsupportedQueryError: of one that it may make more of than is known here. QueryError: there is no such day.
    """
    if argument is None:
        return None
    if function == "point":
        return _point(argument)
    kind, pattern = _KINDS[function]
    found = pattern.fullmatch(argument) if isinstance(argument, str) else None
    if found is None:
        raise refuse(
            f"{function}() of {argument!r}", "Write the whole of it as a string in ISO 8601, or give it as a parameter."
        )
    assert isinstance(argument, str)
    if pattern.groups:
        try:
            datetime.date(*map(int, found.groups()))
        except ValueError:
            raise QueryError(f"Cypher: {argument!r} has no day that there is.") from None
    stored = as_stored(Temporal(kind, argument))
    return Temporal(kind, argument) if isinstance(stored, Other) else as_record(stored)


def _point(argument: Any) -> Value:
    given = argument if isinstance(argument, dict) else {}
    for axes, srid in _AXES.items():
        if given.keys() == set(axes) and all(type(value) in (int, float) for value in given.values()):
            if srid in (4326, 4979) and abs(given["latitude"]) > 90:
                raise QueryError(f"Cypher: there is no latitude {given['latitude']}.")
            if srid in (4326, 4979) and abs(given["longitude"]) > 180:
                raise refuse("a longitude beyond 180 degrees", "Give it between -180 and 180.")
            return Point(srid, tuple(float(given[axis]) for axis in axes))
    raise refuse(f"point() of {argument!r}", "Give x and y (and z), or longitude and latitude (and height).")
