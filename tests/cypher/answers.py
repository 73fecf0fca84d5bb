"""Answers of SPARQL and of Cypher as plain values that can be compared with each other and with JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from kg.rdf import XSD, BlankNode, Literal, NamedNode, Term, Triple
from kg.records import Node, Path, Point, Records, Relationship, Temporal
from kg.results import Boolean, Graph, ResultSet, Solutions

__all__ = ["Rows", "cypher_rows", "is_equal", "key", "plain", "sparql_rows"]

Rows = list[list[Any]]

_DIGITS = 12
"""How many digits of a float count: sums of the same numbers differ in the last ones by their order."""

_NUMBERS = {XSD[name] for name in ("integer", "decimal", "double", "float")}


def sparql_rows(answer: ResultSet) -> Rows:
    """Return the rows of an answer in the order of its columns; ASK has one row of one value."""
    if isinstance(answer, Boolean):
        return [[answer.value]]
    assert not isinstance(answer, Graph), "a graph has no rows"
    assert isinstance(answer, Solutions)
    return [[_of_term(term) for term in row] for row in answer.rows]


def _of_term(term: Term | None) -> Any:
    if term is None or isinstance(term, Triple):
        return None if term is None else str(term)
    if isinstance(term, NamedNode | BlankNode):
        return term.value
    assert isinstance(term, Literal)
    if term.datatype == XSD["boolean"]:
        return term.value == "true"
    if term.datatype == XSD["integer"]:
        return int(term.value)
    return float(term.value) if term.datatype in _NUMBERS else term.value


def cypher_rows(answer: Records) -> Rows:
    """Return the rows of an answer."""
    return [[plain(value) for value in row] for row in answer.rows]


def plain(value: Any) -> Any:
    """Return a value of Cypher without the identity of what it holds: two nodes with the same content are equal."""
    if isinstance(value, Temporal):
        return value.text
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": plain(dict(value.properties))}
    if isinstance(value, Relationship):
        return {"type": value.type, "properties": plain(dict(value.properties))}
    if isinstance(value, Path):
        forwards = [
            relationship.start == node.element_id
            for node, relationship in zip(value.nodes, value.relationships, strict=False)
        ]
        return {
            "nodes": [plain(node) for node in value.nodes],
            "relationships": [plain(relationship) for relationship in value.relationships],
            "forwards": forwards,
        }
    if isinstance(value, Point):
        return {"srid": value.srid, "coordinates": list(value.coordinates)}
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def key(value: Any, with_kinds: bool = True) -> Any:
    """Return what is equal for equal values: a float is not the integer of the same size unless kinds do not count."""
    if isinstance(value, bool) or value is None or isinstance(value, str | bytes):
        return value if not isinstance(value, bool) else ("truth", value)
    if isinstance(value, int | float):
        if isinstance(value, float) and not math.isfinite(value):
            return ("number", str(value))
        number = value if isinstance(value, int) else float(f"{value:.{_DIGITS}g}") + 0.0
        return ("float" if with_kinds and isinstance(value, float) else "number", number)
    if isinstance(value, dict):
        return ("map", frozenset((name, key(item, with_kinds)) for name, item in value.items()))
    return ("list", tuple(key(item, with_kinds) for item in value))


def is_equal(one: Iterable[Sequence[Any]], other: Iterable[Sequence[Any]], ordered: bool, with_kinds: bool) -> bool:
    """Tell whether two answers have the same rows, as often, and in the same order if that counts."""
    ours, theirs = ([key(row, with_kinds) for row in rows] for rows in (one, other))
    return ours == theirs if ordered else Counter(ours) == Counter(theirs)
