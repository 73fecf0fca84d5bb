"""What `kg import --endpoint` does: ask another endpoint, then store its answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from kg.cli.queries import find_saved
from kg.cli.session import Session
from kg.errors import InputError, RemoteError
from kg.exchange.endpoint import import_answer, read_endpoint
from kg.exchange.importing import ImportCount
from kg.query.library import bind
from kg.query.paging import PagedQuery, batches, plan_pages
from kg.query.sparql import run_sparql
from kg.rdf import NamedNode, Term
from kg.results import Solutions

__all__ = ["import_endpoint"]

BATCH = 100
"""Entities in one query."""


def import_endpoint(
    session: Session,
    endpoint: str,
    query_file: Path,
    graph_name: NamedNode | None,
    page_size: int,
    entities: str | None,
    token_file: Path | None,
) -> ImportCount:
    """Ask an endpoint, and replace an import graph by its answer; nobody waits for the store meanwhile.

    Raises:
        RemoteError: no host is allowed, this one is not, or it failed; nothing was stored.
    """
    remote = session.remote()
    if remote is None:
        raise RemoteError(endpoint, "no other server is asked here. To allow one, set remote.hosts in kg.toml")
    text = _read(query_file)
    token = None if token_file is None else _read(token_file).strip()
    queries: Sequence[PagedQuery] = [plan_pages(text)]
    if entities is not None:
        terms = _entities(session, entities)
        queries = [plan_pages(batch) for batch in batches(text, terms, BATCH)]
    part = [0]

    def show(done: int, total: int) -> None:
        """Say how far it is, on a terminal."""
        part[0] += done >= total
        if sys.stderr.isatty():
            rows = f"{done:,} of {total:,} solutions, " if total else ""
            click.echo(f"\r{rows}{part[0]} of {len(queries)} queries\x1b[K", nl=part[0] == len(queries), err=True)

    found = read_endpoint(remote, endpoint, queries, page_size, token, show)
    with session.open(write=True) as graph:
        return import_answer(graph, found, endpoint, text, query_file.stem, graph_name)


def _entities(session: Session, name: str) -> list[Term]:
    """Return what a saved query gives in its first column, each term once."""
    query = find_saved(session, name)
    with session.open() as graph:
        result = run_sparql(graph, bind(query, {}, graph.ontology.class_named))
        if not isinstance(result, Solutions):
            raise InputError(f"--entities {name}: the query gives no rows; it must be a SELECT.")
        return list(dict.fromkeys(row[0] for row in result.rows if row and row[0] is not None))


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8 at byte {error.start}.") from error
