"""Paths in words."""

from __future__ import annotations

from collections.abc import Callable

from kg.explain.reading import name_of
from kg.graph import KnowledgeGraph
from kg.paths.model import Path
from kg.rdf import NamedNode

__all__ = ["path_words", "words_for"]


def path_words(path: Path, names: Callable[[NamedNode], str]) -> str:
    """Return the statements of a path in one line: `Noemata uses spaCy; Prodigy uses spaCy`.

    Args:
        names: what resources and properties are called; see `words_for`.
    """
    return "; ".join(
        " ".join(" ".join(names(term).split()) for term in (step.subject, step.predicate, step.object))
        for step in path.steps
    )


def words_for(graph: KnowledgeGraph) -> Callable[[NamedNode], str]:
    """Return what a graph calls resources and properties: its names, and the labels of the ontology. Kept once read."""
    known: dict[NamedNode, str] = {}

    def name(iri: NamedNode) -> str:
        if iri not in known:
            ontology = graph.ontology
            is_term = iri in ontology.properties or iri in ontology.classes
            known[iri] = ontology.label(iri) if is_term else name_of(graph, iri)
        return known[iri]

    return name
