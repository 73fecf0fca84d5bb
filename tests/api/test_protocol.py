"""The SPARQL 1.1 Protocol over real readers on a real store."""

from __future__ import annotations

import gzip
import http.client
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyoxigraph
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import create_app
from api.service import Service
from tests.api.running import BEARER, fetch, running, served_home, stand_in

FORM = "application/x-www-form-urlencoded"
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
EX = "http://example.org/"
SD = "http://www.w3.org/ns/sparql-service-description#"
DATA = f"""
INSERT DATA {{
    GRAPH <{EX}a> {{ <{EX}s> <{EX}p> "in a", "ä, \\"quoted\\"" }}
    GRAPH <{EX}b> {{ <{EX}s> <{EX}p> "in b" }}
}}
"""
VALUES = f"SELECT ?o {{ <{EX}s> <{EX}p> ?o }} ORDER BY ?o"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served_home(tmp_path_factory.mktemp("protocol") / "home") as service:
        client = create_app(service).test_client()
        assert client.post("/update", data=DATA, content_type=UPDATE, headers=BEARER).status_code == 200
        yield service


@pytest.fixture
def client(service: Service) -> FlaskClient:
    client = create_app(service).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = BEARER["Authorization"]
    return client


def values(response: TestResponse) -> list[str]:
    assert response.status_code == 200, response.text
    return [row["o"]["value"] for row in json.loads(response.data)["results"]["bindings"]]


def detail(response: TestResponse, status: int) -> str:
    assert response.status_code == status, response.text
    assert response.mimetype == "application/problem+json"
    assert response.json is not None
    assert response.json["status"] == status
    return str(response.json["detail"])


def query(client: FlaskClient, text: str, **headers: str) -> TestResponse:
    return client.post("/sparql", data=text, content_type=QUERY, headers=headers)


@pytest.mark.parametrize("path", ["/sparql", "/sparql/", "/query"])
def test_a_query_comes_in_three_ways(client: FlaskClient, path: str) -> None:
    expected = ["in a", "in b", 'ä, "quoted"']
    assert values(client.get(path, query_string={"query": VALUES})) == expected
    assert values(client.post(path, data={"query": VALUES})) == expected
    assert values(client.post(path, data=VALUES, content_type=f"{QUERY}; charset=UTF-8")) == expected
    packed = gzip.compress(urlencode({"query": VALUES}).encode())
    headers = {"Content-Encoding": "gzip"}
    assert values(client.post(path, data=packed, content_type=FORM, headers=headers)) == expected


@pytest.mark.parametrize("path", ["/sparql", "/update"])
def test_an_update_comes_in_two_ways_and_is_seen_by_the_next_query(client: FlaskClient, path: str) -> None:
    def texts() -> list[str]:
        return values(query(client, f"SELECT ?o {{ <{EX}u> <{EX}p> ?o }}"))

    insert = f'INSERT DATA {{ <{EX}u> <{EX}p> "ü" }}'
    response = client.post(path, data={"update": insert})
    assert (response.status_code, response.json) == (200, {"added": 1, "removed": 0, "notice": None})
    assert texts() == ["ü"]
    response = client.post(path, data=f"DELETE WHERE {{ <{EX}u> ?p ?o }}", content_type=UPDATE)
    assert (response.status_code, response.json) == (200, {"added": 0, "removed": 1, "notice": None})
    assert texts() == []


def test_the_dataset_of_a_query_is_chosen_by_parameters(client: FlaskClient) -> None:
    default = {"query": VALUES, "default-graph-uri": [f"{EX}b"]}
    assert values(client.get("/sparql", query_string=default)) == ["in b"]
    assert values(client.post(f"/sparql?{urlencode({'default-graph-uri': EX + 'b'})}", data={"query": VALUES})) == [
        "in b"
    ]
    both = {"query": VALUES, "default-graph-uri": [f"{EX}b", f"{EX}a"]}
    assert len(values(client.get("/sparql", query_string=both))) == 3
    named = {"query": "SELECT ?o { GRAPH ?g { ?s ?p ?o } }", "named-graph-uri": f"{EX}b"}
    assert values(client.post("/sparql", data=named)) == ["in b"]


