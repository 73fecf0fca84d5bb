"""A file of vectors by the texts they are of, so that a text is encoded once.

A cache and nothing more: it may be deleted at any time, and where it cannot be written nothing is kept.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kg.text_vectors import TextVectors

__all__ = ["Encoding", "VectorCache"]

Encoding = Callable[[int, int], None]
"""Called with the number of texts that were encoded and the number that had to be."""

_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vectors(
    use TEXT, model TEXT, hash BLOB, vector BLOB, PRIMARY KEY(use, model, hash)
) WITHOUT ROWID
"""
_A_TRANSACTION = 64
"""Texts. What was encoded before a process was killed need not be encoded again."""
_WAIT_SECONDS = 2.0
_FEW = 1000
"""Texts that are looked up one by one."""


class VectorCache:
    """Vectors of texts, kept in a SQLite file in half precision.

    What is kept and what is encoded now is rounded alike: the answer is the same with and without the file. Several
    processes may use one file.

    Args:
        path: its folder must exist; None keeps nothing.
        use: what the texts are, as "notes"; each use is kept for itself.
    """

    def __init__(self, path: Path | None, use: str) -> None:
        self._path, self._use = path, use

    def vectors(
        self,
        model: TextVectors,
        texts: Sequence[str],
        most: int | None = None,
        encoding: Encoding | None = None,
    ) -> NDArray[np.float32]:
        """Return the vectors of texts: (texts, dimensions) float32, each of length 1.

        Args:
            most: how many texts that are not kept may be encoded, the first of them; None for all. The rows of the
                others are zeros.
            encoding: told how far it is while something has to be encoded.
        """
        found = np.zeros((len(texts), model.dimensions), dtype=np.float32)
        rows: dict[bytes, list[int]] = {}
        for place, text in enumerate(texts):
            rows.setdefault(_hash(text), []).append(place)
        with self._opened() as db:
            for key, half in self._kept(db, model, rows.keys()):
                found[rows.pop(key)] = half  # as float32
            missing = list(rows.items())[:most]
            for start in range(0, len(missing), _A_TRANSACTION):
                batch = missing[start : start + _A_TRANSACTION]
                halves = model.encode([texts[places[0]] for _, places in batch]).astype(np.float16)
                for (_, places), half in zip(batch, halves, strict=True):
                    found[places] = half.astype(np.float32)
                self._keep(db, model, ((key, half) for (key, _), half in zip(batch, halves, strict=True)))
                if encoding is not None:
                    encoding(start + len(batch), len(missing))
        lengths = np.sqrt(np.einsum("ij,ij->i", found, found))[:, None]
        unit: NDArray[np.float32] = (found / np.where(lengths > 0, lengths, 1)).astype(np.float32)
        return unit

    def forget_others(self, model: TextVectors, texts: Iterable[str]) -> None:
        """Forget the vectors of this use that are of other models, or of texts that are not among some."""
        wanted = {_hash(text) for text in texts}
        with self._opened() as db, contextlib.suppress(sqlite3.Error):  # what stays costs space alone
            rows = db.execute("SELECT model, hash FROM vectors WHERE use = ?", (self._use,)).fetchall()
            gone = [(self._use, name, key) for name, key in rows if name != model.name or key not in wanted]
            if gone:
                with _transaction(db):
                    db.executemany("DELETE FROM vectors WHERE use = ? AND model = ? AND hash = ?", gone)

    def _kept(
        self, db: sqlite3.Connection, model: TextVectors, wanted: Collection[bytes]
    ) -> Iterator[tuple[bytes, NDArray[np.float16]]]:
        """Yield what is kept of some texts, each once: few are looked up one by one, for many all of it is read."""
        size, asked = model.dimensions * 2, frozenset(wanted)
        query = "SELECT hash, vector FROM vectors WHERE use = ? AND model = ?"
        try:
            if len(asked) <= _FEW:
                rows = (
                    row
                    for key in sorted(asked)
                    for row in db.execute(f"{query} AND hash = ?", (self._use, model.name, key))
                )
            else:
                rows = (row for row in db.execute(query, (self._use, model.name)))
            for key, vector in rows:
                if key in asked and len(vector) == size:
                    yield key, np.frombuffer(vector, dtype="<f2")
        except sqlite3.OperationalError:  # another process has it for too long: encode
            return
        except sqlite3.DatabaseError:  # damaged: the next opening makes it anew
            self._remove()

    def _keep(
        self, db: sqlite3.Connection, model: TextVectors, rows: Iterable[tuple[bytes, NDArray[np.float16]]]
    ) -> None:
        # Another process may be writing the same, the disk may be full, the folder may be read-only.
        with contextlib.suppress(sqlite3.Error), _transaction(db):
            db.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
                ((self._use, model.name, key, half.astype("<f2").tobytes()) for key, half in rows),
            )

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        db = self._open()
        try:
            yield db
        finally:
            db.close()

    def _open(self) -> sqlite3.Connection:
        if self._path is not None:
            try:
                return _open(str(self._path))
            except sqlite3.OperationalError:  # no folder, or one that cannot be written
                pass
            except sqlite3.DatabaseError:
                self._remove()
                with contextlib.suppress(sqlite3.Error):
                    return _open(str(self._path))
        return _open(":memory:")

    def _remove(self) -> None:
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)


def _open(name: str) -> sqlite3.Connection:
    db = sqlite3.connect(name, timeout=_WAIT_SECONDS, isolation_level=None)
    try:
        if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            db.execute("DROP TABLE IF EXISTS vectors")
            db.execute(_SCHEMA)
            db.execute(f"PRAGMA user_version = {_VERSION}")
    except sqlite3.Error:
        db.close()
        raise
    return db


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
