"""Reasons that the graph gives: the paths from what is asked for to an item, in words, with their sentences."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable

from kg.graph import KnowledgeGraph
from kg.paths import Path, path_words, paths_from, words_for
from kg.rdf import NamedNode
from kg.recommendation.model import Reason, Seeds
from kg.recommendation.network import Network

__all__ = ["path_reasons"]

_STARTS = 5
"""Of many seeds those with the greatest weights are asked."""
_PATHS = 2
_LONGEST = 3


def path_reasons(
    graph: KnowledgeGraph, network: Network, seeds: Seeds, items: Iterable[int], source: str
) -> dict[int, list[Reason]]:
    """Return for each item the best paths to it, the best first; nothing for one that none leads to.

    A shorter path goes before a longer one: paths of three steps are looked for where there is none of two.

    Args:
        source: the name of the source that the reasons are given for.
    """
    starts = [
        NamedNode(network.nodes[node])
        for node, _ in sorted(seeds.weights.items(), key=lambda each: (-each[1], each[0]))[:_STARTS]
    ]
    wanted = {item: network.items[item].iri for item in items}
    if not starts:
        return {}
    names = words_for(graph)
    read = {network.item(event.item) for event in seeds.history} - {None}
    found: dict[int, list[Reason]] = {}
    for longest in (_LONGEST - 1, _LONGEST):
        left = {item: iri for item, iri in wanted.items() if item not in found}
        if left:
            ways = paths_from(graph, starts, left.values(), longest, _PATHS)
            for item, iri in left.items():
                if ways[iri]:
                    found[item] = [
                        _reason(path, _because(path, read, network, names) + path_words(path, names), source)
                        for path in ways[iri]
                    ]
    return found


def _because(path: Path, read: Container[int | None], network: Network, names: Callable[[NamedNode], str]) -> str:
    """Return how a path begins for a user whose history it starts from, empty for all others."""
    step = path.steps[0]
    start = step.subject if step.is_forward else step.object
    return f"You read {names(start)}: " if network.item(start) in read else ""


def _reason(path: Path, text: str, source: str) -> Reason:
    sentences = dict.fromkeys(step.evidence for step in path.steps if step.evidence is not None)
    return Reason(source, text, path.steps, tuple(sentences))
