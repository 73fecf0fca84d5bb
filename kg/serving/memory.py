"""How much memory a server takes, with all processes that it has started."""

from __future__ import annotations

import contextlib
import ctypes
import sys

import psutil

__all__ = ["give_free_back", "limit_arenas", "memory_of_server"]

_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's malloc.h."""
_ARENAS = 2


def limit_arenas() -> None:
    """Have all threads of this process share two of malloc's arenas; to be called before there are threads.

    By itself glibc gives threads up to eight arenas a processor, and what is free in one is of no use to another. A
    server opens its store anew after each command that wrote, some ten megabytes in many small pieces, in whichever
    thread is asked next: without a limit its memory grows with every arena that has had its turn, though nothing is
    kept. Python's own lock keeps threads from waiting for each other here. Where there is no glibc nothing happens.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):  # another C library
            ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def give_free_back() -> None:
    """Give the system what malloc holds free: of a store that was closed, that is most of what it took."""
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError, OSError):
            ctypes.CDLL(None).malloc_trim(0)


def memory_of_server() -> tuple[int, int]:
    """Return the bytes of this process, and those of its children together; what cannot be seen counts nothing."""
    own = children = 0
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process()
        own = process.memory_info().rss
        for child in process.children(recursive=True):
            with contextlib.suppress(psutil.Error, OSError):
                children += child.memory_info().rss
    return own, children
