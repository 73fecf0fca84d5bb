"""`kg ontology check` and `kg ontology export` as they are typed."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
import rdflib
from rdflib.compare import isomorphic

from kg.cli.ontology_check import run_examples
from kg.extraction import ExtractionOptions
from kg.ontology import load_ontology, shipped_file
from kg.ontology.check import Tools, check_ontology
from tests.conftest import RunKg
from tests.ontology.garden import GARDEN, garden, write

QUICK = ("--no-examples", "--no-reasoner")


def test_a_good_file_is_exit_code_0(kg: RunKg, tmp_path: Path) -> None:
    run = kg("ontology", "check", write(tmp_path, garden()), *QUICK)
    assert (run.code, run.messages) == (0, "")
    assert "OWL 2 DL: yes; OWL 2 RL: yes; consistency: not asked; 0 errors, 0 warnings, 0 hints." in run.text


def test_warnings_are_no_errors(kg: RunKg, tmp_path: Path) -> None:
    run = kg("ontology", "check", write(tmp_path, garden(":Fern a owl:Class .")), *QUICK)
    assert run.code == 0
    assert "warning: the class :Fern has no rdfs:label" in run.text


def test_errors_are_exit_code_2_with_file_and_line(kg: RunKg, tmp_path: Path) -> None:
    path = write(tmp_path, garden(":Rose rdfs:subClassOf :Plnat ."))
    run = kg("ontology", "check", path, *QUICK)
    assert run.code == 2
    line = len(garden().splitlines()) + 1
    assert run.text.startswith(f"{path}:{line}: error: the class :Plnat is used (rdfs:subClassOf of :Rose)")
    assert "Did you mean :Plant?" in run.text


def test_json_is_one_document(kg: RunKg, tmp_path: Path) -> None:
    path = write(tmp_path, garden(":Plant rdfs:subClassOf :Rose ."))
    run = kg("ontology", "check", path, *QUICK, "--json")
    assert run.code == 2
    (finding,) = run.json["findings"]
    assert set(finding) == {"severity", "code", "term", "message", "line", "column"}
    assert (finding["severity"], finding["code"], finding["term"]) == ("error", "subclass-circle", f"{GARDEN}Plant")
    assert run.json["ok"] is False
    assert run.json["summary"]["errors"] == 1


def test_syntax_error_is_a_finding(kg: RunKg, tmp_path: Path) -> None:
    path = write(tmp_path, garden("nonsense"))
    run = kg("ontology", "check", path, "--json")
    assert run.code == 2
    assert [f["code"] for f in run.json["findings"]] == ["syntax"]
    assert run.json["findings"][0]["line"] == len(garden().splitlines()) + 1


def test_patterns_are_compiled_by_the_extractor(kg: RunKg, tmp_path: Path) -> None:
    more = ':growsIn kg:pattern "{s} grows"@en , "{s} {s} {o}"@en , "{s:Nope} x {o}"@en , "{s} [a {o}"@en .'
    run = kg("ontology", "check", write(tmp_path, garden(more)), *QUICK, "--json")
    assert [f["code"] for f in run.json["findings"]] == ["pattern-syntax"] * 4
    assert run.code == 2


def test_many_hints_of_a_kind_are_folded_for_people(kg: RunKg, tmp_path: Path) -> None:
    more = "".join(f':C{i} a owl:Class ; rdfs:label "c{i}"@en .\n' for i in range(9))
    path = write(tmp_path, garden(more))
    assert "6 more; --json has them all [no-label-zh]" in kg("ontology", "check", path, *QUICK).text
    assert len(kg("ontology", "check", path, *QUICK, "--json").json["findings"]) == 9


def test_without_a_file_it_is_the_homes(kg: RunKg, home: Path, tmp_path: Path) -> None:
    assert kg("ontology", "check", *QUICK, "--json").json["file"] == str(shipped_file("kg.ttl"))
    home.mkdir()
    write(home, garden(), "ontology.ttl")
    assert kg("ontology", "check", *QUICK, "--json").json["file"] == str(home / "ontology.ttl")


@pytest.mark.model
def test_examples_run_through_the_extractor(kg: RunKg, tmp_path: Path) -> None:
    assert kg("ontology", "check", write(tmp_path, garden()), "--no-reasoner").code == 0
    more = ':growsIn kg:example "The [s olive tree] loathes [o Kew]."@en ; kg:counterExample "The [s olive tree] grows in [o Kew]."@en .'
    run = kg("ontology", "check", write(tmp_path, garden(more)), "--no-reasoner", "--json")
    assert run.code == 2
    assert {(f["code"], f["severity"]) for f in run.json["findings"]} == {
        ("example-failed", "error"),
        ("counter-example-failed", "error"),
    }
    assert run.json["summary"]["examples"] == {"passed": 1, "failed": 1}
    assert run.json["summary"]["counter_examples"] == {"passed": 1, "failed": 1}


# Faults of the extractor, not of the ontology: to be emptied.
@pytest.mark.model
@pytest.mark.slow
def test_the_examples_of_the_shipped_ontology() -> None:
    report = check_ontology(shipped_file("kg.ttl"), Tools(run_examples=partial(run_examples, ExtractionOptions())))
    failed = [f.message for f in report.findings if "example" in f.code]
    assert failed == []


# --- export


def test_the_file_comes_back_byte_for_byte(kg: RunKg, home: Path, tmp_path: Path) -> None:
    assert kg("ontology", "export").output == shipped_file("kg.ttl").read_bytes()
    home.mkdir()
    text = "# a comment, and odd   spacing\r\n" + garden()
    (home / "ontology.ttl").write_bytes(text.encode())
    assert kg("ontology", "export").output == text.encode()
    assert kg("ontology", "export", "--format", "turtle").output == text.encode()
    kg("ontology", "export", "--out", tmp_path / "out.ttl")
    assert (tmp_path / "out.ttl").read_bytes() == text.encode()


def test_another_syntax_says_the_same_and_is_the_same_each_time(kg: RunKg, home: Path, tmp_path: Path) -> None:
    home.mkdir()
    more = ":Moss a owl:Class ; owl:equivalentClass [ owl:intersectionOf ( :Plant [ owl:complementOf :Rose ] ) ] ."
    source = write(home, garden(more), "ontology.ttl")
    xml = kg("ontology", "export", "--format", "rdfxml").output
    assert xml.startswith(b"<?xml")
    assert kg("ontology", "export", "--format", "rdfxml").output == xml
    assert isomorphic(rdflib.Graph().parse(data=xml, format="xml"), rdflib.Graph().parse(source))
    assert load_ontology(write(tmp_path, xml.decode(), "again.rdf")) == load_ontology(source)

    source.unlink()
    write(home, xml.decode(), "ontology.owl")
    assert kg("ontology", "export", "--format", "rdfxml").output == xml
    turtle = kg("ontology", "export", "--format", "turtle").output
    assert b"@prefix kg: <https://w3id.org/noemata#>" in turtle
    assert load_ontology(write(tmp_path, turtle.decode(), "turtle.ttl")).digest == load_ontology(home / "ontology.owl").digest


def test_a_folder_for_protege_holds_all_that_is_needed(kg: RunKg, tmp_path: Path) -> None:
    folder = tmp_path / "protege"
    assert kg("ontology", "export", "--protege", folder).code == 0
    for name in ("kg.ttl", "kg-align.ttl", "shapes.ttl", "catalog-v001.xml"):
        assert (folder / name).read_bytes() == shipped_file(name).read_bytes()
    assert load_ontology(folder / "kg-align.ttl").problems == ()


def test_a_folder_for_protege_with_an_ontology_of_ones_own(kg: RunKg, home: Path, tmp_path: Path) -> None:
    (home / "lists").mkdir(parents=True)
    write(home / "lists", "Peace\n", "roses.txt")
    write(home, garden(':Rose kg:gazetteer "lists/roses.txt" .', extends=True), "ontology.ttl")
    folder = tmp_path / "protege"
    run = kg("ontology", "export", "--protege", folder, "--json")
    assert run.json["ontology"] == str(folder / "ontology.ttl")
    assert 'name="https://example.org/garden" uri="ontology.ttl"' in (folder / "catalog-v001.xml").read_text()
    assert load_ontology(folder / "ontology.ttl") == load_ontology(home / "ontology.ttl")
    assert run.json["files"] == sorted(run.json["files"])


def test_a_folder_that_was_edited_is_not_overwritten(kg: RunKg, tmp_path: Path) -> None:
    folder = tmp_path / "protege"
    kg("ontology", "export", "--protege", folder)
    assert kg("ontology", "export", "--protege", folder).code == 0, "nothing has changed"
    (folder / "kg.ttl").write_text("# mine")
    (folder / "shapes.ttl").unlink()
    run = kg("ontology", "export", "--protege", folder)
    assert run.code == 2
    assert "kg.ttl" in run.messages
    assert (folder / "kg.ttl").read_text() == "# mine"
    assert not (folder / "shapes.ttl").exists()
    shutil.rmtree(folder)
