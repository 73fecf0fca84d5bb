"""Reading the default graph for people: names of terms, paths of notes, and what is no fact."""

from __future__ import annotations

from collections.abc import Iterator

from kg.graph import KnowledgeGraph
from kg.rdf import DCT, KG, RDF, RDFS, DefaultGraph, Literal, NamedNode, Quad, Term, local_name

__all__ = ["PLUMBING", "first_value", "is_known", "merged", "name_of", "path_of"]

PLUMBING = frozenset(
    KG[name]
    for name in (
        "contentHash", "describes", "form", "graph", "keeper", "mergedFrom", "name", "path", "preferredName", "root",
        "stateHash",
    )
) | {RDF["type"], RDFS["label"], DCT["title"], DCT["identifier"]}  # fmt: skip
"""Properties that are shown otherwise than as facts, or not at all."""


def merged(
    graph: KnowledgeGraph,
    subject: NamedNode | None = None,
    predicate: NamedNode | None = None,
    object: Term | None = None,
) -> Iterator[Quad]:
    """Yield the quads of the default graph that fit."""
    return graph.store.match(subject, predicate, object, DefaultGraph())


def is_known(graph: KnowledgeGraph, iri: NamedNode) -> bool:
    """Tell whether the default graph says something of a resource."""
    return any(next(found, None) is not None for found in (merged(graph, iri), merged(graph, object=iri)))


def first_value(graph: KnowledgeGraph, subject: NamedNode, predicate: NamedNode) -> Term | None:
    """Return a value of a property, the first of several, None without any."""
    return min((quad.object for quad in merged(graph, subject, predicate)), key=str, default=None)


def name_of(graph: KnowledgeGraph, term: Term) -> str:
    """Return what a term is called: its name, a literal's text, the title of its note, else the end of its IRI."""
    if isinstance(term, Literal):
        return term.value
    if not isinstance(term, NamedNode):
        return str(term)
    note = NamedNode(term.value.removesuffix("#it"))
    for named in dict.fromkeys((term, note)):  # what was merged into something else keeps its note's title
        name = first_value(graph, named, KG["name"])
        if isinstance(name, Literal):
            return name.value
    return local_name(note).removesuffix(".md") or term.value


def path_of(graph: KnowledgeGraph, note: object) -> str:
    """Return the path of a note, its IRI for one that has none."""
    path = first_value(graph, note, KG["path"]) if isinstance(note, NamedNode) else None
    return path.value if isinstance(path, Literal) else str(note)
