"""A database that others write too: where it is in its history, and the kept copy of it while that is right.

The copy is read anew when that is cheaper than what was fetched without it since it was right.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from kg.errors import StoreChangingError, StoreError
from kg.model import Change
from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names
from kg.rdf import DefaultGraph, NamedNode, Quad
from kg.stores import MergeReport, Opening
from kg.stores.files import COPY
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.driver import Connection, Mark, ReadSession, Transaction
from kg.stores.neo4j.kept_copy import KeptCopy
from kg.stores.neo4j.reading import SIZE, read_all
from kg.stores.neo4j.writing import Written, write
from kg.stores.oxigraph import OxigraphStore

__all__ = ["TRIES", "TRUST", "LiveDatabase"]

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

TRUST = 0.05
"""Seconds for which a database may be taken to be as it was seen last: an ingest looks up thousands of patterns."""

TRIES = 3
"""How often something is read before it is said that others write too much."""

_CHEAP = 5_000
"""Quads that are read into the copy at once: about the time of a slice."""
_A_TRIP = 100
"""Quads that could have been read into the copy in the time of one question to the server."""
_PATIENCE = 0.25
"""Seconds for which a reader waits for the copy before it does without. A writer may wait for the server for long."""


class LiveDatabase:
    """One home's database. Whoever uses the copy, or writes, holds `lock` from asking for it to having begun to read.

    `revision` counts the writes that were tried, how often others were found to have written, and how often the copy
    was read.
    """

    def __init__(self, connection: Connection, catalogue: Catalogue, opening: Opening, home: str) -> None:
        self.lock = threading.RLock()
        self.revision = 0
        self.catalogue, self.home = catalogue, home
        self.absent: AbsentGraph = (
            NamedNode(f"{opening.base}graph/user") if opening.dataset == "merged" else DefaultGraph()
        )
        folder = None if opening.folder is None else opening.folder / COPY
        keeps = not (opening.read_only or opening.is_shared)
        self.copy = KeptCopy(folder, opening.dataset, opening.excluded, home, not keeps, opening.hiding)
        self._connection: Connection | None = connection
        self._opening = opening
        self._seen: Mark | None = None
        self._seen_at = 0.0
        self._may_have_new_names = True
        self._spent = 0  # what was fetched without the copy since it was right, in quads
        self._sized: tuple[Mark, int] | None = None
        self._too_large = math.inf  # a size that turned out to be too much for the copy

    @property
    def server(self) -> Connection:
        """Return the connection.

        Raises:
            StoreError: it was closed.
        """
        if self._connection is None:
            raise StoreError(f"The store {f'in {self._opening.folder} ' if self._opening.folder else ''}is closed.")
        return self._connection

    @property
    def names(self) -> Names:
        """Return what names mean, as far as the last session knew."""
        return self.catalogue.names

    # --- now

    @contextlib.contextmanager
    def reading(self, after: Mark | None = None) -> Iterator[ReadSession]:
        """Open a session for reading, as `Connection.reading` does, and note where the database is."""
        with self.server.reading(after) as session:
            self._notice(session.first)
            if self._may_have_new_names:
                if self.catalogue.is_stale(session):
                    self.catalogue.read(session)
                self._may_have_new_names = False
            yield session

    def _notice(self, mark: Mark) -> None:
        if self._seen is not None and mark != self._seen:
            self.revision += 1
            self._may_have_new_names = True
        self._seen, self._seen_at = mark, time.monotonic()

    def seen(self) -> Mark | None:
        """Return where the database was a moment ago, None if nobody has asked."""
        return self._seen if time.monotonic() - self._seen_at <= TRUST else None

    def forget(self) -> None:
        """Ask again where the database is, because what was read was not of one moment."""
        self._seen_at = 0.0

    def now(self) -> Mark:
        """Return where the database is."""
        return self._now(0.0)

    def _now(self, trust: float) -> Mark:
        if self._seen is None or time.monotonic() - self._seen_at > trust:
            self._notice(self.server.mark())
        assert self._seen is not None
        return self._seen

    def changing(self) -> StoreChangingError:
        """Return the error that says that others write too much."""
        return StoreChangingError(
            f"Others changed the database at {self.server.address.uri} in each of {TRIES} tries to read it. Try again."
        )

    # --- the copy

    def right_copy(self, trust: float = 0.0) -> OxigraphStore | None:
        """Return the copy if it holds what the database holds, read anew if that is worth it.

        Args:
            trust: seconds for which what was seen last is taken to hold.
        """
        _ = self.server  # which may be closed
        if self._opening.copy_quads <= 0:
            return None
        now = self._now(trust)
        copy = self.copy.at(now)
        if copy is None and self._size_at(now) <= self._spent + _CHEAP:
            with contextlib.suppress(StoreChangingError):  # then it is not cheap
                return self.read_copy()
        return copy

    @contextlib.contextmanager
    def use_copy(self, trust: float = 0.0) -> Iterator[OxigraphStore | None]:
        """Hold the copy as `right_copy` returns it; None also while somebody else holds it for long."""
        if not self.lock.acquire(timeout=_PATIENCE):
            yield None
            return
        try:
            yield self.right_copy(trust)
        finally:
            self.lock.release()

    def spend(self, quads: int) -> None:
        """Note that quads were fetched without the copy, in one trip to the server or more."""
        self._spent += quads + _A_TRIP

    def _size_at(self, mark: Mark) -> int:
        """Return about how many quads the database held at a mark or later."""
        if self._sized is None or self._sized[0] != mark:
            with self.reading(mark) as session:
                ((nodes, relationships),) = session.run(SIZE)
            self._sized = (mark, nodes * 2 + relationships)
        return self._sized[1]

    def read_copy(self) -> OxigraphStore | None:
        """Read all of the database into the copy; None where it is too large.

        Raises:
            StoreChangingError: others wrote during every try.
        """
        allowed = self._opening.copy_quads
        if allowed <= 0 or self._size_at(self._now(TRUST)) >= self._too_large:
            return None
        for _ in range(TRIES):
            with self.reading() as session:
                try:
                    self.copy.fill(_at_most(self._all(session), allowed))
                except _TooManyError:
                    self._too_large = self._size_at(session.first)
                    return None
                if session.is_snapshot():
                    self.copy.settle(session.first)
                    self._spent = 0
                    self.revision += 1
                    return self.copy.at(session.first)
        raise self.changing()

    def _all(self, session: ReadSession) -> Iterator[Quad]:
        return read_all(session, self.names, self.absent)

    def compare_copy(self) -> MergeReport:
        """Read all of the database, and say how the copy differs; one that does is not used again."""
        copy = self.right_copy()
        if copy is None:
            return MergeReport()
        other = KeptCopy(None, self._opening.dataset, self._opening.excluded, self.home, hiding=self._opening.hiding)
        with self.reading() as session:
            other.fill(self._all(session))
            if not session.is_snapshot() or self.copy.at(session.first) is None:
                raise self.changing()
            other.settle(session.first)
            right = other.at(session.first)
        assert right is not None
        report = _difference(right, copy)
        other.close()
        if report:
            self.copy.spoil()
        return report

    def copy_into(self, folder: Path) -> OxigraphStore | None:
        """Return an embedded store in a new folder with all that the database holds; None where it is too large."""
        copy = self.right_copy() or self.read_copy()
        if copy is None:
            return None
        is_filled = self.copy.checkpoint(folder)
        opening = self._opening
        store = OxigraphStore(folder, opening.dataset, opening.excluded, hiding=opening.hiding)
        if not is_filled:
            store.fill(_all_quads(copy))
        return store

    # --- writing

    def write(self, change: Change) -> None:
        """Apply a change in one transaction.

        The copy follows if the ids of the transactions prove that nobody else has written in between.
        """
        try:
            before = self.copy.mark
            written = write(self.server, self.catalogue, change, self.absent)
            if before is not None and _is_next(before, written):
                self._advance(change, written.mark)
            else:
                self._may_have_new_names = True
            self._seen, self._seen_at = written.mark, time.monotonic()
        finally:
            self.revision += 1

    def write_beside(self, work: Callable[[Transaction], T]) -> T:
        """Write what says nothing in the graph, in one transaction, and return what the work returned.

        Args:
            work: may be run again, also where it was done; it uses no new label or key.
        """
        before = self.copy.mark
        value, mark = self.server.write(work, idempotent=True)
        if before is not None and _is_next(before, Written(mark, 1)):
            self._advance(Change(), mark)
        else:
            self._may_have_new_names = True
            self.revision += 1
        self._seen, self._seen_at = mark, time.monotonic()
        return value

    def _advance(self, change: Change, mark: Mark) -> None:
        """Let the copy follow a change, which is done whatever becomes of the copy."""
        try:
            self.copy.advance(change, mark)
        except (StoreError, OSError) as error:
            _LOG.warning("The kept copy of the graph cannot be written and is not used any more: %s", error)
            with contextlib.suppress(OSError):  # what tells its mark names one that has passed
                self.copy.spoil()

    def replace(self, connection: Connection, catalogue: Catalogue) -> None:
        """Take another connection to the same database, which may hold anything now."""
        self._connection, self.catalogue = connection, catalogue
        self.spoil()

    def spoil(self) -> None:
        """Take nothing for granted of what was seen before."""
        self.revision += 1
        self._seen = None
        self._may_have_new_names = True
        self.copy.spoil()

    def close(self) -> None:
        """Release the connections and the copy; calling it twice is no error."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                self.copy.close()
            finally:
                connection.close()


