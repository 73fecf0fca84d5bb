"""Rows between the engine and the writing clauses: elements of an answer found in the overlay, and given back to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kg.cypher.syntax import (
    Clause,
    Comparison,
    FunctionCall,
    Item,
    Label,
    MapLiteral,
    Match,
    NodePattern,
    Parameter,
    PathPattern,
    PatternPart,
    Projection,
    Property,
    RelationshipPattern,
    Unwind,
    Variable,
    With,
)
from kg.errors import StoreError
from kg.mirror.writing.elements import refuse
from kg.mirror.writing.expressions import Row, TouchedPath
from kg.mirror.writing.overlay import IDENTITY, Overlay, TouchedNode, TouchedRelationship
from kg.records import Node, Path, Relationship, Value

__all__ = ["NUMBER", "ROWS", "found_rows", "given_rows"]

ROWS = "_rows"
_ROW = "_row"
NUMBER = "_number"

Keys = Callable[[Iterable[str]], Mapping[str, tuple[str, str | None]]]
"""Looks up `iri` and `_iri` of nodes by their element ids."""


# --- from an answer


def found_rows(names: Sequence[str], answer: Iterable[Sequence[Value]], overlay: Overlay, keys: Keys) -> list[Row]:
    """Return rows in which the nodes and relationships of an answer are those of the overlay."""
    held = [list(row) for row in answer]
    known: dict[str, tuple[str, str | None]] = {}
    wanted: set[str] = set()
    for row in held:
        for value in row:
            _note_ids(value, known, wanted)
    if wanted - known.keys():
        known |= keys(wanted - known.keys())
    finder = _Finder(overlay, known)
    return [dict(zip(names, map(finder.found, row), strict=True)) for row in held]


def _note_ids(value: Value, known: dict[str, tuple[str, str | None]], wanted: set[str]) -> None:
    if isinstance(value, Node):
        key, whole = value.properties.get("iri"), value.properties.get("_iri")
        if isinstance(key, str):
            known[value.element_id] = (key, whole if isinstance(whole, str) else None)
    elif isinstance(value, Relationship):
        wanted |= {value.start, value.end}
    elif isinstance(value, Path):
        for node in value.nodes:
            _note_ids(node, known, wanted)
        for relationship in value.relationships:
            _note_ids(relationship, known, wanted)
    elif isinstance(value, list | dict):
        for item in value if isinstance(value, list) else value.values():
            _note_ids(item, known, wanted)


class _Finder:
    def __init__(self, overlay: Overlay, known: Mapping[str, tuple[str, str | None]]) -> None:
        self._overlay, self._known = overlay, known

    def found(self, value: Value) -> Any:
        """Return a value with the overlay's elements in it."""
        if isinstance(value, Node):
            return self._node(value.element_id)
        if isinstance(value, Relationship):
            return self._relationship(value)
        if isinstance(value, Path):
            nodes = tuple(self._node(node.element_id) for node in value.nodes)
            return TouchedPath(nodes, tuple(map(self._relationship, value.relationships)))
        if isinstance(value, list):
            return [self.found(item) for item in value]
        if isinstance(value, dict):
            return {key: self.found(item) for key, item in value.items()}
        return value

    def _node(self, element_id: str) -> TouchedNode:
        key, whole = self._known[element_id]
        node = self._overlay.find(key, whole)
        if node is None:
            raise StoreError(f"The mirror has a node that the store does not hold: {key}. Run kg status --verify.")
        return node

    def _relationship(self, value: Relationship) -> TouchedRelationship:
        start, end = self._node(value.start), self._node(value.end)
        graphs = value.properties.get("_g")
        found = self._overlay.read(start).to(value.type, end)
        exact = [each for each in found if (None if each.graphs is None else list(each.graphs)) == graphs] or found
        if len(exact) > 1:
            raise refuse_twice(exact[0])
        if not exact:
            raise StoreError(
                f"The mirror has a relationship that the store does not hold: {start.key} {value.type} {end.key}. "
                "Run kg status --verify."
            )
        return exact[0]


