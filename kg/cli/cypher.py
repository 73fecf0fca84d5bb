"""`kg cypher`: statements in Cypher, one or a file of them, answered in order."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import click

from kg.cli.queries import from_file, read_text
from kg.cli.session import Session, command
from kg.cli.statements import Asking, answer_each, choose_format, choose_limits
from kg.errors import ForbiddenQueryError, InputError
from kg.graph import KnowledgeGraph
from kg.query.cypher_parameters import read_parameter
from kg.query.records_formats import RECORD_FORMATS
from kg.query.statements import Piece, split_statements
from kg.records import Value

__all__ = ["cypher", "open_for", "read_parameters"]


@command()
@click.argument("query", required=False)
@from_file
@click.option("--param", "given", multiple=True, metavar="NAME=JSON", help="A parameter: limit=10, name='\"Ada\"'.")
@click.option("--write", "is_writing", is_flag=True, help="Let the statements change the graph.")
@click.option("--format", "format_name", type=click.Choice(list(RECORD_FORMATS)), help="Default: table.")
@click.option("--timeout", type=click.FloatRange(0), metavar="SECONDS", help="Stop after this; 0 is no limit.")
@click.option("--limit", type=click.IntRange(0), metavar="ROWS", help="Refuse a longer answer; 0 is no limit.")
@click.option("--explain", is_flag=True, help="Show how the query is run, and its time, on standard error.")
@click.option("--why", is_flag=True, help="Show the sentences behind each row.")
def cypher(
    session: Session,
    query: str | None,
    file: Path | None,
    given: tuple[str, ...],
    is_writing: bool,
    format_name: str | None,
    timeout: float | None,
    limit: int | None,
    explain: bool,
    why: bool,
) -> None:
    """Answer a Cypher query.

    Without QUERY and --file it is read from standard input; on a terminal a console opens, and --limit is the rows
    that it shows. Several statements, with a semicolon after each, are answered in order, in JSON with a line each.
    Time and rows are limited for each of them. Only with --write they may change the graph.
    """
    parameters = read_parameters(given)
    if query is None and file is None and not session.as_json and sys.stdin.isatty() and sys.stdout.isatty():
        from kg.cli.console.frame import open_console

        open_console(session, "cypher", timeout, limit, format_name, explain, parameters, is_writing)
        return
    pieces = split_statements(read_text(query, file, "query"))
    if not pieces:
        raise InputError("There is no statement in it.")
    chosen, limits = choose_format(session, format_name, why), choose_limits(session, timeout, limit)
    asking = Asking(chosen, limits, parameters, is_writing, explain, why)
    _answer(session, pieces, asking)


def read_parameters(given: Iterable[str]) -> dict[str, Value]:
    """Return the values of `NAME=JSON`."""
    parameters: dict[str, Value] = {}
    for each in given:
        name, value = read_parameter(each)
        if name in parameters:
            raise click.UsageError(f"The parameter {name!r} was given twice.")
        parameters[name] = value
    return parameters


def open_for(session: Session, is_writing: bool) -> AbstractContextManager[KnowledgeGraph]:
    """Open the home's graph for statements; what they remove from notes' graphs is recorded.

    Raises:
        ConfigError, StoreLockedError: as `Session.open`.
    """
    if not is_writing:
        return session.open()
    from kg.cli.recording import open_for_updates

    return open_for_updates(session)


def _answer(session: Session, pieces: Sequence[Piece], asking: Asking) -> None:
    with open_for(session, asking.is_writing) as graph:
        try:
            answer_each(session, graph, pieces, asking)
        except ForbiddenQueryError as error:
            if error.kind == "write":
                session.say("With --write statements may change the graph.")
            raise
