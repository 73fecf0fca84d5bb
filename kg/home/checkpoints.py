"""Checkpoints: folders with the files of the store as it was, and beside each a lock that its readers share."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kg.home.folder import Home
from kg.home.locks import open_lock, try_lock

__all__ = ["Checkpoint", "make_checkpoint", "open_checkpoint", "remove_checkpoint", "sweep"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint that stays as it is until `close`; `lock` is shared by whoever reads it."""

    folder: Path
    lock: IO[bytes]

    def close(self) -> None:
        """Let go of it; whoever has no more use for it sweeps it."""
        self.lock.close()


def make_checkpoint(home: Home, write: Callable[[Path], None]) -> Checkpoint:
    """Make a new one and have its files written into a folder that does not exist yet.

    The caller has the store open, or a lock on it. What was begun is removed when writing fails.
    """
    home.checkpoints.mkdir(exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=home.checkpoints, suffix=".lock")
    os.close(descriptor)
    lock = open_lock(Path(name), create=False)
    try_lock(lock, exclusive=False)
    checkpoint = Checkpoint(Path(name).with_suffix(""), lock)
    try:
        write(checkpoint.folder)
    except BaseException:
        checkpoint.close()
        remove_checkpoint(checkpoint.folder)
        raise
    return checkpoint


def open_checkpoint(home: Home, name: str) -> Checkpoint | None:
    """Open one by its name; None where it was taken away just now."""
    folder = home.checkpoints / Path(name).name
    try:
        lock = open_lock(folder.with_suffix(".lock"), create=False)
    except FileNotFoundError:
        return None
    if not try_lock(lock, exclusive=False) or not folder.is_dir():
        lock.close()
        return None
    return Checkpoint(folder, lock)


def remove_checkpoint(folder: Path) -> bool:
    """Remove a checkpoint unless somebody reads it, and tell whether it is gone."""
    path = folder.with_suffix(".lock")
    try:
        lock = open_lock(path, create=False)
    except FileNotFoundError:
        return True
    with lock:
        if not try_lock(lock, exclusive=True):
            return False
        shutil.rmtree(folder, ignore_errors=True)
    path.unlink(missing_ok=True)
    return True


def sweep(home: Home) -> None:
    """Remove the checkpoints that nobody reads; the caller owns the store."""
    if not home.checkpoints.is_dir():
        return
    kept = {path.stem for path in home.checkpoints.glob("*.lock") if not remove_checkpoint(path.with_suffix(""))}
    for path in home.checkpoints.iterdir():
        if path.is_dir() and path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
    if not kept:
        with contextlib.suppress(OSError):
            home.checkpoints.rmdir()
