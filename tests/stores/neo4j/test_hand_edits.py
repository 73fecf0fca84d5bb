"""What people write in Neo4j Browser is part of the graph, at once, and breaks no note's graph.

The first part is the table of docs/neo4j-browser.md, a test a row.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.errors import StoreError
from kg.rdf import KG, RDF, XSD, BlankNode, Literal, NamedNode, Quad, Triple
from kg.stores import ServerAddress
from kg.stores.replace import replace_graph
from tests.stores.neo4j.hand import ACME, ADA, BASE, BO, EVIDENCE, NOTE_17, NOTE_23, USER, Hand, by_hand, said

pytestmark = pytest.mark.neo4j

NAME, PERSON, WORKS_FOR = KG["name"], KG["Person"], KG["worksFor"]
THE_ADA = f"(a:Resource {{iri: '{ADA.value}'}})"
THE_ACME = f"(o:Resource {{iri: '{ACME.value}'}})"


@pytest.fixture(params=[5_000_000, 0], ids=["kept copy", "slices"])
def hand(request: pytest.FixtureRequest, neo4j_empty: ServerAddress, tmp_path: Path) -> Iterator[Hand]:
    with by_hand(neo4j_empty, tmp_path, request.param) as opened:
        opened.check(NOTE_17, NOTE_23)
        yield opened


def user(*triples: tuple[Any, ...]) -> set[Quad]:
    return {Quad(*triple, USER) for triple in triples}


# --- the table


def test_a_node_without_an_iri_is_a_blank_node(hand: Hand) -> None:
    hand.cypher("CREATE (:Person {name: 'Eve'})")
    assert hand.ask("ASK { ?eve a kg:Person ; kg:name 'Eve' FILTER isBlank(?eve) }")
    ((eve,),) = hand.select("SELECT ?eve { ?eve kg:name 'Eve' }")
    assert hand.quads(USER) == user((eve, RDF["type"], PERSON), (eve, NAME, Literal("Eve")))
    hand.check(NOTE_17, NOTE_23)


def test_a_relationship_is_one_triple_that_nobody_has_a_sentence_for(hand: Hand) -> None:
    hand.cypher("CREATE (:Person {name: 'Eve'})")
    hand.cypher(f"MATCH (e {{name: 'Eve'}}), {THE_ACME} CREATE (e)-[:worksFor]->(o)")
    ((eve,),) = hand.select("SELECT ?who { ?who kg:worksFor e:acme FILTER (?who != e:ada) }")
    assert Quad(eve, WORKS_FOR, ACME, USER) in hand.check(NOTE_17, NOTE_23)  # type: ignore[arg-type]
    assert not hand.ask("ASK { ?evidence rdf:subject ?who . ?who kg:name 'Eve' }")


def test_an_iri_counts_on_resources_only(hand: Hand) -> None:
    hand.cypher("MERGE (:Person {iri: 'http://x.example/eve', name: 'Eve'})")
    ((eve,),) = hand.select("SELECT ?eve { ?eve kg:name 'Eve' }")
    assert isinstance(eve, BlankNode)
    assert hand.quads(USER) == user((eve, RDF["type"], PERSON), (eve, NAME, Literal("Eve")))  # `iri` is no property
    hand.check(NOTE_17, NOTE_23)


def test_parallel_relationships_are_one_triple(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA}, {THE_ACME} CREATE (a)-[:worksFor]->(o), (a)-[:knows]->(o), (a)-[:knows]->(o)")
    assert len(hand.select("SELECT ?o { e:ada t:knows ?o }")) == 1
    assert len(hand.select("SELECT ?o { e:ada kg:worksFor ?o }")) == 1
    assert hand.texts("SELECT ?g { GRAPH ?g { e:ada kg:worksFor ?o } }") == [USER.value, NOTE_17.value, NOTE_23.value]
    hand.check(NOTE_17, NOTE_23)


def test_a_list_is_several_triples(hand: Hand) -> None:
    hand.cypher("CREATE (e:Person {name: 'Eve'}) SET e.name = ['Eve', 'Evi', 'Eve']")
    assert hand.texts("SELECT ?name { ?x kg:name 'Evi', ?name }") == ["Eve", "Evi"]
    hand.check(NOTE_17, NOTE_23)


def test_a_new_value_has_no_other_values_language_or_source(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA} SET a.name = 'Grace'")
    assert set(hand.store.match(ADA, NAME)) == user((ADA, NAME, Literal("Grace")))
    lost = Triple(ADA, NAME, Literal("Ada", language="en"))
    assert hand.quads(NOTE_17) == said(NOTE_17, lost)
    hand.check(NOTE_23)
    hand.cypher(f"MATCH {THE_ADA} SET a.name = 'Ada'")  # the note of the value is alive again, by design
    assert set(hand.store.match(ADA, NAME)) == {Quad(*lost, NOTE_17)}
    hand.check(NOTE_17, NOTE_23)


def test_a_property_of_a_relationship_is_kept_and_says_nothing(hand: Hand) -> None:
    before = hand.quads()
    hand.cypher(f"MATCH {THE_ADA}-[r:worksFor]->() SET r.since = 2019, r.`é è` = [1, 2]")
    assert hand.check(NOTE_17, NOTE_23) == before
    hand.forget(NOTE_17)
    hand.read(NOTE_17)
    hand.forget(NOTE_23)
    hand.update("INSERT DATA { e:ada kg:worksFor e:acme }")
    rows = hand.cypher(f"MATCH {THE_ADA}-[r:worksFor]->() RETURN r.since, r.`é è`")
    assert rows == [[2019, [1, 2]]]
    hand.check(NOTE_17)


def test_what_is_deleted_is_gone_from_every_graph_and_its_evidence_stays(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA}-[r:worksFor]->() DELETE r")
    hand.cypher(f"MATCH {THE_ADA} REMOVE a:Person")
    assert list(hand.store.match(ADA, WORKS_FOR)) == []
    assert list(hand.store.match(ADA, RDF["type"])) == []
    assert hand.ask("ASK { ?e rdf:subject e:ada ; rdf:predicate kg:worksFor ; rdf:object e:acme }")
    gone = (Triple(ADA, WORKS_FOR, ACME), Triple(ADA, RDF["type"], PERSON))
    for note in (NOTE_17, NOTE_23):
        assert hand.quads(note) == said(note, *gone)
    hand.check()


def test_a_new_label_is_a_class_that_no_ontology_has(hand: Hand) -> None:
    hand.cypher("CREATE (:Cat {name: 'Tom'})")
    assert hand.texts("SELECT ?class { ?x kg:name 'Tom' ; a ?class }") == [f"{BASE}term/Cat"]
    hand.check(NOTE_17, NOTE_23)


def test_a_new_iri_renames(hand: Hand) -> None:
    new = NamedNode("http://x.example/ada")
    hand.cypher(f"MATCH {THE_ADA} SET a.iri = $new", new=new.value)
    held = hand.check()
    assert not any(ADA in (quad.subject, quad.object) for quad in held)
    expected = {q for note in (NOTE_17, NOTE_23) for q in said(note)}

    def name(term: Any) -> Any:
        return new if term == ADA else term

    assert held == {Quad(name(q.subject), q.predicate, name(q.object), q.graph_name) for q in expected}
    with pytest.raises(StoreError):
        hand.cypher(f"MATCH {THE_ACME} SET o.iri = $new", new=new.value)
    assert hand.check() == held


# --- first-class: seen at once, given an IRI later


def test_what_is_typed_is_in_the_next_answer(hand: Hand) -> None:
    hand.cypher("CREATE (:Person {name:'Ada'})-[:KNOWS]->(:Person {name:'Bo'})")
    assert hand.texts("SELECT ?name { ?a kg:name 'Ada' ; t:KNOWS ?b . ?b kg:name ?name }") == ["Bo"]
    assert hand.texts("SELECT ?g { GRAPH ?g { ?a t:KNOWS ?b } }") == [USER.value]
    hand.cypher("MATCH (:Person {name:'Bo'})<-[r:KNOWS]-() DELETE r")
    assert hand.texts("SELECT ?name { ?a kg:name 'Ada' ; t:KNOWS ?b . ?b kg:name ?name }") == []
    hand.check(NOTE_17, NOTE_23)


def test_an_iri_can_be_given_by_hand(hand: Hand) -> None:
    hand.cypher("CREATE (:Person {name:'Ada'})-[:KNOWS]->(:Person {name:'Bo'})")
    hand.cypher("MATCH (n:Person {name:'Bo'}) SET n:Resource, n.iri = $iri", iri=BO.value)
    assert hand.texts("SELECT ?b { ?a t:KNOWS ?b }") == [BO.value]
    assert set(hand.store.match(BO)) == user((BO, RDF["type"], PERSON), (BO, NAME, Literal("Bo")))
    hand.check(NOTE_17, NOTE_23)


def test_an_iri_is_given_by_the_sweep(hand: Hand) -> None:
    hand.cypher("CREATE (:Person {name:'Ada'})-[:KNOWS]->(:Person {name:'Bo'})")
    hand.sweep()
    ((a, b),) = hand.select("SELECT ?a ?b { ?a t:KNOWS ?b }")
    assert isinstance(a, NamedNode) and isinstance(b, NamedNode)
    assert hand.texts("SELECT ?name { ?a t:KNOWS ?b . ?b kg:name ?name }") == ["Bo"]
    hand.check(NOTE_17, NOTE_23)


def test_an_iri_is_given_by_an_update(hand: Hand) -> None:
    hand.cypher("CREATE (:Person {name:'Ada'})-[:KNOWS]->(:Person {name:'Bo'})")
    hand.update("DELETE { ?b ?p ?o } INSERT { e:bo ?p ?o } WHERE { ?b kg:name 'Bo' ; ?p ?o }")
    hand.update("DELETE { ?a ?p ?b } INSERT { ?a ?p e:bo } WHERE { ?a t:KNOWS ?b BIND (t:KNOWS AS ?p) }")
    assert hand.texts("SELECT ?b { ?a kg:name 'Ada' ; t:KNOWS ?b }") == [BO.value]
    assert set(hand.store.match(BO, None, None, USER)) == user((BO, RDF["type"], PERSON), (BO, NAME, Literal("Bo")))
    hand.check(NOTE_17, NOTE_23)


def test_an_update_about_a_blank_node_writes_to_the_node_that_it_is(hand: Hand) -> None:
    hand.cypher("CREATE (:Person {name:'Ada'})-[:KNOWS]->(:Person {name:'Bo'})")
    hand.update("INSERT { ?a kg:name 'Ada L.' . ?a t:KNOWS e:ada } WHERE { ?a kg:name 'Ada' ; t:KNOWS ?b }")
    ((names,),) = hand.cypher("MATCH (a:Person)-[:KNOWS]->(b:Person {name:'Bo'}) RETURN a.name")
    assert sorted(names) == ["Ada", "Ada L."]
    assert hand.cypher("MATCH (p:Person) RETURN count(p)") == [[3]]
    assert hand.texts("SELECT ?b { ?a kg:name 'Ada L.' ; t:KNOWS/kg:name ?b }") == ["Ada", "Bo"]
    hand.check(NOTE_17, NOTE_23)


def test_the_page_tells_the_truth(hand: Hand) -> None:
    text = (Path(__file__).parents[3] / "docs" / "neo4j-browser.md").read_text("utf-8")
    blocks = re.findall(r"```(cypher|sparql|text)\n(.*?)```", text, re.DOTALL)
    assert [kind for kind, _ in blocks] == ["cypher", "sparql", "text"] * 2
    answer = ""
    for kind, block in blocks:
        if kind == "cypher":
            hand.cypher(block)
        elif kind == "sparql":
            (row,) = hand.select(block)
            answer = " ".join(term.value for term in row if not isinstance(term, Triple | None))
        else:
            assert answer == block.strip()


# --- notes, edited by hand and read again


def test_reading_a_note_again_brings_back_what_it_says(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA} SET a.name = 'Grace' REMOVE a:Person WITH a MATCH (a)-[r:worksFor]->() DELETE r")
    hand.cypher("MATCH (e:Evidence) DETACH DELETE e")
    hand.read(NOTE_17)
    assert Quad(ADA, NAME, Literal("Grace"), USER) in hand.check(NOTE_17)
    assert hand.quads(NOTE_23) == said(NOTE_23, Triple(ADA, RDF["type"], PERSON), Triple(ADA, WORKS_FOR, ACME))
    hand.read(NOTE_23)
    hand.check(NOTE_17, NOTE_23)


def test_a_relationship_between_things_of_notes_outlives_the_notes(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA}, {THE_ACME} CREATE (o)-[:hasBoss]->(a)")
    quad = Quad(ACME, NamedNode(f"{BASE}term/hasBoss"), ADA, USER)
    for note in (NOTE_17, NOTE_23):
        hand.read(note)
    assert quad in hand.check(NOTE_17, NOTE_23)
    hand.forget(NOTE_17)
    hand.forget(NOTE_23)
    assert hand.check() == {quad}


def test_a_second_value_is_the_users(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA} SET a.name = [a.name, 'Ada L.']")
    assert set(hand.store.match(ADA, NAME)) == {
        Quad(ADA, NAME, Literal("Ada", language="en"), NOTE_17), Quad(ADA, NAME, Literal("Ada L."), USER)
    }  # fmt: skip
    hand.check(NOTE_17, NOTE_23)
    hand.forget(NOTE_17)
    assert set(hand.store.match(ADA, NAME)) == user((ADA, NAME, Literal("Ada L.")))
    hand.check(NOTE_23)


def test_a_renamed_thing_keeps_what_people_said_and_the_notes_keep_their_name_for_it(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA} SET a.iri = $new, a.age = 36", new=BO.value)
    for note in (NOTE_17, NOTE_23):
        hand.read(note)
    age = (BO, NamedNode(f"{BASE}term/age"), Literal("36", datatype=XSD["integer"]))
    assert hand.check(NOTE_17, NOTE_23) == said(NOTE_17) | said(NOTE_23) | user(age)


def test_what_was_deleted_with_all_its_relationships_comes_back(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA} DETACH DELETE a")
    assert not any(ADA in (quad.subject, quad.object) for quad in hand.check())
    for note in (NOTE_17, NOTE_23):
        hand.read(note)
    assert hand.check(NOTE_17, NOTE_23) == said(NOTE_17) | said(NOTE_23)


def test_everything_deleted_but_the_homes_own_nodes_comes_back(hand: Hand) -> None:
    hand.cypher("MATCH (n) WHERE none(label IN labels(n) WHERE label STARTS WITH '_') DETACH DELETE n")
    assert hand.check() == set()
    for note in (NOTE_17, NOTE_23):
        hand.read(note)
    assert hand.check(NOTE_17, NOTE_23) == said(NOTE_17) | said(NOTE_23)


# --- nonsense

NONSENSE: list[Any] = [
    42, 1.5, True, "", " ", "no name", "\t", "\t\t", "a\tb\tc", "name\t\"Ada\"@en\t", "name\t\"Ada\"@en", ":Person\t\t", "note/17\tnote/23",
    "_:", "_: b", "_:neo4j0", "_:neo4j_4_1f_999999", "_#", "_#12", "http://x.example/<>", "urn:é{}", "a" * 20_000, "日本", "\u0000", ".", "..", "note/../17",
    [], [""], [1, 2], [True], ["."], [".", "."], ["note/17", "note/17"], ["note/17", "\\u0060`"], ["name\t\"Eve\"\tnote/17", "name\t<<( _:a _:b _:c )>>\t."],
    ["name\tAda\t.", "name\t\"\\u00\"\t.", ":\t\t", "\t\"Ada\"\t", ":Person\t\"x\"\tnote/17"], [1.5, 2.5],
]  # fmt: skip
"""Values that somebody may set where only the store's own have a meaning."""

