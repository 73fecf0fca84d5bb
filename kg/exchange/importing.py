"""Reading RDF files into named graphs: the same file gives the same quads, whatever was there before."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from kg.errors import InputError, RdfSyntaxError
from kg.exchange.blank_nodes import with_canonical_labels
from kg.exchange.copying import is_empty
from kg.graph import KnowledgeGraph, commit, guarded_graphs, refusal
from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Triple, canonical, parse
from kg.stores import OfflineImport

__all__ = ["SUFFIXES", "ImportCount", "fill_from_file", "import_file", "place"]

SUFFIXES = {
    ".jsonld": RdfFormat.JSON_LD,
    ".nq": RdfFormat.N_QUADS,
    ".nt": RdfFormat.N_TRIPLES,
    ".owl": RdfFormat.RDF_XML,
    ".rdf": RdfFormat.RDF_XML,
    ".trig": RdfFormat.TRIG,
    ".ttl": RdfFormat.TURTLE,
    ".xml": RdfFormat.RDF_XML,
}
"""The syntax of a file by its suffix; each may be followed by `.gz`."""


@dataclass(frozen=True, slots=True)
class ImportCount:
    """What an import did: quads of the file, quads that came and went, and its graphs.

    `skipped` counts the quads of graphs that are never imported, by graph.
    """

    quads: int
    added: int
    removed: int
    graphs: tuple[NamedNode, ...]
    skipped: tuple[tuple[NamedNode, int], ...] = ()


def import_file(
    graph: KnowledgeGraph, path: Path, graph_name: NamedNode | None = None, skip_system: bool = False
) -> ImportCount:
    """Replace the graphs that a file names by what it says of them; triples go to one graph.

    That graph is `…/import/NAME` with the file's name without suffixes. Terms get their canonical form
    and blank nodes their canonical labels, so a second import of an equal file changes nothing. Relative
    IRIs are resolved against the graph for triples. In memory: about 1 kB a quad.

    Args:
        graph_name: where triples go instead.
        skip_system: leave out, and count, what refuses to be imported: decisions, names, inferred.

    Raises:
        RdfSyntaxError: with file, line and column; nothing was changed.
        InputError: the file cannot be read, or has too many blank nodes; nothing was changed.
        UnsupportedQueryError: the file names a graph that is not imported.
    """
    quads, skipped = _read(graph, path, graph_name, skip_system)
    wanted = with_canonical_labels((quad for each in quads.values() for quad in each), str(path))
    held = {quad for name in quads for quad in graph.store.match(graph_name=name)}
    change = Change(tuple(sorted(wanted - held, key=str)), tuple(sorted(held - wanted, key=str)))
    if change.add or change.remove:
        commit(graph, change)
    return _count(quads, skipped, len(wanted), len(change.add), len(change.remove))


def fill_from_file(
    graph: KnowledgeGraph,
    path: Path,
    graph_name: NamedNode | None = None,
    skip_system: bool = False,
    offline: OfflineImport | None = None,
) -> ImportCount:
    """Have an empty graph hold what a file says, as `import_file` would, in the fastest way that its store has.

    Args:
        offline: as `Store.fill` takes it.

    Raises:
        InputError: the graph is not empty. Also what `import_file` raises; then nothing was changed.
    """
    if not is_empty(graph.store):
        raise InputError("--bulk fills an empty graph, and this one is not: import without it, or into a new home.")
    quads, skipped = _read(graph, path, graph_name, skip_system)
    wanted: Collection[Quad] = [quad for each in quads.values() for quad in each]
    if any(isinstance(term, BlankNode | Triple) for quad in wanted for term in (quad.subject, quad.object)):
        wanted = with_canonical_labels(wanted, str(path))
    graph.store.fill(wanted, offline)
    return _count(quads, skipped, len(wanted), len(wanted), 0)


def _read(
    graph: KnowledgeGraph, path: Path, graph_name: NamedNode | None, skip_system: bool
) -> tuple[dict[NamedNode, dict[Quad, None]], dict[NamedNode, int]]:
    """Return a file's quads by their graphs, in its order, and how many were left out of others."""
    rdf_format = _format_of(path)
    target = graph_name or graph.minter.import_graph(_stem(path))
    refused = guarded_graphs(graph.minter)
    if target in refused:
        raise refusal("Import", target, refused[target])
    quads: dict[NamedNode, dict[Quad, None]] = {}
    skipped: dict[NamedNode, int] = {}
    with _open(path) as file:
        for quad in place(parse(file, rdf_format, str(path), base_iri=target.value), target, str(path)):
            name = quad.graph_name
            assert isinstance(name, NamedNode)
            if name in refused:
                if not skip_system:
                    raise refusal("Import", name, refused[name])
                skipped[name] = skipped.get(name, 0) + 1
            else:
                quads.setdefault(name, {})[quad] = None
    if not quads and not skipped:
        quads[target] = {}  # an empty file empties its graph
    return quads, skipped


def _count(
    quads: Iterable[NamedNode], skipped: dict[NamedNode, int], wanted: int, added: int, removed: int
) -> ImportCount:
    graphs, left_out = sorted(quads, key=str), sorted(skipped.items(), key=str)
    return ImportCount(wanted, added, removed, tuple(graphs), tuple(left_out))


def _format_of(path: Path) -> RdfFormat:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    if not suffixes or suffixes[-1] not in SUFFIXES:
        raise InputError(
            f"{path}: its suffix names no RDF syntax. Known: {', '.join(sorted(SUFFIXES))}, each also .gz."
        )
    return SUFFIXES[suffixes[-1]]


def _stem(path: Path) -> str:
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    return name.rpartition(".")[0] or name


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """Open a file, unpacked; what fails while it is read is ours too."""
    try:
        with path.open("rb") as packed:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=packed)) if path.name.lower().endswith(".gz") else packed
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be read: {reason}") from error


def place(quads: Iterable[Quad], target: NamedNode, source: str) -> Iterator[Quad]:
    """Yield quads in named graphs, with canonical terms; triples go to the target.

    Raises:
        RdfSyntaxError: a graph is named by a blank node.
    """
    for quad in quads:
        name = target if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name
        if isinstance(name, BlankNode):
            raise RdfSyntaxError(source, f"the graph {name} is named by a blank node; graphs need IRIs here")
        yield Quad(quad.subject, quad.predicate, canonical(quad.object), name)
