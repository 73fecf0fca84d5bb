"""New entities in a trained model: their vectors are solved from their own triples, while all others stay.

What training would have made of an entity's vector, if all else were as it is: the loss of its triples under the
softmax over all entities, with the same regularisation. An entity takes part in two ways. As anchor it asks the
queries of its own triples; as candidate it answers the queries of others, and must not answer those that have nothing
to do with it, of which some are drawn. Both losses are convex in the vector, so where the search begins decides
nothing but how long it takes; a start that says something (`kg.embeddings.starting`) is what the vector is drawn to.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.embeddings.errors import ModelMismatchError
from kg.embeddings.grouping import Grouped, both_directions, spans
from kg.embeddings.model import Tensors, TrainedModel
from kg.embeddings.scoring.families import FAMILIES, Family
from kg.embeddings.triples import Triples, Vocabulary

__all__ = ["can_fold_in", "fold_in"]

Vector = NDArray[np.float32]
Rows = NDArray[np.float32]
Slope = NDArray[np.float64]

_CANDIDATES = 1024
"""Entities that an entity's answers are compared with; of more, so many are drawn, and count for all."""
_QUERIES = 512
"""Queries of others that an entity is compared on; of more, so many are drawn, and count for all."""
_SPARSE = 16
"""Of so many times as many queries that there might be as there are, those that there are are found by sorting."""
_STEPS = 10
_DAMPING = 3.0
"""How much more than in training a vector is regularised, so that it does not say more than its few triples do."""
_OTHERS = 3.0
"""How much more than in training the queries count that a new entity does not answer. Their own entities do not give
way to it, as they would in training; with less, it is among the first answers more often than a trained one."""
_TIES = 1.0
"""How strongly a vector is drawn to its start, where it has one: as half a squared distance of so much weight."""


def can_fold_in(model: TrainedModel) -> bool:
    """Tell whether entities can be folded into a model: into ours they can, into those of PyKEEN not."""
    return model.engine == "1vsall" and model.settings.model in FAMILIES


def fold_in(model: TrainedModel, triples: Triples, start: Tensors | None = None) -> TrainedModel:
    """Return the model with vectors for entities that it was not trained on; all that it has stays as it is.

    Entities that are new to each other are solved one after the other, those with most triples first, each from what
    is solved already; then all of them once more. An entity of which nothing is known keeps its start; without one
    its vector is zero, and so are all its scores.

    Args:
        triples: all that is known of the graph now; the new entities follow the model's in their ids. Relations that
            the model has not, say nothing. The others' triples are what a new entity is not to answer.
        start: by the names of the family's tables, the first vectors (new entities, dim) of new entities; rows of
            zeros for those that have none. See `kg.embeddings.starting`.

    Returns:
        a model of all entities of `triples` and of its own relations; its graph is what it was trained on.

    Raises:
        ModelMismatchError: it is a model of PyKEEN, or the ids are not those of the model.
    """
    if not can_fold_in(model):
        found = f"{model.settings.model!r} of {model.engine}"
        raise ModelMismatchError("fold-in", "model", f"one of {', '.join(FAMILIES)} of 1vsall", found)
    _check_ids(model.entities, triples.entities)
    _check_ids(model.relations, triples.relations)
    new = len(triples.entities) - len(model.entities)
    if not new:
        return model
    folding = _Folding(model, triples, start)
    folding.solve()
    return dataclasses.replace(model, entities=triples.entities, tensors=folding.tables)


def _check_ids(trained: Vocabulary, given: Vocabulary) -> None:
    if given.names[: len(trained)] != trained.names:
        raise ModelMismatchError("fold-in", f"{trained.kind} ids", "ids that begin with those of the model", "other")


