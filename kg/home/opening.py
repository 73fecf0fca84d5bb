"""Who may open the store of a home, and when: one writer or several readers, with or without a server."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kg.errors import StoreError, StoreLockedError
from kg.home.checkpoints import Checkpoint, make_checkpoint, open_checkpoint, sweep
from kg.home.folder import Home, create_home, file_errors
from kg.home.locks import open_lock, try_lock
from kg.home.owners import Owner, read_owner, write_owner
from kg.home.running import RunningServer, ServerSilentError, find_server
from kg.stores.files import copy_store, holds_store, is_live, kind_in

__all__ = ["OpenStore", "open_for_reading", "open_for_writing", "open_offered"]

_T = TypeVar("_T")
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class OpenStore:
    """Where the store to open lies, and what the reader should be told about it."""

    path: Path
    notice: str | None = None


@contextlib.contextmanager
def open_for_writing(home: Home, command: str, pid: int, wait: float = 10.0, long: bool = False) -> Iterator[OpenStore]:
    """Own the store for the run of a command; nobody else has it open meanwhile. Makes the home when absent.

    A server that has it is asked to lend it.

    Args:
        command: how others are told who it is: "kg ingest notes".
        wait: seconds to wait for those who have it.
        long: let others read the store as it is now while this runs; without a store they wait.

    Raises:
        StoreLockedError: somebody still has it, and who. StoreError: the folder cannot be written, and why.
    """
    create_home(home)
    with contextlib.ExitStack() as stack:
        with file_errors(home):
            lock = stack.enter_context(open_lock(home.lock))

            def attempt() -> bool | None:
                if try_lock(lock, exclusive=True):
                    return True
                server, owner = find_server(home), read_owner(home)
                if server is not None and owner is not None and owner.pid == server.pid:
                    server.lend()
                    return try_lock(lock, exclusive=True) or None
                return None

            _until(home, wait, attempt)
            sweep(home)
            offered = _offer(home) if long and holds_store(home.store) else None
            write_owner(home, Owner(pid, command, offered))
        process = os.getpid()
        try:
            yield OpenStore(home.store)
        finally:
            if os.getpid() == process:  # and not a worker that was forked off and unwinds
                with contextlib.suppress(OSError):  # what stays behind is swept by the next writer
                    home.owner.unlink()
                    sweep(home)


@contextlib.contextmanager
def open_for_reading(home: Home, wait: float = 10.0) -> Iterator[OpenStore]:
    """Share the store with other readers; while a server or a long run has it, read what it gives for that.

    Args:
        wait: seconds to wait for a short run to end.

    Raises:
        ConfigError: there is no home. StoreLockedError: a writer still has the store, and who.
    """
    home.check_exists()
    with contextlib.ExitStack() as stack:
        with file_errors(home):
            lock = stack.enter_context(open_lock(home.lock))

            def attempt() -> OpenStore | None:
                server = find_server(home)
                if server is not None:  # also while it has lent the store: a reader would keep it from its writing
                    return _open_served(home, server, stack)
                if try_lock(lock, exclusive=False):
                    return OpenStore(home.store)
                return _open_offered(home, stack)

            opened = _until(home, wait, attempt)
        yield opened


def _until(home: Home, wait: float, attempt: Callable[[], _T | None]) -> _T:
    """Return the first result of an attempt that is made again and again.

    Raises:
        StoreLockedError: there was none in this many seconds, or the server that has the store is silent.
    """
    started = time.monotonic()
    while True:
        left = max(0.0, started + wait - time.monotonic())
        try:
            result = attempt()
        except ServerSilentError as error:
            server = find_server(home)
            if server is not None:
                waited = time.monotonic() - started
                raise StoreLockedError(str(home.store), f"{server}, which does not answer", round(waited, 1)) from error
            result = None  # it has ended meanwhile
        if result is not None:
            return result
        if not left:
            owner = read_owner(home)
            raise StoreLockedError(str(home.store), str(owner) if owner else "a command that is reading it", wait)
        time.sleep(min(_POLL_SECONDS, left))


def _offer(home: Home) -> str:
    """Make a checkpoint of the closed store for others, who alone keep it from being swept."""
    checkpoint = make_checkpoint(home, functools.partial(copy_store, home.store))
    checkpoint.close()
    return checkpoint.folder.name


def open_offered(home: Home) -> tuple[Checkpoint, Owner] | None:
    """Open what a living long run offers; None where there is nothing, or it was taken away just now.

    What is offered of another store of the home counts as nothing.
    """
    owner = read_owner(home)
    if owner is None or owner.checkpoint is None:
        return None
    checkpoint = open_checkpoint(home, owner.checkpoint)
    if checkpoint is not None and kind_in(checkpoint.folder) != home.kind:
        checkpoint.close()
        return None
    return None if checkpoint is None else (checkpoint, owner)


def _open_offered(home: Home, stack: contextlib.ExitStack) -> OpenStore | None:
    found = open_offered(home)
    if found is None:
        return None
    checkpoint, owner = found
    stack.callback(checkpoint.close)
    return OpenStore(checkpoint.folder, _notice(owner, checkpoint))


def _open_served(home: Home, server: RunningServer, stack: contextlib.ExitStack) -> OpenStore | None:
    """Open the checkpoint that the server gives; None when it must be asked again.

    Raises:
        StoreError: it serves another store of the home.
    """
    owner = read_owner(home)
    name = server.checkpoint()
    checkpoint = None if name is None else open_checkpoint(home, name)
    if checkpoint is None:
        return None
    stack.callback(checkpoint.close)
    served = kind_in(checkpoint.folder)
    if served not in (home.kind, None):
        raise StoreError(
            f"{server} serves the {served} store of this home, and {home.kind} was asked for: see KG_STORE."
        )
    other = owner is not None and owner.pid != server.pid
    return OpenStore(checkpoint.folder, _notice(owner, checkpoint) if other else None)


def _notice(owner: Owner | None, checkpoint: Checkpoint) -> str:
    """Say what a reader sees of the work of whoever writes at the same time."""
    seen = "has what it has written so far" if is_live(checkpoint.folder) else "is from before it began"
    return f"{owner} is running; this answer {seen}."
