"""The graphs of the TCK's scenarios, in the engine that the embedded store answers from.

What a scenario creates first is worked out here, statement by statement, and not by the engine under test; then it
is held as the mirror holds nodes. So every node has the label `Resource` and an `iri` besides; `without_ours` takes
them out of answers. What no statement of RDF gives, as properties of relationships and empty lists, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kg.cypher.parsing import parse
from kg.cypher.syntax import (
    Binary,
    Clause,
    Create,
    Expression,
    FunctionCall,
    Index,
    Label,
    LabelExpression,
    Labels,
    ListLiteral,
    Literal,
    MapLiteral,
    NodePattern,
    PatternPart,
    Property,
    RelationshipPattern,
    SingleQuery,
    Unary,
    Union,
    Unwind,
    Variable,
    With,
)
from kg.errors import KgError
from kg.mirror import Snapshot
from kg.mirror.building import build
from kg.mirror.content import content_of
from kg.mirror.engine import Engine
from kg.property_graph import Node, PropertyGraph, Relationship, Temporal
from kg.property_graph.names import Names
from kg.rdf import PREFIXES, DefaultGraph

__all__ = ["TckGraph", "UnsupportedSetUpError", "with_seconds", "without_ours"]

_OWN_KEYS = frozenset({"iri", "_rdf", "_iri", "_g"})
Row = dict[str, Any]


class UnsupportedSetUpError(Exception):
    """What a scenario creates first is more than this module can work out."""


class TckGraph:
    """The nodes and relationships that a scenario begins with."""

    def __init__(self) -> None:
        self._graph = PropertyGraph()

    def create(self, text: str) -> None:
        """Do what a statement does that only creates.

        Raises:
            UnsupportedSetUpError: it does more.
        """
        try:
            tree = parse(text)
        except KgError as error:
            raise UnsupportedSetUpError(str(error)) from error
        body = tree.body
        if isinstance(body, Union) or not isinstance(body, SingleQuery):
            raise UnsupportedSetUpError(text)
        rows: list[Row] = [{}]
        for clause in body.clauses:
            rows = self._apply(clause, rows)

    def _apply(self, clause: Clause, rows: list[Row]) -> list[Row]:
        if isinstance(clause, Create):
            for row in rows:
                for part in clause.patterns:
                    self._create(part, row)
            return rows
        if isinstance(clause, Unwind):
            return [{**row, clause.variable.name: item} for row in rows for item in _value(clause.source, row)]
        if isinstance(clause, With) and _keeps_all(clause):
            return rows
        raise UnsupportedSetUpError(type(clause).__name__)

    def _create(self, part: PatternPart, row: Row) -> None:
        before: tuple[str, RelationshipPattern] | None = None
        key = ""
        for element in part.pattern.elements:
            if isinstance(element, NodePattern):
                key = self._node(element, row)
                if before is not None:
                    start, pattern = before
                    ends = (key, start) if pattern.direction == "left" else (start, key)
                    assert isinstance(pattern.types, Label)
                    if _map(pattern.properties, row):
                        raise UnsupportedSetUpError("a property of a relationship, which no statement of RDF gives")
                    self._graph.relationships.append(Relationship(ends[0], pattern.types.name, ends[1]))
            elif isinstance(element, RelationshipPattern):
                before = (key, element)
            else:
                raise UnsupportedSetUpError("a group")

    def _node(self, pattern: NodePattern, row: Row) -> str:
        name = pattern.variable.name if pattern.variable is not None else None
        if name is not None and isinstance(row.get(name), Node):
            node: Node = row[name]
            return node.key
        key, properties = f"urn:tck:{len(self._graph.nodes)}", _map(pattern.properties, row)
        node = Node(key, labels=set(_labels(pattern.labels)), properties=properties)
        self._graph.nodes[node.key] = node
        if name is not None:
            row[name] = node
        return node.key

    def snapshot(self) -> Snapshot:
        """Return the graph as the embedded store reads it."""
        names = Names("urn:tck:", PREFIXES, {})
        return Snapshot(build(self._graph).reader(), names, DefaultGraph(), content_of(self._graph))


def _keeps_all(clause: With) -> bool:
    projection = clause.projection
    items = [item.expression for item in projection.items]
    return all(isinstance(item, Variable) for item in items) and not (
        projection.order or projection.limit or clause.where
    )


def _labels(labels: LabelExpression | None) -> list[str]:
    if labels is None:
        return []
    if isinstance(labels, Label):
        return [labels.name]
    if isinstance(labels, Labels) and labels.operator == "&":
        return [name for operand in labels.operands for name in _labels(operand)]
    raise UnsupportedSetUpError("labels")


def _map(properties: Any, row: Row) -> dict[str, Any]:
    if properties is None:
        return {}
    if not isinstance(properties, MapLiteral):
        raise UnsupportedSetUpError("a parameter")
    values = {key: _value(expression, row) for key, expression in properties.entries}
    if [] in values.values():
        raise UnsupportedSetUpError("an empty list, which no statement of RDF gives")
    return {key: value for key, value in values.items() if value is not None}


def _value(expression: Expression, row: Row) -> Any:
    """Return what an expression of constants and variables is."""
    match expression:
        case Literal(value):
            return value
        case Variable(name) if name in row:
            return row[name]
        case ListLiteral(items):
            return [_value(item, row) for item in items]
        case MapLiteral(entries):
            return {key: _value(value, row) for key, value in entries}
        case Unary("-", operand):
            return -_value(operand, row)
        case Binary("+", left, right):
            return _value(left, row) + _value(right, row)
        case Index(of, index):
            return _value(of, row)[_value(index, row)]
        case Property(of, key):
            return _value(of, row).properties.get(key)
        case FunctionCall(name, arguments) if name.lower() == "range":
            bounds = [_value(argument, row) for argument in arguments]
            step = bounds[2] if len(bounds) > 2 else 1
            return list(range(bounds[0], bounds[1] + (1 if step > 0 else -1), step))
        case FunctionCall(name, (argument,)) if name.lower() in _MADE:
            (found,) = Engine().change(f"RETURN toString({name}($v)) AS v", [], v=_value(argument, row))
            if name.lower() == "duration" and "-" in found["v"][1:]:
                raise UnsupportedSetUpError("a duration with a minus inside, which no literal of RDF has")
            return Temporal(_MADE[name.lower()], with_seconds(found["v"]))
    raise UnsupportedSetUpError(type(expression).__name__)


_MADE: dict[str, Any] = {
    "date": "date",
    "time": "zoned time",
    "localtime": "local time",
    "datetime": "zoned datetime",
    "localdatetime": "local datetime",
    "duration": "duration",
}
"""The functions that only make a value, which kglite makes, and the kinds of the values."""


def with_seconds(text: str) -> str:
    """Return a time or moment with its seconds, which the TCK leaves out where they are zero."""
    return re.sub(r"(?<![\d:.+-])(\d\d:\d\d)(?![\d:])", r"\1:00", text, count=1)


def without_ours(value: Any) -> Any:
    """Return a plain value without the label, the keys and the names of keys that only our nodes have."""
    if isinstance(value, Mapping):
        if set(value) == {"labels", "properties"}:
            labels = [label for label in value["labels"] if label != "Resource"]
            return {"labels": sorted(labels), "properties": without_ours(value["properties"])}
        return {key: without_ours(item) for key, item in value.items() if key not in _OWN_KEYS}
    if isinstance(value, list):
        return [without_ours(item) for item in value if item not in ("Resource", *_OWN_KEYS)]
    return value
