"""Passages by their words: BM25 over the words of text, headings and titles, in memory.

Words in a title or a heading count as several in the text (BM25F with one length). The postings of what was loaded
first stay as they are; those of passages that changed since are kept beside them, and a score is the same as if all
had been loaded at once.

Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.search.words import fold, is_chinese, is_function_word, name_key, terms

__all__ = ["FieldWeights", "PassageTerms", "Segment", "WordIndex", "WordParts", "flat", "quoted"]

Ids = NDArray[np.int32]
Floats = NDArray[np.float32]

_SATURATION, _LENGTH = 1.2, 0.75
"""`k1` and `b`, as Lucene and others have them."""
_MARKS = "\"'“”‘’「」『』《》"
_MOST_PHRASES = 10
"""Of a query; for each, the passages with all of its words are read."""
_QUOTED = tuple(zip("\"“「『《", "\"”」』》", strict=True))


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """What a word in a note's title or aliases counts, and one in a heading, beside one in the text."""

    title: float = 2.0
    heading: float = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class PassageTerms:
    """The terms of some passages by number: of passage `p`, those from `starts[p]` to `starts[p + 1]`, with weights."""

    starts: NDArray[np.int64]
    terms: Ids
    weights: Floats


@dataclass(frozen=True, slots=True, eq=False)
class WordParts:
    """What each word of a query says of passages.

    Attributes:
        words: terms in the order of the query, each once.
        idf: (W,) float32, `log(1 + (N - n + .5) / (n + .5))`; larger for words of few passages.
        passages: of each word, its passages, ascending, int32.
        scores: of each word and passage, its part of BM25, the idf included, float32 above 0.
        bonus: passages, ascending, and what exact titles, aliases and phrases add to their sum.
    """

    words: tuple[str, ...]
    idf: Floats
    passages: tuple[Ids, ...]
    scores: tuple[Floats, ...]
    bonus: tuple[Ids, Floats]


class Segment:
    """Postings of some passages; `place` is where each is now in the collection, -1 for one that is gone."""

    def __init__(self, passages: PassageTerms, place: Ids, count_terms: int) -> None:
        from scipy import sparse

        rows = len(passages.starts) - 1
        shape = (rows, count_terms)
        by_passage = sparse.csr_matrix((passages.weights, passages.terms, passages.starts), shape=shape, copy=True)
        by_passage.sum_duplicates()
        by_term = by_passage.tocsc()
        self.starts: NDArray[np.int64] = by_term.indptr.astype(np.int64)
        self.rows: Ids = by_term.indices.astype(np.int32)
        self.counts: Floats = by_term.data.astype(np.float32)
        self.lengths: Floats = np.diff(passages.starts).astype(np.float32)
        self.place = place

    def moved(self, place: Ids) -> Segment:
        """Return the same postings of passages that have moved."""
        other = object.__new__(Segment)
        other.starts, other.rows, other.counts, other.lengths = self.starts, self.rows, self.counts, self.lengths
        other.place = place
        return other

    def postings(self, term: int) -> tuple[Ids, Floats, Floats]:
        """Return the passages that have a term now, how much of it, and how long they are."""
        if term + 1 >= len(self.starts):
            return self.rows[:0], self.counts[:0], self.counts[:0]
        run = slice(int(self.starts[term]), int(self.starts[term + 1]))
        rows = self.rows[run]
        places = self.place[rows]
        is_there = places >= 0
        return places[is_there], self.counts[run][is_there], self.lengths[rows[is_there]]


