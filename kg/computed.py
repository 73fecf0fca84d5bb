"""What searches find for the queries of a graph; who searches stands rows above, and is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kg.rdf import NamedNode

__all__ = ["Computed", "Found", "Guess"]


@dataclass(frozen=True, slots=True)
class Found:
    """A note or entity that was found.

    Args:
        score: larger is better; it orders the rows of one search.
        rank: from 1.
        passage: the text that fits, `[start, end)` of the note's text in code points; empty where none was looked at.
    """

    node: NamedNode
    score: float
    rank: int
    passage: str = ""
    start: int = 0
    end: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Guess:
    """A statement that a trained model finds likely; `score` is a probability."""

    subject: NamedNode
    predicate: NamedNode
    object: NamedNode
    score: float
    rank: int


class Computed(Protocol):
    """Answers what queries compute. One request at a time; equal questions have equal answers within a request."""

    def search(self, text: str, k: int, passages: bool, diversity: float | None) -> Sequence[Found]:
        """Return the notes that fit a text best, best first: each once, or with `passages` once for each passage.

        Raises:
            KgError: the home cannot be searched.
        """
        ...

    def similar(self, to: NamedNode | str, k: int) -> Sequence[Found]:
        """Return the notes most like a note, or the entities most like an entity, best first.

        Raises:
            NotFoundError: nothing is called so. AmbiguousNameError: several things are.
        """
        ...

    def predicted(
        self,
        subject: NamedNode | str | None,
        predicate: NamedNode | str | None,
        object: NamedNode | str | None,
        k: int,
        least: float,
    ) -> Sequence[Guess]:
        """Return the likeliest statements that the graph does not hold, best first; what is None may be anything.

        Raises:
            NotFoundError: the home has no trained model, or nothing is called so.
        """
        ...

    def called(self, predicate: NamedNode) -> str:
        """Return the name that Cypher has for a property."""
        ...
