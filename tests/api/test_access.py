"""Every route, walked: without the token nothing changes and nothing of the graph is read."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from api import create_app
from api.access import Access, access, declared_access
from api.service import Service
from kg.errors import StoreCorruptError
from kg.home import Home, create_home
from tests.api.running import BEARER, TOKEN, Answered, served_home, stand_in

MARKER = "private-marker-7391"
GRAPH = "http://example.org/private"
INSERT = f'INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:s> <urn:p> "{MARKER}", <urn:{MARKER}> }} }}'
CHANGE = f"INSERT DATA {{ GRAPH <{GRAPH}> {{ <urn:s> <urn:p> 42 }} }}"
SELECT = "SELECT * { ?s ?p ?o }"
ASKING = f"query={quote(SELECT)}&graph={quote(GRAPH)}"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ONTOLOGY = f"""
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<urn:own> a owl:Ontology ; owl:imports <https://w3id.org/noemata> .
<urn:own#Thing> a owl:Class ; rdfs:label "{MARKER}"@en .
"""
FORM = "application/x-www-form-urlencoded"
BODIES = (
    ("", None),
    (FORM, ASKING),
    (FORM, f"update={quote(CHANGE)}"),
    ("application/sparql-query", SELECT),
    ("application/sparql-update", CHANGE),
    ("text/turtle", "<urn:s> <urn:p> 42 ."),
    ("application/json", json.dumps({"query": SELECT, "update": CHANGE})),
)
PATHS = {"number": "1", "name": "orphans", "version": "1", "path": "x"}
BASIC = {"Authorization": f"Basic {b64encode(f'anybody:{TOKEN}'.encode()).decode()}"}
STRANGERS = {
    "no token": {},
    "a wrong token": {"Authorization": "Bearer wrong"},
    "the beginning of the token": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "no token at all": {"Authorization": "Bearer "},
    "a token that is not ASCII": {"Authorization": "Bearer ä"},
    "another scheme": {"Authorization": f"Digest {TOKEN}"},
    "a wrong password": {"Authorization": f"Basic {b64encode(b'user:wrong').decode()}"},
    "the token as the user": {"Authorization": f"Basic {b64encode(f'{TOKEN}:'.encode()).decode()}"},
    "a page of another site": {**BASIC, "Origin": "https://evil.example"},
    "a frame without an origin": {**BASIC, "Origin": "null"},
    "a link on another site": {**BASIC, "Sec-Fetch-Site": "cross-site"},
}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served_home(tmp_path_factory.mktemp("closed") / "home", ONTOLOGY) as service:
        yield filled(service)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served_home(tmp_path_factory.mktemp("opened") / "home", ONTOLOGY, **{"serve.open_reads": True}) as service:
        yield filled(service)


def filled(service: Service) -> Service:
    call = create_app(service).test_client().post
    assert call("/update", data={"update": INSERT}, headers=BEARER).status_code == 200
    return service


def content(service: Service) -> bytes:
    """Everything the store holds."""
    text = "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g ?s ?p ?o"
    return bytes(create_app(service).test_client().get("/query", query_string={"query": text}, headers=BEARER).data)


def routes(app: Flask) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """Every path with every method it takes, but OPTIONS, and its view."""
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", lambda found: PATHS.get(found[1], "x"), rule.rule)
        for method in METHODS:
            if method in (rule.methods or ()):
                yield path, method, app.view_functions[rule.endpoint]


def calls(app: Flask, path: str, method: str, headers: dict[str, str]) -> Iterator[TestResponse]:
    for query in ("", ASKING, "default", f"update={quote(CHANGE)}", f"graph={quote(GRAPH)}"):
        bodies = BODIES if method in ("POST", "PUT", "PATCH") else BODIES[:1]
        for content_type, body in bodies:
            client = app.test_client()
            yield client.open(
                f"{path}?{query}", method=method, data=body, content_type=content_type or None, headers=headers
            )


def test_every_route_declares_who_may_call_it() -> None:
    app = create_app(stand_in())
    silent = [f"{method} {path}" for path, method, view in routes(app) if declared_access(view, method) is None]
    assert silent == []


def test_what_is_public() -> None:
    """Whoever makes a route public adds it here, and says in the review why it holds nothing of the graph."""
    app = create_app(stand_in())
    public = {path for path, method, view in routes(app) if declared_access(view, method) is Access.PUBLIC}
    # The shipped ontology's files; a home's own ontology asks for the token by itself, as the walk below shows.
    ontology = {f"/ontology{ending}" for ending in ("", ".html", ".owl", ".ttl", "/orphans")}
    ontology |= {"/shapes.ttl", "/catalog-v001.xml"}
    pages = {"/", "/api", "/assets/1/orphans", "/docs", "/openapi.json", "/query", "/sparql"}
    assert public == ontology | pages | {"/healthz", "/readyz", "/version"}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_without_the_token_nothing_is_read_or_changed(closed: Service, stranger: str) -> None:
    app = create_app(closed)
    before = content(closed)
    assert MARKER.encode() in before
    for path, method, view in routes(app):
        declared = declared_access(view, method)
        for response in calls(app, path, method, STRANGERS[stranger]):
            place = f"{method} {response.request.url}"
            assert MARKER.encode() not in response.data, place
            assert response.status_code < 500, place
            if declared is not Access.PUBLIC:
                assert response.status_code == 401, place
                assert response.headers["WWW-Authenticate"].startswith('Bearer realm="noemata"'), place
    assert content(closed) == before


def test_with_open_reads_nothing_is_changed(opened: Service) -> None:
    app = create_app(opened)
    before = content(opened)
    for path, method, view in routes(app):
        declared = declared_access(view, method)
        for response in calls(app, path, method, {}):
            place = f"{method} {response.request.url}"
            assert (response.status_code == 401) or declared is not Access.WRITES, place
            assert response.status_code < 500, place
    assert content(opened) == before
    client = app.test_client()
    assert MARKER in client.get("/sparql", query_string={"query": SELECT}).text
    assert client.post("/sparql", data={"update": CHANGE}).status_code == 401


def test_a_wrong_token_is_called_wrong() -> None:
    """RFC 6750, 3.1: who sends none is only told the scheme."""
    client = create_app(stand_in()).test_client()
    told = [client.post("/update", headers=STRANGERS[each]).headers["WWW-Authenticate"] for each in list(STRANGERS)[:2]]
    assert told == ['Bearer realm="noemata"', 'Bearer realm="noemata", error="invalid_token"']


@pytest.mark.parametrize("more", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}])
def test_the_token_is_a_password_too_but_not_for_pages_of_other_sites(closed: Service, more: dict[str, str]) -> None:
    """A browser would send a password that it knows by itself; for other sites STRANGERS has the refusals."""
    client = create_app(closed).test_client()
    assert MARKER in client.get("/query", query_string={"query": SELECT}, headers={**BASIC, **more}).text
    assert MARKER in client.get("/ontology", headers={**BASIC, **more}).text


@pytest.mark.parametrize("token", ["abc=", "a.b-c_d~e+f/g==", "x" * 500])
def test_every_token_of_the_standard_works(token: str) -> None:
    """RFC 6750, 2.1; the scheme in any case (RFC 9110, 11.1)."""
    service = replace(stand_in(lambda question, has_left=None: Answered([b"{}"])), token=token)
    client = create_app(service).test_client()
    password = b64encode(f"anybody:{token}".encode()).decode()

    def status(header: str) -> int:
        return client.get("/query", query_string={"query": "ASK {}"}, headers={"Authorization": header}).status_code

    for given in (f"Bearer {token}", f"bearer  {token}", f"Basic {password}"):
        assert status(given) == 200, given
    for given in (f"Bearer {token}=", f"Bearer {token}, realm=x", f"Bearer{token}", token, f"Bearer {token[:-1]}"):
        assert status(given) == 401, given


def test_an_error_that_names_the_home_is_for_who_has_the_token(tmp_path: Path) -> None:
    home = Home(tmp_path / MARKER)
    create_home(home)
    (home.folder / "ontology.ttl").touch()
    (home.folder / "ontology.owl").touch()

    def lease(wait: float | None = None) -> None:
        raise StoreCorruptError(f"{home.folder}: {MARKER}")

    owner: Any = SimpleNamespace(lease=lease)
    client = create_app(replace(stand_in(), home=home, owner=owner)).test_client()
    for path in ("/ontology", "/ontology.html", "/ontology.owl", "/ontology.ttl", "/catalog-v001.xml"):
        refused = client.get(path, headers={"Accept": "*/*"})
        assert (refused.status_code, MARKER in refused.text) == (401, False), path
        told = client.get(path, headers=BEARER)
        assert (told.status_code, MARKER in told.text) == (500, True), path
    ready = client.get("/readyz")
    assert (ready.status_code, ready.mimetype, MARKER in ready.text) == (503, "application/problem+json", False)


@pytest.mark.parametrize("path", ["/sparql", "/query"])
def test_a_query_needs_the_token_where_the_page_does_not(closed: Service, path: str) -> None:
    client = create_app(closed).test_client()
    assert client.get(path).status_code == 200
    assert client.get(path, query_string={"query": SELECT}).status_code == 401
    assert client.head(path, query_string={"query": SELECT}).status_code == 401
    assert client.get(path, query_string={"query": SELECT, "token": TOKEN}).status_code == 401
    assert client.get(path, query_string={"query": SELECT}, headers=BEARER).status_code == 200


def test_a_route_that_declares_nothing_is_closed() -> None:
    app = create_app(stand_in())

    @app.get("/forgotten")
    def forgotten() -> str:
        return MARKER

    response = app.test_client().get("/forgotten", headers=BEARER)
    assert response.status_code == 500
    assert MARKER not in response.text
    assert declared_access(forgotten, "GET") is None


def test_head_is_what_get_is_and_options_is_public() -> None:
    @access(Access.READS, PUT=Access.WRITES, GET=Access.PUBLIC)
    def view() -> str:
        return ""

    found = {method: declared_access(view, method) for method in ("GET", "HEAD", "PUT", "POST", "OPTIONS")}
    assert found == {
        "GET": Access.PUBLIC, "HEAD": Access.PUBLIC, "PUT": Access.WRITES,
        "POST": Access.READS, "OPTIONS": Access.PUBLIC,
    }  # fmt: skip


def test_an_empty_token_lets_nobody_in() -> None:
    service = stand_in()
    app = create_app(Service(service.owner, service.pool, service.config, service.home, "", dict))
    for given in ("Bearer", "Bearer ", 'Bearer ""'):
        response = app.test_client().post("/update", data={"update": CHANGE}, headers={"Authorization": given})
        assert response.status_code == 401


def test_a_mistake_of_ours_tells_the_client_no_more_than_its_number(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError(MARKER)

    client = create_app(stand_in(fail)).test_client()
    response = client.get("/query?query=ASK%7B%7D", headers=BEARER)
    assert (response.status_code, response.mimetype) == (500, "application/problem+json")
    assert response.json is not None
    assert response.json["request"] == response.headers["X-Request-Id"]
    assert MARKER not in response.text
    (record,) = [each for each in caplog.records if each.exc_info]
    assert response.json["request"] in record.getMessage()
