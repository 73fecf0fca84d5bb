"""Reading nodes and relationships as what they mean: all of them, or those that can hold the quads of a pattern.

A row is a node with its relationships in a list: on 5.26 that is almost twice as fast as a row for each. It becomes
N-Quads text, which Oxigraph reads faster than Python makes terms.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph
from pyoxigraph import RdfFormat

from kg.property_graph import AbsentGraph
from kg.property_graph.denote import node_lines, relationship_lines
from kg.property_graph.names import Names, node_token
from kg.rdf import Quad
from kg.stores.neo4j.driver import ReadSession, Statement

__all__ = ["SIZE", "Reader", "anonymous_key_of", "key_of", "means_something", "read_all", "relationships_of", "row_of"]

SIZE = Statement(
    "RETURN COUNT { () } - COUNT { (:_Batch) } - COUNT { (:_Term) } - COUNT { (:_Prefix) } - COUNT { (:_Passage) } "
    "- COUNT { (:_Passages) }, COUNT { ()-->() }"
)
"""How many nodes, but the system's, and relationships there are: counts that the server keeps, which take no time."""

_LINES = 20_000
_MOST_TOKENS = 200_000


def anonymous_key_of(node: str) -> str:
    """Return the Cypher for what stands for the key of a node that has none, as `anonymous_key` writes it."""
    return f"'_:neo4j_' + replace(elementId({node}), ':', '_')"


def key_of(node: str) -> str:
    """Return the Cypher for the key of a node: its `iri`, or what stands for one where there is none."""
    has_key = f"{node}:Resource AND {node}.iri IS :: STRING NOT NULL"
    return f"CASE WHEN {has_key} THEN {node}.iri ELSE {anonymous_key_of(node)} END"


def means_something(node: str) -> str:
    """Return the Cypher that is true of all nodes but the system's own; no resource is one of these."""
    return f"({node}:Resource OR NOT any(label IN labels({node}) WHERE label STARTS WITH '_'))"


def relationships_of(types: str = "") -> str:
    """Return the Cypher for the list of the relationships that leave `n`."""
    found = f"MATCH (n)-[r{types}]->(o) WHERE {means_something('o')}"
    return f"COLLECT {{ {found} RETURN [type(r), {key_of('o')}, o._iri, r._g] }}"


def row_of(properties: str = "properties(n)", labels: str = "labels(n)", relationships: str = "[]") -> str:
    """Return the Cypher that ends a statement with the row of `n`, of which parts may be left out."""
    named = f"{labels} AS labels, {properties} AS properties, {relationships} AS relationships"
    return f"RETURN {key_of('n')} AS key, n._iri AS whole, {named}"  # two columns may not be called `[]`


_ALL = Statement(f"MATCH (n) WHERE {means_something('n')} {row_of(relationships=relationships_of())}")


class Reader:
    """Turns rows into quads, with the names that the catalogue had when they were read."""

    def __init__(self, names: Names, absent: AbsentGraph) -> None:
        self._names, self._absent = names, absent
        self._tokens: dict[str, str] = {}

    def quads(self, rows: Iterable[list[Any]]) -> Iterator[Quad]:
        """Yield the quads of rows of nodes, lazily; a quad may come twice."""
        lines = (line for row in rows for line in self._lines(row))
        return _parsed(lines)

    def _lines(self, row: list[Any]) -> Iterator[str]:
        key, whole, labels, properties, relationships = row
        names, absent, token = self._names, self._absent, self._token
        subject = token(key, whole)
        yield from node_lines(subject, labels, properties, properties.get("_rdf"), names, absent)
        for type_, end, end_whole, graphs in relationships:
            yield from relationship_lines(subject, type_, token(end, end_whole), graphs, names, absent)

    def relationships(self, rows: Iterable[list[Any]]) -> Iterator[Quad]:
        """Yield the quads of rows of relationships: key and whole IRI of the start, type, the same of the end, `_g`."""
        names, absent, token = self._names, self._absent, self._token
        return _parsed(
            line
            for start, start_whole, type_, end, end_whole, graphs in rows
            for line in relationship_lines(
                token(start, start_whole), type_, token(end, end_whole), graphs, names, absent
            )
        )

    def _token(self, key: str, whole: Any) -> str:
        if whole is not None:
            return node_token(key, whole if isinstance(whole, str) else None)
        token = self._tokens.get(key)
        if token is None:
            if len(self._tokens) >= _MOST_TOKENS:
                self._tokens.clear()
            token = self._tokens[key] = node_token(key, None)
        return token


def read_all(session: ReadSession, names: Names, absent: AbsentGraph) -> Iterator[Quad]:
    """Yield every quad that the database means, lazily; a quad may come twice."""
    return Reader(names, absent).quads(session.stream(_ALL))


def _parsed(lines: Iterator[str]) -> Iterator[Quad]:
    while chunk := "".join(itertools.islice(lines, _LINES)):
        yield from pyoxigraph.parse(chunk.encode(), RdfFormat.N_QUADS)
