"""The owner of a served home's store: it writes, gives checkpoints to readers, and lends the store.

Other commands on the home run as ever, on the store itself; the owner lets go of it for their turn
(docs/decisions/005-commands-take-turns-with-the-server.md). It takes the store back when it needs it: to
write, or to read what somebody else has written.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from kg.config import Config
from kg.errors import ServerStoppingError, StoreLockedError
from kg.graph import KnowledgeGraph, excluded_graphs, home_minter, open_graph
from kg.home import Home, open_for_writing, read_owner, with_base
from kg.home.checkpoints import make_checkpoint
from kg.home.locks import open_lock, try_lock
from kg.home.opening import open_offered
from kg.iri import Minter
from kg.ontology import Ontology
from kg.rdf import NamedNode
from kg.serving.leases import Lease, Leases
from kg.serving.memory import give_free_back
from kg.serving.ontology_files import WatchedOntology
from kg.stores import Dataset
from kg.stores.files import copy_store, holds_store, store_state

__all__ = ["Lease", "StoreOwner"]

Recording = Callable[[KnowledgeGraph], contextlib.AbstractContextManager[KnowledgeGraph]]
_T = TypeVar("_T")
_POLL_SECONDS = 0.02
_TURN_SECONDS = 1.0
"""How long the owner does not write after it has lent the store, so that whoever asked gets it."""


class StoreOwner:
    """Owns the store of a home, or has lent it. Safe for threads.

    The store is taken at once if nobody has it; else at the first need. A home without a base IRI gets one,
    as with any first writer.

    Args:
        config: the home's settings, with what environment and flags say.
        command: how others are told who has the store: "kg serve".
        recording: gives a graph to whoever writes, so that what is removed is recorded; None records nothing.

    Raises:
        OntologyError, RdfSyntaxError: the ontology cannot be read. StoreError: the store cannot.
    """

    def __init__(self, home: Home, config: Config, command: str, recording: Recording | None = None) -> None:
        self._home, self._config, self._command = home.of_kind(config.home.store), with_base(home, config), command
        self._wait, self._recording = config.store.lock_wait_seconds, recording or contextlib.nullcontext
        self._writers = threading.Lock()  # held while somebody writes, lends or closes; taken before `_opening`
        self._opening = threading.Lock()  # held while the store is opened, closed or copied
        self._opened: tuple[contextlib.ExitStack, KnowledgeGraph] | None = None
        self._leases = Leases()
        self._leased: object = None  # what of the store the newest checkpoint holds: see `_state`
        self._openings = 0
        self._lent_at = -_TURN_SECONDS
        self._is_closed = self._is_stopping = False
        self._ontology = WatchedOntology(home)
        with self._opening:
            self._take()
        self._minter = home_minter(home, self._config)

    @property
    def minter(self) -> Minter:
        """Return what mints the home's IRIs."""
        return self._minter

    @property
    def ontology(self) -> Ontology:
        """Return the home's ontology as its files are now.

        Raises:
            OntologyError, RdfSyntaxError: they cannot be read.
        """
        return self._ontology.read()

    @property
    def dataset(self) -> Dataset:
        """Return what the default graph is."""
        return self._config.home.dataset

    @property
    def excluded(self) -> frozenset[NamedNode]:
        """Return the graphs outside the default graph."""
        return excluded_graphs(self._minter)

    def lease(self, wait: float | None = None) -> Lease:
        """Return a checkpoint that is at least as new as every commit that ended before the call.

        While another process writes it is the last one, or what that process offers.

        Args:
            wait: seconds to wait where there is none yet, else `store.lock_wait_seconds`.

        Raises:
            StoreLockedError: another process writes, there is no checkpoint, and who it is.
        """
        return self._until(wait, self._fresh, lambda: True)

    @contextlib.contextmanager
    def writing(self) -> Iterator[KnowledgeGraph]:
        """Hold the store for writing; one writer at a time, here and among all processes.

        Raises:
            StoreLockedError: somebody else writes for longer than `store.lock_wait_seconds`, and who.
            OntologyError, RdfSyntaxError: the home's ontology cannot be read.
        """
        with self._turn(None):
            graph = self._until(None, self._take_for_writing, lambda: not self._has_just_lent())
            if self._is_stopping:
                raise ServerStoppingError()
            ontology = self._ontology.read()
            graph = graph if graph.ontology is ontology else dataclasses.replace(graph, ontology=ontology)
            with self._recording(graph) as written:
                yield written

    def lend(self, wait: float | None = None) -> None:
        """Let go of the store, so that another process can take it; what was committed stays readable here.

        Args:
            wait: seconds to wait for a writer to end, else `store.lock_wait_seconds`.

        Raises:
            StoreLockedError: a write goes on for longer.
        """
        with self._turn(wait), self._opening:
            self._check_open()
            if self._opened is None:
                return
            if self._leased != self._state():
                self._copy_open(self._opened[1])
            self._let_go()
            self._lent_at = time.monotonic()

    @property
    def is_writing(self) -> bool:
        """Tell whether somebody writes here, or waits for the turn."""
        return self._writers.locked()

    def stop_writing(self) -> None:
        """Have whoever waits for the turn, or asks for it later, get ServerStoppingError; who has it ends as ever."""
        self._is_stopping = True

    def close(self) -> None:
        """Let go of the store for good; checkpoints that are still leased go with their last lease.

        Waits for a writer as long as `writing` does, then closes all the same.
        """
        waited = self._writers.acquire(timeout=self._wait)
        try:
            with self._opening:
                self._is_closed = True
                self._leases.close()
                self._let_go()
        finally:
            if waited:
                self._writers.release()

    # --- taking the store and letting go of it; the caller has `_opening`

    def _take(self) -> KnowledgeGraph | None:
        """Return the open graph; open it if nobody else has the store."""
        self._check_open()
        if self._opened is not None:
            return self._opened[1]
        with contextlib.ExitStack() as stack:
            try:
                place = stack.enter_context(open_for_writing(self._home, self._command, os.getpid(), wait=0))
            except StoreLockedError:
                return None
            graph = open_graph(self._home, self._config, place.path, ontology=self._ontology.read())
            stack.callback(self._note_state)
            stack.callback(graph.store.close)
            self._opened = (stack.pop_all(), graph)
        self._openings += 1
        self._lent_at = -_TURN_SECONDS
        return graph

    def _let_go(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened[0].close()
            del opened  # and with it the engine
            give_free_back()

    def _note_state(self) -> None:
        """Note of a store that was closed just now, and is still locked, that the newest checkpoint holds it."""
        self._leased = self._state()

    def _state(self) -> object:
        """Return what is equal as long as the store holds the same.

        The open store counts its commits. Of a lent one it is whether anybody has opened it for writing. What others
        write on a server that holds the store is no new state: readers see that in any checkpoint.
        """
        opened = self._opened
        if opened is not None:
            return self._openings, opened[1].store.revision
        return store_state(self._home.store)

    # --- checkpoints

    def _fresh(self) -> Lease | None:
        """Return a lease of the newest state that can be had now; None when there is none yet."""
        if self._opened is None or self._leased != self._state():
            with self._opening:
                self._refresh()
        return self._leases.take()

    def _refresh(self) -> None:
        """Make the newest checkpoint as new as can be; the caller has `_opening`."""
        self._check_open()
        if self._leases.newest is not None and self._leased == self._state():
            return  # somebody else was quicker, or the store is lent and nobody has opened it
        graph = self._take()
        if graph is not None:
            self._copy_open(graph)
        elif not self._copy_closed():
            self._adopt()

    def _copy_open(self, graph: KnowledgeGraph) -> None:
        state = self._state()  # before the copy, which may hold more
        self._leases.put(make_checkpoint(self._home, lambda folder: graph.store.checkpoint(str(folder))))
        self._leased = state

    def _copy_closed(self) -> bool:
        """Copy the store while only readers have it, and tell whether that could be done."""
        with open_lock(self._home.lock) as lock:
            if not try_lock(lock, exclusive=False) or not holds_store(self._home.store):
                return False
            state = self._state()
            if self._leases.newest is None or self._leased != state:
                self._leases.put(make_checkpoint(self._home, functools.partial(copy_store, self._home.store)))
                self._leased = state
        return True

    def _adopt(self) -> None:
        """Use what the process that writes offers, which is at least as new as our own."""
        found = open_offered(self._home)
        if found is None:
            return
        checkpoint, _ = found
        if checkpoint.folder == self._leases.newest:
            checkpoint.close()
        else:
            self._leases.put(checkpoint)
            self._leased = None

    # --- turns

    @contextlib.contextmanager
    def _turn(self, wait: float | None) -> Iterator[None]:
        wait = self._wait if wait is None else wait
        if not self._writers.acquire(timeout=wait):
            raise StoreLockedError(str(self._home.store), f"`{self._command}` (pid {os.getpid()})", wait)
        try:
            if self._is_stopping:
                raise ServerStoppingError()
            yield
        finally:
            self._writers.release()

    def _take_for_writing(self) -> KnowledgeGraph | None:
        with self._opening:
            return self._take()

    def _has_just_lent(self) -> bool:
        """Tell whether the store is lent, and whoever asked for it may still be about to take it."""
        waits = self._opened is None and time.monotonic() < self._lent_at + _TURN_SECONDS
        return waits and self._leased == self._state()

    def _until(self, wait: float | None, attempt: Callable[[], _T | None], may: Callable[[], bool]) -> _T:
        wait = self._wait if wait is None else wait
        deadline = time.monotonic() + wait
        while True:
            result = attempt() if may() else None
            if result is not None:
                return result
            if time.monotonic() >= deadline:
                owner = read_owner(self._home)
                raise StoreLockedError(str(self._home.store), str(owner or "a command that is reading it"), wait)
            time.sleep(_POLL_SECONDS)

    def _check_open(self) -> None:
        if self._is_closed:
            raise ServerStoppingError()
