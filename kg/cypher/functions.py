"""What is known of the types of functions' arguments and results; a type that is not known is None."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["AGGREGATES", "ARGUMENTS", "base", "element", "list_of", "result_type"]

AGGREGATES = frozenset(
    "avg collect count max min percentilecont percentiledisc stdev stdevp sum percentile_cont percentile_disc"
    " stdev_samp stdev_pop collect_list".split()
)
"""The functions that aggregate rows, in small letters."""

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "labels": ("Node",), "type": ("Relationship",), "length": ("Path",), "nodes": ("Path",),
    "relationships": ("Path",), "size": ("String", "List"), "startnode": ("Relationship",),
    "endnode": ("Relationship",), "id": ("Node", "Relationship"), "elementid": ("Node", "Relationship"),
    "toupper": ("String",), "tolower": ("String",), "head": ("List",), "last": ("List",), "tail": ("List",),
}  # fmt: skip
"""The types that the first argument of a function can have."""

_RESULTS = {
    "count": "Integer", "size": "Integer", "length": "Integer", "type": "String", "labels": "List<String>",
    "keys": "List<String>", "nodes": "List<Node>", "relationships": "List<Relationship>", "startnode": "Node",
    "endnode": "Node", "range": "List<Integer>", "id": "Integer", "elementid": "String", "toupper": "String",
    "tolower": "String", "split": "List<String>", "exists": "Boolean", "properties": "Map", "isempty": "Boolean",
}  # fmt: skip


def base(kind: str | None) -> str | None:
    """Return a type without the type of its elements."""
    return None if kind is None else kind.partition("<")[0]


def element(kind: str | None) -> str | None:
    """Return the type of a list's elements."""
    return kind[5:-1] if kind is not None and kind.startswith("List<") else None


def list_of(kind: str | None) -> str:
    """Return the type of a list of something."""
    return "List" if kind is None else f"List<{kind}>"


def result_type(name: str, arguments: Sequence[str | None]) -> str | None:
    """Return the type of a function's result."""
    name = name.lower()
    first = arguments[0] if arguments else None
    if name == "collect":
        return list_of(first)
    if name in ("head", "last"):
        return element(first)
    if name == "tail":
        return first
    return _RESULTS.get(name)
