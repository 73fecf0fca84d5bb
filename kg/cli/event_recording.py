"""`kg event view|rate|save|list|forget`: what a user did, recorded, listed and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from kg.cli.session import Session, command
from kg.cli.signing import signature
from kg.errors import InputError
from kg.events import (
    BEST,
    WORST,
    Action,
    Event,
    event_documents,
    find_item,
    forget_events,
    forget_user,
    read_events,
    record_events,
)
from kg.rdf import NamedNode

__all__ = ["forget", "list_events", "rate", "save", "view"]

Function = TypeVar("Function", bound=Callable[..., Any])


def _recording_options(function: Function) -> Function:
    for option in (
        click.option("--time", metavar="TIME", help="When it was, in ISO 8601; now without it."),
        click.option("--user", metavar="NAME", help="Whoever did it; else review.author, else the login name."),
        click.argument("notes", nargs=-1, required=True, metavar="NOTE..."),
    ):
        function = option(function)
    return function


def _record(
    session: Session, action: Action, notes: tuple[str, ...], rating: float | None, user: str | None, time: str | None
) -> None:
    """Record the same of several notes, all or none, and say so."""
    by = signature(session, user, time)
    with session.open(write=True) as graph:
        items = list(dict.fromkeys(find_item(graph, note) for note in notes))
        recorded = record_events(graph, [Event(by.name, action, item, rating, by.time) for item in items])
        told = event_documents(graph, recorded)
    session.answer({"events": told}, "\n".join(map(_line, told)))


@command()
@_recording_options
def view(session: Session, notes: tuple[str, ...], user: str | None, time: str | None) -> None:
    """Say that a user has read notes."""
    _record(session, "viewed", notes, None, user, time)


@command()
@_recording_options
def save(session: Session, notes: tuple[str, ...], user: str | None, time: str | None) -> None:
    """Say that a user keeps notes for later."""
    _record(session, "saved", notes, None, user, time)


@command()
@click.argument("rating", type=click.FloatRange(WORST, BEST), metavar="RATING")
@_recording_options
def rate(session: Session, rating: float, notes: tuple[str, ...], user: str | None, time: str | None) -> None:
    """Say how good a user finds notes: RATING is from 1 to 5, and the last one counts."""
    _record(session, "rated", notes, rating, user, time)


@command("list")
@click.option("--user", metavar="NAME", help="Only what this user did.")
@click.option("--note", metavar="NOTE", help="Only what was done with this note.")
@click.option("-k", "--limit", type=click.IntRange(0), default=20, show_default=True, help="How many; 0 is all.")
def list_events(session: Session, user: str | None, note: str | None, limit: int) -> None:
    """List what users did, the latest first."""
    with session.open() as graph:
        item = None if note is None else find_item(graph, note)
        events = [each for each in read_events(graph, user) if item in (None, each.item)][::-1]
        told = event_documents(graph, events[: limit or None])
    lines = [f"{_line(each)}\n    {each['id'] or 'said by a statement alone'}" for each in told]
    if len(events) > len(told):
        lines.append(f"… and {len(events) - len(told):,} more; -k 0 shows all.")
    session.answer({"events": told, "total": len(events)}, "\n".join(lines) or "Nobody did anything yet.")


@command()
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--user", metavar="NAME", help="Instead of IDs: all that this user did.")
def forget(session: Session, ids: tuple[str, ...], user: str | None) -> None:
    """Take back what a user did; an ID is one that `kg event list` shows."""
    if (user is None) == (not ids):
        raise click.UsageError("Name IDs, or whose events: --user NAME.")
    iris = [_iri(each) for each in ids]
    with session.open(write=True) as graph:
        count = forget_events(graph, iris) if user is None else forget_user(graph, user)
    session.answer({"removed": count}, f"{count:,} {'event' if count == 1 else 'events'} taken back.")


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no IRI of an event; `kg event list` shows them.") from error


def _line(told: dict[str, Any]) -> str:
    rating = f" {told['rating']:g}" if "rating" in told else ""
    return f"{told['time'] or 'at some time':20}  {told['user']} {told['action']}{rating}  {told['title']}"
