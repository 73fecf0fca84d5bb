"""The order of values, where Neo4j's is not always that of kglite: what would differ fails when it is met.

Neo4j orders stored strings and those of the statement's text by code points, as kglite does, but parameters and what is
computed by units of UTF-16; and -0.0 comes before 0.0 for it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from kg.mirror.dialect.text import RAISE, Naming, Piece
from kg.mirror.dialect.types import (
    FLOAT,
    NODE,
    NUMBERS,
    PATH,
    PROPERTIES,
    RELATIONSHIP,
    STRING,
    TEMPORALS,
    ListOf,
    MapOf,
    Type,
    describe,
    holds,
    refuse,
    without_null,
)

__all__ = ["compared_otherwise", "is_inexact", "ordered", "sort_key", "told_apart"]

_EXACT = 2**53
_FIRST_HIGH = "\ue000"
_HIGH = r"'(?s).*[\\x{e000}-\\x{ffff}].*'"
"""A string with a character that UTF-16 has behind those of two units; any two others have one order."""


def ordered(naming: Naming, piece: Piece) -> Piece:
    """Return a value for `min()` or `max()`: the same, or an error."""
    tests = list(_otherwise(naming, piece))
    if not tests or _is_known(piece):
        return piece
    return Piece(naming.bound(piece, lambda x: _guarded(_otherwise(naming, x), x.text)), piece.type)


def sort_key(naming: Naming, piece: Piece) -> Piece:
    """Return a part of ORDER BY: cheap if it cannot fail, as kglite passes over what fails while it sorts.

    Raises:
        UnsupportedQueryError: for kinds that are never ordered alike.
    """
    _check_sorted(piece.type)

    def tests(x: Piece) -> list[str]:
        return [*([is_inexact(x)] if x.type >= NUMBERS else []), *_otherwise(naming, x)]

    if not tests(piece) or _is_known(piece):
        return piece
    return Piece(naming.bound(piece, lambda x: _guarded(tests(x), x.text)), piece.type)


def told_apart(naming: Naming, piece: Piece) -> Piece:
    """Return a value for DISTINCT or grouping: the same, or an error for NaN, of which each is another."""
    kinds = without_null(piece.type)
    if not kinds & FLOAT or piece.constant is not None:
        return piece

    def write(x: Piece) -> str:
        is_float = "" if kinds <= FLOAT else f"valueType({x.text}) STARTS WITH 'FLOAT' AND "
        return _guarded([f"{is_float}{x.text} <> {x.text}"], x.text)

    return dataclasses.replace(piece, text=f"({naming.bound(piece, write)})")


def compared_otherwise(naming: Naming, one: Piece, other: Piece) -> list[str]:
    """Return the tests of which one holds where `one < other` and its kin may be answered otherwise."""
    zeros = _zeros(one, other)
    if _is_known(one) or _is_known(other) or (one.is_stored and other.is_stored):
        return zeros
    return zeros + [test for side in (one, other) for test in _otherwise(naming, side, is_whole=False)]


def _zeros(one: Piece, other: Piece) -> list[str]:
    """Return the test that one of two numbers is -0.0, which is less than 0 for Neo4j, and the other 0 too."""
    sides = (one, other)
    if not holds(one.type | other.type, FLOAT) or not all(holds(side.type, NUMBERS) for side in sides):
        return []
    if any(side.constant is not None and side.constant[0] != 0 for side in sides):
        return []
    are_zero = " AND ".join(f"{side.text} = 0" for side in sides)
    has_minus = " OR ".join(f"toString({side.text}) STARTS WITH '-'" for side in sides)
    return [f"{are_zero} AND ({has_minus})"]


def is_inexact(piece: Piece) -> str:
    """Return the test that a value is an integer that no float holds exactly."""
    x = piece.text
    return f"valueType({x}) STARTS WITH 'INTEGER' AND NOT ({x} > -{_EXACT} AND {x} < {_EXACT})"


def _guarded(tests: Iterator[str] | list[str], text: str) -> str:
    return f"CASE WHEN {' OR '.join(f'({test})' for test in tests)} THEN {RAISE} ELSE {text} END"


def _otherwise(naming: Naming, piece: Piece, *, is_whole: bool = True) -> Iterator[str]:
    """Yield the tests that a value, or what is in it, has another place in Neo4j's order."""
    x, kinds = piece.text, without_null(piece.type)
    if kinds & STRING and not piece.is_stored:
        yield f"{x} =~ {_HIGH}" if kinds <= STRING else f"valueType({x}) STARTS WITH 'STRING' AND {x} =~ {_HIGH}"
    if kinds & FLOAT and is_whole:
        is_float = "" if kinds <= FLOAT else f"valueType({x}) STARTS WITH 'FLOAT' AND "
        yield f"{is_float}{x} = 0 AND toString({x}) STARTS WITH '-'"
    for kind in kinds:
        if isinstance(kind, ListOf):
            item = naming.fresh()
            if tests := list(_otherwise(naming, Piece(item, kind.items, is_cheap=True))):
                within = f"any({item} IN {x} WHERE {' OR '.join(f'({test})' for test in tests)})"
                yield within if len(kinds) == 1 else f"valueType({x}) STARTS WITH 'LIST' AND {within}"
        elif isinstance(kind, MapOf) and holds(frozenset({kind}), STRING | FLOAT):
            raise refuse("the order of maps", "Order by what they hold.")


def _is_known(piece: Piece) -> bool:
    return piece.constant is not None and _is_low(piece.constant[0])


def _is_low(value: object) -> bool:
    """Tell whether a value has one place among any others, for both engines."""
    if isinstance(value, list):
        return all(map(_is_low, value))
    if isinstance(value, float):
        return value != 0
    return not isinstance(value, str) or all(character < _FIRST_HIGH for character in value)


def _check_sorted(type_: Type) -> None:
    entities = NODE | RELATIONSHIP | PATH | PROPERTIES
    kinds = without_null(type_)
    if holds(type_, entities) or (
        holds(type_, TEMPORALS)
        and not (kinds <= TEMPORALS and len(kinds) == 1 and not kinds & {"duration", "zoned time", "zoned datetime"})
    ):
        raise refuse(f"ORDER BY {describe(kinds)}", "Sort by a property, or by the text that toString() gives.")
