"""Expansion: passages that the graph leads to from what a query names and from the passages that fit it best.

A question of several steps names the first thing alone: "Where did the father of Ada study?" fits the note on Ada,
which names her father, whose note has the answer and none of the question's names. So from the passages that fit
best a walk goes over what they name: to the notes that describe it, and to other passages that name it too. Not all
that a passage names matters to the question. A step counts as much as where it leads fits what the passage before it
has left unsaid of the question; what many passages name counts less, and what very many name is not walked over.

It is the first steps of a personalised PageRank (Haveliwala 2002) over passages and entities, as HippoRAG walks it
(Gutiérrez, Shu, Gu, Yasunaga and Su 2024), with weights of edges that depend on the question; the work is bounded by
the number of passages that are walked from, whatever the size of the graph.
"""

from __future__ import annotations

from collections.abc import Collection as Container
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kg.search.collection import Floats, Ids, WordParts
from kg.search.fusion import scores_at
from kg.search.surroundings import Surroundings

__all__ = ["Bridge", "Bridges", "Question", "Walk", "expand"]


@dataclass(frozen=True, slots=True)
class Walk:
    """How a walk goes; measured with `benchmarks/multihop.py`, on questions that judge nothing.

    Args:
        sources: passages that are walked from at each step, at most `of_a_note` of one note.
        plain: what a step to the note of a named thing counts, whether or not the note fits the question.
        shared: what a step to another passage that names the same thing counts, beside one to the thing's note.
        meaning: what the meaning of a passage counts beside its words.
        most_naming: a thing that more passages name is not walked over to them.
        most_about: passages of one note that a step leads to, the first.
        most_edges: statements of one entity that are walked over, in either direction.
        stated: what a statement counts beside a mention.
        asked: by what a statement counts more whose property the question names.
        loose: what the steps from a passage count that names nothing which the question names.
        below: how near a passage comes to the one that leads to it, unless it fits better by itself.
    """

    sources: int = 8
    of_a_note: int = 2
    plain: float = 0.2
    shared: float = 0.9
    meaning: float = 0.3
    most_naming: int = 60
    most_about: int = 60
    most_edges: int = 60
    stated: float = 0.3
    asked: float = 1.5
    loose: float = 0.4
    below: float = 0.98


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A query as expansion sees it.

    Args:
        parts: its words. meaning: (P,) in [0, 1], how like it passages are.
        named: entities that it names, with weights in (0, 1].
        named_words: (W,) bool, the words of `parts` that are in these names.
        predicates: places of the properties that it names.
    """

    parts: WordParts
    meaning: Floats
    named: Mapping[int, float] = field(default_factory=dict)
    named_words: NDArray[np.bool_] | None = None
    predicates: Container[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Bridge:
    """How a passage was reached: from a passage, or -1 for the query itself, over an entity.

    `edge` is the statement that leads to the entity, -1 where the passage names it.
    """

    source: int
    entity: int
    edge: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Bridges:
    """What a step adds to how well passages fit, (P,) float32, and how each passage above 0 was reached."""

    scores: Floats
    ways: Mapping[int, Bridge]


@dataclass(frozen=True, slots=True)
class _Over:
    """An entity that a step goes over: from a row of sources, with a strength."""

    row: int
    entity: int
    strength: float
    edge: int = -1


def expand(around: Surroundings, question: Question, fits: Floats, walk: Walk, weight: float = 1.0) -> Bridges:
    """Go one step from the passages that fit best, and from what the query names over what is said of it.

    Args:
        fits: (P,) how well passages fit so far, the best about 1.
        weight: what the graph counts. A passage that is led to comes no higher than just below what leads to it.
    """
    sources = _best(around, fits, walk)
    overs = [*_from_passages(around, question, fits, sources, walk), *_from_query(around, question, len(sources), walk)]
    targets, rows, strengths, plain, numbers = _targets(around, overs, walk)
    scores = np.zeros(len(fits), dtype=np.float32)
    if not len(targets):
        return Bridges(scores, {})
    places, inverse = np.unique(targets, return_inverse=True)
    unsaid = _unsaid(question, sources, places, walk)[inverse, rows]
    values = weight * strengths * (plain + (1 - plain) * unsaid)
    heights = np.append(fits[sources], 1.0).astype(np.float32)[rows]
    values = np.minimum(values, np.maximum(walk.below * heights - fits[targets], 0))
    values[targets == np.append(sources, -1)[np.minimum(rows, len(sources))]] = 0
    order = np.lexsort((numbers, -values, targets))
    first = order[np.r_[True, targets[order][1:] != targets[order][:-1]]]
    first = first[values[first] > 0]
    scores[targets[first]] = values[first]
    ways = {int(targets[at]): _bridge(overs[int(numbers[at])], sources) for at in first}
    return Bridges(scores, ways)


def _bridge(over: _Over, sources: Ids) -> Bridge:
    source = int(sources[over.row]) if over.row < len(sources) else -1
    return Bridge(source, over.entity, over.edge)


def _best(around: Surroundings, fits: Floats, walk: Walk) -> Ids:
    """Return the passages that fit best, the best first, few of one note."""
    pool = min(len(fits), walk.sources * 8)
    if pool == 0:
        return np.zeros(0, dtype=np.int32)
    bound = np.partition(fits, len(fits) - pool)[len(fits) - pool]
    (places,) = np.nonzero((fits >= bound) & (fits > 0))
    places = places[np.argsort(-fits[places], kind="stable")][:pool]
    taken: dict[int, int] = {}
    chosen: list[int] = []
    for place in places:
        note = int(around.collection.note_of[place])
        if taken.get(note, 0) < walk.of_a_note:
            taken[note] = taken.get(note, 0) + 1
            chosen.append(int(place))
        if len(chosen) == walk.sources:
            break
    return np.array(chosen, dtype=np.int32)


def _from_passages(around: Surroundings, question: Question, fits: Floats, sources: Ids, walk: Walk) -> Iterator[_Over]:
    for row, source in enumerate(sources):
        own = around.own(int(source))
        strength = float(fits[source])
        if own not in question.named and not any(int(e) in question.named for e in around.named_in(int(source))):
            strength *= walk.loose
        seen = {own}
        if own not in question.named:
            yield _Over(row, own, strength)
        for entity in around.named_in(int(source)):
            if int(entity) not in seen and int(entity) not in question.named:
                seen.add(int(entity))
                yield _Over(row, int(entity), strength)
        for edge, entity, weight in _said_of(around, own, question, walk):
            if entity not in seen and entity not in question.named:
                seen.add(entity)
                yield _Over(row, entity, strength * weight, edge)


def _from_query(around: Surroundings, question: Question, row: int, walk: Walk) -> Iterator[_Over]:
    for named, share in sorted(question.named.items()):
        for edge, entity, weight in _said_of(around, named, question, walk):
            if entity not in question.named:
                yield _Over(row, entity, share * weight, edge)


def _said_of(around: Surroundings, entity: int, question: Question, walk: Walk) -> Iterator[tuple[int, int, float]]:
    """Yield the statements of an entity, with the other entity and what it counts; a hub's count less."""
    edges = around.collection.edges
    hub = 1.0 / (1.0 + np.log1p(max(around.degree(entity) - walk.most_edges, 0)))
    for places, others in (
        (around.edges_from(entity, walk.most_edges), edges.tails),
        (around.edges_to(entity, walk.most_edges), edges.heads),
    ):
        for place in places:
            asked = walk.asked if int(edges.predicates[place]) in question.predicates else 1.0
            yield int(place), int(others[place]), min(walk.stated * asked * float(edges.weights[place]) * hub, 1.0)


