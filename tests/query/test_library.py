from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import NotFoundError, ParameterError, QueryError
from kg.graph import KnowledgeGraph
from kg.query.library import Parameter, bind, find_query, load_queries, parse_query
from kg.query.sparql import run_sparql
from kg.rdf import KG, NamedNode
from kg.results import Solutions

FOLDER = Path(__file__).parent.parent.parent / "queries"
QUERIES = load_queries(FOLDER)
BASE = "https://noemata.example/test/"
Make = Callable[..., KnowledgeGraph]

DATA = """
GRAPH :note/ada.md {
  :note/ada.md a kg:Note ; kg:path "ada.md" ; dct:title "Ada" ; kg:describes :note/ada.md#it ; kg:linksTo :note/acme.md ;
    kg:mentions :note/acme.md#it, :entity/rust ; kg:taggedWith :tag/people/staff ; kg:brokenLink "Nowhere", "Gone" ;
    dct:created "2026-02-01"^^xsd:date .
  :note/ada.md#it a kg:Person ; rdfs:label "Ada" ; kg:worksFor :note/acme.md#it ; kg:uses :entity/rust .
  :entity/rust a kg:ProgrammingLanguage ; rdfs:label "Rust" .
  :tag/people a kg:Tag ; rdfs:label "people" .
  :tag/people/staff a kg:Tag ; rdfs:label "people/staff" ; kg:broader :tag/people .
  :e1 a kg:Evidence ; rdf:subject :note/ada.md#it ; rdf:predicate kg:worksFor ; rdf:object :note/acme.md#it ;
    kg:inNote :note/ada.md ; kg:start 4 ; kg:end 27 ; kg:quote "Ada works for [[Acme]]." ; kg:confidence 1.0 ;
    kg:extractor "links 1" ; kg:kind "stated" .
  :e2 a kg:Evidence ; rdf:subject :note/ada.md#it ; rdf:predicate kg:uses ; rdf:object :entity/rust ;
    kg:inNote :note/ada.md ; kg:start 28 ; kg:end 42 ; kg:quote "She uses Rust." ; kg:confidence 0.5 ;
    kg:extractor "patterns 1" ; kg:kind "extracted" .
  :r1 a kg:Refusal ; rdf:subject :entity/rust ; rdf:predicate kg:worksFor ; rdf:object :note/acme.md#it ;
    kg:inNote :note/ada.md ; kg:start 43 ; kg:end 60 ; kg:quote "Rust works at Acme." ; kg:reason "a language is disjoint from a person" .
}
GRAPH :note/acme.md {
  :note/acme.md a kg:Note ; kg:path "acme.md" ; dct:title "Acme" ; kg:describes :note/acme.md#it ;
    kg:mentions :note/acme.md#it, :entity/rust ; kg:taggedWith :tag/people ; kg:brokenLink "Gone" .
  :note/acme.md#it a kg:Company ; rdfs:label "Acme" .
  :tag/people a kg:Tag ; rdfs:label "people" .
  :entity/rust a kg:ProgrammingLanguage ; rdfs:label "Rust" .
  :lantern a kg:Project ; rdfs:label "Lantern" ; kg:uses :lib .
  :lib a kg:Library ; rdfs:label "Lib" ; kg:dependsOn :core .
  :core a kg:Library ; rdfs:label "Core" .
  :lib kg:dependsOn :core2 . :core2 a kg:Library ; rdfs:label "Core"@en .
  :meeting a kg:Meeting ; rdfs:label "Kick-off" ; kg:created "2026-01-05T10:00:00Z"^^xsd:dateTime .
}
GRAPH :note/alone.md { :note/alone.md a kg:Note ; kg:path "alone.md" ; dct:title "Alone" ; kg:linksTo :note/alone.md . }
"""

