"""What a path is: steps over statements, each in either direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kg.explain.sources import Source as Sentence
from kg.rdf import NamedNode

__all__ = ["Path", "Sentence", "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a path, as the graph says it.

    Attributes:
        is_forward: the path goes from the subject to the object; else the other way.
        evidence: the sentence that the statement was read from, the surest of several; None for one without any.
    """

    subject: NamedNode
    predicate: NamedNode
    object: NamedNode
    is_forward: bool
    evidence: Sentence | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the step as a JSON object."""
        return {
            "subject": self.subject.value,
            "predicate": self.predicate.value,
            "object": self.object.value,
            "is_forward": self.is_forward,
            "evidence": None if self.evidence is None else self.evidence.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Path:
    """Statements that lead from one thing to another.

    A note and what it describes are one thing to a path, so a step may end at the one and the next begin at the other.

    Attributes:
        steps: in the order they are walked; at least one.
        weight: how much the path says, at most 0: the sum of log(1 / degree) over the things between its ends, where
            the degree is how many other things one is in a statement with, and of log(1/2) for each step over a
            property of notes as such, as `kg:linksTo` and `kg:mentions` are.
    """

    steps: tuple[Step, ...]
    weight: float
