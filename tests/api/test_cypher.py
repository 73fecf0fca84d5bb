"""Cypher over HTTP on an embedded home: who may do what, limits, errors, transactions of several requests."""

from __future__ import annotations

import base64
import concurrent.futures
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import create_app
from kg.cli import main
from kg.errors import NotFoundError
from kg.serving.cypher import CONCURRENT, CypherDesk
from kg.serving.frames import CypherRequest, CypherStatement
from tests.api.running import BEARER, served_home
from tests.servers import Reply, Server, start_server
from tests.serving.pools import wait_until

EX = "http://example.org/"
READ_ACCESS = "Neo.ClientError.Statement.AccessMode"
SLOW = "UNWIND range(1, 10000) AS x UNWIND range(1, 10000) AS y WITH x, y WHERE x * y = -1 RETURN count(*) AS c"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("cypher") / "library"
    assert main(["init", "--home", str(folder), "--base", EX]) == 0
    settings = {"KG_SERVE_MAX_ROWS": "1000", "KG_SERVE_CYPHER_READERS": "2"}
    with start_server(folder, environment=settings) as running:
        assert running.update(f"INSERT DATA {{ <{EX}ada> <{EX}born> 1815 }}").status == 200
        yield running


def post(server: Server, path: str, document: object, **headers: Any) -> Reply:
    return server.request(
        "POST", f"/db/{path}", json.dumps(document), **{"content_type": "application/json", **headers}
    )


def ask(server: Server, statement: str, **members: Any) -> Reply:
    return post(server, "neo4j/query/v2", {"statement": statement, **members})


def code(reply: Reply) -> str:
    return str(json.loads(reply.body)["errors"][0]["code"])


def test_a_home_is_known_by_two_names_in_any_case(server: Server) -> None:
    for name in ("neo4j", "library", "Neo4j", "LIBRARY"):
        reply = post(server, f"{name}/query/v2", {"statement": "RETURN 1 AS x"})
        assert (reply.status, json.loads(reply.body)["data"]) == (202, {"fields": ["x"], "values": [[1]]})
    for path in ("other/query/v2", "other/tx/commit", "other/query/v2/tx", "other/tx"):
        reply = post(server, path, {"statements": []})
        assert (reply.status, code(reply)) == (404, "Neo.ClientError.Database.DatabaseNotFound")


def test_the_token_is_a_password_too(server: Server) -> None:
    for user in ("neo4j", "anybody"):
        basic = base64.b64encode(f"{user}:{server.token}".encode()).decode()
        reply = server.request(
            "POST", "/db/neo4j/query/v2", '{"statement": "RETURN 1"}', None,
            content_type="application/json", authorization=f"Basic {basic}",
        )  # fmt: skip
        assert reply.status == 202
    for path in ("query/v2", "tx/commit", "tx", "query/v2/tx", "tx/1", "query/v2/tx/1"):
        for token in (None, "wrong"):
            reply = server.request("POST", f"/db/neo4j/{path}", "{}", token, content_type="application/json")
            assert (reply.status, code(reply)) == (401, "Neo.ClientError.Security.Unauthorized")
            assert "www-authenticate" in {name.lower() for name in reply.headers}


