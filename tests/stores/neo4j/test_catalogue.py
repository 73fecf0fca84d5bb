"""A database's names, and which home it belongs to."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kg.errors import StoreBoundError, StoreError
from kg.property_graph.names import Names
from kg.rdf import KG, NamedNode
from kg.stores import Opening, ServerAddress
from kg.stores.neo4j import catalogue as catalogue_module
from kg.stores.neo4j.catalogue import Catalogue
from kg.stores.neo4j.driver import Connection, Statement
from kg.stores.neo4j.record import read_record
from kg.stores.neo4j.schema import prepare

BASE = "https://kg.example/"
MINE = NamedNode("https://my.example/Person")


@pytest.fixture
def connection(neo4j_empty: ServerAddress) -> Iterator[Connection]:
    with Connection(neo4j_empty) as connection:
        yield connection


def opening(folder: Path | None = None, read_only: bool = False, base: str = BASE, adopt: bool = False,
            **names: NamedNode) -> Opening:  # fmt: skip
    return Opening(folder, "merged", frozenset(), base, read_only=read_only, adopt=adopt, names=names)


def rows(connection: Connection, text: str) -> list[list[object]]:
    with connection.reading() as session:
        return session.run(Statement(text))


# --- names


def test_names_are_registered_once_and_stay(connection: Connection, caplog: pytest.LogCaptureFixture) -> None:
    first, _ = prepare(connection, opening(Person=KG["Person"], name=KG["name"]))
    assert first.names.name(KG["Person"]) == "Person" and first.names.name(KG["note"]) == "kg__note"
    assert first.version > 0
    again, _ = prepare(connection, opening(Person=KG["Person"], name=KG["name"]))
    assert again.version == first.version and not caplog.records
    clash, _ = prepare(connection, opening(Person=MINE, Cat=KG["Cat"]))
    assert clash.names.iri("Person") == KG["Person"] and clash.names.name(KG["Cat"]) == "Cat"
    assert clash.version > first.version
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        f"The name 'Person' stays {KG['Person']}, as the database has it; the ontology's {MINE} is called "
        f"'{MINE.value}' in Cypher."
    ]
    with connection.reading() as session:
        assert first.is_stale(session) and not clash.is_stale(session)
        first.read(session)
        assert first.names.name(KG["Cat"]) == "Cat" and not first.is_stale(session)


def test_a_name_that_was_in_use_is_migrated_and_that_is_logged(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    prepare(connection, opening())
    connection.run("CREATE (:Cat {colour: 'red'})-[:chases]->(:Dog)")
    names = {name: NamedNode(f"https://my.example/{name}") for name in ("Cat", "colour", "chases", "new", "namespace")}
    catalogue, _ = prepare(connection, opening(**names))
    assert catalogue.names.iri("Cat") == names["Cat"]
    migrated = rows(connection, "MATCH (t:_Term) WHERE t.migrated RETURN t.name ORDER BY t.name")
    assert migrated == [["Cat"], ["chases"], ["colour"]]
    assert len(caplog.records) == 3 and "<https://kg.example/term/Cat> so far" in caplog.text


def test_two_writers_may_register_at_once(connection: Connection) -> None:
    first, _ = prepare(connection, opening())
    other = Catalogue(BASE)
    first.register(connection, {"Cat": KG["Cat"]})
    other.register(connection, {"Cat": MINE, "Dog": KG["Dog"]})
    assert other.names.iri("Cat") == KG["Cat"] and other.names.iri("Dog") == KG["Dog"]
    assert rows(connection, "MATCH (t:_Term) RETURN count(t)") == [[2]]


def test_a_version_does_not_come_again_when_the_database_was_wiped(connection: Connection) -> None:
    first, _ = prepare(connection, opening(Cat=KG["Cat"]))
    connection.run("MATCH (n) DETACH DELETE n")
    prepare(connection, opening(Cat=MINE))
    with connection.reading() as session:
        assert first.is_stale(session)


def test_names_are_there_before_their_version(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue, _ = prepare(connection, opening())
    other, _ = prepare(connection, opening(Cat=KG["Cat"]))
    seen = []

    def named(base: str, prefixes: Mapping[str, str], terms: Mapping[str, str]) -> Names:
        seen.append(catalogue.version)
        return Names(base, prefixes, terms)

    monkeypatch.setattr(catalogue_module, "Names", named)
    with connection.reading() as session:
        catalogue.read(session)
    assert seen[0] < catalogue.version == other.version


# --- homes


def test_a_reader_of_an_empty_database_changes_nothing(connection: Connection, tmp_path: Path) -> None:
    catalogue, home = prepare(connection, opening(tmp_path / "store", read_only=True))
    assert home == "" and catalogue.names.name(KG["Person"]) == "kg__Person"
    assert rows(connection, "MATCH (n) RETURN count(n)") == [[0]]
    assert not (tmp_path / "store").exists()


def test_a_database_belongs_to_one_home(connection: Connection, tmp_path: Path) -> None:
    mine, others = tmp_path / "mine", tmp_path / "others"
    _, home = prepare(connection, opening(mine))
    record = read_record(mine)
    assert record is not None and record.home == home and len(home) == 12
    for read_only in (True, False):
        assert prepare(connection, opening(mine, read_only))[1] == home
        with pytest.raises(StoreBoundError, match=f"home {home}.*has never been on Neo4j.*--adopt"):
            prepare(connection, opening(others, read_only))
        with pytest.raises(StoreBoundError, match=f"home {home} with base {BASE}.*has base https://other.example/"):
            prepare(connection, opening(mine, read_only, base="https://other.example/"))
        with pytest.raises(StoreBoundError, match="separate"):
            prepare(connection, Opening(mine, "separate", frozenset(), BASE, read_only=read_only))
    _, taken = prepare(connection, opening(others, adopt=True))
    assert taken != home
    with pytest.raises(StoreBoundError, match=f"home {taken}; this home is {home}"):
        prepare(connection, opening(mine))


def test_a_graph_without_a_home_must_be_adopted(connection: Connection, tmp_path: Path) -> None:
    connection.run("CREATE (:Cat)")
    for read_only in (True, False):
        with pytest.raises(StoreBoundError, match=r"belongs to no home.*--adopt"):
            prepare(connection, opening(tmp_path, read_only))
    prepare(connection, opening(tmp_path, adopt=True))
    prepare(connection, opening(tmp_path))
    assert rows(connection, "MATCH (c:Cat) RETURN count(c)") == [[1]]


def test_a_graph_with_doubled_resources_is_refused(connection: Connection, tmp_path: Path) -> None:
    constraints = "SHOW CONSTRAINTS YIELD name, labelsOrTypes WHERE 'Resource' IN labelsOrTypes RETURN name"
    for (name,) in connection.run(constraints):
        connection.run(f"DROP CONSTRAINT {name}")
    connection.run("CREATE (:Resource {iri: 'a'}), (:Resource {iri: 'a'})")
    with pytest.raises(StoreError, match="must have a `iri` of its own"):
        prepare(connection, opening(tmp_path, adopt=True))
    connection.run("MATCH (n) DELETE n")
    prepare(connection, opening(tmp_path))


@pytest.mark.parametrize("read_only", [True, False])
def test_a_database_that_held_the_home_and_is_empty_is_not_taken_silently(
    connection: Connection, tmp_path: Path, read_only: bool
) -> None:
    _, home = prepare(connection, opening(tmp_path))
    connection.run("MATCH (n) DETACH DELETE n")
    with pytest.raises(StoreBoundError, match=f"is empty; it held the home {home}.*--adopt"):
        prepare(connection, opening(tmp_path, read_only))
    assert rows(connection, "MATCH (n) RETURN count(n)") == [[0]]
    assert prepare(connection, opening(tmp_path, adopt=True))[1] == home


def test_an_index_of_people_is_named_where_a_constraint_must_be(connection: Connection, tmp_path: Path) -> None:
    connection.run("DROP CONSTRAINT kg_prefix IF EXISTS")
    connection.run("CREATE INDEX `my own` FOR (p:_Prefix) ON (p.prefix)")
    with pytest.raises(StoreError, match="DROP INDEX `my own`, and open"):
        prepare(connection, opening(tmp_path))
    connection.run("DROP INDEX `my own`")
    prepare(connection, opening(tmp_path))


def test_old_batches_are_forgotten(connection: Connection, tmp_path: Path) -> None:
    prepare(connection, opening(tmp_path))
    connection.run("CREATE (:_Batch {id: 'old', at: 0}), (:_Batch {id: 'new', at: timestamp()})")
    prepare(connection, opening(tmp_path))
    assert rows(connection, "MATCH (b:_Batch) RETURN b.id") == [["new"]]
