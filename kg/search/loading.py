"""From the index file to a collection in memory, and from one collection to the next by what has changed.

A change is made at the notes: passages of the notes between stay as they are, and are moved in runs.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.search.collection import Collection, Floats, Ids, NoteRecord
from kg.search.file import IndexFile
from kg.search.graph_arrays import GraphRows, Places
from kg.search.word_index import FieldWeights, PassageTerms, Segment, WordIndex
from kg.search.words import name_key

__all__ = ["load"]

_MOST_CHANGED = 0.2
"""Part of the passages from which reading all anew takes less time."""
_FEW = 100
_PASSAGES = (
    'SELECT notes.id, start, "end", headings, text, terms, heading_terms, title, vector '
    "FROM notes JOIN passages ON passages.note = notes.id"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Notes and their passages, in order; note `n` has the passages from `starts[n]` on.

    `ids`, `nodes` and `things` are what notes, their IRIs and what they describe have for numbers in the file.
    """

    ids: Ids
    nodes: Ids
    things: Ids
    notes: list[NoteRecord]
    starts: NDArray[np.int64]
    start: Ids
    end: Ids
    texts: list[str]
    headings: list[tuple[str, ...]]
    vectors: Floats
    is_encoded: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Loaded:
    """What the next collection is made from besides rows: words, names and the graph.

    `newer` are the terms of passages that were read later, at `newer_place`; `base` has those of the others.
    """

    rows: _Rows
    identity: str
    model: str
    numbers: dict[str, int]
    names: dict[str, tuple[int, ...]]
    base: Segment
    newer: PassageTerms
    newer_place: Ids
    graph: GraphRows

    def collection(self, version: int) -> Collection:
        rows, count = self.rows, max(self.numbers.values(), default=0) + 1
        segments = [self.base, *([Segment(self.newer, self.newer_place, count)] if len(self.newer_place) else [])]
        note_of = np.repeat(np.arange(len(rows.notes), dtype=np.int32), np.diff(rows.starts))

        def named(key: str) -> Iterator[range]:
            ids = self.names.get(key, ()) if key else ()
            for place in np.nonzero(np.isin(rows.ids, ids))[0] if ids else ():
                yield range(int(rows.starts[place]), int(rows.starts[place + 1]))

        words = WordIndex(segments, self.numbers, named, rows.texts)
        graph = self.graph.assembled(Places(
            rows.notes, rows.ids, rows.nodes, rows.things, note_of, rows.start, rows.end))
        return Collection(
            version, rows.notes, note_of, rows.start, rows.end, rows.texts, rows.headings, rows.starts, rows.vectors,
            rows.is_encoded, graph.entities, graph.entity_of_note, graph.mentions, graph.edges, words.scores,
            words.parts, self,
        )  # fmt: skip


def load(file: IndexFile, model_name: str, fields: FieldWeights, before: Collection | None = None) -> Collection:
    """Return what the index holds.

    Args:
        model_name: whose vectors; those of another model are not loaded.
        before: loaded earlier with the same model and weights; only what changed since is read, unless that is much.
    """
    with file.reading():
        version = file.version
        model = model_name if file.get("model") == model_name else ""
        earlier = None if before is None else before.loaded
        if (
            before is not None
            and isinstance(earlier, _Loaded)
            and (earlier.identity, earlier.model) == (file.get("identity"), model)
            and before.version >= int(file.get("oldest") or 0)
        ):
            if before.version == version:
                return before
            following = _following(file, fields, before.version, earlier)
            if following is not None:
                return following.collection(version)
        return _all(file, model, fields).collection(version)


