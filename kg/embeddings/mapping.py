"""Vectors of entities laid out on a plane, so that what is alike stands together."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any
from typing import Literal as OneOf

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.errors import TrainingError
from kg.embeddings.model import TrainedModel
from kg.embeddings.scoring.families import FAMILIES
from kg.errors import MissingExtraError

__all__ = ["Method", "entity_vectors", "laid_out"]

Method = OneOf["pca", "tsne"]
_PERPLEXITY = 30.0
"""Neighbours that count for each point (van der Maaten and Hinton 2008, section 2: from 5 to 50)."""


def entity_vectors(model: TrainedModel) -> NDArray[np.float32]:
    """Return what a model holds of each entity, as rows (entities, numbers).

    Raises:
        TrainingError: it has no vectors of entities of its own, as NodePiece, which makes them of relations.
    """
    if model.engine == "1vsall":
        return np.asarray(model.tensors[FAMILIES[model.settings.model].candidates], dtype=np.float32)
    rows = len(model.entities)
    tables = [
        array
        for name, array in sorted(model.tensors.items())
        if "entity" in name and "embeddings" in name and array.ndim == 2 and len(array) == rows
    ]
    if not tables:
        raise TrainingError("model", model.settings.model, "a map needs a model that has a vector of each entity")
    return np.asarray(tables[0], dtype=np.float32)


def laid_out(vectors: NDArray[Any], method: Method = "pca", seed: int = 0) -> NDArray[np.float64]:
    """Return places (n, 2) of vectors (n, numbers): by principal components, or by t-SNE from those.

    The same vectors and seed give the same places on the same machine.

    Raises:
        MissingExtraError: t-SNE is asked for and scikit-learn is not installed.
    """
    centred = np.asarray(vectors, dtype=np.float64)
    centred = centred - centred.mean(axis=0) if len(centred) else centred
    components = _components(centred)
    if method == "pca" or len(vectors) < 4:
        return components
    if find_spec("sklearn") is None:
        raise MissingExtraError("embed", "A map by t-SNE")
    from sklearn.manifold import TSNE

    spread = components[:, 0].std()
    start = components / spread * 1e-4 if spread else components  # as small as t-SNE likes to begin
    perplexity = min(_PERPLEXITY, (len(vectors) - 1) / 3)
    layout = TSNE(n_components=2, init=start, perplexity=perplexity, random_state=seed)
    found: NDArray[Any] = layout.fit_transform(centred)
    return found.astype(np.float64)


def _components(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first two principal components (n, 2); the sign of each is that of its largest number."""
    if not centred.size:
        return np.zeros((len(centred), 2))
    _, axes = np.linalg.eigh(centred.T @ centred)
    axes = axes[:, ::-1][:, :2]
    axes = axes * np.where(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])] < 0, -1.0, 1.0)
    places = np.zeros((len(centred), 2))
    places[:, : axes.shape[1]] = centred @ axes
    return places