TYPED = [
    "date('2026-11-22')",
    "datetime()",
    "point({x: 1, y: 2})",
    "duration('P1M-1D')",
    "date({year: 12345})",
    "[date(), date({year: -5})]",
]


def survives(hand: Hand, *whole: NamedNode) -> None:
    """After whatever: all reads agree, the notes can be read again, the sweep runs and a second one finds nothing."""
    hand.check(*whole)
    for note in (NOTE_17, NOTE_23):
        hand.read(note)
    hand.check(NOTE_17, NOTE_23)
    hand.sweep()
    hand.check(NOTE_17, NOTE_23)
    assert not hand.sweep().changed


def make_each(hand: Hand, text: str) -> None:
    """Run a statement for each nonsensical value, as far as the database takes it."""
    for number, value in enumerate(NONSENSE):
        with contextlib.suppress(StoreError):
            hand.connection.run(text.replace("VALUE", "$value"), value=value, resource=f"http://x.example/{number}")
    for number, value in enumerate(TYPED):
        hand.connection.run(text.replace("VALUE", value), resource=f"http://x.example/t{number}")


@pytest.mark.parametrize("key", ["_g", "_rdf", "_iri", "_lock", "_given"])
def test_nonsense_under_the_stores_own_keys(hand: Hand, key: str) -> None:
    make_each(hand, f"MATCH {THE_ACME} CREATE (:Person:Resource {{iri: $resource, name: 'Ada', {key}: VALUE}})"
                    f"-[:worksFor {{{key}: VALUE}}]->(o), (:Cat {{name: 'Tom', {key}: VALUE}})")  # fmt: skip
    hand.cypher(f"MATCH {THE_ADA}-[r:worksFor]->() SET a.{key} = 42, r.{key} = 'no name'")
    assert len(hand.select("SELECT DISTINCT ?person { ?person a kg:Person }")) > 30
    survives(hand)


