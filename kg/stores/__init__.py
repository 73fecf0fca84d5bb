"""The store seam: where quads are kept, and the protocol that every store fulfils."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, Self

from kg.cypher.syntax import Statement
from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term, Triple
from kg.records import Records, Value
from kg.registry import Registry
from kg.results import DatasetClause, ResultSet
from kg.stores.passages import PassageSource

__all__ = [
    "STORES",
    "CypherTransaction",
    "Dataset",
    "GraphName",
    "MergeReport",
    "OfflineImport",
    "Opening",
    "ServerAddress",
    "Store",
]

GraphName = NamedNode | BlankNode | DefaultGraph

Dataset = Literal["merged", "separate"]
"""Whether the default graph is derived from the named ones or is a graph like them."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a database server answers, and as whom; `is_ours` says that `kg neo4j up` starts it."""

    uri: str
    username: str
    password: str = field(repr=False)
    database: str
    is_ours: bool = field(default=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """All that any store needs to know to open the graph of a home.

    Args:
        folder: what the store keeps on this machine, made when absent; None keeps nothing there.
        excluded: the graphs outside the merge.
        base: the home's base IRI.
        names: the ontology's terms by their bare names; only a writer registers new ones.
        slice_quads: how much is fetched for one query. copy_quads: up to what size all of it is kept beside.
        adopt: take over a database that holds a graph and no home.
        mirror: the folder of the property graph that an embedded store answers Cypher from; None keeps it in memory.
        is_shared: others have the folder open too, and nothing in it is written, whatever is written on a server.
        hiding: the graph that says which IRIs the default graph leaves out (`kg.stores.hiding`); None for none.
    """

    folder: Path | None
    dataset: Dataset
    excluded: frozenset[NamedNode]
    base: str
    read_only: bool = False
    server: ServerAddress | None = None
    names: Mapping[str, NamedNode] = field(default_factory=dict)
    slice_quads: int = 200_000
    copy_quads: int = 5_000_000
    adopt: bool = False
    mirror: Path | None = None
    is_shared: bool = False
    hiding: NamedNode | None = None


class OfflineImport(Protocol):
    """Has a database server stopped, its own importer run, and the server started again."""

    def __call__(self, arguments: Sequence[str]) -> None:
        """Run the importer with these arguments, files among them, on a database that it replaces."""


@dataclass(frozen=True, slots=True)
class MergeReport:
    """How a default graph differs from the merge it should be; both parts empty when it is right."""

    missing: tuple[Triple, ...] = ()
    surplus: tuple[Triple, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is a difference."""
        return bool(self.missing or self.surplus)


class CypherTransaction(Protocol):
    """Statements in one language, one after the other, of which each sees what those before have changed.

    Whoever begins one has checked what its statements may do. Leaving it as a context closes it.
    """

    def run(self, text: str, tree: Statement | None, parameters: Mapping[str, Value]) -> Records:
        """Run a statement; read its records before the next.

        Args:
            tree: the text as we read it, None where we cannot. An engine that needs it refuses a text without.

        Raises:
            QuerySyntaxError: with line and column. UnsupportedQueryError: the feature is named, nothing was done.
            QueryError: the statement failed. ResultTooLargeError, QueryTimeoutError: a limit was met.
        """

    def commit(self) -> Change:
        """Make the changes last, and return what the caller still has to commit: nothing, or all of them."""

    def close(self) -> None:
        """Undo what was not committed; calling it twice is no error."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Store(Protocol):
    """Holds the quads of one home.

    In a merged dataset the default graph is derived: the RDF merge of all named graphs but
    `predicted` and `decisions`, moved forward by every commit in the same transaction. Triples of the IRIs
    that the graph `Opening.hiding` hides are left out.
    """

    @property
    def dataset(self) -> Dataset:
        """Return what the default graph is."""

    @property
    def revision(self) -> int:
        """Return how many commits were tried since the store was opened; without a new one nothing has changed."""

    def position(self) -> str:
        """Return where the store is in its history: while it is the same, nothing was committed, by whomever.

        It holds across processes. Empty where it cannot be told.
        """

    def touched(self, since: str) -> frozenset[NamedNode | BlankNode] | None:
        """Return the subjects of all quads that were added or removed after a position; None where nobody knows."""

    def match(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that fit a pattern, lazily, in no order.

        `graph_name=None` means all *named* graphs; the default graph is read only when
        `DefaultGraph()` is given.
        """

    def graph_names(self) -> Iterator[NamedNode | BlankNode]:
        """Yield the names of the named graphs that hold a quad."""

    def commit(self, change: Change) -> None:
        """Apply a change to named graphs, all or nothing, and move the default graph with it.

        In a separate dataset the change may hold quads of the default graph too.
        """

    def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        """Answer a SPARQL query.

        Raises:
            QuerySyntaxError: with line and column. UnsupportedQueryError: the feature is named.
        """

    def profile(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> str:
        """Run a query and return how it was answered, in lines; empty where its algebra says it all."""

    def cypher(self, is_writing: bool = False, seconds: float | None = None) -> CypherTransaction:
        """Begin a transaction of Cypher statements, of which only one that is writing may change anything.

        Args:
            seconds: what all its statements together may take; the engine stops what takes longer.
        """

    @property
    def shows_passages(self) -> bool:
        """Tell whether other programs find passages in the store itself (`keep_passages`)."""

    def keep_passages(self, source: PassageSource) -> bool:
        """Have the store's own tools find passages, where it has such; tell whether anything was written.

        What the store holds stays the same: passages are beside the graph. One that was opened for reading does
        nothing.
        """

    def fill(self, quads: Iterable[Quad], offline: OfflineImport | None = None) -> None:
        """Hold these quads, in the fastest way there is; for a store that holds nothing. Not all or nothing.

        Args:
            offline: what has the store's server import files while it is stopped; a store may do without.
        """

    def verify(self) -> MergeReport:
        """Recompute the merge and report how the default graph differs from it."""

    def checkpoint(self, folder: str) -> None:
        """Write a copy of the store as it is now into a folder that does not exist yet."""

    def scratch(self, folder: str) -> Store:
        """Return a store that holds what this one does and keeps its changes to itself, in a folder not there yet."""

    def about(self) -> Mapping[str, str | int]:
        """Return what people may want to know of the store: `place`, `engine`, and what else its kind has."""

    def close(self) -> None:
        """Release the store; calling it twice is no error."""


STORES = Registry("store", {"embedded": "kg.stores.oxigraph:open_store", "neo4j": "kg.stores.neo4j.store:open_store"})
"""Each is a function that takes an `Opening` and returns a `Store`."""
