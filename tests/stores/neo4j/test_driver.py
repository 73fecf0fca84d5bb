"""Bolt: marks, values, errors, and connections that outlive what happens to them."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import neo4j
import neo4j.exceptions
import pytest

from kg.errors import KgError, QueryTimeoutError, StoreChangingError, StoreError, StoreUnreachableError
from kg.property_graph import Other, Point, Temporal
from kg.stores import ServerAddress
from kg.stores.neo4j import driver as driver_module
from kg.stores.neo4j.driver import Connection, Mark, RestartError, Statement, Transaction
from kg.stores.neo4j.errors import UnknownMarkError, translated
from kg.stores.neo4j.tokens import Tokens


@pytest.fixture
def connection(neo4j_empty: ServerAddress) -> Iterator[Connection]:
    with Connection(neo4j_empty) as connection:
        yield connection


def read(connection: Connection, text: str, **parameters: Any) -> list[list[Any]]:
    with connection.reading() as session:
        return session.run(Statement(text, parameters))


def create(transaction: Transaction) -> list[list[Any]]:
    return transaction.run("CREATE (n:Thing) RETURN 1")


# --- marks


def test_a_mark_counts_transactions(connection: Connection) -> None:
    connection.write(create)
    before = connection.mark()
    assert connection.mark() == before
    rows, after = connection.write(create)
    assert rows == [[1]] and before.transaction is not None
    assert after.transaction == before.transaction + 1
    assert connection.mark() == after
    assert before.latest(after) == after.latest(before) == after


def test_a_mark_that_is_not_understood_has_no_number() -> None:
    for bookmark in ("", "FB:", "FB:!", "FB:kcwQAAAA", "neo4j:bookmark:v1:tx42"):
        assert Mark(frozenset({bookmark})).transaction is None
    assert Mark().transaction is None
    assert Mark(frozenset({"a"})).latest(Mark(frozenset({"b"}))).bookmarks == {"a", "b"}


def test_a_session_tells_whether_it_saw_one_state(connection: Connection) -> None:
    with connection.reading() as session:
        session.run(Statement("MATCH (n) RETURN count(n)"))
        assert session.is_snapshot()
        connection.write(create)
        assert list(session.stream(Statement("MATCH (n) RETURN count(n)"))) == [[1]]
        assert not session.is_snapshot()
    mark = connection.mark()
    with connection.reading(after=mark) as session:
        assert session.run(Statement("MATCH (n) RETURN count(n)")) == [[1]]
        assert session.first == mark and session.is_snapshot()


def test_a_session_begins_after_what_its_connection_has_written(connection: Connection) -> None:
    before = connection.mark()
    _, written = connection.write(create)
    with connection.reading(before) as session:
        # In a cluster another server may answer than the one that has written.
        assert session._session.last_bookmarks().raw_values == written.bookmarks
        assert session.first == before and session.run(Statement("MATCH (n) RETURN count(n)")) == [[1]]
        assert not session.is_snapshot()


def test_marks_that_nobody_understands_do_not_pile_up(connection: Connection) -> None:
    for number in range(10):
        connection._advance(connection._latest, Mark(frozenset({f"mark {number}"})))
    assert connection._latest.bookmarks == {"mark 9"}
    early = Mark(frozenset({"mark 1"}))
    connection._advance(early, Mark(frozenset({"of another thread"})))
    assert connection._latest.bookmarks == {"mark 9", "of another thread"}


def test_a_mark_tells_when_the_database_was_started(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = connection.mark()
    assert mark.run.rpartition("_")[2].isdigit() and "unknown" not in mark.run
    monkeypatch.setattr(Connection, "_started", lambda _: "later")
    assert connection.mark() == mark
    connection.close()
    assert connection.mark() == Mark(mark.bookmarks, "later")
    monkeypatch.undo()
    monkeypatch.setattr(driver_module, "_STARTED", "RETURN not allowed")
    connection.close()
    assert "unknown" in connection.mark().run


def test_a_mark_that_the_database_has_never_had_is_forgotten(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server itself says so after half a minute."""
    now, first, tries = connection.mark(), Connection._first, []

    def refused(self: Connection, session: neo4j.Session) -> Mark:
        tries.append(session.last_bookmarks().raw_values)
        if len(tries) == 1:
            raise UnknownMarkError("never heard of")
        return first(self, session)

    monkeypatch.setattr(Connection, "_first", refused)
    assert connection.mark() == now and tries == [now.bookmarks, frozenset()]


