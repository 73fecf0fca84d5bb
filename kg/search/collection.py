"""What a search works on: notes, their passages and what the graph says, as arrays in memory.

A collection never changes; `kg.search.loading` makes the next one from it and from what has changed in the index.
Everything is in the order of IRIs by code point, so the same notes give the same arrays, whatever was done before.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kg.search.word_index import Floats, Ids, WordParts

__all__ = [
    "Collection",
    "Edges",
    "EntityRecord",
    "Floats",
    "Ids",
    "NoteRecord",
    "Sparse",
    "WordParts",
    "WordScores",
    "Words",
]

WordScores = Callable[[str, int], tuple[Ids, Floats]]
"""From a query and a number to that many passages at most, best first, with scores above 0."""

Words = Callable[[str], WordParts]
"""From a query to what each of its words says of passages."""


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """A note that can be found.

    Args:
        iri: of the note. doc_id: the id of its line in a JSON Lines file, else its path in the vault.
        aliases: what else the thing is called that it describes. tags: their IRIs, ascending.
        classes: IRIs of the most specific classes of what it describes, ascending; empty for a daily note.
        folder: the path of its folder in the vault, without "/" at its end; empty for the root.
        day: `YYYY-MM-DD` when it was changed last, else made, else of a daily note; None without any.
        language: "zh" where Chinese characters are a good part of it, else "en".
        described: the IRI of what it describes; None for a daily note.
        author: who wrote it, by name; None where it does not say.
    """

    iri: str
    doc_id: str
    path: str
    title: str
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    folder: str = ""
    day: str | None = None
    language: str = "en"
    described: str | None = None
    author: str | None = None
    is_draft: bool = False
    is_private: bool = False
    is_daily: bool = False
    is_template: bool = False


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """A node of the graph: an entity, a tag, or a note that describes nothing.

    Args:
        names: labels, aliases and titles of the notes that describe it, the one that is shown first, then ascending.
        classes: IRIs of its most specific classes, ascending.
    """

    iri: str
    names: tuple[str, ...]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """A sparse matrix by rows: of row `r`, `columns[starts[r] : starts[r + 1]]`, ascending, with `values` alike."""

    starts: NDArray[np.int64]
    columns: Ids
    values: Floats

    def row(self, number: int) -> tuple[Ids, Floats]:
        """Return the columns of a row, ascending, and their values."""
        run = slice(int(self.starts[number]), int(self.starts[number + 1]))
        return self.columns[run], self.values[run]

    def transposed(self, columns: int) -> Sparse:
        """Return the matrix by columns; `columns` is how many there are."""
        rows = np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))
        order = np.argsort(self.columns, kind="stable")
        starts = np.zeros(columns + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.columns, minlength=columns), out=starts[1:])
        return Sparse(starts, rows[order], self.values[order])


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """What the graph says between entities, each statement once, ascending by head, predicate and tail.

    Attributes:
        heads, predicates, tails: (edges,) int32; entities, and places in `predicate_iris`.
        passages: (edges,) int32, the first passage that says it, -1 where no passage does.
        weights: (edges,) float32 in (0, 1], the best confidence of its evidence; 1 where there is none.
        predicate_iris: ascending.
    """

    heads: Ids
    predicates: Ids
    tails: Ids
    passages: Ids
    weights: Floats
    predicate_iris: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """Notes, passages, entities and edges. P passages, N notes, E entities, vectors of d numbers.

    A note and what it describes are one node, that of what it describes.

    Attributes:
        version: which state of the index it was loaded from.
        notes: (N) ascending by IRI.
        note_of: (P,) int32, the note of each passage; passages ascend by note and by place in it.
        start, end: (P,) int32, the place in the note's text, in code points.
        texts: (P) the raw text of each passage. headings: (P) the path of headings, outermost first.
        passages_start: (N + 1,) int64; note `n` has the passages from `passages_start[n]` to `passages_start[n + 1]`.
        vectors: (P, d) float32, each of length 1; zeros where a passage is not encoded yet. d is 0 without a model.
        is_encoded: (P,) bool.
        entities: (E) ascending by IRI.
        entity_of_note: (N,) int32, the node of each note.
        mentions: (P, E), how many times a passage names an entity, by evidence.
        edges: of the statements, links and tags that notes, users and imports say; nothing that is derived.
        word_scores: passages by their words, from a query and how many at most: ids (n,) int32 and scores (n,) float32,
            descending, ties by id. Exact titles, aliases and phrases come first.
        word_parts: the same, word by word.
        loaded: what `kg.search.loading` needs for the next collection.
    """

    version: int
    notes: Sequence[NoteRecord]
    note_of: Ids
    start: Ids
    end: Ids
    texts: Sequence[str]
    headings: Sequence[tuple[str, ...]]
    passages_start: NDArray[np.int64]
    vectors: Floats
    is_encoded: NDArray[np.bool_]
    entities: Sequence[EntityRecord]
    entity_of_note: Ids
    mentions: Sparse
    edges: Edges
    word_scores: WordScores = field(repr=False)
    word_parts: Words = field(repr=False)
    loaded: object = field(default=None, repr=False)

    def note(self, iri: str) -> int | None:
        """Return the place of a note, None for what is none."""
        return _place(self.notes, iri)

    def entity(self, iri: str) -> int | None:
        """Return the place of a node; of a note, that of what it describes. None for what is none."""
        place = _place(self.entities, iri)
        if place is not None:
            return place
        note = self.note(iri)
        return None if note is None else int(self.entity_of_note[note])

    def text(self, passage: int) -> str:
        """Return the raw text of a passage."""
        return self.texts[passage]


def _place(records: Sequence[NoteRecord] | Sequence[EntityRecord], iri: str) -> int | None:
    place = bisect_left(records, iri, key=lambda record: record.iri)
    return place if place < len(records) and records[place].iri == iri else None
