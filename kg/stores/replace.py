"""Replacing what a named graph holds by the smallest change."""

from __future__ import annotations

from collections.abc import Iterable

from kg.model import Change
from kg.rdf import NamedNode, Quad, canonical
from kg.stores import Store

__all__ = ["replace_graph", "replacement"]


def replacement(store: Store, graph_name: NamedNode, quads: Iterable[Quad]) -> Change:
    """Return the smallest change after which a graph holds exactly these quads.

    Both parts are sorted by their N-Quads text, so that equal inputs give equal changes.

    Raises:
        ValueError: a quad is of another graph.
    """
    wanted = {Quad(quad.subject, quad.predicate, canonical(quad.object), quad.graph_name) for quad in quads}
    for quad in wanted:
        if quad.graph_name != graph_name:
            raise ValueError(f"A quad of {quad.graph_name} cannot replace one of {graph_name}.")
    held = set(store.match(graph_name=graph_name))
    return Change(add=tuple(sorted(wanted - held, key=str)), remove=tuple(sorted(held - wanted, key=str)))


def replace_graph(store: Store, graph_name: NamedNode, quads: Iterable[Quad]) -> Change:
    """Make a graph hold exactly these quads, all or nothing, and return the change that did it.

    The derived graphs do not follow: `kg.graph.commit` is the way of everything but tests and benchmarks.
    """
    change = replacement(store, graph_name, quads)
    if change.add or change.remove:
        store.commit(change)
    return change
