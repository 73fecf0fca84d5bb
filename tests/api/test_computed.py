"""Computed predicates and procedures of a real server: in its readers, in updates, and up to date after each commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.search.vault import make_home
from tests.servers import Server, start_server

pytestmark = pytest.mark.model

PREFIX = "PREFIX kg: <https://w3id.org/noemata#> "
JSON = "application/json"
BREAD = 'kg:search [ kg:query "baking bread" ; kg:k 1 ; kg:score ?s ]'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: Path = make_home(tmp_path_factory.mktemp("computed"))
    with start_server(home) as running:
        yield running


def call(server: Server, statement: str, path: str = "/db/neo4j/query/v2", **more: Any) -> Any:
    reply = server.request("POST", path, json.dumps({"statement": statement, **more}), content_type=JSON, accept=JSON)
    return json.loads(reply.body)


def test_the_endpoint_answers_patterns(server: Server) -> None:
    assert [row["path"] for row in server.select(f"{PREFIX}SELECT ?path {{ ?n {BREAD} ; kg:path ?path }}")] == [
        "Tools/Sourdough.md"
    ]


def test_an_update_finds_its_notes_and_the_next_query_sees_it(server: Server) -> None:
    reply = server.update(f'{PREFIX}INSERT {{ ?n kg:comment "tasty" }} WHERE {{ ?n {BREAD} }}')
    assert reply.status in (200, 204), reply.text
    rows = server.select(f"{PREFIX}SELECT ?path ?c {{ ?n {BREAD} ; kg:path ?path ; kg:comment ?c }}")
    assert rows == [{"path": "Tools/Sourdough.md", "c": "tasty"}]


def test_the_query_api_answers_calls(server: Server) -> None:
    text = "CALL kg.search($text, 1) YIELD node, score RETURN node.path, score > 0"
    assert call(server, text, parameters={"text": "baking bread"})["data"]["values"] == [["Tools/Sourdough.md", True]]
    like = "CALL kg.similarTo('Tools/Oxigraph.md', 2) YIELD node RETURN count(node)"
    assert call(server, like)["data"]["values"] == [[2]]


def test_what_is_wrong_is_told_as_for_any_query(server: Server) -> None:
    text = f"{PREFIX}SELECT * {{ ?n kg:search ?text }}"
    reply = server.request("POST", "/query", text, content_type="application/sparql-query")
    assert reply.status == 400
    assert "of the value of ?text" in json.loads(reply.body)["detail"]
    reply = server.request(
        "POST", "/query", f"{PREFIX}ASK {{ ?x kg:predicted ?y }}", content_type="application/sparql-query"
    )
    assert "No trained model" in json.loads(reply.body)["detail"]
    assert call(server, "CALL kg.similarTo('https://nowhere.example/x')")["data"]["values"] == []
    reply = server.request(
        "POST", "/db/neo4j/query/v2", '{"statement": "CALL kg.similarTo(\'Nobody\')"}', content_type=JSON, accept=JSON
    )
    (error,) = json.loads(reply.body)["errors"]
    assert (reply.status, error["code"]) == (400, "Neo.ClientError.Statement.EntityNotFound")  # and no 404: no database
    errors = call(server, "CALL kg.search()")["errors"]
    assert "takes (query, k, {options})" in errors[0]["message"]
