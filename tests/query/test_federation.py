"""SERVICE and LOAD: what other servers answer, joined or placed where the request asks for it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph
import pytest

from kg.errors import (
    LimitError,
    QueryError,
    QuerySyntaxError,
    RdfSyntaxError,
    RemoteError,
    UnsupportedQueryError,
)
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.query.formats import write_result
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.rdf import BlankNode, Literal, NamedNode, RdfFormat, parse
from kg.remote import RemoteAccess
from kg.results import Boolean, Graph, Solutions
from tests.remote_servers import Asked, Names, access_to, endpoint, reply, serving

BASE = "https://noemata.example/test/"
Make = Callable[..., KnowledgeGraph]

PREFIX = "PREFIX ex: <http://example.org/>\n"
FACTS = "ex:a ex:knows ex:b, ex:c . ex:b ex:knows ex:c . ex:a ex:age 1 . ex:d ex:age 2"
HERE = f"GRAPH <a:g> {{ {FACTS} }}"
OTHERS = r"""ex:a ex:name "Ann", "Annie"@en ; ex:age 1.0 . ex:b ex:name "Bob\n\"{}" ; ex:knows ex:c .
ex:c ex:name "C" ; ex:boss ex:a ."""


@pytest.fixture(scope="module")
def there() -> Iterator[tuple[str, Asked]]:
    with endpoint(PREFIX + OTHERS) as found:
        yield found


def rows(graph: KnowledgeGraph, text: str, remote: RemoteAccess | None) -> Counter[tuple[str, ...]]:
    """The answer as a multiset; columns in the order of their names."""
    result = run_sparql(graph, PREFIX + text, remote=remote)
    if isinstance(result, Boolean):
        return Counter([(str(result.value),)])
    if isinstance(result, Graph):
        return Counter((str(triple),) for triple in set(result.triples))
    order = sorted(range(len(result.variables)), key=lambda index: result.variables[index])
    return Counter(tuple(str(row[index]) for index in order) for row in result.rows)


# `@{…}` is SERVICE. The same data in a named graph must answer the same, where `@` is GRAPH.
PLACES = [
    "SELECT * { ?s ex:knows ?o . @{ ?o ex:name ?name } }",
    "SELECT * { @{ ?s ex:name ?name } ?s ex:knows ?o }",
    "SELECT * { ?s ex:knows ?o OPTIONAL { @{ ?o ex:name ?name } } }",
    "SELECT * { ?s ex:knows ?o OPTIONAL { @{ ?o ex:boss ?boss } ?boss ex:age ?age } }",
    "SELECT * { { ?s ex:knows ?o } UNION { @{ ?s ex:knows ?o } } }",
    "SELECT * { ?s ex:knows ?o MINUS { @{ ?o ex:boss ?boss } } }",
    "SELECT * { ?s ex:knows ?o FILTER EXISTS { @{ ?o ex:boss ?s } } }",
    "SELECT * { ?s ex:knows ?o FILTER NOT EXISTS { @{ ?o ex:boss ?s } } }",
    "SELECT ?s (COUNT(?name) AS ?names) { @{ ?s ex:name ?name } } GROUP BY ?s",
    "SELECT * { ?s ex:knows ?o { SELECT ?o (MAX(?n) AS ?name) { @{ ?o ex:name ?n } } GROUP BY ?o } }",
    "SELECT * { ?s ex:knows ?o . @{ SELECT (?x AS ?o) { ?x ex:name ?name } LIMIT 10 } }",
    "SELECT * { ?s ex:knows ?o . @{ ?o ex:name ?name FILTER(LANG(?name) = 'en' || STRLEN(?name) > 1) } }",
    "SELECT * { ?s ex:knows ?o . @{ ?s ex:name ?x } @{ ?o ex:name ?x2 } }",
    "SELECT * { @{ ?s ex:name ?name OPTIONAL { ?s ex:boss ?boss } } OPTIONAL { ?boss ex:age ?age } }",
    "SELECT * { @{ ex:c ex:boss ex:a } ?s ex:age ?age }",
    "SELECT * { @{ ex:c ex:boss ex:b } ?s ex:age ?age }",
    "SELECT * { @{ } ?s ex:age ?age }",
    "SELECT * { ?s ex:age ?age . @{ ?s ex:age ?age } }",
    "SELECT * { ?s ex:age ?age . @{ ?s ex:age ?other } FILTER(?age = ?other) }",
    "SELECT DISTINCT ?s { @{ ?s ex:name ?name } BIND(STR(?name) AS ?text) } ORDER BY ?s",
    "SELECT * { @{ ?s ex:name ?name } } VALUES ?s { ex:a ex:b }",
    "ASK { @{ ?s ex:boss ?o } ?s ex:knows ?o }",
    "ASK { @{ ?o ex:boss ?s } ?s ex:knows ?o }",
    "CONSTRUCT { ?s ex:label ?name } { ?s ex:knows ?o . @{ ?s ex:name ?name } }",
    "SELECT * { @{ ?s ?p ?o } FILTER(?o != <http://example.org/#'service'>) }",
]


@pytest.mark.parametrize("text", PLACES)
def test_solutions_are_joined_as_those_of_a_graph_are(make_graph: Make, there: tuple[str, Asked], text: str) -> None:
    reference = make_graph(dataset="separate")
    run_update(reference, f"{PREFIX}INSERT DATA {{ {FACTS} GRAPH <e:there> {{ {OTHERS} }} }}")
    expected = rows(reference, text.replace("@{", "GRAPH <e:there> {"), None)
    found = rows(make_graph(HERE), text.replace("@{", f"SERVICE <{there[0]}> {{"), access_to(there[0]))
    assert found == expected


def test_a_service_in_a_graph_keeps_the_name_of_the_graph(make_graph: Make, there: tuple[str, Asked]) -> None:
    graph, remote = make_graph(HERE + "GRAPH <a:h> { ex:x ex:y ex:z }"), access_to(there[0])
    inside = f"SERVICE <{there[0]}> {{ ?o ex:boss ?boss }}"
    found = rows(graph, f"SELECT ?g ?s {{ GRAPH ?g {{ ?s ex:knows ?o . {inside} }} }}", remote)
    assert found == {("<a:g>", f"<http://example.org/{name}>"): 1 for name in "ab"}
    for group in (inside, f"{{ {inside} }}", f"{{ SELECT * {{ {inside} }} }}", f"OPTIONAL {{ {inside} }}"):
        named = rows(graph, f"SELECT ?g {{ GRAPH ?g {{ {group} }} FILTER(STRSTARTS(STR(?g), 'a:')) }}", remote)
        assert named == {("<a:g>",): 1, ("<a:h>",): 1}, group


def test_the_group_is_sent_with_its_prologue_and_no_more(make_graph: Make, there: tuple[str, Asked]) -> None:
    url, asked = there
    text = f"BASE <http://example.org/> # base\nPREFIX ex: <> PREFIX s: <{url[:-6]}> SELECT ?n "
    text += "{ SERVICE s:sparql { ex:a ex:name ?n . OPTIONAL { ?x a kg:Note ; rdfs:label '''}''' } } ?s ex:knows ?o }"
    result = run_sparql(make_graph(HERE), text, remote=access_to(url))
    assert isinstance(result, Solutions)
    assert len(list(result.rows)) == 6
    method, path, headers, body = asked.requests[-1]
    assert (method, path, headers["accept"]) == ("POST", "/sparql", "application/sparql-results+json")
    query = parse_qs(body.decode())["query"][0]
    assert query.startswith("PREFIX kg: <https://w3id.org/noemata#>\nPREFIX rdfs: <")
    assert query.endswith("SELECT * WHERE { ex:a ex:name ?n . OPTIONAL { ?x a kg:Note ; rdfs:label '''}''' } }")
    assert "knows" not in query and "skos" not in query


def failing(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, b"out of\norder", 500)


def talking(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    reply(handler, b"<p>Hello", Content_Type="text/html")


def answering(body: bytes) -> Any:
    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        reply(handler, body, Content_Type="application/sparql-results+json; charset=utf-8")

    return handle


def solutions(*terms: dict[str, str]) -> bytes:
    """Results of one variable, ?x."""
    return json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": term} for term in terms]}}).encode()


@pytest.mark.parametrize(
    ("handle", "reason"),
    [
        (failing, "status 500: out of order"),
        (talking, "text/html and not with results"),
        (answering(b"{"), "cannot be read"),
        (answering(b'{"head": {}, "boolean": true}'), "true or false"),
        (answering(solutions({"type": "uri", "value": "http://e/> ) } } DROP ALL #"})), "cannot be read"),
        (answering(solutions({"type": "literal", "value": "a", "xml:lang": "en } DROP"})), "cannot be read"),
        (answering(solutions({"type": "literal", "value": "a", "datatype": "http://e/> } DROP"})), "cannot be read"),
    ],
    ids=["status", "page", "no JSON", "boolean", "IRI", "language", "datatype"],
)
def test_a_failure_is_an_error_and_with_silent_one_empty_solution(make_graph: Make, handle: Any, reason: str) -> None:
    graph = make_graph(HERE)
    with serving(handle) as (url, _):
        remote = access_to(url)
        with pytest.raises(RemoteError, match=reason):
            rows(graph, f"SELECT * {{ SERVICE <{url}> {{ ?x ?y ?z }} }}", remote)
        text = f"SELECT * {{ ?s ex:age ?age SERVICE SILENT <{url}> {{ ?s ?y ?z }} }}"
        age = '"%s"^^<http://www.w3.org/2001/XMLSchema#integer>'
        expected = {(age % n, f"<http://example.org/{s}>", "None", "None"): 1 for n, s in ((1, "a"), (2, "d"))}
        assert rows(graph, text, remote) == expected


def test_hostile_literals_stay_literals(make_graph: Make) -> None:
    texts = ['"', "\\", "'", "\n\r\t", "\u0000", "} DROP ALL", "?x <a> _:b", "\U0001f600", 'a" } #']
    terms = [{"type": "literal", "value": text} for text in texts]
    with serving(answering(solutions(*terms))) as (url, _):
        result = run_sparql(make_graph(), f"SELECT ?x {{ SERVICE <{url}> {{ ?x ?y ?z }} }}", remote=access_to(url))
        assert isinstance(result, Solutions)
        assert list(result.rows) == [(Literal(text),) for text in texts]


def test_blank_nodes_of_two_answers_stay_apart(make_graph: Make) -> None:
    blank = {"type": "bnode", "value": "b0"}
    with serving(answering(solutions(blank, blank))) as (url, _):
        text = f"SELECT ?x {{ SERVICE <{url}> {{ ?x ?p ?o }} SERVICE <{url}> {{ ?x ?p ?o }} }}"
        assert not rows(make_graph(), text, access_to(url))
        found = rows(make_graph(), f"SELECT ?x {{ SERVICE <{url}> {{ ?x ?p ?o }} }}", access_to(url))
    ((term, count),) = [(row[0], count) for row, count in found.items()]
    assert count == 2
    assert re.fullmatch(r"<https://noemata\.example/\.well-known/genid/[0-9a-f]{32}-[0-9a-f]{16}>", term)


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("SELECT * { SERVICE <@> { ?s ?p } }", QuerySyntaxError, ":2:"),
        ("SELECT * { SERVICE <@> { ?s ?p ?o } FILTER }", QuerySyntaxError, ":2:"),
        ("SELECT * { SERVICE <@> { } SERVICE <http://a.example/> { } }", RemoteError, "allow-list"),
        ("SELECT * { SERVICE <@> { } SERVICE SILENT <http://a.example/> { } }", RemoteError, "allow-list"),
        ("SELECT * { SERVICE <@> { } SERVICE ?s { ?s ?p ?o } }", UnsupportedQueryError, r"SERVICE \?s \(line 2"),
        ("SELECT * { SERVICE <@> { } SERVICEex:a { ?s ?p ?o } }", UnsupportedQueryError, "SERVICE"),
        ("SELECT * { SERVICE <@> { } ?s kg:search 'a' }", UnsupportedQueryError, "kg:search"),
        ("SELECT * { SERVICE <@> ?s ?p ?o }", QuerySyntaxError, "after SERVICE"),
        ("SELECT * { SERVICE no:x { ?s ?p ?o } SERVICE <@> { } }", QuerySyntaxError, "prefix no: is unknown"),
    ],
)
def test_nobody_is_asked_before_the_request_is_known_to_be_right(
    make_graph: Make, there: tuple[str, Asked], text: str, error: type[Exception], reason: str
) -> None:
    url, asked = there
    before = len(asked.requests)
    with pytest.raises(error, match=reason):
        rows(make_graph(HERE), text.replace("@", url), access_to(url))
    assert len(asked.requests) == before


@pytest.mark.parametrize(
    "text", ["SELECT * { SERVICE <http://a/> { } }", "SELECT * { SERVICE SILENT <http://a/> { } }"]
)
def test_without_allowed_hosts_service_is_refused_by_name(make_graph: Make, text: str) -> None:
    with pytest.raises(UnsupportedQueryError, match=r"SERVICE \(line 2, column 12\).*remote\.hosts"):
        rows(make_graph(), text, None)


def test_a_service_in_a_service_is_left_to_the_other_endpoint(make_graph: Make, there: tuple[str, Asked]) -> None:
    middle = make_graph(HERE)

    def answer(query: str) -> Any:
        """A second Noemata that may ask the first endpoint."""
        assert "SERVICE SILENT" in query
        result = run_sparql(middle, query, remote=access_to(there[0]))
        return pyoxigraph.parse_query_results(
            b"".join(write_result(result, "json")), pyoxigraph.QueryResultsFormat.JSON
        )

    with endpoint(answer=answer) as (url, _):
        inner = f"OPTIONAL {{ SERVICE SILENT <{there[0]}> {{ ?o ex:boss ?b }} }}"
        text = f"SELECT * {{ SERVICE <{url}> {{ ?s ex:knows ?o {inner} }} }}"
        assert len(rows(make_graph(), text, access_to(url))) == 3


def test_a_large_answer_is_a_limit_with_a_name(make_graph: Make, there: tuple[str, Asked]) -> None:
    with pytest.raises(LimitError, match=r"remote\.max_mb"):
        rows(make_graph(), f"SELECT * {{ SERVICE <{there[0]}> {{ ?s ?p ?o }} }}", access_to(there[0], max_bytes=100))


# --- updates


def test_an_update_asks_another_endpoint_for_its_solutions(make_graph: Make, there: tuple[str, Asked]) -> None:
    graph = make_graph(HERE)
    text = f"INSERT {{ ?o ex:label ?name }} WHERE {{ ?s ex:knows ?o SERVICE <{there[0]}> {{ ?o ex:name ?name }} }}"
    assert run_update(graph, PREFIX + text, remote=access_to(there[0])).added == 2
    with pytest.raises(UnsupportedQueryError, match="SERVICE"):
        run_update(graph, PREFIX + text)
    with pytest.raises(RemoteError, match="allow-list"):
        run_update(graph, f"{PREFIX}INSERT DATA {{ ex:n ex:p 1 }} ; {text}", remote=access_to("http://a.example"))
    assert not rows(graph, "SELECT * { ex:n ex:p 1 }", None)


DOCUMENTS = {
    "/a.ttl": ("text/turtle", b"<s> <p> 01.50, _:b . _:b <p> _:b ."),
    "/a.nt": ("text/plain", b"<http://e/s> <http://e/p> _:b ."),
    "/a.trig": ("application/trig", b"<http://e/s> <http://e/p> 1 . <http://e/g> { <http://e/s> <http://e/p> 2 }"),
    "/bad.ttl": ("text/turtle", b"<s> <p> <q>"),
    "/decisions.trig": ("application/trig", f"<{BASE}graph/decisions> {{ <http://e/s> <http://e/p> 2 }}".encode()),
}


@pytest.fixture(scope="module")
def documents() -> Iterator[str]:
    def handle(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        media_type, body = DOCUMENTS.get(handler.path, ("", b""))
        reply(handler, body, 200 if media_type else 404, Content_Type=media_type)

    with serving(handle) as (url, _):
        yield url


def graphs(graph: KnowledgeGraph) -> Counter[str]:
    return Counter(str(quad.graph_name) for quad in graph.store.match())


def test_load_puts_triples_where_insert_would(make_graph: Make, documents: str) -> None:
    graph, remote = make_graph(), access_to(documents)
    for _ in range(2):  # blank nodes are others each time
        run_update(graph, f"LOAD <{documents}/a.ttl>", remote=remote)
    run_update(graph, f"BASE <{documents}/> PREFIX g: <http://e/> LOAD SILENT <a.nt> INTO GRAPH g:g", remote=remote)
    assert graphs(graph) == {f"<{BASE}graph/user>": 5, "<http://e/g>": 1}
    objects = [quad.object for quad in graph.store.match(NamedNode(f"{documents}/s"))]
    assert sum(isinstance(term, BlankNode) for term in objects) == 2
    assert [term.value for term in objects if isinstance(term, Literal)] == ["1.5"]
    separate = make_graph(dataset="separate")
    run_update(separate, f"LOAD <{documents}/a.ttl>", remote=remote)
    assert rows(separate, "SELECT * { ?s ?p ?o }", None).total() == 3
    assert not graphs(separate)


def test_load_keeps_the_graphs_of_a_document(make_graph: Make, documents: str) -> None:
    graph, remote = make_graph(), access_to(documents)
    assert run_update(graph, f"LOAD <{documents}/a.trig>", remote=remote).added == 2
    assert graphs(graph) == {f"<{BASE}graph/user>": 1, "<http://e/g>": 1}
    with pytest.raises(QueryError, match="without INTO GRAPH"):
        run_update(graph, f"LOAD <{documents}/a.trig> INTO GRAPH <a:h>", remote=remote)


@pytest.mark.parametrize(
    ("load", "error"),
    [
        ("<{}/nowhere.ttl>", RemoteError),
        ("<{}/bad.ttl>", RdfSyntaxError),
        ("<{}/decisions.trig>", UnsupportedQueryError),
        ("<{}/a.ttl> INTO GRAPH <" + BASE + "graph/decisions>", UnsupportedQueryError),
        ("<file:///etc/passwd>", RemoteError),
        ("<http://a.example/>", RemoteError),
        ("SILENT <http://a.example/>", RemoteError),
    ],
)
def test_a_load_that_fails_leaves_nothing_of_its_request(
    make_graph: Make, documents: str, load: str, error: type[Exception]
) -> None:
    graph = make_graph()
    with pytest.raises(error):
        run_update(
            graph, f"INSERT DATA {{ <a:s> <a:p> 1 }} ; LOAD {load.format(documents)}", remote=access_to(documents)
        )
    assert not graphs(graph)


def test_load_silent_goes_on_where_a_document_fails(make_graph: Make, documents: str) -> None:
    graph = make_graph()
    text = f"LOAD SILENT <{documents}/bad.ttl> ; LOAD SILENT <{documents}/nowhere> ; INSERT DATA {{ <a:s> <a:p> 1 }}"
    text += f" ; LOAD SILENT <{documents}/a.trig> INTO GRAPH <a:h>"
    assert run_update(graph, text, remote=access_to(documents)).added == 1


def test_load_is_refused_by_name_without_allowed_hosts(make_graph: Make) -> None:
    with pytest.raises(UnsupportedQueryError, match=r"LOAD \(line 1, column 1\).*remote\.hosts"):
        run_update(make_graph(), "LOAD <http://e/x>")


# --- the W3C suite (SPARQL 1.1 Federated Query): its endpoints are graphs of ours on loopback

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
REFUSED = {"service05.rq": "its endpoint is a variable"}
SERVICE_TESTS = [f"service0{number}.rq" for number in ("1", "2", "3", "4a", "5", "6", "7")]


def w3c_test(folder: Path, name: str) -> tuple[str, dict[str, str], str]:
    """The data of a test of the manifest, the data of its endpoints by their hosts, and its result."""
    base = f"{folder.as_uri()}/"
    manifest = pyoxigraph.Store()
    manifest.load(path=folder / "manifest.ttl", format=pyoxigraph.RdfFormat.TURTLE, base_iri=base)
    query = f"""PREFIX mf: <{MF}> PREFIX qt: <{QT}> SELECT ?data ?endpoint ?there ?result {{
        ?test mf:action ?action ; mf:result ?result . ?action qt:query <{base}{name}> . OPTIONAL {{ ?action qt:data ?data }}
        OPTIONAL {{ ?action qt:serviceData [ qt:endpoint ?endpoint ; qt:data ?there ] }} }}"""
    solutions = manifest.query(query)
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    found: list[list[str]] = [["" if term is None else term.value for term in row] for row in solutions]
    text = {row[0]: Path(row[0][7:]).read_text("utf-8") if row[0] else "" for row in found}
    hosts = {urlsplit(row[1]).netloc: Path(row[2][7:]).read_text("utf-8") for row in found if row[1]}
    assert found and len(text) == 1
    return text[found[0][0]], hosts, found[0][3][7:]


@pytest.mark.parametrize("name", SERVICE_TESTS)
def test_w3c_service_suite(make_graph: Make, rdf_tests: Path, name: str) -> None:
    data, endpoints, result = w3c_test(rdf_tests / "service", name)

    def graph_of(turtle: str) -> KnowledgeGraph:
        graph = make_graph(dataset="separate")
        commit(graph, Change(tuple(parse(turtle.encode(), RdfFormat.TURTLE, name, base_iri="http://example.org/"))))
        return graph

    places: dict[str, tuple[str, int]] = {}
    hosts = frozenset((host, 80) for host in (*endpoints, "invalid.endpoint.org"))
    remote = RemoteAccess(hosts, resolve=Names(places))

    def answer(graph: KnowledgeGraph, query: str) -> Any:
        found = b"".join(write_result(run_sparql(graph, query, remote=remote), "json"))
        return pyoxigraph.parse_query_results(found, pyoxigraph.QueryResultsFormat.JSON)

    with ExitStack() as stack:
        for host, turtle in endpoints.items():
            url, _ = stack.enter_context(endpoint(answer=partial(answer, graph_of(turtle))))
            places[host] = ("127.0.0.1", urlsplit(url).port or 0)
        text = (rdf_tests / "service" / name).read_text("utf-8")
        if name in REFUSED:
            with pytest.raises(UnsupportedQueryError, match="by its IRI"):
                run_sparql(graph_of(data), text, remote=remote)
            return
        found = run_sparql(graph_of(data), text, remote=remote)
    assert isinstance(found, Solutions)
    expected = pyoxigraph.parse_query_results(path=result, format=pyoxigraph.QueryResultsFormat.XML)
    assert isinstance(expected, pyoxigraph.QuerySolutions)
    assert Counter(frozenset(zip(found.variables, row, strict=True)) for row in found.rows) == Counter(
        frozenset((name, row[name]) for name in found.variables) for row in expected
    )


def test_w3c_service_suite_has_no_other_tests(rdf_tests: Path) -> None:
    assert sorted(path.name for path in (rdf_tests / "service").glob("*.rq")) == SERVICE_TESTS


def test_select_star_has_the_columns_of_a_service_as_they_are_named(make_graph: Make, there: tuple[str, Asked]) -> None:
    url, _ = there
    text = f"{PREFIX}SELECT * {{ ?z ex:age ?y . SERVICE <{url}> {{ ?z ex:name ?name ; ?b ?a }} ?z ?d ?c }}"
    found = run_sparql(make_graph(HERE), text, remote=access_to(url))
    assert isinstance(found, Solutions) and found.variables == ("z", "y", "name", "b", "a", "d", "c")


def test_a_service_may_bind_the_name_of_the_graph_around_it(make_graph: Make, there: tuple[str, Asked]) -> None:
    graph, remote = make_graph("GRAPH ex:a { ex:s ex:p 1 } GRAPH ex:z { ex:s ex:p 1 }"), access_to(there[0])
    text = f"SELECT * {{ GRAPH ?g {{ ?s ex:p ?o . SERVICE <{there[0]}> {{ ?g ex:boss ?x }} }} }}"
    assert not rows(graph, text, remote)
    found = run_sparql(graph, PREFIX + text.replace("boss", "name"), remote=remote)
    assert isinstance(found, Solutions) and found.variables == ("g", "s", "o", "x")
    assert {str(row[0]) for row in found.rows} == {"<http://example.org/a>"}
