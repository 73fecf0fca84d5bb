"""Writing the graph to a file: equal datasets give equal bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, TypeVar

import pyoxigraph

from kg.errors import InputError, UnknownNameError
from kg.exchange.network import write_gexf, write_graphml
from kg.graph import KnowledgeGraph
from kg.rdf import FORMATS, DefaultGraph, Literal, Quad, RdfFormat, Term, Triple, serialise

__all__ = ["EXPORTS", "export"]

_Statement = TypeVar("_Statement", Quad, Triple)

_PIECE = 10_000
"""Quads or triples written at a time, where the syntax allows pieces."""
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_NAME = re.compile(r"[^\W\d][\w.\-·]*$")
"""The end of a predicate that RDF/XML can write as an element's name."""


def export(graph: KnowledgeGraph, name: str, out: BinaryIO) -> None:
    """Write the graph in a format; sorted, so equal datasets give equal bytes.

    `nquads`, `trig` and `jsonld` hold the named graphs (and the default graph of a separate dataset);
    `turtle`, `ntriples` and `rdfxml` hold the default graph, which is the merge; `graphml` and `gexf`
    hold its network of things. All lines are sorted in memory, about 500 bytes a quad.

    Raises:
        UnknownNameError: no format has that name.
        InputError: the syntax cannot hold a term of the graph.
    """
    if name not in EXPORTS:
        raise UnknownNameError("format", name, EXPORTS)
    EXPORTS[name](graph, out)


def _quads(graph: KnowledgeGraph) -> list[Quad]:
    """Return the quads that a dataset syntax holds, sorted by graph and then by subject."""
    quads = list(graph.store.match())
    if graph.store.dataset == "separate":
        quads += graph.store.match(graph_name=DefaultGraph())
    return sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad)))


def _triples(graph: KnowledgeGraph) -> list[Triple]:
    return sorted((quad.triple for quad in graph.store.match(graph_name=DefaultGraph())), key=str)


def _write_nquads(graph: KnowledgeGraph, out: BinaryIO) -> None:
    lines = sorted(
        line for piece in _pieces(_quads(graph)) for line in serialise(piece, RdfFormat.N_QUADS).split(b"\n")
    )
    out.writelines(line + b"\n" for line in lines if line)


def _pieces(items: list[_Statement]) -> Iterator[list[_Statement]]:
    yield from (items[start : start + _PIECE] for start in range(0, len(items), _PIECE))


def _write_trig(graph: KnowledgeGraph, out: BinaryIO) -> None:
    out.write(serialise(_quads(graph), RdfFormat.TRIG))


def _write_turtle(graph: KnowledgeGraph, out: BinaryIO) -> None:
    out.write(serialise(_triples(graph), RdfFormat.TURTLE))


def _write_ntriples(graph: KnowledgeGraph, out: BinaryIO) -> None:
    for piece in _pieces(_triples(graph)):
        out.write(serialise(piece, RdfFormat.N_TRIPLES))


def _write_jsonld(graph: KnowledgeGraph, out: BinaryIO) -> None:
    quads = _quads(graph)
    try:
        out.write(_checked(pyoxigraph.serialize(quads, format=RdfFormat.JSON_LD)) + b"\n")
    except OSError as error:
        raise InputError(f"JSON-LD cannot hold this graph: {error}. Choose nquads.") from error


def _write_rdfxml(graph: KnowledgeGraph, out: BinaryIO) -> None:
    triples = _triples(graph)
    for triple in triples:
        if _XML_NAME.search(triple.predicate.value) is None:
            raise InputError(
                f"RDF/XML cannot write the predicate {triple.predicate}: its end is no XML name. Choose turtle."
            )
        if _has_no_xml(triple.object):
            raise InputError(f"RDF/XML cannot hold a character of {triple.object}. Choose turtle.")
    out.write(_checked(pyoxigraph.serialize(triples, format=RdfFormat.RDF_XML)) + b"\n")


def _has_no_xml(term: Term) -> bool:
    return isinstance(term, Literal) and _NO_XML.search(term.value) is not None


def _checked(written: bytes | None) -> bytes:
    assert written is not None
    return written


EXPORTS: Mapping[str, Callable[[KnowledgeGraph, BinaryIO], None]] = {
    "nquads": _write_nquads,
    "trig": _write_trig,
    "turtle": _write_turtle,
    "ntriples": _write_ntriples,
    "rdfxml": _write_rdfxml,
    "jsonld": _write_jsonld,
    "graphml": lambda graph, out: write_graphml(_network_source(graph), out),
    "gexf": lambda graph, out: write_gexf(_network_source(graph), out),
}
"""What `kg export` writes, by the name that flags use."""
assert set(FORMATS) <= set(EXPORTS)


def _network_source(graph: KnowledgeGraph) -> list[Triple]:
    """Return the triples a network is drawn from: the merge, or all graphs of a separate dataset."""
    if graph.store.dataset == "merged":
        return _triples(graph)
    return sorted({quad.triple for quad in _quads(graph)}, key=str)
