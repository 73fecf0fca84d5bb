"""From a property graph to RDF: `denote`, total, so that whatever people make by hand means something exact.

The work is done on N-Quads text, which Oxigraph reads four times as fast as Python makes terms one by one:
`node_lines` and `relationship_line` give the text, for whoever loads it into a store as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.property_graph import AbsentGraph, PropertyGraph, Value
from kg.property_graph.names import NO_GRAPH, Names, node_token
from kg.property_graph.notes import Entries, graph_names, read_notes, read_token
from kg.property_graph.values import Identity, identity, native_of, quoted, split_literal, token_of
from kg.rdf import RDF, BlankNode, NamedNode, Quad

__all__ = [
    "denote",
    "denote_label",
    "denote_node",
    "denote_property",
    "denote_relationship",
    "label_lines",
    "node_lines",
    "property_lines",
    "relationship_lines",
]

_TYPE = f"<{RDF['type'].value}>"
_NAMING_IRIS = frozenset(f"<{RDF[name].value}>" for name in ("predicate", "object"))
"""The predicates whose IRIs may lie in a property as a name; in any other a name is a text."""
_CHUNK = 20_000
_NO_NOTES: Entries = {}
_ABSENT = [NO_GRAPH]


def denote(graph: PropertyGraph, names: Names, absent: AbsentGraph) -> Iterator[Quad]:
    """Yield the quads that a property graph means, lazily; a quad may come twice."""
    lines = _graph_lines(graph, names, absent)
    while chunk := list(itertools.islice(lines, _CHUNK)):
        yield from _quads(chunk)


def _graph_lines(graph: PropertyGraph, names: Names, absent: AbsentGraph) -> Iterator[str]:
    tokens = {}
    for node in graph.nodes.values():
        subject = tokens[node.key] = node_token(node.key, node.iri)
        yield from node_lines(subject, node.labels, node.properties, node.notes, names, absent)
    for relationship in graph.relationships:
        start = tokens.get(relationship.start) or node_token(relationship.start, None)
        end = tokens.get(relationship.end) or node_token(relationship.end, None)
        yield from relationship_lines(start, relationship.type, end, relationship.graphs, names, absent)


def _quads(lines: Iterable[str]) -> Iterator[Quad]:
    return pyoxigraph.parse("".join(lines).encode(), RdfFormat.N_QUADS)


def denote_node(
    key: str, labels: Iterable[str], properties: Mapping[str, object], names: Names, absent: AbsentGraph
) -> Iterator[Quad]:
    """Yield the quads of a node's labels and properties.

    Args:
        properties: all of them, with `_rdf` and `_iri`.
    """
    whole = properties.get("_iri")
    subject = node_token(key, whole if isinstance(whole, str) else None)
    return _quads(node_lines(subject, labels, properties, properties.get("_rdf"), names, absent))


def denote_property(
    subject: NamedNode | BlankNode, key: str, value: object, notes: object, names: Names, absent: AbsentGraph
) -> Iterator[Quad]:
    """Yield the quads of one property; `notes` is the node's `_rdf`."""
    return _quads(property_lines(str(subject), key, value, read_notes(notes), names, absent))


def denote_label(
    subject: NamedNode | BlankNode, label: str, notes: object, names: Names, absent: AbsentGraph
) -> Iterator[Quad]:
    """Yield the quads of one label; `notes` is the node's `_rdf`."""
    return _quads(label_lines(str(subject), label, read_notes(notes), names, absent))


def denote_relationship(
    start: NamedNode | BlankNode,
    type_: str,
    end: NamedNode | BlankNode,
    graphs: object,
    names: Names,
    absent: AbsentGraph,
) -> Iterator[Quad]:
    """Yield the quads of one relationship, one a graph; `graphs` is its `_g`."""
    return _quads(relationship_lines(str(start), type_, str(end), graphs, names, absent))


# --- the same as text: each line is a quad of N-Quads with its line feed, to the letter as Oxigraph writes it, so that
# lines can be compared instead of quads


