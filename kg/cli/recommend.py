"""`kg recommend`: notes that go with a note, an entity or a user, each with its reasons."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.json_lines import json_line, numbered_lines, parse_line
from kg.cli.progress import showing_progress
from kg.cli.session import Session, command
from kg.errors import InputError, KgError, NotFoundError
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode

if TYPE_CHECKING:
    from kg.recommendation.model import Item
    from kg.recommendation.opening import Targets
    from kg.recommendation.recommending import Recommender

__all__ = ["recommend"]

_MOST_REASONS = 3
"""Reasons of a note that are shown to people; --json has all."""


@command()
@click.argument("target", required=False, metavar="[IRI|PATH|NAME]")
@click.option("-k", "count", type=click.IntRange(0), default=10, show_default=True, metavar="N", help="Notes at most.")
@click.option("--user", metavar="NAME", help="Whose events count; what this user has seen is left out.")
@click.option(
    "--diversity",
    type=click.FloatRange(0, 1),
    metavar="LAMBDA",
    help="From 0, as different as can be, to 1, by scores alone; else recommend.diversity.",
)
@click.option(
    "--targets",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help='Targets as JSON Lines {"id"}; - is standard input.',
)
@click.pass_context
def recommend(
    context: click.Context,
    session: Session,
    target: str | None,
    count: int,
    user: str | None,
    diversity: float | None,
    targets: Path | None,
) -> None:
    """Recommend notes for a note, an entity or a user, and say why.

    With --targets each line is answered by a JSON line {"id", "items"}, in order. A line that cannot be read is
    answered by a line with its error, and the exit code is then 2; so is an unknown target, and then it is 1.
    """
    if targets is not None and target is not None:
        raise click.UsageError("--targets and a target ask for two things.")
    if targets is None and target is None and user is None:
        raise click.UsageError("Say what to recommend for: a path, a name or an IRI; --user NAME; or --targets FILE.")
    if diversity is not None and math.isnan(diversity):
        raise click.UsageError("--diversity is a number from 0 to 1, not nan.")
    if user is not None and not user.strip():
        raise click.UsageError("--user is empty: say whose events count.")
    lines = None if targets is None else list(_read_lines(targets))
    from kg.recommendation.opening import Targets, recommendation_document  # numpy and scipy, 1 s

    with _opened(session) as (graph, recommender):
        asked = _Asked(graph, recommender, Targets(recommender.network), count, user, diversity)
        if lines is not None:
            code = _answer_lines(asked, lines)
        else:
            iri = None if target is None else asked.find(target)
            items = asked.items(iri)
    if lines is not None:
        context.exit(code)
    text = "\n".join(_item_lines(items)) or "Nothing to recommend."
    session.answer(recommendation_document(target, iri, user, items), text)


@contextmanager
def _opened(session: Session) -> Iterator[tuple[KnowledgeGraph, Recommender]]:
    """Give the graph and what recommends its notes.

    The store is not held while texts are turned into vectors, which takes minutes for a large vault that is new: others
    may write to it.
    """
    from kg.recommendation.opening import encode_more, is_complete, open_recommender

    config = session.config()
    with session.open() as graph:
        recommender = open_recommender(graph, session.home.of_kind(config.home.store), config, most_encoded=0)
        if is_complete(recommender):
            yield graph, recommender
            return
    recommender.graph = None
    with showing_progress("Reading texts") as progress:
        encode_more(recommender, encoding=progress)
    with session.open() as graph:
        recommender.graph = graph
        yield graph, recommender


@dataclass(frozen=True, slots=True)
class _Asked:
    """A recommender with what all targets of one run have in common."""

    graph: KnowledgeGraph
    recommender: Recommender
    targets: Targets
    count: int
    user: str | None
    diversity: float | None

    def find(self, target: str) -> NamedNode:
        return self.targets.find(self.graph, target)

    def items(self, target: NamedNode | None) -> list[Item]:
        return self.recommender.recommend(target, self.count, self.diversity, self.user)


# --- for people


def _item_lines(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        yield f"{item.rank}. {item.title}  ({item.doc_id})"
        for reason in item.reasons[:_MOST_REASONS]:
            yield f"    {reason.text}"
            for sentence in reason.evidence:
                yield f"        “{' '.join(sentence.quote.split())}”  {sentence.path}"


# --- many targets


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that was read: its id, or what is wrong with it."""

    id: str | None
    error: str = ""


def _read_lines(file: Path) -> Iterator[_Line]:
    for number, line in numbered_lines(file):
        try:
            yield _Line(_id_of(line, number))
        except InputError as error:
            yield _Line(None, str(error))


def _id_of(line: bytes, number: int) -> str:
    value = parse_line(line, number)
    if not isinstance(value, dict) or not isinstance(value.get("id"), str) or not value["id"].strip():
        raise InputError(f'line {number}: it is no object with an "id" that is a text.')
    found: str = value["id"]
    return found


def _answer_lines(asked: _Asked, lines: Sequence[_Line]) -> int:
    """Answer each line as soon as it is known; return the exit code."""
    code = 0
    for line in lines:
        document: dict[str, Any] = {"id": line.id, "items": []}
        try:
            if line.id is None:
                raise InputError(line.error)
            document["items"] = [item.to_json() for item in asked.items(asked.find(line.id))]
        except (InputError, NotFoundError) as error:
            document["error"] = _error(error)
            code = max(code, 2 if line.id is None else 1)
        click.echo(json_line(document))
    return code


def _error(error: KgError) -> dict[str, Any]:
    return {"type": type(error).__name__, "detail": str(error)}
