"""The shelf in a SQLite file, read as it is needed: a new process that adds one entity reads its blocks only."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import metadata
from typing import Any, Generic, TypeVar

from kg.fingerprint import sources_digest
from kg.ontology import Ontology
from kg.rdf import NamedNode
from kg.resolution.answer import ResolutionSettings, Review
from kg.resolution.clusters import Cluster, Edge, Refusal
from kg.resolution.decided import Decided
from kg.resolution.profile import Neighbour, Profile
from kg.resolution.shelf import BlockPlaces, ByEntity, ByPair, Marks, Place

__all__ = ["SqliteShelf", "setting_digest"]

Value = TypeVar("Value")

_SCHEMA = {
    "about": "(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID",
    "iris": "(id INTEGER PRIMARY KEY, iri TEXT UNIQUE)",
    "profiles": "(entity INTEGER PRIMARY KEY, value TEXT)",
    "clusters": "(entity INTEGER PRIMARY KEY, value TEXT)",
    "pairs": "(first INTEGER, second INTEGER, value REAL, PRIMARY KEY(first, second)) WITHOUT ROWID",
    "refusals": "(first INTEGER, second INTEGER, value TEXT, PRIMARY KEY(first, second)) WITHOUT ROWID",
    "reviews": "(first INTEGER, second INTEGER, value TEXT, PRIMARY KEY(first, second)) WITHOUT ROWID",
    "blocks": "(key TEXT, neighbour INTEGER, entity INTEGER, PRIMARY KEY(key, neighbour, entity)) WITHOUT ROWID",
    "unsettled": "(entity INTEGER PRIMARY KEY)",
}
_CACHE_KB = 131_072
"""Pages that SQLite may keep in memory while a shelf is filled: one for 100,000 entities fits."""
_WHOLE = 0
"""Stands for the neighbour of a whole block; ids begin with 1."""


def setting_digest(ontology: Ontology, settings: ResolutionSettings) -> str:
    """Return a digest of what the answers of a resolver depend on besides profiles and decisions."""
    parts = (sources_digest("kg.resolution", "kg.text"), metadata.version("opencc"), ontology.digest, repr(settings))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


class SqliteShelf:
    """A shelf in tables `resolution_*`, which it makes where they are not.

    What is changed is part of the caller's transaction. After one that was rolled back, this object and its resolver
    know what is no longer there: throw them away and make new ones. Nobody else may write these tables meanwhile.

    Args:
        connection: to a file or to memory; it stays the caller's.
        setting: says what everything in the tables was made with (`setting_digest`). If that is another, the tables
            are made anew, and `is_new` is true. Only then is anything written here.
    """

    def __init__(self, connection: sqlite3.Connection, setting: str) -> None:
        self._db = connection
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'resolution_*'"
        found = [name for (name,) in connection.execute(tables).fetchall()]
        if "resolution_about" not in found or self._about("setting") != setting:
            for name in found:
                connection.execute(f"DROP TABLE {name}")
            for name, columns in _SCHEMA.items():
                connection.execute(f"CREATE TABLE resolution_{name}{columns}")
            for name in ("pairs", "refusals", "reviews"):
                connection.execute(f"CREATE INDEX resolution_{name}_back ON resolution_{name}(second)")
            self._keep("setting", setting)
        self.is_new = connection.execute("SELECT 1 FROM resolution_profiles LIMIT 1").fetchone() is None
        if self.is_new:
            connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")  # all profiles come, and their blocks lie anywhere
        ids = _Ids(connection)
        self.profiles: ByEntity[Profile] = _Entities(ids, "profiles", _write_profile, _read_profile)
        self.clusters: ByEntity[Cluster] = _Entities(ids, "clusters", _write_cluster, _read_cluster)
        self.pairs: ByPair[float] = _Pairs(ids, "pairs", lambda value: value, lambda left, right, value: value)
        self.refusals: ByPair[Refusal] = _Pairs(ids, "refusals", _write_refusal, _read_refusal)
        self.reviews: ByPair[Review] = _Pairs(ids, "reviews", _write_review, _read_review)
        self.blocks: BlockPlaces = _Blocks(ids)
        self.unsettled: Marks = _Marks(ids)

    def _about(self, name: str) -> str | None:
        row = self._db.execute("SELECT value FROM resolution_about WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def _keep(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO resolution_about VALUES (?, ?)", (name, value))

    def decided(self) -> Decided:
        """Return the decisions that everything on the shelf was made with."""
        text = self._about("decided")
        if text is None:
            return Decided()
        same, apart, groups, keepers = ([_iris(group) for group in part] for part in json.loads(text))
        return Decided(
            frozenset(map(frozenset, same)),
            frozenset(map(frozenset, apart)),
            tuple(map(frozenset, groups)),
            tuple((keeper, other) for keeper, other in keepers),
        )

    def keep_decided(self, decided: Decided) -> None:
        """Put other decisions in their place."""
        parts = (decided.same, decided.apart, decided.groups, decided.keepers)
        self._keep("decided", _json([[[iri.value for iri in group] for group in part] for part in parts]))


class _Ids:
    """Numbers for IRIs, which stand for them in all tables."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.db = connection
        self._ids: dict[NamedNode, int] = {}
        self._iris: dict[int, NamedNode] = {}

    def find(self, iri: NamedNode) -> int | None:
        found = self._ids.get(iri)
        if found is None:
            row = self.db.execute("SELECT id FROM resolution_iris WHERE iri = ?", (iri.value,)).fetchone()
            if row is None:
                return None
            found = self._remember(row[0], iri)
        return found

    def of(self, iri: NamedNode) -> int:
        found = self.find(iri)
        if found is None:
            cursor = self.db.execute("INSERT INTO resolution_iris(iri) VALUES (?)", (iri.value,))
            assert cursor.lastrowid is not None
            found = self._remember(cursor.lastrowid, iri)
        return found

    def iri(self, number: int) -> NamedNode:
        found = self._iris.get(number)
        if found is None:
            (text,) = self.db.execute("SELECT iri FROM resolution_iris WHERE id = ?", (number,)).fetchone()
            found = NamedNode(text)
            self._remember(number, found)
        return found

    def _remember(self, number: int, iri: NamedNode) -> int:
        self._ids[iri] = number
        self._iris[number] = iri
        return number


