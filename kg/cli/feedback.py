"""`kg feedback`: whether what a search or an answer gave was useful, or wrong."""

from __future__ import annotations

from typing import Any

import click

from kg.cli.session import Session, command
from kg.cli.signing import signature
from kg.events import Feedback, Verdict, feedback_documents, find_item, read_feedback, record_feedback

__all__ = ["feedback"]


@click.group()
def feedback() -> None:
    """Say that a hit was useful, or wrong: later searches take notice.

    A NOTE is named by its path, title, IRI or id. What you say stands in a graph of your own, which no ingest touches;
    `kg event forget` takes it back by its ID.
    """


def _record(
    session: Session, verdict: Verdict, notes: tuple[str, ...], query: str, user: str | None, time: str | None
) -> None:
    by = signature(session, user, time)
    with session.open(write=True) as graph:
        items = list(dict.fromkeys(find_item(graph, note) for note in notes))
        given = [Feedback(by.name, verdict, item, query, by.time) for item in items]
        told = feedback_documents(graph, record_feedback(graph, given))
    session.answer({"feedback": told}, "\n".join(map(_line, told)))


def _options(name: Verdict, help_: str) -> click.Command:
    @command(name)
    @click.argument("notes", nargs=-1, required=True, metavar="NOTE...")
    @click.option("--query", required=True, metavar="TEXT", help="What was searched or asked.")
    @click.option("--user", metavar="NAME", help="Who says so; else review.author, else the login name.")
    @click.option("--time", metavar="TIME", help="When it was, in ISO 8601; now without it.")
    def say(session: Session, notes: tuple[str, ...], query: str, user: str | None, time: str | None) -> None:
        _record(session, name, notes, query, user, time)

    say.help = help_
    return say


@command("list")
@click.option("--user", metavar="NAME", help="Only what this user said.")
@click.option("-k", "--limit", type=click.IntRange(0), default=20, show_default=True, help="How many; 0 is all.")
def list_feedback(session: Session, user: str | None, limit: int) -> None:
    """List what users said, the latest first."""
    with session.open() as graph:
        given = read_feedback(graph, user)[::-1]
        told = feedback_documents(graph, given[: limit or None])
    lines = [f"{_line(each)}\n    {each['id']}" for each in told]
    if len(given) > len(told):
        lines.append(f"… and {len(given) - len(told):,} more; -k 0 shows all.")
    session.answer({"feedback": told, "total": len(given)}, "\n".join(lines) or "Nobody said anything yet.")


for each in (
    _options("useful", "Say that notes were what you looked for."),
    _options("wrong", "Say that notes were not what you looked for."),
    list_feedback,
):
    feedback.add_command(each)


def _line(told: dict[str, Any]) -> str:
    when, who = told["time"] or "at some time", told["user"]
    return f"{when:20}  {who}: {told['verdict']}  {told['title']}  “{told['query']}”"
