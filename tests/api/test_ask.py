"""`POST /api/ask` of a real server: as the command answers, in both languages, and what is wrong with a body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kg.cli import main
from tests.answers.facts import BASE, fact
from tests.answers.graph import FACTS
from tests.servers import Reply, Server, start_server

JSON = "application/json"
PRIVATE = fact(":eve", "kg:bornOn", '"1990"', "Eve Stone was born in 1990.", "diary.md") + fact(
    "note:diary", "term:private", '"true"', "private: true", "diary.md", "stated"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("asked")
    home, file = folder / "home", folder / "facts.trig"
    file.write_text(FACTS + PRIVATE, "utf-8")
    assert main(["init", "--base", BASE, "--home", str(home)]) == 0
    assert main(["import", str(file), "--home", str(home)]) == 0
    with start_server(home) as running:
        yield running


def post(server: Server, document: object, media_type: str = JSON) -> Reply:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return server.request("POST", "/api/ask", body, content_type=media_type)


def ask(server: Server, question: str) -> Any:
    reply = post(server, {"question": question})
    assert reply.status == 200, reply.text
    return json.loads(reply.body)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("Who works for Acme?", ["Ada Lovelace", "Bob Stone"]),
        ("谁创立了艾克米公司？", ["Ada Lovelace"]),
        ("Does Lamp use Pond?", ["yes"]),
        ("How many companies are in Norway?", ["1"]),
        ("Who lives in Zenith?", []),
    ],
)
def test_a_question_is_answered(server: Server, question: str, values: list[str]) -> None:
    document = ask(server, question)
    assert document.keys() >= {"question", "answers", "query", "abstained", "passages"}
    assert [answer["value"] for answer in document["answers"]] == values
    assert document["abstained"] == (not values)
    assert all(answer["evidence"] for answer in document["answers"])


def test_what_is_held_back_is_asked_for(server: Server) -> None:
    document = ask(server, "When was Eve Stone born?")
    assert (document["answers"], document["held_back"], document["query"]) == ([], 1, None)
    reply = post(server, {"question": "When was Eve Stone born?", "hidden": True})
    assert [answer["value"] for answer in json.loads(reply.body)["answers"]] == ["1990"]


def test_its_query_is_plain_sparql(server: Server) -> None:
    query = ask(server, "Who works for Acme?")["query"]
    results = "application/sparql-results+json"
    reply = server.request("POST", "/sparql", query, content_type="application/sparql-query", accept=results)
    rows = json.loads(reply.body)["results"]["bindings"]
    assert [row["name"]["value"] for row in rows] == ["Ada Lovelace", "Bob Stone"]


def test_what_changed_is_known_at_once(server: Server) -> None:
    assert ask(server, "Where does Ada live?")["abstained"]
    update = (
        "PREFIX kg: <https://w3id.org/noemata#> "
        f"INSERT DATA {{ <{BASE}entity/Entity/ada> kg:livesIn <{BASE}entity/Entity/oslo> }}"
    )
    reply = server.request("POST", "/update", update, content_type="application/sparql-update")
    assert reply.status in (200, 204), reply.text
    assert [answer["value"] for answer in ask(server, "Where does Ada live?")["answers"]] == ["Oslo"]


@pytest.mark.parametrize(
    ("document", "status"),
    [({}, 400), ({"question": ""}, 400), ({"question": 3}, 400), ({"question": "x" * 501}, 400), ([], 400),
     ({"question": "Who?", "k": 1}, 400), ({"question": "Who?", "hidden": "yes"}, 400), (b"{", 400)],
)  # fmt: skip
def test_a_wrong_body_is_named(server: Server, document: object, status: int) -> None:
    reply = post(server, document)
    assert reply.status == status
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert any(word in reply.text for word in ("uestion", "hidden", "JSON"))


def test_without_the_token_nothing_is_answered(server: Server) -> None:
    reply = server.request("POST", "/api/ask", '{"question": "Who?"}', token=None, content_type=JSON)
    assert reply.status == 401
