"""The sentences behind the rows of an answer, and those that name two things."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from kg.answers.answer import Sentence
from kg.explain.reading import merged
from kg.explain.sources import evidence_of, source_of
from kg.graph import KnowledgeGraph
from kg.rdf import KG, RDF, NamedNode, Term

__all__ = ["chain", "sentences_of", "together", "type_sentences"]

_MOST_EVIDENCE = 400
"""Pieces of evidence of a thing that are looked through."""
_ASKED = re.compile(r"[?？]")


def sentences_of(
    graph: KnowledgeGraph, subject: Term, predicates: Iterable[NamedNode], object_: Term
) -> list[Sentence]:
    """Return the sentences that say that two terms are in one of some relations, the surest first, then by place."""
    wanted = set(predicates)
    found = {}
    for evidence in _about(graph, subject, object_):
        row = {quad.predicate: quad.object for quad in merged(graph, evidence)}
        if row.get(RDF["type"]) == KG["Evidence"] and row.get(RDF["predicate"]) in wanted:
            source = source_of(graph, evidence, row)
            found[source.path, source.start, source.end] = (source, row)
    ordered = sorted(found.values(), key=lambda pair: (-pair[0].confidence, pair[0].path, pair[0].start))
    return [_sentence(row, source.path, source.quote, source.start, source.end) for source, row in ordered]


def chain(
    graph: KnowledgeGraph,
    subject: NamedNode,
    forward: Iterable[NamedNode],
    backward: Iterable[NamedNode],
    end: Term,
    may_step: Callable[[Term, Term], bool] | None = None,
) -> list[tuple[Term, Term]]:
    """Return the shortest way from one thing to another over some properties, as pairs; empty without any.

    Args:
        may_step: tells of a pair whether the way may lead from one to the other; None where every one may be taken.
    """
    ahead, behind = tuple(forward), tuple(backward)
    before: dict[Term, Term] = {subject: subject}
    pending: list[Term] = [subject]
    while pending and end not in before and len(before) < _MOST_EVIDENCE:
        at = pending.pop(0)
        if not isinstance(at, NamedNode):
            continue
        found = [quad.object for p in ahead for quad in merged(graph, at, p)]
        found += [quad.subject for p in behind for quad in merged(graph, None, p, at)]
        for term in sorted(found, key=str):
            if term not in before and (may_step is None or may_step(at, term)):
                before[term] = at
                pending.append(term)
    way: list[tuple[Term, Term]] = []
    at_end = end
    while at_end in before and before[at_end] != at_end:
        way.insert(0, (before[at_end], at_end))
        at_end = before[at_end]
    return way


def type_sentences(graph: KnowledgeGraph, thing: NamedNode, classes: Iterable[NamedNode]) -> list[Sentence]:
    """Return the sentences that say of what class a thing is."""
    return [each for class_iri in classes for each in sentences_of(graph, thing, (RDF["type"],), class_iri)]


def together(graph: KnowledgeGraph, left: NamedNode, right: NamedNode) -> list[Sentence]:
    """Return the sentences that name two things, by place; questions are left out."""
    places: dict[tuple[str, int], Sentence] = {}
    common: list[set[tuple[str, int]]] = []
    for thing in (left, right):
        found = set()
        for sentence in _naming(graph, thing):
            if not _ASKED.search(sentence.quote):
                key = (sentence.note.value, sentence.start)
                places[key] = sentence
                found.add(key)
        common.append(found)
    return [places[key] for key in sorted(common[0] & common[1])]


def _naming(graph: KnowledgeGraph, thing: NamedNode) -> Iterator[Sentence]:
    """Yield the sentences that mention a thing, or say something of it."""
    for role in ("object", "subject"):
        for number, quad in enumerate(merged(graph, None, RDF[role], thing)):
            if number >= _MOST_EVIDENCE:
                break
            if isinstance(quad.subject, NamedNode):
                row = {each.predicate: each.object for each in merged(graph, quad.subject)}
                if row.get(RDF["type"]) == KG["Evidence"]:
                    source = source_of(graph, quad.subject, row)
                    yield _sentence(row, source.path, source.quote, source.start, source.end)


def _sentence(row: dict[NamedNode, Term], path: str, quote: str, start: int, end: int) -> Sentence:
    note = row.get(KG["inNote"])
    assert isinstance(note, NamedNode)
    return Sentence(note, path, quote, start, end)


def _about(graph: KnowledgeGraph, left: Term, right: Term) -> list[NamedNode]:
    """Return what is evidence of two terms in either order, in order of the IRIs."""
    found: set[NamedNode] = set()
    for subject, object_ in ((left, right), (right, left)):
        if isinstance(subject, NamedNode):
            found.update(evidence_of(graph, subject, object_))
    return sorted(found, key=lambda each: each.value)
