"""What speaks for a likely statement: paths with their sentences, what is like it, and words for both."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from kg.embeddings import TrainedModel, Triples
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.prediction.explaining import Explainer, explain
from kg.prediction.likely import LikelyStatement
from kg.rdf import KG, NamedNode, Quad
from tests.embeddings.small import model_of
from tests.graphs import graph_on
from tests.paths.small import BASE, it, vault

WRITTEN_IN = KG["writtenIn"]


@pytest.fixture(scope="module")
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, vault()) as opened:
        yield opened


def likely(subject: NamedNode, predicate: NamedNode, object_: NamedNode) -> LikelyStatement:
    return LikelyStatement(subject, predicate, object_, 0.9, 1.0, 1)


def model(*, gone: bool = False) -> TrainedModel:
    """A model to which Lantern and Mara are much alike, and Harrier a little; it learnt what the graph says."""
    rows = [(it(name).value, WRITTEN_IN.value, it("Rust").value) for name in ("Lantern", "Harrier")]
    rows += [(it("Mara").value, KG["maintains"].value, it("Lantern").value)]
    if gone:
        rows.append((it("Log").value, WRITTEN_IN.value, it("Rust").value))
    triples = Triples.from_names(rows)
    vectors = {"Lantern": (1, 0), "Mara": (0.9, 0.1), "Harrier": (0.6, 0.8), "Rust": (0, 1), "Log": (0.9, 0.1)}
    table = np.zeros((len(triples.entities), 2), np.float32)
    for name, vector in vectors.items():
        place = triples.entities.get(it(name).value)
        if place is not None:
            table[place] = vector
    tensors = {"entities": table, "relations": np.ones((2 * len(triples.relations), 2), np.float32)}
    return dataclasses.replace(model_of(triples, tensors, "distmult", 2), triples={"training": triples.array})


def test_paths_and_likeness_speak_for_a_statement(graph: KnowledgeGraph) -> None:
    found = explain(graph, model(), likely(it("Mara"), WRITTEN_IN, it("Rust")))
    assert [triple[0] for triple in found.nearest] == [it("Lantern").value, it("Harrier").value]
    assert found.paths[0].steps[0].subject == it("Mara")
    assert found.paths[0].steps[0].evidence is not None
    assert found.text == (
        "Mara maintains Lantern; Lantern written in Rust, and like what is known: Lantern written in Rust;"
        " Harrier written in Rust"
    )
    shown = found.to_json()
    assert shown["nearest"][0] == {
        "subject": it("Lantern").value, "predicate": WRITTEN_IN.value, "object": it("Rust").value,
    }  # fmt: skip
    assert shown["paths"][0]["steps"][1]["evidence"]["quote"] == "sentence 2"


def test_a_statement_does_not_speak_for_itself(graph: KnowledgeGraph) -> None:
    stated = (it("Lantern"), WRITTEN_IN, it("Rust"))
    found = explain(graph, model(), likely(*stated))
    assert all((step.subject, step.predicate, step.object) != stated for path in found.paths for step in path.steps)
    assert tuple(term.value for term in stated) not in found.nearest


def test_what_the_graph_no_longer_says_is_not_told(graph: KnowledgeGraph) -> None:
    asked = likely(it("Mara"), WRITTEN_IN, it("Rust"))
    assert it("Log").value not in {triple[0] for triple in explain(graph, model(gone=True), asked).nearest}
    with graph_on(None, BASE, vault()) as other:
        commit(other, Change((Quad(it("Log"), WRITTEN_IN, it("Rust"), NamedNode(f"{BASE}graph/user")),)))
        assert it("Log").value in {triple[0] for triple in explain(other, model(gone=True), asked).nearest}


def test_where_nothing_speaks_for_it_that_is_said(graph: KnowledgeGraph) -> None:
    found = explain(graph, model(), likely(NamedNode("https://example.org/new"), KG["uses"], it("Far")))
    assert (found.paths, found.nearest) == ((), ())
    assert "only the model" in found.text


def test_one_explainer_says_the_same_as_many(graph: KnowledgeGraph) -> None:
    asked = [likely(it("Mara"), WRITTEN_IN, it("Rust")), likely(it("Log"), WRITTEN_IN, it("Rust"))]
    explainer = Explainer(graph, model())
    assert [explainer.explain(each) for each in asked] == [explain(graph, model(), each) for each in asked]


def test_a_model_without_vectors_or_triples_finds_nothing_alike(graph: KnowledgeGraph) -> None:
    asked = likely(it("Mara"), WRITTEN_IN, it("Rust"))
    assert explain(graph, dataclasses.replace(model(), triples={}), asked).nearest == ()
    assert explain(graph, dataclasses.replace(model(), tensors={}), asked).nearest == ()
