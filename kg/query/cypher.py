"""Cypher statements: what is refused, on whatever store, and the limit on their rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

from kg.computed import Computed
from kg.cypher.effects import effects_of, refuse, removes
from kg.cypher.endless import refuse_endless
from kg.cypher.parsing import parse
from kg.cypher.syntax import Statement
from kg.errors import QuerySyntaxError, ResultTooLargeError, UnsupportedQueryError
from kg.graph import KnowledgeGraph, record_missing
from kg.limits import UNLIMITED, Limits
from kg.query.computed_cypher import answer_calls
from kg.query.edits import apply_edit
from kg.records import Records, Value
from kg.stores import CypherTransaction

__all__ = ["run_cypher", "run_statement"]


def run_cypher(
    graph: KnowledgeGraph,
    text: str,
    parameters: Mapping[str, Value] | None = None,
    limits: Limits = UNLIMITED,
    is_writing: bool = False,
    on_row_limit: Callable[[int], object] | None = None,
) -> Records:
    """Answer a Cypher statement in a transaction of its own: lazily when it reads, when all is done if it may write.

    At the row that is too many, `on_row_limit` is called with the limit and the answer ends; without one it is an
    error, and a statement that writes leaves nothing. Rows that are not read to the end hold a transaction open until
    their iterator is closed or forgotten.

    Args:
        is_writing: whether it may change the graph.

    Raises:
        ForbiddenQueryError: what it would do may not be done.
        QuerySyntaxError, UnsupportedQueryError, QueryError: it cannot be run.
        QueryTimeoutError, QueryMemoryError, ResultTooLargeError: a limit was met; also while the rows are read.
    """
    answered = answer_calls(text, {} if parameters is None else parameters, graph.computed)
    text = answered.text
    with answered.telling():
        _refuse(text, answered.parameters, is_writing)
    transaction = graph.store.cypher(is_writing, limits.seconds)
    rows = _Rows(transaction)
    try:
        with answered.telling():
            records = _run(transaction, text, answered.parameters)
        rows.read(_limited(records.rows, limits.rows, on_row_limit))
        if not is_writing:
            return Records(records.fields, rows, records.summary)
        every = list(rows.every)
        with graph.lock:  # from the moment at which nobody else has written, to the end
            change = transaction.commit()
            if change.add or change.remove:
                apply_edit(graph, change)
        if not change.remove and removes(text):
            record_missing(graph)
        rows.close()
        return Records(records.fields, iter(every), records.summary)
    except BaseException:
        rows.close()
        raise


def run_statement(
    transaction: CypherTransaction,
    text: str,
    parameters: Mapping[str, Value],
    is_writing: bool = False,
    computed: Computed | None = None,
) -> Records:
    """Run one statement of a transaction that the caller has begun and ends, refusing what `run_cypher` refuses."""
    answered = answer_calls(text, parameters, computed)
    with answered.telling():
        _refuse(answered.text, answered.parameters, is_writing)
        return _run(transaction, answered.text, answered.parameters)


def _refuse(text: str, parameters: Mapping[str, Value], is_writing: bool) -> None:
    refuse(effects_of(text), is_writing)
    refuse_endless(text, parameters)


def _run(transaction: CypherTransaction, text: str, parameters: Mapping[str, Value]) -> Records:
    tree: Statement | None = None
    unread: QuerySyntaxError | None = None
    try:
        tree = parse(text)
    except QuerySyntaxError as error:  # which the store may know better
        unread = error
    try:
        return transaction.run(text, tree, parameters)
    except UnsupportedQueryError:
        if unread is not None:
            raise unread from None
        raise


def _limited(
    rows: Iterator[tuple[Value, ...]], most: int | None, on_row_limit: Callable[[int], object] | None
) -> Iterator[tuple[Value, ...]]:
    for count, row in enumerate(rows):
        if most is not None and count == most:
            if on_row_limit is None:
                raise ResultTooLargeError(most)
            on_row_limit(most)
            return
        yield row


class _Rows:
    """Rows with the transaction that they are read in, which ends with them."""

    def __init__(self, transaction: CypherTransaction) -> None:
        self._transaction: CypherTransaction | None = transaction
        self.every: Iterator[tuple[Value, ...]] = iter(())

    def read(self, rows: Iterator[tuple[Value, ...]]) -> None:
        """Take the rows and look for the first, so that what is wrong from the start is said at the start."""
        first = list(itertools.islice(rows, 1))
        self.every = itertools.chain(first, rows)

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> tuple[Value, ...]:
        try:
            return next(self.every)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the transaction; calling it twice is no error."""
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            transaction.close()

    def __del__(self) -> None:
        self.close()
