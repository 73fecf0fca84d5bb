"""Where the links of real vaults lead, against a count made by hand (tests/data/gold/README.md)."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.describe import describe, note_facts
from kg.importers import importer_for
from kg.iri import Minter
from kg.model import Link, Note, NoteEntry
from kg.ontology import load_ontology
from kg.vault import VaultIndex, entry_keys, resolve_key, walk_vault

GOLD = Path(__file__).parent / "data" / "gold" / "links.jsonl"
BENCH = os.environ.get("KG_BENCH")
pytestmark = pytest.mark.skipif(not BENCH, reason="KG_BENCH names no folder")

_TEXT_FILE = "the hand count has Markdown notes only; we read LICENSE.txt as a note too"
DIFFERENCES = {("notes/foam_docs/index.md", 51398): _TEXT_FILE, ("notes/foam_docs/principles.md", 4268): _TEXT_FILE}
"""Links, by source and start, that we read otherwise than the hand count, each with its reason."""

Vault = tuple[dict[str, tuple[Note, NoteEntry]], VaultIndex]


@functools.cache
def read_vault(name: str) -> Vault:
    assert BENCH
    root, minter, ontology = Path(BENCH) / "notes" / name, Minter("https://noemata.example/vault/"), load_ontology()
    notes: dict[str, tuple[Note, NoteEntry]] = {}
    for path in walk_vault(root):
        importer = importer_for(path) if isinstance(path, str) else None
        for note in importer.read(path, (root / path).read_bytes()) if importer and isinstance(path, str) else ():
            if isinstance(note, Note):
                notes[note.path] = note, describe(note_facts(note, ontology, note.path, frozenset()), minter, "", False)
    return notes, VaultIndex(entry for _, entry in notes.values())


def all_links(note: Note) -> Iterator[Link]:
    yield from note.links
    yield from (link for field in note.fields for value in field.values for link in value.links)


def gold() -> list[dict[str, object]]:
    return [json.loads(line) for line in GOLD.read_text("utf-8").splitlines()]


def found_target(row: dict[str, object]) -> str | None:
    """Say where a link of the hand count leads: a path below the notes' folder, None, or why it is no link to us."""
    _, vault, path = str(row["source"]).split("/", 2)
    notes, index = read_vault(vault)
    note, entry = notes[path]
    links = [link for link in all_links(note) if (link.start, link.end) == (row["start"], row["end"])]
    if not links:
        return "is not read as a link"
    target = index.resolve(links[0], entry)
    return f"notes/{vault}/{target.path}" if target is not None else None


def test_there_are_enough_links() -> None:
    assert len(gold()) >= 100


@pytest.mark.slow
def test_links_lead_where_a_person_says() -> None:
    wrong = {}
    for row in gold():
        found = found_target(row)
        key = str(row["source"]), int(str(row["start"]))
        if found != row["target"] and key not in DIFFERENCES:
            wrong[key] = f"leads to {found}, by hand to {row['target']}"
        if found == row["target"]:
            assert key not in DIFFERENCES, f"{key} agrees now; take it off the list"
    assert wrong == {}


@pytest.mark.parametrize("vault", ["foam_docs", "kepano_vault", "til_jbranchaud", "cs-notes_zh"])
def test_a_note_is_known_by_the_key_of_every_link_to_it(vault: str) -> None:
    """What ingest looks links up by when a note comes or goes."""
    notes, index = read_vault(vault)
    for note, entry in notes.values():
        for link in all_links(note):
            target = index.resolve(link, entry)
            if link.target and target is not None:
                assert resolve_key(link.target) in entry_keys(target), (note.path, link)
