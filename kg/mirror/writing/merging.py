"""MERGE of a node by its `iri`, and of a relationship between two nodes: found as it is, else made whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from kg.cypher.syntax import LabelExpression, NodePattern, PatternPart, RelationshipPattern
from kg.errors import QueryError
from kg.mirror.writing.elements import Elements, checked_iri, refuse
from kg.mirror.writing.expressions import Row, TouchedPath
from kg.mirror.writing.overlay import IDENTITY, TouchedNode, TouchedRelationship

__all__ = ["merged"]

_ADVICE = f"Write MERGE (n:{IDENTITY} {{iri: …}}), or MATCH the node first and MERGE a relationship to it."
_PLAIN = (bool, int, float, str)


class Patterns(Protocol):
    """What reads labels and types of patterns."""

    def labels_of(self, labels: LabelExpression | None, row: Row) -> list[str]: ...

    def type_of(self, step: RelationshipPattern, row: Row) -> str: ...


def merged(
    elements: Elements,
    patterns: Patterns,
    part: PatternPart,
    steps: Sequence[NodePattern | RelationshipPattern],
    row: dict[str, Any],
    given: Mapping[int, dict[str, Any]],
) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows after MERGE, one a match, and whether what they have was made.

    Args:
        given: the properties of the steps, by `id`.

    Raises:
        UnsupportedQueryError: it asks for more than an `iri` tells.
    """
    merging = _Merging(elements, patterns, row, given)
    if len(steps) == 1:
        (step,) = steps
        assert isinstance(step, NodePattern)
        if merging.is_bound(step):
            raise QueryError("Cypher: Variable already declared: MERGE of one node makes it.")
        found = [merging.node(step)]
        if found[0] is None:
            node = merging.create(step)
            return [merging.row_with(part, steps, (node,), ())], True
        return [merging.row_with(part, steps, (node,), ()) for node in found if node is not None], False
    if len(steps) != 3:
        raise refuse("MERGE of a path of more than one relationship", "MERGE its relationships one by one.")
    first, relationship, last = steps
    assert isinstance(first, NodePattern) and isinstance(last, NodePattern)
    assert isinstance(relationship, RelationshipPattern)
    if given[id(relationship)]:
        raise refuse("MERGE of a relationship by its properties", "A statement of the graph has none.")
    type_ = patterns.type_of(relationship, row)
    ends = (merging.node(first), merging.node(last))
    matches = list(merging.between(ends, type_, relationship.direction))
    if matches:
        return [merging.row_with(part, steps, nodes, (each,)) for nodes, each in matches], False
    start, end = merging.create(first), None
    end = start if merging.is_same(first, last) else merging.create(last)
    ordered = (end, start) if relationship.direction == "left" else (start, end)
    made = elements.create_relationship(ordered[0], type_, ordered[1], {})
    return [merging.row_with(part, steps, (start, end), (made,))], True


class _Merging:
    def __init__(self, elements: Elements, patterns: Patterns, row: dict[str, Any], given: Mapping[int, Any]) -> None:
        self._elements, self._patterns, self._row, self._given = elements, patterns, row, given
        self._made: dict[int, TouchedNode] = {}

    def is_bound(self, step: NodePattern) -> bool:
        return step.variable is not None and step.variable.name in self._row

    def is_same(self, first: NodePattern, last: NodePattern) -> bool:
        return first.variable is not None and first.variable == last.variable

    def node(self, step: NodePattern) -> TouchedNode | None:
        """Return the node that a step is bound to or describes; None where there is none."""
        if self.is_bound(step):
            assert step.variable is not None
            value = self._row[step.variable.name]
            if value is None:
                raise QueryError(f"Cypher: Failed to create relationship: the node `{step.variable.name}` is null.")
            if not isinstance(value, TouchedNode):
                raise QueryError(f"Cypher: Type mismatch: {step.variable.name!r} is no node.")
            if value.is_deleted:
                raise QueryError(f"Cypher: the node {value.key} has been deleted in this statement.")
            return value
        given, labels = self._given[id(step)], self._patterns.labels_of(step.labels, self._row)
        for key, value in given.items():
            if value is None:
                raise QueryError(f"Cypher: Cannot merge the following node because of null property value for {key!r}.")
        if "iri" not in given:
            raise refuse("MERGE of a node by anything but its `iri`", _ADVICE)
        if IDENTITY not in labels:
            raise refuse(f"MERGE of a node by its `iri` without the label `{IDENTITY}`", _ADVICE)
        found = self._elements.overlay.find(checked_iri(given["iri"]))
        if found is None or not set(labels) <= set(self._elements.labels(found)):
            return None
        held = self._elements.properties(found)
        return found if all(_is_equal(held.get(key), value) for key, value in given.items()) else None

    def create(self, step: NodePattern) -> TouchedNode:
        """Return the bound node, or make what a step describes; Neo4j makes the whole pattern or nothing."""
        if self.is_bound(step):
            assert step.variable is not None
            bound = self._row[step.variable.name]
            assert isinstance(bound, TouchedNode)
            return bound
        return self._elements.create_node(self._patterns.labels_of(step.labels, self._row), self._given[id(step)])

    def between(
        self, ends: tuple[TouchedNode | None, TouchedNode | None], type_: str, direction: str
    ) -> Iterator[tuple[tuple[TouchedNode, TouchedNode], TouchedRelationship]]:
        """Yield the relationships of a type between two nodes."""
        first, last = ends
        if first is None or last is None:
            return
        ways = []
        if direction != "left":
            ways.append((first, last))
        if direction == "left" or (direction == "either" and first is not last):
            ways.append((last, first))
        for start, end in ways:
            for each in self._elements.overlay.read(start).to(type_, end):
                yield (first, last), each

    def row_with(
        self,
        part: PatternPart,
        steps: Sequence[NodePattern | RelationshipPattern],
        nodes: tuple[TouchedNode, ...],
        relationships: tuple[TouchedRelationship, ...],
    ) -> dict[str, Any]:
        """Return the row with what the variables of the pattern stand for."""
        row = dict(self._row)
        every = itertools.chain(*itertools.zip_longest(nodes, relationships))
        for step, element in zip(steps, every, strict=False):
            if step.variable is not None:
                row[step.variable.name] = element
        if part.variable is not None:
            row[part.variable.name] = TouchedPath(nodes, relationships)
        return row


def _is_equal(held: Any, value: Any) -> bool:
    """Tell whether a property is what MERGE asks for."""
    if type(value) not in _PLAIN or isinstance(held, list):
        raise refuse("MERGE by a list or by anything but numbers, strings and Booleans besides the `iri`", _ADVICE)
    if isinstance(held, bool) != isinstance(value, bool) or isinstance(held, str) != isinstance(value, str):
        return False
    return held is not None and bool(held == value)
