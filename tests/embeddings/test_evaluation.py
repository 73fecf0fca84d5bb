"""Ranks are filtered and realistic, told by side, by relation and by candidates; PyKEEN's evaluator finds the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.embeddings import Candidates, Metrics, Triples, evaluate, measure, observed_candidates, rank
from kg.embeddings.errors import TrainingError
from kg.embeddings.evaluation import sample
from tests.embeddings.small import family_tree, random_triples


class FixedScores:
    """Scores that are given: (relations, entities, entities), of tails by head and of heads by tail."""

    def __init__(self, tails: Any, heads: Any) -> None:
        self.tails, self.heads = np.asarray(tails, np.float32), np.asarray(heads, np.float32)

    def __len__(self) -> int:
        return self.tails.shape[1]

    def score_tails(self, heads: Any, relations: Any) -> Any:
        return self.tails[relations, heads]

    def score_heads(self, relations: Any, tails: Any) -> Any:
        return self.heads[relations, tails]


def drawn_scores(entities: int, relations: int, seed: int, levels: int) -> FixedScores:
    """Scores with many ties."""
    generator = np.random.default_rng(seed)
    shape = (relations, entities, entities)
    return FixedScores(generator.integers(levels, size=shape), generator.integers(levels, size=shape))


def plain_ranks(scorer: FixedScores, triples: Triples, known: Triples, fitting: Candidates | None) -> list[list[float]]:
    """Ranks as the definition says, one entity after another."""
    true = {tuple(row) for row in (*known.array.tolist(), *triples.array.tolist())}
    entities = range(len(scorer))
    found = []
    for head, relation, tail in triples.array.tolist():
        sides = []
        for answer, scores, make, masks in (
            (head, scorer.heads[relation, tail], lambda e, r=relation, t=tail: (e, r, t), fitting and fitting.heads),
            (tail, scorer.tails[relation, head], lambda e, r=relation, h=head: (h, r, e), fitting and fitting.tails),
        ):
            others = [e for e in entities if e != answer and make(e) not in true]
            others = [e for e in others if masks is None or masks[relation][e]]
            better = sum(scores[e] > scores[answer] for e in others)
            equal = sum(scores[e] == scores[answer] for e in others)
            sides.append(1 + float(better) + float(equal) / 2)
        found.append(sides)
    return found


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_ranks_are_those_of_the_definition(seed: int, levels: int) -> None:
    everything = random_triples(9, 3, 60, seed)
    chosen = np.random.default_rng(seed).random(len(everything)) < 0.3
    asked, known = everything.having(everything.array[chosen]), everything.having(everything.array[~chosen])
    scorer = drawn_scores(len(everything.entities), len(everything.relations), seed, levels)
    candidates = observed_candidates(known)
    ranks = rank(scorer, asked, known, candidates)
    plain = np.array(plain_ranks(scorer, asked, known, None)).reshape(-1, 2)
    fitting = np.array(plain_ranks(scorer, asked, known, candidates)).reshape(-1, 2)
    assert np.array_equal(ranks.heads, plain[:, 0])
    assert np.array_equal(ranks.tails, plain[:, 1])
    assert np.array_equal(ranks.fitting_heads, fitting[:, 0])
    assert np.array_equal(ranks.fitting_tails, fitting[:, 1])


def test_scores_are_asked_for_in_parts_that_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = random_triples(30, 3, 200)
    scorer = drawn_scores(30, 3, 1, 5)
    whole = evaluate(scorer, everything, everything)
    monkeypatch.setattr("kg.embeddings.evaluation._BYTES", 4 * 30 * 7)
    sizes = []

    class Counting(FixedScores):
        def score_tails(self, heads: Any, relations: Any) -> Any:
            sizes.append(len(heads))
            return super().score_tails(heads, relations)

    assert evaluate(Counting(scorer.tails, scorer.heads), everything, everything) == whole
    assert max(sizes) <= 7
    assert len(sizes) > 20


def test_a_model_that_scores_all_alike_is_in_the_middle() -> None:
    triples = Triples.from_names([("a", "r", "b"), ("c", "r", "d"), ("e", "r", "e")])
    nothing = triples.having(np.zeros((0, 3), np.int32))
    scorer = drawn_scores(5, 1, 0, 1)
    assert rank(scorer, triples, nothing).heads.tolist() == [3.0, 3.0, 3.0]


def test_figures_are_told_by_side_and_by_relation() -> None:
    triples = Triples.from_names(family_tree(3))
    scorer = drawn_scores(len(triples.entities), len(triples.relations), 2, 50)
    nothing = triples.having(np.zeros((0, 3), np.int32))
    found = evaluate(scorer, triples, nothing)
    ranks = rank(scorer, triples, nothing)
    assert found == measure(ranks)
    assert found.constrained is None
    assert found.head.mrr == pytest.approx(np.mean(1 / ranks.heads))
    assert found.both.mrr == pytest.approx((found.head.mrr + found.tail.mrr) / 2)
    assert set(found.relations) == {"generation", "parentOf", "siblingOf"}
    assert sum(metrics.ranks for metrics in found.relations.values()) == found.both.ranks == 2 * len(triples)
    weighted = sum(metrics.mrr * metrics.ranks for metrics in found.relations.values()) / found.both.ranks
    assert weighted == pytest.approx(found.both.mrr)


def test_candidates_leave_out_what_does_not_fit() -> None:
    triples = Triples.from_names([("a", "r", "b"), ("c", "r", "d")])
    asked = triples.having(triples.array[:1])
    nothing = triples.having(np.zeros((0, 3), np.int32))
    tails = np.zeros((1, 4, 4))
    tails[0, 0] = [9, 1, 8, 7]  # of (a, r, ?): a, c and d are better than b
    found = rank(FixedScores(tails, tails), asked, nothing, observed_candidates(triples))
    assert found.tails.tolist() == [4.0]
    assert found.fitting_tails is not None
    assert found.fitting_tails.tolist() == [2.0]


def test_scores_that_are_no_numbers_are_refused() -> None:
    triples = Triples.from_names([("a", "r", "b")])
    with pytest.raises(TrainingError, match="finite"):
        evaluate(FixedScores([[[0, np.nan]] * 2], [[[0, 1]] * 2]), triples, triples)


def test_nothing_asked_comes_to_nothing() -> None:
    triples = Triples.from_names([("a", "r", "b")])
    nothing = triples.having(np.zeros((0, 3), np.int32))
    assert evaluate(drawn_scores(2, 1, 0, 2), nothing, triples).both == Metrics(0, 0, 0, 0, 0, 0)


def test_a_sample_is_the_same_for_a_seed() -> None:
    triples = random_triples(40, 3, 300)
    first, second, other = sample(triples, 50, 1), sample(triples, 50, 1), sample(triples, 50, 2)
    assert len(first) == 50
    assert np.array_equal(first.array, second.array)
    assert not np.array_equal(first.array, other.array)
    assert sample(triples, 1000, 1) is triples
