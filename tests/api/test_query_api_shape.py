"""Our answers over HTTP beside the real Neo4j's, member by member, on a Neo4j home and on an embedded one."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kg.cli import main
from kg.stores import ServerAddress
from tests.api.query_api_statements import DATA, EX, FAILING, READING, WRITING, Case
from tests.neo4j_servers import empty_database
from tests.servers import Server, start_server

TYPED = "application/vnd.neo4j.query"
_IDS = frozenset({
    "elementId", "startNodeElementId", "endNodeElementId", "_element_id", "_start_node_element_id",
    "_end_node_element_id", "id", "startNode", "endNode",
})  # fmt: skip
_MEASURED = frozenset({
    "time", "dbHits", "DbHits", "GlobalMemory", "Memory", "string-representation", "pageCacheHits", "pageCacheMisses",
    "pageCacheHitRatio", "PageCacheHits", "PageCacheMisses", "hasPageCacheStats", "EstimatedRows", "Time",
})  # fmt: skip
_UNSUPPORTED = "Neo.ClientError.Statement.UnsupportedOperationError"
_WITHOUT_PLANS = ("queryPlan", "profiledQueryPlan", "notifications")
"""What only the real engine can say: the embedded one plans otherwise and warns of other things."""


@dataclass(frozen=True)
class Endpoint:
    """Where a request goes, and with which password."""

    url: str
    password: str

    def post(self, path: str, document: object, typed: bool = False, sends_typed: bool = False) -> tuple[int, str, Any]:
        request = urllib.request.Request(f"{self.url}/db/neo4j{path}", json.dumps(document).encode(), method="POST")
        credentials = base64.b64encode(f"neo4j:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {credentials}")
        request.add_header("Content-Type", TYPED if sends_typed else "application/json")
        request.add_header("Accept", TYPED if typed else "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.headers["Content-Type"], json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Content-Type"], json.load(error)

    def run(self, case: Case, typed: bool, **options: Any) -> tuple[int, str, Any]:
        sent = {"statement": case.statement, **case.options, **options}
        parameters = case.parameters if case.typed is None else case.typed
        if parameters:
            sent["parameters"] = parameters
        return self.post("/query/v2", sent, typed, sends_typed=case.typed is not None)


@pytest.fixture(scope="module")
def real(neo4j_address: ServerAddress) -> Iterator[Endpoint]:
    """The HTTP interface of the real server."""
    import neo4j

    login = (neo4j_address.username, neo4j_address.password)
    with neo4j.GraphDatabase.driver(neo4j_address.uri, auth=login) as driver, driver.session() as session:
        found = session.run("SHOW SETTINGS YIELD name, value WHERE name = 'server.http.listen_address' RETURN value")
        port = found.single(strict=True)["value"].rpartition(":")[2]
    yield Endpoint(f"http://127.0.0.1:{port}", neo4j_address.password)


def served(folder: Path, *kind: str) -> Iterator[Server]:
    assert main(["init", "--home", str(folder), "--base", EX, *kind]) == 0
    with start_server(folder) as server:
        reply = server.update(f"PREFIX kg: <https://w3id.org/noemata#>\nPREFIX rdfs: <{RDFS}>\n{DATA}")
        assert reply.status == 200, reply.text
        yield server


RDFS = "http://www.w3.org/2000/01/rdf-schema#"


@pytest.fixture(scope="module")
def ours(neo4j_address: ServerAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Our server on a home whose store is the real server's database."""
    empty_database(neo4j_address)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("uri", "username", "password", "database"):
            patch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_address, name))
        for server in served(tmp_path_factory.mktemp("shape") / "home", "--store", "neo4j"):
            yield Endpoint(server.url, server.token)
    empty_database(neo4j_address)


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """Our server on an embedded home with the same graph."""
    for server in served(tmp_path_factory.mktemp("shape") / "home"):
        yield Endpoint(server.url, server.token)


def masked(value: Any, key: str = "") -> Any:
    """The same without what differs from server to server or from time to time; what is a list stays one."""
    if key in _IDS or key in _MEASURED:
        return f"<{type(value).__name__}>" if key in _IDS else "<measured>"
    if key in ("bookmarks", "lastBookmarks"):
        return f"<{key}>"
    if isinstance(value, dict):
        return {name: masked(each, name) for name, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list) else value


def without_order(value: Any) -> Any:
    """The same with notifications sorted, for their order is by chance."""
    if isinstance(value, dict) and "notifications" in value:
        return {**value, "notifications": sorted(value["notifications"], key=json.dumps)}
    return value


def errors_of(document: Mapping[str, Any]) -> list[str]:
    return [each["code"] for each in document.get("errors", [])]


def name(case: Case) -> str:
    return f"{case.statement or 'nothing'} {dict(case.typed or case.parameters or case.options) or ''}"[:120]


def test_there_are_enough_statements() -> None:
    assert len({(case.statement, str(case.typed), str(case.options)) for case in (*READING, *WRITING, *FAILING)}) >= 80


@pytest.mark.parametrize("typed", [False, True], ids=["plain", "typed"])
@pytest.mark.parametrize("case", READING, ids=name)
def test_reading_is_as_the_real_servers(case: Case, typed: bool, ours: Endpoint, real: Endpoint) -> None:
    status, content_type, found = ours.run(case, typed)
    theirs = real.run(case, typed)
    assert (status, content_type) == theirs[:2], found
    assert without_order(masked(found)) == without_order(masked(theirs[2]))
    assert list(found) == list(theirs[2])  # also their order


