"""Bringing the index up to date: what the store says of a thing now takes the place of what it said."""

from __future__ import annotations

import hashlib
import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from kg.graph import KnowledgeGraph
from kg.passages import passages
from kg.rdf import KG, BlankNode, NamedNode, Quad
from kg.search.collection import NoteRecord
from kg.search.facts import EvidenceFact, Facts, Thing, hidden_things, read_facts, said_quads
from kg.search.file import IndexFile
from kg.search.words import encoded_text, name_key, terms

__all__ = ["Progress", "SyncReport", "is_current", "sync_facts"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done ("notes" or "vectors"), how far it is, and of how many."""

_MOST_TOUCHED = 5_000
"""Touched subjects of which each is asked for by itself; for more, all of the graph is read."""
_POSITIONS = 50
"""How many earlier positions of the store are known: a reader may still read it as it was then."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What bringing the index up to date did: notes by what became of them, and how many passages there are now.

    `not_encoded` passages have no vector yet; `changed` notes are those whose words or statements are others.
    """

    added: int = 0
    changed: int = 0
    removed: int = 0
    passages: int = 0
    not_encoded: int = 0


def is_current(file: IndexFile, graph: KnowledgeGraph, texts: Mapping[str, str], position: str) -> bool:
    """Tell whether the index holds what a graph at some position says, or what a later one said.

    A reader may have a store open that has gone on since; it is not followed back.
    """
    if not position or file.get("stamp") != _stamp(graph):
        return False
    if _has_new_texts(file, texts):
        return False
    known = file.db.execute("SELECT 1 FROM positions WHERE position = ?", (position,)).fetchone()
    return known is not None


def sync_facts(
    file: IndexFile,
    graph: KnowledgeGraph,
    texts: Mapping[str, str],
    position: str,
    progress: Progress | None = None,
) -> tuple[int, int, int]:
    """Bring all but the vectors up to date, in the caller's transaction; return notes added, changed and removed.

    Args:
        position: of the store, asked before anything was read.
    """
    hidden = hidden_things(graph)
    hidden_text = "\n".join(sorted(iri.value for iri in hidden))
    is_other = file.get("stamp") != _stamp(graph) or _has_new_texts(file, texts)
    touched = None if is_other or not position else graph.store.touched(file.get("position"))
    step = _Step(file, graph, texts, progress)
    if touched is not None and len(touched) <= _MOST_TOUCHED:
        changed = set(file.get("hidden").split("\n")) ^ set(hidden_text.split("\n"))
        step.follow(touched, frozenset(NamedNode(iri) for iri in changed if iri), hidden)
    else:
        step.compare(hidden)
    version = step.finish()
    for name, value in {
        "stamp": _stamp(graph), "position": position, "hidden": hidden_text, "texts": str(len(texts)),
        "version": str(version),
    }.items():  # fmt: skip
        file.put(name, value)
    (count,) = file.db.execute("SELECT count(*) FROM notes WHERE text_digest = x''").fetchone()
    file.put("without text", str(count))
    order = int(file.get("positions") or 0) + 1
    file.put("positions", str(order))
    file.db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?)", (position, order))
    file.db.execute("DELETE FROM positions WHERE version <= ?", (order - _POSITIONS,))
    return step.added, step.changed, step.removed


def _has_new_texts(file: IndexFile, texts: Mapping[str, str]) -> bool:
    """Tell whether there may be texts of notes that had none: of a cache that was made anew."""
    return file.get("without text") not in ("", "0") and file.get("texts") != str(len(texts))


def _stamp(graph: KnowledgeGraph) -> str:
    """Name what the index depends on besides notes and statements."""
    return f"{graph.ontology.digest} {graph.minter.base} {graph.store.dataset}"


class _Step:
    """One bringing up to date. `version` is the number that all its rows bear."""

    def __init__(
        self, file: IndexFile, graph: KnowledgeGraph, texts: Mapping[str, str], progress: Progress | None
    ) -> None:
        self._file, self._db, self._graph, self._texts, self._progress = file, file.db, graph, texts, progress
        self._version = file.version + 1
        self._is_changed = False
        self._nodes: dict[str, int] | None = None
        self._terms: dict[str, int] | None = None
        self._vectors: dict[bytes, bytes] = {}
        self._has_old = bool(
            self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'old_vectors'").fetchone()
        )  # of an index that was cleared
        self.added = self.changed = self.removed = 0

    # --- which things

    def follow(
        self, touched: Iterable[NamedNode | BlankNode], hidden_or_not: Iterable[NamedNode], hidden: frozenset[NamedNode]
    ) -> None:
        """Read what was touched, and what depends on it."""
        store = self._graph.store
        things = {iri.value for iri in touched if isinstance(iri, NamedNode)}
        for other in hidden_or_not:
            things.add(other.value)
            things.update(_subjects(store.match(None, None, other)))
        notes = {iri for iri in things if self._note_id(iri) is not None}
        for iri in things:
            notes.update(self._notes_of(iri))
            notes.update(_objects(store.match(NamedNode(iri), KG["inNote"])))
            notes.update(_subjects(store.match(None, KG["describes"], NamedNode(iri))))
        things |= notes
        described = {thing for note in notes for thing in _objects(store.match(NamedNode(note), KG["describes"]))}
        quads = [quad for iri in sorted(things | described) for quad in store.match(NamedNode(iri))]
        evidence = [quad for iri in sorted(notes) for quad in store.match(graph_name=NamedNode(iri))]
        own = things | described
        beside = [quad for quad in evidence if not (isinstance(quad.subject, NamedNode) and quad.subject.value in own)]
        facts = read_facts(said_quads([*quads, *beside], self._graph, hidden), self._graph)
        notes.update(iri for iri in facts.notes() if iri in things)
        for iri in sorted(things | described):
            self._put_thing(iri, facts.thing(iri, self._graph) if facts.is_thing(iri) else None)
        is_note = set(facts.notes())
        for number, iri in enumerate(sorted(notes)):
            if iri in is_note:
                self._put_note(iri, facts)
            else:
                self._drop_note(iri)
            self._tell(number + 1, len(notes))

    def compare(self, hidden: frozenset[NamedNode]) -> None:
        """Read all of the graph, and write what differs."""
        facts = read_facts(said_quads(self._graph.store.match(), self._graph, hidden), self._graph)
        self._nodes = dict(self._db.execute("SELECT iri, id FROM nodes"))
        self._terms = dict(self._db.execute("SELECT term, id FROM terms"))
        notes = sorted(facts.notes())
        things = facts.things()
        known = self._db.execute("SELECT iri FROM things JOIN nodes ON nodes.id = things.node").fetchall()
        for (iri,) in known:
            if iri not in things:
                self._put_thing(iri, None)
        for iri in sorted(things):
            self._put_thing(iri, facts.thing(iri, self._graph))
        is_note = set(notes)
        for (iri,) in self._db.execute("SELECT iri FROM notes ORDER BY iri").fetchall():
            if iri not in is_note:
                self._drop_note(iri)
        for number, iri in enumerate(notes):
            self._put_note(iri, facts)
            self._tell(number + 1, len(notes))

    def finish(self) -> int:
        """Return the version that the index has now."""
        if self._has_old:
            self._db.execute("DROP TABLE old_vectors")
        return self._version if self._is_changed else self._version - 1

    def _tell(self, done: int, total: int) -> None:
        if self._progress is not None and (done % 50 == 0 or done == total):
            self._progress("notes", done, total)

    # --- things

    def _put_thing(self, iri: str, thing: Thing | None) -> None:
        node = self._known_node(iri)
        row = None
        if node is not None:
            row = self._db.execute("SELECT names, classes, edges FROM things WHERE node = ?", (node,)).fetchone()
        if thing is None or not (thing.names or thing.edges):
            if row is not None:
                self._db.execute("DELETE FROM things WHERE node = ?", (node,))
                self._mark_gone("thing", node, iri)
            return
        pairs = array("i", (self._node(each) for edge in thing.edges for each in edge))
        now = (_json(thing.names), _json(thing.classes), pairs.tobytes())
        if row != now:
            node = self._node(iri)
            self._db.execute("INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?, ?)", (node, *now, self._version))
            self._db.execute("DELETE FROM gone WHERE kind = 'thing' AND id = ?", (node,))
            self._is_changed = True

    # --- notes

    def _put_note(self, iri: str, facts: Facts) -> None:
        text = self._texts.get(iri)
        described = facts.statements.described.get(iri)
        thing = facts.thing(described, self._graph) if described else None
        record = facts.note(iri, thing, text or "")
        evidence = facts.evidence.get(iri, [])
        written = _json({each.name: getattr(record, each.name) for each in fields(record)})
        digest = _digest(written, *map(str, evidence))
        text_digest = b"" if text is None else _digest(text)
        row = self._db.execute("SELECT id, digest, text_digest, record FROM notes WHERE iri = ?", (iri,)).fetchone()
        if row is not None and row[1:3] == (digest, text_digest):
            return
        self._is_changed = True
        if row is None:
            self.added += 1
            note = self._db.execute("INSERT INTO notes(iri) VALUES (?)", (iri,)).lastrowid
        else:
            self.changed += 1
            note = row[0]
        assert note is not None
        is_read_anew = row is None or row[2] != text_digest or _title(row[3]) != record.title
        if is_read_anew:
            self._put_passages(note, record, text or "")
        self._put_names(note, record)
        self._put_evidence(note, evidence)
        self._db.execute(
            "UPDATE notes SET described = ?, node = ?, thing = ?, record = ?, title = ?, digest = ?, text_digest = ?, "
            "evidence = ?, version = ? WHERE id = ?",
            (
                record.described, self._node(iri), self._node(record.described or iri), written,
                self._term_ids(" \n ".join((record.title, *record.aliases))), digest, text_digest,
                self._packed(evidence), self._version, note,
            ),
        )  # fmt: skip

    def _drop_note(self, iri: str) -> None:
        note = self._note_id(iri)
        if note is None:
            return
        self.removed += 1
        for table in ("passages", "names", "evidence"):
            self._db.execute(f"DELETE FROM {table} WHERE note = ?", (note,))
        self._db.execute("DELETE FROM notes WHERE id = ?", (note,))
        self._mark_gone("note", note, iri)

    def _put_passages(self, note: int, record: NoteRecord, text: str) -> None:
        before = self._db.execute("SELECT key, vector FROM passages WHERE note = ? AND vector IS NOT NULL", (note,))
        vectors: dict[bytes, bytes] = dict(before.fetchall())
        self._db.execute("DELETE FROM passages WHERE note = ?", (note,))
        found = [(each.start, each.end, each.headings) for each in passages(text)] or [(0, 0, ())]
        rows = []
        for ordinal, (start, end, headings) in enumerate(found):
            piece = text[start:end]
            key = _digest(encoded_text(record.title, headings, piece))
            rows.append((
                note, ordinal, start, end, _json(headings), piece, self._term_ids(piece),
                self._term_ids(" \n ".join(headings)), key, vectors.get(key) or self._old_vector(key),
            ))  # fmt: skip
        self._db.executemany(
            'INSERT INTO passages(note, ordinal, start, "end", headings, text, terms, heading_terms, key, vector) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def _put_names(self, note: int, record: NoteRecord) -> None:
        self._db.execute("DELETE FROM names WHERE note = ?", (note,))
        keys = {key for name in (record.title, *record.aliases) if (key := name_key(name))}
        self._db.executemany("INSERT INTO names VALUES (?, ?)", ((key, note) for key in sorted(keys)))

    def _put_evidence(self, note: int, evidence: Iterable[EvidenceFact]) -> None:
        self._db.execute("DELETE FROM evidence WHERE note = ?", (note,))
        rows = ((_short(fact.iri), note) for fact in evidence)
        self._db.executemany("INSERT OR REPLACE INTO evidence VALUES (?, ?)", rows)

    def _packed(self, evidence: Iterable[EvidenceFact]) -> bytes:
        """Return rows of six int32: subject, predicate, object or 0, start, end, and thousandths of confidence."""
        rows = array("i")
        for fact in evidence:
            rows.extend((self._node(fact.subject), self._node(fact.predicate)))
            rows.append(self._node(fact.object) if fact.object else 0)
            rows.extend((fact.start, fact.end, round(fact.confidence * 1000)))
        return rows.tobytes()

    def _old_vector(self, key: bytes) -> bytes | None:
        if not self._has_old:
            return None
        row = self._db.execute("SELECT vector FROM old_vectors WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    # --- rows

    def _mark_gone(self, kind: str, number: int | None, iri: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO gone VALUES (?, ?, ?, ?)", (kind, number, iri, self._version))
        self._is_changed = True

    def _note_id(self, iri: str) -> int | None:
        row = self._db.execute("SELECT id FROM notes WHERE iri = ?", (iri,)).fetchone()
        return row[0] if row else None

    def _notes_of(self, iri: str) -> set[str]:
        """Return the notes that something was evidence of, or that described it."""
        evidence = "SELECT notes.iri FROM evidence JOIN notes ON notes.id = evidence.note WHERE evidence.iri = ?"
        rows = self._db.execute(f"{evidence} UNION SELECT iri FROM notes WHERE described = ?", (_short(iri), iri))
        return {note for (note,) in rows}

    def _known_node(self, iri: str) -> int | None:
        if self._nodes is not None:
            return self._nodes.get(iri)
        row = self._db.execute("SELECT id FROM nodes WHERE iri = ?", (iri,)).fetchone()
        return row[0] if row else None

    def _node(self, iri: str) -> int:
        found = self._known_node(iri)
        if found is None:
            found = self._db.execute("INSERT INTO nodes(iri) VALUES (?)", (iri,)).lastrowid
            assert found is not None
            if self._nodes is not None:
                self._nodes[iri] = found
        return found

    def _term_ids(self, text: str) -> bytes:
        return array("i", map(self._term, terms(text))).tobytes()

    def _term(self, term: str) -> int:
        found = None if self._terms is None else self._terms.get(term)
        if found is None and self._terms is None:
            row = self._db.execute("SELECT id FROM terms WHERE term = ?", (term,)).fetchone()
            found = row[0] if row else None
        if found is None:
            found = self._db.execute("INSERT INTO terms(term) VALUES (?)", (term,)).lastrowid
            assert found is not None
            if self._terms is not None:
                self._terms[term] = found
        return found


def _subjects(quads: Iterable[Quad]) -> Iterator[str]:
    return (quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode))


def _objects(quads: Iterable[Quad]) -> Iterator[str]:
    return (quad.object.value for quad in quads if isinstance(quad.object, NamedNode))


def _title(record: str) -> str:
    return str(json.loads(record)["title"])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _digest(*parts: str) -> bytes:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _short(iri: str) -> bytes:
    return hashlib.blake2b(iri.encode(), digest_size=8).digest()
