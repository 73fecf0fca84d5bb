"""The graph that holds the ontology, and what follows from it for the derived graphs."""

from __future__ import annotations

from collections.abc import Iterator

from kg.derived import derive_again
from kg.graph import KnowledgeGraph
from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term, canonical

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

    by_predicate: dict[NamedNode, list[Quad]] = {}
    for quad in add:
        by_predicate.setdefault(quad.predicate, []).append(quad)

    def match(
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: NamedNode | BlankNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        """Read the store as it will be with the new ontology."""
        yield from (q for q in graph.store.match(subject, predicate, object, graph_name) if q not in remove)
        for quad in by_predicate.get(predicate, ()) if predicate is not None else add:
            fits = (
                (subject, quad.subject),
                (predicate, quad.predicate),
                (object, quad.object),
                (graph_name, quad.graph_name),
            )
            if all(wanted is None or wanted == found for wanted, found in fits):
                yield quad

    if graph.store.dataset != "merged":
        return Change(tuple(add), tuple(remove))
    derived = derive_again(match, graph.ontology, graph.minter)
    return Change((*add, *derived.add), (*remove, *derived.remove))


def _own(term: Term) -> Term:
    """Give a blank node a label that no other graph uses."""
    return BlankNode(f"ontology{term.value}") if isinstance(term, BlankNode) else term
