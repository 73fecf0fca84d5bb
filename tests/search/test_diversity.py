"""Hits unlike each other: what λ does, and that one is chosen once."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.search.collection import Collection
from kg.search.diversity import Way, choose
from kg.search.hits import Knobs
from kg.search.ranking import Ranked, Ranker
from tests.search.by_hand import ONTOLOGY, Notes
from tests.search.comparing import Pairs, from_scratch

MODEL = Pairs()


@pytest.fixture(scope="module")
def found() -> tuple[Collection, Ranked]:
    notes = Notes()
    for number in range(4):
        notes.put(f"Copy {number}", "Lanterns burn oil, and lanterns burn oil.")
    notes.put("Lighthouse", "A lighthouse has a lantern on its tower, above cliffs.")
    notes.put("Tower", "Towers of a lighthouse are high.")
    collection = from_scratch(notes.graph, notes.texts, MODEL)
    query = "lantern oil lighthouse tower"
    ranker = Ranker(collection, ONTOLOGY)
    knobs = Knobs(1.0, 0.4, 0.0, 1.0, 2)
    return collection, ranker.rank(query, MODEL.encode([query])[0], (), knobs)


def rows_of(ranked: Ranked) -> np.ndarray:
    return np.arange(len(ranked.passages), dtype=np.int32)


def distance(collection: Collection, ranked: Ranked, chosen: list[int]) -> float:
    vectors = collection.vectors[ranked.passages[chosen]]
    return 1 - float((vectors @ vectors.T)[np.triu_indices(len(chosen), 1)].mean())


@pytest.mark.parametrize("way", get_args(Way))
def test_relevance_alone_keeps_the_order(found: tuple[Collection, Ranked], way: Way) -> None:
    collection, ranked = found
    rows = rows_of(ranked)
    assert choose(collection, ranked, rows, 3, 1.0, way) == rows[:3].tolist()
    assert choose(collection, ranked, rows[:0], 3, 1.0, way) == []
    assert choose(collection, ranked, rows, 0, 0.5, way) == []


@pytest.mark.parametrize("way", get_args(Way))
def test_copies_come_late(found: tuple[Collection, Ranked], way: Way) -> None:
    collection, ranked = found
    rows = rows_of(ranked)
    first = [
        collection.notes[note].title for note in collection.note_of[ranked.passages[choose(*found, rows, 3, 0.3, way)]]
    ]
    assert sum(title.startswith("Copy") for title in first) == 1
    assert (
        distance(*found, choose(*found, rows, 3, 0.3, way)) > distance(*found, choose(*found, rows, 3, 1.0, way)) - 1e-6
    )


@given(st.floats(0, 1), st.integers(0, 8), st.sampled_from(get_args(Way)))
def test_each_is_chosen_once(found: tuple[Collection, Ranked], balance: float, k: int, way: Way) -> None:
    collection, ranked = found
    rows = rows_of(ranked)
    chosen = choose(collection, ranked, rows, k, balance, way)
    assert len(chosen) == len(set(chosen)) == min(k, len(rows))
    assert set(chosen) <= set(rows.tolist())
    assert chosen == choose(collection, ranked, rows, k, balance, way)
