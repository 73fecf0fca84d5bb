"""The readers of a server: processes that answer queries, and are killed where a query takes too much.

A running Oxigraph query cannot be cancelled, and one that takes all memory or overflows the stack ends its
process; so no query runs in the server's own. What a query may take:

- Time: the seconds that its reader works. While a client takes its time to read a long answer the clock
  stands still; but a reader waits at most ten minutes in all for its client.
- Memory: what its process takes, looked at twenty times a second; and all readers together take at most
  half of the machine's, else those that rest are ended, and then the largest is stopped.
- Its turn: a query that has worked for a second lets all others go first, where there are others.
- Its client: where whoever asked has left, nobody needs the answer. For one that reads slowly the server keeps
  a part of the answer, and gives it up where others wait (`api.connections`).

An answer of up to a megabyte is whole before it is handed on, so its reader is free at once, and no error
comes after its first bytes. In a longer one an error is raised while it is read: it must not look complete.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping

from kg.errors import QueryMemoryError, QueryTimeoutError, ServerBusyError, ServerStoppingError
from kg.home import Home
from kg.home.checkpoints import make_checkpoint, remove_checkpoint
from kg.limits import UNLIMITED, Limits
from kg.model import Change
from kg.ontology import Ontology
from kg.query.update import UpdateCount
from kg.rdf import PREFIXES
from kg.results import DatasetClause
from kg.serving.answers import Answer
from kg.serving.frames import (
    END,
    ERROR,
    FIRST_BYTES,
    HEADER,
    Ask,
    CypherRequest,
    DocumentRequest,
    Kind,
    Plan,
    Question,
    Setup,
    decode_error,
)
from kg.serving.leases import Lease
from kg.serving.plans import read_plan
from kg.serving.pool_settings import PoolSettings
from kg.serving.reader import Message, Reader, cypher_message, document_message
from kg.serving.starting import RETRY_SECONDS, Starts
from kg.serving.stopping import are_too_large, is_long, reason_to_stop

__all__ = ["Answer", "Kind", "PoolSettings", "Question", "ReaderPool"]

_logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.05
_REST_SECONDS = 30.0
"""Seconds after which an idle reader lets go of its checkpoint, which takes disk."""
_START_SECONDS = 0.5
"""Seconds from the start of one spare reader to the next."""
_AS_WRITTEN = DatasetClause()


class ReaderPool:
    """Starts readers when they are needed, keeps one ready, and looks after those that work. Safe for threads.

    Args:
        lease: returns the newest checkpoint; called once for each question.
    """

    def __init__(self, lease: Callable[[], Lease], settings: PoolSettings) -> None:
        self._lease, self._settings = lease, settings
        setup = Setup(settings.store, settings.opening, settings.remote, settings.searched)
        self._changed = threading.Condition()
        self._idle: list[Reader] = []  # who was needed last is at the end, and the next to be asked: it is warm
        self._busy: set[Reader] = set()
        self._waiting = 0
        self._starts = Starts(setup, self._changed, self._welcome)
        self._is_closed = False
        self._monitor: threading.Thread | None = None
        self._told: set[str] = set()
        self.on_timeout: Callable[[], None] = _do_nothing
        """Called whenever a question has taken too long, by another thread than asked; returns at once."""

    @property
    def is_watched(self) -> bool:
        """Tell whether what watches over the limits of queries runs, or no reader was ever needed."""
        return self._monitor is None or self._monitor.is_alive()

    @property
    def is_crowded(self) -> bool:
        """Tell whether all readers are taken, and somebody waits for one."""
        return self._waiting > 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """Return how many readers work, how many rest, and how many questions wait for one."""
        return len(self._busy), len(self._idle), self._waiting

    def warm(self) -> None:
        """Start the first reader."""
        with self._changed:
            self._check_open()
            if not self._idle and not self._busy:
                self._start()

    def ask(self, question: Question, is_abandoned: Callable[[], bool] | None = None) -> Answer:
        """Answer a question from a checkpoint that has every commit which ended before the call.

        Args:
            is_abandoned: tells whether nobody waits for the answer any more; asked from another thread.

        Raises:
            ClientGoneError: so it was.
            ServerBusyError: no reader was free in time.
            QueryTimeoutError, QueryMemoryError, QueryCrashError: its reader was stopped, or stopped.
            NotAcceptableError: the question names no format for this kind of answer.
            KgError: whatever `run_sparql` and the writers of answers raise.
        """
        return self._answered(
            lambda _, lease: Ask(str(lease.folder), lease.number, question), question.limits.seconds, is_abandoned
        )

    def ask_cypher(
        self, request: CypherRequest, ontology: Ontology, is_abandoned: Callable[[], bool] | None = None
    ) -> Answer:
        """Answer statements that only read, as `ask` answers a question.

        Raises:
            As `ask`; and an error of a statement that comes before its answer has begun.
        """
        return self._answered(cypher_message(request, ontology), request.limits.seconds, is_abandoned)

    def ask_document(self, request: DocumentRequest, ontology: Ontology, limits: Limits = UNLIMITED) -> Answer:
        """Answer by one JSON document, as `ask` answers a question."""
        return self._answered(document_message(request, ontology), limits.seconds, None)

    def _answered(self, message: Message, seconds: float | None, is_abandoned: Callable[[], bool] | None) -> Answer:
        with self.using(self.reserve()) as reader:
            with self.aimed(reader, message, seconds, is_abandoned):
                kind, payload = reader.receive()
            format_name, pieces, size = "", [], 0
            while kind not in (END, ERROR):
                if kind == HEADER:
                    format_name = payload.decode()
                else:
                    pieces.append(payload)
                    size += len(payload)
                if size >= FIRST_BYTES:
                    return Answer(self, reader, format_name, pieces)
                kind, payload = reader.receive()
            self.give_back(reader)
        if kind == ERROR:
            raise decode_error(payload)
        return Answer(self, None, format_name, pieces)

    @contextlib.contextmanager
    def aimed(
        self, reader: Reader, message: Message, seconds: float | None, is_abandoned: Callable[[], bool] | None = None
    ) -> Iterator[None]:
        """Send a question; after the block, which waits for a reply, the reader surely reads the new checkpoint."""
        lease = self._lease()
        spent: Lease | None = lease
        if reader.lease_number != lease.number:
            spent = reader.hold(lease)
        try:
            reader.begin(message(reader, lease), seconds, is_abandoned)
            yield
        finally:
            if spent is not None:
                spent.release()

    def plan(
        self,
        update: str,
        ontology: Ontology,
        dataset: DatasetClause = _AS_WRITTEN,
        limits: Limits = UNLIMITED,
        prefixes: Mapping[str, str] = PREFIXES,
        is_abandoned: Callable[[], bool] | None = None,
    ) -> tuple[Change, UpdateCount]:
        """Return what an update would change, by running it on a copy of the newest checkpoint.

        The caller keeps others from writing until it has committed the change.

        Args:
            ontology: what a change entails depends on it, and a later operation of the request may see that.

        Raises:
            As `ask`, and whatever `run_update` raises.
        """
        reader = self.reserve()
        with contextlib.ExitStack() as stack:
            stack.callback(self.drop, reader)  # after it its memory is of no use to a query
            lease = self._lease()
            stack.callback(lease.release)
            # Beside the checkpoint, for hard links, and like it swept by the next writer if the server is killed.
            copy = make_checkpoint(Home(lease.folder.parent.parent), lambda _folder: None)
            stack.callback(remove_checkpoint, copy.folder)
            stack.callback(copy.close)
            stack.callback(self.drop, reader)
            plan = Plan(str(lease.folder), str(copy.folder), ontology, update, dataset, prefixes)
            reader.begin(plan, limits.seconds, is_abandoned)
            return read_plan(reader)

    # --- readers come and go

    @contextlib.contextmanager
    def using(self, reader: Reader) -> Iterator[Reader]:
        """Use a reader in a block; an error in it ends the reader, for nobody knows what it would send next."""
        try:
            yield reader
        except BaseException:
            self.drop(reader)
            raise

    def reserve(self) -> Reader:
        """Return a reader that has started; wait for one that is free, or for one to start. The caller gives it back.

        Raises:
            ServerBusyError: no reader was free in time.
        """
        deadline = time.monotonic() + self._settings.queue_seconds
        with self._changed:
            failures = self._starts.failures
            while True:
                self._check_open()
                may_more = len(self._busy) < self._settings.readers
                reader = self._ready() if may_more else None
                if reader is not None:
                    self._busy.add(reader)
                    self._changed.notify_all()
                    return reader
                # Who waits for a start is not told that the server is busy: it is slow, and that passes.
                can_wait = may_more and (bool(self._starts.pending) or self._starts.failures == failures)
                if not can_wait and time.monotonic() >= deadline:
                    raise ServerBusyError(self._settings.queue_seconds)
                if may_more:
                    self._start()
                self._wait(deadline, may_more)

    def _wait(self, deadline: float, may_more: bool) -> None:
        """Wait until something changes; where a start is waited for, it is tried again if it fails."""
        self._waiting += not may_more
        try:
            starts = may_more and bool(self._starts.pending)
            left = RETRY_SECONDS if may_more else max(0.0, deadline - time.monotonic())
            self._changed.wait(None if starts else left)
        finally:
            self._waiting -= not may_more

    def _ready(self) -> Reader | None:
        while self._idle:
            reader = self._idle.pop()
            if reader.is_alive():
                return reader
            reader.end()
        return None

    def _start(self) -> None:
        """Start a reader, and whoever looks after it; it is idle as soon as it says that it is ready."""
        try:
            self._watch()
        except RuntimeError as error:  # no more threads; nothing runs unwatched
            self._starts.fail(error)
        else:
            self._starts.begin()

    def _welcome(self, reader: Reader) -> None:
        """Take in a reader that has started."""
        if self._is_closed:
            reader.end()
        else:
            self._rest(reader, 0)  # it has nothing loaded yet, so whoever has is asked before it

    def _rest(self, reader: Reader, place: int) -> None:
        reader.finish()
        reader.idle_since = time.monotonic()
        self._idle.insert(place, reader)

    def give_back(self, reader: Reader) -> None:
        """Return a reader that has answered; one that is of no more use is ended."""
        limit = self._settings.memory_mb * 1_000_000
        is_large = reader.memory > limit * self._settings.resting > 0  # memory that was freed stays with the process
        if self._is_closed or reader.is_lowered or is_large or not reader.is_alive():
            self.drop(reader)
            return
        with self._changed:
            if reader in self._busy:
                self._busy.discard(reader)
                self._rest(reader, len(self._idle))
            self._changed.notify_all()

    def drop(self, reader: Reader) -> None:
        """End a reader, and give back what it held; twice is no error."""
        with self._changed:
            is_ours = reader in self._busy
            self._busy.discard(reader)
            self._changed.notify_all()
        if is_ours:
            reader.end()

    def close(self) -> None:
        """End all readers; who waits for one gets an error."""
        with self._changed:
            self._is_closed = True
            for reader in self._busy | self._starts.pending:
                reader.kill(ServerStoppingError())
            idle, self._idle = self._idle, []
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._starts.pending)
        for reader in idle:
            reader.end()
        if self._monitor is not None:
            self._monitor.join()

    def _check_open(self) -> None:
        if self._is_closed:
            raise ServerStoppingError()

    # --- the monitor

    def _watch(self) -> None:
        """See that the monitor runs: without it no query has a limit."""
        if self._monitor is None or not self._monitor.is_alive():
            monitor = threading.Thread(target=self._look, name="readers", daemon=True)
            monitor.start()
            self._monitor = monitor

    def _look(self) -> None:
        while not self._is_closed:
            with self._changed:
                for reader in self._busy:
                    self._surviving(self._look_at, reader)
                self._surviving(self._look_at_all)
                self._surviving(self._trim)
                self._surviving(self._keep_ready)
                if not self._busy and self._idle:
                    self._changed.wait(min(_REST_SECONDS, self._settings.idle_seconds) / 4)
            time.sleep(_LOOK_SECONDS)

    def _surviving(self, look: Callable[..., None], *arguments: Reader) -> None:
        """Do one thing of a round; what fails is told once, and neither the others nor the next round are stopped."""
        try:
            look(*arguments)
        except Exception as error:  # whatever it is: without its monitor no query has a limit
            said = f"{look.__name__}: {type(error).__name__}"
            if said not in self._told:
                self._told.add(said)
                _logger.error("looking after the readers failed, and goes on", exc_info=error)

    def _keep_ready(self) -> None:
        """Have a reader ready for the next question."""
        if not self._idle and not self._starts.pending and time.monotonic() >= self._starts.last + _START_SECONDS:
            self._start()

    def _look_at(self, reader: Reader) -> None:
        reader.measure()
        reason = reason_to_stop(reader, self._settings.memory_mb)
        if reason is not None:
            reader.kill(reason)
            if isinstance(reason, QueryTimeoutError):
                self.on_timeout()
        elif self._settings.lowers and len(self._busy) > 1 and not reader.is_lowered and is_long(reader):
            reader.lower()

    def _look_at_all(self) -> None:
        working = [reader for reader in self._busy if reader.is_alive()]
        if not are_too_large([*self._idle, *working]):
            return
        if self._idle:
            self._idle.pop(0).end()
        elif working:
            largest = max(working, key=lambda reader: reader.memory)
            largest.kill(QueryMemoryError(largest.memory // 1_000_000))

    def _trim(self) -> None:
        """End readers that nobody has needed for long, but the last; and have those that stay let go of what they read.

        So whoever asks now and then, beside others, need not wait until another reader has loaded what it needs.
        """
        now = time.monotonic()
        for reader in self._idle[:-1]:
            if reader.idle_since < now - self._settings.idle_seconds:
                self._idle.remove(reader)
                reader.end()
        for reader in self._idle:
            if reader.lease_number is not None and reader.idle_since < now - _REST_SECONDS:
                reader.rest()


def _do_nothing() -> None:
    pass
