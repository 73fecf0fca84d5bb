"""What a change makes of a node as it is stored: compared by what is stored, never by how it would be stored anew.

Only the parts that the change speaks of are read as RDF and written again: the properties of its predicates, the
labels of its classes, the relationships of its triples. All else stays as it is, whoever made it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kg.property_graph import AbsentGraph, Node, PropertyGraph, Relationship
from kg.property_graph.denote import label_lines, property_lines, relationship_lines
from kg.property_graph.names import Names, is_usable, node_token
from kg.property_graph.notes import read_notes
from kg.property_graph.shape import shape_lines
from kg.rdf import RDF

__all__ = ["Link", "Rewritten", "StoredNode", "Touched", "nodes_of", "read_links", "rewrite", "touched_by"]

_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_TYPE, _PREDICATE, _OBJECT = (RDF[name].value for name in ("type", "predicate", "object"))


@dataclass(slots=True)
class StoredNode:
    """A node of the database: `id` is its element id, good within one transaction; `properties` are all of them."""

    id: str
    key: str
    labels: list[str]
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A relationship of the database, out of a subject that a change touches."""

    id: str
    type: str
    end: str
    graphs: Any


@dataclass(slots=True)
class Touched:
    """What a change says of one subject: lines of N-Quads, and the parts of the node that may hold them."""

    remove: set[str] = field(default_factory=set)
    add: set[str] = field(default_factory=set)
    predicates: set[str] = field(default_factory=set)
    classes: set[str] = field(default_factory=set)
    ends: set[tuple[str, str]] = field(default_factory=set)
    """(predicate, token of the object)"""


@dataclass(slots=True)
class Rewritten:
    """What is to be done to a subject's node and relationships; properties that are None are removed."""

    node: StoredNode
    has_less: bool
    """Whether anything was taken from it."""
    graph: PropertyGraph
    properties: dict[str, Any] = field(default_factory=dict)
    labels_off: list[str] = field(default_factory=list)
    labels_on: list[str] = field(default_factory=list)
    relinked: list[tuple[str, list[str] | None]] = field(default_factory=list)
    unlinked: list[Link] = field(default_factory=list)
    created: list[Relationship] = field(default_factory=list)


def nodes_of(line: str) -> list[str]:
    """Return the tokens of the blank nodes that a line of N-Quads speaks of: not its graph, nor what a text quotes."""
    subject, _, rest = line.split(" ", 2)
    if rest.startswith("<<"):
        return [token for token in (subject, *_LITERAL.sub("", rest).split(" ")[:-2]) if token[:1] == "_"]
    return [token for token in (subject, rest.split(" ", 1)[0]) if token[:1] == "_"]


def touched_by(remove: Iterable[str], add: Iterable[str]) -> Touched:
    """Return what lines of N-Quads say of one subject; a line in both is added."""
    touched = Touched(set(), set(add))
    touched.remove = set(remove) - touched.add
    for line in (*touched.add, *touched.remove):
        _, predicate, rest = line.split(" ", 2)
        iri = predicate[1:-1]
        touched.predicates.add(iri)
        if iri == _OBJECT:  # How it is stored depends on whether `rdf:predicate` is `rdf:type`.
            touched.predicates.add(_PREDICATE)
        if rest[0] == "_" or (rest[0] == "<" and rest[1] != "<"):
            token = rest.split(" ", 1)[0]
            touched.ends.add((iri, token))
            if iri == _TYPE and rest[0] == "<":
                touched.classes.add(token[1:-1])
    return touched


