"""The best answers to queries, a part of the queries at a time, so that scores of all entities fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.grouping import Grouped
from kg.embeddings.model import Scorer, Scores

__all__ = ["Answers", "best_answers"]

_BYTES = 64 * 2**20
"""What the scores of some queries may take; the copies beside them are as large."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """The best answers to one query: (k,) ids and scores, best first, equal ones by id."""

    entities: NDArray[np.int64]
    scores: Scores


def best_answers(
    scorer: Scorer,
    side: OneOf["head", "tail"],
    anchors: NDArray[Any],
    relations: NDArray[Any],
    k: int = 10,
    left_out: Grouped | None = None,
) -> Iterator[Answers]:
    """Yield the best answers to each query, in the order of the queries. Lazy.

    Args:
        side: what is asked for: the tails of (anchor, relation, ?), or the heads of (?, relation, anchor).
        k: how many; 0 for all.
        left_out: answers that are known, as `both_directions` groups them; the others are fewer then.
    """
    at_once = max(1, _BYTES // (4 * max(len(scorer), 1)))
    for start in range(0, len(anchors), at_once):
        part = slice(start, start + at_once)
        asked, of = np.asarray(anchors)[part], np.asarray(relations)[part]
        scores = scorer.score_tails(asked, of) if side == "tail" else scorer.score_heads(of, asked)
        known: list[NDArray[Any]] = [np.zeros(0, np.int64)] * len(asked)
        if left_out is not None:
            shift = left_out.relation_count // 2 if side == "head" else 0
            starts, ends = left_out.find(asked, of + shift)
            known = [left_out.targets[first:last] for first, last in zip(starts, ends, strict=True)]
        for row, without in zip(scores, known, strict=True):
            yield _best(row, k, without)


def _best(scores: Scores, k: int, left_out: NDArray[Any]) -> Answers:
    candidates = np.delete(np.arange(len(scores)), left_out)
    own = scores[candidates]
    if 0 < k < len(own):
        last = np.partition(own, len(own) - k)[len(own) - k]
        better = np.flatnonzero(own > last)
        chosen = np.concatenate([better, np.flatnonzero(own == last)[: k - len(better)]])
        candidates, own = candidates[chosen], own[chosen]
    order = np.lexsort((candidates, -own))
    return Answers(candidates[order], own[order])
