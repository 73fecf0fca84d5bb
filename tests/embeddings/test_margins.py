"""Margins are the softmax of a query beside its known answers."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kg.embeddings import Triples, scorer_of
from kg.embeddings.margins import Margins
from tests.embeddings.small import model_of, random_triples

TRIPLES = random_triples(20, 3, 60)
KNOWN = TRIPLES.having(np.concatenate([TRIPLES.array, [[0, 0, 7]]]).astype(np.int32))


def margins(triples: Triples = TRIPLES, dim: int = 8) -> tuple[Margins, dict[str, NDArray[np.float32]]]:
    generator = np.random.default_rng(0)
    tensors = {
        "entities": generator.standard_normal((len(triples.entities), dim), np.float32),
        "relations": generator.standard_normal((2 * len(triples.relations), dim), np.float32),
    }
    return Margins(scorer_of(model_of(triples, tensors, "distmult", dim)), triples, KNOWN), tensors


def test_a_margin_is_the_log_of_the_softmax_times_the_known_answers() -> None:
    found, tensors = margins()
    for side, (anchor, answer) in ((0, (0, 2)), (1, (2, 0))):
        for row in TRIPLES.array[:20]:
            relation = int(row[1])
            query = tensors["entities"][row[anchor]] * tensors["relations"][relation + 3 * side]
            scores = tensors["entities"] @ query
            softmax = np.exp(scores) / np.exp(scores).sum()
            known = ((TRIPLES.array[:, anchor] == row[anchor]) & (TRIPLES.array[:, 1] == relation)).sum()
            expected = np.log(softmax[row[answer]] * known)
            assert found.of_side(side, row[None])[0] == pytest.approx(expected, abs=1e-4)
            assert found.answers(side, row[None, anchor], row[None, 1])[0, row[answer]] == pytest.approx(
                expected, abs=1e-4
            )


def test_a_triple_has_the_mean_of_both_sides_in_any_order() -> None:
    found, _ = margins()
    rows = np.concatenate([TRIPLES.array[::-1], TRIPLES.array[5:9]])
    both = (found.of_side(0, rows) + found.of_side(1, rows)) / 2
    assert np.allclose(found.of(rows), both)
    assert np.allclose(found.of(rows[::-1])[::-1], both, atol=1e-6)


def test_a_constant_on_all_scores_of_a_query_changes_nothing() -> None:
    found, _ = margins()

    class Shifted:
        def __len__(self) -> int:
            return 20

        def score_tails(self, heads: object, relations: object) -> NDArray[np.float32]:
            return np.full((len(heads), 20), 1e4, np.float32)  # type: ignore[arg-type]

        score_heads = score_tails

    shifted = Margins(Shifted(), TRIPLES, KNOWN)  # type: ignore[arg-type]
    rows = TRIPLES.array[:1]
    assert np.isfinite(shifted.of(rows)).all()
    assert len(found) == 20


def test_known_answers_and_the_anchor_are_not_unknown() -> None:
    found, _ = margins()
    fitting = np.ones(20, dtype=bool)
    fitting[3] = False
    known = set(KNOWN.array[(KNOWN.array[:, 0] == 0) & (KNOWN.array[:, 1] == 0)][:, 2].tolist())
    assert 7 in known
    open_ = set(np.flatnonzero(found.unknown(0, 0, 0, fitting)).tolist())
    assert open_ == set(range(20)) - known - {0, 3}
