"""Saved queries in Cypher over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cli import main
from kg.query.library import shipped_queries
from tests.cli.test_cypher import BASE, DATA, QUOTE
from tests.servers import Server, start_server

MINE = "// title: Mine\n// param: n integer [2] A number\nRETURN $n * 2 AS n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("queries") / "home"


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    assert main(["init", "--home", str(home), "--base", BASE]) == 0
    assert main(["update", "--home", str(home), DATA]) == 0
    (home / "queries").mkdir()
    (home / "queries" / "mine.cypher").write_text(MINE, "utf-8")
    (home / "queries" / "lingual.cypher").write_text(
        "// title: T\n// param: language string A tag\nRETURN $language AS x", "utf-8"
    )
    (home / "queries" / "writes.cypher").write_text("// title: T\nCREATE (n:X) RETURN n", "utf-8")
    with start_server(home) as running:
        yield running


def found(server: Server, path: str, body: str | None = None, **headers: str) -> object:
    reply = server.request("GET" if body is None else "POST", path, body, **headers)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"].startswith("application/json")
    return json.loads(reply.body)["data"]


def test_the_language_is_chosen_where_there_are_two(server: Server) -> None:
    answer = found(server, "/queries/people-by-organisation?language=cypher", accept="application/json")
    assert answer == {"fields": ["organisation", "person"], "values": [["Babbage & Co.", "Ada Lovelace"]]}
    plain = json.loads(server.request("GET", "/queries/people-by-organisation", accept="application/json").body)
    assert "results" in plain
    assert server.request("GET", "/queries/classes?language=cypher").status == 404
    assert server.request("GET", "/queries/mine?language=sparql").status == 404


def test_parameters_come_from_the_address_or_a_form(server: Server) -> None:
    assert found(server, "/queries/mine") == {"fields": ["n"], "values": [[4]]}
    assert found(server, "/queries/mine?n=5&format=json") == {"fields": ["n"], "values": [[10]]}
    form = "application/x-www-form-urlencoded"
    facts = found(server, "/queries/facts-about?language=cypher", "entity=ada%20lovelace", content_type=form)
    assert QUOTE in json.dumps(facts)
    assert found(server, "/queries/lingual?language=xx") == {"fields": ["x"], "values": [["xx"]]}
    assert server.request("GET", "/queries/mine?n=x").status == 400
    assert server.request("GET", "/queries/mine?m=1").status == 400


def test_the_answer_is_json_or_none(server: Server) -> None:
    assert server.request("GET", "/queries/mine", accept="text/csv").status == 406
    assert server.request("GET", "/queries/mine?format=csv").status == 406
    assert found(server, "/queries/mine", accept="application/json;charset=UTF-8") == {"fields": ["n"], "values": [[4]]}


def test_the_text_is_there_and_the_list_says_the_languages(server: Server) -> None:
    assert server.request("GET", "/queries/mine.cypher").text == MINE
    twin = shipped_queries()["hubs"].written_in("cypher")
    assert server.request("GET", "/queries/hubs.cypher").text == twin.text
    for path in ("/queries/classes.cypher", "/queries/mine.rq"):
        assert server.request("GET", path).status == 404
    listed = {each["name"]: each["languages"] for each in json.loads(server.request("GET", "/queries").body)["queries"]}
    assert (listed["mine"], listed["hubs"], listed["classes"]) == (["cypher"], ["sparql", "cypher"], ["sparql"])


def test_a_saved_query_only_reads(server: Server) -> None:
    reply = server.request("GET", "/queries/writes")
    assert reply.status in (400, 403, 422) and "is refused" in reply.text


def test_kg_cypher_reads_and_writes_while_the_server_runs(
    server: Server, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cypher", "--home", str(home), "--json", "MATCH (n:Note) RETURN n.path AS path"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["values"] == [["ada.md"]]
    create = "CREATE (n:Resource:Person {iri: 'urn:new', name: 'New'})"
    assert main(["cypher", "--home", str(home), "--write", create]) == 0
    assert server.select("SELECT ?n { <urn:new> <https://w3id.org/noemata#name> ?n }") == [{"n": "New"}]
