"""PyKEEN's models behind the same seam; our vectors in its models and its evaluator say the same as ours."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pykeen")

import torch

from kg.embeddings import (
    CheckpointFolder,
    Epoch,
    TrainedModel,
    TrainingSettings,
    Triples,
    engine_for,
    evaluate,
    load_model,
    save_model,
    scorer_of,
)
from kg.embeddings.errors import DivergedError, ModelMismatchError, TrainingError
from kg.embeddings.pykeen_engine import PykeenEngine
from kg.embeddings.pykeen_models import known_models, to_pykeen
from kg.embeddings.scoring.families import FAMILIES
from tests.embeddings.small import data, model_of, random_triples

pytestmark = pytest.mark.slow

SETTINGS = TrainingSettings(dim=16, epochs=4, every=2, threads=1, device="cpu", engine="pykeen")


@pytest.fixture(autouse=True)
def _quiet_pykeen() -> Iterator[None]:
    """PyKEEN warns of what is no error: threads of the loader, pinned memory, and its own age."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def drawn_model(triples: Triples, family: str, dim: int = 12) -> TrainedModel:
    generator = np.random.default_rng(5)
    rows = {"entity": len(triples.entities), "relation": 2 * len(triples.relations)}
    tables = FAMILIES[family].tables.items()
    tensors = {name: generator.standard_normal((rows[kind], dim), np.float32) for name, kind in tables}
    return model_of(triples, tensors, family, dim)


