"""Cypher on the server: values both ways, summaries, errors, limits, reading, and what writing must leave alone."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path as Path_
from typing import Any

import pytest

from kg.errors import (
    ForbiddenQueryError,
    KgError,
    ParameterError,
    QueryError,
    QueryMemoryError,
    QuerySyntaxError,
    QueryTimeoutError,
    StoreError,
    StoreReadOnlyError,
)
from kg.model import Change
from kg.rdf import KG, RDF, RDFS, Literal, NamedNode, Quad
from kg.records import Node, Path, Point, Records, Relationship, Temporal, Value
from kg.stores import STORES, Opening, ServerAddress, Store
from tests.neo4j_servers import serve_neo4j

BASE = "http://e/"
DECISIONS = NamedNode(f"{BASE}graph/decisions")
USER = NamedNode(f"{BASE}graph/user")
ADA, BOB = NamedNode(f"{BASE}ada"), NamedNode(f"{BASE}bob")
KNOWS = NamedNode(f"{BASE}term/KNOWS")
DATA = (
    Quad(ADA, RDFS["label"], Literal("Ada"), USER),
    Quad(ADA, KNOWS, BOB, USER),
    Quad(BOB, RDF["type"], KG["Entity"], USER),
    Quad(ADA, RDF["type"], KG["Entity"], USER),
    Quad(BOB, RDFS["label"], Literal("Bob"), DECISIONS),
    Quad(BOB, KNOWS, ADA, DECISIONS),
)


@pytest.fixture
def opening(neo4j_empty: ServerAddress) -> Opening:
    return Opening(None, "merged", frozenset({DECISIONS}), BASE, server=neo4j_empty, adopt=True)


@pytest.fixture
def store(opening: Opening) -> Iterator[Store]:
    store: Store = STORES.load("neo4j")(opening)
    store.commit(Change(add=DATA))
    yield store
    store.close()


def ask(store: Store, text: str, is_writing: bool = False, seconds: float | None = 20, **parameters: Value) -> Any:
    with store.cypher(is_writing, seconds) as transaction:
        rows = list(transaction.run(text, None, parameters).rows)
        assert transaction.commit() == Change()
    return rows


def value(store: Store, text: str, **parameters: Value) -> Value:
    ((found,),) = ask(store, text, **parameters)
    return found  # type: ignore[no-any-return]


# --- values

TEMPORALS = {
    "Date": ("date('2015-07-21')", "date({year: 12345})", "date({year: -5, month: 2})", "date({year: 0})"),
    "LocalTime": ("localtime('10:15')", "localtime('23:59:59.999999999')"),
    "Time": ("time('10:15:00.1+02:00')", "time('10:15Z')", "time({hour: 1, timezone: '-00:30'})"),
    "LocalDateTime": ("localdatetime('2015-01-01T10:15')", "localdatetime({year: 99999, month: 12})"),
    "DateTime": (
        "datetime('2015-07-21T21:40:32.142000001[Europe/London]')",
        "datetime('2015-07-21T21:40:32-18:00')",
        "datetime('2015-10-25T01:30+00:00[Europe/London]')",
        "datetime('2015-10-25T01:30+01:00[Europe/London]')",
        "datetime({year: 1800, timezone: 'Europe/Berlin'})",
        "datetime({year: 11800, month: 7, timezone: 'Europe/Stockholm'})",
        "datetime({year: -1800, month: 7, timezone: 'Europe/Berlin'})",
        "datetime({year: -5, timezone: '+01:00:30'})",
        "datetime({epochSeconds: -1, nanosecond: 120000})",
    ),
    "Duration": (
        "duration({months: 14, days: -3, seconds: 61.5})",
        "duration('PT0S')",
        "duration({seconds: -1, nanoseconds: 1})",
        "duration({seconds: 59, nanoseconds: -500000000})",
        "duration({months: -14, days: 400, hours: -30, nanoseconds: 1})",
        "duration({months: 11, minutes: -61, seconds: -59, nanoseconds: -999999999})",
    ),
}


_CANNOT_BE_SENT = ("year: 12345", "year: -", "year: 0", "year: 99999", "year: 11800", "year: 1800")


@pytest.mark.parametrize("kind", TEMPORALS)
def test_temporals_read_as_the_server_writes_them_and_go_back(store: Store, kind: str) -> None:
    for text in TEMPORALS[kind]:
        ((found, written),) = ask(store, f"RETURN {text} AS x, toString({text}) AS text")
        assert found == Temporal(kind, written)  # type: ignore[arg-type]
        if any(year in text for year in _CANNOT_BE_SENT):
            with pytest.raises(ParameterError, match=r"years 1 to 9999|whole minutes"):
                ask(store, "RETURN $x", x=found)
        else:
            assert ask(store, f"RETURN $x, $x = {text}", x=found) == [(found, True)]


def test_values_go_both_ways(store: Store) -> None:
    values: list[Value] = [
        None, True, False, 0, -(2**63), 2**63 - 1, 1.5, -0.0, math.inf, "", "Zoë \U0001f600", b"", b"\x00\xff",
        [], [1, [2, [None]]], {}, {"a": [1, {"b": Temporal("Date", "2020-02-29")}]},
        Point(4326, (1.5, -2.0)), Point(4979, (1.0, 2.0, 3.0)), Point(7203, (0.5, 0.25)), Point(9157, (1.0, 2.0, 3.0)),
        Temporal("Duration", "P1Y2M-3DT1M1.5S"), Temporal("Time", "10:15:00+02:00"),
    ]  # fmt: skip
    for each in values:
        assert value(store, "RETURN $x", x=each) == each
        assert type(value(store, "RETURN $x", x=each)) is type(each)
    assert math.isnan(value(store, "RETURN $x", x=math.nan))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [2**63, Temporal("Date", "2020-13-40x"), Temporal("Time", "10:15"), Temporal("Duration", "P"), Node("1", (), {})],
)
def test_what_is_no_parameter_is_told_by_its_name(store: Store, wrong: Value) -> None:
    with pytest.raises(ParameterError, match="'x'"):
        ask(store, "RETURN $x", x=[wrong])


def test_nodes_relationships_and_paths(store: Store) -> None:
    text = "MATCH p = (b:Resource {iri: $bob})<-[r:KNOWS]-(a) WHERE a.iri = $ada RETURN a, r, b, p"
    ((ada, knows, bob, path),) = ask(store, text, ada=ADA.value, bob=BOB.value)
    assert isinstance(ada, Node) and isinstance(bob, Node) and isinstance(knows, Relationship)
    assert ada.labels[0] == "Resource" and ada.properties["rdfs__label"] == "Ada"
    assert (knows.type, knows.start, knows.end) == ("KNOWS", ada.element_id, bob.element_id)
    assert path == Path((bob, ada), (knows,))
    assert value(store, "MATCH (n:Resource {iri: $ada}) RETURN labels(n)", ada=ADA.value) == list(ada.labels)


def test_a_node_with_a_value_that_python_has_not(store: Store) -> None:
    text = "CREATE (n:Odd {at: date({year: 12345}), of: [date({year: -1})]}) RETURN n"
    ((node,),) = ask(store, text, is_writing=True)
    assert isinstance(node, Node) and node.labels == ("Odd",)
    assert node.properties == {"at": Temporal("Date", "+12345-01-01"), "of": [Temporal("Date", "-0001-01-01")]}


# --- summaries


def test_a_summary_of_reading(store: Store) -> None:
    with store.cypher(seconds=20) as transaction:
        records = transaction.run("MATCH (n:Nope) RETURN n.nope AS `a b`, 1", None, {})
        assert records.fields == ("a b", "1") and list(records.rows) == []
        summary = records.summary
    assert summary.kind == "r" and summary.counters == {} and summary.plan is None
    codes = {note.code for note in summary.notifications}
    assert "Neo.ClientNotification.Statement.UnknownLabelWarning" in codes
    assert {note.position for note in summary.notifications} >= {(9, 1, 10)}
    assert all(note.severity and note.title and note.description for note in summary.notifications)


def test_plans(store: Store) -> None:
    for prefix in ("EXPLAIN", "PROFILE", "CYPHER runtime=slotted PROFILE"):
        with store.cypher(seconds=20) as transaction:
            records = transaction.run(f"{prefix} MATCH (n) RETURN n.iri", None, {})
            rows, plan = list(records.rows), records.summary.plan
        assert plan is not None and plan.operator.startswith("ProduceResults") and plan.children
        assert bool(rows) == ("PROFILE" in prefix) == ("dbHits" in plan.arguments)


def test_counters_and_bookmarks(store: Store) -> None:
    with store.cypher(is_writing=True, seconds=20) as transaction:
        records = transaction.run("CREATE (a:X {n: 1})-[:Y]->(:Z) SET a.m = 2", None, {})
        assert list(records.rows) == []
        transaction.commit()
    counters = {"nodesCreated": 2, "relationshipsCreated": 1, "propertiesSet": 2, "labelsAdded": 2}
    assert (records.summary.counters, records.summary.kind) == (counters, "w")
    assert len(records.summary.bookmarks) == 1


# --- errors


def fails(store: Store, text: str, is_writing: bool = False, seconds: float | None = 20, **given: Value) -> KgError:
    with pytest.raises(KgError) as caught:
        ask(store, text, is_writing, seconds, **given)
    return caught.value


def test_errors_have_the_code_of_the_server(store: Store) -> None:
    error = fails(store, "MATCH (n)\nRETURN m")
    assert isinstance(error, QuerySyntaxError) and (error.line, error.column) == (2, 8)
    assert error.code == "Neo.ClientError.Statement.SyntaxError" and str(error).endswith("Variable `m` not defined")
    assert "offset" not in str(error)
    codes = {
        "RETURN 1 / 0": "Neo.ClientError.Statement.ArithmeticError",
        "RETURN $missing": "Neo.ClientError.Statement.ParameterMissing",
        "CALL db.nothing()": "Neo.ClientError.Procedure.ProcedureNotFound",
        "RETURN toInteger(true) + date('x')": "Neo.ClientError.Statement.SyntaxError",
        "RETURN date('x' + $x)": "Neo.ClientError.Statement.SyntaxError",
    }
    for text, code in codes.items():
        error = fails(store, text, x="y")
        assert isinstance(error, QueryError) and error.code == code, text


def test_after_an_error_the_transaction_does_nothing_more(store: Store) -> None:
    with store.cypher(is_writing=True, seconds=20) as transaction:
        list(transaction.run("CREATE (:X)", None, {}).rows)
        with pytest.raises(QueryError):
            list(transaction.run("RETURN 1/0", None, {}).rows)
        with pytest.raises(StoreError):
            transaction.commit()
    transaction.close()
    assert value(store, "MATCH (n:X) RETURN count(n)") == 0
    with pytest.raises(StoreError, match="closed"):
        transaction.run("RETURN 1", None, {})


# --- limits


def test_a_statement_is_stopped_soon_after_its_limit(store: Store) -> None:
    for text in (
        "UNWIND range(0, 1000000000000) AS x RETURN count(x)",
        "UNWIND range(0, 100000) AS a UNWIND range(0, 100000) AS b WITH a, b WHERE a + b = -1 RETURN count(*)",
    ):
        for _ in range(3):  # on a busy machine the server may be late, and its answer too, but not always
            start = time.monotonic()
            error = fails(store, text, seconds=1.0)
            assert isinstance(error, QueryTimeoutError) and error.seconds == 1.0
            if error.code and time.monotonic() - start < 2.0:
                break
        else:
            pytest.fail(f"{error!r} with the code {error.code} after {time.monotonic() - start:.1f} s")
    assert value(store, "SHOW TRANSACTIONS YIELD currentQuery AS q WHERE q STARTS WITH 'UNWIND' RETURN count(*)") == 0


def test_nobody_waits_for_one_row_that_takes_too_long(store: Store) -> None:
    """The server looks at the time between two rows; whoever asked is told in time, and the next is answered."""
    text = "WITH range(1, 10000) AS l RETURN size([x IN l WHERE any(y IN l WHERE toString(y) = 'x')])"  # some seconds
    for is_writing in (False, True):
        start = time.monotonic()
        error = fails(store, text, is_writing, seconds=0.5)
        assert isinstance(error, QueryTimeoutError) and error.seconds == 0.5
        assert time.monotonic() - start < 6
        assert value(store, "RETURN 1") == 1


def test_the_limit_of_a_transaction_that_has_failed_ends_no_other(store: Store) -> None:
    """Its connection is another's by then."""
    with store.cypher(seconds=0.2) as failed:
        with pytest.raises(QueryError):
            list(failed.run("RETURN 1 / 0", None, {}).rows)
        with store.cypher(seconds=20) as other:
            time.sleep(1.2)
            assert list(other.run("RETURN 1", None, {}).rows) == [(1,)]


