"""Commands that move the graph from and to files."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

import click

from kg.cli.session import Session, command
from kg.errors import InputError
from kg.exchange.exporting import EXPORTS, export
from kg.exchange.importing import import_file
from kg.rdf import NamedNode

__all__ = ["export_data", "import_data"]

_IN_MEMORY = 64_000_000
"""Bytes of an export that are kept in memory until it is complete; more goes to a temporary file."""


@command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--graph", "graph_name", metavar="IRI", help="Where triples go; else .../import/NAME of the file.")
@click.option("--skip-derived", is_flag=True, help="Leave out the graphs that no file may write, and say how many.")
def import_data(session: Session, file: Path, graph_name: str | None, skip_derived: bool) -> None:
    """Read an RDF file into the graph.

    Quads keep their graphs; triples go to one. Each graph that the file names is replaced by what the file says of it.
    The suffix names the syntax: .nq .trig .ttl .nt .rdf .owl .xml .jsonld, each also with .gz.
    """
    target = None if graph_name is None else _iri(graph_name)
    with session.open(write=True) as graph:
        count = import_file(graph, file, target, skip_derived)
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


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise InputError(f"--graph {text!r} is no absolute IRI: {error}") from error


@command("export")
@click.option("--format", "name", type=click.Choice(list(EXPORTS)), help="Default: nquads; jsonld with --json.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it to a file.")
def export_data(session: Session, name: str | None, out: Path | None) -> None:
    """Write the graph to a file.

    Without --out it goes to standard output. nquads, trig and jsonld hold the named graphs; turtle, ntriples and rdfxml
    the default graph; graphml and gexf a network for drawing. Equal datasets give equal bytes.
    """
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


def _write_file(content: BinaryIO, path: Path) -> None:
    """Write a file so that it is whole or not there."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            shutil.copyfileobj(content, file)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
