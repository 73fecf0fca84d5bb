"""What a question is answered with, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kg.rdf import NamedNode

__all__ = ["Answer", "Reply", "Sentence", "Telling"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a note; `start` and `end` are its characters in the note's text, `path` is the note's."""

    note: NamedNode
    path: str
    quote: str
    start: int
    end: int

    def to_json(self) -> dict[str, Any]:
        """Return the sentence as `kg ask --json` writes it."""
        return {
            "note": self.note.value,
            "path": self.path,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a name, a date, a number, `yes` or `no`; `iri` None for what is no thing."""

    value: str
    iri: NamedNode | None
    evidence: tuple[Sentence, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the answer as `kg ask --json` writes it."""
        iri = None if self.iri is None else self.iri.value
        return {"value": self.value, "iri": iri, "evidence": [each.to_json() for each in self.evidence]}


@dataclass(frozen=True, slots=True)
class Telling:
    """A passage that may tell what no statement does."""

    doc_id: str
    title: str
    sentence: Sentence
    score: float

    def to_json(self) -> dict[str, Any]:
        """Return the passage as `kg ask --json` writes it."""
        return {"doc_id": self.doc_id, "title": self.title, **self.sentence.to_json(), "score": self.score}


@dataclass(frozen=True, slots=True)
class Reply:
    """What `kg ask` says to a question.

    Attributes:
        answers: in order of their names; none where it abstains.
        query: the SPARQL query whose rows the answers are; None where the question was not understood, or where rows of
            it are held back.
        reading: how the question was understood, in words; empty where it was not.
        reasons: why there is no answer, or what the answer leaves open.
        passages: the sentences that come nearest, where there is no answer.
        worded: the answer as a plug-in words it, empty without any.
        held_back: answers that only drafts, private notes or templates say, and that were not asked for.
    """

    question: str
    answers: tuple[Answer, ...] = ()
    query: str | None = None
    reading: str = ""
    reasons: tuple[str, ...] = ()
    passages: tuple[Telling, ...] = ()
    worded: str = ""
    held_back: int = 0

    @property
    def abstained(self) -> bool:
        """Tell whether there is no answer."""
        return not self.answers

    def to_json(self) -> dict[str, Any]:
        """Return the reply as `kg ask --json` and `POST /api/ask` write it."""
        document: dict[str, Any] = {
            "question": self.question,
            "answers": [each.to_json() for each in self.answers],
            "query": self.query,
            "abstained": self.abstained,
            "passages": [each.to_json() for each in self.passages],
            "reading": self.reading,
            "reasons": list(self.reasons),
            "held_back": self.held_back,
        }
        if self.worded:
            document["worded"] = self.worded
        return document
