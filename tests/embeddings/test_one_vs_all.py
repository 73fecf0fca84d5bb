"""Our engine learns, the same for a seed; it stops, goes on, and says what cannot be trained."""

from __future__ import annotations

import dataclasses
import itertools
import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from kg.embeddings import (
    CheckpointFolder,
    Epoch,
    TrainedModel,
    TrainingData,
    TrainingSettings,
    Triples,
    evaluate,
    scorer_of,
)
from kg.embeddings.errors import DivergedError, ModelMismatchError, TrainingError, TriplesError
from kg.embeddings.scoring.families import FAMILIES
from kg.embeddings.scoring.one_vs_all import OneVsAll
from kg.embeddings.scoring.optimizers import make_optimizer
from kg.embeddings.settings import sensible_threads
from tests.embeddings.small import data, random_triples

SETTINGS = TrainingSettings(dim=16, epochs=12, every=3, threads=1, device="cpu", batch=16)


def train(settings: TrainingSettings = SETTINGS, of: TrainingData | None = None) -> TrainedModel:
    return OneVsAll().train(settings, of or data(range(0, 90, 9)))


def same(first: TrainedModel, second: TrainedModel) -> bool:
    return all(np.array_equal(array, second.tensors[name]) for name, array in first.tensors.items())


def mrr(model: TrainedModel, of: TrainingData) -> float:
    return evaluate(scorer_of(model), of.training, of.training).both.mrr


@pytest.mark.parametrize("negatives", [0, 24])
@pytest.mark.parametrize("model", FAMILIES)
def test_what_was_told_is_learnt(model: str, negatives: int) -> None:
    of = data()
    settings = dataclasses.replace(SETTINGS, model=model, epochs=40, negatives=negatives, regularization=0.001)
    trained = train(settings, of)
    assert mrr(trained, of) > 0.9
    assert trained.history[-1].loss < trained.history[0].loss
    assert trained.best == 40


def test_tensors_are_those_of_the_best_epoch() -> None:
    of = data(range(0, 90, 9))
    seen: list[Epoch] = []
    trained = OneVsAll().train(dataclasses.replace(SETTINGS, epochs=30), of, seen.append)
    assert tuple(seen) == trained.history
    evaluated = {epoch.number: epoch.validation.mrr for epoch in seen if epoch.validation}
    assert set(evaluated) == set(range(3, len(seen) + 1, 3))
    assert evaluated[trained.best] == max(evaluated.values())
    assert of.validation is not None
    found = evaluate(scorer_of(trained), of.validation, of.training).both.mrr
    assert found == pytest.approx(evaluated[trained.best], abs=1e-6)
    assert all(earlier.seconds < later.seconds for earlier, later in itertools.pairwise(seen))


def test_training_ends_when_nothing_gets_better() -> None:
    trained = train(dataclasses.replace(SETTINGS, epochs=300, every=2, patience=3))
    assert len(trained.history) == trained.best + 6 < 300


def test_the_same_seed_gives_the_same_vectors() -> None:
    assert same(train(), train())
    assert not same(train(), train(dataclasses.replace(SETTINGS, seed=1)))
    dropping = dataclasses.replace(SETTINGS, dropout=0.2)
    assert same(train(dropping), train(dropping))
    drawing = dataclasses.replace(SETTINGS, negatives=8)
    assert same(train(drawing), train(drawing))


def test_settings_tell_all_that_was_filled_in() -> None:
    settings = train(TrainingSettings(epochs=1, dim=16, device="cpu")).settings
    assert None not in settings.to_json().values()
    assert TrainingSettings.from_json(settings.to_json()) == settings


