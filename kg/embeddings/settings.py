"""What a model is trained with. What is None, its engine fills in, as fits the model; a trained model tells all."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kg.embeddings.errors import TrainingError

__all__ = ["TrainingSettings", "sensible_threads"]

_MOST_THREADS = 256
"""OpenMP ends the process where the system has not as many as it is asked for."""
_OF_THE_RUN = ("epochs", "patience", "threads", "device")
"""What may be another when a run is taken up again: it says how long and where, not what is learnt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How to train.

    Attributes:
        model: `complex`, `distmult`, …; see `kg embed models`.
        engine: `auto`, or the name of one.
        dim: real numbers of a vector of an entity; a model of complex numbers has half as many of those.
        epochs: at most so many passes over the triples.
        batch: queries, or triples for engines that do not group, in a step.
        optimizer: `adagrad` or `adam`.
        learning_rate: of the optimizer.
        regularization: weight of the N3 norm (Lacroix et al. 2018, section 4.2), or of what the model has instead.
        dropout: how much of the vectors of a query is left out in a step, from 0 to below 1.
        negatives: entities that the right one is compared with in a step; 0 for all. None: all where there are not
            too many of them.
        every: epochs between two evaluations on the validation triples.
        patience: how many evaluations may bring nothing better; then training ends.
        validation_triples: as many are evaluated, drawn once, where there are more.
        seed: what begins by chance, and in what order triples come.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        precision: of products of matrices: `fp32`, `tf32` or `bf16`. Sums and vectors are fp32 always.
        threads: of the processor; 0 for what is sensible.
    """

    model: str = "complex"
    engine: str = "auto"
    dim: int | None = None
    epochs: int = 100
    batch: int | None = None
    optimizer: str | None = None
    learning_rate: float | None = None
    regularization: float | None = None
    dropout: float = 0.0
    negatives: int | None = None
    every: int = 5
    patience: int = 4
    validation_triples: int = 5000
    seed: int = 0
    device: str = "auto"
    precision: str = "fp32"
    threads: int = 0

    def __post_init__(self) -> None:
        for name in ("dim", "epochs", "batch", "every", "patience", "validation_triples"):
            self._need(name, getattr(self, name) is None or getattr(self, name) >= 1, "it is at least 1")
        self._need("learning_rate", self.learning_rate is None or self.learning_rate > 0, "it is above 0")
        self._need("regularization", self.regularization is None or self.regularization >= 0, "it is at least 0")
        self._need("dropout", 0 <= self.dropout < 1, "it is from 0 to below 1")
        self._need("negatives", self.negatives is None or self.negatives >= 0, "it is at least 0, which means all")
        self._need(
            "threads",
            0 <= self.threads <= _MOST_THREADS,
            f"it is from 0, which means what is sensible, to {_MOST_THREADS}",
        )
        self._need("seed", 0 <= self.seed < 2**63, "it is from 0 to 2^63 - 1")
        for name, known in (("optimizer", (None, "adagrad", "adam")), ("precision", ("fp32", "tf32", "bf16"))):
            right = f"it is one of {', '.join(value for value in known if value)}"
            self._need(name, getattr(self, name) in known, right)

    def _need(self, name: str, holds: bool, right: str) -> None:
        if not holds:
            raise TrainingError(name, getattr(self, name), right)

    def with_defaults(self, **values: Any) -> TrainingSettings:
        """Return the settings with these values where they have none of their own."""
        return dataclasses.replace(
            self, **{name: value for name, value in values.items() if getattr(self, name) is None}
        )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as a JSON object."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingSettings:
        """Read what `to_json` wrote.

        Raises:
            TrainingError: a setting is not known, or has a value that cannot be.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise TrainingError(name, values[name], f"the settings are {', '.join(sorted(known))}")
        return cls(**values)

    def digest(self) -> str:
        """Return a digest of what decides what is learnt, so that only the same run is taken up again."""
        values = {name: value for name, value in self.to_json().items() if name not in _OF_THE_RUN}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:24]


def sensible_threads(processors: int | None = None, load: float | None = None) -> int:
    """Return how many threads are worth it: the processors that others leave free, at least one, at most 16.

    Two threads on a machine with two busy processors took two to three times as long as one.
    """
    if processors is None:
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if load is None:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(1, min(16, processors - round(load)))
