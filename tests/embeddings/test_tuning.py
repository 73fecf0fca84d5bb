"""The search for settings: the usual ones first, the same search for the same seed, and what goes wrong in it."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("optuna")

from kg.embeddings import TrainingSettings, engine_for
from kg.embeddings.errors import DivergedError, TrainingError, TriplesError
from kg.embeddings.tuning import Trial, search_space, tune
from tests.embeddings.small import data

SMALL = TrainingSettings(dim=8, epochs=6, every=2, threads=1, device="cpu")
HELD_OUT = (10, 31, 45, 60)


def test_the_usual_settings_come_first_and_the_best_are_kept() -> None:
    told: list[Trial] = []
    found = tune(engine_for(SMALL), SMALL, data(HELD_OUT), trials=6, told=told.append)
    assert [trial.number for trial in found.trials] == [1, 2, 3, 4, 5, 6]
    assert tuple(told) == found.trials
    first = found.trials[0]
    assert (first.tried["learning_rate"], first.tried["regularization"], first.state) == (0.1, 0.01, "done")
    done = [trial for trial in found.trials if trial.state == "done"]
    assert found.metrics.mrr == max(trial.metrics.mrr for trial in done if trial.metrics)
    assert len({str(trial.tried) for trial in found.trials}) > 1
    model = engine_for(SMALL).train(found.best, data(HELD_OUT))
    assert model.metrics["validation"] == found.metrics  # the settings that are told give what was told of them
    assert found.best.dim == 8  # what is given stays


def test_the_same_seed_is_the_same_search() -> None:
    first, second, other = (
        tune(engine_for(SMALL), TrainingSettings(**{**SMALL.to_json(), "seed": seed}), data(HELD_OUT), trials=4)
        for seed in (1, 1, 2)
    )
    assert [trial.tried for trial in first.trials] == [trial.tried for trial in second.trials]
    assert [trial.tried for trial in first.trials] != [trial.tried for trial in other.trials]


def test_a_search_in_which_nothing_works_says_why() -> None:
    hopeless = TrainingSettings(**{**SMALL.to_json(), "learning_rate": 1e6})
    with pytest.raises(DivergedError):
        tune(engine_for(hopeless), hopeless, data(HELD_OUT), trials=2)
    with pytest.raises(TriplesError, match="needs triples to compare by"):
        tune(engine_for(SMALL), SMALL, data(), trials=1)
    full = TrainingSettings(**{**SMALL.to_json(), "batch": 32, "learning_rate": 0.1, "regularization": 0.01})
    with pytest.raises(TrainingError, match="leave one of the settings out"):
        tune(engine_for(full), full, data(HELD_OUT), trials=1)


def test_what_is_searched_fits_the_model() -> None:
    assert set(search_space(TrainingSettings())) == {"dim", "batch", "learning_rate", "regularization"}
    assert "dim" not in search_space(TrainingSettings(dim=64))
    assert set(search_space(TrainingSettings(model="rotate"))) == {"dim", "batch", "learning_rate", "negatives"}
    assert set(search_space(TrainingSettings(engine="pykeen"))) == {"dim", "batch", "learning_rate", "regularization"}
    assert set(search_space(TrainingSettings(model="tucker"))) == {"dim", "batch", "learning_rate"}
