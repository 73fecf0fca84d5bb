"""The class of what a note describes, from the note alone."""

from __future__ import annotations

import pytest

from kg.describe import NoteFacts, describe, described_class, is_type_key, note_facts
from kg.importers import importer_for
from kg.iri import Minter
from kg.model import Note
from kg.ontology import load_ontology
from kg.rdf import local_name

ONTOLOGY = load_ontology()
MINTER = Minter("https://noemata.example/t/")


def read(text: str, path: str = "Lantern.md") -> Note:
    importer = importer_for(path)
    assert importer is not None
    (note,) = importer.read(path, text.encode())
    assert isinstance(note, Note)
    return note


def said(text: str, path: str = "Lantern.md") -> tuple[str, str, str] | None:
    note = read(text, path)
    source = described_class(note, ONTOLOGY)
    return (local_name(source.class_iri), source.kind, note.text[source.start : source.end]) if source else None


STATED = [
    ("---\ntype: Library\n---\n", "Lantern.md", ("Library", "stated", "type: Library")),
    ("---\nType: software library\n---\n", "Lantern.md", ("Library", "stated", "Type: software library")),
    ("---\nclass: ProgrammingLanguage\n---\n", "Lantern.md", ("ProgrammingLanguage", "stated", "class: ProgrammingLanguage")),
    ("---\nkind: '[[Library]]'\n---\n", "Lantern.md", ("Library", "stated", "kind: '[[Library]]'")),
    ("---\ntype: ['#library']\n---\n", "Lantern.md", ("Library", "stated", "type: ['#library']")),
    ("---\n类型: 程序库\n---\n", "Lantern.md", ("Library", "stated", "类型: 程序库")),
    ("---\ntype: [evergreen, library]\n---\n", "Lantern.md", ("Library", "stated", "type: [evergreen, library]")),
    ("---\ntype: note\n---\nHi. #library", "Lantern.md", ("Library", "stated", "#library")),
    ("Hello #people", "Lantern.md", ("Person", "stated", "#people")),
    ("Hello #tools/library", "Lantern.md", None),
    ("Hello.", "Work/Tools/Lantern.md", ("Software", "stated", "")),
    ("Hello.", "People/2024/Lantern.md", None),
    ("Hello.", "Misc/Lantern.md", None),
    ("---\ntype: evidence\n---\n", "Lantern.md", None),
    ("---\ntype: entity\n---\n", "Lantern.md", None),
    ("---\ntype: tag\n---\n", "Lantern.md", None),
    # What is stated goes before what the text says.
    ("---\ntype: company\n---\nLantern is a library.", "Lantern.md", ("Company", "stated", "type: company")),
]

OPENINGS = [
    ("Lantern is a library.", "Library"),
    ("**Lantern** is a *small* [[Python]] library for maps.", "Library"),
    ("# Lantern\n\nLantern is a library.", "Library"),
    ("Lantern (first called Torch) is a web framework.", "Library"),
    ("Lantern, once called Torch, is a library.", "Library"),
    ("Lantern is an open-source graph database written in Rust.", "Software"),
    ("Lantern is the company that made it.", "Company"),
    ("Lantern was a company in Lisbon.", "Company"),
    ("Lantern is one of the databases in use.", "Software"),
    ("lantern is a library.", "Library"),
    ("The Lantern is a library.", "Library"),
    ("It is a library.", "Library"),
    ("This is a library.", "Library"),
    ("She is a software engineer at Acme.", "Person"),
    ("Torch is a library.", None),
    ("Lantern is great.", None),
    ("Lantern is library.", None),
    ("Lantern is not a library.", None),
    ("Lantern has a library.", None),
    ("Lantern is a way to find a library.", None),
    ("A library is what Lantern is.", None),
    ("Hello.\n\nLantern is a library.", None),
    ("- Lantern is a library.", None),
    ("Lantern是一个数据库。", "Software"),
    ("Lantern是一款开源的图数据库，用Rust编写。", "Software"),
    ("Lantern（灯笼）是一个程序库。", "Library"),
    ("它是一家公司。", "Company"),
    ("Lantern不是一个数据库。", None),
    ("Torch是一个数据库。", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "path", "expected"), STATED, ids=[f"{path} {text!r}" for text, path, _ in STATED])
def test_the_class_is_stated(text: str, path: str, expected: tuple[str, str, str] | None) -> None:
    assert said(text, path) == expected


@pytest.mark.parametrize(("text", "expected"), OPENINGS, ids=[text for text, _ in OPENINGS])
def test_the_opening_sentence_says_the_class(text: str, expected: str | None) -> None:
    found = said(text)
    assert (found[0] if found else None) == expected
    if found:
        assert found[1] == "extracted"
        assert found[2] and found[2] in text


def test_an_alias_may_open_the_note() -> None:
    assert said("---\naliases: [Torch]\n---\nTorch is a library.") == ("Library", "extracted", "Torch is a library")


def test_a_title_with_a_colon_opens_the_note() -> None:
    text = "---\ntitle: 'Quiet Graphs: An Essay'\n---\nQuiet Graphs: An Essay is a book by Lena Fischer."
    assert (said(text) or ("",))[0] == "Book"


def test_a_field_inside_the_text_states_the_class() -> None:
    assert (said("Some words.\n\ntype:: library\n") or ("",))[:2] == ("Library", "stated")


def test_type_keys() -> None:
    (field,) = read("---\n TYPE : x\n---\n").fields
    assert is_type_key(field)
    (other,) = read("---\ntypes: x\n---\n").fields
    assert not is_type_key(other)


def test_the_facts_of_a_note() -> None:
    note = read("---\nid: n1\naliases: [Torch, Lantern, Torch]\n---\nLantern is a library of five words.", "a/Lantern.md")
    facts = note_facts(note, ONTOLOGY, "a/Lantern.md", frozenset({"lantern"}))
    assert facts == NoteFacts(
        path="a/Lantern.md",
        item="a/Lantern.md",
        note_id="n1",
        names=("Lantern", "Torch"),
        is_daily=False,
        class_iri=facts.class_iri,
        content_hash=note.content_hash,
        link_keys=frozenset({"lantern"}),
        words=7,
    )
    assert facts.class_iri is not None and local_name(facts.class_iri) == "Library"


def test_a_row_of_the_vault_index() -> None:
    facts = note_facts(read("---\nid: n1\ntype: library\n---\n"), ONTOLOGY, "Lantern.md", frozenset())
    own, shared = describe(facts, MINTER, "", True), describe(facts, MINTER, "", False)
    assert own.iri.value == "https://noemata.example/t/note/id:n1"
    assert shared.iri.value == "https://noemata.example/t/note/Lantern.md"
    assert own.described is not None and own.described.value == f"{own.iri.value}#it"
    assert (own.title, own.names, own.class_iri) == ("Lantern", ("Lantern",), facts.class_iri)
    assert describe(facts, MINTER, "work", False).iri.value == "https://noemata.example/t/note/root:work/Lantern.md"


def test_a_daily_note_describes_nothing() -> None:
    facts = note_facts(read("---\ntype: library\n---\n", "Daily/2024-03-12.md"), ONTOLOGY, "Daily/2024-03-12.md", frozenset())
    entry = describe(facts, MINTER, "", False)
    assert facts.is_daily
    assert entry.described is None and entry.class_iri is None