def test_nonsense_as_iri(hand: Hand) -> None:
    make_each(hand, "CREATE (e:Eve:Resource {name: 'Eve', iri: VALUE})-[:knows]->(:Eve {iri: VALUE})")
    assert len(hand.select("SELECT DISTINCT ?eve { ?eve a t:Eve }")) > 30
    survives(hand, NOTE_17, NOTE_23)


@pytest.mark.parametrize("value", ["42", "''", "'no name'", "'_:b'", "'_#12'", "[1]", "date({year: 12345})"])
def test_nonsense_as_iri_of_a_things_node(hand: Hand, value: str) -> None:
    hand.cypher(f"MATCH {THE_ADA} SET a.iri = {value}")
    survives(hand)
    assert said(NOTE_17) | said(NOTE_23) <= hand.check(NOTE_17, NOTE_23)


def test_a_resource_without_an_iri_is_a_blank_node(hand: Hand) -> None:
    hand.cypher("CREATE (:Resource:Person {name: 'Eve'})")
    assert hand.ask("ASK { ?eve kg:name 'Eve' FILTER isBlank(?eve) }")
    hand.cypher(f"MATCH {THE_ACME} REMOVE o.iri")
    assert hand.ask("ASK { e:ada kg:worksFor ?o . ?o kg:name 'Acme' FILTER isBlank(?o) }")
    survives(hand)


