"""LOAD: the quads of a document on another server (SPARQL 1.1 Update, 3.1.4)."""

from __future__ import annotations

from typing import Any

from kg.errors import QueryError, RemoteError
from kg.rdf import BlankNode, DefaultGraph, Quad, Term, Triple, canonical
from kg.remote import RemoteAccess, fetch, read_rdf

__all__ = ["load_quads"]

_ACCEPTED = "application/n-quads, application/n-triples, application/trig, text/turtle, application/rdf+xml, */*;q=0.1"


def load_quads(remote: RemoteAccess, url: str, keeps_graphs: bool) -> list[Quad]:
    """Return the quads of a document with canonical terms; its blank nodes are no others' (Update, 4.1.2).

    Args:
        keeps_graphs: whether the document may name graphs; else it must be of triples alone.

    Raises:
        QueryError: it names a graph and must not.
        RemoteError: the server may not be asked, or has no such document. LimitError: it is too long.
        RdfSyntaxError: the document is wrong, with line and column.
    """
    response = fetch(remote, url, headers={"Accept": _ACCEPTED})
    if response.status != 200:
        raise RemoteError(response.url, f"answered with status {response.status}")
    fresh: dict[BlankNode, BlankNode] = {}
    quads = [
        Quad(
            _renamed(quad.subject, fresh),
            quad.predicate,
            canonical(_renamed(quad.object, fresh)),
            _renamed(quad.graph_name, fresh),
        )
        for quad in read_rdf(response)
    ]
    named = next((quad.graph_name for quad in quads if quad.graph_name != DefaultGraph()), None)
    if named is not None and not keeps_graphs:
        raise QueryError(f"SPARQL: <{url}> has the graph {named}; without INTO GRAPH it keeps it.")
    return quads


def _renamed(term: Term | DefaultGraph, fresh: dict[BlankNode, BlankNode]) -> Any:
    """Return a term of the same kind without the document's labels."""
    if isinstance(term, BlankNode):
        return fresh.setdefault(term, BlankNode())
    if isinstance(term, Triple):
        return Triple(_renamed(term.subject, fresh), term.predicate, _renamed(term.object, fresh))
    return term