def test_the_dataset_of_an_update_is_chosen_by_parameters(client: FlaskClient) -> None:
    parameters = urlencode({"using-graph-uri": f"{EX}b"})
    text = f"INSERT {{ GRAPH <{EX}copy> {{ ?s ?p ?o }} }} WHERE {{ ?s ?p ?o }}"
    response = client.post(f"/update?{parameters}", data=text, content_type=UPDATE)
    assert (response.status_code, response.json) == (200, {"added": 1, "removed": 0, "notice": None})
    assert client.post("/update", data=f"DROP GRAPH <{EX}copy>", content_type=UPDATE).json["removed"] == 1
    conflict = f"INSERT {{ ?s ?p 1 }} USING <{EX}a> WHERE {{ ?s ?p ?o }}"
    detail(client.post(f"/update?{parameters}", data=conflict, content_type=UPDATE), 400)


ASK = "ASK {}"
CLEAR = "CLEAR DEFAULT"


@pytest.mark.parametrize(
    ("method", "target", "content_type", "body", "status", "says"),
    [
        ("GET", "/sparql?query=ASK{}&query=ASK{}", "", "", 400, "2 parameters 'query'"),
        ("POST", "/sparql?query=ASK{}", FORM, "query=ASK{}", 400, "2 parameters 'query'"),
        ("POST", "/sparql", FORM, "update=CLEAR+ALL&update=CLEAR+ALL", 400, "2 parameters 'update'"),
        ("POST", "/sparql", FORM, "update=CLEAR+ALL&query=ASK{}", 400, "not both"),
        ("POST", "/sparql", FORM, "quarry=ASK{}", 400, "no parameter 'query' or 'update'"),
        ("GET", "/sparql?update=CLEAR+ALL", "", "", 400, "by POST"),
        ("GET", "/query?update=CLEAR+ALL", "", "", 400, "for query requests only"),
        ("POST", "/query", FORM, "update=CLEAR+ALL", 400, "for query requests only"),
        ("POST", "/query", UPDATE, CLEAR, 415, f"send {FORM} or {QUERY}"),
        ("POST", "/query", QUERY, CLEAR, 400, "CLEAR begins an update"),
        ("POST", "/sparql", FORM, "query=CLEAR+ALL", 400, "CLEAR begins an update"),
        ("POST", "/update", FORM, "query=ASK{}", 400, "for update requests only"),
        ("POST", "/update", QUERY, ASK, 415, UPDATE),
        ("POST", "/update", UPDATE, ASK, 400, ""),
        ("GET", "/update?update=CLEAR+ALL", "", "", 405, ""),
        ("PUT", "/sparql?query=ASK{}", FORM, "", 405, ""),
        ("POST", "/sparql", "text/plain", ASK, 415, "is text/plain"),
        ("POST", "/sparql", "", ASK, 415, "is not said"),
        ("POST", "/sparql", f"{QUERY}; charset=UTF-16", ASK, 415, "UTF-16"),
        ("POST", "/sparql", QUERY, b"ASK { ?s ?p '\xff' }", 400, "not UTF-8"),
        ("GET", "/sparql?query=%FF", "", "", 400, "not percent-encoded UTF-8"),
        ("GET", "/sparql?query=", "", "", 400, "empty"),
        ("GET", "/sparql?query=ASK+{", "", "", 400, "SPARQL query"),
        ("GET", "/sparql?query=ASK{}&default-graph-uri=relative", "", "", 400, "'relative' is not an absolute IRI"),
        ("GET", "/sparql?query=ASK{}&using-graph-uri=http:a", "", "", 400, "'using-graph-uri' is for update requests"),
        ("POST", "/update?named-graph-uri=http:a", UPDATE, CLEAR, 400, "'named-graph-uri' is for query requests"),
        ("GET", "/sparql?query=ASK{}&timeout=soon", "", "", 400, "'soon'"),
        ("GET", "/sparql?query=ASK{}&timeout=-1", "", "", 400, "'-1'"),
        ("GET", "/sparql?query=ASK{}&timeout=nan", "", "", 400, "'nan'"),
        ("GET", "/sparql?query=ASK{}&format=yaml", "", "", 406, "'yaml'"),
    ],
)  # fmt: skip
def test_what_is_refused(
    client: FlaskClient, method: str, target: str, content_type: str, body: str | bytes, status: int, says: str
) -> None:
    target = target.replace("{", "%7B").replace("}", "%7D")
    response = client.open(target, method=method, data=body, content_type=content_type or None)
    assert says in detail(response, status)
    assert values(query(client, VALUES)), "the data is still there"