def test_reading_is_the_default(server: Server) -> None:
    for path, document in (
        ("query/v2", {"statement": "CREATE (n:X)"}),
        ("query/v2", {"statement": "CREATE (n:X)", "accessMode": "Read"}),
        ("query/v2/tx", {"statement": "CREATE (n:X)"}),
        ("tx/commit", {"statements": [{"statement": "CREATE (n:X)"}]}),
        ("tx", {"statements": [{"statement": "CREATE (n:X)"}]}),
    ):
        reply = post(server, f"neo4j/{path}", document)
        assert code(reply) == READ_ACCESS, path
    assert server.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER (?s = <http://example.org/x>) }") == [{"n": "0"}]


def test_open_reads_need_the_token_to_write(tmp_path: Path) -> None:
    assert main(["init", "--home", str(tmp_path / "home")]) == 0
    with start_server(tmp_path / "home", "--open-reads", environment={"KG_SERVE_CYPHER_ACCESS": "Write"}) as server:
        for members, status in (({}, 401), ({"accessMode": "Write"}, 401), ({"accessMode": "Read"}, 202)):
            body = json.dumps({"statement": "RETURN 1", **members})
            reply = server.request("POST", "/db/neo4j/query/v2", body, None, content_type="application/json")
            assert reply.status == status, members


def test_a_statement_stops_at_its_time(server: Server) -> None:
    started = time.monotonic()
    reply = ask(server, SLOW, maxExecutionTime=1)
    assert (reply.status, code(reply)) == (400, "Neo.ClientError.Transaction.TransactionTimedOut")
    assert time.monotonic() - started < 30


def test_a_time_longer_than_any_is_the_servers_own(server: Server) -> None:
    for seconds in ("1e400", "1" + "0" * 400):
        body = f'{{"statement": "RETURN 1", "maxExecutionTime": {seconds}}}'
        reply = server.request("POST", "/db/neo4j/query/v2", body, content_type="application/json")
        assert reply.status == 202, reply.text


def test_too_many_rows_are_an_error(server: Server) -> None:
    reply = ask(server, "UNWIND range(1, 1001) AS x RETURN x")
    assert (reply.status, code(reply)) == (400, "Neo.ClientError.Transaction.Terminated")
    assert "1000 rows" in reply.text
    assert "data" not in json.loads(reply.body)
    assert len(json.loads(ask(server, "UNWIND range(1, 1000) AS x RETURN x").body)["data"]["values"]) == 1000
    both = {"statements": [{"statement": "UNWIND range(1, 1001) AS x RETURN x"}, {"statement": "RETURN 1"}]}
    reply = post(server, "neo4j/tx/commit", both)
    assert (reply.status, code(reply)) == (200, "Neo.ClientError.Transaction.Terminated")


@pytest.mark.parametrize(
    ("body", "media_type", "status", "expected"),
    [
        ("{nope", "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ("null", "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ("[1]", "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ('{"statement": "RETURN $x", "parameters": [1]}', "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ('{"statement": "RETURN $x AS x", "parameters": {"x": 1e999}}', "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ('{"statement": "RETURN $x AS x", "parameters": {"x": 12345678901234567890}}', "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ('{"statement": "RETURN $x AS x", "parameters": {"x": "\\ud800"}}', "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ("[" * 100_000, "application/json", 400, "Neo.ClientError.Request.Invalid"),
        ('{"statement": "RETURN 1"}', "text/plain", 415, "Neo.ClientError.Request.Invalid"),
        ('{"statement": "CALL dbms.listConfig()"}', "application/json", 400, "Neo.ClientError.Statement.UnsupportedOperationError"),
        ('{"statement": "LOAD CSV FROM \'file:///etc/passwd\' AS r RETURN r"}', "application/json", 400, "Neo.ClientError.Statement.UnsupportedOperationError"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_said(
    server: Server, body: str, media_type: str, status: int, expected: str
) -> None:
    reply = server.request("POST", "/db/neo4j/query/v2", body, content_type=media_type)
    assert (reply.status, code(reply)) == (status, expected), reply.text


def test_answers_are_had_in_two_media_types_only(server: Server) -> None:
    for accept, expected in (
        ("*/*", "application/json"),
        ("application/vnd.neo4j.query, application/json", "application/vnd.neo4j.query"),
        ("application/json, application/vnd.neo4j.query", "application/json"),
        ("application/vnd.neo4j.query.v1.0", "application/vnd.neo4j.query.v1.0"),
    ):
        reply = post(server, "neo4j/query/v2", {"statement": "RETURN 1"}, accept=accept)
        assert (reply.status, reply.headers["Content-Type"]) == (202, expected)
    assert post(server, "neo4j/query/v2", {"statement": "RETURN 1"}, accept="text/html").status == 406
    assert post(server, "neo4j/tx/commit", {"statements": []}, accept="text/html").status == 406


@pytest.mark.parametrize("accept", ["application/json;charset=UTF-8", "application/json; charset=utf-8; stream=true"])
def test_a_charset_beside_the_media_type_says_nothing(server: Server, accept: str) -> None:
    assert post(server, "neo4j/query/v2", {"statement": "RETURN 1"}, accept=accept).status == 202
    for path, status in (("tx/commit", 200), ("tx", 201)):
        reply = post(server, f"neo4j/{path}", {"statements": []}, accept=accept)
        assert (reply.status, json.loads(reply.body)["errors"]) == (status, [])
    assert server.request("DELETE", reply.headers["Location"].removeprefix(server.url)).status == 200


def test_a_body_may_begin_with_a_byte_order_mark(server: Server) -> None:
    body = "\ufeff" + json.dumps({"statement": "RETURN 1 AS x"})
    assert server.request("POST", "/db/neo4j/query/v2", body, content_type="application/json").status == 202


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "neo4j/query/v2", 405), ("DELETE", "neo4j/query/v2", 405), ("GET", "neo4j/tx/commit", 405),
        ("PUT", "neo4j/tx/1", 405), ("POST", "neo4j/query/v1", 404), ("POST", "neo4j/tx/abc", 404),
        ("POST", "neo4j/query/v2/tx/1/rollback", 404), ("GET", "neo4j", 404),
    ],
)  # fmt: skip
def test_no_such_path_or_method_is_told_in_neo4js_shape(server: Server, method: str, path: str, status: int) -> None:
    reply = server.request(method, f"/db/{path}", "{}" if method in ("PUT", "POST") else None)
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/json")
    assert code(reply) == "Neo.ClientError.Request.Invalid"
    assert ("Allow" in reply.headers) is (status == 405)


@pytest.mark.parametrize("member", [{"includeStats": "yes"}, {"resultDataContents": "row"}, {"parameters": [1]}])
def test_what_is_wrong_with_a_statement_of_tx_is_said(server: Server, member: dict[str, Any]) -> None:
    reply = post(server, "neo4j/tx/commit", {"statements": [{"statement": "RETURN 1", **member}]})
    assert (reply.status, code(reply)) == (200, "Neo.ClientError.Request.InvalidFormat")


def test_a_statement_sees_what_was_committed_before(server: Server) -> None:
    for number in range(3):
        assert server.update(f"INSERT DATA {{ <{EX}seen> <{EX}number> {number} }}").status == 200
        reply = ask(server, f"MATCH (n:Resource {{iri: '{EX}seen'}}) RETURN properties(n) AS p")
        found = json.loads(reply.body)["data"]["values"][0][0][f"{EX}number"]
        assert found == (number if number == 0 else list(range(number + 1)))


def test_a_long_answer_comes_whole(tmp_path: Path) -> None:
    assert main(["init", "--home", str(tmp_path / "home")]) == 0
    with start_server(tmp_path / "home") as server:
        reply = ask(server, "UNWIND range(1, 100000) AS x RETURN x, 'some text that makes it long' AS t")
        assert [row[0] for row in json.loads(reply.body)["data"]["values"]] == list(range(1, 100_001))


# --- transactions of several requests


def test_a_transaction_is_begun_used_and_ended(server: Server) -> None:
    begun = json.loads(post(server, "neo4j/query/v2/tx", {}).body)["transaction"]
    path = f"neo4j/query/v2/tx/{begun['id']}"
    assert json.loads(post(server, path, {"statement": "RETURN 1 AS x"}).body)["data"]["values"] == [[1]]
    kept = post(server, path, {})
    assert (kept.status, list(json.loads(kept.body))) == (202, ["transaction"])
    ended = post(server, f"{path}/commit", {"statement": "RETURN 2 AS x"})
    assert (ended.status, json.loads(ended.body)["data"]["values"]) == (202, [[2]])
    for where in (path, f"{path}/commit"):
        assert post(server, where, {"statement": "RETURN 1"}).status == 404


def test_the_older_interface_has_transactions_too(server: Server) -> None:
    reply = post(server, "neo4j/tx", {"statements": [{"statement": "RETURN 1 AS x"}]})
    assert reply.status == 201
    path = reply.headers["Location"].removeprefix(f"{server.url}/db/")
    assert json.loads(reply.body)["commit"] == f"{reply.headers['Location']}/commit"
    assert post(server, path, {"statements": []}).status == 200
    assert server.request("DELETE", f"/db/{path}").text == '{"results":[],"errors":[]}'
    gone = post(server, path, {"statements": []})
    assert (gone.status, code(gone)) == (404, "Neo.ClientError.Transaction.TransactionNotFound")
    assert server.request("DELETE", "/db/neo4j/tx/abc").status == 404


def test_a_transaction_is_used_by_one_request_at_a_time(tmp_path: Path) -> None:
    with served_home(tmp_path / "home") as service:
        assert service.cypher is not None
        client = create_app(service).test_client()
        for interface, path, body, status in (
            ("query", "query/v2/tx", {}, 400),
            ("transaction", "tx", {"statements": []}, 404),
        ):
            found = service.cypher.begin(interface, is_writing=False)
            for end in ("", "/commit"):
                with found.lock:  # as another request has it
                    reply = client.post(f"/db/neo4j/{path}/{found.id}{end}", json=body, headers=BEARER)
                assert (reply.status_code, reply.json["errors"][0]["code"]) == (status, CONCURRENT)
            service.cypher.roll_back(found)


def test_an_error_ends_a_transaction(server: Server) -> None:
    for statement, status in (("RETRUN", 400), (SLOW, 400)):
        begun = json.loads(post(server, "neo4j/query/v2/tx", {}).body)["transaction"]
        path = f"neo4j/query/v2/tx/{begun['id']}"
        assert post(server, path, {"statement": statement, "maxExecutionTime": 1}).status == status
        assert post(server, path, {"statement": "RETURN 1"}).status == 404


def test_a_body_that_cannot_be_read_ends_a_transaction_of_tx(server: Server) -> None:
    for body in ("{", '{"statements": [{}]}'):
        location = post(server, "neo4j/tx", {"statements": []}).headers["Location"].removeprefix(server.url)
        assert server.request("POST", location, body, content_type="text/plain").status == 415
        reply = server.request("POST", location, body, content_type="application/json")
        assert (reply.status, code(reply)) == (200, "Neo.ClientError.Request.InvalidFormat")
        assert server.request("POST", location, content_type="application/json").status == 404


def test_a_transaction_reads_one_state(server: Server) -> None:
    count = {"statement": f"MATCH (n:Resource {{iri: '{EX}late'}}) RETURN count(*) AS c"}
    first = json.loads(post(server, "neo4j/query/v2/tx", count).body)
    assert server.update(f"INSERT DATA {{ <{EX}late> <{EX}is> true }}").status == 200
    path = f"neo4j/query/v2/tx/{first['transaction']['id']}"
    assert json.loads(post(server, f"{path}/commit", count).body)["data"]["values"] == [[0]]
    assert json.loads(post(server, "neo4j/query/v2", count).body)["data"]["values"] == [[1]]


def test_only_some_transactions_go_on_at_once(server: Server) -> None:
    begun = json.loads(post(server, "neo4j/query/v2/tx", {}).body)["transaction"]
    refused = post(server, "neo4j/query/v2/tx", {})
    assert (refused.status, code(refused)) == (503, "Neo.TransientError.Transaction.MaximumTransactionLimitReached")
    assert "1 transactions go on" in refused.text
    assert ask(server, "RETURN 1").status == 202  # others still have a reader
    ended = server.request("DELETE", f"/db/neo4j/query/v2/tx/{begun['id']}")
    assert (ended.status, ended.body, "Content-Type" in ended.headers) == (200, b"", False)
    again = json.loads(post(server, "neo4j/query/v2/tx", {}).body)["transaction"]
    assert server.request("DELETE", f"/db/neo4j/query/v2/tx/{again['id']}").status == 200


def test_a_transaction_that_nobody_asks_for_ends(tmp_path: Path) -> None:
    with served_home(tmp_path / "home") as service:
        assert service.cypher is not None
        desk = CypherDesk(service.owner, service.cypher.pool, most_open=1, idle_seconds=0.5)
        begun = desk.begin("query", is_writing=False)
        request = CypherRequest((CypherStatement("RETURN 1 AS x"),), "plain", ends=False)
        assert json.loads(desk.go_on(begun, request))["data"]["values"] == [[1]]
        wait_until(lambda: not begun.reader.is_alive())  # also if nobody ever comes again
        with pytest.raises(NotFoundError):
            desk.find("query", begun.id)
        desk.roll_back(desk.begin("query", is_writing=False))


def test_a_transaction_that_ended_while_it_was_looked_for_is_not_found(tmp_path: Path) -> None:
    with served_home(tmp_path / "home") as service:
        assert service.cypher is not None
        desk = CypherDesk(service.owner, service.cypher.pool, most_open=1)
        found = desk.begin("query", is_writing=False)
        desk.go_on(found, CypherRequest((CypherStatement("RETURN 1 AS x"),), "plain", ends=True))
        assert found.reader.is_alive()  # and free for others: nothing of the ended transaction may reach it
        with pytest.raises(NotFoundError):
            desk.go_on(found, CypherRequest((CypherStatement("RETURN 2 AS x"),), "plain", ends=True))
        with pytest.raises(NotFoundError):
            desk.roll_back(found)
        assert found.reader.is_alive()


def test_many_ask_at_once(server: Server) -> None:
    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda x: ask(server, f"RETURN {x} AS x"), range(24)))
    assert [json.loads(each.body)["data"]["values"] for each in replies] == [[[x]] for x in range(24)]