def rewrite(
    subject: str,
    node: StoredNode,
    links: Mapping[tuple[str, str], list[Link]],
    touched: Touched,
    names: Names,
    absent: AbsentGraph,
) -> Rewritten | None:
    """Return what a change makes of a subject that is stored; None where it has all and lacks all already.

    Args:
        subject: its token. links: what is stored between it and the objects in `touched.ends`, by predicate and token.
    """
    old = set(_old_lines(subject, node, touched, names, absent))
    for (_, end), stored in links.items():
        for link in stored:
            old.update(map(_line, relationship_lines(subject, link.type, end, link.graphs, names, absent)))
    new = (old - touched.remove) | touched.add
    if new == old:
        return None
    result = Rewritten(node, not old <= new, shape_lines(new, names, absent))
    shaped = result.graph.nodes.get(node.key, Node(node.key))
    changed: dict[str, Any] = dict.fromkeys(key for key in node.properties if _is_touched_key(key, touched, names))
    changed |= shaped.properties
    notes = _kept_notes(node, touched, names) + shaped.notes
    if notes or "_rdf" in node.properties:
        changed["_rdf"] = notes or None
    result.properties = {key: v for key, v in changed.items() if not _is_equal(node.properties.get(key), v)}
    held = {label for label in node.labels if _is_touched_label(label, touched, names)}
    result.labels_on = sorted(shaped.labels - set(node.labels))
    result.labels_off = sorted(held - shaped.labels)
    _relink(result, links, names)
    return result


def read_links(found: Iterable[tuple[str, Link]], touched: Touched, names: Names) -> dict[tuple[str, str], list[Link]]:
    """Return those of some relationships that hold a touched triple, by predicate and token of the object."""
    links: dict[tuple[str, str], list[Link]] = {}
    for token, link in found:
        at = (names.iri_text(link.type), token)
        if is_usable(link.type) and at in touched.ends:
            links.setdefault(at, []).append(link)
    return links


def _relink(result: Rewritten, links: Mapping[tuple[str, str], list[Link]], names: Names) -> None:
    left = {at: list(stored) for at, stored in links.items()}
    for relationship in result.graph.relationships:
        assert relationship.start == result.node.key
        node = result.graph.nodes[relationship.end]
        stored = left.pop((names.iri_text(relationship.type), node_token(node.key, node.iri)), [])
        graphs = None if relationship.graphs is None else list(relationship.graphs)
        result.relinked += [(link.id, graphs) for link in stored if link.graphs != graphs]
        if not stored:
            result.created.append(relationship)
    result.unlinked += [link for stored in left.values() for link in stored]


def _old_lines(subject: str, node: StoredNode, touched: Touched, names: Names, absent: AbsentGraph) -> Iterable[str]:
    entries = read_notes(node.properties.get("_rdf"))
    for key, value in node.properties.items():
        if _is_touched_key(key, touched, names):
            yield from map(_line, property_lines(subject, key, value, entries, names, absent))
    for label in node.labels:
        if _is_touched_label(label, touched, names):
            yield from map(_line, label_lines(subject, label, entries, names, absent))


def _is_touched_key(key: str, touched: Touched, names: Names) -> bool:
    return key != "iri" and is_usable(key) and names.iri_text(key) in touched.predicates


def _is_touched_label(label: str, touched: Touched, names: Names) -> bool:
    return label != "Resource" and is_usable(label) and names.iri_text(label) in touched.classes


def _line(line: str) -> str:
    """Return a line as Oxigraph writes it: the default graph is left out, and so is the line feed."""
    return line[:-4] + " ." if line.endswith("  .\n") else line[:-1]


def _kept_notes(node: StoredNode, touched: Touched, names: Names) -> list[str]:
    """Return the notes of all else; a dead one of what is touched would come alive with the value it speaks of."""
    notes = node.properties.get("_rdf")
    held = [notes] if isinstance(notes, str) else notes if isinstance(notes, list) else []
    return [note for note in held if isinstance(note, str) and not _is_touched(note.split("\t", 1)[0], touched, names)]


def _is_touched(key: str, touched: Touched, names: Names) -> bool:
    return _is_touched_label(key[1:], touched, names) if key[:1] == ":" else _is_touched_key(key, touched, names)


def _is_equal(stored: Any, value: Any) -> bool:
    """Tell whether a value need not be written; True for 1 would be equal to Python."""
    return type(stored) is type(value) and not isinstance(value, list | bool | int | float) and bool(stored == value)
