"""A process that reads the graph for the console, so that what it does can be stopped.

A running Oxigraph query cannot be cancelled, a process can be killed. The store is opened for each task
and closed after it: a console that is left open holds no lock, and every query sees the present state.
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, TypeVar

import click

from kg.cli.cypher import open_for
from kg.cli.session import Session
from kg.errors import KgError, QueryMemoryError, QueryTimeoutError, StoreError

__all__ = ["Reader"]

T = TypeVar("T")

_LAST_SECONDS = 5.0
"""Seconds that a process which has crashed has for its end."""
_SPAWN = multiprocessing.get_context("spawn")


class Reader:
    """Runs functions of a graph in a process of its own, one at a time.

    Args:
        say: is given what the opening of the store has to tell: that an ingest is running, say.
        memory_mb: what the process may take, in MB; 0 is no limit.
    """

    def __init__(
        self,
        session: Session,
        command: str,
        say: Callable[[str], object] = lambda message: None,
        memory_mb: int = 0,
    ) -> None:
        self._session, self._command, self._say, self._memory_mb = session, command, say, memory_mb
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._is_ready = False
        self._lock = threading.Lock()

    def call(self, task: Callable[..., T], *arguments: object) -> T:
        """Return what a function of a module makes of the graph; arguments and result are pickled.

        Raises:
            KgError: as the function does. KeyboardInterrupt: the process was killed.
        """
        return self.call_within(None, task, *arguments)

    def call_within(
        self, seconds: float | None, task: Callable[..., T], *arguments: object, is_writing: bool = False
    ) -> T:
        """Do as `call`, for so long at most from when the process is ready.

        Args:
            is_writing: open the graph so that the function may change it.

        Raises:
            QueryTimeoutError: the process was killed. QueryMemoryError: it took too much, and has ended.
        """
        with self._lock:
            try:
                pipe = self._start()
                if not self._is_ready:
                    self._is_ready = bool(pipe.recv())
                pipe.send((task, arguments, is_writing))
                if not pipe.poll(seconds):
                    assert seconds is not None
                    raise QueryTimeoutError(seconds)
                messages, result, error = pipe.recv()
            except (EOFError, ConnectionError) as error:
                ending = self._ending()
                self._stop()
                if self._memory_mb and ending == -signal.SIGABRT:  # so Oxigraph ends when it is given no more
                    raise QueryMemoryError(self._memory_mb) from error
                raise StoreError("The process that read the graph has ended; it may have run out of memory.") from error
            except (KeyboardInterrupt, QueryTimeoutError):
                self._stop()
                self._start()  # it gets ready while the next query is typed
                raise
            except BaseException:
                self._stop()
                raise
        if messages:
            self._say(messages.rstrip("\n"))
        if error is not None:
            raise _thawed(*error)
        return result  # type: ignore[no-any-return]

    def warm(self) -> None:
        """Start the process, so that the first task need not wait for it."""
        with self._lock:
            self._start()

    def close(self) -> None:
        """End the process, whatever it does."""
        self._stop()

    def _start(self) -> Connection:
        if self._pipe is not None and self._process is not None and self._process.is_alive():
            return self._pipe
        self._stop()
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=_serve, args=(theirs, self._session, self._command, self._memory_mb), daemon=True
        )
        with _no_interrupts():
            process.start()
        theirs.close()
        self._pipe, self._process, self._is_ready = ours, process, False
        return ours

    def _ending(self) -> int | None:
        """Return the exit code of a process that has closed its pipe; None where it goes on all the same."""
        if self._process is None:
            return None
        self._process.join(_LAST_SECONDS)
        return self._process.exitcode

    def _stop(self) -> None:
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if process is not None:
            process.kill()
            process.join()
        if pipe is not None:
            pipe.close()


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Let a process that starts here ignore Ctrl-C from its first instant: the terminal sends it to all of us."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _frozen(error: KgError) -> tuple[type[KgError], str, dict[str, Any]]:
    """Take an error apart: pickle would call its constructor with the message alone."""
    return type(error), str(error), vars(error)


def _thawed(kind: type[KgError], message: str, parts: dict[str, Any]) -> KgError:
    error = kind.__new__(kind, message)
    vars(error).update(parts)
    return error


def _limit_memory(megabytes: int) -> None:
    """Let this process have so much memory of its own; what Oxigraph says when it ends for that is for nobody."""
    limit = megabytes * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _serve(pipe: Connection, session: Session, command: str, memory_mb: int) -> None:
    """Answer tasks until the console ends, even if it ends during one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if memory_mb:
        _limit_memory(memory_mb)
    tasks: SimpleQueue[tuple[Callable[..., object], tuple[object, ...], bool]] = SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, tasks), daemon=True).start()
    with contextlib.suppress(ConnectionError):
        pipe.send(True)  # ready
    while True:
        task, arguments, is_writing = tasks.get()
        messages = io.StringIO()
        result, error = None, None
        with contextlib.redirect_stderr(messages), click.Context(click.Command(command), info_name=command):
            try:
                with open_for(session, is_writing) as graph:
                    result = task(graph, *arguments)
            except KgError as found:
                error = _frozen(found)
            except MemoryError:
                error = _frozen(QueryMemoryError(memory_mb))
            except BaseException as found:  # noqa: BLE001 - the last resort; a panic of a Rust library is no Exception
                error = _frozen(KgError(f"{type(found).__name__}: {found}. This is a bug."))
        with contextlib.suppress(ConnectionError):
            pipe.send((messages.getvalue(), result, error))


def _receive(pipe: Connection, tasks: SimpleQueue[Any]) -> None:
    try:
        while True:
            tasks.put(pipe.recv())
    except (EOFError, ConnectionError):
        os._exit(0)  # the console is gone, and the main thread may be deep in a query
