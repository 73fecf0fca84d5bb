"""The SQLite file of the index: its tables, and how it is opened.

Every row bears the `version` of the index in which it was written; a version is one bringing up to date. What is
gone leaves a row in `gone`, so that whoever has loaded an earlier version learns of it; a note's number is not given
again, or the row of the one would take the place of the other's.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from kg.errors import StoreError
from kg.fingerprint import sources_digest

__all__ = ["IndexFile", "has_index", "index_counts"]

_LAYOUT = 1
_SCHEMA = """
CREATE TABLE state(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE positions(position TEXT PRIMARY KEY, version INTEGER) WITHOUT ROWID;
CREATE TABLE notes(
    id INTEGER PRIMARY KEY AUTOINCREMENT, iri TEXT UNIQUE, described TEXT, node INTEGER, thing INTEGER, record TEXT,
    title BLOB, digest BLOB, text_digest BLOB, evidence BLOB, version INTEGER
);
CREATE INDEX notes_described ON notes(described);
CREATE INDEX notes_version ON notes(version);
CREATE TABLE passages(
    id INTEGER PRIMARY KEY, note INTEGER, ordinal INTEGER, start INTEGER, "end" INTEGER, headings TEXT, text TEXT,
    terms BLOB, heading_terms BLOB, key BLOB, vector BLOB
);
CREATE INDEX passages_note ON passages(note, ordinal);
CREATE INDEX passages_not_encoded ON passages(id) WHERE vector IS NULL;
CREATE TABLE terms(id INTEGER PRIMARY KEY, term TEXT UNIQUE);
CREATE TABLE nodes(id INTEGER PRIMARY KEY, iri TEXT UNIQUE);
CREATE TABLE things(node INTEGER PRIMARY KEY, names TEXT, classes TEXT, edges BLOB, version INTEGER);
CREATE INDEX things_version ON things(version);
CREATE TABLE evidence(iri BLOB PRIMARY KEY, note INTEGER) WITHOUT ROWID;
CREATE INDEX evidence_note ON evidence(note);
CREATE TABLE names(name TEXT, note INTEGER, PRIMARY KEY(name, note)) WITHOUT ROWID;
CREATE INDEX names_note ON names(note);
CREATE TABLE gone(kind TEXT, id INTEGER, iri TEXT, version INTEGER, PRIMARY KEY(kind, id)) WITHOUT ROWID;
"""
_SOURCES = ("kg.passages", "kg.search.words", "kg.search.stemming", "kg.search.facts", "kg.search.file")
_WAIT_SECONDS = 30.0


class DamagedIndexError(StoreError):
    """The file holds what nobody wrote; it has been made anew, and whoever asks again finds an empty one."""


class IndexFile:
    """An open file, or a database in memory where no file can be used; `db` is the connection.

    Args:
        path: None for memory. A file that cannot be written is read into memory and followed there.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.layout = _current_layout()
        self.db = self._open()

    def clear(self) -> None:
        """Begin anew: nothing is kept but the vectors of texts, which the next passages with these take over."""
        with self.transaction():
            self.db.execute("CREATE TABLE IF NOT EXISTS old_vectors(key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
            self.db.execute(
                "INSERT OR IGNORE INTO old_vectors SELECT key, vector FROM passages WHERE vector IS NOT NULL"
            )
            version = self.version + 1
            for (name,) in self.db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('old_vectors', 'state') "
                "AND name NOT LIKE 'sqlite_%'"
            ).fetchall():
                self.db.execute(f"DELETE FROM {name}")
            for name in ("position", "stamp", "hidden"):
                self.db.execute("DELETE FROM state WHERE name = ?", (name,))
            self.put("version", str(version))
            self.put("oldest", str(version))  # who has loaded what was before, loads all anew

    @property
    def version(self) -> int:
        """Return which state the index is in; 0 before the first."""
        return int(self.get("version") or 0)

    def get(self, name: str) -> str:
        """Return a value, empty for none."""
        row = self.db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def put(self, name: str, value: str) -> None:
        """Keep a value."""
        self.db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (name, value))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing, alone.

        Raises:
            StoreError: the disk is full, or another process has been writing for long.
        """
        with self.watched("written"):
            self._begin()
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    with contextlib.suppress(sqlite3.Error):  # the first error tells more
                        self.db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def watched(self, what: str = "read") -> Iterator[None]:
        """Say what went wrong with the file in our words; one that is found to be damaged is made anew.

        Raises:
            DamagedIndexError: it was damaged. StoreError: it cannot be read or written, and why.
        """
        try:
            yield
        except json.JSONDecodeError as error:
            raise self.remade(error) from error
        except sqlite3.Error as error:
            if _is_damage(error):
                raise self.remade(error) from error
            if "locked" in str(error):
                raise StoreError(
                    f"Another process has been writing the search index {self._path or ''} for {_WAIT_SECONDS:g} s, as "
                    "making the first one of a large home takes. Try again when it is done."
                ) from error
            raise StoreError(f"The search index {self._path or ''} cannot be {what}: {error}.") from error

    def remade(self, error: Exception) -> DamagedIndexError:
        """Begin anew with an empty file, for it holds what nobody wrote; return the error that says so."""
        path = self._path or ""
        self.db.close()
        self._remove()
        self.db = self._open()
        return DamagedIndexError(f"The search index {path} was damaged ({error}); it is made anew.")

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Read several tables as they are at one moment."""
        is_inside = self.db.in_transaction
        if not is_inside:
            self.db.execute("BEGIN")
        try:
            yield
        finally:
            if not is_inside:
                self.db.execute("ROLLBACK")

    def bytes(self) -> int:
        """Return the size of what the file holds."""
        (pages,), (size,) = (self.db.execute(f"PRAGMA page_{name}").fetchone() for name in ("count", "size"))
        return int(pages) * int(size)

    def close(self) -> None:
        """Release the file."""
        self.db.close()

    def _begin(self) -> None:
        try:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute("UPDATE state SET value = value WHERE name = 'layout'")  # which tells whether it can be
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):
                raise
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            copy = _connected(":memory:")
            self.db.backup(copy)
            self.db.close()
            self.db, self._path = copy, None
            self.db.execute("BEGIN IMMEDIATE")
            self.put("identity", secrets.token_hex(8))  # from here on its versions are its own

    def _open(self) -> sqlite3.Connection:
        if self._path is None:
            return self._prepared(_connected(":memory:"))
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(exist_ok=True)
        for _ in range(2):
            try:
                return self._prepared(_connected(str(self._path)))
            except sqlite3.OperationalError as error:
                if "locked" in str(error):
                    raise StoreError(f"The search index {self._path} is in use for too long: {error}.") from error
                break  # no folder, or one that cannot be written
            except sqlite3.DatabaseError:  # damaged
                self._remove()
        self._path = None
        return self._prepared(_connected(":memory:"))

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm") if self._path is not None else ():
            with contextlib.suppress(OSError):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def _prepared(self, db: sqlite3.Connection) -> sqlite3.Connection:
        """Return a connection to a database that has our tables, made anew where they are of another layout."""
        try:
            if _layout(db) != self.layout:
                _follow_journal(db)
                db.execute("BEGIN IMMEDIATE")
                if _layout(db) != self.layout:  # and nobody was faster
                    _make(db, self.layout)
                db.execute("COMMIT")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA secure_delete = ON")  # what was forgotten is not in the file any more
        except sqlite3.Error:
            db.close()
            raise
        return db


