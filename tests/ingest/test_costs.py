"""What a change costs: only what it concerns is read again, and what was parsed is not parsed again."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.rdf import KG, RDF, NamedNode, Quad
from tests.ingest.homes import BASE, Home, fresh, write

pytestmark = pytest.mark.model

NOTES = {
    "Ada.md": b"# Ada Lovelace\n\nAda Lovelace works for Acme Robotics.\n",
    "Plain.md": b"# Plain\n\nNothing is named here but the Blue Heron in the morning.\n",
    "Link.md": b"# Link\n\nSee [[Someone]] and [[Ada]].\n",
    "Tool.md": "# Oxigraph\n\nOxigraph is a library. 它由图数据库小组开发。\n".encode(),
}


@pytest.fixture
def home(home: Home, vault: Path) -> Home:
    write(vault, NOTES)
    home.ingest()
    home.source.clear()
    return home


def test_an_unchanged_vault_asks_for_nothing(home: Home) -> None:
    report = home.ingest()
    assert home.source.asked == []
    assert report.counts() == {"added": 0, "updated": 0, "unchanged": 4, "removed": 0, "failed": 0}


def test_an_unchanged_vault_needs_no_model(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.restart()
    monkeypatch.setattr(type(home.source), "make", None)
    assert home.ingest().quads == 0


def test_a_file_that_was_only_touched_asks_for_nothing(home: Home, vault: Path) -> None:
    write(vault, {"Ada.md": NOTES["Ada.md"]})
    home.ingest()
    assert home.source.asked == []


def test_an_edited_note_is_the_only_one_read(home: Home, vault: Path) -> None:
    write(vault, {"Plain.md": NOTES["Plain.md"] + b"\nMore.\n"})
    report = home.ingest()
    assert home.source.asked == home.source.parsed == ["Plain.md"]
    assert report.counts()["updated"] == 1


def test_a_new_title_is_found_in_old_notes_without_parsing_them(home: Home, vault: Path) -> None:
    write(vault, {"birds/heron.md": b"# Blue Heron\n\nA bird.\n"})
    home.ingest()
    assert sorted(home.source.asked) == ["Plain.md", "birds/heron.md"]
    assert home.source.parsed == ["birds/heron.md"]
    heron = NamedNode(f"{BASE}note/birds/heron.md#it")
    assert list(home.store.match(NamedNode(f"{BASE}note/Plain.md"), KG["mentions"], heron))
    (vault / "birds/heron.md").unlink()
    home.source.clear()
    home.ingest()
    assert (home.source.asked, home.source.parsed) == (["Plain.md"], [])
    assert not list(home.store.match(None, None, heron))


def test_a_chinese_title_is_found_in_old_notes_without_parsing_them(home: Home, vault: Path) -> None:
    write(vault, {"graph.md": "# 图数据库\n\n一种数据库。\n".encode()})
    home.ingest()
    assert sorted(home.source.asked) == ["Tool.md", "graph.md"]
    assert "Tool.md" not in home.source.parsed


def test_a_note_that_a_link_waited_for(home: Home, vault: Path) -> None:
    write(vault, {"people/someone.md": b"# Nemo\n\nNobody.\n"})
    home.ingest()
    assert sorted(home.source.asked) == ["Link.md", "people/someone.md"]
    assert list(
        home.store.match(NamedNode(f"{BASE}note/Link.md"), KG["linksTo"], NamedNode(f"{BASE}note/people/someone.md"))
    )


def test_a_note_of_another_class_is_judged_again_where_it_is_named(home: Home, vault: Path) -> None:
    def said() -> list[Quad]:
        ends = (NamedNode(f"{BASE}note/Ada.md#it"), NamedNode(f"{BASE}note/Tool.md#it"))
        found = (*home.store.match(ends[0], None, ends[1]), *home.store.match(ends[1], None, ends[0]))
        return [quad for quad in found if quad.predicate != KG["mentions"]]

    def refused() -> list[Quad]:
        return list(home.store.match(None, RDF["type"], KG["Refusal"], NamedNode(f"{BASE}note/Uses.md")))

    write(
        vault,
        {
            "Uses.md": b"# Uses\n\nOxigraph was created by Ada Lovelace.\n",
            "Ada.md": b"---\ntype: person\n---\n" + NOTES["Ada.md"],
        },
    )
    home.ingest()
    assert said() and not refused()
    home.source.clear()
    write(vault, {"Ada.md": b"---\ntype: place\n---\n" + NOTES["Ada.md"]})
    home.ingest()
    assert "Uses.md" in home.source.asked and "Uses.md" not in home.source.parsed
    assert refused() and not said()


def test_another_ontology_reads_all_notes_again_without_parsing(home: Home, vault: Path, tmp_path: Path) -> None:
    from kg.ontology import SHIPPED, load_ontology

    file = tmp_path / "mine.ttl"
    file.write_text(
        "@prefix : <https://example.com/#> . @prefix owl: <http://www.w3.org/2002/07/owl#> . "
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        "<https://example.com/> a owl:Ontology ; owl:imports <https://w3id.org/noemata> .\n"
        ':Bird a owl:Class ; rdfs:subClassOf <https://w3id.org/noemata#Entity> ; rdfs:label "library"@en .\n'
    )
    assert SHIPPED
    home.ontology = load_ontology(file)
    home.restart()
    home.ingest()
    assert sorted(home.source.asked) == sorted(NOTES) and home.source.parsed == []
    assert home.dump() == fresh(vault, with_ontology=home.ontology).dump()


def test_another_version_of_the_extractor_reads_all_notes_again(home: Home) -> None:
    home.source.version = "next"
    home.ingest()
    assert sorted(home.source.asked) == sorted(NOTES) and home.source.parsed == []


def test_a_part_of_a_root_is_refreshed_alone(home: Home, vault: Path) -> None:
    write(vault, {"a/One.md": b"# One\n", "b/Two.md": b"# Two\n", "Plain.md": b"# Plain\n\nOther.\n"})
    report = home.ingest(vault / "a")
    assert home.source.asked == ["a/One.md"]
    assert [file.path for file in report.files] == ["a/One.md"]
    home.ingest()
    assert home.dump() == fresh(vault).dump()