class _Folding:
    """Tables of all entities, of which the rows of the new ones are solved."""

    def __init__(self, model: TrainedModel, triples: Triples, start: Tensors | None) -> None:
        self.family = FAMILIES[model.settings.model]
        self.old, self.new = len(model.entities), len(triples.entities) - len(model.entities)
        self.relations = np.asarray(model.tensors["relations"])
        self.regularization = np.float32(model.settings.regularization or 0.0)
        names = dict.fromkeys((self.family.anchors, self.family.candidates))
        self.starts = {name: self._start(name, model, start) for name in names}
        self.tables = {**model.tensors}
        for name in names:
            self.tables[name] = np.concatenate([np.asarray(model.tensors[name]), self.starts[name]])
        # Only the triples of new entities are grouped: of the others, the answers are counted, which is much quicker.
        rows = triples.array[triples.relation_ids < len(model.relations)]
        theirs = (rows[:, 0] >= self.old) | (rows[:, 2] >= self.old)
        self.grouped = both_directions(Triples.of(triples.entities, model.relations, rows[theirs]))
        self.queries, self.answers = _counted(rows, len(triples.entities), len(model.relations))
        self.generator = np.random.default_rng(model.settings.seed)
        self.order = self._order()
        self.is_solved = np.arange(self.old + self.new) < self.old
        self.solved = self.old  # how many are: the trained ones, then new ones in their order

    def _start(self, name: str, model: TrainedModel, start: Tensors | None) -> Rows:
        shape = (self.new, model.tensors[name].shape[1])
        if start is None or name not in start:
            return np.zeros(shape, dtype=np.float32)
        if start[name].shape != shape:
            raise ModelMismatchError("fold-in", f"start of {name!r}", str(shape), str(start[name].shape))
        return np.asarray(start[name], dtype=np.float32)

    def _order(self) -> NDArray[np.int64]:
        """Return the new entities, those with most triples with trained ones first, then by id."""
        owner = np.repeat(self.grouped.anchors, self.grouped.counts)
        counts = np.bincount(owner[self.grouped.targets < self.old], minlength=self.old + self.new)[self.old :]
        return self.old + np.lexsort((np.arange(self.new), -counts))

    def solve(self) -> None:
        """Solve all new entities, each from what is solved; where some need each other, once more."""
        background = self._background()
        by_target = _by_target(self.grouped, self.old)
        waiting = []
        for entity in self.order.tolist():
            if self._solve_one(entity, background, by_target):
                waiting.append(entity)
            self.is_solved[entity] = True
            self.solved += 1
        for entity in waiting:
            self._solve_one(entity, background, by_target)

    def _solve_one(self, entity: int, background: _Answered, by_target: Mapping[int, NDArray[np.int64]]) -> bool:
        """Solve an entity; return whether a triple of it waited for another new entity."""
        own = by_target.get(entity)
        if own is None:
            return False
        asked, answered = self._asked(entity), self._answered(entity, own)
        background = background.without(self._keys(own))
        if self.family.anchors == self.family.candidates:
            self._minimise(self.family.anchors, entity, [asked, answered, background], asked.triples + answered.triples)
        else:
            self._minimise(self.family.anchors, entity, [asked], asked.triples)
            self._minimise(self.family.candidates, entity, [answered, background], answered.triples)
        return asked.is_partial

    def _minimise(
        self, name: str, entity: int, losses: Sequence[Callable[[Vector], tuple[float, Slope]]], triples: int
    ) -> None:
        """Solve the row of an entity in a table: the vector with the least loss, which is convex."""
        import scipy.optimize

        start = self.starts[name][entity - self.old]
        tie = _TIES if start.any() else 0.0
        pairs, weight = self.family.pairs, _DAMPING * float(self.regularization) * max(triples, 1)

        def objective(point: Slope) -> tuple[float, Slope]:
            vector = point.astype(np.float32)
            away = point - start
            value, gradient = 0.5 * tie * float(away @ away), tie * away
            numbers = point.reshape(pairs, -1)
            size = np.sqrt((numbers**2).sum(axis=0))
            value += weight * float((size**3).sum())
            gradient = gradient + (3 * weight * size * numbers).reshape(-1)
            for loss in losses:
                more, slope = loss(vector)
                value += more
                gradient += slope
            return value, gradient

        first = self.tables[name][entity].astype(np.float64)
        if not first.any():
            first = first + 1e-3  # the norm has no direction at zero, nor has a product of zeros
        found = scipy.optimize.minimize(
            objective, first, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "maxcor": 8}
        )
        self.tables[name][entity] = found.x.astype(np.float32)

    def _asked(self, entity: int) -> _Asked:
        """Return what an entity asks: the queries of its own triples, with answers that are solved."""
        first, last = np.searchsorted(self.grouped.anchors, [entity, entity + 1])
        chosen = np.arange(first, last)
        rows, places = spans(self.grouped.offsets[chosen], self.grouped.offsets[chosen + 1])
        targets = self.grouped.targets[places]
        there = self.is_solved[targets] & (targets != entity)
        relations = self.relations[self.grouped.relations[chosen]]
        maps = self.family.adjoint(relations, np.hstack)
        candidates, scale = self._candidates(entity, targets[there])
        is_partial = bool((~self.is_solved[targets] & (targets != entity)).any())
        table = self.tables[self.family.candidates][candidates]
        own = np.searchsorted(candidates, targets[there])
        return _Asked(self.family, relations, maps, table, scale, rows[there], own, is_partial)

    def _candidates(self, entity: int, answers: NDArray[Any]) -> tuple[NDArray[np.int64], Vector]:
        """Return which entities answers are compared with, ascending, and the logarithm of what each counts for."""
        if self.solved - int(self.is_solved[entity]) <= _CANDIDATES:
            pool = np.flatnonzero(self.is_solved)
            pool = pool[pool != entity]
            return pool, np.zeros(len(pool), dtype=np.float32)
        own = np.unique(answers)
        left_out = np.append(own, entity)
        drawn = self.generator.choice(self.solved, size=min(_CANDIDATES + len(left_out), self.solved), replace=False)
        newer = drawn >= self.old
        drawn[newer] = self.order[drawn[newer] - self.old]
        drawn = drawn[np.isin(drawn, left_out, invert=True)][:_CANDIDATES]
        chosen = np.concatenate([own, drawn])
        others = self.solved - len(own) - int(self.is_solved[entity])
        scale = np.repeat([0.0, np.log(others / max(len(drawn), 1))], [len(own), len(drawn)])
        order = np.argsort(chosen)
        return chosen[order], scale[order].astype(np.float32)

    def _answered(self, entity: int, places: NDArray[np.int64]) -> _Answered:
        """Return what others ask and an entity answers."""
        chosen = places[self.is_solved[self.grouped.anchors[places]] & (self.grouped.anchors[places] != entity)]
        return self._against(self._keys(chosen), is_answer=True)

    def _background(self) -> _Answered:
        """Return what trained entities ask, a part of it."""
        chosen = self.queries[: np.searchsorted(self.queries, self.old * self.grouped.relation_count)]
        drawn = chosen
        if len(chosen) > _QUERIES:
            drawn = np.sort(self.generator.choice(chosen, size=_QUERIES, replace=False))
        return self._against(drawn, is_answer=False, stands_for=_OTHERS * len(chosen) / max(len(drawn), 1))

    def _keys(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return grouped queries as numbers."""
        count = self.grouped.relation_count
        return self.grouped.anchors[places].astype(np.int64) * count + self.grouped.relations[places]

    def _against(self, keys: NDArray[np.int64], is_answer: bool, stands_for: float = 1.0) -> _Answered:
        anchors, relations = np.divmod(keys, max(self.grouped.relation_count, 1))
        queries = self.family.query(self.tables[self.family.anchors][anchors], self.relations[relations], np.hstack)
        size = min(self.old, _CANDIDATES)
        drawn = np.arange(self.old) if size == self.old else self.generator.choice(self.old, size=size, replace=False)
        scores = queries @ self.tables[self.family.candidates][drawn].T
        highest = scores.max(axis=1, initial=0)
        total = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1)) + np.log(self.old / len(drawn))
        counts = self.answers[np.searchsorted(self.queries, keys)].astype(np.float32) * np.float32(stands_for)
        return _Answered(keys, queries, total, counts, is_answer)


def _counted(rows: NDArray[np.int32], entities: int, relations: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the queries of triples in both directions as numbers, ascending, and how many answers each has."""
    count, ids = 2 * relations, rows.astype(np.int64)
    keys = np.concatenate([ids[:, 0] * count + ids[:, 1], ids[:, 2] * count + ids[:, 1] + relations])
    if entities * count > _SPARSE * max(len(keys), 1):
        return np.unique(keys, return_counts=True)
    answers = np.bincount(keys)
    queries = np.flatnonzero(answers)
    return queries, answers[queries]


def _by_target(grouped: Grouped, first: int) -> Mapping[int, NDArray[np.int64]]:
    """Return for each entity from an id on which queries it answers."""
    (places,) = np.nonzero(grouped.targets >= first)
    places = places[np.argsort(grouped.targets[places], kind="stable")]
    queries = np.searchsorted(grouped.offsets, places, side="right") - 1
    entities, starts = np.unique(grouped.targets[places], return_index=True)
    if not len(entities):
        return {}
    return dict(zip(entities.tolist(), np.split(queries, starts[1:]), strict=True))


class _Asked:
    """The loss of an entity's own queries: that of a softmax over candidates.

    Args:
        rows, places: answer i is candidate `places[i]` of query `rows[i]`.
        scale: what is added to the score of each candidate: the logarithm of how many it stands for.
    """

    def __init__(
        self, family: Family, relations: Rows, maps: Rows, candidates: Rows, scale: Vector,
        rows: NDArray[np.int64], places: NDArray[np.int64], is_partial: bool,
    ) -> None:  # fmt: skip
        self._family, self._relations, self._maps, self._candidates, self._scale = (
            family,
            relations,
            maps,
            candidates,
            scale,
        )
        self._rows, self._places, self.is_partial = rows, places, is_partial
        self.triples = len(rows)
        self._counts = np.bincount(rows, minlength=len(relations)).astype(np.float32)

    def __call__(self, vector: Vector) -> tuple[float, Slope]:
        if not self.triples:
            return 0.0, np.zeros(len(vector))
        anchors = np.broadcast_to(vector, self._relations.shape)
        queries = self._family.query(anchors, self._relations, np.hstack)
        scores = queries @ self._candidates.T + self._scale
        own = scores[self._rows, self._places].sum(dtype=np.float64)
        highest = scores.max(axis=1)
        np.exp(scores - highest[:, None], out=scores)
        total = scores.sum(axis=1)
        loss = float((self._counts * (np.log(total) + highest)).sum(dtype=np.float64) - own)
        scores *= (self._counts / total)[:, None]
        scores[self._rows, self._places] -= 1  # each pair is there once
        slopes = self._family.query(scores @ self._candidates, self._maps, np.hstack)
        return loss, slopes.sum(axis=0, dtype=np.float64)


class _Answered:
    """The loss of an entity as an answer: it is one, or it is none, of queries whose other answers stay.

    Args:
        keys: (n,) which queries they are; queries: (n, dim) their vectors.
        total: (n,) the logarithm of the sum over the other answers.
        counts: (n,) how often each counts.
    """

    def __init__(
        self, keys: NDArray[np.int64], queries: Rows, total: Vector, counts: Vector, is_answer: bool
    ) -> None:
        self._keys, self._queries, self._total, self._counts = keys, queries, total, counts
        self._is_answer = is_answer
        self.triples = len(queries) if is_answer else 0

    def without(self, keys: NDArray[np.int64]) -> _Answered:
        """Return the same, not counting some of the queries."""
        counts = np.where(np.isin(self._keys, keys), np.float32(0), self._counts)
        return _Answered(self._keys, self._queries, self._total, counts, self._is_answer)

    def __call__(self, vector: Vector) -> tuple[float, Slope]:
        scores = self._queries @ vector
        over = np.logaddexp(0, scores - self._total)
        share = np.exp(scores - self._total - over)
        loss = float((self._counts * over).sum(dtype=np.float64))
        weights = self._counts * share
        if self._is_answer:
            loss -= float(scores.sum(dtype=np.float64))
            weights = weights - 1
        return loss, (weights @ self._queries).astype(np.float64)
