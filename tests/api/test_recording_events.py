"""Events over HTTP: recorded, listed, taken back, on a real server with real readers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from api import create_app
from kg.graph import commit
from kg.model import Change
from kg.rdf import DCT, KG, RDF, Literal, NamedNode, Quad
from tests.api.running import BEARER, fetch, running, served_home

BASE = "http://example.org/home/"
A, B = (NamedNode(f"{BASE}note/{name}") for name in ("a.md", "b.md"))
MONDAY, TUESDAY = "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"
JSON_BODY = {**BEARER, "Content-Type": "application/json"}
Address = tuple[str, int]


def note(iri: NamedNode, path: str, title: str) -> list[Quad]:
    said = ((RDF["type"], KG["Note"]), (KG["path"], Literal(path)), (DCT["title"], Literal(title)))
    return [Quad(iri, predicate, term, iri) for predicate, term in said]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    settings: dict[str, Any] = {"serve.readers": 1, "review.author": "the house"}
    with served_home(tmp_path_factory.mktemp("events") / "home", **settings) as service:
        with service.owner.writing() as graph:
            commit(graph, Change((*note(A, "a.md", "Alpha"), *note(B, "b.md", "贝塔"))))
        with running(create_app(service)) as found:
            yield found


@pytest.fixture(autouse=True)
def _forgotten(address: Address) -> Iterator[None]:
    yield
    for user in {event["user"] for event in listed(address)["events"]}:
        assert ask(address, "DELETE", f"/api/events?user={quote(user)}")[0] == 200


def ask(address: Address, method: str, path: str, sent: object = None, headers: Any = None) -> tuple[int, Any]:
    body = None if sent is None else json.dumps(sent).encode()
    response, content = fetch(address, method, path, headers or (JSON_BODY if body else BEARER), body)
    return response.status, json.loads(content)


def listed(address: Address, query: str = "") -> Any:
    status, told = ask(address, "GET", f"/api/events{query}")
    assert status == 200, told
    return told


def test_one_event_and_a_list(address: Address) -> None:
    status, one = ask(
        address, "POST", "/api/events", {"user": "Ann", "action": "viewed", "item": "a.md", "time": MONDAY}
    )
    assert status == 201
    assert one == {
        "id": one["id"], "user": "Ann", "action": "viewed", "item": A.value, "title": "Alpha", "time": MONDAY,
    }  # fmt: skip
    rated = {"user": "Ann", "action": "rated", "item": "贝塔", "rating": 4.5, "time": TUESDAY}
    status, many = ask(address, "POST", "/api/events", [rated, {"action": "saved", "item": A.value}])
    assert status == 201 and [each["user"] for each in many["events"]] == ["Ann", "the house"]
    told = listed(address)
    assert told["total"] == 3 and (told["limit"], told["offset"]) == (100, 0)
    assert told["events"] == [many["events"][1], many["events"][0], one]
    assert listed(address, "?user=ann&limit=1&offset=1")["events"] == [one]
    assert listed(address, "?item=a.md")["total"] == 2


def test_it_is_there_for_sparql(address: Address) -> None:
    ask(address, "POST", "/api/events", {"user": "Ann", "action": "viewed", "item": "a.md"})
    query = quote(f"ASK {{ GRAPH <{BASE}graph/user/ann> {{ ?ann <{KG['viewed'].value}> <{A.value}> }} }}")
    _, content = fetch(
        address, "GET", f"/sparql?query={query}", {**BEARER, "Accept": "application/sparql-results+json"}
    )
    assert json.loads(content)["boolean"] is True


def test_taking_back(address: Address) -> None:
    event = {"user": "Ann", "action": "viewed", "item": "a.md"}
    _, many = ask(address, "POST", "/api/events", [{**event, "time": MONDAY}, {**event, "time": TUESDAY}])
    ids = [quote(each["id"], safe="") for each in many["events"]]
    assert ask(address, "DELETE", f"/api/events?id={ids[0]}") == (200, {"removed": 1})
    assert [each["time"] for each in listed(address)["events"]] == [TUESDAY]
    assert ask(address, "DELETE", f"/api/events?id={ids[0]}")[0] == 404
    assert ask(address, "DELETE", "/api/events?user=Ann") == (200, {"removed": 1})
    status, told = ask(address, "DELETE", "/api/events")
    assert status == 400 and "Say which events by id, or whose by user" in told["detail"]


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        ({"action": "ate", "item": "a.md"}, 400, "action must be one of viewed, rated, saved, not 'ate'"),
        ({"action": "viewed"}, 400, "An event needs the member 'item'"),
        ({"action": "viewed", "item": "c.md"}, 404, "No note or entity 'c.md'"),
        ({"action": "viewed", "item": "a.md", "user": " "}, 400, "user must be a text with something in it"),
        ({"action": "viewed", "item": "a.md", "stars": 3}, 400, "An event has no member 'stars'. Known: user, action"),
        ({"action": "viewed", "item": "a.md", "time": "today"}, 400, "is no time in ISO 8601 with a zone"),
        ({"action": "rated", "item": "a.md"}, 400, "A rating is a number from 1 to 5, not None"),
        ({"action": "rated", "item": "a.md", "rating": "4"}, 400, "rating must be a number from 1 to 5, not '4'"),
        ({"action": "rated", "item": "a.md", "rating": True}, 400, "rating must be a number from 1 to 5, not True"),
        ([{"action": "viewed", "item": "a.md"}, {"action": "x", "item": "a.md"}], 400, "2: action must be one of"),
        ([], 400, "The list holds 0 events"),
        ("a.md", 400, "An event is an object"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_recorded(
    address: Address, sent: object, status: int, detail: str
) -> None:
    found, told = ask(address, "POST", "/api/events", sent)
    assert found == status and detail in told["detail"]
    assert listed(address)["total"] == 0


def test_writing_needs_the_token(address: Address) -> None:
    for method in ("POST", "DELETE"):
        assert ask(address, method, "/api/events", {}, {"Content-Type": "application/json"})[0] == 401


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("?whose=ann", "No parameter is called 'whose'"),
        ("?user=", "user is empty"),
        ("?limit=x", "limit must be a whole"),
    ],
)
def test_a_wrong_question(address: Address, query: str, detail: str) -> None:
    status, told = ask(address, "GET", f"/api/events{query}")
    assert status == 400 and detail in told["detail"]
