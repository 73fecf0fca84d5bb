"""Passages of notes for stores whose own tools can find them: beside the graph, and no part of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["PassageSource", "StoredPassage"]


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage of a note: `start` and `end` are in the note's text, `headings` outermost first.

    `embedding` are as many numbers as its source says, or nothing where there are none yet.
    """

    iri: str
    note: str
    title: str
    headings: tuple[str, ...]
    text: str
    start: int
    end: int
    embedding: Sequence[float] | None = None


class PassageSource(Protocol):
    """All passages of a home in one state: `version` counts up within one `identity`."""

    identity: str
    version: int
    dimensions: int
    """How many numbers an embedding has, 0 where there are none."""

    def changed(self, since: int | None) -> Iterator[tuple[str, list[StoredPassage]]]:
        """Yield the notes that are another than at a version, with all their passages; all notes without one."""
        ...

    def gone(self, since: int) -> list[str]:
        """Return the notes that have gone since a version."""
        ...

    def can_tell(self, since: int) -> bool:
        """Tell whether it is known what has changed since a version."""
        ...
