"""Everything that talks Bolt: sessions, retries, bookmarks, timeouts, and Neo4j's errors and values made ours.

The one module that imports the driver package, but for its value types (`wire`) and exceptions (`errors`). None of its
exceptions leaves this file.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from kg.errors import KgError, MissingExtraError, StoreChangingError, StoreUnreachableError
from kg.stores import ServerAddress
from kg.stores.neo4j import errors
from kg.stores.neo4j.mark import Mark
from kg.stores.neo4j.wire import decoded, encoded

if TYPE_CHECKING:
    import neo4j

__all__ = ["Connection", "Mark", "ReadSession", "RestartError", "Statement", "Transaction"]

T = TypeVar("T")

_RETRY_SECONDS = 30.0
"""How long a write is tried again: as long as a restarted server needs to answer."""

_WRITE_SECONDS = 30.0
"""How long a write of usual size may take. Whatever it takes longer it waits for a lock that somebody has forgotten."""

_FETCH_ROWS = 5000
_STARTED = (
    "CALL dbms.queryJmx('JMImplementation:type=MBeanServerDelegate') YIELD attributes "
    "RETURN attributes.MBeanServerId.value"
)
"""The host and the moment of the server's start; what SHOW DATABASES calls `lastStartTime` stays over a restart."""

_SCHEME = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://.")
_LOGIN = re.compile(r"(?<=://).*@")

_RESTARTS = 8
_NO_NAMES = frozenset({"01N50", "01N51", "01N52"})
"""GQL statuses: a label, a relationship type, a property key does not exist."""


class RestartError(Exception):
    """Raised by the work of a transaction that has seen others change what it had read; it is run again."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A Cypher text and its parameters; an equal text is planned once by the server."""

    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Transaction:
    """A write transaction that is open; what was run is undone when the work raises."""

    def __init__(self, transaction: neo4j.ManagedTransaction, connection: Connection) -> None:
        self._transaction, self._connection = transaction, connection

    def run(self, text: str, **parameters: Any) -> list[list[Any]]:
        """Run a statement and return its rows."""
        return self.start(text, **parameters)()

    def start(self, text: str, **parameters: Any) -> Callable[[], list[list[Any]]]:
        """Let the server begin with a statement, and return what waits for its rows."""
        with self._errors():
            result = self._transaction.run(text, encoded(parameters))

        def rows() -> list[list[Any]]:
            with self._errors():
                return _rows(result)

        return rows

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        import neo4j.exceptions

        try:
            yield
        except neo4j.exceptions.Neo4jError as error:
            if error.code in errors.MEMORY:  # The driver holds it for passing and would try again for half a minute.
                raise self._connection.translated(error) from error
            raise


class ReadSession:
    """Reads one after another, each seeing at least what the one before saw.

    `first` is fully applied when the first statement runs.
    """

    def __init__(self, session: neo4j.Session, connection: Connection, first: Mark, timeout: float | None) -> None:
        self._session, self._connection, self._timeout = session, connection, timeout
        self.first = first

    def run(self, statement: Statement) -> list[list[Any]]:
        """Return the rows of a statement."""
        return self._connection.again(lambda: _rows(self._result(statement)), self._timeout)

    def stream(self, statement: Statement) -> Iterator[list[Any]]:
        """Yield the rows of a statement as they come; read them all, or close it, before the next statement."""
        with self._connection.errors(self._timeout, is_read=True):
            result = self._result(statement)
            try:
                for record in result:
                    yield [decoded(value) for value in tuple.__iter__(record)]
            except GeneratorExit:
                result.consume()  # the server forgets the rest
                raise

    def _result(self, statement: Statement) -> neo4j.Result:
        import neo4j

        query = neo4j.Query(statement.text, timeout=self._timeout)
        return self._session.run(query, encoded(statement.parameters))

    @property
    def last(self) -> Mark:
        """Return the mark of the last statement that was read to its end."""
        return self._connection.where(self._session)

    def is_snapshot(self) -> bool:
        """Tell whether all that was read is the data as it was at `first`, and still is."""
        return self.last == self.first


