"""The graph in a Neo4j database, as a store like any other.

The database is the truth, and others write it too. What is asked is answered from the kept copy while that holds what
the database holds (`live.py`); else a query is run over the part of the graph that it can see (`kg.slices`), and a
pattern is matched in Cypher.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from kg.errors import SliceTooLargeError, StoreError, StoreReadOnlyError
from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term, canonical
from kg.results import Boolean, DatasetClause, ResultSet, Solutions
from kg.slices.slicing import slice_of
from kg.stores import CypherTransaction, Dataset, GraphName, MergeReport, OfflineImport, Opening, Store
from kg.stores.files import COPY, make_private
from kg.stores.hiding import HIDES, hidden_in, is_hidden
from kg.stores.neo4j.about import describe
from kg.stores.neo4j.bulk import fill_database
from kg.stores.neo4j.cypher_transaction import ServerTransaction, Verdicts
from kg.stores.neo4j.driver import Connection, Mark
from kg.stores.neo4j.fetching import Fetched, Fetcher
from kg.stores.neo4j.live import TRIES, TRUST, LiveDatabase
from kg.stores.neo4j.matching import QuadPattern, match_quads, read_graph_names
from kg.stores.neo4j.passages import keep_passages
from kg.stores.neo4j.profile import profile
from kg.stores.neo4j.record import Record, read_record, write_record
from kg.stores.neo4j.schema import prepare
from kg.stores.neo4j.scratch import ScratchStore
from kg.stores.oxigraph import OxigraphStore, refuse_default_graph
from kg.stores.passages import PassageSource

__all__ = ["Neo4jStore", "open_store"]

_SKIPS_ROWS = re.compile(r"\bOFFSET\b", re.IGNORECASE)
"""How many rows are enough is not known of such a query; the word may as well be a name, which does no harm."""


_POSITIONS = 100
"""How many places in the history are known of which the kept copy's journal may tell what came after."""


