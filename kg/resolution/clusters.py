"""Clusters: accepted pairs joined in a fixed order, but never what must stay apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kg.rdf import NamedNode
from kg.resolution.profile import Origin, Profile

__all__ = ["Cluster", "Edge", "Refusal", "chain", "join", "keeper_of"]

_FIRST: dict[Origin, int] = {"described": 0, "ontology": 1, "name": 2}

Conflict = Callable[[NamedNode, NamedNode], str | None]


@dataclass(frozen=True, slots=True)
class Edge:
    """An accepted pair, `left` before `right` by IRI; a decided one is joined before all others."""

    left: NamedNode
    right: NamedNode
    log_odds: float
    is_decided: bool = False

    @property
    def order(self) -> tuple[bool, float, str, str]:
        """Return what edges are joined by: decided first, then the surest, ties by IRI."""
        return (not self.is_decided, -self.log_odds, self.left.value, self.right.value)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An accepted pair that was not joined, and the two entities that must stay apart, with the reason."""

    edge: Edge
    apart: tuple[NamedNode, NamedNode]
    reason: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Entities that are one: the IRI that stands for them, and all of them in IRI order."""

    keeper: NamedNode
    members: tuple[NamedNode, ...]


def join(
    nodes: Iterable[NamedNode], edges: Iterable[Edge], conflict: Conflict, decided_conflict: Conflict
) -> tuple[list[frozenset[NamedNode]], list[Refusal]]:
    """Join nodes along edges, surest first; an edge is refused if any two across it are in conflict.

    Decided edges are refused by decisions only. The result does not depend on the order of either argument.
    """
    group_of = {node: frozenset((node,)) for node in nodes}
    refusals = []
    for edge in sorted(edges, key=lambda edge: edge.order):
        left, right = group_of[edge.left], group_of[edge.right]
        if left is right:
            continue
        found = _conflict_between(left, right, decided_conflict if edge.is_decided else conflict)
        if found is not None:
            refusals.append(Refusal(edge, found[0], found[1]))
            continue
        joined = left | right
        for node in joined:
            group_of[node] = joined
    return sorted(set(group_of.values()), key=lambda group: min(node.value for node in group)), refusals


def _conflict_between(
    left: frozenset[NamedNode], right: frozenset[NamedNode], conflict: Conflict
) -> tuple[tuple[NamedNode, NamedNode], str] | None:
    for a in sorted(left, key=lambda node: node.value):
        for b in sorted(right, key=lambda node: node.value):
            reason = conflict(a, b)
            if reason is not None:
                return (a, b) if a.value < b.value else (b, a), reason
    return None


def chain(edges: Iterable[Edge], left: NamedNode, right: NamedNode) -> list[Edge]:
    """Return the edges from one entity of a cluster to another whose least sure one is as sure as can be.

    Raises:
        KeyError: none do.
    """
    tree: dict[NamedNode, list[tuple[NamedNode, Edge]]] = {}
    group_of: dict[NamedNode, set[NamedNode]] = {}
    for edge in sorted(edges, key=lambda edge: edge.order):
        ours, theirs = (group_of.setdefault(iri, {iri}) for iri in (edge.left, edge.right))
        if ours is theirs:
            continue
        tree.setdefault(edge.left, []).append((edge.right, edge))
        tree.setdefault(edge.right, []).append((edge.left, edge))
        ours |= theirs
        group_of.update(dict.fromkeys(theirs, ours))
    paths: dict[NamedNode, list[Edge]] = {left: []}
    pending = [left]
    while pending:
        iri = pending.pop()
        for other, edge in tree.get(iri, ()):
            if other not in paths:
                paths[other] = [*paths[iri], edge]
                pending.append(other)
    return paths[right]


def keeper_of(profiles: Iterable[Profile]) -> NamedNode:
    """Return the IRI that stands for a cluster: the first of (described, ontology, name only), then by IRI."""
    return min(profiles, key=lambda profile: (_FIRST[profile.origin], profile.iri.value)).iri