class _Entities(Generic[Value]):
    def __init__(
        self, ids: _Ids, table: str, write: Callable[[Value], str], read: Callable[[NamedNode, str], Value]
    ) -> None:
        self._ids, self._db, self._write, self._read = ids, ids.db, write, read
        self._get = f"SELECT value FROM resolution_{table} WHERE entity = ?"
        self._put = f"INSERT OR REPLACE INTO resolution_{table} VALUES (?, ?)"
        self._drop = f"DELETE FROM resolution_{table} WHERE entity = ?"
        self._all = f"SELECT entity, value FROM resolution_{table}"

    def get(self, iri: NamedNode) -> Value | None:
        number = self._ids.find(iri)
        row = None if number is None else self._db.execute(self._get, (number,)).fetchone()
        return None if row is None else self._read(iri, row[0])

    def put(self, iri: NamedNode, value: Value) -> None:
        self._db.execute(self._put, (self._ids.of(iri), self._write(value)))

    def drop(self, iri: NamedNode) -> None:
        number = self._ids.find(iri)
        if number is not None:
            self._db.execute(self._drop, (number,))

    def items(self) -> Iterator[tuple[NamedNode, Value]]:
        for number, text in self._db.execute(self._all):
            iri = self._ids.iri(number)
            yield iri, self._read(iri, text)


class _Pairs(Generic[Value]):
    """`read` gets both entities, the first by IRI first."""

    def __init__(
        self,
        ids: _Ids,
        table: str,
        write: Callable[[Value], object],
        read: Callable[[NamedNode, NamedNode, Any], Value],
    ) -> None:
        self._ids, self._db, self._write, self._read = ids, ids.db, write, read
        name = f"resolution_{table}"
        self._of = f"SELECT second, value FROM {name} WHERE first = ?1 UNION ALL SELECT first, value FROM {name} WHERE second = ?1"  # noqa: E501
        self._put = f"INSERT OR REPLACE INTO {name} VALUES (?, ?, ?)"
        self._drop = f"DELETE FROM {name} WHERE first = ? AND second = ?"
        self._all = f"SELECT first, second, value FROM {name}"

    def _ordered(self, left: NamedNode, right: NamedNode) -> tuple[int, int]:
        a, b = self._ids.of(left), self._ids.of(right)
        return (a, b) if a < b else (b, a)

    def _value(self, left: NamedNode, right: NamedNode, stored: object) -> Value:
        return self._read(left, right, stored) if left.value < right.value else self._read(right, left, stored)

    def of(self, iri: NamedNode) -> dict[NamedNode, Value]:
        number = self._ids.find(iri)
        if number is None:
            return {}
        rows = [(self._ids.iri(other), stored) for other, stored in self._db.execute(self._of, (number,)).fetchall()]
        return {other: self._value(iri, other, stored) for other, stored in rows}

    def put(self, left: NamedNode, right: NamedNode, value: Value) -> None:
        self._db.execute(self._put, (*self._ordered(left, right), self._write(value)))

    def drop(self, left: NamedNode, right: NamedNode) -> None:
        self._db.execute(self._drop, self._ordered(left, right))

    def values(self) -> Iterator[Value]:
        for a, b, stored in self._db.execute(self._all):
            yield self._value(self._ids.iri(a), self._ids.iri(b), stored)