# Each query with its parameters, its columns and its rows, in order.
ANSWERS: dict[str, list[tuple[dict[str, str], str, list[str]]]] = {
    "notes": [
        ({}, "path title links", ["acme.md Acme 0", "ada.md Ada 1", "alone.md Alone 1"]),
        ({"limit": "1"}, "path title links", ["acme.md Acme 0"]),
    ],
    "most-mentioned": [
        ({}, "thing name notes", [":entity/rust Rust 2", ":note/acme.md#it Acme 2"][::-1]),
        ({"class": "organisation"}, "thing name notes", [":note/acme.md#it Acme 2"]),
        ({"class": "kg:Person"}, "thing name notes", []),
    ],
    "orphans": [({}, "path title", ["alone.md Alone"])],
    "broken-links": [
        ({}, "target path times", ["Gone acme.md 2", "Gone ada.md 2", "Nowhere ada.md 1"]),
    ],
    "tag-tree": [({}, "tag parent notes", ["people - 2", "people/staff people 1"])],
    "facts-about": [
        (
            {"entity": "ada"},
            "predicate object object_name sentence path",
            [
                "kg:uses :entity/rust Rust She uses Rust. ada.md",
                "kg:worksFor :note/acme.md#it Acme Ada works for [[Acme]]. ada.md",
            ],
        ),
        (
            {"entity": f" <{BASE}note/ada.md#it> ", "limit": "1"},
            "predicate object object_name sentence path",
            ["kg:uses :entity/rust Rust She uses Rust. ada.md"],
        ),
    ],
    "why": [
        (
            {"subject": f"<{BASE}note/ada.md#it>", "predicate": "kg:worksFor", "object": f"{BASE}note/acme.md#it"},
            "path start end sentence confidence extractor kind",
            ["ada.md 4 27 Ada works for [[Acme]]. 1 links 1 stated"],
        ),
    ],
    "people-by-organisation": [({}, "organisation person", ["Acme Ada"])],
    "technology-stack": [
        (
            {},
            "user technology direct",
            ["Ada Rust true", "Lantern Lib true", "Lantern Core false", "Lib Core true"],
        ),
        ({"project": "lantern"}, "user technology direct", ["Lantern Lib true", "Lantern Core false"]),
        ({"project": f"{BASE}lib"}, "user technology direct", ["Lib Core true"]),
    ],
    "co-mentions": [({}, "first second notes", ["Rust Acme 2"]), ({"least": "3"}, "first second notes", [])],
    "low-confidence": [
        (
            {},
            "confidence subject predicate object sentence path",
            ["0.5 :note/ada.md#it kg:uses :entity/rust She uses Rust. ada.md"],
        ),
        ({"below": "0.5"}, "confidence subject predicate object sentence path", []),
    ],
    "timeline": [
        (
            {},
            "day thing name predicate",
            [
                "2026-01-05 :meeting Kick-off kg:created",
                "2026-02-01 :note/ada.md Ada <http://purl.org/dc/terms/created>",
            ],
        ),
        ({"to": "2026-01-31"}, "day thing name predicate", ["2026-01-05 :meeting Kick-off kg:created"]),
    ],
    "quarantine": [
        (
            {},
            "path subject predicate object reason sentence",
            ["ada.md :entity/rust kg:worksFor :note/acme.md#it a language is disjoint from a person Rust works at Acme."],
        ),
    ],
}


