"""How long a query may run and how many rows it may return, and what happens at the limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from kg.errors import QueryTimeoutError

__all__ = ["UNLIMITED", "Deadline", "Limits", "watchdog"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one query: seconds of wall time and rows of the answer; None is no limit."""

    seconds: float | None = None
    rows: int | None = None


UNLIMITED = Limits()
"""No limits: what a short command has unless it is told otherwise."""


class Deadline:
    """When several steps together have to be done: some seconds from now, or never for None."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._ends = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Return the seconds that are left, None for any number.

        Raises:
            QueryTimeoutError: none are.
        """
        if self._ends is None or self._seconds is None:
            return None
        left = self._ends - time.monotonic()
        if left <= 0:
            raise QueryTimeoutError(self._seconds)
        return left

    @contextmanager
    def of_all(self) -> Iterator[None]:
        """Have the error of a step that was given what was left name the seconds of all steps."""
        try:
            yield
        except QueryTimeoutError:
            raise QueryTimeoutError(self._seconds or 0.0) from None


@contextmanager
def watchdog(seconds: float | None, on_timeout: Callable[[], object]) -> Iterator[None]:
    """Call a function in another thread if the block still runs after some seconds.

    A running Oxigraph query cannot be cancelled, but it releases the GIL; so a process that runs one
    query prints its error from `on_timeout` and ends itself there. When the block ends first, nothing
    is called; when both happen together, `on_timeout` is called at most once. None is no limit.
    """
    if seconds is None:
        yield
        return
    timer = threading.Timer(max(seconds, 0.0), on_timeout)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
