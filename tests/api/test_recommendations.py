"""Recommendations and predictions of a real server, as the commands give them, and what is wrong with a question."""

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

BASE = "https://noemata.example/t/"
NOTES = {
    "Ada Lovelace.md": "---\ntype: person\n---\nAda works at [[Acme]]. She uses [[Airflow]].\n",
    "Grace Hopper.md": "---\ntype: person\n---\nGrace works at [[Acme]], and knows [[Ada Lovelace]].\n",
    "Acme.md": "---\ntype: company\n---\nAcme makes engines.\n",
    "Airflow.md": "---\ntype: tool\n---\nAirflow starts things at night.\n",
    "李雷.md": "---\ntype: person\n---\n李雷在[[Acme]]工作。\n",
    "Diary.md": "---\nprivate: true\n---\n[[Acme]] pays too little for [[Airflow]] at night.\n",
    "Half.md": "---\ntags: [status/draft]\n---\n[[Acme]] makes engines, and [[Airflow]] starts them.\n",
}
COUNT = 24


def facts() -> str:
    """People, the companies they work for and the tools they use, in which each company has its tools."""
    lines = ["@prefix kg: <https://w3id.org/noemata#> .", f"@prefix : <{BASE}entity/> ."]
    for n in range(COUNT):
        company = n % 4
        lines.append(f":p{n} a kg:Person ; kg:worksFor :c{company} ; kg:uses :t{company}, :t{(company + n % 2) % 4} .")
    lines += [f":c{n} a kg:Company . :t{n} a kg:Tool ." for n in range(4)]
    lines += [f":p{n} kg:knows :p{(n + 4) % COUNT}, :p{(n + 8) % COUNT} ." for n in range(COUNT)]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recommendations")
    vault, home = folder / "vault", folder / "home"
    vault.mkdir()
    for name, text in NOTES.items():
        (vault / name).write_text(text, "utf-8")
    (folder / "facts.ttl").write_text(facts(), "utf-8")
    for command in (["init", "--base", BASE], ["ingest", str(vault)], ["import", str(folder / "facts.ttl")]):
        assert main([*command, "--home", str(home)]) == 0
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with start_server(home) as running:
        yield running


def get(server: Server, path: str, **parameters: object) -> Reply:
    query = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in parameters.items())
    return server.request("GET", f"/api/{path}?{query}")


def read(server: Server, path: str, **parameters: object) -> Any:
    reply = get(server, path, **parameters)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Type"] == "application/json"
    return json.loads(reply.body)


# --- recommendations


@pytest.mark.parametrize("target", ["Ada Lovelace.md", "acme", f"{BASE}note/Airflow.md", "李雷"])
def test_recommendations_are_those_of_the_command(server: Server, home: Path, kg: RunKg, target: str) -> None:
    found = read(server, "recommendations", target=target, k=3)
    run = kg("recommend", target, "-k", 3, "--json", "--home", home)
    assert run.code == 0, run.messages
    assert found == run.json
    assert 0 < len(found["items"]) <= 3
    assert all(item["reasons"] for item in found["items"])
    assert read(server, "recommendations", target=target, k=3) == found  # by what the reader has kept


def test_what_a_user_saw_is_gone_from_the_next_answer(server: Server) -> None:
    before = read(server, "recommendations", target="Acme.md", user="zoë")
    seen = before["items"][0]["iri"]
    event = json.dumps({"user": "zoë", "action": "viewed", "item": seen})
    assert server.request("POST", "/api/events", event, content_type="application/json").status == 201
    after = read(server, "recommendations", target="Acme.md", user="zoë")
    assert seen in [item["iri"] for item in read(server, "recommendations", target="Acme.md")["items"]]
    assert seen not in [item["iri"] for item in after["items"]]
    assert seen not in [item["iri"] for item in read(server, "recommendations", user="zoë")["items"]]


