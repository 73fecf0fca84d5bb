"""What waits for a decision, as whoever decides sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from kg.rdf import Literal, NamedNode, Term

__all__ = ["BY_CONFIDENCE", "KINDS", "Item", "ItemKind", "Queue", "Sentence"]

ItemKind = OneOf["conflict", "resolution", "confidence", "quarantine", "prediction"]
KINDS: tuple[ItemKind, ...] = ("conflict", "resolution", "confidence", "quarantine", "prediction")
"""Decided twice, perhaps one thing, found with little confidence, refused by the gate, guessed."""
BY_CONFIDENCE = "confidence "
"""How the gate's reason begins where a claim lacks nothing but confidence: accepting it lets it in."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that an item rests on: `note.text[start:end] == quote`, and `path` is the note's."""

    id: str
    note: str
    path: str
    quote: str
    start: int
    end: int
    confidence: float
    extractor: str
    kind: str
    cue: str

    def to_json(self) -> dict[str, Any]:
        """Return the sentence as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to decide.

    Args:
        id: what a decision names: the IRI of the evidence, of the refusal or of the prediction; of a conflict that
            of the decision that holds until somebody decides.
        subject: None where the item is about no one triple, as a conflict about a word.
        names: what subject, predicate and object are called.
        confidence: in [0, 1]; of a pair how sure it is that both are one. None for a conflict.
        evidence: of a pair one sentence for each end that has any, the left one's first.
        impact: what deciding it would change, as `kg.review` says; at least 0.
        alike: how many others the same pattern has found, or, of a pair, how many statements one of both is in.
        decisions: of a conflict: the IRIs of the two decisions, the earlier first.
    """

    id: str
    kind: ItemKind
    subject: NamedNode | None
    predicate: NamedNode | None
    object: Term | None
    names: tuple[str, str, str]
    confidence: float | None
    evidence: tuple[Sentence, ...]
    reason: str
    impact: float
    alike: int = 0
    decisions: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the paths of the notes that its sentences are in."""
        return tuple(sorted({sentence.path for sentence in self.evidence}))

    @property
    def is_acceptable(self) -> bool:
        """Tell whether accepting it has an effect: what the ontology refuses stays refused, whoever says it."""
        return self.kind != "quarantine" or self.reason.startswith(BY_CONFIDENCE)

    @property
    def is_stated(self) -> bool:
        """Tell whether its note states it in so many words: no pattern found it, and no word was linked for it."""
        return any(sentence.id == self.id and sentence.kind == "stated" for sentence in self.evidence)

    def to_json(self) -> dict[str, Any]:
        """Return the item as `kg review --json` and `/api/review` show it."""
        subject_name, predicate_name, object_name = self.names
        return {
            "id": self.id,
            "kind": self.kind,
            "subject": _text(self.subject),
            "predicate": _text(self.predicate),
            "object": _text(self.object),
            "confidence": self.confidence,
            "evidence": [sentence.to_json() for sentence in self.evidence],
            "reason": self.reason,
            "subject_name": subject_name,
            "predicate_name": predicate_name,
            "object_name": object_name,
            "notes": list(self.notes),
            "impact": self.impact,
            "alike": self.alike,
            "decisions": list(self.decisions),
        }


@dataclass(frozen=True, slots=True)
class Queue:
    """A part of the queue, the most important first; `total` is how many wait, `counts` how many of each kind."""

    items: tuple[Item, ...]
    total: int
    counts: Mapping[ItemKind, int]

    def to_json(self) -> dict[str, Any]:
        """Return the part as a JSON object."""
        return {
            "items": [item.to_json() for item in self.items],
            "total": self.total,
            "counts": dict(self.counts),
        }


def _text(term: Term | None) -> str | None:
    return term.value if isinstance(term, NamedNode | Literal) else None if term is None else str(term)
