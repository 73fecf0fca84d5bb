"""Which note people mean."""

from __future__ import annotations

from kg.errors import InputError
from kg.explain import find_resource
from kg.graph import KnowledgeGraph
from kg.rdf import DCT, KG, Literal, NamedNode

__all__ = ["find_item", "is_note"]


def find_item(graph: KnowledgeGraph, target: str) -> NamedNode:
    """Return the note that a text names: an IRI, a path, the id of a line or a note, or a name.

    What a note describes leads to the note, the first of several by IRI.

    Raises:
        NotFoundError: nothing is called so. InputError: it is no note, and none describes it.
    """
    by_id = {quad.subject for quad in graph.store.match(None, DCT["identifier"], Literal(target))}
    notes = sorted((each for each in by_id if isinstance(each, NamedNode) and is_note(graph, each)), key=str)
    if len(notes) == 1:
        return notes[0]
    found = find_resource(graph, target)
    if is_note(graph, found):
        return found
    about = {quad.subject for quad in graph.store.match(None, KG["describes"], found)}
    notes = sorted((each for each in about if isinstance(each, NamedNode)), key=str)
    if not notes:
        raise InputError(f"{target!r} is {found.value}, which is no note and described by none: name a note.")
    return notes[0]


def is_note(graph: KnowledgeGraph, iri: NamedNode) -> bool:
    """Tell whether the graph has a note with an IRI."""
    return next(graph.store.match(iri, KG["path"]), None) is not None
