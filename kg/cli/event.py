"""`kg event`: what a user viewed, rated and saved, which recommendation learns from."""

from __future__ import annotations

import click

from kg.cli.command_tables import CommandTable, TableGroup

__all__ = ["event"]

_COMMANDS: CommandTable = {
    "view": ("kg.cli.event_recording:view", "Say that a user has read notes."),
    "rate": ("kg.cli.event_recording:rate", "Say how good a user finds notes: RATING is from 1 to 5."),
    "save": ("kg.cli.event_recording:save", "Say that a user keeps notes for later."),
    "list": ("kg.cli.event_recording:list_events", "List what users did, the latest first."),
    "forget": ("kg.cli.event_recording:forget", "Take back what a user did."),
    "learn": (
        "kg.cli.event_learning:learn_weights",
        "Learn from what users did how much each source of recommendations should count.",
    ),
}


@click.group(cls=TableGroup, table=_COMMANDS)
def event() -> None:
    """Keep what users viewed, rated and saved: recommendation learns from it.

    A NOTE is named by its path, title, IRI or id. What a user did stands in a graph of the user's own, which no ingest
    touches.
    """
