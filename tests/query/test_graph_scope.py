"""`GRAPH ?g` is the group in each graph, joined with the name (SPARQL 1.1 Query, 18.6)."""

from __future__ import annotations

import random

import pyoxigraph
import pytest

from kg.errors import QueryDepthError, UnsupportedQueryError
from kg.model import Change
from kg.query.corrections import ask
from kg.query.graph_scope import answered_by_graph
from kg.rdf import RdfFormat, parse
from kg.results import DatasetClause, Solutions
from kg.stores.oxigraph import OxigraphStore
from tests.query.random_groups import GRAPHS, PREFIX, Queries, data, solutions, written_out

NAMES = """GRAPH :g1 { :a :p 1 ; :in :g1 . :l :list (:g1 1) } GRAPH :g2 { :b :p 2 ; :in :g1 ; :says <<( :b :in :g1 )>> }
GRAPH :g3 { :l :list (:g3 1) ; :says <<( :b :in :g3 )>> }"""
MINUS = "GRAPH :g1 { :a :p 1 . :c :q 5 . :z :r :w }"


def answer(trig: str, query: str) -> list[str]:
    store = OxigraphStore(None, "separate")
    store.commit(Change(add=tuple(parse(f"PREFIX : <http://e/>\n{trig}".encode(), RdfFormat.TRIG, "test"))))
    found = ask(store, PREFIX + query, DatasetClause(), {})
    assert isinstance(found, Solutions)
    rows = (("-" if t is None else getattr(t, "value", "").replace("http://e/", "") for t in row) for row in found.rows)
    return [" ".join(found.variables), *sorted(" ".join(row) for row in rows)]


