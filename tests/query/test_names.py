"""What names mean: computed predicates are refused, and what Oxigraph says of an unknown name is said clearly."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.errors import QuerySyntaxError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.results import Boolean

Make = Callable[..., KnowledgeGraph]
IRI = "https://w3id.org/noemata#"

COMPUTED = [
    ('SELECT * { ?n kg:search "graph" }', "kg:search", 15),
    ("SELECT * { ?n kg:search [ kg:query 'graph' ; kg:k 3 ] }", "kg:search", 15),
    (f"ASK {{ ?n <{IRI}similarTo> <urn:y> }}", "kg:similarTo", 10),
    (f"PREFIX n: <{IRI}> ASK {{ ?x n:predicted ?y }}", "kg:predicted", 48),
    ("PREFIX w: <https://w3id.org/> ASK { ?x w:noemata\\#search ?y }", "kg:search", 40),
    (f"PREFIX s: <{IRI}search> ASK {{ ?x s: ?y }}", "kg:search", 54),
    ("BASE <https://w3id.org/noemata> ASK { ?x <#search> ?y }", "kg:search", 42),
    (f"ASK {{ ?x <{IRI}\\u0073earch> ?y }}", "kg:search", 10),
    ("ASK { ?x ^kg:similarTo/kg:name ?y }", "kg:similarTo", 11),
    ("ASK { VALUES ?p { kg:predicted } ?x ?p ?y }", "kg:predicted", 19),
]


@pytest.mark.parametrize(("text", "name", "column"), COMPUTED)
def test_a_computed_predicate_is_refused_by_name(make_graph: Make, text: str, name: str, column: int) -> None:
    with pytest.raises(UnsupportedQueryError, match=rf"{name} \(line 1, column {column}\)"):
        run_sparql(make_graph(), text)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <urn:x> kg:search 'y' }",
        "INSERT { ?n kg:name 'found' } WHERE { ?n kg:search 'y' }",
        f"INSERT DATA {{ <urn:x> <urn:p> 1 }} ; PREFIX n: <{IRI}> DELETE WHERE {{ ?x n:search ?y }}",
    ],
)
def test_an_update_with_a_computed_predicate_does_nothing(make_graph: Make, text: str) -> None:
    graph = make_graph()
    with pytest.raises(UnsupportedQueryError, match="kg:search"):
        run_update(graph, text)
    assert not list(graph.store.match())


@pytest.mark.parametrize(
    "text",
    [
        f"PREFIX s: <{IRI}search> ASK {{ ?s ?p 'kg:search' }} # kg:search",
        "ASK { ?x kg:searched ?y }",
        "PREFIX kg: <urn:mine:> ASK { ?x kg:search ?y }",
        "PREFIX kg: <urn:mine:> ASK { ?x kg:search ?search }",
    ],
)
def test_what_only_looks_like_one_is_answered(make_graph: Make, text: str) -> None:
    assert run_sparql(make_graph(), text) == Boolean(False)


UNKNOWN = [
    ("SELECT * {\n  BIND(foo:bar AS ?x) }", 2, 8, "the prefix foo: is unknown"),
    ("SELECT * { ?s ?p :x }", 1, 18, "the prefix : is unknown"),
    ("SELECT * { ?s ?p '1'^^foo:int }", 1, 23, "the prefix foo: is unknown"),
    ("SELECT * FROM foo:g { ?s ?p ?o }", 1, 15, "the prefix foo: is unknown"),
    ("SELECT * {\n ?s <x> ?o }", 2, 5, "<x> is relative, and there is no BASE"),
    ("SELECT * { BIND(<x> AS ?y) }", 1, 17, "<x> is relative, and there is no BASE"),
    ("SELECT * FROM <g> { ?s ?p ?o }", 1, 15, "<g> is relative, and there is no BASE"),
    ("BASE <x> ASK {}", 1, 6, "<x> is relative, and there is no BASE"),
    ("PREFIX foo: <x> ASK { ?s foo:a ?o }", 1, 13, "<x> is relative, and there is no BASE"),
]


@pytest.mark.parametrize(("text", "line", "column", "reason"), UNKNOWN)
def test_a_name_that_means_nothing_is_named(make_graph: Make, text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        run_sparql(make_graph(), text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("INSERT DATA { foo:a <urn:p> 1 }", 1, 15, "the prefix foo: is unknown"),
        ("INSERT DATA { <urn:a> <urn:p> 1 } ;\nDELETE WHERE { ?s <x> ?o }", 2, 19, "<x> is relative"),
        ("CLEAR GRAPH foo:g", 1, 13, "the prefix foo: is unknown"),
    ],
)
def test_the_same_in_an_update(make_graph: Make, text: str, line: int, column: int, reason: str) -> None:
    with pytest.raises(QuerySyntaxError, match=reason) as caught:
        run_update(make_graph(), text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_comparison_is_not_taken_for_a_relative_iri(make_graph: Make) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        run_sparql(make_graph(), "SELECT * { ?s ?p ?a FILTER(?a<3&&?a>2) ?x }")
    assert "relative" not in str(caught.value)
    assert run_sparql(make_graph(), "ASK { FILTER(1<3&&3>2) }") == Boolean(True)
