"""`kg embed tune`: a search for settings."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from kg.cli.embed_options import figures, settings_of, showing_progress, training_options
from kg.cli.embed_sources import read_source, source_options
from kg.cli.session import Session, command
from kg.embeddings import TrainingSettings, engine_for
from kg.embeddings.tuning import Trial, Tuned, tune
from kg.home import write_atomically

__all__ = ["tune_model"]


@command("tune")
@source_options
@training_options
@click.option("--trials", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Trainings to try.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Begin none after this.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the best settings, for `kg embed train --settings`.",
)
def tune_model(
    session: Session,
    /,
    triples: Path | None,
    valid: Path | None,
    trials: int,
    timeout: float | None,
    out: Path | None,
    **flags: Any,
) -> None:
    """Search for settings that rank validation triples higher.

    What is given stays as it is; the rest is searched, the usual settings first, so what is found is never worse than
    those. Of a graph, and of --triples without --valid, a tenth is set aside to compare by. No model is kept.
    """
    settings = settings_of(flags)
    engine = engine_for(settings)
    data = read_source(session, triples, valid).divided(settings.seed)
    with showing_progress() as progress:
        found = tune(engine, settings, data, trials, timeout, progress=progress)
    if out is not None:
        write_atomically(out, (json.dumps(_said(found.best), indent=2) + "\n").encode())
    document = {
        "best": _said(found.best),
        **figures(found.metrics),
        "trials": [_trial_json(trial) for trial in found.trials],
    }
    session.answer(document, lambda: "\n".join(_lines(found, out)))


def _said(settings: TrainingSettings) -> dict[str, Any]:
    """Return the settings that are not what they are where nothing is said."""
    usual = {field.name: field.default for field in fields(TrainingSettings)}
    written = settings.to_json()
    return {name: value for name, value in written.items() if name == "model" or value != usual[name]}


def _trial_json(trial: Trial) -> dict[str, Any]:
    found = None if trial.metrics is None else figures(trial.metrics)
    tried = {"trial": trial.number, "state": trial.state, "seconds": round(trial.seconds, 2)}
    return {**tried, "settings": dict(trial.tried), "metrics": found}


def _lines(found: Tuned, out: Path | None) -> Iterator[str]:
    for trial in found.trials:
        mrr = "     " if trial.metrics is None else f"{trial.metrics.mrr:.3f}"
        tried = ", ".join(f"{name} {_short(value)}" for name, value in trial.tried.items() if value is not None)
        yield f"{trial.number:>3}  MRR {mrr}  {trial.state:<8}  {tried}"
    yield ""
    yield f"The best has a validation MRR of {found.metrics.mrr:.3f}:"
    if out is not None:
        yield f"  kg embed train --settings {shlex.quote(str(out))}"
    else:
        flags = (f"--{name.replace('_', '-')} {_short(value)}" for name, value in _said(found.best).items())
        yield f"  kg embed train {' '.join(flags)}"


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
