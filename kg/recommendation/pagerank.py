"""Personalised PageRank: where a walk ends that starts at what is asked for, and starts again now and then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.errors import ConfigError
from kg.recommendation.adjacency import Adjacency
from kg.recommendation.model import Reason, Scores, Seeds
from kg.recommendation.network import Network
from kg.recommendation.noise import is_of_private_note, most_notes

__all__ = ["PageRank"]

_STEPS = 50
_TOLERANCE = 1e-7
_NAMED = 3
"""How many of the things that lie between are named."""


class PageRank:
    """Notes by how often a random walk from the seeds comes to them.

    A walk takes an edge with a likelihood in proportion to its weight, divided by a power of the degree it leads to,
    so that hubs draw fewer of them; with the likelihood `restart` it starts again (Haveliwala 2002, section 4).

    Args:
        restart: above 0, at most 1; the larger, the nearer to the seeds.
        hub_damping: at least 0; 0 lets hubs be. 1 divides by their degree, as Adamic and Adar's logarithm does more
            gently.
        popularity_damping: at least 0: scores are divided by this power of an item's own degree.

    Raises:
        ConfigError: `restart` is none, so that the walk would forget where it began.
    """

    name = "pagerank"

    def __init__(
        self,
        network: Network,
        adjacency: Adjacency,
        *,
        restart: float,
        hub_damping: float,
        popularity_damping: float,
    ) -> None:
        if not 0 < restart <= 1:
            raise ConfigError(f"recommend.restart must be above 0 and at most 1, not {restart:g}.")
        self._network, self._adjacency, self._restart = network, adjacency, restart
        degrees = np.maximum(adjacency.degrees, 1).astype(np.float64)
        damped = adjacency.matrix @ sparse.diags_array(degrees**-hub_damping)
        totals = np.asarray(damped.sum(axis=1)).ravel()
        self._back = (sparse.diags_array(1 / np.where(totals > 0, totals, 1)) @ damped).T.tocsr()
        self._popularity = degrees[adjacency.place_of_item] ** popularity_damping
        self._leaders = _leaders(network, adjacency)
        notes = np.diff(adjacency.matrix[:, np.unique(adjacency.place_of_item)].tocsr().indptr)
        self._is_no_reason = notes > most_notes(network)
        self._is_no_reason[adjacency.place_of_node[is_of_private_note(network)]] = True

    def score(self, seeds: Seeds) -> Scores:
        """Score all items: the share of time that the walk spends on them; those that are seeds are scored too."""
        found = self.walk(seeds)[self._adjacency.place_of_item] / self._popularity
        return found.astype(np.float32)

    def walk(self, seeds: Seeds) -> NDArray[np.float64]:
        """Return the share of time that the walk spends at each place: (places,), 0 everywhere without seeds."""
        start = np.zeros(len(self._adjacency))
        for node, weight in sorted(seeds.weights.items()):
            start[self._adjacency.place_of_node[node]] += weight
        if not start.any():
            return start
        start /= start.sum()
        found = start
        for _ in range(_STEPS):
            step = (1 - self._restart) * (self._back @ found)
            step += (1 - step.sum()) * start  # the rest starts again, from dead ends too
            change = np.abs(step - found).sum()
            found = step
            if change < _TOLERANCE:
                break
        return found

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        """Return what lies between the seeds and an item, that with the fewest edges first; without any, nothing.

        Private notes are not named, nor what a good part of all notes have to do with.
        """
        adjacency = self._adjacency
        start = np.zeros(len(adjacency))
        for node, weight in sorted(seeds.weights.items()):
            start[adjacency.place_of_node[node]] += weight
        place = adjacency.place_of_item[item]
        found: list[Reason] = []
        own = adjacency.matrix[[place]].toarray().ravel()
        (direct,) = np.nonzero((own > 0) & (start > 0))
        if len(direct):
            found.append(Reason(self.name, f"Is connected with {self._called(direct)}"))
        between = (adjacency.matrix @ start) * own / np.maximum(adjacency.degrees, 1)
        between[(start > 0) | self._is_no_reason] = 0
        order = np.argsort(-between, kind="stable")[: np.count_nonzero(between > 0)]
        if len(order):
            found.append(Reason(self.name, f"Is connected with {self._called(order)} as well"))
        if not found and start.any():
            seed = np.array([int(np.argmax(start))])
            found.append(Reason(self.name, f"Several steps in the graph lead to it from {self._called(seed)}"))
        return found

    def _called(self, places: NDArray[np.int64]) -> str:
        return ", ".join(self._network.names[self._leaders[place]] for place in places[:_NAMED])


def _leaders(network: Network, adjacency: Adjacency) -> NDArray[np.int64]:
    """Return the node that each place is called by: a note rather than what it describes."""
    leaders = np.zeros(len(adjacency), dtype=np.int64)
    leaders[adjacency.place_of_node[::-1]] = np.arange(len(network.nodes))[::-1]
    leaders[adjacency.place_of_item] = network.node_of_item
    return leaders