class WordIndex:
    """Finds passages by words.

    Args:
        numbers: of terms.
        named: from the `name_key` of a title or an alias to the passages of the notes that are called so, each note's
            as a range.
        texts: of all passages, for phrases.
    """

    def __init__(
        self,
        segments: Sequence[Segment],
        numbers: Mapping[str, int],
        named: Callable[[str], Iterable[range]],
        texts: Sequence[str],
    ) -> None:
        self._segments = tuple(segments)
        self._numbers, self._named, self._texts = numbers, named, texts
        lengths = [segment.lengths[segment.place >= 0] for segment in self._segments]
        self._count = sum(map(len, lengths))
        total = sum(float(part.sum(dtype=np.float64)) for part in lengths)
        self._average = max(total / self._count, 1.0) if self._count else 1.0

    def parts(self, query: str) -> WordParts:
        """Return what each word of a query says; words that say nothing are left out, unless it has none but those."""
        asked = list(dict.fromkeys(terms(query)))
        held = {term: self._postings(self._numbers[term]) for term in asked if term in self._numbers}
        found = [term for term, (places, _, _) in held.items() if len(places)]
        telling = [term for term in asked if not is_function_word(term)]
        wanted = [term for term in found if term in telling] if telling else found
        pairs = {term for term in wanted if len(term) == 2 and is_chinese(term)}
        covered = {character for pair in pairs for character in pair}  # of a pair, the pair says more
        wanted = [term for term in wanted if term in pairs or term not in covered]
        idf, passages, scores = [], [], []
        for term in wanted:
            places, counts, lengths = held[term]
            weight = np.log1p((self._count - len(places) + 0.5) / (len(places) + 0.5))
            norm = _SATURATION * (1 - _LENGTH + _LENGTH * lengths / self._average)
            idf.append(weight)
            passages.append(places)
            scores.append((weight * counts * (_SATURATION + 1) / (counts + norm)).astype(np.float32))
        sums = self._sums(passages, scores)
        return WordParts(
            tuple(wanted), np.array(idf, dtype=np.float32), tuple(passages), tuple(scores), self._bonus(query, sums)
        )

    def scores(self, query: str, most: int = 1000) -> tuple[Ids, Floats]:
        """Return the best passages and their scores, descending, ties by passage."""
        parts = self.parts(query)
        sums = self._sums(parts.passages, parts.scores)
        places, extra = parts.bonus
        sums[places] += extra
        (found,) = np.nonzero(sums)
        if len(found) > most:
            limit = np.partition(sums[found], len(found) - most)[len(found) - most]
            found = found[sums[found] >= limit]
        order = found[np.argsort(-sums[found], kind="stable")][:most]
        return order.astype(np.int32), sums[order]

    def _postings(self, term: int) -> tuple[Ids, Floats, Floats]:
        found = [segment.postings(term) for segment in self._segments]
        places, counts, lengths = (np.concatenate([each[part] for each in found]) for part in range(3))
        if len(places) and (np.diff(places) < 0).any():
            order = np.argsort(places)
            places, counts, lengths = places[order], counts[order], lengths[order]
        return places, counts, lengths

    def _sums(self, passages: Sequence[Ids], scores: Sequence[Floats]) -> Floats:
        sums = np.zeros(len(self._texts), dtype=np.float32)
        for places, values in zip(passages, scores, strict=True):
            sums[places] += values
        return sums

    # --- exact names and phrases

    def _bonus(self, query: str, sums: Floats) -> tuple[Ids, Floats]:
        """Return what is added: the highest score once for a phrase, twice for the note of that name."""
        top = max(float(sums.max(initial=0.0)), 1.0)
        found: dict[int, float] = {}
        for phrase in map(flat, quoted(query)):
            for place in self._with_all(terms(phrase)):
                if phrase in flat(self._texts[place]):
                    found[place] = found.get(place, 0.0) + top
        for passages in self._named(name_key(query.strip(_MARKS + " "))):
            for place in passages:
                found[place] = found.get(place, 0.0) + top * (2.0 if place == passages.start else 1.0)
        places = sorted(found)
        return np.array(places, dtype=np.int32), np.array([found[place] for place in places], dtype=np.float32)

    def _with_all(self, wanted: Iterable[str]) -> list[int]:
        """Return the passages that have all of some terms."""
        left: Ids | None = None
        for term in dict.fromkeys(wanted):
            number = self._numbers.get(term)
            places = np.zeros(0, dtype=np.int32) if number is None else self._postings(number)[0]
            left = places if left is None else np.intersect1d(left, places, assume_unique=True)
        return [] if left is None else left.tolist()


def quoted(query: str) -> list[str]:
    """Return what stands in quotation marks, each once, in order of the marks."""
    found: dict[str, str] = {}
    for opening, closing in _QUOTED:
        begin = query.find(opening)
        while begin >= 0 and (end := query.find(closing, begin + 1)) >= 0:
            phrase = query[begin + 1 : end]
            if flat(phrase):
                found.setdefault(flat(phrase), phrase.strip())
            begin = query.find(opening, end + 1)
    return list(found.values())[:_MOST_PHRASES]


def flat(text: str) -> str:
    """Return a text as phrases are compared: folded, with single spaces."""
    return " ".join(fold(text).split())