def test_new_names_are_counted_as_the_database_does(connection: Connection) -> None:
    suffix = os.urandom(4).hex()
    connection.run("CALL db.createLabel($name)", name=f"Old{suffix}")
    connection.run("CALL db.createProperty('iri')")  # which no test before has used, perhaps
    tokens, before = Tokens(), connection.mark().transaction
    assert before is not None
    made = tokens.ensure(connection, "label", (f"Old{suffix}", f"New `{suffix}\\u0060", f"Newer{suffix}"))
    made += tokens.ensure(connection, "type", (f"new type {suffix}",))
    made += tokens.ensure(connection, "key", (f"key1{suffix}", f"key2{suffix}", "iri"))
    assert made == 5
    assert connection.mark().transaction == before + made
    assert tokens.ensure(connection, "label", (f"Old{suffix}",)) == Tokens().ensure(connection, "key", ("iri",)) == 0


# --- values

VALUES = [
    None, True, 1, -(2**63), 2**63 - 1, 1.5, -0.0, float("inf"), "", "a\x00b￾", b"\x00\xff", [], [1, 2], ["a"], {"a": [1]},
    Temporal("date", "2024-02-29"), Temporal("local time", "23:59:59.999999999"), Temporal("zoned time", "12:00:00-14:00"),
    Temporal("local datetime", "0001-01-01T00:00:00"), Temporal("zoned datetime", "9998-12-31T23:59:59.5+05:30"),
    Temporal("zoned datetime", "2024-01-01T00:00:00Z"), Temporal("duration", "P1Y2M3DT4H5M6.000000007S"),
    Temporal("duration", "-P1D"), Temporal("duration", "PT0S"), Point("POINT(1.0 2.0)"), Point("POINT(1.0 2.0 3.0)"),
    Point("<urn:cypher:srid:7203> POINT(1.0 2.0)"), [Temporal("date", "2024-01-01"), Temporal("date", "2024-01-02")],
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_values_come_back_as_they_were_sent(connection: Connection, value: object) -> None:
    ((found,),) = read(connection, "RETURN $value", value=value)
    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("date('+12345-01-02')", Temporal("date", "12345-01-02")),
        ("date('-0001-02-28')", Temporal("date", "-0001-02-28")),
        ("date('0000-02-29')", Temporal("date", "0000-02-29")),
        ("localdatetime('+999999999-12-31T23:59:59.1')", Temporal("local datetime", "999999999-12-31T23:59:59.1")),
        ("datetime('-12345-01-02T03:04:05+01:00')", Temporal("zoned datetime", "-12345-01-02T03:04:05+01:00")),
        ("datetime('+12345-01-02T03:04:05-18:00')", Temporal("zoned datetime", "12345-01-02T21:04:05Z")),
        ("datetime({year: 2024, timezone: 'Europe/Berlin'})", Temporal("zoned datetime", "2024-01-01T00:00:00+01:00")),
        ("datetime('2024-01-01T00:00:00-18:00')", Temporal("zoned datetime", "2024-01-01T18:00:00Z")),
        ("datetime({year: 1800, timezone: 'Europe/Paris'})", Temporal("zoned datetime", "1799-12-31T23:59:39+00:09")),
        ("time('00:30:00+18:00')", Temporal("zoned time", "06:30:00Z")),
        ("duration('P1M-1D')", Other("urn:cypher:duration", "P1M-1DT0S0N")),
        (
            "[date('+12345-01-02'), date('2024-01-01')]",
            [Temporal("date", "12345-01-02"), Temporal("date", "2024-01-01")],
        ),
        ("{a: [date('+12345-01-02')]}", {"a": [Temporal("date", "12345-01-02")]}),
    ],
)
def test_what_python_has_no_value_for_is_read(connection: Connection, text: str, value: object) -> None:
    assert read(connection, f"RETURN {text}, 1") == [[value, 1]]


def test_what_neo4j_has_no_value_for_is_refused(connection: Connection) -> None:
    for value in (Other("urn:x", "y"), Temporal("date", "tomorrow"), Point("here"), object()):
        with pytest.raises(ValueError, match="no "):
            read(connection, "RETURN $value", value=value)


# --- errors


def test_errors_say_what_would_be_right(neo4j_address: ServerAddress) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = server.getsockname()[1]
    wrong: list[tuple[ServerAddress, str]] = [
        (replace(neo4j_address, uri=f"bolt://127.0.0.1:{nobody}"), "does not answer.*NEO4J_URI"),
        (replace(neo4j_address, uri=neo4j_address.uri.replace("bolt:", "bolt+s:")), "does not answer"),
        (replace(neo4j_address, uri="http://127.0.0.1:7474"), "no address of Bolt.*bolt://"),
        (replace(neo4j_address, uri="127.0.0.1"), "no address of Bolt"),
        (replace(neo4j_address, uri="http://me:wrong@127.0.0.1:7474"), "http://127.0.0.1:7474: .*NEO4J_PASSWORD"),
        (replace(neo4j_address, uri="bolt://me:wr/ng@127.0.0.1:7687"), "bolt://127.0.0.1:7687: .*NEO4J_PASSWORD"),
        (replace(neo4j_address, password="wrong"), "login of 'neo4j' is refused.*NEO4J_PASSWORD"),
        (replace(neo4j_address, database="other"), "no database 'other'"),
    ]
    for address, message in wrong:
        with pytest.raises(StoreUnreachableError, match=message) as error, Connection(address) as connection:
            connection.version()
        assert "\n" not in str(error.value) and address.password not in str(error.value)
        assert "wr" not in str(error.value)


