"""The writing clauses, run over rows, a clause over all rows before the next.

Where Neo4j sees what a row before has written, so does this: a SET whose values depend on what it sets goes row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kg.cypher.syntax import (
    Clause,
    Create,
    Delete,
    DynamicLabel,
    Foreach,
    Index,
    Label,
    LabelExpression,
    Labels,
    Literal,
    MapLiteral,
    Merge,
    NodePattern,
    Parameter,
    PatternPart,
    Property,
    RelationshipPattern,
    Remove,
    Set,
    SetItem,
    SetLabels,
    SetProperties,
    SetProperty,
    Variable,
)
from kg.errors import QueryError
from kg.mirror.writing.conflicts import OrderOfRows, batches, refuse_matching, refuse_matching_between
from kg.mirror.writing.elements import Elements, refuse
from kg.mirror.writing.expressions import Element, Expressions, Row, TouchedPath, depends_on_graph
from kg.mirror.writing.merging import merged
from kg.mirror.writing.overlay import TouchedNode, TouchedRelationship
from kg.mirror.writing.values import storable

__all__ = ["Writing"]

Rows = list[dict[str, Any]]


class Writing:
    """Runs the clauses of one statement."""

    def __init__(self, elements: Elements, expressions: Expressions) -> None:
        self._elements, self._expressions = elements, expressions
        self._order = OrderOfRows()
        self._row: int | None = None

    def run_all(self, clauses: Sequence[Clause], rows: Sequence[Row], has_order: bool) -> Rows:
        """Run the writing clauses between two that read.

        Args:
            has_order: whether the order of the rows is what the statement says.
        """
        refuse_matching_between(clauses, len(rows))
        self._order = OrderOfRows(has_order)
        return self.run(clauses, rows)

    def run(self, clauses: Sequence[Clause], rows: Sequence[Row]) -> Rows:
        """Run clauses one after the other, and return the rows after them."""
        held: Rows = [dict(row) for row in rows]
        for clause in clauses:
            held = self._run(clause, held)
        return held

    def _run(self, clause: Clause, rows: Rows) -> Rows:
        match clause:
            case Create():
                self._create(clause.patterns, rows)
            case Merge():
                return list(self._merge(clause, rows))
            case Set():
                for group in _grouped(clause.items):
                    self._set(group, rows)
            case Remove():
                for item in clause.items:
                    self._remove(item, rows)
            case Delete():
                for expression in clause.expressions:
                    for value in self._expressions.values(expression, rows):
                        self._delete(value, clause.is_detaching)
            case Foreach():
                for row in rows:
                    self._for_each(clause, row)
            case _:
                raise refuse(f"{type(clause).__name__} between clauses that write")
        return rows

    # --- CREATE

    def _create(self, patterns: Sequence[PatternPart], rows: Rows) -> None:
        for part in patterns:
            steps = _steps(part)
            values = {
                id(step): self._map_of(step.properties, rows)
                for step in steps
                if isinstance(step, RelationshipPattern) or not _is_bound(step, rows)
            }
            for number, row in enumerate(rows):
                self._create_path(part, steps, row, {at: found[number] for at, found in values.items()})

    def _map_of(self, properties: MapLiteral | Parameter | None, rows: Sequence[Row]) -> list[dict[str, Any]]:
        if properties is None:
            return [{} for _ in rows]
        if isinstance(properties, Parameter):
            return [_checked_map(value) for value in self._expressions.values(properties, rows)]
        columns = [(key, self._expressions.values(value, rows)) for key, value in properties.entries]
        return [{key: column[number] for key, column in columns} for number in range(len(rows))]

    def _create_path(
        self,
        part: PatternPart,
        steps: list[NodePattern | RelationshipPattern],
        row: dict[str, Any],
        given: dict[int, Any],
    ) -> None:
        nodes: list[TouchedNode] = []
        for step in steps[::2]:
            assert isinstance(step, NodePattern)
            nodes.append(self._node_of(step, row, given.get(id(step))))
        made: list[TouchedRelationship] = []
        for number, step in enumerate(steps[1::2]):
            assert isinstance(step, RelationshipPattern)
            ends = nodes[number : number + 2]
            if step.direction == "either":
                raise QueryError("Cypher: Only directed relationships are supported in CREATE.")
            start, end = reversed(ends) if step.direction == "left" else ends
            type_ = self.type_of(step, row)
            made.append(self._elements.create_relationship(start, type_, end, given[id(step)]))
            if step.variable is not None:
                row[step.variable.name] = made[-1]
        if part.variable is not None:
            row[part.variable.name] = TouchedPath(tuple(nodes), tuple(made))

    def _node_of(self, step: NodePattern, row: dict[str, Any], given: dict[str, Any] | None) -> TouchedNode:
        if step.variable is not None and step.variable.name in row:
            return end_of(row[step.variable.name], step.variable.name)
        node = self._elements.create_node(self.labels_of(step.labels, row), given or {})
        if step.variable is not None:
            row[step.variable.name] = node
        return node

    def labels_of(self, labels: LabelExpression | None, row: Row) -> list[str]:
        """Return the labels that a pattern or an item gives."""
        if labels is None:
            return []
        if isinstance(labels, Label):
            return [labels.name]
        if isinstance(labels, Labels) and labels.operator == "&":
            return [label for operand in labels.operands for label in self.labels_of(operand, row)]
        if isinstance(labels, DynamicLabel) and not labels.is_any:
            value = self._expressions.value(labels.value, row)
            names = value if isinstance(value, list) else [value]
            if all(isinstance(name, str) for name in names):
                return names
        raise QueryError("Cypher: a node that is made or changed needs labels that are named, as in :A:B.")

    def type_of(self, step: RelationshipPattern, row: Row) -> str:
        """Return the type of a relationship that is to be made."""
        names = self.labels_of(step.types, row)
        if len(names) != 1 or step.length is not None or step.quantifier is not None:
            raise QueryError("Cypher: A single relationship type must be specified for what is made.")
        return names[0]

    # --- MERGE

    def _merge(self, clause: Merge, rows: Rows) -> Iterator[dict[str, Any]]:
        """Yield the rows after MERGE: of each row all is done before the next, which may read what it has made."""
        steps = _steps(clause.pattern)
        known = {
            id(step): self._map_of(step.properties, rows)
            for step in steps
            if not depends_on_graph(step.properties, rows)
        }
        own = {step.variable.name for step in steps if step.variable is not None}
        made: set[int] = set()
        for number, row in enumerate(rows):
            given = {
                id(step): known[id(step)][number] if id(step) in known else self._map_of(step.properties, (row,))[0]
                for step in steps
            }
            found, is_new = merged(self._elements, self, clause.pattern, steps, row, given)
            elements = {id(each[name]) for each in found for name in own}
            if is_new:
                made |= elements
            elif elements & made:
                self._order.check_first(clause.on_create, own)
            for group in _grouped(clause.on_create if is_new else clause.on_match):
                self._set(group, found)
            yield from found

    # --- SET and REMOVE

    def _set(self, group: Sequence[SetItem], rows: Rows) -> None:
        first = group[0]
        if isinstance(first, SetLabels):
            for row in rows:
                node = _labelled(row.get(first.variable.name), first.variable.name)
                if node is not None:
                    names = self._names(first.labels, row)
                    for name in names:
                        self._order.note(node, f":{name}", True, group, self._number(row))
                    self._elements.add_labels(node, names)
            return
        refuse_matching(group, len(rows))
        for batch in batches(group, rows):
            self._set_in(batch, group)

    def _set_in(self, rows: Sequence[Row], group: Sequence[SetItem]) -> None:
        first = group[0]
        if isinstance(first, SetProperties):
            targets = self._expressions.values(first.variable, rows)
            for row, target, value in zip(rows, targets, self._expressions.values(first.value, rows), strict=True):
                if isinstance(value, dict):
                    self._note(target, value, group, row)
                    if not first.is_additive:
                        self._order.note_all(target, value.keys(), group, self._number(row))
                self._set_map(_element(target), value, first.is_additive)
            return
        items = [item for item in group if isinstance(item, SetProperty)]
        elements = self._expressions.values(items[0].target.of, rows)
        keys = [self._keys(item.target, rows) for item in items]
        values = [self._expressions.values(item.value, rows) for item in items]
        for number, target in enumerate(elements):
            element = _element(target)
            if element is not None:
                changes = {key[number]: value[number] for key, value in zip(keys, values, strict=True)}
                for value in values if len(changes) < len(items) else ():  # what is set twice is stored once
                    if value[number] is not None:
                        storable(value[number])
                self._note(target, changes, group, rows[number])
                self._elements.set_properties(element, changes, counts_nulls=len(items) > 1)

    def _note(self, target: Any, values: dict[str, Any], group: Sequence[SetItem], row: Row) -> None:
        for key, value in values.items():
            self._order.note(target, key, value, group, self._number(row))

    def _number(self, row: Row) -> int:
        return id(row) if self._row is None else self._row

    def _keys(self, target: Property | Index, rows: Sequence[Row]) -> list[str]:
        if isinstance(target, Property):
            return [target.key] * len(rows)
        keys = self._expressions.values(target.index, rows)
        for key in keys:
            if not isinstance(key, str):
                raise QueryError(f"Cypher: a property's key is a string, not {key!r}.")
        return keys

    def _set_map(self, element: Element | None, value: Any, is_additive: bool) -> None:
        if element is None:
            return
        if isinstance(value, TouchedNode):
            value = self._elements.properties(value)
        if isinstance(value, TouchedRelationship):
            raise refuse("copying the properties of a relationship")
        values = _checked_map(value)
        if is_additive:
            self._elements.set_properties(element, values, counts_nulls=True)
        else:
            self._elements.replace_properties(element, values)

    def _remove(self, item: Property | Index | SetLabels, rows: Rows) -> None:
        if isinstance(item, SetLabels):
            for row in rows:
                node = _labelled(row.get(item.variable.name), item.variable.name)
                if node is not None:
                    names = self._names(item.labels, row)
                    for name in names:
                        self._order.note(node, f":{name}", False, (item,), self._number(row))
                    self._elements.remove_labels(node, names)
        else:
            self._set_in(rows, (SetProperty(item, Literal(None)),))

    def _names(self, labels: Sequence[Label | DynamicLabel], row: Row) -> list[str]:
        return [name for label in labels for name in self.labels_of(label, row)]

    # --- DELETE and FOREACH

    def _delete(self, value: Any, is_detaching: bool) -> None:
        if value is None:
            return
        if isinstance(value, TouchedPath):
            for relationship in value.relationships:
                self._elements.delete(relationship, is_detaching)
            for node in value.nodes:
                self._elements.delete(node, is_detaching)
        elif isinstance(value, TouchedNode | TouchedRelationship):
            self._elements.delete(value, is_detaching)
        else:
            raise QueryError("Cypher: Type mismatch: DELETE takes a node, a relationship or a path.")

    def _for_each(self, clause: Foreach, row: Row) -> None:
        items = self._expressions.value(clause.source, row)
        if items is None:
            return
        outer, self._row = self._row, self._number(row)
        for item in items if isinstance(items, list) else [items]:
            self.run(clause.clauses, ({**row, clause.variable.name: item},))
        self._row = outer


def _steps(part: PatternPart) -> list[NodePattern | RelationshipPattern]:
    steps = [step for step in part.pattern.elements if isinstance(step, NodePattern | RelationshipPattern)]
    if len(steps) != len(part.pattern.elements) or part.selector is not None or part.function is not None:
        raise QueryError("Cypher: what is made is a path of nodes and relationships, without repetition.")
    return steps


def _is_bound(step: NodePattern, rows: Rows) -> bool:
    return step.variable is not None and bool(rows) and step.variable.name in rows[0]


def _grouped(items: Sequence[SetItem]) -> Iterator[list[SetItem]]:
    """Yield the items of a SET that are one step: properties of one variable in a row, all read before any is set."""
    group: list[SetItem] = []
    for item in items:
        if group and not _is_one_step(group[-1], item):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _is_one_step(first: SetItem, second: SetItem) -> bool:
    if not (isinstance(first, SetProperty) and isinstance(second, SetProperty)):
        return False
    return isinstance(first.target.of, Variable) and first.target.of == second.target.of


def _checked_map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise QueryError(f"Cypher: Expected {value!r} to be a map, as the properties of a node are.")
    return value


def _element(value: Any) -> Element | None:
    if value is None or isinstance(value, TouchedNode | TouchedRelationship):
        return value
    raise QueryError("Cypher: Type mismatch: a property is set on a node or a relationship.")


def _labelled(value: Any, name: str) -> TouchedNode | None:
    if value is None or isinstance(value, TouchedNode):
        return value
    raise QueryError(f"Cypher: Type mismatch: {name!r} is no node, and only nodes have labels.")


def end_of(value: Any, name: str) -> TouchedNode:
    """Return the node that a relationship is to be made from or to."""
    if isinstance(value, TouchedNode):
        return value
    if value is None:
        raise QueryError(f"Cypher: Failed to create relationship: the node `{name}` is missing, it is null.")
    raise QueryError(f"Cypher: Type mismatch: {name!r} is no node.")
