"""`/search`, `/api/search` and `/api/feedback` of a real server: as the command answers, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kg.cli import main
from tests.conftest import RunKg
from tests.servers import Reply, Server, start_server

pytestmark = pytest.mark.model

BASE = "https://noemata.example/t/"
NOTES = {
    "Ada Lovelace.md": "---\ntype: person\ntags: [core]\n---\nAda works at [[Acme]]. She uses [[Airflow]].\n",
    "Acme.md": "---\ntype: company\n---\nAcme makes engines.\n",
    "Airflow.md": "---\ntype: tool\n---\nAirflow starts things at night.\n",
    "李雷.md": "---\ntype: person\n---\n李雷在[[Acme]]工作，喜欢下雨天。\n",
    "Diary.md": "---\nprivate: true\n---\nEngines at night: too little pay.\n",
}
JSON = "application/json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    vault, home = folder / "vault", folder / "home"
    vault.mkdir()
    for name, text in NOTES.items():
        (vault / name).write_text(text, "utf-8")
    for command in (["init", "--base", BASE], ["ingest", str(vault)]):
        assert main([*command, "--home", str(home)]) == 0
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with start_server(home) as running:
        yield running


def get(server: Server, path: str = "/search", **parameters: object) -> Reply:
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
    return server.request("GET", f"{path}?{query}")


def read(server: Server, **parameters: object) -> Any:
    reply = get(server, **parameters)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == JSON
    return json.loads(reply.body)


def post(server: Server, document: object, path: str = "/api/search") -> Reply:
    return server.request("POST", path, json.dumps(document), content_type=JSON)


@pytest.mark.parametrize("query", ["engines at night", "李雷喜欢什么", "who works at Acme"])
def test_all_ways_to_ask_have_the_same_answer(server: Server, home: Path, kg: RunKg, query: str) -> None:
    found = read(server, query=query, k=3)
    assert found["hits"]
    run = kg("search", query, "-k", 3, "--json", "--home", home)
    assert run.code == 0, run.messages
    assert found == run.json
    assert json.loads(post(server, {"query": query, "k": 3}).body) == found
    assert read(server, query=query, k=3) == found


def test_knobs_and_filters_are_the_same_words(server: Server) -> None:
    asked = {
        "query": "Acme", "weight_text": 1, "weight_vectors": 0, "weight_graph": 0.5, "diversity": 1, "hops": 1,
        "type": "person", "tag": "core", "near": "Airflow", "where": "?note kg:linksTo ?o", "folder": "/",
        "language": "en",
    }  # fmt: skip
    found = read(server, **asked)
    assert [hit["doc_id"] for hit in found["hits"]] == ["Ada Lovelace.md"]
    assert found["knobs"] == {
        "weight_text": 1, "weight_vectors": 0, "weight_graph": 0.5, "diversity": 1, "hops": 1
    }  # fmt: skip
    assert json.loads(post(server, asked).body) == found


def test_a_private_note_comes_only_when_asked_for(server: Server) -> None:
    assert "too little" not in get(server, query="engines at night", k=100).text
    assert "too little" in get(server, query="engines at night", hidden="true").text
    assert read(server, query="engines at night")["held_back"] == 1


def test_passages_and_why(server: Server) -> None:
    found = read(server, query="Airflow", passages="true", k=50)
    assert {hit["doc_id"] for hit in found["hits"]} >= {"Airflow.md", "Ada Lovelace.md"}
    assert all(hit["why"] and hit["text"] for hit in found["hits"])


def test_an_answer_that_the_client_has_is_not_sent_again(server: Server) -> None:
    headers = get(server, query="Acme").headers
    tag = next(value for name, value in headers.items() if name.lower() == "etag")
    assert server.request("GET", "/search?query=Acme", if_none_match=tag).status == 304


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("", 400, "Say what to search for"),
        ("query=", 400, "query is empty"),
        ("query=a&query=b", 400, "query was given twice"),
        ("query=a&k=1001", 400, "k must be a whole number from 0 to 1000"),
        ("query=a&hops=0", 400, "hops must be"),
        ("query=a&weight_text=nan", 400, "weight_text must be"),
        ("query=a&diversity=1.1", 400, "diversity must be"),
        ("query=a&q=b", 400, "No parameter is called 'q' here"),
        ("query=a&type=persn", 404, "Did you mean 'person'"),
        ("query=a&near=Airflwo", 404, "Did you mean 'airflow'"),
        ("query=a&where=%3Fnote%20x", 400, "where"),
        ("query=a&since=now", 400, "since must be"),
    ],
)
def test_what_is_wrong_with_the_parameters(server: Server, query: str, status: int, detail: str) -> None:
    reply = server.request("GET", f"/search?{query}")
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
    assert detail in json.loads(reply.body)["detail"]


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        ([], "A search is a JSON object"),
        ({}, "Say what to search for"),
        ({"query": 1}, "query must be a text"),
        ({"query": "a", "k": 1.5}, "k must be a whole number"),
        ({"query": "a", "k": True}, "k must be a number"),
        ({"query": "a", "passages": "yes"}, "passages must be true or false"),
        ({"query": "a", "hops": 0}, "hops must be"),
        ({"query": "a", "text": "b"}, "no member 'text'"),
        ({"query": "a" * 10_001}, "10,001 characters"),
    ],
)
def test_what_is_wrong_with_an_object(server: Server, document: object, detail: str) -> None:
    reply = post(server, document)
    assert reply.status == 400
    assert detail in json.loads(reply.body)["detail"]


def test_both_need_the_token(server: Server) -> None:
    assert server.request("GET", "/search?query=a", token=None).status == 401
    assert server.request("POST", "/api/search", "{}", content_type=JSON, token=None).status == 401
    assert server.request("POST", "/api/feedback", "{}", content_type=JSON, token=None).status == 401


# --- what changes


def test_a_saved_note_is_found_by_the_next_search(server: Server, home: Path, kg: RunKg) -> None:
    assert "Zeppelin.md" not in get(server, query="zeppelins over lakes").text
    vault = home.parent / "vault"
    (vault / "Zeppelin.md").write_text("Zeppelins float over lakes and [[Acme]] builds them.\n", "utf-8")
    assert kg("ingest", vault, "--home", home).code == 0
    found = read(server, query="zeppelins over lakes")
    assert (found["hits"][0]["doc_id"], found.get("incomplete")) == ("Zeppelin.md", None)
    assert kg("forget", vault / "Zeppelin.md", "--home", home).code == 0
    (vault / "Zeppelin.md").unlink()
    assert "Zeppelin.md" not in get(server, query="zeppelins over lakes").text


def test_feedback_counts_from_the_next_search_on(server: Server) -> None:
    query = "things that happen at night"
    last = read(server, query=query, diversity=1)["hits"][-1]
    sent = {"verdict": "useful", "item": last["note"], "query": query, "user": "zoë"}
    reply = post(server, sent, "/api/feedback")
    assert reply.status == 201, reply.text
    told = json.loads(reply.body)
    assert (told["item"], told["verdict"]) == (last["note"], "useful")
    listed = json.loads(get(server, "/api/feedback", user="Zoë").body)
    assert (listed["feedback"], listed["total"]) == ([told], 1)
    after = read(server, query=query, diversity=1)["hits"]
    (hit,) = [hit for hit in after if hit["note"] == last["note"]]
    assert hit["score"] > last["score"]
    assert server.request("DELETE", f"/api/events?id={quote(told['id'], safe='')}").status == 200
    assert read(server, query=query, diversity=1)["hits"][-1] == last


@pytest.mark.parametrize(
    ("document", "status", "detail"),
    [
        ({"verdict": "great", "item": "Acme", "query": "a"}, 400, "verdict must be one of useful, wrong"),
        ({"verdict": "useful", "query": "a"}, 400, "'item' is missing"),
        ({"verdict": "useful", "item": "Acme"}, 400, "'query' is missing"),
        ({"verdict": "useful", "item": "Acmee", "query": "a"}, 404, "Did you mean"),
        ({"verdict": "useful", "item": "Acme", "query": "a", "time": "now"}, 400, "ISO 8601"),
    ],
)
def test_what_is_no_feedback_is_refused(server: Server, document: object, status: int, detail: str) -> None:
    reply = post(server, document, "/api/feedback")
    assert reply.status == status
    assert detail in json.loads(reply.body)["detail"]