def test_a_statement_that_does_not_parse_is_a_store_error(connection: Connection) -> None:
    with pytest.raises(StoreError, match=r"SyntaxError"):
        connection.run("FOO")
    assert connection.version().count(".") >= 1


def test_what_people_demand_is_not_tried_again(connection: Connection) -> None:
    tries: list[int] = []

    def twice(transaction: Transaction) -> None:
        tries.append(1)
        transaction.run("CREATE (:Lone {name: 'Ada'}), (:Lone {name: 'Ada'})")

    connection.run("CREATE CONSTRAINT only_one IF NOT EXISTS FOR (p:Lone) REQUIRE p.name IS UNIQUE")
    try:
        with pytest.raises(StoreError, match=r"`Lone` and property `name` = 'Ada'.*SHOW CONSTRAINTS.*mend the data"):
            connection.write(twice)
    finally:
        connection.run("DROP CONSTRAINT only_one")
    assert tries == [1]


def test_an_index_that_is_in_the_way_is_named(connection: Connection) -> None:
    connection.run("CREATE INDEX too_short IF NOT EXISTS FOR (t:Thing) ON (t.text)")
    try:
        connection.run("CALL db.awaitIndexes(30)")
        with pytest.raises(StoreError, match=r"'too_short' on \(:Thing \{text\}\).*DROP INDEX too_short.*FULLTEXT"):
            connection.write(lambda transaction: transaction.run("CREATE (:Thing {text: $long})", long="é" * 9000))
    finally:
        connection.run("DROP INDEX too_short")


def test_a_mistake_of_ours_is_no_server_that_does_not_answer(neo4j_address: ServerAddress) -> None:
    error = translated(neo4j.exceptions.ResultConsumedError(None, "consumed"), neo4j_address)
    assert not isinstance(error, StoreUnreachableError) and "consumed (ResultConsumedError)" in str(error)


def test_a_read_is_stopped_at_its_timeout(neo4j_empty: ServerAddress) -> None:
    endless = Statement("UNWIND range(1, 1000000000) AS x WITH x WHERE x % 7 = 8 RETURN x")
    with Connection(neo4j_empty) as connection:
        with connection.reading(timeout=0.3) as session, pytest.raises(QueryTimeoutError) as error:
            session.run(endless)
        assert error.value.seconds == 0.3
        with connection.reading() as session:
            assert session.run(Statement("RETURN 1")) == [[1]]


def test_work_that_raises_changes_nothing(connection: Connection) -> None:
    def work(transaction: Transaction) -> None:
        create(transaction)
        raise KeyError("mine")

    with pytest.raises(KeyError):
        connection.write(work)
    assert read(connection, "MATCH (n) RETURN count(n)") == [[0]]


def test_work_is_run_again_when_others_were_faster(connection: Connection) -> None:
    tries = []

    def work(transaction: Transaction) -> None:
        create(transaction)
        tries.append(1)
        if len(tries) < 3:
            raise RestartError("changed")

    connection.write(work)
    assert read(connection, "MATCH (n) RETURN count(n)") == [[1]]
    tries[:] = [-100]

    def never(transaction: Transaction) -> None:
        raise RestartError("changed")

    with pytest.raises(StoreChangingError, match="Try again"):
        connection.write(never)


# --- connections


def test_a_forked_process_opens_its_own_connection(connection: Connection) -> None:
    connection.write(create)
    child = os.fork()
    if child == 0:
        try:
            connection.write(create)
            connection.close()
            os._exit(0)
        except KgError:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert read(connection, "MATCH (n) RETURN count(n)") == [[2]]


def test_threads_share_a_connection_and_see_their_own_writes(connection: Connection) -> None:
    seen: list[bool] = []

    def work(number: int) -> None:
        for turn in range(10):
            connection.write(lambda transaction: transaction.run("CREATE (:N {n: $n})", n=number))
            ((count,),) = read(connection, "MATCH (n:N {n: $n}) RETURN count(n)", n=number)
            seen.append(count == turn + 1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 40 and all(seen)


def test_closing_twice_is_no_error_and_it_opens_again(connection: Connection) -> None:
    connection.mark()
    connection.close()
    connection.close()
    assert connection.mark().transaction is not None
