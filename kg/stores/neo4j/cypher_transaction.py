"""A transaction of Cypher statements of people's, on the server: its limits, its read-only, its errors as ours.

A reading transaction is kept from writing three times: whoever begins it has judged the statement by its text, the
server says by EXPLAIN what it takes the statement for, and the session has the access mode READ.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

from kg.cypher.allowed import ALLOWED_PROCEDURES
from kg.cypher.effects import effects_of, explained, names_of_the_system
from kg.cypher.syntax import Statement as Tree
from kg.cypher.tokens import place_of, position_of
from kg.errors import ForbiddenQueryError, KgError, ParameterError, QueryError, QuerySyntaxError, StoreError
from kg.limits import watchdog
from kg.model import Change
from kg.rdf import NamedNode
from kg.records import Records, Summary, Value
from kg.stores.neo4j import errors
from kg.stores.neo4j.cypher_guard import Guarded, look, refuse_change
from kg.stores.neo4j.cypher_summary import fill
from kg.stores.neo4j.cypher_values import to_parameter, to_value
from kg.stores.neo4j.live import LiveDatabase
from kg.stores.neo4j.wire import decoded

__all__ = ["ServerTransaction", "Verdicts"]

_ROWS = 1000
"""How many rows are sent at once: what is asked for and not read is at most this."""
_MINE = "SHOW TRANSACTIONS YIELD transactionId AS id, metaData WHERE metaData.noemata = $mark RETURN id"
_END = "TERMINATE TRANSACTIONS $ids"
_LABELS = "CALL db.labels() YIELD label RETURN collect(label)"
_KEPT_VERDICTS = 1000
_MOST_KEPT = 20_000
"""Characters of a statement whose verdict is kept: what is longer was hardly written by hand, and takes memory."""
_AHEAD = 0.5
_GRACE = 0.5
"""Seconds after the limit in which the server may end a transaction. It looks between two rows, never within one."""
_LOOKS = 4
"""How often a transaction and what is committed are compared, where others may commit between the two."""


class Verdicts:
    """What the server has said of statements, and in which order it has labels; for all transactions of a store."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[str, str] = OrderedDict()
        self._places: dict[str, int] = {}
        self._lock = threading.Lock()

    def kind(self, text: str) -> str | None:
        """Return what a text was said to be, None if nobody has asked."""
        with self._lock:
            return self._kinds.get(text)

    def note(self, text: str, kind: str) -> None:
        """Note what a text is."""
        if len(text) > _MOST_KEPT:
            return
        with self._lock:
            self._kinds[text] = kind
            while len(self._kinds) > _KEPT_VERDICTS:
                self._kinds.popitem(last=False)

    def ordered(self, labels: frozenset[str], database: LiveDatabase) -> Sequence[str]:
        """Return labels in the order of their making, in which the server has them."""
        if len(labels) > 1 and not labels <= self._places.keys():
            ((known,),) = database.server.run(_LABELS)
            self._places = {label: place for place, label in enumerate(known)}
        return sorted(labels, key=lambda label: (self._places.get(label, len(self._places)), label))


