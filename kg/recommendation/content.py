"""Notes that say the same words: each note is asked for by all of its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.recommendation.model import Reason, Scores, Seeds
from kg.recommendation.network import Ids, Network
from kg.recommendation.shared_words import shared_words
from kg.recommendation.terms import Vocabulary

__all__ = ["Content", "item_weights"]

_SATURATION = 2.0
"""k1 of BM25."""
_TITLE = 2
"""How often a title counts beside the text."""
_SAID = 3
"""Words that a reason names."""
_COMMON = 0.25
"""The share of all notes from which on a word is no reason, only a part of the score."""


class Content:
    """Notes by the words they share, rare words before common ones: the cosine of their weights in BM25.

    A weight is idf · tf (k1 + 1) / (tf + k1); what BM25 does for a document's length the cosine does for both sides.
    An entity or a tag that no note describes is asked for by the words of its name.

    Args:
        texts: (items,) what each note says itself, as `own_texts` gives it.

    Source: Robertson and Zaragoza 2009, "The probabilistic relevance framework: BM25 and beyond", section 3.
    """

    name = "content"

    def __init__(self, network: Network, texts: Sequence[str]) -> None:
        self._network = network
        self._vocabulary = Vocabulary()
        counts = self._count(texts)
        notes = np.bincount(counts.indices, minlength=len(self._vocabulary))
        self._is_common = notes > np.maximum(_COMMON * len(texts), 2)
        self._idf = np.log1p((len(texts) - notes + 0.5) / (notes + 0.5)).astype(np.float32)
        self._rows = self._weigh(counts)

    def score(self, seeds: Seeds) -> Scores:
        """Score all items: the sum of the cosines with the seeds, by their weights."""
        query = self._query(seeds)
        found: Scores = (self._rows @ query.T).toarray().ravel().astype(np.float32)
        return found

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return the words that did most for an item's score."""
        shared = self._rows[[item]].multiply(self._query(seeds)).tocsr()
        asked = [self._read_of(each) for each in item_weights(self._network, seeds.weights)]
        for node in sorted(seeds.weights):
            if self._network.item_of_node[node] < 0:
                name = self._vocabulary.known_words(self._network.names[node])
                asked.append(np.array(name, dtype=np.int32))
        gains = dict(zip(shared.indices.tolist(), shared.data.tolist(), strict=True))
        words = shared_words(self._vocabulary, self._read_of(item), asked, gains, self._is_common)
        if not words:
            return []
        named = ", ".join(f"“{word}”" for word in words[:_SAID])
        return [Reason(self.name, f"Has the same words: {named}")]

    def alike(self, items: Ids) -> NDArray[np.float32]:
        """Return the cosines of some items: (n,) -> (n, n) float32 in [0, 1], 1 on the diagonal."""
        rows = self._rows[items]
        found: NDArray[np.float32] = np.clip((rows @ rows.T).toarray().astype(np.float32), 0.0, 1.0)
        np.fill_diagonal(found, 1.0)
        return found

    def _query(self, seeds: Seeds) -> sparse.csr_array:
        """Return the weights of all terms that are asked for: (1, terms)."""
        total = sparse.csr_array((1, len(self._vocabulary)), dtype=np.float32)
        for item, weight in item_weights(self._network, seeds.weights).items():
            total = total + self._rows[[item]] * np.float32(weight)
        for node, weight in sorted(seeds.weights.items()):
            if self._network.item_of_node[node] < 0:
                terms = self._vocabulary.known_terms(self._network.names[node])
                counts = np.bincount(terms, minlength=len(self._vocabulary)).astype(np.float32)
                total = total + self._weigh(sparse.csr_array(counts[None, :])) * np.float32(weight)
        return total

    def _count(self, texts: Sequence[str]) -> sparse.csr_array:
        """Read all texts: (items, terms), how often each has each; what was read stays for the reasons."""
        words: list[NDArray[np.int32]] = []
        for item, text in zip(self._network.items, texts, strict=True):
            title = self._vocabulary.read(item.title)
            words.append(np.array(title * _TITLE + self._vocabulary.read(text), dtype=np.int32))
        self._read = np.concatenate([np.zeros(0, dtype=np.int32), *words])
        self._ends = np.cumsum([0, *map(len, words)])
        terms = np.array(self._vocabulary.term_of_word, dtype=np.int32)[self._read]
        shape = (len(texts), len(self._vocabulary))
        counts = sparse.csr_array(
            (np.ones(len(terms), dtype=np.float32), terms, self._ends.copy()), shape=shape
        )  # summed in place
        counts.sum_duplicates()
        return counts

    def _read_of(self, item: int) -> NDArray[np.int32]:
        """Return the words of an item by number, as they were read."""
        return self._read[self._ends[item] : self._ends[item + 1]]

    def _weigh(self, counts: sparse.csr_array) -> sparse.csr_array:
        """Turn counts into weights, each row of length 1."""
        tf = counts.data
        weights = self._idf[counts.indices] * tf * (_SATURATION + 1) / (tf + _SATURATION)
        rows = sparse.csr_array((weights, counts.indices, counts.indptr), shape=counts.shape)
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), dtype=np.float64).ravel())
        scale = np.repeat(1 / np.where(lengths > 0, lengths, 1), np.diff(rows.indptr))
        rows.data = (rows.data * scale).astype(np.float32)
        return rows


def item_weights(network: Network, weights: Mapping[int, float]) -> dict[int, float]:
    """Return the items among nodes with their weights: a note and what it describes count once."""
    found: dict[int, float] = {}
    for node, weight in sorted(weights.items()):
        item = int(network.item_of_node[node])
        if item >= 0:
            found[item] = max(weight, found.get(item, 0.0))
    return found
