"""The engine `pykeen`: every model of PyKEEN that learns from triples alone, behind the same seam as ours.

Its training loop is PyKEEN's own. Evaluation, early stopping, checkpoints and storage are ours, because PyKEEN's
write pickles, and to the user's home.
"""

from __future__ import annotations

import gc
import logging
import math
import random
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kg.embeddings.errors import DivergedError, TrainingError
from kg.embeddings.grouping import both_directions
from kg.embeddings.model import (
    Checkpoint,
    Checkpoints,
    Progress,
    Tensors,
    TrainedModel,
    TrainingData,
    no_progress,
)
from kg.embeddings.pykeen_models import (
    LiveScorer,
    PykeenScorer,
    factory_of,
    known_models,
    make_model,
    prepare,
    tensors_of,
)
from kg.embeddings.pykeen_recipes import recipe_of
from kg.embeddings.scoring.device import choose_device, computing
from kg.embeddings.settings import TrainingSettings
from kg.embeddings.watching import Watch

__all__ = ["PykeenEngine", "PykeenScorer"]

_ADVICE = "Try a lower learning rate."
_RNG = "rng"
_WORSE = 2.0
"""Times the loss of the first epoch; PyKEEN's losses have no common loss of a model that knows nothing."""


class PykeenEngine:
    """Trains PyKEEN's models, with recipes of ours where the settings say nothing."""

    def models(self) -> tuple[str, ...]:
        """Return the names of the models that learn from triples alone."""
        return known_models()

    def train(
        self,
        settings: TrainingSettings,
        data: TrainingData,
        progress: Progress = no_progress,
        checkpoints: Checkpoints | None = None,
    ) -> TrainedModel:
        """Train a model; see `Engine.train`. `precision` bf16 is not offered: PyKEEN's loop has no such thing."""
        settings = _filled(settings, self.models(), data)
        device = choose_device(settings.device)
        with computing(settings), _seeded(settings.seed), _quiet(), _few_collections():
            run = _Run(settings, data, device)
            found = checkpoints.read(run.watch.run) if checkpoints else None
            if found:
                run.restore(found)

            def after_epoch() -> None:
                if checkpoints and run.watch.is_due:
                    checkpoints.write(Checkpoint(run.watch.run, run.state(), tuple(run.watch.history)))
                progress(run.watch.history[-1])

            run.advance(after_epoch)
            return run.watch.trained("pykeen", run.best, _versions())


