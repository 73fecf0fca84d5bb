"""Triples grouped by query: all tails of one (head, relation), all heads of one (relation, tail)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.triples import Ids, Triples

__all__ = ["Grouped", "both_directions", "group", "spans"]

Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Grouped:
    """The distinct queries (anchor, relation, ?) of some triples with their answers.

    Attributes:
        anchors, relations: (q,) int32, in ascending order of (anchor, relation).
        offsets: (q + 1,) int64; the answers of query i are `targets[offsets[i]:offsets[i + 1]]`, ascending.
        targets: (n,) int32.
    """

    anchors: Ids
    relations: Ids
    offsets: Positions
    targets: Ids
    relation_count: int

    def __len__(self) -> int:
        return len(self.anchors)

    @property
    def counts(self) -> Positions:
        """(q,) how many answers each query has."""
        return np.diff(self.offsets)

    def find(self, anchors: NDArray[np.integer], relations: NDArray[np.integer]) -> tuple[Positions, Positions]:
        """Return where the answers of some queries begin and end in `targets`; at one place where there are none."""
        if not len(self):
            nowhere = np.zeros(len(anchors), dtype=np.int64)
            return nowhere, nowhere
        wanted = _keys(anchors, relations, self.relation_count)
        own = _keys(self.anchors, self.relations, self.relation_count)
        place = np.minimum(np.searchsorted(own, wanted), len(own) - 1)
        starts = self.offsets[place]
        return starts, np.where(own[place] == wanted, self.offsets[place + 1], starts)


def group(
    anchors: NDArray[np.integer], relations: NDArray[np.integer], targets: NDArray[np.integer], relation_count: int
) -> Grouped:
    """Group triples, each given once, by (anchor, relation)."""
    keys = _keys(anchors, relations, relation_count)
    order = np.lexsort((targets, keys))
    distinct, starts = np.unique(keys[order], return_index=True)
    found_anchors, found_relations = np.divmod(distinct, max(relation_count, 1))
    return Grouped(
        anchors=found_anchors.astype(np.int32),
        relations=found_relations.astype(np.int32),
        offsets=np.append(starts, len(order)).astype(np.int64),
        targets=np.asarray(targets)[order].astype(np.int32),
        relation_count=relation_count,
    )


def both_directions(triples: Triples) -> Grouped:
    """Group triples in both directions: relation r asks for tails, r + number of relations for heads.

    These are the reciprocal relations of Lacroix et al. 2018, section 3: a model that answers (anchor, relation, ?)
    for all of them also answers (?, relation, tail).
    """
    count = len(triples.relations)
    return group(
        np.concatenate([triples.heads, triples.tails]),
        np.concatenate([triples.relation_ids, triples.relation_ids + count]),
        np.concatenate([triples.tails, triples.heads]),
        2 * count,
    )


def spans(starts: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """Write half-open spans out: for each place in each of them the number of the span, and the place."""
    lengths = ends - starts
    rows = np.repeat(np.arange(len(starts)), lengths)
    before = np.cumsum(lengths) - lengths
    return rows, np.arange(int(lengths.sum())) - np.repeat(before - starts, lengths)


def _keys(anchors: NDArray[np.integer], relations: NDArray[np.integer], relation_count: int) -> Positions:
    return np.asarray(anchors, dtype=np.int64) * relation_count + np.asarray(relations, dtype=np.int64)
