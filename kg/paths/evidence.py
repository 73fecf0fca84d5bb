"""The sentence that a statement was read from."""

from __future__ import annotations

import itertools

from kg.explain.reading import merged
from kg.explain.sources import source_of
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
    for evidence in _about_both(graph, subject, object_):
        row = {quad.predicate: quad.object for quad in merged(graph, evidence)}
        if row.get(RDF["type"]) == KG["Evidence"] and row.get(RDF["predicate"]) == predicate:
            found.append(source_of(graph, evidence, row))
    return min(found, key=lambda each: (-each.confidence, each.path, each.start, each.id), default=None)


def _about_both(graph: KnowledgeGraph, subject: NamedNode, object_: NamedNode) -> list[NamedNode]:
    """Return what is evidence of two terms, in these places."""
    roles = ((RDF["subject"], subject), (RDF["object"], object_))
    found: tuple[list[NamedNode], list[NamedNode]] = ([], [])
    for pair in itertools.zip_longest(*(merged(graph, None, role, term) for role, term in roles)):
        for quad, evidence in zip(pair, found, strict=True):
            if quad is not None and isinstance(quad.subject, NamedNode):
                evidence.append(quad.subject)
        if None in pair:  # one of both is read to its end
            break
    shorter, other = (0, 1) if len(found[0]) <= len(found[1]) else (1, 0)
    role, term = roles[other]
    return [each for each in found[shorter] if next(merged(graph, each, role, term), None) is not None]
