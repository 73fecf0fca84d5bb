"""Reasons that the graph gives: the paths from what is asked for to an item, in words, with their sentences."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from kg.graph import KnowledgeGraph
from kg.paths import Path, path_words, words_for
from kg.paths.searching import PathFinder
from kg.rdf import NamedNode
from kg.recommendation.model import Reason, Seeds
from kg.recommendation.network import Network
from kg.recommendation.noise import is_everywhere, is_of_private_note

__all__ = ["path_reasons"]

_STARTS = 5
"""Of many seeds those with the greatest weights are asked."""
_PATHS = 2
_TRIED = 12
"""Paths that are looked at where none of the best may be told."""
_LONGEST = 3


def path_reasons(
    graph: KnowledgeGraph, network: Network, seeds: Seeds, items: Iterable[int], source: str
) -> dict[int, list[Reason]]:
    """Return for each item the best paths to it, the best first; nothing for one that none leads to.

    A shorter path goes before a longer one: paths of three steps are looked for where there is none of two. No path is
    told that leads past a private note or has a sentence of one, but where that note is what was asked for; and none
    past what a good part of all notes have to do with, which is no reason for any of them.

    Args:
        source: the name of the source that the reasons are given for.
    """
    starts = [
        NamedNode(network.nodes[node])
        for node, _ in sorted(seeds.weights.items(), key=lambda each: (-each[1], each[0]))[:_STARTS]
    ]
    left = {item: network.items[item].iri for item in items}
    if not starts:
        return {}
    names = words_for(graph)
    read = {network.item(event.item) for event in seeds.history} - {None}
    telling = _Telling(network, seeds)
    found: dict[int, list[Reason]] = {}
    for longest in (_LONGEST - 1, _LONGEST):
        finder = PathFinder(graph, longest)
        for item, iri in left.items():
            ways = finder.paths_from(starts, iri, _PATHS)
            told = [path for path in ways if telling.may_be_told(path, iri)]
            if not told and len(ways) == _PATHS:
                ways = finder.paths_from(starts, iri, _TRIED)[_PATHS:]
                told = [path for path in ways if telling.may_be_told(path, iri)][:_PATHS]
            if told:
                found[item] = [
                    _reason(path, _because(path, read, network, names) + path_words(path, names), source)
                    for path in told
                ]
        left = {item: iri for item, iri in left.items() if item not in found}
    return found


class _Telling:
    """Knows which paths may be told."""

    def __init__(self, network: Network, seeds: Seeds) -> None:
        self._network = network
        self._is_private = is_of_private_note(network)
        self._is_private[list(seeds.weights)] = False
        self._is_asked = frozenset(network.nodes[node] for node in seeds.weights)
        self._everywhere: dict[int, bool] = {}

    def may_be_told(self, path: Path, end: NamedNode) -> bool:
        """Tell whether a path to a note keeps to what may be seen, and says something of that note."""
        item = self._network.item(end)
        terms = {term for step in path.steps for term in (step.subject, step.object)}
        between = [term for term in terms if term.value not in self._is_asked and self._network.item(term) != item]
        sentences = [step.evidence.note for step in path.steps if step.evidence is not None]
        return not (
            any(map(self._is_hidden, sentences))
            or any(self._is_hidden(term.value) or self._is_everywhere(term.value) for term in between)
        )

    def _is_hidden(self, iri: str) -> bool:
        node = self._network.node(iri)
        return node is not None and bool(self._is_private[node])

    def _is_everywhere(self, iri: str) -> bool:
        node = self._network.node(iri)
        if node is None:
            return False
        if node not in self._everywhere:
            self._everywhere[node] = is_everywhere(self._network, node)
        return self._everywhere[node]


def _because(path: Path, read: Container[int | None], network: Network, names: Callable[[NamedNode], str]) -> str:
    """Return how a path begins for a user whose history it starts from, empty for all others."""
    step = path.steps[0]
    start = step.subject if step.is_forward else step.object
    return f"You read {names(start)}: " if network.item(start) in read else ""


def _reason(path: Path, text: str, source: str) -> Reason:
    sentences = dict.fromkeys(step.evidence for step in path.steps if step.evidence is not None)
    return Reason(source, text, path.steps, tuple(sentences))