@pytest.mark.parametrize("family", FAMILIES)
def test_our_vectors_score_the_same_in_pykeens_model(family: str) -> None:
    triples = random_triples(30, 4, 100)
    model = drawn_model(triples, family)
    theirs, ours = to_pykeen(model), scorer_of(model)
    queries = np.array([[entity, relation] for entity in range(30) for relation in range(4)])
    tails = theirs.predict_t(torch.from_numpy(queries)).detach().numpy()
    heads = theirs.predict_h(torch.from_numpy(queries[:, ::-1].copy())).detach().numpy()
    np.testing.assert_allclose(ours.score_tails(queries[:, 0], queries[:, 1]), tails, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.score_heads(queries[:, 1], queries[:, 0]), heads, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_pykeens_evaluator_finds_the_same_figures(family: str) -> None:
    from pykeen.evaluation import RankBasedEvaluator

    everything = random_triples(40, 4, 400)
    known, asked = everything.having(everything.array[80:]), everything.having(everything.array[:80])
    model = drawn_model(everything, family)
    theirs = RankBasedEvaluator(filtered=True).evaluate(
        to_pykeen(model),
        torch.from_numpy(asked.array.astype(np.int64)),
        additional_filter_triples=[torch.from_numpy(known.array.astype(np.int64))],
        batch_size=32,
        use_tqdm=False,
    )
    ours = evaluate(scorer_of(model), asked, known)
    for side, metrics in (("both", ours.both), ("head", ours.head), ("tail", ours.tail)):
        figures = {
            "inverse_harmonic_mean_rank": metrics.mrr,
            "hits_at_1": metrics.hits_at_1,
            "hits_at_3": metrics.hits_at_3,
            "hits_at_10": metrics.hits_at_10,
            "arithmetic_mean_rank": metrics.mean_rank,
        }
        for name, figure in figures.items():
            assert figure == pytest.approx(theirs.get_metric(f"{side}.realistic.{name}"), abs=5e-5), (side, name)


def test_models_that_need_more_than_triples_are_not_offered() -> None:
    names = known_models()
    assert {"complex", "rotate", "tucker", "conve", "nodepiece", "transe"} <= set(names)
    assert not {"distmultliteral", "inductivenodepiece", "fixed"} & set(names)
    assert isinstance(engine_for(TrainingSettings(model="rotate")), PykeenEngine)
    assert not isinstance(engine_for(TrainingSettings(model="complex")), PykeenEngine)


def test_every_model_is_trained_stored_and_asked(tmp_path: Path) -> None:
    of = data(range(0, 90, 9))
    assert of.validation is not None
    for model in known_models():
        settings = dataclasses.replace(SETTINGS, model=model, dim=32, epochs=2)
        seen: list[Epoch] = []
        trained = PykeenEngine().train(settings, of, seen.append)
        assert tuple(seen) == trained.history, model
        assert all(math.isfinite(epoch.loss) for epoch in seen), model
        assert [bool(epoch.validation) for epoch in seen] == [False, True], model
        assert None not in trained.settings.to_json().values(), model
        save_model(trained, tmp_path / model)
        found = load_model(tmp_path / model, graph=of.training.digest())
        figures = evaluate(scorer_of(found), of.validation, of.training).both
        assert figures.mrr == pytest.approx(trained.metrics["validation"].mrr, abs=1e-6), model


def test_recipes_learn() -> None:
    of = data()
    for model, floor in (("complex", 0.9), ("distmult", 0.5), ("cp", 0.9)):
        trained = PykeenEngine().train(dataclasses.replace(SETTINGS, model=model, epochs=30, dim=32), of)
        assert evaluate(scorer_of(trained), of.training, of.training).both.mrr > floor, model


class StoppedError(Exception):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("model", ["complex", "rotate", "conve"])
def test_a_run_that_is_taken_up_ends_as_if_it_had_not_been_interrupted(model: str, tmp_path: Path) -> None:
    settings = dataclasses.replace(SETTINGS, model=model, epochs=6, dim=32)
    of, folder = data(range(0, 90, 9)), CheckpointFolder(tmp_path)

    def interrupt(epoch: Epoch) -> None:
        if epoch.number == 5:
            raise StoppedError

    with pytest.raises(StoppedError):
        PykeenEngine().train(settings, of, interrupt, folder)
    epochs: list[int] = []
    resumed = PykeenEngine().train(settings, of, lambda epoch: epochs.append(epoch.number), folder)
    assert epochs == [5, 6]
    whole = PykeenEngine().train(settings, of)
    for name, array in whole.tensors.items():
        assert np.array_equal(resumed.tensors[name], array), name
    assert [epoch.loss for epoch in resumed.history] == [epoch.loss for epoch in whole.history]


def test_training_ends_when_nothing_gets_better() -> None:
    settings = dataclasses.replace(SETTINGS, model="distmult", epochs=200, every=1, patience=2)
    trained = PykeenEngine().train(settings, data(range(0, 90, 9)))
    assert len(trained.history) == trained.best + 2 < 200


def test_generators_of_others_are_left_as_they_were() -> None:
    before = torch.get_rng_state()
    PykeenEngine().train(dataclasses.replace(SETTINGS, epochs=1), data())
    assert torch.equal(torch.get_rng_state(), before)


def test_a_run_that_diverges_is_named() -> None:
    with pytest.raises(DivergedError, match="'complex' diverged in epoch"):
        PykeenEngine().train(dataclasses.replace(SETTINGS, model="complex", learning_rate=1e20, epochs=20), data())


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"model": "fixed"}, "PyKEEN has autosf, boxe"),
        ({"model": "complex", "dim": 15}, "multiple of 2"),
        ({"model": "transe", "regularization": 0.1}, "PyKEEN's transe takes none"),
        ({"model": "complex", "dropout": 0.1}, "their own"),
        ({"precision": "bf16"}, "fp32 and tf32"),
        ({"model": "complex", "negatives": 5}, "all entities, which 0 stands for"),
        ({"model": "rotate", "negatives": 0}, "drawn entities"),
    ],
)
def test_settings_that_do_not_fit_are_named(values: dict[str, Any], says: str) -> None:
    with pytest.raises(TrainingError, match=says):
        PykeenEngine().train(dataclasses.replace(SETTINGS, **values), data())


def test_tensors_of_another_shape_are_refused() -> None:
    trained = PykeenEngine().train(dataclasses.replace(SETTINGS, model="distmult", epochs=1), data())
    name, array = next((name, array) for name, array in trained.tensors.items() if array.ndim)
    broken = dataclasses.replace(trained, tensors={**trained.tensors, name: array[:-1]})
    with pytest.raises(ModelMismatchError, match="tensor"):
        scorer_of(broken)


def test_the_users_home_stays_clean(tmp_path: Path) -> None:
    script = "from kg.embeddings.pykeen_models import known_models; known_models()"
    environment = {**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")}
    environment.pop("PYSTOW_HOME", None)
    (tmp_path / "tmp").mkdir()
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=Path(__file__).parents[2])
    assert [path.name for path in tmp_path.iterdir() if path.name in (".data", ".pykeen")] == []
    assert list((tmp_path / "tmp").glob("noemata-*")) == []
