"""How far a graph has moved away from the model that was trained on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.embeddings import TrainedModel
from kg.embeddings.errors import ModelMismatchError
from kg.embeddings.triples import Ids
from kg.prediction.graph_triples import GraphTriples

__all__ = ["Staleness", "staleness"]

_STALE = 0.05


@dataclass(frozen=True, slots=True)
class Staleness:
    """What is in a graph and not in a model, and the other way round.

    Attributes:
        share: new and gone triples as a part of those that the model was trained on; 1 if nobody knows.
        is_stale: it is above 5 %: time to train anew. What is new is folded in until then.
    """

    new_entities: int
    new_triples: int
    gone_triples: int
    share: float
    is_stale: bool


def staleness(model: TrainedModel, found: GraphTriples) -> Staleness:
    """Compare a model with the triples of a graph, which are in ids that extend the model's.

    Raises:
        ModelMismatchError: the ids are others.
    """
    now = found.triples
    for own, given in ((model.entities, now.entities), (model.relations, now.relations)):
        if given.names[: len(own)] != own.names:
            expected = "ids that begin with those of the model"
            raise ModelMismatchError("the graph's triples", f"{own.kind} ids", expected, "other ones")
    entities = len(now.entities) - len(model.entities)
    before = model.triples.get("training")
    if before is None:
        is_same = model.graph == now.digest()
        return Staleness(entities, 0 if is_same else len(now), 0, 0.0 if is_same else 1.0, not is_same)
    old, new = _keys(before, found), _keys(now.array, found)
    added = len(np.setdiff1d(new, old, assume_unique=True))
    gone = len(np.setdiff1d(old, new, assume_unique=True))
    share = (added + gone) / max(len(old), 1)
    return Staleness(entities, added, gone, round(share, 4), share > _STALE)


def _keys(rows: Ids, found: GraphTriples) -> NDArray[np.int64]:
    """Write each triple as one number."""
    head, relation, tail = (rows[:, column].astype(np.int64) for column in range(3))
    return (head * len(found.triples.relations) + relation) * len(found.triples.entities) + tail
