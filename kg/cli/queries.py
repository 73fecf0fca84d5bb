"""Commands that ask and change the graph in a query language."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kg.cli.answers import answer_options, write_answer
from kg.cli.session import Session, command
from kg.errors import InputError
from kg.query.sparql import run_sparql
from kg.query.update import run_update

__all__ = ["sparql", "update"]

_from_file = click.option(
    "-f",
    "--file",
    type=click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Read it from a file; - is standard input.",
)


@command()
@click.argument("query", required=False)
@_from_file
@answer_options
def sparql(
    session: Session,
    query: str | None,
    file: Path | None,
    format_name: str | None,
    timeout: float | None,
    limit: int | None,
) -> None:
    """Answer a SPARQL query.

    Without QUERY and --file it is read from standard input. The PREFIX lines for kg, rdf, rdfs, owl, xsd, skos, dct,
    prov, foaf and schema may be left out.
    """
    text = _text(query, file, "query")
    write_answer(session, format_name, timeout, limit, lambda graph, limits: run_sparql(graph, text, limits=limits))


@command()
@click.argument("update", required=False)
@_from_file
def update(session: Session, update: str | None, file: Path | None) -> None:
    """Change the graph by a SPARQL update.

    Without UPDATE and --file it is read from standard input. What is inserted without GRAPH goes to the graph
    .../graph/user, which ingest never touches. PREFIX lines may be left out as in `kg sparql`.
    """
    text = _text(update, file, "update")
    with session.open(write=True) as graph:
        count = run_update(graph, text)
    document = {"added": count.added, "removed": count.removed}
    session.answer(document, f"{count.added} quads added, {count.removed} removed.")


def _text(argument: str | None, file: Path | None, what: str) -> str:
    """Return a query from the command line, a file or standard input."""
    if argument is not None and file is not None:
        raise click.UsageError(f"The {what} was given twice: as an argument and by --file.")
    if argument is not None:
        return argument
    if file is None and sys.stdin.isatty():
        raise click.UsageError(f"There is no {what}: give it as an argument, by --file or on standard input.")
    try:
        content = sys.stdin.buffer.read() if file is None or str(file) == "-" else file.read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        name = "standard input" if file is None else str(file)
        raise InputError(f"{name}: the {what} is not UTF-8 at byte {error.start}.") from error
