"""Copying from one store into another; `tests/cli/test_copy.py` has the command."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg.exchange.copying
from kg.errors import InputError, StoreError
from kg.exchange.copying import copy_graphs, is_empty
from kg.exchange.exporting import export
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.model import Change
from kg.ontology import Ontology
from kg.rdf import BlankNode, DefaultGraph, Literal, NamedNode, Quad
from kg.stores import Dataset, Store
from kg.stores.oxigraph import OxigraphStore
from tests.strategies import quads

BASE = "https://noemata.example/test/"
MINTER = Minter(BASE)
EXCLUDED = frozenset({MINTER.graph("decisions"), MINTER.graph("predicted")})
P = NamedNode("http://example.org/p")
QUADS = quads((P, BlankNode("g"), *(MINTER.graph(name) for name in ("user", "decisions"))))


def store(*held: Quad, dataset: Dataset = "merged") -> OxigraphStore:
    made = OxigraphStore(None, dataset, EXCLUDED)
    made.commit(Change(held))
    return made


def dump(held: Store) -> bytes:
    out = io.BytesIO()
    export(KnowledgeGraph(held, Ontology({}, {}, {}, frozenset(), (), ""), MINTER), "nquads", out)
    return out.getvalue()


def everywhere(*names: NamedNode | BlankNode) -> list[Quad]:
    return [Quad(P, P, Literal(str(number)), name) for number in range(3) for name in names]


@given(st.lists(QUADS, max_size=12), st.lists(QUADS, max_size=6), st.sampled_from([1, 3, 100]))
@settings(max_examples=60, deadline=None)
def test_the_copy_holds_the_same_and_nothing_else(held: list[Quad], other: list[Quad], batch: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kg.exchange.copying, "_QUADS_A_COMMIT", batch)
        source, target = store(*held), store(*other)
        if is_empty(source):
            return
        count = copy_graphs(source, target, replace=True)
        assert set(target.match()) == set(source.match()) and not target.verify()
        assert dump(target) == dump(source)
        assert count.quads == len(set(source.match()))
        again = copy_graphs(source, target, replace=True)
        assert (again.added, again.removed) == (0, 0)


def test_decisions_and_what_is_derived_go_too() -> None:
    names = [MINTER.graph(name) for name in ("decisions", "predicted", "inferred", "names", "user")]
    source, target = store(*everywhere(*names, BlankNode("b"))), store()
    count = copy_graphs(source, target)
    assert (count.graphs, count.added, count.removed) == (6, 18, 0)
    assert dump(target) == dump(source)


def test_the_default_graph_of_a_separate_dataset_goes_too() -> None:
    held = [*everywhere(P), Quad(P, P, Literal("in none"))]
    source, target = store(*held, dataset="separate"), store(dataset="separate")
    assert copy_graphs(source, target).graphs == 1
    assert set(target.match(graph_name=DefaultGraph())) == {held[-1]} and dump(target) == dump(source)
    alone = store(held[-1], dataset="separate")
    assert not is_empty(alone)
    copy_graphs(alone, target, replace=True)
    assert dump(target) == dump(alone)


def test_a_target_that_holds_something_is_left_as_it_is() -> None:
    source, target = store(*everywhere(P)), store(*everywhere(MINTER.graph("user")))
    before = dump(target)
    with pytest.raises(InputError, match="--replace"):
        copy_graphs(source, target)
    assert dump(target) == before


def test_datasets_must_be_alike() -> None:
    with pytest.raises(InputError, match="merged dataset cannot be copied into a separate one"):
        copy_graphs(store(*everywhere(P)), store(dataset="separate"))


def test_a_copy_that_fails_is_completed_by_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kg.exchange.copying, "_QUADS_A_COMMIT", 2)
    names = [MINTER.graph(str(number)) for number in range(5)]
    source, target = store(*everywhere(*names)), OxigraphStore(tmp_path / "store", "merged", EXCLUDED)
    commit, left = target.commit, 2

    def fail(change: Change) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise StoreError("the disk is full")
        commit(change)

    monkeypatch.setattr(target, "commit", fail)
    with pytest.raises(StoreError):
        copy_graphs(source, target)
    sizes = [sum(1 for _ in target.match(graph_name=name)) for name in names]
    assert sorted(sizes) == [0, 0, 0, 3, 3], "half a graph was copied"
    left = 1000
    copy_graphs(source, target, replace=True)
    assert dump(target) == dump(source)
