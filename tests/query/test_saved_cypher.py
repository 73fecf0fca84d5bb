"""Saved queries in Cypher: how their files are read, and that each gives what its twin in SPARQL gives, on both stores."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import InputError, NotFoundError, ParameterError, QueryError
from kg.graph import KnowledgeGraph
from kg.ontology import load_ontology
from kg.query.cypher import run_cypher
from kg.query.cypher_names import cypher_names
from kg.query.cypher_parameters import bind_cypher, read_parameter, read_value
from kg.query.library import SavedQuery, bind, find_query, load_queries, parse_query, read_queries, shipped_queries
from kg.query.sparql import run_sparql
from kg.rdf import PREFIXES, Literal, NamedNode, Term
from kg.records import Temporal, Value
from kg.results import Solutions
from kg.stores import ServerAddress
from tests.graphs import graph_on
from tests.query import test_library as library

BASE = "https://noemata.example/test/"
ONTOLOGY = load_ontology()
NAMES = cypher_names(ONTOLOGY, BASE)
TWINS = {name: query for name, query in shipped_queries().items() if query.other is not None}
GIVEN: Mapping[str, list[dict[str, str]]] = {
    name: [values for values, *_ in (library.ANSWERS | library.FURTHER)[name]] for name in TWINS
}

# --- files and their headers

LONE = """// title: By name
// description: Who is called so.
// param: name string The name
// param: limit integer [5] How many
MATCH (n {name: $name}) RETURN n LIMIT $limit // $limit
"""


def parse_cypher(text: str) -> SavedQuery:
    return parse_query("q", text, language="cypher")


def test_a_header_is_read_from_comments() -> None:
    query = parse_cypher(LONE)
    assert (query.title, query.description, query.language) == ("By name", "Who is called so.", "cypher")
    parameters = [(each.name, each.variable, each.type, each.default) for each in query.parameters]
    assert parameters == [("name", "name", "string", None), ("limit", "limit", "integer", "5")]


GRLC = """//+ summary: By name
//+ tags:
//+   - people
//+ defaults:
//+   - limit: 5
MATCH (n {name: $name, since: $_since_date}) RETURN n LIMIT $_limit_integer
"""


def test_grlcs_header_is_read_too() -> None:
    query = parse_cypher(GRLC)
    parameters = [(each.name, each.variable, each.type, each.default) for each in query.parameters]
    assert (query.title, query.tags) == ("By name", ("people",))
    assert parameters == [
        ("name", "name", "string", None),
        ("since", "_since_date", "date", None),
        ("limit", "_limit_integer", "integer", "5"),
    ]
    bound = bind_cypher(query, {"name": "Ada", "since": "2026-01-31"}, ONTOLOGY, BASE)
    assert bound == {"name": "Ada", "_since_date": Temporal("Date", "2026-01-31"), "_limit_integer": 5}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("RETURN 1", "no `// title:` line"),
        ("# title: T\nRETURN 1", "means nothing in Cypher"),
        ("// title: T\nRETURN $x", "`\\$x` needs a line `// param: x TYPE`"),
        ("// title: T\n// param: x string A text\nRETURN 'a $x'", "differ: x"),
        ("// title: T\n// param: x\nRETURN $x", "q:2: a parameter is written `// param: NAME TYPE"),
        ("// title: T\n// param: x node A node\nRETURN $x", "no parameter type is called 'node'"),
        ("//+ summary: [\nRETURN 1", "begin with `//\\+` are no YAML"),
        ("//+ summary: S\nRETURN $_x_wrongtype", "'wrongtype' \\(\\$_x_wrongtype\\)"),
        ("// title: T\nRETURN 'open", "string that opens here is not closed"),
    ],
)
def test_headers_that_are_wrong(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        parse_cypher(text)


def test_two_files_of_one_name_are_one_query(tmp_path: Path) -> None:
    (tmp_path / "both.rq").write_text("# title: B\nASK {}", "utf-8")
    (tmp_path / "both.cypher").write_text("// title: B\nRETURN 1", "utf-8")
    (tmp_path / "lone.cypher").write_text("// title: L\nRETURN 2", "utf-8")
    (tmp_path / "half.rq").write_text("# title: H\nASK {}", "utf-8")
    queries = load_queries(tmp_path)
    assert {name: query.languages for name, query in queries.items()} == {
        "both": ("sparql", "cypher"), "half": ("sparql",), "lone": ("cypher",),
    }  # fmt: skip
    assert find_query(queries, "both").text == "# title: B\nASK {}"
    assert find_query(queries, "both.rq") is queries["both"]
    for found in (find_query(queries, "both.cypher"), find_query(queries, "both", "cypher")):
        assert found.text == "// title: B\nRETURN 1"
    assert find_query(queries, "lone") is find_query(queries, "lone.cypher") is queries["lone"]
    for name, language in (("half.cypher", None), ("half", "cypher"), ("lone.rq", None), ("bath", None)):
        with pytest.raises(NotFoundError):
            find_query(queries, name, language)
    assert queries["both"].to_json()["languages"] == ["sparql", "cypher"]


def test_a_file_that_is_wrong_takes_nothing_with_it(tmp_path: Path) -> None:
    (tmp_path / "both.rq").write_text("# title: B\nASK {}", "utf-8")
    (tmp_path / "both.cypher").write_text("RETURN 1", "utf-8")
    (tmp_path / "other.cypher").write_text("// title: T\nRETURN 'a", "utf-8")
    found, broken = read_queries(tmp_path)
    assert list(found) == ["both"] and found["both"].languages == ("sparql",)
    assert list(broken) == ["both.cypher", "other"]
    assert str(broken["other"]).startswith(f"{tmp_path / 'other.cypher'}:2: the string")


# --- values


@pytest.mark.parametrize(
    ("kind", "given", "bound"),
    [
        ("string", "it's $y `", "it's $y `"), ("string", "", ""), ("entity", " <http://e/x> ", "http://e/x"),
        ("integer", " -7 ", -7), ("decimal", "0.75", 0.75), ("date", "2026-01-31", Temporal("Date", "2026-01-31")),
        ("iri", "kg:Person", "https://w3id.org/noemata#Person"), ("iri", "<http://e/x>", "http://e/x"),
        ("class", "kg:Person", "Person"), ("class", "人物", "Person"), ("class", "foaf:Agent", "foaf__Agent"),
        ("class", f"{BASE}term/Odd", "Odd"), ("property", "kg:worksFor", "worksFor"), ("property", "worksFor", "worksFor"),
        ("property", "rdf:type", "rdf__type"),
    ],
)  # fmt: skip
def test_values_are_bound_by_their_types(kind: str, given: str, bound: Value) -> None:
    query = parse_cypher(f"// title: T\n// param: x {kind} what\nRETURN $x")
    assert bind_cypher(query, {"x": given}, ONTOLOGY, BASE) == {"x": bound}


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("integer", "1.5", "no integer"), ("integer", "9223372036854775808", "64 bits|no integer"),
        ("date", "31.1.2026", "no date"), ("decimal", "x", "no decimal"), ("iri", "no iri", "an IRI"),
        ("class", "Nonsense", "a class of the ontology"), ("property", "no:thing at all", "an IRI"),
    ],
)  # fmt: skip
def test_values_of_the_wrong_kind_are_refused(kind: str, given: str, says: str) -> None:
    query = parse_cypher(f"// title: T\n// param: x {kind} what\nRETURN $x")
    with pytest.raises(ParameterError, match=says):
        bind_cypher(query, {"x": given}, ONTOLOGY, BASE)


def test_what_is_missing_unknown_or_negative_is_refused_by_name() -> None:
    query = parse_cypher(LONE)
    for values, says in (
        ({}, "'name': is missing"),
        ({"name": "a", "nom": "b"}, "'nom': the query 'q' has no such"),
        ({"name": "a", "limit": "-1"}, "'limit': -1 is negative"),
    ):
        with pytest.raises(ParameterError, match=says):
            bind_cypher(query, values, ONTOLOGY, BASE)


def test_an_optional_parameter_that_is_not_given_is_null() -> None:
    query = parse_cypher("//+ summary: S\nRETURN $__name")
    assert bind_cypher(query, {}, ONTOLOGY, BASE) == {"__name": None}


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ("limit=10", "limit", 10), ('name="Ada"', "name", "Ada"), ("x = [1, null, {\"a\": 1.5}]", "x", [1, None, {"a": 1.5}]),
        ("$x=true", "x", True), ("`my x`=1", "my x", 1), ("x=\"a=b\"", "x", "a=b"), ("名=1", "名", 1),
    ],
)  # fmt: skip
def test_parameters_are_json(typed: str, name: str, value: Value) -> None:
    assert read_parameter(typed) == (name, value)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("name=Ada", "for a text write '\"Ada\"'"), ("x=NaN", "no JSON"), ("x=1e999", "too large"), ("x=[1,", "no JSON"),
        ("x=9223372036854775808", "64 bits"), ('x={"a": 1, "a": 2}', "key 'a' twice"), ("x", "NAME=JSON"),
        ("=1", "NAME=JSON"), ("x=" + "[" * 100_000, "no JSON"),
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_what_is_no_parameter_says_what_is_one(typed: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_parameter(typed)


@given(st.text())
def test_every_text_is_a_value_or_an_error(text: str) -> None:
    try:
        read_value("x", text)
    except ParameterError as error:
        assert error.name == "x"


# --- each twin has the rows of its query in SPARQL


@pytest.fixture(scope="module")
def data() -> bytes:
    prefixes = "".join(f"PREFIX {prefix}: <{namespace}> " for prefix, namespace in PREFIXES.items())
    trig = re.sub(r"(?<=\s):([A-Za-z0-9./#-]*[A-Za-z0-9])", rf"<{BASE}\1>", library.DATA + library.MORE)
    return f"{prefixes}\n{trig}".encode()


@pytest.fixture(scope="module")
def embedded(data: bytes) -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, data) as graph:
        yield graph


@pytest.fixture(scope="module")
def on_server(neo4j_address: ServerAddress, data: bytes) -> Iterator[KnowledgeGraph]:
    with graph_on(neo4j_address, BASE, data) as graph:
        yield graph


def test_there_are_enough_of_them_and_they_say_the_same() -> None:
    assert len(TWINS) >= 10
    for query in TWINS.values():
        twin = query.written_in("cypher")
        assert (twin.name, twin.title, twin.description) == (query.name, query.title, query.description)
        assert [(p.name, p.default) for p in twin.parameters] == [(p.name, p.default) for p in query.parameters]


def sparql_rows(graph: KnowledgeGraph, query: SavedQuery, values: Mapping[str, str]) -> list[tuple[object, ...]]:
    result = run_sparql(graph, bind(query, values, ONTOLOGY.class_named))
    assert isinstance(result, Solutions)
    return [result.variables, *(tuple(map(from_term, row)) for row in result.rows)]


def from_term(term: Term | None) -> object:
    """Return a term as Cypher has it; of a predicate its name."""
    if isinstance(term, NamedNode):
        return NAMES.name(term) if term in ONTOLOGY.properties or term in ONTOLOGY.classes else term.value
    if isinstance(term, Literal):
        local = term.datatype.value.partition("#")[2]
        kinds = {"integer": int, "decimal": float, "double": float, "boolean": lambda text: text == "true"}
        return kinds.get(local, str)(term.value)
    assert term is None
    return term


def cypher_rows(graph: KnowledgeGraph, query: SavedQuery, values: Mapping[str, str]) -> list[tuple[object, ...]]:
    records = run_cypher(graph, query.text, bind_cypher(query, values, ONTOLOGY, BASE))
    return [records.fields, *records.rows]


def check(graph: KnowledgeGraph, name: str) -> None:
    query = TWINS[name]
    for values in GIVEN[name]:
        found = cypher_rows(graph, query.written_in("cypher"), values)
        assert found == sparql_rows(graph, query, values)
    assert any(len(cypher_rows(graph, query.written_in("cypher"), values)) > 1 for values in GIVEN[name])


@pytest.mark.parametrize("name", TWINS)
def test_twins_on_the_embedded_store(embedded: KnowledgeGraph, name: str) -> None:
    check(embedded, name)


@pytest.mark.neo4j
@pytest.mark.parametrize("name", TWINS)
def test_twins_on_neo4j(on_server: KnowledgeGraph, name: str) -> None:
    check(on_server, name)
