"""What is around a thing, as nodes and edges to be drawn."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable
from typing import Any

from kg.browsing.reading import read_classes, read_names
from kg.graph import KnowledgeGraph
from kg.paths.things import Edge, Things
from kg.rdf import NamedNode

__all__ = ["MOST_HOPS", "neighbours_document"]

MOST_HOPS = 3
_MOST_EDGES = 5_000


def neighbours_document(
    graph: KnowledgeGraph, iri: NamedNode, hops: int, most: int, relations: Collection[NamedNode] = ()
) -> dict[str, Any]:
    """Return the `center`, the `nodes` around it and all statements between them (`edges`).

    A note and what it describes are one node, named by the latter; so `center` may be another IRI than was given.
    Nodes come nearest first; of equally near ones those first that more is said of than that they are linked or
    mentioned, then by the number of statements that lead to them, then by IRI. Beyond the center a hub, which leads
    from anywhere to anywhere, is shown but not walked through.

    Args:
        hops: how many statements away, from 1 to 3.
        most: how many nodes besides the center; `is_whole` says whether these are all.
        relations: only over these properties, those below them, and their inverses; none for all.
    """
    walk = _Walk(graph, relations)
    center = walk.things.thing(iri)
    distances, is_whole = walk.around(center, hops, most)
    edges = walk.among(distances)
    names = read_names(graph, {*distances, *(edge[1] for edge in edges)})
    classes = read_classes(graph, distances)
    return {
        "center": center.value,
        "nodes": [
            {
                "iri": node.value,
                "name": names[node],
                "classes": classes.get(node, []),
                "kind": _kind(graph, node),
                "distance": distance,
            }
            for node, distance in distances.items()
        ],
        "edges": [
            {"subject": s.value, "predicate": {"iri": p.value, "label": graph.ontology.label(p)}, "object": o.value}
            for s, p, o in edges[:_MOST_EDGES]
        ],
        "is_whole": is_whole and len(edges) <= _MOST_EDGES,
    }


class _Walk:
    """Walks over the statements that are asked for."""

    def __init__(self, graph: KnowledgeGraph, relations: Collection[NamedNode]) -> None:
        self.things = Things(graph)
        self._relations = _with_narrower(graph, relations) if relations else None

    def around(self, center: NamedNode, hops: int, most: int) -> tuple[dict[NamedNode, int], bool]:
        """Return the nodes with their distances, in order, and whether these are all."""
        distances = {center: 0}
        frontier, is_whole = [center], True
        for hop in range(1, hops + 1):
            reached: dict[NamedNode, list[Edge]] = {}
            for node in frontier:
                if node != center and self.things.is_hub(node):
                    continue
                near = self.things.neighbours(node)
                is_whole = is_whole and not near.is_partial
                for other, edges in near.edges.items():
                    chosen = self._chosen(edges)
                    if chosen and other not in distances:
                        reached.setdefault(other, []).extend(chosen)
            ordered = sorted(reached, key=lambda node: (self._is_plain(reached[node]), -len(reached[node]), node.value))
            room = most + 1 - len(distances)
            is_whole = is_whole and len(ordered) <= room
            frontier = ordered[:room]
            distances.update(dict.fromkeys(frontier, hop))
            if not frontier:
                break
        return distances, is_whole

    def among(self, nodes: Collection[NamedNode]) -> list[Edge]:
        """Return the statements between nodes, with the nodes for their ends, by subject, property and object."""
        things, found = self.things, set[Edge]()
        hubs = [node for node in nodes if things.is_hub(node)]
        for node in nodes:
            if not things.is_hub(node):
                near = things.neighbours(node).edges
                found.update(edge for other, edges in near.items() if other in nodes for edge in self._chosen(edges))
        for one, other in itertools.combinations(hubs, 2):
            found.update(self._chosen(things.between(one, other)))
        found = {(things.thing(s), p, things.thing(o)) for s, p, o in found}
        return sorted(found, key=lambda edge: tuple(term.value for term in edge))

    def _chosen(self, edges: Iterable[Edge]) -> list[Edge]:
        return [edge for edge in edges if self._relations is None or edge[1] in self._relations]

    def _is_plain(self, edges: Iterable[Edge]) -> bool:
        return all(self.things.is_plain(predicate) for _, predicate, _ in edges)


def _with_narrower(graph: KnowledgeGraph, relations: Collection[NamedNode]) -> frozenset[NamedNode]:
    """Return properties with those below them, and the inverses of all of these."""
    terms = graph.ontology.properties
    inverses: dict[NamedNode, set[NamedNode]] = {}
    for iri, term in terms.items():
        for inverse in term.inverses:
            inverses.setdefault(iri, set()).add(inverse)
            inverses.setdefault(inverse, set()).add(iri)
    found, pending = set[NamedNode](), list(relations)
    while pending:
        iri = pending.pop()
        if iri not in found:
            found.add(iri)
            pending += [narrower for narrower, term in terms.items() if iri in term.parents]
            pending += sorted(inverses.get(iri, ()), key=str)
    return frozenset(found)


def _kind(graph: KnowledgeGraph, node: NamedNode) -> str:
    base = graph.minter.base
    if node.value.startswith(f"{base}tag/"):
        return "tag"
    return "note" if node.value.startswith(f"{base}note/") and "#" not in node.value else "entity"
