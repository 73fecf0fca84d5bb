"""The sweep on a server: what it does, what it reports, and that it changes nothing that is said."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.property_graph.names import Names, anonymous_key
from kg.rdf import KG, PREFIXES, BlankNode, DefaultGraph, NamedNode, Quad
from kg.stores import ServerAddress
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.reading import anonymous_key_of, read_all
from kg.stores.neo4j.sweep import SweepReport, sweep
from tests.stores.neo4j.hand import BASE, USER

pytestmark = pytest.mark.neo4j

NAMES = Names(BASE, PREFIXES, {"Person": KG["Person"].value, "name": KG["name"].value})
X = "http://x.example/"


@pytest.fixture
def connection(neo4j_empty: ServerAddress) -> Iterator[Connection]:
    with Connection(neo4j_empty) as opened:
        opened.run("CREATE CONSTRAINT kg_resource_iri IF NOT EXISTS FOR (n:Resource) REQUIRE n.iri IS UNIQUE")
        yield opened


def run_sweep(connection: Connection, absent: NamedNode | DefaultGraph = USER) -> SweepReport:
    numbers = iter(range(1_000_000))
    start = connection.run("MATCH (n) RETURN count(n)")[0][0]
    return sweep(connection, NAMES, absent, lambda: NamedNode(f"{BASE}node/{start}-{next(numbers)}"))


def denoted(connection: Connection, absent: NamedNode | DefaultGraph = USER) -> set[Quad]:
    with connection.reading() as session:
        return set(read_all(session, NAMES, absent))


def sweep_keeps(connection: Connection, absent: NamedNode | DefaultGraph = USER) -> SweepReport:
    """Sweep, and check that only the names of hand-made nodes have changed, and that a second sweep does nothing."""
    before = denoted(connection, absent)
    was = dict(connection.run(f"MATCH (n) RETURN elementId(n), {KEY}"))
    report = run_sweep(connection, absent)
    now = dict(
        connection.run(
            "MATCH (n:Resource) WHERE n.iri IS :: STRING NOT NULL RETURN elementId(n), coalesce(n._iri, n.iri)"
        )
    )
    new = {BlankNode(key[2:]): now[id_] for id_, key in was.items() if key and now.get(id_, key) != key}

    def name(term: Any) -> Any:
        return NamedNode(new[term]) if isinstance(term, BlankNode) and term in new else term

    after = denoted(connection, absent)
    assert after == {Quad(name(q.subject), q.predicate, name(q.object), q.graph_name) for q in before}
    assert report.adopted == len(new)
    mark = connection.mark()
    again = run_sweep(connection, absent)
    assert not again.changed
    assert sorted(map(str, again.problems)) == sorted(map(str, report.problems))
    assert again.unknown == report.unknown
    assert connection.mark() == mark  # nothing is written where there is nothing to do
    return report


KEY = (
    "CASE WHEN n:Resource AND n.iri IS :: STRING NOT NULL THEN CASE WHEN n.iri STARTS WITH '_:' THEN n.iri END "
    "ELSE '_:neo4j_' + replace(elementId(n), ':', '_') END"
)


# --- adopting


def test_hand_made_nodes_become_resources_with_an_iri(connection: Connection) -> None:
    connection.run("CREATE (:Person {name:'Ada'})-[:KNOWS]->(:Person {name:'Bo'})")
    assert sweep_keeps(connection).adopted == 2
    rows = connection.run("MATCH (a:Resource:Person)-[:KNOWS]->(b:Resource:Person) RETURN a.iri, b.iri")
    assert all(iri.startswith(f"{BASE}node/") for iri in rows[0])
    assert rows[0][0] != rows[0][1]


def test_an_iri_that_is_free_is_kept(connection: Connection) -> None:
    long = X + "é" * 8000
    connection.run("CREATE (:Person {iri: $short}), (:Person {iri: $long})", short=X + "eve", long=long)
    assert sweep_keeps(connection).adopted == 2
    subjects = {quad.subject for quad in denoted(connection)}
    assert subjects == {NamedNode(X + "eve"), NamedNode(long)}


def test_an_iri_that_is_taken_is_reported(connection: Connection) -> None:
    connection.run("CREATE (:Resource:Person {iri: $iri}), (:Cat {iri: $iri}), (:Dog {iri: $new}), (:Cow {iri: $new})",
                   iri=X + "eve", new=X + "new")  # fmt: skip
    report = sweep_keeps(connection)
    assert report.adopted == 1
    assert [problem.kind for problem in report.problems] == ["iri", "iri"]
    assert all("is taken by another node" in problem.message for problem in report.problems)
    assert connection.run("MATCH (c:Cat) RETURN c.iri, c:Resource") == [[X + "eve", False]]


@pytest.mark.parametrize(
    "iri", ["eve", "", 42, ["http://x.example/a"], "http://x.example/<>", "_:b0", "_:neo4j_4_1f_1", "a\nb"]
)
def test_an_iri_that_is_none_is_reported(connection: Connection, iri: object) -> None:
    connection.run("CREATE (:Person {name: 'Eve', iri: $iri})", iri=iri)
    report = sweep_keeps(connection)
    assert report.adopted == 0
    assert [problem.kind for problem in report.problems] == ["iri"]
    assert repr(iri) in report.problems[0].message
    connection.run("MATCH (n) DELETE n CREATE (:Resource:Person {name: 'Eve', iri: $iri})", iri=iri)
    assert len(sweep_keeps(connection).problems) == (
        0 if str(iri).startswith("_:b") else 1 if not str(iri).startswith("_:neo") else 0
    )


def test_a_resource_whose_iri_was_removed_gets_one(connection: Connection) -> None:
    connection.run("CREATE (:Resource:Person {name: 'Eve'})")
    assert sweep_keeps(connection).adopted == 1


def test_a_node_that_an_update_has_written_to_gets_an_iri(connection: Connection) -> None:
    connection.run(
        f"CREATE (:Resource:Person {{iri: '_:b0'}}), (n:Resource:Person) SET n.iri = {anonymous_key_of('n')}"
    )
    connection.run("CREATE (:Resource:Person {iri: '_:neo4j_4_1f_1'})")  # of another database
    assert sweep_keeps(connection).adopted == 1
    assert connection.run("MATCH (n) WHERE n.iri STARTS WITH '_:neo4j_' RETURN n.iri") == [["_:neo4j_4_1f_1"]]
    assert connection.run("MATCH (n {iri: '_:b0'}) RETURN count(n)") == [[1]]


def test_an_iri_that_was_given_before_an_update_came_is_kept(connection: Connection) -> None:
    make = f"CREATE (n:Resource:Person {{_given: $iri}}) SET n.iri = {anonymous_key_of('n')}"
    connection.run(make, iri=X + "eve")
    assert sweep_keeps(connection).adopted == 1
    assert connection.run("MATCH (n) RETURN n.iri, n._given") == [[X + "eve", None]]


def test_a_node_that_a_triple_term_names_stays_a_blank_node(connection: Connection) -> None:
    ((id_,),) = connection.run("CREATE (n:Person {name: 'Eve'}) RETURN elementId(n)")
    key = anonymous_key(id_)
    term = f"<<( {key} <{X}p> {key} )>>"
    connection.run(
        "CREATE (:Resource {iri: $iri, says: $term, _rdf: ['says\t' + $term + '\t.']})", iri=X + "a", term=term
    )
    report = sweep_keeps(connection)
    assert report.adopted == 0
    assert [problem.where for problem in report.problems] == [id_]


def test_nodes_that_say_nothing_and_the_stores_own_are_left_alone(connection: Connection) -> None:
    connection.run(
        "CREATE (), ({iri: $iri}), (:_Bloom_Perspective_ {name: 'p'}), (:_Home:Person {id: 1}), (:Resource), ({_x: 1})",
        iri=X,
    )
    report = sweep_keeps(connection)
    assert not report.changed
    assert connection.run("MATCH (n) RETURN count(n)") == [[6]]


# --- notes


def test_dead_notes_are_dropped(connection: Connection) -> None:
    notes = [
        'name\t"Ada"@en\tnote/17', 'name\t"Eve"\tnote/17', "nonsense", "a\tb\tc", ":Person\t\tnote/17", ":Cat\t\t.", ":Resource\t\tnote/1",
        '_x\t"1"\tnote/1', 'iri\t"1"\tnote/1', 'name\t"Ada"\t.', 'name\t"Ada\t.', "of\t<http://x.example/p>\tnote/17", "name\t_:b\tnote/17", "\t\t",
        "rdf__object\t<http://x.example/p>\tnote/17",
    ]  # fmt: skip
    connection.run(
        "CREATE (:Resource:Person {iri: $iri, name: 'Ada', _x: 1, of: 'http://x.example/p', "
        "rdf__object: 'http://x.example/p', _rdf: $notes})",
        iri=X, notes=notes,
    )  # fmt: skip
    assert sweep_keeps(connection).notes == len(notes) - 4
    live = [
        'name\t"Ada"@en\tnote/17',
        ":Person\t\tnote/17",
        'name\t"Ada"\t.',
        "rdf__object\t<http://x.example/p>\tnote/17",
    ]
    assert connection.run("MATCH (n) RETURN n._rdf") == [[live]]


@pytest.mark.parametrize("stored", [42, "nonsense", [1, 2], [""], [], True, 1.5])
def test_notes_that_are_none_are_dropped(connection: Connection, stored: object) -> None:
    connection.run("CREATE (:Resource:Person {iri: $iri, _rdf: $stored})", iri=X, stored=stored)
    sweep_keeps(connection)
    assert connection.run("MATCH (n) RETURN n._rdf") == [[None]]


# --- relationships


def test_doubled_relationships_become_one_in_all_their_graphs(connection: Connection) -> None:
    connection.run(
        "CREATE (a:Resource {iri: $a}), (b:Resource {iri: $b}), (a)-[:knows {_g: ['note/17', 'note/23']}]->(b), (a)-[:knows]->(b), "
        "(a)-[:knows {_g: ['note/1'], since: 2019}]->(b), (a)-[:likes]->(b), (a)-[:likes]->(b), (b)-[:knows]->(a)",
        a=X + "a", b=X + "b",
    )  # fmt: skip
    assert sweep_keeps(connection).merged == 3
    rows = connection.run(
        "MATCH (:Resource {iri: $a})-[r]->() RETURN type(r), r._g, r.since ORDER BY type(r)", a=X + "a"
    )
    assert rows == [["knows", [".", "note/1", "note/17", "note/23"], 2019], ["likes", None, None]]


def test_loops_and_hand_made_ends_are_merged_too(connection: Connection) -> None:
    connection.run(
        "CREATE (a:Person {name: 'Ada'}) CREATE (a)-[:knows]->(a), (a)-[:knows]->(a), (a)-[:knows {_g: 42}]->(a)"
    )
    assert sweep_keeps(connection).merged == 2


def test_relationships_with_different_properties_are_reported(connection: Connection) -> None:
    connection.run(
        "CREATE (a:Resource {iri: $a}), (a)-[:paid {amount: 1}]->(a), (a)-[:paid {amount: 1.0}]->(a), (a)-[:paid]->(a), (a)-[:_own]->(a), (a)-[:_own]->(a), "
        "(a)-[:seen {at: date({year: 12345})}]->(a), (a)-[:seen {at: date({year: 12345})}]->(a)", a=X + "a",
    )  # fmt: skip
    report = sweep_keeps(connection)
    assert report.merged == 1
    assert [(problem.kind, "paid" in problem.message) for problem in report.problems] == [
        ("relationships", True),
        ("value", False),
    ]
    assert connection.run("MATCH ()-[r:paid]->() RETURN count(r)") == [[3]]


# --- the rest


def test_nodes_of_ours_that_say_nothing_are_removed(connection: Connection) -> None:
    connection.run("CREATE (:Resource {iri: $a}), (:Resource {iri: $b, _rdf: ['x\t\"y\"\t.']}), (:Resource {iri: $c})-[:_seen]->(), (:Resource {iri: $d, x: []})",
                   a=X + "a", b=X + "b", c=X + "c", d=X + "d")  # fmt: skip
    assert sweep_keeps(connection).removed == 2
    assert {row[0] for row in connection.run("MATCH (n:Resource) RETURN n.iri")} >= {X + "c", X + "d"}


def test_old_batches_are_removed(connection: Connection) -> None:
    connection.run("UNWIND range(1, 30) AS n CREATE (:_Batch {id: toString(n), at: timestamp() - n * 3600000 + 60000})")
    assert sweep_keeps(connection).batches == 6
    assert connection.run("MATCH (b:_Batch) RETURN count(b)") == [[24]]


def test_names_that_no_ontology_has_are_reported(connection: Connection) -> None:
    connection.run(
        "CREATE (:Cat:Person {name: 'Tom', foaf__nick: 'T', `éè b`: 1, _x: 2, `http://x.example/p`: 3})-[:LIKES]->(:_Own {key: 1})"
    )
    report = sweep_keeps(connection)
    assert report.unknown == {"labels": ["Cat"], "relationship types": ["LIKES"], "properties": ["éè b"]}


def test_values_and_iris_that_cannot_be_read_are_reported(connection: Connection) -> None:
    connection.run(
        "CREATE (:Resource:Comet {iri: $iri, seen: date({year: 12345}), also: [datetime({year: -44}), datetime()], near: date(), n: 1})"
        "-[:at {on: localdatetime({year: 10000})}]->(:Resource {iri: 'no iri', name: 'x'})", iri=X,
    )  # fmt: skip
    report = sweep_keeps(connection)
    assert sorted(re.split("[:;,]", problem.message)[0] for problem in report.problems) == [
        "also is -0044-01-01T00", "its iri 'no iri' is no IRI", "on is +10000-01-01T00", "seen is +12345-01-01",
    ]  # fmt: skip


def test_sweeps_side_by_side_do_everything_once(connection: Connection) -> None:
    connection.run(
        "UNWIND range(1, 1200) AS i CREATE (a:Person {name: 'n' + i, _rdf: ['x']}) CREATE (a)-[:knows]->(a) CREATE (a)-[:knows]->(a)"
    )
    reports: list[SweepReport] = []
    threads = [threading.Thread(target=lambda: reports.append(run_sweep(connection))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 3
    assert sum(report.merged for report in reports) == 1200
    assert sum(report.adopted for report in reports) == 1200
    assert not any(report.problems for report in reports)
    assert not sweep_keeps(connection).changed


# --- the law

_names = st.sampled_from(
    ["Person", "name", "Cat", "knows", "a b", "_own", "foaf__Person", "rdf__type", f"{X}p", "Resource", "中", "iri"]
)
_texts = st.sampled_from(["Ada", "Bo", "", "1", f"{X}p", "<a>", "a\tb"])
_values: st.SearchStrategy[Any] = st.one_of(
    _texts, st.integers(0, 2), st.booleans(), st.sampled_from([0.0, -0.0, 1.0, float("nan")]),
    st.lists(_texts, max_size=3), st.lists(st.integers(0, 2), max_size=3),
)  # fmt: skip
_graph_names = st.sampled_from(["note/17", "note/23", ".", "", "no name", "_:b0", f"{X}g", "\\u0060"])
_tokens = st.one_of(
    st.sampled_from(['"Ada"', '"Ada"@en', '"1"', f'"1"^^<{X}t>', "", f"<{X}p>", "_:b", '"', f"<<( <{X}a> <{X}p> \"Ada\" )>>"]),
    st.integers(0, 2).map(lambda n: f'"{n}"^^<http://www.w3.org/2001/XMLSchema#integer>'),
)  # fmt: skip
_keys = st.one_of(_names, _names.map(":".__add__))
_notes = st.one_of(
    st.none(), st.just(42), st.just("x"),
    st.lists(st.one_of(st.builds(lambda k, t, g: f"{k}\t{t}\t{' '.join(g)}", _keys, _tokens, st.lists(_graph_names, max_size=2)), _texts), max_size=4),
)  # fmt: skip
_iris = st.one_of(
    st.none(),
    st.sampled_from([f"{X}{n}" for n in range(4)] + ["_:b0", "_:neo4j_4_1f_3", "eve", 7, "", f"{BASE}term/eve"]),
)
_nodes = st.fixed_dictionaries({
    "labels": st.lists(_names, max_size=2), "properties": st.dictionaries(_names.filter(lambda name: name != "iri"), _values, max_size=3),
    "iri": _iris, "_rdf": _notes, "resource": st.booleans(),
})  # fmt: skip
_types = st.sampled_from(["knows", "name", "_own", "rdf__type", "a b"])
_stored_graphs = st.one_of(st.none(), st.just(42), st.just("note/17"), st.lists(_graph_names, max_size=3))
_relationships = st.tuples(
    st.integers(0, 4),
    _types,
    st.integers(0, 4),
    _stored_graphs,
    st.dictionaries(st.sampled_from(["since", "w"]), st.integers(1, 2), max_size=1),
)


def test_a_node_that_says_nothing_does_not_keep_an_iri(connection: Connection) -> None:
    connection.run("CREATE (:Resource {iri: 'http://x.example/1'}), (:Person {iri: 'http://x.example/1'})")
    report = sweep_keeps(connection)
    assert (report.removed, report.adopted, report.problems) == (1, 1, [])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    nodes=st.lists(_nodes, min_size=1, max_size=5), relationships=st.lists(_relationships, max_size=8),
    absent=st.sampled_from([USER, DefaultGraph()]),
)  # fmt: skip
def test_a_sweep_changes_nothing_that_is_said(
    connection: Connection,
    nodes: list[dict[str, Any]],
    relationships: list[tuple[Any, ...]],
    absent: NamedNode | DefaultGraph,
) -> None:
    connection.run("MATCH (n) DETACH DELETE n")
    taken = set[object]()
    for node in nodes:
        labels = [label for label in node["labels"] if label != "Resource"]
        if node["resource"] and (node["iri"] is None or node["iri"] not in taken):
            labels.append("Resource")
            taken.add(node["iri"])
        properties = node["properties"] | {"iri": node["iri"], "_rdf": node["_rdf"]}
        node["labels"], node["properties"] = labels, properties
    ids = [
        connection.run(
            "CREATE (n) SET n:$($labels) SET n += $properties RETURN elementId(n)",
            **{k: node[k] for k in ("labels", "properties")},
        )[0][0]
        for node in nodes
    ]
    for start, type_, end, graphs, properties in relationships:
        connection.run(
            "MATCH (a), (b) WHERE elementId(a) = $a AND elementId(b) = $b CREATE (a)-[r:$($type)]->(b) SET r = $properties",
            a=ids[start % len(ids)], b=ids[end % len(ids)], type=type_, properties=properties | {"_g": graphs},
        )  # fmt: skip
    sweep_keeps(connection, absent)