@pytest.mark.parametrize(
    ("trig", "query", "rows"),
    [
        (NAMES, "SELECT * { GRAPH ?g { ?s :p ?o VALUES (?g ?o) { (:g1 1) (:g1 2) } } }", ["g s o", "g1 a 1"]),
        (NAMES, "SELECT * { GRAPH ?g { ?s :p ?o VALUES ?g { UNDEF } FILTER(!BOUND(?g)) } }", ["g s o", "g1 a 1", "g2 b 2"]),
        (NAMES, "SELECT ?g { GRAPH ?g { ?s :list (?g 1) } }", ["g", "g1", "g3"]),
        (NAMES, "SELECT ?g { GRAPH ?g { ?s :says <<( ?x :in ?g )>> } }", ["g", "g3"]),
        (NAMES, "SELECT ?g { GRAPH ?g { ?s :p ?o } FILTER EXISTS { GRAPH ?g { ?s :in ?x FILTER(?x = ?g) } } }", ["g", "g1"]),
        (NAMES, "SELECT ?g { GRAPH ?g { ?s :p ?o } FILTER NOT EXISTS { GRAPH ?g { ?s :in ?x FILTER(?x = ?g) } } }", ["g", "g2"]),
        (NAMES, "SELECT ?g ?y { GRAPH ?g { ?s :p ?o OPTIONAL { ?s :in ?y FILTER(?y = ?g) } } }", ["g y", "g1 -", "g2 -"]),
        (NAMES, "SELECT ?g ?y { GRAPH ?g { ?s :p ?o BIND(?g AS ?y) } }", ["g y", "g1 -", "g2 -"]),
        (NAMES, "SELECT ?g { GRAPH ?g { ?s :in ?g FILTER(EXISTS { ?s :p ?x }) } }", ["g", "g1"]),
        (NAMES, "SELECT * { GRAPH ?g { ?s :p ?o OPTIONAL { ?s :in ?g } } }", ["g s o", "g1 a 1"]),
        (NAMES, "SELECT DISTINCT * { GRAPH ?g { { ?s :p 1 } UNION { ?s :in ?g } } }", ["g s", "g1 a"]),
        (NAMES, "SELECT (COUNT(DISTINCT *) AS ?n) { GRAPH ?g { { ?s :p 1 } UNION { ?s :in ?g } } }", ["n", "1"]),
        (NAMES, "SELECT ?g ?s { GRAPH ?g { { SELECT ?s { ?s :p ?o } ORDER BY ?s LIMIT 1 } } }", ["g s", "g1 a", "g2 b"]),
        (NAMES, "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(?x) + 1 AS ?n) { ?x :p 1 } } }", ["g n", "g1 2", "g2 1", "g3 1"]),
        (NAMES, "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?x :p 1 } HAVING(COUNT(*) = 0) } }", ["g n", "g2 0", "g3 0"]),
        (NAMES, "SELECT ?g { GRAPH ?g { _:x :p 1 { SELECT (SUM(?o) AS ?n) { _:y :p ?o } } } GRAPH ?g { _:y_0 :in ?g } }", ["g", "g1"]),
        (MINUS, "SELECT ?s { GRAPH ?g { ?s :p ?o OPTIONAL { ?s :nix ?x } MINUS { ?x :r ?w } } }", ["s", "a"]),
        (MINUS, "SELECT ?s { GRAPH ?g { ?s :p ?o MINUS { { ?s :nope ?x } UNION { ?zz :r ?w } } } }", ["s", "a"]),
        (MINUS, "SELECT ?s { GRAPH ?g { ?s :p ?o { ?c :q ?n MINUS { ?s :p ?o } } } }", ["s", "a"]),
        (MINUS, "SELECT ?s { GRAPH ?g { ?s :p ?o FILTER(!BOUND(?x)) MINUS { ?x :r ?w } } }", ["s", "a"]),
        (MINUS, "SELECT ?s { GRAPH ?g { ?s :p ?o FILTER EXISTS { ?s :p ?i MINUS { ?x :r ?y } } } }", ["s", "a"]),
        (MINUS, "SELECT ?s { GRAPH ?g { ?s :p ?o OPTIONAL { ?x :r ?w } MINUS { ?x :r ?w } } }", ["s"]),
        (MINUS, "SELECT ?s ?x { GRAPH ?g { ?s ?p ?o OPTIONAL { ?s :r ?x } MINUS { ?z ?q ?x FILTER(?q = :r) } } }", ["s x", "a -", "c -"]),
        (MINUS, "SELECT ?s { GRAPH ?g { ?s ?p ?o MINUS { VALUES ?s { :a UNDEF } ?y :q 5 } } }", ["s", "c", "z"]),
    ],
)  # fmt: skip
def test_answers_are_the_standards(trig: str, query: str, rows: list[str]) -> None:
    assert answer(trig, query) == rows


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 400, 50))
def test_random_groups_are_answered_graph_by_graph(first: int) -> None:
    """Compared with Oxigraph's answer to the same group in each graph by its name."""
    changed = answered = 0
    for seed in range(first, first + 50):
        chance = random.Random(seed)
        store, query = data(chance), Queries(chance).query()
        expected_query = written_out(query, GRAPHS)
        try:
            names = [f"?{v.value}" for v in store.query(PREFIX + expected_query).variables]  # type: ignore[union-attr]
        except SyntaxError:  # BIND of what is bound, or a subquery that selects what it groups
            continue
        query = query.replace("GRAPHV", "GRAPH").replace("SELECT *", f"SELECT {' '.join(names)}", 1)
        written = answered_by_graph(PREFIX + query).removeprefix(PREFIX)
        expected = solutions(store, expected_query)
        assert solutions(store, written) == expected, f"seed {seed}: {query}\nwas asked as {written}"
        changed, answered = changed + (written != query), answered + bool(expected)
    assert changed > 10 and answered > 10


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?g { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?g { GRAPH ?g { ?s ?p ?o FILTER(?o > 1) OPTIONAL { ?s ?q ?r } BIND(1 AS ?x) VALUES ?y { 2 } } }",
        "SELECT ?g { GRAPH ?g { ?s ?p* ?o MINUS { ?s a ?p } FILTER NOT EXISTS { ?o ?p ?s } } }",
        'SELECT ?n { GRAPH ?note { ?x <a:n> ?n OPTIONAL { ?x a ?t } FILTER(?n != "x") MINUS { ?x a <a:Tag> } } }',
        "SELECT ?g { GRAPH ?g { ?g ?p ?o FILTER(?g != ?o) BIND(STR(?g) AS ?text) } }",
        "SELECT ?g { GRAPH ?g { { ?s a ?o } UNION { ?s <a:p> ?o } VALUES ?o { 1 } } FILTER(?g = <a:g>) }",
        "SELECT ?g { GRAPH <a:g> { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }",
        "SELECT ?g { GRAPH ?g {} }",
    ],
)
def test_what_oxigraph_answers_rightly_is_left_alone(query: str) -> None:
    assert answered_by_graph(query) == query


def test_what_is_written_does_not_grow_with_the_graphs() -> None:
    store = pyoxigraph.Store()
    names = [pyoxigraph.NamedNode(f"a:g{number}") for number in range(3000)]
    store.extend(pyoxigraph.Quad(name, pyoxigraph.NamedNode("a:p"), name, name) for name in names)
    query = "SELECT ?g ?n { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s <a:p> ?o MINUS { ?x <a:q> ?y } } } }"
    written = answered_by_graph(query)
    assert len(written) < 500
    assert len(list(store.query(written))) == 3000  # type: ignore[arg-type]


def test_groups_that_would_be_written_again_and_again_are_refused_by_name() -> None:
    query = "OPTIONAL { ?a <a:p> ?b }"
    for number in range(12):
        query = f"?s{number} <a:p> 1 OPTIONAL {{ ?a <a:p> ?b }} MINUS {{ ?t{number} <a:q> 1 {{ {query} }} }}"
    with pytest.raises(UnsupportedQueryError, match=r"line 1, column .*Name the graph"):
        answered_by_graph(f"SELECT ?s {{ GRAPH ?g {{ {query} }} }}")
    deep = "OPTIONAL { ?s ?p ?o }"
    for _ in range(50):
        deep = f"{{ SELECT ?s {{ {deep} }} LIMIT 1 }}"
    with pytest.raises(QueryDepthError):
        answered_by_graph(f"SELECT ?s {{ GRAPH ?g {{ {deep} }} }}")
