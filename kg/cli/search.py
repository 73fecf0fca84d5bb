"""`kg search`: the passages that fit a question best, each with why it was found."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from kg.cli.answers import ending_in_time
from kg.cli.search_lines import answer_lines, read_lines
from kg.cli.search_text import answer_text
from kg.cli.session import Session, command
from kg.search.asked import Filters

if TYPE_CHECKING:
    from kg.search.hits import SearchAnswer

__all__ = ["search"]

Function = TypeVar("Function", bound=Callable[..., Any])

_WEIGHT = click.FloatRange(0, max=1000)


def _filter_options(function: Function) -> Function:
    for option in (
        click.option("--hidden", is_flag=True, help="Find drafts, private notes and templates too."),
        click.option("--where", metavar="SPARQL", help="Only notes that a pattern binds to ?note."),
        click.option("--near", metavar="IRI|NAME", help="Only notes that have to do with it within --hops statements."),
        click.option("--language", metavar="LANG", help="Only notes in this language: en, zh."),
        click.option("--until", metavar="DAY", help="Only notes up to this day, month or year: 2026-05-31, 2026-05."),
        click.option("--since", metavar="DAY", help="Only notes from this day, month or year on."),
        click.option("--folder", metavar="DIR", help="Only notes in this folder of the vault, or below it."),
        click.option("--tag", metavar="TAG", help="Only notes with this tag, or one below it."),
        click.option("--type", metavar="CLASS", help="Only notes about things of this class, by label, name or IRI."),
    ):
        function = option(function)
    return function


def _knob_options(function: Function) -> Function:
    for option in (
        click.option(
            "--diversity",
            type=click.FloatRange(0, 1),
            metavar="LAMBDA",
            help="From 0, as different as can be, to 1, by relevance alone; else search.diversity.",
        ),
        click.option(
            "--hops",
            type=click.IntRange(1, 10),
            metavar="N",
            help="Statements that --near and the graph reach over; else search.hops.",
        ),
        click.option("--weight-graph", type=_WEIGHT, metavar="W", help="What the graph counts; else search.weight_…"),
        click.option("--weight-vectors", type=_WEIGHT, metavar="W", help="What likeness in meaning counts."),
        click.option("--weight-text", type=_WEIGHT, metavar="W", help="What the words count; 0 leaves them out."),
    ):
        function = option(function)
    return function


@command()
@click.argument("text", nargs=-1, metavar="[TEXT]")
@click.option("-k", "count", type=click.IntRange(0), default=10, show_default=True, metavar="N", help="Hits at most.")
@_filter_options
@_knob_options
@click.option("--passages", is_flag=True, help="Give every passage that fits, not only the best of each note.")
@click.option("--explain", is_flag=True, help="Say of each hit what each source found, with paths and sentences.")
@click.option(
    "--queries",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help='Questions as JSON Lines {"id", "query"}; - is standard input.',
)
@click.pass_context
def search(
    context: click.Context,
    session: Session,
    /,
    text: tuple[str, ...],
    count: int,
    passages: bool,
    explain: bool,
    queries: Path | None,
    weight_text: float | None,
    weight_vectors: float | None,
    weight_graph: float | None,
    hops: int | None,
    diversity: float | None,
    **filters: Any,
) -> None:
    """Find the notes that fit a question, by words, meaning and the graph.

    What stands in double quotes is found as it stands. With --queries each line is answered by a JSON line {"id",
    "hits"}, in order; one that cannot be read is answered by a line with its error, and the exit code is then 2.
    """
    query = " ".join(text).strip()
    if queries is not None and text:
        raise click.UsageError("--queries and a text ask for two things.")
    if queries is None and not query:
        raise click.UsageError("Say what to search for, or --queries FILE.")
    given = {"text": weight_text, "vectors": weight_vectors, "graph": weight_graph}
    for name, value in {**{f"weight-{each}": weight for each, weight in given.items()}, "diversity": diversity}.items():
        if value is not None and math.isnan(value):
            raise click.UsageError(f"--{name} is a number, not nan.")
    asked: Mapping[str, Any] = {
        "k": count, "filters": Filters(**filters), "diversity": diversity, "hops": hops, "passages": passages,
        "weights": {name: weight for name, weight in given.items() if weight is not None},
    }  # fmt: skip
    from kg.search.opening import open_searcher  # numpy and scipy, 1 s

    lines = None if queries is None else list(read_lines(queries))
    config = session.config()
    seconds = (config.query.timeout_seconds or None) if filters["where"] is not None else None  # of a query like others
    with session.open() as graph:
        searcher = open_searcher(graph, session.home.of_kind(config.home.store), config)

        def answered(text: str, has_reasons: bool = True) -> SearchAnswer:
            with ending_in_time(session, seconds):
                return searcher.search(text, explain=has_reasons, **asked)

        if lines is not None:
            context.exit(answer_lines(lambda line: answered(line, explain), lines))
        answer = answered(query)
    session.answer(answer.to_json(), lambda: answer_text(answer, explain, is_shown=sys.stdout.isatty()))
