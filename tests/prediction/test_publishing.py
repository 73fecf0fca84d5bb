"""Predictions wait in a graph of their own; accepting one makes it a statement, and no answer is asked for twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")

from kg.config import ReviewSettings
from kg.curation import Accept, Author, Reject
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.prediction import graph_triples, likely_statements, publish
from kg.prediction.likely import LikelyStatement
from kg.rdf import KG, OWL, RDF, DefaultGraph, NamedNode, Quad
from kg.review import read_queue
from tests.ingest.homes import MINTER as VAULT
from tests.ingest.homes import Home, fresh, write
from tests.prediction.homes import MINTER, town, town_model

PREDICTED = MINTER.graph("predicted")
BY = Author("ada", "2026-01-31T12:00:00Z")


def statements(graph: KnowledgeGraph, k: int = 4) -> list[LikelyStatement]:
    model = town_model()
    found = graph_triples(graph, model.entities, model.relations)
    return likely_statements(graph, model, found, k=k, least=0)


def held(graph: KnowledgeGraph) -> set[str]:
    return set(map(str, graph.store.match(graph_name=graph.minter.graph("predicted"))))


def test_predictions_are_no_facts() -> None:
    graph = town()
    before = set(map(str, graph.store.match(graph_name=DefaultGraph())))
    found = statements(graph)
    commit(graph, publish(graph, found, town_model()))
    assert set(map(str, graph.store.match(graph_name=DefaultGraph()))) == before
    row = {quad.predicate: quad.object for quad in graph.store.match(None, None, None, PREDICTED)}
    assert row[RDF["type"]] == KG["Prediction"]
    assert {quad.predicate for quad in graph.store.match(None, None, None, PREDICTED)} == {
        RDF["type"], RDF["subject"], RDF["predicate"], RDF["object"], KG["score"], KG["reason"], KG["predictedBy"],
    }  # fmt: skip
    assert len(held(graph)) == 7 * len(found)


def test_equal_predictions_are_equal_bytes_and_earlier_ones_go() -> None:
    graph = town()
    commit(graph, publish(graph, statements(graph), town_model()))
    before = held(graph)
    assert publish(graph, statements(graph), town_model()) == Change()
    commit(graph, publish(graph, statements(graph)[:1], town_model()))
    assert len(held(graph)) == 7 and held(graph) < before
    commit(graph, publish(graph, [], town_model()))
    assert not held(graph)


def test_two_entities_that_may_be_one_stay() -> None:
    graph = town()
    pair = NamedNode(f"{MINTER.base}prediction/x")
    quads = [
        Quad(pair, RDF["type"], KG["Prediction"], PREDICTED),
        Quad(pair, RDF["predicate"], OWL["sameAs"], PREDICTED),
    ]
    commit(graph, Change(tuple(quads)))
    commit(graph, publish(graph, statements(graph), town_model()))
    commit(graph, publish(graph, [], town_model()))
    assert held(graph) == set(map(str, quads))


def test_what_was_asked_about_one_thing_leaves_the_others() -> None:
    graph = town()
    found = statements(graph)
    commit(graph, publish(graph, found, town_model()))
    commit(graph, publish(graph, [], town_model(), about=[found[0].subject]))
    assert len(held(graph)) == 7 * (len(found) - 1)
    commit(graph, publish(graph, [], town_model(), relation=KG["worksFor"]))
    assert len(held(graph)) == 7 * (len(found) - 1)
    commit(graph, publish(graph, [], town_model(), relation=KG["livesIn"]))
    assert not held(graph)


def test_a_reason_is_in_words() -> None:
    graph = town()
    change = publish(graph, statements(graph, 1), town_model())
    (reason,) = (quad.object.value for quad in change.add if quad.predicate == KG["reason"])  # type: ignore[union-attr]
    assert "likeliest" in reason and "“lives in”" in reason
    change = publish(graph, statements(graph, 1), town_model(), reasons=lambda each: f"because of {each.rank}")
    assert any(str(quad.object) == '"because of 1"' for quad in change.add)


NOTES = {
    "Ada.md": b"---\ntype: person\n---\n# Ada\n\nAda works for Acme Robotics.\n",
    "Bob.md": b"---\ntype: person\n---\n# Bob\n\nBob is a friend of mine.\n",
    "Acme Robotics.md": b"---\ntype: company\n---\n# Acme Robotics\n",
}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    write(tmp_path / "vault", NOTES)
    made = fresh(tmp_path / "vault")
    yield made
    made.close()


def test_an_accepted_prediction_is_a_statement_and_a_rejected_one_does_not_come_back(home: Home) -> None:
    ada, bob, acme = (NamedNode(f"{VAULT.base}note/{name}.md#it") for name in ("Ada", "Bob", "Acme%20Robotics"))
    guesses = [
        LikelyStatement(bob, KG["worksFor"], acme, 0.8, -1.0, 1),
        LikelyStatement(ada, KG["knows"], bob, 0.6, -1.5, 1),
    ]
    commit(home.graph, publish(home.graph, guesses, town_model()))
    curator = home.curator()
    items = [
        item
        for item in read_queue(home.graph, curator.log(), ReviewSettings(0.5, "ada")).items
        if item.kind == "prediction"
    ]
    assert len(items) == 2
    ids = {str(item.predicate): item.id for item in items}
    employed, friends = (next(i for p, i in ids.items() if name in p) for name in ("worksFor", "knows"))
    curator.decide([Accept(employed)], BY)
    curator.decide([Reject(friends)], BY)
    assert any(home.store.match(bob, KG["worksFor"], acme, DefaultGraph()))
    assert not any(home.store.match(ada, KG["knows"], bob, DefaultGraph()))
    commit(home.graph, publish(home.graph, guesses, town_model()))  # even if somebody publishes them again
    queue = read_queue(home.graph, curator.log(), ReviewSettings(0.5, "ada"))
    assert not [item for item in queue.items if item.kind == "prediction"]
    found = graph_triples(home.graph)
    assert (bob.value, KG["worksFor"].value, acme.value) in set(found.triples.named())
    home.ingest()
    assert any(home.store.match(bob, KG["worksFor"], acme, DefaultGraph()))
    assert len(set(home.store.match(graph_name=VAULT.graph("predicted")))) == 14