class _Run:
    """A model of PyKEEN's while it is trained."""

    def __init__(self, settings: TrainingSettings, data: TrainingData, device: torch.device) -> None:
        from pykeen.training import training_loop_resolver

        self.watch = Watch(settings, data)
        self._settings, self._training = settings, data.training
        recipe = recipe_of(settings.model)
        entities, relations = len(data.training.entities), len(data.training.relations)
        self._factory = factory_of(data.training.array, entities, relations, recipe.inverse)
        self._model = make_model(settings, self._factory).to(device)
        self._scorer = LiveScorer(self._model, entities)
        self._loop = training_loop_resolver.make(
            recipe.loop,
            model=self._model,
            triples_factory=self._factory,
            optimizer=settings.optimizer,
            optimizer_kwargs={"lr": settings.learning_rate},
            automatic_memory_optimization=False,
            **({"negative_sampler_kwargs": {"num_negs_per_pos": settings.negatives}} if recipe.loop == "slcwa" else {}),
        )
        self._best: Tensors | None = None

    def advance(self, after_epoch: Callable[[], None]) -> None:
        """Train until it is over."""
        from pykeen.training.callbacks import TrainingCallback
        from pykeen.training.training_loop import NonFiniteLossError

        if self.watch.is_over:
            return
        settings, watch, note = self._settings, self.watch, self._note
        before = watch.history[-1].seconds if watch.history else 0.0
        began = time.perf_counter()

        class EachEpoch(TrainingCallback):
            def post_epoch(self, epoch: int, epoch_loss: float, **kwargs: Any) -> None:
                note(epoch_loss, lambda: before + time.perf_counter() - began)
                after_epoch()
                if watch.is_over:
                    self.training_loop._should_stop = True  # what PyKEEN's own stopper sets

        try:
            self._loop.train(
                triples_factory=self._factory,
                num_epochs=settings.epochs,
                batch_size=settings.batch,
                continue_training=bool(watch.history),
                use_tqdm=False,
                callbacks=EachEpoch(),  # type: ignore[no-untyped-call]
                pin_memory=False,
            )
        except NonFiniteLossError:
            note(math.nan, lambda: 0.0)

    def _note(self, loss: float, seconds: Callable[[], float]) -> None:
        """Write down that an epoch is over, if it is none of a run that diverges."""
        history = self.watch.history
        limit = _WORSE * (history[0].loss if history else math.inf)
        if not math.isfinite(loss) or (len(history) >= self._settings.every and loss > limit > 0):
            raise DivergedError(self._settings.model, len(history) + 1, loss, limit, _ADVICE) from None
        if self.watch.note(loss, seconds, self._scorer):
            self._best = tensors_of(self._model, self._settings, self._training.array)

    @property
    def best(self) -> Tensors:
        """What the model had learnt after the best epoch so far; or has now, where none was evaluated."""
        return self._best or tensors_of(self._model, self._settings, self._training.array)

    def state(self) -> Tensors:
        """Return what has to be known to go on."""
        kinds: dict[str, Mapping[str, NDArray[Any]]] = {
            "model": tensors_of(self._model, self._settings, self._training.array),
            "best": self._best or {},
            "optimizer": {
                f"{number}.{name}": np.array(value.detach().cpu().numpy())
                for number, values in self._loop.optimizer.state_dict()["state"].items()
                for name, value in values.items()
            },
            "state": {_RNG: torch.get_rng_state().numpy()},
        }
        return {f"{kind}:{name}": array for kind, arrays in kinds.items() for name, array in arrays.items()}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint of the same run."""
        kinds: dict[str, dict[str, Any]] = {"model": {}, "best": {}, "optimizer": {}, "state": {}}
        for name, array in checkpoint.tensors.items():
            kind, _, own = name.partition(":")
            kinds[kind][own] = np.array(array)
        learnt = {name: torch.from_numpy(array) for name, array in kinds["model"].items()}
        self._model.load_state_dict({name: learnt[name] for name in self._model.state_dict()})
        steps: dict[int, dict[str, torch.Tensor]] = {}
        for name, array in kinds["optimizer"].items():
            number, _, own = name.partition(".")
            steps.setdefault(int(number), {})[own] = torch.from_numpy(array)
        groups = self._loop.optimizer.state_dict()["param_groups"]
        self._loop.optimizer.load_state_dict({"state": steps, "param_groups": groups})
        self._loop._epoch = len(checkpoint.history)  # PyKEEN goes on after this one, as from its own checkpoints
        self._best = kinds["best"] or None
        self.watch.history = list(checkpoint.history)
        torch.set_rng_state(torch.from_numpy(kinds["state"][_RNG]))


def _filled(settings: TrainingSettings, models: tuple[str, ...], data: TrainingData) -> TrainingSettings:
    """Return the settings with the recipe's where nothing is said.

    Raises:
        TrainingError: they do not fit.
    """
    if settings.model not in models:
        raise TrainingError("model", settings.model, f"PyKEEN has {', '.join(models)}")
    if settings.precision == "bf16":
        raise TrainingError("precision", "bf16", "PyKEEN's loop has fp32 and tf32")
    recipe = recipe_of(settings.model)
    if settings.negatives is not None and bool(settings.negatives) != bool(recipe.negatives):
        right = "drawn entities" if recipe.negatives else "all entities, which 0 stands for"
        raise TrainingError("negatives", settings.negatives, f"{settings.model} is compared with {right}")
    # A model that normalises batches leaves out the last one, which must not be the only one.
    most = len(both_directions(data.training)) // 2 if recipe.loop == "lcwa" else len(data.training)
    return settings.with_defaults(
        dim=recipe.dim,
        batch=max(2, min(recipe.batch, most)),
        optimizer=recipe.optimizer,
        learning_rate=recipe.learning_rate,
        regularization=recipe.norm or 0.0,
        negatives=recipe.negatives,
    )


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("pykeen", "torch", "numpy")}


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Set the generators that PyKEEN draws from, and set them back."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to ourselves what PyKEEN warns of and we have seen to."""
    prepare()
    log = logging.getLogger("pykeen")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Have the collection that PyKEEN makes each epoch pass over what is there before: 0.2 to 0.4 s of it."""
    import torch._dynamo  # noqa: F401  the first optimizer imports it, and it is most of what is there

    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
