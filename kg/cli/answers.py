"""How the answer to a query is written: complete or not at all, and within its limits."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from kg.cli.reporting import report
from kg.cli.session import Session
from kg.errors import QueryTimeoutError
from kg.graph import KnowledgeGraph
from kg.limits import Limits, watchdog
from kg.query.formats import FORMATS, write_result
from kg.rdf import RdfFormat, serialise
from kg.results import Graph, ResultSet

__all__ = ["answer_options", "ending_in_time", "write_answer"]

_IN_MEMORY = 16_000_000
"""Bytes of an answer that are kept in memory until it is complete; more goes to a temporary file."""


def answer_options(function: click.decorators.FC) -> click.decorators.FC:
    """Add the flags for the form of an answer and for its time."""
    for option in (
        click.option("--timeout", type=click.FloatRange(0), metavar="SECONDS", help="Stop after this; 0 is no limit."),
        click.option(
            "--format", "format_name", type=click.Choice(list(FORMATS)), help="Default: table, and turtle for a graph."
        ),
    ):
        function = option(function)
    return function


def write_answer(
    session: Session,
    format_name: str | None,
    timeout: float | None,
    limit: int | None,
    ask: Callable[[KnowledgeGraph, Limits], ResultSet],
) -> None:
    """Ask the graph and write the answer to standard output when all of it is there.

    A running query cannot be cancelled: when the time is up, the error is written and the process ends.

    Raises:
        ResultTooLargeError: nothing was written.
    """
    if session.as_json and format_name not in (None, "json"):
        raise click.UsageError("--json and --format ask for two formats.")
    settings = session.config(query_timeout_seconds=timeout, query_max_rows=limit).query
    limits = Limits(settings.timeout_seconds or None, settings.max_rows or None)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as complete:
        with session.open() as graph, ending_in_time(session, limits.seconds):
            for piece in _pieces(session, ask(graph, limits), format_name, graph.minter.base):
                complete.write(piece)
        complete.seek(0)
        sys.stdout.flush()
        shutil.copyfileobj(complete, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _pieces(session: Session, result: ResultSet, format_name: str | None, base: str) -> Iterator[bytes]:
    is_graph = isinstance(result, Graph)
    if session.as_json:
        if isinstance(result, Graph):
            yield serialise(result.triples, RdfFormat.JSON_LD)
        else:
            yield from write_result(result, "json")
        yield b"\n"
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    yield from write_result(result, format_name or ("turtle" if is_graph else "table"), width, base)
    if format_name == "json":
        yield b"\n"


@contextmanager
def ending_in_time(session: Session, seconds: float | None) -> Iterator[None]:
    """End the process with an error if the block still runs after some seconds; None is no limit.

    A running query cannot be cancelled.
    """

    def end() -> None:
        code = report(QueryTimeoutError(seconds or 0.0), session.as_json)
        sys.stdout.flush()
        os._exit(code)

    with watchdog(seconds, end):
        yield
