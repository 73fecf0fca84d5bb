"""Cypher on an embedded store: answered from its mirror, as that was when the transaction began."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from kg.cypher.checking import check
from kg.cypher.syntax import Statement
from kg.errors import StoreError, UnsupportedQueryError
from kg.limits import Deadline
from kg.mirror import Snapshot
from kg.mirror.answering import Answering
from kg.model import Change
from kg.records import Records, Value

__all__ = ["EmbeddedReading"]


class EmbeddedReading:
    """A transaction that reads.

    Args:
        seconds: what all its statements together may take, from now on.
    """

    def __init__(self, snapshot: Snapshot, seconds: float | None) -> None:
        self._answering = Answering(snapshot)
        self._deadline = Deadline(seconds)
        self._is_closed = False

    def run(self, text: str, tree: Statement | None, parameters: Mapping[str, Value]) -> Records:
        """Answer a statement, as the protocol says."""
        if self._is_closed:
            raise StoreError("This transaction is closed.")
        if tree is None:
            raise UnsupportedQueryError("Cypher", "this statement", "The embedded store cannot read it; Neo4j may.")
        check(tree, parameters, text)
        with self._deadline.of_all():
            return self._answering.answer(tree, parameters, self._deadline.left())

    def commit(self) -> Change:
        """Return that there is nothing to commit."""
        return Change()

    def close(self) -> None:
        """Answer nothing any more."""
        self._is_closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
