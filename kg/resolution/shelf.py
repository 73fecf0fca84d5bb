"""Where a resolver keeps what it knows of its entities; the shelf in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from kg.rdf import NamedNode
from kg.resolution.answer import Review
from kg.resolution.clusters import Cluster, Refusal
from kg.resolution.decided import Decided
from kg.resolution.profile import Profile

__all__ = ["BlockPlaces", "ByEntity", "ByPair", "Marks", "MemoryShelf", "Place", "Shelf"]

Value = TypeVar("Value")

Place = tuple[str, NamedNode | None]
"""A block by its key; with a neighbour, the part of a split block whose entities share it."""


class ByEntity(Protocol[Value]):
    """One value an entity."""

    def get(self, iri: NamedNode) -> Value | None:
        """Return the value of an entity, None where there is none."""

    def put(self, iri: NamedNode, value: Value) -> None:
        """Give an entity a value in the place of the one it had."""

    def drop(self, iri: NamedNode) -> None:
        """Forget the value of an entity, if there is one."""

    def items(self) -> Iterator[tuple[NamedNode, Value]]:
        """Yield all, in no order."""


class ByPair(Protocol[Value]):
    """One value for each of some pairs of entities; the order of a pair has no meaning."""

    def of(self, iri: NamedNode) -> dict[NamedNode, Value]:
        """Return the values of the pairs of an entity by the other one; a dictionary of the caller's own."""

    def put(self, left: NamedNode, right: NamedNode, value: Value) -> None:
        """Give a pair a value in the place of the one it had."""

    def drop(self, left: NamedNode, right: NamedNode) -> None:
        """Forget the value of a pair, if there is one."""

    def values(self) -> Iterator[Value]:
        """Yield all, each once, in no order."""


class BlockPlaces(Protocol):
    """Which entities are in which blocks."""

    def join(self, places: Sequence[Place], iri: NamedNode) -> None:
        """Put an entity into blocks in which it is not."""

    def leave(self, places: Sequence[Place], iri: NamedNode) -> None:
        """Take an entity out of blocks in which it is."""

    def members(self, place: Place, limit: int) -> list[NamedNode]:
        """Return the entities of a block, in no order; of a larger one any `limit` of them."""

    def larger_than(self, size: int) -> list[tuple[str, int]]:
        """Return the keys of larger blocks with their sizes, in no order, without parts; this looks at all blocks."""


class Marks(Protocol):
    """A set of entities."""

    def add(self, iris: Iterable[NamedNode]) -> None:
        """Add entities."""

    def all(self) -> frozenset[NamedNode]:
        """Return all of them."""

    def clear(self) -> None:
        """Remove all of them."""


class Shelf(Protocol):
    """All that a resolver keeps. What is changed is changed at once; nothing is read before it is asked for.

    Attributes:
        is_new: nothing was in it when it was opened: all profiles are to be added.
        clusters: those of two and more, under each of their entities.
        pairs: the log-odds of pairs that are for review or more.
        reviews: what waits, of two clusters one pair.
        unsettled: entities whose clusters are to be looked at again; some of them may be gone.
    """

    is_new: bool
    profiles: ByEntity[Profile]
    clusters: ByEntity[Cluster]
    pairs: ByPair[float]
    refusals: ByPair[Refusal]
    reviews: ByPair[Review]
    blocks: BlockPlaces
    unsettled: Marks

    def decided(self) -> Decided:
        """Return the decisions that everything on the shelf was made with."""

    def keep_decided(self, decided: Decided) -> None:
        """Put other decisions in their place."""


class _Entities(Generic[Value]):
    def __init__(self) -> None:
        self._values: dict[NamedNode, Value] = {}

    def get(self, iri: NamedNode) -> Value | None:
        return self._values.get(iri)

    def put(self, iri: NamedNode, value: Value) -> None:
        self._values[iri] = value

    def drop(self, iri: NamedNode) -> None:
        self._values.pop(iri, None)

    def items(self) -> Iterator[tuple[NamedNode, Value]]:
        return iter(self._values.items())


class _Pairs(Generic[Value]):
    def __init__(self) -> None:
        self._values: dict[NamedNode, dict[NamedNode, Value]] = {}

    def of(self, iri: NamedNode) -> dict[NamedNode, Value]:
        return dict(self._values.get(iri, ()))

    def put(self, left: NamedNode, right: NamedNode, value: Value) -> None:
        self._values.setdefault(left, {})[right] = value
        self._values.setdefault(right, {})[left] = value

    def drop(self, left: NamedNode, right: NamedNode) -> None:
        for iri, other in ((left, right), (right, left)):
            found = self._values.get(iri, {})
            found.pop(other, None)
            if not found:
                self._values.pop(iri, None)

    def values(self) -> Iterator[Value]:
        rows = ((iri, other, value) for iri, found in self._values.items() for other, value in found.items())
        return (value for iri, other, value in rows if iri.value < other.value)


class _Blocks:
    def __init__(self) -> None:
        self._members: dict[Place, list[NamedNode]] = {}

    def join(self, places: Sequence[Place], iri: NamedNode) -> None:
        for place in places:
            members = self._members.get(place)
            if members is None:
                self._members[place] = [iri]
            else:
                members.append(iri)

    def leave(self, places: Sequence[Place], iri: NamedNode) -> None:
        for place in places:
            members = self._members[place]
            members.remove(iri)
            if not members:
                del self._members[place]

    def members(self, place: Place, limit: int) -> list[NamedNode]:
        return self._members.get(place, [])[:limit]

    def larger_than(self, size: int) -> list[tuple[str, int]]:
        found = ((key, len(members)) for (key, end), members in self._members.items() if end is None)
        return [(key, count) for key, count in found if count > size]


class _Marks:
    def __init__(self) -> None:
        self._iris: set[NamedNode] = set()

    def add(self, iris: Iterable[NamedNode]) -> None:
        self._iris.update(iris)

    def all(self) -> frozenset[NamedNode]:
        return frozenset(self._iris)

    def clear(self) -> None:
        self._iris.clear()


class MemoryShelf:
    """A shelf that is gone with its process."""

    def __init__(self) -> None:
        self.is_new = True
        self.profiles: ByEntity[Profile] = _Entities()
        self.clusters: ByEntity[Cluster] = _Entities()
        self.pairs: ByPair[float] = _Pairs()
        self.refusals: ByPair[Refusal] = _Pairs()
        self.reviews: ByPair[Review] = _Pairs()
        self.blocks: BlockPlaces = _Blocks()
        self.unsettled: Marks = _Marks()
        self._decided = Decided()

    def decided(self) -> Decided:
        """Return the decisions that everything on the shelf was made with."""
        return self._decided

    def keep_decided(self, decided: Decided) -> None:
        """Put other decisions in their place."""
        self._decided = decided
