"""`kg embed train`: a model of the home's graph, or of files of triples."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kg.cli.embed_options import DEFAULT, figures, settings_of, showing_progress, training_options
from kg.cli.embed_sources import read_source, source_options
from kg.cli.session import Session, command
from kg.embeddings import CheckpointFolder, TrainedModel, TrainingSettings, save_model
from kg.errors import InputError, StoreLockedError
from kg.home.locks import open_lock, try_lock

__all__ = ["train"]

_readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@command("train")
@source_options
@training_options
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Where to keep the model.")
@click.option("--name", metavar="NAME", help=f"Keep it in the home under this name; else {DEFAULT!r}.")
@click.option("--settings", "file", type=_readable, metavar="FILE", help="What `kg embed tune --out` wrote.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted run with the same settings ended.")
def train(
    session: Session,
    /,
    triples: Path | None,
    valid: Path | None,
    out: Path | None,
    name: str | None,
    file: Path | None,
    resume: bool,
    **flags: Any,
) -> None:
    """Train a model of the home's graph, or of a file of triples.

    What is not said is chosen to fit the model. Of a graph, and of --triples without --valid, a part is set aside to
    see when to stop, to measure on, and to turn scores into probabilities; then the model learns from all of it.

    An earlier model stays until the new one is whole. With --triples, --out is needed.
    """
    settings = settings_of(flags) if file is None else _with_file(flags, file)
    folder = _folder(session, triples, out, name)
    source = read_source(session, triples, valid, folder if triples is None else None)
    checkpoints = CheckpointFolder(folder)
    with _alone(folder):
        if not resume:
            checkpoints.clear()
        elif not (folder / "checkpoint.json").exists():
            session.say(f"No run was interrupted in {folder}; training begins anew.")
        try:
            with showing_progress() as progress:
                model = source.train(settings, progress, checkpoints)
        except KeyboardInterrupt:
            if (folder / "checkpoint.json").exists():
                session.say("What was learnt is kept: the same command with --resume goes on.")
            raise
        save_model(model, folder)
        checkpoints.clear()
    document = _document(model, folder, len(source.found.triples))
    session.answer(document | {"left_out": dict(source.found.left_out)}, lambda: "\n".join(_lines(document)))


def _with_file(flags: dict[str, Any], file: Path) -> TrainingSettings:
    """Return the settings of a file, and of flags, which come first.

    Raises:
        InputError: the file is no JSON object of settings. TrainingError: a setting cannot be.
    """
    right = "`kg embed tune --out` writes a JSON object of settings"
    try:
        found = json.loads(file.read_text("utf-8"))
        if not isinstance(found, dict):
            raise InputError(f"{file}: it is no JSON object; {right}.")
        return settings_of(flags, found)
    except ValueError as error:
        raise InputError(f"{file}: it is not JSON: {error}; {right}.") from error
    except TypeError as error:
        raise InputError(f"{file}: a setting is of the wrong kind: {error}.") from error


def _folder(session: Session, triples: Path | None, out: Path | None, name: str | None) -> Path:
    if out is not None and name is not None:
        raise click.UsageError("--out and --name name two places.")
    if out is not None:
        return out
    if triples is not None:
        raise click.UsageError("--triples needs --out DIR: the models of a home are those of its graph.")
    if name is not None and (Path(name).name != name or name.startswith(".")):
        raise InputError(f"--name {name!r} is a path; a name is one word, as in --name small. Any folder: --out DIR.")
    return session.home.models / (name or DEFAULT)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep the folder of a model for one training: two would remove each other's checkpoints and arrays.

    Raises:
        StoreLockedError: another process trains there.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "training.lock"
    with open_lock(place) as lock:
        if not try_lock(lock, exclusive=True):
            raise StoreLockedError(str(folder), "another `kg embed train`", 0)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows keeps what is open; an empty lock file does no harm
                place.unlink()
                if is_new:
                    folder.rmdir()  # fails where something was kept


def _document(model: TrainedModel, folder: Path, triples: int) -> dict[str, Any]:
    return {
        "model": model.settings.model,
        "engine": model.engine,
        "folder": str(folder),
        "entities": len(model.entities),
        "relations": len(model.relations),
        "triples": triples,
        "epochs": len(model.history),
        "best": model.best,
        "seconds": round(model.history[-1].seconds, 2) if model.history else 0.0,
        "metrics": {name: figures(metrics) for name, metrics in model.metrics.items()},
        "settings": model.settings.to_json(),
    }


def _lines(document: dict[str, Any]) -> Iterator[str]:
    counts = ", ".join(f"{document[name]:,} {name}" for name in ("triples", "entities", "relations"))
    yield f"{document['model']} ({document['engine']}): {counts}"
    epochs, best = document["epochs"], document["best"]
    yield f"{epochs} epochs in {document['seconds']:,.1f} s" + (f", the best was {best}" if best != epochs else "")
    for name, found in document["metrics"].items():
        yield f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in found.items())
    yield f"Kept in {document['folder']}."