@pytest.mark.parametrize(
    ("text", "accept", "expected"),
    [
        (VALUES, "", "application/sparql-results+json"),
        (VALUES, "application/sparql-results+xml", "application/sparql-results+xml"),
        (VALUES, "text/csv", "text/csv; charset=utf-8"),
        (VALUES, "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        (VALUES, "application/json", "application/json"),
        (ASK, "application/xml", "application/xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "", "text/turtle; charset=utf-8"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/rdf+xml", "application/rdf+xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples", "application/n-triples"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/ld+json", "application/ld+json"),
        (f"DESCRIBE <{EX}s>", "application/trig", "application/trig"),
        (f"DESCRIBE <{EX}s>", "application/n-quads", "application/n-quads"),
    ],
)
def test_answers_come_in_the_format_asked_for(client: FlaskClient, text: str, accept: str, expected: str) -> None:
    response = query(client, text, **({"Accept": accept} if accept else {}))
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == expected
    assert {"Accept", "Accept-Encoding", "Origin"} <= set(response.vary)
    if text != ASK:
        assert "in b" in response.text


def test_a_format_that_cannot_hold_the_answer_is_refused_with_what_can(client: FlaskClient) -> None:
    assert "text/turtle" in detail(query(client, "CONSTRUCT WHERE { ?s ?p ?o }", Accept="text/csv"), 406)
    assert "sparql-results+json" in detail(query(client, ASK, Accept="text/csv"), 406)


def test_head_is_get_without_a_body(client: FlaskClient) -> None:
    target = f"/sparql?{urlencode({'query': VALUES})}"
    head, get = client.head(target), client.get(target)
    assert head.data == b""
    for name in ("Content-Type", "Content-Length"):
        assert head.headers[name] == get.headers[name]


def test_relative_iris_are_those_of_the_home_and_errors_keep_their_place(client: FlaskClient) -> None:
    (found,) = values(query(client, "SELECT (<note/x> AS ?o) {}"))
    assert found == "http://example.org/home/note/x"
    response = query(client, "SELECT (<note/x> AS ?o) { nonsense }")
    detail(response, 400)
    plain = query(client, "SELECT (<urn:xy> AS ?o) { nonsense }")
    assert response.json["column"] == plain.json["column"]


def test_the_time_can_be_lowered(client: FlaskClient) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { VALUES ?a { " + "1 " * 300 + "} VALUES ?b { " + "1 " * 300 + "} " + "".join(
        f"VALUES ?{name} {{ {'1 ' * 300}}} " for name in "cde"
    ) + "}"  # fmt: skip
    response = client.post("/sparql", data={"query": slow, "timeout": "0.5"})
    assert "0.5 s" in detail(response, 504)
    assert response.json["seconds"] == 0.5


def test_too_many_rows_are_an_error(tmp_path: Path) -> None:
    with served_home(tmp_path / "home", **{"serve.max_rows": 2}) as service:
        client = create_app(service).test_client()
        text = "SELECT * { VALUES ?x { 1 2 3 } }"
        response = client.post("/sparql", data=text, content_type=QUERY, headers=BEARER)
        assert "more than 2 rows" in detail(response, 422)


def test_a_limit_that_is_met_in_a_long_answer_breaks_it_off(tmp_path: Path) -> None:
    numbers = " ".join(map(str, range(200)))
    text = f"SELECT * {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }}"
    with (
        served_home(tmp_path / "home", **{"serve.max_rows": 39_999}) as service,
        running(create_app(service)) as address,
    ):
        target = f"/sparql?{urlencode({'query': text})}"
        with pytest.raises(http.client.IncompleteRead) as caught:
            fetch(address, "GET", target)
    assert len(caught.value.partial) > 1_000_000


# --- service description


def described(document: bytes, syntax: Any) -> pyoxigraph.Store:
    store = pyoxigraph.Store()
    store.load(document, syntax)
    return store


def test_without_a_query_the_service_describes_itself() -> None:
    """The three tests of the W3C's suite: RDF, an endpoint triple, and the schema's terms."""
    with running(create_app(stand_in())) as address:
        response, body = fetch(address, "GET", "/sparql", {"Accept": "text/turtle"})
    assert response.getheader("Content-Type") == "text/turtle; charset=utf-8"
    store = described(body, pyoxigraph.RdfFormat.TURTLE)
    endpoint = f"http://127.0.0.1:{address[1]}/sparql"
    assert store.query(f"ASK {{ ?service a <{SD}Service> ; <{SD}endpoint> <{endpoint}> }}")
    assert store.query(f"ASK {{ ?service <{SD}supportedLanguage> <{SD}SPARQL11Update> }}")
    assert store.query(f"ASK {{ ?service <{SD}defaultDataset> [ a <{SD}Dataset> ; <{SD}defaultGraph> ?graph ] }}")


def test_the_description_is_negotiated_and_browsers_get_a_page() -> None:
    client = create_app(stand_in()).test_client()
    for accept in ("application/rdf+xml", "application/n-triples", "application/ld+json", "application/trig"):
        response = client.get("/query", headers={"Accept": accept})
        assert response.headers["Content-Type"] == accept
    assert client.get("/sparql", headers={"Accept": "*/*"}).mimetype == "text/turtle"
    page = client.get("/sparql", headers={"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"})
    assert page.mimetype == "text/html"
    detail(client.get("/sparql", headers={"Accept": "text/csv"}), 406)


# --- the access log


def test_the_log_has_a_line_and_no_secret(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    client = create_app(service).test_client()
    with caplog.at_level(logging.INFO, "api.access"):
        target = f"/sparql?{urlencode({'query': 'ASK { <urn:my-secret> ?p ?o }', 'token': BEARER['Authorization']})}"
        client.get(target, headers={**BEARER, "X-Request-Id": "r1"}, buffered=True)
        client.get("/nothing%0Aforged=yes here", buffered=True)
        client.get("/%E6%95%B0", buffered=True)
    first, second, third = (record.getMessage() for record in caplog.records if record.name == "api.access")
    assert first.startswith("method=GET path=/sparql status=200 bytes=")
    assert first.endswith(" id=r1")
    assert "my-secret" not in first
    assert "correct-token" not in first
    assert "path=/nothing%0Aforged=yes%20here status=404" in second
    assert "path=/%E6%95%B0 status=404" in third


def test_the_log_has_queries_when_asked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with served_home(tmp_path / "home", **{"serve.log_queries": True}) as service:
        client = create_app(service).test_client()
        with caplog.at_level(logging.INFO, "api.access"):
            client.post("/sparql", data="ASK {\n}", content_type=QUERY, headers=BEARER, buffered=True)
    assert caplog.records[-1].getMessage().endswith(' query="ASK {\\n}"')
