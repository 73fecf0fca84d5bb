"""Which nodes every commit touches, written down before it is made; what a mirror that has fallen behind reads.

A file of lines beside the store, so that a copy of the store has the journal as of that moment. A line is `POSITION
TOKEN …`: a position, random and never used twice, and the subjects that the commit touches as N-Triples has them; `*`
stands for too many. An entry without its commit does no harm. The line `@ MARK STATE` says with what the store's own
files began when we opened them last: where they begin with something else now, somebody has written them without us.
STATE is `closed`, or of which run of the machine the process was that had it open: entries are not forced to the disk
one by one, and of a machine that crashed the last may be lost. In both cases, and where it is damaged, the journal
begins anew. No mirror knows a new journal's positions.
"""

from __future__ import annotations

import contextlib
import functools
import os
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path

from kg.rdf import BlankNode, NamedNode

__all__ = ["JOURNAL", "Journal"]

JOURNAL = "mirror.journal"

_MARK = "CURRENT"
"""The file of RocksDB that every opening for writing replaces."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_CLOSED = "closed"
_ALL = "*"
_MOST_SUBJECTS = 20_000
"""Of one entry."""
_MOST_BYTES = 2_000_000
"""Of the file; then its first half goes."""


class Journal:
    """The journal of one open store; not safe for threads.

    Args:
        folder: the store's, which has been opened; None keeps the entries in memory.
        began: what `Journal.mark(folder)` was before the store was opened.
    """

    def __init__(self, folder: Path | None, is_read_only: bool = False, began: str = "") -> None:
        self._folder = folder
        self._path = None if folder is None else folder / JOURNAL
        self._is_read_only = is_read_only
        self._lines: list[str] = []
        self._bytes = 0
        if self._path is None:
            self._lines = [secrets.token_hex(8)]
        else:
            self._lines = self._read(self._path, began)
            if not is_read_only:
                self._begin()

    def _begin(self) -> None:
        """Have a journal that is ours, also before the first commit: a copy made for readers needs a position."""
        assert self._folder is not None
        for orphan in self._folder.glob(f".{JOURNAL}.*"):  # of a process that was killed
            orphan.unlink(missing_ok=True)
        if self._lines:
            self._append(_sealed(self._folder, _run_of_machine()))
        else:
            self.restart()

    @staticmethod
    def mark(folder: Path | None) -> str:
        """Return what tells whether others have opened the store's files for writing; empty where there are none."""
        if folder is None:
            return ""
        try:
            return (folder / _MARK).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def current(self) -> str:
        """Return the position after the last entry; empty where there is none, and only reading can be done."""
        if not self._lines and not self._is_read_only:
            self.restart()
        return next((line.partition(" ")[0] for line in reversed(self._lines) if line[0] != "@"), "")

    def touch(self, subjects: Iterable[NamedNode | BlankNode]) -> None:
        """Write down what a commit will touch."""
        tokens = set(map(str, subjects))
        if not tokens:
            return
        if not self._lines:
            self.restart()
        listed = _ALL if len(tokens) > _MOST_SUBJECTS else " ".join(sorted(tokens))
        self._append(f"{secrets.token_hex(8)} {listed}")

    def restart(self) -> None:
        """Begin anew: nothing that is known of the store's content is good any more."""
        self._write([secrets.token_hex(8)])

    def since(self, position: str) -> set[NamedNode | BlankNode] | None:
        """Return all that was touched after a position; None where that cannot be told."""
        tokens: set[str] = set()
        for line in reversed(self._lines):
            if line[0] == "@":
                continue
            at, _, rest = line.partition(" ")
            if at == position:
                return _terms(tokens)
            if rest == _ALL:
                return None
            tokens.update(rest.split(" "))  # and at no other space, which an IRI may have in it
        return None

    def close(self) -> None:
        """Write down that every entry is in the file; the store is on the disk, and nothing is touched any more."""
        if self._path is None or self._is_read_only or not self._lines:
            return
        self._append(_sealed(self._folder, _CLOSED))
        with open(self._path, "rb+") as file:  # what was opened for reading alone, Windows does not sync
            os.fsync(file.fileno())

    def copy_to(self, folder: Path) -> None:
        """Give a copy of the store, made just now, the journal too."""
        if self._path is not None and self._lines:
            lines = [line for line in self._lines if line[0] != "@"]
            _write(folder / JOURNAL, [*lines, _sealed(folder, _CLOSED)])

    def _read(self, path: Path, began: str) -> list[str]:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            return []
        lines = text.split("\n")
        if lines.pop():  # a torn line
            return []
        seal = next((line for line in reversed(lines) if line[0:1] == "@"), "")
        known = [f"@ {began} {state}" for state in (_CLOSED, _run_of_machine()) if state]
        if seal not in known or not all(lines):
            return []
        self._bytes = len(text)
        return lines

    def _append(self, line: str) -> None:
        self._lines.append(line)
        if self._bytes + len(line) > _MOST_BYTES:
            self._write(self._lines[len(self._lines) // 2 :])
            return
        self._bytes += len(line) + 1
        if self._path is None:
            return
        try:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError:
            self._lines = []  # half a line may be there: the next entry begins a new journal
            raise

    def _write(self, lines: list[str]) -> None:
        self._lines = []  # what cannot be written is not there: the next entry begins a new journal
        if self._path is not None:
            lines.append(_sealed(self._folder, _run_of_machine()))
            _write(self._path, lines)
        self._lines = lines
        self._bytes = sum(map(len, lines)) + len(lines)


def _sealed(folder: Path | None, state: str) -> str:
    return f"@ {Journal.mark(folder)} {state}"


@functools.cache
def _run_of_machine() -> str:
    """Return what is another after the machine was started anew; empty where that cannot be told."""
    try:
        return _BOOT.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _terms(tokens: Iterable[str]) -> set[NamedNode | BlankNode] | None:
    try:
        return {BlankNode(token[2:]) if token[0] == "_" else NamedNode(token[1:-1]) for token in tokens}
    except ValueError:  # a damaged file
        return None


def _write(path: Path, lines: list[str]) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