def test_a_long_value_in_an_error_is_cut(store: Store) -> None:
    error = fails(store, "RETURN duration('P' + reduce(s = '9', i IN range(1, 16) | s + s) + 'D')")
    assert "999" in str(error) and len(str(error)) < 6000


def test_the_limit_is_for_all_statements_together(store: Store) -> None:
    with store.cypher(seconds=1.0) as transaction:
        list(transaction.run("RETURN 1", None, {}).rows)
        time.sleep(1.5)
        with pytest.raises(QueryTimeoutError):
            list(transaction.run("RETURN 1", None, {}).rows)


def test_memory(opening: Opening, tmp_path: Path_) -> None:
    # On a server of its own: where the heap itself is full, a server stops nothing at its time any more.
    with (
        serve_neo4j(tmp_path, db__memory__transaction__max="20m") as server,
        closing(STORES.load("neo4j")(replace(opening, server=server))) as store,
    ):
        error = fails(store, "UNWIND range(0, 1000000000) AS x WITH collect(x) AS l RETURN size(l)", seconds=60)
    assert isinstance(error, QueryMemoryError) and error.code and "MemoryPoolOutOfMemory" in error.code


def test_rows_that_are_not_read_are_not_made(store: Store) -> None:
    start = time.monotonic()
    with store.cypher(seconds=60) as transaction:
        records: Records = transaction.run("UNWIND range(0, 1000000000000) AS x RETURN x", None, {})
        assert [next(records.rows) for _ in range(3)] == [(0,), (1,), (2,)]
    assert time.monotonic() - start < 5