def _targets(
    around: Surroundings, overs: Sequence[_Over], walk: Walk
) -> tuple[Ids, NDArray[np.int64], Floats, Floats, NDArray[np.int64]]:
    """Return where the steps lead: passages, rows of sources, strengths, what counts plainly, and places in `overs`."""
    pieces: list[Ids] = []
    about: list[tuple[int, int, float, float]] = []
    for number, over in enumerate(overs):
        homes = around.passages_about(over.entity)[: walk.most_about]
        naming = around.passages_naming(over.entity)
        if len(homes):
            pieces.append(homes)
            about.append((number, over.row, over.strength, walk.plain))
        if 0 < len(naming) <= walk.most_naming:
            pieces.append(naming)
            about.append((number, over.row, over.strength * walk.shared * float(around.rarity[over.entity]), 0.0))
    if not pieces:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing.astype(np.int32), nothing, nothing.astype(np.float32), nothing.astype(np.float32), nothing
    lengths = [len(piece) for piece in pieces]
    numbers, rows, strengths, plain = (np.repeat(column, lengths) for column in zip(*about, strict=True))
    return np.concatenate(pieces), rows, strengths.astype(np.float32), plain.astype(np.float32), numbers


_SATURATED = 2.2
"""BM25's k1 + 1: what a word can score at most, in units of its idf."""
_WELL = 1.5
"""Passages that have all the words that are left score some two thirds of what is possible."""


def _unsaid(question: Question, sources: Ids, places: Ids, walk: Walk) -> Floats:
    """Return how well passages fit what each source leaves unsaid of the query: (places, sources + 1).

    The last column is for what comes from the query itself: all its words but the names in it are unsaid.
    """
    parts = question.parts
    is_named = question.named_words if question.named_words is not None else np.zeros(len(parts.words), dtype=np.bool_)
    is_unsaid = np.vstack((scores_at(parts, sources) <= 0, ~is_named)).astype(np.float32)
    possible = np.maximum(is_unsaid @ parts.idf, 1e-6) * _SATURATED / _WELL
    words = (scores_at(parts, places) @ is_unsaid.T) / possible
    meaning = question.meaning[places][:, None]
    found: Floats = np.minimum((1 - walk.meaning) * words + walk.meaning * meaning, 1.0).astype(np.float32)
    return found
