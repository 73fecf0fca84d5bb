"""The suites of the protocols: requests described in RDF, sent to the app with its real owner and readers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pyoxigraph
from flask.testing import FlaskClient
from pyoxigraph import NamedNode, RdfFormat, Store
from werkzeug.test import TestResponse

from tests.conformance.comparing import canonical
from tests.conformance.manifests import MF, RDF, RDFS, UT, Case
from tests.conformance.scoring import read

_HT = "http://www.w3.org/2011/http#"
_CNT = "http://www.w3.org/2011/content#"
_HTS = "http://www.w3.org/2011/http-statusCodes#"
_SD = "http://www.w3.org/ns/sparql-service-description#"
_STATUS = {"OK": 200, "Created": 201, "NoContent": 204, "BadRequest": 400, "NotFound": 404}
_GRAPHS = {"text/turtle": RdfFormat.TURTLE, "application/rdf+xml": RdfFormat.RDF_XML}
_GRAPHS |= {"application/n-triples": RdfFormat.N_TRIPLES}
_TABULAR = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv")
_KINDS: Mapping[str, tuple[str, ...]] = {
    "boolean": _TABULAR[:2],
    "tabular": (*_TABULAR, "text/tab-separated-values"),
    "RDF": tuple(_GRAPHS),
}
_BASE_URL = "http://127.0.0.1"  # the app answers only to names of its own


@dataclass(frozen=True)
class Request:
    """A request and what its response must be; `statuses` are codes, or hundreds of them as 2."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None
    statuses: frozenset[int]
    boolean: str | None = None
    form: str | None = None
    graph: str | None = None
    location: str | None = None


def score_http(case: Case, client: FlaskClient) -> str | None:
    """Return what is wrong with how the app does a test, None for nothing; the store is emptied before."""
    return _RUN[case.kind](case, client)


def _start(case: Case, client: FlaskClient) -> None:
    """Empty the store, and load what the test needs."""
    assert client.post("/update", data="DROP ALL", content_type="application/sparql-update").status_code < 300
    for graph in case.manifest.values(case.node, UT + "graphData"):
        file = case.manifest.value(graph, UT + "graph").value
        label = quote(case.manifest.value(graph, RDFS + "label").value, safe="")
        content = pyoxigraph.serialize([quad.triple for quad in read(file)], format=RdfFormat.N_TRIPLES)
        answer = client.put(f"/data?graph={label}", data=content, content_type="application/n-triples")
        assert answer.status_code < 300, answer.text


def _conversation(case: Case, client: FlaskClient) -> str | None:
    _start(case, client)
    variables: dict[str, str] = {}
    for number, request in enumerate(_requests(case), 1):
        wrong = _exchange(request, client, variables)
        if wrong is not None:
            return f"request {number}, {request.method} {request.target}: {wrong}"
    return None


def _requests(case: Case) -> Iterator[Request]:
    manifest, action = case.manifest, case.value(MF + "action")
    for node in manifest.items(manifest.value(action, _HT + "requests")):

        def value(name: str, of: Any = node) -> Any:
            found = manifest.value(of, name)
            return None if found is None else found.value

        content, response = manifest.value(node, _HT + "body"), manifest.value(node, _HT + "resp")
        body = None
        if content is not None:
            body = value(_CNT + "chars", content).encode(value(_CNT + "characterEncoding", content) or "utf-8")
        headers = tuple(
            (value(_HT + "fieldName", header), value(_HT + "fieldValue", header))
            for header in manifest.items(manifest.value(node, _HT + "headers"))
        )
        expected = manifest.value(response, _HT + "body")
        yield Request(
            value(_HT + "methodName"),
            value(_HT + "absolutePath"),
            headers,
            body,
            frozenset(_status(status) for status in manifest.values(response, MF + "expectedStatus")),
            value(MF + "expectedBoolean", response),
            value(MF + "expectedFormat", response),
            None if expected is None else value(_CNT + "chars", expected),
            value(MF + "expectedLocation", response),
        )


def _status(node: NamedNode) -> int:
    name = node.value.removeprefix(_HTS)
    found = re.fullmatch("StatusCode([1-5])xx", name)
    return int(found[1]) if found else _STATUS[name]


