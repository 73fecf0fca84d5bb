"""What the columns of fetched rows mean, as lines of N-Quads; a node that comes again costs almost nothing."""

from __future__ import annotations

from typing import Any

from kg.property_graph import AbsentGraph
from kg.property_graph.denote import node_lines, relationship_lines
from kg.property_graph.names import Names, node_token
from kg.stores.neo4j.parts import Column

__all__ = ["Rows"]


class Rows:
    """Reads the rows of one try, in which a node's column is the same wherever it stands.

    Args:
        is_ambiguous: two nodes may stand for one blank node, so that equal keys are not always one node.
    """

    def __init__(self, names: Names, absent: AbsentGraph, is_ambiguous: bool = False) -> None:
        self._names, self._absent, self._is_ambiguous = names, absent, is_ambiguous
        self._tokens: dict[str, str] = {}
        self._known: dict[object, list[str]] = {}

    def lines(self, column: Column, value: list[Any]) -> list[str]:
        """Return the lines that the value of a column means."""
        first, second = value[0], value[2]
        identity: object = first if type(first) is str else tuple(first)
        if column.is_relationship:
            graphs = value[3]
            end = second if type(second) is str else tuple(second)
            identity = identity, value[1], end, tuple(graphs) if type(graphs) is list else graphs
        else:
            identity = identity, column
        lines = self._known.get(identity) if column.is_relationship or not self._is_ambiguous else None
        if lines is None:
            lines = self._known[identity] = self._read(column, value)
        return lines

    def _read(self, column: Column, value: list[Any]) -> list[str]:
        names, absent, subject = self._names, self._absent, self._token(value[0])
        if column.is_relationship:
            return relationship_lines(subject, value[1], self._token(value[2]), value[3], names, absent)
        if column.keys is None:
            properties = value[1]
            return node_lines(subject, value[2], properties, properties.get("_rdf"), names, absent)
        return node_lines(subject, value[2], dict(zip(column.keys, value[1], strict=True)), value[3], names, absent)

    def _token(self, key: str | list[Any]) -> str:
        """Return the token of a node, given by its key, or that and the whole IRI where the key is a hash."""
        if isinstance(key, list):
            return node_token(key[0], key[1] if isinstance(key[1], str) else None)
        token = self._tokens.get(key)
        if token is None:
            token = self._tokens[key] = node_token(key, None)
        return token
