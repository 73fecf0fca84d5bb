"""Where Oxigraph answers otherwise than the standard, our answer is the standard's."""

from __future__ import annotations

import pytest

from kg.errors import QuerySyntaxError
from kg.query.corrections import ask
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.rdf import NamedNode
from kg.results import DatasetClause, ResultSet, Solutions
from kg.stores.oxigraph import OxigraphStore
from tests.query.conftest import MakeGraph

EX = "http://example.org/"
G, H = NamedNode(EX + "g"), NamedNode(EX + "h")
DATA = "GRAPH ex:g { ex:a ex:p 1, 2 ; ex:of ex:g } GRAPH ex:h { ex:b ex:p 3 . _:n ex:q 4 }"
PREFIX = f"PREFIX ex: <{EX}> "


@pytest.fixture
def answer(make_graph: MakeGraph):  # type: ignore[no-untyped-def]
    graph = make_graph(DATA, dataset="separate")

    def ask(text: str, dataset: DatasetClause = DatasetClause()) -> list[str]:
        found = run_sparql(graph, PREFIX + text, dataset)
        assert isinstance(found, Solutions)
        short = (
            " ".join("-" if t is None else str(t).replace(EX, "").split("^")[0] for t in row) for row in found.rows
        )
        return sorted(row.replace("<", "").replace(">", "").replace('"', "") for row in short)

    return ask


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ex:p ?o } } }", ["g 2", "h 1"]),
        ("SELECT ?g ?n { GRAPH ?g { { SELECT (MAX(?o) AS ?n) { ?s ex:p ?o } } ?s ex:p ?n } }", ["g 2", "h 3"]),
        ("SELECT ?g ?s { GRAPH ?g { ?s ex:p 1 MINUS { ?x ex:q ?y } } }", ["g a"]),
        ("SELECT ?g ?s { GRAPH ?g { ?s ex:p 3 MINUS { ?x ex:q ?y } } }", ["h b"]),
        ("SELECT ?g ?o { GRAPH ?g { ?s ex:p ?o MINUS { ?s ex:p 1 } } }", ["h 3"]),
        ("SELECT ?g ?v { GRAPH ?g { VALUES ?v { 7 } } }", ["g 7", "h 7"]),
        ("SELECT ?g ?v { GRAPH $g { BIND(7 AS ?v) } }", ["g 7", "h 7"]),
        ("SELECT ?g ?o { GRAPH ?g { OPTIONAL { ?s ex:q ?o } } }", ["g -", "h 4"]),
        ("SELECT ?g ?x { GRAPH ?g { ex:a ex:p 1 OPTIONAL { ex:a ex:of ?g } } }", ["g -"]),
        ("SELECT ?g { GRAPH ?g { FILTER(BOUND(?g)) } }", []),
        ("SELECT ?g { GRAPH ?g { ?s ex:p 1 FILTER(BOUND(?g)) } }", []),
        ("SELECT * { GRAPH ?g { ?s ex:p 1 FILTER(!BOUND(?g)) } }", ["g a"]),
        ("SELECT ?g ?s { GRAPH ?g { ?s ex:of ?g FILTER(?g = ex:g) } }", ["g a"]),
        ("SELECT ?g ?o { GRAPH ?g { ?s ex:p ?o } FILTER(?g = ex:h) }", ["h 3"]),
        ("SELECT ?g ?o { GRAPH ?g { { ?s ex:p ?o } UNION { ?s ex:q ?o } } }", ["g 1", "g 2", "h 3", "h 4"]),
        ("SELECT ?g { GRAPH ?g { { ?s ex:p 1 } UNION { VALUES ?s { ex:z } } } }", ["g", "g", "h"]),
        ("SELECT ?g { GRAPH ?g { _:x ex:p 1 ; ex:of ?o . { SELECT * { _:y ex:p 2 } } } }", ["g"]),
        ("SELECT ?g { GRAPH ?g {} }", ["g", "h"]),
        ("SELECT ?g ?n FROM NAMED ex:h { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }", ["h 2"]),
        ("SELECT ?g ?n FROM ex:h { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }", []),
        ('SELECT ?x { { SELECT (GROUP_CONCAT(?v; separator="+") AS ?x) { VALUES ?v { "a"@en } } } FILTER(?x = "a") }', ["a"]),
        ('SELECT (LANG(GROUP_CONCAT(DISTINCT ?v)) AS ?x) { VALUES ?v { "a"@en "b"@en } }', [""]),
        ("SELECT (TRUE AS ?t) (False AS ?f) {}", ["true false"]),
    ],
)  # fmt: skip
def test_answers_are_the_standards(answer, query: str, rows: list[str]) -> None:  # type: ignore[no-untyped-def]
    assert answer(query) == rows


def test_a_dataset_chosen_outside_counts(answer) -> None:  # type: ignore[no-untyped-def]
    query = "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }"
    assert answer(query, DatasetClause((), (G,))) == ["g 3"]


def test_updates_read_by_the_same_rules(make_graph: MakeGraph) -> None:
    graph = make_graph(DATA, dataset="separate")
    run_update(graph, PREFIX + "INSERT { ?g ex:n ?n } WHERE { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ex:p ?o } } }")
    found = run_sparql(graph, PREFIX + "SELECT ?n { ex:g ex:n ?n }")
    assert isinstance(found, Solutions)
    assert [row[0].value for row in found.rows if row[0] is not None] == ["2"]


@pytest.mark.parametrize(
    ("query", "column"),
    [
        ('SELECT (GROUP_CONCAT(?v; separator="+") AS ?x) { ?s ?p }', 57),
        ("SELECT ?x { GRAPH ?g { FILTER } }", 31),
        ("SELECT ?x { GRAPH ?g { BIND } }", 32),
    ],
)
def test_errors_keep_their_place(make_graph: MakeGraph, query: str, column: int) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        run_sparql(make_graph(), query)
    assert (caught.value.line, caught.value.column) == (1, column)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("SELECT * { ?s ?p ?o }", ("s", "p", "o")),
        ("SELECT*{ ?zeta ?b ?alpha . ?alpha ?c ?d }", ("zeta", "b", "alpha", "c", "d")),
        ("PREFIX x: <urn:x> SELECT DISTINCT * { ?s ?p ?o OPTIONAL { ?o ?a ?b } } ORDER BY ?o", ("s", "p", "o", "a", "b")),
        ("SELECT * { ?s ?p ?o { SELECT ?o (COUNT(*) AS ?n) { ?hidden ?q ?o } GROUP BY ?o } }", ("s", "p", "o", "n")),
        ("SELECT (2 * 3 AS ?six) ?a { ?b ?a ?c }", ("six", "a")),
    ],
)
def test_the_columns_of_select_star_come_as_they_are_named(
    make_graph: MakeGraph, query: str, variables: tuple[str, ...]
) -> None:
    result = run_sparql(make_graph(DATA, dataset="separate"), query)
    assert isinstance(result, Solutions) and result.variables == variables


def test_a_query_is_worked_out_once(make_graph: MakeGraph) -> None:
    """ORDER BY and GROUP BY are worked out before the first row is asked for."""
    asked: list[DatasetClause] = []

    class Recording(OxigraphStore):
        def query(self, text: str, dataset: DatasetClause, prefixes: dict[str, str]) -> ResultSet:
            asked.append(dataset)
            return super().query(text, dataset, prefixes)

    store = Recording(dataset="separate")
    ask(store, "SELECT * { GRAPH ?g { ?s ?p ?o } } ORDER BY ?o", DatasetClause(), {})
    assert asked == [DatasetClause((), ()), DatasetClause()]
