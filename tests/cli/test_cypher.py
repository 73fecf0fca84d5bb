"""`kg cypher` on both stores: statements, files, parameters, formats, limits, sentences, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cli import main
from kg.query.records_table import show_value
from kg.records import Node
from kg.stores import ServerAddress
from tests.cli.test_neo4j_home import name_server
from tests.conftest import RunKg
from tests.neo4j_servers import empty_database

BASE = "https://example.org/"
QUOTE = "Ada works for Babbage & Co."
DATA = f"""
PREFIX : <{BASE}note/>
INSERT DATA {{
  GRAPH :ada.md {{
    :ada.md a kg:Note ; kg:path "ada.md" ; dct:title "Ada Lovelace" ; kg:describes :ada .
    :ada a kg:Person ; rdfs:label "Ada Lovelace" ; kg:worksFor :co ; kg:knows :mary ; kg:bornOn "1815-12-10"^^xsd:date .
    :co a kg:Organisation ; rdfs:label "Babbage & Co." .
    :mary a kg:Person ; rdfs:label "Mary, \\"M\\"" .
    :e a kg:Evidence ; rdf:subject :ada ; rdf:predicate kg:worksFor ; rdf:object :co ; kg:inNote :ada.md ;
       kg:quote "{QUOTE}" ; kg:start 10 ; kg:end 37 ; kg:confidence 0.75 ; kg:kind "extracted" ; kg:extractor "x 1" .
  }}
}}
"""
WHO = "MATCH (a:Person)-[r:worksFor]->(b) RETURN a.name AS a, b.name AS b"
_MAIN = "import sys; from kg.cli import main; sys.exit(main(sys.argv[1:]))"
ENDLESS = "UNWIND range(1, 20000) AS x UNWIND range(1, 20000) AS y WITH x, y WHERE x < y RETURN count(*) AS n"


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with three things and one sentence, on each store."""
    folder = tmp_path_factory.mktemp("cypher") / "home"
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "neo4j":
            address: ServerAddress = request.getfixturevalue("neo4j_address")
            empty_database(address)
            name_server(patch, address)
        assert main(["init", "--home", str(folder), "--base", BASE, "--store", request.param]) == 0
        assert main(["update", "--home", str(folder), DATA]) == 0
        yield folder


@pytest.fixture
def ask(store: Path, kg: RunKg) -> RunKg:
    """Run `kg cypher` on that home."""

    def run(*words: object, stdin: str = "") -> object:
        return kg("cypher", "--home", store, *words, stdin=stdin)

    return run


def values(run: object) -> list[list[object]]:
    assert run.code == 0, run.messages  # type: ignore[attr-defined]
    return run.json["data"]["values"]  # type: ignore[attr-defined,no-any-return]


# --- statements and formats


def test_json_is_that_of_the_query_api(ask: RunKg) -> None:
    run = ask(WHO, "--json")
    assert run.json == {"data": {"fields": ["a", "b"], "values": [["Ada Lovelace", "Babbage & Co."]]}}
    assert ask(WHO, "--format", "json").json == run.json
    assert run.messages == ""


def test_nodes_relationships_and_paths_in_json(ask: RunKg) -> None:
    ((node, relationship, path),) = values(ask("MATCH p = (a)-[r:worksFor]->() RETURN a, r, p", "--json"))
    assert set(node) == {"elementId", "labels", "properties"} and {"Person", "Resource"} <= set(node["labels"])
    assert node["properties"]["iri"] == f"{BASE}note/ada"
    assert (relationship["type"], relationship["startNodeElementId"]) == ("worksFor", node["elementId"])
    assert [part["elementId"] for part in path[:2]] == [node["elementId"], relationship["elementId"]]


def test_a_table_shows_what_people_want_to_see(ask: RunKg) -> None:
    run = ask(
        "MATCH p = (a:Person)-[r:worksFor]->(b) RETURN a, r, p, 1.0 AS x, [1, 'a', null] AS l, null AS n, a.bornOn"
    )
    header, line, row, count = run.text.splitlines()
    assert header.split() == ["a", "r", "p", "x", "l", "n", "a.bornOn"] and set(line) == {"─", " "}
    assert '{name: "Ada Lovelace"' in row and 'iri: ":note/ada"' in row and "[:worksFor" in row
    assert ")-[:worksFor]->(" in row and '1.0  [1, "a", null]  null  1815-12-10' in row
    assert "_rdf" not in row and "_g" not in row and "Resource" not in row
    assert count == "1 row"


