"""What is known of notes whatever is asked for: template noise, which much of a vault has to do with, and authority."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kg.rdf import KG
from kg.recommendation.adjacency import Adjacency
from kg.recommendation.network import Network

__all__ = ["authority", "damping", "is_everywhere", "is_of_private_note", "may_be_shown", "most_notes"]

_LINKS = KG["linksTo"].value
_FREE = 8
"""Neighbours that make nothing noise, however small the vault."""
_HALF = 0.35
"""The share of all notes at which a note's score is halved."""
_EVERYWHERE = 0.25
"""The share of all notes from which on what they have in common is no reason."""


def authority(network: Network, power: float) -> NDArray[np.float64]:
    """Return by what the scores of items are multiplied, for the notes that link to them: (items,), at least 1.

    A power of 1 + how many they are. What a note links to itself does not count for it: an index is no authority.
    """
    found = np.zeros(len(network.items))
    if _LINKS in network.predicate_iris:
        links = network.predicates == network.predicate_iris.index(_LINKS)
        items = network.item_of_node[network.tails[links]]
        np.add.at(found, items[items >= 0], 1)
    return (1 + found) ** power


def damping(network: Network, adjacency: Adjacency) -> NDArray[np.float64]:
    """Return by what the scores of items are multiplied: (items,) in (0, 1].

    1 for all but those that a good part of all notes link to or are linked from, as indexes and home pages.
    """
    if not network.items:
        return np.ones(0)
    places = adjacency.place_of_item
    among = adjacency.matrix[places][:, places]
    linked = np.maximum(np.diff(among.tocsr().indptr) - _FREE, 0)
    share = linked / max(len(network.items), 1)
    found: NDArray[np.float64] = 1 / (1 + (share / _HALF) ** 2)
    return found


def may_be_shown(network: Network) -> NDArray[np.bool_]:
    """Tell which items may be recommended at all: (items,); drafts, private notes and templates may not."""
    return np.array(
        [not (item.is_draft or item.is_private or item.is_template) for item in network.items], dtype=np.bool_
    )


def most_notes(network: Network) -> float:
    """Return how many notes may have to do with a thing that is still a reason for each of them."""
    return max(_FREE, _EVERYWHERE * len(network.items))


def is_everywhere(network: Network, node: int) -> bool:
    """Tell whether more notes have to do with a node than it could be a reason for: a site that each of them cites."""
    others = np.concatenate([network.tails[network.heads == node], network.heads[network.tails == node]])
    items = np.unique(network.item_of_node[others])
    return int((items >= 0).sum()) > most_notes(network)


def is_of_private_note(network: Network) -> NDArray[np.bool_]:
    """Tell which nodes are private notes, or what those describe: (nodes,). No reason names or quotes them."""
    found = np.zeros(len(network.nodes), dtype=np.bool_)
    is_private = np.array([item.is_private for item in network.items], dtype=np.bool_)
    for nodes in (network.node_of_item[is_private], network.described_of_item[is_private]):
        found[nodes[nodes >= 0]] = True
    return found
