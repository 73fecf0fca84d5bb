"""The engine `1vsall`: models of `families`, trained by a softmax over all entities, or over drawn ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kg.embeddings.errors import TrainingError
from kg.embeddings.grouping import both_directions, spans
from kg.embeddings.model import (
    Checkpoint,
    Checkpoints,
    Progress,
    Scores,
    Tensors,
    TrainedModel,
    TrainingData,
    no_progress,
)
from kg.embeddings.scoring.device import choose_device, computing, product_of
from kg.embeddings.scoring.families import FAMILIES, Family
from kg.embeddings.scoring.optimizers import make_optimizer
from kg.embeddings.scoring.steps import AllEntities, Batch, DrawnEntities, Parts, Step
from kg.embeddings.settings import TrainingSettings
from kg.embeddings.stopping import check_loss
from kg.embeddings.watching import Watch

__all__ = ["ALL_UP_TO", "OneVsAll"]

ALL_UP_TO = 200_000
"""Entities. With more, a softmax over all of them takes longer than one over drawn ones needs to get as far."""
_DRAWN = 1024
_STEPS = 32
"""At least so many steps an epoch has, unless their batches would be tiny: on UMLS an MRR of .688 instead of .671."""
_BUDGET = {"cpu": 256 * 2**20, "cuda": 4 * 2**30, "mps": 512 * 2**20}
"""Bytes that the scores of a step may take on each kind of device."""
_ADVICE = "Try a lower learning rate or a higher regularization."


class OneVsAll:
    """Trains ComplEx, DistMult, CP and SimplE with reciprocal relations, N3 and early stopping."""

    def models(self) -> tuple[str, ...]:
        """Return the names of the families."""
        return tuple(FAMILIES)

    def train(
        self,
        settings: TrainingSettings,
        data: TrainingData,
        progress: Progress = no_progress,
        checkpoints: Checkpoints | None = None,
    ) -> TrainedModel:
        """Train a model; see `Engine.train`. On a GPU, sums come in any order, so runs differ in the last digits."""
        settings = _filled(settings, data)
        with computing(settings):
            run = _Run(settings, data)
            found = checkpoints.read(run.watch.run) if checkpoints else None
            if found:
                run.restore(found)
            while not run.watch.is_over:
                run.advance()
                if checkpoints and run.watch.is_due:
                    checkpoints.write(Checkpoint(run.watch.run, run.state(), tuple(run.watch.history)))
                progress(run.watch.history[-1])
            versions = {"torch": torch.__version__, "numpy": np.__version__}
            return run.watch.trained("1vsall", run.best, versions)


class _Run:
    """The tables of a model while they are trained."""

    def __init__(self, settings: TrainingSettings, data: TrainingData) -> None:
        self.watch = Watch(settings, data)
        self._settings, self._training = settings, data.training
        self._device = choose_device(settings.device)
        self._grouped = both_directions(data.training)
        self._family = FAMILIES[settings.model]
        self._tables = _first_tables(self._family, settings, data, self._device)
        assert settings.optimizer is not None and settings.learning_rate is not None
        self._optimizer = make_optimizer(settings.optimizer, self._tables, settings.learning_rate)
        self._generator = torch.Generator(self._device)
        self._step = self._make_step()
        self._best: dict[str, NDArray[Any]] | None = None

    def _make_step(self) -> Step:
        settings = self._settings
        parts = Parts(
            family=self._family,
            tables=self._tables,
            optimizer=self._optimizer,
            product=product_of(settings.precision),
            regularization=settings.regularization or 0.0,
            dropout=settings.dropout,
            generator=self._generator,
        )
        if settings.negatives:
            return DrawnEntities(parts, settings.negatives)
        return AllEntities(parts, _BUDGET[self._device.type])

    def advance(self) -> None:
        """Train for an epoch, and evaluate where it is time."""
        began, history = time.perf_counter(), self.watch.history
        before = history[-1].seconds if history else 0.0
        number = len(history) + 1
        losses = torch.zeros((), device=self._device)
        answers = 0
        for batch in self._batches(number):
            losses += self._step(batch) * len(batch.rows)
            answers += len(batch.rows)
        loss = float(losses) / answers
        check_loss(self._settings.model, number, loss, len(self._training.entities), _ADVICE)
        scorer = _TableScorer(self._family, self._tables, len(self._training.relations))
        if self.watch.note(loss, lambda: before + time.perf_counter() - began, scorer):
            self._best = _arrays(self._tables)

    def _batches(self, number: int) -> Iterator[Batch]:
        """Yield the queries in an order that seed and epoch decide, which the generator is set by as well."""
        seeds = np.random.SeedSequence((self._settings.seed, number))
        self._generator.manual_seed(int(seeds.generate_state(1, np.uint64)[0] >> np.uint64(1)))
        order = np.random.default_rng(seeds).permutation(len(self._grouped))
        grouped, size = self._grouped, self._settings.batch or 1
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            rows, places = spans(grouped.offsets[chosen], grouped.offsets[chosen + 1])
            columns = (grouped.anchors[chosen], grouped.relations[chosen], rows, grouped.targets[places])
            yield Batch(*(torch.from_numpy(column.astype(np.int64)).to(self._device) for column in columns))

    @property
    def best(self) -> Tensors:
        """The tables after the best epoch so far; as they are where none was evaluated."""
        return self._best or _arrays(self._tables)

    def state(self) -> Tensors:
        """Return what has to be known to go on."""
        kinds: dict[str, Any] = {"table": _arrays(self._tables), "optimizer": _arrays(self._optimizer.state)}
        kinds["best"] = self._best or {}
        return {f"{kind}:{name}": array for kind, arrays in kinds.items() for name, array in arrays.items()}

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint of the same run."""
        best = {}
        for name, array in checkpoint.tensors.items():
            kind, _, own = name.partition(":")
            if kind == "best":
                best[own] = np.array(array)
            else:
                into = self._tables if kind == "table" else self._optimizer.state
                into[own].copy_(torch.from_numpy(np.array(array)))
        self._best = best or None
        self.watch.history = list(checkpoint.history)


