"""Vectors on a plane: what is alike stands together, and the same vectors stand in the same places."""

from __future__ import annotations

import numpy as np
import pytest

from kg.embeddings import TrainedModel, TrainingSettings, Triples
from kg.embeddings.errors import TrainingError
from kg.embeddings.mapping import entity_vectors, laid_out
from tests.embeddings.small import model_of


def clouds(seed: int = 0) -> np.ndarray:
    """Two clouds of twenty points in ten dimensions, far from each other."""
    drawn = np.random.default_rng(seed).standard_normal((40, 10))
    drawn[20:] += 30
    return drawn.astype(np.float32)


def apart(places: np.ndarray) -> float:
    """How far the two clouds are from each other, in their own sizes."""
    first, second = places[:20], places[20:]
    size = np.concatenate([first - first.mean(axis=0), second - second.mean(axis=0)]).std()
    return float(np.linalg.norm(first.mean(axis=0) - second.mean(axis=0)) / size)


def test_principal_components_are_those_of_a_decomposition() -> None:
    vectors = clouds()
    places = laid_out(vectors)
    left, sizes, _ = np.linalg.svd(
        vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64), full_matrices=False
    )
    assert np.allclose(np.abs(places), np.abs(left[:, :2] * sizes[:2]), atol=1e-4)
    assert np.array_equal(places, laid_out(vectors))
    assert apart(places) > 10
    assert apart(np.random.default_rng(0).standard_normal((40, 2))) < 10  # what is thrown there is not apart


@pytest.mark.parametrize("vectors", [np.zeros((0, 4)), np.ones((1, 4)), np.ones((3, 1)), np.ones((5, 4))])
@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_few_vectors_and_equal_ones_have_places(vectors: np.ndarray, method: str) -> None:
    if method == "tsne" and len(vectors) > 3:
        pytest.importorskip("sklearn")
    places = laid_out(vectors, method)  # type: ignore[arg-type]
    assert places.shape == (len(vectors), 2)
    assert np.isfinite(places).all()


def test_neighbours_stay_neighbours() -> None:
    pytest.importorskip("sklearn")
    places = laid_out(clouds(), "tsne", seed=1)
    assert apart(places) > 3
    assert np.array_equal(places, laid_out(clouds(), "tsne", seed=1))


def test_a_model_without_vectors_of_entities_has_no_map() -> None:
    triples = Triples.from_names([("a", "r", "b")])
    own = model_of(
        triples, {"heads": np.ones((2, 3)), "tails": np.zeros((2, 3)), "relations": np.ones((2, 3))}, "cp", 3
    )
    assert not entity_vectors(own).any()
    of_pieces = TrainedModel(
        "pykeen", TrainingSettings(model="nodepiece"), triples.entities, triples.relations,
        {"entity_representations.0.mlp.weight": np.ones((2, 2))}, "", history=(), best=0,
    )  # fmt: skip
    with pytest.raises(TrainingError, match="a vector of each entity"):
        entity_vectors(of_pieces)
