"""Notes that mean the same, in whatever words and language: by the vectors of their texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kg.recommendation.content import item_weights
from kg.recommendation.model import Reason, Scores, Seeds
from kg.recommendation.network import Ids, Network
from kg.text_vectors import TextVectors
from kg.text_vectors.cache import Encoding, VectorCache
from kg.text_vectors.chunks import chunks

__all__ = ["Vectors"]

_LONGEST_TITLE = 300
"""Characters of a title that each part is read under."""
_CLEAR = 0.15
"""The cosine from which on anybody would say that two texts are alike."""


class Vectors:
    """Notes by the cosine of the vectors of their texts, where it is above what any two notes have in common.

    A note's vector is the mean of those of its first parts, each read under the note's title. The mean of all notes is
    taken off: it is what the vault is about, and would make all notes alike. A note that says nothing but its title
    is read by that.

    Args:
        texts: (items,) what each note says itself, as `own_texts` gives it.
        cache: for the use "notes"; texts that it does not keep are encoded now, some 80 a second.
        most: how many texts may be encoded now; notes with one that is not are not scored. None for all.
        encoding: told how far it is.

    Attributes:
        is_complete: whether every note is scored.
    """

    name = "vectors"

    def __init__(
        self,
        network: Network,
        texts: Sequence[str],
        model: TextVectors,
        cache: VectorCache,
        most: int | None = None,
        encoding: Encoding | None = None,
    ) -> None:
        self._network, self._model, self._cache = network, model, cache
        self._parts: list[str] = []
        ends = [0]
        for item, text in zip(network.items, texts, strict=True):
            title = item.title[:_LONGEST_TITLE]
            self._parts += [f"{title}. {part}" for part in chunks(text)] or [title]
            ends.append(len(self._parts))
        self._ends = np.array(ends)
        self._settle(cache.vectors(model, self._parts, most, encoding))

    def encode_more(self, most: int | None = None, encoding: Encoding | None = None) -> None:
        """Encode so many of the texts that are left, or all; notes that have theirs now are scored from now on."""
        if self.is_complete:
            return
        (left,) = np.nonzero(~self._encoded.any(axis=1))
        left = left[:most]
        texts = [self._parts[place] for place in left]
        self._encoded[left] = self._cache.vectors(self._model, texts, encoding=encoding)
        self._settle(self._encoded)

    def _settle(self, encoded: NDArray[np.float32]) -> None:
        """Take the vectors of all parts, zeros for those that are left."""
        self.is_complete = bool(encoded.any(axis=1).all())
        self._common, self._items = _centred(_means(encoded, self._ends))
        self._of_names: dict[int, NDArray[np.float32]] = {}
        self._encoded = encoded
        if self.is_complete:
            self._cache.forget_others(self._model, self._parts)
            self._parts, self._encoded = [], encoded[:0]

    def score(self, seeds: Seeds) -> Scores:
        """Score all items: the cosine with the seeds' mean where it is above 0."""
        mean = np.zeros(self._items.shape[1], dtype=np.float32)
        for _, vector, weight in self._seeds(seeds.weights):
            mean += np.float32(weight) * vector
        length = float(np.linalg.norm(mean))
        if length == 0:
            return np.zeros(len(self._items), dtype=np.float32)
        found: Scores = np.maximum(self._items @ (mean / np.float32(length)), np.float32(0))
        return found

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return which seed an item reads like."""
        cosines = [(-float(vector @ self._items[item]), node) for node, vector, _ in self._seeds(seeds.weights)]
        if not cosines:
            return []
        cosine, node = min(cosines)
        name = self._network.names[node]
        how = "Reads like" if cosine <= -_CLEAR else "Reads a little like"
        return [Reason(self.name, f"{how} {name} (likeness {-cosine:.2f})")] if cosine < 0 else []

    def alike(self, items: Ids) -> NDArray[np.float32]:
        """Return the cosines of some items that are above 0: (n,) -> (n, n) float32, 1 on the diagonal."""
        rows = self._items[items]
        found: NDArray[np.float32] = np.clip(rows @ rows.T, 0.0, 1.0)
        np.fill_diagonal(found, 1.0)
        return found

    def _seeds(self, weights: Mapping[int, float]) -> list[tuple[int, NDArray[np.float32], float]]:
        """Return nodes that are asked for with their vectors and weights; a note and what it describes count once."""
        network = self._network
        items = item_weights(network, weights)
        found = [(int(network.node_of_item[item]), self._items[item], weight) for item, weight in items.items()]
        names = ((node, weight) for node, weight in sorted(weights.items()) if network.item_of_node[node] < 0)
        return found + [(node, self._of_name(node), weight) for node, weight in names]

    def _of_name(self, node: int) -> NDArray[np.float32]:
        """Return the vector of an entity that no note describes: of its name."""
        if node not in self._of_names:
            vector = self._model.encode([self._network.names[node]])[0] - self._common
            self._of_names[node] = _unit(vector[None, :])[0]
        return self._of_names[node]


def _means(parts: NDArray[np.float32], ends: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the means of runs of rows, each of length 1; zeros where a row of the run is zeros."""
    count = len(ends) - 1
    if not count:
        return parts[:0]
    means = _unit(np.add.reduceat(parts, ends[:-1], axis=0))
    is_missing = np.logical_or.reduceat((parts == 0).all(axis=1), ends[:-1])
    means[is_missing] = 0
    return means


def _centred(rows: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean of the rows that are there, and the rows without it, each of length 1."""
    is_there = (rows != 0).any(axis=1)
    if is_there.sum() < 2:
        return np.zeros(rows.shape[1], dtype=np.float32), rows
    mean: NDArray[np.float32] = rows[is_there].mean(axis=0)
    centred = np.where(is_there[:, None], rows - mean, np.float32(0))
    return mean, _unit(centred)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    found: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return found
