"""What the console must know of a query language: the only part that differs between its consoles."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kg.cli.console.vocabulary import Vocabulary
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.results import ResultSet

__all__ = ["Language", "Suggestion"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: `text` takes the place of the last `replaced` characters before the cursor."""

    text: str
    replaced: int
    shown: str = ""
    meta: str = ""


@dataclass(frozen=True, slots=True)
class Language:
    """A query language; `ask` and `explain` are functions of a module, because they run in another process.

    Attributes:
        file_name: what a file of it is called; Pygments knows by this how to colour it.
        is_complete: whether Enter should run a text, and not begin its next line.
        suggest: completions for the text before and after the cursor, best first.
        ask: the answer, or a KgError.
        explain: how a query is read, as lines.
    """

    name: str
    file_name: str
    is_complete: Callable[[str], bool]
    suggest: Callable[[str, str, Vocabulary], Iterable[Suggestion]]
    ask: Callable[[KnowledgeGraph, str, Limits], ResultSet]
    explain: Callable[[KnowledgeGraph, str], str]