def test_an_iri_in_a_table_that_is_not_shortened_can_be_used_as_it_stands() -> None:
    shown = {
        iri: show_value(Node("1", ("Resource",), {"iri": iri}), BASE) for iri in ("urn:z", "_:b0", f"{BASE}note/a")
    }
    assert list(shown.values()) == ['({iri: "urn:z"})', '({iri: "_:b0"})', '({iri: ":note/a"})']


def test_csv_is_read_back(ask: RunKg) -> None:
    run = ask(
        "MATCH (a:Person) RETURN a.name AS `na,me`, null AS n, [1, 2] AS l, true AS t ORDER BY a.name",
        "--format",
        "csv",
    )
    assert run.text.count("\r\n") == 3
    rows = list(csv.reader(io.StringIO(run.text)))
    assert rows == [["na,me", "n", "l", "t"], ["Ada Lovelace", "", "[1,2]", "true"], ['Mary, "M"', "", "[1,2]", "true"]]


def test_statements_come_from_a_file_standard_input_or_the_command_line(ask: RunKg, tmp_path: Path) -> None:
    file = tmp_path / "q.cypher"
    file.write_text("\ufeffRETURN 1 AS x;\n", "utf-8")
    assert values(ask("-f", file, "--json")) == values(ask("RETURN 1 AS x", "--json")) == [[1]]
    assert values(ask("--json", stdin="RETURN 1 AS x")) == [[1]]
    assert ask("RETURN 1", "-f", file).code == 2
    assert "no statement" in ask("  ; // nothing\n;").messages


def test_a_file_of_statements_is_answered_in_order(ask: RunKg, tmp_path: Path) -> None:
    file = tmp_path / "all.cypher"
    file.write_text("// first\nRETURN 1 AS x; /* ; */\nRETURN 'a;b' AS y;\n\n;RETURN 3 AS z", "utf-8")
    lines = ask("-f", file, "--json").text.splitlines()
    assert [json.loads(line)["data"]["values"] for line in lines] == [[[1]], [["a;b"]], [[3]]]
    assert ask("-f", file).text == "x\n─\n1\n1 row\n\ny\n───\na;b\n1 row\n\nz\n─\n3\n1 row\n"


def test_an_error_has_its_line_in_the_file(ask: RunKg, tmp_path: Path) -> None:
    file = tmp_path / "all.cypher"
    file.write_text("RETURN 1 AS x;\n\n  RETURN 2 AS y; MATCH (n) RETURN m;\nRETURN 4", "utf-8")
    run = ask("-f", file)
    assert run.code == 2 and "x\n─\n1\n" in run.text and "4" not in run.text
    assert "3:" in run.messages and "m" in run.messages
    file.write_text("RETURN 1;\nRETURN (2;\n", "utf-8")
    run = ask("-f", file)
    assert (run.code, run.text) == (2, "") and "2:8" in run.messages  # nothing is run of what cannot be read


# --- parameters


def test_parameters_are_values_and_never_text(ask: RunKg) -> None:
    odd = "' }) RETURN 1 //"
    words = ("--param", f"name={json.dumps(odd)}", "--param", "limit=1", "--param", 'm={"a": [1, 2.5, null]}')
    run = ask("RETURN $name AS name, $m AS m LIMIT $limit", *words, "--json")
    assert values(run) == [[odd, {"a": [1, 2.5, None]}]]
    assert values(ask("MATCH (n:Person {name: $x}) RETURN n.name", "--param", 'x="Ada Lovelace"', "--json")) == [
        ["Ada Lovelace"]
    ]


def test_a_parameter_that_is_missing_or_given_twice_is_told(ask: RunKg) -> None:
    run = ask("RETURN $gone")
    assert run.code == 2 and "gone" in run.messages
    assert "twice" in ask("RETURN $x", "--param", "x=1", "--param", "x=2").messages
    assert "is no JSON" in ask("RETURN $x", "--param", "x=Ada").messages


# --- sentences


def test_the_documented_pattern_leads_from_a_relationship_to_its_sentence(ask: RunKg) -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "cypher.md").read_text("utf-8")
    statement = page.partition("```cypher\n")[2].partition("```")[0]
    assert values(ask(statement, "--json")) == [["Ada Lovelace", "Babbage & Co.", QUOTE, 0.75]]