class Neo4jStore:
    """A store whose quads are in a database. `open_store` makes one; safe for threads."""

    def __init__(self, database: LiveDatabase, opening: Opening) -> None:
        self._database, self._opening = database, opening
        self._lock = database.lock
        self._slices: Fetcher | None = None
        self._hidden: tuple[Mark | None, frozenset[NamedNode]] = (None, frozenset())
        self._verdicts = Verdicts()
        self._journalled: dict[str, str] = {}  # of a position, the kept copy's own

    @property
    def dataset(self) -> Dataset:
        """Return what the default graph is."""
        return self._opening.dataset

    @property
    def revision(self) -> int:
        """Return how many commits were tried, and how often it was found that others had written."""
        return self._database.revision

    # --- reading

    def position(self) -> str:
        """Return the mark of the database, as a text."""
        with self._lock:
            mark = self._database.now()
            copy = self._database.copy.at(mark)
            position = f"{mark.run} {' '.join(sorted(mark.bookmarks))}"
            if copy is not None:
                self._journalled = {**dict(list(self._journalled.items())[-_POSITIONS:]), position: copy.position()}
            return position

    def touched(self, since: str) -> frozenset[NamedNode | BlankNode] | None:
        """Return what the kept copy followed since it was at a mark; None where it was read anew, or others wrote."""
        with self._lock:
            copy = self._database.copy.at(self._database.now())
            at = self._journalled.get(since)
            return None if copy is None or at is None else copy.touched(at)

    def match(
        self,
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: GraphName | None = None,
    ) -> Iterator[Quad]:
        """Yield the quads that fit a pattern, as the protocol says.

        What others have written in the last 50 ms may be missing; `query` sees it.
        """
        pattern = QuadPattern(subject, predicate, None if object is None else canonical(object), graph_name)
        with self._database.use_copy(TRUST) as copy:
            if copy is not None:
                found = copy.match(subject, predicate, object, graph_name)
                first = list(itertools.islice(found, 1))  # from here on it is read as the copy is now
        if copy is not None:
            yield from first
            yield from found
        elif graph_name == DefaultGraph() and self.dataset == "merged":
            yield from self._merged(replace(pattern, graph_name=None))
        else:
            yield from self._matched(pattern)

    def _merged(self, pattern: QuadPattern) -> Iterator[Quad]:
        seen, hidden = set[Quad](), self._read_hidden()
        for quad in self._matched(pattern):
            triple = Quad(quad.subject, quad.predicate, quad.object)
            is_left_out = quad.graph_name in self._opening.excluded or is_hidden(quad, hidden)
            if not is_left_out and triple not in seen:
                seen.add(triple)
                yield triple

    def _read_hidden(self) -> frozenset[NamedNode]:
        """Return what the default graph leaves out, asked anew where the database is not as it was."""
        mark, hiding = self._database.seen(), self._opening.hiding
        if mark is None or mark != self._hidden[0]:
            pattern = QuadPattern(hiding, HIDES, None, hiding)
            found = frozenset[NamedNode]() if hiding is None else hidden_in(self._matched(pattern))
            self._hidden = self._database.seen(), found
        return self._hidden[1]

    def _matched(self, pattern: QuadPattern) -> Iterator[Quad]:
        """Yield what a pattern finds: as it was at one moment, unless it is more than one query may fetch."""
        database, most = self._database, self._opening.slice_quads
        for _ in range(TRIES):
            with database.reading(database.seen()) as session:
                matches = match_quads(session, pattern, database.names, database.absent)
                found = list(itertools.islice(matches, most))
                database.spend(len(found))
                if len(found) < most and not session.is_snapshot():
                    database.forget()
                    continue
                yield from found
                yield from matches
                return
        raise database.changing()

    def graph_names(self) -> Iterator[NamedNode | BlankNode]:
        """Yield the names of the named graphs that hold a quad."""
        with self._database.use_copy(TRUST) as copy:
            found = None if copy is None else list(copy.graph_names())
        yield from self._read_graph_names() if found is None else found

    def _read_graph_names(self) -> list[NamedNode | BlankNode]:
        database = self._database
        for _ in range(TRIES):
            with database.reading(database.seen()) as session:
                found = list(read_graph_names(session, database.names, database.absent))
                database.spend(0)
                if session.is_snapshot():
                    return found
                database.forget()
        raise database.changing()

    def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        """Answer a SPARQL query from the database as it is now, as `OxigraphStore.query` answers it.

        Raises:
            SliceTooLargeError: the query can see more than may be fetched, and the graph is too large for a copy.
            StoreChangingError: others write so much that no moment could be read.
        """
        with self._database.use_copy() as copy:
            if copy is not None:
                return copy.query(text, dataset, prefixes)
        self._part().query(text, dataset, prefixes)  # nothing is fetched for what is no query
        try:
            return self._answered_from_slice(text, dataset, prefixes)
        except SliceTooLargeError:
            with self._lock:
                copy = self._database.read_copy()
                if copy is None:
                    raise
                return copy.query(text, dataset, prefixes)

    def _answered_from_slice(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
        wanted = slice_of(text, prefixes, dataset)
        at = self._database.seen()
        if wanted.limit is None or _SKIPS_ROWS.search(text):
            pages: Iterable[Fetched] = (self._fetcher().fetch(wanted, at),)
        else:
            pages = self._fetcher().fetch_pages(wanted, at)
        for fetched in pages:
            part = self._part()
            part.fill(fetched.quads)
            part.list_graphs(fetched.graph_names)
            if fetched.is_complete or _has_rows(part.query(text, dataset, prefixes), wanted.limit):
                break
        self._database.spend(len(fetched.quads))
        return part.query(text, dataset, prefixes)

    def _part(self) -> OxigraphStore:
        """Return an empty store for a part of this one."""
        return OxigraphStore(None, self.dataset, self._opening.excluded, hiding=self._opening.hiding)

    def profile(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> str:
        """Return how a query is answered: from the kept copy, or from a slice, which is fetched to tell."""
        with self._database.use_copy() as copy:
            if copy is not None:
                return "Answered from the kept copy, which holds what the database holds."
        return profile(self._fetcher(), self._part(), text, dataset, prefixes)

    def cypher(self, is_writing: bool = False, seconds: float | None = None) -> CypherTransaction:
        """Begin a transaction on the server, as the protocol says.

        Raises:
            StoreReadOnlyError: it would write, and the store was opened for reading.
        """
        if is_writing:
            self._refuse_read_only()
        decisions = NamedNode(f"{self._opening.base}graph/decisions")
        return ServerTransaction(self._database, self._verdicts, is_writing, seconds, decisions)

    def _refuse_read_only(self) -> None:
        if self._opening.read_only:
            at = self._database.server.address.uri
            raise StoreReadOnlyError(f"Cannot write the graph at {at}: it was opened for reading.")

    def _fetcher(self) -> Fetcher:
        database = self._database
        if self._slices is None:
            most, excluded, hiding = self._opening.slice_quads, self._opening.excluded, self._opening.hiding
            hiding = hiding if self.dataset == "merged" else None
            self._slices = Fetcher(database.server, database.catalogue, database.absent, most, excluded, hiding)
        return self._slices

    # --- writing

    def commit(self, change: Change) -> None:
        """Apply a change in one transaction of the database, all or nothing.

        Raises:
            StoreReadOnlyError: the store was opened for reading.
            StoreError: a quad is of a derived default graph; nothing was changed.
        """
        self._refuse_read_only()
        if self.dataset == "merged":
            refuse_default_graph(change)
        if change.add or change.remove:
            with self._lock:
                self._database.write(change)

    @property
    def shows_passages(self) -> bool:
        """Tell whether other programs find passages in the store itself (`keep_passages`)."""
        return True

    def keep_passages(self, source: PassageSource) -> bool:
        """Bring the passages up to date that Neo4j's own indexes find."""
        if self._opening.read_only:
            return False
        with self._lock:
            return keep_passages(self._database, source)

    def fill(self, quads: Iterable[Quad], offline: OfflineImport | None = None) -> None:
        """Write quads into the database, which holds no graph yet."""
        database = self._database
        with self._lock:
            self._slices = None
            try:
                connection, catalogue = fill_database(
                    database.server, database.catalogue, self._opening, database.absent, quads, offline
                )
            except BaseException:
                database.spoil()
                raise
            database.replace(connection, catalogue)

    # --- copies

    def verify(self) -> MergeReport:
        """Read all of the database, and compare the kept copy with it; a copy that differs is not used again."""
        with self._lock:
            return self._database.compare_copy()

    def checkpoint(self, folder: str) -> None:
        """Write what another process needs to read this store, also when it has gone on, into a new folder.

        That is how the server is reached, with the password, and the kept copy if there is one. Whoever opens the
        folder sees what the database holds then.
        """
        target = Path(folder)
        with self._lock:
            server = self._database.server
            try:
                target.mkdir(parents=True)
            except OSError as error:
                raise StoreError(f"Cannot write a checkpoint ({folder}): {error}") from error
            write_record(target, Record(server.address, self._database.home))
            self._database.copy.checkpoint(target / COPY)

    def scratch(self, folder: str) -> Store:
        """Return a store that reads this one until it is changed, and then a copy of it in a folder not there yet.

        Raises:
            StoreError: the folder exists.
        """
        if Path(folder).exists():
            raise StoreError(f"Cannot make a copy of the store in {folder}: it exists.")
        return ScratchStore(self, Path(folder))

    def copy_into(self, folder: Path) -> OxigraphStore:
        """Return an embedded store in a new folder with all that the database holds now.

        Raises:
            SliceTooLargeError: that is more than may be copied.
        """
        with self._lock:
            copy = self._database.copy_into(folder)
        if copy is None:
            advice = "What is to be changed is worked out on a copy of the graph: raise neo4j.copy_quads."
            raise SliceTooLargeError(self._opening.copy_quads, advice)
        return copy

    def about(self) -> Mapping[str, str | int]:
        """Return what `about.describe` says."""
        with self._lock:
            return describe(self._database.server, self._database.copy, self._opening.copy_quads)

    def close(self) -> None:
        """Release the connections and the copy."""
        with self._lock:
            self._database.close()


def open_store(opening: Opening) -> Neo4jStore:
    """Open a store as `kg.stores.STORES` says; without an address, on the server that the folder's record names.

    Raises:
        StoreError: there is neither. StoreUnreachableError: the server does not answer.
        StoreBoundError: its database is another home's.
    """
    record = None if opening.folder is None else read_record(opening.folder)
    server = opening.server or (record.server if record is not None else None)
    if server is None:
        raise StoreError(
            "The graph is in Neo4j, and nothing says where. Start a server with `kg neo4j up`, or name yours: "
            "NEO4J_URI, NEO4J_USERNAME and NEO4J_PASSWORD."
        )
    connection = Connection(server)
    try:
        catalogue, home = prepare(connection, opening)
        if opening.folder is not None and not (opening.read_only or opening.is_shared):
            make_private(opening.folder)
            write_record(opening.folder, Record(server, home))
        return Neo4jStore(LiveDatabase(connection, catalogue, opening, home), opening)
    except BaseException:
        connection.close()
        raise


def _has_rows(result: ResultSet, number: int | None) -> bool:
    """Tell whether an answer that may lack solutions is enough all the same."""
    if isinstance(result, Boolean):
        return result.value
    if not isinstance(result, Solutions) or number is None:
        return False
    return sum(1 for _ in itertools.islice(result.rows, number)) == number
