"""A run as both engines keep it: its name, its history, its validation, and whether it is over."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np

from kg.embeddings.evaluation import measure, rank_among, sample
from kg.embeddings.grouping import both_directions
from kg.embeddings.model import Epoch, Scorer, Tensors, TrainedModel, TrainingData
from kg.embeddings.settings import TrainingSettings
from kg.embeddings.stopping import best_epoch, is_due, is_over

__all__ = ["Watch"]


class Watch:
    """Watches a run whose settings are all filled in.

    Attributes:
        run: says which run it is: settings and triples. Checkpoints are of one run.
        history: every epoch so far; set when a run is taken up again.
    """

    def __init__(self, settings: TrainingSettings, data: TrainingData) -> None:
        self._settings, self._data = settings, data
        self._graph = data.training.digest()
        self._asked = data.validation and sample(data.validation, settings.validation_triples, settings.seed)
        parts = (data.training, data.validation, data.known)
        everything = np.concatenate([part.array for part in parts if part is not None])
        self._true = both_directions(data.training.having(everything)) if data.validation else None
        asked = data.validation.digest() if data.validation else ""
        known = data.known.digest() if data.known else ""
        digests = "\n".join((settings.digest(), self._graph, asked, known))
        self.run = hashlib.sha256(digests.encode()).hexdigest()[:32]
        self.history: list[Epoch] = []

    @property
    def is_over(self) -> bool:
        """Whether training ends here."""
        return is_over(self.history, self._settings.epochs, self._settings.patience)

    @property
    def is_due(self) -> bool:
        """Whether the last epoch is one after which a run is evaluated and kept."""
        return is_due(len(self.history), self._settings.every, self._settings.epochs)

    def note(self, loss: float, seconds: Callable[[], float], scorer: Scorer) -> bool:
        """Write down that another epoch is over, evaluated where it is time; return whether it is the best so far.

        Args:
            seconds: a clock that says how long training has lasted; asked after the evaluation.
        """
        number, last = len(self.history) + 1, self._settings.epochs
        validation = None
        if self._asked is not None and self._true is not None and is_due(number, self._settings.every, last):
            validation = measure(rank_among(scorer, self._asked, self._true)).both
        self.history.append(Epoch(number, last, loss, seconds(), validation))
        return validation is not None and best_epoch(self.history) is self.history[-1]

    def trained(self, engine: str, tensors: Tensors, versions: dict[str, str]) -> TrainedModel:
        """Return the model of a run that is over."""
        best = best_epoch(self.history)
        training = self._data.training
        parts = {"training": training, "validation": self._data.validation, "known": self._data.known}
        return TrainedModel(
            engine=engine,
            settings=self._settings,
            entities=training.entities,
            relations=training.relations,
            tensors=tensors,
            graph=self._graph,
            history=tuple(self.history),
            best=best.number if best else len(self.history),
            metrics={"validation": best.validation} if best and best.validation else {},
            versions=versions,
            triples={name: part.array for name, part in parts.items() if part is not None},
        )
