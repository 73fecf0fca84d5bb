"""The operators of Cypher: what of each both engines answer alike, and how kglite must have it."""

from __future__ import annotations

import re

from kg.mirror.dialect.moment_operators import compared_moments
from kg.mirror.dialect.ordering import compared_otherwise, is_inexact
from kg.mirror.dialect.temporals import compared
from kg.mirror.dialect.text import INFINITY, RAISE, Naming, Piece, null_unless_all
from kg.mirror.dialect.types import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    NODE,
    NULL,
    NUMBERS,
    PATH,
    PROPERTIES,
    RELATIONSHIP,
    SCALARS,
    STRING,
    TEMPORALS,
    Kind,
    ListOf,
    MapOf,
    Type,
    describe,
    holds,
    item_type,
    join,
    list_of,
    may_be_null,
    refuse,
    without_null,
)

__all__ = ["arithmetic", "boolean", "check_equal", "compare", "is_in", "logical", "plus", "string_test"]

_COMPUTED_TEMPORALS: Type = frozenset({"date", "local time", "local datetime"})
_ENTITIES = NODE | RELATIONSHIP | PATH | PROPERTIES
_UNEQUAL = "Compare what tells them apart: elementId(), iri, or another property."


def _either(gives: Type, *pieces: Piece) -> Type:
    return gives | NULL if any(may_be_null(piece.type) for piece in pieces) else gives


# --- Boolean


def boolean(piece: Piece, where: str) -> Piece:
    """Return a piece that is a condition, refused if it may be anything but a Boolean or null."""
    others = without_null(piece.type) - BOOLEAN
    if others:
        raise refuse(f"{describe(others)} as {where}", "Only true, false and null are conditions.")
    return piece


def logical(operator: str, left: Piece, right: Piece) -> Piece:
    """Return `left AND right` and its kin."""
    for side in (left, right):
        boolean(side, f"operand of {operator}")
    return Piece(f"({left.text} {operator} {right.text})", _either(BOOLEAN, left, right))


# --- comparison


def compare(naming: Naming, operator: str, left: Piece, right: Piece) -> Piece:
    """Return `left = right` and its kin.

    Raises:
        UnsupportedQueryError: for kinds that kglite compares otherwise than Neo4j.
    """
    if (known := compared(naming, operator, left, right)) is not None:
        return known
    if (moments := compared_moments(naming, operator, left, right)) is not None:
        return moments
    left_kinds, right_kinds = without_null(left.type), without_null(right.type)
    type_ = BOOLEAN | NULL
    if operator in ("=", "<>"):
        for entities in (NODE, RELATIONSHIP):
            if left_kinds | right_kinds == entities:
                return Piece(
                    f"(elementId({left.text}) {operator} elementId({right.text}))", _either(BOOLEAN, left, right)
                )
        for kinds, other in ((left_kinds, right_kinds), (right_kinds, left_kinds)):
            if kinds == STRING and other >= STRING and holds(other, TEMPORALS) and not holds(other, _ENTITIES):
                return Piece(_equals_text(naming, operator, left, right), type_)
        check_equal(left_kinds, right_kinds)
    else:
        _check_ordered(left_kinds | right_kinds)
        if not _mixes_numbers(left, right) and compared_otherwise(naming, left, right):
            return Piece(_ordered(naming, operator, left, right), type_)
    if _mixes_numbers(left, right):
        return Piece(_numbers(naming, operator, left, right), type_)
    plain = operator in ("=", "<>") and not any(isinstance(kind, ListOf | MapOf) for kind in left_kinds | right_kinds)
    return Piece(f"({left.text} {operator} {right.text})", _either(BOOLEAN, left, right) if plain else type_)


def _mixes_numbers(left: Piece, right: Piece) -> bool:
    """Tell whether an integer that no float holds exactly may meet a float, which Neo4j gets wrong in its own way."""
    if _is_exact(left) or _is_exact(right):
        return False
    return (holds(left.type, INTEGER) and holds(right.type, FLOAT)) or (
        holds(left.type, FLOAT) and holds(right.type, INTEGER)
    )


def _is_exact(piece: Piece) -> bool:
    return piece.is_small or (piece.constant is not None and _is_exact_value(piece.constant[0]))


def _is_exact_value(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_exact_value, value))
    if isinstance(value, dict):
        return all(map(_is_exact_value, value.values()))
    return not isinstance(value, int | float) or abs(value) < _EXACT


_EXACT = 2**53
_NUMERAL = re.compile(r"\(?-?[0-9.][0-9.eE+-]*\)?")


def _ordered(naming: Naming, operator: str, left: Piece, right: Piece) -> str:
    def write(sides: tuple[Piece, ...]) -> str:
        one, other = sides
        tests = " OR ".join(f"({test})" for test in compared_otherwise(naming, one, other))
        return f"CASE WHEN {tests} THEN {RAISE} ELSE ({one.text} {operator} {other.text}) END"

    return f"({naming.all_bound((left, right), write)})"


