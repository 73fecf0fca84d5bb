"""Computed predicates in SPARQL: joined as triples would be, wherever a pattern stands; else refused by name."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.computed import Found
from kg.errors import QuerySyntaxError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.query.explain import explain_sparql
from kg.query.library import bind, parse_query
from kg.query.sparql import run_sparql
from kg.query.update import run_update
from kg.rdf import KG, Literal, NamedNode
from kg.results import Boolean, Graph, ResultSet, Solutions
from tests.graphs import open_graph
from tests.query.computing import AS_TRIPLES, TRIPLES, Fixed, computing
from tests.remote_servers import access_to, endpoint

Make = Callable[..., KnowledgeGraph]
HERE = "PREFIX : <https://noemata.example/test/> "
COMPUTED = f"PREFIX c: <{KG}> {HERE}"
STATED = f"PREFIX c: <{AS_TRIPLES}> {HERE}"
NOTES = """
:notes { :a a kg:Note ; dct:title "A" ; kg:linksTo :b , :c . :b a kg:Note ; dct:title "B" ; kg:linksTo :a .
:c a kg:Person ; dct:title "C" ; kg:knows :a . } :g { :a kg:taggedWith :t . :b kg:taggedWith :t , :u }
"""


@pytest.fixture(scope="module")
def graphs() -> tuple[KnowledgeGraph, KnowledgeGraph]:
    """A graph that computes, and one that holds the answers as triples."""
    base = "https://noemata.example/test/"
    before = f"PREFIX : <{base}> PREFIX kg: <{KG}> PREFIX dct: <http://purl.org/dc/terms/> "
    plain, stated = (open_graph(None, base, (before + data).encode()) for data in (NOTES, TRIPLES + NOTES))
    return computing(plain)[0], stated


def answers(result: ResultSet) -> object:
    if isinstance(result, Solutions):
        rows = (tuple(sorted(zip(result.variables, map(str, row), strict=True))) for row in result.rows)
        return result.variables, Counter(rows)
    return set(map(str, result.triples)) if isinstance(result, Graph) else result


SAME = [
    'SELECT * { ?n c:search "graph" }',
    'SELECT * { ?n dct:title ?t ; c:search [ c:query "graph" ; c:score ?s ; c:rank ?r ] ; a kg:Note . ?n kg:linksTo ?m }',
    'SELECT * { ?n c:search [ c:start ?b ; c:end ?e ; c:query """graph""" ; c:title ?name ] . }',
    'SELECT * { ?n c:search "graph", "store" }',
    'SELECT * { ?n c:search "graph" . ?n c:search [ c:query "store" ; c:score ?s ] }',
    'SELECT * { ?n a kg:Note OPTIONAL { ?n c:search [ c:query "store" ; c:score ?s ] } }',
    'SELECT * { ?n c:search "store" OPTIONAL { ?n dct:title ?t } }',
    'SELECT * { ?n a ?c FILTER EXISTS { ?n c:search "graph" } }',
    'SELECT * { ?n a ?c FILTER NOT EXISTS { ?n kg:linksTo ?m . ?m c:search "store" } }',
    'SELECT * { ?n a kg:Note BIND(EXISTS { ?n c:search "store" } AS ?e) }',
    'SELECT ?n { ?n kg:linksTo ?m } GROUP BY ?n HAVING (EXISTS { ?n c:search "store" })',
    'SELECT * { ?n a kg:Note MINUS { ?n c:search "store" } }',
    'SELECT * { { ?n c:search "graph" } UNION { ?n c:similarTo :a } }',
    'SELECT ?n (COUNT(*) AS ?k) { ?n c:search "graph" ; kg:linksTo ?m } GROUP BY ?n HAVING (COUNT(*) > 1)',
    'SELECT (SUM(?s) AS ?all) { ?n c:search [ c:query "graph" ; c:score ?s ] }',
    'SELECT * { { SELECT ?n { ?n c:search [ c:query "graph" ; c:score ?s ] } ORDER BY DESC(?s) LIMIT 1 } ?n dct:title ?t }',
    'SELECT * { ?n c:search [ c:query "graph" ; c:score ?s ] FILTER(?s > 2) ?n kg:linksTo ?m }',
    'SELECT * { _:x kg:linksTo ?n . ?n c:search "graph" FILTER(BOUND(?n)) _:x dct:title ?t }',
    'SELECT * { ?n c:search [ c:query "graph" ; c:score ?s ] BIND(?s * 2 AS ?d) }',
    'SELECT * { BIND(:a AS ?n) ?n c:search [ c:query "graph" ; c:rank ?r ] }',
    'SELECT * { VALUES ?n { :a :c } ?n c:search [ c:query "graph" ; c:rank ?r ] }',
    'SELECT * { :a c:search [ c:query "graph" ; c:score ?s ] }',
    'SELECT * { :c c:search [ c:query "graph" ; c:score ?s ] }',
    'ASK { :a c:search "graph" }', 'ASK { :c c:search "graph" }', 'ASK { :a c:search "graph", "nothing" }',
    'SELECT * { ?x kg:linksTo [ c:search "graph" ; dct:title ?t ] }',
    'SELECT ?t { ?x kg:linksTo [ c:search "graph" ; dct:title ?t ] , :b }',
    'SELECT ?x { [] c:search "store" . ?x kg:knows [ c:search "graph" ; kg:linksTo [ c:similarTo :a ] ] }',
    'SELECT ?t { [ c:search "store" ; dct:title ?t ] kg:linksTo :a }',
    'SELECT * { ?n c:search _:hit . ?n a kg:Note . _:hit c:query "graph" ; c:score ?s . }',
    'SELECT * { ?n (kg:linksTo|kg:knows)+ ?m . ?m c:search "graph" }',
    'SELECT * { ?n c:search "graph" GRAPH ?g { ?n kg:taggedWith ?t } }',
    'SELECT * { ?x c:similarTo :a ; dct:title ?t }', 'SELECT * { ?x c:similarTo [ c:to "Bee" ; c:score ?s ] }',
    'SELECT * { ?x c:predicted :b }', 'SELECT * { :a c:predicted ?y FILTER(isIRI(?y)) }', 'ASK { :c c:predicted :b }',
    'SELECT * { ?x c:predicted [ c:predicate ?p ; c:object ?y ; c:score ?s ] }',
    'SELECT * { ?x c:predicted [ c:predicate kg:worksFor ; c:object :b ; c:score ?s ] }',
    'CONSTRUCT { ?n kg:score ?s } WHERE { ?n c:search [ c:query "graph" ; c:score ?s ] }',
    'DESCRIBE ?n { ?n c:search "graph" ; kg:linksTo :c MINUS { ?n kg:knows ?m } }',
    '# kg:search\nSELECT * {\n  ?n c:search # what\n    "graph" # for\n  .\n  ?n dct:title ?t # and\n}',
    'SELECT * { ?n dct:title "A"@en ; c:search "graph" ; a kg:Note ; }',
    'SELECT * { (1 ?n) a ?l . ?n c:search "graph" }', "SELECT * { ?n c:search 'graph'^^xsd:string }",
]  # fmt: skip


@pytest.mark.parametrize("text", SAME)
def test_a_pattern_is_joined_as_triples_would_be(graphs: tuple[KnowledgeGraph, KnowledgeGraph], text: str) -> None:
    computing_, stated = graphs
    found, expected = answers(run_sparql(computing_, COMPUTED + text)), answers(run_sparql(stated, STATED + text))
    if text.startswith("DESCRIBE"):
        assert isinstance(expected, set)
        assert found == {each for each in expected if AS_TRIPLES not in each and not each.startswith("_:")}
    else:
        assert found == expected


NODES = st.sampled_from(["?a", "?b", "?c", ":a", ":b"])
TRIPLE = st.builds("{} {} {} .".format, NODES, st.sampled_from(["kg:linksTo", "a", "dct:title"]), NODES)
PLAIN = st.builds("{} c:search {} .".format, NODES, st.sampled_from(['"graph"', '"store"', '"none"']))
HIT = st.builds(
    "{} c:search [ c:query {} ; c:score {} ] .".format,
    NODES, st.sampled_from(['"graph"', '"store"']), st.sampled_from(["?s", "?t"]),
)  # fmt: skip
LIKENESS = st.builds("{} c:similarTo :a .".format, NODES)


def groups(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    whole = st.lists(inner, min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        whole.map("OPTIONAL {{ {} }}".format), whole.map("MINUS {{ {} }}".format), whole.map("{{ {} }}".format),
        st.builds("{{ {} }} UNION {{ {} }}".format, whole, whole),
        whole.map("{{ SELECT DISTINCT ?a ?s {{ {} }} }}".format),
    )  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.recursive(TRIPLE | PLAIN | HIT | LIKENESS, groups, max_leaves=6), min_size=1, max_size=4))
def test_random_groups_have_the_solutions_that_triples_have(
    graphs: tuple[KnowledgeGraph, KnowledgeGraph], parts: list[str]
) -> None:
    text = f"SELECT * {{ {' '.join(parts)} }}"
    assert answers(run_sparql(graphs[0], COMPUTED + text)) == answers(run_sparql(graphs[1], STATED + text))


def test_the_comparison_sees_a_difference(graphs: tuple[KnowledgeGraph, KnowledgeGraph]) -> None:
    text = 'SELECT * { ?n c:search "graph" }'
    other = 'SELECT * { ?n c:search "store" }'
    assert answers(run_sparql(graphs[0], COMPUTED + text)) != answers(run_sparql(graphs[1], STATED + other))


def test_the_passage_and_its_place_are_those_of_the_hit(make_graph: Make) -> None:
    graph, _ = computing(make_graph(NOTES))
    text = 'SELECT ?p ?b ?e { ?n kg:search [ kg:query "graph" ; kg:k 1 ; kg:passage ?p ; kg:start ?b ; kg:end ?e ] }'
    result = run_sparql(graph, text)
    assert isinstance(result, Solutions)
    assert list(result.rows) == [(Literal('A "graph"\nof\\notes'), Literal(3), Literal(18))]


ASKED = [
    ('?n kg:search "graph"', ("search", "graph", 100, False, None)),
    ('?n kg:search "graph"@en', ("search", "graph", 100, False, None)),
    (
        '?n kg:search [ kg:query "x" ; kg:k 7 ; kg:passages true ; kg:diversity 0.5 ]',
        ("search", "x", 7, True, 0.5),
    ),
    (f'?n <{KG}search> [ <{KG}query> "x" ; kg:k 0 ; kg:diversity 1 ]', ("search", "x", 0, False, 1.0)),
    ("?n kg:similarTo [ kg:to <urn:y> ; kg:k 3 ]", ("similar", NamedNode("urn:y"), 3)),
    ('?n kg:similarTo "Ada"', ("similar", "Ada", 100)),
    ("<urn:x> kg:predicted ?y", ("predicted", NamedNode("urn:x"), None, None, 100, 0.5)),
    (
        '?x kg:predicted [ kg:predicate "works for" ; kg:object <urn:o> ; kg:least 0.2 ; kg:k 5 ]',
        ("predicted", None, "works for", NamedNode("urn:o"), 5, 0.2),
    ),
    ("?x kg:predicted []", ("predicted", None, None, None, 100, 0.5)),
]


@pytest.mark.parametrize(("pattern", "asked"), ASKED)
def test_what_is_written_is_what_is_asked(make_graph: Make, pattern: str, asked: tuple[object, ...]) -> None:
    graph, fixed = computing(make_graph())
    run_sparql(graph, f"SELECT * {{ {pattern} }}")
    assert fixed.asked == [asked]


def test_each_hit_of_options_is_a_row_and_what_is_found_by_a_text_is_one(make_graph: Make) -> None:
    """Two passages of a note are two blank nodes, of which one can count; but one triple says that the note fits."""

    class Twice(Fixed):
        def search(self, text: str, k: int, passages: bool, diversity: float | None) -> list[Found]:
            return [Found(NamedNode("urn:n"), 1.0, rank, "x") for rank in (1, 2)]

    graph = dataclasses.replace(make_graph(), computed=Twice())
    for pattern, count in (
        ('[ kg:query "x" ; kg:passages true ]', 2),
        ('[ kg:query "x" ; kg:passages true ; kg:score ?s ]', 2),
        ('_:hit . _:hit kg:query "x"', 2),
        ('"x"', 1),
    ):
        found = run_sparql(graph, f"SELECT ?n (COUNT(*) AS ?k) {{ ?n kg:search {pattern} }} GROUP BY ?n")
        assert isinstance(found, Solutions)
        assert list(found.rows) == [(NamedNode("urn:n"), Literal(count))], pattern


def test_equal_patterns_are_computed_once_and_others_each(make_graph: Make) -> None:
    graph, fixed = computing(make_graph())
    twice = '{ ?n kg:search "x" } UNION { ?m kg:search [ kg:query "x" ; kg:score ?s ] } UNION { ?n kg:search "y" }'
    run_sparql(graph, f"ASK {{ {twice} }}")
    assert [each[1] for each in fixed.asked] == ["x", "y"]


def test_no_triple_is_added_so_open_patterns_never_meet_one(make_graph: Make) -> None:
    graph, _ = computing(make_graph(NOTES))
    before = set(map(str, graph.store.match()))
    found = run_sparql(graph, 'SELECT DISTINCT ?p { ?n kg:search "graph" . ?s ?p ?o }')
    assert isinstance(found, Solutions)
    assert (KG["linksTo"],) in found.rows
    assert not any(KG["search"] in row for row in found.rows)
    assert set(map(str, graph.store.match())) == before


def test_columns_stand_in_the_order_in_which_the_query_names_them(make_graph: Make) -> None:
    graph, _ = computing(make_graph(NOTES))
    text = 'SELECT * { ?n dct:title ?t ; kg:search [ kg:score ?s ; kg:query "graph" ; kg:rank ?r ] ; kg:linksTo ?m }'
    found = run_sparql(graph, text)
    assert isinstance(found, Solutions)
    assert found.variables == ("n", "t", "s", "r", "m")


REFUSED = [
    ("SELECT * { ?n kg:search ?t }", r"of the value of \?t", "write a constant"),
    ("SELECT * { ?x kg:similarTo ?y . ?y a kg:Person }", r"of the value of \?y", "write a constant"),
    ("SELECT * { ?n kg:search [ kg:query 'x' ; kg:k ?k ] }", r"of the value of \?k", "write a constant"),
    ("SELECT * { ?n kg:linksTo/kg:search 'x' }", "in a path", "no step of a path"),
    ("SELECT * { ?n ^kg:search 'x' }", "in a path", "no step of a path"),
    ("SELECT * { ?n !(kg:search) 'x' }", "in a path", "no step of a path"),
    ("SELECT * { GRAPH ?g { ?n kg:search 'x' } }", "within GRAPH", "outside of the group"),
    ("SELECT * { GRAPH <urn:g> { { ?n kg:search 'x' } UNION {} } }", "within GRAPH", "outside of the group"),
    ("CONSTRUCT { ?n kg:search 'x' } WHERE { ?n a ?c }", "in a template", "name it in WHERE"),
    ("CONSTRUCT WHERE { ?n kg:search 'x' }", "in a short form", "two groups"),
    ("SELECT * { VALUES ?p { kg:search } ?s ?p ?o }", "as a value", "predicate of a pattern"),
    ("SELECT * { VALUES (?p ?q) { (1 kg:search) } }", "as a value", "predicate of a pattern"),
    ("SELECT * { ?s ?p kg:search }", "as a value", "predicate of a pattern"),
    ("SELECT * { kg:search ?p ?o }", "as a value", "predicate of a pattern"),
    ("SELECT * { ?s ?p ?o FILTER(?p = kg:search) }", "as a value", "predicate of a pattern"),
    ("SELECT (kg:search AS ?x) {}", "as a value", "predicate of a pattern"),
    ("DESCRIBE kg:search", "as a value", "predicate of a pattern"),
    ("SELECT * { [] kg:search 'x' }", r"of a blank node, beside \*", "name the columns"),
    ("SELECT ?n { { SELECT * { ?n a [ kg:search 'x' ] } } }", r"of a blank node, beside \*", "name the columns"),
    ("SELECT ?n { ?n kg:linksTo _:x . _:x kg:search 'x' }", "of _:x", "a variable"),
    ("SELECT * { 'x' kg:search 'x' }", "of 'x'", "its subject is a variable"),
    ("SELECT * { ?n kg:search 'x' {| kg:since 1 |} }", "with an annotation", "No triple"),
]


@pytest.mark.parametrize(("text", "where", "advice"), REFUSED)
def test_where_nothing_can_be_computed_it_is_refused_by_name(
    make_graph: Make, text: str, where: str, advice: str
) -> None:
    graph, fixed = computing(make_graph())
    with pytest.raises(
        (UnsupportedQueryError, QuerySyntaxError), match=rf"kg:\w+ \(line 1, column \d+\) {where}"
    ) as caught:
        run_sparql(graph, text)
    assert advice in str(caught.value)
    assert not fixed.asked


WRONG = [
    ("?n kg:search [ kg:querry 'x' ]", 27, "kg:querry is no option of kg:search. Did you mean kg:query?"),
    ("?n kg:search [ kg:k 3 ]", 25, "kg:query is missing"),
    ("?n kg:search []", 25, "kg:query is missing"),
    ("?n kg:search [ kg:query 'x' ; ?p 3 ]", 42, "?p is no option"),
    ("?n kg:search [ kg:query 'x' ; kg:k 3 ; kg:k 4 ]", 51, "kg:k stands here twice"),
    ("?n kg:search [ kg:query 'x', 'y' ]", 27, "kg:query stands here with several values"),
    ("?n kg:search [ kg:query 'x' ; kg:k -1 ]", 47, "kg:k, which takes a whole number from 0 to 10,000"),
    ("?n kg:search [ kg:query 'x' ; kg:k 10001 ]", 47, "kg:k, which takes a whole number from 0 to 10,000"),
    ("?n kg:search [ kg:query 'x' ; kg:k 2.5 ]", 47, "kg:k, which takes a whole number"),
    ("?n kg:search [ kg:query 'x' ; kg:diversity 2 ]", 55, "takes a number from 0 to 1"),
    ("?n kg:search [ kg:query 'x' ; kg:passages 'yes' ]", 54, "takes true or false"),
    ("?n kg:search [ kg:query 'x' ; kg:score 1 ]", 51, "write a variable for it"),
    ("?n kg:search [ kg:query [ kg:query 'x' ] ]", 36, "takes a text"),
    ("?n kg:search 42", 25, "kg:query, which takes a text"),
    ("?n kg:search <urn:x>", 25, "kg:query, which takes a text"),
    ("?n kg:search ' '", 25, "with something in it"),
    ("?n kg:search ('x')", 25, "takes no list"),
    ("?n kg:search [ kg:query 'x' ; kg:score ?n ]", 15, "?n stands for two things"),
    ("?n kg:similarTo 5", 28, "an IRI, or the name of something"),
    ("?n kg:search _:h . ?m kg:linksTo _:h . _:h kg:query 'x'", 45, "_:h stands for options of a search"),
    ("?n kg:search _:h . _:h kg:query 'x' . ?m kg:linksTo ( _:h )", 66, "_:h stands for options of a search"),
    ("?x kg:predicted [ kg:subject <urn:x> ]", 30, "kg:subject is no option of kg:predicted"),
]


@pytest.mark.parametrize(("pattern", "column", "reason"), WRONG)
def test_a_wrong_option_is_named_with_what_would_be_right(
    make_graph: Make, pattern: str, column: int, reason: str
) -> None:
    graph, fixed = computing(make_graph())
    with pytest.raises(QuerySyntaxError) as caught:
        run_sparql(graph, f"SELECT * {{ {pattern} }}")
    assert reason in str(caught.value)
    assert (caught.value.line, caught.value.column) == (1, column)
    assert not fixed.asked


def test_a_text_that_is_too_long_is_refused_and_the_longest_is_not(make_graph: Make) -> None:
    graph, _ = computing(make_graph())
    assert run_sparql(graph, f"ASK {{ ?n kg:search '{'x' * 10_000}' }}") == Boolean(False)
    with pytest.raises(QuerySyntaxError, match="at most 10,000 characters"):
        run_sparql(graph, f"ASK {{ ?n kg:search '{'x' * 10_001}' }}")


def test_a_query_that_does_not_parse_has_its_own_error(make_graph: Make) -> None:
    graph, fixed = computing(make_graph())
    with pytest.raises(QuerySyntaxError, match="the prefix foo: is unknown"):
        run_sparql(graph, "SELECT * { ?n kg:search 'x' ; foo:bar ?y }")
    assert not fixed.asked


def test_a_dataset_that_is_chosen_does_not_narrow_the_search(make_graph: Make) -> None:
    graph, _ = computing(make_graph(NOTES))
    text = f'{HERE} SELECT ?n ?t FROM :g {{ ?n kg:search "graph" OPTIONAL {{ ?n kg:taggedWith ?t }} }}'
    found = run_sparql(graph, text)
    assert isinstance(found, Solutions)
    assert len(list(found.rows)) == 3  # :a, and :b twice


def test_explain_shows_the_rows_in_place_of_the_pattern(make_graph: Make) -> None:
    graph, _ = computing(make_graph(NOTES))
    told = explain_sparql(graph, 'SELECT * { ?n kg:search "graph" ; dct:title ?t }')
    assert "ToMultiSet" in told
    assert "kg:search" not in told
    assert "write a constant" in explain_sparql(graph, "SELECT * { ?n kg:search ?x }")


def test_a_full_answer_is_as_quick_as_its_rows(make_graph: Make) -> None:
    """Ten thousand rows, the most of one search, go through; what is asked for is no more than the columns named."""

    class Many(Fixed):
        def search(self, text: str, k: int, passages: bool, diversity: float | None) -> list[Found]:
            return [Found(NamedNode(f"urn:n{number}"), 1.0, number, "x" * 400) for number in range(1, k + 1)]

    graph = dataclasses.replace(make_graph(), computed=Many())
    found = run_sparql(graph, 'SELECT ?n ?r { ?n kg:search [ kg:query "x" ; kg:k 10000 ; kg:rank ?r ] }')
    assert isinstance(found, Solutions)
    assert sum(1 for _ in found.rows) == 10_000


def test_what_is_computed_in_a_service_is_the_other_endpoint_s(make_graph: Make) -> None:
    """The stand-in has such a triple; what stands outside of the group is computed here."""
    graph, fixed = computing(make_graph(NOTES))
    with endpoint(f'{HERE}PREFIX kg: <{KG}> :b kg:search "there" . :z kg:search "there" .') as (url, asked):
        text = f'SELECT * {{ ?n kg:search "graph" . SERVICE <{url}> {{ ?n kg:search "there" }} }}'
        found = run_sparql(graph, text, remote=access_to(url))
        assert isinstance(found, Solutions)
        assert [str(term) for (term,) in found.rows] == ["<https://noemata.example/test/b>"]
        with pytest.raises(UnsupportedQueryError, match="of the value of"):
            run_sparql(graph, text.replace('"graph"', "?t"), remote=access_to(url))
    assert len(asked.requests) == 1
    assert [each[1] for each in fixed.asked] == ["graph"]


def test_a_saved_query_is_given_its_text_and_thing(make_graph: Make) -> None:
    graph, fixed = computing(make_graph(NOTES))
    text = "#+ summary: Finds.\nSELECT ?n { ?n kg:search [ kg:query ?_text ; kg:k ?_k_integer ] ; kg:similarTo ?_thing_iri }"
    query = parse_query("finds", text)
    values = {"text": 'a "graph"', "k": "3", "thing": "https://noemata.example/test/a"}
    run_sparql(graph, bind(query, values))
    assert fixed.asked[0][:3] == ("search", 'a "graph"', 3)
    assert fixed.asked[1][:2] == ("similar", NamedNode("https://noemata.example/test/a"))


# --- updates


def test_an_update_writes_what_a_search_finds(make_graph: Make) -> None:
    graph, fixed = computing(make_graph(NOTES))
    text = f"""{HERE} INSERT {{ ?n kg:score ?s }} WHERE {{ ?n kg:search [ kg:query "graph" ; kg:score ?s ] }} ;
        DELETE {{ ?n kg:score ?s }} WHERE {{ ?n kg:score ?s FILTER NOT EXISTS {{ ?n kg:search "store" }} }}"""
    count = run_update(graph, text)
    assert (count.added, count.removed) == (1, 0)
    assert [each[1] for each in fixed.asked] == ["graph", "store"]
    assert run_sparql(graph, f"{HERE} ASK {{ :b kg:score 1.5e0 }}") == Boolean(True)


def test_an_update_searches_what_was_there_before_it(make_graph: Make) -> None:
    """All is computed before anything is done; so an error of the second search leaves nothing to be undone."""
    seen: list[int] = []

    class Looking(Fixed):
        def search(self, text: str, k: int, passages: bool, diversity: float | None) -> list[Found]:
            seen.append(len(list(graph.store.match())))
            if text == "wrong":
                raise QuerySyntaxError("search", "it cannot be searched")
            return [Found(NamedNode("urn:n"), 1.0, 1)]

    graph = dataclasses.replace(make_graph(), computed=Looking())
    before = graph.store.revision
    parts = [f'INSERT {{ ?n kg:rank {each} }} WHERE {{ ?n kg:search "{each}" }}' for each in (1, 2)]
    wrong = 'INSERT { ?n a kg:Note } WHERE { ?n kg:search "wrong" }'
    with pytest.raises(QuerySyntaxError, match="it cannot be searched"):
        run_update(graph, " ; ".join(("INSERT DATA { <urn:x> a kg:Note }", *parts, wrong)))
    assert graph.store.revision == before
    assert run_update(graph, " ; ".join(("INSERT DATA { <urn:x> a kg:Note }", *parts))).added == 3
    assert seen == [0] * 5


UPDATES = [
    ("INSERT DATA { <urn:x> kg:search 'y' }", "in a template"),
    ("INSERT DATA { GRAPH <urn:g> { <urn:x> kg:search 'y' } }", "in a template"),
    ("INSERT { ?n kg:search 'found' } WHERE { ?n kg:search 'y' }", "in a template"),
    ("DELETE WHERE { ?n kg:search 'y' }", "in a short form"),
    ("INSERT DATA { <urn:x> a kg:Note } ; DELETE { ?n a ?c } WHERE { ?n a ?c ; kg:search ?c }", "of the value of"),
    ("WITH <urn:g> DELETE { ?n a ?c } WHERE { GRAPH ?g { ?n a ?c ; kg:search 'x' } }", "within GRAPH"),
    ("CLEAR GRAPH kg:search", "as a value"),
]


@pytest.mark.parametrize(("text", "where"), UPDATES)
def test_an_update_that_cannot_be_computed_does_nothing(make_graph: Make, text: str, where: str) -> None:
    graph, fixed = computing(make_graph())
    with pytest.raises(UnsupportedQueryError, match=where):
        run_update(graph, text)
    assert not list(graph.store.match())
    assert not fixed.asked


def test_without_anybody_to_compute_nothing_of_an_update_is_done(make_graph: Make) -> None:
    graph = make_graph()
    with pytest.raises(UnsupportedQueryError, match=r"kg:search \(line 1, column 67\)"):
        run_update(graph, "INSERT DATA { <urn:x> a kg:Note } ; INSERT { ?n a ?c } WHERE { ?n kg:search 'x' ; a ?c }")
    assert not list(graph.store.match())


def test_an_error_of_the_search_undoes_an_update(make_graph: Make) -> None:
    class Failing(Fixed):
        def search(self, text: str, k: int, passages: bool, diversity: float | None) -> list[Found]:
            raise QuerySyntaxError("search", "it cannot be searched")

    graph = dataclasses.replace(make_graph(), computed=Failing())
    with pytest.raises(QuerySyntaxError, match="it cannot be searched"):
        run_update(graph, "INSERT DATA { <urn:x> a kg:Note } ; INSERT { ?n a ?c } WHERE { ?n kg:search 'x' ; a ?c }")
    assert not list(graph.store.match())
