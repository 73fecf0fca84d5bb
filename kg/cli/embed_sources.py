"""What a model is trained on: the graph of the home, or files of triples."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from kg.cli.session import Session
from kg.embeddings import (
    Checkpoints,
    Progress,
    TrainedModel,
    TrainingData,
    TrainingSettings,
    Triples,
    encode,
    engine_for,
    load_model,
    no_progress,
    read_triples,
    split,
)
from kg.embeddings.errors import ModelCorruptError, ModelMismatchError, TriplesError
from kg.graph import KnowledgeGraph
from kg.prediction import GraphTriples, graph_triples, train_on_graph

__all__ = ["Source", "read_source", "source_options"]

_readable = click.Path(exists=True, dir_okay=False, path_type=Path)


def source_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the flags that name files of triples; without them the home's graph is meant."""
    for option in (
        click.option("--valid", type=_readable, metavar="FILE", help="Triples to see by when to stop; not learnt."),
        click.option("--triples", type=_readable, metavar="FILE", help="Learn these: lines `head relation tail`."),
    ):
        function = option(function)
    return function


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Triples to learn from.

    Attributes:
        name: where they are from, for messages.
        validation: given beside them; None where a part of them is to be set aside.
    """

    name: str
    found: GraphTriples
    validation: Triples | None = None

    def train(
        self, settings: TrainingSettings, progress: Progress = no_progress, checkpoints: Checkpoints | None = None
    ) -> TrainedModel:
        """Train a model.

        Raises:
            as `Engine.train`; MissingExtraError: torch is not installed.
        """
        try:
            if self.validation is None:
                return train_on_graph(self.found, settings, progress, checkpoints)
            return engine_for(settings).train(settings, self._data(), progress, checkpoints)
        except TriplesError as error:
            raise TriplesError(self.name, error.reason) from error

    def _data(self) -> TrainingData:
        return TrainingData(self.found.triples, self.validation)

    def divided(self, seed: int) -> TrainingData:
        """Return triples to learn from and others to validate on, a tenth where none were given.

        Raises:
            TriplesError: none can be set aside.
        """
        try:
            if self.validation is not None:
                return self._data()
            parts = split(self.found.triples, validation=0.1, test=0.0, seed=seed)
            return TrainingData(parts.training, parts.validation, self.found.known)
        except TriplesError as error:
            raise TriplesError(self.name, error.reason) from error


def read_source(session: Session, triples: Path | None, valid: Path | None, folder: Path | None = None) -> Source:
    """Read what a model is to be trained on; the graph of the home is closed again.

    Args:
        folder: of an earlier model of the same graph, whose entities and relations keep their ids.

    Raises:
        TriplesError: a file cannot be read, or there is nothing to learn from.
    """
    if triples is not None:
        return _from_files(session, triples, valid)
    if valid is not None:
        raise click.UsageError("--valid needs --triples; of a graph, a part is set aside to validate on.")
    with session.open() as graph:
        found = _with_ids_of(session, graph, folder)
    if not len(found.triples):
        reason = "there are no statements between two things to learn from; read notes with links first"
        raise TriplesError(str(session.home.folder), reason)
    return Source(str(session.home.folder), found)


def _from_files(session: Session, triples: Path, valid: Path | None) -> Source:
    learnt = Triples.from_names(read_triples(triples))
    if not len(learnt):
        raise TriplesError(str(triples), "there are no triples to learn from")
    found = GraphTriples(learnt, learnt, {})
    if valid is None:
        return Source(str(triples), found)
    asked = encode(read_triples(valid), learnt.entities, learnt.relations)
    if asked.unknown:
        total, unknown = len(asked.unknown) + len(asked.triples), len(asked.unknown)
        session.say(f"{unknown:,} of {total:,} triples of {valid} are left out: {triples} has not all their names.")
    if not len(asked.triples):
        raise TriplesError(str(valid), f"it has no triple whose names are all in {triples}")
    both = len(learnt) + len(asked.triples) - len(learnt.having(np.concatenate([learnt.array, asked.triples.array])))
    if both:
        session.say(f"{both:,} triples of {valid} are in {triples} too: what is learnt looks better than it is.")
    return Source(str(triples), found, asked.triples)


def _with_ids_of(session: Session, graph: KnowledgeGraph, folder: Path | None) -> GraphTriples:
    """Read the triples of a graph in the ids of an earlier model, if there is one that can be read."""
    if folder is not None and (folder / "model.json").exists():
        try:
            model = load_model(folder)
            return graph_triples(graph, model.entities, model.relations)
        except (ModelCorruptError, ModelMismatchError) as error:
            session.say(f"{error} Its ids are not kept.")
    return graph_triples(graph)
