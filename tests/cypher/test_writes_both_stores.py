"""Statements that write leave the same dataset, and count the same, on the embedded store and on Neo4j."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from kg.rdf import KG, RDF, XSD, BlankNode, Literal, NamedNode, Quad, Triple
from kg.records import Point, Temporal, Value
from kg.stores import ServerAddress
from tests.cypher.random_writes import PARAMETERS, random_quads, random_statement
from tests.cypher.written import BASE, MINTER, USER, Pair, pair
from tests.neo4j_servers import empty_database

ADA, BO, ACME = (NamedNode(f"http://x.example/{name}") for name in ("ada", "bo", "acme"))
NOTE_17, NOTE_23 = (MINTER.note(name, None) for name in ("17", "23"))
SENTENCE, BLANK = NamedNode(f"{NOTE_17.value}#e-1"), BlankNode("b0")


def term(name: str) -> NamedNode:
    return NamedNode(f"{BASE}term/{name}")


GRAPH = (
    Quad(ADA, RDF["type"], KG["Person"], NOTE_17), Quad(ADA, RDF["type"], KG["Person"], NOTE_23), Quad(ADA, RDF["type"], term("Cat"), USER),
    Quad(ADA, KG["name"], Literal("Ada", language="en"), NOTE_17), Quad(ADA, KG["name"], Literal("Ada", language="en"), NOTE_23), Quad(ADA, KG["name"], Literal("Ada", language="de"), NOTE_23),
    Quad(ADA, term("age"), Literal("36", datatype=XSD["integer"]), USER), Quad(ADA, term("height"), Literal("1.70", datatype=XSD["decimal"]), NOTE_17),
    Quad(ADA, term("born"), Literal("1815-12-10", datatype=XSD["date"]), NOTE_17), Quad(ADA, term("tags"), Literal("x"), NOTE_17), Quad(ADA, term("tags"), Literal("y"), USER),
    Quad(ADA, KG["worksFor"], ACME, NOTE_17), Quad(ADA, KG["worksFor"], ACME, NOTE_23), Quad(ADA, KG["knows"], BO, USER), Quad(BO, KG["knows"], ADA, MINTER.graph("predicted")), Quad(ADA, KG["knows"], ADA, NOTE_17),
    Quad(BO, KG["name"], Literal("Bo"), USER), Quad(BO, KG["knows"], BLANK, USER), Quad(BLANK, KG["name"], Literal("nobody"), NOTE_23),
    Quad(ACME, RDF["type"], KG["Company"], NOTE_23), Quad(ACME, KG["name"], Literal("Acme"), NOTE_23),
    Quad(SENTENCE, RDF["type"], KG["Evidence"], NOTE_17), Quad(SENTENCE, RDF["subject"], ADA, NOTE_17), Quad(SENTENCE, RDF["predicate"], RDF["type"], NOTE_17), Quad(SENTENCE, RDF["object"], KG["Person"], NOTE_17),
    Quad(SENTENCE, RDF["reifies"], Triple(ADA, KG["worksFor"], ACME), NOTE_17), Quad(SENTENCE, KG["confidence"], Literal("0.9", datatype=XSD["double"]), NOTE_17),
)  # fmt: skip

A, B, THE_ACME = (
    f"MATCH ({name}:Resource {{iri: '{iri.value}'}}) " for name, iri in (("a", ADA), ("b", BO), ("o", ACME))
)
AB = f"MATCH (a:Resource {{iri: '{ADA.value}'}}), (b:Resource {{iri: '{BO.value}'}}) "

STATEMENTS = [
    # the table of docs/neo4j-browser.md
    "CREATE (:Person {name: 'Eve'})", THE_ACME + "CREATE (e:Person {name: 'Eve'})-[:worksFor]->(o)", AB + "CREATE (a)-[:likes]->(b), (a)-[:likes]->(b)", THE_ACME + A + "CREATE (a)-[:worksFor]->(o)",
    "CREATE (e:Person {name: 'Eve'}) SET e.name = ['Eve', 'Evi', 'Eve']", A + "SET a.name = 'Grace'", A + "SET a.name = 'Ada'", A + "MATCH (a)-[r:worksFor]->() DELETE r", A + "REMOVE a:Person",
    A + "SET a:Dog", A + "SET a.iri = 'http://x.example/countess'", A + "DETACH DELETE a", "MATCH (n {name: 'nobody'}) SET n:Resource, n.iri = 'http://x.example/somebody'", "MERGE (e:Resource:Person {iri: 'http://x.example/eve'})",
    # properties
    A + "SET a.age = null", A + "SET a.age = 37, a.height = 1.71", A + "SET a.age = a.age + 1", A + "SET a.height = a.height", A + "REMOVE a.name, a.tags", A + "SET a.tags = ['x']", A + "SET a.tags = ['y', 'x', 'z']", A + "SET a.tags = []",
    A + "SET a.tags = a.tags + 'z'", A + "SET a += {age: 1, fresh: true, name: null}", A + "SET a = {iri: a.iri, name: 'Ada'}", A + "SET a = {iri: a.iri, name: a.name, tags: a.tags}", A + "SET a.kg__name = 'Ada'", A + "SET a.`http://x.example/p` = 1",
    A + "SET a.foaf__nick = 'A'", A + "SET a['age'] = 5", A + "SET a.age = 1, a.old = a.age", A + "SET a.age = 1 SET a.old = a.age", "UNWIND [1, 2, 3] AS x " + A + "SET a.age = a.age + x RETURN a.age", AB + "SET b.age = a.age, a.age = 0",
    AB + "SET b.name = a.name", A + "SET a.rdf__type = 'x'", "MATCH (e:kg__Evidence) SET e.rdf__predicate = 'kg__knows'", "MATCH (e:kg__Evidence) SET e.kg__confidence = 1.0", "MATCH (e:kg__Evidence) REMOVE e.rdf__reifies", "MATCH (e:kg__Evidence) REMOVE e.rdf__predicate",
    "MATCH (n:Resource) WHERE n.name IS NOT NULL SET n.seen = true RETURN count(*)", "OPTIONAL MATCH (n:Nobody) SET n.x = 1, n:Foo REMOVE n.y DELETE n", "MATCH (n:Person) SET n.count = COUNT { (n)-->() }", A + "SET a.upper = toUpper(a.iri) RETURN a.upper",
    A + "SET a.born = '1815-12-10'", A + "SET a.born = date('1815-12-10')", A + "SET a.height = 1.7",
    # labels
    A + "SET a:Person", A + "SET a:Person:Cat:Dog REMOVE a:Cat", A + "REMOVE a:Person SET a:Person", A + "SET a:`http://x.example/C`:foaf__Person:kg__Person", A + "REMOVE a:kg__Person", A + "SET a:$('Dyn')",
    # relationships
    AB + "MERGE (a)-[:knows]->(b)", AB + "MERGE (b)-[:knows]->(a)", AB + "MERGE (a)-[:knows]-(b) RETURN count(*)", AB + "MERGE (b)<-[r:likes]-(a) RETURN startNode(r).iri", A + "MERGE (a)-[:knows]->(a)", A + "MERGE (a)-[:made]->(:Resource:Cat {iri: 'urn:tom'})",
    AB + "CREATE (a)-[r:`http://x.example/p`]->(b) RETURN type(r)", AB + "CREATE (a)-[:rdf__type]->(b)", A + "MATCH (a)-[r]-() DELETE r", A + "MATCH (a)-[r:knows]-() DELETE r, r", A + "MATCH (a)-[r:worksFor]->(o) DELETE r MERGE (a)-[:worksFor]->(o)",
    "MERGE (x:Resource {iri: 'urn:x'})-[:r]->(y:Resource {iri: 'urn:y'})", "MATCH (p:Person)-[:worksFor]->(c) CREATE (c)-[:employs]->(p) RETURN c.name", "MATCH (n {name: 'nobody'})<-[r]-() DELETE r", AB + "CREATE p = (a)-[:r]->(:X {n: 1})<-[:s]-(b)",
    # nodes
    A + "DETACH DELETE a DETACH DELETE a", A + "DETACH DELETE a CREATE (:Resource:Person {iri: 'http://x.example/ada', name: 'new'})", A + "MATCH (a)-[r]-() DELETE a, r", "MATCH p = (:Person)-[:worksFor]->() DETACH DELETE p", B + "DETACH DELETE b RETURN count(*)",
    "MATCH (n {name: 'nobody'}) DETACH DELETE n", A + "WITH collect(a) AS every DETACH DELETE every[0]", "CREATE (a:X {n: 1}) DELETE a", "CREATE (a:X {n: 1})-[r:R]->(b:Y {n: 2}) DELETE r, a", "MATCH (n:Resource) DETACH DELETE n",
    "UNWIND $rows AS row MERGE (n:Resource {iri: row.iri}) SET n += row.properties", "UNWIND ['urn:1', 'urn:2', 'urn:1'] AS iri MERGE (n:Resource:Many {iri: iri}) ON CREATE SET n.made = 1 ON MATCH SET n.again = 1", "CREATE (n:X $map)",
    "MERGE (n:Resource:Person {iri: 'http://x.example/ada'}) ON MATCH SET n.again = n.age RETURN n.again", "MERGE (n:Resource {iri: 'http://x.example/ada', age: 36}) SET n.found = true", A + "SET a.iri = 'no iri'", A + "SET a.iri = a.iri",
    B + "SET b.iri = 'http://x.example/bob', b.age = 1",
    # rounds, and FOREACH
    "MATCH (a:Person) SET a.seen = 1 WITH a MATCH (a)-[:knows]->(b) CREATE (b)-[:knownBy]->(a) RETURN count(*)", "CREATE (a:X {n: 1}), (b:X {n: 2}) WITH a, b MATCH (x:X) RETURN sum(x.n)", A + "FOREACH (x IN [1, 2] | SET a.age = a.age * 2)",
    A + "FOREACH (x IN range(1, 3) | CREATE (a)-[:has]->(:Thing {n: x}))", A + "FOREACH (x IN ['p', 'q'] | MERGE (z:Resource {iri: 'urn:' + x}) MERGE (a)-[:has]->(z))", A + "DETACH DELETE a WITH 1 AS one MATCH (n:Person) RETURN count(n)", A + "SET a.age = 40 WITH a WHERE a.age > 39 SET a:Old RETURN a.age",
    A + "SET a.x = 1, a.x = 2", A + "SET a.age = null, a.age = 1", A + "SET a.name = 'x', a.name = 'Ada'", A + "SET a.iri = 'urn:a', a.iri = 'urn:b'",
    # rows: what one of them makes, the next finds
    "UNWIND $pairs AS pair MATCH (x:Resource {iri: pair[0]}), (y:Resource {iri: pair[1]}) MERGE (x)-[r:zz]-(y) RETURN pair, startNode(r).iri", "UNWIND [3, 1, 2, 1] AS i MERGE (n:Resource:X {iri: 'urn:' + toString(i)}) ON CREATE SET n.first = i ON MATCH SET n.last = i RETURN n.iri, n.first, n.last",
    "UNWIND [1, 2, 3] AS x MERGE (n:Resource:X {iri: 'urn:' + x}) MERGE (m:Resource {iri: 'urn:' + (x - 1)}) SET m:Y MERGE (n)-[:after]->(m)", "UNWIND [1, 2, 3] AS x " + A + "CREATE (a)-[:k]->(:X {v: COUNT { (a)-->() }})", "UNWIND [1, 2, 3] AS x MERGE (n:Resource {iri: 'urn:m'}) SET n.z = coalesce(n.z, 0) + x DETACH DELETE n RETURN count(*)",
    "MATCH (n)-[r]->(m) SET n.out = coalesce(n.out, 0) + 1, m.in = coalesce(m.in, 0) + 1", "UNWIND [1, 2, 3] AS x " + A + "SET a = {iri: a.iri, name: 'x'} SET a.name = 'x'",
    # names and identities
    A + "SET a:`a``b`:`<x>`:`urn:x:y`:foo__bar:x__ SET a.`a b` = 1, a.`é` = 2, a.`x:y` = 3, a.id = 3, a.type = 4, a.title = 5, a.node_type = 7", AB + "SET a.iri = 'urn:tmp' SET b.iri = 'http://x.example/ada' SET a.iri = 'http://x.example/bo'", A + "SET a.iri = 'urn:changed' MERGE (b:Resource {iri: 'http://x.example/ada'}) SET b.x = 1",
    "MATCH (n:Resource) WHERE n.iri STARTS WITH 'http' SET n += {iri: 'urn:new:' + n.iri}", "MERGE (n:Resource {iri: '_:b0'}) SET n.x = 1", "MERGE (n:Resource {iri: '_:z z'}) SET n.x = 1", "MERGE (n:Resource {iri: ''}) SET n.x = 1", "MERGE (n:Resource {iri: 'http://x/<a>'}) SET n.x = 1", "MERGE (n:Resource {iri: 'urn:a\\nb'}) SET n.x = 1",
    A + "FOREACH (x IN [1, 2] | FOREACH (y IN [3, 4] | CREATE (a)-[:h]->(:T {v: x * 10 + y})))", "MATCH (n:Resource) WITH collect(n) AS ns FOREACH (x IN ns | SET x.seen = 1)", A + "SET (CASE WHEN a.age > 3 THEN a END).x = 1", A + "FOREACH (x IN [1] | CREATE (b:Z {v: x}) CREATE (b)-[:q]->(a)) CREATE (b:Y {v: 9})",
    # values
    A + "SET a.v = $odd, a.w = $text, a.x = $nul, a.y = 1e308 * 10, a.z = -9223372036854775808",
    A + "SET a.v = $date, a.w = $time, a.x = $datetime, a.y = $duration, a.z = $mixed", A + "SET a.v = $point, a.w = $bytes, a.x = $dates", "CREATE (:V {i: 9223372036854775807, f: -0.0, g: 1.0, h: 0.1, t: true, s: '', u: 'é\\n\\t\"'})", A + "SET a.v = [1, 2.5], a.w = [true, false], a.x = [1, 1]",
    "CREATE (:V {d: date('2026-11-22'), t: time('10:00+01:00'), l: localtime('10:00'), m: localdatetime('2026-11-22T10:00:00.123456789'), z: datetime('2026-11-22T10:00Z'), p: point({x: 1, y: 2}), q: duration('P14M3DT90M')})",
]  # fmt: skip

FAILING = [
    A + "DELETE a", "CREATE (:Resource:X {iri: 'http://x.example/ada'})", A + "SET a.iri = 'http://x.example/bo'", A + "SET a.x = [1, 'a']", A + "SET a.x = [1, 'a'], a.x = 1", A + "SET a.x = [[1]]", A + "SET a.x = [null]", A + "SET a.x = {a: 1}", A + "SET a.x = a", A + "SET a += null",
    "MERGE (:Resource {iri: null})", "MERGE (:Resource:Nothing {iri: 'http://x.example/ada'})", "OPTIONAL MATCH (n:Nobody) CREATE (n)-[:r]->(:X)", A + "DETACH DELETE a SET a:X", A + "DETACH DELETE a SET a.x = a.name", A + "MERGE (a)-[:likes]->(:Resource {iri: 'http://x.example/bo'})", A + "SET a.x = 9223372036854775807 + 1",
]  # fmt: skip

GIVEN: dict[str, Value] = {
    "pairs": [["http://x.example/ada", "http://x.example/bo"], ["http://x.example/bo", "http://x.example/ada"], ["http://x.example/ada", "http://x.example/acme"]], "odd": [0.0, float("nan"), float("-inf"), 5e-324, 1e21], "text": "a\r\nb\tc\u2028\ufeff👩‍👧 e\u0301", "nul": "a\x00b",
    "rows": [{"iri": "http://x.example/ada", "properties": {"u": 1}}, {"iri": "urn:new", "properties": {"u": 2, "v": None}}], "map": {"a": 1, "b": ["x"], "c": None},
    "date": Temporal("Date", "2026-11-22"), "time": Temporal("Time", "10:00:00+01:00"), "datetime": Temporal("DateTime", "2026-11-22T10:00:00+01:00[Europe/Berlin]"), "duration": Temporal("Duration", "P1Y2M3DT4H5.5S"),
    "mixed": Temporal("Duration", "P1M-1D"), "point": Point(4326, (1.0, 2.0)), "bytes": b"\x00\xff", "dates": [Temporal("Date", "2026-11-22"), Temporal("Date", "0001-01-01")],
}  # fmt: skip

SEEDS = range(300)


@pytest.fixture(scope="module")
def stores(neo4j_address: ServerAddress) -> Iterator[Pair]:
    empty_database(neo4j_address)
    with pair(neo4j_address) as opened:
        yield opened


@pytest.mark.parametrize("text", STATEMENTS)
def test_a_statement_does_the_same_on_both_stores(stores: Pair, text: str) -> None:
    here, there = stores.both(GRAPH, (text,), GIVEN)
    assert (here.refused, here.failed, there.failed) == ("", "", "")
    assert here.rows == there.rows
    assert here.counters == there.counters
    assert here.quads - there.quads == frozenset() == there.quads - here.quads


@pytest.mark.parametrize("text", FAILING)
def test_a_statement_fails_on_both_stores(stores: Pair, text: str) -> None:
    here, there = stores.both(GRAPH, (text,), GIVEN)
    assert here.failed and there.failed and not here.refused


def test_statements_of_one_transaction_do_the_same_on_both_stores(stores: Pair) -> None:
    texts = [A + "SET a.name = 'Grace'", A + "SET a.name = 'Ada' RETURN a.age", "MATCH (p:Person) WHERE p.age > 1 SET p:Old", "MATCH (p:Old) DETACH DELETE p", B + "CREATE (b)-[:knows]->(:Person {name: 'Eve'})", "MATCH (b)-[:knows]->(e:Person {name: 'Eve'}) SET e.age = 3 RETURN b.name"]  # fmt: skip
    here, there = stores.both(GRAPH, texts, GIVEN)
    assert here == there


def test_random_statements_do_the_same_on_both_stores(stores: Pair) -> None:
    equal = 0
    for seed in SEEDS:
        chance = Random(seed)
        quads, text = random_quads(chance), random_statement(chance)
        here, there = stores.both(quads, (text,), PARAMETERS)
        if here.refused or (here.failed and there.failed):
            continue
        assert here == there, f"seed {seed}: {text}"
        equal += 1
    assert equal > len(SEEDS) / 2
