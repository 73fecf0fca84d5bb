"""Passages on Neo4j: found by its own indexes, beside the graph, and in step with the notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.errors import ForbiddenQueryError, StoreUnreachableError
from kg.graph import commit
from kg.model import Change
from kg.rdf import DefaultGraph, Literal, NamedNode, Quad
from kg.search.index import SearchIndex
from kg.stores import Opening, ServerAddress, Store
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.store import open_store
from kg.stores.neo4j.sweep import sweep_database
from tests.search.by_hand import MINTER, Notes, note, quads_of
from tests.search.comparing import Pairs, check_like_new

pytest.importorskip("neo4j")

WORDS = (
    "CALL db.index.fulltext.queryNodes('passages_text', $words) YIELD node, score "
    "MATCH (n:Resource {iri: node.note}) RETURN n.dct__title, node.text ORDER BY score DESC, node.iri"
)
VECTORS = (
    "CALL db.index.vector.queryNodes('passages_vector', 1, $vector) YIELD node, score RETURN node.title, node.headings"
)
PASSAGES = (
    "MATCH (p:_Passage) RETURN p.iri, p.note, p.title, p.headings, p.text, p.start, p.end, size(p.embedding) "
    "ORDER BY p.iri"
)


class Database:
    """A graph of notes on a server, its index, and what other programs see."""

    def __init__(self, address: ServerAddress, copy_quads: int) -> None:
        self.address = address
        self.opening = Opening(None, "merged", frozenset(), MINTER.base, server=address, copy_quads=copy_quads)
        self.store: Store = open_store(self.opening)
        self.notes = Notes(self.store)
        self.model = Pairs()
        self.index = SearchIndex.open(None, self.model.name)
        self.connection = Connection(address)

    def follow(self) -> None:
        self.notes.follow(self.index, self.model)
        self.index.show(self.notes.graph, self.notes.texts)

    def rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        return self.connection.run(text, **parameters)

    def found(self, text: str) -> list[list[Any]]:
        self.rows("CALL db.awaitIndexes(60)")
        self.rows("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
        return self.rows(WORDS, words=text)

    def quads(self) -> set[Quad]:
        return {*self.store.match(), *self.store.match(graph_name=DefaultGraph())}

    def check(self) -> None:
        """The nodes are those of all passages, and the index is as one from scratch."""
        collection = check_like_new(self.index, self.notes.graph, self.notes.texts, None, self.model)
        expected = []
        for place, text in enumerate(collection.texts):
            record = collection.notes[collection.note_of[place]]
            ordinal = place - int(collection.passages_start[collection.note_of[place]])
            expected.append([
                f"{record.iri}#p-{ordinal}", record.iri, record.title, " / ".join(collection.headings[place]), text,
                int(collection.start[place]), int(collection.end[place]), Pairs.dimensions,
            ])  # fmt: skip
        assert self.rows(PASSAGES) == sorted(expected)


@pytest.fixture(params=[5_000_000, 0], ids=["with the copy", "without"])
def database(neo4j_empty: ServerAddress, request: pytest.FixtureRequest) -> Iterator[Database]:
    found = Database(neo4j_empty, request.param)
    found.notes.put("Ada", "Ada wrote programs.\n\n# Looms\n\nShe liked looms, and Bob.", ("Bob",), 40)
    found.notes.put("图数据库", "图数据库把数据存成节点和边。")
    found.notes.put("Bob", "Bob looks after engines.")
    yield found
    found.index.close()
    found.store.close()
    found.connection.close()
    with Connection(neo4j_empty) as connection:  # other tests count the indexes of an empty database
        for name in ("passages_note", "passages_text", "passages_vector"):
            connection.run(f"DROP INDEX {name} IF EXISTS")


def test_other_programs_find_passages(database: Database) -> None:
    database.follow()
    database.check()
    assert database.found("engines") == [["Bob", "Bob looks after engines."]]
    assert database.found("looms")[0] == ["Ada", "She liked looms, and Bob."]
    assert database.found("数据") == [["图数据库", "图数据库把数据存成节点和边。"]]
    (vector,) = database.model.encode(["Ada. Looms. She liked looms, and Bob."])
    assert database.rows(VECTORS, vector=[float(value) for value in vector]) == [["Ada", "Looms"]]


def test_the_graph_is_the_same_with_and_without(database: Database) -> None:
    before = database.quads()
    names, about = set(database.store.graph_names()), database.store.about()
    database.follow()
    assert database.quads() == before
    assert set(database.store.graph_names()) == names
    assert not database.store.verify()
    assert database.store.about()["relationships"] == about["relationships"]
    report = sweep_database(database.opening, lambda: NamedNode(f"{MINTER.base}never"))
    assert (report.adopted, report.removed, report.notes, report.merged) == (0, 0, 0, 0)
    database.check()


def test_they_are_in_step_with_the_notes(database: Database) -> None:
    database.follow()
    database.notes.put("Ada", "Ada wrote zebrafish.")
    database.notes.drop("Bob")
    database.notes.put("Cy", "")
    database.follow()
    database.check()
    assert [title for title, _ in database.found("zebrafish")] == ["Ada"]
    assert database.found("engines") == []
    assert database.index.is_current(database.notes.graph, database.notes.texts)
    mark = database.store.position()
    database.follow()
    assert database.store.position() == mark  # nothing was written


def test_the_copy_stays_right(database: Database) -> None:
    database.follow()
    database.quads()
    database.notes.put("Cy", "Cy knows zebrafish.")
    database.follow()
    assert database.store.about()["copy"] == ("valid" if database.opening.copy_quads else "off")


def test_a_commit_whose_answer_got_lost_writes_nothing_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver says that the connection broke while the server committed; the work is then run again."""
    real = Connection.write

    def twice(self: Connection, work: Any, **settings: Any) -> Any:
        real(self, work, **settings)
        return real(self, work, **settings)

    monkeypatch.setattr(Connection, "write", twice)
    database.follow()
    monkeypatch.undo()
    database.check()