def _exchange(request: Request, client: FlaskClient, variables: dict[str, str]) -> str | None:
    """Send a request and return what is wrong with its response."""
    target, body = request.target, request.body
    for name, value in variables.items():
        target = target.replace(name, quote(value, safe=":/"))
        body = body and body.replace(name.encode(), value.encode())
    response = client.open(
        target.replace("/sparql/", "/sparql", 1).replace("/gsp", "/data", 1),
        method=request.method,
        data=body,
        headers=list(request.headers),
        base_url=_BASE_URL,
    )
    if not {response.status_code, response.status_code // 100} & request.statuses:
        return f"status {response.status_code}, expected {sorted(request.statuses)}: {response.text[:200]}"
    if request.location is not None:
        if "Location" not in response.headers:
            return "no Location"
        variables[request.location] = response.headers["Location"]
    if request.form is not None and response.mimetype not in _KINDS[request.form]:
        return f"{response.mimetype} is not {request.form}"
    if request.boolean is not None and json.loads(response.data)["boolean"] is not (request.boolean == "true"):
        return f"expected {request.boolean}, found {response.text}"
    return None if request.graph is None else _graph_difference(response, request.graph)


def _graph_difference(response: TestResponse, expected: str) -> str | None:
    found = canonical(pyoxigraph.parse(response.data, _GRAPHS[response.mimetype], base_iri=_BASE_URL))
    wanted = canonical(pyoxigraph.parse(expected.encode(), RdfFormat.TURTLE, base_iri=_BASE_URL))
    return None if found == wanted else f"missing {sorted(wanted - found)}; not expected {sorted(found - wanted)}"


# --- service description: the three tests have a name and no more


def _description(case: Case, client: FlaskClient) -> str | None:
    response = client.get("/sparql", headers={"Accept": "text/turtle"}, base_url=_BASE_URL)
    if response.status_code != 200 or response.mimetype not in _GRAPHS:
        return f"{response.status_code} {response.mimetype}"
    store = Store()
    store.load(response.data, _GRAPHS[response.mimetype], base_iri=f"{_BASE_URL}/sparql")
    return _CHECKS[case.node.value.rpartition("#")[2]](store)


def _has_endpoint(store: Store) -> str | None:
    endpoints = [str(q.object) for q in store.quads_for_pattern(None, NamedNode(_SD + "endpoint"), None)]
    return None if f"<{_BASE_URL}/sparql>" in endpoints else f"the endpoints are {endpoints}"


_SCHEMA: Mapping[str, tuple[str, ...]] = {
    "Service": (
        *("endpoint", "feature", "defaultEntailmentRegime", "supportedLanguage", "languageExtension", "resultFormat"),
        *("extensionFunction", "extensionAggregate", "propertyFeature", "inputFormat", "defaultDataset"),
        *("availableGraphs", "defaultSupportedEntailmentProfile"),
    ),
    "Dataset": ("defaultGraph", "namedGraph"),
    "GraphCollection": ("namedGraph", "defaultGraph"),
    "NamedGraph": ("name", "graph", "entailmentRegime", "supportedEntailmentProfile"),
}
"""The terms of the vocabulary by the class that has them (SPARQL 1.1 Service Description, section 3)."""


def _conforms(store: Store) -> str | None:
    """Check that each term of the vocabulary exists and that what has it may have it."""
    if store.query(f"ASK {{ ?s a <{_SD}Service> FILTER NOT EXISTS {{ ?s <{_SD}endpoint> ?e }} }}"):
        return "a service has no endpoint"
    for quad in store:
        name = quad.predicate.value.removeprefix(_SD)
        if name == quad.predicate.value:
            continue
        kinds = {str(q.object) for q in store.quads_for_pattern(quad.subject, NamedNode(RDF + "type"), None)}
        allowed = {f"<{_SD}{each}>" for each, names in _SCHEMA.items() if name in names}
        if not allowed:
            return f"{quad.predicate} is no term of the vocabulary"
        if not kinds & allowed:
            return f"{quad.subject} has {quad.predicate} and is none of {sorted(allowed)}"
    return None


_CHECKS: Mapping[str, Callable[[Store], str | None]] = {
    "returns-rdf": lambda store: None,
    "has-endpoint-triple": _has_endpoint,
    "conforms-to-schema": _conforms,
}

_RUN: Mapping[str, Callable[[Case, FlaskClient], str | None]] = {
    "GraphStoreProtocolTest": _conversation,
    "ProtocolTest": _conversation,
    "ServiceDescriptionTest": _description,
}

SCORED_BY_HTTP = frozenset(_RUN)
"""The kinds of tests that need the app."""
