"""Parallel relationships of one type: one triple, which Cypher counts twice; the sweep makes them one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kg.property_graph import AbsentGraph
from kg.property_graph.denote import denote_relationship
from kg.property_graph.names import Names, is_usable
from kg.property_graph.values import identity
from kg.rdf import BlankNode
from kg.stores.neo4j.driver import ReadSession, Statement, Transaction
from kg.stores.neo4j.sweep_report import Problem

__all__ = ["Doubled", "merge_doubled", "read_doubled", "unlike"]

Doubled = list[str]
"""Start, type and end of several relationships; the nodes by their element ids."""

_DOUBLED = Statement(
    "MATCH (a) CALL (a) { MATCH (a)-[r]->(b) WITH b, type(r) AS type, count(r) AS number WHERE number > 1 "
    "RETURN elementId(b) AS end, type } RETURN elementId(a), type, end"
)
_LOCK_STARTS = "UNWIND $ids AS id MATCH (n) WHERE elementId(n) = id SET n._lock = true REMOVE n._lock"
_PARALLEL = (
    "UNWIND range(0, size($groups) - 1) AS number WITH number, $groups[number] AS row "
    "MATCH (a)-[r]->(b) WHERE elementId(a) = row[0] AND elementId(b) = row[2] AND type(r) = row[1] "
    "RETURN number, elementId(r), properties(r) ORDER BY number, elementId(r)"
)
_MERGE = (
    "UNWIND $rows AS row MATCH ()-[kept]->() WHERE elementId(kept) = row.kept SET kept._g = row.graphs "
    "WITH row UNWIND row.others AS other MATCH ()-[r]->() WHERE elementId(r) = other DELETE r"
)

_Parallel = list[tuple[str, Mapping[str, Any]]]
"""Relationships by their element ids, with their properties."""


def read_doubled(session: ReadSession) -> list[Doubled]:
    """Return what there is twice; types that denote nothing are left out."""
    return [group for group in session.stream(_DOUBLED) if is_usable(group[1])]


def unlike(session: ReadSession, groups: list[Doubled]) -> dict[int, Problem]:
    """Return which of some groups were made to say different things, by their numbers."""
    rows = session.run(Statement(_PARALLEL, {"groups": groups}))
    return {
        number: Problem(
            "relationships",
            groups[number][0],
            f"parallel relationships {groups[number][1]!r} from here have different properties; "
            "they stay, and are one triple",
        )
        for number, parallel in _by_group(rows)
        if _kept(parallel) is None
    }


def merge_doubled(transaction: Transaction, groups: list[Doubled], names: Names, absent: AbsentGraph) -> int:
    """Merge each group into the one that has properties, in the graphs of all; return how many went into another."""
    transaction.run(_LOCK_STARTS, ids=sorted({start for start, _, _ in groups}))
    plans: list[dict[str, Any]] = []
    for number, parallel in _by_group(transaction.run(_PARALLEL, groups=groups)):
        kept = _kept(parallel)
        if kept is not None and len(parallel) > 1:
            others = [id_ for id_, _ in parallel if id_ != kept]
            plans.append({
                "kept": kept, "others": others, "graphs": _graphs(groups[number][1], parallel, names, absent)
            })  # fmt: skip
    transaction.run(_MERGE, rows=plans)
    return sum(len(plan["others"]) for plan in plans)


def _by_group(rows: list[list[Any]]) -> Iterator[tuple[int, _Parallel]]:
    by_group: dict[int, _Parallel] = {}
    for number, id_, properties in rows:
        by_group.setdefault(number, []).append((id_, properties))
    yield from by_group.items()


def _kept(parallel: _Parallel) -> str | None:
    """Return which relationship the others go into, None where the properties of two differ."""
    carried = {
        id_: frozenset(
            (key, tuple(map(identity, value)) if isinstance(value, list) else identity(value))
            for key, value in properties.items()
            if key not in ("_g", "_lock")
        )
        for id_, properties in parallel
    }
    if len({properties for properties in carried.values() if properties}) > 1:
        return None
    return max(carried, key=lambda id_: bool(carried[id_]))


def _graphs(type_: str, parallel: _Parallel, names: Names, absent: AbsentGraph) -> list[str] | None:
    """Return the `_g` that says what all of them say together."""
    anything = BlankNode("n")
    graphs = {
        names.graph_name(quad.graph_name, absent)
        for _, properties in parallel
        for quad in denote_relationship(anything, type_, anything, properties.get("_g"), names, absent)
    }
    return None if graphs == {"."} else sorted(graphs)