class _Blocks:
    def __init__(self, ids: _Ids) -> None:
        self._ids, self._db = ids, ids.db

    def _row(self, place: Place) -> tuple[str, int]:
        key, neighbour = place
        return key, _WHOLE if neighbour is None else self._ids.of(neighbour)

    def join(self, places: Sequence[Place], iri: NamedNode) -> None:
        entity = self._ids.of(iri)
        rows = [(*self._row(place), entity) for place in places]
        self._db.executemany("INSERT INTO resolution_blocks VALUES (?, ?, ?)", rows)

    def leave(self, places: Sequence[Place], iri: NamedNode) -> None:
        entity = self._ids.of(iri)
        rows = [(*self._row(place), entity) for place in places]
        self._db.executemany("DELETE FROM resolution_blocks WHERE key = ? AND neighbour = ? AND entity = ?", rows)

    def members(self, place: Place, limit: int) -> list[NamedNode]:
        select = "SELECT entity FROM resolution_blocks WHERE key = ? AND neighbour = ? LIMIT ?"
        return [self._ids.iri(entity) for (entity,) in self._db.execute(select, (*self._row(place), limit)).fetchall()]

    def larger_than(self, size: int) -> list[tuple[str, int]]:
        select = "SELECT key, count(*) FROM resolution_blocks WHERE neighbour = ? GROUP BY key HAVING count(*) > ?"
        return [(str(key), int(count)) for key, count in self._db.execute(select, (_WHOLE, size))]


class _Marks:
    def __init__(self, ids: _Ids) -> None:
        self._ids, self._db = ids, ids.db
        self._known: set[NamedNode] | None = None

    def _iris(self) -> set[NamedNode]:
        if self._known is None:
            rows = self._db.execute("SELECT entity FROM resolution_unsettled").fetchall()
            self._known = {self._ids.iri(entity) for (entity,) in rows}
        return self._known

    def add(self, iris: Iterable[NamedNode]) -> None:
        new = set(iris) - self._iris()
        rows = [(self._ids.of(iri),) for iri in new]
        self._db.executemany("INSERT INTO resolution_unsettled VALUES (?)", rows)
        self._iris().update(new)

    def all(self) -> frozenset[NamedNode]:
        return frozenset(self._iris())

    def clear(self) -> None:
        self._db.execute("DELETE FROM resolution_unsettled")
        self._iris().clear()


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _iris(values: Iterable[str]) -> tuple[NamedNode, ...]:
    return tuple(map(NamedNode, values))


def _write_profile(profile: Profile) -> str:
    neighbours = sorted((n.predicate.value, n.entity.value, n.inverse) for n in profile.neighbours)
    class_iri = profile.class_iri.value if profile.class_iri else None
    notes = sorted(note.value for note in profile.notes)
    return _json([profile.names, profile.aliases, class_iri, neighbours, notes, profile.origin])


def _read_profile(iri: NamedNode, text: str) -> Profile:
    names, aliases, class_iri, neighbours, notes, origin = json.loads(text)
    return Profile(
        iri,
        tuple(names),
        tuple(aliases),
        NamedNode(class_iri) if class_iri else None,
        frozenset(Neighbour(NamedNode(p), NamedNode(end), inverse) for p, end, inverse in neighbours),
        frozenset(_iris(notes)),
        origin,
    )


def _write_cluster(cluster: Cluster) -> str:
    return _json([cluster.keeper.value, [member.value for member in cluster.members]])


def _read_cluster(_: NamedNode, text: str) -> Cluster:
    keeper, members = json.loads(text)
    return Cluster(NamedNode(keeper), _iris(members))


def _write_refusal(refusal: Refusal) -> str:
    apart = [iri.value for iri in refusal.apart]
    return _json([refusal.edge.log_odds, refusal.edge.is_decided, apart, refusal.reason])


def _read_refusal(left: NamedNode, right: NamedNode, text: str) -> Refusal:
    log_odds, is_decided, (a, b), reason = json.loads(text)
    return Refusal(Edge(left, right, log_odds, is_decided), (NamedNode(a), NamedNode(b)), reason)


def _write_review(review: Review) -> str:
    return _json([review.confidence, review.reason, [iri.value for iri in review.apart or ()]])


def _read_review(left: NamedNode, right: NamedNode, text: str) -> Review:
    confidence, reason, apart = json.loads(text)
    return Review(left, right, confidence, reason, (NamedNode(apart[0]), NamedNode(apart[1])) if apart else None)
