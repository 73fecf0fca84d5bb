"""How many connections there may be, so that files and readers can still be opened.

A server without a descriptor left cannot start a reader, look at one, or write. So the limit of the process is
raised as far as it may be, and connections get no more than their part of it.
"""

from __future__ import annotations

import contextlib
import sys

if sys.platform != "win32":
    import resource

__all__ = ["most_connections"]

_MOST = 1000
_FEWEST = 16
_ENOUGH = 8192
"""Descriptors beyond which more are of no use here."""
_OWN = 384
"""For the store, what is imported, and answers kept in files for slow clients."""
_A_READER = 8
"""Pipes, and what is open for a moment while one starts or is looked at."""


def most_connections(readers: int) -> int:
    """Return how many connections may be open at once beside some readers; raises the limit of open files first."""
    if sys.platform == "win32":
        return _MOST
    left = _raise_limit() - _OWN - _A_READER * readers
    return max(_FEWEST, min(_MOST, left))


if sys.platform != "win32":

    def _raise_limit() -> int:
        """Raise the soft limit of open files towards the hard one, and return what it is then."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        infinite = resource.RLIM_INFINITY
        wanted = _ENOUGH if hard == infinite else min(hard, _ENOUGH)
        if soft != infinite and soft < wanted:
            with contextlib.suppress(OSError, ValueError):  # macOS: the system's own limit is lower
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                soft = wanted
        return _ENOUGH if soft == infinite else soft
