"""Notes for the tests of the queue: what they say is written as ingest writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg.iri import Minter
from kg.model import Evidence, Refusal, Statement
from kg.provenance import statement_quads
from kg.rdf import KG, OWL, RDF, XSD, Literal, NamedNode, Quad, Term, canonical

__all__ = ["BASE", "MINTER", "Said", "entity", "guess", "note", "quads"]

BASE = "https://noemata.example/review/"
MINTER = Minter(BASE)


def entity(name: str) -> NamedNode:
    return MINTER.entity("Entity", name)


def note(path: str) -> NamedNode:
    return MINTER.note(path, None)


@dataclass(frozen=True)
class Said:
    """One thing that a note says: `reason` why the gate refused it, empty where it did not."""

    path: str
    subject: NamedNode
    predicate: NamedNode
    object: Term
    confidence: float
    cue: str = ""
    reason: str = ""
    kind: str = "extracted"
    extractor: str = "triggers 0.1.0"
    number: int = 1

    @property
    def triple(self) -> tuple[NamedNode, NamedNode, Term]:
        return self.subject, self.predicate, self.object

    @property
    def quote(self) -> str:
        return f"{self.path} says so {self.number}."

    @property
    def id(self) -> str:
        mint = MINTER.refusal if self.reason else MINTER.evidence
        return mint(note(self.path), self.triple, self.quote, self.number).value

    def evidence(self) -> Evidence:
        return Evidence(
            0, len(self.quote), self.quote, self.confidence, self.extractor, self.kind, self.cue, self.number  # type: ignore[arg-type]
        )  # fmt: skip


def quads(said: Iterable[Said]) -> Iterator[Quad]:
    """Yield the quads of the notes, with a name for each entity."""
    for each in said:
        iri = note(each.path)
        yield Quad(iri, RDF["type"], KG["Note"], iri)
        yield Quad(iri, KG["path"], Literal(each.path), iri)
        statements = [] if each.reason else [Statement(*each.triple, evidence=(each.evidence(),))]
        refusals = [Refusal(*each.triple, each.evidence(), each.reason)] if each.reason else []
        labels = {
            end: (end.value.rpartition("/")[2].title(),)
            for end in (each.subject, each.object)
            if isinstance(end, NamedNode) and end.value.startswith(f"{BASE}entity/")
        }
        yield from statement_quads(iri, labels, {}, statements, refusals, MINTER)


def guess(
    number: int, left: NamedNode, right: Term, score: str, predicate: NamedNode = OWL["sameAs"], reason: str = "because"
) -> Iterator[Quad]:
    """Yield the quads of a prediction; those of two that may be one unless a predicate says otherwise."""
    graph, iri = MINTER.graph("predicted"), NamedNode(f"{BASE}prediction/{number}")
    yield Quad(iri, RDF["type"], KG["Prediction"], graph)
    yield Quad(iri, RDF["subject"], left, graph)
    yield Quad(iri, RDF["predicate"], predicate, graph)
    yield Quad(iri, RDF["object"], right, graph)
    yield Quad(iri, KG["score"], canonical(Literal(score, datatype=XSD["decimal"])), graph)
    yield Quad(iri, KG["reason"], Literal(reason), graph)