def test_a_thing_stays_what_it_is_with_a_label_of_the_stores_kind(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ADA} SET a:_Checked")
    survives(hand, NOTE_17, NOTE_23)
    assert hand.cypher("MATCH (a:_Checked) RETURN a.iri") == [[ADA.value]]


def test_a_thing_that_is_no_resource_any_more_is_a_blank_node(hand: Hand) -> None:
    hand.cypher(f"MATCH {THE_ACME} REMOVE o:Resource")
    assert hand.ask("ASK { e:ada kg:worksFor ?o . ?o kg:name 'Acme' FILTER isBlank(?o) }")
    survives(hand)


# --- names and values of every kind

HOSTILE = [
    "a b", "a`b", "``", "\\u0060", "`\\u0060) DETACH DELETE n //", "中文", "é", "_private", "__", "_Home", "_Term", "_Prefix", "_Batch", "a__b", "kg__Person", "rdf__type", "http://x.example/C",
    "urn:x:y", "a:b", "<>", "%41", "1", ".", "Resource", "type", "iri", "\u2028", "'", '"', "\\", "\n", "\t", ":Person", "name", "😀", "x" * 9_000,
]  # fmt: skip


@pytest.mark.parametrize("what", ["label", "type", "key"])
def test_names_of_every_kind(hand: Hand, what: str) -> None:
    texts = {
        "label": "CREATE (n:Thing {name: 'Eve'}) SET n:$([$name])",
        "type": f"MATCH {THE_ADA}, {THE_ACME} CREATE (a)-[:$([$name])]->(o), (:Eve)-[:$([$name])]->(o)",
        "key": "CREATE (n:Thing {name: 'Eve'}) SET n[$name] = 'value'",
    }
    reserved = 0
    for name in HOSTILE:
        hand.connection.run(texts[what], name=name)
        reserved += name.startswith("_") or name in ("Resource", "iri")
    hand.check(NOTE_17, NOTE_23)
    survives(hand, NOTE_17, NOTE_23)
    if what == "type":
        assert len(hand.select("SELECT ?p { e:ada ?p e:acme }")) >= len(HOSTILE) - reserved - 2


