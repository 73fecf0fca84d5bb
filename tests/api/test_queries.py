"""Saved queries over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from kg.cli import main
from kg.query.library import shipped_queries
from tests.servers import Server, start_server

PRIVATE = "private-word-5521"
MINE = """#+ summary: Mine
#+ defaults:
#+   - limit: 2
SELECT ?s { ?s <http://e/p> ?__value_integer } ORDER BY ?s LIMIT ?_limit_integer
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("queries") / "home"
    assert main(["init", "--home", str(home)]) == 0
    (home / "queries").mkdir()
    (home / "queries" / "mine.rq").write_text(MINE, "utf-8")
    (home / "queries" / "notes.rq").write_text("# title: Ours\nASK { ?s a kg:Person }", "utf-8")
    (home / "queries" / "broken.rq").write_text(f"# title: T\nSELECT * {{ ?s ?p '{PRIVATE} }}", "utf-8")
    (home / "queries" / "latin.rq").write_bytes(b"# title: K\xe4se " + PRIVATE.encode())
    (home / "queries" / "places.rq").write_text(f"# {PRIVATE}\nASK {{}}", "utf-8")
    with start_server(home) as running:
        data = "PREFIX kg: <https://w3id.org/noemata#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
        data += (
            "INSERT DATA { <http://e/a> <http://e/p> 1 . <http://e/b> <http://e/p> 2 . <http://e/c> <http://e/p> 3 . "
        )
        data += '<http://e/n> a kg:Note ; kg:mentions <http://e/x> . <http://e/x> a kg:Person ; rdfs:label "Ada" }'
        assert running.update(data).status == 200
        yield running


def subjects(server: Server, path: str, body: str | None = None, **headers: str) -> list[str]:
    reply = server.request("GET" if body is None else "POST", path, body, accept="text/csv", **headers)
    assert reply.status == 200, reply.text
    return reply.text.split()[1:]


def test_a_file_that_is_wrong_is_left_out_and_logged_once(server: Server) -> None:
    for token in ("", None):
        told = server.request("GET", "/openapi.json", token=token)
        assert told.status == 200
        assert PRIVATE not in told.text
        assert '"/queries/broken"' not in told.text
    assert "/queries/mine" in server.request("GET", "/openapi.json").text
    for name in ("broken", "latin", "places"):
        assert server.request("GET", f"/queries/{name}").status == 404
        assert server.request("GET", f"/queries/{name}.rq").status == 404
    log = server.messages.read_text()
    assert (
        log.count("broken.rq:2: ") == log.count("latin.rq:1: the query is not UTF-8") == log.count("places.rq: ") == 1
    )


def test_queries_are_listed_with_their_parameters(server: Server) -> None:
    listed = json.loads(server.request("GET", "/queries").body)["queries"]
    by_name = {query["name"]: query for query in listed}
    assert set(by_name) == {*shipped_queries(), "mine"} - {"places"}  # ours does not stand in for a broken one
    assert by_name["notes"]["title"] == "Ours"
    limit = {"name": "limit", "type": "integer", "default": "2", "required": False, "description": ""}
    assert limit in by_name["mine"]["parameters"]
    assert server.request("GET", by_name["mine"]["url"].removeprefix(server.url)).status == 200


def test_a_query_runs_with_defaults_and_parameters(server: Server) -> None:
    assert subjects(server, "/queries/mine") == ["http://e/a", "http://e/b"]
    assert subjects(server, "/queries/mine?limit=3&value=3") == ["http://e/c"]
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert subjects(server, "/queries/mine", "limit=1", **form) == ["http://e/a"]
    assert subjects(server, "/queries/mine?limit=1", "value=2", **form) == ["http://e/b"]


def test_the_homes_queries_go_before_ours_and_formats_are_negotiated(server: Server) -> None:
    reply = server.request("GET", "/queries/notes", accept="application/sparql-results+json")
    assert json.loads(reply.body)["boolean"] is True
    xml = server.request("GET", "/queries/mine?format=xml").headers["Content-Type"]
    assert xml == "application/sparql-results+xml"
    assert server.request("GET", "/queries/mine", accept="text/turtle").status == 406


def test_a_class_is_named_in_any_language(server: Server) -> None:
    reply = server.request("GET", "/queries/most-mentioned?class=%E4%BA%BA", accept="text/csv")
    assert "http://e/x,Ada,1" in reply.text


def test_the_text_of_a_query(server: Server) -> None:
    reply = server.request("GET", "/queries/mine.rq")
    assert (reply.text, reply.headers["Content-Type"]) == (MINE, "application/sparql-query; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/queries/mine?limt=1", 400, "no such parameter; it takes value, limit"),
        ("/queries/mine?limit=x", 400, "'x' is no integer"),
        ("/queries/mine?limit=1&limit=2", 400, "given twice"),
        ("/queries/facts-about", 400, "is missing"),
        ("/queries/most-mentioned?class=Unheard", 400, "not a class of the ontology"),
        ("/queries/mien", 404, "Did you mean 'mine'"),
        ("/queries/mien.rq", 404, "Did you mean 'mine'"),
        ("/queries/..%2f..%2ftoken", 404, ""),
    ],
)
def test_wrong_requests_are_told_what_is_wrong(server: Server, path: str, status: int, says: str) -> None:
    reply = server.request("GET", path)
    assert reply.status == status
    assert says in json.loads(reply.body)["detail"]


def test_a_value_stays_a_value(server: Server) -> None:
    injected = "/queries/facts-about?entity=%22)%20%7D%20%3B%20DROP%20ALL%20%23"
    assert subjects(server, injected) == []
    assert subjects(server, "/queries/mine?limit=3") != []


def test_without_the_token_nothing_is_told(server: Server) -> None:
    for path in ("/queries", "/queries/mine", "/queries/mine.rq", "/queries/notes"):
        assert server.request("GET", path, token=None).status == 401
    shown = json.loads(server.request("GET", "/openapi.json", token=None).body)["paths"]
    told = json.loads(server.request("GET", "/openapi.json").body)["paths"]
    assert "/queries/mine" in told and "/queries/mine" not in shown
    assert "/queries/notes" not in shown and "/queries/orphans" in shown
