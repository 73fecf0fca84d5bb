"""What the console must know of a query language: the only part that differs between its consoles."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kg.cli.console.vocabulary import Vocabulary
from kg.explain import Reason
from kg.graph import KnowledgeGraph
from kg.records import Records
from kg.results import ResultSet

__all__ = ["Language", "Suggestion", "first_of_each"]

_MOST = 60
"""Suggestions that are offered at once."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: `text` takes the place of the last `replaced` characters before the cursor."""

    text: str
    replaced: int
    shown: str = ""
    meta: str = ""


Suggest = Callable[[str, str, Vocabulary], Iterable[Suggestion]]
"""Completions for the text before and after the cursor, best first."""


def first_of_each(suggest: Suggest) -> Suggest:
    """Return a function that yields what another one does, each text once and not more than a menu can hold."""

    @functools.wraps(suggest)
    def suggest_some(before: str, after: str, words: Vocabulary) -> Iterator[Suggestion]:
        seen: set[str] = set()
        for suggestion in suggest(before, after, words):
            if suggestion.text not in seen:
                seen.add(suggestion.text)
                yield suggestion
            if len(seen) == _MOST:
                return

    return suggest_some


@dataclass(frozen=True, slots=True)
class Language:
    """A query language; what takes a graph is a function of a module, because it runs in another process.

    Attributes:
        marks: what a line begins with that is a command; the first is the one that is shown.
        file_name: what a file of it is called; Pygments knows by this how to colour it.
        is_complete: whether Enter should run a text, and not begin its next line.
        suggest: completions for the text before and after the cursor, best first.
        ask: the answer for a graph, a text and limits, or a KgError; in a language with parameters also for
            `parameters` and `is_writing`.
        explain: how a query is read, as lines; with the parameters where there are any.
        reasons: the statements behind the cells of a row.
        thing: the IRI of the thing that a cell is, None where it is none.
        formats: those of answers.
        is_writing: whether a text changes the graph; None for a language that only asks.
    """

    name: str
    file_name: str
    is_complete: Callable[[str], bool]
    suggest: Suggest
    ask: Callable[..., ResultSet | Records]
    explain: Callable[..., str]
    reasons: Callable[[KnowledgeGraph, tuple[Any, ...]], tuple[Reason, ...]]
    thing: Callable[[Any], str | None]
    formats: tuple[str, ...]
    marks: str = "."
    is_writing: Callable[[str], bool] | None = None

    @property
    def has_parameters(self) -> bool:
        """Tell whether statements have parameters, and may write."""
        return self.is_writing is not None
