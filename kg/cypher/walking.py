"""Going through a syntax tree."""

from __future__ import annotations

from collections.abc import Iterator

from kg.cypher.syntax import Syntax

__all__ = ["children", "walk"]


def children(node: Syntax) -> Iterator[Syntax]:
    """Yield the nodes directly below a node, in the order of its fields."""
    for name in node.__slots__:  # the fields of its own class; that of the base class is `at`
        value = getattr(node, name)
        if isinstance(value, Syntax):
            yield value
        elif isinstance(value, tuple):
            yield from _in_tuple(value)


def walk(node: Syntax) -> Iterator[Syntax]:
    """Yield a node and all nodes below it, each before those below it; without recursion."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(list(children(current))))


def _in_tuple(items: tuple[object, ...]) -> Iterator[Syntax]:
    for item in items:
        if isinstance(item, Syntax):
            yield item
        elif isinstance(item, tuple):
            yield from _in_tuple(item)