# The same for queries that need more to find.
MORE = """
GRAPH :note/oslo.md {
  :note/oslo.md a kg:Note ; kg:path "oslo.md" ; dct:title "Oslo" ; kg:describes :note/oslo.md#it ; kg:mentions :note/ada.md#it ;
    dct:modified "2025-12-24"^^xsd:date .
  :note/oslo.md#it a kg:City ; rdfs:label "Oslo" ; kg:locatedIn :entity/norway .
  :entity/norway a kg:Place ; rdfs:label "Norway" .
  :entity/place/rust a kg:Place ; rdfs:label "Rust" .
  :note/ada.md#it kg:livesIn :note/oslo.md#it ; kg:worksOn :lantern ; kg:bornOn "1815-12-10"^^xsd:date , "1815-12-11"^^xsd:date .
  :something a kg:Entity ; rdfs:label "Something" .
  :note/oslo.md kg:mentions :something .
  :paper a kg:Paper ; rdfs:label "Evidence first" ; kg:hasAuthor :note/ada.md#it ; kg:cites :other .
  :other a kg:Paper ; rdfs:label "An older one" .
  :task a kg:Entity ; rdfs:label "Write docs" ; kg:dueDate "2026-03-01"^^xsd:date ; kg:assignedTo :note/ada.md#it .
  :e3 a kg:Evidence ; rdf:subject :note/ada.md#it ; rdf:predicate kg:uses ; rdf:object :entity/rust ;
    kg:inNote :note/oslo.md ; kg:start 0 ; kg:end 14 ; kg:quote "Ada uses Rust." ; kg:confidence 0.9 ;
    kg:extractor "patterns 1" ; kg:kind "extracted" .
  :e4 a kg:Evidence ; rdf:subject :entity/rust ; rdf:predicate rdf:type ; rdf:object kg:ProgrammingLanguage ;
    kg:inNote :note/oslo.md ; kg:start 15 ; kg:end 31 ; kg:quote "Rust is a language." ; kg:confidence 0.9 ;
    kg:extractor "patterns 1" ; kg:kind "extracted" .
  kg:Person a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label "person"@en , "人"@zh .
  kg:City a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label "city"@en ; rdfs:subClassOf kg:Place .
  kg:Place a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label "place"@en . :note/oslo.md#it a kg:Place .
  kg:ProgrammingLanguage a <http://www.w3.org/2002/07/owl#Class> ; rdfs:label "language"@en .
  :tag/rust a kg:Tag ; rdfs:label "rust" . :entity/ship rdfs:label "Oslo" ; a kg:Entity .
  :e5 a kg:Evidence ; rdf:subject :note/oslo.md ; rdf:predicate kg:mentions ; rdf:object :note/ada.md#it ;
    kg:inNote :note/oslo.md ; kg:start 0 ; kg:end 3 ; kg:quote "Ada" ; kg:confidence 0.5 ; kg:extractor "names 1" .
  kg:foundedBy a <http://www.w3.org/2002/07/owl#FunctionalProperty> .
  :note/acme.md#it kg:foundedBy :note/ada.md#it , :note/oslo.md#it .
}
"""

