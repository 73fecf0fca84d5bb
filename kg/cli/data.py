"""Commands that move the graph from and to files."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, cast

import click

from kg.cli.decision_files import decision_log, example_lines, import_decisions
from kg.cli.endpoints import import_endpoint
from kg.cli.session import Session, command
from kg.errors import InputError
from kg.exchange.exporting import EXPORTS, export
from kg.exchange.importing import ImportCount, fill_from_file, import_file
from kg.graph import KnowledgeGraph
from kg.neo4j_server import offline_import
from kg.rdf import NamedNode

__all__ = ["export_data", "import_data"]

_IN_MEMORY = 64_000_000
"""Bytes of an export that are kept in memory until it is complete; more goes to a temporary file."""


_readable = click.Path(exists=True, dir_okay=False, path_type=Path)


@command("import")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--graph", "graph_name", metavar="IRI", help="Where triples go; else .../import/NAME of the file.")
@click.option("--skip-derived", is_flag=True, help="Leave out the graphs that no file may write, and say how many.")
@click.option("--bulk", is_flag=True, help="Fill a graph that is empty, as fast as its store can; not all or nothing.")
@click.option("--endpoint", metavar="URL", help="Ask a SPARQL endpoint instead of reading a file.")
@click.option("--query", "query_file", type=_readable, metavar="FILE", help="What it is asked: a CONSTRUCT or SELECT.")
@click.option("--page-size", type=click.IntRange(0), default=10_000, show_default=True, help="Solutions; 0: no pages.")
@click.option("--entities", metavar="NAME", help="A saved query whose first column fills VALUES ?entity {}.")
@click.option("--token-file", type=_readable, metavar="FILE", help="A file with the endpoint's bearer token.")
@click.option("--decisions", is_flag=True, help="Read a log that `kg export --decisions` wrote, and add it to ours.")
def import_data(
    session: Session,
    file: Path | None,
    graph_name: str | None,
    skip_derived: bool,
    bulk: bool,
    endpoint: str | None,
    query_file: Path | None,
    page_size: int,
    entities: str | None,
    token_file: Path | None,
    decisions: bool,
) -> None:
    """Read an RDF file, or the answer of a SPARQL endpoint, into the graph.

    Quads keep their graphs; triples go to one. Each graph that the file names is replaced by what the file says of it.
    The suffix names the syntax: .nq .trig .ttl .nt .rdf .owl .xml .jsonld, each also with .gz.

    With --endpoint and --query, the triples go to .../import/HOST-NAME of the query file. The host must stand in
    remote.hosts of kg.toml.

    With --decisions, what others have decided counts here too. Where two contradict each other, the later holds until
    somebody decides, and both are shown.
    """
    if decisions:
        others = (graph_name, endpoint, query_file, entities, token_file)
        if file is None or skip_derived or bulk or any(each is not None for each in others):
            raise click.UsageError("--decisions needs a FILE, and no other option.")
        import_decisions(session, file)
        return
    target = None if graph_name is None else _iri(graph_name)
    if endpoint is not None:
        if file is not None or query_file is None or skip_derived or bulk:
            raise click.UsageError("--endpoint needs --query, and neither FILE nor --skip-derived nor --bulk.")
        count = import_endpoint(session, endpoint, query_file, target, page_size, entities, token_file)
    elif file is None or query_file is not None or entities is not None or token_file is not None:
        raise click.UsageError("Name a FILE to read, or an endpoint: --endpoint URL --query FILE.")
    else:
        with session.open(write=True) as graph:
            count = (
                _import_bulk(session, graph, file, target, skip_derived)
                if bulk
                else import_file(graph, file, target, skip_derived)
            )
    document = {
        "quads": count.quads,
        "added": count.added,
        "removed": count.removed,
        "graphs": [name.value for name in count.graphs],
        "skipped": {name.value: quads for name, quads in count.skipped},
    }
    graphs = "1 graph" if len(count.graphs) == 1 else f"{len(count.graphs)} graphs"
    lines = [f"{count.quads:,} quads in {graphs}: {count.added:,} added, {count.removed:,} removed."]
    lines += [f"{quads:,} quads of {name.value} were left out." for name, quads in count.skipped]
    session.answer(document, "\n".join(lines))


def _import_bulk(
    session: Session, graph: KnowledgeGraph, file: Path, target: NamedNode | None, skip_derived: bool
) -> ImportCount:
    offline = offline_import(session.home, session.config().neo4j, session.say)
    return fill_from_file(graph, file, target, skip_derived, offline)


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise InputError(f"--graph {text!r} is no absolute IRI: {error}") from error


@command("export")
@click.option("--format", "name", type=click.Choice(list(EXPORTS)), help="Default: nquads; jsonld with --json.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it to a file.")
@click.option("--decisions", is_flag=True, help="Write what was decided instead: JSON Lines, for `kg import`.")
@click.option("--examples", is_flag=True, help="Write judged sentences instead: JSON Lines, to learn from.")
def export_data(session: Session, name: str | None, out: Path | None, decisions: bool, examples: bool) -> None:
    """Write the graph to a file.

    Without --out it goes to standard output. nquads, trig and jsonld hold the named graphs; turtle, ntriples and rdfxml
    the default graph; graphml and gexf a network for drawing. Equal datasets give equal bytes.

    --decisions writes the log of what was decided, with authors and times. --examples writes the sentences of which
    something was accepted or rejected: {"text", "triples": [{"subject", "predicate", "object"}], "rejected": […]}.
    """
    if decisions or examples:
        if name is not None or (decisions and examples):
            raise click.UsageError("--decisions and --examples are JSON Lines: leave out --format, and choose one.")
        if decisions:
            _answer_lines(session, decision_log, "decisions", out)
        else:
            _answer_lines(session, example_lines, "examples", out)
        return
    if session.as_json and out is None and name not in (None, "jsonld"):
        raise click.UsageError("--json without --out writes JSON-LD; leave out --format, or name a file.")
    name = name or ("jsonld" if session.as_json and out is None else "nquads")
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        complete = cast(BinaryIO, spool)
        with session.open() as graph:
            export(graph, name, complete)
        size = complete.tell()
        complete.seek(0)
        if out is not None:
            _write_file(complete, out)
            session.answer({"file": str(out), "format": name, "bytes": size}, f"{out}: {size:,} bytes of {name}.")
            return
        sys.stdout.flush()
        shutil.copyfileobj(complete, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _answer_lines(
    session: Session, lines: Callable[[Session], AbstractContextManager[Iterator[str]]], what: str, out: Path | None
) -> None:
    """Write JSON Lines to a file or to standard output, all or none."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        count = 0
        with lines(session) as found:
            for line in found:
                spool.write(f"{line}\n".encode())
                count += 1
        spool.seek(0)
        if out is None:
            sys.stdout.flush()
            shutil.copyfileobj(spool, sys.stdout.buffer)
            sys.stdout.buffer.flush()
            return
        _write_file(cast(BinaryIO, spool), out)
    session.answer({"file": str(out), "format": what, "lines": count}, f"{out}: {count:,} lines of {what}.")


def _write_file(content: BinaryIO, path: Path) -> None:
    """Write a file so that it is whole or not there."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            shutil.copyfileobj(content, file)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
