"""From RDF to a property graph: `shape`, the right inverse of `denote`.

It works on N-Quads text, not on term objects: Oxigraph writes it in a third of the time that reading the terms'
attributes takes, and its tokens are what the notes hold.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.property_graph import AbsentGraph, Node, PropertyGraph, Relationship, Stored, Value
from kg.property_graph.names import NO_GRAPH, Names, fits_index, node_key
from kg.property_graph.notes import label_note, note
from kg.property_graph.values import identity, kind, lexical, native_of, split_literal
from kg.rdf import RDF, BlankNode, DefaultGraph, NamedNode, Quad

__all__ = ["properties_of", "shape", "shape_lines"]

_TYPE, _PREDICATE, _OBJECT = (f"<{RDF[name].value}>" for name in ("type", "predicate", "object"))
_CHUNK = 20_000

Entry = tuple[str, tuple[str, ...] | None]
"""A term's token, and the names of its graphs, sorted; None is the absent graph alone."""
_Draft = tuple[Node, dict[str, list[Entry]]]
"""A node, and the terms of its properties by their names."""


def shape(quads: Iterable[Quad], names: Names, absent: AbsentGraph) -> PropertyGraph:
    """Return the property graph that denotes exactly these quads, whose terms are canonical.

    Raises:
        ValueError: for a quad of the default graph where that is derived, so where `absent` is a named graph.
    """
    return shape_lines(_lines(quads), names, absent)


def _lines(quads: Iterable[Quad]) -> Iterator[str]:
    rest = iter(quads)
    while chunk := list(itertools.islice(rest, _CHUNK)):
        written = pyoxigraph.serialize(chunk, format=RdfFormat.N_QUADS)
        assert written is not None
        yield from written.decode().split("\n")


def shape_lines(lines: Iterable[str], names: Names, absent: AbsentGraph) -> PropertyGraph:
    """Return the property graph of N-Quads as Oxigraph writes them, a line each; see `shape`."""
    return _Shaping(names, absent).shape(lines)


class _Shaping:
    """One run: what has been named and made so far."""

    def __init__(self, names: Names, absent: AbsentGraph) -> None:
        self._names = names
        self._absent = absent
        self._graph_names: dict[str, str] = {}
        self._nodes: dict[str, Node] = {}
        self._drafts: dict[str, _Draft] = {}

    def shape(self, lines: Iterable[str]) -> PropertyGraph:
        """Return the graph of all lines; each triple is looked at once, when all its graphs are known."""
        graphs = self._triples(lines)
        about_type = {triple[: -len(_ABOUT_TYPE)] for triple in graphs if triple.endswith(_ABOUT_TYPE)}
        named = _NamesOfTokens(self._names)
        drafts, new_draft = self._drafts, self._new_draft
        relationships: list[Relationship] = []
        for triple, held in graphs.items():
            subject, predicate, object_ = triple.split(" ", 2)
            node, terms = drafts.get(subject) or new_draft(subject)
            in_graphs = None if held is None else (held,) if isinstance(held, str) else tuple(sorted(held))
            if object_[0] == '"' or object_[1] == "<" or _is_kept_as_text(subject, predicate, object_, about_type):
                key = named[predicate]
                if key in terms:
                    terms[key].append((object_, in_graphs))
                else:
                    terms[key] = [(object_, in_graphs)]
            elif predicate == _TYPE and object_[0] == "<":
                label = named[object_]
                node.labels.add(label)
                if in_graphs is not None:
                    node.notes.append(label_note(label, in_graphs))
            else:
                end, _ = drafts.get(object_) or new_draft(object_)
                relationships.append(Relationship(node.key, named[predicate], end.key, in_graphs))
        indexed = self._names.indexed
        for node, terms in drafts.values():
            for name, entries in terms.items():
                key = name
                value, notes = properties_of(key, entries, self._names)
                if key in indexed and not fits_index(map(str, value if isinstance(value, list) else (value,))):
                    key = indexed[key]
                    value, notes = properties_of(key, entries, self._names)
                node.properties[key] = value
                node.notes += notes
        return PropertyGraph(self._nodes, relationships)

    def _triples(self, lines: Iterable[str]) -> dict[str, str | set[str] | None]:
        """Return the distinct triples with the names of their graphs: None for the absent one alone."""
        graph_name = self._graph_names.get
        triples: dict[str, str | set[str] | None] = {}
        for line in lines:
            if not line:
                continue
            triple, graph = _split_graph(line)
            name = graph_name(graph) or self._graph_name(graph)
            if triple not in triples:
                triples[triple] = None if name == NO_GRAPH else name
                continue
            held = triples[triple] or NO_GRAPH
            if isinstance(held, set):
                held.add(name)
            elif held != name:
                triples[triple] = {held, name}
        return triples

    def _graph_name(self, token: str) -> str:
        graph = DefaultGraph() if not token else NamedNode(token[1:-1]) if token[0] == "<" else BlankNode(token[2:])
        name = self._graph_names[token] = self._names.graph_name(graph, self._absent)
        return name

    def _new_draft(self, token: str) -> _Draft:
        term = NamedNode(token[1:-1]) if token[0] == "<" else BlankNode(token[2:])
        key, whole = node_key(term), token if token[0] == "_" else token[1:-1]
        node = self._nodes[key] = Node(key, None if key == whole else whole)
        draft = self._drafts[token] = (node, {})
        return draft


