"""`kg embed`: models of the graph that say what is likely, trained, measured, asked, drawn."""

from __future__ import annotations

import importlib
from collections.abc import Mapping

import click

__all__ = ["embed"]

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "train": ("kg.cli.embed_training:train", "Train a model of the home's graph, or of a file of triples."),
    "evaluate": ("kg.cli.embed_asking:evaluate_model", "Say how high a model ranks what is true."),
    "predict": ("kg.cli.embed_asking:predict", "Say what is likely and not known yet."),
    "plot": ("kg.cli.embed_plot:plot", "Draw a map of what a model has learnt, and its training curve."),
    "models": ("kg.cli.embed_models:models", "List the models of the home, and those that can be trained."),
    "tune": ("kg.cli.embed_tuning:tune_model", "Search for settings that rank validation triples higher."),
}
"""Where each command is and its one-line help, in the order of the help page: none waits for what another needs."""


class _EmbedGroup(click.Group):
    """A group that imports a command only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None for an unknown name."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name][0].partition(":")
        found = getattr(importlib.import_module(module), attribute)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands with the help of the table, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_EmbedGroup)
def embed() -> None:
    """Learn vectors of the graph, which say what is likely to be missing in it.

    Training needs the extra `embed`. A model never changes the graph: what it says goes to `kg review`.
    """
