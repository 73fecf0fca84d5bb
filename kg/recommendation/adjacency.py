"""The network without directions, as a sparse matrix: a note and what it describes are one place in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kg.errors import ConfigError
from kg.rdf import KG, local_name
from kg.recommendation.network import Ids, Network

__all__ = ["OTHER", "Adjacency", "read_weights"]

OTHER = "other"
"""The name under which all relations without a weight of their own have theirs."""
_DESCRIBES = KG["describes"].value


def read_weights(text: str) -> dict[str, float]:
    """Return the weights of relations by their local names, from a text `linksTo 1, mentions 0.5, other 1`.

    Raises:
        ConfigError: a part is no name with a number of at least 0.
    """
    weights: dict[str, float] = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        found = re.fullmatch(r"(\S+)\s+(\d+(?:\.\d+)?|\.\d+)", part)
        if found is None:
            raise ConfigError(
                f"recommend.relations: {part!r} is no relation with its weight; write `linksTo 1, {OTHER} 0.5`."
            )
        weights[found[1]] = float(found[2])
    return weights


@dataclass(frozen=True, slots=True, eq=False)
class Adjacency:
    """Weighted edges between places, the same in both directions.

    Attributes:
        matrix: (places, places) float64 in rows, without a diagonal; parallel edges are added up.
        place_of_node: (nodes,) where a node is.
        place_of_item: (items,) where a note is, with what it describes.
        degrees: (places,) how many other places each has an edge with.
    """

    matrix: sparse.csr_array
    place_of_node: Ids
    place_of_item: Ids
    degrees: Ids

    @classmethod
    def of(cls, network: Network, weights: Mapping[str, float]) -> Adjacency:
        """Return the matrix of a network.

        Args:
            weights: of relations by IRI or local name; `OTHER` of all others, 1 where it is missing.
        """
        place_of_node = _places(network)
        count = int(place_of_node.max()) + 1 if len(place_of_node) else 0
        other = weights.get(OTHER, 1.0)
        by_predicate = np.array(
            [weights.get(iri, weights.get(local_name(iri), other)) for iri in network.predicate_iris], dtype=np.float64
        )
        heads, tails = place_of_node[network.heads], place_of_node[network.tails]
        values: NDArray[np.float64] = by_predicate[network.predicates] if len(heads) else np.zeros(0)
        kept = (heads != tails) & (values > 0)
        heads, tails, values = heads[kept], tails[kept], values[kept]
        rows, columns = np.concatenate([heads, tails]), np.concatenate([tails, heads])
        matrix = sparse.coo_array((np.concatenate([values, values]), (rows, columns)), shape=(count, count)).tocsr()
        degrees = np.diff(matrix.indptr).astype(np.int32)
        return cls(matrix, place_of_node, place_of_node[network.node_of_item], degrees)

    def __len__(self) -> int:
        return len(self.degrees)


def _places(network: Network) -> Ids:
    """Return where each node is: what a note describes is where the first note on it is."""
    leader = np.arange(len(network.nodes), dtype=np.int32)
    items = network.item_of_node
    (owned,) = np.nonzero(items >= 0)
    leader[owned] = network.node_of_item[items[owned]]
    _, places = np.unique(leader, return_inverse=True)
    found: Ids = places.astype(np.int32)
    return found
