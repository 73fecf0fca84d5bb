"""Looking quads up in Oxigraph, with what its scans return in excess left out.

Oxigraph 0.5.13 on RocksDB bounds a prefix scan too far when the prefix ends in the byte 0xFF
(`scan_prefix` raises the byte before and keeps the 0xFF), so that a pattern ending in the integer 255
also yields the quads of 256 to 510. Terms that are stored by value (numbers, dates, some blank nodes)
are concerned; IRIs and strings are hashes. SPARQL compares again itself, except in property paths
(`tests/stores/test_oxigraph.py` has the case). This module can go when that test passes unexpectedly.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph

from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term
from kg.stores import GraphName

__all__ = ["find"]


def find(
    store: pyoxigraph.Store,
    subject: NamedNode | BlankNode | None = None,
    predicate: NamedNode | None = None,
    object: Term | None = None,
    graph_name: GraphName | None = None,
) -> Iterator[Quad]:
    """Return the quads that fit a pattern, lazily; None fits everything, the default graph included.

    Args:
        object: in canonical form.
    """
    found = store.quads_for_pattern(subject, predicate, object, graph_name)
    hashed = (NamedNode, DefaultGraph, type(None))
    if all(isinstance(term, hashed) for term in (subject, object, graph_name)):
        return found
    return (
        quad
        for quad in found
        if (subject is None or quad.subject == subject)
        and (object is None or quad.object == object)
        and (graph_name is None or quad.graph_name == graph_name)
    )