FURTHER: dict[str, list[tuple[dict[str, str], str, list[str]]]] = {
    "notes-about": [
        (
            {"entity": "acme"},
            "path title describes",
            [
                "acme.md Acme true",
                "ada.md Ada false",
            ],
        ),
    ],
    "untyped": [
        (
            {},
            "thing name notes",
            [
                ":something Something 1",
            ],
        ),
    ],
    "hubs": [
        (
            {},
            "path links_to_it links_from_it",
            [
                "acme.md 1 0",
                "ada.md 0 1",
            ],
        ),
    ],
    "in-common": [
        (
            {"first": "ada", "second": "Rust"},
            "shared name with_first first_is with_second second_is",
            ["- - kg:uses subject - -", ":note/ada.md Ada kg:describes object kg:mentions object"],
        ),
        (
            {"first": "Acme", "second": f"{BASE}lantern"},
            "shared name with_first first_is with_second second_is",
            [
                ":note/ada.md#it Ada kg:foundedBy subject kg:worksOn object",
                ":note/ada.md#it Ada kg:worksFor object kg:worksOn object",
            ],
        ),
        (
            {"first": "Evidence first", "second": "Acme"},
            "shared name with_first first_is with_second second_is",
            [
                ":note/ada.md#it Ada kg:hasAuthor subject kg:foundedBy subject",
                ":note/ada.md#it Ada kg:hasAuthor subject kg:worksFor object",
            ],
        ),
    ],
    "duplicates": [
        (
            {},
            "name first first_class first_note second second_class second_note",
            [
                "core :core - - :core2 - -",
                "oslo :entity/ship - - :note/oslo.md#it city oslo.md",
                "rust :entity/place/rust place - :entity/rust language -",
            ],
        ),
    ],
    "recent": [
        (
            {},
            "day path what",
            [
                "2026-02-01 ada.md <http://purl.org/dc/terms/created>",
                "2025-12-24 oslo.md <http://purl.org/dc/terms/modified>",
            ],
        ),
        ({"since": "2026-03-01"}, "day path what", []),
    ],
    "stale": [
        (
            {},
            "last path",
            [
                "2025-12-24 oslo.md",
                "2026-02-01 ada.md",
            ],
        ),
        (
            {"before": "2026-01-01"},
            "last path",
            [
                "2025-12-24 oslo.md",
            ],
        ),
    ],
    "expertise": [
        (
            {},
            "person how topic",
            [
                "Ada kg:worksOn Lantern",
                "Ada kg:uses Rust",
            ],
        ),
        (
            {"topic": "rust"},
            "person how topic",
            [
                "Ada kg:uses Rust",
            ],
        ),
    ],
    "citations": [
        (
            {},
            "paper relation other",
            [
                "Evidence first kg:cites An older one",
                "Evidence first kg:hasAuthor Ada",
            ],
        ),
    ],
    "unlinked-mentions": [
        (
            {},
            "path name target",
            [
                "oslo.md Ada ada.md",
            ],
        ),
    ],
    "support": [
        (
            {},
            "subject predicate object notes confidence",
            [
                "Ada kg:uses Rust 2 0.9",
                "Ada kg:worksFor Acme 1 1",
            ],
        ),
        (
            {"least": "2"},
            "subject predicate object notes confidence",
            [
                "Ada kg:uses Rust 2 0.9",
            ],
        ),
    ],
    "contradictions": [
        (
            {},
            "thing predicate value other reason",
            [
                "Acme kg:foundedBy :note/ada.md#it :note/oslo.md#it has two values",
                "Ada kg:bornOn 1815-12-10 1815-12-11 has two values",
                "Rust kg:worksFor :note/acme.md#it - a language is disjoint from a person",
            ],
        ),
    ],
    "quarantine-reasons": [
        (
            {},
            "reason statements notes",
            [
                "a language is disjoint from a person 1 1",
            ],
        ),
    ],
    "places": [
        (
            {},
            "thing place",
            [
                "Ada Norway",
                "Oslo Norway",
                "Ada Oslo",
            ],
        ),
        (
            {"place": "oslo"},
            "thing place",
            [
                "Ada Oslo",
            ],
        ),
    ],
    "classes": [
        (
            {},
            "class label things",
            [
                "kg:Place place 3",
                "kg:City city 1",
                "kg:Person person 1",
                "kg:ProgrammingLanguage language 1",
            ],
        ),
    ],
    "projects": [
        (
            {},
            "project person role",
            [
                "Lantern Ada kg:worksOn",
            ],
        ),
        ({"project": "Tidepool"}, "project person role", []),
    ],
    "tasks": [
        (
            {},
            "thing property value",
            [
                "Write docs kg:assignedTo Ada",
                "Write docs kg:dueDate 2026-03-01",
            ],
        ),
    ],
    "glossary": [
        (
            {},
            "name sentence",
            [
                "Rust Rust is a language.",
            ],
        ),
        ({"class": "Person"}, "name sentence", []),
    ],
}


def test_every_shipped_query_is_tested_and_listed() -> None:
    assert sorted(QUERIES) == sorted([*ANSWERS, *FURTHER])
    assert len(QUERIES) >= 22
    readme = (FOLDER / "README.md").read_text("utf-8")
    assert [name for name in QUERIES if f"| {name} |" not in readme] == []
    assert all(query.title and query.description for query in QUERIES.values())


def shown(term: object) -> str:
    if isinstance(term, NamedNode):
        short = str(term.value).replace(str(KG), "kg:").replace(BASE, ":")
        return f"<{short}>" if short.startswith("http") else short
    return "-" if term is None else term.value


