"""Changes written to Neo4j: what they leave is what sets of quads would have, and what nobody spoke of stays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import neo4j
import neo4j.exceptions
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.errors import KgError, StoreBoundError
from kg.model import Change
from kg.property_graph import AbsentGraph
from kg.property_graph.names import anonymous_key
from kg.rdf import KG, RDF, RDFS, XSD, BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Term, Triple
from kg.stores import Opening, ServerAddress
from kg.stores.neo4j import writing as writing_module
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.driver import Connection, Statement, Transaction
from kg.stores.neo4j.reading import read_all
from kg.stores.neo4j.schema import prepare
from kg.stores.neo4j.writing import Written, write
from tests.strategies import any_literals, changes, objects, quads

BASE = "https://kg.example/"
USER = NamedNode(f"{BASE}graph/user")
NOTES = tuple(NamedNode(f"{BASE}note/{number}") for number in range(3))
A, B, C, P = (NamedNode(f"https://example.com/{name}") for name in "abcp")
TYPE = RDF["type"]


@dataclass
class Database:
    """What the tests write to and read from."""

    connection: Connection
    catalogue: Catalogue
    absent: AbsentGraph = USER

    def write(self, add: Iterable[Quad] = (), remove: Iterable[Quad] = ()) -> Written:
        return write(self.connection, self.catalogue, Change(tuple(add), tuple(remove)), self.absent)

    def quads(self) -> set[Quad]:
        with self.connection.reading() as session:
            return set(read_all(session, self.catalogue.names, self.absent))

    def rows(self, text: str) -> list[list[object]]:
        with self.connection.reading() as session:
            return session.run(Statement(text))

    def wipe(self) -> None:
        self.connection.run("MATCH (n) WHERE NOT n:_Home DETACH DELETE n")


@pytest.fixture
def database(neo4j_empty: ServerAddress) -> Iterator[Database]:
    with Connection(neo4j_empty) as connection:
        opening = Opening(None, "merged", frozenset(), BASE, names={"Person": KG["Person"], "name": KG["name"]})
        yield Database(connection, prepare(connection, opening)[0])


def canonical(quads: Iterable[Quad]) -> set[Quad]:
    store = Store()
    store.extend(quads)
    return set(store)


# --- what is written


def test_a_thing_is_one_natural_node(database: Database) -> None:
    (note,) = NOTES[:1]
    database.write(
        [Quad(A, TYPE, KG["Person"], USER), Quad(A, KG["name"], Literal("Ada"), USER), Quad(A, KG["knows"], B, note)]
    )
    assert database.rows(
        "MATCH (n:Person)-[r:kg__knows]->(o) RETURN properties(n), r._g, labels(o), properties(o)"
    ) == [[{"iri": A.value, "name": "Ada"}, ["note/0"], ["Resource"], {"iri": B.value}]]


def test_one_relationship_for_a_triple_in_many_graphs(database: Database) -> None:
    for graph in (*NOTES, USER):
        database.write([Quad(A, P, B, graph), Quad(A, P, Literal(1), graph), Quad(A, TYPE, C, graph)])
    assert database.quads() == {
        Quad(A, p, o, g) for p, o in ((P, B), (P, Literal(1)), (TYPE, C)) for g in (*NOTES, USER)
    }
    assert database.rows("MATCH ()-[r]->() RETURN count(r)") == [[1]]
    for graph in (*NOTES[:2], USER):
        database.write(remove=[Quad(A, P, B, graph), Quad(A, P, Literal(1), graph), Quad(A, TYPE, C, graph)])
    assert database.quads() == {Quad(A, p, o, NOTES[2]) for p, o in ((P, B), (P, Literal(1)), (TYPE, C))}


def test_what_denotes_nothing_any_more_is_gone(database: Database) -> None:
    held = [Quad(A, P, B, USER), Quad(A, TYPE, C, USER), Quad(B, P, Literal("x"), USER)]
    database.write(held)
    database.write(remove=[*held[:1], *held[2:]])
    assert database.rows("MATCH (n:Resource) RETURN n.iri") == [[A.value]]
    database.write(remove=held)
    assert database.rows("MATCH (n:Resource) RETURN n.iri") == []


def test_a_quad_that_is_removed_and_added_is_added(database: Database) -> None:
    quad = Quad(A, P, Literal("1.70", datatype=XSD["decimal"]), USER)
    for _ in range(2):
        database.write([quad], [Quad(A, P, Literal("1.7", datatype=XSD["decimal"]), USER)])
        assert database.quads() == canonical([quad])


GRAPHS = (*NOTES, USER, BlankNode("g"), NamedNode("https://other.example/g"))
odd_objects: st.SearchStrategy[Term] = st.one_of(objects, any_literals)


def check_sequences(database: Database, steps: list[Change]) -> None:
    database.wipe()
    held: set[Quad] = set()
    for change in steps:
        database.write(change.add, change.remove)
        held = (held - canonical(change.remove)) | canonical(change.add)
        assert database.quads() == held
    assert database.rows("MATCH (n:Resource) WITH n.iri AS iri, count(*) AS c WHERE c > 1 RETURN iri") == []
    assert database.rows("MATCH (n)-[r]->(o) WITH n, o, type(r) AS t, count(*) AS c WHERE c > 1 RETURN t") == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(changes(quads(GRAPHS, odd_objects)), max_size=4))
def test_changes_give_what_sets_give(database: Database, steps: list[Change]) -> None:
    check_sequences(database, steps)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(changes(quads((*NOTES, DefaultGraph()))), max_size=3))
def test_a_separate_dataset_has_a_default_graph(database: Database, steps: list[Change]) -> None:
    check_sequences(Database(database.connection, database.catalogue, DefaultGraph()), steps)


def test_evidence_names_its_predicate(database: Database) -> None:
    e, is_ = NamedNode("https://example.com/e"), RDF["predicate"]
    evidence = [Quad(e, RDF["subject"], A, USER), Quad(e, is_, TYPE, USER), Quad(e, RDF["object"], C, USER)]
    database.write(evidence)
    database.write([Quad(e, RDF["object"], B, USER)])
    assert database.quads() == {*evidence, Quad(e, RDF["object"], B, USER)}
    assert database.rows("MATCH ()-[r]->() RETURN type(r)") == [["rdf__subject"]]
    database.write([Quad(e, is_, P, USER)], [Quad(e, is_, TYPE, USER), evidence[2]])
    assert database.quads() == {evidence[0], Quad(e, is_, P, USER), Quad(e, RDF["object"], B, USER)}


def test_triple_terms_and_long_iris(database: Database) -> None:
    long = NamedNode("https://example.com/" + "é" * 9000)
    held = {
        Quad(A, RDF["reifies"], Triple(A, P, B), USER), Quad(long, P, long, USER), Quad(long, TYPE, long, NOTES[0]),
        Quad(BlankNode("b"), long, Literal("x" * 20_000), long),
    }  # fmt: skip
    database.write(held)
    assert database.quads() == held
    database.write(remove=held)
    assert database.quads() == set()


# --- what people made by hand


def test_what_nobody_spoke_of_stays_as_it_was(database: Database) -> None:
    database.connection.run(
        "CREATE (a:Resource:Person:Cat {iri: $a, name: 'Ada', `a b`: [1, 2], p: point({x: 1, y: 2}), _x: 5})"
        "-[:knows {since: 2019}]->(b:Resource {iri: $b}), (a)-[:knows {since: 2020}]->(b)",
        a=A.value, b=B.value,
    )  # fmt: skip
    before = database.quads()
    added = Quad(A, P, Literal(1), NOTES[0])
    database.write([added])
    assert database.quads() == before | {added}
    database.write(remove=[added])
    assert database.quads() == before
    assert database.rows(
        "MATCH (a:Resource:Person:Cat) RETURN size(labels(a)), a.`a b`, a._x, COUNT { (a)-[:knows]->() }"
    ) == [[3, [1, 2], 5, 2]]


def test_each_statement_of_a_hand_made_graph_can_be_removed_and_added_to_another(database: Database) -> None:
    make = (
        "CREATE (a:Resource:`a label`:kg__Note:Person {iri: $a, `a b`: 'x', kg__name: 'y', name: ['y', 'z'], born: date('2024-01-01'), "
        "wide: date('+12345-01-01')})-[:`has part`]->(b:Resource {iri: $b}), (a)-[:`has part`]->(b), (a)-[:kg__p {_g: 'note/1'}]->(b), "
        "(a)-[:rdf__type]->(b), (o:Resource {iri: 'my thing', name: 'me'})-[:`has part`]->(a), (:Plain {name: 'Eve'})-[:knows]->(a)"
    )  # fmt: skip
    database.connection.run(make, a=A.value, b=B.value)
    everything = database.quads()
    assert len(everything) >= 14
    for one in sorted(everything, key=str):
        database.wipe()
        database.connection.run(make, a=A.value, b=B.value)
        everything = database.quads()
        same = (one.predicate, str(one.object))  # nameless nodes have new names
        quad = next(q for q in everything if (q.predicate, str(q.object)) == same)
        database.write(remove=[quad])
        assert database.quads() == everything - {quad}
        database.write([quad, Quad(quad.subject, quad.predicate, quad.object, NOTES[2])])
        assert database.quads() == everything | {Quad(quad.subject, quad.predicate, quad.object, NOTES[2])}


def test_a_nameless_node_is_adopted_when_it_is_spoken_of(database: Database) -> None:
    database.connection.run("CREATE (:Person {name: 'Eve', iri: 'eve'})-[:knows]->(:Person {name: 'Bo'})")
    before = database.quads()
    (knows,) = (quad for quad in before if quad.predicate.value.endswith("knows"))
    assert isinstance(knows.subject, BlankNode) and isinstance(knows.object, BlankNode)
    added = {Quad(knows.subject, P, Literal(1), USER), Quad(A, P, knows.object, USER)}
    database.write(added, [knows])
    assert database.quads() == (before | added) - {knows}
    assert database.rows("MATCH (n:Person) RETURN n:Resource, n._given ORDER BY n.name") == [
        [True, None],
        [True, "eve"],
    ]


def test_a_node_stays_with_what_people_keep_there(database: Database) -> None:
    quads = [Quad(iri, P, Literal(1), USER) for iri in (A, B, C)]
    database.write(quads)
    database.connection.run("MATCH (n {iri: $a}), (m {iri: $b}) SET n._x = 5, m._given = 'b'", a=A.value, b=B.value)
    database.write(remove=quads)
    assert database.rows("MATCH (n:Resource) RETURN n.iri, n._x, n._given ORDER BY n.iri") == [
        [A.value, 5, None], [B.value, None, "b"]
    ]  # fmt: skip
    assert database.quads() == set()


def test_a_text_that_quotes_a_nameless_node_leaves_it_alone(database: Database) -> None:
    ((id_,),) = database.connection.run("CREATE (n:Person {name: 'Eve'}) RETURN elementId(n)")
    key = anonymous_key(id_)
    quoting = Literal(f"see {key} now")
    database.write([Quad(A, P, quoting, USER), Quad(A, P, Triple(A, P, quoting), BlankNode(key[2:]))])
    assert database.rows("MATCH (n:Person) RETURN n:Resource, n.iri") == [[False, None]]
    database.write([Quad(A, RDF["reifies"], Triple(BlankNode(key[2:]), P, quoting), USER)])
    assert database.rows("MATCH (n:Person) RETURN n:Resource, n.iri") == [[True, key]]


def test_a_blank_node_of_another_database_is_no_nameless_node_of_this_one(database: Database) -> None:
    ((id_,),) = database.connection.run("CREATE (n:Person {name: 'Eve'}) RETURN elementId(n)")
    before, number = database.quads(), id_.rpartition(":")[2]
    added = Quad(BlankNode(f"neo4j_4_00000000-0000-4000-8000-000000000000_{number}"), P, Literal(1), USER)
    database.write([added])
    assert database.quads() == {*before, added}
    assert database.rows("MATCH (n:Person) RETURN n:Resource, n.iri") == [[False, None]]
    assert len({quad.subject for quad in database.quads()}) == 2


def test_a_name_that_gets_a_meaning_during_a_write_does_not_change_what_is_written(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    quad, apply = Quad(A, TYPE, NamedNode(f"{BASE}term/Robot"), USER), writing_module._Writer.write
    tries: list[object] = []

    def register_first(*arguments: Any) -> None:
        tries.append(apply(*arguments))
        if len(tries) == 1:
            other = Opening(None, "merged", frozenset(), BASE, names={"Robot": KG["Robot"]})
            with Connection(database.connection.address) as connection:
                prepare(connection, other)

    monkeypatch.setattr(writing_module._Writer, "write", register_first)
    database.write([quad])
    assert len(tries) == 2 and database.quads() == {quad}


def test_new_things_are_made_in_the_order_of_their_keys(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    start = Transaction.start

    def noting(transaction: Transaction, text: str, **parameters: Any) -> Callable[[], list[list[Any]]]:
        if text == writing_module._CREATE:
            made.extend(properties["iri"] for _, properties in parameters["rows"])
        return start(transaction, text, **parameters)

    monkeypatch.setattr(Transaction, "start", noting)
    monkeypatch.setattr(writing_module, "_LINES", 3)
    database.write([Quad(NamedNode(f"https://example.com/{number}"), P, Literal(1), USER) for number in range(20)])
    assert len(made) == 20 and made == sorted(made)


# --- batches, bookkeeping, threads


def test_a_batch_whose_answer_is_lost_is_written_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    quad, done = Quad(A, P, Literal(1), USER), neo4j.Session.execute_write
    tries: list[object] = []

    def lossy(session: neo4j.Session, *arguments: Any) -> object:
        tries.append(done(session, *arguments))
        if len(tries) == 1:
            raise neo4j.exceptions.IncompleteCommit("lost")
        return tries[-1]

    monkeypatch.setattr(neo4j.Session, "execute_write", lossy)
    assert database.write([quad]).transactions == -1
    assert tries == [True, False] and database.quads() == {quad}
    assert database.rows("MATCH (b:_Batch) RETURN count(b)") == [[1]]


def test_old_batches_are_forgotten_while_it_writes(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing_module, "_PRUNE_EVERY", 1)
    database.connection.run("CREATE (:_Batch {id: 'old', at: 0})")
    before = database.connection.mark().transaction
    written = database.write([Quad(A, P, Literal(1), USER)])
    assert before is not None and written.mark.transaction == before + written.transactions
    assert database.rows("MATCH (b:_Batch) RETURN b.id = 'old'") == [[False]]


def test_a_home_that_was_dispossessed_writes_no_more(database: Database) -> None:
    database.connection.run("MATCH (h:_Home) SET h.id = 'another'")
    with pytest.raises(StoreBoundError, match=r"home another by now.*--adopt"):
        database.write([Quad(A, P, Literal(1), USER)])
    assert database.quads() == set()


def test_a_write_tells_how_many_transactions_it_took(database: Database) -> None:
    for number in range(4):
        before = database.connection.mark().transaction
        new = NamedNode(f"https://example.com/new{number // 2}{id(database)}")
        written = database.write([Quad(A, new, B, USER), Quad(A, new, Literal(1), USER), Quad(B, TYPE, new, USER)])
        assert before is not None and written.mark.transaction == before + written.transactions
        assert (written.transactions == 1) == bool(number % 2)


def test_a_database_without_a_home_is_not_written(database: Database) -> None:
    database.connection.run("MATCH (n) DETACH DELETE n")
    with pytest.raises(StoreBoundError, match="bound to no home"):
        database.write([Quad(A, P, B, USER)])
    assert database.quads() == set()


def test_two_writers_of_the_same_things_lose_nothing(database: Database) -> None:
    things = [NamedNode(f"https://example.com/thing/{number}") for number in range(8)]
    errors: list[KgError] = []

    def work(number: int) -> None:
        try:
            with Connection(database.connection.address) as connection:
                mine = Database(connection, prepare(connection, Opening(None, "merged", frozenset(), BASE))[0])
                for turn in range(6):
                    graph = [Quad(s, RDFS["seeAlso"], o, NOTES[number]) for s in things for o in things[turn::3]]
                    graph += [Quad(s, P, Literal(turn), NOTES[number]) for s in things]
                    mine.write(graph, [quad for quad in mine.quads() if quad.graph_name == NOTES[number]])
        except KgError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert database.quads() == {
        *(Quad(s, RDFS["seeAlso"], o, note) for note in NOTES for s in things for o in things[5::3]),
        *(Quad(s, P, Literal(5), note) for note in NOTES for s in things),
    }
    assert database.rows("MATCH (n)-[r]->(o) WITH n, o, count(*) AS c WHERE c > 1 RETURN c") == []
