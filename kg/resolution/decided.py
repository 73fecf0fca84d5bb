"""What people decided of entities, and how it is looked up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from kg.rdf import NamedNode

__all__ = ["Decided", "DecidedIndex"]

_Keeper = tuple[NamedNode, NamedNode]


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided: one thing, or two. A decision is stronger than any score or rule.

    Attributes:
        same: pairs that are one; the names of either are names of both.
        apart: pairs that are two; this is stronger than `same`.
        groups: entities any two of which are two.
        keepers: (the IRI that is to stand for a cluster, another of it), in the order of the decisions; of those
            with both in one cluster the last one holds.
    """

    same: frozenset[frozenset[NamedNode]] = frozenset()
    apart: frozenset[frozenset[NamedNode]] = frozenset()
    groups: tuple[frozenset[NamedNode], ...] = ()
    keepers: tuple[tuple[NamedNode, NamedNode], ...] = ()


class DecidedIndex:
    """Decisions by the entities that they are about."""

    def __init__(self, decided: Decided) -> None:
        self.decided = decided
        self._same: dict[NamedNode, set[NamedNode]] = {}
        self._apart: dict[NamedNode, set[NamedNode]] = {}
        self._groups: dict[NamedNode, set[int]] = {}
        self._keepers: dict[NamedNode, list[tuple[int, NamedNode]]] = {}
        for pairs, found in ((decided.same, self._same), (decided.apart, self._apart)):
            for left, right in pairs:
                found.setdefault(left, set()).add(right)
                found.setdefault(right, set()).add(left)
        for number, group in enumerate(decided.groups):
            for iri in group:
                self._groups.setdefault(iri, set()).add(number)
        for number, (keeper, other) in enumerate(decided.keepers):
            self._keepers.setdefault(keeper, []).append((number, other))

    def same(self, iri: NamedNode) -> Collection[NamedNode]:
        """Return the entities of which it was decided that they are this one."""
        return self._same.get(iri, ())

    def namesakes(self, iri: NamedNode) -> frozenset[NamedNode]:
        """Return the entities whose names are names of this one too."""
        return frozenset(other for other in self.same(iri) if not self.are_apart(iri, other))

    def are_apart(self, left: NamedNode, right: NamedNode) -> bool:
        """Tell whether it was decided that two entities are two."""
        if right in self._apart.get(left, ()):
            return True
        groups = self._groups.get(left)
        return groups is not None and left != right and not groups.isdisjoint(self._groups.get(right, ()))

    def are_clusters_apart(self, left: Collection[NamedNode], right: Collection[NamedNode]) -> bool:
        """Tell whether any two across two clusters are apart."""
        decided = [a for a in left if a in self._apart or a in self._groups]
        return any(self.are_apart(a, b) for a in decided for b in right)

    def keeper(self, members: Collection[NamedNode]) -> NamedNode | None:
        """Return the entity of a cluster that a decision put in front, None if none did."""
        found = {
            number: keeper for keeper in members for number, other in self._keepers.get(keeper, ()) if other in members
        }
        return found[max(found)] if found else None

    def concerned_by(self, other: DecidedIndex) -> frozenset[NamedNode]:
        """Return the entities of which two sets of decisions say different things."""
        ours, theirs = self.decided, other.decided
        pairs = (ours.same ^ theirs.same) | (ours.apart ^ theirs.apart) | (set(ours.groups) ^ set(theirs.groups))
        return frozenset(iri for group in (*pairs, *_moved(ours.keepers, theirs.keepers)) for iri in group)


def _moved(ours: Iterable[_Keeper], theirs: Iterable[_Keeper]) -> Iterable[_Keeper]:
    """Return what only one of two sequences has; all of both if the rest stands in another order."""
    left, right = (tuple(reversed(dict.fromkeys(reversed(tuple(each))))) for each in (ours, theirs))
    both = set(left) & set(right)
    if [each for each in left if each in both] != [each for each in right if each in both]:
        return (*left, *right)
    return set(left) ^ set(right)