class _TableScorer:
    """Scores with tables that are still trained, on their device."""

    def __init__(self, family: Family, tables: dict[str, torch.Tensor], relations: int) -> None:
        self._family, self._tables, self._relations = family, tables, relations

    def __len__(self) -> int:
        return len(self._tables[self._family.candidates])

    def score_tails(self, heads: Any, relations: Any) -> Scores:
        return self._score(np.asarray(heads), np.asarray(relations))

    def score_heads(self, relations: Any, tails: Any) -> Scores:
        return self._score(np.asarray(tails), np.asarray(relations) + self._relations)

    def _score(self, anchors: NDArray[Any], relations: NDArray[Any]) -> Scores:
        candidates = self._tables[self._family.candidates]
        anchor = self._tables[self._family.anchors][torch.from_numpy(anchors.astype(np.int64)).to(candidates.device)]
        relation = self._tables["relations"][torch.from_numpy(relations.astype(np.int64)).to(candidates.device)]
        scores: Scores = (self._family.query(anchor, relation, torch.hstack) @ candidates.T).cpu().numpy()
        return scores


def _filled(settings: TrainingSettings, data: TrainingData) -> TrainingSettings:
    """Return the settings with what fits the data where nothing is said.

    Raises:
        TrainingError: they do not fit.
    """
    if settings.model not in FAMILIES:
        raise TrainingError("model", settings.model, f"the engine 1vsall has {', '.join(FAMILIES)}")
    if settings.model in ("complex", "simple") and (settings.dim or 0) % 2:
        raise TrainingError("dim", settings.dim, f"{settings.model} needs an even number, half for each part")
    settings = settings.with_defaults(negatives=0 if len(data.training.entities) <= ALL_UP_TO else _DRAWN)
    queries = len(both_directions(data.training))
    return settings.with_defaults(
        dim=512,
        batch=min(2048 if settings.negatives else 256, max(32, queries // _STEPS)),
        optimizer="adagrad",
        learning_rate=0.01 if settings.optimizer == "adam" else 0.1,
        regularization=0.01,
    )


def _first_tables(
    family: Family, settings: TrainingSettings, data: TrainingData, device: torch.device
) -> dict[str, torch.Tensor]:
    """Draw the first tables, small: where scores begin large they do not get right in any number of epochs."""
    generator = np.random.default_rng(settings.seed)
    rows = {"entity": len(data.training.entities), "relation": 2 * len(data.training.relations)}
    scales = {"entity": 0.1 / np.sqrt((settings.dim or 0) / family.pairs) + 1e-3, "relation": 0.1}
    tables = {}
    for name, kind in family.tables.items():
        drawn = generator.standard_normal((rows[kind], settings.dim or 0), dtype=np.float32) * np.float32(scales[kind])
        tables[name] = torch.from_numpy(drawn).to(device)
    return tables


def _arrays(tensors: dict[str, torch.Tensor]) -> dict[str, NDArray[Any]]:
    """Copy tensors to the processor."""
    return {name: np.array(tensor.detach().cpu().numpy()) for name, tensor in tensors.items()}