class Connection:
    """A server's pool of connections, opened by its first use; safe for threads, and for a process that forks.

    All that it does happens after what it did before: its sessions share one bookmark.

    Raises:
        StoreUnreachableError: the address holds a password, which would be seen wherever it is named.
        MissingExtraError: the driver is not installed.
    """

    def __init__(self, address: ServerAddress) -> None:
        if importlib.util.find_spec("neo4j") is None:
            raise MissingExtraError("neo4j", "A graph on Neo4j")
        if _LOGIN.search(address.uri):
            raise StoreUnreachableError(
                _LOGIN.sub("", address.uri),
                "the address holds a user name or a password",
                "Set NEO4J_USERNAME and NEO4J_PASSWORD.",
            )
        self.address = address
        self._latest = Mark()
        self._opened = 0  # sockets so far
        self._run = (-1, "")  # when the database was started, as known after so many of them
        self._lock = threading.Lock()
        self._driver: neo4j.Driver | None = None
        self._process = os.getpid()
        self._inherited: list[neo4j.Driver | None] = []

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def mark(self) -> Mark:
        """Return where the database is now: some 3 ms."""
        with self.reading() as session:
            return session.first

    @contextlib.contextmanager
    def reading(self, after: Mark | None = None, timeout: float | None = None) -> Iterator[ReadSession]:
        """Open a session for reading.

        Args:
            after: where `first` is set without asking; None asks the server where it is.
        """
        with self.errors(timeout), contextlib.ExitStack() as sessions:
            # What this connection has written is read in any case, though it be later than `first`.
            began = self._latest if after is None else after.latest(self._latest)
            session = sessions.enter_context(self._session("READ", began))
            first = after
            if first is None:
                try:
                    first = self.again(lambda: self._first(session), timeout)
                except errors.UnknownMarkError:  # that is how it is now
                    began = Mark()
                    session = sessions.enter_context(self._session("READ", began))
                    first = self.again(lambda: self._first(session), timeout)
            try:
                yield ReadSession(session, self, first, timeout)
            finally:
                self._advance(began, _mark(session))

    def _first(self, session: neo4j.Session) -> Mark:
        session.run("RETURN 1").consume()
        return self.where(session)

    def where(self, session: neo4j.Session) -> Mark:
        """Return where a session has come to.

        After a backup was put back, transactions that others have made have the ids of those that are lost. The
        database is started anew for that, and the sockets opened anew: only then it is asked when it was started.
        """
        asked, run = self._run
        if asked != (opened := self._opened):
            run = self._started()
            self._run = opened, run
        return Mark(_mark(session).bookmarks, run)

    def _started(self) -> str:
        """Return when the database was started; where that is not told, what is never the same."""
        import neo4j.exceptions

        # What has been read or written has been so, though this may fail.
        with (
            contextlib.suppress(neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError),
            self._session("READ", Mark()) as session,
        ):
            found = [str(at) for (at,) in _rows(session.run(_STARTED)) if at]
            if found:
                return ", ".join(found)
        return f"unknown, asked by {os.getpid()} {os.urandom(8).hex()}"

    def write(
        self, work: Callable[[Transaction], T], *, idempotent: bool = False, timeout: float = _WRITE_SECONDS
    ) -> tuple[T, Mark]:
        """Run work in one transaction, and again from its start after a deadlock, a lost connection or a RestartError.

        Args:
            idempotent: work that finds out by itself whether it was done; it is also run again when the connection
                broke while the server committed.
            timeout: seconds for one try, the waiting for locks included.

        Returns:
            what the work returned, and the mark of its commit.
        """
        import neo4j.exceptions

        managed = neo4j.unit_of_work(timeout=timeout)(lambda tx: work(Transaction(tx, self)))
        deadline = time.monotonic() + _RETRY_SECONDS
        restarts = 0
        with self.errors():
            while True:
                try:
                    began = self._latest
                    with self._session("WRITE", began) as session:
                        value = session.execute_write(managed)
                        self._advance(began, _mark(session))
                        return value, self.where(session)
                except neo4j.exceptions.IncompleteCommit:
                    if not idempotent or time.monotonic() > deadline:
                        raise
                except (RestartError, neo4j.exceptions.ClientError) as error:
                    is_lost = isinstance(error, RestartError) or error.code in errors.CHANGED_MEANWHILE
                    if not is_lost or errors.is_of_others(error):
                        raise
                    restarts += 1
                    if restarts > _RESTARTS:
                        raise StoreChangingError(
                            f"Neo4j at {self.address.uri}: others change what is to be written "
                            f"({error}); gave up after {_RESTARTS} tries, and nothing was changed. Try again."
                        ) from error
                    time.sleep(random.uniform(0, 0.02 * 2**restarts))

    def run(self, text: str, **parameters: Any) -> list[list[Any]]:
        """Run a statement in a transaction of its own, not tried again: schema and `CALL db.*`."""
        began = self._latest
        with self.errors(), self._session("WRITE", began) as session:
            rows = _rows(session.run(text, encoded(parameters)))
            self._advance(began, _mark(session))
            return rows

    @contextlib.contextmanager
    def session(self, mode: str, **settings: Any) -> Iterator[neo4j.Session]:
        """Open a session of the driver that begins after all that was done; what it comes to is noted at its end."""
        began = self._latest
        with self.errors(), self._session(mode, began, **settings) as session:
            try:
                yield session
            finally:
                self._advance(began, _mark(session))

    def unknown_names(self, text: str) -> list[str]:
        """Return what the planner says of labels, types and keys in a query that the database has never had."""
        with self.errors(), self._session("READ", self._latest, notifications_min_severity="WARNING") as session:
            summary = session.run(f"EXPLAIN {text}").consume()
        return [status.status_description for status in summary.gql_status_objects if status.gql_status in _NO_NAMES]

    def version(self) -> str:
        """Return the server's version, such as `5.26.20`; this is also how to find out whether it answers."""
        with self.reading(timeout=10) as session:
            rows = session.run(Statement("CALL dbms.components() YIELD name, versions RETURN name, versions[0]"))
        return str(next((version for name, version in rows if name == "Neo4j Kernel"), rows[0][1]))

    def close(self) -> None:
        """Close all connections; calling it twice is no error, and a later use opens them again."""
        with self._lock:
            driver, self._driver = self._driver, None
        if driver is not None and self._process == os.getpid():
            driver.close()

    def again(self, read: Callable[[], T], timeout: float | None) -> T:
        """Run a read, and once more if its connection turns out to be one that the server has left behind."""
        import neo4j.exceptions

        with self.errors(timeout, is_read=True):
            try:
                return read()
            except (neo4j.exceptions.ServiceUnavailable, neo4j.exceptions.SessionExpired):
                return read()

    @contextlib.contextmanager
    def errors(self, timeout: float | None = None, is_read: bool = False) -> Iterator[None]:
        """Raise the driver's errors as ours."""
        import neo4j.exceptions

        try:
            yield
        except (neo4j.exceptions.Neo4jError, neo4j.exceptions.DriverError) as error:
            raise self.translated(error, timeout, is_read) from error

    def translated(self, error: Exception, timeout: float | None = None, is_read: bool = False) -> KgError:
        """Return our error for one of the driver's, and forget a mark that the server does not know."""
        found = errors.translated(error, self.address, timeout, is_read)
        if isinstance(found, errors.UnknownMarkError):
            self._latest = Mark()
        return found

    def _session(self, mode: str, after: Mark, **settings: Any) -> neo4j.Session:
        import neo4j

        given: dict[str, Any] = {"database": self.address.database, "fetch_size": _FETCH_ROWS, **settings}
        bookmarks = neo4j.Bookmarks.from_raw_values(after.bookmarks)
        return self._open().session(default_access_mode=mode, bookmarks=bookmarks, **given)

    def _open(self) -> neo4j.Driver:
        if self._process != os.getpid():
            # A forked process must not use its parent's sockets, nor close them; collecting the driver would.
            self._inherited.append(self._driver)
            self._driver, self._process, self._lock = None, os.getpid(), threading.Lock()
        with self._lock:
            if self._driver is None:
                self._driver = self._new()
            return self._driver

    def _new(self) -> neo4j.Driver:
        import neo4j

        if not _SCHEME.match(self.address.uri):
            raise StoreUnreachableError(self.address.uri, "this is no address of Bolt", errors.ADDRESSES)
        logging.getLogger("neo4j.notifications").setLevel(logging.ERROR)  # `unknown_names` asks for such warnings.
        logging.getLogger("neo4j.io").setLevel(logging.CRITICAL)  # What it tells of lost connections it raises too.
        try:
            return neo4j.GraphDatabase.driver(
                self.address.uri,
                auth=(self.address.username, self.address.password),
                resolver=self._resolved,
                connection_timeout=10,
                connection_acquisition_timeout=30,
                max_transaction_retry_time=_RETRY_SECONDS,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="noemata",
            )
        except (ValueError, neo4j.exceptions.DriverError) as error:
            raise StoreUnreachableError(self.address.uri, str(error), errors.ADDRESSES) from error

    def _resolved(self, address: neo4j.Address) -> list[neo4j.Address]:
        self._opened += 1
        return [address]

    def _advance(self, began: Mark, mark: Mark) -> None:
        """Note what a session has come to, which is later than all that it began with."""
        with self._lock:
            self._latest = Mark(self._latest.bookmarks - began.bookmarks).latest(mark)


def _mark(session: neo4j.Session) -> Mark:
    return Mark(frozenset(session.last_bookmarks().raw_values))


def _rows(result: neo4j.Result) -> list[list[Any]]:
    # A record is a tuple; its own iterator refuses values that the driver cannot read, which `decoded` can.
    return [[decoded(value) for value in tuple.__iter__(record)] for record in result]
