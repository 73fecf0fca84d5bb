"""Homes whose graph is in Neo4j: the commands, copies between stores, and a server that is not there."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from kg.home import Home
from kg.home.neo4j_record import Neo4jServer, write_server
from kg.stores import ServerAddress
from kg.stores.files import CONNECTION, holds_store
from tests.conftest import RunKg

NOWHERE = "bolt://127.0.0.1:9"
DATA = """
@prefix : <http://example.org/> .
:ada :knows :bo, [ :name "nobody" ] ; :name "Ada", "Ada"@en ; :height 1.70 ; a :Person .
:bo a :Person ; :born "1999-01-02"^^<http://www.w3.org/2001/XMLSchema#gYear> .
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "people.ttl"
    file.write_text(DATA)
    return file


def name_server(patch: pytest.MonkeyPatch, address: ServerAddress) -> None:
    for name in ("uri", "username", "password", "database"):
        patch.setenv(f"NEO4J_{name.upper()}", getattr(address, name))


# --- a server that is not there


@pytest.fixture
def without_server(kg: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch) -> RunKg:
    assert kg("init", "--store", "neo4j").code == 0
    monkeypatch.setenv("NEO4J_URI", NOWHERE)
    return kg


@pytest.mark.parametrize(
    "words",
    [
        ["sparql", "SELECT * { ?s ?p ?o }"],
        ["sparql", "SELECT * { ?s ?p ?o }", "--json"],
        ["update", "INSERT DATA { <urn:a> <urn:b> <urn:c> }"],
        ["export"],
        ["report", "--quarantine"],
        ["show", "urn:a"],
        ["forget", "Note.md"],
        ["serve", "--port", "0"],
        ["copy", "--from", "neo4j", "--to", "embedded"],
        ["init", "--adopt"],
    ],
    ids=lambda words: f"{words[0]} {words[-1]}" if words[-1].startswith("-") else words[0],
)
def test_every_command_says_which_server_does_not_answer(without_server: RunKg, home: Path, words: list[str]) -> None:
    run = without_server(*words)
    assert run.code == 4
    said = run.json["error"]["detail"] if "--json" in words else run.messages
    assert NOWHERE in said and "Traceback" not in said
    assert not holds_store(home / "neo4j") and not (home / "store").exists()


def test_ingest_and_import_say_it_too(without_server: RunKg, data: Path) -> None:
    for words in (["import", data], ["ingest", data.parent, "--jobs", "1"]):
        run = without_server(*words)
        assert (run.code, NOWHERE in run.messages) == (4, True), run.messages


def test_status_tells_what_it_can(without_server: RunKg, home: Path) -> None:
    run = without_server("status")
    assert run.code == 4 and NOWHERE in run.messages and str(home) in run.text
    run = without_server("status", "--json")
    assert run.code == 4
    assert (run.json["store"], run.json["place"], run.json["dataset"]) == ("neo4j", NOWHERE, "merged")
    assert NOWHERE in run.json["problem"] and "quads" not in run.json