def _all(file: IndexFile, model: str, fields: FieldWeights) -> _Loaded:
    rows, terms = _read(file, fields, bool(model), None)
    numbers: dict[str, int] = dict(file.db.execute("SELECT term, id FROM terms"))
    _check(terms, numbers)
    names: dict[str, tuple[int, ...]] = {}
    for name, note in file.db.execute("SELECT name, note FROM names"):
        names[name] = (*names.get(name, ()), note)
    place = np.arange(len(rows.texts), dtype=np.int32)
    base = Segment(terms, place, max(numbers.values(), default=0) + 1)
    nothing = PassageTerms(np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
    return _Loaded(rows, file.get("identity"), model, numbers, names, base, nothing, place[:0], GraphRows.read(file))


def _following(file: IndexFile, fields: FieldWeights, version: int, before: _Loaded) -> _Loaded | None:
    """Return what is there now, given what was at a version; None where too much has changed."""
    changed = {note for (note,) in file.db.execute("SELECT id FROM notes WHERE version > ?", (version,))}
    gone = {note for (note,) in file.db.execute("SELECT id FROM gone WHERE kind = 'note' AND version > ?", (version,))}
    most = max(_FEW, _MOST_CHANGED * len(before.rows.notes))
    if len(changed) > most or len(before.newer_place) > max(_FEW, _MOST_CHANGED * len(before.rows.texts)):
        return None
    graph = before.graph.followed(file, version, changed | gone)
    if not changed and not gone:
        return replace(before, graph=graph)
    new, new_terms = _read(file, fields, bool(before.model), changed)
    left_out = np.nonzero(np.isin(before.rows.ids, list(changed | gone)))[0].tolist()
    runs = _runs(before.rows, new, left_out)
    moved, added = _moves(before.rows, new, runs)
    numbers = before.numbers
    largest = max(numbers.values(), default=0)
    if found := file.db.execute("SELECT term, id FROM terms WHERE id > ?", (largest,)).fetchall():
        numbers = {**numbers, **dict(found)}
    _check(new_terms, numbers)
    names = dict(before.names)
    for place in left_out:
        note, record = int(before.rows.ids[place]), before.rows.notes[place]
        for key in {name_key(name) for name in (record.title, *record.aliases)}:
            names[key] = tuple(other for other in names.get(key, ()) if other != note)
    for note in sorted(changed):
        for (key,) in file.db.execute("SELECT name FROM names WHERE note = ?", (note,)):
            names[key] = (*names.get(key, ()), note)
    still = _moved(before.newer_place, moved)
    newer = _joined(_kept(before.newer, still >= 0), new_terms)
    return _Loaded(
        _spliced(before.rows, new, runs), before.identity, before.model, numbers, names,
        before.base.moved(_moved(before.base.place, moved)), newer, np.concatenate([still[still >= 0], added]), graph,
    )  # fmt: skip


# --- reading


def _read(
    file: IndexFile, fields: FieldWeights, with_vectors: bool, notes: Iterable[int] | None
) -> tuple[_Rows, PassageTerms]:
    """Return all notes, or some, with the terms of their passages."""
    order = "ORDER BY notes.iri, ordinal"
    if notes is None:
        records = file.db.execute("SELECT id, node, thing, record FROM notes ORDER BY iri").fetchall()
        found: Iterable[tuple[Any, ...]] = file.db.execute(f"{_PASSAGES} {order}")
    else:
        query = "SELECT iri, id, node, thing, record FROM notes WHERE id = ?"
        chosen = sorted(row for note in notes for row in file.db.execute(query, (note,)))
        records = [row[1:] for row in chosen]
        query = f"{_PASSAGES} WHERE notes.id = ? {order}"
        found = (row for note, *_ in records for row in file.db.execute(query, (note,)))
    places = {note: place for place, (note, *_) in enumerate(records)}
    counts = np.zeros(len(records) + 1, dtype=np.int64)
    positions: list[tuple[int, int]] = []
    texts: list[str] = []
    headings: list[tuple[str, ...]] = []
    blobs: list[bytes] = []
    halves: list[bytes | None] = []
    paths: dict[str, tuple[str, ...]] = {"[]": ()}
    for note, start, end, path, text, terms, heading_terms, title, vector in found:
        counts[places[note] + 1] += 1
        positions.append((start, end))
        texts.append(text)
        if path not in paths:
            paths[path] = tuple(json.loads(path))
        headings.append(paths[path])
        blobs += (terms, heading_terms, title)
        halves.append(vector if with_vectors else None)
    place = np.array(positions, dtype=np.int32).reshape(-1, 2)
    vectors, is_encoded = _vectors(halves)
    numbers = np.array([row[:3] for row in records], dtype=np.int32).reshape(-1, 3)
    rows = _Rows(
        numbers[:, 0].copy(), numbers[:, 1].copy(), numbers[:, 2].copy(), [_record(row[3]) for row in records],
        np.cumsum(counts), place[:, 0].copy(), place[:, 1].copy(), texts, headings, vectors, is_encoded,
    )  # fmt: skip
    return rows, _terms(blobs, fields)


def _record(text: str) -> NoteRecord:
    fields: dict[str, Any] = json.loads(text)
    for name in ("aliases", "tags", "classes"):
        fields[name] = tuple(fields[name])
    return NoteRecord(**fields)


def _vectors(halves: Sequence[bytes | None]) -> tuple[Floats, NDArray[np.bool_]]:
    is_encoded = np.array([half is not None for half in halves], dtype=bool)
    size = next((len(half) for half in halves if half is not None), 0)
    vectors = np.zeros((len(halves), size // 2), dtype=np.float32)
    for start in range(0, len(halves), 4096):  # never all of it twice
        run = slice(start, start + 4096)
        joined = b"".join(half for half in halves[run] if half is not None)
        vectors[run][is_encoded[run]] = np.frombuffer(joined, dtype="<f2").reshape(-1, size // 2 or 1)[:, : size // 2]
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    np.divide(vectors, np.where(lengths > 0, lengths, 1), out=vectors)
    return vectors, is_encoded


def _terms(blobs: Sequence[bytes], fields: FieldWeights) -> PassageTerms:
    """Return the terms of passages from three runs of numbers for each: of its text, its headings and its title."""
    sizes = np.array([len(blob) // 4 for blob in blobs], dtype=np.int64)
    starts = np.zeros(len(blobs) // 3 + 1, dtype=np.int64)
    np.cumsum(sizes.reshape(-1, 3).sum(axis=1), out=starts[1:])
    weights = np.tile(np.array([1.0, fields.heading, fields.title], dtype=np.float32), len(blobs) // 3)
    return PassageTerms(starts, np.frombuffer(b"".join(blobs), dtype=np.int32), np.repeat(weights, sizes))


def _check(terms: PassageTerms, numbers: Mapping[str, int]) -> None:
    """Raise ValueError for terms that have no number: what is made of them writes where it may not."""
    last = max(numbers.values(), default=0)
    if len(terms.terms) and not 0 < int(terms.terms.min()) <= int(terms.terms.max()) <= last:
        raise ValueError("a passage has words that are none")


# --- what has changed

_Run = tuple[bool, int, int]
"""Whether notes are new ones, and from which to which of them."""


def _runs(old: _Rows, new: _Rows, left_out: Sequence[int]) -> list[_Run]:
    """Return how the notes come together, in the order of their IRIs."""
    cuts = [(place, False, place) for place in left_out]
    cuts += [(bisect_left(old.notes, note.iri, key=_iri), True, place) for place, note in enumerate(new.notes)]
    runs: list[_Run] = []
    at = 0
    for place, is_new, number in sorted(cuts, key=lambda cut: (cut[0], not cut[1], cut[2])):
        if place > at:
            runs.append((False, at, place))
            at = place
        if is_new:
            runs.append((True, number, number + 1))
        else:
            at = place + 1
    return [*runs, (False, at, len(old.notes))]


def _iri(note: NoteRecord) -> str:
    return note.iri


def _moves(old: _Rows, new: _Rows, runs: Sequence[_Run]) -> tuple[Ids, Ids]:
    """Return where each passage is then, -1 for one that is left out: of the old ones and of the new ones."""
    targets = (np.full(len(old.texts), -1, dtype=np.int32), np.full(len(new.texts), -1, dtype=np.int32))
    at = 0
    for is_new, first, last in runs:
        starts = (new if is_new else old).starts
        low, high = int(starts[first]), int(starts[last])
        targets[is_new][low:high] = np.arange(at, at + high - low, dtype=np.int32)
        at += high - low
    return targets


def _spliced(old: _Rows, new: _Rows, runs: Sequence[_Run]) -> _Rows:
    notes: list[NoteRecord] = []
    texts: list[str] = []
    headings: list[tuple[str, ...]] = []
    of_notes, of_passages = ("ids", "nodes", "things"), ("start", "end", "is_encoded")
    parts: dict[str, list[NDArray[Any]]] = {name: [] for name in (*of_notes, *of_passages, "vectors", "counts")}
    width = max(old.vectors.shape[1], new.vectors.shape[1])
    for is_new, first, last in runs:
        source = new if is_new else old
        run = slice(int(source.starts[first]), int(source.starts[last]))
        notes += source.notes[first:last]
        texts += source.texts[run]
        headings += source.headings[run]
        parts["counts"].append(np.diff(source.starts[first : last + 1]))
        vectors = source.vectors[run]
        if vectors.shape[1] != width:  # none of them is encoded
            vectors = np.zeros((len(vectors), width), dtype=np.float32)
        parts["vectors"].append(vectors)
        for name in of_passages:
            parts[name].append(getattr(source, name)[run])
        for name in of_notes:
            parts[name].append(getattr(source, name)[first:last])
    joined = {name: np.concatenate(each) for name, each in parts.items()}
    starts = np.zeros(len(notes) + 1, dtype=np.int64)
    np.cumsum(joined["counts"], out=starts[1:])
    return _Rows(
        joined["ids"], joined["nodes"], joined["things"], notes, starts, joined["start"], joined["end"], texts,
        headings, joined["vectors"], joined["is_encoded"],
    )  # fmt: skip


def _moved(places: Ids, moved: Ids) -> Ids:
    found: Ids = np.where(places >= 0, moved[np.maximum(places, 0)] if len(moved) else -1, -1).astype(np.int32)
    return found


def _kept(terms: PassageTerms, is_kept: NDArray[np.bool_]) -> PassageTerms:
    sizes = np.diff(terms.starts)
    wanted = np.repeat(is_kept, sizes)
    starts = np.zeros(int(is_kept.sum()) + 1, dtype=np.int64)
    np.cumsum(sizes[is_kept], out=starts[1:])
    return PassageTerms(starts, terms.terms[wanted], terms.weights[wanted])


def _joined(one: PassageTerms, other: PassageTerms) -> PassageTerms:
    return PassageTerms(
        np.concatenate([one.starts, one.starts[-1] + other.starts[1:]]),
        np.concatenate([one.terms, other.terms]),
        np.concatenate([one.weights, other.weights]),
    )