@pytest.mark.parametrize(("is_first", "transactions"), [(True, 0), (True, 3), (False, 1), (False, 2)])
def test_a_server_that_goes_away_in_the_middle_leaves_what_the_next_time_completes(
    database: Database, monkeypatch: pytest.MonkeyPatch, is_first: bool, transactions: int
) -> None:
    monkeypatch.setattr("kg.stores.neo4j.passages._PASSAGES", 1)
    if not is_first:
        database.follow()
        database.notes.put("Ada", "Ada wrote zebrafish.")
        database.notes.drop("Bob")
    real, left = Connection.write, [transactions]

    def failing(self: Connection, work: Any, **settings: Any) -> Any:
        if not left[0]:
            raise StoreUnreachableError(self.address.uri, "nobody answers", "Start it.")
        left[0] -= 1
        return real(self, work, **settings)

    quads = database.quads()
    database.notes.follow(database.index, database.model)
    with monkeypatch.context() as patched, pytest.raises(StoreUnreachableError):
        patched.setattr(Connection, "write", failing)
        database.index.show(database.notes.graph, database.notes.texts)
    assert database.quads() == quads
    database.follow()
    database.check()


def test_what_was_taken_away_is_written_again(database: Database) -> None:
    database.follow()
    database.rows("MATCH (p:_Passage|_Passages) DELETE p")
    database.rows("DROP INDEX passages_text")
    database.follow()
    database.check()
    assert database.found("engines") == [["Bob", "Bob looks after engines."]]


def test_notes_that_came_and_went_unseen_do_not_hide_others_that_went(database: Database) -> None:
    database.notes.put("Last", "Nobody is to read this any more.")
    database.follow()
    database.notes.drop("Last")
    database.notes.follow(database.index)
    database.notes.put("Later", "This came.")
    database.notes.follow(database.index)
    database.notes.drop("Later")
    database.follow()
    database.check()
    assert database.found("nobody") == []


def test_another_index_writes_all_anew(database: Database) -> None:
    database.follow()
    with SearchIndex.open(None, "") as other:
        database.notes.follow(other)
        other.show(database.notes.graph, database.notes.texts)
    assert database.rows("MATCH (p:_Passage) RETURN count(p), count(p.embedding)") == [[4, 0]]
    assert database.rows("SHOW INDEXES YIELD name WHERE name = 'passages_vector' RETURN name") == []
    database.follow()
    database.check()


def test_a_store_that_was_opened_for_reading_leaves_them(database: Database) -> None:
    database.follow()
    database.notes.put("Cy", "Cy knows zebrafish.")
    reader = open_store(Opening(None, "merged", frozenset(), MINTER.base, read_only=True, server=database.address))
    reading = Notes(reader)
    reading.texts = database.notes.texts
    with SearchIndex.open(None, "") as index:
        assert reading.follow(index).added == 4
        index.show(reading.graph, reading.texts)
    reader.close()
    assert database.rows("MATCH (p:_Passage) RETURN count(p)") == [[4]]


def test_nobody_makes_them_in_cypher(database: Database) -> None:
    database.follow()
    with pytest.raises(ForbiddenQueryError, match="_Passage"), database.store.cypher(is_writing=True) as transaction:
        list(transaction.run("CREATE (:_Passage {text: 'x'})", None, {}).rows)
        transaction.commit()


def test_ones_own_properties_of_the_same_names_are_found(database: Database) -> None:
    """`text` and `title` are keys of passages too; what the graph says with them is looked for among its own nodes."""
    quad = Quad(note("Ada"), NamedNode(f"{MINTER.base}term/text"), Literal("engines"), MINTER.graph("user"))
    commit(database.notes.graph, Change((quad,)))
    database.follow()
    assert list(database.store.match(predicate=quad.predicate)) == [quad]
    assert set(quads_of("Bob")) <= set(database.store.match())


def test_a_long_iri_of_a_note_is_left_out(database: Database, tmp_path: Path) -> None:
    database.notes.put("x" * 8000, "Something long.")
    database.follow()
    assert database.rows("MATCH (p:_Passage) RETURN count(p)") == [[4]]
