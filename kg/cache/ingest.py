"""The ingest cache: parses, what the vault index keeps of each file, and which words a note holds.

One SQLite file of the home, a cache and nothing more: deleting it costs time, never data. It also
remembers with which names the stored notes were read, and which notes still have to be read again,
so that a run that was killed is completed by the next.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kg.cache.notes import NOTE_TABLES, VERSION, NoteShelf
from kg.describe import NoteFacts
from kg.errors import StoreError
from kg.extraction import Term
from kg.model import Document, Failure
from kg.rdf import NamedNode
from kg.text import has_han

__all__ = ["IngestCache", "copy_cache", "words_of"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS parses(
    text_hash TEXT, version TEXT, parse BLOB, PRIMARY KEY(text_hash, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files(
    root TEXT, path TEXT, digest TEXT, settings TEXT, facts TEXT, PRIMARY KEY(root, path)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS terms(text TEXT PRIMARY KEY, meaning TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries(iri TEXT PRIMARY KEY, meaning TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stale(iri TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS links(key TEXT, iri TEXT, PRIMARY KEY(key, iri)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS links_of ON links(iri);
CREATE TABLE IF NOT EXISTS notes(id INTEGER PRIMARY KEY, iri TEXT UNIQUE);
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(text, tokenize="ascii");
"""
_WAIT_SECONDS = 30.0
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+")


def words_of(text: str) -> str:
    """Write a text as the words that are looked up: folded, each Han character a word of its own."""
    return " ".join(_WORD.findall(text.casefold()))


def _phrase(name: str) -> str:
    """Write the words in a row that a text surely holds wherever a name is recognised in it.

    A name with Han characters is matched on raw characters, so other letters at its ends may be part of longer words.
    """
    words = _WORD.findall(name.casefold())
    han = [number for number, word in enumerate(words) if has_han(word)]
    return " ".join(words[han[0] : han[-1] + 1] if han else words)


class _Database(sqlite3.Connection):
    """A connection whose errors are ours once it is open."""

    name = ""

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        with self._errors():
            return super().execute(*arguments)

    def executemany(self, *arguments: Any) -> sqlite3.Cursor:
        with self._errors():
            return super().executemany(*arguments)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if not self.name:
                raise
            kind = (
                "cannot be written"
                if isinstance(error, sqlite3.OperationalError)
                else "is damaged; delete it, it holds nothing of its own"
            )
            raise StoreError(f"The cache {self.name} {kind}: {error}.") from error


