"""What each note says before anything is decided or resolved, and what its stored graph was built with.

Of a note it keeps its text, what was extracted of it, the keys whose effects change its graph, and what it says of
each entity; of the stored graphs their states; of decisions and resolution the effects in force, by key.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping

__all__ = ["NOTE_TABLES", "VERSION", "NoteShelf", "unpack_text"]

VERSION = 4
"""The version of all tables of the file; a file of another one is made anew."""

NOTE_TABLES = """
CREATE TABLE IF NOT EXISTS raws(id INTEGER PRIMARY KEY, iri TEXT UNIQUE, state TEXT, raw BLOB);
CREATE TABLE IF NOT EXISTS texts(note INTEGER PRIMARY KEY, text BLOB);
CREATE TABLE IF NOT EXISTS keys(key INTEGER, note INTEGER, PRIMARY KEY(key, note)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keys_of ON keys(note);
CREATE TABLE IF NOT EXISTS said(entity TEXT, note INTEGER, part TEXT, PRIMARY KEY(entity, note)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS said_by ON said(note);
CREATE TABLE IF NOT EXISTS views(iri TEXT PRIMARY KEY, state TEXT, applied TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS effects(key TEXT PRIMARY KEY, effect TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending(iri TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS touched(entity TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS published(about TEXT PRIMARY KEY, quads TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unpublished(about TEXT PRIMARY KEY, quads TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS curation(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
"""

_DIGEST, _DIGEST_BYTES = "digest", 16


class NoteShelf:
    """The tables of raw notes and of what is made from them; transactions are the caller's."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    # --- raw notes

    def keep(self, iri: str, state: str, raw: bytes, keys: Iterable[str], said: Mapping[str, str]) -> None:
        """Put what a note says in the place of what it said; `said` is by entity.

        Both the entities that it speaks of now and those that it spoke of are touched.
        """
        number = self._number(iri)
        if number is None:
            number = self._db.execute("INSERT INTO raws(iri, state, raw) VALUES (?, ?, ?)", (iri, state, raw)).lastrowid
        else:
            self._db.execute("UPDATE raws SET state = ?, raw = ? WHERE id = ?", (state, raw, number))
        self._db.execute("DELETE FROM keys WHERE note = ?", (number,))
        self._db.executemany("INSERT OR IGNORE INTO keys VALUES (?, ?)", ((_hash(key), number) for key in keys))
        before = dict(self._db.execute("SELECT entity, part FROM said WHERE note = ?", (number,)))
        if before != said:
            gone = before.keys() - said.keys()
            self._db.executemany("DELETE FROM said WHERE entity = ? AND note = ?", ((e, number) for e in gone))
            changed = [(entity, part) for entity, part in said.items() if before.get(entity) != part]
            self._db.executemany(
                "INSERT OR REPLACE INTO said VALUES (?, ?, ?)", ((entity, number, part) for entity, part in changed)
            )
            self.touch((*gone, *(entity for entity, _ in changed)))

    def drop(self, iri: str) -> None:
        """Forget a note, and what was stored of it."""
        self._db.execute("DELETE FROM views WHERE iri = ?", (iri,))
        self._db.execute("DELETE FROM pending WHERE iri = ?", (iri,))
        number = self._number(iri)
        if number is None:
            return
        self._db.execute("INSERT OR IGNORE INTO touched SELECT entity FROM said WHERE note = ?", (number,))
        for table in ("said", "keys", "texts"):
            self._db.execute(f"DELETE FROM {table} WHERE note = ?", (number,))
        self._db.execute("DELETE FROM raws WHERE id = ?", (number,))

    def raw(self, iri: str) -> bytes | None:
        """Return what a note says, None for one that is not known."""
        row = self._db.execute("SELECT raw FROM raws WHERE iri = ?", (iri,)).fetchone()
        return row[0] if row else None

    def keep_text(self, iri: str, text: str) -> None:
        """Keep the text of a note that is known; what is kept of a note goes with it."""
        packed = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        self._db.execute("INSERT OR REPLACE INTO texts VALUES (?, ?)", (self._number(iri), packed))

    def has_any(self) -> bool:
        """Tell whether any note is known."""
        return self._db.execute("SELECT 1 FROM raws LIMIT 1").fetchone() is not None

    def states(self) -> dict[str, str]:
        """Return the state of each raw note by IRI: what it was read from and by whom."""
        return dict(self._db.execute("SELECT iri, state FROM raws"))

    def notes_keyed(self, keys: Iterable[str]) -> set[str]:
        """Return the notes that have one of some keys; one too many is possible."""
        found: set[str] = set()
        for key in keys:
            rows = self._db.execute(
                "SELECT raws.iri FROM keys JOIN raws ON raws.id = keys.note WHERE keys.key = ?", (_hash(key),)
            )
            found.update(iri for (iri,) in rows)
        return found

    def _number(self, iri: str) -> int | None:
        row = self._db.execute("SELECT id FROM raws WHERE iri = ?", (iri,)).fetchone()
        return row[0] if row else None

    # --- entities

    def said_of(self, entity: str) -> list[tuple[str, str]]:
        """Return what the notes say of an entity: note and part, by note."""
        rows = self._db.execute(
            "SELECT raws.iri, part FROM said JOIN raws ON raws.id = said.note WHERE entity = ? ORDER BY raws.iri",
            (entity,),
        )
        return rows.fetchall()

    def entities(self) -> Iterator[str]:
        """Yield all entities that notes speak of."""
        for (entity,) in self._db.execute("SELECT DISTINCT entity FROM said").fetchall():
            yield entity

    def touch(self, entities: Iterable[str]) -> None:
        """Remember entities of which other things are said than when they were resolved."""
        self._db.executemany("INSERT OR IGNORE INTO touched VALUES (?)", ((entity,) for entity in entities))

    def touched(self) -> list[str]:
        """Return the touched entities, in order."""
        return [entity for (entity,) in self._db.execute("SELECT entity FROM touched ORDER BY entity")]

    def clear_touched(self) -> None:
        """Forget that entities were touched."""
        self._db.execute("DELETE FROM touched")

    # --- effects

    def effect(self, key: str) -> str | None:
        """Return the effect in force of a key."""
        row = self._db.execute("SELECT effect FROM effects WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def keys_but_entities(self) -> list[str]:
        """Return the keys with an effect that are not of entities."""
        rows = self._db.execute("SELECT key FROM effects WHERE NOT (key >= 'e:' AND key < 'e;')")
        return [key for (key,) in rows]

    def put_effects(self, effects: Mapping[str, str | None]) -> set[str]:
        """Put some effects in the place of what there is, None for none; return the keys that changed."""
        changed = {key for key, effect in effects.items() if self.effect(key) != effect}
        for key in changed:
            effect = effects[key]
            if effect is None:
                self._db.execute("DELETE FROM effects WHERE key = ?", (key,))
            else:
                self._db.execute("INSERT OR REPLACE INTO effects VALUES (?, ?)", (key, effect))
        return changed

    def clear_effects(self) -> None:
        """Forget all effects, touch all entities, and have all graphs wait: they are worked out anew."""
        self._db.execute("DELETE FROM effects")
        self._db.execute("INSERT OR IGNORE INTO touched SELECT DISTINCT entity FROM said")
        self._db.execute("INSERT OR IGNORE INTO pending SELECT iri FROM raws")

    # --- views

    def keep_view(self, iri: str, state: str, applied: Iterable[str]) -> None:
        """Remember with which state a note's graph was stored; it waits no more."""
        self._db.execute("INSERT OR REPLACE INTO views VALUES (?, ?, ?)", (iri, state, "\n".join(applied)))
        self._db.execute("DELETE FROM pending WHERE iri = ?", (iri,))

    def view_states(self) -> dict[str, str]:
        """Return the states of the stored graphs by note."""
        return dict(self._db.execute("SELECT iri, state FROM views"))

    def applied(self) -> set[str]:
        """Return the decisions that changed something in some note's graph."""
        rows = self._db.execute("SELECT applied FROM views WHERE applied != ''")
        return {decision for (text,) in rows for decision in text.split("\n")}

    def wait(self, iris: Iterable[str]) -> None:
        """Remember notes whose graphs are to be built again."""
        self._db.executemany("INSERT OR IGNORE INTO pending VALUES (?)", ((iri,) for iri in iris))

    def waiting(self) -> list[str]:
        """Return the notes whose graphs are to be built again, in order."""
        return [iri for (iri,) in self._db.execute("SELECT iri FROM pending ORDER BY iri")]

    # --- what is published beside the notes

    def published(self) -> dict[str, str]:
        """Return what should stand in the graphs beside the notes, as N-Quads by what it is about."""
        return dict(self._db.execute("SELECT about, quads FROM published"))

    def published_about(self, prefix: str) -> list[str]:
        """Return what the rows are about whose names begin so, in order."""
        rows = self._db.execute(
            "SELECT about FROM published WHERE about >= ? AND about < ?", (prefix, f"{prefix}\U0010ffff")
        )
        return [about for (about,) in rows]

    def publish(self, rows: Mapping[str, str]) -> None:
        """Put some rows in the place of what there is, an empty text for none."""
        digest = int(self.value(_DIGEST) or "0", 16)
        for about, quads in rows.items():
            row = self._db.execute("SELECT quads FROM published WHERE about = ?", (about,)).fetchone()
            before = row[0] if row else ""
            if before == quads:
                continue
            self._db.execute("INSERT OR IGNORE INTO unpublished VALUES (?, ?)", (about, before))
            digest ^= _row_hash(about, before) ^ _row_hash(about, quads)
            if quads:
                self._db.execute("INSERT OR REPLACE INTO published VALUES (?, ?)", (about, quads))
            else:
                self._db.execute("DELETE FROM published WHERE about = ?", (about,))
        self.keep_value(_DIGEST, f"{digest:x}")

    def published_digest(self) -> str:
        """Return a digest of all rows, whatever order they came in; empty for none."""
        found = self.value(_DIGEST) or "0"
        return "" if found == "0" else found.zfill(_DIGEST_BYTES * 2)

    def unpublished(self) -> list[tuple[str, str]]:
        """Return the rows that changed since the store had them all, each as it was and as it is."""
        rows = self._db.execute(
            "SELECT unpublished.quads, coalesce(published.quads, '') FROM unpublished LEFT JOIN published USING (about)"
        )
        return rows.fetchall()

    def clear_unpublished(self) -> None:
        """Remember that the store has all rows as they are."""
        self._db.execute("DELETE FROM unpublished")
        self.keep_value("digest in the store", self.published_digest())

    def digest_in_store(self) -> str:
        """Return the digest of the rows that the store was last given."""
        return self.value("digest in the store") or ""

    # --- single values

    def value(self, name: str) -> str | None:
        """Return a value that was kept under a name."""
        row = self._db.execute("SELECT value FROM curation WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def keep_value(self, name: str, value: str) -> None:
        """Keep a value under a name."""
        self._db.execute("INSERT OR REPLACE INTO curation VALUES (?, ?)", (name, value))


def unpack_text(packed: bytes) -> str:
    """Return the text that `NoteShelf.keep_text` keeps."""
    return zlib.decompress(packed).decode("utf-8", "surrogatepass")


def _row_hash(about: str, quads: str) -> int:
    """Return what a row adds to the digest of all; nothing for an empty one."""
    if not quads:
        return 0
    return int.from_bytes(hashlib.blake2b(f"{about}\0{quads}".encode(), digest_size=_DIGEST_BYTES).digest(), "big")


def _hash(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big", signed=True)
