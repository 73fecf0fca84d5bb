"""Scores of a trained family, in numpy: no torch, and no more of a mapped file is read than a query needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.model import Scores, TrainedModel
from kg.embeddings.scoring.families import FAMILIES

__all__ = ["FactorisedScorer"]


class FactorisedScorer:
    """Answers queries with the tensors of a model of a family."""

    def __init__(self, model: TrainedModel) -> None:
        self._family = FAMILIES[model.settings.model]
        self._tables = model.tensors
        self._relations = len(model.relations)

    def __len__(self) -> int:
        return len(self._tables[self._family.candidates])

    def score_tails(self, heads: Sequence[int] | NDArray[Any], relations: Sequence[int] | NDArray[Any]) -> Scores:
        """Score every entity as tail of (head, relation, ?): (n,), (n,) -> (n, entities) float32."""
        return self._score(np.asarray(heads), np.asarray(relations))

    def score_heads(self, relations: Sequence[int] | NDArray[Any], tails: Sequence[int] | NDArray[Any]) -> Scores:
        """Score every entity as head of (?, relation, tail), asking in the reciprocal direction."""
        return self._score(np.asarray(tails), np.asarray(relations) + self._relations)

    def _score(self, anchors: NDArray[Any], relations: NDArray[Any]) -> Scores:
        family = self._family
        query = family.query(self._tables[family.anchors][anchors], self._tables["relations"][relations], np.hstack)
        scores: Scores = query @ self._tables[family.candidates].T
        return scores
