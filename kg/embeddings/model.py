"""What training takes and gives, and the seams: an engine trains, a scorer answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.calibration import Calibration
from kg.embeddings.errors import TriplesError
from kg.embeddings.settings import TrainingSettings
from kg.embeddings.triples import Ids, Triples, Vocabulary

__all__ = [
    "Checkpoint",
    "Checkpoints",
    "Engine",
    "Epoch",
    "Metrics",
    "Progress",
    "Scorer",
    "Scores",
    "Tensors",
    "TrainedModel",
    "TrainingData",
    "no_progress",
]

Scores = NDArray[np.float32]
Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Metrics:
    """What ranks come to; all are from 0 to 1 but `mean_rank` and the number of ranks."""

    mrr: float
    hits_at_1: float
    hits_at_3: float
    hits_at_10: float
    mean_rank: float
    ranks: int

    @classmethod
    def of(cls, ranks: NDArray[np.float64]) -> Metrics:
        """Sum ranks up; without any, all figures are 0."""
        if not len(ranks):
            return cls(0.0, 0.0, 0.0, 0.0, 0.0, 0)
        first, third, tenth = (float((ranks <= k).mean()) for k in (1, 3, 10))
        return cls(float((1 / ranks).mean()), first, third, tenth, float(ranks.mean()), len(ranks))


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch that is over.

    Attributes:
        number: from 1; `last` is the number of the last one, if training does not end before.
        loss: the mean over triples, without regularisation.
        seconds: wall time since training began, in all runs that it was taken up in.
        validation: after this epoch; None where it was not evaluated.
    """

    number: int
    last: int
    loss: float
    seconds: float
    validation: Metrics | None = None


Progress = Callable[[Epoch], None]
"""Called after each epoch. What it raises ends the training."""


def no_progress(epoch: Epoch) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Triples to learn from, and others with the same ids to see by when to stop.

    Attributes:
        known: what else is true, as what was inferred from the others: not learnt, and left out of ranks.

    Raises:
        TriplesError: there is nothing to learn from.
    """

    training: Triples
    validation: Triples | None = None
    known: Triples | None = None

    def __post_init__(self) -> None:
        if not len(self.training):
            raise TriplesError("training", "there are no triples to learn from")
        if len(self.training.entities) < 2:
            raise TriplesError("training", "there is one entity only, so there is nothing to tell apart")
        for part in (self.validation, self.known):
            if part is not None and (part.entities, part.relations) != (
                self.training.entities,
                self.training.relations,
            ):
                raise ValueError("the triples to learn from and the others have other ids")


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Where a run is after an epoch.

    Attributes:
        run: says which run it is: a digest of settings and triples.
        tensors: by name; what the engine needs to go on, and the best vectors so far.
        history: all epochs up to here.
    """

    run: str
    tensors: Tensors
    history: tuple[Epoch, ...]


class Checkpoints(Protocol):
    """Where a run keeps what it needs to be taken up again."""

    def read(self, run: str) -> Checkpoint | None:
        """Return what was written last, None if nothing was.

        Raises:
            ModelMismatchError: it was written by another run.
        """
        ...

    def write(self, checkpoint: Checkpoint) -> None:
        """Keep this instead of what was written before."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """What training gives: vectors, and all that says what they are of.

    Attributes:
        engine: the name of the engine, which is also the name of the scorer that reads the tensors.
        settings: with every value that was filled in.
        tensors: by name, on the processor; perhaps mapped from a file, and never to be changed.
        graph: the digest of the training triples.
        triples: (n, 3) int32 rows by `training`, `validation` and `known`, those that took part; what is true, so that
            an evaluation leaves it out.
        history: every epoch; the tensors are those after the epoch `best`.
        metrics: of sets of triples that it was evaluated on, by their names.
        parameters: what else the engine needs to make the model again.
        versions: of the libraries that took part.
        calibration: what margins are worth as probabilities; None where nothing was held back to see.
        remark: how the figures came about, in a sentence, where that is not plain.
    """

    engine: str
    settings: TrainingSettings
    entities: Vocabulary
    relations: Vocabulary
    tensors: Tensors
    graph: str
    history: tuple[Epoch, ...]
    best: int
    metrics: Mapping[str, Metrics] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    triples: Mapping[str, Ids] = field(default_factory=dict)
    calibration: Calibration | None = None
    remark: str = ""

    def true(self) -> Triples:
        """Return the triples that took part in the training; none of a model that was made by hand."""
        rows = [np.zeros((0, 3), np.int32), *self.triples.values()]
        return Triples.of(self.entities, self.relations, np.concatenate(rows))


class Scorer(Protocol):
    """Answers queries. Scores are unbounded; only their order within one query has meaning."""

    def __len__(self) -> int:
        """Return how many entities are scored."""
        ...

    def score_tails(self, heads: Sequence[int] | NDArray[Any], relations: Sequence[int] | NDArray[Any]) -> Scores:
        """Score every entity as tail of (head, relation, ?): (n,), (n,) -> (n, entities) float32."""
        ...

    def score_heads(self, relations: Sequence[int] | NDArray[Any], tails: Sequence[int] | NDArray[Any]) -> Scores:
        """Score every entity as head of (?, relation, tail): (n,), (n,) -> (n, entities) float32."""
        ...


class Engine(Protocol):
    """Trains models of some kinds."""

    def models(self) -> tuple[str, ...]:
        """Return the names of the models it can train."""
        ...

    def train(
        self,
        settings: TrainingSettings,
        data: TrainingData,
        progress: Progress = no_progress,
        checkpoints: Checkpoints | None = None,
    ) -> TrainedModel:
        """Train a model, and give it back as it was after its best epoch.

        The same settings and triples on the same machine give the same vectors. With checkpoints the run goes on
        where the last one with the same settings and triples ended, and ends with the same vectors as if it had
        never been interrupted.

        Raises:
            TrainingError: the settings do not fit each other, the model, or the machine.
            DivergedError: the vectors got worse than none.
            ModelMismatchError: the checkpoints are of another run.
        """
        ...
