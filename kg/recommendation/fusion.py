"""Reciprocal rank fusion: one order out of several, whatever their scores mean."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kg.recommendation.model import Scores

__all__ = ["RANK_OFFSET", "fuse", "ranks_of", "shares"]

RANK_OFFSET = 5
"""Added to ranks, so that first places do not decide all.

Cormack, Clarke and Büttcher 2009, section 2, add 60, for lists of a thousand; in vaults of some hundred notes 5 finds
more of the links that were taken out (benchmarks/hidden_links.py, the half for tuning: MRR .38 for .32).
"""


def ranks_of(scores: Scores) -> NDArray[np.float64]:
    """Return the ranks of scores from 1, the best first: (items,); infinite where a score is 0.

    Those with equal scores share the mean of their ranks, so no order of items decides.
    """
    ranks = np.full(len(scores), np.inf)
    (found,) = np.nonzero(scores > 0)
    if len(found):
        _, group, sizes = np.unique(-scores[found], return_inverse=True, return_counts=True)
        last = np.cumsum(sizes)
        ranks[found] = (last - (sizes - 1) / 2)[group]
    return ranks


def shares(scores: Mapping[str, Scores], weights: Mapping[str, float]) -> dict[str, NDArray[np.float64]]:
    """Return what each source adds to the fused score of each item: weight / (`RANK_OFFSET` + rank), 0 without a rank.

    A source without a weight, or with weight 0, adds nothing.
    """
    return {
        name: weights.get(name, 0.0) / (RANK_OFFSET + ranks_of(values))
        for name, values in scores.items()
        if weights.get(name, 0.0) > 0
    }


def fuse(scores: Mapping[str, Scores], weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the fused scores of all items: (items,) float64, at least 0.

    Args:
        scores: of each source by its name, (items,) each; at least one.
        weights: of sources by their names.
    """
    count = len(next(iter(scores.values())))
    return sum(shares(scores, weights).values(), np.zeros(count))
