"""Where the vectors of new entities begin: by what their texts say, as it goes with the vectors of trained ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.model import Tensors, TrainedModel
from kg.embeddings.scoring.families import FAMILIES

__all__ = ["start_from_text"]

Rows = NDArray[np.float32]

_RIDGES = np.logspace(-2, 4, 13)


def start_from_text(model: TrainedModel, texts: Rows) -> Tensors:
    """Return first vectors of new entities from vectors of texts, by what trained entities have of both.

    A ridge regression from texts to each table of the family; how much it is damped, leaving one out decides.

    Args:
        texts: (entities, d): of the model's entities and of the new ones, which follow; rows of zeros for entities
            that have no text.

    Returns:
        by the names of the tables, (new entities, dim); rows of zeros where there is no text, and everywhere if
        fewer than ten trained entities have one.
    """
    trained = len(model.entities)
    has_text: NDArray[np.bool_] = np.any(texts != 0, axis=1)
    family = FAMILIES[model.settings.model]
    starts = {}
    for name in dict.fromkeys((family.anchors, family.candidates)):
        table = np.asarray(model.tensors[name])
        starts[name] = np.zeros((len(texts) - trained, table.shape[1]), dtype=np.float32)
        known = np.flatnonzero(has_text[:trained])
        asked = np.flatnonzero(has_text[trained:])
        if len(known) >= 10 and len(asked):
            starts[name][asked] = _ridge(texts[known], table[known], texts[trained:][asked])
    return starts


def _ridge(given: Rows, wanted: Rows, asked: Rows) -> Rows:
    """Predict rows (m, k) from given ones, centred; the damping is what leaves the least error of one left out."""
    mean_given, mean_wanted = given.mean(axis=0), wanted.mean(axis=0)
    left, singular, right = np.linalg.svd(given - mean_given, full_matrices=False)
    centred = wanted - mean_wanted
    turned = left.T @ centred
    best, map_of_best = np.inf, np.zeros((given.shape[1], wanted.shape[1]))
    for ridge in _RIDGES:
        shrunk = singular**2 / (singular**2 + ridge)
        leverage = (left**2 @ shrunk) + 1 / len(given)
        error = float((((centred - left @ (shrunk[:, None] * turned)) / (1 - leverage)[:, None]) ** 2).sum())
        if error < best:
            damped = singular / (singular**2 + ridge)
            best, map_of_best = error, right.T @ (damped[:, None] * turned)
    predicted: Rows = ((asked - mean_given) @ map_of_best + mean_wanted).astype(np.float32)
    return predicted
