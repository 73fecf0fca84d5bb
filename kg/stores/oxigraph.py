"""The embedded store: Oxigraph in a folder or in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pyoxigraph

from kg.errors import StoreError, StoreReadOnlyError
from kg.mirror import Journal, Mirror, MirrorReport
from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term, Triple, canonical
from kg.results import Boolean, DatasetClause, Graph, ResultSet, Solutions
from kg.stores import CypherTransaction, Dataset, GraphName, MergeReport, OfflineImport, Opening, merge, native
from kg.stores.embedded_cypher import EmbeddedReading
from kg.stores.embedded_writing import EmbeddedWriting
from kg.stores.engine_errors import engine_errors, query_errors
from kg.stores.files import size_of
from kg.stores.lookup import find
from kg.stores.passages import PassageSource

__all__ = ["OxigraphStore", "open_store", "refuse_default_graph"]

_BULK = 20_000
"""Quads, the merge's included, from which additions go by sorted files instead of the write-ahead log.

`bulk_extend` is as atomic as `extend` (one ingestion over all column families, Oxigraph 0.5.13) and four
times as fast on large additions; below some 4,000 quads it is slower.
"""


class OxigraphStore:
    """A store that owns its folder; a reader may share it with readers.

    Args:
        path: the folder, made when absent; None keeps everything in memory.
        dataset: "merged" derives the default graph; in "separate" it is a graph like any other.
        excluded: the graphs outside the merge.
        read_only: open what is there; nobody may write the folder meanwhile.
        base: the home's base IRI; without it there is no Cypher.
        names: the ontology's terms by their bare names. mirror: where the property graph is kept, None for in memory.
        hiding: the graph that says what the default graph leaves out besides.

    Raises:
        StoreError: the folder cannot be used, and why. StoreLockedError: another process writes it.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        dataset: Dataset = "merged",
        excluded: frozenset[NamedNode] = frozenset(),
        read_only: bool = False,
        base: str | None = None,
        names: Mapping[str, NamedNode] | None = None,
        mirror: Path | None = None,
        hiding: NamedNode | None = None,
    ) -> None:
        self._folder = None if path is None else Path(path)
        self._rule = merge.Rule(excluded, hiding) if dataset == "merged" else None
        self._read_only = read_only
        self._unflushed = False
        self._revision = 0
        self._lock = threading.Lock()
        self._base, self._names, self._mirror_folder = base, names or {}, mirror
        self._mirror: Mirror | None = None
        began = Journal.mark(self._folder)
        with engine_errors(self._folder, "open"):
            self._open: pyoxigraph.Store | None = _open(self._folder, read_only)
            self._journal = Journal(self._folder, read_only, began)

    @property
    def dataset(self) -> Dataset:
        """Return what the default graph is."""
        return "separate" if self._rule is None else "merged"

    @property
    def revision(self) -> int:
        """Return how many commits were tried, as the protocol says."""
        return self._revision

    def position(self) -> str:
        """Return where the journal is."""
        with self._lock:
            return self._journal.current()

    def touched(self, since: str) -> frozenset[NamedNode | BlankNode] | None:
        """Return what the journal names after a position; None where it begins later."""
        with self._lock:
            found = self._journal.since(since)
        return None if found is None else frozenset(found)

    def match(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that fit a pattern, as the protocol says."""
        if object is not None:
            object = canonical(object)
        with engine_errors(self._folder, "read"):
            found = find(self._store, subject, predicate, object, graph_name)
            if graph_name is not None:
                yield from found
                return
            for quad in found:
                if not isinstance(quad.graph_name, DefaultGraph):
                    yield quad

    def graph_names(self) -> Iterator[NamedNode | BlankNode]:
        """Yield the names of the graphs that hold a quad, some 10 µs each."""
        with engine_errors(self._folder, "read"):
            for name in self._store.named_graphs():
                if next(find(self._store, graph_name=name), None) is not None:  # an emptied one may still be listed
                    yield name

    def commit(self, change: Change) -> None:
        """Apply a change and what it does to the default graph in one transaction.

        Raises:
            StoreReadOnlyError: the store was opened for reading.
            StoreError: the disk is full, or a quad is of a derived default graph; nothing was changed.
        """
        if self._read_only:
            raise StoreReadOnlyError(f"Cannot write the store in {self._folder}: it was opened for reading.")
        if self._rule is not None:
            refuse_default_graph(change)
        with self._lock, engine_errors(self._folder, "write"):
            self._journal.touch(_subjects(change))
            try:
                is_addition = merge.is_addition(change, self._rule)
                plan = None if is_addition else merge.rewrite(self._store, change, self._rule)
                if plan is None:
                    self._add(change.add)
                else:
                    self._unflushed = True
                    merge.apply(self._store, plan)
            finally:
                self._revision += bool(change.add or change.remove)

    def _add(self, added: tuple[Quad, ...]) -> None:
        if not added:
            return
        quads = list(added) if self._rule is None else list(merge.additions(self._store, added, self._rule))
        if self._folder is not None and len(quads) >= _BULK:
            self._store.bulk_extend(quads)
        else:
            self._unflushed = True
            self._store.extend(quads)

    @property
    def shows_passages(self) -> bool:
        """Tell whether other programs find passages in the store itself (`keep_passages`)."""
        return False

    def keep_passages(self, source: PassageSource) -> bool:
        """Do nothing: no other program reads the store's files."""
        return False

    def fill(self, quads: Iterable[Quad], offline: OfflineImport | None = None) -> None:
        """Hold these quads and nothing else, each read once: for a copy of another store, and for a bulk import.

        Not all or nothing: if reading them fails, the store holds nothing.
        """
        with self._lock, engine_errors(self._folder, "write"):
            self._revision += 1
            self._unflushed = True
            self._journal.restart()
            self._store.clear()
            if self._rule is None:
                self._store.bulk_extend(quads)
            else:
                self._store.bulk_extend(merge.additions(self._store, quads, self._rule))
                merge.hide(self._store, self._rule)

    def list_graphs(self, names: Iterable[NamedNode | BlankNode]) -> None:
        """Let `GRAPH ?g` of a query find graphs of which nothing is held here: for a part of another store."""
        with engine_errors(self._folder, "write"):
            for name in names:
                self._store.add_graph(name)

    def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        """Answer a SPARQL query; FROM clauses count only as far as `dataset` repeats them.

        Where one part of `dataset` is given, the other is empty unless given too (SPARQL 1.1 Query, 13.2).
        One default graph is read in place; several are copied and merged, 4 µs a quad.
        """
        store, default, named = self._store, dataset.default_graphs, dataset.named_graphs
        if default is None and named is None:
            with query_errors(text):
                return _result(store.query(text, prefixes=prefixes), text)
        default_graphs: list[GraphName] = list(dict.fromkeys(default or ()))
        named_graphs = list(dict.fromkeys(named or ()))
        if len(default_graphs) > 1:
            with engine_errors(self._folder, "read"):
                store = _slice(store, default_graphs, named_graphs)
            default_graphs = [DefaultGraph()]
        with query_errors(text):
            found = store.query(text, prefixes=prefixes, default_graph=default_graphs, named_graphs=named_graphs)
            return _result(found, text)

    def profile(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> str:
        """Return nothing: the algebra is evaluated as it stands."""
        return ""

    def cypher(self, is_writing: bool = False, seconds: float | None = None) -> CypherTransaction:
        """Begin a transaction of Cypher statements, as the protocol says; what one has written, its caller commits.

        So a store that was opened for reading will do, as a checkpoint is, from which the server's readers work.
        """
        with self._lock, engine_errors(self._folder, "read"):
            mirror = self._current_mirror()
            if not is_writing:
                return EmbeddedReading(mirror.snapshot(), seconds)
            return EmbeddedWriting(self.match, mirror.snapshot(), mirror.copy(), seconds, lambda: self._revision)

    def verify_mirror(self) -> MirrorReport:
        """Compare what Cypher is answered from with what the store holds; where they differ, it is built anew."""
        with self._lock, engine_errors(self._folder, "read"):
            return self._current_mirror().verify()

    def _current_mirror(self) -> Mirror:
        if self._base is None:
            raise StoreError("This store was opened without a base IRI, which Cypher needs for its names.")
        if self._mirror is None:
            absent = DefaultGraph() if self._rule is None else NamedNode(f"{self._base}graph/user")
            self._mirror = Mirror(self._asserted, self._journal, self._mirror_folder, self._base, self._names, absent)
        return self._mirror

    def _asserted(self, subject: NamedNode | BlankNode | None = None) -> Iterator[Quad]:
        """Yield the quads, or those of one subject, without what is derived."""
        yield from self.match(subject)
        if self._rule is None:
            yield from self.match(subject, graph_name=DefaultGraph())

    def verify(self) -> MergeReport:
        """Compare the default graph with the merge of the named graphs; always right in a separate dataset."""
        if self._rule is None:
            return MergeReport((), ())
        with engine_errors(self._folder, "read"):
            return merge.verify(self._store, self._rule)

    def checkpoint(self, folder: str) -> None:
        """Write a copy, of hard links where the file system is the same.

        Raises:
            StoreError: the folder exists or cannot be written, or the store is in memory.
        """
        if self._folder is None:
            raise StoreError("A store in memory has no checkpoint.")
        with self._lock, engine_errors(self._folder, f"write a checkpoint ({folder}) of"):
            self._store.backup(folder)
            self._journal.copy_to(Path(folder))

    def scratch(self, folder: str) -> OxigraphStore:
        """Return a store in a checkpoint of its own."""
        self.checkpoint(folder)
        rule = self._rule or merge.Rule()
        return OxigraphStore(
            folder, self.dataset, rule.excluded, base=self._base, names=self._names, hiding=rule.hiding
        )

    def about(self) -> Mapping[str, str | int]:
        """Return the folder, the engine with its version, and the bytes that the files take."""
        about: dict[str, str | int] = {
            "place": str(self._folder or "memory"),
            "engine": f"Oxigraph {pyoxigraph.__version__}",
        }
        if self._folder is not None:
            about["bytes"] = size_of(self._folder)
        return about

    def close(self) -> None:
        """Write the log out, so that the next opening need not replay it, and release the folder.

        Iterators of `match` and `query` that were not read to their end keep the folder until they are deleted.
        """
        store, self._open = self._open, None
        mirror, self._mirror = self._mirror, None
        if mirror is not None:
            mirror.close()
        if store is None:
            return
        with engine_errors(self._folder, "close"):
            if self._unflushed and self._folder is not None:
                store.flush()
            self._journal.close()  # says that nothing can be lost, so the store's own files come first

    @property
    def _store(self) -> pyoxigraph.Store:
        if self._open is None:
            raise StoreError(f"The store {f'in {self._folder} ' if self._folder else ''}is closed.")
        return self._open


def open_store(opening: Opening) -> OxigraphStore:
    """Open a store as `kg.stores.STORES` says."""
    return OxigraphStore(
        opening.folder,
        opening.dataset,
        opening.excluded,
        opening.read_only,
        base=opening.base,
        names=opening.names,
        mirror=opening.mirror,
        hiding=opening.hiding,
    )


def _open(folder: Path | None, read_only: bool) -> pyoxigraph.Store:
    if folder is None:
        return pyoxigraph.Store()
    if read_only:
        if not (folder / "CURRENT").exists():
            raise StoreError(f"There is no store in {folder}.")
        return pyoxigraph.Store.read_only(str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    store = pyoxigraph.Store(str(folder))
    for orphan in folder.glob("bulk-*.sst"):  # what a process that was killed had sorted and not yet committed
        orphan.unlink()
    return store


def _subjects(change: Change) -> Iterator[NamedNode | BlankNode]:
    for quad in (*change.add, *change.remove):
        if not isinstance(quad.subject, Triple):  # no subject of a quad here is one
            yield quad.subject


def refuse_default_graph(change: Change) -> None:
    """Raise StoreError if a change to a merged dataset has a quad of its default graph, which is derived."""
    for quad in (*change.add, *change.remove):
        if isinstance(quad.graph_name, DefaultGraph):
            raise StoreError(f"The default graph of a merged dataset is derived; {quad} needs a named graph.")


def _slice(
    store: pyoxigraph.Store, default_graphs: list[GraphName], named_graphs: list[NamedNode | BlankNode]
) -> pyoxigraph.Store:
    """Return a store in memory whose default graph is the merge of some graphs, with some named graphs."""
    part = pyoxigraph.Store()
    for name in default_graphs:
        part.extend(Quad(s, p, o) for s, p, o, _ in find(store, graph_name=name))
    for graph_name in named_graphs:
        part.extend(find(store, graph_name=graph_name))
    return part


def _result(
    found: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean | pyoxigraph.QueryTriples, text: str
) -> ResultSet:
    if isinstance(found, pyoxigraph.QueryBoolean):
        return Boolean(bool(found))
    if isinstance(found, pyoxigraph.QueryTriples):
        return Graph(_triples(found, text), native.graph_writers(found, text))
    variables = tuple(variable.value for variable in found.variables)
    return Solutions(variables, _rows(found, text), native.writers(found, text))


def _rows(solutions: pyoxigraph.QuerySolutions, text: str) -> Iterator[tuple[Term | None, ...]]:
    with query_errors(text):
        for solution in solutions:
            yield tuple(solution)


def _triples(triples: pyoxigraph.QueryTriples, text: str) -> Iterator[Triple]:
    with query_errors(text):
        yield from triples
