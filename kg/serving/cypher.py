"""Cypher on a server: statements run in readers of their own, and the owner commits what they change.

A transaction that only reads may end with any reader. One that writes in a single request has the turn of the owner
while it runs. One of several requests keeps its reader, and does not keep others from writing meanwhile: if they
have, what it would change is refused (`Outdated`), and its client runs it again. A store whose engine commits itself
leaves nothing to commit here, and its own locks hold.
"""

from __future__ import annotations

import datetime
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from kg.cypher.effects import removes
from kg.errors import KgError, NotFoundError, QueryError, ServerBusyError, StoreChangingError
from kg.graph import KnowledgeGraph, record_missing
from kg.model import Change
from kg.ontology import Ontology
from kg.query.edits import commit_edit
from kg.serving.frames import ADDED, END, ERROR, FAILED, HEADER, REMOVED, AskCypher, CypherRequest, decode_error
from kg.serving.leases import Lease
from kg.serving.plans import read_quads
from kg.serving.pool import ReaderPool
from kg.serving.reader import Reader, cypher_message

__all__ = ["CONCURRENT", "CypherDesk", "OpenTransaction"]

CONCURRENT = "Neo.ClientError.Transaction.TransactionAccessedConcurrently"
"""The code of an error: another request to the same transaction goes on."""

_IDLE_SECONDS = 30.0
"""Seconds after which a transaction ends for which nobody has asked, as in Neo4j."""


class Owner(Protocol):
    """What of `kg.serving.owner.StoreOwner` Cypher needs."""

    @property
    def ontology(self) -> Ontology:
        """Return the home's ontology."""

    def lease(self, wait: float | None = None) -> Lease:
        """Return the newest checkpoint."""

    def writing(self) -> AbstractContextManager[KnowledgeGraph]:
        """Hold the store for writing."""


@dataclass(slots=True)
class OpenTransaction:
    """A transaction of several requests. `interface` is that which began it; the others do not know of it.

    `removes`: one of its statements can take something away.
    """

    id: str
    interface: str
    is_writing: bool
    reader: Reader
    checkpoint: int
    ends_at: float
    removes: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)


