"""What a reader does for Cypher: run the statements of a request in a transaction, and write their answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kg.computed import Computed
from kg.errors import KgError, LimitError, ResultTooLargeError
from kg.graph import KnowledgeGraph
from kg.model import Change
from kg.query.cypher import run_statement
from kg.query.cypher_errors import describe_error
from kg.query.cypher_json import Encoder, encode_plain, encode_typed, write_query_answer, write_text
from kg.query.transaction_json import describe_notification, write_result
from kg.records import Notification, Records, Value
from kg.serving.frames import CypherRequest, CypherStatement
from kg.stores import CypherTransaction

__all__ = ["CypherWork"]

_ENCODERS: Mapping[str, Encoder] = {"plain": encode_plain, "typed": encode_typed}
_LIFETIME = 600.0
"""Seconds that a transaction of several requests may last; each of them has its own limit besides."""
_MOST_BYTES = 64_000_000
"""Of an answer that the server keeps until all is committed, or until the transaction goes on."""


class CypherWork:
    """Holds the transaction that goes on from one request to the next."""

    def __init__(self) -> None:
        self._transaction: CypherTransaction | None = None
        self._change: Change | None = None
        self._computed: Computed | None = None

    def run(
        self, graph: Callable[[], KnowledgeGraph], request: CypherRequest, write: Callable[[bytes], object]
    ) -> bool:
        """Run a request, write its answer, and tell whether nothing in it failed; `take_change` has what it changed.

        An error ends the transaction.

        Args:
            graph: returns what a new transaction is on.

        Raises:
            KgError: one that comes before the answer has begun, or a limit.
        """
        if request.begins:
            self.close()
            seconds = request.limits.seconds if request.ends else _LIFETIME
            opened = graph()
            self._computed, self._transaction = opened.computed, opened.store.cypher(request.is_writing, seconds)
        assert self._transaction is not None
        goes_on, size = False, 0
        is_kept = request.is_writing or not (request.begins and request.ends)
        try:
            answer = self._transaction_answer if request.shape == "transaction" else self._query_answer
            for piece in answer(self._transaction, request):
                size += len(piece)
                if is_kept and size > _MOST_BYTES and self._change is None:  # else it is committed already
                    most = _MOST_BYTES // 1_000_000
                    raise LimitError(
                        f"The answer is larger than {most} MB, the most for a transaction that may write or goes on. "
                        "Return less of it."
                    )
                write(piece)
            goes_on = self._change is not None
        finally:
            if request.ends or not goes_on:
                self.close()
        return goes_on

    def take_change(self) -> Change:
        """Return what the server still has to commit of a transaction that has ended."""
        change, self._change = self._change, None
        return change or Change()

    def close(self) -> None:
        """Undo what was not committed."""
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            transaction.close()

    def _finish(self, transaction: CypherTransaction, request: CypherRequest) -> None:
        """Commit if that is asked for; from here on the request has not failed."""
        self._change = transaction.commit() if request.ends else Change()

    def _run(self, transaction: CypherTransaction, statement: CypherStatement, request: CypherRequest) -> Records:
        text, parameters = statement.text, statement.parameters
        records = run_statement(transaction, text, parameters, request.is_writing, self._computed)
        most = request.limits.rows
        rows = records.rows if most is None else _limited(records.rows, most)
        return Records(records.fields, rows, records.summary)

    def _query_answer(self, transaction: CypherTransaction, request: CypherRequest) -> Iterator[bytes]:
        """Yield the answer as the Query API has it."""
        self._change = None
        if not request.statements:
            self._finish(transaction, request)
            yield write_text({**({"bookmarks": []} if request.ends else {}), **request.members}).encode()
            return
        statement = request.statements[0]
        records = self._run(transaction, statement, request)

        def finish() -> Mapping[str, Any]:
            self._finish(transaction, request)
            bookmarks = {"bookmarks": list(records.summary.bookmarks)} if request.ends else {}
            return {**bookmarks, **request.members}

        yield from write_query_answer(records, _ENCODERS[request.shape], statement.with_counters, finish)

    def _transaction_answer(self, transaction: CypherTransaction, request: CypherRequest) -> Iterator[bytes]:
        """Yield the answer as the transaction API has it: an error is a part of it, and ends it."""
        self._change = None
        more: dict[str, Any] = {}
        notifications: list[Notification] = []
        bookmarks: tuple[str, ...] = ()
        error: KgError | None = None
        yield b'{"results":['
        try:
            for number, statement in enumerate(request.statements):
                records = self._run(transaction, statement, request)
                yield b"," if number else b""
                yield from write_result(records, statement.contents, statement.with_counters)
                notifications += records.summary.notifications
            self._finish(transaction, request)
            if request.statements:
                bookmarks = records.summary.bookmarks
        except KgError as found:
            error = found
        if notifications:
            more["notifications"] = [describe_notification(each) for each in notifications]
        more["errors"] = [] if error is None else [describe_error(error)]
        more |= {name: value for name, value in request.members.items() if error is None or name != "transaction"}
        if error is None and request.ends:
            more["lastBookmarks"] = list(bookmarks)
        yield b"]" + "".join(f",{write_text(name)}:{write_text(value)}" for name, value in more.items()).encode() + b"}"


def _limited(rows: Iterator[tuple[Value, ...]], most: int) -> Iterator[tuple[Value, ...]]:
    for count, row in enumerate(rows):
        if count == most:
            raise ResultTooLargeError(most)
        yield row
