"""Cypher that writes, on an embedded store: its changes are kept apart, and handed back to be committed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Self

from kg.cypher.checking import check
from kg.cypher.syntax import Command, Statement
from kg.errors import ForbiddenQueryError, StoreChangingError, StoreError, UnsupportedQueryError
from kg.limits import Deadline
from kg.mirror import Snapshot
from kg.mirror.changes import change_of
from kg.mirror.engine import Engine
from kg.mirror.writing.graph import ChangingGraph
from kg.mirror.writing.overlay import Match, Overlay
from kg.mirror.writing.scopes import holds_writing
from kg.mirror.writing.statement import refuse_identities, run_writing
from kg.model import Change
from kg.rdf import NamedNode
from kg.records import Records, Value

__all__ = ["EmbeddedWriting"]


class EmbeddedWriting:
    """A transaction that may write. The store is not changed by it; what `commit` returns is for the caller to commit.

    Args:
        match: the store's. snapshot: its mirror as it is now. engine: a copy of that, which may be changed.
        seconds: what all its statements together may take, from now on.
        revision: the store's; another than now, and what was read is not what there is any more.
    """

    def __init__(
        self,
        match: Match,
        snapshot: Snapshot,
        engine: Engine,
        seconds: float | None,
        revision: Callable[[], int],
    ) -> None:
        self._revision, self._began = revision, revision()
        self._deadline = Deadline(seconds)
        left, seed = self._deadline.left, secrets.token_hex(16)
        self._overlay: Overlay | None = Overlay(match, snapshot.names, snapshot.absent, seed, left)
        self._graph = ChangingGraph(snapshot, engine, self._overlay, left)
        self._has_failed = False

    def run(self, text: str, tree: Statement | None, parameters: Mapping[str, Value]) -> Records:
        """Run a statement, as the protocol says; after one that failed, the transaction can only be closed."""
        overlay = self._open()
        if self._has_failed:
            raise StoreError("A statement of this transaction has failed; nothing of it can be committed.")
        self._has_failed = True  # until it is done, also for whoever stops it half way
        if tree is None:
            raise UnsupportedQueryError("Cypher", "this statement", "The embedded store cannot read it; Neo4j may.")
        check(tree, parameters, text)
        with self._deadline.of_all():
            records = self._run(tree, parameters, overlay)
        self._has_failed = False
        return records

    def _run(self, tree: Statement, parameters: Mapping[str, Value], overlay: Overlay) -> Records:
        if not isinstance(tree.body, Command) and holds_writing(tree.body):
            return run_writing(tree, parameters, overlay, self._graph)
        refuse_identities(overlay, tree.body)
        return self._graph.read(tree, parameters)

    def commit(self) -> Change:
        """Return what the statements have changed, and end the transaction."""
        overlay = self._open()
        if self._has_failed:
            raise StoreError("A statement of this transaction has failed; nothing of it can be committed.")
        change = change_of(overlay)
        decisions = NamedNode(f"{overlay.names.base}graph/decisions")
        if any(quad.graph_name == decisions for quad in (*change.add, *change.remove)):
            advice = "Nothing was changed. It holds what was decided about statements, and is not for other writers."
            raise ForbiddenQueryError("Cypher", "decisions", f"writing to {decisions}", advice)
        self.close()
        return change

    def _open(self) -> Overlay:
        if self._overlay is None:
            raise StoreError("This transaction is closed.")
        if self._revision() != self._began:
            raise StoreChangingError(
                "Others have changed the graph since the transaction began, so nothing of it was written. Run it again."
            )
        return self._overlay

    def close(self) -> None:
        """Forget what was changed; calling it twice is no error."""
        self._overlay = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
