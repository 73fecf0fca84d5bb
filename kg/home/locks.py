"""File locks of the operating system: they end with their process, however it ends."""

from __future__ import annotations

import functools
import os
import sys
import weakref
from pathlib import Path
from typing import IO

# On POSIX portalocker would make the same call of flock, and it takes 60 ms to import.
if sys.platform == "win32":
    import portalocker
else:
    import fcntl

__all__ = ["open_lock", "try_lock"]

_opened: weakref.WeakSet[IO[bytes]] = weakref.WeakSet()


def open_lock(path: Path, create: bool = True) -> IO[bytes]:
    """Open a lock file, made when absent; a home on a read-only disk is opened as it is.

    Raises:
        FileNotFoundError: it is absent and may not be made.
    """
    try:
        file: IO[bytes] = open(path, "a+b" if create else "rb")  # noqa: SIM115 (the caller closes it)
    except OSError:
        file = open(path, "rb")  # noqa: SIM115
    _close_in_children()
    _opened.add(file)
    return file


@functools.cache
def _close_in_children() -> None:
    """Let a forked worker drop its copies of the locks, else one that outlives its parent would keep them."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_close_all)


def _close_all() -> None:
    for file in list(_opened):
        file.close()


def try_lock(file: IO[bytes], exclusive: bool) -> bool:
    """Lock a file until it is closed, if that can be done at once; a second call changes the kind of the lock."""
    if sys.platform == "win32":
        mode = portalocker.LockFlags.EXCLUSIVE if exclusive else portalocker.LockFlags.SHARED
        try:
            portalocker.lock(file, mode | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.AlreadyLocked:
            return False
    else:
        try:
            fcntl.flock(file, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
