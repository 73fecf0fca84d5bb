"""HermiT is asked for real where there is a Java; what it cannot answer is said."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from kg.ontology import read_triples
from kg.ontology.consistency import check_consistency
from kg.rdf import NamedNode, Triple
from tests.ontology.garden import GARDEN, garden, write

needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="there is no java on the PATH")


def triples(folder: Path, more: str = "") -> list[Triple]:
    return read_triples(write(folder, garden(more)))


def test_without_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert check_consistency(triples(tmp_path), 10).status == "no java"


def fake_java(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    java = write(folder, f"#!/bin/sh\n{script}\n", "java")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.slow
def test_a_reasoner_that_hangs_is_killed_with_its_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    begin = time.monotonic()
    answer = check_consistency(triples(tmp_path), 6)
    assert answer.status == "timeout"
    assert time.monotonic() - begin < 30
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_java_that_breaks_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_java(tmp_path, monkeypatch, "echo 'java.lang.OutOfMemoryError: Java heap space' >&2; exit 1")
    answer = check_consistency(triples(tmp_path), 60)
    assert (answer.status, answer.detail) == ("failed", "OutOfMemoryError: Java heap space")


@pytest.mark.slow
@needs_java
def test_unsatisfiable_classes_are_named_despite_unknown_datatypes(tmp_path: Path) -> None:
    more = ":Hedge a owl:Class ; rdfs:subClassOf :Rose , :Garden . :plantedOn rdfs:range xsd:date . :x a :Rose ; :plantedOn '2024-01-01'^^xsd:date ."
    answer = check_consistency(triples(tmp_path, more), 120)
    assert answer.status == "consistent"
    assert answer.unsatisfiable == (NamedNode(f"{GARDEN}Hedge"),)
    assert answer.unsupported == "http://www.w3.org/2001/XMLSchema#date"


@pytest.mark.slow
@needs_java
def test_contradictions_are_found(tmp_path: Path) -> None:
    assert check_consistency(triples(tmp_path, ":x a :Rose , :Garden ."), 120).status == "inconsistent"


@pytest.mark.slow
@needs_java
def test_what_hermit_refuses_is_said(tmp_path: Path) -> None:
    more = ":growsIn a owl:TransitiveProperty , owl:FunctionalProperty . :Rose rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :growsIn ; owl:maxCardinality 1 ] ."
    answer = check_consistency(triples(tmp_path, more), 120)
    assert answer.status == "failed"
    assert "Non-simple property" in answer.detail


@pytest.mark.slow
@needs_java
def test_a_good_ontology_is_consistent(tmp_path: Path) -> None:
    answer = check_consistency(triples(tmp_path, ":x a :Rose ."), 120)
    assert (answer.status, answer.unsatisfiable, answer.unsupported) == ("consistent", (), "")