def _numbers(naming: Naming, operator: str, left: Piece, right: Piece) -> str:
    if any(not isinstance(kind, str) and holds(frozenset({kind}), NUMBERS) for kind in left.type | right.type):
        raise refuse("comparing lists of integers with lists of floats", "Convert with toFloatList().")

    def write(sides: tuple[Piece, ...]) -> str:
        one, other = sides
        tests = [
            f"({is_inexact(whole)} AND valueType({other_.text}) STARTS WITH 'FLOAT')"
            for whole, other_ in ((one, other), (other, one))
            if whole.type & INTEGER and other_.type & FLOAT
        ]
        if operator not in ("=", "<>"):
            tests += [f"({test})" for test in compared_otherwise(naming, one, other)]
        plain = f"({one.text} {operator} {other.text})"
        return f"CASE WHEN {' OR '.join(tests)} THEN {RAISE} ELSE {plain} END"

    return f"({naming.all_bound((left, right), write)})"


def _equals_text(naming: Naming, operator: str, left: Piece, right: Piece) -> str:
    """A text equals texts alone; kglite would read a date of it where the other is one."""

    def write(sides: tuple[Piece, ...]) -> str:
        one, other = (side.text for side in sides)
        return (
            f"CASE WHEN {one} IS NULL OR {other} IS NULL THEN null "
            f"WHEN valueType({one}) STARTS WITH 'STRING' AND valueType({other}) STARTS WITH 'STRING' "
            f"THEN ({one} {operator} {other}) ELSE {'false' if operator == '=' else 'true'} END"
        )

    return f"({naming.all_bound((left, right), write)})"


def check_equal(left: Type, right: Type) -> None:
    """Refuse what kglite would find equal, or not, otherwise than Neo4j."""
    both = left | right
    if (holds(left, _ENTITIES) and without_null(right)) or (holds(right, _ENTITIES) and without_null(left)):
        raise refuse(f"comparing {describe(left)} with {describe(right)}", _UNEQUAL)
    if holds(both, TEMPORALS) and not (len(both) == 1 and both <= _COMPUTED_TEMPORALS) and left and right:
        raise refuse(
            f"comparing {describe(left)} with {describe(right)}", "Compare the texts that toString() gives of dates."
        )


def _check_ordered(kinds: Type) -> None:
    if kinds <= _COMPUTED_TEMPORALS and len(kinds) == 1:
        return
    strange = {kind for kind in kinds - SCALARS if not _is_plain_list(kind)}
    if strange:
        raise refuse(f"< or > of {describe(frozenset(strange))}", "Compare numbers, strings or Booleans.")


def _is_plain_list(kind: Kind) -> bool:
    return isinstance(kind, ListOf) and without_null(kind.items) <= SCALARS


def is_in(naming: Naming, left: Piece, right: Piece) -> Piece:
    """Return `left IN right`."""
    others = {kind for kind in without_null(right.type) if not isinstance(kind, ListOf)}
    strings = without_null(left.type) <= STRING and without_null(item_type(right.type)) <= STRING
    if others <= STRING and strings and right.is_cheap and len(right.type) > len(others):
        listed = f"CASE WHEN valueType({right.text}) STARTS WITH 'STRING' THEN [{right.text}] ELSE {right.text} END"
        return Piece(f"({left.text} IN ({listed}))", BOOLEAN | NULL)
    if others:
        raise refuse(f"IN {describe(frozenset(others))}", "What stands right of IN must be a list.")
    items, kinds = without_null(item_type(right.type)), without_null(left.type)
    for entities in (NODE, RELATIONSHIP):
        if kinds | items == entities and items:
            item = naming.fresh()
            ids = f"([{item} IN {right.text} | elementId({item})])"  # kglite reads a bare one as a list of a test
            return Piece(f"(elementId({left.text}) IN {ids})", BOOLEAN | NULL)
    check_equal(kinds, items)
    if _mixes_numbers(left, Piece(right.text, items, constant=right.constant)):
        raise refuse("IN of integers and floats", "Convert with toInteger() or toFloat().")
    return Piece(f"({left.text} IN ({right.text}))", BOOLEAN | NULL)


_TESTED = SCALARS


def string_test(operator: str, left: Piece, right: Piece) -> Piece:
    """Return `left STARTS WITH right` and its kin, which are null for what is no string."""
    for side in (left, right):
        others = {kind for kind in without_null(side.type) - _TESTED if not _is_plain_list(kind)}
        if others:
            raise refuse(f"{operator} of {describe(frozenset(others))}", "Make it a string with toString().")
    strings = without_null(left.type) <= STRING and without_null(right.type) <= STRING
    return Piece(f"({left.text} {operator} {right.text})", _either(BOOLEAN, left, right) if strings else BOOLEAN | NULL)


# --- arithmetic


def _numeric(operator: str, *pieces: Piece) -> None:
    for piece in pieces:
        others = without_null(piece.type) - NUMBERS
        if others:
            raise refuse(f"{operator} of {describe(others)}", "Neo4j has no such sum, or another result.")


