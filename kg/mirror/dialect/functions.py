"""The functions of Cypher that the embedded engine offers, each with what it takes and how kglite must have it.

A function that is not in the table is refused. Every entry was compared with Neo4j 5.26.
"""

from __future__ import annotations

from kg.mirror.dialect.conversions import CONVERSIONS
from kg.mirror.dialect.function import Arguments, Function, need, nullable
from kg.mirror.dialect.temporal_functions import TEMPORAL_FUNCTIONS
from kg.mirror.dialect.text import NAN, RAISE, Naming, Piece
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
    MapOf,
    Type,
    describe,
    item_type,
    join,
    list_of,
    may_be_null,
    refuse,
    without_null,
)
from kg.mirror.holding import EXACT, RESERVED, held_key

__all__ = ["FUNCTIONS", "REFUSED_FUNCTIONS", "call"]


def call(naming: Naming, function: str, arguments: Arguments) -> Piece:
    """Return a call of a function that is no aggregate.

    Raises:
        UnsupportedQueryError: for one that is not offered, or not for such arguments.
    """
    entry = FUNCTIONS.get(function.lower())
    if entry is None:
        reason = REFUSED_FUNCTIONS.get(function.lower(), "")
        raise refuse(f"the function {function}()", reason)
    if not entry.least <= len(arguments) <= entry.most:
        raise refuse(f"{function}() of {len(arguments)} arguments")
    transient = any(argument.is_transient for argument in arguments)
    if transient and function.lower() not in ("labels", "elementid", "id"):
        raise refuse(f"{function}() of startNode() or endNode()", "Match the node, and name it.")
    return entry.write(naming, arguments)


def _same(function: str, takes: tuple[Type, ...], gives: Type, lists: bool = False) -> Function:
    """A function that both engines have alike for these kinds."""

    def write(naming: Naming, arguments: Arguments) -> Piece:
        for argument, allowed in zip(arguments, takes, strict=False):
            need(function, argument, allowed, lists=lists)
        text = f"{function}({', '.join(argument.text for argument in arguments)})"
        return Piece(text, nullable(gives, *arguments))

    return Function(len(takes), len(takes), write)


# --- strings

_CASED_LATELY = (
    r"\\x{19b}\\x{264}\\x{1c89}\\x{1c8a}\\x{2c2f}\\x{2c5f}\\x{a7c0}-\\x{a7dc}\\x{10570}-\\x{105bc}"
    r"\\x{10d50}-\\x{10d85}\\x{16ea0}-\\x{16ed3}"
)
"""Letters that have another case for kglite only: its Unicode is newer than Java's."""
_ODD_LOWER = rf"'(?s)(.*[{_CASED_LATELY}].*|.*[^A-Za-zΆΈ-ώ ].*Σ.*|.*Σ.*[^A-Za-zΆΈ-ώ ].*)'"
"""Besides, Java finds the end of a word, where Σ becomes ς, in another way if there are more than letters."""
_ODD_UPPER = rf"'(?s).*[{_CASED_LATELY}].*'"
_BEYOND = "'(?s).*[\\\\x{10000}-\\\\x{10ffff}].*'"
_ODD_SPACE = "'(?s).*[\\\\x{1c}-\\\\x{1f}\\\\x{85}\\\\x{a0}\\\\x{2007}\\\\x{202f}].*'"


def _cased(function: str) -> Function:
    odd = _ODD_LOWER if function == "toLower" else _ODD_UPPER

    def write(naming: Naming, arguments: Arguments) -> Piece:
        (argument,) = arguments
        need(function, argument, STRING)
        text = naming.bound(
            argument, lambda x: f"CASE WHEN {x.text} =~ {odd} THEN {RAISE} ELSE {function}({x.text}) END"
        )
        return Piece(text, nullable(STRING, argument))

    return Function(1, 1, write, "rewritten")


def _split(naming: Naming, arguments: Arguments) -> Piece:
    """Without a delimiter Neo4j cuts characters beyond 16 bits in two."""
    for argument in arguments:
        need("split", argument, STRING)
    type_ = nullable(list_of(STRING), *arguments)
    delimiter = arguments[1].constant
    if delimiter is not None and delimiter[0] != "":
        return Piece(f"split({', '.join(argument.text for argument in arguments)})", type_)

    def write(pieces: Arguments) -> str:
        text, by = (piece.text for piece in pieces)
        return f"CASE WHEN {by} = '' AND {text} =~ {_BEYOND} THEN {RAISE} ELSE split({text}, {by}) END"

    return Piece(f"({naming.all_bound(arguments, write)})", type_)


def _trimmed(function: str) -> Function:
    def write(naming: Naming, arguments: Arguments) -> Piece:
        (argument,) = arguments
        need(function, argument, STRING)
        text = naming.bound(
            argument, lambda x: f"CASE WHEN {x.text} =~ {_ODD_SPACE} THEN {RAISE} ELSE {function}({x.text}) END"
        )
        return Piece(text, nullable(STRING, argument))

    return Function(1, 1, write, "rewritten")


