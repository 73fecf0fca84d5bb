"""What the slice of a query is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from kg.rdf import XSD, Literal, NamedNode
from kg.results import DatasetClause
from kg.slices import Closure, GraphNames, Leaf, Pattern, Slice, Values, Variable, Whole
from kg.slices.slicing import slice_of
from tests.conformance.manifests import cases, content_of, folder

PREFIXES = {"": "http://e/"}
ALL = DatasetClause()


def of(text: str, dataset: DatasetClause = ALL) -> Slice:
    return slice_of(text, PREFIXES, dataset)


def iri(name: str) -> NamedNode:
    return NamedNode("http://e/" + name)


def test_constants_are_the_terms_that_oxigraph_reads() -> None:
    text = r'BASE <http://b/c/> PREFIX x: <d#> SELECT * { <../e> x:f\-g "01.50"^^<http://www.w3.org/2001/XMLSchema#decimal> }'
    (leaf,) = of(text).leaves
    assert isinstance(leaf, Leaf)
    (pattern,) = leaf.patterns
    assert (pattern.subject, pattern.predicate) == (NamedNode("http://b/e"), NamedNode("http://b/c/d#f-g"))
    assert pattern.object == Literal("1.5", datatype=XSD["decimal"])


def test_queries_that_differ_in_constants_only_have_slices_that_do() -> None:
    one, two = (
        of(f"SELECT * {{ ?a :{name} ?b . ?b :q {value} FILTER(?a = :{name}) }}")
        for name, value in (("x", 1), ("y", 22))
    )
    assert repr(one).replace("http://e/x", "http://e/y").replace("value=1 ", "value=22 ") == repr(two)


def test_a_list_of_iris_is_one_restriction_of_any_length() -> None:
    for number in (2, 5000):
        names = " ".join(f":n{i}" for i in range(number))
        (leaf,) = of(f"SELECT * {{ VALUES ?a {{ {names} }} ?a :p ?b }}").leaves
        assert isinstance(leaf, Leaf)
        assert [len(values.iris) for values in leaf.values] == [number]


def test_instances_of_a_class_are_sought_below_it() -> None:
    leaf, closure = of("SELECT * { ?x a/:sub* :C }").leaves
    assert isinstance(leaf, Leaf)
    assert isinstance(closure, Closure)
    assert (closure.start, closure.steps) == (iri("C"), ((iri("sub"), True),))
    assert leaf.values == (Values(Variable("v1"), reached=closure),)


def test_bounds_are_inclusive_and_of_what_can_be_compared() -> None:
    (leaf,) = of(
        'SELECT * { ?a :p ?b . ?a :q ?c FILTER(?b > 5 && 7 >= ?b && ?c = "x" && ?a != :z && ?a < "x") }'
    ).leaves
    assert isinstance(leaf, Leaf)
    five, seven = (Literal(str(n), datatype=XSD["integer"]) for n in (5, 7))
    bounds = [(values.least, values.most) for values in leaf.values]
    assert bounds == [(five, None), (None, seven), (Literal("x"), Literal("x"))]


def test_what_shares_no_variable_is_another_leaf() -> None:
    assert len(of("SELECT * { ?a :p ?b . ?c :q ?d . ?b :r ?e }").leaves) == 2


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("SELECT * { ?a :p ?b } LIMIT 3 OFFSET 2", 5),
        ("SELECT DISTINCT ?a { { ?a :p ?b } UNION { ?b :q ?a } FILTER(?a > 1) } LIMIT 3", 3),
        ("ASK { ?a :p ?b }", 1),
        ("SELECT * { ?a :p ?b } ORDER BY ?a LIMIT 3", None),
        ("SELECT * { ?a :p ?b OPTIONAL { ?a :q ?c } } LIMIT 3", None),
        ("SELECT * { ?a :p ?b FILTER NOT EXISTS { ?a :q ?c } } LIMIT 3", None),
        ("SELECT (COUNT(*) AS ?n) { ?a :p ?b } LIMIT 3", None),
        ("SELECT ?a { ?a :p ?b } HAVING (EXISTS { ?a :q ?c }) LIMIT 3", None),
        ("SELECT * { { SELECT ?a { ?a :p ?b } LIMIT 1 } } LIMIT 3", None),
        ("CONSTRUCT { ?a :q ?b } WHERE { ?a :p ?b } LIMIT 3", None),
    ],
)
def test_a_query_that_is_monotone_says_how_much_it_needs(text: str, limit: int | None) -> None:
    assert of(text).limit == limit


def test_the_default_graph_of_a_request_is_merged_from_graphs_of_each_pattern() -> None:
    dataset = DatasetClause((iri("g"), iri("h")), (iri("k"),))
    (leaf,) = of("SELECT * { ?a :p/:q ?b }", dataset).leaves
    assert isinstance(leaf, Leaf)
    graphs = [pattern.graph for pattern in leaf.patterns]
    assert len(set(graphs)) == 2
    assert {values.variable: values.iris for values in leaf.values} == dict.fromkeys(graphs, (iri("g"), iri("h")))
    assert of("SELECT * { GRAPH :g { ?a :p ?b } }", dataset).leaves == ()
    (leaf,) = of("SELECT * { GRAPH :k { ?a :p ?b } }", dataset).leaves
    assert isinstance(leaf, Leaf)
    assert leaf.patterns == (Pattern(iri("k"), Variable("v0"), iri("p"), Variable("v1")),)


def test_a_walk_from_the_end_of_one_that_is_nowhere_starts_where_that_one_does() -> None:
    text = "SELECT * { GRAPH :k { :u :p* ?a } GRAPH ?g { ?a (!:q)+ ?b } }"
    leaves = of(text, DatasetClause(None, (iri("g"), iri("h")))).leaves
    assert [leaf.start for leaf in leaves if isinstance(leaf, Closure)] == [iri("u")]


def test_names_of_graphs_are_wanted_only_where_they_count() -> None:
    assert GraphNames() not in of("SELECT * { GRAPH ?g { ?a :p ?b OPTIONAL { ?a :q ?c } } }").leaves
    assert GraphNames() in of("SELECT * { GRAPH ?g {} }").leaves


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?r <http://www.w3.org/1999/02/22-rdf-syntax-ns#reifies> <<( ?a :p ?b )>> }",
        "SELECT * { ?a :p ?b LATERAL { SELECT ?c { ?a :q ?c } LIMIT 1 } }",
        "SELECT * FROM <http://e/g> { ?a :p ?b }",
        "SELECT * " + "{" * 127 + "?a :p ?b" + "}" * 127,
        "SELECT * { SERVICE <http://e/> { ?a :p ?b } }",
        "VERSION '1.2' SELECT * { ?a :p 'x'@en--ltr FILTER(HASLANGDIR(?b)) }",
    ],
)
def test_what_is_not_read_is_the_whole(text: str) -> None:
    assert [type(leaf) for leaf in of(text).leaves] == [Whole]


@pytest.mark.slow
@pytest.mark.skipif(folder() is None, reason="KG_BENCH does not name the folder of the suites")
def test_any_text_of_the_suites_has_a_slice() -> None:
    kinds = ("PositiveSyntaxTest", "PositiveSyntaxTest11")
    actions = [case.value(_ACTION).value for case in cases() if case.kind in kinds and case.suite.startswith("SPARQL")]
    assert len(actions) > 100
    read = [of(f"BASE <http://b/> {content_of(action).decode()}") for action in actions]
    assert sum(isinstance(leaf, Whole) for each in read for leaf in each.leaves) < 20


_ACTION = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#action"


def test_threads_may_ask_at_once() -> None:
    texts = [f"SELECT * {{ ?a :p{i % 7} ?b . ?b :q{i} {i} {'. ?c ?d ?e ' * (i % 5)} }}" for i in range(60)]
    expected = [of(text) for text in texts]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(of, texts)) == expected
