"""What of the graph only hidden notes speak of: nobody hears of it who does not ask for those."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kg.search.collection import Collection

__all__ = ["untold_nodes"]


def untold_nodes(collection: Collection, hidden: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which nodes nobody is told of: (E,). Those that only hidden notes describe, mention or state.

    A hidden note, and what no other note describes, is one whatever links to it.

    Args:
        hidden: (N,) notes.
    """
    own, told, spoken = (np.zeros(len(collection.entities), dtype=np.bool_) for _ in range(3))
    if not hidden.any():
        return own
    nodes, edges, mentions = collection.entity_of_note, collection.edges, collection.mentions
    told[nodes[~hidden]] = True
    own[nodes[hidden]] = True
    own &= ~told
    is_hidden = hidden[collection.note_of]
    is_unheard = np.repeat(is_hidden, np.diff(mentions.starts))
    told[mentions.columns[~is_unheard]] = True
    spoken[mentions.columns[is_unheard]] = True
    # What no passage says stands in front matter, or was imported.
    is_unheard = np.where(edges.passages >= 0, is_hidden[edges.passages], own[edges.heads])
    for ends in (edges.heads, edges.tails):
        told[ends[~is_unheard]] = True
        spoken[ends[is_unheard]] = True
    found: NDArray[np.bool_] = own | (spoken & ~told)
    return found
