"""Dates and times that nodes have: what of them both engines answer alike, and how kglite must have it."""

from __future__ import annotations

from collections.abc import Mapping

from kg.mirror.dialect.text import RAISE, Naming, Piece
from kg.mirror.dialect.types import BOOLEAN, INTEGER, NULL, STRING, Type, describe, refuse, without_null

__all__ = ["compared_moments", "part"]

_DAYS = frozenset(
    {"year", "quarter", "month", "week", "weekYear", "day", "ordinalDay", "weekDay", "dayOfWeek", "dayOfQuarter"}
)
_CLOCK = frozenset({"hour", "minute", "second", "millisecond", "microsecond", "nanosecond"})
_ZONE = frozenset({"timezone", "offset", "offsetMinutes", "offsetSeconds"})
_PARTS: Mapping[str, frozenset[str]] = {
    "date": _DAYS,
    "local datetime": _DAYS | _CLOCK,
    "zoned datetime": _DAYS | _CLOCK | _ZONE | {"epochMillis"},
    "local time": _CLOCK,
    "zoned time": _CLOCK | _ZONE,
}
_MOMENTS: Type = frozenset({"date", "local datetime", "zoned datetime"})


def part(naming: Naming, of: Piece, key: str) -> Piece:
    """Return a part of a date or time: an error for a value that has none, as in Neo4j."""
    kinds = {kind for kind in without_null(of.type) if isinstance(kind, str)}
    lacking = sorted(kind for kind in kinds if key not in _PARTS.get(kind, ()))
    if len(lacking) == len(kinds):
        raise refuse(f".{key} of {describe(of.type)}", "It has no such part.")
    type_ = (STRING if key in ("timezone", "offset") else INTEGER) | (of.type & NULL)
    if not lacking:
        return Piece(f"{of.text}.{key}", type_, of.is_cheap, is_small=key not in ("timezone", "offset"))
    tests = [f"valueType({{}}) STARTS WITH '{kind.upper()}'" for kind in lacking]

    def write(x: Piece) -> str:
        return f"CASE WHEN {' OR '.join(test.format(x.text) for test in tests)} THEN {RAISE} ELSE {x.text}.{key} END"

    return Piece(f"({naming.bound(of, write)})", type_, is_small=type_ <= INTEGER | NULL)


def compared_moments(naming: Naming, operator: str, left: Piece, right: Piece) -> Piece | None:
    """Return a comparison of dates and date-times of several kinds, or of zoned ones; None for anything else.

    Of two kinds neither comes first and none are equal; zoned ones of one moment are ordered by their zones, which
    fails here.
    """
    kinds = [without_null(piece.type) for piece in (left, right)]
    if not all(each and each <= _MOMENTS for each in kinds):
        return None
    if len(kinds[0] | kinds[1]) == 1 and "zoned datetime" not in kinds[0]:
        return None

    def write(sides: tuple[Piece, ...]) -> str:
        x, y = (side.text for side in sides)
        is_null = f"WHEN {x} IS NULL OR {y} IS NULL THEN null"
        differ = f"valueType({x}) <> valueType({y})"
        if operator in ("=", "<>"):
            same = f"(toString({x}) {operator} toString({y}))"
            return f"CASE {is_null} WHEN {differ} THEN {'false' if operator == '=' else 'true'} ELSE {same} END"
        one = f"valueType({x}) STARTS WITH 'ZONED' AND NOT ({x} < {y} OR {x} > {y}) AND toString({x}) <> toString({y})"
        return f"CASE {is_null} WHEN {differ} THEN null WHEN {one} THEN {RAISE} ELSE ({x} {operator} {y}) END"

    return Piece(f"({naming.all_bound((left, right), write)})", BOOLEAN | NULL)
