"""Searching: the sources are asked, fused, and the best passages are chosen, each with why it was found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kg.config import SearchSettings
from kg.errors import InputError
from kg.events import Feedback
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode
from kg.search.asked import EVERYTHING, LONGEST_QUERY, MOST_HITS, SOURCES, Filters
from kg.search.collection import Collection, Floats, Ids
from kg.search.diversity import choose
from kg.search.explaining import Explaining
from kg.search.feedback import feedback_factors
from kg.search.filters import fitting_notes, hidden_notes
from kg.search.highlighting import QueryWords
from kg.search.hits import Hit, Knobs, SearchAnswer
from kg.search.missing import missing_parts
from kg.search.patterns import notes_bound
from kg.search.ranking import Ranked, Ranker
from kg.search.showing import index_damping, telling_row
from kg.search.similarity import similar
from kg.search.suggesting import Suggestions
from kg.search.untold import untold_nodes
from kg.text_vectors import TextVectors

__all__ = ["Searcher"]

_POOL, _LEAST_POOL = 5, 30
"""Among so many times what is asked for, and at least `_LEAST_POOL`, the most unlike are chosen."""
_MOST_ENCODED = 2000
"""Characters of a query whose meaning is asked for; its words count all."""
_LEAST_ENCODED = 0.9
"""Of all passages: where fewer have a vector, meaning is not asked for."""
_MOST_DIVERSE = 100
"""Hits that are chosen to be unlike each other; who asks for more gets the rest by relevance."""


class Searcher:
    """Searches the notes of a home.

    Opened by `kg.search.opening.open_searcher`. One question at a time: it is not for threads.

    Args:
        graph: what filters, paths and sentences are read from; it may be set anew, as when the store was opened again.
        model: of text vectors; None where there is none, and then meaning is not asked for.
        feedback: what users said of earlier hits, oldest first.

    Attributes:
        without_text: how many notes have no text in the home's cache.
    """

    without_text = 0

    def __init__(
        self,
        collection: Collection,
        graph: KnowledgeGraph,
        settings: SearchSettings,
        model: TextVectors | None = None,
        feedback: Sequence[Feedback] = (),
    ) -> None:
        self.graph, self.settings, self.model, self.feedback = graph, settings, model, feedback
        self._take(collection, Ranker(collection, graph.ontology))

    def renew(self, collection: Collection) -> None:
        """Search another state of the notes from now on."""
        self._take(collection, Ranker(collection, self.graph.ontology, self._ranker))

    def _take(self, collection: Collection, ranker: Ranker) -> None:
        self.collection, self._ranker = collection, ranker
        self._hidden = hidden_notes(collection)
        self._untold_nodes = untold_nodes(collection, self._hidden)
        self._prior = index_damping(collection)
        self._share_encoded = float(collection.is_encoded.mean()) if len(collection.is_encoded) else 1.0
        self._untold_iris = frozenset(collection.entities[int(node)].iri for node in np.nonzero(self._untold_nodes)[0])
        self._suggestions = Suggestions(collection, self._untold_nodes)

    @property
    def _has_vectors(self) -> bool:
        """Tell whether meaning may be asked for: those few that had a vector would come before all others."""
        return self.model is not None and self._share_encoded >= _LEAST_ENCODED

    @property
    def not_encoded(self) -> int:
        """Return how many passages have no vector yet."""
        return int((~self.collection.is_encoded).sum()) if self.model is not None else 0

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        filters: Filters = EVERYTHING,
        weights: Mapping[str, float] | None = None,
        diversity: float | None = None,
        hops: int | None = None,
        passages: bool = False,
        explain: bool = True,
    ) -> SearchAnswer:
        """Return the notes that fit a query best, each with its best passage.

        The same notes, decisions, feedback and settings give the same answer. Drafts, private notes and templates are
        found only where `filters.hidden` asks for them.

        Args:
            query: words in any language; what stands in double quotes is found as it stands.
            k: how many hits at most, at least 0.
            weights: some of "text", "vectors" and "graph"; the others as the settings say.
            diversity: from 0, all unlike each other, to 1, by relevance alone; None as the settings say.
            hops: statements that the graph and `filters.near` reach over; None as the settings say.
            passages: every passage may be a hit, and a note may come several times.
            explain: whether hits have `why` and `spans`; without them a search is faster.

        Raises:
            InputError: the query is empty or too long, a knob is out of range, or a filter is no such thing.
            NotFoundError: a filter names nothing. QuerySyntaxError: the pattern of `filters.where` is none.
        """
        text = _checked(query, k)
        knobs = self._knobs(weights, diversity, hops)
        # A pattern may search by itself, which may renew this searcher: nothing is read of the collection before.
        bound = notes_bound(self.graph, filters.where) if filters.where is not None else frozenset()
        collection = self.collection
        fitting = fitting_notes(collection, self.graph, filters, knobs.hops, bound)
        may = fitting if filters.hidden or not self._hidden.any() else _both(fitting, ~self._hidden)
        untold, untold_nodes = self._untold(filters)
        unnamed = frozenset() if filters.hidden else self._untold_iris
        recognised = tuple(self._ranker.recognise(text, unnamed)) if knobs.graph > 0 or explain else ()
        vector = self._vector(text) if knobs.vectors > 0 else None
        allowed = None if may is None else may[collection.note_of]
        factors = self._said(text)
        unheard = untold[collection.note_of] if untold.any() else None
        found = self._ranker.rank(text, vector, recognised, knobs, allowed, unheard)
        ranked = _judged(found, collection, self._prior * factors)
        notes = collection.note_of[ranked.passages]
        rows = np.arange(len(notes), dtype=np.int32) if passages else _first_of_each(notes)
        chosen = self._chosen(ranked, rows, k, knobs.diversity)
        words = QueryWords(text)
        told = Explaining(collection, self.graph, words, recognised, vector, factors, untold, untold_nodes)
        shown = chosen if passages else [telling_row(collection, ranked, row, words) for row in chosen]
        hits = tuple(
            self._hit(number, round(float(ranked.scores[row]), 6), ranked, best, told if explain else None)
            for number, (row, best) in enumerate(zip(chosen, shown, strict=True), 1)
        )
        missing = missing_parts(collection, text, words, recognised) if explain else ()
        return SearchAnswer(
            query,
            hits,
            knobs,
            recognised,
            self.not_encoded,
            0 if filters.hidden else self._held_back(text, fitting, max(k, 1)),
            self._suggestions.of(text, words) if missing else (),
            missing,
            None if fitting is None or may is None else int(may.sum()),
            self.without_text,
        )

    def similar(self, iri: NamedNode, k: int = 10) -> list[tuple[NamedNode, float]]:
        """Return what reads most like a note or an entity, with cosines above 0, the best first.

        For a note that is notes; for anything else, entities by the passages that name or describe them. What was asked
        about is left out, and so are drafts, private notes, templates and what only these name.

        Raises:
            NotFoundError: nothing is said of it.
        """
        return similar(self.collection, self._hidden, iri, k)

    # --- what a search is made of

    def _knobs(self, weights: Mapping[str, float] | None, diversity: float | None, hops: int | None) -> Knobs:
        settings, given = self.settings, dict(weights or {})
        unknown = next((name for name in given if name not in SOURCES), None)
        if unknown is not None:
            raise InputError(f"No source is called {unknown!r}. Known: {', '.join(SOURCES)}.")
        for name, value in given.items():
            if not 0 <= value < math.inf:
                raise InputError(f"weight_{name} must be a number of at least 0, not {value!r}.")
        balance = settings.diversity if diversity is None else diversity
        if not 0 <= balance <= 1:
            raise InputError(f"diversity must be a number from 0 to 1, not {balance!r}.")
        reach = settings.hops if hops is None else hops
        if reach < 1:
            raise InputError(f"hops must be a whole number of at least 1, not {reach!r}.")
        return Knobs(
            given.get("text", settings.weight_text),
            given.get("vectors", settings.weight_vectors) if self._has_vectors else 0.0,
            given.get("graph", settings.weight_graph),
            balance,
            reach,
        )

    def _vector(self, text: str) -> Floats | None:
        if self.model is None or not self.collection.is_encoded.any():
            return None
        vector: Floats = self.model.encode([text[:_MOST_ENCODED]])[0]
        return vector

    def _said(self, text: str) -> Floats:
        """Return by what the scores of notes are multiplied for what users said of them: (N,)."""
        found = np.ones(len(self.collection.notes), dtype=np.float32)
        for iri, factor in feedback_factors(self.feedback, text).items():
            place = self.collection.note(iri)
            if place is not None:
                found[place] = factor
        return found

    def _chosen(self, ranked: Ranked, rows: Ids, k: int, balance: float) -> list[int]:
        if balance >= 1:
            return [int(row) for row in rows[:k]]
        count = min(k, _MOST_DIVERSE)
        pool = rows[: max(_POOL * count, _LEAST_POOL)]
        chosen = choose(self.collection, ranked, pool, count, balance)
        if k > count:
            taken = set(chosen)
            chosen += [int(row) for row in rows if int(row) not in taken][: k - count]
        return chosen

    def _untold(self, filters: Filters) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which notes, (N,), and which nodes, (E,), nobody is told of."""
        if filters.hidden:
            return np.zeros_like(self._hidden), np.zeros_like(self._untold_nodes)
        return self._hidden, self._untold_nodes

    def _held_back(self, text: str, fitting: NDArray[np.bool_] | None, k: int) -> int:
        """Return how many drafts, private notes and templates are among the `k` notes whose words fit best."""
        hidden = self._hidden if fitting is None else self._hidden & fitting
        if not hidden.any():
            return 0
        ids, _ = self.collection.word_scores(text, max(_POOL * k, _LEAST_POOL))
        notes = self.collection.note_of[ids]
        first = list(dict.fromkeys(int(note) for note in notes if fitting is None or fitting[note]))[:k]
        return int(hidden[first].sum())

    def _hit(self, number: int, score: float, ranked: Ranked, row: int, told: Explaining | None) -> Hit:
        collection, passage = self.collection, int(ranked.passages[row])
        note = collection.notes[int(collection.note_of[passage])]
        return Hit(
            number,
            score,
            note.doc_id,
            NamedNode(note.iri),
            note.title,
            collection.text(passage),
            int(collection.start[passage]),
            int(collection.end[passage]),
            collection.headings[passage],
            () if told is None else tuple(told.why(ranked, row)),
            () if told is None else told.spans(passage),
        )


def _checked(query: str, k: int) -> str:
    text = query.encode("utf-8", "replace").decode().strip()  # bytes of a command line that are no UTF-8
    if not text:
        raise InputError("query is empty: say what to search for.")
    if len(text) > LONGEST_QUERY:
        raise InputError(f"query has {len(text):,} characters; a search takes {LONGEST_QUERY:,} at most.")
    if not 0 <= k <= MOST_HITS:
        raise InputError(f"k must be a whole number from 0 to {MOST_HITS:,}, not {k}.")
    return text


def _both(one: NDArray[np.bool_] | None, other: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return other if one is None else one & other


def _judged(ranked: Ranked, collection: Collection, factors: Floats) -> Ranked:
    """Return a ranking whose scores are multiplied by what is known of each note, in its new order; (N,) factors."""
    scores = ranked.scores * factors[collection.note_of[ranked.passages]]
    order = np.argsort(-scores, kind="stable")
    parts = {name: part[order] for name, part in ranked.parts.items()}
    return replace(ranked, passages=ranked.passages[order], scores=scores[order], parts=parts)


def _first_of_each(notes: Ids) -> Ids:
    """Return the first row of each note, ascending."""
    _, first = np.unique(notes, return_index=True)
    return np.sort(first).astype(np.int32)
