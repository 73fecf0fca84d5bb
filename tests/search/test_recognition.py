"""Names in a query: the longest one, in any form, in English and Chinese; and what is none."""

from __future__ import annotations

import pytest

from kg.ontology import load_ontology
from kg.search.collection import Collection
from kg.search.hits import Recognised
from kg.search.recognition import EntityNames, PropertyNames, recognise
from tests.search.by_hand import Notes
from tests.search.comparing import from_scratch

ONTOLOGY = load_ontology()
PROPERTIES = PropertyNames(ONTOLOGY)
TITLES = (
    "Ada Lovelace",
    "Ada",
    "Graph database",
    "Mercury (planet)",
    "Mercury (metal)",
    "知识图谱",
    "图谱",
    "C++",
    "Cell",
)


def collection_of(titles: tuple[str, ...]) -> Collection:
    notes = Notes()
    for title in titles:
        notes.put(title, "Text.")
    return from_scratch(notes.graph, notes.texts)


@pytest.fixture(scope="module")
def names() -> EntityNames:
    return EntityNames(collection_of(TITLES))


def recognised(query: str, names: EntityNames) -> list[Recognised]:
    found = recognise(query, names, PROPERTIES, ONTOLOGY)
    assert all(0 <= each.start < each.end <= len(query) for each in found)
    assert [each.start for each in found] == sorted(each.start for each in found)
    return found


def entities(query: str, names: EntityNames) -> list[tuple[str, str]]:
    return [(query[x.start : x.end], x.name) for x in recognised(query, names) if x.kind == "entity"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Where did Ada Lovelace live?", [("Ada Lovelace", "Ada Lovelace")]),
        ("ada lovelace's house", [("ada lovelace", "Ada Lovelace")]),
        ("Ada’s house", [("Ada", "Ada")]),
        ("which graph databases are there", [("graph databases", "Graph database")]),
        ("how far is Mercury", [("Mercury", "Mercury (metal)"), ("Mercury", "Mercury (planet)")]),
        ("什么是知识图谱呢", [("知识图谱", "知识图谱")]),
        ("written in C++?", [("C++", "C++")]),
        ("cells of plants", [("cells", "Cell")]),
        ("what is there", []),
        ("adamant", []),
        ("", []),
    ],
)
def test_entities_are_found_by_their_longest_name(query: str, found: list[tuple[str, str]], names: EntityNames) -> None:
    assert entities(query, names) == found


@pytest.mark.parametrize(
    ("query", "words", "name"), [("who works for Ada", "works for", "worksFor"), ("谁任职于 Ada", "", "")]
)
def test_properties_are_found_by_their_labels(query: str, words: str, name: str, names: EntityNames) -> None:
    found = [x for x in recognised(query, names) if x.kind == "property"]
    if words:
        assert name in {each.iri.value.rpartition("#")[2] for each in found}
        assert words in {query[each.start : each.end] for each in found}
    assert entities(query, names) == [("Ada", "Ada")]


def test_names_that_changed_are_as_if_read_anew() -> None:
    notes = Notes()
    for title in ("Ada", "Bob", "Cleo Smith"):
        notes.put(title, "Text.")
    before = EntityNames(from_scratch(notes.graph, notes.texts))
    notes.drop("Bob")
    notes.put("Dora", "Text.")
    collection = from_scratch(notes.graph, notes.texts)
    after, anew = EntityNames(collection, before), EntityNames(collection)
    for query in ("Ada and Bob", "Dora or Cleo Smith", "Bob"):
        assert recognised(query, after) == recognised(query, anew)
    assert entities("Bob", before) == [("Bob", "Bob")]
    assert entities("Bob", after) == []
