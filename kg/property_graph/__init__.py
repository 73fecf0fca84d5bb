"""RDF as a property graph, and back: values and pure functions, no database.

`denote` gives every property graph, hand-made ones included, the one RDF dataset that it means. `shape` is its
right inverse: `denote(shape(D)) == D`, term for term, for every dataset of canonical terms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal as OneOf

from kg.rdf import DefaultGraph, NamedNode

__all__ = ["AbsentGraph", "Node", "Other", "Point", "PropertyGraph", "Relationship", "Stored", "Temporal", "Value"]

AbsentGraph = NamedNode | DefaultGraph
"""The graph that something without a note of its graphs is in: `…/graph/user` or the default graph."""


@dataclass(frozen=True, slots=True)
class Temporal:
    """A date, time or duration as the database types it; `text` is its one form in XSD's syntax."""

    kind: OneOf["date", "local time", "zoned time", "local datetime", "zoned datetime", "duration"]
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A point as people make them by hand; `text` is what stands in the WKT literal."""

    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """A value that no XSD type can say: a datatype IRI and a text."""

    datatype: str
    text: str


Value = str | bool | int | float | bytes | Temporal | Point | Other
Stored = Value | list[Value]
"""What a property holds: one value, or several of one type, whose order means nothing."""


@dataclass(slots=True)
class Node:
    """A `:Resource` node. `key` is its `iri` property; `iri` is the whole IRI where that is a hash (`_iri`).

    `labels` are without `Resource`, `properties` without what begins with `_` and without `iri`; `notes` is `_rdf`.
    """

    key: str
    iri: str | None = None
    labels: set[str] = field(default_factory=set)
    properties: dict[str, Stored] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Relationship:
    """A relationship between two nodes, by their keys; `graphs` is `_g`, None where it is absent."""

    start: str
    type: str
    end: str
    graphs: tuple[str, ...] | None = None


@dataclass(slots=True)
class PropertyGraph:
    """Nodes by their keys, and relationships, no two of them with the same start, type and end."""

    nodes: dict[str, Node] = field(default_factory=dict)
    relationships: list[Relationship] = field(default_factory=list)
