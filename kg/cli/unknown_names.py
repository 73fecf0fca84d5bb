"""A word about names that nothing bears, where a saved query has no rows because of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from kg.errors import NotFoundError
from kg.explain import find_resource
from kg.graph import KnowledgeGraph
from kg.query.library import SavedQuery
from kg.records import Records
from kg.results import ResultSet, Solutions

__all__ = ["with_advice"]

Answer = TypeVar("Answer", bound=ResultSet | Records)


def with_advice(
    graph: KnowledgeGraph,
    query: SavedQuery,
    values: Mapping[str, str],
    result: Answer,
    say: Callable[[str], object],
) -> Answer:
    """Return a result that, if it ends without a row, says which of the given names are nobody's, and what is near.

    Args:
        values: the query's parameters, as typed.
    """
    names = [values[each.name] for each in query.parameters if each.type == "entity" and values.get(each.name)]
    if not names or not isinstance(result, Solutions | Records):
        return result

    def rows() -> Iterator[tuple[Any, ...]]:
        first = next(result.rows, None)
        if first is None:
            for name in dict.fromkeys(names):
                _advise(graph, name, say)
            return
        yield first
        yield from result.rows

    if isinstance(result, Records):
        return replace(result, rows=rows())
    return replace(result, rows=rows(), writers={})  # the store's own writers would pass the rows by


def _advise(graph: KnowledgeGraph, name: str, say: Callable[[str], object]) -> None:
    try:
        find_resource(graph, name.strip().removeprefix("<").removesuffix(">"))
    except NotFoundError as error:
        say(str(error))
