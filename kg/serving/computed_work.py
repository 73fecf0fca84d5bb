"""What a reader computes for queries: searches of its home, as the checkpoint is that it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kg.config import Config
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.search.computing import HomeComputed
from kg.serving.ontology_files import WatchedOntology

__all__ = ["ComputedWork"]


class ComputedWork:
    """Gives graphs what computes for their queries; what it holds outlives them, and follows them.

    Args:
        home: of the kind of the store in use.
        kept: what the reader keeps for documents: the searcher is the same one.
    """

    def __init__(self, home: Home, config: Config, kept: Callable[[], dict[str, Any]]) -> None:
        self._ontology = WatchedOntology(home)
        self._graph: KnowledgeGraph | None = None
        self._computed = HomeComputed(self._read, home, config, kept)

    def on(self, graph: KnowledgeGraph) -> KnowledgeGraph:
        """Return a graph whose queries may search; those of the one before must have ended."""
        self._graph = graph
        return replace(graph, computed=self._computed)

    def _read(self) -> KnowledgeGraph:
        """Return the graph with the home's ontology, which a query in SPARQL does without."""
        assert self._graph is not None
        return replace(self._graph, ontology=self._ontology.read())