@pytest.mark.parametrize(
    "statement",
    [
        "MATCH (a)-[r:worksFor]->(b) RETURN r",
        "MATCH p = (a)-[:worksFor]->(b) RETURN [p] AS paths",
        "MATCH (a)<-[r:worksFor]-(b) RETURN a.name AS a, {of: r} AS b",
        "MATCH (a)-[:worksFor]->(b) RETURN a, b",
        "MATCH (a)-[:worksFor]->(b) RETURN a.iri AS a, b.iri AS b",
        "MATCH (e:Evidence) RETURN e",
        "MATCH (e:Evidence)-[r:rdf__object]->() RETURN r",
    ],
)
def test_why_adds_sentences_to_each_row(ask: RunKg, statement: str) -> None:
    ((reason,),) = ask(statement, "--why", "--json").json["why"]
    assert (reason["subject"], reason["predicate"], reason["object"]) == ("Ada Lovelace", "works for", "Babbage & Co.")
    (evidence,) = reason["evidence"]
    expected = {"path": "ada.md", "quote": QUOTE, "start": 10, "end": 37, "confidence": 0.75, "kind": "extracted"}
    assert evidence == {"id": f"{BASE}note/e", "note": f"{BASE}note/ada.md", **expected, "reason": ""}
    shown = ask(statement, "--why").text
    assert f"    Ada Lovelace · works for · Babbage & Co.\n        “{QUOTE}”\n" in shown
    assert "            ada.md, characters 10 to 37, extracted (0.75)\n1 row\n" in shown


def test_why_says_where_a_statement_without_a_sentence_stands(ask: RunKg) -> None:
    shown = ask("MATCH (:Person)-[r:knows]->() RETURN r", "--why").text
    assert "Ada Lovelace · knows · Mary" in shown and "no sentence; it stands in ada.md" in shown
    assert ask("RETURN 1 AS x", "--why", "--json").json["why"] == [[]]
    assert ask("RETURN 1 AS x", "--why", "--format", "csv").code == 2


def test_why_says_that_values_alone_have_no_sentences(ask: RunKg) -> None:
    assert "return the relationship" in ask(WHO, "--why").messages
    assert ask("MATCH (a)-[r:worksFor]->() RETURN r", "--why").messages == ""
    assert ask("MATCH (n:Nobody) RETURN n.name AS name", "--why").messages.count("return the relationship") == 0


# --- limits and refusals


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE (:Person {name: 'Zed'})", "MATCH (n) DETACH DELETE n", "match (n) set n.x = 1", "MERGE (n:Person {name: 'Z'})",
        "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row", "DROP DATABASE neo4j", "CREATE INDEX FOR (n:X) ON (n.y)",
        "MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS", "CALL dbms.listConfig()", "/* RETURN */ CREATE (n) RETURN n",
    ],
)  # fmt: skip
def test_reading_is_the_default(ask: RunKg, kg: RunKg, store: Path, statement: str) -> None:
    before = kg("export", "--home", store).output
    run = ask(statement)
    assert run.code == 2 and "is refused" in run.messages
    assert ("--write" in run.messages) == any(
        word in statement.upper() for word in ("DETACH", "SET", "MERGE", "(:PERSON", "RETURN */")
    )
    assert kg("export", "--home", store).output == before


@pytest.mark.parametrize(
    "statement", ["DROP DATABASE neo4j", "CREATE INDEX FOR (n:X) ON (n.y)", "CALL dbms.listConfig()"]
)
def test_writing_is_not_the_schema_nor_the_server(ask: RunKg, statement: str) -> None:
    run = ask(statement, "--write")
    assert run.code == 2 and "is refused" in run.messages


def test_writing_changes_the_graph_and_says_so(ask: RunKg, kg: RunKg, store: Path) -> None:
    run = ask("CREATE (n:Resource:Person {iri: 'urn:zed', name: 'Zed'}) RETURN n.name AS name", "--write", "--json")
    assert run.json["data"] == {"fields": ["name"], "values": [["Zed"]]} and run.json["counters"]["nodesCreated"] == 1
    found = kg("sparql", "--home", store, "SELECT ?n { <urn:zed> a kg:Person ; kg:name ?n }", "--json").json
    assert found["results"]["bindings"] == [{"n": {"type": "literal", "value": "Zed"}}]
    run = ask("MATCH (n {iri: 'urn:zed'}) DETACH DELETE n", "--write")
    assert (run.code, run.text) == (0, "") and "nodes deleted: 1" in run.messages
    assert values(ask("MATCH (n {iri: 'urn:zed'}) RETURN n", "--json")) == []


