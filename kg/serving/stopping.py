"""When a reader is stopped: what a question may take of time and memory, and for how long its client may dawdle."""

from __future__ import annotations

import functools
from collections.abc import Collection

import psutil

from kg.errors import ClientGoneError, KgError, QueryMemoryError, QueryTimeoutError
from kg.serving.reader import Reader

__all__ = ["are_too_large", "is_long", "reason_to_stop"]

_LONG_SECONDS = 1.0
"""Seconds of work after which a query lets others go first; half of them of processor time, not of waiting for it."""
_CLIENT_SECONDS = 600.0
"""Seconds that a reader waits for its client, all its pauses together."""
_MEMORY_SHARE = 0.5


def reason_to_stop(reader: Reader, memory_mb: int) -> KgError | None:
    """Return why a reader that was just measured must be stopped, None if it may go on."""
    if reader.seconds_allowed is not None and reader.worked() > reader.seconds_allowed:
        return QueryTimeoutError(reader.seconds_allowed)
    if reader.memory > memory_mb * 1_000_000 > 0:
        return QueryMemoryError(memory_mb)
    if reader.dawdled() > _CLIENT_SECONDS:
        return QueryTimeoutError(_CLIENT_SECONDS)
    return ClientGoneError() if reader.is_abandoned() else None


def are_too_large(readers: Collection[Reader]) -> bool:
    """Tell whether some readers together take more than half of the machine's memory."""
    return sum(reader.memory for reader in readers) > _MEMORY_SHARE * _machine_memory()


@functools.cache
def _machine_memory() -> int:
    """Return the bytes that the machine has; asked once, for that needs an open file."""
    return psutil.virtual_memory().total


def is_long(reader: Reader) -> bool:
    """Tell whether a reader has worked for so long that others may go first."""
    return reader.worked() > _LONG_SECONDS and reader.processor_seconds > _LONG_SECONDS / 2
