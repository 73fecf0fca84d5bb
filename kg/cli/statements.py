"""How statements in Cypher are answered on the command line: one after the other, each whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import click

from kg.cli.reporting import report
from kg.cli.session import Session
from kg.cli.unknown_names import with_advice
from kg.cli.why import lines_below, reason_document, with_reasons
from kg.errors import QueryTimeoutError
from kg.explain import Reason
from kg.graph import KnowledgeGraph
from kg.limits import Limits, watchdog
from kg.query.cypher import run_cypher
from kg.query.cypher_explain import explain_cypher
from kg.query.cypher_parameters import bind_cypher
from kg.query.library import SavedQuery
from kg.query.records_formats import RECORD_FORMATS, counters_line, notification_line, write_records
from kg.query.statements import Piece, split_statements
from kg.records import Records, Value

__all__ = ["MAY_BE_WRITTEN", "Asking", "answer_each", "answer_saved", "choose_format", "choose_limits"]

MAY_BE_WRITTEN = "The statement may have been committed before it was stopped: look before you run it again."
"""What is said of a statement that could write and was stopped from outside."""

_IN_MEMORY = 16_000_000
"""Bytes of an answer that are kept in memory until it is complete; more goes to a temporary file."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How statements are asked, and what is shown of their answers."""

    format_name: str
    limits: Limits
    parameters: Mapping[str, Value]
    is_writing: bool = False
    explain: bool = False
    why: bool = False


def answer_saved(
    session: Session, query: SavedQuery, values: Mapping[str, str], format_name: str | None, timeout: float | None
) -> None:
    """Answer a saved query in Cypher; it only reads.

    Args:
        values: of its parameters, as typed.
    """
    if format_name is not None and format_name not in RECORD_FORMATS:
        raise click.UsageError(f"The format {format_name} is not for Cypher; choose {', '.join(RECORD_FORMATS)}.")
    chosen, limits = choose_format(session, format_name, False), choose_limits(session, timeout, None)
    with session.open() as graph:
        asking = Asking(chosen, limits, bind_cypher(query, values, graph.ontology, graph.minter.base))

        def advise(records: Records) -> Records:
            return with_advice(graph, query, values, records, session.say)

        answer_each(session, graph, split_statements(query.text), asking, advise)


def choose_format(session: Session, format_name: str | None, why: bool) -> str:
    """Return the format that the flags ask for."""
    if session.as_json and format_name not in (None, "json"):
        raise click.UsageError("--json and --format ask for two formats.")
    chosen = "json" if session.as_json else format_name or "table"
    if why and chosen == "csv":
        raise click.UsageError("--why has no place in CSV; choose table or json.")
    return chosen


def choose_limits(session: Session, timeout: float | None, limit: int | None) -> Limits:
    """Return the limits of each statement: the flags', else the settings'."""
    settings = session.config(query_timeout_seconds=timeout, query_max_rows=limit).query
    return Limits(settings.timeout_seconds or None, settings.max_rows or None)


def _as_it_is(records: Records) -> Records:
    return records


def answer_each(
    session: Session,
    graph: KnowledgeGraph,
    pieces: Sequence[Piece],
    asking: Asking,
    advise: Callable[[Records], Records] = _as_it_is,
) -> None:
    """Answer statements; what a statement returns is written when all of it is there."""
    for number, piece in enumerate(pieces):
        if number and asking.format_name != "json":
            click.echo()
        if asking.explain:
            session.say(explain_cypher(graph, piece.text, asking.parameters, asking.is_writing))
        started = time.perf_counter()
        reasons: list[tuple[Reason, ...]] = []
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as complete:
            # An engine that cannot be stopped ends with this process.
            with watchdog(asking.limits.seconds, lambda: _time_is_up(session, asking)):
                records = run_cypher(graph, piece.text, asking.parameters, asking.limits, asking.is_writing)
                for part in _parts(graph, advise(records), asking, reasons):
                    complete.write(part)
            complete.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(complete, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        _tell(session, records, asking.format_name)
        if reasons and not any(reasons):
            session.say(
                "No statement joins what stands in a row; return the relationship or the things, not values alone."
            )
        if asking.explain:
            session.say(f"Answered in {time.perf_counter() - started:.3f} s.")


def _parts(
    graph: KnowledgeGraph, records: Records, asking: Asking, reasons: list[tuple[Reason, ...]]
) -> Iterator[bytes]:
    """Yield an answer as it is written; of `--why`, the reasons of each row are added to the list."""
    width, base = (shutil.get_terminal_size().columns if sys.stdout.isatty() else None), graph.minter.base
    if not asking.why:
        return write_records(records, asking.format_name, width, base)
    explained = with_reasons(graph, records, reasons)

    def members() -> Mapping[str, object]:
        return {"why": [[reason_document(reason) for reason in row] for row in reasons]}

    return write_records(explained, asking.format_name, width, base, lambda row: lines_below(reasons[row]), members)


def _tell(session: Session, records: Records, format_name: str) -> None:
    """Say what the answer itself does not hold."""
    for notification in records.summary.notifications:
        session.say(notification_line(notification))
    changed = counters_line(records.summary.counters)
    if changed and format_name != "json":
        session.say(changed)


def _time_is_up(session: Session, asking: Asking) -> None:
    assert asking.limits.seconds is not None
    code = report(QueryTimeoutError(asking.limits.seconds), session.as_json)
    if asking.is_writing:
        session.say(MAY_BE_WRITTEN)
    sys.stdout.flush()
    os._exit(code)
