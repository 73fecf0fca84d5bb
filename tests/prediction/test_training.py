"""A model of a graph says how good it is, what its scores are worth, and has learnt all that there is."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from kg.embeddings import CheckpointFolder, Epoch, TrainingSettings, Triples, load_model, save_model, scorer_of
from kg.embeddings.errors import DivergedError, TrainingError, TriplesError
from kg.prediction import GraphTriples, graph_triples, train_on_graph
from tests.embeddings.small import family_tree
from tests.prediction.homes import SETTINGS, graph_of, town, town_model


def tree(generations: int = 6) -> GraphTriples:
    triples = Triples.from_names(family_tree(generations))
    return GraphTriples(triples, triples)


def test_a_model_tells_how_good_it_is() -> None:
    model = town_model()
    assert set(model.metrics) == {"validation", "test", "test, types"}
    assert model.metrics["test, types"].mrr >= model.metrics["test"].mrr > 0.4
    assert model.calibration is not None
    assert "held back" in model.remark and str(model.best) in model.remark
    assert any(epoch.validation for epoch in model.history)


def test_the_vectors_have_learnt_all_triples() -> None:
    found, model = graph_triples(town()), town_model()
    assert model.graph == found.triples.digest()
    assert model.triples["training"].tolist() == found.triples.array.tolist()
    assert model.settings.epochs == SETTINGS.epochs


def test_equal_graphs_and_seeds_give_equal_models(tmp_path: Path) -> None:
    found = tree(5)
    settings = dataclasses.replace(SETTINGS, epochs=6)
    for name in ("one", "two"):
        save_model(train_on_graph(found, settings), tmp_path / name)
    one, two = (load_model(tmp_path / name) for name in ("one", "two"))
    assert all(np.array_equal(one.tensors[name], two.tensors[name]) for name in one.tensors)
    assert (one.calibration, one.remark, one.metrics) == (two.calibration, two.remark, two.metrics)
    other = train_on_graph(found, dataclasses.replace(settings, seed=2))
    assert not np.array_equal(other.tensors["entities"], one.tensors["entities"])


def test_a_model_of_a_graph_comes_back_from_its_folder(tmp_path: Path) -> None:
    model = town_model()
    save_model(model, tmp_path)
    found = load_model(tmp_path, graph=model.graph)
    assert found.calibration == model.calibration
    assert found.remark == model.remark
    assert found.triples["training"].tolist() == model.triples["training"].tolist()
    rows = model.triples["training"][:3]
    scores = [scorer_of(each).score_tails(rows[:, 0], rows[:, 1]) for each in (model, found)]
    assert np.array_equal(*scores)


def test_a_run_is_taken_up_where_it_ended(tmp_path: Path) -> None:
    found, settings = tree(), dataclasses.replace(SETTINGS, epochs=12)
    seen: list[int] = []

    def stop(epoch: Epoch) -> None:
        seen.append(epoch.number)
        if len(seen) == 7:
            raise KeyboardInterrupt

    folder = CheckpointFolder(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train_on_graph(found, settings, stop, folder)
    again: list[int] = []
    resumed = train_on_graph(found, settings, lambda epoch: again.append(epoch.number), folder)
    assert again[0] == 6  # the last checkpoint was after the fifth
    whole = train_on_graph(found, settings)
    assert np.array_equal(resumed.tensors["entities"], whole.tensors["entities"])
    assert resumed.calibration == whole.calibration


@pytest.mark.parametrize(
    ("trig", "says"),
    [
        ("", "no statements between entities to learn from$"),
        ("g:user { :a rdfs:label 'x' }", "no statements between entities to learn from$"),
        ("g:user { :a kg:describes :b }", r"to learn from \(left out: 1 property with kg:embed false\)"),
        ("g:user { :a kg:uses :b , :c . :b kg:uses :c }", "all 3 statements are of one relation, 'uses'"),
        ("g:user { :a kg:uses :b ; kg:worksFor :c }", "of its 2 statements too few can be held back"),
    ],
)
def test_a_graph_that_nothing_can_be_learnt_from_is_told_so(trig: str, says: str) -> None:
    with pytest.raises(TriplesError, match=says):
        train_on_graph(graph_triples(graph_of(trig)), SETTINGS)


def test_what_cannot_be_trained_with_is_told() -> None:
    with pytest.raises(TrainingError, match="device"):
        train_on_graph(tree(), dataclasses.replace(SETTINGS, device="cuda:7"))
    wild = TrainingSettings(dim=32, learning_rate=1e6, optimizer="adam", epochs=30, threads=1, device="cpu")
    with pytest.raises((DivergedError, TrainingError)):
        train_on_graph(tree(), wild)