class _NamesOfTokens(dict[str, str]):
    """The names of IRIs, by their tokens."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __missing__(self, token: str) -> str:
        name = self[token] = self._names.name_of_text(token[1:-1])
        return name


_ABOUT_TYPE = f" {_PREDICATE} {_TYPE}"


def _is_kept_as_text(subject: str, predicate: str, object_: str, about_type: set[str]) -> bool:
    """Tell whether an IRI is a value and no relationship, as its node would be one that everything is tied to."""
    if object_[0] != "<":
        return False
    return predicate == _PREDICATE or (predicate == _OBJECT and subject in about_type)


def _split_graph(line: str) -> tuple[str, str]:
    """Return the triple of a line, and its graph, empty for the default graph.

    What follows the last space is the graph, unless it ends a literal or a triple term, or is the object itself.
    """
    body = line[:-2]
    end = body.rfind(" ") + 1
    last = body[end:]
    if last[0] not in "<_" or '"' in last or body.count(" ") == 2:
        return body, ""
    return body[: end - 1], last


def properties_of(name: str, entries: list[Entry], names: Names) -> tuple[Stored, list[str]]:
    """Return what one property holds for its terms, and the notes they need."""
    if len(entries) == 1:
        token, graphs = entries[0]
        value, is_plain = _value(token, names)
        return value, ([] if is_plain and graphs is None else [note(name, token, graphs or (NO_GRAPH,))])
    values = [_value(token, names) for token, _ in entries]
    if len({kind(value) for value, _ in values}) > 1:
        values = [(_text(token, names), token[-1] == '"') for token, _ in entries]
    keys = [identity(value) for value, _ in values]
    distinct = {key: value for key, (value, _) in zip(keys, values, strict=True)}
    times = Counter(keys) if len(distinct) < len(keys) else {}
    with_iris = any(_is_iri_token(token) for token, _ in entries)  # whose names, as texts, may come to mean others
    notes = [
        note(name, token, graphs or (NO_GRAPH,))
        for (token, graphs), (_, is_plain), key in zip(entries, values, keys, strict=True)
        if graphs is not None or not is_plain or times.get(key, 1) > 1 or with_iris
    ]
    held = list(distinct.values())
    return (held[0] if len(held) == 1 else held), notes


def _is_iri_token(token: str) -> bool:
    return token[0] == "<" and token[1] != "<"


def _value(token: str, names: Names) -> tuple[Value, bool]:
    """Return the best value of a token, and whether that alone means it."""
    if token[-1] == '"':
        return (split_literal(token)[0] if "\\" in token else token[1:-1]), True
    if token[0] == "<":
        return _text(token, names), False
    return _typed_value(token)


@functools.lru_cache(maxsize=65536)
def _typed_value(token: str) -> tuple[Value, bool]:
    text, suffix = split_literal(token)
    value = native_of(text, suffix)
    return value, not isinstance(value, str) and lexical(value) == (text, suffix)


def _text(token: str, names: Names) -> str:
    if token[0] == "<":
        return names.name_of_text(token[1:-1]) if _is_iri_token(token) else token
    return split_literal(token)[0]
