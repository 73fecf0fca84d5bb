"""Ranking: the passages that words, meaning and the graph find for a query, fused to one order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.ontology import Ontology
from kg.search.collection import Collection, Floats, Ids, WordParts
from kg.search.expansion import Bridge, Question, Walk, expand
from kg.search.fusion import fit_of_meaning, fit_of_words, scaled, scores_at
from kg.search.hits import Knobs, Recognised
from kg.search.recognition import EntityNames, PropertyNames, recognise
from kg.search.surroundings import Surroundings
from kg.search.words import terms

__all__ = ["Hop", "Ranked", "Ranker"]

_MOST = 20_000
"""Passages that are put in order; what comes behind them nobody asks for."""
NAMED = -1
"""The predicate of a hop that is no statement: a passage about the one names the other."""
_NAMED_SHARE = 0.6
"""What it counts that a note describes something which the query names, beside the best words."""
_LEAST_LIKENESS = 0.2
"""The cosine from which on passages are found where no note has a word of the query, nor a name that is in it.

Of 76 questions without a word of the notes that answer them, 44 in the other language, these notes have 0.21 or more
wherever they are among the first ten. Of 36 questions about what no note has, in four vaults, the nearest is below 0.2
in 58 of 144; what is nearest to the others is shown, and `missing_parts` says that it is no more.
"""


@dataclass(frozen=True, slots=True)
class Hop:
    """A step that was walked: entities and a predicate by their places, and the passage that says it.

    The predicate is -1 where the passage only names the tail, its note being about the head.
    """

    head: int
    predicate: int
    tail: int
    is_forward: bool
    passage: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Passages, the best first.

    Attributes:
        passages: (n,) int32. scores: (n,) float32 above 0, descending; ties by passage.
        parts: of "words", "vectors" and "graph" (n,) float32, its share of the score; 0 where it did not find a
            passage.
        way: from a passage to the steps that lead to it from what the query names, or from what fits it best; empty
            where none do.
        aspects: from some passages to how much of each word of the query they have, (n, words) in [0, 1], and what
            each word counts, (words,), all together 1.
    """

    passages: Ids
    scores: Floats
    parts: Mapping[str, Floats]
    way: Callable[[int], tuple[Hop, ...]]
    aspects: Callable[[Ids], tuple[Floats, Floats]]