# --- reading and writing


@pytest.mark.parametrize(
    "text",
    [
        "CREATE (:X)", "MATCH (n) SET n.x = 1", "MATCH (n) DETACH DELETE n RETURN 1", "CALL db.createLabel('x')",
        "PROFILE CREATE (:X)", "CALL { CREATE (:X) } RETURN 1", "CREATE INDEX x FOR (n:A) ON (n.b)", "SHOW USERS",
        "CALL dbms.listConfig()", "FOREACH (x IN [1] | CREATE (:X))",
    ],
)  # fmt: skip
def test_a_reading_transaction_writes_nothing_whatever_is_sent(store: Store, text: str) -> None:
    assert isinstance(fails(store, text), ForbiddenQueryError)
    assert value(store, "MATCH (n:X) RETURN count(n)") == 0


def test_components_may_be_asked_for(store: Store) -> None:
    assert value(store, "CALL dbms.components() YIELD name RETURN count(*)") == 1


def test_what_is_written_is_there_for_everybody(store: Store) -> None:
    assert set(store.match(subject=ADA))  # the copy is read
    before = store.revision
    text = "MATCH (n:Resource {iri: $iri}) SET n.rdfs__label = 'Ada L.'"
    ask(store, text, is_writing=True, iri=ADA.value)
    assert store.revision > before
    assert set(store.match(subject=ADA, predicate=RDFS["label"], graph_name=USER)) == {
        Quad(ADA, RDFS["label"], Literal("Ada L."), USER)
    }


