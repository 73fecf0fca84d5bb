"""Hits that are relevant and unlike each other: greedy choice by F = λ · relevance + (1 − λ) · diversity.

Diversity is said in two ways. "unlike": how unlike a passage is to the most alike that was chosen, by their vectors
(maximal marginal relevance). "covering": how many of the words of the question it has, names of entities above all as
they are rare, that no chosen passage has.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kg.search.collection import Collection, Floats, Ids
from kg.search.ranking import Ranked

__all__ = ["Way", "choose"]

Way = Literal["unlike", "covering", "both"]
_UNLIKE = 0.5
"""What being unlike counts beside covering; chosen with `benchmarks/diversity.py`."""


def choose(collection: Collection, ranked: Ranked, rows: Ids, k: int, balance: float, way: Way = "both") -> list[int]:
    """Return up to `k` rows of a ranking, in the order in which they were chosen.

    Args:
        rows: of `ranked`, the best first. balance: λ in [0, 1]; 1 chooses by relevance alone.
        way: how diversity is told; "both" is the mean of the two.

    Returns:
        of rows that are equally good, the first one first.

    Source: Carbonell and Goldstein 1998, section 2, for "unlike"; Santos, Macdonald and Ounis 2010, section 3, for
    "covering".
    """
    if not len(rows):
        return []
    relevance = ranked.scores[rows].astype(np.float64)
    relevance = relevance / (float(relevance.max()) or 1.0)
    unlike = _Unlike(collection.vectors[ranked.passages[rows]])
    covering = _Covering(*ranked.aspects(ranked.passages[rows]))
    chosen: list[int] = []
    is_left = np.ones(len(rows), dtype=np.bool_)
    for _ in range(min(k, len(rows))):
        if way == "unlike":
            diversity = unlike.values()
        elif way == "covering":
            diversity = covering.values()
        else:
            diversity = (1 - _UNLIKE) * covering.values() + _UNLIKE * unlike.values()
        best = int(np.argmax(np.where(is_left, balance * relevance + (1 - balance) * diversity, -np.inf)))
        chosen.append(int(rows[best]))
        is_left[best] = False
        unlike.take(best)
        covering.take(best)
    return chosen


class _Unlike:
    def __init__(self, vectors: Floats) -> None:
        self._alike = np.clip(vectors @ vectors.T, 0, 1) if vectors.shape[1] else np.zeros((len(vectors),) * 2)
        self._nearest = np.zeros(len(vectors))

    def values(self) -> NDArray[np.float64]:
        return 1 - self._nearest

    def take(self, place: int) -> None:
        self._nearest = np.maximum(self._nearest, self._alike[place])


class _Covering:
    """What is not covered yet: of each aspect, how likely it is that no chosen passage has it."""

    def __init__(self, has: Floats, weights: Floats) -> None:
        total = float(weights.sum())
        self._has, self._weights = has.astype(np.float64), weights / total if total > 0 else weights
        self._left = np.ones(has.shape[1])

    def values(self) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self._has @ (self._weights * self._left)
        return found

    def take(self, place: int) -> None:
        self._left = self._left * (1 - self._has[place])