def refuse_twice(relationship: TouchedRelationship) -> Exception:
    """Return the refusal to read one of two relationships that are the same statement."""
    return refuse(
        f"reading the relationship `{relationship.type}` between {relationship.start.key} and "
        f"{relationship.end.key} in the transaction that made it twice",
        "Both are one statement: make it once, with MERGE.",
    )


# --- back to the engine


def given_rows(names: Iterable[str], rows: Sequence[Row], has_number: bool = False) -> tuple[list[Clause], list[Value]]:
    """Return clauses that bind variables as in some rows, and the value of the parameter `$_rows`.

    Args:
        has_number: whether the number of the row is wanted too, as `_number`.
    """
    names = list(names)
    clauses: list[Clause] = [Unwind(Parameter(ROWS), Variable(_ROW))]
    given: list[dict[str, Value]] = [{NUMBER: number} for number in range(len(rows))]
    bound: list[str] = []
    scalars: list[Item] = []
    for name in names:
        column = [row[name] for row in rows]
        nodes = [isinstance(value, TouchedNode) for value in column]
        relationships = [isinstance(value, TouchedRelationship) for value in column]
        is_optional = any(value is None for value in column)
        if any(nodes) and all(is_node or value is None for is_node, value in zip(nodes, column, strict=True)):
            for row, value in zip(given, column, strict=True):
                row[name] = None if value is None else _alive(value, name).key
            clauses.append(_match_node(name, is_optional))
            bound.append(name)
        elif any(relationships) and all(
            is_one or value is None for is_one, value in zip(relationships, column, strict=True)
        ):
            for row, value in zip(given, column, strict=True):
                row[name] = None if value is None else _ends(_alive(value, name))
            clauses.append(_match_relationship(name, is_optional))
            bound.append(name)
        else:
            for row, value in zip(given, column, strict=True):
                row[name] = _scalar(value, name)
            scalars.append(Item(_of_row(name), name, name))
    kept = [Item(Variable(name), name, name) for name in bound]
    number = [Item(_of_row(NUMBER), NUMBER, NUMBER)] if has_number or not names else []
    clauses.append(With(Projection((*kept, *scalars, *number))))
    return clauses, list(given)


def _alive(element: Any, name: str) -> Any:
    if element.is_deleted:
        raise refuse(f"reading `{name}` after it was deleted", "Return what you need of it before DELETE, by WITH.")
    return element


def _ends(relationship: TouchedRelationship) -> Value:
    if len(relationship.start.to(relationship.type, relationship.end)) > 1:
        raise refuse_twice(relationship)
    return {"start": relationship.start.key, "type": relationship.type, "end": relationship.end.key}


def _scalar(value: Any, name: str) -> Value:
    if isinstance(value, TouchedNode | TouchedRelationship | TouchedPath):
        raise refuse(f"carrying `{name}`, a path or what is not always of one kind, over a clause that writes")
    if isinstance(value, list):
        return [_scalar(item, name) for item in value]
    if isinstance(value, dict):
        return {key: _scalar(item, name) for key, item in value.items()}
    held: Value = value
    return held


def _of_row(*keys: str) -> Property:
    first, *rest = keys
    found = Property(Variable(_ROW), first)
    for key in rest:
        found = Property(found, key)
    return found


def _node(name: str, *keys: str) -> NodePattern:
    return NodePattern(Variable(name), Label(IDENTITY), MapLiteral((("iri", _of_row(*keys)),)))


def _match_node(name: str, is_optional: bool) -> Match:
    return Match((PatternPart(PathPattern((_node(name, name),))),), None, is_optional)


def _match_relationship(name: str, is_optional: bool) -> Match:
    start, end = _node(f"_start_{name}", name, "start"), _node(f"_end_{name}", name, "end")
    pattern = PathPattern((start, RelationshipPattern("right", Variable(name)), end))
    is_type = Comparison(FunctionCall("type", (Variable(name),)), (("=", _of_row(name, "type")),))
    return Match((PatternPart(pattern),), is_type, is_optional)
