"""The graph that a writing transaction reads: the mirror as it was, then a copy with what the overlay has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from kg.cypher.syntax import Statement
from kg.mirror.advancing import advance
from kg.mirror.answering import Answering
from kg.mirror.building import create_nodes
from kg.mirror.engine import Engine
from kg.mirror.keeping import Snapshot
from kg.mirror.writing.elements import refuse
from kg.mirror.writing.overlay import Overlay
from kg.property_graph import Node, Stored, Temporal
from kg.property_graph.values import native_of
from kg.records import Records, Value

__all__ = ["ChangingGraph"]

_KINDS = {
    "date": "date", "local time": "time", "zoned time": "time", "local datetime": "dateTime",
    "zoned datetime": "dateTime", "duration": "duration",
}  # fmt: skip


class ChangingGraph:
    """Answers what a transaction reads.

    Args:
        snapshot: the graph before it. engine: a copy of that, which may be changed.
        left: the seconds that reading may take, None for any.
    """

    def __init__(self, snapshot: Snapshot, engine: Engine, overlay: Overlay, left: Callable[[], float | None]) -> None:
        self._snapshot, self._engine, self._overlay, self.left = snapshot, engine, overlay, left
        self._answering = Answering(snapshot)
        self._seen = 0

    def read(self, statement: Statement, parameters: Mapping[str, Value], is_now: bool = True) -> Records:
        """Answer a statement that reads.

        Args:
            is_now: whether it may see what has been changed; what it is asked may not depend on the graph otherwise.
        """
        if is_now:
            self._advance()
        return self._answering.answer(statement, parameters, self.left())

    def keys(self, element_ids: Iterable[str]) -> dict[str, tuple[str, str | None]]:
        """Return the `iri` and `_iri` of nodes by their element ids, as the last answer gave these."""
        text = "MATCH (n) WHERE elementId(n) IN $ids RETURN elementId(n), n.iri, n._iri"
        found = self._snapshot.run(text, {"ids": sorted(element_ids)}, self.left())
        return {str(id_): (key, whole) for id_, key, whole in found.rows}

    def _advance(self) -> None:
        """Have the copy hold what the overlay does."""
        if self._overlay.revision == self._seen:
            return
        self._overlay.check_deleted()
        keys, graph = self._overlay.changed()
        for node in graph.nodes.values():
            self._check_holdable(node)
        advance(self._engine, keys, graph)
        missing = {row["k"] for row in self._engine.change(
            "UNWIND $rows AS x OPTIONAL MATCH (n:Resource {id: x.k}) WITH x, n WHERE n IS NULL RETURN x.k AS k",
            [{"k": key} for key in sorted(graph.nodes)],
        )}  # fmt: skip
        create_nodes(self._engine, (graph.nodes[key] for key in sorted(missing)))  # those that say nothing by now
        self._snapshot = self._snapshot.changed(self._engine, graph)
        self._answering = Answering(self._snapshot)
        self._seen = self._overlay.revision

    def _check_holdable(self, node: Node) -> None:
        for key, stored in node.properties.items():
            if not _is_holdable(stored):
                raise refuse(
                    f"reading the graph in the transaction that stored {stored!r} under `{key}`",
                    "Store it in a transaction of its own, and return nothing that is not plain.",
                )


def _is_holdable(stored: Stored) -> bool:
    """Tell whether the engine has the value exactly: what a shape may hold."""
    values = stored if isinstance(stored, list) else [stored]
    for value in values:
        if isinstance(value, Temporal):
            if not isinstance(
                native_of(value.text, f"^^<http://www.w3.org/2001/XMLSchema#{_KINDS[value.kind]}>"), Temporal
            ):
                return False
        elif not isinstance(value, str | bool | int | float):
            return False
    return bool(values)
