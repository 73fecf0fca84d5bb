"""What a sweep found and did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Problem", "SweepReport"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What the sweep left as it is: a kind, where (an element id), what it is and what would be right."""

    kind: Literal["iri", "relationships", "value"]
    where: str
    message: str


@dataclass(slots=True)
class SweepReport:
    """What a sweep did, in numbers; what it could not do; and what no ontology knows.

    `adopted` counts nodes, `notes` entries of `_rdf`, `merged` relationships that went into another, `removed` nodes of
    ours that said nothing, `batches` records of writes that are long over.
    """

    adopted: int = 0
    notes: int = 0
    merged: int = 0
    removed: int = 0
    batches: int = 0
    problems: list[Problem] = field(default_factory=list)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    """Labels, relationship types and properties in use that mean terms of the home itself, by kind, sorted."""

    @property
    def changed(self) -> int:
        """Return how many changes were made."""
        return self.adopted + self.notes + self.merged + self.removed + self.batches
