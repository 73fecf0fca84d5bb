"""Filling an empty database: by the server's own importer where that can be had, else by batches of plain writes.

The importer works on a server that is stopped, and replaces the database: constraints, catalogue and the binding to
the home are made again after it.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kg.errors import StoreError
from kg.model import Change
from kg.property_graph import AbsentGraph
from kg.property_graph.shape import shape
from kg.rdf import Quad
from kg.stores import OfflineImport, Opening
from kg.stores.files import BULK
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.csv_files import IMPORT_OPTIONS, ImportFiles, stored_properties, write_files
from kg.stores.neo4j.driver import Connection, Transaction
from kg.stores.neo4j.schema import prepare
from kg.stores.neo4j.writing import write

__all__ = ["fill_database"]

IMPORT_FROM = 200_000
"""Quads from which it is worth it to stop and start the server."""

_QUADS_A_COMMIT = 25_000
_ROWS = 5_000

_HAS_GRAPH = "MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH '_') RETURN count(*) > 0 LIMIT 1"
_SYSTEM = (
    "MATCH (n) WHERE any(l IN labels(n) WHERE l STARTS WITH '_') AND NOT n:_Passage AND NOT n:_Passages "
    "RETURN labels(n), properties(n)"  # passages are written anew
)
_RESTORE = "UNWIND $rows AS r CREATE (n) SET n:$(r[0]), n = r[1]"
_COMPLETE = "UNWIND $rows AS r MERGE (n:Resource {iri: r[0]}) SET n:$(r[1]), n += r[2]"
_RELATE = (
    "UNWIND $rows AS r MATCH (s:Resource {iri: r[0]}) MATCH (o:Resource {iri: r[2]}) "
    "CREATE (s)-[l:$(r[1])]->(o) SET l._g = r[3]"
)


def fill_database(
    connection: Connection,
    catalogue: Catalogue,
    opening: Opening,
    absent: AbsentGraph,
    quads: Iterable[Quad],
    offline: OfflineImport | None = None,
    import_from: int | None = None,
) -> tuple[Connection, Catalogue]:
    """Write quads into a database that holds no graph. Not all or nothing: what fails leaves a part.

    What is returned is to be used from then on: another database may be in the place of the one that there was.

    Args:
        offline: has the server stopped, its importer run and the server started again; None where it is not ours.
        import_from: quads from which that is done; None is `IMPORT_FROM`.

    Raises:
        StoreError: the database holds a graph.
    """
    import_from = IMPORT_FROM if import_from is None else import_from
    _refuse_graph(connection)
    rest = iter(quads)
    first = list(itertools.islice(rest, 0 if offline is None else import_from))
    quads = itertools.chain(first, rest)
    if offline is None or len(first) < import_from:
        _write_batches(connection, catalogue, absent, quads)
        return connection, catalogue
    return _import(connection, catalogue, opening, absent, quads, offline)


def _refuse_graph(connection: Connection) -> None:
    if connection.run(_HAS_GRAPH) == [[True]]:
        raise StoreError(f"The database at {connection.address.uri} is not empty; a bulk load fills an empty one.")


def _write_batches(connection: Connection, catalogue: Catalogue, absent: AbsentGraph, quads: Iterator[Quad]) -> None:
    while chunk := tuple(itertools.islice(quads, _QUADS_A_COMMIT)):
        write(connection, catalogue, Change(chunk), absent)


def _import(
    connection: Connection,
    catalogue: Catalogue,
    opening: Opening,
    absent: AbsentGraph,
    quads: Iterable[Quad],
    offline: OfflineImport,
) -> tuple[Connection, Catalogue]:
    graph = shape(quads, catalogue.names, absent)
    with tempfile.TemporaryDirectory(dir=opening.folder, prefix=BULK) as folder:
        files = write_files(graph, Path(folder))
        del graph
        _refuse_graph(connection)  # writing the files took minutes, and what others wrote meanwhile would be gone
        system = connection.run(_SYSTEM)
        connection.close()
        offline((*IMPORT_OPTIONS, *files.arguments))
    connection = Connection(connection.address)  # the old one knows bookmarks of a database that is gone
    _run(connection, _RESTORE, system)
    catalogue, _ = prepare(connection, opening)
    _complete(connection, files)
    return connection, catalogue


def _complete(connection: Connection, files: ImportFiles) -> None:
    nodes = [[node.key, sorted(node.labels), stored_properties(node)] for node in files.nodes]
    _run(connection, _COMPLETE, nodes)
    links = [[each.start, each.type, each.end, list(each.graphs or ()) or None] for each in files.relationships]
    _run(connection, _RELATE, links)


def _run(connection: Connection, text: str, rows: list[list[Any]]) -> None:
    for start in range(0, len(rows), _ROWS):

        def work(transaction: Transaction, start: int = start) -> None:
            transaction.run(text, rows=rows[start : start + _ROWS])

        connection.write(work)
