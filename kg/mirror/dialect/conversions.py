"""Functions that convert: to strings, numbers and Booleans."""

from __future__ import annotations

from kg.mirror.dialect.function import Arguments, Function, Writer, need, nullable
from kg.mirror.dialect.temporals import text_of
from kg.mirror.dialect.text import RAISE, Naming, Piece
from kg.mirror.dialect.types import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    NULL,
    NUMBERS,
    SCALARS,
    STRING,
    Type,
    item_type,
    list_of,
    without_null,
)

__all__ = ["CONVERSIONS"]


def _to_string(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    if (text := text_of(naming, argument)) is not None:
        return text
    need("toString", argument, SCALARS | {"date"})
    type_ = nullable(STRING, argument)
    if not argument.type & FLOAT:
        return Piece(f"toString({argument.text})", type_)
    # Java writes exponents outside of these bounds, kglite never does.
    return Piece(
        naming.bound(
            argument,
            lambda x: (
                f"CASE WHEN NOT valueType({x.text}) STARTS WITH 'FLOAT' THEN toString({x.text}) "
                f"WHEN {x.text} = 0 OR (abs({x.text}) >= 0.001 AND abs({x.text}) < 10000000) "
                f"THEN toString({x.text}) ELSE {RAISE} END"
            ),
        ),
        type_,
    )


def _to_integer(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    need("toInteger", argument, SCALARS)
    type_ = INTEGER | NULL if argument.type & STRING else nullable(INTEGER, argument)
    if not argument.type & (FLOAT | STRING):
        return Piece(f"toInteger({argument.text})", type_)

    def write(x: Piece) -> str:
        kind = f"valueType({x.text}) STARTS WITH"
        cases = []
        if x.type & FLOAT:
            cases.append(f"WHEN {kind} 'FLOAT' AND NOT abs({x.text}) < 9000000000000000000 THEN {RAISE}")
        if x.type & STRING:
            odd = f"{x.text} =~ {_FOREIGN} OR {x.text} =~ {_LARGE} OR size({x.text}) > 17"
            cases.append(f"WHEN {kind} 'STRING' AND ({odd}) THEN {RAISE}")
        return f"CASE {' '.join(cases)} ELSE toInteger({x.text}) END"

    return Piece(naming.bound(argument, write), type_)


_NUMERAL = r"'[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?'"
_ODD_NUMERAL = r"'(?is)(.*([0-9]|nan|inf).*|.*[^\\x{01}-\\x{7f}].*)'"
_LARGE = r"'(?s).*[eE][+]?[0-9]*[1-9][0-9].*'"
_SPACED = r"'(?s)([\\s\\x{1c}-\\x{1f}].*|.*[\\s\\x{1c}-\\x{1f}])'"
_FOREIGN = r"'(?s).*[^\\x{01}-\\x{7f}].*'"


def _to_float(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    need("toFloat", argument, NUMBERS | STRING)
    if not argument.type & STRING:
        return Piece(f"toFloat({argument.text})", nullable(FLOAT, argument))

    def write(x: Piece) -> str:
        # Java reads white space around, `1d`, hexadecimals and NaN; kglite `inf`: what may be either is left.
        return (
            f"CASE WHEN NOT valueType({x.text}) STARTS WITH 'STRING' THEN toFloat({x.text}) "
            f"WHEN {x.text} =~ {_NUMERAL} THEN toFloat({x.text}) WHEN {x.text} =~ {_ODD_NUMERAL} THEN {RAISE} END"
        )

    return Piece(naming.bound(argument, write), FLOAT | NULL)


def _to_boolean(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    need("toBoolean", argument, BOOLEAN | STRING | INTEGER)

    def write(x: Piece) -> str:
        return (
            f"CASE WHEN valueType({x.text}) STARTS WITH 'INTEGER' THEN ({x.text} <> 0) "
            f"WHEN valueType({x.text}) STARTS WITH 'STRING' AND {x.text} =~ {_SPACED} THEN {RAISE} "
            f"ELSE toBoolean({x.text}) END"
        )

    if without_null(argument.type) <= BOOLEAN:
        return argument
    return Piece(naming.bound(argument, write), BOOLEAN | NULL)


def _or_null(write: Writer, allowed: Type) -> Function:
    """`toIntegerOrNull()` and its kin: null for what could not be converted."""

    def convert(naming: Naming, arguments: Arguments) -> Piece:
        kinds = without_null(arguments[0].type)
        if not kinds & allowed:
            return Piece("null", NULL, True, (None,))
        return write(naming, arguments)

    return Function(1, 1, convert, "rewritten")


def _each(write: Writer) -> Function:
    """`toIntegerList()` and its kin: a conversion of each item."""

    def convert(naming: Naming, arguments: Arguments) -> Piece:
        (argument,) = arguments
        need("a conversion", argument, frozenset(), lists=True)
        variable = naming.fresh()
        item = write(naming, (Piece(variable, item_type(argument.type), is_cheap=True),))
        return Piece(f"[{variable} IN {argument.text} | {item.text}]", list_of(item.type) | (argument.type & NULL))

    return Function(1, 1, convert, "rewritten")


CONVERSIONS: dict[str, Function] = {
    "toboolean": Function(1, 1, _to_boolean, "rewritten"),
    "tobooleanlist": _each(_to_boolean),
    "tobooleanornull": _or_null(_to_boolean, BOOLEAN | STRING | INTEGER),
    "tofloat": Function(1, 1, _to_float, "rewritten"),
    "tofloatlist": _each(_to_float),
    "tofloatornull": _or_null(_to_float, NUMBERS | STRING),
    "tointeger": Function(1, 1, _to_integer, "rewritten"),
    "tointegerlist": _each(_to_integer),
    "tointegerornull": _or_null(_to_integer, SCALARS),
    "tostring": Function(1, 1, _to_string, "rewritten"),
    "tostringlist": _each(_to_string),
    "tostringornull": _or_null(_to_string, SCALARS | {"date"}),
}
