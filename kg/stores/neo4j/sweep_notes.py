"""Notes whose value is gone, or that nobody can read: they mean nothing, and the sweep drops them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kg.property_graph.denote import label_lines, property_lines
from kg.property_graph.names import ANONYMOUS, Names
from kg.property_graph.notes import read_notes
from kg.rdf import NamedNode
from kg.stores.neo4j.driver import ReadSession, Statement, Transaction

__all__ = ["drop_dead_notes", "labels_in", "read_dead_notes"]

_NOTED = Statement("MATCH (n) WHERE n._rdf IS NOT NULL RETURN elementId(n), labels(n), properties(n)")
_NOTED_AGAIN = (
    "UNWIND $ids AS id MATCH (n) WHERE elementId(n) = id SET n._lock = true REMOVE n._lock "
    "RETURN id, labels(n), properties(n)"
)
_SET = "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] SET n._rdf = row[1]"

_PROBE = "urn:noemata:live"
_ABSENT = NamedNode("urn:noemata:absent")


def read_dead_notes(session: ReadSession, names: Names) -> tuple[list[str], set[str]]:
    """Return the nodes that have dead notes, and the labels of hand-made nodes that live ones mention."""
    dead, mentioned = [], set[str]()
    for id_, labels, properties in session.stream(_NOTED):
        live = _live(labels, properties, names)
        if (live or None) != properties["_rdf"]:
            dead.append(id_)
        mentioned |= labels_in(live)
    return dead, mentioned


def labels_in(stored: Iterable[str]) -> set[str]:
    """Return the labels of hand-made nodes that texts mention."""
    return {found[0] for text in stored if "_:neo4j_" in text for found in ANONYMOUS.finditer(text)}


def drop_dead_notes(transaction: Transaction, ids: list[str], names: Names) -> int:
    """Drop the dead notes of some nodes, found again, and return how many."""
    rows, dropped = [], 0
    for id_, labels, properties in transaction.run(_NOTED_AGAIN, ids=ids):
        stored = properties.get("_rdf")
        live = [] if stored is None else _live(labels, properties, names)
        if (live or None) != stored:
            rows.append([id_, live or None])
            dropped += len(stored) - len(live) if stored and isinstance(stored, list) else 1
    transaction.run(_SET, rows=rows)
    return dropped


def _live(labels: Iterable[str], properties: Mapping[str, Any], names: Names) -> list[str]:
    """Return the entries of a node that describe something, as they are."""
    stored = properties["_rdf"]
    entries = [stored] if isinstance(stored, str) else stored if isinstance(stored, list) else []
    return [entry for entry in entries if isinstance(entry, str) and _is_live(entry, labels, properties, names)]


def _is_live(entry: str, labels: Iterable[str], properties: Mapping[str, Any], names: Names) -> bool:
    """Tell whether an entry says something: with a graph of its own put in its place, whether that has a quad."""
    for key, ((token, _),) in read_notes([entry]).items():
        probe = {key: [(token, [_PROBE])]}
        if key.startswith(":"):
            lines = label_lines("_:n", key[1:], probe, names, _ABSENT) if key[1:] in labels else []
        else:
            lines = property_lines("_:n", key, properties.get(key), probe, names, _ABSENT)
        return any(line.endswith(f" <{_PROBE}> .\n") for line in lines)
    return False