def test_too_many_rows_are_an_error_and_no_half_answer(ask: RunKg) -> None:
    run = ask("UNWIND range(1, 5) AS x RETURN x", "--limit", "4")
    assert (run.code, run.text) == (3, "") and "more than 4 rows" in run.messages
    assert ask("UNWIND range(1, 5) AS x RETURN x", "--limit", "5").code == 0


@pytest.mark.slow
def test_a_statement_that_takes_too_long_is_really_stopped(store: Path) -> None:
    started = time.monotonic()
    words = [sys.executable, "-c", _MAIN, "cypher", "--home", str(store), ENDLESS, "--timeout", "1", "--json"]
    run = subprocess.run(words, capture_output=True, check=False, text=True)
    assert run.returncode == 3, run.stderr
    assert json.loads(run.stdout)["error"]["type"] == "QueryTimeoutError"
    assert time.monotonic() - started < 60, "starting on a busy machine takes its time, but not that"


def test_explain_shows_how_it_is_run(ask: RunKg) -> None:
    run = ask(WHO, "--explain", "--json")
    assert run.json["data"]["values"] == [["Ada Lovelace", "Babbage & Co."]]
    assert "cannot be explained" not in run.messages and "Answered in" in run.messages
    assert "worksFor" in run.messages
    run = ask(f"EXPLAIN {WHO}", "--json")
    assert run.json["data"] == {"fields": ["a", "b"], "values": []} and "queryPlan" in run.json
    assert "worksFor" in ask(f"EXPLAIN {WHO}").text


def test_the_format_is_said_once(ask: RunKg) -> None:
    assert ask("RETURN 1", "--json", "--format", "csv").code == 2


def test_what_the_engine_says_beside_an_answer_is_passed_on(ask: RunKg, store: Path) -> None:
    run = ask("MATCH (n:Person) RETURN n.nosuchproperty AS x")
    assert run.text.endswith("2 rows\n")
    if "neo4j" in (store / "kg.toml").read_text("utf-8"):
        assert "Warning: line 1, column " in run.messages and "nosuchproperty" in run.messages


# --- saved queries


def test_a_saved_query_in_cypher_runs(store: Path, kg: RunKg) -> None:
    run = kg("run", "--home", store, "people-by-organisation.cypher", "--json")
    assert run.json == {"data": {"fields": ["organisation", "person"], "values": [["Babbage & Co.", "Ada Lovelace"]]}}
    assert "results" in kg("run", "--home", store, "people-by-organisation", "--json").json
    shown = kg("run", "--home", store, "facts-about.cypher", "--entity", "ada lovelace", "--format", "csv").text
    assert shown.splitlines()[1] == f"worksFor,{BASE}note/co,Babbage & Co.,{QUOTE},ada.md"
    run = kg("run", "--home", store, "facts-about.cypher", "--entity", "Ada Lovelaec")
    assert "0 rows" in run.text and "Did you mean 'ada lovelace'" in run.messages
    assert kg("run", "--home", store, "hubs.cypher", "--format", "xml").code == 2
    assert kg("run", "--home", store, "classes.cypher").code == 1
    assert "hubs" in kg("run", "--home", store).text and "(sparql, cypher)" in kg("run", "--home", store).text


def test_a_homes_own_file_is_run_by_its_name(store: Path, kg: RunKg) -> None:
    (store / "queries").mkdir(exist_ok=True)
    text = "// title: Mine\n// param: n integer [2] A number\nRETURN $n * 2 AS n"
    (store / "queries" / "mine.cypher").write_text(text, "utf-8")
    assert kg("run", "--home", store, "mine", "--n", "4", "--json").json["data"]["values"] == [[8]]
    assert kg("run", "--home", store, "mine", "--n", "four").code == 2
    (listed,) = [q for q in kg("run", "--home", store, "--json").json["queries"] if q["name"] == "mine"]
    assert (listed["languages"], listed["parameters"][0]["name"]) == (["cypher"], "n")
