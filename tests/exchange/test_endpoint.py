"""Triples of other endpoints come whole, or not at all, into one graph that says where it is from."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from kg.cli import main
from kg.errors import InputError, LimitError, QueryError, RemoteError, UnsupportedQueryError
from kg.exchange.endpoint import import_answer, read_endpoint
from kg.graph import KnowledgeGraph
from kg.query.paging import batches, plan_pages
from kg.rdf import KG, BlankNode, Literal, NamedNode, Quad, Term
from tests.remote_servers import access_to, endpoint, question, reply, serving, sparql
from tests.servers import start_server

BASE = "https://noemata.example/test/"
Make = Callable[..., KnowledgeGraph]

PREFIX = "PREFIX ex: <http://example.org/>\n"
PEOPLE = PREFIX + "".join(
    f'ex:p{n:02} a ex:Person ; ex:name "Person {n % 7}" ; ex:knows ex:p{(n * 3) % 25:02} .\n' for n in range(25)
)
STORE = pyoxigraph.Store()
STORE.load(PEOPLE.encode(), pyoxigraph.RdfFormat.TURTLE)

QUERIES = [
    "CONSTRUCT { ?x ex:called ?name } WHERE { ?x ex:name ?name }",
    "CONSTRUCT WHERE { ?x ex:knows ?y ; ex:name ?n }",
    "CONSTRUCT { ?x ex:called ?name . ex:all ex:has ?name } { ?x ex:name ?name } ORDER BY DESC(?name)",
    "SELECT ?s ?p ?o { ?s ?p ?o }",
    "SELECT DISTINCT ?o (ex:knows AS ?p) ?s { ?s ex:knows/ex:knows ?o } # the end",
    "SELECT (ex:all AS ?subject) (ex:has AS ?predicate) ?object { ?x ex:name ?object }",
    "SELECT ?s (ex:count AS ?p) (COUNT(?x) AS ?o) { ?x ex:knows ?s } GROUP BY ?s HAVING (COUNT(?x) > 0)",
    "SELECT ?s ?p ?o { ?s ?p ?o } VALUES ?p { ex:name ex:knows }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { ?s ex:knows ?s } }",
    "CONSTRUCT { ?x ex:called ?name } WHERE { ?x ex:name ?name } LIMIT 3",
    "CONSTRUCT { ex:a ex:b ex:c } WHERE { ?x ex:name ?name }",
    "CONSTRUCT { ?x a ex:Named } WHERE { { SELECT ?x { ?x ex:name ?n } LIMIT 20 } VALUES ?n { 1 2 3 } }",
]


def expected(query: str) -> set[Quad]:
    found = STORE.query(PREFIX + query)
    if isinstance(found, pyoxigraph.QueryTriples):
        return {Quad(*triple) for triple in found}
    assert isinstance(found, pyoxigraph.QuerySolutions)
    names = [v.value for v in found.variables]
    order = ("s", "p", "o") if "s" in names else ("subject", "predicate", "object")
    return {Quad(*(row[name] for name in order)) for row in found}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("page_size", [0, 1, 7, 1000])
def test_pages_give_what_the_whole_query_gives(query: str, page_size: int) -> None:
    with endpoint(PEOPLE) as (url, _):
        found = read_endpoint(access_to(url), url, [plan_pages(PREFIX + query)], page_size)
    assert found == expected(query)
    assert found


def test_a_query_is_paged_unless_it_is_short_or_has_a_limit() -> None:
    with endpoint(PEOPLE) as (url, asked):
        for query, page_size, requests in ((QUERIES[0], 7, 1 + 4 + 1), (QUERIES[0], 25, 2), (QUERIES[9], 1, 1)):
            asked.requests.clear()
            read_endpoint(access_to(url), url, [plan_pages(PREFIX + query)], page_size)
            assert len(asked.requests) == requests


@pytest.mark.parametrize(
    "query", ["ASK { ?s ?p ?o }", "DESCRIBE <a:b>", "", "SELECT ?a { ?a ?b ?c }", "INSERT DATA { }"]
)
def test_a_query_that_gives_no_triples_is_refused_by_name(query: str) -> None:
    with pytest.raises(UnsupportedQueryError, match=r"Import.*\?s \?p \?o"):
        plan_pages(query)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT ?s ?p ?o ?g { ?s ?p ?o }", "columns s, p, o, g"),
        ('SELECT ?s ?p ?o { VALUES (?s ?p ?o) { ("a" ex:p 1) } }', "row 1 is no triple"),
        ("SELECT ?s ?p ?o { VALUES (?s ?p ?o) { (ex:a ex:p 1) (ex:a ex:p UNDEF) } } ORDER BY DESC(?o)", "row 2 is no"),
    ],
)
def test_rows_that_are_no_triples_are_an_error(query: str, reason: str) -> None:
    with endpoint() as (url, _), pytest.raises(RemoteError, match=reason):
        read_endpoint(access_to(url), url, [plan_pages(PREFIX + query)], 100)


def test_data_that_changes_between_pages_is_an_error() -> None:
    store = pyoxigraph.Store()
    store.load(PEOPLE.encode(), pyoxigraph.RdfFormat.TURTLE)

    def answer(query: str) -> Any:
        if "OFFSET 7" in query:
            store.update(PREFIX + "INSERT DATA { ex:new ex:name 'New' }")
        return store.query(query)

    with endpoint(answer=answer) as (url, _), pytest.raises(RemoteError, match="25 solutions, and 26 after"):
        read_endpoint(access_to(url), url, [plan_pages(PREFIX + QUERIES[0])], 7)


def test_blank_nodes_are_kept_in_one_answer_and_refused_in_several() -> None:
    with endpoint(PREFIX + "[] ex:p [ ex:p ex:x ] , 1 .") as (url, _):
        query = plan_pages("SELECT ?s ?p ?o { ?s ?p ?o }")
        assert sum(isinstance(quad.subject, BlankNode) for quad in read_endpoint(access_to(url), url, [query], 3)) == 3
        with pytest.raises(InputError, match=r"blank nodes.*--page-size 0"):
            read_endpoint(access_to(url), url, [query], 2)


def test_a_busy_endpoint_is_asked_again_when_it_says() -> None:
    busy = iter([(429, {"Retry_After": "7"}), (503, {}), (502, {"Retry_After": "100000"}), (504, {"Retry_After": "x"})])

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        status, headers = next(busy, (200, {}))
        if status == 200:
            sparql(STORE.query)(handler, body)
        else:
            reply(handler, b"busy", status, **headers)

    waited: list[float] = []
    with serving(handle) as (url, asked):
        found = read_endpoint(access_to(url), url, [plan_pages(PREFIX + QUERIES[0])], 0, "secret", sleep=waited.append)
    assert found == expected(QUERIES[0])
    assert waited == [7, 2, 60, 8]
    assert {headers["authorization"] for _, _, headers, _ in asked.requests} == {"Bearer secret"}


@pytest.mark.parametrize(("status", "tries"), [(503, 5), (500, 1), (400, 1)])
def test_an_endpoint_that_stays_busy_or_fails_is_an_error(status: int, tries: int) -> None:
    failing = serving(lambda handler, _: reply(handler, b"no\nway", status))
    with failing as (url, asked), pytest.raises(RemoteError, match=f"status {status}: no way"):
        read_endpoint(access_to(url), url, [plan_pages(QUERIES[0])], 0, sleep=lambda _: None)
    assert len(asked.requests) == tries


def test_only_allowed_hosts_are_asked_and_pages_have_a_size() -> None:
    with endpoint(PEOPLE) as (url, asked):
        with pytest.raises(RemoteError, match="allow-list"):
            read_endpoint(access_to("http://other.example"), url, [plan_pages(QUERIES[0])], 0)
        assert not asked.requests
        with pytest.raises(LimitError, match=r"remote\.max_mb"):
            read_endpoint(access_to(url, max_bytes=100), url, [plan_pages(PREFIX + QUERIES[0])], 0)


def test_the_graph_says_where_it_is_from_and_is_replaced_whole(make_graph: Make) -> None:
    graph = make_graph()
    triple = Quad(
        NamedNode("a:s"),
        NamedNode("a:p"),
        Literal("01", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    )
    count = import_answer(graph, [triple], "http://Example.org:8080/sparql", "CONSTRUCT …", "people")
    name = NamedNode(f"{BASE}import/example.org-8080-people")
    assert (count.quads, count.added, count.removed, count.graphs) == (3, 3, 0, (name,))
    about = {str(quad) for quad in graph.store.match()}
    assert about == {
        f'<a:s> <a:p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> {name}',
        f"{name} <http://purl.org/dc/terms/source> <http://Example.org:8080/sparql> {name}",
        f'{name} <https://schema.org/query> "CONSTRUCT …" {name}',
    }
    assert import_answer(graph, [triple], "http://Example.org:8080/sparql", "CONSTRUCT …", "people").added == 0
    assert import_answer(graph, [], "http://Example.org:8080/sparql", "CONSTRUCT …", "people").removed == 1
    with pytest.raises(UnsupportedQueryError, match="decisions"):
        import_answer(graph, [], "http://e/", "", "people", NamedNode(f"{BASE}graph/decisions"))


def test_entities_are_put_into_the_query_in_batches() -> None:
    text = "SELECT * { VALUES ?entity { <a:example> } # }\n ?entity ?p ?o { VALUES ?entity {} } }"
    terms: list[Term] = [NamedNode("a:1"), Literal('" } DROP'), NamedNode("a:3")]
    first, second = batches(text, terms, 2)
    assert first.count('{ <a:1> "\\" } DROP" ') == 2 and "<a:example>" not in first
    assert second.count("{ <a:3> }") == 2 or second.count("{ <a:3> ") == 2
    assert not list(batches(text, [], 2))
    with pytest.raises(QueryError, match="VALUES"):
        list(batches("SELECT * { ?s ?p ?o }", terms, 2))
    with pytest.raises(QueryError, match="blank node"):
        list(batches(text, [BlankNode("a")], 2))


# --- the command


@pytest.fixture
def kg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Any]]:
    def run(*words: str) -> tuple[int, Any]:
        code = main([*words, "--home", str(tmp_path / "home"), "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out or err)

    assert run("init")[0] == 0
    return run


def allow(tmp_path: Path, url: str) -> None:
    settings = tmp_path / "home/kg.toml"
    settings.write_text(f'{settings.read_text("utf-8")}\n[remote]\nhosts = "{url.split("/")[2]}"\n', "utf-8")


def test_the_command_imports_an_endpoint_and_leaves_all_when_it_fails(
    kg: Callable[..., tuple[int, Any]], tmp_path: Path
) -> None:
    query = tmp_path / "people.rq"
    query.write_text(PREFIX + QUERIES[0], "utf-8")
    down = False

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        if down and "OFFSET 14" in question(handler, body):
            reply(handler, b"down", 500)
        else:
            sparql(STORE.query)(handler, body)

    with serving(handle) as (url, _):
        words = ("import", "--endpoint", url, "--query", str(query), "--page-size", "7")
        code, answer = kg(*words)
        assert code == 4 and "remote.hosts" in answer["error"]["detail"]
        allow(tmp_path, url)
        code, answer = kg(*words)
        assert (code, answer["quads"], answer["added"]) == (0, 27, 27)
        assert answer["graphs"][0].endswith(f"/import/{url[7:].replace(':', '-')}-people")
        down = True
        code, answer = kg(*words)
        assert code == 4 and "status 500" in answer["error"]["detail"]
    code, found = kg("sparql", "SELECT (COUNT(*) AS ?n) { ?s <http://example.org/called> ?o }")
    assert found["results"]["bindings"][0]["n"]["value"] == "25"


def test_the_command_enriches_the_entities_of_a_saved_query(kg: Callable[..., tuple[int, Any]], tmp_path: Path) -> None:
    (tmp_path / "home/queries").mkdir()
    (tmp_path / "home/queries/known.rq").write_text("# title: Known\nSELECT ?x { ?x a foaf:Person }", "utf-8")
    query = tmp_path / "names.rq"
    query.write_text(PREFIX + "CONSTRUCT { ?entity ex:name ?n } { VALUES ?entity {} ?entity ex:name ?n }", "utf-8")
    kg("update", PREFIX + "INSERT DATA { ex:p01 a foaf:Person . ex:p02 a foaf:Person . ex:nobody a foaf:Person }")
    with endpoint(PEOPLE) as (url, _):
        allow(tmp_path, url)
        code, answer = kg("import", "--endpoint", url, "--query", str(query), "--entities", "known")
    assert (code, answer["quads"]) == (0, 4)


@pytest.mark.parametrize("words", [("--endpoint", "http://e/"), ("--entities", "x"), ()])
def test_the_command_says_what_it_needs(kg: Callable[..., tuple[int, Any]], words: tuple[str, ...]) -> None:
    code, answer = kg("import", *words)
    assert code == 2 and ("--query" in answer["error"]["detail"])


@pytest.fixture
def oxigraph_server(tmp_path: Path) -> Iterator[str]:
    """The server of the Oxigraph project with our people, or a skip."""
    program = shutil.which("oxigraph", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if program is None:
        pytest.skip("the program oxigraph is not installed")
    (tmp_path / "people.ttl").write_text(PEOPLE, "utf-8")
    place = ("--location", str(tmp_path / "store"))
    subprocess.run([program, "load", *place, "--file", str(tmp_path / "people.ttl")], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [program, "serve-read-only", *place, "--bind", address]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            assert any("Listening" in line for line in server.stderr), "the server ended"
            yield f"http://{address}/query"
        finally:
            server.terminate()


def test_the_oxigraph_server_is_read_in_pages(oxigraph_server: str) -> None:
    remote = access_to(oxigraph_server)
    for query in (query for query in QUERIES if "LIMIT" not in query):  # which rows that gives is the server's choice
        assert read_endpoint(remote, oxigraph_server, [plan_pages(PREFIX + query)], 7) == expected(query)


@pytest.mark.slow
def test_a_second_noemata_says_more_about_things_of_the_same_name(
    kg: Callable[..., tuple[int, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the query that is shipped, with the other home's token; its answer is a federated query's too."""
    query = Path(__file__).parent.parent.parent / "queries/remote/same-name.rq"
    (tmp_path / "home/queries").mkdir()
    (tmp_path / "home/queries/names.rq").write_text("# title: N\nSELECT ?n { ?x foaf:name ?n }", "utf-8")
    kg("update", f'{PREFIX}INSERT DATA {{ ex:ann foaf:name "Ann" . ex:bob foaf:name "Bob" }}')
    other = tmp_path / "other"
    assert main(["init", "--home", str(other)]) == 0
    capsys.readouterr()
    with start_server(other, environment={"KG_SERVE_OPEN_READS": "true"}) as server:
        data = 'INSERT DATA { ex:a kg:name "Ann" ; ex:age 7 . ex:c kg:name "C" }'
        assert server.update(f"{PREFIX}PREFIX kg: <{KG}> {data}").status < 300
        allow(tmp_path, server.url)
        words = ("import", "--endpoint", f"{server.url}/sparql", "--query", str(query), "--entities", "names")
        code, answer = kg(*words, "--token-file", str(other / "token"))
        assert (code, answer["added"]) == (0, 4), answer
        text = f"SELECT ?age {{ ?x foaf:name ?n SERVICE <{server.url}/sparql> {{ ?y kg:name ?n ; ex:age ?age }} }}"
        code, found = kg("sparql", PREFIX + text)
        assert [row["age"]["value"] for row in found["results"]["bindings"]] == ["7"], found
