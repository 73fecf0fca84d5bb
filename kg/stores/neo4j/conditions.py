"""Cypher conditions that hold wherever a value can be meant: too much may pass, never too little.

A property may hold a list, whatever wrote it; a value may lie there as its text; Cypher's `=` is not RDF's. So a
condition is left out where it could be wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from kg.property_graph import AbsentGraph, Temporal, Value
from kg.property_graph.names import Names, identifier
from kg.property_graph.values import native, stored_forms
from kg.rdf import RDF, XSD, Literal, NamedNode, Triple
from kg.slices import Pattern, Values

__all__ = ["Parameters", "graph_condition", "holds_any", "is_within", "seek", "sought_values"]

_SOUGHT_BY_VALUE = frozenset(
    [RDF["langString"], RDF["dirLangString"]]
    + [XSD[name] for name in ("string", "integer", "decimal", "double", "float", "boolean")]
)
"""Datatypes whose literals Cypher finds by `=`: of dates it takes the same moment in two zones for two."""
_MARGIN = 1e-6
"""By how much of itself a bound is widened: SPARQL compares some numbers as floats of 24 bits."""


class Parameters:
    """The parameters of a statement, numbered as they come, so that equal shapes have equal texts."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def add(self, value: object) -> str:
        """Return how a value is written in the text."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"


def sought_values(term: Literal | Triple | NamedNode, names: Names) -> list[Value] | None:
    """Return all values as which a term can lie in a property; None where Cypher could not find them by `=`."""
    if isinstance(term, Literal) and (term.datatype not in _SOUGHT_BY_VALUE or term.value == "NaN"):
        return None
    return list(stored_forms(term, names))


def holds_any(node: str, key: str, values: list[Value] | None, parameters: Parameters) -> str:
    """Return the condition that a property holds one of some values, alone or in a list."""
    held = f"{node}.{identifier(key)}"
    if values is None:
        return f"{held} IS NOT NULL"
    return f"any(x IN [] + {held} WHERE x IN {parameters.add(values)})"


def seek(node: str, key: str, values: list[Value], parameters: Parameters) -> str:
    """Return the condition of `holds_any` so that a range index finds it; for strings only.

    `>= ['']` is true of every list of strings and of nothing else, and those lie together in the index.
    """
    held, given = f"{node}.{identifier(key)}", parameters.add(values)
    return f"({held} IN {given} OR ({held} >= [''] AND any(x IN {given} WHERE x IN {held})))"


def is_within(node: str, key: str, bounds: Iterable[Values], parameters: Parameters) -> str:
    """Return the condition that a property may hold a value within bounds.

    What Cypher does not compare with a bound, such as a list or a value of another type, passes.
    """
    held = f"{node}.{identifier(key)}"
    conditions = [f"{held} IS NOT NULL"]
    for given in bounds:
        if given.least is not None and given.least == given.most and given.least.datatype == XSD["string"]:
            conditions.append(f"any(x IN [] + {held} WHERE x = {parameters.add(given.least.value)})")
            continue
        for bound, sign in ((given.least, ">="), (given.most, "<=")):
            value = None if bound is None else _bound(bound, sign)
            if value is not None:
                conditions.append(f"coalesce({held} {sign} {parameters.add(value)}, true)")
    return " AND ".join(conditions)


def _bound(literal: Literal, sign: str) -> Value | None:
    """Return a bound as Cypher compares it as SPARQL does, or with room to spare; None where it does not."""
    value = native(literal, _NO_NAMES)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return None
        room = abs(number) * _MARGIN
        return number + (-room if sign == ">=" else room) if math.isfinite(number) else None
    if isinstance(value, Temporal) and value.kind in ("date", "local datetime"):
        return value
    return None


_NO_NAMES = Names("urn:x:", {}, {})


def graph_condition(pattern: Pattern, names: Names, absent: AbsentGraph, parameters: Parameters, held: str) -> str:
    """Return the condition that what a pattern matches may be in its graph; empty where that cannot be told.

    Args:
        held: the `_g` of a relationship, or the `_rdf` of a node.
    """
    graph = pattern.graph
    if not isinstance(graph, NamedNode) or graph == absent:
        return ""
    written = {names.graph_name(graph, absent), graph.value}
    if "/term/" in graph.value or any(names.graph(name, absent) != graph for name in written):
        return ""  # there may be other ways to write it
    given = parameters.add(sorted(written))
    if held.endswith("._g"):
        return f"any(g IN [] + {held} WHERE g IN {given})"
    return f"any(x IN [] + {held} WHERE any(g IN {given} WHERE x CONTAINS g))"
