"""The sentences that facts were read from."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kg.explain.reading import merged, path_of
from kg.graph import KnowledgeGraph
from kg.rdf import KG, RDF, Literal, NamedNode, Quad, Term

__all__ = ["EvidenceIndex", "Source", "evidence_of", "source_of"]


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that a fact was read from; `start`/`end` as in `kg.model`.

    `id` is the IRI of the evidence; `reason` says why its confidence is another than what was found, empty where it
    is not.
    """

    note: str
    path: str
    quote: str
    start: int
    end: int
    confidence: float
    kind: str
    id: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the sentence in the shape of `kg show --json`."""
        return {
            "id": self.id, "note": self.note, "path": self.path, "quote": self.quote, "start": self.start,
            "end": self.end, "confidence": self.confidence, "kind": self.kind, "reason": self.reason,
        }  # fmt: skip


class EvidenceIndex:
    """The evidence of triples, read once for each subject."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self._by_subject: dict[NamedNode, dict[tuple[Term | None, Term | None], list[Source]]] = {}

    def of(self, quad: Quad) -> tuple[Source, ...]:
        """Return the sentences of a triple, by note and place."""
        if not isinstance(quad.subject, NamedNode):
            return ()
        if quad.subject not in self._by_subject:
            self._by_subject[quad.subject] = self._read_all(quad.subject)
        found = self._by_subject[quad.subject].get((quad.predicate, quad.object), [])
        return tuple(sorted(found, key=lambda source: (source.path, source.start)))

    def _read_all(self, subject: NamedNode) -> dict[tuple[Term | None, Term | None], list[Source]]:
        rows: dict[tuple[Term | None, Term | None], list[Source]] = {}
        for found in merged(self._graph, None, RDF["subject"], subject):
            if isinstance(found.subject, NamedNode):
                row = {q.predicate: q.object for q in merged(self._graph, found.subject)}
                if row.get(RDF["type"]) == KG["Evidence"]:
                    key = (row.get(RDF["predicate"]), row.get(RDF["object"]))
                    rows.setdefault(key, []).append(source_of(self._graph, found.subject, row))
        return rows


def source_of(graph: KnowledgeGraph, evidence: NamedNode, row: Mapping[NamedNode, Term]) -> Source:
    """Return the sentence of one piece of evidence from its properties."""

    def text(name: str) -> str:
        value = row.get(KG[name])
        return value.value if isinstance(value, Literal | NamedNode) else ""

    note = row.get(KG["inNote"])
    return Source(
        note=text("inNote"),
        path=path_of(graph, note),
        quote=text("quote"),
        start=int(text("start") or 0),
        end=int(text("end") or 0),
        confidence=float(text("confidence") or 0),
        kind=text("kind"),
        id=evidence.value,
        reason=text("reason"),
    )


def evidence_of(graph: KnowledgeGraph, subject: NamedNode, object_: Term) -> list[NamedNode]:
    """Return what is evidence of two terms, in these places; of a hub no more is read than of the other."""
    roles = ((RDF["subject"], subject), (RDF["object"], object_))
    found: tuple[list[NamedNode], list[NamedNode]] = ([], [])
    ended = 0
    for pair in itertools.zip_longest(*(merged(graph, None, role, term) for role, term in roles)):
        for quad, evidence in zip(pair, found, strict=True):
            if quad is not None and isinstance(quad.subject, NamedNode):
                evidence.append(quad.subject)
        if None in pair:  # one of both is read to its end, which may yet be the longer list: blank nodes are left out
            ended = pair.index(None)
            break
    role, term = roles[1 - ended]
    return [each for each in found[ended] if next(merged(graph, each, role, term), None) is not None]
