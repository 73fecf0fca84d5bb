from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from kg.errors import QuerySyntaxError, ResultTooLargeError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.limits import Limits, watchdog
from kg.query.sparql import run_sparql
from kg.rdf import NamedNode
from kg.results import Boolean, DatasetClause, Graph, ResultSet, Solutions

DATA = """
GRAPH :a { ex:s ex:p 1 . ex:both ex:p 9 }
GRAPH :b { ex:s ex:p 2 . ex:both ex:p 9 }
GRAPH :c { ex:s ex:p 3 }
GRAPH <https://noemata.example/test/graph/decisions> { ex:s ex:p 4 }
"""
A, B, C = (NamedNode(f"https://noemata.example/test/{name}") for name in "abc")
HEAD = "PREFIX ex: <http://example.org/> PREFIX : <https://noemata.example/test/> "
SELECT = HEAD + "SELECT ?o {} {{ ?s ex:p ?o }}"
Make = Callable[..., KnowledgeGraph]


@pytest.fixture
def graph(make_graph: Make) -> KnowledgeGraph:
    return make_graph(DATA)


def values(result: ResultSet) -> list[str]:
    assert isinstance(result, Solutions)
    return sorted(" ".join("-" if term is None else str(term.value) for term in row) for row in result.rows)


def test_default_graph_is_the_merge(graph: KnowledgeGraph) -> None:
    assert values(run_sparql(graph, SELECT.format(""))) == ["1", "2", "3", "9"]


def test_from_chooses_and_merges(graph: KnowledgeGraph) -> None:
    assert values(run_sparql(graph, SELECT.format("FROM :a"))) == ["1", "9"]
    assert values(run_sparql(graph, SELECT.format("FROM :a FROM <https://noemata.example/test/b>"))) == ["1", "2", "9"]
    assert values(run_sparql(graph, SELECT.format("FROM NAMED :a"))) == []


def test_from_named_is_what_graph_sees(graph: KnowledgeGraph) -> None:
    query = HEAD + "SELECT ?g ?o FROM :c FROM NAMED :a # FROM :b\n{ GRAPH ?g { ?s ?p ?o } }"
    assert values(run_sparql(graph, query)) == [f"{A.value} 1", f"{A.value} 9"]


def test_from_after_a_construct_template(graph: KnowledgeGraph) -> None:
    result = run_sparql(graph, HEAD + "CONSTRUCT { ?s ?p ?o } FROM :c WHERE { ?s ?p ?o }")
    assert isinstance(result, Graph)
    assert [triple.object.value for triple in result.triples] == ["3"]


def test_dataset_of_the_request_replaces_from(graph: KnowledgeGraph) -> None:
    clause = DatasetClause(default_graphs=(C,))
    assert values(run_sparql(graph, SELECT.format("FROM :a"), clause)) == ["3"]
    query = "SELECT ?g { GRAPH ?g { ?s ?p ?o } }"
    assert values(run_sparql(graph, query, clause)) == []
    assert values(run_sparql(graph, query, DatasetClause(named_graphs=(B,)))) == [B.value, B.value]


def test_prefixes_may_be_left_out_and_overridden(graph: KnowledgeGraph) -> None:
    assert values(run_sparql(graph, "SELECT (kg:Note AS ?x) {}")) == ["https://w3id.org/noemata#Note"]
    assert values(run_sparql(graph, "PREFIX kg: <urn:> SELECT (kg:Note AS ?x) {}")) == ["urn:Note"]
    with pytest.raises(QuerySyntaxError):
        run_sparql(graph, "SELECT (kg:Note AS ?x) {}", prefixes={})


def test_ask(graph: KnowledgeGraph) -> None:
    assert run_sparql(graph, "ASK { ?s ?p 3 }") == Boolean(True)


def test_service_is_refused_by_name(graph: KnowledgeGraph) -> None:
    with pytest.raises(UnsupportedQueryError, match=r"SERVICE \(line 2, column 3\) is not supported.*offline"):
        run_sparql(graph, "SELECT * {\n  SERVICE SILENT <http://example.org/> { ?s ?p ?o } }")


@pytest.mark.parametrize("update", ["INSERT DATA {}", "PREFIX ex: <a:>\nWITH ex:g DELETE {} WHERE {}", "drop all"])
def test_an_update_sent_as_a_query_says_where_to(graph: KnowledgeGraph, update: str) -> None:
    with pytest.raises(QuerySyntaxError, match="kg update"):
        run_sparql(graph, update)


def test_syntax_errors_keep_their_place_behind_from(graph: KnowledgeGraph) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        run_sparql(graph, "SELECT ?s FROM kg:a\nFROM NAMED <a:b> WHERE { ?s ?p ! }")
    assert (caught.value.line, caught.value.column) == (2, 34)


@pytest.mark.parametrize(
    "text", ["", "# nothing", "PREFIX ex: <a:>", "FROM <a:b>", "SELECT * FROM", "SELECT * FROM ?x {}"]
)
def test_what_is_no_query(graph: KnowledgeGraph, text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        run_sparql(graph, text)


def test_row_limit_raises_or_is_told(graph: KnowledgeGraph) -> None:
    query = "SELECT ?o { ?s ?p ?o }"
    assert len(values(run_sparql(graph, query, limits=Limits(rows=4)))) == 4
    with pytest.raises(ResultTooLargeError):
        values(run_sparql(graph, query, limits=Limits(rows=3)))
    told: list[int] = []
    assert len(values(run_sparql(graph, query, limits=Limits(rows=3), on_row_limit=told.append))) == 3
    assert told == [3]


def test_watchdog_barks_only_when_it_took_too_long() -> None:
    barks: list[str] = []
    barked = threading.Event()
    with watchdog(0.01, barked.set):
        assert barked.wait(30)
    with watchdog(60.0, lambda: barks.append("early")), watchdog(None, lambda: barks.append("never")):
        pass
    assert barks == []
