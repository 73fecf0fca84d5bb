"""What a query returns, in the three result forms of SPARQL 1.1 (Query, section 16), and its dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO
from typing import Literal as OneOf

from kg.rdf import BlankNode, NamedNode, Term, Triple

__all__ = ["TRIPLE_COLUMNS", "Boolean", "DatasetClause", "Graph", "Kind", "ResultSet", "Solutions"]

TRIPLE_COLUMNS = (("s", "p", "o"), ("subject", "predicate", "object"))
"""The names of columns, in their order, that make the rows of SELECT triples where triples are wanted."""

Kind = OneOf["solutions", "boolean", "graph"]
"""What a query returns: SELECT, ASK, or CONSTRUCT and DESCRIBE."""


@dataclass(frozen=True, slots=True)
class DatasetClause:
    """The dataset a request names outside the query text (SPARQL 1.1 Protocol, section 2.1.4).

    None means: as the query says, else the whole store. Several default graphs are merged.
    """

    default_graphs: tuple[NamedNode, ...] | None = None
    named_graphs: tuple[NamedNode | BlankNode, ...] | None = None


@dataclass(frozen=True, slots=True)
class Solutions:
    """The rows of SELECT: `rows` is read once, lazily; a row has one term or None for each variable.

    `writers` are the store's own, by the name of a format in `kg.query.formats`: each takes the place of
    reading `rows` and writes the whole answer into a file. A store need not have any.
    """

    variables: tuple[str, ...]
    rows: Iterator[tuple[Term | None, ...]]
    writers: Mapping[str, Callable[[BinaryIO], None]] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Boolean:
    """The answer of ASK."""

    value: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The triples of CONSTRUCT or DESCRIBE, read once, lazily; may hold doubles. `writers` as in `Solutions`."""

    triples: Iterator[Triple]
    writers: Mapping[str, Callable[[BinaryIO], None]] = field(default_factory=dict, repr=False, compare=False)


ResultSet = Solutions | Boolean | Graph
