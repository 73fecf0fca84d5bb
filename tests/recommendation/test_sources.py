"""Personalised PageRank, the embedding and popularity as sources."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from kg.embeddings import TrainedModel, TrainingSettings, Vocabulary
from kg.errors import ConfigError
from kg.events import Event
from kg.rdf import KG, NamedNode
from kg.recommendation.adjacency import Adjacency
from kg.recommendation.embedding import Embedding
from kg.recommendation.model import Scores, Seeds, Source
from kg.recommendation.network import Network, NoteItem
from kg.recommendation.pagerank import PageRank
from kg.recommendation.popularity import Popularity

NOTES = tuple(NoteItem(NamedNode(f"n:{name}"), name, name.upper()) for name in "abcdefgh")


def network_of(*edges: str) -> Network:
    """Return a network with an edge for each two letters."""
    return Network.of((), [(f"n:{edge[0]}", "p:linksTo", f"n:{edge[1]}") for edge in edges], NOTES)


def seeds_of(network: Network, letters: str) -> Seeds:
    return Seeds({network.node(f"n:{letter}") or 0: 1.0 for letter in letters})


def walker(network: Network, restart: float = 0.3, hubs: float = 0.5, popular: float = 0.0) -> PageRank:
    adjacency = Adjacency.of(network, {})
    return PageRank(network, adjacency, restart=restart, hub_damping=hubs, popularity_damping=popular)


def test_the_walk_is_the_solution_of_its_equations() -> None:
    network = network_of("ab", "bc", "cd", "da", "ae", "ef")
    pagerank = walker(network, hubs=0.7)
    seeds = seeds_of(network, "ac")
    adjacency = Adjacency.of(network, {}).matrix.toarray()
    damped = adjacency / np.maximum((adjacency > 0).sum(axis=1), 1) ** 0.7
    step = damped / np.maximum(damped.sum(axis=1, keepdims=True), 1e-12)
    start = np.array([0.5, 0, 0.5, 0, 0, 0, 0, 0])
    solved = np.linalg.solve(np.eye(8) - 0.7 * step.T, 0.3 * start)
    assert pagerank.walk(seeds) == pytest.approx(solved, abs=1e-6)
    assert pagerank.walk(seeds).sum() == pytest.approx(1)
    assert pagerank.score(seeds) == pytest.approx(solved, abs=1e-6)


def test_near_notes_come_before_far_ones_and_strangers_have_no_score() -> None:
    network = network_of("ab", "bc", "cd", "ef")
    scores = walker(network).score(seeds_of(network, "a"))
    a, b, c, d, *rest = scores
    assert a > b > c > d > 0
    assert not any(rest)


def test_hubs_draw_fewer_walks() -> None:
    edges = ["ab", "ac", *(f"c{other}" for other in "defgh"), "bd"]
    network = network_of(*edges)
    seeds = seeds_of(network, "a")
    free, damped = (walker(network, hubs=hubs).walk(seeds) for hubs in (0.0, 1.0))
    assert free[1] < free[2]  # c has six edges
    assert damped[1] > damped[2]


def test_nothing_is_said_without_seeds() -> None:
    network = network_of("ab")
    assert not walker(network).score(Seeds({})).any()
    assert walker(network).reasons(Seeds({}), 1) == []


def test_reasons_name_what_lies_between() -> None:
    network = network_of("ab", "bc", "cd", "ac")
    pagerank, seeds = walker(network), seeds_of(network, "a")
    assert [reason.text for reason in pagerank.reasons(seeds, 2)] == [
        "Is connected with A", "Is connected with B as well",
    ]  # fmt: skip
    assert [reason.text for reason in pagerank.reasons(seeds, 3)] == ["Is connected with C as well"]


def model_of(names: str, table: NDArray[np.float32], relation: str = "p:other") -> TrainedModel:
    """Return a model in which every relation multiplies by 1: what scores is the product of two rows."""
    entities = Vocabulary("entity", [f"n:{name}" for name in names])
    return TrainedModel(
        "1vsall", TrainingSettings(model="distmult", dim=table.shape[1]), entities, Vocabulary("relation", [relation]),
        {"entities": table, "relations": np.ones((2, table.shape[1]), np.float32)}, "graph", (), 1,
    )  # fmt: skip


TABLE = np.array([[1, 0], [2, 0.1], [0, 3], [-1, 0]], dtype=np.float32)


def test_of_a_note_the_embedding_scores_links_by_likelihood() -> None:
    network = network_of("ab", "ce")
    embedding = Embedding(network, model_of("abcd", TABLE, KG["linksTo"].value))
    scores = embedding.score(seeds_of(network, "a"))
    expected = np.exp(np.array([1, 2, 0, -1]))
    assert scores == pytest.approx([*(expected / expected.sum()), 0, 0, 0, 0], abs=1e-6)
    assert not embedding.score(seeds_of(network, "h")).any()


def test_of_an_entity_the_embedding_scores_who_mentions_it() -> None:
    network = Network.of((), [("n:a", KG["mentions"].value, "n:x")], NOTES)
    embedding = Embedding(network, model_of("abx", TABLE[[0, 1, 1]], KG["mentions"].value))
    scores = embedding.score(Seeds({network.node("n:x") or 0: 1.0}))
    assert scores[1] > scores[0] > 0
    assert scores.sum() == pytest.approx(1)
    tagged = Network.of((), [("n:a", KG["taggedWith"].value, "n:x")], NOTES)
    found = Embedding(tagged, model_of("abx", TABLE[[0, 1, 1]], KG["taggedWith"].value))
    assert found.score(Seeds({tagged.node("n:x") or 0: 1.0})) == pytest.approx(scores)


def test_a_note_and_what_it_describes_are_asked_about_once() -> None:
    notes = [NoteItem(NamedNode("n:a"), "a", "A", described=NamedNode("n:b")), NoteItem(NamedNode("n:c"), "c", "C")]
    network = Network.of((), [], notes)
    embedding = Embedding(network, model_of("abc", TABLE[:3], KG["linksTo"].value))
    a, b = (network.node(f"n:{letter}") or 0 for letter in "ab")
    assert np.array_equal(embedding.score(Seeds({a: 1.0, b: 1.0})), embedding.score(Seeds({a: 1.0})))
    assert embedding.score(Seeds({a: 1.0})).sum() == pytest.approx(1)


def test_the_reason_is_the_nearest_note_that_leads_there() -> None:
    network = Network.of((), [(f"n:{h}", KG["linksTo"].value, f"n:{t}") for h, t in ("bc", "dc")], NOTES)
    embedding = Embedding(network, model_of("abcd", TABLE, KG["linksTo"].value))
    (reason,) = embedding.reasons(seeds_of(network, "a"), 2)
    assert reason.text == "B, which has to do with the same things as A, leads to it"
    (reason,) = embedding.reasons(seeds_of(network, "a"), 1)
    assert reason.text == "Fits what A has to do with (likeness 1.00)"
    assert embedding.reasons(seeds_of(network, "h"), 1) == []


def test_a_model_without_links_scores_by_cosine() -> None:
    network = network_of("ab")
    embedding = Embedding(network, model_of("abcd", TABLE))
    scores = embedding.score(seeds_of(network, "a"))
    assert scores == pytest.approx([1, 2 / np.hypot(2, 0.1), 0, 0, 0, 0, 0, 0], abs=1e-6)
    alike = embedding.alike(np.array([0, 1, 7], dtype=np.int32))
    assert alike == pytest.approx(np.array([[1, 0.99875, 0], [0.99875, 1, 0], [0, 0, 1]]), abs=1e-4)


@pytest.mark.parametrize("relation", ["p:other", KG["linksTo"].value])
def test_the_embedding_is_silent_about_what_it_has_not_learnt(relation: str) -> None:
    network = network_of("ab")
    embedding = Embedding(network, model_of("bcd", TABLE[1:], relation))
    assert not embedding.score(seeds_of(network, "a")).any()
    assert not embedding.score(Seeds({})).any()
    assert not Embedding(network, model_of("", TABLE[:0], relation)).score(seeds_of(network, "a")).any()


def test_a_note_has_the_vector_of_what_it_describes_too() -> None:
    notes = [NoteItem(NamedNode("n:a"), "a", "A", described=NamedNode("n:b")), NoteItem(NamedNode("n:c"), "c", "C")]
    network = Network.of((), [], notes)
    embedding = Embedding(network, model_of("bc", np.array([[1, 0], [1, 0]], np.float32)))
    assert embedding.score(Seeds({network.node("n:c") or 0: 1.0})) == pytest.approx([1, 1])


def test_popular_and_new_notes_come_first() -> None:
    days = {"a": "2025-01-01", "b": "2025-06-01", "c": "2025-06", "d": "2025-06-15"}
    notes = [replace(item, modified=days.get(item.doc_id)) for item in NOTES]
    network = Network.of((), [("n:a", "p:linksTo", f"n:{other}") for other in "efgh"], notes)
    popularity = Popularity(network, Adjacency.of(network, {}), half_life_days=14)
    a, b, c, d, e, *_ = popularity.score(Seeds({}))
    assert (a, b, c, d) == pytest.approx((1, 0.5, 0, 1), abs=1e-3)  # d is new, b two weeks old, a month is no day
    assert 0 < e < a
    assert popularity.reasons(Seeds({}), 3)[0].text == "Popular: is of 2025-06-15, among the newest"
    assert popularity.reasons(Seeds({}), 0)[0].text == "Popular: has to do with 4 other things"
    assert popularity.reasons(Seeds({}), 2)[0].text == "One of your notes"


def test_what_is_read_is_popular_and_tells_the_day() -> None:
    network = network_of("ab")
    events = [Event(user, "viewed", NamedNode("n:c"), None, "2025-06-15T10:00:00Z") for user in ("ada", "bob")]
    popularity = Popularity(network, Adjacency.of(network, {}), events)
    assert int(np.argmax(popularity.score(Seeds({})))) == 2
    assert popularity.reasons(Seeds({}), 2)[0].text == "Popular: used 2 times"


@pytest.mark.parametrize("kind", ["pagerank", "embedding", "popularity"])
def test_sources_fulfil_the_seam(kind: str) -> None:
    network = network_of("ab", "bc")
    made: dict[str, Source] = {
        "pagerank": walker(network), "embedding": Embedding(network, model_of("abcd", TABLE, KG["linksTo"].value)),
        "popularity": Popularity(network, Adjacency.of(network, {})),
    }  # fmt: skip
    source = made[kind]
    assert source.name == kind
    seeds = seeds_of(network, "a")
    first: Scores = source.score(seeds)
    assert (first.shape, first.dtype) == ((8,), np.float32)
    assert (first >= 0).all()
    kept = first.copy()
    first[:] = 7  # the caller may do with it what it likes
    assert np.array_equal(source.score(seeds), kept)
    for item in np.flatnonzero(kept):
        for reason in source.reasons(seeds, int(item)):
            assert reason.source == kind
            assert reason.text


def test_settings_that_make_no_sense() -> None:
    network = network_of("ab")
    with pytest.raises(ConfigError, match=r"recommend.restart must be above 0 and at most 1, not 0\."):
        walker(network, restart=0)
    with pytest.raises(ConfigError, match=r"recommend.half_life_days must be above 0, not 0\."):
        Popularity(network, Adjacency.of(network, {}), half_life_days=0)
