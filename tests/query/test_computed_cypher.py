"""Computed procedures in Cypher, on both stores: rows that any statement goes on from; else refused by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from kg.errors import ForbiddenQueryError, KgError, ParameterError, QuerySyntaxError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.query.cypher import run_cypher, run_statement
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.rdf import KG
from kg.records import Node, Value
from kg.results import Solutions
from kg.stores import ServerAddress
from tests.graphs import graph_on
from tests.query.computing import Fixed, computing

BASE = "https://noemata.example/test/"
DATA = f"""PREFIX : <{BASE}> PREFIX kg: <{KG}>
:notes {{
  :a a kg:Person ; kg:name "Ada" ; kg:knows :b , :c . :b a kg:Person ; kg:name "Bo" ; kg:worksFor :d .
  :c a kg:Person ; kg:name "Cy" . :d a kg:Company ; kg:name "Dee" .
}}""".encode()


@pytest.fixture(scope="module")
def embedded() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, DATA) as graph:
        yield graph


@pytest.fixture(scope="module")
def on_server(neo4j_address: ServerAddress) -> Iterator[KnowledgeGraph]:
    with graph_on(neo4j_address, BASE, DATA) as graph:
        yield graph


def ask(
    graph: KnowledgeGraph, statement: str, is_writing: bool = False, **parameters: Value
) -> list[tuple[Value, ...]]:
    return list(run_cypher(computing(graph)[0], statement, parameters, is_writing=is_writing).rows)


ANSWERED: list[tuple[str, list[tuple[Value, ...]]]] = [
    ("CALL kg.search('graph', 20) YIELD node, score, passage RETURN node.name, score, size(passage)",
     [("Ada", 2.5, 18), ("Bo", 1.5, 1)]),
    ("CALL kg.search($text, $k) YIELD node AS n, score AS s WHERE s > 2 RETURN n.name, s", [("Ada", 2.5)]),
    ("CALL kg.search('store') YIELD node, rank RETURN node.name, rank", [("Bo", 1)]),  # of the other there is no node
    ("CALL kg.search('nothing') YIELD node, passage RETURN node.name, toUpper(passage)", []),
    ("CALL kg.search('graph') YIELD node, start, end, title RETURN title, end - start", [("A", 15), ("B", 1)]),
    ("CALL kg.search('graph', 1, {passages: true, diversity: 0.5}) YIELD node RETURN node.name", [("Ada",)]),
    ("MATCH (p:Person) CALL kg.search('graph') YIELD node WHERE node = p RETURN p.name ORDER BY p.name", [("Ada",), ("Bo",)]),
    ("CALL kg.search('graph') YIELD node OPTIONAL MATCH (node)-[:worksFor]->(c) RETURN node.name, c.name",
     [("Ada", None), ("Bo", "Dee")]),
    ("CALL kg.search('graph') YIELD node, score RETURN count(node), sum(score)", [(2, 4.0)]),
    ("CALL kg.search('graph') YIELD node, score CALL kg.similarTo('Bee', 5) YIELD node AS other "
     "RETURN node.name, other.name ORDER BY score", [("Bo", "Ada"), ("Ada", "Ada")]),
    (f"CALL kg.similarTo('{BASE}a') YIELD node RETURN count(*)", [(0,)]),
    ("CALL kg.search('graph') YIELD node RETURN node.name AS n UNION CALL kg.search('store') YIELD node RETURN node.name AS n",
     [("Ada",), ("Bo",)]),
    ("MATCH (p:Person) CALL (p) { CALL kg.search('graph') YIELD node, score WITH * WHERE node = p RETURN score } "
     "RETURN p.name, score ORDER BY score", [("Bo", 1.5), ("Ada", 2.5)]),
    ("CALL kg.search('graph') YIELD node WITH collect(node.name) AS names RETURN names", [(["Ada", "Bo"],)]),
    ("OPTIONAL CALL kg.search('nothing') YIELD node, score RETURN node, score", [(None, None)]),
    ("OPTIONAL CALL kg.search('graph', 1) YIELD node RETURN node.name", [("Ada",)]),
    ("OPTIONAL CALL kg.search('store') YIELD node, rank RETURN node.name, rank", [("Bo", 1)]),
    # of what was found there is no node: one row of nulls for each row before, as where nothing was found
    ("OPTIONAL CALL kg.search('unknown') YIELD node, score RETURN node, score", [(None, None)]),
    ("CALL kg.search('unknown') YIELD node, score RETURN node, score", []),
    ("MATCH (p:Person) OPTIONAL CALL kg.search('unknown') YIELD node, title "
     "RETURN p.name, node, toUpper(title) ORDER BY p.name", [("Ada", None, None), ("Bo", None, None), ("Cy", None, None)]),
    ("OPTIONAL CALL kg.search('nothing') YIELD node RETURN count(*), count(node)", [(1, 0)]),
    ("OPTIONAL CALL kg.search('nothing')", [(None,) * 7]),
    ("OPTIONAL CALL kg.predicted({object: 'x'}) YIELD subject, predicate RETURN subject, predicate", [(None, None)]),
    ("CALL kg.predicted({predicate: 'x', k: 1}) YIELD subject RETURN subject", []),
    ("CALL kg.predicted() YIELD subject, predicate, object, score RETURN subject.name, predicate, object.name, score",
     [("Ada", "knows", "Cy", 0.875), ("Cy", "worksFor", "Bo", 0.625), ("Ada", "worksFor", "Bo", 0.5)]),
    ("MATCH (kg:Person {name: 'Ada'}) RETURN kg.name // CALL kg.search", [("Ada",)]),
]  # fmt: skip


@pytest.mark.parametrize("store", ["embedded", pytest.param("on_server", marks=pytest.mark.neo4j)])
@pytest.mark.parametrize(("text", "rows"), ANSWERED)
def test_rows_are_nodes_and_values_of_the_statement(
    request: pytest.FixtureRequest, store: str, text: str, rows: list[tuple[Value, ...]]
) -> None:
    assert ask(request.getfixturevalue(store), text, text="graph", k=2) == rows


@pytest.mark.parametrize("store", ["embedded", pytest.param("on_server", marks=pytest.mark.neo4j)])
def test_a_call_alone_gives_all_columns(request: pytest.FixtureRequest, store: str) -> None:
    graph, _ = computing(request.getfixturevalue(store))
    records = run_cypher(graph, "CALL kg.search('graph', 1);")
    assert records.fields == ("node", "score", "passage", "start", "end", "title", "rank")
    ((node, *others),) = records.rows
    assert isinstance(node, Node)
    assert node.properties["iri"] == f"{BASE}a"
    assert others == [2.5, 'A "graph"\nof\\notes', 3, 18, "A", 1]
    assert run_cypher(graph, "CALL kg.similarTo('Bee') YIELD score, node").fields == ("score", "node")


@pytest.mark.parametrize("store", ["embedded", pytest.param("on_server", marks=pytest.mark.neo4j)])
def test_what_is_found_can_be_written_to(request: pytest.FixtureRequest, store: str) -> None:
    graph = request.getfixturevalue(store)
    text = "CALL kg.search('graph') YIELD node, score WITH node, score WHERE score < 2 SET node.found = score RETURN node.name"
    with pytest.raises(ForbiddenQueryError, match="SET"):
        ask(graph, text)
    try:
        assert ask(graph, text, is_writing=True) == [("Bo",)]
        assert ask(graph, "MATCH (n) WHERE n.found IS NOT NULL RETURN n.name, n.found") == [("Bo", 1.5)]
    finally:
        ask(graph, "MATCH (n) WHERE n.found IS NOT NULL REMOVE n.found", is_writing=True)


def test_a_transaction_of_several_statements_computes_too(embedded: KnowledgeGraph) -> None:
    fixed = Fixed()
    with embedded.store.cypher(False, None) as transaction:
        for _ in range(2):
            text = "CALL kg.search($t) YIELD node RETURN count(*)"
            assert list(run_statement(transaction, text, {"t": "graph"}, computed=fixed).rows) == [(2,)]
        with pytest.raises(UnsupportedQueryError, match="run without one"):
            run_statement(transaction, "CALL kg.search('graph')", {})
    assert len(fixed.asked) == 2


def test_equal_calls_are_computed_once(embedded: KnowledgeGraph) -> None:
    graph, fixed = computing(embedded)
    twice = "CALL kg.search('graph') YIELD node CALL kg.search('graph') YIELD node AS n, score RETURN count(*)"
    assert list(run_cypher(graph, twice).rows) == [(4,)]
    assert len(fixed.asked) == 1


REFUSED: list[tuple[str, type[KgError], str]] = [
    ("UNWIND ['a'] AS t CALL kg.search(t) YIELD node RETURN node", UnsupportedQueryError, r"\(line 1, column 19\) of t .*constants"),
    ("MATCH (n) CALL kg.similarTo(n.iri) YIELD node RETURN node", UnsupportedQueryError, "of n.iri .*constants and parameters"),
    ("CALL kg.search('a' + 'b')", UnsupportedQueryError, "of 'a' \\+ 'b'"),
    ("CALL kg.serch('x')", UnsupportedQueryError, "Did you mean kg.search"),
    ("CALL kg.SEARCH('x')", UnsupportedQueryError, "no such procedure"),
    ("CALL kg.search()", QuerySyntaxError, r"takes \(query, k, \{options\}\)"),
    ("CALL kg.search", QuerySyntaxError, "arguments in parentheses"),
    ("CALL kg.search('x', 1, {}, 2)", QuerySyntaxError, "takes"),
    ("CALL kg.search('x', 1, 2)", QuerySyntaxError, "a map of options"),
    ("CALL kg.search('x', 1, {query: 'y'})", QuerySyntaxError, "given query twice"),
    ("CALL kg.search('x', 1, {passage: true})", QuerySyntaxError, "Did you mean passages"),
    ("CALL kg.search('x', -1)", QuerySyntaxError, "from 0 to 10,000"),
    ("CALL kg.search('x', null)", QuerySyntaxError, "from 0 to 10,000"),
    ("CALL kg.search(' ')", QuerySyntaxError, "with something in it"),
    ("CALL kg.search(3)", QuerySyntaxError, "a text of at most"),
    ("CALL kg.predicted({object: 3})", QuerySyntaxError, "an IRI, or the name of something"),
    ("CALL kg.search('x') RETURN 1", QuerySyntaxError, "needs YIELD with names"),
    ("CALL kg.search('x') YIELD * RETURN 1", QuerySyntaxError, "needs YIELD with names"),
    ("CALL kg.search('x') YIELD nod RETURN 1", QuerySyntaxError, "Did you mean node"),
    ("CALL kg.search('x') YIELD - RETURN 1", QuerySyntaxError, "YIELD what you want"),
    ("OPTIONAL CALL kg.search('x') YIELD node WHERE node.name = 'Ada' RETURN node", UnsupportedQueryError, "WHERE behind the call"),
    ("CALL kg.search('x') YIELD node WHERE EXISTS { CALL kg.search('y') YIELD node AS m WHERE m = node RETURN m } RETURN node",
     UnsupportedQueryError, r"\(line 1, column 47\) in the WHERE of another call .*behind that call"),
    ("CALL kg.search($nothing)", QuerySyntaxError, "null is none for query"),
    ("CALL kg.search('x', 1, {passages: 0, diversity: true})", QuerySyntaxError, "0 is none for passages"),
    ("CALL kg.search($missing)", ParameterError, "is missing; kg.search is given it"),
    ("CALL kg.search('x'", QuerySyntaxError, "1:15"),
    ("CALL db.search('x')", ForbiddenQueryError, "db.search"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "error", "reason"), REFUSED)
def test_what_cannot_be_computed_is_refused_by_name(
    embedded: KnowledgeGraph, text: str, error: type[KgError], reason: str
) -> None:
    graph, fixed = computing(embedded)
    with pytest.raises(error, match=reason):
        list(run_cypher(graph, text, {"t": "x", "nothing": None}).rows)
    assert not fixed.asked


def test_without_anybody_to_compute_a_call_is_refused(embedded: KnowledgeGraph) -> None:
    with pytest.raises(UnsupportedQueryError, match=r"kg.search \(line 1, column 1\)"):
        run_cypher(embedded, "CALL kg.search('x')")


SPARQL = [
    'SELECT ?name ?s { ?n kg:search [ kg:query "graph" ; kg:score ?s ] ; kg:name ?name }',
    'SELECT ?name { ?p kg:name ?name ; a kg:Person FILTER NOT EXISTS { ?p kg:search "graph" } }',
    'SELECT ?name { ?p kg:knows [ kg:search "graph" ; kg:name ?name ] }',
    'SELECT ?name ?c { ?p kg:name ?name ; a kg:Person OPTIONAL { ?p kg:search "graph" ; kg:worksFor ?c } }',
    f'SELECT * {{ <{BASE}a> kg:search "graph" }}', f'ASK {{ <{BASE}c> kg:search "graph" }}',
    'SELECT ?y { ?x kg:predicted [ kg:predicate kg:knows ; kg:object ?y ] ; kg:name "Ada" }',
    'CONSTRUCT { ?x kg:knows ?y } WHERE { ?x kg:similarTo "Bee" ; kg:knows ?y }',
    'SELECT ?n ?o { ?n kg:search "store" . ?n (kg:worksFor|kg:knows)+ ?o }',
]  # fmt: skip


@pytest.mark.parametrize("text", SPARQL)
def test_sparql_answers_on_the_server_as_here(embedded: KnowledgeGraph, on_server: KnowledgeGraph, text: str) -> None:
    found = []
    for graph in (embedded, on_server):
        result = run_sparql(computing(graph)[0], text)
        rows = result.rows if isinstance(result, Solutions) else getattr(result, "triples", [result])
        found.append(sorted(map(str, map(tuple, rows) if isinstance(result, Solutions) else rows)))
    assert found[0] == found[1]
    assert found[0]


def test_an_update_on_the_server_writes_what_a_search_finds(on_server: KnowledgeGraph) -> None:
    graph, _ = computing(on_server)
    found = "WHERE { ?n kg:search [ kg:query 'graph' ; kg:score ?s ] FILTER EXISTS { ?n a kg:Person } }"
    assert run_update(graph, f"INSERT {{ ?n kg:score ?s }} {found}").added == 2
    assert run_update(graph, f"DELETE {{ ?n kg:score ?s }} {found}").removed == 2


def test_an_error_of_the_search_is_the_statement_s(embedded: KnowledgeGraph) -> None:
    class Failing(Fixed):
        def similar(self, to: object, k: int) -> list[object]:  # type: ignore[override]
            raise ParameterError("to", "is nothing")

    graph = dataclasses.replace(embedded, computed=Failing())
    with pytest.raises(ParameterError, match="is nothing"):
        run_cypher(graph, "CALL kg.similarTo('x')")


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("CALL kg.search('graph') YIELD node RETURN nod.name", (1, 43)),
        ("CALL kg.search('graph')\nYIELD node\nRETURN nod.name", (3, 8)),
        ("CALL kg.search('graph') YIELD node CALL kg.search('store') YIELD node AS b RETURN nod.name", (1, 83)),
        ("MATCH (node:Person) CALL kg.search('graph') YIELD node RETURN node", (1, 21)),
        ("RETURN nod.name", (1, 8)),
    ],
)
def test_an_error_stands_where_it_was_written(embedded: KnowledgeGraph, statement: str, place: tuple[int, int]) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        ask(embedded, statement)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize(
    ("statement", "place"),
    [("CALL kg.search('graph') YIELD node RETURN nod.name", (1, 43)), ("RETURN nod.name", (1, 8))],
)
def test_the_server_tells_it_too(on_server: KnowledgeGraph, statement: str, place: tuple[int, int]) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        ask(on_server, statement)
    assert (caught.value.line, caught.value.column) == place