def test_a_triple_of_a_hostile_graph_can_be_removed_alone(hand: Hand) -> None:
    for name in HOSTILE:
        hand.connection.run("CREATE (a:Resource {iri: $iri}) SET a:$([$name]), a[$name] = ['x', 'y'] CREATE (a)-[:$([$name])]->(a)",
                    name=name, iri=f"http://x.example/{HOSTILE.index(name)}") if name != "iri" else None  # fmt: skip
    held = hand.check(NOTE_17, NOTE_23)
    for quad in sorted(hand.quads(USER), key=str)[::7]:
        replace = {q for q in hand.quads(USER) if q != quad}
        replace_graph(hand.store, USER, replace)
        held.discard(quad)
        assert hand.quads() == held
    hand.check(NOTE_17, NOTE_23)


VALUES = {
    "true": Literal("true", datatype=XSD["boolean"]), "9223372036854775807": Literal("9223372036854775807", datatype=XSD["integer"]),
    "0.1": Literal("0.1", datatype=XSD["double"]), "-0.0": Literal("-0", datatype=XSD["double"]),
    "0.0/0.0": Literal("NaN", datatype=XSD["double"]), "-1.0/0.0": Literal("-INF", datatype=XSD["double"]),
    "''": Literal(""), "'a\\tb\\n\\u0000'": Literal("a\tb\n\x00"),
    "date('2026-11-22')": Literal("2026-11-22", datatype=XSD["date"]),
    "localdatetime('2026-11-22T10:00:00.5')": Literal("2026-11-22T10:00:00.5", datatype=XSD["dateTime"]),
    "datetime('2026-11-22T10:00:00+01:00')": Literal("2026-11-22T10:00:00+01:00", datatype=XSD["dateTime"]),
    "time('10:00:00Z')": Literal("10:00:00Z", datatype=XSD["time"]), "localtime('10:00')": Literal("10:00:00", datatype=XSD["time"]),
    "duration('P1DT2H')": Literal("P1DT2H", datatype=XSD["duration"]),
}  # fmt: skip
"""Expressions of Cypher and the literals that their values are."""

