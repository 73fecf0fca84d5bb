"""Where the words of a query stand in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from kg.search.words import fold, is_chinese, is_function_word, terms

__all__ = ["QueryWords", "name_places"]

_HAN = "\u3400-\u9fff\uf900-\ufaff"
_SPACE = r"\s+"
_RUN = re.compile(rf"[{_HAN}]+|(?<!\w)[A-Za-z](?:\+\+|#)(?!\w)|[^\W_{_HAN}]+")


class QueryWords:
    """The words of a query that a reader would look for: no function words, unless there are none but those.

    English words fit in other forms of them; of Chinese, each two characters in a row that are no function words.

    Attributes:
        words: as the query writes them, in its order, each once.
        terms: what they are compared by.
    """

    def __init__(self, query: str) -> None:
        runs = _RUN.findall(query)
        own = [run for run in runs if not is_function_word(fold(run))] or runs
        words: dict[str, None] = {}
        found: set[str] = set()
        for run in own:
            for part in _content(run) if is_chinese(run) else (run,):
                words[part] = None
                found.update(_compared(part))
        self.words, self.terms = tuple(words), frozenset(found)

    def places(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where words of the query stand in a text, in order."""
        for match in _RUN.finditer(text):
            run = match[0]
            if is_chinese(run):
                yield from ((match.start() + start, match.start() + end) for start, end in self._in_run(run))
            elif not self.terms.isdisjoint(_compared(run)):
                yield match.span()

    def found_in(self, text: str) -> tuple[str, ...]:
        """Return which words a text has, as the query writes them and in its order; of Chinese those it has whole."""
        had = {term for run in _RUN.findall(text) if not is_chinese(run) for term in _compared(run)}
        return tuple(
            word for word in self.words if (word in text if is_chinese(word) else not had.isdisjoint(_compared(word)))
        )

    def count(self, text: str) -> int:
        """Return how many terms of the query a text has."""
        return sum(term in self.terms for term in set(terms(text)))

    def _in_run(self, run: str) -> Iterator[tuple[int, int]]:
        """Yield where terms of the query stand in a run of Chinese characters; those that overlap are one place."""
        start = end = -1
        for place in range(len(run)):
            size = next((size for size in (2, 1) if run[place : place + size] in self.terms), 0)
            last = min(place + size, len(run))
            if not size:
                continue
            if place > end:
                if end > start:
                    yield start, end
                start = place
            end = max(end, last)
        if end > start:
            yield start, end


def name_places(names: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """Yield where one of some names stands in a text as words of its own, whatever its case."""
    for name in names:
        parts = name.split()
        if not parts:
            continue
        before = r"(?<!\w)" if _is_of_word(name.strip()[0]) else ""
        after = r"(?!\w)" if _is_of_word(name.strip()[-1]) else ""
        for match in re.finditer(before + _SPACE.join(map(re.escape, parts)) + after, text, re.IGNORECASE):
            yield match.span()


def _is_of_word(character: str) -> bool:
    return character.isalnum() and not is_chinese(character)


def _content(run: str) -> Iterator[str]:
    """Yield the parts of a run of Chinese characters between function words; the run itself where nothing else is."""
    part, found = "", []
    for character in run:
        if is_function_word(character):
            found.append(part)
            part = ""
        else:
            part += character
    yield from [each for each in (*found, part) if each] or [run]


def _compared(word: str) -> Iterable[str]:
    if is_chinese(word):
        return (word,) if len(word) == 1 else map("".join, pairwise(word))
    return terms(word)