def test_without_an_address_the_way_to_one_is_told(kg: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_URI", raising=False)
    assert "kg neo4j up" in kg("init", "--store", "neo4j").text
    for words in (["sparql", "ASK {}"], ["update", "INSERT DATA { <urn:a> <urn:b> <urn:c> }"], ["status"]):
        run = kg(*words)
        assert run.code == 4 and "kg neo4j up" in run.messages and "NEO4J_URI" in run.messages


def test_the_environment_beats_the_homes_own_server(kg: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_URI", raising=False)
    kg("init", "--store", "neo4j")
    write_server(Home(home), Neo4jServer("bolt://127.0.0.1:10", "neo4j", "secret"))
    said = kg("sparql", "ASK {}").messages
    assert "127.0.0.1:10" in said and "kg neo4j up" in said
    monkeypatch.setenv("NEO4J_URI", NOWHERE)
    said = kg("sparql", "ASK {}").messages
    assert NOWHERE in said and "127.0.0.1:10" not in said and "secret" not in said and "kg neo4j up" not in said


def test_the_embedded_store_adopts_nothing(kg: RunKg, home: Path) -> None:
    run = kg("init", "--adopt")
    assert run.code == 0 and "takes over nothing" in run.messages
    assert not holds_store(home / "store")


def test_an_embedded_home_needs_no_server(kg: RunKg, data: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", NOWHERE)
    kg("init")
    assert kg("import", data).code == 0
    status = kg("status", "--json").json
    assert (status["store"], status["place"]) == ("embedded", str(home / "store"))
    assert status["engine"].startswith("Oxigraph ") and status["bytes"] > 0
    assert kg("init", "--store", "neo4j").code == 2 and "kg copy" in kg("init", "--store", "neo4j").messages


# --- with one


@pytest.fixture
def on_neo4j(kg: RunKg, neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch) -> ServerAddress:
    name_server(monkeypatch, neo4j_empty)
    return neo4j_empty


def run_cypher(address: ServerAddress, text: str) -> list[list[Any]]:
    import neo4j

    with neo4j.GraphDatabase.driver(address.uri, auth=(address.username, address.password)) as driver:
        records, _, _ = driver.execute_query(text, database_=address.database)
    return [list(record) for record in records]


def passages(address: ServerAddress) -> list[str]:
    """The notes of which other programs find passages, by the ends of their IRIs."""
    found = run_cypher(address, "MATCH (p:_Passage) RETURN DISTINCT last(split(p.note, '/')) AS name ORDER BY name")
    return [name for (name,) in found]


def names(kg: RunKg) -> list[str]:
    run = kg("sparql", "SELECT ?name { ?x <http://example.org/name> ?name } ORDER BY str(?name) lang(?name)", "--json")
    assert run.code == 0, run.messages
    return [row["name"]["value"] for row in run.json["results"]["bindings"]]


def test_the_commands_work_on_neo4j(kg: RunKg, home: Path, data: Path, on_neo4j: ServerAddress) -> None:
    assert kg("init", "--store", "neo4j").code == 0
    assert names(kg) == []
    imported = kg("import", data, "--json")
    assert imported.code == 0, imported.messages
    assert imported.json["added"] == 9
    assert names(kg) == ["Ada", "Ada", "nobody"]
    update = "DELETE { ?x ?p 'Ada' } INSERT { ?x ?p 'Grace' } WHERE { ?x ?p 'Ada' }"
    assert kg("update", update).code == 0
    assert names(kg) == ["Ada", "Grace", "nobody"]
    assert not (home / "store").exists()
    assert stat.S_IMODE((home / "neo4j" / CONNECTION).stat().st_mode) == 0o600
    status = kg("status", "--json").json
    assert (status["store"], status["quads"]) == ("neo4j", 9)
    assert on_neo4j.uri in status["place"] and status["engine"].startswith("Neo4j ")
    assert on_neo4j.password not in kg("status").text
    assert "Grace" in kg("show", "http://example.org/ada").text
    assert kg("init", "--base", "http://example.org/other/").code == 2


def test_what_others_write_is_in_the_next_answer(kg: RunKg, data: Path, on_neo4j: ServerAddress) -> None:
    kg("init", "--store", "neo4j", "--base", "http://example.org/home/")
    assert kg("import", data).code == 0
    run_cypher(on_neo4j, "CREATE (:Person {name: 'Cy'})-[:KNOWS]->(:Person {name: 'Di'})")
    term = "http://example.org/home/term/"
    query = f"SELECT ?b {{ ?x <{term}KNOWS> ?y . ?y <https://w3id.org/noemata#name>|<{term}name> ?b }}"
    run = kg("sparql", query, "--json")
    assert [row["b"]["value"] for row in run.json["results"]["bindings"]] == ["Di"], run.messages


def test_a_database_of_others_must_be_adopted(kg: RunKg, data: Path, on_neo4j: ServerAddress) -> None:
    run_cypher(on_neo4j, "CREATE (:Person {name: 'Cy'})")
    kg("init", "--store", "neo4j")
    run = kg("import", data)
    assert run.code == 4 and "--adopt" in run.messages
    assert kg("init", "--adopt").code == 0
    assert kg("import", data).code == 0


def test_a_copy_that_is_refused_adopts_nothing(kg: RunKg, data: Path, tmp_path: Path, on_neo4j: ServerAddress) -> None:
    run_cypher(on_neo4j, "CREATE (:Person {name: 'Cy'})")
    kg("init")
    assert kg("import", data).code == 0
    run = kg("copy", "--from", "embedded", "--to", "neo4j", "--adopt")
    assert run.code == 2 and "--replace" in run.messages
    assert kg("init", "--store", "neo4j", "--home", tmp_path / "other").code == 0
    assert "--adopt" in kg("import", data, "--home", tmp_path / "other").messages, "nobody has adopted it"


def test_a_database_holds_one_home(kg: RunKg, data: Path, tmp_path: Path, on_neo4j: ServerAddress) -> None:
    kg("init", "--store", "neo4j")
    assert kg("import", data).code == 0
    other = tmp_path / "other"
    kg("init", "--store", "neo4j", "--home", other, "--base", "http://example.org/other/")
    for words in (["import", data], ["sparql", "ASK {}"]):
        run = kg(*words, "--home", other)
        assert run.code == 4 and "home" in run.messages, run.messages


# --- kg copy


@pytest.mark.parametrize("dataset", ["merged", "separate"])
def test_a_copy_and_its_copy_back_export_the_same_bytes(
    kg: RunKg, home: Path, data: Path, dataset: str, on_neo4j: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    kg("init", "--dataset", dataset)
    assert kg("import", data).code == 0
    assert kg("update", "INSERT DATA { <urn:a> <urn:b> 'in no graph' , 9007199254740993, 'a'@en-GB }").code == 0
    expected = kg("export").output
    run = kg("copy", "--from", "embedded", "--to", "neo4j")
    assert run.code == 0, run.messages
    assert "KG_STORE=neo4j" in run.text and str(home / "kg.toml") in run.text
    assert kg("status", "--json").json["store"] == "embedded"
    monkeypatch.setenv("KG_STORE", "neo4j")
    assert kg("export").output == expected
    assert kg("update", "INSERT DATA { <urn:a> <urn:b> 'more' }").code == 0
    expected = kg("export").output
    refused = kg("copy", "--from", "neo4j", "--to", "embedded")
    assert refused.code == 2 and "--replace" in refused.messages
    back = kg("copy", "--from", "neo4j", "--to", "embedded", "--replace", "--json")
    assert back.code == 0, back.messages
    assert back.json["added"] == 1 and back.json["removed"] == 0
    monkeypatch.setenv("KG_STORE", "embedded")
    assert kg("export").output == expected


def test_an_empty_store_is_not_copied_over_a_full_one(kg: RunKg, data: Path, on_neo4j: ServerAddress) -> None:
    kg("init")
    assert kg("import", data).code == 0
    run = kg("copy", "--from", "neo4j", "--to", "embedded", "--replace")
    assert run.code == 2 and "nothing to copy" in run.messages
    assert names(kg) == ["Ada", "Ada", "nobody"]


@pytest.mark.model
def test_notes_go_on_where_the_copy_is(
    kg: RunKg, home: Path, tmp_path: Path, on_neo4j: ServerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each store has its own cache of what its notes were read with, so neither believes what the other knows."""
    vault = tmp_path / "vault"
    vault.mkdir()
    (vault / "One.md").write_text("# One\n\nThe Blue Heron is here.\n")
    (vault / "Two.md").write_text("# Two\n\nSee [[One]].\n")
    assert kg("ingest", vault, "--jobs", "1").code == 0
    assert kg("copy", "--from", "embedded", "--to", "neo4j").code == 0
    assert passages(on_neo4j) == ["One.md", "Two.md"]
    monkeypatch.setenv("KG_STORE", "neo4j")
    assert json.loads(kg("ingest", "--json", "--jobs", "1").output)["notes"]["unchanged"] == 2
    (vault / "Blue Heron.md").write_text("# Blue Heron\n\nA bird.\n")
    assert kg("ingest", "--jobs", "1").code == 0
    expected = kg("export").output
    monkeypatch.setenv("KG_STORE", "embedded")
    assert kg("export").output != expected
    assert kg("ingest", "--jobs", "1").code == 0
    assert kg("export").output == expected
    assert kg("forget", "One.md").code == 0
    assert kg("copy", "--from", "embedded", "--to", "neo4j", "--replace").code == 0
    assert passages(on_neo4j) == ["Blue%20Heron.md", "Two.md"]
    assert kg("copy", "--from", "neo4j", "--to", "embedded", "--replace", "--json").json["added"] == 0
