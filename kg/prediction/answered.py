"""What people have said about triples: whoever was asked once is not asked again."""

from __future__ import annotations

from kg.decisions import Passage, Prediction, read_log
from kg.embeddings import NamedTriple
from kg.graph import KnowledgeGraph
from kg.prediction.relations import Relations
from kg.rdf import KG, Literal, NamedNode

__all__ = ["answered_triples"]


def answered_triples(graph: KnowledgeGraph) -> frozenset[NamedTriple]:
    """Return the triples that decisions in force accept or reject, in the direction that is learnt.

    Predictions, and statements of notes: what was rejected in a sentence is not asked again as a guess. Of what was
    merged since, the triple of its keeper is answered as well; of a symmetric relation, both directions.
    """
    relations, keepers = Relations(graph.ontology), _keepers(graph)
    found: set[NamedTriple] = set()
    for decision in read_log(graph.store.match, graph.minter).in_force():
        target = decision.target
        if not isinstance(target, Prediction | Passage) or not isinstance(target.object, NamedNode):
            continue
        term = graph.ontology.properties.get(target.predicate)
        for subject in _names(target.subject, keepers):
            for object_ in _names(target.object, keepers):
                triple = relations.directed((subject, target.predicate.value, object_))
                found.add(triple)
                if term is not None and term.symmetric:
                    found.add((triple[2], triple[1], triple[0]))
    return frozenset(found)


def _names(iri: NamedNode, keepers: dict[str, str]) -> set[str]:
    return {iri.value, keepers.get(iri.value, iri.value)}


def _keepers(graph: KnowledgeGraph) -> dict[str, str]:
    """Return under which IRI each merged entity is kept."""
    resolution = graph.minter.graph("resolution")
    forms = {
        quad.subject: quad.object.value
        for quad in graph.store.match(None, KG["form"], None, resolution)
        if isinstance(quad.object, Literal)
    }
    return {
        forms[quad.subject]: quad.object.value
        for quad in graph.store.match(None, KG["keeper"], None, resolution)
        if quad.subject in forms and isinstance(quad.object, NamedNode)
    }
