"""The graph of the index as arrays: entities, the passages that name them, and what is said between them."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Collection as Some
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from kg.rdf import RDF
from kg.search.collection import Edges, EntityRecord, Ids, NoteRecord, Sparse
from kg.search.file import IndexFile

__all__ = ["GraphArrays", "GraphRows", "Places"]

_Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where notes and passages are in a collection.

    `ids`, `nodes` and `things` are what notes, their IRIs and what they describe have for numbers in the file.
    """

    notes: Sequence[NoteRecord]
    ids: Ids
    nodes: Ids
    things: Ids
    note_of: Ids
    start: Ids
    end: Ids


@dataclass(frozen=True, slots=True, eq=False)
class GraphArrays:
    """The graph's part of a collection."""

    entities: list[EntityRecord]
    entity_of_note: Ids
    mentions: Sparse
    edges: Edges


@dataclass(slots=True, eq=False)
class _Order:
    """Nodes in the order of their IRIs, each with its record: what was assembled last."""

    nodes: list[int] = field(default_factory=list)
    records: list[EntityRecord] = field(default_factory=list)
    titles: dict[int, list[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class GraphRows:
    """The graph as the file has it: nodes by number, in the order in which they came.

    Attributes:
        iris: of the nodes by number; empty where a number is not used.
        things: names and classes by node.
        edges: (n, 3) int32: head, predicate, tail.
        evidence: (n, 7) int32: note, subject, predicate, object or 0, start, end, confidence in thousandths.
        order: of what was assembled before; only `changed` nodes may have other names or classes now. None for all.
    """

    iris: list[str]
    things: dict[int, tuple[tuple[str, ...], tuple[str, ...]]]
    edges: Ids
    evidence: Ids
    order: _Order = field(default_factory=_Order)
    changed: frozenset[int] | None = None

    @classmethod
    def read(cls, file: IndexFile) -> GraphRows:
        """Return all that a file has."""
        iris = [""]
        for number, iri in file.db.execute("SELECT id, iri FROM nodes ORDER BY id"):
            iris.extend("" for _ in range(number - len(iris)))
            iris.append(iri)
        things, edges = _things(file, "", ())
        return cls(iris, things, edges, _evidence(file, "", ()))

    def followed(self, file: IndexFile, version: int, notes: Some[int]) -> GraphRows:
        """Return what a file has now, given what it had at a version, and the notes that changed since or are gone."""
        iris = self.iris
        for number, iri in file.db.execute("SELECT id, iri FROM nodes WHERE id >= ? ORDER BY id", (len(iris),)):
            iris.extend("" for _ in range(number - len(iris)))  # nobody minds names that no row of theirs uses
            iris.append(iri)
        newer = "version > ?"
        changed, added = _things(file, f"WHERE {newer}", (version,))
        gone = {
            node
            for (node,) in file.db.execute(f"SELECT id FROM gone WHERE kind = 'thing' AND {newer}", (version,))
            if node not in changed
        }
        things, edges, evidence = self.things, self.edges, self.evidence
        if changed or gone:
            things = {**things, **changed}
            for node in gone:
                things.pop(node, None)
            others = np.fromiter((*changed, *gone), dtype=np.int32)
            edges = np.concatenate([edges[~np.isin(edges[:, 0], others)], added])
        if notes:
            others = np.fromiter(notes, dtype=np.int32)
            found = [_evidence(file, "WHERE id = ?", (note,)) for note in sorted(notes)]
            evidence = np.concatenate([evidence[~np.isin(evidence[:, 0], others)], *found])
        return GraphRows(iris, things, edges, evidence, self.order, frozenset({*changed, *gone}))

    def assembled(self, places: Places) -> GraphArrays:
        """Return the graph's part of a collection."""
        return _Assembly(self, places).run()


def _things(
    file: IndexFile, condition: str, arguments: tuple[int, ...]
) -> tuple[dict[int, tuple[tuple[str, ...], tuple[str, ...]]], Ids]:
    things: dict[int, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    blobs: list[bytes] = []
    heads: list[int] = []
    sizes: list[int] = []
    same: dict[str, tuple[str, ...]] = {}
    query = f"SELECT node, names, classes, edges FROM things {condition} ORDER BY node"
    for node, names, classes, edges in file.db.execute(query, arguments):
        if classes not in same:
            same[classes] = tuple(json.loads(classes))
        things[node] = (tuple(json.loads(names)), same[classes])
        blobs.append(edges)
        heads.append(node)
        sizes.append(len(edges) // 8)
    pairs = np.frombuffer(b"".join(blobs), dtype=np.int32).reshape(-1, 2)
    rows = np.empty((len(pairs), 3), dtype=np.int32)
    rows[:, 0] = np.repeat(np.array(heads, dtype=np.int32), np.array(sizes, dtype=np.int64))
    rows[:, 1:] = pairs
    return things, rows


def _evidence(file: IndexFile, condition: str, arguments: tuple[int, ...]) -> Ids:
    found = file.db.execute(f"SELECT id, evidence FROM notes {condition} ORDER BY id", arguments).fetchall()
    fields = np.frombuffer(b"".join(blob for _, blob in found), dtype=np.int32).reshape(-1, 6)
    rows = np.empty((len(fields), 7), dtype=np.int32)
    sizes = np.array([len(blob) // 24 for _, blob in found], dtype=np.int64)
    rows[:, 0] = np.repeat(np.array([note for note, _ in found], dtype=np.int32), sizes)
    rows[:, 1:] = fields
    return rows


class _Assembly:
    """Makes arrays in the order of IRIs from rows in the order of numbers."""

    def __init__(self, rows: GraphRows, places: Places) -> None:
        self._rows, self._places = rows, places

    def run(self) -> GraphArrays:
        rows, places = self._rows, self._places
        canonical = np.arange(len(rows.iris), dtype=np.int32)  # a note is what it describes
        canonical[places.nodes] = places.things
        heads, tails = canonical[rows.edges[:, 0]], canonical[rows.edges[:, 2]]
        subjects, objects = canonical[rows.evidence[:, 1]], canonical[rows.evidence[:, 3]]
        is_used = np.zeros(len(rows.iris), dtype=bool)
        named = np.fromiter((node for node, (names, _) in rows.things.items() if names), dtype=np.int32)
        for used in (heads, tails, subjects, canonical[named], places.things):
            is_used[used] = True
        says_class = self._says_class()
        is_used[objects[~says_class]] = True
        is_used[0] = False
        entities = self._ordered(is_used)
        entity_of = np.full(len(rows.iris), -1, dtype=np.int32)
        entity_of[rows.order.nodes] = np.arange(len(entities), dtype=np.int32)
        passages = self._passages()
        subjects, objects = entity_of[subjects], np.where(says_class, np.int32(-1), entity_of[objects])
        return GraphArrays(
            entities,
            entity_of[places.things],
            self._mentions(subjects, objects, passages),
            self._edges(entity_of[heads], entity_of[tails], subjects, objects, passages, len(entities)),
        )

    def _says_class(self) -> NDArray[np.bool_]:
        """Tell of each piece of evidence whether its object is a class, which is no entity."""
        says_class = RDF["type"].value
        types = [number for number, iri in enumerate(self._rows.iris) if iri == says_class]
        found: NDArray[np.bool_] = np.isin(self._rows.evidence[:, 2], types)
        return found

    def _ordered(self, is_used: NDArray[np.bool_]) -> list[EntityRecord]:
        """Return the records of the nodes that are used, in the order of their IRIs, and remember that order.

        Those of nodes that have not changed are the objects that they were.
        """
        rows, order, iris = self._rows, self._rows.order, self._rows.iris
        titles = self._titles()
        wanted = np.nonzero(is_used)[0]
        if rows.changed is None or not order.nodes:
            nodes = sorted(wanted.tolist(), key=iris.__getitem__)
            order.nodes, order.records = nodes, [self._record(node, titles, None) for node in nodes]
        else:
            was_used = np.zeros(len(is_used), dtype=bool)
            was_used[order.nodes] = True
            nodes, records = list(order.nodes), list(order.records)
            for node in np.nonzero(was_used & ~is_used)[0].tolist():
                place = bisect_left(nodes, iris[node], key=iris.__getitem__)
                del nodes[place], records[place]
            both = titles.keys() | order.titles.keys()
            retitled = {node for node in both if titles.get(node) != order.titles.get(node)}
            for node in sorted(rows.changed | retitled):
                if is_used[node] and was_used[node]:
                    place = bisect_left(nodes, iris[node], key=iris.__getitem__)
                    records[place] = self._record(node, titles, records[place])
            for node in np.nonzero(is_used & ~was_used)[0].tolist():
                place = bisect_left(nodes, iris[node], key=iris.__getitem__)
                nodes.insert(place, node)
                records.insert(place, self._record(node, titles, None))
            order.nodes, order.records = nodes, records
        order.titles = titles
        return order.records

    def _titles(self) -> dict[int, list[str]]:
        """Return the titles of notes by what they describe, where these are not its first name."""
        titles: dict[int, list[str]] = {}
        for note, thing in zip(self._places.notes, self._places.things.tolist(), strict=True):
            names, _ = self._rows.things.get(thing, ((), ()))
            if not names or names[0] != note.title:
                titles.setdefault(thing, []).append(note.title)
        return titles

    def _record(self, node: int, titles: Mapping[int, Sequence[str]], before: EntityRecord | None) -> EntityRecord:
        names, classes = self._rows.things.get(node, ((), ()))
        more = titles.get(node, ())
        first = names[:1] or tuple(more[:1]) or (_last_part(self._rows.iris[node]),)
        names = (*first, *sorted({*names, *more} - {*first}))
        found = EntityRecord(self._rows.iris[node], names, classes)
        return before if found == before and before is not None else found

    def _passages(self) -> Ids:
        """Return the passage of each piece of evidence, -1 for front matter and the like.

        What stands between two passages of a note is a heading of the second.
        """
        places, evidence = self._places, self._rows.evidence
        found = np.full(len(evidence), -1, dtype=np.int32)
        if not len(evidence) or not len(places.start):
            return found
        note_at = np.full(int(max(evidence[:, 0].max(), places.ids.max())) + 1, -1, dtype=np.int64)
        note_at[places.ids] = np.arange(len(places.ids))
        notes = note_at[evidence[:, 0]]
        keys = (places.note_of.astype(np.int64) << 32) + places.start
        at = np.searchsorted(keys, (notes << 32) + evidence[:, 4], side="right") - 1
        is_of_note = (at >= 0) & (notes >= 0) & (places.note_of[at] == notes)
        is_behind = evidence[:, 4] >= places.end[at]
        at = np.where(is_behind, at + 1, at)
        is_of_note &= (at < len(keys)) & (places.note_of[np.minimum(at, len(keys) - 1)] == notes)
        found[is_of_note] = at[is_of_note]
        return found

    def _mentions(self, subjects: Ids, objects: Ids, passages: Ids) -> Sparse:
        """Count the places in a passage at which some entity is named."""
        evidence = self._rows.evidence
        is_note = np.zeros(len(self._rows.iris), dtype=bool)
        is_note[self._places.nodes] = True
        named = np.where(is_note[evidence[:, 1]], -1, subjects)  # a note that links names nothing of itself
        entities = np.concatenate([named, objects]).astype(np.int64)
        rows = np.concatenate([passages, passages]).astype(np.int64)
        starts = np.concatenate([evidence[:, 4], evidence[:, 4]]).astype(np.int64)
        is_there = (entities >= 0) & (rows >= 0)
        order = np.lexsort((starts[is_there], entities[is_there], rows[is_there]))
        triples = np.stack([each[is_there][order] for each in (rows, entities, starts)], axis=1)
        is_new = np.ones(len(triples), dtype=bool)
        is_new[1:] = (triples[1:] != triples[:-1]).any(axis=1)
        triples = triples[is_new]
        is_first = np.ones(len(triples), dtype=bool)
        is_first[1:] = (triples[1:, :2] != triples[:-1, :2]).any(axis=1)
        (firsts,) = np.nonzero(is_first)
        counts = np.diff([*firsts, len(triples)]).astype(np.float32) if len(firsts) else np.zeros(0, dtype=np.float32)
        pairs = triples[firsts]
        row_starts = np.zeros(len(self._places.start) + 1, dtype=np.int64)
        np.cumsum(np.bincount(pairs[:, 0], minlength=len(self._places.start)), out=row_starts[1:])
        return Sparse(row_starts, pairs[:, 1].astype(np.int32), counts)

    def _edges(self, heads: Ids, tails: Ids, subjects: Ids, objects: Ids, passages: Ids, entities: int) -> Edges:
        rows = self._rows
        ordered = sorted(_distinct(rows.edges[:, 1]).tolist(), key=rows.iris.__getitem__)
        relation_of = np.full(len(rows.iris), -1, dtype=np.int64)
        relation_of[ordered] = np.arange(len(ordered))
        width = max(len(ordered), 1)

        def keys(ends: Ids, relations: Ids, others: Ids) -> _Longs:
            """Return one number for each statement, ascending as statements are; -1 for what is none."""
            found: _Longs = (ends.astype(np.int64) * width + relation_of[relations]) * max(entities, 1) + others
            is_none = (ends < 0) | (others < 0) | (ends == others) | (relation_of[relations] < 0)
            return np.where(is_none, -1, found)

        found = _distinct(keys(heads, rows.edges[:, 1], tails))
        found = found[found >= 0]
        passage = np.full(len(found), np.iinfo(np.int32).max, dtype=np.int32)
        weight = np.zeros(len(found), dtype=np.float32)
        said = keys(subjects, rows.evidence[:, 2], objects)
        at = np.searchsorted(found, said)
        is_known = (said >= 0) & (at < len(found))
        is_known[is_known] = found[at[is_known]] == said[is_known]
        np.maximum.at(weight, at[is_known], (rows.evidence[is_known, 6] / 1000).astype(np.float32))
        is_placed = is_known & (passages >= 0)
        np.minimum.at(passage, at[is_placed], passages[is_placed])
        passage[passage == np.iinfo(np.int32).max] = -1
        weight[weight == 0] = 1
        ends, others = np.divmod(found, max(entities, 1))
        head, relation = np.divmod(ends, width)
        return Edges(
            head.astype(np.int32), relation.astype(np.int32), others.astype(np.int32), passage, weight,
            tuple(rows.iris[number] for number in ordered),
        )  # fmt: skip


def _distinct(values: NDArray[np.int32] | _Longs) -> _Longs:
    """Return the values that there are, ascending; `numpy.unique` hashes them, which takes many times as long."""
    ordered = np.sort(values)
    is_first = np.ones(len(ordered), dtype=bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first].astype(np.int64)


def _last_part(iri: str) -> str:
    """Return what something without a name is called."""
    return unquote(iri.rstrip("/").replace("#it", "").replace("#", "/").rpartition("/")[2]) or iri
