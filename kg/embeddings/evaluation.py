"""How good a model is: the rank of what is true among all entities, filtered, with ties in the middle.

For a triple (h, r, t) all entities are scored as tail of (h, r, ?) and as head of (?, r, t). Entities that are known
to be right as well are left out ("filtered", Bordes et al. 2013, section 4.2). Of entities with the same score half
count as better ("realistic", Berrendorf et al. 2020, section 3), so a model that scores all alike is no good one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.errors import TrainingError
from kg.embeddings.grouping import Grouped, both_directions, spans
from kg.embeddings.model import Metrics, Scorer, Scores
from kg.embeddings.triples import Ids, Triples

__all__ = [
    "Candidates",
    "Evaluation",
    "Ranks",
    "evaluate",
    "measure",
    "observed_candidates",
    "rank",
    "rank_among",
    "sample",
]

_BYTES = 64 * 2**20
"""What the scores of one step may take; the copies beside them are as large."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Which entities a relation can have at all, as (entities,) bool for each relation: by domain, by range."""

    heads: tuple[NDArray[np.bool_], ...]
    tails: tuple[NDArray[np.bool_], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """The rank of each triple of a set, in its order, from 1; halves where scores are equal.

    Attributes:
        heads, tails: (n,) float64: among all entities.
        fitting_heads, fitting_tails: among the candidates of the relation; None where none were given.
    """

    triples: Triples
    heads: NDArray[np.float64]
    tails: NDArray[np.float64]
    fitting_heads: NDArray[np.float64] | None = None
    fitting_tails: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the ranks of a set of triples come to.

    Attributes:
        both: of heads and tails together, the figure that is published of a model.
        relations: the same of the triples of each relation, by its name.
        constrained: as `both`, among entities that fit the relation; None where no candidates were given.
    """

    both: Metrics
    head: Metrics
    tail: Metrics
    relations: Mapping[str, Metrics]
    constrained: Metrics | None = None


def evaluate(scorer: Scorer, triples: Triples, known: Triples, candidates: Candidates | None = None) -> Evaluation:
    """Rank triples and sum the ranks up.

    Args:
        known: what else is true and left out: the triples of training and validation. The evaluated ones are added.
    """
    return measure(rank(scorer, triples, known, candidates))


def rank(scorer: Scorer, triples: Triples, known: Triples, candidates: Candidates | None = None) -> Ranks:
    """Rank the head and the tail of each triple; see the module for what a rank is.

    Raises:
        TrainingError: a score is no number.
    """
    return rank_among(
        scorer, triples, both_directions(known.having(np.concatenate([known.array, triples.array]))), candidates
    )


def rank_among(scorer: Scorer, triples: Triples, everything: Grouped, candidates: Candidates | None = None) -> Ranks:
    """Rank as `rank` does, by queries that were grouped before: of all that is true, the ranked triples too."""
    count = len(triples.relations)
    tails, fitting_tails = _rank_answers(
        scorer,
        triples.heads,
        triples.relation_ids,
        triples.tails,
        everything,
        0,
        candidates.tails if candidates else None,
    )
    heads, fitting_heads = _rank_answers(
        scorer,
        triples.tails,
        triples.relation_ids,
        triples.heads,
        everything,
        count,
        candidates.heads if candidates else None,
    )
    return Ranks(triples, heads, tails, fitting_heads, fitting_tails)


def measure(ranks: Ranks) -> Evaluation:
    """Sum ranks up."""
    relation_ids = ranks.triples.relation_ids
    by_relation = {}
    for relation in np.unique(relation_ids).tolist():
        chosen = relation_ids == relation
        name = ranks.triples.relations.names[relation]
        by_relation[name] = Metrics.of(np.concatenate([ranks.heads[chosen], ranks.tails[chosen]]))
    constrained = None
    if ranks.fitting_heads is not None and ranks.fitting_tails is not None:
        constrained = Metrics.of(np.concatenate([ranks.fitting_heads, ranks.fitting_tails]))
    return Evaluation(
        both=Metrics.of(np.concatenate([ranks.heads, ranks.tails])),
        head=Metrics.of(ranks.heads),
        tail=Metrics.of(ranks.tails),
        relations=by_relation,
        constrained=constrained,
    )


def observed_candidates(triples: Triples) -> Candidates:
    """Return as candidates of a relation what it has as head and as tail in these triples.

    This stands in for domain and range where a graph has no ontology (Krompaß et al. 2015, section 3.2).
    """
    found: dict[str, tuple[NDArray[np.bool_], ...]] = {}
    for side, entities in (("heads", triples.heads), ("tails", triples.tails)):
        masks = np.zeros((len(triples.relations), len(triples.entities)), dtype=np.bool_)
        masks[triples.relation_ids, entities] = True
        found[side] = tuple(masks)
    return Candidates(**found)


def sample(triples: Triples, size: int, seed: int) -> Triples:
    """Return some of the triples, the same for the same seed; all of them where there are no more than `size`."""
    if len(triples) <= size:
        return triples
    chosen = np.random.default_rng(seed).choice(len(triples), size=size, replace=False)
    return triples.having(triples.array[chosen])


def _rank_answers(
    scorer: Scorer,
    anchors: Ids,
    relations: Ids,
    answers: Ids,
    known: Grouped,
    shift: int,
    fitting: tuple[NDArray[np.bool_], ...] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Rank the answers of queries; `shift` is 0 for tails, and what `known` adds to the relation for heads."""
    among_all = np.empty(len(answers))
    among_fitting = None if fitting is None else np.empty(len(answers))
    for chosen in _steps(anchors, relations, len(scorer)):
        of, at = relations[chosen], anchors[chosen]
        scores = _scores(scorer, at, of, shift)
        places = spans(*known.find(at, of + shift))
        compared = _Compared(scores, answers[chosen], places[0], known.targets[places[1]])
        among_all[chosen] = compared.ranks(None)
        if fitting is not None and among_fitting is not None:
            among_fitting[chosen] = compared.ranks(np.stack([fitting[relation] for relation in of.tolist()]))
    return among_all, among_fitting


class _Compared:
    """The scores of all entities against those of the answers: 1 where better, half where equal, else 0.

    Args:
        rows, known: entity `known[i]` is known to answer query `rows[i]`; the answers themselves are among them.
    """

    def __init__(self, scores: Scores, answers: Ids, rows: NDArray[np.int64], known: Ids) -> None:
        own = scores[np.arange(len(answers)), answers][:, np.newaxis]
        self._better, self._equal = scores > own, scores == own
        self._rows, self._known = rows, known
        self._of_known = self._better[rows, known] + 0.5 * self._equal[rows, known]

    def ranks(self, counted: NDArray[np.bool_] | None) -> NDArray[np.float64]:
        """Return the rank of each answer among entities that are counted (n, entities), and not known."""
        better, equal, of_known = self._better, self._equal, self._of_known
        if counted is not None:
            better, equal = better & counted, equal & counted
            of_known = of_known * counted[self._rows, self._known]
        known = np.bincount(self._rows, weights=of_known, minlength=len(better))
        ranks: NDArray[np.float64] = 1.0 + better.sum(axis=1) + 0.5 * equal.sum(axis=1) - known
        return ranks


def _steps(anchors: Ids, relations: Ids, entities: int) -> Iterator[NDArray[np.int64]]:
    """Yield which triples to rank at once, so that their scores fit into memory; equal queries come together."""
    order = np.lexsort((anchors, relations))
    size = max(1, _BYTES // (4 * max(entities, 1)))
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _scores(scorer: Scorer, anchors: Ids, relations: Ids, shift: int) -> Scores:
    """Score all entities as answers of queries, each distinct query once."""
    queries, places = np.unique(np.stack([relations, anchors], axis=1), axis=0, return_inverse=True)
    if shift:
        scores = scorer.score_heads(queries[:, 0], queries[:, 1])
    else:
        scores = scorer.score_tails(queries[:, 1], queries[:, 0])
    if not np.isfinite(scores).all():
        raise TrainingError("scores", "nan", "they have to be finite numbers; the model diverged")
    return scores if len(queries) == len(anchors) else scores[places.reshape(-1)]
