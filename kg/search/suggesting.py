"""What may have been meant by words that no note has: the nearest names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from kg.search.collection import Collection
from kg.search.highlighting import QueryWords
from kg.search.missing import has_word

__all__ = ["Suggestions"]

_LEAST = 70.0
"""From 0 to 100: how alike a word and a name must be written."""
_MOST = 3
_SHORTEST = 3
_LONGEST = 40


class Suggestions:
    """The names of a collection, read when they are first needed.

    Titles, aliases and labels count whole, and so does each of their words.

    Args:
        untold: (E,) nodes whose names are not suggested.
    """

    def __init__(self, collection: Collection, untold: NDArray[np.bool_]) -> None:
        self._collection, self._untold = collection, untold
        self._names: dict[str, str] | None = None

    def of(self, query: str, words: QueryWords) -> tuple[str, ...]:
        """Return queries in which words that no note has are replaced by names that are written alike, best first."""
        unknown = [word for word in words.words if len(word) >= _SHORTEST and not has_word(self._collection, word)]
        whole = [query] if len(unknown) == len(words.words) and len(query) <= _LONGEST else []
        found: dict[str, None] = {}
        for text in (*whole, *unknown):
            for name in self._nearest(text):
                found.setdefault(query.replace(text, name))
        return tuple(each for each in found if each != query)[:_MOST]

    def _nearest(self, text: str) -> Sequence[str]:
        from rapidfuzz import fuzz, process  # 50 ms, and most searches find something

        names = self._read()
        rows = process.extract(text.casefold(), names.keys(), scorer=fuzz.ratio, score_cutoff=_LEAST, limit=_MOST * 3)
        ordered = sorted(((-score, name) for name, score, _ in rows if name != text.casefold()))
        return [names[name] for _, name in ordered[:_MOST]]

    def _read(self) -> dict[str, str]:
        if self._names is None:
            self._names = {}
            for name in sorted(self._all_names()):
                for part in (name, *re.findall(r"\w+", name)):
                    if _SHORTEST <= len(part) <= _LONGEST:
                        self._names.setdefault(part.casefold(), part)
        return self._names

    def _all_names(self) -> Iterable[str]:
        entities = self._collection.entities
        return {name for place in np.nonzero(~self._untold)[0] for name in entities[int(place)].names}
