"""Whether a mirror is what it should be: both sides written in one form, and compared."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kg.mirror.engine import Reader
from kg.mirror.holding import read_properties
from kg.property_graph import PropertyGraph, Stored, Temporal, Value

__all__ = ["MirrorReport", "compare", "dump_of_graph", "dump_of_mirror"]


@dataclass(frozen=True, slots=True)
class MirrorReport:
    """How a mirror differs from its store, a node or relationship a line; both parts empty when it is right."""

    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is a difference."""
        return bool(self.missing or self.surplus)


def compare(mirror: Reader, graph: PropertyGraph) -> MirrorReport:
    """Report how a mirror differs from the property graph that it should be."""
    held, right = Counter(dump_of_mirror(mirror)), Counter(dump_of_graph(graph))
    return MirrorReport(tuple(sorted((right - held).elements())), tuple(sorted((held - right).elements())))


def dump_of_graph(graph: PropertyGraph) -> Iterator[str]:
    """Yield a line for every node and relationship."""
    for node in graph.nodes.values():
        properties: dict[str, Stored] = {**node.properties, "iri": node.key}
        if node.iri is not None:
            properties["_iri"] = node.iri
        if node.notes:
            properties["_rdf"] = list(node.notes)
        yield _line([sorted({"Resource", *node.labels}), _written(properties)])
    for each in graph.relationships:
        graphs: dict[str, Stored] = {} if each.graphs is None else {"_g": list(each.graphs)}
        yield _line([each.start, each.type, each.end, _written(graphs)])


def dump_of_mirror(mirror: Reader) -> Iterator[str]:
    """Yield the same lines for what kglite holds."""
    for (node,) in mirror.run("MATCH (n) RETURN n", {}).rows:
        yield _line([sorted(node["labels"]), _written(read_properties(node["properties"]))])
    for start, relationship, end in mirror.run("MATCH (a)-[r]->(b) RETURN a.iri, r, b.iri", {}).rows:
        yield _line([start, relationship["type"], end, _written(read_properties(relationship["properties"]))])


def _written(properties: dict[str, Stored]) -> list[Any]:
    written = []
    for key, stored in sorted(properties.items()):
        if isinstance(stored, list):
            written.append([key, "list", sorted(map(_value, stored))])  # whose order means nothing
        else:
            written.append([key, "value", _value(stored)])
    return written


def _value(value: Value) -> list[str]:
    if isinstance(value, Temporal):
        return [value.kind, value.text]
    return [type(value).__name__, value if isinstance(value, str) else repr(value)]


def _line(content: list[Any]) -> str:
    return json.dumps(content, ensure_ascii=False)