class StoppedError(Exception):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("values", [{}, {"optimizer": "adam"}, {"negatives": 8}, {"dropout": 0.1}, {"model": "cp"}])
def test_a_run_that_is_taken_up_ends_as_if_it_had_not_been_interrupted(
    tmp_path: Path, values: dict[str, object]
) -> None:
    settings = dataclasses.replace(SETTINGS, **values)  # type: ignore[arg-type]
    of, folder = data(range(0, 90, 9)), CheckpointFolder(tmp_path)

    def interrupt(epoch: Epoch) -> None:
        if epoch.number == 8:
            raise StoppedError

    with pytest.raises(StoppedError):
        OneVsAll().train(settings, of, interrupt, folder)
    epochs: list[int] = []
    resumed = OneVsAll().train(settings, of, lambda epoch: epochs.append(epoch.number), folder)
    assert epochs == list(range(7, 13))  # what came after the checkpoint of epoch 6 is done again
    whole = train(settings, of)
    assert same(resumed, whole)
    assert [epoch.loss for epoch in resumed.history] == [epoch.loss for epoch in whole.history]
    assert resumed.best == whole.best


def test_a_run_that_is_over_can_go_on_for_longer(tmp_path: Path) -> None:
    of, folder = data(), CheckpointFolder(tmp_path)
    OneVsAll().train(SETTINGS, of, checkpoints=folder)
    again: list[int] = []
    OneVsAll().train(SETTINGS, of, lambda epoch: again.append(epoch.number), folder)
    assert again == []
    longer = dataclasses.replace(SETTINGS, epochs=15)
    assert same(OneVsAll().train(longer, of, lambda epoch: again.append(epoch.number), folder), train(longer, of))
    assert again == [13, 14, 15]


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    folder = CheckpointFolder(tmp_path)
    OneVsAll().train(SETTINGS, data(), checkpoints=folder)
    for settings, of in ((dataclasses.replace(SETTINGS, seed=5), data()), (SETTINGS, data([3]))):
        with pytest.raises(ModelMismatchError, match="run"):
            OneVsAll().train(settings, of, checkpoints=folder)


def test_a_run_that_diverges_is_named() -> None:
    with pytest.raises(DivergedError, match="'complex' diverged in epoch") as raised:
        train(dataclasses.replace(SETTINGS, learning_rate=1e4, regularization=0.0, epochs=50), data())
    assert raised.value.epoch <= 10
    assert "lower learning rate" in str(raised.value)
    with pytest.raises(DivergedError) as raised:
        train(dataclasses.replace(SETTINGS, learning_rate=1e30, regularization=0.0))
    assert not math.isfinite(raised.value.loss)


def test_drawn_entities_estimate_the_loss_over_all() -> None:
    of = TrainingData(random_triples(300, 4, 3000))
    first = dataclasses.replace(SETTINGS, epochs=1, learning_rate=1e-6, regularization=0.0)
    whole = train(first, of).history[0].loss
    drawn = train(dataclasses.replace(first, negatives=64), of).history[0].loss
    assert whole == pytest.approx(math.log(300), abs=0.02)
    assert drawn == pytest.approx(whole, abs=0.02)


def test_scores_in_parts_give_the_same_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train()
    monkeypatch.setattr("kg.embeddings.scoring.one_vs_all._BUDGET", {"cpu": 4 * 16 * 20})
    parts = train()
    for name, array in whole.tensors.items():
        np.testing.assert_allclose(parts.tensors[name], array, rtol=1e-3, atol=1e-3)


def test_large_sets_are_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.embeddings.scoring.one_vs_all.ALL_UP_TO", 20)
    assert train(dataclasses.replace(SETTINGS, epochs=1)).settings.negatives == 1024
    assert train(dataclasses.replace(SETTINGS, epochs=1, negatives=0)).settings.negatives == 0