@pytest.mark.parametrize("name", QUERIES)
def test_shipped_queries_give_exactly_these_rows(make_graph: Make, name: str) -> None:
    # The names here are written as on the screen; TriG has no slashes in prefixed names.
    trig = re.sub(r"(?<=\s):([A-Za-z0-9./#-]*[A-Za-z0-9])", rf"<{BASE}\1>", DATA if name in ANSWERS else DATA + MORE)
    graph = make_graph(trig)
    for values, columns, rows in (ANSWERS | FURTHER)[name]:
        result = run_sparql(graph, bind(QUERIES[name], values, graph.ontology.class_named))
        assert isinstance(result, Solutions)
        assert " ".join(result.variables) == columns
        assert [" ".join(shown(term) for term in row) for row in result.rows] == rows


def query(kind: str, default: str = "") -> str:
    return f"# title: T\n# param: x {kind}{default} what it is\nSELECT (?_x AS ?y) {{}} # ?_x '?_x'"


def bound(make_graph: Make, kind: str, value: str) -> object:
    text = bind(parse_query("q", query(kind)), {"x": value}, lambda name: KG["Person"] if name == "人" else None)
    result = run_sparql(make_graph(), text)
    assert isinstance(result, Solutions)
    ((term,),) = result.rows
    return term


@pytest.mark.parametrize(
    ("kind", "value", "term"),
    [
        ("entity", " Ada Lovelace ", "Ada Lovelace"),
        ("entity", "<https://example.org/x>", "https://example.org/x"),
        ("integer", " +007 ", "7"),
        ("decimal", ".50", "0.5"),
        ("date", "2026-01-31", "2026-01-31"),
        ("iri", "kg:Note", f"{KG}Note"),
        ("iri", "<https://example.org/書#x>", "https://example.org/書#x"),
        ("iri", "https://example.org/x", "https://example.org/x"),
        ("class", "人", f"{KG}Person"),
        ("class", "urn:x:y", "urn:x:y"),
        ("string", " as it is ", " as it is "),
    ],
)
def test_values_become_terms(make_graph: Make, kind: str, value: str, term: str) -> None:
    assert bound(make_graph, kind, value).value == term


@settings(deadline=None)
@given(value=st.text(st.characters(codec="utf-8")))
def test_a_string_is_always_that_string(value: str) -> None:
    text = bind(parse_query("q", query("string")), {"x": value})
    (row,) = pyoxigraph.Store().query(text)
    assert row["y"].value == value


@settings(deadline=None)
@given(
    value=st.text(st.sampled_from(list("<>{}\"'\\?:#/ kgNote;1.-e\n")), max_size=12),
    kind=st.sampled_from(["integer", "decimal", "date", "iri", "class"]),
)
def test_no_value_leaves_its_place(value: str, kind: str) -> None:
    saved = parse_query("q", query(kind))
    try:
        text = bind(saved, {"x": value})
    except ParameterError:
        return
    (row,) = pyoxigraph.Store().query(text)
    assert row["y"] is not None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", "1.5"), ("integer", "9" * 30), ("decimal", "1e5"), ("decimal", "x"), ("date", "31.1.2026"), ("iri", "Note"),
        ("iri", "<http://a b>"), ("class", "Persona"), ("iri", "http://[x"), ("string", "\udcff"),
    ],
)  # fmt: skip
def test_values_of_the_wrong_kind_are_refused(kind: str, value: str) -> None:
    with pytest.raises(ParameterError, match="x"):
        bind(parse_query("q", query(kind)), {"x": value}, lambda name: None)


@pytest.mark.parametrize("clause", ["LIMIT ?_x", "OFFSET ?_x", "LIMIT 1 offset # so\n?_x"])
def test_a_number_of_rows_is_not_negative(clause: str) -> None:
    saved = parse_query("q", f"# title: T\n# param: x integer [5] how many\nSELECT * {{ FILTER(?_x < 9) }} {clause}")
    assert "FILTER(0 < 9)" in bind(saved, {"x": "-0"})
    with pytest.raises(ParameterError, match="Parameter 'x': -3 is negative"):
        bind(saved, {"x": " -3 "})
    assert "FILTER(-3 <" in bind(parse_query("q", saved.text.replace(clause, "")), {"x": "-3"})


