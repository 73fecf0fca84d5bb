"""Reading the default graph for people: names of terms, paths of notes, and what is no fact."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.graph import KnowledgeGraph
from kg.rdf import DCT, KG, RDF, RDFS, DefaultGraph, Literal, NamedNode, Quad, Term, local_name

__all__ = ["PLUMBING", "classes_of", "first_value", "in_names", "is_known", "merged", "name_of", "path_of"]

PLUMBING = frozenset(
    KG[name]
    for name in (
        "contentHash", "describes", "form", "graph", "keeper", "mergedFrom", "name", "ofItem", "path", "preferredName",
        "root", "stateHash",
    )
) | {RDF["type"], RDFS["label"], DCT["title"], DCT["identifier"]}  # fmt: skip
"""Properties that are shown otherwise than as facts, or not at all."""
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`,;]+(?<![.)])")
"""An IRI inside a text; it may end a sentence, or stand in brackets."""


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


def classes_of(graph: KnowledgeGraph, iri: NamedNode) -> tuple[str, ...]:
    """Return the labels of the most specific classes of a thing."""
    found = {q.object for q in merged(graph, iri, RDF["type"]) if isinstance(q.object, NamedNode)}
    wider = {parent for class_iri in found for parent in graph.ontology.superclasses(class_iri)}
    return tuple(sorted(graph.ontology.label(class_iri) for class_iri in found - wider))


def in_names(graph: KnowledgeGraph, text: str) -> str:
    """Return a text in which the names of things stand in the place of their IRIs."""
    return _IRI.sub(lambda match: name_of(graph, NamedNode(match[0])), text)
