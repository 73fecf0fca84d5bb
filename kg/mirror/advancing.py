"""Nodes that a store has changed, made in kglite as they are now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from kg.mirror.building import Made, create_nodes, make_values, properties_to_hold, relate
from kg.mirror.engine import Engine
from kg.property_graph import Node, PropertyGraph

__all__ = ["advance"]

_FIND = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) RETURN x.k AS k, labels(n) AS labels"
_ENDS = "UNWIND $rows AS x MATCH (n:Resource {id: x.k})-->(m) RETURN DISTINCT m.id AS k"
_UNRELATE = "UNWIND $rows AS x MATCH (n:Resource {id: x.k})-[r]->() DELETE r"
_WHOLE = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) RETURN x.k AS k, n._iri AS iri"
_REPLACE = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) SET n = x.d"
_LABEL = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) SET n:$label"
_UNLABEL = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) REMOVE n:$label"
_HELD = "UNWIND $rows AS x MATCH (n:Resource {id: x.k})-[r]-() RETURN DISTINCT x.k AS k"
_SPEAKING = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) RETURN x.k AS k, size(labels(n)) AS labels, keys(n) AS keys"
_DELETE = "UNWIND $rows AS x MATCH (n:Resource {id: x.k}) DELETE n"
_SILENT = frozenset({"id", "iri", "_iri", "name", "title", "label", "type", "node_type"})
"""What a node has that is there only because relationships lead to it."""


def advance(engine: Engine, touched: Collection[str], now: PropertyGraph) -> None:
    """Make nodes as they are now.

    Args:
        touched: their keys. now: the shape of all that has them as its subject.
    """
    labels = {row["k"]: frozenset(row["labels"]) - {"Resource"} for row in engine.change(_FIND, _keys(touched))}
    known = sorted(labels)
    emptied = {row["k"] for row in engine.change(_ENDS, _keys(known))}
    engine.change(_UNRELATE, _keys(known))
    made: Made = {}
    made_now = {key: now.nodes.get(key) or Node(key) for key in known}
    gone = [key for key in known if key not in now.nodes]
    engine.change(
        _REPLACE,
        [{"k": key, "d": properties_to_hold(node, made)} for key, node in made_now.items() if key in now.nodes],
    )
    engine.change(_REPLACE, _silenced(engine, gone))
    make_values(engine, made)
    _relabel(engine, labels, made_now)
    others = [key for key in now.nodes if key not in labels]
    there = {row["k"] for row in engine.change(_FIND, _keys(others))}
    create_nodes(engine, (now.nodes[key] for key in others if key not in there))
    relate(engine, now.relationships)
    _drop_silent(engine, emptied | set(known))


def _silenced(engine: Engine, keys: Collection[str]) -> list[dict[str, Any]]:
    """Return what is left of nodes that may still be the ends of others: their own names."""
    whole = {row["k"]: row["iri"] for row in engine.change(_WHOLE, _keys(keys))}
    return [
        {"k": key, "d": {"iri": key} if whole.get(key) is None else {"iri": key, "_iri": whole[key]}} for key in keys
    ]


def _relabel(engine: Engine, before: Mapping[str, frozenset[str]], now: Mapping[str, Node]) -> None:
    more: dict[str, list[str]] = {}
    less: dict[str, list[str]] = {}
    for key, node in now.items():
        for label in sorted(node.labels - before[key]):
            more.setdefault(label, []).append(key)
        for label in sorted(before[key] - node.labels):
            less.setdefault(label, []).append(key)
    for text, changed in ((_UNLABEL, less), (_LABEL, more)):
        for label, keys in changed.items():
            engine.change(text, _keys(keys), label=label)


def _drop_silent(engine: Engine, candidates: Collection[str]) -> None:
    """Delete those of some nodes that say nothing and that nothing speaks of."""
    silent = [
        row["k"]
        for row in engine.change(_SPEAKING, _keys(candidates))
        if row["labels"] == 1 and _SILENT.issuperset(row["keys"])
    ]
    held = {row["k"] for row in engine.change(_HELD, _keys(silent))}
    engine.change(_DELETE, _keys(key for key in silent if key not in held))


def _keys(keys: Iterable[str]) -> list[dict[str, Any]]:
    return [{"k": key} for key in sorted(keys)]
