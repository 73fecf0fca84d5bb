"""A search for settings: trainings that validation triples compare, each drawn by what the earlier ones came to.

The draws are those of a tree-structured Parzen estimator (Bergstra et al. 2011, section 4), by optuna. A training that
is behind the middle of the others at the same epoch is ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kg.embeddings.catalogue import MODELS
from kg.embeddings.errors import DivergedError, TrainingError, TriplesError
from kg.embeddings.model import Engine, Epoch, Metrics, Progress, TrainingData, no_progress
from kg.embeddings.pykeen_recipes import recipe_of
from kg.embeddings.settings import TrainingSettings
from kg.errors import MissingExtraError

__all__ = ["Trial", "Tuned", "search_space", "tune"]

_WAITS = 3
"""Trainings that run to their end before any is compared with them."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A training of a search.

    Attributes:
        number: from 1.
        tried: the settings that were drawn; the first trial has the usual ones.
        metrics: on the validation triples after the best epoch; None of a run that diverged or cannot be.
        state: `done`, `ended` (behind the others), or `diverged`.
    """

    number: int
    tried: Mapping[str, Any]
    metrics: Metrics | None
    state: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Tuned:
    """What a search found: the settings of its best trial, the first of equal ones, and all trials in order."""

    best: TrainingSettings
    metrics: Metrics
    trials: tuple[Trial, ...]


def search_space(settings: TrainingSettings) -> dict[str, Sequence[Any] | tuple[float, float, float]]:
    """Return what is searched: values to choose among, or (lowest, highest, usual) of a number, by its logarithm.

    What the settings say already is not searched.
    """
    kind = MODELS.get(settings.model)
    engine = settings.engine if settings.engine != "auto" or kind is None else kind.engines[0]
    space: dict[str, Sequence[Any] | tuple[float, float, float]] = {}
    if engine == "1vsall":
        space["dim"] = [None, 64, 128, 256]
        space["batch"] = [None, 64, 128, 256, 512]
        space["learning_rate"] = (0.02, 0.5, 0.1) if settings.optimizer != "adam" else (0.001, 0.1, 0.01)
        space["regularization"] = (0.0005, 0.2, 0.01)
    else:
        recipe = recipe_of(settings.model)
        usual = recipe.learning_rate
        space["dim"] = [None, *(size for size in (32, 64, 128, 256) if size < recipe.dim)]
        space["batch"] = [None, 128, 512]
        space["learning_rate"] = (usual / 10, usual * 5, usual)
        if recipe.norm:
            space["regularization"] = (recipe.norm / 20, recipe.norm * 20, recipe.norm)
        if recipe.negatives:
            space["negatives"] = [None, 8, 128]
    return {name: values for name, values in space.items() if getattr(settings, name) is None}


def tune(
    engine: Engine,
    settings: TrainingSettings,
    data: TrainingData,
    trials: int = 20,
    seconds: float | None = None,
    told: Callable[[Trial], None] | None = None,
    progress: Progress = no_progress,
) -> Tuned:
    """Search for settings that rank the validation triples higher.

    The same seed, triples and number of trials give the same search on the same machine, unless `seconds` ends it.

    Args:
        settings: what they say stays; the rest is searched (`search_space`).
        seconds: no trial begins after so many; the first always runs.
        told: called after each trial. progress: after each epoch of each.

    Raises:
        TrainingError: nothing can be searched, or no trial ran through. TriplesError: there are no validation triples.
        MissingExtraError: optuna is not installed.
    """
    if data.validation is None or not len(data.validation):
        raise TriplesError("validation", "a search needs triples to compare by")
    space = search_space(settings)
    if not space:
        raise TrainingError("trials", trials, "all that could be searched is given; leave one of the settings out")
    search = _Search(engine, settings, data, space, progress)
    search.run(trials, seconds, told)
    done = [trial for trial in search.trials if trial.state == "done" and trial.metrics]
    if not done:
        raise search.failure or TrainingError("trials", trials, "none ran to its end; try more of them")
    best = max(done, key=lambda trial: trial.metrics.mrr if trial.metrics else 0.0)
    assert best.metrics is not None
    return Tuned(replace(settings, **best.tried), best.metrics, tuple(search.trials))


class _Search:
    """The trials of a search so far."""

    def __init__(
        self,
        engine: Engine,
        settings: TrainingSettings,
        data: TrainingData,
        space: Mapping[str, Sequence[Any] | tuple[float, float, float]],
        progress: Progress,
    ) -> None:
        self._engine, self._settings, self._data = engine, settings, data
        self._space, self._progress = space, progress
        self.trials: list[Trial] = []
        self.failure: DivergedError | TrainingError | None = None

    def run(self, trials: int, seconds: float | None, told: Callable[[Trial], None] | None) -> None:
        """Run the trials, the usual settings first."""
        try:
            import optuna
        except ModuleNotFoundError as error:
            raise MissingExtraError("embed", "Searching for settings") from error
        level = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            study = optuna.create_study(
                direction="maximize",
                sampler=optuna.samplers.TPESampler(seed=self._settings.seed % 2**32),
                pruner=optuna.pruners.MedianPruner(n_startup_trials=_WAITS),
            )
            study.enqueue_trial({
                name: values[2] if isinstance(values, tuple) else values[0] for name, values in self._space.items()
            })  # fmt: skip

            def after_trial(*_: Any) -> None:
                if told is not None:
                    told(self.trials[-1])

            study.optimize(self._trial, n_trials=trials, timeout=seconds, callbacks=[after_trial])
        finally:
            optuna.logging.set_verbosity(level)

    def _trial(self, trial: Any) -> float:
        """Train once; return the MRR, and write down what became of it."""
        import optuna

        tried: dict[str, Any] = {}
        for name, values in self._space.items():
            if isinstance(values, tuple):
                drawn = trial.suggest_float(name, values[0], values[1], log=True)
                tried[name] = float(f"{drawn:.3g}")  # as much as anybody would write
            else:
                tried[name] = trial.suggest_categorical(name, values)
        epochs: list[Epoch] = []

        def after_epoch(epoch: Epoch) -> None:
            epochs.append(epoch)
            self._progress(epoch)
            if epoch.validation is not None:
                trial.report(epoch.validation.mrr, epoch.number)
                if trial.should_prune():
                    raise optuna.TrialPruned

        try:
            trained = self._engine.train(replace(self._settings, **tried), self._data, after_epoch)
        except optuna.TrialPruned:
            self._note(tried, epochs, "ended")
            raise
        except DivergedError as error:
            self.failure = error
            self._note(tried, epochs, "diverged")
            raise optuna.TrialPruned from error
        filled = {name: getattr(trained.settings, name) for name in tried}
        self._note(filled, epochs, "done")
        found = self.trials[-1].metrics
        return found.mrr if found else 0.0

    def _note(self, tried: Mapping[str, Any], epochs: Sequence[Epoch], state: str) -> None:
        validated = [epoch.validation for epoch in epochs if epoch.validation]
        best = max(validated, key=lambda metrics: metrics.mrr, default=None) if state != "diverged" else None
        seconds = epochs[-1].seconds if epochs else 0.0
        self.trials.append(Trial(len(self.trials) + 1, dict(tried), best, state, seconds))
