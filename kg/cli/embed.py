"""`kg embed`: models of the graph that say what is likely, trained, measured, asked, drawn."""

from __future__ import annotations

import click

from kg.cli.command_tables import CommandTable, TableGroup

__all__ = ["embed"]

_COMMANDS: CommandTable = {
    "train": ("kg.cli.embed_training:train", "Train a model of the home's graph, or of a file of triples."),
    "evaluate": ("kg.cli.embed_asking:evaluate_model", "Say how high a model ranks what is true."),
    "predict": ("kg.cli.embed_asking:predict", "Say what is likely and not known yet."),
    "plot": ("kg.cli.embed_plot:plot", "Draw a map of what a model has learnt, and its training curve."),
    "models": ("kg.cli.embed_models:models", "List the models of the home, and those that can be trained."),
    "tune": ("kg.cli.embed_tuning:tune_model", "Search for settings that rank validation triples higher."),
}


@click.group(cls=TableGroup, table=_COMMANDS)
def embed() -> None:
    """Learn vectors of the graph, which say what is likely to be missing in it.

    Training needs the extra `embed`. A model never changes the graph: what it says goes to `kg review`.
    """
