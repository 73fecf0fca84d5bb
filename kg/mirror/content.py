"""What kinds of values a property graph holds under which keys: known without looking at every node again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kg.mirror.holding import has_finer
from kg.property_graph import PropertyGraph, Stored
from kg.property_graph.values import kind

__all__ = ["Content", "content_of"]

_KINDS = {"str": "string", "bool": "boolean", "int": "integer", "float": "float"}
_LIST = "list of "
_ALWAYS = {"iri": frozenset({"string"}), "_iri": frozenset({"string"})} | {
    key: frozenset({f"{_LIST}string"}) for key in ("_rdf", "_g")
}


@dataclass(frozen=True, slots=True)
class Content:
    """By the name of a property the kinds that it has held, `list of` before those in lists.

    Both may tell of what is there no more, never too little: a graph that moves on is only joined to what it was.
    """

    kinds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    has_nanoseconds: bool = False

    def of(self, name: str) -> tuple[frozenset[str], frozenset[str]]:
        """Return the kinds of a property's single values, and those of its lists' items."""
        found = _ALWAYS.get(name) or self.kinds.get(name, frozenset())
        lists = frozenset(each.removeprefix(_LIST) for each in found if each.startswith(_LIST))
        return frozenset(each for each in found if not each.startswith(_LIST)), lists

    def joined(self, other: Content) -> Content:
        """Return what either holds."""
        none: frozenset[str] = frozenset()
        kinds = {key: self.kinds.get(key, none) | other.kinds.get(key, none) for key in {**self.kinds, **other.kinds}}
        return Content(kinds, self.has_nanoseconds or other.has_nanoseconds)

    def to_json(self) -> dict[str, Any]:
        """Return it as a document."""
        return {"kinds": {key: sorted(kinds) for key, kinds in self.kinds.items()}, "finer": self.has_nanoseconds}

    @classmethod
    def of_json(cls, document: Any) -> Content | None:
        """Return what `to_json` gave; None for anything else."""
        try:
            kinds = {str(key): frozenset(map(str, held)) for key, held in document["kinds"].items()}
            return cls(kinds, document["finer"] is not False)
        except (KeyError, TypeError, AttributeError):
            return None


def content_of(graph: PropertyGraph) -> Content:
    """Return what a graph holds."""
    kinds: dict[str, set[str]] = {}
    is_finer = False
    for node in graph.nodes.values():
        for name, stored in node.properties.items():
            kinds.setdefault(name, set()).update(_kinds(stored))
            is_finer = is_finer or has_finer(stored)
    return Content({name: frozenset(found) for name, found in kinds.items()}, is_finer)


def _kinds(stored: Stored) -> Iterable[str]:
    if not isinstance(stored, list):
        return (_kind(kind(stored)),)
    return {f"{_LIST}{_kind(kind(value))}" for value in stored}


def _kind(name: str) -> str:
    return _KINDS.get(name, name)
