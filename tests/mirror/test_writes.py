"""What writing in Cypher does to an embedded store: refusals by name, transactions, graphs, notes."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.cypher.parsing import parse
from kg.cypher.syntax import Statement
from kg.derived import derive_all
from kg.errors import (
    ForbiddenQueryError,
    KgError,
    QueryError,
    QueryTimeoutError,
    StoreChangingError,
    StoreError,
    UnsupportedQueryError,
)
from kg.graph import KnowledgeGraph
from kg.mirror.answering import Answering
from kg.mirror.writing.elements import Elements
from kg.mirror.writing.values import as_record, as_stored, storable
from kg.model import Change
from kg.ontology import load_ontology
from kg.property_graph import Other
from kg.property_graph import Point as StoredPoint
from kg.property_graph import Temporal as StoredTemporal
from kg.query.cypher import run_cypher
from kg.rdf import KG, RDF, RDFS, BlankNode, Literal, NamedNode, Quad
from kg.records import Point, Records, Temporal
from kg.stores.oxigraph import OxigraphStore
from kg.stores.replace import replace_graph
from tests.cypher.written import BASE, EXCLUDED, MINTER, TERMS, USER, embedded

ADA, BO = (NamedNode(f"{BASE}entity/{name}") for name in ("ada", "bo"))
NOTE = MINTER.note("17", None)
SAID = (
    Quad(ADA, RDF["type"], KG["Person"], NOTE),
    Quad(ADA, KG["name"], Literal("Ada", language="en"), NOTE),
    Quad(ADA, KG["knows"], BO, NOTE),
    Quad(BO, RDF["type"], KG["Person"], NOTE),
)
THE_ADA = f"MATCH (a:Resource {{iri: '{ADA.value}'}}) "


def run(store: OxigraphStore, *texts: str, **parameters: Any) -> list[list[tuple[Any, ...]]]:
    """Run statements in one transaction and commit it."""
    with store.cypher(is_writing=True) as transaction:
        rows = [list(transaction.run(text, parse(text), parameters).rows) for text in texts]
        store.commit(transaction.commit())
    return rows


@pytest.fixture
def store() -> OxigraphStore:
    return embedded(SAID)


# --- refused by name


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("MATCH (a)-[r:knows]->() SET r.since = 2019", "property `since` of a relationship"),
        ("MATCH (a:Person)-[:knows]->(b) CREATE (a)-[:knows {since: 2019}]->(b)", "property `since` of a relationship"),
        ("CREATE (:Person {iri: 'http://x.example/eve'})", "without the label `Resource`"),
        ("MERGE (:Person {iri: 'http://x.example/eve'})", "without the label `Resource`"),
        ("MERGE (:Person {name: 'Eve'})", "MERGE of a node by anything but its `iri`"),
        ("MATCH (a:Person) MERGE (a)-[:knows]->(:Person)", "MERGE of a node by anything but its `iri`"),
        ("MATCH (a:Person) MERGE (a)-[:knows]->()-[:knows]->(a)", "MERGE of a path"),
        ("CREATE ()", "a node that says nothing"),
        ("CREATE (:Resource {iri: 'http://x.example/eve'})", "a node that says nothing"),
        ("MATCH (a:Person) REMOVE a.iri", "taking the `iri`"),
        ("MATCH (a:Person) REMOVE a:Resource", "taking the label `Resource`"),
        ("MATCH (a:Person) SET a = {name: 'x'}", "without its `iri`"),
        ("MATCH (a:Person) SET a.iri = 42", "an `iri` that is no string"),
        ("MATCH (a:Person) SET a._rdf = 'x'", "writing `_rdf`"),
        ("MATCH (a:Person) SET a:_Home", "writing `_Home`"),
        ("MATCH (a:Person), (b:Person) CREATE (a)-[:_r]->(b)", "writing `_r`"),
        ("MATCH (a:Person) CALL (a) { SET a.x = 1 } RETURN count(*)", "a subquery that writes"),
        ("CREATE (:A {x: 1}) UNION CREATE (:B {x: 1})", "UNION of statements that write"),
        ("EXPLAIN CREATE (:A {x: 1})", "EXPLAIN of a statement that writes"),
        ("MATCH (a:Person) DETACH DELETE a RETURN a", "reading `a` after it was deleted"),
        ("CREATE (:A {x: date()})", "date()"),
        ("CREATE (:A {x: 'é'}) WITH 1 AS one MATCH (n:Resource) RETURN count(n)", "made a node without an `iri`"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_exactly_is_refused(store: OxigraphStore, text: str, feature: str) -> None:
    with pytest.raises(UnsupportedQueryError, match=feature.replace("(", r"\(").replace(")", r"\)")):
        run(store, text)
    assert set(store.match()) == set(SAID)


def test_where_the_order_of_rows_would_decide_it_is_refused() -> None:
    chain = (Quad(ADA, KG["knows"], BO, USER), Quad(BO, KG["knows"], ADA, USER))
    for text in (
        "SET n.x = 1 SET m.x = 2",
        "SET n.x = 1, m.x = 2",
        "SET n:Foo REMOVE m:Foo",
        "SET n += {x: 1} REMOVE m.x",
    ):
        with pytest.raises(UnsupportedQueryError, match="in different rows"):
            run(embedded(chain), f"MATCH (n)-[:knows]->(m) {text}")


TWO = (Quad(ADA, KG["knows"], BO, USER), Quad(ADA, KG["knows"], ADA, USER))


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ("MATCH (n)-[:knows]->(m) SET n.friend = m.iri", "in rows that come in no order"),
        ("MATCH (n)-[:knows]->(m) SET n += {friend: m.iri}", "in rows that come in no order"),
        ("MATCH (n)-[:knows]->(m) SET n.all = coalesce(n.all, '') + m.iri", "in rows that come in no order"),
        ("MATCH (n)-[:knows]->(m) WITH DISTINCT n, m.iri AS i SET n.friend = i", "in rows that come in no order"),
        ("MATCH (n)-[:knows]->(m) MERGE (x:Resource {iri: 'urn:x'}) ON CREATE SET x.first = m.iri", "comes first"),
        ("MATCH (n)-[:knows]->(m) SET n = {iri: n.iri, v: 1} SET n.w = 1", "all properties of one node, and `w`"),
        ("MATCH (n)-[:knows]->(m) SET n.w = 1 SET n = {iri: n.iri, v: 1}", "all properties of one node, and `w`"),
        ("MATCH (n)-[:knows]->(m) SET n.v = COUNT { (n)-->() } CREATE (n)-[:k]->(:X {v: 1})", "Compute the value in a WITH"),
        ("MATCH (n)-[:knows]->(m) MERGE (x:Resource {iri: m.iri + COUNT { (n)-->() }}) SET x.v = 1", "Compute the value in a WITH"),
    ],
)  # fmt: skip
def test_what_depends_on_which_row_comes_first_is_refused(text: str, feature: str) -> None:
    with pytest.raises(UnsupportedQueryError, match=feature):
        run(embedded(TWO), text)


@pytest.mark.parametrize(
    "text",
    [
        "UNWIND [1, 2] AS x MATCH (n:Resource {iri: $ada}) SET n.v = x", "UNWIND [1, 2] AS x MERGE (n:Resource {iri: $ada}) SET n.v = x WITH n, toString(x) AS x SET n.w = x",
        "MATCH (n)-[:knows]->(m) WITH n, m ORDER BY m.iri SET n.v = m.iri", "MATCH (n)-[:knows]->(m) WITH n, min(m.iri) AS i SET n.v = i", "MATCH (n)-[:knows]->(m) SET n.v = 1, m.v = 1",
        "MATCH (n)-[:knows]->(m) SET n.v = coalesce(n.v, 0) + 1", "MATCH (n)-[:knows]->(m) MERGE (x:Resource {iri: 'urn:x'}) ON CREATE SET x.v = 1 ON MATCH SET x.w = 1",
    ],
)  # fmt: skip
def test_what_does_not_is_done(text: str) -> None:
    store = embedded(TWO)
    run(store, text, ada=ADA.value)
    assert set(store.match(None, NamedNode(f"{BASE}term/v")))


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a:Person) SET a.x = [1, 'a']", "MATCH (a:Person) SET a.x = [1, 'a'], a.x = 1", "MATCH (a:Person) SET a.x = [1, null]", "MATCH (a:Person) SET a.x = [[1]]", "MATCH (a:Person) SET a.x = {a: 1}",
        "MATCH (a:Person) SET a.x = a", "MATCH (a:Person) SET a += null", "MERGE (:Resource {iri: null})", "MATCH (a)-[:knows]->() DELETE a",
        f"CREATE (:Resource:X {{iri: '{ADA.value}'}})", f"MATCH (a:Resource {{iri: '{ADA.value}'}}) SET a.iri = '{BO.value}'", "MATCH (a:Person) SET a.x = $missing",
        "MATCH (a:Person) SET a.`` = 1", "OPTIONAL MATCH (a:Nobody) CREATE (a)-[:knows]->(:X {x: 1})", "MATCH (a:Person) DETACH DELETE a SET a:X", "MATCH (a:Person) DELETE 1",
    ],
)  # fmt: skip
def test_what_neo4j_refuses_is_refused(store: OxigraphStore, text: str) -> None:
    with pytest.raises(KgError):
        run(store, text)
    assert set(store.match()) == set(SAID)


# --- transactions


def test_statements_see_what_those_before_have_changed(store: OxigraphStore) -> None:
    rows = run(
        store,
        "MERGE (e:Resource:Person {iri: 'http://x.example/eve'}) SET e.tags = ['b', 'a', 'b']",
        "MATCH (p:Person) RETURN count(p)",
        "MATCH (e:Resource {iri: 'http://x.example/eve'}), (a:Person {iri: $ada}) CREATE (e)-[:knows]->(a) RETURN e.tags",
        "MATCH (e)-[:knows]->(a {iri: $ada}) SET e.name = 'Eve' RETURN e.name",
        ada=ADA.value,
    )
    assert rows == [[], [(3,)], [(["b", "a", "b"],)], [("Eve",)]]
    eve = NamedNode("http://x.example/eve")
    assert {quad.object for quad in store.match(eve, KG["name"])} == {Literal("Eve")}
    assert {quad.object for quad in store.match(eve, NamedNode(f"{BASE}term/tags"))} == {Literal("a"), Literal("b")}


def test_a_note_that_died_lives_again_in_the_same_transaction(store: OxigraphStore) -> None:
    run(store, THE_ADA + "SET a.name = 'Grace'", THE_ADA + "SET a.name = 'Ada'")
    assert set(store.match()) == set(SAID)


def test_what_is_not_committed_is_forgotten(store: OxigraphStore) -> None:
    with store.cypher(is_writing=True) as transaction:
        text = "MATCH (a:Person) DETACH DELETE a"
        transaction.run(text, parse(text), {})
    assert set(store.match()) == set(SAID)
    with pytest.raises(StoreError, match="closed"):
        transaction.commit()


def test_a_transaction_with_a_failed_statement_cannot_be_committed(store: OxigraphStore) -> None:
    with store.cypher(is_writing=True) as transaction:
        good, bad = "MATCH (a:Person) SET a.x = 1", "MATCH (a:Person) SET a.x = [[1]]"
        transaction.run(good, parse(good), {})
        with pytest.raises(QueryError):
            transaction.run(bad, parse(bad), {})
        with pytest.raises(StoreError, match="failed"):
            transaction.commit()


@pytest.mark.parametrize("bad", ["MATCH (a:Person) SET b.x = 1", "MATCH (a:Person) SET a.x = $missing"])
def test_a_statement_that_is_wrong_from_the_start_ends_its_transaction_too(store: OxigraphStore, bad: str) -> None:
    with store.cypher(is_writing=True) as transaction:
        good = "MATCH (a:Person) SET a.x = 1"
        transaction.run(good, parse(good), {})
        with pytest.raises(KgError):
            transaction.run(bad, parse(bad), {})
        with pytest.raises(StoreError, match="failed"):
            transaction.commit()


def test_half_of_a_statement_cannot_be_committed(store: OxigraphStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Elements, "add_labels", stopped)
    text = "MATCH (a:Person) SET a.x = 1 SET a:Old"
    with store.cypher(is_writing=True) as transaction:
        with pytest.raises(KeyboardInterrupt):
            transaction.run(text, parse(text), {})
        with pytest.raises(StoreError, match="failed"):
            transaction.commit()


def test_who_was_overtaken_writes_nothing(store: OxigraphStore) -> None:
    first, second = THE_ADA + "SET a.age = 1", THE_ADA + "SET a.age = 2"
    with store.cypher(is_writing=True) as slow, store.cypher(is_writing=True) as late:
        slow.run(first, parse(first), {})
        run(store, second)
        with pytest.raises(StoreChangingError, match="Run it again"):
            slow.commit()
        with pytest.raises(StoreChangingError, match="Run it again"):
            late.run(first, parse(first), {})
    assert run(store, THE_ADA + "RETURN a.age") == [[(2,)]]


def test_of_writers_in_threads_no_edit_is_lost() -> None:
    graph, done = graph_with(*SAID), []

    def add() -> None:
        for _ in range(10):
            with contextlib.suppress(StoreChangingError):
                run_cypher(graph, THE_ADA + "SET a.age = coalesce(a.age, 0) + 1", is_writing=True)
                done.append(1)

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(run_cypher(graph, THE_ADA + "RETURN a.age").rows) == [(len(done),)]


def test_the_next_transaction_reads_what_was_written(store: OxigraphStore) -> None:
    run(store, "CREATE (:Person {name: 'Eve'})-[:knows]->(:Resource:Cat {iri: 'http://x.example/tom'})")
    assert run(store, "MATCH (e:Person {name: 'Eve'})-[:knows]->(c:Cat) RETURN c.iri") == [[("http://x.example/tom",)]]
    run(store, "MATCH (e:Person {name: 'Eve'}) SET e.name = 'Evi'")
    (quad,) = store.match(None, KG["name"], Literal("Evi"))
    assert isinstance(quad.subject, BlankNode) and quad.graph_name == USER
    assert store.verify_mirror().__bool__() is False


def test_equal_statements_make_different_blank_nodes(store: OxigraphStore) -> None:
    for _ in range(3):
        run(store, "UNWIND [1, 2] AS x CREATE (:Cat {name: 'Tom'})")
    assert len({quad.subject for quad in store.match(None, KG["name"], Literal("Tom"))}) == 6


def test_a_note_read_again_brings_back_what_it_says(store: OxigraphStore) -> None:
    run(store, THE_ADA + "SET a.name = 'Grace' REMOVE a:Person WITH a MATCH (a)-[r:knows]->() DELETE r")
    assert Quad(ADA, KG["name"], Literal("Grace"), USER) in set(store.match())
    replace_graph(store, NOTE, SAID)
    assert set(store.match()) == {*SAID, Quad(ADA, KG["name"], Literal("Grace"), USER)}


def test_a_store_on_disk(tmp_path: Path) -> None:
    store = OxigraphStore(tmp_path / "store", "merged", EXCLUDED, base=BASE, names=TERMS, mirror=tmp_path / "mirror")
    run(store, "CREATE (:Resource:Person {iri: 'http://x.example/eve', age: 3})")
    store.close()
    store = OxigraphStore(tmp_path / "store", "merged", EXCLUDED, base=BASE, names=TERMS, mirror=tmp_path / "mirror")
    assert run(store, "MATCH (e:Person) SET e.age = e.age + 1 RETURN e.age") == [[(4,)]]
    store.close()


# --- time


def hub(size: int, is_start: bool) -> tuple[Quad, ...]:
    ends = [NamedNode(f"http://x.example/{number}") for number in range(size)]
    return tuple(Quad(*((ADA, KG["knows"], end) if is_start else (end, KG["knows"], ADA)), USER) for end in ends)


@pytest.mark.parametrize("is_start", [True, False])
@pytest.mark.parametrize(
    "text", ["MATCH (n) DETACH DELETE n", "MATCH (a)-[r]->(b) DELETE r", THE_ADA + "SET a.iri = 'urn:a'"]
)
def test_a_node_with_many_relationships_is_read_once(
    text: str, is_start: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, size, count = embedded(hub(300, is_start)), 300, 0
    match = store.match

    def counting(*pattern: Any) -> Iterator[Quad]:
        nonlocal count
        for quad in match(*pattern):
            count += 1
            yield quad

    monkeypatch.setattr(store, "match", counting)
    run(store, text)
    assert count < 20 * size


def test_reading_what_leads_to_a_node_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    store = embedded(hub(500, False))
    match = store.match

    def slow(*pattern: Any) -> Iterator[Quad]:
        time.sleep(0.02)
        return match(*pattern)

    monkeypatch.setattr(store, "match", slow)
    text = THE_ADA + "DETACH DELETE a"
    with store.cypher(is_writing=True, seconds=0.5) as transaction:
        began = time.monotonic()
        with pytest.raises(QueryTimeoutError, match=r"after 0\.5 s"):
            transaction.run(text, parse(text), {})
        assert time.monotonic() - began < 20


def test_what_merge_looks_for_is_worked_out_for_all_rows_at_once(
    store: OxigraphStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answer = [], Answering.answer

    def counting(self: Answering, statement: Statement, *more: Any) -> Records:
        asked.append(statement)
        return answer(self, statement, *more)

    monkeypatch.setattr(Answering, "answer", counting)
    run(store, "UNWIND range(1, 50) AS i MERGE (n:Resource {iri: 'urn:' + toString(i % 7)}) SET n.last = i")
    assert len(asked) < 5
    assert list(run(store, "MATCH (n) WHERE n.last > 0 RETURN min(n.last), max(n.last), count(n)")[0]) == [(44, 50, 7)]


# --- graphs that are not for writers


def graph_with(*quads: Quad) -> KnowledgeGraph:
    ontology = load_ontology()
    store = embedded(quads)
    store.commit(Change(tuple(derive_all(store.match, ontology, MINTER))))
    return KnowledgeGraph(store, ontology, MINTER)


def test_decisions_are_not_touched() -> None:
    quad = Quad(ADA, KG["knows"], BO, MINTER.graph("decisions"))
    graph = graph_with(*SAID, quad)
    before = set(graph.store.match())
    for text in (
        THE_ADA + "DETACH DELETE a",
        THE_ADA + "MATCH (a)-[r:knows]->() DELETE r",
        THE_ADA + "SET a.iri = 'urn:x'",
    ):
        with pytest.raises(ForbiddenQueryError, match="decisions"):
            run_cypher(graph, text, is_writing=True)
    assert set(graph.store.match()) == before


def test_what_is_derived_follows_and_is_not_written() -> None:
    labelled = Quad(ADA, RDFS["label"], Literal("Ada"), NOTE)
    graph = graph_with(Quad(ADA, RDF["type"], KG["Person"], NOTE), labelled)
    assert Quad(ADA, KG["name"], Literal("Ada"), MINTER.graph("names")) in set(graph.store.match())
    with pytest.raises(ForbiddenQueryError, match="change the labels"):
        run_cypher(graph, THE_ADA + "SET a.name = 'Grace'", is_writing=True)
    run_cypher(graph, THE_ADA + "SET a.rdfs__label = 'Grace'", is_writing=True)
    assert {quad.object for quad in graph.store.match(ADA, KG["name"])} == {Literal("Grace")}
    run_cypher(graph, THE_ADA + "SET a.iri = 'urn:ada'", is_writing=True)
    held = {quad.object for quad in graph.store.match(NamedNode("urn:ada"), KG["name"])}
    assert held == {Literal("Grace")} and not set(graph.store.match(ADA))
    run_cypher(graph, "MATCH (a:Resource {iri: 'urn:ada'}) DETACH DELETE a", is_writing=True)
    assert not set(graph.store.match())


# --- values


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (Temporal("Date", "+12345-01-01"), StoredTemporal("date", "12345-01-01")),
        (Temporal("LocalTime", "10:00:00.500000000"), StoredTemporal("local time", "10:00:00.5")),
        (Temporal("Time", "23:30:00+18:00"), StoredTemporal("zoned time", "05:30:00Z")),
        (Temporal("DateTime", "2020-01-01T01:00:00.5+01:00[Europe/Berlin]"), StoredTemporal("zoned datetime", "2020-01-01T01:00:00.5+01:00")),
        (Temporal("DateTime", "2020-03-01T01:00:00+18:00"), StoredTemporal("zoned datetime", "2020-02-29T07:00:00Z")),
        (Temporal("Duration", "P-1Y-2M-3DT-4H-5.5S"), StoredTemporal("duration", "-P1Y2M3DT4H5.5S")),
        (Temporal("Duration", "P1M-1D"), Other("urn:cypher:duration", "P1M-1DT0S0N")),
        (Temporal("Duration", "PT0S"), StoredTemporal("duration", "PT0S")),
        (Point(4326, (1.0, 2.5)), StoredPoint("POINT(1.0 2.5)")), (Point(7203, (1.0, 2.0)), StoredPoint("<urn:cypher:srid:7203> POINT(1.0 2.0)")),
        ([1, 2.5], [1.0, 2.5]), (b"\x00", b"\x00"),
    ],
)  # fmt: skip
def test_a_value_is_stored_as_on_a_server(value: Any, stored: Any) -> None:
    assert as_stored(storable(value)) == stored
    if not isinstance(stored, Other):
        assert as_stored(as_record(stored)) == stored