def test_what_is_not_committed_is_undone(store: Store) -> None:
    with store.cypher(is_writing=True, seconds=20) as transaction:
        list(transaction.run("CREATE (:X)", None, {}).rows)
        assert list(transaction.run("MATCH (n:X) RETURN count(n)", None, {}).rows) == [(1,)]
    assert value(store, "MATCH (n:X) RETURN count(n)") == 0


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:_Home) DETACH DELETE n",
        "MATCH (n) WHERE any(l IN labels(n) WHERE l STARTS WITH '_') SET n.x = 1",
        "MATCH (n) WHERE n.only SET n:$('_' + 'Term')",
        "CREATE (:$('_' + 'Term') {name: 'x'})",
        "CREATE (:$('_' + 'New'))",
        "CREATE ()-[:$('_' + 'NEW')]->()",
        "CREATE (:_New)",
        "CREATE ({_rdf: []})",
        "CREATE ({`_rdf`: []})",
        "CREATE (n) SET n['_rdf'] = []",
        "CREATE (n $properties)",
        "MATCH (n) DETACH DELETE n",
        "MATCH (n {iri: 'http://e/bob'}) REMOVE n.rdfs__label",
        "MATCH ({iri: 'http://e/bob'})-[r:KNOWS]->() DELETE r",
        "CREATE (n:Resource {iri: 'http://e/eve'})-[r:KNOWS]->(n) WITH r MATCH (:Resource {iri: 'http://e/bob'})-[b]->() "
        "SET r = properties(b)",
    ],
)
def test_what_is_the_systems_cannot_be_changed(store: Store, text: str) -> None:
    before = sorted(map(str, store.match()))
    nodes = "MATCH (n) RETURN count(n), count { (n)--() }"
    counted = ask(store, nodes)
    for _ in range(2):  # a name that was once tried is known to the database, and refused all the same
        with pytest.raises(ForbiddenQueryError):
            ask(store, text, is_writing=True, properties={"a": {"_rdf": 1}} if "$prop" in text else {})
    assert ask(store, nodes) == counted
    assert sorted(map(str, store.match())) == before


