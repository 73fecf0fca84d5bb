"""What the default graph leaves out: triples of IRIs that are kept under another one.

One graph of the home says `… kg:hides "IRI"^^xsd:anyURI`, a line for each such IRI that other graphs still mention.
It is derived (`kg.merges`), so a store takes it as it is, and where it says nothing the default graph is the merge.
"""

from __future__ import annotations

from collections.abc import Iterable

from kg.rdf import KG, Literal, NamedNode, Quad, Term

__all__ = ["HIDES", "hidden_in", "is_hidden"]

HIDES = KG["hides"]


def hidden_in(quads: Iterable[Quad]) -> frozenset[NamedNode]:
    """Return the IRIs that quads with `kg:hides` say; what is no IRI hides nothing."""
    return frozenset(iri for quad in quads if (iri := _iri(quad.object)) is not None)


def _iri(term: Term) -> NamedNode | None:
    if not isinstance(term, Literal):
        return None
    try:
        return NamedNode(term.value)
    except ValueError:
        return None


def is_hidden(quad: Quad, hidden: frozenset[NamedNode]) -> bool:
    """Tell whether a quad has one of these IRIs as its subject or object, and no place in the default graph."""
    return bool(hidden) and (quad.subject in hidden or quad.object in hidden)
