"""Which notes are lists of all others, and which passage of a note is shown."""

from __future__ import annotations

import re

import numpy as np

from kg.rdf import KG
from kg.search.collection import Collection, Floats
from kg.search.highlighting import QueryWords
from kg.search.ranking import Ranked

__all__ = ["index_damping", "telling_row"]

_FREE = 8
"""Links that make no note an index, however small the vault."""
_HALF = 0.35
"""The share of all notes that a note links to at which its score is halved."""
_NEAR = 0.5
"""What the score of a passage must be, beside the best one of its note, for it to be shown instead."""
_LOOKED_AT = 2000
_MARKUP = re.compile(r"<[^<>]*>|!?\[\[?[^\]]*\]\]?(?:\([^)]*\))?|https?://\S+|\W+|_+")
_FEWEST_LETTERS = 20


def index_damping(collection: Collection) -> Floats:
    """Return by what the scores of notes are multiplied: (N,) in (0, 1].

    1 for all but those that link to a good part of all notes: an index has the words of all titles, and says nothing.
    """
    notes, edges = len(collection.notes), collection.edges
    if KG["linksTo"].value not in edges.predicate_iris:
        return np.ones(notes, dtype=np.float32)
    links = edges.predicates == edges.predicate_iris.index(KG["linksTo"].value)
    counts = np.bincount(edges.heads[links], minlength=len(collection.entities))[collection.entity_of_note]
    share = np.maximum(counts - _FREE, 0) / max(notes, 1)
    return (1 / (1 + (share / _HALF) ** 2)).astype(np.float32)


def telling_row(collection: Collection, ranked: Ranked, row: int, words: QueryWords) -> int:
    """Return the row of the passage that shows best why the note of a row was found.

    That is one which fits not much worse than the best, has most words of the query itself, and not only in its title,
    and says something: no picture, and no link alone.
    """
    notes = collection.note_of[ranked.passages[:_LOOKED_AT]]
    (rows,) = np.nonzero(
        (notes == collection.note_of[ranked.passages[row]])
        & (ranked.scores[:_LOOKED_AT] >= _NEAR * ranked.scores[row])
    )
    texts = [collection.text(int(ranked.passages[each])) for each in rows]
    values = [
        (not _says_something(text), -words.count(text), int(each)) for each, text in zip(rows, texts, strict=True)
    ]
    return min(values)[2] if values else row


def _says_something(text: str) -> bool:
    return len(_MARKUP.sub("", text)) >= _FEWEST_LETTERS or any("\u3400" <= character <= "\u9fff" for character in text)