ODD = [
    "datetime('2026-11-22T10:00:00[Europe/Berlin]')", "duration('P1M-1D')", "point({x: 1.0, y: 2.0})", "point({latitude: 1, longitude: 2, height: 3})",
    "[point({x: 1.0, y: 2.0}), point({x: 1.0, y: 3.0})]", "date({year: 12345})", "date({year: -44})", "date({year: 0})", "localdatetime({year: 999999999})",
    "datetime({year: 10000})", "datetime({year: 9999, month: 12, day: 31, hour: 23, timezone: '-18:00'})", "datetime({year: 1, timezone: '+18:00'})", "[date({year: 12345}), date()]", "duration({years: 999999999})", "duration({seconds: 9223372036854775807})",
    "duration({days: -1000000000})", "time('23:59:59.999999999+18:00')", "[]", "[1, 2, 1]", "[1.0, 0.0/0.0, 0.0/0.0]", "['a', '']", "[true, false]", "[duration('P1D'), duration('PT24H')]",
]  # fmt: skip


def test_a_value_is_the_literal_that_its_type_says(hand: Hand) -> None:
    for number, value in enumerate(VALUES):
        hand.connection.run(f"CREATE (:Thing {{number: {number}, value: {value}}})")
    rows = hand.select("SELECT ?n ?v { ?x t:number ?n ; t:value ?v }")
    assert {int(n.value): v for n, v in rows if isinstance(n, Literal)} == dict(enumerate(VALUES.values()))
    hand.check(NOTE_17, NOTE_23)


