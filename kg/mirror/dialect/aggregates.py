"""Aggregates over the rows of a group."""

from __future__ import annotations

from kg.mirror.dialect.function import need
from kg.mirror.dialect.functions import REFUSED_FUNCTIONS
from kg.mirror.dialect.ordering import ordered, told_apart
from kg.mirror.dialect.text import Naming, Piece
from kg.mirror.dialect.types import (
    FLOAT,
    INTEGER,
    NODE,
    NULL,
    NUMBERS,
    PATH,
    PROPERTIES,
    RELATIONSHIP,
    TEMPORALS,
    describe,
    is_distinguishable,
    join,
    list_of,
    refuse,
    without_null,
)

__all__ = ["AGGREGATES", "aggregate", "average"]

AGGREGATES = frozenset({"avg", "collect", "count", "max", "min", "percentilecont", "percentiledisc", "stdev",
                        "stdevp", "sum"})  # fmt: skip


def aggregate(naming: Naming, function: str, argument: Piece, is_distinct: bool) -> Piece:
    """Return an aggregate over the rows of a group.

    Raises:
        UnsupportedQueryError: for one that is not offered, or not over such values.
    """
    kind = function.lower()
    type_ = without_null(argument.type)
    if argument.is_transient:
        raise refuse(f"{function}() of startNode() or endNode()", "Match the node, and name it.")
    if is_distinct and not is_distinguishable(argument.type):
        raise refuse(
            f"{function}(DISTINCT …) over {describe(type_)}", "Convert with toInteger(), toFloat() or toString()."
        )
    inner = f"DISTINCT {told_apart(naming, argument).text}" if is_distinct else argument.text
    if kind == "count":
        return Piece(f"count({inner})", INTEGER, is_small=True)
    if kind == "collect":
        return Piece(f"collect({inner})", list_of(type_))
    if kind in ("sum", "avg"):
        need(function, argument, NUMBERS)
        if kind == "sum":
            return Piece(f"sum({inner})", join((INTEGER, type_)))
        return Piece(f"collect({inner})", list_of(type_))
    if kind in ("min", "max"):
        if type_ & (NODE | RELATIONSHIP | PATH | PROPERTIES | (TEMPORALS - {"date"})) or (
            "date" in type_ and len(type_) > 1
        ):
            raise refuse(f"{function}() over {describe(type_)}")
        if type_ >= NUMBERS:
            raise refuse(f"{function}() over integers and floats", "Convert with toFloat().")
        return Piece(f"{kind}({ordered(naming, argument).text})", type_ | NULL, is_stored=argument.is_stored)
    raise refuse(f"the function {function}()", REFUSED_FUNCTIONS.get(kind, ""))


def average(collected: Piece) -> Piece:
    """Return the mean of collected numbers, in the steps in which Neo4j makes it."""
    text = (
        f"CASE WHEN size({collected.text}) = 0 THEN null ELSE reduce(`__kg` = [0, 0.0], `__kgx` IN {collected.text} | "
        "[`__kg`[0] + 1, `__kg`[1] + (`__kgx` - `__kg`[1]) / (`__kg`[0] + 1)])[1] END"
    )
    return Piece(text, FLOAT | NULL)
