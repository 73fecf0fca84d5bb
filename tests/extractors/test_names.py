"""Names of the statistical model: which of its labels decide a class, and what is no name."""

from __future__ import annotations

import pytest

from extractors.names import NameReader, is_name_like
from kg.rdf import local_name
from tests.extractors.lab import Lab

pytestmark = pytest.mark.model


@pytest.mark.parametrize(
    ("label", "text", "expected"),
    [
        ("PERSON", "Mara Lindqvist", True),
        ("PERSON", "J. K. Rowling", True),
        ("PERSON", "Jean-Luc Picard", True),
        ("PERSON", "Conan O'Brien", True),
        ("PERSON", "Ludwig van Beethoven", True),
        ("PERSON", "Neo4j", False),
        ("PERSON", "Redis Stack 7", False),
        ("PERSON", "mara lindqvist", False),
        ("PERSON", "One Two Three Four Five", False),
        ("ORG", "Halden University", True),
        ("ORG", "Acme Inc.", True),
        ("ORG", "Graphtool", False),
        ("ORG", "Machine Learning", False),
        ("GPE", "Lisbon", True),
        ("EVENT", "World Expo", True),
        ("PRODUCT", "Redis", False),
        ("WORK_OF_ART", "Quiet Graphs", False),
        ("DATE", "today", False),
    ],
)
def test_a_label_decides_only_where_it_can_be_relied_on(lab: Lab, label: str, text: str, expected: bool) -> None:
    names = lab.extractor._names  # type: ignore[attr-defined]
    assert isinstance(names, NameReader)
    assert names._is_trusted(label, text) is expected


@pytest.mark.parametrize("text", ["Neo4j", "C++", "Acme, Inc.", "O'Brien", "PyTorch Lightning", "1Password"])
def test_these_look_like_names(text: str) -> None:
    assert is_name_like(text)


@pytest.mark.parametrize(
    "text", ["", "A", "tidepool", "f(X)", "a=B", "/Etc", "https://A", "A--B", "#Tag", "42", "-Flag", "X " * 9, "A" * 81]
)
def test_these_do_not(text: str) -> None:
    assert not is_name_like(text)


def test_classes_come_from_the_ontology(lab: Lab) -> None:
    names = lab.extractor._names  # type: ignore[attr-defined]
    assert {label: local_name(iri) for label, iri in names._classes.items() if label in ("PERSON", "ORG", "GPE")} == {
        "PERSON": "Person",
        "ORG": "Organisation",
        "GPE": "Place",
    }


def test_names_are_shown_without_article_and_possessive(lab: Lab) -> None:
    found = lab.analyse("We visited the Royal Society and Halden University's library in Lisbon.").mentioned()
    assert {"Royal Society", "Halden University", "Lisbon"} <= set(found)


def test_a_word_that_opens_a_sentence_is_no_name(lab: Lab) -> None:
    assert lab.analyse("Running it took an hour. Tables were full. Notes follow.").mentioned() == {}


def test_a_guess_that_a_relation_contradicts_counts_as_unknown(lab: Lab) -> None:
    """Domain and range never retype, but a model's label is no knowledge."""
    found = lab.analyse("Robin Hood is written in Rust.")
    assert found.mentioned()["Robin Hood"] == "-"
    assert found.facts() == {"Robin Hood | writtenIn | Rust"}
    assert found.linked.classes == {e: c for e, c in found.linked.classes.items() if local_name(c) != "Person"}


def test_what_the_text_says_beats_the_model(lab: Lab) -> None:
    found = lab.analyse("Robin Hood is a library. We met Robin Hood yesterday.")
    assert found.mentioned()["Robin Hood"] == "Library"


def test_one_name_has_one_class_in_a_note(lab: Lab) -> None:
    """However the model labels each of its occurrences."""
    text = "Paris is nice. Paris uses Redis. We like Paris. PARIS is big."
    extraction = lab.analyse(text).extraction
    assert len({m.class_iri for m in extraction.mentions if m.text.casefold() == "paris"}) == 1


def test_a_known_name_keeps_its_entity_in_every_role(lab: Lab) -> None:
    others = {"Tools/Tidepool.md": "---\ntype: library\n---\n"}
    found = lab.analyse("Tidepool uses Redis. Mara Lindqvist maintains tidepool.", others=others)
    subjects = {s.subject for s in found.statements if s.predicate.value.endswith("#uses")}
    objects = {s.object for s in found.statements if s.predicate.value.endswith("#maintains")}
    assert subjects == objects == {lab.entry_of(others).described}
