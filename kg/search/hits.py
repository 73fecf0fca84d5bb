"""What a search gives: hits with the passage, what of it fits, and why; and the knobs that it was done with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from kg.rdf import NamedNode
from kg.recommendation.model import Reason

__all__ = ["Hit", "Knobs", "Recognised", "SearchAnswer", "Span", "merged_spans"]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a note's text that fits the query: half-open, in code points of the note's text.

    `iri` is the entity that it names; None for a word of the query.
    """

    start: int
    end: int
    iri: NamedNode | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the span as a JSON object."""
        named = {} if self.iri is None else {"iri": self.iri.value}
        return {"start": self.start, "end": self.end, **named}


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Args:
        rank: from 1.
        score: larger is better; it orders the hits of one answer and means nothing beside another's.
        doc_id: the id of the note's JSON line, else its path in the vault.
        text: the passage as it stands in the note, which is `note text[start:end]`; empty for a note that has a title
            only.
        headings: those that the passage stands under, the outermost first.
        why: in the order of how much each did: the sources are "words", "vectors", "graph" and "feedback".
        spans: what of the passage fits the query, in order, none over another.
    """

    rank: int
    score: float
    doc_id: str
    note: NamedNode
    title: str
    text: str
    start: int
    end: int
    headings: tuple[str, ...] = ()
    why: tuple[Reason, ...] = ()
    spans: tuple[Span, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the hit as a JSON object, in the shape of `kg search`."""
        return {
            "rank": self.rank, "score": self.score, "doc_id": self.doc_id, "note": self.note.value,
            "title": self.title, "text": self.text, "start": self.start, "end": self.end,
            "headings": list(self.headings), "spans": [span.to_json() for span in self.spans],
            "why": [reason.to_json() for reason in self.why],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recognised:
    """Something of the graph that the query names: `query[start:end]` is one of its names."""

    start: int
    end: int
    iri: NamedNode
    name: str
    kind: OneOf["entity", "property"]

    def to_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {"start": self.start, "end": self.end, "iri": self.iri.value, "name": self.name, "kind": self.kind}


@dataclass(frozen=True, slots=True)
class Knobs:
    """What a search was done with: the weights of its three sources, λ, and the steps through the graph.

    A weight is at least 0, and 0 means that the source is not asked; `diversity` lies in [0, 1], and 1 is relevance
    alone.
    """

    text: float
    vectors: float
    graph: float
    diversity: float
    hops: int

    def to_json(self) -> dict[str, Any]:
        """Return the knobs as a JSON object."""
        return {
            "weight_text": self.text, "weight_vectors": self.vectors, "weight_graph": self.graph,
            "diversity": self.diversity, "hops": self.hops,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a search found.

    Args:
        hits: the best first; one a note, or one a passage where passages were asked for.
        recognised: what of the graph the query names, in order of its places in the query.
        not_encoded: passages that have no vector yet, so that only their words were looked at.
        without_text: notes whose text is not in the home's cache, so that only their titles were looked at.
        held_back: drafts, private notes and templates that fit, and are not shown without being asked for.
        suggestions: queries that may have been meant, where no note has a word of this one; the most likely first.
        missing: words of the query, and what it has in double quotes, that no note has.
        among: how many notes the filters let through; None without any.
    """

    query: str
    hits: tuple[Hit, ...]
    knobs: Knobs
    recognised: tuple[Recognised, ...] = ()
    not_encoded: int = 0
    held_back: int = 0
    suggestions: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    among: int | None = None
    without_text: int = 0

    def incomplete(self) -> dict[str, Any]:
        """Return what was left out of account, as a JSON object; empty where nothing was."""
        found: dict[str, Any] = {}
        if self.not_encoded:
            found |= {"passages_without_vectors": self.not_encoded, "vectors_asked": self.knobs.vectors > 0}
        if self.without_text:
            found["notes_without_text"] = self.without_text
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the answer as a JSON object, in the shape of `kg search`; what is empty is left out at its end."""
        document: dict[str, Any] = {
            "query": self.query,
            "hits": [hit.to_json() for hit in self.hits],
            "knobs": self.knobs.to_json(),
            "recognised": [each.to_json() for each in self.recognised],
        }
        if incomplete := self.incomplete():
            document["incomplete"] = incomplete
        if self.held_back:
            document["held_back"] = self.held_back
        if self.suggestions:
            document["suggestions"] = list(self.suggestions)
        if self.missing:
            document["missing"] = list(self.missing)
        if self.among is not None:
            document["among"] = self.among
        return document


def merged_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, none over another: of two the longer stays, then the earlier, one of an entity first."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.start - each.end, each.start, each.iri is None)):
        if span.end > span.start and all(span.end <= other.start or other.end <= span.start for other in kept):
            kept.append(span)
    return tuple(sorted(kept, key=lambda each: each.start))
