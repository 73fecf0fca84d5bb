"""The commands around a home, from its making to its report, on a small vault."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run, RunKg

ONTOLOGY = """
@prefix : <https://example.org/garden#> . @prefix kg: <https://w3id.org/noemata#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<https://example.org/garden> a owl:Ontology .
:Plant a owl:Class ; rdfs:label "plant"@en ; rdfs:subClassOf kg:Entity ; kg:gazetteer "lists/plants.txt" .
"""


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "garden"
    (folder / "People").mkdir(parents=True)
    (folder / "People" / "Ada.md").write_text("---\ntype: person\n---\nAda works for [[Acme]].\n", "utf-8")
    (folder / "Acme.md").write_text("---\ntype: company\nworks for: '[[Ada]]'\n---\nWe make things.\n", "utf-8")
    return folder


def names(run: Run) -> list[str]:
    return sorted(row["n"]["value"] for row in run.json["results"]["bindings"])


# --- init


def test_init_makes_a_home_and_says_what_is_next(kg: RunKg, home: Path) -> None:
    run = kg("init", "--base", "https://example.org/me/", "--dataset", "separate")
    assert run.code == 0
    assert "kg ingest" in run.text
    assert kg("init", "--json").json == {
        "home": str(home), "store": "embedded", "dataset": "separate", "base": "https://example.org/me/", "ontology": None,
    }  # fmt: skip
    status = kg("status", "--json").json
    assert (status["notes"], status["quads"], status["base"]) == (0, 0, "https://example.org/me/")


def test_init_refuses_a_base_that_is_no_iri_and_makes_nothing(kg: RunKg, home: Path) -> None:
    assert kg("init", "--base", "me").code == 2
    assert not home.exists()


def test_init_keeps_the_ontology_with_its_lists(kg: RunKg, home: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine" / "garden.ttl"
    (source.parent / "lists").mkdir(parents=True)
    source.write_text(ONTOLOGY, "utf-8")
    (source.parent / "lists" / "plants.txt").write_text("basil\n", "utf-8")
    assert kg("init", "--ontology", source).code == 0
    assert (home / "ontology.ttl").read_bytes() == source.read_bytes()
    assert (home / "lists" / "plants.txt").read_text() == "basil\n"


def test_init_refuses_a_broken_ontology_and_keeps_the_old_one(kg: RunKg, home: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.ttl", tmp_path / "bad.ttl"
    good.write_text("<https://example.org/o> a <http://www.w3.org/2002/07/owl#Ontology> .\n")
    bad.write_text("<https://example.org/o> a\n\n  oops oops .\n")
    assert kg("init", "--ontology", good).code == 0
    run = kg("init", "--ontology", bad)
    assert run.code == 2
    assert f"{bad}:3" in run.messages
    assert (home / "ontology.ttl").read_bytes() == good.read_bytes()


def test_what_a_graph_was_made_with_cannot_be_changed(kg: RunKg) -> None:
    kg("init")
    assert kg("update", "INSERT DATA { <urn:a> <urn:b> 1 }").code == 0
    run = kg("init", "--dataset", "separate")
    assert run.code == 2
    assert "--dataset" in run.messages


# --- without a home, and before there is a note


@pytest.mark.parametrize(
    "command",
    [
        ["status"], ["report"], ["report", "--quarantine"], ["sparql", "ASK {}"], ["forget", "x"], ["update", "DROP ALL"],
        ["search", "x"], ["ask", "x"], ["feedback", "list"], ["reindex"], ["recommend", "x"], ["embed", "predict"],
    ],
)  # fmt: skip
def test_commands_that_read_say_that_there_is_no_home(kg: RunKg, home: Path, command: list[str]) -> None:
    run = kg(*command)
    assert run.code == 2
    assert "kg ingest PATH" in run.messages
    assert not home.exists()


def test_ingest_without_a_folder_asks_for_one(kg: RunKg, home: Path) -> None:
    assert kg("ingest").code == 2
    assert kg("ingest", "no-such-folder").code == 1
    assert not home.exists()


def test_an_update_fixes_the_base(kg: RunKg, home: Path) -> None:
    kg("init")
    count = kg("update", "INSERT DATA { <urn:a> kg:name 'a' }", "--json").json
    assert count == {"added": 1, "removed": 0}
    assert 'base = "https://noemata.example/home/"' in (home / "kg.toml").read_text()


# --- ingest


@pytest.mark.model
def test_from_notes_to_answers(kg: RunKg, home: Path, vault: Path) -> None:
    (vault / "broken.md").write_bytes(b"caf\xe9")
    report = kg("ingest", vault, "--json")
    assert report.code == 0
    assert report.json["notes"] == {"added": 2, "updated": 0, "unchanged": 0, "removed": 0, "failed": 1}
    assert {"statements", "quads", "quarantined", "words", "seconds", "failures"} <= set(report.json)
    assert report.json["failures"][0]["path"] == "broken.md"
    assert report.json["quads"] > 0
    assert 'base = "https://noemata.example/garden/"' in (home / "kg.toml").read_text()

    who = kg("sparql", "SELECT ?n { ?p kg:worksFor/rdfs:label ?n }", "--json")
    assert names(who) == ["Acme"]

    assert kg("ingest", "--json").json["notes"]["unchanged"] == 2
    assert kg("ingest", vault, "--strict").code == 2

    told = kg("report")
    assert "broken.md" in told.text
    refused = kg("report", "--quarantine", "--json").json["quarantine"]
    assert [(row["note"], row["predicate"]) for row in refused] == [("Acme.md", "https://w3id.org/noemata#worksFor")]
    text = (vault / "Acme.md").read_text("utf-8")
    assert text[refused[0]["start"] : refused[0]["end"]] == refused[0]["quote"]
    assert "refused: " in kg("report", "--quarantine").text

    status = kg("status", "--json").json
    assert (status["notes"], status["roots"], status["quarantined"]) == (2, {"": str(vault)}, 1)

    assert kg("forget", "People", "nothing.md", "--json").code == 1
    assert names(kg("sparql", "SELECT ?n { ?p kg:worksFor/rdfs:label ?n }", "--json")) == []
    (vault / "Acme.md").unlink()
    assert kg("ingest", vault, "--json").json["notes"]["removed"] == 1


@pytest.mark.model
@pytest.mark.slow
def test_watch_reads_what_is_saved(home: Path, vault: Path) -> None:
    watcher = subprocess.Popen(
        [Path(sys.executable).parent / "kg", "ingest", str(vault), "--watch", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | {"KG_HOME": str(home)},
    )  # fmt: skip
    assert watcher.stdout is not None
    try:
        assert json.loads(watcher.stdout.readline())["notes"]["added"] == 2
        (vault / ".hidden.md").write_text("no note\n")
        (vault / "Bob.md").write_text("Bob works for [[Acme]].\n")
        assert json.loads(watcher.stdout.readline())["notes"]["added"] == 1
        (vault / "Bob.md").unlink()
        assert json.loads(watcher.stdout.readline())["notes"]["removed"] == 1
    finally:
        watcher.send_signal(signal.SIGINT)
        _, messages = watcher.communicate(timeout=30)
    assert watcher.returncode == 0, messages
    assert messages == ""


# --- sparql and update


@pytest.fixture
def numbers(kg: RunKg) -> RunKg:
    kg("init")
    values = " ".join(f"<urn:n{n}> <urn:is> {n} ." for n in range(300))
    assert kg("update", f"INSERT DATA {{ {values} }}").code == 0
    return kg


@pytest.mark.parametrize(
    ("name", "begin"),
    [("json", '{"head"'), ("xml", "<?xml"), ("csv", "n\r\n7\r\n"), ("tsv", "?n\n7\n"), ("table", "n\n")],
)
def test_formats(numbers: RunKg, name: str, begin: str) -> None:
    run = numbers("sparql", "SELECT ?n { <urn:n7> <urn:is> ?n }", "--format", name)
    assert run.code == 0
    assert run.text.startswith(begin)


def test_a_graph_is_turtle_or_json_ld(numbers: RunKg) -> None:
    query = "CONSTRUCT WHERE { <urn:n7> <urn:is> ?n }"
    assert "<urn:n7> <urn:is> 7 ." in numbers("sparql", query).text
    (subject,) = numbers("sparql", query, "--json").json
    assert subject["@id"] == "urn:n7"


def test_a_query_comes_from_an_argument_a_file_or_standard_input(numbers: RunKg, tmp_path: Path) -> None:
    file = tmp_path / "q.rq"
    file.write_text("ASK { <urn:n7> <urn:is> 7 }", "utf-8-sig")
    asked: list[Callable[[], Run]] = [
        lambda: numbers("sparql", file.read_text("utf-8-sig")),
        lambda: numbers("sparql", "-f", file),
        lambda: numbers("sparql", stdin=file.read_text("utf-8-sig")),
        lambda: numbers("sparql", "-f", "-", stdin=file.read_text("utf-8-sig")),
    ]
    assert [ask().text for ask in asked] == ["yes\n"] * 4
    assert numbers("sparql", "ASK {}", "-f", file).code == 2
    assert numbers("sparql", "-f", tmp_path / "none.rq").code == 2
    file.write_bytes(b"ASK {} # \xff")
    assert "not UTF-8" in numbers("sparql", "-f", file).messages


def test_a_syntax_error_has_its_place(kg: RunKg) -> None:
    kg("init")
    error = kg("sparql", "SELECT *\n{ ?s ?p }", "--json")
    assert error.code == 2
    assert (error.json["error"]["type"], error.json["error"]["line"]) == ("QuerySyntaxError", 2)


def test_a_longer_answer_than_allowed_writes_nothing_but_the_error(numbers: RunKg) -> None:
    assert numbers("sparql", "SELECT * { ?s ?p ?o }", "--limit", 300, "--format", "csv").code == 0
    run = numbers("sparql", "SELECT * { ?s ?p ?o }", "--limit", 299, "--format", "csv")
    assert (run.code, run.output) == (3, b"")
    assert "299 rows" in run.messages


def test_two_formats_are_too_many(numbers: RunKg) -> None:
    assert numbers("sparql", "ASK {}", "--json", "--format", "csv").code == 2


@pytest.mark.slow
@pytest.mark.parametrize("as_json", [True, False])
def test_a_query_that_takes_too_long_is_stopped(numbers: RunKg, as_json: bool) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c + ?f + ?i + ?l < 0) }"
    started = time.monotonic()
    run = subprocess.run(
        [Path(sys.executable).parent / "kg", "sparql", endless, "--timeout", "0.5", *(["--json"] if as_json else [])],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 3
    assert time.monotonic() - started < 60
    if as_json:
        assert json.loads(run.stdout)["error"]["type"] == "QueryTimeoutError"
    else:
        assert (run.stdout, "stopped after 0.5 s" in run.stderr) == ("", True)
