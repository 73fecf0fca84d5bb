"""Readers that start: how many at once, and what becomes of those that do not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from kg.errors import KgError, ServerStoppingError
from kg.serving.frames import Setup
from kg.serving.reader import Reader

__all__ = ["RETRY_SECONDS", "Starts"]

_logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.2
"""Seconds after a start that failed until the next is tried."""
_AT_ONCE = 4
"""Readers that start at once. Fewer would get too little of processors that slow queries share; more would slow
each other down, and quick queries need none of them.
"""


class Starts:
    """Starts readers. The caller has the lock of `changed`, which is notified when a start has ended.

    A start that fails is in the log. No question fails with it, for the reason may pass: too many open files,
    processes, or too little memory. Who waits sees that `failures` rises.

    Args:
        welcome: called with each reader that is ready, under the lock.
    """

    def __init__(self, setup: Setup, changed: threading.Condition, welcome: Callable[[Reader], None]) -> None:
        self._setup, self._changed, self._welcome = setup, changed, welcome
        self.pending: set[Reader] = set()
        """Those that are not ready yet."""
        self.failures = 0
        self.last = 0.0
        """When the last start began."""
        self._not_before = 0.0

    def begin(self) -> None:
        """Start one more reader, unless enough start, or a start has failed just now."""
        now = time.monotonic()
        if len(self.pending) >= _AT_ONCE or now < self._not_before:
            return
        self.last = now
        try:
            reader = Reader(self._setup)
        except OSError as error:
            self.fail(error)
            return
        self.pending.add(reader)
        try:
            threading.Thread(target=self._await, args=(reader,), name="reader starts", daemon=True).start()
        except RuntimeError as error:  # no more threads
            self.pending.discard(reader)
            reader.end()
            self.fail(error)

    def _await(self, reader: Reader) -> None:
        failure: KgError | None = None
        try:
            reader.start()
        except KgError as error:
            failure = error
            reader.end()
        with self._changed:
            self.pending.discard(reader)
            if failure is None:
                self._welcome(reader)
            elif not isinstance(failure, ServerStoppingError):
                self.fail(failure)
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        """Note that a reader could not be started; the next try comes a little later."""
        self.failures += 1
        self._not_before = time.monotonic() + RETRY_SECONDS
        _logger.error("no reader could be started: %s: %s", type(error).__name__, error)
