"""The paths between things that say most: over few statements, and past things that few others lead to.

The graph is read from both ends towards the middle, so a pair costs what is near it, not what the graph holds. Hubs
are not walked through; of very many ways only some are looked at, by IRI, so that equal graphs give equal paths.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence

from kg.graph import KnowledgeGraph
from kg.paths.evidence import sentence_of
from kg.paths.model import Path, Sentence, Step
from kg.paths.things import Edge, Things
from kg.rdf import NamedNode

__all__ = ["PathFinder", "paths_from", "shortest_paths"]

_EXPANDED = 200
"""Neighbours of an end whose own neighbours are read."""
_PLAIN = math.log(1 / 2)

_Way = tuple[NamedNode, ...]
"""The things that a path leads over, both ends among them."""


def shortest_paths(
    graph: KnowledgeGraph,
    start: NamedNode,
    end: NamedNode,
    longest: int = 3,
    k: int = 3,
    without: Edge | None = None,
) -> list[Path]:
    """Return the paths between two things that say most, the best first: by weight, then length, then IRIs.

    No two lead over the same things, and none leads over a thing twice. A note stands for what it describes as well,
    and the other way round; from a thing to itself there is no path.

    Args:
        longest: most steps of a path, from 1 to 3.
        without: a statement that no path goes over, as one that is to be explained.

    Raises:
        ValueError: `longest` is something else.
    """
    return PathFinder(graph, longest).paths(start, end, k, without)


def paths_from(
    graph: KnowledgeGraph,
    starts: Iterable[NamedNode],
    ends: Iterable[NamedNode],
    longest: int = 3,
    k: int = 3,
    without: Edge | None = None,
) -> dict[NamedNode, list[Path]]:
    """Return for each end the `k` best paths to it from any of some starts; see `shortest_paths`.

    What is read of the graph for one pair is not read again for the next. A path leads past no other start.
    """
    finder = PathFinder(graph, longest)
    begin = list(starts)
    return {end: finder.paths_from(begin, end, k, without) for end in ends}


class PathFinder:
    """Finds paths in a graph that stays as it is; what it has read, it does not read again."""

    def __init__(self, graph: KnowledgeGraph, longest: int = 3) -> None:
        if not 1 <= longest <= 3:
            raise ValueError(f"paths of {longest} steps are not looked for: from 1 to 3")
        self._graph, self._longest = graph, longest
        self._things = Things(graph)
        self._sentences: dict[Edge, Sentence | None] = {}

    def paths(self, start: NamedNode, end: NamedNode, k: int = 3, without: Edge | None = None) -> list[Path]:
        """Return the best paths between two things; see `shortest_paths`."""
        return self.paths_from([start], end, k, without)

    def paths_from(
        self, starts: Iterable[NamedNode], end: NamedNode, k: int = 3, without: Edge | None = None
    ) -> list[Path]:
        """Return the best paths from any of some starts to an end; see `paths_from`."""
        from_things = list(dict.fromkeys(self._things.thing(start) for start in starts))
        search = _Search(self._things, self._longest, without, self._sentence)
        return search.best(from_things, self._things.thing(end), k)

    def _sentence(self, edge: Edge) -> Sentence | None:
        if edge not in self._sentences:
            self._sentences[edge] = sentence_of(self._graph, *edge)
        return self._sentences[edge]


class _Search:
    """Finds ways between things, and writes them as paths."""

    def __init__(
        self, things: Things, longest: int, without: Edge | None, sentence: Callable[[Edge], Sentence | None]
    ) -> None:
        self._things, self._longest, self._without, self._sentence = things, longest, without, sentence

    def best(self, starts: Sequence[NamedNode], end: NamedNode, k: int) -> list[Path]:
        """Return the best paths from any of the starts to an end."""
        others = set(starts)
        ways = {
            way for start in starts if start != end for way in self._ways(start, end) if others.isdisjoint(way[1:-1])
        }
        weighed = sorted((-self._weight(way), len(way), tuple(map(str, way)), way) for way in ways)
        return [Path(tuple(self._walk(way)), -lost) for lost, _, _, way in weighed[: max(k, 0)]]

    def _ways(self, start: NamedNode, end: NamedNode) -> Iterator[_Way]:
        if self._edges(start, end):
            yield start, end
        if self._longest >= 2:
            yield from ((start, middle, end) for middle in self._common(start, end))
        if self._longest >= 3:
            yield from self._long_ways(start, end)

    def _common(self, first: NamedNode, second: NamedNode) -> list[NamedNode]:
        """Return things next to both of two, hubs left out."""
        one, other = self._things.neighbours(first), self._things.neighbours(second)
        if one.is_partial and not other.is_partial:
            first, second, one, other = second, first, other, one
        if other.is_partial and not one.is_partial:  # ask it for each
            found = [thing for thing in one.edges if thing != second and self._edges(thing, second)]
        else:
            found = [thing for thing in one.edges if thing in other.edges]
        return self._passable(first, [thing for thing in found if thing not in (first, second)])

    def _long_ways(self, start: NamedNode, end: NamedNode) -> Iterator[_Way]:
        near, far = self._things.neighbours(start), self._things.neighbours(end)
        is_turned = len(far.edges) < len(near.edges)
        first, last = (end, start) if is_turned else (start, end)
        reached = self._things.neighbours(last).edges
        for second in self._passable(first, [each for each in self._things.neighbours(first).edges if each != last]):
            met = [each for each in self._things.neighbours(second).edges if each in reached and each != first]
            for third in self._passable(last, met):
                way = (first, second, third, last)
                yield way[::-1] if is_turned else way

    def _passable(self, end: NamedNode, things: Sequence[NamedNode]) -> list[NamedNode]:
        """Return the things next to an end that may be walked through: those in statements that say most first."""
        ordered = sorted(things, key=lambda thing: (self._is_plain(self._edges(end, thing)), thing.value))
        return [thing for thing in ordered[:_EXPANDED] if not self._things.is_hub(thing)]

    def _edges(self, first: NamedNode, second: NamedNode) -> tuple[Edge, ...]:
        return tuple(edge for edge in self._things.between(first, second) if edge != self._without)

    def _is_plain(self, edges: Iterable[Edge]) -> bool:
        return all(self._things.is_plain(predicate) for _, predicate, _ in edges)

    def _weight(self, way: _Way) -> float:
        degrees = [len(self._things.neighbours(thing).edges) for thing in way[1:-1]]
        plain = sum(self._is_plain(self._edges(*pair)) for pair in itertools.pairwise(way))
        return sum(-math.log(degree) for degree in degrees) + plain * _PLAIN

    def _walk(self, way: _Way) -> Iterator[Step]:
        return (self._step(*pair) for pair in itertools.pairwise(way))

    def _step(self, first: NamedNode, second: NamedNode) -> Step:
        """Return the statement between two things that says most: no plain one, one with a sentence, by IRIs."""
        edges = self._edges(first, second)
        edges = tuple(edge for edge in edges if not self._things.is_plain(edge[1])) or edges
        steps = (Step(*edge, self._things.thing(edge[0]) == first, self._sentence(edge)) for edge in edges)
        return min(steps, key=lambda step: (step.evidence is None, not step.is_forward, step.predicate.value))
