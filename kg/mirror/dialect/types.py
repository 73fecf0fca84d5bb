"""What kinds of value an expression of a Cypher statement may have, found before it runs.

A type is a set of kinds, null among them; a list has the type of its items, a map those of its keys. Where kglite and
Neo4j differ, they differ by the kinds of what is computed with, so these decide whether a statement may be answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.errors import UnsupportedQueryError

if TYPE_CHECKING:
    from kg.records import Value

__all__ = [
    "BOOLEAN",
    "FLOAT",
    "INTEGER",
    "NODE",
    "NULL",
    "NUMBERS",
    "PATH",
    "PROPERTIES",
    "RELATIONSHIP",
    "SCALARS",
    "STRING",
    "TEMPORALS",
    "Kind",
    "KindsOfProperty",
    "ListOf",
    "MapOf",
    "Type",
    "describe",
    "holds",
    "is_distinguishable",
    "item_type",
    "join",
    "list_of",
    "may_be_null",
    "refuse",
    "type_of_value",
    "without_null",
]


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list; what its items may be, nothing for one that is always empty."""

    items: Type


@dataclass(frozen=True, slots=True)
class MapOf:
    """A map; the keys it may have, sorted, and what they may hold. Another key is null."""

    entries: tuple[tuple[str, Type], ...]

    def at(self, key: str) -> Type:
        """Return what a key may hold."""
        return dict(self.entries).get(key, NULL)


Kind = str | ListOf | MapOf
Type = frozenset[Kind]

KindsOfProperty = Callable[[str], Type]
"""What a property of nodes may hold, by its name as users know it; a superset is right too."""


def _only(kind: Kind) -> Type:
    return frozenset({kind})


NULL, BOOLEAN, INTEGER, FLOAT, STRING = map(_only, ("null", "boolean", "integer", "float", "string"))
NODE, RELATIONSHIP, PATH = map(_only, ("node", "relationship", "path"))
PROPERTIES = _only("properties")
"""A map of properties as kglite gives it, with held keys: good for being returned only."""
NUMBERS = INTEGER | FLOAT
SCALARS = NUMBERS | BOOLEAN | STRING
TEMPORALS: Type = frozenset({"date", "local time", "zoned time", "local datetime", "zoned datetime", "duration"})

_WORDS = {
    "boolean": "a Boolean",
    "integer": "an integer",
    "float": "a float",
    "string": "a string",
    "node": "a node",
    "relationship": "a relationship",
    "path": "a path",
    "properties": "all properties of a node",
    "null": "null",
}


def describe(type_: Type) -> str:
    """Return the kinds in words, for a refusal."""
    words = {_WORDS.get(kind, f"a {kind}") if isinstance(kind, str) else _structure(kind) for kind in type_}
    return " or ".join(sorted(words - {"null"})) or "null"


def _structure(kind: Kind) -> str:
    return "a list" if isinstance(kind, ListOf) else "a map"


def refuse(feature: str, advice: str = "") -> UnsupportedQueryError:
    """Return the error that names what the embedded engine does not answer."""
    return UnsupportedQueryError("Cypher", f"{feature} on the embedded store", advice)


def join(types: Iterable[Type]) -> Type:
    """Return what may be any of these; lists become one, maps too."""
    kinds: set[Kind] = set()
    for type_ in types:
        kinds |= type_
    lists = [kind for kind in kinds if isinstance(kind, ListOf)]
    maps = [kind for kind in kinds if isinstance(kind, MapOf)]
    if len(lists) > 1:
        kinds = kinds.difference(lists) | {ListOf(join(kind.items for kind in lists))}
    if len(maps) > 1:
        keys = sorted({key for kind in maps for key, _ in kind.entries})
        merged = MapOf(tuple((key, join(kind.at(key) for kind in maps)) for key in keys))
        kinds = kinds.difference(maps) | {merged}
    return frozenset(kinds)


def list_of(items: Type) -> Type:
    """Return the type of a list of these."""
    return _only(ListOf(items))


def without_null(type_: Type) -> Type:
    """Return what else than null there may be."""
    return type_ - NULL


def may_be_null(type_: Type) -> bool:
    """Tell whether null is among the kinds."""
    return "null" in type_


def item_type(type_: Type) -> Type:
    """Return what the items of the lists among the kinds may be."""
    return join(kind.items for kind in type_ if isinstance(kind, ListOf))


def _parts(type_: Type) -> Iterable[Type]:
    for kind in type_:
        if isinstance(kind, ListOf):
            yield kind.items
        elif isinstance(kind, MapOf):
            yield from (held for _, held in kind.entries)


def holds(type_: Type, kinds: Type) -> bool:
    """Tell whether one of the kinds may be anywhere in it, at any depth."""
    return bool(type_ & kinds) or any(holds(part, kinds) for part in _parts(type_))


_NOT_DISTINGUISHABLE: Type = frozenset({"zoned time", "zoned datetime", "duration", "properties"})


def is_distinguishable(type_: Type) -> bool:
    """Tell whether both engines hold the same of its values for equal: in DISTINCT, grouping and sets.

    For Neo4j 1 and 1.0 are one there, for kglite two; a date and a string are one for kglite.
    """
    temporals = type_ & TEMPORALS
    return not (
        type_ >= NUMBERS
        or type_ & _NOT_DISTINGUISHABLE
        or len(temporals) > 1
        or (temporals and type_ & STRING)
        or (type_ & NODE and type_ & STRING)
    ) and all(is_distinguishable(part) for part in _parts(type_))


def type_of_value(value: Value) -> Type:
    """Return the type of a parameter.

    Raises:
        UnsupportedQueryError: for a value of which kglite has none.
    """
    if value is None:
        return NULL
    for python, type_ in ((bool, BOOLEAN), (int, INTEGER), (float, FLOAT), (str, STRING)):
        if isinstance(value, python):
            return type_
    if isinstance(value, list):
        return list_of(join(map(type_of_value, value)))
    if isinstance(value, dict):
        return _only(MapOf(tuple(sorted((key, type_of_value(held)) for key, held in value.items()))))
    raise refuse(f"a parameter that is a {type(value).__name__}", "Pass its text, and compare with toString().")