def test_one_relation_can_be_learnt() -> None:
    of = TrainingData(Triples.from_names((f"e{n}", "linksTo", f"e{n * 3 % 20}") for n in range(20)))
    assert mrr(train(dataclasses.replace(SETTINGS, epochs=40, regularization=0.0), of), of) > 0.9


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"model": "rotate"}, "the engine 1vsall has complex, cp, distmult, simple"),
        ({"dim": 15}, "an even number"),
        ({"device": "cuda:9"}, "torch sees"),
        ({"device": "gpu"}, "it is auto, cpu, cuda"),
    ],
)
def test_settings_that_do_not_fit_are_named(values: dict[str, object], says: str) -> None:
    with pytest.raises(TrainingError, match=says):
        train(dataclasses.replace(SETTINGS, **values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        {"dim": 0}, {"epochs": 0}, {"batch": 0}, {"learning_rate": 0.0}, {"dropout": 1.0}, {"seed": -1},
        {"optimizer": "sgd"}, {"precision": "fp8"}, {"regularization": -0.1}, {"negatives": -1}, {"threads": -2},
    ],
)  # fmt: skip
def test_values_that_cannot_be_are_named(values: dict[str, object]) -> None:
    with pytest.raises(TrainingError, match=f"Training with {next(iter(values))}"):
        TrainingSettings(**values)  # type: ignore[arg-type]


def test_what_else_is_known_is_left_out_of_ranks() -> None:
    of = data(range(0, 90, 9))
    assert of.validation is not None
    entities = range(len(of.training.entities))
    rows = [[head, relation, any_] for head, relation, _ in of.validation.array.tolist() for any_ in entities]
    rows += [[any_, relation, tail] for _, relation, tail in of.validation.array.tolist() for any_ in entities]
    everything = dataclasses.replace(of, known=of.training.having(np.array(rows)))
    plain, filtered = (train(of=each).history[2].validation for each in (of, everything))
    assert plain is not None
    assert filtered is not None
    assert plain.mrr < 1
    assert filtered.mrr == 1
    with pytest.raises(ValueError, match="other ids"):
        TrainingData(of.training, known=random_triples(5, 1, 5))


def test_there_has_to_be_something_to_learn() -> None:
    with pytest.raises(TriplesError, match="no triples"):
        TrainingData(Triples.from_names([]))
    with pytest.raises(TriplesError, match="one entity"):
        TrainingData(Triples.from_names([("a", "r", "a")]))


@pytest.mark.parametrize("name", ["adagrad", "adam"])
def test_optimizers_are_those_of_torch(name: str) -> None:
    kind = {"adagrad": torch.optim.Adagrad, "adam": torch.optim.Adam}[name]
    generator = torch.Generator().manual_seed(3)
    table = torch.randn(5, 4, generator=generator)
    theirs = torch.nn.Parameter(table.clone())
    reference = kind([theirs], lr=0.1)
    ours = make_optimizer(name, {"t": table}, 0.1)
    for _ in range(20):
        gradient = torch.randn(5, 4, generator=generator)
        theirs.grad = gradient
        reference.step()
        ours.step("t", table, gradient)
    torch.testing.assert_close(table, theirs.detach())


@pytest.mark.parametrize("name", ["adagrad", "adam"])
def test_rows_are_changed_as_a_table_of_them_would_be(name: str) -> None:
    generator = torch.Generator().manual_seed(3)
    table, rows = torch.randn(6, 4, generator=generator), torch.tensor([4, 1])
    others, part = table.clone(), table[rows]
    whole, alone = make_optimizer(name, {"t": table}, 0.1), make_optimizer(name, {"t": part}, 0.1)
    for _ in range(5):
        gradient = torch.randn(2, 4, generator=generator)
        whole.step("t", table, gradient, rows)
        alone.step("t", part, gradient)
    torch.testing.assert_close(table[rows], part)
    assert torch.equal(table[[0, 2, 3, 5]], others[[0, 2, 3, 5]])


def test_threads_leave_others_their_processors() -> None:
    assert sensible_threads(8, 0.2) == 8
    assert sensible_threads(8, 3.1) == 5
    assert sensible_threads(2, 11.0) == 1
    assert sensible_threads(64, 0.0) == 16
