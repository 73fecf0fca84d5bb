"""Each classic mistake gets one sentence that says what would be right, at its place."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.errors import QuerySyntaxError
from kg.graph import KnowledgeGraph
from kg.query.sparql import run_sparql
from kg.query.update import run_update

Make = Callable[..., KnowledgeGraph]

MISTAKES = [
    ("SELECT ?x { ?x kg:uses ?y } GROUP BY ?y", 1, "(SAMPLE(?x) AS ?y)"),
    ("SELECT * { ?x kg:uses ?y } GROUP BY ?y", 1, "SELECT * cannot stand with GROUP BY"),
    ("CONSTRUCT { ?s ?p } WHERE { ?s ?p ?o }", 19, "unexpected text at '} WHERE"),
    ("CONSTRUCT { GRAPH :g { ?s ?p ?o } } WHERE { ?s ?p ?o }", 19, "the prefix : is unknown"),
    ("CONSTRUCT { GRAPH kg:g { ?s ?p ?o } } WHERE { ?s ?p ?o }", 13, "leave out GRAPH"),
    ("CONSTRUCT { ?s ?p ?o }", 1, "a pattern is missing"),
    ("SELECT * { ?s ?p ?o BIND(1 AS ?s) }", 31, "?s has a value already"),
    ("SELECT * { ?s ?p ?o BIND(?o+1 ?n) }", 21, "BIND needs a variable"),
    ("SELECT * { ?s ?p ?o } LIMIT -1", 29, "LIMIT takes a whole number from 0"),
    ("SELECT * { ?s ?p ?o } OFFSET ?n", 30, "OFFSET takes a whole number from 0, not '?n'"),
    ("SELECT COUNT(?x) { ?x ?p ?o }", 8, "write (COUNT(?x) AS ?n)"),
    ("SELECT ?p (COUNT(?x)) { ?x ?p ?o } GROUP BY ?p", 11, "write (COUNT(?x) AS ?n)"),
    ("SELECT (COUNT(?x) ?c) { ?x ?p ?o }", 8, "write (COUNT(?x) AS ?c)"),
    ("SELECT ?s, ?p { ?s ?p ?o }", 10, "without commas"),
    ("SELECT { ?s ?p ?o }", 1, "SELECT *"),
    ("SELECT * { ?s ?p ?o ?s kg:q ?z }", 21, "a `.` is missing before ?s"),
    ("SELECT * { ?s ?p ?o FILTER ?x > 3 }", 28, "FILTER(?x > 3)"),
    ("SELECT * { ?s ?p ?o FILTER(?o == 3) }", 31, "equality is written `=`"),
    ("SELECT * { ?s ?p ?o FILTER(?o & ?s) }", 31, "and is written `&&`"),
    ("SELECT * { ?s nix:p ?o }", 15, "the prefix nix: is unknown"),
    ("SELECT ?s { ?s ?p ?o } ORDER BY ?s DESC", 36, "DESC(?x)"),
    ("SELECT ?s { ?s ?p ?o } ORDER BY -?s", 33, "DESC(?x)"),
    ("SELECT * { ?s ?p ?o OPTIONAL ?s ?p 1 }", 30, "OPTIONAL { … }"),
    ("SELECT * { ?s ?p ?o UNION ?s ?p 1 }", 21, "{ … } UNION { … }"),
    ("INSERT DATA { ?s kg:p 1 }", 15, "?s is a variable"),
    ("INSERT DATA { 'x' kg:p 1 }", 15, "never the subject"),
    ("INSERT { 'x' <a:c> 1 } WHERE {}", 10, "'x', is never the subject"),
]


@pytest.mark.parametrize(("text", "column", "reason"), MISTAKES)
def test_a_classic_mistake_is_named(make_graph: Make, text: str, column: int, reason: str) -> None:
    run = run_update if text.startswith("INSERT") else run_sparql
    with pytest.raises(QuerySyntaxError) as caught:
        run(make_graph(), text)
    assert reason in caught.value.reason
    assert (caught.value.line, caught.value.column) == (1, column)
    assert "\n" not in str(caught.value)
    assert ".." not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?p (COUNT(?x) AS ?n) { ?x ?p ?o } GROUP BY ?p ORDER BY COUNT(?x) DESC(?p) LIMIT 3",
        "SELECT (1 AS ?n) { FILTER NOT EXISTS { ?s ?p 7 } FILTER(1=1&&2>1) BIND(1 AS ?x) }",
        r"S\u0045LECT ?\u0073 { ?s ?p ?o }",
    ],
)
def test_what_is_right_is_answered(make_graph: Make, text: str) -> None:
    run_sparql(make_graph(), text)