def test_what_others_commit_meanwhile_is_no_reason_to_refuse(store: Store) -> None:
    with store.cypher(True, 20) as transaction:
        list(transaction.run("CREATE (:P {label: 'Cy'})", None, {}).rows)
        store.commit(Change(add=(Quad(ADA, KNOWS, BOB, DECISIONS),)))  # counted on the system's nodes too
        transaction.commit()
    assert value(store, "MATCH (p:P) RETURN p.label") == "Cy"
    with store.cypher(True, 20) as transaction:
        list(transaction.run("MATCH (h) WHERE '_Home' IN labels(h) SET h.base = 'x'", None, {}).rows)
        with pytest.raises(ForbiddenQueryError, match="system's own nodes"):
            transaction.commit()


def test_long_statements_are_not_kept(store: Store) -> None:
    verdicts = store._verdicts  # type: ignore[attr-defined]
    for text in ("RETURN 1 AS x", f"RETURN '{'x' * 100_000}' AS x"):
        value(store, text)
    assert [verdicts.kind(text) for text in ("RETURN 1 AS x", f"RETURN '{'x' * 100_000}' AS x")] == ["r", None]


def test_a_store_for_reading_begins_no_transaction_that_writes(store: Store, opening: Opening) -> None:
    reader: Store = STORES.load("neo4j")(replace(opening, read_only=True))
    with pytest.raises(StoreReadOnlyError):
        reader.cypher(is_writing=True)
    assert value(reader, "RETURN 1") == 1
    reader.close()