def index_counts(path: Path, position: str) -> tuple[int, int, bool]:
    """Return how many passages a file has, how many of them with a vector, and whether it follows a store.

    Nothing is made or changed. A file that is not there, or cannot be read, has none.

    Args:
        position: of the store now.
    """
    if not path.is_file():
        return 0, 0, False
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            if _layout(db) != _current_layout():
                return 0, 0, False
            (passages,) = db.execute("SELECT count(*) FROM passages").fetchone()
            (missing,) = db.execute("SELECT count(*) FROM passages WHERE vector IS NULL").fetchone()
            known = db.execute("SELECT 1 FROM positions WHERE position = ?", (position,)).fetchone()
    except sqlite3.Error:
        return 0, 0, False
    return passages, passages - missing, known is not None


def has_index(path: Path) -> bool:
    """Tell whether a file is an index of this version that has been brought up to date before; it is not changed."""
    if not path.is_file():
        return False
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            is_ours = _layout(db) == _current_layout()
            return is_ours and db.execute("SELECT 1 FROM positions LIMIT 1").fetchone() is not None
    except sqlite3.Error:
        return False


def _current_layout() -> str:
    return f"{_LAYOUT} {sources_digest(*_SOURCES)}"


def _is_damage(error: sqlite3.Error) -> bool:
    """Tell whether a file is not what was written; text that is no text is told without a code."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return "decode" in str(error)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _connected(name: str) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)


def _follow_journal(db: sqlite3.Connection) -> None:
    """Have a journal beside the file; of several that want it of a new file at once, SQLite lets one wait for none."""
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _layout(db: sqlite3.Connection) -> str:
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone() is None:
        return ""
    row = db.execute("SELECT value FROM state WHERE name = 'layout'").fetchone()
    return str(row[0]) if row else ""


def _make(db: sqlite3.Connection, layout: str) -> None:
    tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (name,) in db.execute(tables).fetchall():
        db.execute(f'DROP TABLE "{name}"')
    for statement in _SCHEMA.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute("INSERT INTO state VALUES ('layout', ?), ('identity', ?)", (layout, secrets.token_hex(8)))
