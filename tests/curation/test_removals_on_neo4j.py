"""What people take out of notes' graphs where the graph is in Neo4j, whose engine commits Cypher itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cache import IngestCache
from kg.curation import Author, CurationSettings, Curator
from kg.curation.removals import recording
from kg.graph import KnowledgeGraph
from kg.query.cypher import run_cypher
from kg.query.update import run_update
from kg.rdf import KG, RDF, DefaultGraph
from kg.stores import ServerAddress
from tests.ingest.homes import MINTER, Home, OnServer, write

pytestmark = [pytest.mark.model, pytest.mark.neo4j]

BY = Author("Ada", "2026-01-31T12:00:00Z")
NOTES = {
    "Tidepool.md": b"Tidepool is a library. Tidepool uses Redis. Tidepool is written in Rust.\n",
    "Lantern.md": b"---\ntype: library\n---\nLantern uses Redis, and [[Tidepool]].\n",
}
IT = MINTER.described(MINTER.note("Tidepool.md", None))
SENTENCES = {"Tidepool uses Redis.", "Lantern uses Redis, and [[Tidepool]]."}


@pytest.fixture
def home(neo4j_empty: ServerAddress, tmp_path: Path) -> Iterator[Home]:
    write(tmp_path / "vault", NOTES)
    server = OnServer(neo4j_empty)
    made = Home(tmp_path / "vault", folder=tmp_path / "home", opened=server)
    made.ingest()
    yield made
    made.cache.close()
    server.close()


def rejected(home: Home) -> set[str]:
    return {decision.target.quote for decision in Curator(home.graph, home.cache).log()}  # type: ignore[union-attr]


def read_all_again(home: Home) -> None:
    write(home.paths[0], {path: content + b"\nIt rains.\n" for path, content in NOTES.items()})
    home.ingest()


def by_sparql(graph: KnowledgeGraph) -> None:
    run_update(graph, f"DELETE WHERE {{ ?x {KG['uses']} ?y }}")


def by_cypher(graph: KnowledgeGraph) -> None:
    run_cypher(graph, "MATCH ()-[r:uses]->() DELETE r", is_writing=True)


@pytest.mark.parametrize("remove", [by_sparql, by_cypher])
def test_what_is_removed_stays_away(home: Home, remove: object) -> None:
    assert list(home.store.match(IT, KG["uses"], None))
    with recording(home.graph, lambda: _cache(home), CurationSettings(), lambda: BY) as graph:
        remove(graph)  # type: ignore[operator]
    assert rejected(home) == SENTENCES
    read_all_again(home)
    assert not list(home.store.match(None, KG["uses"], None))
    assert list(home.store.match(IT, KG["writtenIn"], None))
    home.check()


def test_who_deletes_an_entity_rejects_what_is_said_of_it(home: Home) -> None:
    with recording(home.graph, lambda: _cache(home), CurationSettings(), lambda: BY) as graph:
        run_cypher(graph, "MATCH (n:Technology {name: 'Redis'}) DETACH DELETE n", is_writing=True)
    assert rejected(home) == SENTENCES
    read_all_again(home)
    assert not list(home.store.match(None, None, MINTER.entity("Technology", "Redis"), DefaultGraph()))


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n:Technology {name: 'Redis'}) SET n.stars = 5",
        "MATCH (e:Evidence) DETACH DELETE e",
        "CREATE (:Technology {name: 'Valkey'})",
    ],
)
def test_what_no_sentence_loses_by_is_no_decision(home: Home, text: str) -> None:
    with recording(home.graph, lambda: _cache(home), CurationSettings(), lambda: BY) as graph:
        run_cypher(graph, text, is_writing=True)
    assert rejected(home) == set()


def test_a_note_that_is_deleted_as_a_whole_comes_back(home: Home) -> None:
    before = home.dump()
    with recording(home.graph, lambda: _cache(home), CurationSettings(), lambda: BY) as graph:
        run_update(graph, f"DROP GRAPH {MINTER.note('Tidepool.md', None)}")
        run_cypher(graph, "MATCH (n:Technology {name: 'Redis'}) REMOVE n.stars", is_writing=True)
    assert rejected(home) == set()
    home.ingest()
    assert home.dump() == before
    assert list(home.store.match(None, RDF["type"], KG["Evidence"]))


def _cache(home: Home) -> IngestCache:
    assert home.folder is not None
    return IngestCache(home.folder / "cache.sqlite")
