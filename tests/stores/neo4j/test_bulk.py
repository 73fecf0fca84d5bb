"""Filling an empty database: batches of writes, and the server's own importer with hostile data."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.config import Neo4jSettings, load_config
from kg.errors import StoreError
from kg.home import Home, read_server
from kg.neo4j_server import offline_import, start_server, stop_server
from kg.rdf import KG, XSD, DefaultGraph, Literal, NamedNode, Quad
from kg.stores import Opening, ServerAddress
from kg.stores.neo4j.bulk import fill_database
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.reading import read_all
from kg.stores.neo4j.schema import prepare
from tests.conftest import RunKg
from tests.neo4j_servers import installation
from tests.property_graph.datasets import BASE, random_dataset

pytestmark = pytest.mark.neo4j

NAMES = {"Person": KG["Person"], "name": KG["name"], "Thing": NamedNode("http://www.w3.org/2002/07/owl#Thing")}
ODD = (
    "", " ", " a ", "\t", "a\nb", "a\r\nb", '"', '""', '"a"', "'", "a,b", "a;b", "a\x1fb", "\\", "\\n", "\\u0041", "#a",
    "null", "NULL", "NaN", "true", "1", "-0", "a\x00b", "\ufeff", "\u200b", "\u2028", "\U0001f600", "東京", "=1+1", "`",
)  # fmt: skip


def hostile_quads(datasets: int) -> set[Quad]:
    """Return a dataset with what an importer may stumble over, alone and in lists."""
    chance = random.Random(20261122)
    found: set[Quad] = set()
    for _ in range(datasets):
        found |= random_dataset(chance, DefaultGraph())
    here, graph = "https://home.example/entity/", NamedNode("https://home.example/note/1")
    for number, text in enumerate(ODD):
        alone, listed, keyed = (NamedNode(f"{here}{kind}{number}") for kind in ("alone", "listed", "keyed"))
        found.add(Quad(alone, KG["name"], Literal(text)))
        found |= {Quad(listed, KG["name"], Literal(each), graph) for each in (text, "plain", f"{text}2")}
        found.add(Quad(keyed, KG["name"], Literal(text, language="en"), graph))
    for number, (text, kind) in enumerate((
        ("0", "integer"), ("-9223372036854775808", "integer"), ("9223372036854775807", "integer"), ("1E300", "double"),
        ("NaN", "double"), ("INF", "double"), ("-INF", "double"), ("-0.0", "double"), ("5.0E-324", "double"),
        ("true", "boolean"), ("2026-11-22", "date"), ("0001-01-01", "date"), ("9998-12-31T23:59:59.999999999Z", "dateTime"),
        ("2026-11-22T10:00:00", "dateTime"), ("2026-11-22T10:00:00+05:30", "dateTime"), ("10:00:00", "time"),
        ("10:00:00.5Z", "time"), ("P1Y2M3DT4H5M6.7S", "duration"), ("-P3D", "duration"), ("PT0S", "duration"),
    )):  # fmt: skip
        literal = Literal(text, datatype=XSD[kind])
        found.add(Quad(NamedNode(f"{here}typed{number}"), KG["name"], literal))
        found |= {Quad(NamedNode(f"{here}many{number}"), KG["name"], each, graph) for each in (literal, Literal("x"))}
    return found


def read(connection: Connection, opening: Opening) -> set[Quad]:
    catalogue, _ = prepare(connection, opening)
    with connection.reading() as session:
        return set(read_all(session, catalogue.names, DefaultGraph()))


@pytest.fixture
def settings(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neo4jSettings]:
    """The settings of a home with a server of its own, which is stopped after the test."""
    if installation().jars.name != "lib":
        pytest.skip("the server of a home is of the line that the pom names")
    for name in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KG_NEO4J_MEMORY_MB", "256")
    monkeypatch.setattr("kg.neo4j_server.running.docker_fault", lambda: "not in this test")
    found = load_config(None, {}, {"neo4j.memory_mb": 256}).neo4j
    yield found
    stop_server(Home(home), found)


def canonical(quads: set[Quad]) -> set[Quad]:
    from kg.rdf import canonical as form

    return {Quad(quad.subject, quad.predicate, form(quad.object), quad.graph_name) for quad in quads}


def test_importer_reads_hostile_data(home: Path, settings: Neo4jSettings) -> None:
    found = start_server(Home(home), settings, print).server
    offline = offline_import(Home(home), settings, print)
    assert offline is not None
    address = ServerAddress(found.uri, found.username, found.password, "neo4j")
    opening = Opening(home / "neo4j", "separate", frozenset(), BASE, names=NAMES)
    quads = canonical(hostile_quads(60))
    with Connection(address) as connection:
        catalogue, bound = prepare(connection, opening)
        after, catalogue = fill_database(connection, catalogue, opening, DefaultGraph(), quads, offline, import_from=1)
    with after:
        assert read(after, opening) == quads
        assert prepare(after, opening)[1] == bound, "it is this home's still"
        ((constraints,),) = after.run("SHOW CONSTRAINTS YIELD name RETURN collect(name)")
        assert "kg_resource_iri" in constraints
        with pytest.raises(StoreError, match="not empty"):
            fill_database(after, catalogue, opening, DefaultGraph(), quads)


def test_batches_give_the_same(neo4j_empty: ServerAddress) -> None:
    opening = Opening(None, "separate", frozenset(), BASE, names=NAMES)
    quads = canonical(hostile_quads(5))
    with Connection(neo4j_empty) as connection:
        catalogue, _ = prepare(connection, opening)
        fill_database(connection, catalogue, opening, DefaultGraph(), quads)
        assert read(connection, opening) == quads


def test_bulk_import_as_a_command(
    kg: RunKg, home: Path, settings: Neo4jSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.stores.neo4j.bulk.IMPORT_FROM", 1)
    file = tmp_path / "some.ttl"
    file.write_text('@prefix : <https://example.com/> . :a :p :b, "x", "y"@en, [ :q 1.50 ] . :b a :C .')
    assert kg("init", "--base", "https://kg.example/").code == 0
    assert kg("import", file, "--bulk").code == 0
    embedded = kg("export").output
    again = kg("import", file, "--bulk")
    assert again.code == 2
    assert "not" in again.messages
    assert kg("neo4j", "up").code == 0
    monkeypatch.setenv("KG_STORE", "neo4j")
    done = kg("import", file, "--bulk", "--json")
    assert done.code == 0, done.messages
    assert done.json["added"] == 6
    assert kg("export").output == embedded
    assert read_server(Home(home)) is not None
