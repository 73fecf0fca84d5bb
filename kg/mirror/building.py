"""A property graph, written into kglite: all of it, or nodes that are new or other than they were."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from kg.mirror.engine import Engine
from kg.mirror.holding import hold
from kg.property_graph import Node, PropertyGraph, Relationship

__all__ = ["build", "create_nodes", "make_values", "properties_to_hold", "relate"]

T = TypeVar("T")
_ROWS = 10_000
_INDEX = "CREATE INDEX FOR (n:Resource) ON (n.iri)"

Made = dict[tuple[str, str, bool], list[dict[str, Any]]]
"""What kglite makes itself: by key, function and whether it is a list, the nodes' keys with the arguments."""


def build(graph: PropertyGraph) -> Engine:
    """Return a new graph with all of this one."""
    engine = Engine()
    create_nodes(engine, graph.nodes.values())
    engine.change(_INDEX, ())
    relate(engine, graph.relationships)
    return engine


def create_nodes(engine: Engine, nodes: Iterable[Node]) -> None:
    """Create nodes that are not there yet."""
    by_labels: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    made: Made = {}
    for node in nodes:
        row = {"d": properties_to_hold(node, made), "k": node.key}
        by_labels.setdefault(tuple(sorted(node.labels)), []).append(row)
    for labels, rows in by_labels.items():
        names = {f"l{number}": label for number, label in enumerate(labels)}
        pattern = "".join(f":${name}" for name in names)
        text = f"UNWIND $rows AS x CREATE (n:Resource{pattern} {{id: x.k}}) SET n += x.d"
        for chunk in _chunks(rows):
            engine.change(text, chunk, **names)
    make_values(engine, made)


def properties_to_hold(node: Node, made: Made) -> dict[str, Any]:
    """Return all properties of a node that can be given as they are, and put the others where they are made."""
    plain, others = hold(node.properties)
    for key, (function, argument) in others.items():
        entry = {"k": node.key, "v": argument}
        made.setdefault((key, function, isinstance(argument, list)), []).append(entry)
    plain["iri"] = node.key
    if node.iri is not None:
        plain["_iri"] = node.iri
    if node.notes:
        plain["_rdf"] = node.notes
    return plain


def make_values(engine: Engine, made: Made) -> None:
    """Set the values that only kglite can make exactly."""
    for (key, function, is_list), rows in made.items():
        value = f"[y IN x.v | {function}(y)]" if is_list else f"{function}(x.v)"
        quoted = key.replace("`", "``")
        for chunk in _chunks(rows):
            engine.change(f"UNWIND $rows AS x MATCH (n:Resource {{id: x.k}}) SET n.`{quoted}` = {value}", chunk)


def relate(engine: Engine, relationships: Iterable[Relationship]) -> None:
    """Create relationships between nodes that are there."""
    by_type: dict[tuple[str, bool], list[dict[str, Any]]] = {}
    for each in relationships:
        row: dict[str, Any] = {"s": each.start, "e": each.end}
        if each.graphs is not None:
            row["g"] = list(each.graphs)
        by_type.setdefault((each.type, each.graphs is not None), []).append(row)
    for (type_, has_graphs), rows in by_type.items():
        text = (
            "UNWIND $rows AS x MATCH (a:Resource {id: x.s}) MATCH (b:Resource {id: x.e}) "
            f"CREATE (a)-[:$type{' {_g: x.g}' if has_graphs else ''}]->(b)"
        )
        for chunk in _chunks(rows):
            engine.change(text, chunk, type=type_)


def _chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    rest = iter(rows)
    while chunk := list(itertools.islice(rest, _ROWS)):
        yield chunk