@pytest.mark.parametrize("typed", [False, True], ids=["plain", "typed"])
@pytest.mark.parametrize("case", WRITING, ids=name)
def test_writing_is_as_the_real_servers(case: Case, typed: bool, ours: Endpoint, real: Endpoint) -> None:
    answers = []
    for endpoint in (ours, real):
        answers.append(endpoint.run(case, typed, includeCounters=True, accessMode="Write"))
        real.post("/query/v2", {"statement": "MATCH (n:ShapeTest) DETACH DELETE n"})
    assert answers[0][:2] == answers[1][:2], answers[0]
    assert _sorted_labels(masked(answers[0][2])) == _sorted_labels(masked(answers[1][2]))


@pytest.mark.parametrize("case", FAILING, ids=name)
def test_errors_are_as_the_real_servers(case: Case, ours: Endpoint, real: Endpoint) -> None:
    status, _, found = ours.run(case, typed=False)
    their_status, _, theirs = real.run(case, typed=False)
    assert (status, errors_of(found), list(found)) == (their_status, errors_of(theirs), list(theirs)), found
    assert found.get("data") == theirs.get("data")
    assert all(set(each) == {"code", "message"} and each["message"] for each in found["errors"])


@pytest.mark.parametrize("case", READING, ids=name)
def test_embedded_is_as_the_real_server_or_refuses(
    case: Case, embedded: Endpoint, ours: Endpoint, real: Endpoint
) -> None:
    for typed in (False, True):
        status, content_type, found = embedded.run(case, typed)
        if status == 400 and errors_of(found) == [_UNSUPPORTED]:
            continue
        theirs = real.run(case, typed)
        assert (status, content_type) == theirs[:2], found
        expected = {key: value for key, value in theirs[2].items() if key not in _WITHOUT_PLANS}
        assert _unordered({k: v for k, v in found.items() if k not in _WITHOUT_PLANS}) == _unordered(expected)


def _unordered(document: Any) -> Any:
    """The same without the order of labels and of rows, which a statement leaves open, and without measured times."""
    masked_ = masked(document)
    if "data" in masked_:
        masked_["data"]["values"] = sorted(
            json.dumps(_sorted_labels(row), sort_keys=True) for row in masked_["data"]["values"]
        )
    return masked_


def _sorted_labels(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _sorted_labels(each, key if name == "_value" else name) for name, each in value.items()}
    if isinstance(value, list) and key in ("labels", "_labels", "_rdf"):
        return sorted(value, key=json.dumps)
    if isinstance(value, list):
        return [_sorted_labels(each) for each in value]
    return value


# --- the transaction API


STATEMENTS: tuple[list[dict[str, Any]], ...] = (
    [{"statement": "RETURN 1 AS i, 1.5 AS f, 'a' AS s, true AS b, null AS n, [1, [2, null]] AS l, {a: 1} AS m"}],
    [{"statement": "RETURN date('2020-01-02') AS a, time('10:00:00+01:00') AS b, localtime('10:00:00.1') AS c"}],
    [{"statement": "RETURN datetime('2020-01-02T10:00:00[Europe/Berlin]') AS a, localdatetime('2020-01-02T10:00:05') AS b"}],
    [{"statement": "RETURN duration('P1Y2DT3.5S') AS a, point({x: 1, y: 2}) AS b, point({latitude: 1, longitude: 2}) AS c"}],
    [{"statement": "RETURN [date('2020-01-01')] AS a, {d: point({x: 1, y: 2, z: 3})} AS b, 0.0/0 AS c"}],
    [{"statement": "MATCH (a:Person)-[r]->(b:Person) RETURN a, r, b, [a] AS l, {r: r} AS m"}],
    [{"statement": "MATCH p = (a:Person)-[]->(b:Person) RETURN p", "resultDataContents": ["row", "graph"]}],
    [{"statement": "MATCH p = (a:Person)-[]->(b:Person) RETURN p", "resultDataContents": ["graph"], "includeStats": True}],
    [{"statement": "RETURN $a AS a, $m AS m", "parameters": {"a": 1, "m": {"x": [1.0, None]}}}],
    [{"statement": "RETURN 1 AS x"}, {"statement": "RETURN 2 AS y", "includeStats": True}],
    [{"statement": "EXPLAIN MATCH (n:Person) RETURN n"}],
    [{"statement": "MATCH (n:Nope) RETURN n"}],
    [],
)  # fmt: skip


@pytest.mark.parametrize("statements", STATEMENTS, ids=range(len(STATEMENTS)))
def test_transactions_are_as_the_real_servers(statements: Any, ours: Endpoint, real: Endpoint) -> None:
    found, theirs = (each.post("/tx/commit", {"statements": statements}) for each in (ours, real))
    assert found[:2] == theirs[:2]
    assert _any_order(masked(found[2])) == _any_order(masked(theirs[2]))
    assert list(found[2]) == list(theirs[2])


def _any_order(document: Any) -> Any:
    for result in document["results"]:
        for row in result["data"]:
            for part in row.get("graph", {}).values():
                part.sort(key=json.dumps)
    return document


def test_a_failing_statement_undoes_those_before(ours: Endpoint, real: Endpoint) -> None:
    statements = [{"statement": "CREATE (n:ShapeTest)"}, {"statement": "RETURN 1/0 AS x"}, {"statement": "RETURN 2"}]
    document = {"statements": statements}
    found, theirs = ours.post("/tx/commit", {**document, "accessMode": "Write"}), real.post("/tx/commit", document)
    assert found[0] == theirs[0] == 200
    assert found[2]["results"] == theirs[2]["results"]
    assert errors_of(found[2]) == errors_of(theirs[2]) == ["Neo.ClientError.Statement.ArithmeticError"]
    count = {"statements": [{"statement": "MATCH (n:ShapeTest) RETURN count(*)"}]}
    assert real.post("/tx/commit", count)[2]["results"][0]["data"][0]["row"] == [0]
