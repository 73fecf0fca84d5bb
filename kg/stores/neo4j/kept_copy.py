"""The kept copy: all that a server holds, in an embedded store beside it, with the mark at which that was so.

Marks never come again: of what was done before a backup was put back, `Mark.run` is another. So a copy is right exactly
while the server's mark is its own. A file beside the copy's data
repeats its mark for the next process. It is written after the data, so that after a crash in between it names a mark
that has passed. Data that was not flushed may be lost with the machine: then the file counts only within one boot.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from kg.errors import StoreCorruptError, StoreError
from kg.model import Change
from kg.rdf import NamedNode, Quad
from kg.stores import Dataset
from kg.stores.files import BULK
from kg.stores.neo4j.driver import Mark
from kg.stores.neo4j.record import replace_file
from kg.stores.oxigraph import OxigraphStore

__all__ = ["KeptCopy", "discard_copy"]

_MARK = "mark.json"
_OWN = "read-"
_LEFT = 60.0
"""Seconds after which a folder that nobody has open was left by a process that was killed, and not made just now."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class KeptCopy:
    """An embedded store and the mark up to which it is right. Not safe for threads: its owner has a lock.

    Args:
        folder: where it is kept; None keeps it in memory.
        home: whose data it is; what was kept of another home is not used.
        hiding: the graph that says what the default graph leaves out besides.
        read_only: use what is in the folder and leave it as it is; what is read anew goes into a folder of its own
            beside it, for as long as this object is open.

    Raises:
        StoreLockedError: another process writes the folder.
    """

    def __init__(
        self,
        folder: Path | None,
        dataset: Dataset,
        excluded: frozenset[NamedNode],
        home: str,
        read_only: bool = False,
        hiding: NamedNode | None = None,
    ) -> None:
        self._folder, self._dataset, self._excluded, self._read_only = folder, dataset, excluded, read_only
        self._hiding = hiding
        self._of = [home, dataset, sorted(name.value for name in excluded), hiding.value if hiding else None]
        self._mark: Mark | None = None
        self._store: OxigraphStore | None = None
        self._own: Path | None = None
        kept = None if folder is None else self._kept_mark(folder)
        if folder is not None and not read_only:
            self._store = OxigraphStore(folder, dataset, excluded, hiding=hiding)
            self._mark = kept
            _remove_leftovers(folder.parent)
        elif folder is not None and kept is not None:
            with contextlib.suppress(StoreError):  # without a copy all is answered too, only slower
                self._store = OxigraphStore(folder, dataset, excluded, read_only=True, hiding=hiding)
                self._mark = kept

    @property
    def mark(self) -> Mark | None:
        """Return at which mark the copy is right, None for none."""
        return self._mark

    def at(self, mark: Mark) -> OxigraphStore | None:
        """Return the copy if it holds what the server held at a mark."""
        return self._store if self._mark is not None and self._mark == mark else None

    def fill(self, quads: Iterable[Quad]) -> None:
        """Put other data into the copy, which is right at no mark until `settle` says so."""
        self.spoil()
        if self._store is None or (self._read_only and self._own is None):
            if self._store is not None:
                self._store.close()
            self._store = self._open_own()
        self._store.fill(quads)

    def _open_own(self) -> OxigraphStore:
        if self._folder is not None:
            beside = self._folder.parent if os.access(self._folder.parent, os.W_OK) else None
            self._own = Path(tempfile.mkdtemp(prefix=_OWN, dir=beside))
        return OxigraphStore(self._own, self._dataset, self._excluded, hiding=self._hiding)

    def settle(self, mark: Mark) -> None:
        """Say at which mark the data is right."""
        self._mark = mark
        self._write_mark(self._folder)

    def advance(self, change: Change, mark: Mark) -> None:
        """Apply the one change that lies between the copy's mark and another."""
        assert self._store is not None
        self._store.commit(change)
        self.settle(mark)

    def spoil(self) -> None:
        """Say that the copy is right at no mark."""
        self._mark = None
        if self._folder is not None and not self._read_only:
            (self._folder / _MARK).unlink(missing_ok=True)

    def checkpoint(self, folder: Path) -> bool:
        """Write the copy and its mark into a folder that does not exist, and tell whether there was one."""
        if self._mark is None or self._store is None or (self._folder or self._own) is None:
            return False
        self._store.checkpoint(str(folder))
        self._write_mark(folder, anywhere=True)
        return True

    def close(self) -> None:
        """Release the files; what was read for this process alone is deleted."""
        store, self._store = self._store, None
        if store is None:
            return
        store.close()
        self._write_mark(self._folder, is_flushed=True)
        self._mark = None
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)

    def _write_mark(self, folder: Path | None, is_flushed: bool = False, anywhere: bool = False) -> None:
        if folder is None or self._mark is None or (self._read_only and not anywhere):
            return
        content = {
            "of": self._of,
            "bookmarks": sorted(self._mark.bookmarks),
            "run": self._mark.run,
            "boot": None if is_flushed else _boot(),
        }
        replace_file(folder / _MARK, json.dumps(content) + "\n", durably=is_flushed)

    def _kept_mark(self, folder: Path) -> Mark | None:
        try:
            content = json.loads((folder / _MARK).read_bytes())
            is_right = content["of"] == self._of and content["boot"] in (None, _boot())
            return Mark(frozenset(content["bookmarks"]), content["run"]) if is_right else None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none, or one that nobody can read: the copy is read anew


def discard_copy(folder: Path) -> None:
    """Say that the copy in a folder is right at no mark, whoever has it open."""
    (folder / _MARK).unlink(missing_ok=True)


def _remove_leftovers(folder: Path) -> None:
    """Remove what readers and writers that were killed have left; there is no other writer now."""
    for path in folder.glob(f"{BULK}*"):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob(f"{_OWN}*"):
        with contextlib.suppress(FileNotFoundError, StoreError):
            if time.time() - path.stat().st_mtime > _LEFT:
                with contextlib.suppress(StoreCorruptError):
                    OxigraphStore(path).close()  # it is locked by a reader that is alive
                shutil.rmtree(path, ignore_errors=True)


def _boot() -> str:
    """Return what is the same until the machine starts anew; where that is not told, what is never the same."""
    try:
        return _BOOT.read_text()
    except OSError:
        return f"unknown, asked by {os.getpid()} {os.urandom(8).hex()}"
