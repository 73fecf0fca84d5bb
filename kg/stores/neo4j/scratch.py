"""A store that holds what another does and keeps its changes to itself: for working out what an update would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from kg.errors import StoreError
from kg.model import Change
from kg.rdf import BlankNode, NamedNode, Quad, Term
from kg.results import DatasetClause, ResultSet
from kg.stores import CypherTransaction, Dataset, GraphName, MergeReport, OfflineImport, Store
from kg.stores.oxigraph import OxigraphStore, refuse_default_graph
from kg.stores.passages import PassageSource

__all__ = ["ScratchStore"]


class _Base(Store, Protocol):
    def copy_into(self, folder: Path) -> OxigraphStore:
        """Return an embedded store in a new folder with all that this one holds."""


class ScratchStore:
    """Reads its base until it is read after a commit; from then on it is an embedded copy of the base.

    So an update whose changes nobody reads again copies nothing. The base stays open, and belongs to the caller.

    Args:
        folder: of the copy; made when it is needed.
    """

    def __init__(self, base: _Base, folder: Path) -> None:
        self._base, self._folder = base, folder
        self._pending: list[Change] = []
        self._copy: OxigraphStore | None = None
        self._revision = 0
        self._is_closed = False

    @property
    def dataset(self) -> Dataset:
        """Return what the default graph is."""
        return self._base.dataset

    @property
    def revision(self) -> int:
        """Return how many commits were tried, and how often others were seen to change the base."""
        return self._revision + (self._base.revision if self._copy is None else 0)

    def position(self) -> str:
        """Return where the store is that is read."""
        return self._read().position()

    def touched(self, since: str) -> frozenset[NamedNode | BlankNode] | None:
        """Return what the store that is read says was touched."""
        return self._read().touched(since)

    def match(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that fit a pattern, as the protocol says."""
        yield from self._read().match(subject, predicate, object, graph_name)

    def graph_names(self) -> Iterator[NamedNode | BlankNode]:
        """Yield the names of the named graphs that hold a quad."""
        yield from self._read().graph_names()

    def commit(self, change: Change) -> None:
        """Apply a change here only."""
        self._check_open()
        if self.dataset == "merged":
            refuse_default_graph(change)
        self._revision += bool(change.add or change.remove)
        if self._copy is not None:
            self._copy.commit(change)
        else:
            self._pending.append(change)

    @property
    def shows_passages(self) -> bool:
        """Tell whether other programs find passages in the store itself (`keep_passages`)."""
        return False

    def keep_passages(self, source: PassageSource) -> bool:
        """Do nothing."""
        return False

    def fill(self, quads: Iterable[Quad], offline: OfflineImport | None = None) -> None:
        """Hold these quads, here only."""
        self._own().fill(quads)

    def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        """Answer a SPARQL query, as the protocol says."""
        return self._read().query(text, dataset, prefixes)

    def profile(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> str:
        """Return how a query is answered by the store that is read."""
        return self._read().profile(text, dataset, prefixes)

    def cypher(self, is_writing: bool = False, seconds: float | None = None) -> CypherTransaction:
        """Begin a transaction of the store that is read, or, when it is to write, of the copy."""
        return (self._own() if is_writing else self._read()).cypher(is_writing, seconds)

    def verify(self) -> MergeReport:
        """Compare the default graph with the merge, as the store does that is read."""
        return self._read().verify()

    def checkpoint(self, folder: str) -> None:
        """Write a copy of what is held now."""
        self._own().checkpoint(folder)

    def scratch(self, folder: str) -> Store:
        """Return a scratch of this one, with all that it holds."""
        return self._own().scratch(folder)

    def about(self) -> Mapping[str, str | int]:
        """Return what the store says of itself that is read."""
        return self._read().about()

    def close(self) -> None:
        """Release the copy; its folder stays."""
        self._is_closed = True
        copy, self._copy = self._copy, None
        if copy is not None:
            copy.close()

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreError(f"The store in {self._folder} is closed.")

    def _read(self) -> Store:
        self._check_open()
        return self._own() if self._pending or self._copy is not None else self._base

    def _own(self) -> OxigraphStore:
        self._check_open()
        if self._copy is None:
            copy = self._base.copy_into(self._folder)
            for change in self._pending:
                copy.commit(change)
            self._copy, self._pending = copy, []
        return self._copy
