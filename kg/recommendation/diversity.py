"""Maximal marginal relevance: what is relevant and unlike what was chosen before it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.recommendation.adjacency import Adjacency
from kg.recommendation.network import Ids

__all__ = ["Likeness", "SharedNeighbours", "choose"]


@runtime_checkable
class Likeness(Protocol):
    """Says how alike items are. A source that knows it, as one that has texts, is asked before the graph is."""

    def alike(self, items: Ids) -> NDArray[np.float32]:
        """Return how alike some items are: (n,) -> (n, n) float32 in [0, 1], symmetric, 1 on the diagonal."""
        ...


class SharedNeighbours:
    """Items are alike where they have neighbours in common; those with many count less."""

    def __init__(self, adjacency: Adjacency) -> None:
        degrees = np.maximum(adjacency.degrees, 1).astype(np.float64)
        damped = adjacency.matrix @ sparse.diags_array(degrees**-0.5)
        rows = damped.tocsr()[adjacency.place_of_item]
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
        self._rows = (sparse.diags_array(1 / np.where(lengths > 0, lengths, 1)) @ rows).tocsr()

    def alike(self, items: Ids) -> NDArray[np.float32]:
        """Return the cosines of the items' neighbours; without any, an item is like itself alone."""
        rows = self._rows[items]
        found = (rows @ rows.T).toarray().astype(np.float32)
        np.fill_diagonal(found, 1.0)
        alike: NDArray[np.float32] = np.clip(found, 0.0, 1.0)
        return alike


def choose(relevance: NDArray[np.float64], alike: NDArray[np.float32], count: int, balance: float) -> list[int]:
    """Choose items one by one: argmax of balance * relevance - (1 - balance) * greatest likeness to a chosen one.

    Args:
        relevance: (n,) in [0, 1]. alike: (n, n).
        count: how many at most.
        balance: in [0, 1]; 1 chooses by relevance alone.

    Returns:
        places in `relevance`, in the order they were chosen; the first of equal ones first.

    Source: Carbonell and Goldstein 1998, section 2.
    """
    chosen: list[int] = []
    nearest = np.zeros(len(relevance))
    is_left = np.ones(len(relevance), dtype=bool)
    for _ in range(min(count, len(relevance))):
        value = np.where(is_left, balance * relevance - (1 - balance) * nearest, -np.inf)
        best = int(np.argmax(value))
        chosen.append(best)
        is_left[best] = False
        nearest = np.maximum(nearest, alike[best])
    return chosen