def test_values_of_every_kind(hand: Hand) -> None:
    for number, value in enumerate(ODD):
        hand.connection.run(f"CREATE (:Thing:Number {{number: {number}, value: {value}}})")
    hand.check(NOTE_17, NOTE_23)
    hand.cypher("CREATE (:Thing {number: 99, value: $bytes})", bytes=b"\x00\xff")
    numbers = {int(text) for text in hand.texts("SELECT DISTINCT ?n { ?x t:number ?n ; t:value ?v }")}
    assert numbers == {*range(len(ODD)), 99} - {ODD.index("[]")}
    survives(hand, NOTE_17, NOTE_23)
    assert hand.cypher("MATCH (n:Number) WHERE n.value IS NULL RETURN n.number") == []


def test_values_that_no_driver_reads_are_named_and_kept(hand: Hand) -> None:
    hand.cypher("CREATE (:Comet {name: 'C', seen: date({year: 12345}), also: [date({year: -44}), date('2026-11-22')]})")
    assert hand.ask("ASK { ?x a t:Comet ; kg:name 'C' ; t:seen ?seen ; t:also ?also }")
    report = hand.sweep()
    assert any("12345" in problem.message for problem in report.problems)
    assert hand.cypher("MATCH (c:Comet) RETURN toString(c.seen), size(c.also)") == [["+12345-01-01", 2]]
    hand.update("INSERT { ?x t:size 3 } WHERE { ?x a t:Comet }")
    assert hand.cypher("MATCH (c:Comet) RETURN toString(c.seen), size(c.also)") == [["+12345-01-01", 2]]
    survives(hand, NOTE_17, NOTE_23)


# --- several at once


def test_what_a_person_writes_while_the_store_writes(hand: Hand) -> None:
    """A commit between two edits, on the same node: neither is lost."""
    hand.cypher(f"MATCH {THE_ADA} SET a.age = 36")
    hand.update("INSERT DATA { e:ada t:height 1.7 }")
    hand.cypher(f"MATCH {THE_ADA} SET a.nick = 'A'")
    hand.forget(NOTE_17)
    rows = hand.cypher(f"MATCH {THE_ADA} RETURN a.age, a.height, a.nick, a.name, labels(a)")
    assert [row[:4] for row in rows] == [[36, 1.7, "A", None]]
    assert sorted(rows[0][4]) == ["Person", "Resource"]  # note 23 says so too
    assert EVIDENCE not in {quad.subject for quad in hand.check(NOTE_23)}


def test_dead_notes_of_other_graphs_stay_dead_when_a_note_is_read_again(hand: Hand) -> None:
    both = Triple(ADA, NAME, Literal("Ada", language="en"))
    hand.update("INSERT DATA { GRAPH n:23 { e:ada kg:name 'Ada'@en } }")
    hand.cypher(f"MATCH {THE_ADA} REMOVE a.name, a:Person")
    hand.read(NOTE_17)
    hand.check(NOTE_17)
    assert hand.quads(NOTE_23) == said(NOTE_23, Triple(ADA, RDF["type"], PERSON))
    assert Quad(*both, NOTE_23) not in hand.quads()


def test_an_update_about_a_node_whose_iri_another_has(hand: Hand) -> None:
    for iri in (ADA.value, 42, "no iri", "_:b0", "_:neo4j_4_1f_0"):
        hand.cypher("CREATE (:Eve {name: 'Eve', iri: $iri})", iri=iri)
    hand.cypher("CREATE (:Eve:Resource {name: 'Eve', iri: 42})")
    hand.update("INSERT { ?eve kg:name 'Evi' } WHERE { ?eve kg:name 'Eve' }")
    assert hand.cypher("MATCH (e:Eve) RETURN DISTINCT size(e.name), count(*)") == [[2, 6]]
    survives(hand, NOTE_17, NOTE_23)