class IngestCache:
    """Open with a path, or without one for a cache in memory."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._facts: dict[tuple[str, str], dict[str, tuple[str, tuple[NoteFacts, ...]]]] = {}
        self._generation: object = None
        try:
            self._db = self._open(path)
        except sqlite3.DatabaseError:
            assert path is not None
            _remove(path)  # a damaged cache is rebuilt
            self._db = self._open(path)

    @staticmethod
    def _open(path: Path | None) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(
                path or ":memory:",
                timeout=_WAIT_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                factory=_Database,
            )
        except sqlite3.Error as error:
            raise StoreError(f"The cache {path} cannot be opened: {error}.") from error
        try:
            _follow_journal(db)
            db.execute("PRAGMA synchronous = NORMAL")
            if _version(db) != VERSION:
                db.execute("BEGIN IMMEDIATE")
                if _version(db) != VERSION:  # and nobody was faster
                    _make(db)
                db.execute("COMMIT")
            db.executescript(_SCHEMA + NOTE_TABLES)
        except sqlite3.OperationalError as error:
            db.close()
            raise StoreError(f"The cache {path} cannot be written: {error}.") from error
        except sqlite3.DatabaseError:
            db.close()
            raise
        db.name = str(path)
        return db

    def close(self) -> None:
        """Close the file; calling it twice is no error."""
        self._db.close()

    @property
    def notes(self) -> NoteShelf:
        """Return what is kept of raw notes and of what is made from them."""
        return NoteShelf(self._db)

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection to the file, for what else is kept in it under its transactions."""
        return self._db

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do what is inside all or nothing."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._facts.clear()
            if self._db.in_transaction:  # a full disk ends it by itself
                self._db.execute("ROLLBACK")
            raise

    def generation(self) -> int:
        """Return a number that changes when another process writes the cache."""
        found: int = self._db.execute("PRAGMA data_version").fetchone()[0]
        return found

    # --- files

    def facts(self, root: str, settings: str) -> dict[str, tuple[str, tuple[NoteFacts, ...]]]:
        """Return, for each file of a root read under these settings, its digest and its notes' facts."""
        if self._generation != self.generation():
            self._facts.clear()
            self._generation = self.generation()
        if (root, settings) not in self._facts:
            rows = self._db.execute(
                "SELECT path, digest, facts FROM files WHERE root = ? AND settings = ?", (root, settings)
            )
            self._facts[root, settings] = {
                path: (digest, tuple(_read_facts(item) for item in json.loads(facts))) for path, digest, facts in rows
            }
        return dict(self._facts[root, settings])

    def keep_facts(self, root: str, path: str, digest: str, settings: str, facts: tuple[NoteFacts, ...]) -> None:
        """Remember what the vault index keeps of a file's notes."""
        for (held, setting), rows in self._facts.items():
            if held == root:
                rows.pop(path, None)
                if setting == settings:
                    rows[path] = digest, facts
        written = json.dumps([_write_facts(item) for item in facts], ensure_ascii=False)
        self._db.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", (root, path, digest, settings, written))

    def drop_facts(self, root: str, paths: Iterable[str]) -> None:
        """Forget files that are gone."""
        for path in paths:
            for (held, _), rows in self._facts.items():
                if held == root:
                    rows.pop(path, None)
            self._db.execute("DELETE FROM files WHERE root = ? AND path = ?", (root, path))

    # --- parses

    def parse(self, document: Document, version: str) -> bytes | None:
        """Return the stored parse of a document, or None."""
        row = self._db.execute(
            "SELECT parse FROM parses WHERE text_hash = ? AND version = ?", (_text_hash(document), version)
        ).fetchone()
        return row[0] if row else None

    def keep_parse(self, document: Document, version: str, parse: bytes) -> None:
        """Remember the parse of a document."""
        self._db.execute("INSERT OR REPLACE INTO parses VALUES (?, ?, ?)", (_text_hash(document), version, parse))

    # --- words

    def keep_words(self, iri: str, text: str) -> None:
        """Remember which words a note holds."""
        row = self._db.execute("SELECT id FROM notes WHERE iri = ?", (iri,)).fetchone()
        if row:
            number = row[0]
            self._db.execute("DELETE FROM words WHERE rowid = ?", (number,))
        else:
            number = self._db.execute("INSERT INTO notes(iri) VALUES (?)", (iri,)).lastrowid
        self._db.execute("INSERT INTO words(rowid, text) VALUES (?, ?)", (number, words_of(text)))

    def keep_links(self, iri: str, keys: Iterable[str]) -> None:
        """Remember what a note's links may resolve by."""
        self._db.execute("DELETE FROM links WHERE iri = ?", (iri,))
        self._db.executemany("INSERT OR IGNORE INTO links VALUES (?, ?)", ((key, iri) for key in keys))

    def notes_linking_by(self, keys: Iterable[str]) -> set[str]:
        """Return the IRIs of the notes with a link that may resolve by one of the keys."""
        found: set[str] = set()
        for key in keys:
            found.update(iri for (iri,) in self._db.execute("SELECT iri FROM links WHERE key = ?", (key,)))
        return found

    def drop_words(self, iri: str) -> None:
        """Forget a note."""
        self._db.execute("DELETE FROM links WHERE iri = ?", (iri,))
        row = self._db.execute("SELECT id FROM notes WHERE iri = ?", (iri,)).fetchone()
        if row:
            self._db.execute("DELETE FROM words WHERE rowid = ?", row)
            self._db.execute("DELETE FROM notes WHERE id = ?", row)

    def notes_with(self, names: Iterable[str]) -> set[str]:
        """Return the IRIs of the notes that hold the words of a name in a row, for any of the names."""
        found: set[str] = set()
        for name in names:
            words = _phrase(name)
            if words:
                rows = self._db.execute(
                    "SELECT notes.iri FROM words JOIN notes ON notes.id = words.rowid WHERE words MATCH ?",
                    (f'"{words}"',),
                )
                found.update(iri for (iri,) in rows)
        return found

    # --- what the stored notes were read with

    def changed_terms(self, vocabulary: Iterable[Term]) -> set[str]:
        """Return the names that mean something else now than when the stored notes were read."""
        now = _meanings(vocabulary)
        before = dict(self._db.execute("SELECT text, meaning FROM terms"))
        return {text for text in now.keys() | before.keys() if now.get(text) != before.get(text)}

    def keep_terms(self, vocabulary: Iterable[Term]) -> None:
        """Remember the names that the notes are read with from now on."""
        self._replace("terms", _meanings(vocabulary))

    def changed_entries(self, entries: dict[str, str]) -> tuple[set[str], set[str]]:
        """Return the notes that are new or mean something else, and the former meanings of those gone or changed."""
        before = dict(self._db.execute("SELECT iri, meaning FROM entries"))
        changed = {iri for iri in entries.keys() | before.keys() if entries.get(iri) != before.get(iri)}
        return changed & entries.keys(), {before[iri] for iri in changed if iri in before}

    def keep_entries(self, entries: dict[str, str]) -> None:
        """Remember the vault index that links are resolved with from now on."""
        self._replace("entries", entries)

    def _replace(self, table: str, rows: dict[str, str]) -> None:
        column = "text" if table == "terms" else "iri"
        before = dict(self._db.execute(f"SELECT {column}, meaning FROM {table}"))
        self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", ((key,) for key in before.keys() - rows.keys()))
        new = ((key, meaning) for key, meaning in rows.items() if before.get(key) != meaning)
        self._db.executemany(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", new)

    def stale(self) -> set[str]:
        """Return the notes that have to be read again although their files did not change."""
        return {iri for (iri,) in self._db.execute("SELECT iri FROM stale")}

    def mark_stale(self, iris: Iterable[str]) -> None:
        """Remember notes that have to be read again."""
        self._db.executemany("INSERT OR IGNORE INTO stale VALUES (?)", ((iri,) for iri in iris))

    def unmark_stale(self, iris: Iterable[str]) -> None:
        """Forget notes that were read again."""
        self._db.executemany("DELETE FROM stale WHERE iri = ?", ((iri,) for iri in iris))

    def is_new(self) -> bool:
        """Tell whether the cache knows nothing of how stored notes were read."""
        return bool(self._db.execute("SELECT count(*) FROM entries").fetchone()[0] == 0)


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


def _version(db: sqlite3.Connection) -> int:
    found: int = db.execute("PRAGMA user_version").fetchone()[0]
    return found


def _make(db: sqlite3.Connection) -> None:
    """Make the tables in place of those of another version."""
    own = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'words_%' AND name NOT LIKE 'sqlite_%'"
    for (name,) in db.execute(own).fetchall():
        db.execute(f"DROP TABLE {name}")
    for statement in f"{_SCHEMA}{NOTE_TABLES}".split(";\n"):
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {VERSION}")


def copy_cache(source: Path | None, target: Path) -> None:
    """Have a cache file hold what another does, nothing where that is None or absent; nobody has either open."""
    _remove(target)
    if source is not None and source.exists():
        try:
            with (
                contextlib.closing(sqlite3.connect(source)) as held,
                contextlib.closing(sqlite3.connect(target)) as new,
            ):
                held.backup(new)
        except sqlite3.Error:
            _remove(target)  # without it the next ingest takes longer


def _remove(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        file.unlink(missing_ok=True)


def _text_hash(document: Document) -> str:
    """Digest all that a parse depends on: the text and where its blocks lie."""
    blocks = " ".join(f"{block.start}-{block.end}" for block in document.blocks)
    return hashlib.sha256(f"{blocks}\n{document.text}".encode("utf-8", "surrogatepass")).hexdigest()


def _meanings(vocabulary: Iterable[Term]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for term in vocabulary:
        class_iri = term.class_iri.value if term.class_iri else ""
        found.setdefault(term.text, []).append(f"{term.source} {term.entity.value} {class_iri}")
    return {text: "\n".join(rows) for text, rows in found.items()}


def _write_facts(facts: NoteFacts) -> list[object]:
    class_iri = facts.class_iri.value if facts.class_iri else None
    problems = [[p.path, p.reason, p.line] for p in facts.problems]
    return [facts.path, facts.item, facts.note_id, facts.names, facts.is_daily, class_iri, facts.content_hash,
            sorted(facts.link_keys), facts.words, problems]  # fmt: skip


def _read_facts(row: list[Any]) -> NoteFacts:
    path, item, note_id, names, is_daily, class_iri, content_hash, link_keys, words, problems = row
    return NoteFacts(
        path=str(path),
        item=str(item),
        note_id=None if note_id is None else str(note_id),
        names=tuple(names),
        is_daily=bool(is_daily),
        class_iri=NamedNode(str(class_iri)) if class_iri else None,
        content_hash=str(content_hash),
        link_keys=frozenset(link_keys),
        words=int(words),
        problems=tuple(Failure(*p) for p in problems),
    )