def _is_next(before: Mark, written: Written) -> bool:
    """Tell whether a write is all that has been committed since a mark."""
    since, now = before.transaction, written.mark.transaction
    return since is not None and before.run == written.mark.run and since + written.transactions == now


class _TooManyError(Exception):
    """There are more quads than may be kept."""


def _at_most(quads: Iterable[Quad], number: int) -> Iterator[Quad]:
    for count, quad in enumerate(quads):
        if count >= number:
            raise _TooManyError
        yield quad


def _all_quads(store: OxigraphStore) -> Iterator[Quad]:
    yield from store.match()
    if store.dataset == "separate":
        yield from store.match(graph_name=DefaultGraph())


def _difference(right: OxigraphStore, copy: OxigraphStore) -> MergeReport:
    """Return what a copy lacks, and what it has in excess, its default graph included."""

    def lacking(store: OxigraphStore, other: OxigraphStore) -> tuple[Quad, ...]:
        quads = itertools.chain(store.match(), store.match(graph_name=DefaultGraph()))
        return tuple(quad for quad in quads if next(other.match(*quad), None) is None)

    missing, surplus = ({quad.triple for quad in lacking(*pair)} for pair in ((right, copy), (copy, right)))
    return MergeReport(tuple(sorted(missing, key=str)), tuple(sorted(surplus, key=str)))
