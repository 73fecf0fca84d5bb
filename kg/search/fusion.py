"""Fusion: how well the words and the meaning of each passage fit a query, on one scale.

Scores of words are divided by the best, cosines by how far the best stands out of the middle, so that a question of
three words and one of thirty weigh the sources alike. Ranks (Cormack, Clarke and Büttcher 2009) lose how far the best
ones stand out, which bridges build upon; measured with `benchmarks/multihop.py` they are worse on every set.
"""

from __future__ import annotations

import numpy as np

from kg.search.collection import Collection, Floats, Ids, WordParts

__all__ = ["fit_of_meaning", "fit_of_words", "scaled", "scores_at"]

_WHOLE_NOTE = 1.0
"""What words count that stand in the note of a passage but not in the passage, beside those in it."""
_ENOUGH = 10_000
"""Passages that tell well enough what the middle cosine is."""


def fit_of_words(collection: Collection, parts: WordParts) -> Floats:
    """Return how well the words of passages fit: (P,), 1 for the best, 0 for none.

    A long note is many passages, and a question may have its words in several of them: of each word the best passage
    of the note counts too.
    """
    count = len(collection.note_of)
    own, whole = np.zeros(count, dtype=np.float32), np.zeros(len(collection.notes), dtype=np.float32)
    for passages, scores in zip(parts.passages, parts.scores, strict=True):
        if not len(passages):
            continue
        own[passages] += scores
        notes = collection.note_of[passages]  # ascending, as passages are
        first = np.flatnonzero(np.r_[True, notes[1:] != notes[:-1]])
        whole[notes[first]] += np.maximum.reduceat(scores, first)
    own[parts.bonus[0]] += parts.bonus[1]
    found = own + _WHOLE_NOTE * np.where(own > 0, whole[collection.note_of], 0)
    return scaled(found.astype(np.float32))


def fit_of_meaning(collection: Collection, vector: Floats | None, least: float = -1.0) -> Floats:
    """Return how well the meaning of passages fits: (P,), 1 for the best, 0 for the middle one and all below it.

    Args:
        least: the cosine below which a passage does not fit.
    """
    count = len(collection.note_of)
    if vector is None or not collection.vectors.shape[1] or not collection.is_encoded.any():
        return np.zeros(count, dtype=np.float32)
    cosines = collection.vectors @ vector
    encoded = cosines if collection.is_encoded.all() else cosines[collection.is_encoded]
    middle = float(np.median(encoded[:: 1 + len(encoded) // _ENOUGH])) if len(encoded) > 1 else 0.0
    fits = collection.is_encoded & (cosines >= least)
    return scaled(np.where(fits, np.maximum(cosines - max(middle, 0.0), 0), 0).astype(np.float32))


def scores_at(parts: WordParts, passages: Ids) -> Floats:
    """Return what each word of a query scores at some passages: (passages, words); `passages` in any order."""
    found = np.zeros((len(passages), len(parts.words)), dtype=np.float32)
    for column, (places, scores) in enumerate(zip(parts.passages, parts.scores, strict=True)):
        if len(places):
            at = np.minimum(np.searchsorted(places, passages), len(places) - 1)
            found[:, column] = np.where(places[at] == passages, scores[at], 0)
    return found


def scaled(values: Floats) -> Floats:
    """Return values, none below 0, divided by the best; as they are where all are 0."""
    best = float(values.max(initial=0.0))
    return values / best if best > 0 else values