def node_lines(
    subject: str,
    labels: Iterable[str],
    properties: Mapping[str, object],
    notes: object,
    names: Names,
    absent: AbsentGraph,
) -> list[str]:
    """Return the lines of a node: `subject` is its token (`node_token`), `notes` its `_rdf`."""
    entries = read_notes(notes) if notes else _NO_NOTES
    lines: list[str] = []
    for label in labels:
        lines += label_lines(subject, label, entries, names, absent)
    tokens, without = names.tokens, names.line_ends(absent)[NO_GRAPH]
    for key, value in properties.items():
        predicate = tokens[key]
        if not predicate or key == "iri":
            continue
        if type(value) is str and key not in entries:
            lines.append(f"{subject} {predicate} {quoted(value)}{without}")
        else:
            lines += property_lines(subject, key, value, entries, names, absent)
    return lines


def label_lines(subject: str, label: str, entries: Entries, names: Names, absent: AbsentGraph) -> list[str]:
    """Return the lines of a label."""
    class_ = names.tokens[label]
    if label == "Resource" or not class_:
        return []
    ends = names.line_ends(absent)
    found = entries.get(f":{label}", ()) if entries else ()
    graphs = [graph for token, graphs in found if not token for graph in graphs]
    return [f"{subject} {_TYPE} {class_}{ends[graph]}" for graph in graphs or _ABSENT]


def relationship_lines(
    start: str, type_: str, end: str, graphs: object, names: Names, absent: AbsentGraph
) -> list[str]:
    """Return the lines of a relationship between two nodes, given by their tokens; `graphs` is its `_g`."""
    predicate = names.tokens[type_]
    if not predicate:
        return []
    ends = names.line_ends(absent)
    return [f"{start} {predicate} {end}{ends[graph]}" for graph in (_ABSENT if graphs is None else graph_names(graphs))]


def property_lines(
    subject: str, key: str, value: object, entries: Entries, names: Names, absent: AbsentGraph
) -> list[str]:
    """Return the lines of a property: each live note's term in its graphs, and each value that no note describes."""
    predicate = names.tokens[key]
    if key == "iri" or not predicate:
        return []
    start, ends = f"{subject} {predicate} ", names.line_ends(absent)
    notes = entries.get(key, ())
    if not isinstance(value, list):
        if value is None:
            return []
        value = cast("Value", value)
        plain = token_of(value)
        if not notes:
            return [f"{start}{plain}{ends[NO_GRAPH]}"]
        if len(notes) == 1 and notes[0][0] == plain:
            return [f"{start}{plain}{ends[graph]}" for graph in notes[0][1]]
        value = [value]
    held: dict[Identity, Value] = {identity(item): item for item in value}
    described: set[Identity] = set()
    lines = []
    for token, graphs in notes:
        read = read_token(token)
        if read is not None and (live := _described(read, held, names)) and _may_note(token, read, predicate):
            described.update(live)
            lines += [f"{start}{read}{ends[graph]}" for graph in graphs]
    lines += [f"{start}{token_of(item)}{ends[NO_GRAPH]}" for found, item in held.items() if found not in described]
    return lines


def _may_note(token: str, read: str, predicate: str) -> bool:
    """Tell whether a note may name such a term: an IRI only where IRIs are named, and to the letter as we write it.

    So Cypher finds the node of that IRI by the note's text.
    """
    return read[0] != "<" or read[1] == "<" or (read == token and predicate in _NAMING_IRIS)


def _described(token: str, held: Mapping[Identity, Value], names: Names) -> list[Identity]:
    """Return which values a note's term describes: none if they are gone.

    An IRI may lie there under any of its names, since it was named when the catalogue was smaller.
    """
    if token[0] == "<":
        if token[1] == "<":
            return [token] if token in held else []
        iri = token[1:-1]
        return [key for key, item in held.items() if isinstance(item, str) and names.iri_text(item) == iri]
    text, suffix = split_literal(token)
    best = identity(native_of(text, suffix))
    if best in held:
        return [best]
    return [text] if text in held else []
