"""Fusion, diversity, and recommendations from a graph with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kg.config import RecommendSettings, load_config
from kg.errors import NotFoundError
from kg.events import Event
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode
from kg.recommendation.adjacency import Adjacency, read_weights
from kg.recommendation.diversity import SharedNeighbours, choose
from kg.recommendation.fusion import fuse, ranks_of
from kg.recommendation.model import Item, Reason, Scores, Seeds
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.noise import authority, damping
from kg.recommendation.pagerank import PageRank
from kg.recommendation.reading import read_network
from kg.recommendation.recommending import Recommender, source_weights
from tests.graphs import graph_on
from tests.recommendation.vault import BASE, MINTER, VAULT, note

SETTINGS = replace(load_config(None, {}, {}).recommend, authority=0.0)  # what links to a note has a test of its own


# --- fusion and diversity


def test_ranks_are_shared_by_equals_and_left_out_for_nothing() -> None:
    assert ranks_of(np.array([0.5, 0, 0.9, 0.5, 0.1], np.float32)).tolist() == [2.5, np.inf, 1, 2.5, 4]


def test_fusion_adds_reciprocal_ranks() -> None:
    scores = {"one": np.array([9, 1, 0], np.float32), "other": np.array([0, 0.2, 0.1], np.float32)}
    assert fuse(scores, {"one": 1, "other": 0.5}) == pytest.approx([1 / 6, 1 / 7 + 0.5 / 6, 0.5 / 7])
    assert fuse(scores, {"one": 1, "third": 4}) == pytest.approx([1 / 6, 1 / 7, 0])


_SCORES = arrays.arrays(np.float32, 8, elements=st.sampled_from([0.0, 0.25, 0.5, 1.0, 3.0]))


@given(_SCORES, st.permutations(range(8)))
def test_ranks_depend_on_scores_alone(scores: Scores, order: list[int]) -> None:
    assert np.array_equal(ranks_of(scores)[order], ranks_of(scores[order]))
    assert np.array_equal(ranks_of(scores), ranks_of(scores * 2))  # only the order counts


def test_unlike_items_are_chosen_before_like_ones() -> None:
    relevance = np.array([1.0, 0.9, 0.8])
    alike = np.array([[1, 0.95, 0], [0.95, 1, 0], [0, 0, 1]], np.float32)
    assert choose(relevance, alike, 3, 0.5) == [0, 2, 1]
    assert choose(relevance, alike, 3, 1.0) == [0, 1, 2]
    assert choose(relevance, alike, 2, 0.5) == [0, 2]
    assert choose(np.zeros(0), np.zeros((0, 0), np.float32), 2, 0.5) == []


# --- a made network


def made(*edges: str, more: Sequence[NoteItem] = ()) -> Network:
    letters = sorted({letter for edge in edges for letter in edge})
    items = [NoteItem(NamedNode(f"n:{each}"), each, each.upper()) for each in letters]
    return Network.of(
        (), [(f"n:{e[0]}", "https://w3id.org/noemata#linksTo", f"n:{e[1]}") for e in edges], [*items, *more]
    )


def test_those_with_the_same_neighbours_are_alike() -> None:
    network = made("ac", "ad", "bc", "bd", "ef")
    alike = SharedNeighbours(Adjacency.of(network, {})).alike(np.array([0, 1, 4], np.int32))
    assert alike == pytest.approx(np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]]))


def test_what_half_the_vault_links_to_is_damped() -> None:
    letters = "bcdefghijklmnopqrstuvwxyz"
    network = made(*(f"{letter}a" for letter in letters), "bc")
    factors = damping(network, Adjacency.of(network, {}))
    assert factors[0] < 0.4
    assert factors[1:] == pytest.approx(1)
    small = made("ba", "ca", "da")
    assert damping(small, Adjacency.of(small, {})) == pytest.approx(1)


class _Fixed:
    """A source that says what it is told to."""

    def __init__(self, name: str, scores: Sequence[float]) -> None:
        self.name, self._scores = name, np.array(scores, np.float32)

    def score(self, seeds: Seeds) -> Scores:
        return self._scores.copy()

    def reasons(self, seeds: Seeds, item: int) -> list[Reason]:
        return [Reason(self.name, f"{self.name} says {item}")] if self.name != "factors" else []


def recommender(
    network: Network, *sources: _Fixed, events: Sequence[Event] = (), settings: RecommendSettings = SETTINGS
) -> Recommender:
    return Recommender(network, sources, settings, events, {each.name: 1.0 for each in sources})


def read(user: str, letter: str, time: str = "2025-06-01T00:00:00Z") -> Event:
    return Event(user, "viewed", NamedNode(f"n:{letter}"), None, time)


def ids(items: Sequence[Item]) -> str:
    return "".join(item.doc_id for item in items)


def test_links_that_are_there_come_last_and_the_target_never() -> None:
    network = made("ab", "cd", "da")
    found = recommender(network, _Fixed("content", [9, 8, 7, 6])).recommend(NamedNode("n:a"), diversity=1.0)
    assert ids(found) == "cdb"
    assert [item.rank for item in found] == [1, 2, 3]


def test_what_a_user_read_is_not_recommended() -> None:
    network = made("ab", "bc", "cd", "de")
    events = [read("ada", "c"), read("bob", "d")]
    by = recommender(network, _Fixed("content", [1, 2, 3, 4, 5]), events=events)
    assert ids(by.recommend(NamedNode("n:a"), user="ada", diversity=1.0)) == "edb"
    assert ids(by.recommend(NamedNode("n:a"), diversity=1.0)) == "edcb"
    assert ids(by.recommend(user="ada", diversity=1.0)) == "edba"


def test_a_user_of_whom_nothing_is_known_gets_what_is_popular() -> None:
    network = made("ab", "ac", "ad")
    by = recommender(network, _Fixed("content", [0, 0, 0, 1]))
    for found in (by.recommend(user="nobody", diversity=1.0), by.recommend(diversity=1.0)):
        assert ids(found)[0] == "a"
        assert found[0].reasons[0].text == "Popular: has to do with 3 other things"


def test_a_user_whose_notes_lead_nowhere_gets_what_is_popular() -> None:
    lone = NoteItem(NamedNode("n:z"), "z", "Z")
    network = made("ab", more=[lone])
    by = recommender(network, _Fixed("content", [0, 0, 0]), events=[read("ada", "z")])
    assert ids(by.recommend(user="ada", diversity=1.0)) == "ab"
    assert by.recommend(NamedNode("n:z")) == []  # nothing goes with it, which is the answer


def test_the_users_sources_wait_for_enough_events() -> None:
    network = made("ab", "bc", "cd", "de", "ef")
    by = recommender(network, _Fixed("neighbours", [1] * 6), events=[read("ada", letter) for letter in "abcd"])
    assert "neighbours" not in by.weights(by.seeds(user="ada"))
    assert "neighbours" in by.weights(by.seeds(NamedNode("n:a")))
    by = recommender(network, _Fixed("neighbours", [1] * 6), events=[read("ada", letter) for letter in "abcde"])
    assert "neighbours" in by.weights(by.seeds(user="ada"))
    assert "popularity" not in by.weights(by.seeds(user="ada"))


def test_the_latest_and_liked_notes_of_a_user_are_asked_for() -> None:
    network = made("ab", "bc", "cd")
    events = [
        Event("ada", "viewed", NamedNode("n:c"), None, "2025-05-03T00:00:00Z"),
        read("Ada", "a", "2025-06-01T00:00:00Z"),
        Event("ada", "saved", NamedNode("n:b"), None, "2025-06-02T00:00:00Z"),
        Event("ada", "rated", NamedNode("n:c"), 1.0, "2025-06-03T00:00:00Z"),
        read("ada", "gone", "2025-06-09T00:00:00Z"),
    ]
    seeds = recommender(network, events=events).seeds(user="ada")
    assert seeds.weights == pytest.approx({1: 2.0, 0: 0.9})  # what was rated low is none
    assert [event.item.value for event in seeds.history] == ["n:c", "n:a", "n:b", "n:c", "n:gone"]
    few = recommender(network, events=events, settings=replace(SETTINGS, latest=1))
    assert few.seeds(user="ada").weights == {1: 2.0}


def test_what_notes_link_to_comes_before_its_like() -> None:
    network = made("ba", "ca", "cd", "cb")
    assert authority(network, 0.5) == pytest.approx(np.sqrt([3, 2, 1, 2]))
    assert authority(Network.of((), (), ()), 0.5).tolist() == []
    by = recommender(network, _Fixed("content", [2, 0, 0, 3]), settings=replace(SETTINGS, authority=0.5))
    assert ids(by.recommend(NamedNode("n:b"), diversity=1.0)) == "da"  # it links there already: that comes last
    assert ids(by.recommend(NamedNode("n:d"), diversity=1.0))[0] == "a"


def test_drafts_private_notes_and_templates_are_never_recommended() -> None:
    hidden = [
        NoteItem(NamedNode("n:x"), "x", "X", is_draft=True),
        NoteItem(NamedNode("n:y"), "y", "Y", is_private=True),
        NoteItem(NamedNode("n:z"), "z", "Z", is_template=True),
    ]
    by = recommender(made("ab", more=hidden), _Fixed("content", [1, 1, 9, 9, 9]))
    assert ids(by.recommend(NamedNode("n:b"))) == "a"
    assert ids(by.recommend(NamedNode("n:x"), diversity=1.0)) == "ab"  # they may be asked about
    assert not set("xyz") & set(ids(by.recommend()))


def test_every_item_has_a_reason() -> None:
    by = recommender(made("ab"), _Fixed("factors", [1, 1]))
    (item,) = by.recommend(NamedNode("n:a"))
    assert item.reasons == (Reason("factors", "Found by factors"),)
    by = recommender(made("ab", "cb"), _Fixed("content", [0, 1, 2]), _Fixed("vectors", [0, 3, 0]))
    assert [reason.text for reason in by.recommend(NamedNode("n:a"), diversity=1.0)[-1].reasons] == [
        "vectors says 1", "content says 1",
    ]  # fmt: skip


def test_weights_that_were_learnt_take_the_place_of_the_settings() -> None:
    network = made("ab", "ac")
    content = _Fixed("content", [0, 1, 2])
    by = Recommender(network, [content], SETTINGS, [read("ada", "b")], {"content": 0.25})
    assert by.weights(by.seeds(user="ada"))["content"] == 0.25
    assert by.weights(by.seeds(NamedNode("n:b"), "ada"))["content"] == SETTINGS.weight_content
    assert source_weights(SETTINGS).keys() == {
        "pagerank", "content", "vectors", "embedding", "neighbours", "linear", "factors",
    }  # fmt: skip


@pytest.mark.parametrize("count", [0, 1, 2, 99])
def test_no_more_than_asked_for(count: int) -> None:
    by = recommender(made("ab", "bc", "cd"), _Fixed("content", [1, 1, 1, 1]))
    assert len(by.recommend(NamedNode("n:a"), k=count)) == min(count, 3)


@pytest.mark.parametrize("asked", ["n:a", "n:b", "n:thing"])
def test_notes_on_the_thing_that_is_asked_for_are_not_recommended(asked: str) -> None:
    items = [NoteItem(NamedNode(f"n:{each}"), each, each.upper(), described=NamedNode("n:thing")) for each in "ab"]
    network = Network.of((), [("n:c", "n:says", "n:thing")], [*items, NoteItem(NamedNode("n:c"), "c", "C")])
    by = recommender(network, _Fixed("content", [1, 1, 1]))
    assert ids(by.recommend(NamedNode(asked))) == "c"
    assert set(ids(by.recommend(NamedNode("n:c")))) == set("ab")


def test_a_target_of_which_nothing_is_said() -> None:
    with pytest.raises(NotFoundError, match="n:nothing"):
        recommender(made("ab")).recommend(NamedNode("n:nothing"))


# --- a graph


@pytest.fixture(scope="module")
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, VAULT.encode()) as found:
        yield found


def of_graph(graph: KnowledgeGraph, events: Sequence[Event] = ()) -> Recommender:
    network = read_network(graph)
    pagerank = PageRank(
        network, Adjacency.of(network, read_weights(SETTINGS.relations)), restart=SETTINGS.restart,
        hub_damping=SETTINGS.hub_damping, popularity_damping=SETTINGS.popularity_damping,
    )  # fmt: skip
    return Recommender(network, [pagerank], SETTINGS, events, graph=graph)


def test_reasons_are_paths_with_their_sentences(graph: KnowledgeGraph) -> None:
    items = {item.doc_id: item for item in of_graph(graph).recommend(note("Prodigy.md"))}
    assert items.keys() == {"spaCy.md", "Noemata.md", "分词.md"}  # not the draft, the diary and the template
    (reason,) = items["Noemata.md"].reasons
    assert reason.text == "Prodigy uses spaCy; Noemata uses spaCy"
    assert [step.is_forward for step in reason.path] == [True, False]
    assert [sentence.quote for sentence in reason.evidence] == ["Prodigy uses spaCy.", "Noemata uses spaCy for text."]
    document = items["Noemata.md"].to_json()
    assert document["doc_id"] == "Noemata.md"
    assert document["reasons"][0]["evidence"][1]["path"] == "Noemata.md"
    assert document["reasons"][0]["path"][0]["predicate"].endswith("#uses")


def test_an_entity_and_a_tag_may_be_asked_about(graph: KnowledgeGraph) -> None:
    by = of_graph(graph)
    assert {item.doc_id for item in by.recommend(MINTER.entity("Agent", "Ada"))} == {"c1", "2025-05-01.md"}
    assert {item.doc_id for item in by.recommend(MINTER.tag("nlp"))} >= {"spaCy.md", "Noemata.md", "分词.md"}
    described = by.recommend(NamedNode(f"{note('spaCy.md').value}#it"))
    assert [item.doc_id for item in described] == [item.doc_id for item in by.recommend(note("spaCy.md"))]
    topics = by.recommend([MINTER.tag("nlp"), note("Compost.md")])
    assert {"Gardening.md", "spaCy.md"} <= {item.doc_id for item in topics}


def test_a_user_is_told_what_they_read(graph: KnowledgeGraph) -> None:
    events = [Event("ada", "viewed", note("Prodigy.md"), None, "2025-06-01T00:00:00Z")]
    items = {item.doc_id: item for item in of_graph(graph, events).recommend(user="ada")}
    assert "Prodigy.md" not in items
    assert items["Noemata.md"].reasons[0].text == "You read Prodigy: Prodigy uses spaCy; Noemata uses spaCy"


def test_the_same_question_has_the_same_answer(graph: KnowledgeGraph) -> None:
    first, second = (of_graph(graph).recommend(note("spaCy.md")) for _ in range(2))
    assert first == second
