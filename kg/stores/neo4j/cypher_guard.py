"""What writing in Cypher must leave as it was: the system's own nodes, and the graph of decisions.

It is read in the transaction that writes, when that begins and before it commits. So it does not matter how a
statement came to what it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from kg.errors import ForbiddenQueryError
from kg.property_graph import AbsentGraph
from kg.property_graph.names import Names, identifier
from kg.rdf import NamedNode, Quad
from kg.stores.neo4j.driver import ReadSession, Statement
from kg.stores.neo4j.matching import QuadPattern, match_quads

__all__ = ["SYSTEM_LABELS", "Guarded", "look", "refuse_change"]

Run = Callable[[str, dict[str, Any]], Iterator[list[Any]]]
"""Runs a statement in the transaction and yields its rows."""

SYSTEM_LABELS = ("_Batch", "_Home", "_Prefix", "_Term")
_SYSTEM = (
    f"MATCH (n:{'|'.join(SYSTEM_LABELS)}) RETURN elementId(n), labels(n), properties(n), COUNT {{ (n)--() }} "
    "ORDER BY elementId(n)"
)
_LABELS = "CALL db.labels() YIELD label WHERE label STARTS WITH '_' RETURN label"
_TYPES = "CALL db.relationshipTypes() YIELD relationshipType AS t WHERE t STARTS WITH '_' RETURN t"


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is there of that: the system's nodes, how many things have a reserved name, the decisions."""

    system: str
    reserved: dict[str, int]
    decisions: frozenset[Quad]


class _Reading:
    """The transaction as what reads patterns takes it for."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def stream(self, statement: Statement) -> Iterator[list[Any]]:
        """Yield the rows of a statement."""
        return self._run(statement.text, dict(statement.parameters))


def look(run: Run, decisions: NamedNode, names: Names, absent: AbsentGraph) -> Guarded:
    """Read what must not change."""
    reserved = {}
    for (label,) in list(run(_LABELS, {})):
        if label not in SYSTEM_LABELS:
            ((reserved[f"label {label}"],),) = list(run(f"MATCH (n:{identifier(label)}) RETURN count(n)", {}))
    for (type_,) in list(run(_TYPES, {})):
        text = f"MATCH ()-[r:{identifier(type_)}]->() RETURN count(r)"
        ((reserved[f"relationship type {type_}"],),) = list(run(text, {}))
    session = cast(ReadSession, _Reading(run))
    decided = frozenset(match_quads(session, QuadPattern(graph_name=decisions), names, absent))
    return Guarded(repr(list(run(_SYSTEM, {}))), reserved, decided)


def refuse_change(before: Guarded, now: Guarded, decisions: NamedNode) -> None:
    """Refuse what differs from before.

    Raises:
        ForbiddenQueryError: what was changed, by name.
    """
    undone = "Nothing was changed."
    if before.system != now.system:
        what = f"changing the system's own nodes ({', '.join(SYSTEM_LABELS)})"
        raise ForbiddenQueryError("Cypher", "system", what, undone)
    for name, count in now.reserved.items():
        if count > before.reserved.get(name, 0):
            advice = f"{undone} Names that begin with an underscore are the system's."
            raise ForbiddenQueryError("Cypher", "system", f"the {name}", advice)
    if before.decisions != now.decisions:
        advice = f"{undone} It holds what was decided about statements, and is not for other writers."
        raise ForbiddenQueryError("Cypher", "decisions", f"writing to {decisions}", advice)