def test_missing_and_unknown_parameters() -> None:
    saved = parse_query("q", query("integer", " [5]"))
    assert saved.parameters == (Parameter("x", "integer", "5", "what it is"),)
    assert "SELECT (5 AS ?y)" in bind(saved, {})
    with pytest.raises(ParameterError, match="needs what it is"):
        bind(parse_query("q", query("integer")), {})
    with pytest.raises(ParameterError, match="it takes x"):
        bind(saved, {"z": "1"})
    with pytest.raises(NotFoundError, match="Did you mean 'facts-about'"):
        find_query(QUERIES, "fact-about")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT * {}", "title"),
        ("# title: T\nSELECT (?_x AS ?y) {}", "parameters differ: x"),
        ("# title: T\n# param: x string\nSELECT * {}", "parameters differ: x"),
        ("# title: T\n# param: x text\nSELECT (?_x AS ?y) {}", r"q:2: no parameter type is called 'text'"),
        ("# title: T\n# param: X\nSELECT * {}", "q:2: a parameter is written"),
    ],
)
def test_headers_that_are_wrong(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        parse_query("q", text)


GRLC = """#+ summary: Works of a kind
#+ description: |
#+   What there is.
#+ endpoint_in_url: False
#+ endpoint: https://example.org/sparql
#+ pagination: 100
#+ tags:
#+   - works
#+ defaults:
#+   - limit: 5
#+   - name: Ada

PREFIX e: <http://e/>
SELECT * { ?s a ?_kind_iri ; e:name ?_name_en ; e:since ?_since_xsd_date , ?__until_date } LIMIT ?_limit_integer
"""


def test_files_written_for_grlc() -> None:
    saved = parse_query("works", GRLC)
    assert (saved.title, saved.description, saved.tags) == ("Works of a kind", "What there is.", ("works",))
    found = [(p.name, p.type, p.default, p.language, p.is_required) for p in saved.parameters]
    assert found == [
        ("kind", "iri", None, "", True),
        ("name", "string", "Ada", "en", False),
        ("since", "date", None, "", True),
        ("until", "date", None, "", False),
        ("limit", "integer", "5", "", False),
    ]
    text = bind(saved, {"kind": "http://e/Book", "since": "2026-01-31"})
    date = '"2026-01-31"^^<http://www.w3.org/2001/XMLSchema#date>'
    assert f'?s a <http://e/Book> ; e:name "Ada"@en ; e:since {date} , ?__until_date }} LIMIT 5' in text
    assert list(pyoxigraph.Store().query(text)) == []
    assert "?__until_date" not in bind(saved, {"kind": "http://e/B", "since": "2026-01-31", "until": "2026-01-31"})
    assert parse_query("plain", "#+ tags: a\nASK {}").title == "plain"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("#+ summary: [\nASK {}", "q: the lines that begin with"),
        ("#+ just words\nASK {}", "is written `#"),
        ("#+ summary: S\nSELECT (?_x_wrongtype AS ?y) {}", "no parameter type is called 'wrongtype'"),
        ("#+ summary: S\nSELECT (?_x_iri AS ?y) (?_x AS ?z) {}", "'x' has two types"),
    ],
)
def test_grlc_files_that_are_wrong(text: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        parse_query("q", text)


def test_queries_are_loaded_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "b.rq").write_text("# title: B\n# description: One\n# description: two.\nASK {}", "utf-8")
    (tmp_path / "a.rq").write_text("# title: A\nASK {}", "utf-8")
    (tmp_path / "README.md").write_text("no query", "utf-8")
    loaded = load_queries(tmp_path)
    assert list(loaded) == ["a", "b"]
    assert loaded["b"].description == "One two."
