"""The best answers are those with the highest scores, in one order, however the queries are divided."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.embeddings import best_answers
from kg.embeddings.grouping import both_directions
from tests.embeddings.small import random_triples


class TiedScores:
    """Scores of few values; those of heads are others than those of tails."""

    def __init__(self, entities: int, relations: int, seed: int) -> None:
        self.values = (
            np.random.default_rng(seed).integers(4, size=(2, entities, relations, entities)).astype(np.float32)
        )

    def __len__(self) -> int:
        return self.values.shape[1]

    def score_tails(self, heads: Any, relations: Any) -> Any:
        return self.values[0][heads, relations]

    def score_heads(self, relations: Any, tails: Any) -> Any:
        return self.values[1][tails, relations]


@given(st.integers(0, 1000), st.integers(0, 12), st.booleans(), st.sampled_from(["head", "tail"]))
def test_answers_are_the_first_of_all_in_order(seed: int, k: int, is_filtered: bool, side: Any) -> None:
    triples = random_triples(9, 2, 40, seed)
    scorer = TiedScores(len(triples.entities), 2, seed)
    anchors, relations = np.arange(len(scorer)).repeat(2), np.tile([0, 1], len(scorer))
    true = {tuple(row) for row in triples.array.tolist()}
    found = list(best_answers(scorer, side, anchors, relations, k, both_directions(triples) if is_filtered else None))
    assert len(found) == len(anchors)
    for answers, anchor, relation in zip(found, anchors.tolist(), relations.tolist(), strict=True):
        row = scorer.values[0 if side == "tail" else 1][anchor, relation]
        expected = sorted(range(len(scorer)), key=lambda entity: (-row[entity], entity))
        if is_filtered:
            make = (lambda e: (anchor, relation, e)) if side == "tail" else (lambda e: (e, relation, anchor))  # noqa: B023
            expected = [entity for entity in expected if make(entity) not in true]
        assert answers.entities.tolist() == expected[: k or None]
        assert answers.scores.tolist() == [row[entity] for entity in expected[: k or None]]


def test_queries_are_divided_by_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = TiedScores(9, 2, 1)
    anchors, relations = np.arange(9), np.zeros(9, np.int64)
    whole = [answers.entities.tolist() for answers in best_answers(scorer, "tail", anchors, relations, 3)]
    monkeypatch.setattr("kg.embeddings.answering._BYTES", 4 * 9 * 2)
    parts = best_answers(scorer, "tail", anchors, relations, 3)
    assert next(parts).entities.tolist() == whole[0]  # the others are not scored yet
    assert [answers.entities.tolist() for answers in parts] == whole[1:]