@pytest.mark.parametrize(
    "asked", [{"target": "Acme.md"}, {"target": "Airflow.md"}, {"target": "Ada Lovelace"}, {"user": "nobody"}]
)
def test_drafts_and_private_notes_are_neither_recommended_nor_quoted(server: Server, asked: dict[str, str]) -> None:
    reply = get(server, "recommendations", k=1000, diversity=1, **asked)
    ids = {item["doc_id"] for item in json.loads(reply.body)["items"]}
    assert ids and ids.isdisjoint({"Diary.md", "Half.md", asked.get("target")})
    assert "too little" not in reply.text and "Diary" not in reply.text


def test_a_private_note_may_be_asked_about(server: Server) -> None:
    assert "too little" in get(server, "recommendations", target="Diary.md").text


def test_an_answer_that_the_client_has_is_not_sent_again(server: Server) -> None:
    path = "/api/recommendations?target=Acme.md"
    headers = server.request("GET", path).headers
    tag = next(value for name, value in headers.items() if name.lower() == "etag")
    assert server.request("GET", path, if_none_match=tag).status == 304
    assert server.request("GET", f"{path}&k=1", if_none_match=tag).status == 200


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("", 400, "Say what to recommend for"),
        ("target=", 400, "target is empty"),
        ("target=a&target=b", 400, "target was given twice"),
        ("target=Acme.md&k=1001", 400, "k must be a whole number from 0 to 1000"),
        ("target=Acme.md&diversity=nan", 400, "diversity must be a number from 0 to 1"),
        ("target=Acme.md&diversity=1.1", 400, "diversity must be a number from 0 to 1"),
        ("target=Acme.md&limit=1", 400, "No parameter is called 'limit' here. Known: target, user, k, diversity"),
        ("target=Acmee", 404, "Did you mean 'acme'?"),
    ],
)
def test_what_is_wrong_with_the_parameters(server: Server, query: str, status: int, detail: str) -> None:
    reply = server.request("GET", f"/api/recommendations?{query}")
    assert (reply.status, reply.headers["Content-Type"]) == (status, "application/problem+json")
    assert detail in json.loads(reply.body)["detail"]


@pytest.mark.parametrize("path", ["recommendations?target=Acme.md", "predictions"])
def test_both_need_the_token(server: Server, path: str) -> None:
    assert server.request("GET", f"/api/{path}", token=None).status == 401


# --- predictions


def test_a_home_without_a_model_says_so(server: Server) -> None:
    reply = get(server, "predictions", model="../store")
    assert reply.status == 404
    assert "No trained model '../store'" in json.loads(reply.body)["detail"]
    assert get(server, "predictions").status == 404


@pytest.mark.model
def test_predictions_are_those_of_the_command(server: Server, home: Path, kg: RunKg) -> None:
    pytest.importorskip("torch")
    assert kg("embed", "train", "--dim", 32, "--epochs", 30, "--seed", 1, "--home", home).code == 0
    found = read(server, "predictions", k=5, least=0)
    run = kg("embed", "predict", "-k", 5, "--least", 0, "--json", "--home", home)
    assert run.code == 0, run.messages
    assert found["predictions"] == run.json["predictions"]
    assert found["staleness"] == run.json["staleness"]
    assert found["model"] == "default"
    assert 0 < len(found["predictions"]) <= 5
    for each in found["predictions"]:
        assert 0 <= each["probability"] <= 1
        assert not server.request(
            "POST", "/query", f"ASK {{ <{each['subject']}> <{each['predicate']}> <{each['object']}> }}",
            content_type="application/sparql-query", accept="application/sparql-results+json",
        ).text.endswith("true}")  # fmt: skip
    about = read(server, "predictions", about=f"{BASE}entity/p0", relation="uses", least=0)["predictions"]
    assert {each["subject"] for each in about} == {f"{BASE}entity/p0"}
    assert {each["predicate"] for each in about} == {"https://w3id.org/noemata#uses"}
    explained = read(server, "predictions", k=1, least=0, reasons="true")["predictions"]
    assert explained[0]["reason"]
    assert get(server, "predictions", relation="paints").status == 404
    assert get(server, "predictions", least="2").status == 400
    assert get(server, "predictions", reasons="maybe").status == 400
    assert get(server, "predictions", about="Nobodyy").status == 404