def _sum_of_numbers(left: Type, right: Type) -> Type:
    kinds: set[Kind] = set()
    if left & INTEGER and right & INTEGER:
        kinds |= INTEGER
    if (left | right) & FLOAT:
        kinds |= FLOAT
    return frozenset(kinds)


def arithmetic(naming: Naming, operator: str, left: Piece, right: Piece) -> Piece:
    """Return `left - right` and its kin, but for `+`."""
    _numeric(operator, left, right)
    type_ = _either(_sum_of_numbers(left.type, right.type), left, right)
    if operator == "^":
        return Piece(_power(naming, left, right), _either(FLOAT, left, right))
    if operator in ("-", "*"):
        # For kglite a `-[` begins a relationship.
        other = f"({right.text})" if right.text.startswith("[") else right.text
        return Piece(f"({left.text} {operator} {other})", type_)
    if right.constant is not None and right.constant[0]:
        return Piece(f"({left.text} {operator} {right.text})", type_)
    return Piece(naming.all_bound((left, right), lambda sides: _divided(operator, *sides)), type_)


def _power(naming: Naming, left: Piece, right: Piece) -> str:
    """Write a power where it is exact: of others the last digit may differ from Java's."""
    if right.constant is not None and right.constant[0] == 2:
        return naming.bound(left, lambda x: f"(toFloat({x.text}) * toFloat({x.text}))")  # as Java does

    def write(sides: tuple[Piece, ...]) -> str:
        base, exponent = (side.text for side in sides)
        whole = f"{exponent} >= 0 AND floor({exponent}) = {exponent} AND floor({base}) = {base}"
        exact = f"{whole} AND abs({base} ^ {exponent}) <= {_EXACT}"
        return f"CASE WHEN {exact} THEN ({base} ^ {exponent}) ELSE {RAISE} END"

    return f"({naming.all_bound((left, right), lambda sides: null_unless_all(sides, f'({write(sides)})'))})"


def _divided(operator: str, left: Piece, right: Piece) -> str:
    """Kglite gives null for a float over zero, Neo4j no number or infinity; of integers both fail."""
    plain = f"({left.text} {operator} {right.text})"
    if operator == "/" and (
        not (right.type | left.type) & FLOAT or (may_be_null(left.type) and not right.type & FLOAT)
    ):
        return f"CASE WHEN {right.text} = 0 THEN 1 / 0 ELSE {plain} END"
    zero = (
        f"{left.text} * {INFINITY} * 0"
        if operator == "%"
        else (
            f"{left.text} * CASE WHEN toString({right.text}) STARTS WITH '-' THEN (0 - {INFINITY}) ELSE {INFINITY} END"
        )
    )
    is_whole = f"valueType({right.text}) STARTS WITH 'INTEGER'"
    if operator == "%":
        is_whole += f" AND valueType({left.text}) STARTS WITH 'INTEGER'"
    whole = f"WHEN {right.text} = 0 AND {is_whole} THEN 1 / 0 "
    # Of literals alone it makes infinity, as their quotient is worked out before.
    fails = right.type & INTEGER and (
        left.type & INTEGER or not all(_NUMERAL.fullmatch(side.text) for side in (left, right))
    )
    return f"CASE {whole if fails else ''}WHEN {right.text} = 0 THEN {zero} ELSE {plain} END"


def plus(left: Piece, right: Piece, operator: str = "+") -> Piece:
    """Return `left + right`, and `left || right`."""
    gives = [
        _plus_of_kinds(one, other, operator) for one in without_null(left.type) for other in without_null(right.type)
    ]
    type_ = _either(join(gives), left, right)
    text = f"({left.text} + {right.text})"
    if any(isinstance(kind, ListOf) for kind in left.type | right.type):
        if not all(piece.is_cheap for piece in (left, right) if may_be_null(piece.type)):
            raise refuse("+ with a list that is computed and may be null", "Name it in a WITH before.")
        text = null_unless_all((left, right), text)
        text = f"({text})" if text.startswith("CASE") else text
    return Piece(text, type_ or NULL)


def _plus_of_kinds(left: Kind, right: Kind, operator: str) -> Type:
    one, other = frozenset({left}), frozenset({right})
    lists = [isinstance(kind, ListOf) for kind in (left, right)]
    if all(lists):
        return list_of(item_type(one) | item_type(other) if one != other else item_type(one))
    if one <= STRING and other <= STRING:
        return STRING
    if operator == "+":
        if one <= NUMBERS and other <= NUMBERS:
            return _sum_of_numbers(one, other)
        if (one <= STRING and other <= INTEGER) or (one <= INTEGER and other <= STRING):
            return STRING
        plain = SCALARS | NODE
        if lists[0] and other <= plain:
            return list_of(join((item_type(one), other)))
        if lists[1] and one <= plain:
            return list_of(join((one, item_type(other))))
    raise refuse(f"{describe(one)} {operator} {describe(other)}", "Make a string of it with toString() first.")
