"""The sentence that a statement was read from."""

from __future__ import annotations

from kg.explain.reading import merged
from kg.explain.sources import evidence_of, source_of
from kg.graph import KnowledgeGraph
from kg.paths.model import Sentence
from kg.rdf import KG, RDF, NamedNode

__all__ = ["sentence_of"]


def sentence_of(graph: KnowledgeGraph, subject: NamedNode, predicate: NamedNode, object_: NamedNode) -> Sentence | None:
    """Return the sentence of a statement, None for one that has no evidence.

    Of several the surest one, then by note and place. Of things with much evidence only that of the one that has less
    of it is read.
    """
    found = []
    for evidence in evidence_of(graph, subject, object_):
        row = {quad.predicate: quad.object for quad in merged(graph, evidence)}
        if row.get(RDF["type"]) == KG["Evidence"] and row.get(RDF["predicate"]) == predicate:
            found.append(source_of(graph, evidence, row))
    return min(found, key=lambda each: (-each.confidence, each.path, each.start, each.id), default=None)
