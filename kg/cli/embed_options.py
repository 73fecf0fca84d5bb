"""What the commands of `kg embed` share: the settings of a training as flags, where models are, and how they speak."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from kg.cli.session import Session
from kg.embeddings import Epoch, Metrics, Progress, TrainedModel, TrainingSettings, load_model, no_progress
from kg.embeddings.catalogue import MODELS
from kg.errors import UnknownNameError
from kg.prediction.documents import no_such_model

__all__ = [
    "DEFAULT",
    "figures",
    "model_folder",
    "named_model",
    "settings_of",
    "showing_progress",
    "training_options",
]

DEFAULT = "default"
"""The name of the model of a home that is trained and asked where none is named."""

_OPTIONS = (
    click.option("--model", metavar="NAME", help="`complex` where nothing is said; see `kg embed models`."),
    click.option("--engine", metavar="NAME", help="auto, 1vsall (ours) or pykeen."),
    click.option("--dim", type=int, metavar="N", help="Real numbers of an entity's vector."),
    click.option("--epochs", type=int, metavar="N", help="At most so many passes over the triples."),
    click.option("--batch", type=int, metavar="N", help="Queries, or triples, in a step."),
    click.option("--optimizer", metavar="NAME", help="adagrad or adam."),
    click.option("--learning-rate", type=float, metavar="X", help="Of the optimizer."),
    click.option("--regularization", type=float, metavar="X", help="Weight of the N3 norm."),
    click.option("--dropout", type=float, metavar="X", help="How much of a query's vector is left out in a step."),
    click.option("--negatives", type=int, metavar="N", help="Entities to compare with in a step; 0: all."),
    click.option("--every", type=int, metavar="N", help="Epochs between two evaluations."),
    click.option("--patience", type=int, metavar="N", help="Evaluations without a better one before training ends."),
    click.option("--seed", type=int, metavar="N", help="What begins by chance."),
    click.option("--device", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps."),
    click.option("--precision", metavar="NAME", help="Of products of matrices: fp32, tf32 or bf16."),
    click.option("--threads", type=int, metavar="N", help="Of the processor; 0: what others leave free."),
)


def training_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the settings of a training as flags; what is not given stays None, for `settings_of`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def settings_of(values: Mapping[str, Any], others: Mapping[str, Any] | None = None) -> TrainingSettings:
    """Return the settings that flags say, and where they say nothing those of `others`.

    Raises:
        TrainingError: a value cannot be. UnknownNameError: no engine of ours has the model.
    """
    given = {name: value for name, value in values.items() if value is not None}
    settings = TrainingSettings.from_json({**(others or {}), **given})
    if settings.engine in ("auto", "1vsall", "pykeen") and settings.model not in MODELS:
        raise UnknownNameError("model", settings.model, MODELS)
    return settings


# --- models in folders


def model_folder(session: Session, given: str | None) -> Path:
    """Return the folder of a model: one that is given by its path, or by its name in the home.

    Raises:
        NotFoundError: there is none. ConfigError: none is given, and there is no home.
    """
    named = session.home.models / (given or DEFAULT)
    for folder in (*([Path(given)] if given else []), named):
        if (folder / "model.json").exists():
            return folder
    if given is None:
        session.home.check_exists()
    raise no_such_model(session.home, given or DEFAULT)


def named_model(session: Session, given: str | None) -> TrainedModel:
    """Read a model by its path or by its name in the home.

    Raises:
        NotFoundError: there is none. ModelCorruptError, ModelMismatchError: it cannot be used.
    """
    return load_model(model_folder(session, given))


def figures(metrics: Metrics) -> dict[str, float]:
    """Return metrics as a JSON object."""
    return {
        "mrr": metrics.mrr,
        "hits@1": metrics.hits_at_1,
        "hits@3": metrics.hits_at_3,
        "hits@10": metrics.hits_at_10,
    }


# --- on a terminal


@contextmanager
def showing_progress() -> Iterator[Progress]:
    """Show the epochs on a terminal, on standard error; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("Epoch"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Bar(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        yield _telling(bar.add_task("", total=None), bar.update)


def _telling(task: int, update: Callable[..., None]) -> Progress:
    best = 0.0

    def tell(epoch: Epoch) -> None:
        nonlocal best
        best = max(best, epoch.validation.mrr) if epoch.validation else best
        told = f"loss {epoch.loss:.3f}{f', best MRR {best:.3f}' if best else ''}"
        update(task, completed=epoch.number, total=epoch.last, description=told)

    return tell
