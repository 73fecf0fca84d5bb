"""Bridges: where they lead, that hubs and what is said already do not count, and that order is always the same."""

from __future__ import annotations

import numpy as np
import pytest

from kg.search.collection import Collection
from kg.search.hits import Knobs
from kg.search.ranking import NAMED, Ranked, Ranker
from tests.search.by_hand import ONTOLOGY, Notes, thing
from tests.search.comparing import Pairs, from_scratch

ALL = Knobs(1.0, 0.4, 2.0, 1.0, 2)
NO_GRAPH = Knobs(1.0, 0.4, 0.0, 1.0, 2)
QUESTION = "Where did the father of Ada study?"


def family() -> Notes:
    notes = Notes()
    notes.put("Ada", "Ada was the daughter of George, who kept bees.", ("George",))
    notes.put("George", "He went to school in Harrow, where boys study Latin.")
    notes.put("Room", "In a room people read what a father or mother has to study.")
    notes.put("Weather", "On rainy days nothing happens.")
    return notes


def titles(collection: Collection, ranked: Ranked) -> list[str]:
    return [collection.notes[note].title for note in collection.note_of[ranked.passages]]


def ranked(collection: Collection, query: str, knobs: Knobs = ALL, **more: object) -> tuple[Ranker, Ranked]:
    ranker = Ranker(collection, ONTOLOGY)
    return ranker, ranker.rank(query, None, ranker.recognise(query), knobs, **more)  # type: ignore[arg-type]


def test_what_a_named_thing_names_is_found_before_what_has_the_words() -> None:
    notes = family()
    collection = from_scratch(notes.graph, notes.texts)
    ranker, found = ranked(collection, QUESTION)
    assert titles(collection, found)[0] == "Ada"
    place = titles(collection, found).index("George")
    assert found.parts["graph"][place] > 0
    _, plain = ranked(collection, QUESTION, NO_GRAPH)
    assert titles(collection, plain).index("George") >= place
    (hop,) = found.way(int(found.passages[place]))
    ada, george = (collection.entity(thing(name).value) for name in ("Ada", "George"))
    assert (hop.head, hop.tail, hop.is_forward) == (ada, george, True)
    assert hop.predicate == NAMED or collection.edges.predicate_iris[hop.predicate]
    assert "Weather" not in titles(collection, found)
    assert [each.name for each in ranker.recognise(QUESTION)][-1] == "Ada"


def test_a_passage_that_is_led_to_stands_below_what_leads_to_it() -> None:
    notes = family()
    collection = from_scratch(notes.graph, notes.texts)
    for weight in (0.5, 2.0, 1000.0):
        _, found = ranked(collection, "Ada bees", Knobs(1.0, 0.4, weight, 1.0, 2))
        assert titles(collection, found)[0] == "Ada"


def test_only_what_is_allowed_is_found_but_others_may_lie_on_the_way() -> None:
    notes = family()
    collection = from_scratch(notes.graph, notes.texts)
    george = collection.note_of == collection.note("https://noemata.example/i/note/George.md")
    _, found = ranked(collection, QUESTION, allowed=george)
    assert titles(collection, found) == ["George"]
    assert found.parts["graph"][0] > 0


def test_a_hub_leads_nowhere() -> None:
    notes = Notes()
    notes.put("Ada", "Ada named the Hub.", ("Hub",))
    notes.put("Hub", "All name it.")
    for number in range(80):
        notes.put(f"Leaf {number}", f"Number {number} names it and studies.", ("Hub",))
    collection = from_scratch(notes.graph, notes.texts)
    _, found = ranked(collection, "Ada")
    assert {"Ada", "Hub"} >= set(titles(collection, found)[:2])
    graph = {title for title, share in zip(titles(collection, found), found.parts["graph"], strict=True) if share > 0}
    assert graph == {"Ada", "Hub"}


def test_one_step_is_none() -> None:
    notes = family()
    collection = from_scratch(notes.graph, notes.texts)
    _, found = ranked(collection, QUESTION, Knobs(1.0, 0.4, 2.0, 1.0, 1))
    place = titles(collection, found).index("George")
    assert found.parts["graph"][place] == 0


@pytest.mark.parametrize("query", ["Ada", "nothing of the kind", "知识", "?"])
def test_nothing_to_search_finds_nothing(query: str) -> None:
    notes = Notes()
    collection = from_scratch(notes.graph, notes.texts)
    _, found = ranked(collection, query)
    assert len(found.passages) == len(found.scores) == 0


def test_the_same_notes_in_another_order_give_the_same_ranking() -> None:
    model = Pairs()
    one, other = family(), Notes()
    for name in ("Weather", "George", "Room"):
        other.put(name, one.texts[f"https://noemata.example/i/note/{name}.md"])
    other.put("Ada", one.texts["https://noemata.example/i/note/Ada.md"], ("George",))
    vector = model.encode([QUESTION])[0]
    found = []
    for notes in (one, other):
        collection = from_scratch(notes.graph, notes.texts, model)
        ranker = Ranker(collection, ONTOLOGY)
        found.append(ranker.rank(QUESTION, vector, ranker.recognise(QUESTION), ALL))
    assert np.array_equal(found[0].passages, found[1].passages)
    assert np.array_equal(found[0].scores, found[1].scores)
    assert (np.diff(found[0].scores) <= 0).all() and (found[0].scores > 0).all()
