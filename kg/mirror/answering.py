"""A statement that reads, answered by a snapshot of the mirror: rewritten, asked and read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kg.cypher.syntax import Statement
from kg.errors import QueryError
from kg.mirror.answers import failure, read_row
from kg.mirror.dialect.preparing import prepare
from kg.mirror.dialect.projections import Column
from kg.mirror.dialect.types import NULL, Type, join, list_of
from kg.mirror.engine import Raw
from kg.mirror.keeping import Snapshot
from kg.records import Plan, Records, Summary, Value

__all__ = ["Answering"]


class Answering:
    """Answers statements from one snapshot, and remembers what they needed to know of it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._relationships: int | None = None

    def answer(self, statement: Statement, parameters: Mapping[str, Value], seconds: float | None) -> Records:
        """Answer a statement.

        Raises:
            UnsupportedQueryError: names what would be answered otherwise than on Neo4j. QueryError: it failed.
            QueryTimeoutError: it took longer than it may.
        """
        snapshot = self._snapshot
        prepared = prepare(statement, parameters, self._kinds_of, self._count(), snapshot.has_nanoseconds)
        # There are no operators to show, but there is what kglite is asked.
        summary = Summary(plan=Plan("Mirror", {"Details": prepared.text})) if statement.mode is not None else Summary()
        if statement.mode == "EXPLAIN":
            return Records(prepared.fields, iter(()), summary)
        try:
            raw = snapshot.run(prepared.text, prepared.parameters, seconds)
        except QueryError as error:
            raise failure(str(error)) or error from None
        return Records(prepared.fields, _rows(raw, prepared.columns), summary)

    def _kinds_of(self, key: str) -> Type:
        single, items = self._snapshot.content.of(key)
        of_items = join(frozenset({kind}) for kind in items)
        return NULL | single | (list_of(of_items) if items else frozenset())

    def _count(self) -> int:
        if self._relationships is None:
            self._relationships = self._snapshot.relationships
        return self._relationships


def _rows(raw: Raw, columns: tuple[Column, ...]) -> Iterator[tuple[Value, ...]]:
    for row in raw.rows:
        yield read_row(dict(zip(raw.fields, row, strict=True)), columns)
