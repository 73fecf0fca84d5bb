"""How alike entities are to a model: the cosine of all that it has of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.model import TrainedModel

__all__ = ["Nearness"]


class Nearness:
    """Compares the entities of a model by all the tables that have a row for each of them.

    Those are vectors of real numbers of any length; a model whose tensors have none finds no two entities alike.
    """

    def __init__(self, model: TrainedModel) -> None:
        count = len(model.entities)
        self._tables = tuple(
            table.reshape(count, -1)
            for name, table in sorted(model.tensors.items())
            if table.ndim > 1 and len(table) == count and table.dtype.kind == "f" and "relation" not in name
        )

    def cosines(self, entity: int, others: NDArray[Any]) -> NDArray[np.float32]:
        """Return the cosine between an entity and each of others: (n,) -> (n,) float32, from -1 to 1.

        An entity is quite like itself; one whose vector is zero is like no other.
        """
        distinct, places = np.unique(others, return_inverse=True)
        product, own, theirs = (np.zeros(len(distinct), np.float32) for _ in range(3))
        for table in self._tables:
            vector, rows = np.asarray(table[entity]), np.asarray(table[distinct])
            product += rows @ vector
            own += vector @ vector
            theirs += (rows * rows).sum(axis=1)
        lengths = np.sqrt(own * theirs)
        cosines = np.divide(product, lengths, out=np.zeros_like(product), where=lengths > 0)
        cosines[distinct == entity] = 1
        found: NDArray[np.float32] = np.clip(cosines, -1, 1)[places]
        return found
