"""The page of a note or an entity: names, classes, merged forms, facts with their sentences, decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from kg.decisions import Decision, Log, read_log
from kg.explain.finding import find_resource
from kg.explain.reading import PLUMBING, classes_of, first_value, in_names, merged, name_of, path_of
from kg.explain.sources import EvidenceIndex, Source
from kg.explain.wording import decision_words, state_words
from kg.graph import KnowledgeGraph
from kg.rdf import KG, RDF, RDFS, Literal, NamedNode, Quad

__all__ = ["Fact", "Form", "Page", "PageDecision", "merged_forms", "show"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement about a resource: it is the subject, or the object (`is_inverse`)."""

    predicate: str
    label: str
    other: str
    other_name: str
    is_inverse: bool
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """An IRI that was merged into the page's, what that is called, how sure it is that both are one, and why."""

    iri: str
    name: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class PageDecision:
    """A decision that names the resource, or something that was merged into it, in words.

    `state` says why it does not count: `undone` or `superseded`; empty for one that does.
    """

    id: str
    kind: str
    words: str
    author: str
    time: str
    reason: str
    state: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that is shown of a resource; facts sorted by property, direction and name, decisions in their order."""

    iri: str
    name: str
    names: tuple[str, ...]
    classes: tuple[str, ...]
    note: str | None
    described: str | None
    facts: tuple[Fact, ...]
    mentioned_in: tuple[str, ...]
    forms: tuple[Form, ...] = ()
    decisions: tuple[PageDecision, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the page in the shape of `kg show --json`."""
        return {
            "iri": self.iri,
            "name": self.name,
            "names": list(self.names),
            "classes": list(self.classes),
            "note": self.note,
            "described": self.described,
            "facts": [
                {
                    "predicate": fact.predicate,
                    "label": fact.label,
                    "other": fact.other,
                    "other_name": fact.other_name,
                    "inverse": fact.is_inverse,
                    "evidence": [source.to_json() for source in fact.sources],
                }
                for fact in self.facts
            ],
            "mentioned_in": list(self.mentioned_in),
            "merged": [asdict(form) for form in self.forms],
            "decisions": [asdict(decision) for decision in self.decisions],
        }


def show(graph: KnowledgeGraph, target: str) -> Page:
    """Return the page of a note or an entity.

    Raises:
        NotFoundError: nothing is called so.
    """
    iri = find_resource(graph, target)
    described = first_value(graph, iri, KG["describes"])
    describing = (quad.subject for quad in merged(graph, None, KG["describes"], iri))
    forms = merged_forms(graph, iri)
    subjects = [iri] + ([described] if isinstance(described, NamedNode) else [])
    evidence = EvidenceIndex(graph)
    facts = sorted(
        {fact for subject in subjects for fact in _facts(graph, subject, evidence)},
        key=lambda fact: (fact.label, fact.is_inverse, fact.other_name, fact.other),
    )
    return Page(
        iri=iri.value,
        name=name_of(graph, iri),
        names=tuple(
            sorted({q.object.value for q in merged(graph, iri, RDFS["label"]) if isinstance(q.object, Literal)})
        ),
        classes=classes_of(graph, described if isinstance(described, NamedNode) else iri),
        note=min((note.value for note in describing if isinstance(note, NamedNode)), default=None),
        described=described.value if isinstance(described, NamedNode) else None,
        facts=tuple(facts),
        mentioned_in=tuple(sorted({path_of(graph, q.subject) for q in merged(graph, None, KG["mentions"], iri)})),
        forms=forms,
        decisions=_decisions(graph, {iri, *subjects, *(NamedNode(form.iri) for form in forms)}),
    )


def merged_forms(graph: KnowledgeGraph, iri: NamedNode) -> tuple[Form, ...]:
    """Return what was merged into a resource, by IRI."""
    found: dict[str, Form] = {}
    for quad in merged(graph, None, KG["keeper"], iri):
        if isinstance(quad.subject, NamedNode):
            row = {each.predicate: each.object for each in merged(graph, quad.subject)}
            form, confidence, reason = (row.get(KG[name]) for name in ("form", "confidence", "reason"))
            if isinstance(form, Literal):
                sure = float(confidence.value) if isinstance(confidence, Literal) else 1.0
                why = in_names(graph, reason.value) if isinstance(reason, Literal) else ""
                found[form.value] = Form(form.value, name_of(graph, NamedNode(form.value)), sure, why)
    return tuple(found[form] for form in sorted(found))


def _decisions(graph: KnowledgeGraph, iris: Iterable[NamedNode]) -> tuple[PageDecision, ...]:
    log = read_log(graph.store.match, graph.minter)
    if not len(log):
        return ()
    about = {log.iri(decision): decision for iri in iris for decision in log.about(iri)}
    return tuple(_page_decision(graph, log, iri, about[iri]) for iri, _ in log.items() if iri in about)


def _page_decision(graph: KnowledgeGraph, log: Log, iri: NamedNode, decision: Decision) -> PageDecision:
    words = decision_words(graph, log, decision)
    state = state_words(log, iri)
    return PageDecision(iri.value, decision.kind, words, decision.author, decision.time, decision.reason, state)


def _facts(graph: KnowledgeGraph, iri: NamedNode, evidence: EvidenceIndex) -> Iterator[Fact]:
    for quad in merged(graph, iri):
        if quad.predicate not in PLUMBING:
            yield _fact(graph, quad, False, evidence)
    for quad in merged(graph, None, None, iri):
        plumbing = quad.predicate in PLUMBING or quad.predicate in (KG["mentions"], RDF["subject"], RDF["object"])
        if not plumbing and quad.predicate != KG["inNote"]:
            yield _fact(graph, quad, True, evidence)


def _fact(graph: KnowledgeGraph, quad: Quad, is_inverse: bool, evidence: EvidenceIndex) -> Fact:
    other = quad.subject if is_inverse else quad.object
    return Fact(
        predicate=quad.predicate.value,
        label=graph.ontology.label(quad.predicate),
        other=other.value if isinstance(other, NamedNode | Literal) else str(other),
        other_name=name_of(graph, other),
        is_inverse=is_inverse,
        sources=evidence.of(quad),
    )