def _counted(function: str, most: int) -> Function:
    """`substring()`, `left()`, `right()`: Neo4j refuses what is negative."""

    def write(naming: Naming, arguments: Arguments) -> Piece:
        need(function, arguments[0], STRING)
        for count in arguments[1:]:
            need(function, count, INTEGER, null=False)

        def guarded(pieces: Arguments) -> str:
            text = f"{function}({', '.join(piece.text for piece in pieces)})"
            tests = [f"{piece.text} < 0" for piece in pieces[1:] if not _is_natural(piece)]
            return f"CASE WHEN {' OR '.join(tests)} THEN {RAISE} ELSE {text} END" if tests else text

        return Piece(naming.all_bound(arguments, guarded), nullable(STRING, arguments[0]))

    return Function(2, most, write, "rewritten")


def _is_natural(piece: Piece) -> bool:
    value = piece.constant[0] if piece.constant else None
    return isinstance(value, int) and value >= 0


def _size(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    need("size", argument, STRING, lists=True)
    return Piece(f"size({argument.text})", nullable(INTEGER, argument), is_small=True)


def _length_of_string(naming: Naming, arguments: Arguments) -> Piece:
    need("char_length", arguments[0], STRING)
    return _size(naming, arguments)


def _is_empty(naming: Naming, arguments: Arguments) -> Piece:
    return Piece(f"({_size(naming, arguments).text} = 0)", nullable(BOOLEAN, *arguments))


def _reverse(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    need("reverse", argument, STRING, lists=True)
    return Piece(f"reverse({argument.text})", argument.type)


# --- lists


def _end_of_list(function: str) -> Function:
    def write(naming: Naming, arguments: Arguments) -> Piece:
        (argument,) = arguments
        need(function, argument, frozenset(), lists=True)
        return Piece(f"{function}({argument.text})", item_type(argument.type) | NULL)

    return Function(1, 1, write)


def _tail(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    need("tail", argument, frozenset(), lists=True)
    return Piece(f"tail({argument.text})", argument.type)


def _range(naming: Naming, arguments: Arguments) -> Piece:
    for argument in arguments:
        need("range", argument, INTEGER, null=False)
    return Piece(f"range({', '.join(argument.text for argument in arguments)})", list_of(INTEGER))


def _coalesce(naming: Naming, arguments: Arguments) -> Piece:
    kinds = join(without_null(argument.type) for argument in arguments)
    if kinds & (PATH | PROPERTIES):
        raise refuse(f"coalesce() of {describe(kinds)}")
    text = f"coalesce({', '.join(argument.text for argument in arguments)})"
    return Piece(text, kinds if not all(may_be_null(argument.type) for argument in arguments) else kinds | NULL)


# --- numbers


def _keeping_kind(function: str) -> Function:
    def write(naming: Naming, arguments: Arguments) -> Piece:
        need(function, arguments[0], NUMBERS)
        return Piece(f"{function}({arguments[0].text})", arguments[0].type)

    return Function(1, 1, write)


def _sqrt(naming: Naming, arguments: Arguments) -> Piece:
    need("sqrt", arguments[0], NUMBERS)
    text = naming.bound(arguments[0], lambda x: f"CASE WHEN {x.text} < 0 THEN {NAN} ELSE sqrt({x.text}) END")
    return Piece(text, nullable(FLOAT, *arguments))


def _round(naming: Naming, arguments: Arguments) -> Piece:
    """Halves go up in Neo4j, away from zero in kglite."""
    need("round", arguments[0], NUMBERS)

    def write(x: Piece) -> str:
        return (
            f"CASE WHEN abs({x.text}) >= 9000000000000000000 THEN {RAISE} "
            f"WHEN {x.text} < 0 AND {x.text} - floor({x.text}) = 0.5 THEN ceil({x.text}) + 0.0 "
            f"ELSE round({x.text}) + 0.0 END"
        )

    return Piece(naming.bound(arguments[0], write), nullable(FLOAT, *arguments))


def _is_nan(naming: Naming, arguments: Arguments) -> Piece:
    need("isNaN", arguments[0], NUMBERS)
    return Piece(naming.bound(arguments[0], lambda x: f"({x.text} <> {x.text})"), nullable(BOOLEAN, *arguments))


# --- nodes, relationships, paths


def _labels(naming: Naming, arguments: Arguments) -> Piece:
    need("labels", arguments[0], NODE)
    return Piece(f"labels({arguments[0].text})", nullable(list_of(STRING), *arguments))


def _id(naming: Naming, arguments: Arguments) -> Piece:
    need("id", arguments[0], NODE | RELATIONSHIP)
    return Piece(f"toInteger(elementId({arguments[0].text}))", nullable(INTEGER, *arguments), is_small=True)


def _keys(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    kinds = without_null(argument.type)
    type_ = nullable(list_of(STRING), argument)
    if all(isinstance(kind, MapOf) for kind in kinds):
        return Piece(f"keys({argument.text})", type_)
    need("keys", argument, NODE | RELATIONSHIP)
    key = naming.fresh()
    hidden = ", ".join(f"'{reserved}'" for reserved in sorted({*RESERVED, EXACT}))
    shown = " ".join(f"WHEN '{held_key(reserved)}' THEN '{reserved}'" for reserved in sorted(RESERVED))
    text = f"[{key} IN keys({argument.text}) WHERE NOT ({key} IN [{hidden}]) | CASE {key} {shown} ELSE {key} END]"
    return Piece(text, type_)


def _properties(naming: Naming, arguments: Arguments) -> Piece:
    (argument,) = arguments
    if all(isinstance(kind, MapOf) for kind in without_null(argument.type)):
        return argument
    need("properties", argument, NODE | RELATIONSHIP)
    return Piece(f"properties({argument.text})", nullable(PROPERTIES, argument))


def _end_node(function: str) -> Function:
    def write(naming: Naming, arguments: Arguments) -> Piece:
        need(function, arguments[0], RELATIONSHIP)
        return Piece(f"{function}({arguments[0].text})", nullable(NODE, *arguments), True, is_transient=True)

    return Function(1, 1, write, "rewritten")


def _null_if(naming: Naming, arguments: Arguments) -> Piece:
    for argument in arguments:
        need("nullIf", argument, SCALARS)
    text = naming.bound(arguments[0], lambda x: f"CASE WHEN {x.text} = {arguments[1].text} THEN null ELSE {x.text} END")
    return Piece(text, arguments[0].type | NULL)


def _e(naming: Naming, arguments: Arguments) -> Piece:
    return Piece("2.718281828459045", FLOAT, True)


FUNCTIONS: dict[str, Function] = {
    **CONVERSIONS,
    **TEMPORAL_FUNCTIONS,
    "abs": _keeping_kind("abs"),
    "ceil": _same("ceil", (NUMBERS,), FLOAT),
    "char_length": Function(1, 1, _length_of_string, "rewritten"),
    "character_length": Function(1, 1, _length_of_string, "rewritten"),
    "coalesce": Function(1, 100, _coalesce),
    "e": Function(0, 0, _e, "rewritten"),
    "elementid": _same("elementId", (NODE | RELATIONSHIP,), STRING),
    "endnode": _end_node("endNode"),
    "floor": _same("floor", (NUMBERS,), FLOAT),
    "head": _end_of_list("head"),
    "id": Function(1, 1, _id, "rewritten"),
    "isempty": Function(1, 1, _is_empty, "rewritten"),
    "isnan": Function(1, 1, _is_nan, "rewritten"),
    "keys": Function(1, 1, _keys, "rewritten"),
    "labels": Function(1, 1, _labels),
    "last": _end_of_list("last"),
    "left": _counted("left", 2),
    "length": _same("length", (PATH,), INTEGER),
    "ltrim": _trimmed("ltrim"),
    "nodes": _same("nodes", (PATH,), list_of(NODE)),
    "nullif": Function(2, 2, _null_if, "rewritten"),
    "pi": _same("pi", (), FLOAT),
    "properties": Function(1, 1, _properties, "rewritten"),
    "range": Function(2, 3, _range),
    "relationships": _same("relationships", (PATH,), list_of(RELATIONSHIP)),
    "replace": _same("replace", (STRING, STRING, STRING), STRING),
    "reverse": Function(1, 1, _reverse),
    "right": _counted("right", 2),
    "round": Function(1, 1, _round, "rewritten"),
    "rtrim": _trimmed("rtrim"),
    "sign": _same("sign", (NUMBERS,), INTEGER),
    "size": Function(1, 1, _size),
    "split": Function(2, 2, _split, "rewritten"),
    "sqrt": Function(1, 1, _sqrt, "rewritten"),
    "startnode": _end_node("startNode"),
    "substring": _counted("substring", 3),
    "tail": Function(1, 1, _tail),
    "tolower": _cased("toLower"),
    "toupper": _cased("toUpper"),
    "trim": _trimmed("trim"),
    "type": _same("type", (RELATIONSHIP,), STRING),
}

_LAST_DIGIT = "The last digit may differ from Neo4j's."
_NO_TWIN = "kglite has no such function, or another of this name."

REFUSED_FUNCTIONS: dict[str, str] = {
    **dict.fromkeys(
        "exp log log10 sin cos tan cot asin acos atan atan2 sinh cosh tanh coth haversin degrees radians".split(),
        _LAST_DIGIT,
    ),
    **dict.fromkeys("rand randomuuid timestamp".split(), "It gives another value each time."),
    **dict.fromkeys(
        "stdev stdevp percentilecont percentiledisc btrim normalize valuetype point".split(),
        _NO_TWIN,
    ),
}
