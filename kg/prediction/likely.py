"""Statements that a graph does not hold and a model finds likely: of all that fits, what nobody has answered yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.embeddings import TrainedModel, Triples, scorer_of
from kg.embeddings.calibration import Calibration
from kg.embeddings.errors import ModelMismatchError, NotTrainedError
from kg.embeddings.margins import Margins, Side
from kg.embeddings.triples import Ids
from kg.graph import KnowledgeGraph
from kg.prediction.answered import answered_triples
from kg.prediction.fitting import Fitting
from kg.prediction.graph_triples import GraphTriples
from kg.prediction.newer import with_newer
from kg.prediction.relations import Relations
from kg.rdf import KG, NamedNode

__all__ = ["LikelyStatement", "likely_statements"]

_ASKED = 10_000
"""Queries that the whole graph is asked with; of more, those about entities of which most is known."""
_OF_ONE = 10
"""Answers to each of them that are looked at."""
_MOST = 1_000_000
"""Statements of a whole graph that are looked at where all are asked for: of each query as many answers as make so many
together."""
_LOOKED_AT = 1_000
"""Statements of which both sides are asked, at least."""


@dataclass(frozen=True, slots=True)
class LikelyStatement:
    """A statement that a model finds likely.

    Attributes:
        probability: from 0 to 1, as often as such statements turned out to be true among those held back.
        score: the margin behind it, unbounded; comparable between statements of one relation.
        rank: of the object among those that fit and are not known, for this subject and predicate; from 1.
        is_folded_in: an end is newer than the model; its vector was solved from its own statements.
    """

    subject: NamedNode
    predicate: NamedNode
    object: NamedNode
    probability: float
    score: float
    rank: int
    is_folded_in: bool = False


def likely_statements(
    graph: KnowledgeGraph,
    model: TrainedModel,
    found: GraphTriples,
    about: Iterable[NamedNode] = (),
    relation: NamedNode | None = None,
    k: int = 100,
    least: float = 0.5,
    folded: TrainedModel | None = None,
) -> list[LikelyStatement]:
    """Return the likeliest statements, best first; equal ones by subject, predicate and object.

    Left out is what does not fit domain and range, is known, follows from what is known, was accepted or rejected,
    or is about one thing twice, or about a note and the thing that it describes. New entities are folded in first,
    where the model allows it.

    Args:
        found: the triples of the graph as it is now, in ids that extend the model's.
        about: only statements with one of these as subject or object; none for statements about anything.
        relation: only this relation; what Noemata itself writes (links, mentions, tags) is predicted only so.
        k: at most so many; 0 for all that are found. Of a whole graph, some answers to each query are looked at.
        least: the least probability.
        folded: the model with what is new folded in, of somebody who has it already; see `with_newer`.

    Raises:
        NotTrainedError: the graph has no statement with any of these, or the model none with that relation.
        ModelMismatchError: the model has no calibration, or the ids are not those of the model.
    """
    _check_ids(model, found)
    search = _Search(graph, model, found, with_newer(graph, model, found) if folded is None else folded)
    relations = search.relations(relation)
    if asked := tuple(about):
        ids = [found.triples.entities.get(each.value) for each in asked]
        if not (known := [each for each in ids if each is not None]):
            raise NotTrainedError("entity", asked[0].value)
        rows = search.about(known, relations, k)
    else:
        rows = search.overall(relations, _OF_ONE if k else _MOST)
    return search.best(rows, k, least)


class _Search:
    """One graph, as one model sees it."""

    def __init__(self, graph: KnowledgeGraph, model: TrainedModel, found: GraphTriples, folded: TrainedModel) -> None:
        if model.calibration is None:
            raise ModelMismatchError("the model", "calibration", "one from triples that were held back", "missing")
        self._calibration: Calibration = model.calibration
        self._graph, self._trained = graph, len(model.entities)
        scorer = scorer_of(folded)
        self._entities, self._names = found.triples.entities, model.relations.names
        self._count = len(scorer)
        learnt, known = (self._scored(triples, model) for triples in (found.triples, found.known))
        self._margins = Margins(scorer, learnt, known)
        self._degrees = np.bincount(learnt.array[:, [0, 2]].reshape(-1), minlength=len(self._entities))
        # Who has read the triples has read what fits, which takes longer than a question about one entity.
        self._candidates = found.candidates or Fitting(graph, self._entities, found.triples.relations).candidates()
        self._answered = answered_triples(graph)
        self._described = {
            frozenset((quad.subject.value, quad.object.value))
            for quad in graph.store.match(None, KG["describes"])
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)
        }
        self._is_symmetric = [self._symmetric(name) for name in self._names]
        self._model = model

    def _scored(self, triples: Triples, model: TrainedModel) -> Triples:
        """Return the triples of which the model can say something."""
        rows = triples.array
        scored = (rows[:, [0, 2]] < self._count).all(axis=1) & (rows[:, 1] < len(model.relations))
        return Triples.of(triples.entities, model.relations, rows[scored])

    def _symmetric(self, name: str) -> bool:
        term = self._graph.ontology.properties.get(NamedNode(name))
        return term is not None and term.symmetric

    def _is_system(self, name: str) -> bool:
        term = self._graph.ontology.properties.get(NamedNode(name))
        return term is not None and term.system

    def relations(self, wanted: NamedNode | None) -> list[int]:
        """Return the relations that are asked for: the one that is meant, else all that Noemata does not write.

        Raises:
            NotTrainedError: the model has not the one that is meant.
        """
        if wanted is None:
            return [number for number, name in enumerate(self._names) if not self._is_system(name)]
        learnt, _ = Relations(self._graph.ontology).direction(wanted.value)
        number = self._model.relations.get(learnt)
        if number is None:
            raise NotTrainedError("relation", wanted.value)
        return [number]

    def _fits(self, side: Side, relation: int) -> NDArray[np.bool_]:
        """Return which entities can be answers of one side's queries, as far as the model has them."""
        fitting = self._candidates.heads if side else self._candidates.tails
        return fitting[relation][: self._count]

    # --- queries

    def about(self, entities: Iterable[int], relations: list[int], k: int) -> Ids:
        """Return the likeliest triples with one of some entities at either end."""
        queries = [
            (side, entity, relation)
            for entity in entities
            for side in (0, 1)
            for relation in relations
            if entity < self._count and self._fits(1 - side, relation)[entity]
        ]
        return self._answers(np.array(queries, dtype=np.int64).reshape(-1, 3), k or self._count)

    def overall(self, relations: list[int], of_one: int) -> Ids:
        """Return the likeliest triples of all, asked from the side of each relation that has fewer anchors.

        At most `of_one` of a query, and `_MOST` together. Either side has all pairs of a relation; of many companies
        and few cities, the cities are asked.
        """
        queries = []
        for relation in relations:
            anchors = [np.flatnonzero(self._fits(1 - side, relation)) for side in (0, 1)]
            side = int(len(anchors[1]) < len(anchors[0]))
            queries.append(
                np.stack([np.broadcast_to(each, len(anchors[side])) for each in (side, anchors[side], relation)], 1)
            )
        asked = np.concatenate([np.zeros((0, 3), np.int64), *queries])
        order = np.lexsort((asked[:, 1], asked[:, 2], -self._degrees[asked[:, 1]]))[:_ASKED]
        return self._answers(asked[order], min(of_one, max(_OF_ONE, _MOST // max(len(order), 1))))

    def _answers(self, queries: NDArray[np.int64], of_one: int) -> Ids:
        """Return the best answers to queries (side, anchor, relation), as triples."""
        rows: list[Ids] = [np.zeros((0, 3), np.int32)]
        for side in (0, 1):
            own = queries[queries[:, 0] == side]
            for part in self._margins.steps(len(own)):
                margins = self._margins.answers(side, own[part, 1], own[part, 2])
                for (_, anchor, relation), values in zip(own[part].tolist(), margins, strict=True):
                    open_ = np.flatnonzero(self._margins.unknown(side, anchor, relation, self._fits(side, relation)))
                    if len(open_) > of_one:
                        open_ = open_[np.argpartition(-values[open_], of_one - 1)[:of_one]]
                    row = np.empty((len(open_), 3), np.int32)
                    row[:, 2 * side], row[:, 1], row[:, 2 - 2 * side] = anchor, relation, open_
                    rows.append(row)
        return np.unique(np.concatenate(rows), axis=0)

    # --- answers

    def best(self, rows: Ids, k: int, least: float) -> list[LikelyStatement]:
        """Return the likeliest of some triples, with what is known of each."""
        rows = rows[[self._is_open(*row) for row in rows.tolist()]] if len(rows) else rows
        if k and len(rows) > max(_LOOKED_AT, 4 * k):
            first = np.argsort(-self._probability(rows, self._margins.of_side(0, rows)), kind="stable")
            rows = rows[first[: max(_LOOKED_AT, 4 * k)]]
        scores = self._margins.of(rows) if len(rows) else np.zeros(0, np.float32)
        probabilities = self._probability(rows, scores)
        chosen = np.flatnonzero(probabilities >= least)
        names = self._entities.names
        order = sorted(
            chosen.tolist(),
            key=lambda i: (
                -probabilities[i],
                -scores[i],
                names[rows[i, 0]],
                self._names[rows[i, 1]],
                names[rows[i, 2]],
            ),
        )
        order = list(self._once(order, rows))[: k or None]
        ranks = self._ranks(rows[order])
        return [
            LikelyStatement(
                NamedNode(names[rows[i, 0]]),
                NamedNode(self._names[rows[i, 1]]),
                NamedNode(names[rows[i, 2]]),
                round(float(probabilities[i]), 4),
                round(float(scores[i]), 4),
                rank,
                bool(rows[i, 0] >= self._trained or rows[i, 2] >= self._trained),
            )
            for i, rank in zip(order, ranks, strict=True)
        ]

    def _is_open(self, head: int, relation: int, tail: int) -> bool:
        """Tell whether nobody has answered a triple yet, and it is not about a note and what that is about."""
        first, second = self._entities.names[head], self._entities.names[tail]
        is_answered = (first, self._names[relation], second) in self._answered
        return not is_answered and frozenset((first, second)) not in self._described

    def _probability(self, rows: Ids, margins: NDArray[np.float32]) -> NDArray[np.float64]:
        found = np.zeros(len(rows))
        for relation in np.unique(rows[:, 1]).tolist():
            chosen = rows[:, 1] == relation
            found[chosen] = self._calibration.probability(self._names[relation], margins[chosen])
        return found

    def _once(self, order: list[int], rows: Ids) -> Iterator[int]:
        """Leave out what a symmetric relation says a second time, the other way round."""
        seen: set[tuple[int, int, int]] = set()
        for i in order:
            head, relation, tail = rows[i].tolist()
            if self._is_symmetric[relation] and (tail, relation, head) in seen:
                continue
            seen.add((head, relation, tail))
            yield i

    def _ranks(self, rows: Ids) -> list[int]:
        """Return the rank of each object among those that fit its subject and are not known."""
        ranks = []
        for part in self._margins.steps(len(rows)):
            found = self._margins.answers(0, rows[part, 0], rows[part, 1])
            for (head, relation, tail), values in zip(rows[part].tolist(), found, strict=True):
                open_ = self._margins.unknown(0, head, relation, self._fits(0, relation))
                ranks.append(1 + int((values[open_] > values[tail]).sum()))
        return ranks


def _check_ids(model: TrainedModel, found: GraphTriples) -> None:
    for own, given in ((model.entities, found.triples.entities), (model.relations, found.triples.relations)):
        if given.names[: len(own)] != own.names:
            expected = "ids that begin with those of the model"
            raise ModelMismatchError("the graph's triples", f"{own.kind} ids", expected, "other ones")