class ServerTransaction:
    """Statements in one transaction of the server.

    Args:
        seconds: for all of them together, from now on.
        decisions: the graph that no statement may change.
    """

    def __init__(
        self,
        database: LiveDatabase,
        verdicts: Verdicts,
        is_writing: bool,
        seconds: float | None,
        decisions: NamedNode,
    ) -> None:
        self._database, self._verdicts, self._decisions = database, verdicts, decisions
        self._is_writing, self._seconds = is_writing, seconds
        self._mark = secrets.token_hex(12)
        self._is_over, self._is_stopped, self._is_committing = threading.Event(), False, False
        self._before: Guarded | None = None
        self._summaries: list[Summary] = []
        self._exits = contextlib.ExitStack()
        self._session, self._transaction = self._begin()
        if seconds is not None:
            self._exits.callback(self._is_over.set)
            threading.Thread(target=self._watch, args=(seconds, time.monotonic() + seconds), daemon=True).start()
            self._exits.enter_context(watchdog(seconds + _GRACE, self._hang_up))

    def _begin(self) -> tuple[Any, Any]:
        """Begin, and once more if the connection turns out to be one that the server has left behind."""
        try:
            return self._begin_once()
        except StoreError:
            return self._begin_once()

    def _begin_once(self) -> tuple[Any, Any]:
        mode = "WRITE" if self._is_writing else "READ"
        settings = {"fetch_size": _ROWS, "notifications_min_severity": "INFORMATION"}
        timeout = None if self._seconds is None else max(self._seconds, 0.001)  # 0 would be no limit
        with contextlib.ExitStack() as opened:
            session = opened.enter_context(self._database.server.session(mode, **settings))
            transaction = session.begin_transaction(metadata={"noemata": self._mark}, timeout=timeout)
            self._exits.push(opened.pop_all())
        return session, transaction

    # --- statements

    def run(self, text: str, tree: Tree | None, parameters: Mapping[str, Value]) -> Records:
        """Run a statement, as the protocol says; `tree` is not needed.

        Raises:
            ForbiddenQueryError: the server says that it does more than it may.
            QueryMemoryError: the server has refused it memory.
        """
        given = {name: _parameter(name, value) for name, value in parameters.items()}
        if self._is_writing:
            _refuse_reserved(text, parameters)
            if self._before is None:
                self._before = self._look(self._open())
        self._check(text, given)
        summary = Summary()
        self._summaries.append(summary)
        with self._errors():
            result = self._open().run(text, given)
            fields = tuple(result.keys())
        return Records(fields, self._rows(result, summary), summary)

    def _check(self, text: str, parameters: Mapping[str, Any]) -> None:
        """Have the server say what a statement is."""
        kind = self._verdicts.kind(text)
        if kind is None:
            written = explained(text)
            try:
                with self._errors():
                    kind = self._open().run(written, parameters).consume().query_type or ""
            except QuerySyntaxError as error:
                if error.line is None or error.column is None:
                    raise
                at = position_of(written, error.line, error.column) - (len(written) - len(text))
                told = QuerySyntaxError(error.language, error.reason, *place_of(text, max(at, 0)))
                told.code = error.code
                raise told from error
            self._verdicts.note(text, kind)
        allowed = ("r", "rw", "w") if self._is_writing else ("r",)
        if kind not in allowed and not (kind == "s" and _only_tells(text)):
            what = {"w": "a statement that writes", "rw": "a statement that writes"}.get(
                kind, "a command of the server"
            )
            raise ForbiddenQueryError("Cypher", "write" if "w" in kind else "schema", what, "It was not run.")

    def _rows(self, result: Any, summary: Summary) -> Iterator[tuple[Value, ...]]:
        def ordered(labels: frozenset[str]) -> Sequence[str]:
            return self._verdicts.ordered(labels, self._database)

        with self._errors():
            for record in result:
                try:
                    # A record is a tuple; its own iterator refuses values that the driver cannot read.
                    row = tuple(to_value(value, ordered) for value in tuple.__iter__(record))
                except ValueError as error:
                    raise QueryError(f"{error}.") from error
                yield row
            fill(summary, result.consume())

    def _look(self, transaction: Any) -> Guarded:
        def run(text: str, parameters: dict[str, Any]) -> Iterator[list[Any]]:
            for record in transaction.run(text, parameters):
                yield [decoded(value) for value in tuple.__iter__(record)]

        with self._errors():
            return look(run, self._decisions, self._database.names, self._database.absent)

    # --- the end

    def commit(self) -> Change:
        """Make the changes last, and return an empty change: the server has all of it.

        Raises:
            ForbiddenQueryError: they touch what is the system's, or the decisions; nothing was changed.
        """
        if self._before is not None:
            try:
                self._refuse_changes(self._before)
            except ForbiddenQueryError:
                self.close()
                raise
        self._is_committing = True
        with self._errors():
            self._open().commit()
        bookmarks = tuple(sorted(self._session.last_bookmarks().raw_values))
        for summary in self._summaries:
            summary.bookmarks = bookmarks
        self.close()
        if self._is_writing:
            with self._database.lock:
                self._database.forget()
                self._database.revision += 1
        return Change()

    def _refuse_changes(self, before: Guarded) -> None:
        """Refuse to commit what must not change, unless others have changed it: then everybody sees it already."""
        for looks_left in reversed(range(_LOOKS)):
            now = self._look(self._open())
            try:
                return refuse_change(before, now, self._decisions)
            except ForbiddenQueryError:
                if not looks_left:
                    raise
            with self._database.server.session("READ") as session, session.begin_transaction() as others:
                before = self._look(others)

    def close(self) -> None:
        """Undo what was not committed; calling it twice is no error."""
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            return
        # What goes wrong need not be told: a transaction that the server has ended itself is undone.
        with self._exits, contextlib.suppress(KgError), self._errors():
            transaction.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Any:
        if self._transaction is None:
            raise StoreError("The transaction is closed.")
        return self._transaction

    # --- limits and errors

    def _watch(self, seconds: float, deadline: float) -> None:
        """Have the server end the transaction at its limit. Its own timeout does so too, but looks every two seconds.

        Its id is asked for a little before, on the connection that is then there to send the end.
        """
        if self._is_over.wait(max(seconds - _AHEAD, 0.0)):
            return
        with contextlib.suppress(KgError):
            ids = [id_ for (id_,) in self._database.server.run(_MINE, mark=self._mark)]
            if ids and not self._is_over.wait(max(deadline - time.monotonic(), 0.0)):
                self._is_stopped = True
                self._database.server.run(_END, ids=ids)

    def _hang_up(self) -> None:
        """Wait no longer for a server that does not end the transaction: it is at one row, or out of memory.

        Not while it commits: nobody would know whether it has.
        """
        # The driver has no public way to end a wait in another thread. What it holds no more is another's by now.
        connection = self._session._connection
        if connection is not None and not self._is_committing:
            self._is_stopped = True
            connection.socket.close_socket(connection.socket)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        address = self._database.server.address
        with errors.of_statements(address, self._seconds, lambda: self._is_stopped):
            yield


def _parameter(name: str, value: Value) -> Any:
    try:
        return to_parameter(value)
    except ValueError as error:
        raise ParameterError(name, f"{error}.") from error


def _only_tells(text: str) -> bool:
    """Tell whether a statement that the server counts among its commands only calls procedures that are on our list."""
    effects = effects_of(text)
    return effects.kind == "read" and bool(effects.procedures) and effects.procedures <= ALLOWED_PROCEDURES


def _refuse_reserved(text: str, parameters: Mapping[str, Value]) -> None:
    names = names_of_the_system(text) | set(_reserved_keys(list(parameters.values())))
    if names:
        advice = "Labels, types and keys that begin with an underscore are the system's."
        raise ForbiddenQueryError("Cypher", "system", f"the name {min(names)} in a statement that writes", advice)


def _reserved_keys(value: Value) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _reserved_keys(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key.startswith("_"):
                yield key
            yield from _reserved_keys(item)
