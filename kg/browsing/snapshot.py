"""What was read of a graph, kept as long as the graph is the same."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from kg.graph import KnowledgeGraph

__all__ = ["Snapshot"]

_KEPT = "browsing"
_RECENT = 4
"""Results of which several parts are likely to be asked for, one after the other."""

_T = TypeVar("_T")


class Snapshot:
    """A graph at one moment, with tables of it that are read when they are first needed.

    Args:
        kept: where tables stay for the next snapshot, which has them if nothing was committed in between, by whomever.
    """

    def __init__(self, graph: KnowledgeGraph, kept: dict[str, Any] | None = None) -> None:
        self.graph = graph
        position = graph.store.position()
        self._tables: dict[str, Any] = {}
        self._results: dict[Hashable, Any] = {}
        if kept is not None and _KEPT in kept and kept[_KEPT][0] == position:
            _, self._tables, self._results = kept[_KEPT]
        if kept is not None:
            kept[_KEPT] = position, self._tables, self._results

    def once(self, name: str, read: Callable[[], _T]) -> _T:
        """Return the table of a name; it is read if it was not before."""
        if name not in self._tables:
            self._tables[name] = read()
        found: _T = self._tables[name]
        return found

    def recent(self, question: Hashable, read: Callable[[], _T]) -> _T:
        """Return the result of a question, which is kept until a few others were asked."""
        found: _T = self._results.pop(question) if question in self._results else read()
        self._results[question] = found
        while len(self._results) > _RECENT:
            del self._results[next(iter(self._results))]
        return found
