"""Commands that ask and change the graph in a query language."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from kg.cli.answers import answer_options, write_answer
from kg.cli.session import Session, command
from kg.cli.statements import answer_saved
from kg.cli.unknown_names import with_advice
from kg.errors import InputError, QueryError
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.query.explain import explain_sparql
from kg.query.library import SavedQuery, bind, find_query, read_queries, shipped_queries
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.results import ResultSet

__all__ = [
    "broken_queries",
    "find_saved",
    "from_file",
    "list_queries",
    "read_parameters",
    "read_text",
    "run_saved",
    "saved_queries",
    "sparql",
    "update",
]

from_file = click.option(
    "-f",
    "--file",
    type=click.Path(dir_okay=False, exists=True, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Read it from a file; - is standard input.",
)


@command()
@click.argument("query", required=False)
@from_file
@answer_options
@click.option("--limit", type=click.IntRange(0), metavar="ROWS", help="Refuse a longer answer; 0 is no limit.")
@click.option("--explain", is_flag=True, help="Show how the query is read, and its time, on standard error.")
def sparql(
    session: Session,
    query: str | None,
    file: Path | None,
    format_name: str | None,
    timeout: float | None,
    limit: int | None,
    explain: bool,
) -> None:
    """Answer a SPARQL query.

    Without QUERY and --file it is read from standard input; on a terminal a console opens, and --limit is the rows
    that it shows. The PREFIX lines for kg, rdf, rdfs, owl, xsd, skos, dct, prov, foaf and schema may be left out.
    """
    if query is None and file is None and not session.as_json and sys.stdin.isatty() and sys.stdout.isatty():
        from kg.cli.console.frame import open_console

        open_console(session, "sparql", timeout, limit, format_name, explain)
        return
    text = read_text(query, file, "query")
    started = time.perf_counter()

    def ask(graph: KnowledgeGraph, limits: Limits) -> ResultSet:
        if explain:
            session.say(explain_sparql(graph, text))
        return run_sparql(graph, text, limits=limits, remote=session.remote())

    write_answer(session, format_name, timeout, limit, ask)
    if explain:
        session.say(f"Answered in {time.perf_counter() - started:.3f} s.")


@command()
@click.argument("update", required=False)
@from_file
def update(session: Session, update: str | None, file: Path | None) -> None:
    """Change the graph by a SPARQL update.

    Without UPDATE and --file it is read from standard input. What is inserted without GRAPH goes to the graph
    .../graph/user, which ingest never touches. PREFIX lines may be left out as in `kg sparql`.
    """
    from kg.cli.recording import open_for_updates

    text = read_text(update, file, "update")
    with open_for_updates(session) as graph:
        count = run_update(graph, text, remote=session.remote())
    document: dict[str, object] = {"added": count.added, "removed": count.removed}
    if count.notice:
        document["notice"] = count.notice
        session.say(count.notice)
    session.answer(document, f"{count.added} quads added, {count.removed} removed.")


@command("run", ignore_unknown_options=True)
@click.argument("name", required=False)
@click.argument("values", nargs=-1, type=click.UNPROCESSED, metavar="[--PARAMETER VALUE]...")
@answer_options
def run_saved(
    session: Session, name: str | None, values: tuple[str, ...], format_name: str | None, timeout: float | None
) -> None:
    """Run a saved query.

    Without NAME the queries are listed with their parameters. A file NAME.rq or NAME.cypher in the folder queries/ of
    the home is one too, and wins over ours. Of a query in both languages NAME is the SPARQL one, NAME.cypher the other.
    """
    if name is None:
        queries = saved_queries(session)
        for error in broken_queries(session).values():
            session.say(f"Left out: {error}")
        documents = [query.to_json() for query in queries.values()]
        session.answer({"queries": documents}, lambda: list_queries(queries))
        return
    query, given = find_saved(session, name), read_parameters(values)
    if query.language == "cypher":
        answer_saved(session, query, given, format_name, timeout)
        return

    def ask(graph: KnowledgeGraph, limits: Limits) -> ResultSet:
        text = bind(query, given, graph.ontology.class_named)
        result = run_sparql(graph, text, limits=limits, remote=session.remote())
        return with_advice(graph, query, given, result, session.say)

    write_answer(session, format_name, timeout, None, ask)


def saved_queries(session: Session) -> dict[str, SavedQuery]:
    """Return our queries and those of the home, by name; those of its files that cannot be read are left out."""
    return _read_saved(session)[0]


def broken_queries(session: Session) -> dict[str, QueryError]:
    """Return what is wrong with the home's files that cannot be read, by the queries' names."""
    return _read_saved(session)[1]


def find_saved(session: Session, name: str, language: str | None = None) -> SavedQuery:
    """Return a saved query by its name, or by that of its file.

    Args:
        language: the form that is wanted where there are several; None takes the first.

    Raises:
        NotFoundError: with the nearest name. QueryError: its file is wrong, with file and line.
    """
    queries, broken = _read_saved(session)
    if name in broken:
        raise broken[name]
    query = find_query(queries, name)
    return query.other if language is not None and query.other and query.other.language == language else query


def _read_saved(session: Session) -> tuple[dict[str, SavedQuery], dict[str, QueryError]]:
    found, broken = read_queries(session.home.folder / "queries")
    # One of ours does not stand in for a file of its name: it would answer something else.
    return {name: each for name, each in sorted({**shipped_queries(), **found}.items()) if name not in broken}, broken


def list_queries(queries: Mapping[str, SavedQuery]) -> str:
    """Return the queries with their parameters, as lines."""
    lines = []
    for query in queries.values():
        languages = "" if query.languages == ("sparql",) else f" ({', '.join(query.languages)})"
        lines.append(f"{query.name:<24} {query.description or query.title}{languages}")
        for parameter in query.parameters:
            default = "" if parameter.default is None else f" [{parameter.default}]"
            lines.append(f"    --{parameter.name} {parameter.type}{default}  {parameter.description}")
    return "\n".join(lines)


def read_parameters(words: Sequence[str]) -> dict[str, str]:
    """Return the values of `--name value` and `--name=value`."""
    values: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("--"):
            raise click.UsageError(f"{word!r} is no parameter; write --NAME VALUE.")
        name, equals, value = word[2:].partition("=")
        if not equals:
            found = next(rest, None)
            if found is None:
                raise click.UsageError(f"--{name} needs a value.")
            value = found
        if name in values:
            raise click.UsageError(f"--{name} was given twice.")
        values[name] = value
    return values


def read_text(argument: str | None, file: Path | None, what: str) -> str:
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