class Ranker:
    """Ranks the passages of a collection.

    Args:
        earlier: of an earlier collection; what has not changed since is taken over.
    """

    def __init__(
        self, collection: Collection, ontology: Ontology, earlier: Ranker | None = None, walk: Walk | None = None
    ) -> None:
        self.collection, self._ontology, self._walk = collection, ontology, walk or Walk()
        self._around = Surroundings(collection)
        self._entities: EntityNames = EntityNames(collection, None if earlier is None else earlier._entities)
        is_same = earlier is not None and earlier._ontology is ontology
        self._properties: PropertyNames = (
            earlier._properties if earlier is not None and is_same else PropertyNames(ontology)
        )

    def recognise(self, query: str, untold: AbstractSet[str] = frozenset()) -> list[Recognised]:
        """Return the entities and properties that a query names, in order of their places in it.

        Args:
            untold: IRIs of entities that are not told of.
        """
        return recognise(query, self._entities, self._properties, self._ontology, untold)

    def rank(
        self,
        query: str,
        vector: Floats | None,
        recognised: Sequence[Recognised],
        knobs: Knobs,
        allowed: NDArray[np.bool_] | None = None,
        unheard: NDArray[np.bool_] | None = None,
    ) -> Ranked:
        """Return the passages that a query finds, best first.

        Args:
            vector: of the query, of length 1; None where meaning is not asked for.
            allowed: (P,) which passages may be found; None for all. Others may lie on the way.
            unheard: (P,) which passages lead nowhere either, whatever they say; None for none.
        """
        collection = self.collection
        parts = collection.word_parts(query)
        heard = np.ones(len(collection.note_of), dtype=np.float32) if unheard is None else np.float32(1) - unheard
        words = scaled(fit_of_words(collection, parts) * heard)
        is_meant_alone = not words.any() and not any(each.kind == "entity" for each in recognised)
        least = _LEAST_LIKENESS if is_meant_alone else -1.0
        meaning = scaled(fit_of_meaning(collection, vector if knobs.vectors > 0 else None, least) * heard)
        question = self._question(query, parts, meaning, recognised if knobs.graph > 0 else ())
        plain = knobs.text * words + knobs.vectors * meaning
        homes = knobs.graph * self._homes(question) * heard
        scale = float((plain / (float(plain.max(initial=0.0)) or 1.0) + homes).max(initial=0.0)) or 1.0
        unit = scale * (float(plain.max(initial=0.0)) or 1.0)
        added, ways = self._bridges(question, plain / unit + homes / scale, knobs)
        shares = {
            "words": knobs.text * words / unit,
            "vectors": knobs.vectors * meaning / unit,
            "graph": homes / scale + added,
        }
        total: Floats = (shares["words"] + shares["vectors"] + shares["graph"]).astype(np.float32)
        (places,) = np.nonzero(total if allowed is None else np.where(allowed, total, 0))
        if len(places) > _MOST:  # all of a large collection mean a little the like
            places = places[total[places] >= np.partition(total[places], len(places) - _MOST)[len(places) - _MOST]]
        order = places[np.argsort(-total[places], kind="stable")].astype(np.int32)
        return Ranked(
            order,
            total[order],
            {name: share[order].astype(np.float32) for name, share in shares.items()},
            lambda passage: self._way(passage, ways),
            lambda passages: _aspects(passages, parts),
        )

    def _question(self, query: str, parts: WordParts, meaning: Floats, recognised: Sequence[Recognised]) -> Question:
        named: dict[int, float] = {}
        said: set[str] = set()
        for each in recognised:
            place = self.collection.entity(each.iri.value) if each.kind == "entity" else None
            if place is not None:
                named[place] = float(self._around.rarity[place])
                said.update(terms(query[each.start : each.end]))
        asked = {each.iri.value for each in recognised if each.kind == "property"}
        predicates = {place for place, iri in enumerate(self.collection.edges.predicate_iris) if iri in asked}
        is_said = np.array([word in said for word in parts.words], dtype=np.bool_)
        return Question(parts, meaning, named, is_said, predicates)

    def _homes(self, question: Question) -> Floats:
        """Return what it counts that passages are of a note on something that the query names."""
        homes = np.zeros(len(self.collection.note_of), dtype=np.float32)
        for entity, weight in sorted(question.named.items()):
            about = self._around.passages_about(entity)
            homes[about] = np.maximum(homes[about], _NAMED_SHARE * weight)
        return homes

    def _bridges(self, question: Question, start: Floats, knobs: Knobs) -> tuple[Floats, Mapping[int, Bridge]]:
        """Return what the graph adds to passages that fit so well, the best 1, and how it leads to them."""
        added, ways = np.zeros_like(start), dict[int, Bridge]()
        for _ in range(knobs.hops - 1 if knobs.graph > 0 else 0):
            found = expand(self._around, question, start + added, self._walk, knobs.graph)
            added, ways = np.maximum(added, found.scores), {**ways, **found.ways}
        return added, ways

    def _way(self, passage: int, ways: Mapping[int, Bridge]) -> tuple[Hop, ...]:
        """Return the steps to a passage, the first one first; what its own note is about is where they end."""
        bridge = ways.get(passage)
        if bridge is None:
            return ()
        edges, hops = self.collection.edges, list[Hop]()
        own = self._around.own(passage)
        if bridge.source >= 0 and self._around.own(bridge.source) == own:
            return ()  # within one note
        if bridge.edge >= 0:
            forward = int(edges.tails[bridge.edge]) == bridge.entity
            hops.append(
                Hop(
                    int(edges.heads[bridge.edge]),
                    int(edges.predicates[bridge.edge]),
                    int(edges.tails[bridge.edge]),
                    forward,
                    int(edges.passages[bridge.edge]),
                )
            )
        elif bridge.source >= 0 and self._around.own(bridge.source) != bridge.entity:
            hops.append(Hop(self._around.own(bridge.source), NAMED, bridge.entity, True, bridge.source))
        if own != bridge.entity:
            hops.append(Hop(own, NAMED, bridge.entity, False, passage))
        return tuple(hops)


def _aspects(passages: Ids, parts: WordParts) -> tuple[Floats, Floats]:
    """Return how much of each word of a query passages have, and what each word counts."""
    best = np.array([scores.max(initial=1e-6) for scores in parts.scores], dtype=np.float32)
    total = float(parts.idf.sum())
    return scores_at(parts, passages) / best, parts.idf / (total if total > 0 else 1.0)