class CypherDesk:
    """Answers requests in Cypher. Safe for threads.

    Args:
        pool: of readers that do nothing else, for they keep a property graph.
        most_open: transactions of several requests that may go on at once; each takes a reader.
    """

    def __init__(self, owner: Owner, pool: ReaderPool, most_open: int, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._owner, self.pool = owner, pool
        self._most_open, self._idle_seconds = most_open, idle_seconds
        self._lock = threading.Lock()
        self._open: dict[str, OpenTransaction] = {}
        self._beginning = 0
        self.on_commit: Callable[[int, int], None] = lambda added, removed: None
        """Called in the thread of a request with how many quads it has added and removed."""

    def answer(self, request: CypherRequest, is_abandoned: Callable[[], bool] | None = None) -> Iterable[bytes]:
        """Run the statements of a request in a transaction of their own, and return the answer.

        Raises:
            KgError: whatever the statements raise before the answer has begun; nothing was changed. As
                `ReaderPool.ask`, and for what writes as `run_update_within`.
        """
        self._sweep()
        if not request.is_writing:
            return self.pool.ask_cypher(request, self._owner.ontology, is_abandoned)
        with self._owner.writing() as graph, self.pool.using(self.pool.reserve()) as reader:
            message = cypher_message(request, graph.ontology)
            with self.pool.aimed(reader, message, request.limits.seconds, is_abandoned):
                first = reader.receive()
            reply = _collect(reader, first)
            self.pool.give_back(reader)
            _commit(graph, reply.change, reply.is_well and _removes(request))
        self.on_commit(len(reply.change.add), len(reply.change.remove))
        return [reply.whole()]

    # --- transactions of several requests

    @property
    def expires(self) -> datetime.datetime:
        """Return until when a transaction stays that is asked for now."""
        return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=self._idle_seconds)

    def begin(self, interface: str, is_writing: bool) -> OpenTransaction:
        """Reserve a reader for a transaction; the first request to it begins it.

        Raises:
            ServerBusyError: as many go on as may, or no reader is free.
        """
        self._sweep()
        with self._lock:
            if len(self._open) + self._beginning >= self._most_open:
                error = ServerBusyError(0.0, f"{self._most_open} transactions go on, as many as may")
                error.code = "Neo.TransientError.Transaction.MaximumTransactionLimitReached"
                raise error
            self._beginning += 1
        try:
            reader = self.pool.reserve()
            id_ = str(secrets.randbelow(10**12))
            found = OpenTransaction(id_, interface, is_writing, reader, -1, time.monotonic() + self._idle_seconds)
            with self._lock:
                self._open[id_] = found
        finally:
            with self._lock:
                self._beginning -= 1
        return found

    def find(self, interface: str, id_: str) -> OpenTransaction:
        """Return a transaction that goes on.

        Raises:
            NotFoundError: there is none of that name, or it has ended.
        """
        self._sweep()
        with self._lock:
            found = self._open.get(id_)
        if found is None or found.interface != interface:
            raise NotFoundError("transaction", id_)
        return found

    def go_on(self, transaction: OpenTransaction, request: CypherRequest) -> bytes:
        """Run statements in a transaction, and commit it if the request ends it. An error ends it too.

        Raises:
            KgError: as `answer`. StoreChangingError: it cannot be committed, for others have written since it began.
        """
        with self._held(transaction):
            request = replace(request, begins=transaction.checkpoint < 0, is_writing=transaction.is_writing)
            transaction.removes = transaction.removes or (request.is_writing and _removes(request))
            try:
                reply = self._run(transaction, request)
            except BaseException:
                self._end(transaction, self.pool.drop)
                raise
            try:
                if reply.is_well and request.ends:
                    self._commit(transaction, reply.change)
            finally:
                if request.ends or not reply.is_well:  # the reader has closed it already
                    self._end(transaction, self.pool.give_back)
        return reply.whole()

    def roll_back(self, transaction: OpenTransaction) -> None:
        """End a transaction; nothing of it stays."""
        with self._held(transaction):
            self._end(transaction, self.pool.drop)

    def close(self) -> None:
        """End all transactions and readers."""
        self.pool.close()
        with self._lock:
            found = list(self._open.values())
        for transaction in found:
            self._end(transaction, self.pool.drop)

    @contextmanager
    def _held(self, transaction: OpenTransaction) -> Iterator[None]:
        """Hold a transaction, which does not expire meanwhile, and then stays for as long as ever."""
        if not transaction.lock.acquire(blocking=False):
            error = QueryError(f"Another request to the transaction {transaction.id} goes on; wait for its answer.")
            error.code = CONCURRENT
            raise error
        try:
            with self._lock:  # it may have ended since it was found, and its reader may be somebody else's
                if self._open.get(transaction.id) is not transaction:
                    raise NotFoundError("transaction", transaction.id)
            transaction.ends_at = float("inf")
            yield
        finally:
            transaction.ends_at = time.monotonic() + self._idle_seconds
            transaction.lock.release()

    def _run(self, transaction: OpenTransaction, request: CypherRequest) -> _Reply:
        reader, seconds = transaction.reader, request.limits.seconds

        def has_expired() -> bool:
            return time.monotonic() > transaction.ends_at

        # What looks after the readers asks so, also between two requests.
        if request.begins:
            message = cypher_message(request, self._owner.ontology)
            with self.pool.aimed(reader, message, seconds, has_expired):
                first = reader.receive()
            transaction.checkpoint = reader.lease_number or 0
        else:
            reader.begin(AskCypher("", transaction.checkpoint, None, request), seconds, has_expired)
            first = reader.receive()
        return _collect(reader, first)

    def _commit(self, transaction: OpenTransaction, change: Change) -> None:
        if not (change.add or change.remove):
            if transaction.removes:
                with self._owner.writing() as graph:
                    record_missing(graph)
            return
        with self._owner.writing() as graph:
            lease = self._owner.lease()
            lease.release()
            if lease.number != transaction.checkpoint:
                raise StoreChangingError(
                    "Others have changed the graph since the transaction began, so nothing of it was written. "
                    "Run it again."
                )
            _commit(graph, change, transaction.removes)
        self.on_commit(len(change.add), len(change.remove))

    def _end(self, transaction: OpenTransaction, leave: Callable[[Reader], None]) -> None:
        with self._lock:
            self._open.pop(transaction.id, None)
        leave(transaction.reader)

    def _sweep(self) -> None:
        """End the transactions that nobody has asked for in time; the pool has killed their readers already."""
        with self._lock:
            found = list(self._open.values())
        for transaction in found:
            if transaction.lock.acquire(blocking=False):  # else somebody has asked for it just now
                try:
                    if transaction.ends_at < time.monotonic():
                        self._end(transaction, self.pool.drop)
                finally:
                    transaction.lock.release()


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a reader has sent: an answer and what is left to commit, or an error instead of them."""

    body: bytes
    change: Change
    is_well: bool
    error: KgError | None

    def whole(self) -> bytes:
        """Return the answer.

        Raises:
            KgError: there is none.
        """
        if self.error is not None:
            raise self.error
        return self.body


def _collect(reader: Reader, first: tuple[bytes, bytes]) -> _Reply:
    """Return all that a reader sends."""
    documents: dict[bytes, list[bytes]] = {ADDED: [], REMOVED: []}
    pieces: list[bytes] = []
    kind, payload = first
    while kind not in (END, ERROR):
        if kind in documents:
            documents[kind].append(payload)
        elif kind != HEADER:
            pieces.append(payload)
        kind, payload = reader.receive()
    if kind == ERROR:
        return _Reply(b"", Change(), False, decode_error(payload))
    is_well = payload != FAILED
    change = Change(*(read_quads(documents[each]) for each in (ADDED, REMOVED))) if is_well else Change()
    return _Reply(b"".join(pieces), change, is_well, None)


def _commit(graph: KnowledgeGraph, change: Change, removes: bool) -> None:
    """Commit what a store has left to be committed, and record what is missing where its engine has done so itself."""
    if change.add or change.remove:
        commit_edit(graph, change)
    elif removes:
        record_missing(graph)


def _removes(request: CypherRequest) -> bool:
    """Tell whether a statement of a request can take something away; one that cannot be read was refused."""
    try:
        return any(removes(statement.text) for statement in request.statements)
    except KgError:
        return False
