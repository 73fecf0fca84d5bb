"""Writing by Cypher over HTTP on an embedded home: all or nothing, and never over what others have written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kg.cli import main
from tests.servers import Reply, Server, start_server

EX = "http://example.org/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cypher") / "home"
    assert main(["init", "--home", str(folder), "--base", EX]) == 0
    with start_server(folder) as running:
        yield running


def post(server: Server, path: str, document: object) -> Reply:
    return server.request("POST", f"/db/neo4j/{path}", json.dumps(document), content_type="application/json")


def write(server: Server, statement: str, **members: Any) -> Reply:
    return post(server, "query/v2", {"statement": statement, "accessMode": "Write", **members})


def make(name: str, value: int) -> str:
    return f"MERGE (n:Resource {{iri: '{EX}{name}'}}) SET n.`{EX}is` = {value} RETURN n.`{EX}is` AS value"


def held(server: Server, name: str) -> list[str]:
    """What SPARQL says that a thing is."""
    return [row["o"] for row in server.select(f"SELECT ?o {{ <{EX}{name}> <{EX}is> ?o }} ORDER BY ?o")]


def code(reply: Reply) -> str:
    return str(json.loads(reply.body)["errors"][0]["code"])


def test_a_statement_writes_what_sparql_reads(server: Server) -> None:
    reply = write(server, make("one", 1), includeCounters=True)
    assert reply.status == 202, reply.text
    document = json.loads(reply.body)
    assert document["data"] == {"fields": ["value"], "values": [[1]]}
    assert document["counters"]["containsUpdates"] is True
    assert document["counters"]["nodesCreated"] == 1
    assert held(server, "one") == ["1"]
    assert write(server, make("one", 2)).status == 202
    assert held(server, "one") == ["2"]


def test_a_statement_that_fails_writes_nothing(server: Server) -> None:
    reply = write(server, f"MERGE (n:Resource {{iri: '{EX}bad'}}) SET n.`{EX}is` = 1 RETURN 1/0 AS x")
    assert "errors" in json.loads(reply.body), reply.text
    assert held(server, "bad") == []


def test_statements_are_one_transaction(server: Server) -> None:
    both = [{"statement": make("two", 1)}, {"statement": make("two", 2)}]
    reply = post(server, "tx/commit", {"statements": both, "accessMode": "Write"})
    assert (reply.status, json.loads(reply.body)["errors"]) == (200, [])
    assert held(server, "two") == ["2"]
    wrong = [{"statement": make("three", 1)}, {"statement": "RETRUN"}]
    reply = post(server, "tx/commit", {"statements": wrong, "accessMode": "Write"})
    assert (reply.status, code(reply)) == (200, "Neo.ClientError.Statement.SyntaxError")
    assert held(server, "three") == []


def test_a_header_asks_for_writing_too(server: Server) -> None:
    body = json.dumps({"statements": [{"statement": make("header", 1)}]})
    reply = server.request("POST", "/db/neo4j/tx/commit", body, content_type="application/json", access_mode="WRITE")
    assert json.loads(reply.body)["errors"] == []
    assert held(server, "header") == ["1"]


def begin(server: Server) -> str:
    reply = post(server, "query/v2/tx", {"accessMode": "Write"})
    return f"query/v2/tx/{json.loads(reply.body)['transaction']['id']}"


def test_a_transaction_is_seen_when_it_is_committed(server: Server) -> None:
    path = begin(server)
    assert post(server, path, {"statement": make("four", 1)}).status == 202
    seen = post(server, path, {"statement": f"MATCH (n:Resource {{iri: '{EX}four'}}) RETURN n.`{EX}is` AS x"})
    assert json.loads(seen.body)["data"]["values"] == [[1]]
    assert held(server, "four") == []
    assert post(server, f"{path}/commit", {}).status == 202
    assert held(server, "four") == ["1"]


def test_a_transaction_that_is_rolled_back_leaves_nothing(server: Server) -> None:
    path = begin(server)
    assert post(server, path, {"statement": make("five", 1)}).status == 202
    assert server.request("DELETE", f"/db/neo4j/{path}").status == 200
    assert held(server, "five") == []


def test_what_others_wrote_meanwhile_is_not_written_over(server: Server) -> None:
    path = begin(server)
    assert post(server, path, {"statement": make("six", 1)}).status == 202
    assert server.update(f"INSERT DATA {{ <{EX}six> <{EX}is> 6 }}").status == 200
    reply = post(server, f"{path}/commit", {})
    assert (reply.status, code(reply)) == (503, "Neo.TransientError.Transaction.Outdated")
    assert held(server, "six") == ["6"]
    assert post(server, f"{path}/commit", {}).status == 404


def test_a_write_stops_at_its_time_and_leaves_nothing(server: Server) -> None:
    slow = "UNWIND range(1, 10000) AS x UNWIND range(1, 10000) AS y WITH x, y WHERE x * y = -1 WITH count(*) AS c "
    reply = write(server, f"{slow}{make('seven', 1)}", maxExecutionTime=1)
    assert (reply.status, code(reply)) == (400, "Neo.ClientError.Transaction.TransactionTimedOut")
    assert held(server, "seven") == []
    assert write(server, make("eight", 1)).status == 202  # the turn is free again
