"""Notes, entities and statements over HTTP on a home whose graph is in Neo4j: as on the embedded store."""

from __future__ import annotations

from pathlib import Path

import neo4j
import pytest

from kg.stores import ServerAddress
from tests.api.test_browsing import BASE, EACH, write_vault
from tests.conftest import RunKg
from tests.servers import start_server

MORE = [
    "notes?tag=project&order=newest", "notes?class=person&folder=People&order=title", "entities?name=ada",
    "entities?class=person&order=mentions", "statements?about=Acme&kind=extracted&least=0.1", "statements?object=2024-01-02",
    "statements?note=People/Ada%20Lovelace.md", "statements?predicate=works%20for",
    "neighbours?of=Acme&hops=2&relation=works%20for", "notes/clip-1", "entities/Nobodyy",
]  # fmt: skip


@pytest.mark.parametrize("copy_quads", ["5000000", "0"])
def test_answers_are_those_of_the_embedded_store(
    tmp_path: Path, kg: RunKg, neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch, copy_quads: str
) -> None:
    vault, embedded, on_server = (tmp_path / name for name in ("vault", "embedded", "server"))
    write_vault(vault)
    for home, store in ((embedded, "embedded"), (on_server, "neo4j")):
        if store == "neo4j":
            for name in ("uri", "username", "password", "database"):
                monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_empty, name))
            monkeypatch.setenv("KG_NEO4J_COPY_QUADS", copy_quads)
        assert kg("init", "--store", store, "--base", BASE, "--home", home).code == 0
        assert kg("ingest", vault, "--home", home).code == 0
    with start_server(embedded) as ours, start_server(on_server) as theirs:
        for path in (*EACH, *MORE):
            expected, found = (server.request("GET", f"/api/{path}") for server in (ours, theirs))
            assert found.status == expected.status, f"{path}: {found.text}"
            if expected.status == 200:
                assert found.text == expected.text, path
        before = theirs.request("GET", "/api/notes?tag=team").text
        write_by_hand(neo4j_empty, "MATCH (n:Note {path: 'Acme.md'}), (t {iri: $tag}) CREATE (n)-[:taggedWith]->(t)")
        after = theirs.request("GET", "/api/notes?tag=team").text
        assert "Acme.md" not in before
        assert "Acme.md" in after


def write_by_hand(address: ServerAddress, text: str) -> None:
    with neo4j.GraphDatabase.driver(address.uri, auth=(address.username, address.password)) as driver:
        summary = driver.execute_query(text, {"tag": f"{BASE}tag/team"}, database_=address.database).summary
    assert summary.counters.relationships_created == 1
