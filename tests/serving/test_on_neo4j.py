"""`kg serve` on a home whose graph is in Neo4j, which others write too."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kg.stores import ServerAddress
from tests.conftest import RunKg
from tests.servers import Server, start_server

BASE = "http://example.org/home/"
TERM = f"{BASE}term/"
DENSE = 12
"""Nodes of a graph in which each is linked with each, so that the number of its walks has no end."""


@contextmanager
def session_on(address: ServerAddress) -> Iterator[Any]:
    import neo4j

    with (
        neo4j.GraphDatabase.driver(address.uri, auth=(address.username, address.password)) as driver,
        driver.session(database=address.database) as session,
    ):
        yield session


def run_cypher(address: ServerAddress, text: str) -> list[list[Any]]:
    with session_on(address) as session:
        return [list(record.values()) for record in session.run(text)]


@pytest.fixture(params=["with a kept copy", "without"])
def server(
    request: pytest.FixtureRequest, kg: RunKg, home: Path, neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    for name in ("uri", "username", "password", "database"):
        monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_empty, name))
    if request.param == "without":
        monkeypatch.setenv("KG_NEO4J_COPY_QUADS", "0")
    assert kg("init", "--store", "neo4j", "--base", BASE).code == 0
    with start_server(home) as running:
        yield running


def names(server: Server, predicate: str = f"{TERM}label") -> list[str]:
    return [row["n"] for row in server.select(f"SELECT ?n {{ ?x <{predicate}> ?n }} ORDER BY ?n")]


def test_queries_and_updates(server: Server) -> None:
    assert names(server) == []
    assert server.update(f"INSERT DATA {{ <urn:a> <{TERM}label> 'Ada' }}").status in (200, 204)
    assert names(server) == ["Ada"]
    where = "DELETE { ?x ?p ?o } INSERT { ?x ?p 'Grace' } WHERE { ?x ?p ?o . FILTER(?o = 'Ada') }"
    reply = server.update(where)
    assert reply.status in (200, 204), reply.text
    assert names(server) == ["Grace"]


def test_what_others_write_is_in_the_next_answer(server: Server, neo4j_empty: ServerAddress) -> None:
    assert server.update(f"INSERT DATA {{ <urn:a> <{TERM}label> 'Ada' }}").status in (200, 204)
    assert names(server) == ["Ada"]
    for number in range(3):
        run_cypher(neo4j_empty, f"CREATE (:Person {{label: 'A{number}'}})-[:KNOWS]->(:Person {{label: 'B{number}'}})")
        known = server.select(f"SELECT ?n {{ ?x <{TERM}KNOWS> ?y . ?y <{TERM}label> ?n }} ORDER BY ?n")
        assert [row["n"] for row in known] == [f"B{each}" for each in range(number + 1)]
    assert server.update(f"DELETE WHERE {{ ?x <{TERM}label> 'A1' }}").status in (200, 204)
    assert names(server) == ["A0", "A2", "Ada", "B0", "B1", "B2"]
    assert run_cypher(neo4j_empty, "MATCH (n:Person) WHERE n.label = 'A1' RETURN count(n)") == [[0]]


def test_an_update_sees_what_others_have_just_written(server: Server, neo4j_empty: ServerAddress) -> None:
    assert server.update(f"INSERT DATA {{ <urn:a> <{TERM}label> 'Ada' }}").status in (200, 204)
    run_cypher(neo4j_empty, "CREATE (:Person {label: 'Bo'})")
    reply = server.update(f"INSERT {{ ?x <{TERM}seen> true }} WHERE {{ ?x <{TERM}label> ?n }}")
    assert reply.status in (200, 204), reply.text
    assert len(server.select(f"SELECT ?x {{ ?x <{TERM}seen> true }}")) == 2
    found = run_cypher(neo4j_empty, "MATCH (n) WHERE n.seen RETURN n.label ORDER BY n.label")
    assert [label for (label,) in found if label] == ["Bo"] or len(found) == 2


def test_a_transaction_that_goes_on_keeps_nobody_from_writing(server: Server) -> None:
    def post(path: str, **members: object) -> Any:
        body = json.dumps({"accessMode": "Write", **members})
        reply = server.request("POST", f"/db/neo4j/query/v2{path}", body, content_type="application/json")
        assert reply.status == 202, reply.text
        return json.loads(reply.body)

    begun = post("/tx", statement="CREATE (n:Person {label: 'Ada'}) RETURN 1")["transaction"]["id"]
    assert "errors" not in post("", statement="CREATE (n:Person {label: 'Bo'})")
    assert server.update(f"INSERT DATA {{ <urn:c> <{TERM}label> 'Cy' }}").status in (200, 204)
    assert names(server) == ["Bo", "Cy"]
    assert "errors" not in post(f"/tx/{begun}/commit")
    assert names(server) == ["Ada", "Bo", "Cy"]


def test_commands_and_server_see_each_others_writes(kg: RunKg, server: Server) -> None:
    for number in range(0, 4, 2):
        assert kg("update", f"INSERT DATA {{ <urn:{number}> <{TERM}label> 'n{number}' }}").code == 0
        assert len(names(server)) == number + 1
        reply = server.update(f"INSERT DATA {{ <urn:{number + 1}> <{TERM}label> 'n{number + 1}' }}")
        assert reply.status in (200, 204), reply.text
        run = kg("sparql", f"SELECT ?n {{ ?x <{TERM}label> ?n }}", "--json")
        assert len(run.json["results"]["bindings"]) == number + 2, run.messages
        assert not run.messages, "no answer is from before anything began"


def test_a_query_at_its_limit_ends_on_the_server_too(
    kg: RunKg, home: Path, neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("uri", "username", "password", "database"):
        monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_empty, name))
    environment = {"KG_NEO4J_COPY_QUADS": "0", "KG_SERVE_TIMEOUT_SECONDS": "8"}
    assert kg("init", "--store", "neo4j", "--base", BASE).code == 0
    assert kg("update", f"INSERT DATA {{ <urn:a> <{TERM}label> 'Ada' }}").code == 0
    run_cypher(
        neo4j_empty,
        f"UNWIND range(1, {DENSE}) AS i CREATE (:Point {{number: i}}) WITH count(*) AS all "
        "MATCH (a:Point), (b:Point) CREATE (a)-[:NEXT]->(b)",
    )
    steps = " . ".join(f"?x{number} <{TERM}NEXT> ?x{number + 1}" for number in range(8))
    slow = f"SELECT (COUNT(*) AS ?n) {{ {steps} . ?x0 <{TERM}number> 1 . ?x8 <{TERM}number> 2 }}"
    with start_server(home, environment=environment) as server:
        assert names(server) == ["Ada"]
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(server.request, "POST", "/query", slow, content_type="application/sparql-query")
            while not ours(neo4j_empty):
                assert not asked.done(), asked.result().text
                time.sleep(0.1)
            reply = asked.result()
        assert (reply.status, "8 s" in reply.text) == (504, True), reply.text
        deadline = time.monotonic() + 10
        while (rest := ours(neo4j_empty)) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not rest, "the query goes on on the server"
        assert names(server) == ["Ada"]


def ours(address: ServerAddress) -> list[list[Any]]:
    """What runs on the server but this question."""
    found = run_cypher(address, "SHOW TRANSACTIONS YIELD currentQuery, status, elapsedTime RETURN currentQuery, status")
    return [row for row in found if not str(row[0]).startswith("SHOW TRANSACTIONS")]
