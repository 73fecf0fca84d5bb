"""Vectors of new entities: as good as trained ones, all others as they were, and what cannot be folded into."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch")

from kg.embeddings import TrainedModel, TrainingData, TrainingSettings, Triples, rank, scorer_of
from kg.embeddings.errors import ModelMismatchError
from kg.embeddings.folding import _counted, can_fold_in, fold_in
from kg.embeddings.grouping import both_directions
from kg.embeddings.nearness import Nearness
from kg.embeddings.scoring.families import FAMILIES
from kg.embeddings.scoring.one_vs_all import OneVsAll
from kg.embeddings.starting import start_from_text
from tests.embeddings.small import family_tree, model_of, random_triples

SETTINGS = TrainingSettings(dim=32, epochs=40, threads=1, device="cpu", batch=32, regularization=0.005)
NEW = ("p4.3", "p4.8", "p4.13")


def trained(model: str = "complex") -> tuple[TrainedModel, Triples]:
    """A model of a tree without some leaves, and the tree with them."""
    old = [row for row in family_tree() if row[0] not in NEW and row[2] not in NEW]
    before = Triples.from_names(old)
    after = Triples.from_names(family_tree(), before.entities, before.relations)
    return OneVsAll().train(dataclasses.replace(SETTINGS, model=model), TrainingData(before)), after


def mrr(model: TrainedModel, after: Triples, old: int) -> float:
    """How well a model says again what it was told of new entities."""
    asked = after.having(after.array[(after.heads >= old) | (after.tails >= old)])
    ranks = rank(scorer_of(model), asked, after)
    return float((1 / np.concatenate([ranks.heads, ranks.tails])).mean())


@pytest.fixture(scope="module")
def tree() -> tuple[TrainedModel, Triples]:
    return trained()


@pytest.mark.parametrize("name", FAMILIES)
def test_the_adjoint_is_the_transposed_map(name: str) -> None:
    family, generator = FAMILIES[name], np.random.default_rng(0)
    anchor, relation, candidate = generator.standard_normal((3, 7, 8))
    there = (family.query(anchor, relation, np.hstack) * candidate).sum(axis=1)
    back = (anchor * family.query(candidate, family.adjoint(relation, np.hstack), np.hstack)).sum(axis=1)
    np.testing.assert_allclose(there, back)


@pytest.mark.parametrize("name", FAMILIES)
def test_new_entities_are_learnt_from_their_own_triples(name: str) -> None:
    model, after = trained(name)
    old = len(model.entities)
    folded = fold_in(model, after)
    assert mrr(folded, after, old) > 0.8
    zeros = {table: np.array(rows) for table, rows in folded.tensors.items()}
    for table, rows in zeros.items():
        if table != "relations":
            rows[old:] = rows[:old].mean(axis=0)
    assert mrr(dataclasses.replace(folded, tensors=zeros), after, old) < 0.5  # nothing known of them


def test_what_was_trained_stays_as_it_was(tree: tuple[TrainedModel, Triples]) -> None:
    model, after = tree
    before = {name: np.array(table) for name, table in model.tensors.items()}
    folded = fold_in(model, after)
    assert folded.entities == after.entities
    assert folded.relations == model.relations
    assert folded.graph == model.graph
    for name, table in before.items():
        np.testing.assert_array_equal(model.tensors[name], table)
        np.testing.assert_array_equal(folded.tensors[name][: len(table)], table)
    assert fold_in(model, Triples.of(model.entities, model.relations, after.array[:0])) is model


def test_the_same_triples_give_the_same_vectors(tree: tuple[TrainedModel, Triples]) -> None:
    model, after = tree
    first, second = fold_in(model, after), fold_in(model, after.having(after.array[::-1]))
    for name, table in first.tensors.items():
        np.testing.assert_array_equal(table, second.tensors[name])


def test_new_entities_may_know_each_other_alone(tree: tuple[TrainedModel, Triples]) -> None:
    model, _ = tree
    named = [("p0.0", "parentOf", "new1"), ("new1", "parentOf", "new2"), ("new2", "siblingOf", "new3")]
    after = Triples.from_names([*family_tree(), *named, ("x", "alone", "y")], model.entities, model.relations)
    folded = fold_in(model, after)
    for table in folded.tensors.values():
        assert np.isfinite(table).all()
    tails = scorer_of(folded).score_tails([after.entities.id("new1")], [after.relations.id("parentOf")])[0]
    place = after.entities.id("new2")
    assert (tails > tails[place]).sum() <= 3
    unknown = [after.entities.id(name) for name in "xy"]  # their relation is new: nothing is known of them
    assert not scorer_of(folded).score_tails([0, 1, 2], [0, 0, 0])[:, unknown].any()


def test_new_entities_of_which_nothing_is_known_keep_their_start(tree: tuple[TrainedModel, Triples]) -> None:
    model, _ = tree
    after = Triples.from_names([*family_tree()[:9], ("x", "alone", "y")], model.entities, model.relations)
    new = len(after.entities) - len(model.entities)
    assert not fold_in(model, after).tensors["entities"][-new:].any()
    start = {"entities": np.ones((new, 32), np.float32)}
    assert (fold_in(model, after, start).tensors["entities"][-new:] == 1).all()


def test_of_many_entities_some_are_compared_with(
    tree: tuple[TrainedModel, Triples], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, after = tree
    monkeypatch.setattr("kg.embeddings.folding._CANDIDATES", 12)
    monkeypatch.setattr("kg.embeddings.folding._QUERIES", 20)
    assert mrr(fold_in(model, after), after, len(model.entities)) > 0.7


@pytest.mark.parametrize("sparse", [0, 16])
def test_queries_are_counted_as_they_are_grouped(sparse: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.embeddings.folding._SPARSE", sparse)
    triples = random_triples(40, 3, 300)
    grouped = both_directions(triples)
    queries, answers = _counted(triples.array, 40, 3)
    np.testing.assert_array_equal(queries, grouped.anchors * 6 + grouped.relations)
    np.testing.assert_array_equal(answers, grouped.counts)


def test_a_start_draws_the_vector_to_it(tree: tuple[TrainedModel, Triples]) -> None:
    model, after = tree
    new = len(after.entities) - len(model.entities)
    generator = np.random.default_rng(1)
    start = {"entities": generator.standard_normal((new, 32)).astype(np.float32)}
    plain, started = fold_in(model, after), fold_in(model, after, start)
    away = [np.linalg.norm(each.tensors["entities"][-new:] - start["entities"]) for each in (plain, started)]
    assert away[1] < away[0]
    assert mrr(started, after, len(model.entities)) > 0.5
    with pytest.raises(ModelMismatchError, match="start of 'entities'"):
        fold_in(model, after, {"entities": start["entities"][:1]})


def test_texts_that_say_something_give_a_start_that_does() -> None:
    triples = random_triples(60, 2, 200)
    generator = np.random.default_rng(2)
    table = generator.standard_normal((60, 16)).astype(np.float32)
    model = model_of(triples, {"entities": table[:50], "relations": np.ones((4, 16), np.float32)}, "distmult", 16)
    model = dataclasses.replace(model, entities=type(model.entities)("entity", model.entities.names[:50]))
    texts = (table @ generator.standard_normal((16, 24)) + 0.01 * generator.standard_normal((60, 24))).astype(
        np.float32
    )
    found = start_from_text(model, texts)["entities"]
    assert found.shape == (10, 16)
    error = np.linalg.norm(found - table[50:]) / np.linalg.norm(table[50:])
    assert error < 0.1
    nonsense = start_from_text(model, generator.standard_normal((60, 24)).astype(np.float32))["entities"]
    assert np.linalg.norm(nonsense - table[50:]) / np.linalg.norm(table[50:]) > 0.8  # what says nothing, is damped
    texts[53] = 0
    assert not start_from_text(model, texts)["entities"][3].any()
    texts[5:50] = 0
    assert not start_from_text(model, texts)["entities"].any()


def test_what_cannot_be_folded_into_is_named(tree: tuple[TrainedModel, Triples]) -> None:
    model, after = tree
    theirs = dataclasses.replace(model, engine="pykeen", settings=dataclasses.replace(model.settings, model="rotate"))
    assert can_fold_in(model)
    assert not can_fold_in(theirs)
    with pytest.raises(ModelMismatchError, match="'rotate' of pykeen"):
        fold_in(theirs, after)
    with pytest.raises(ModelMismatchError, match="ids that begin with those of the model"):
        fold_in(model, Triples.from_names([("somebody", "parentOf", "else")]))


def test_nearness_is_the_cosine_of_all_tables() -> None:
    triples = random_triples(5, 1, 8)
    rows = np.array([[1, 0], [2, 0], [0, 3], [-1, 0], [0, 0]], dtype=np.float32)
    tensors = {"heads": rows, "tails": rows, "relations": np.ones((2, 2), np.float32)}
    found = Nearness(model_of(triples, tensors, "cp", 2)).cosines(0, np.array([1, 2, 3, 4, 0, 1]))
    np.testing.assert_allclose(found, [1, 0, -1, 0, 1, 1])
