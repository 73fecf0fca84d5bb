"""What reads like a note or an entity, by the vectors of the passages that speak of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kg.errors import NotFoundError
from kg.rdf import NamedNode
from kg.search.collection import Collection, Floats, Ids

__all__ = ["similar"]

_FEWEST = 2.0
"""Passages at which the likeness of an entity counts half as if it were spoken of everywhere."""


def similar(
    collection: Collection, hidden: NDArray[np.bool_], iri: NamedNode, k: int
) -> list[tuple[NamedNode, float]]:
    """Return what reads most like a note or an entity, with scores above 0, the best first; ties by IRI.

    For a note that is notes, and the score is the cosine of their mean vectors; what the mean of all passages has in
    common counts nothing. For anything else it is entities, by the passages that name them or that their notes have.

    Args:
        hidden: (N,) notes that are never given, nor looked at.

    Raises:
        NotFoundError: nothing is said of it.
    """
    note, node = collection.note(iri.value), collection.entity(iri.value)
    if node is None:
        raise NotFoundError("note or entity that anything is said of", iri.value)
    may = collection.is_encoded & ~hidden[collection.note_of]
    if collection.vectors.shape[1] == 0 or not may.any():
        return []
    common = collection.vectors[may].mean(axis=0)
    own = _own_passages(collection, note, node)
    own = own[collection.is_encoded[own]]
    mean = collection.vectors[own].mean(axis=0) - common if len(own) else np.zeros_like(common)
    length = float(np.linalg.norm(mean))
    if length == 0:
        return []
    likeness = np.where(may, (collection.vectors - common) @ (mean / length), np.float32(0)).astype(np.float32)
    if note is not None:
        scores = _means(collection.note_of[may], likeness[may], len(collection.notes))
        scores[note] = 0
        return _best(scores, [record.iri for record in collection.notes], k)
    rows = np.repeat(np.arange(len(collection.note_of), dtype=np.int32), np.diff(collection.mentions.starts))
    passages = np.concatenate([rows, np.nonzero(may)[0].astype(np.int32)])
    entities = np.concatenate([collection.mentions.columns, collection.entity_of_note[collection.note_of[may]]])
    kept = may[passages]
    scores = _means(entities[kept], likeness[passages[kept]], len(collection.entities))
    scores[node] = 0
    scores[np.setdiff1d(collection.entity_of_note, _described(collection))] = 0
    return _best(scores, [record.iri for record in collection.entities], k)


def _own_passages(collection: Collection, note: int | None, node: int) -> Ids:
    """Return the passages of a note, else those that name an entity and those of notes that describe it."""
    starts = collection.passages_start
    if note is not None:
        return np.arange(starts[note], starts[note + 1], dtype=np.int32)
    rows = np.repeat(np.arange(len(collection.note_of), dtype=np.int32), np.diff(collection.mentions.starts))
    naming = rows[collection.mentions.columns == node]
    (notes,) = np.nonzero(collection.entity_of_note == node)
    of_notes = [np.arange(starts[each], starts[each + 1], dtype=np.int32) for each in notes]
    found: Ids = np.unique(np.concatenate([naming, *of_notes]))
    return found


def _described(collection: Collection) -> Ids:
    """Return the nodes of notes that describe something: those of others are notes, and no entities."""
    nodes = zip(collection.notes, collection.entity_of_note, strict=True)
    return np.array([node for note, node in nodes if note.described is not None], dtype=np.int32)


def _means(groups: Ids, values: Floats, count: int) -> Floats:
    """Return the mean of each group, less where it has few values: (count,), 0 for an empty one."""
    totals = np.bincount(groups, weights=values, minlength=count)
    found: Floats = (totals / (np.bincount(groups, minlength=count) + _FEWEST - 1)).astype(np.float32)
    return found


def _best(scores: Floats, iris: list[str], k: int) -> list[tuple[NamedNode, float]]:
    order = np.argsort(-scores, kind="stable")[: max(k, 0)]
    return [(NamedNode(iris[place]), float(scores[place])) for place in order if scores[place] > 0]
