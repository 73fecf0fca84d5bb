"""The graph that holds the ontology, and what follows from it for the derived graphs."""

from __future__ import annotations

from kg.entailment import as_changed, entail_again
from kg.graph import KnowledgeGraph
from kg.model import Change
from kg.rdf import BlankNode, Quad, Term, canonical

__all__ = ["ontology_change", "ontology_quads"]


def ontology_quads(graph: KnowledgeGraph) -> frozenset[Quad]:
    """Return what the graph of the ontology should hold."""
    name = graph.minter.graph("ontology")
    return frozenset(
        Quad(_own(t.subject), t.predicate, _own(canonical(t.object)), name)  # type: ignore[arg-type]
        for t in graph.ontology.triples
    )


def ontology_change(graph: KnowledgeGraph, wanted: frozenset[Quad]) -> Change:
    """Return the change that makes the stored ontology the one in force, derived graphs included; often empty.

    Args:
        wanted: what `ontology_quads` says.
    """
    name = graph.minter.graph("ontology")
    held = set(graph.store.match(graph_name=name))
    add, remove = frozenset(wanted - held), frozenset(held - wanted)
    if not add and not remove:
        return Change()

    change = Change(tuple(add), tuple(remove))
    if graph.store.dataset != "merged":
        return change
    derived = entail_again(as_changed(graph.store.match, change), graph.ontology, graph.minter)
    return Change((*add, *derived.add), (*remove, *derived.remove))


def _own(term: Term) -> Term:
    """Give a blank node a label that no other graph uses."""
    return BlankNode(f"ontology{term.value}") if isinstance(term, BlankNode) else term
