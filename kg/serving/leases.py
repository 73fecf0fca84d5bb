"""Checkpoints that readers of this process share, each removed when nobody needs it any more."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kg.home.checkpoints import Checkpoint, remove_checkpoint

__all__ = ["Lease", "Leases"]


@dataclass(frozen=True, slots=True)
class Lease:
    """A checkpoint folder that stays as it is until it is released.

    `number` is the same for the same folder and rises with every newer one.
    """

    folder: Path
    number: int
    _release: Callable[[], None] = field(repr=False, compare=False)

    def release(self) -> None:
        """Give it back; once is enough."""
        self._release()


@dataclass(slots=True)
class _Shared:
    checkpoint: Checkpoint
    number: int
    readers: int = 0


class Leases:
    """The newest checkpoint and those older ones that are still read. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: _Shared | None = None
        self._number = 0
        self._left: list[Path] = []

    @property
    def newest(self) -> Path | None:
        """Return the folder of the newest checkpoint."""
        newest = self._newest
        return None if newest is None else newest.checkpoint.folder

    def put(self, checkpoint: Checkpoint) -> None:
        """Make a checkpoint the newest; the one before goes as soon as nobody reads it."""
        with self._lock:
            before, self._number = self._newest, self._number + 1
            self._newest = _Shared(checkpoint, self._number)
            if before is not None and not before.readers:
                self._drop(before)

    def take(self) -> Lease | None:
        """Return a lease of the newest checkpoint, None before the first."""
        with self._lock:
            shared = self._newest
            if shared is None:
                return None
            shared.readers += 1
        released = threading.Lock()

        def release() -> None:
            if released.acquire(blocking=False):
                self._give_back(shared)

        return Lease(shared.checkpoint.folder, shared.number, release)

    def close(self) -> None:
        """Remove what nobody reads; what is still read here goes with its last reader."""
        with self._lock:
            newest, self._newest = self._newest, None
            if newest is not None and not newest.readers:
                self._drop(newest)

    def _give_back(self, shared: _Shared) -> None:
        with self._lock:
            shared.readers -= 1
            if not shared.readers and shared is not self._newest:
                self._drop(shared)

    def _drop(self, shared: _Shared) -> None:
        """Remove a checkpoint; where another process still reads it, that is tried again later."""
        shared.checkpoint.close()
        self._left = [folder for folder in (*self._left, shared.checkpoint.folder) if not remove_checkpoint(folder)]
