"""The queue as it is asked for: of some kinds, a part at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from kg.config import ReviewSettings
from kg.decisions import Log, Passage
from kg.errors import InputError
from kg.graph import KnowledgeGraph
from kg.ontology.model import split_camel_case
from kg.rdf import Literal, NamedNode, Term
from kg.review.decided import sentence_ids
from kg.review.impact import Candidate, ranked
from kg.review.item import KINDS, Item, ItemKind, Queue, Sentence
from kg.review.reading import first_evidence, read_names, read_statements
from kg.review.waiting import candidates

__all__ = ["read_queue"]

_Triple = tuple[NamedNode | None, NamedNode | None, Term | None]
_STATED = ("confidence", "quarantine")
"""Kinds whose items are sentences themselves."""


def read_queue(
    graph: KnowledgeGraph,
    log: Log,
    settings: ReviewSettings,
    kinds: Collection[ItemKind] = (),
    limit: int | None = None,
    offset: int = 0,
) -> Queue:
    """Return what waits for a decision, in the order that `kg.review` describes.

    A few queries however many items there are; names and sentences are read for the items that are returned.

    Args:
        kinds: which kinds; none for all.
        limit: how many items at most; None for all. offset: how many are left out before.

    Raises:
        InputError: there is no such kind, or a number is negative.
    """
    unknown = next((kind for kind in kinds if kind not in KINDS), None)
    if unknown is not None:
        raise InputError(f"No kind of item is called {unknown!r}. Known: {', '.join(KINDS)}.")
    if offset < 0 or (limit is not None and limit < 0):
        raise InputError(f"limit {limit} and offset {offset}: both count items, from 0.")
    order = ranked(candidates(graph, log, settings, tuple(kinds) or KINDS))
    counts = Counter(each.kind for each in order)
    page = order[offset : None if limit is None else offset + limit]
    return Queue(_items(graph, log, page), len(order), {kind: counts[kind] for kind in KINDS if counts[kind]})


def _items(graph: KnowledgeGraph, log: Log, page: Sequence[Candidate]) -> tuple[Item, ...]:
    rests_on = _rests_on(graph, log, page)
    said = read_statements(graph, {iri for iris in rests_on.values() for iri in iris})
    triples = {each.id: each.triple or said[each.id][0] for each in page if each.triple or each.id in said}
    called = {term for triple in triples.values() for term in triple if isinstance(term, NamedNode)}
    names = read_names(graph, called) if called else {}
    found = []
    for each in page:
        if each.id not in triples:
            continue  # no sentence: its note is not whole
        sentences = tuple(said[iri.value][1] for iri in rests_on[each.id] if iri.value in said)
        found.append(_item(graph, each, triples[each.id], names, sentences))
    return tuple(found)


def _rests_on(graph: KnowledgeGraph, log: Log, page: Sequence[Candidate]) -> dict[str, list[NamedNode]]:
    """Return the evidence that each item shows, in order."""
    ends = {
        each.id: [end for end in (each.triple[0], each.triple[2]) if isinstance(end, NamedNode)]
        for each in page
        if each.kind not in _STATED and each.triple is not None
    }
    first = first_evidence(graph, {end for both in ends.values() for end in both}) if ends else {}
    found: dict[str, list[NamedNode]] = {}
    for each in page:
        if each.kind in _STATED:
            found[each.id] = [NamedNode(each.id)]
        else:
            found[each.id] = list(dict.fromkeys(first[end] for end in ends.get(each.id, ()) if end in first))
        decided = log.get(NamedNode(each.id)) if each.kind == "conflict" else None
        if decided is not None and isinstance(decided.target, Passage):
            found[each.id] = list(sentence_ids(decided.target, graph.minter))
    return found


def _item(
    graph: KnowledgeGraph,
    each: Candidate,
    triple: _Triple,
    names: Mapping[NamedNode, str],
    sentences: tuple[Sentence, ...],
) -> Item:
    def name(term: Term | None) -> str:
        if isinstance(term, NamedNode):
            return names.get(term) or graph.ontology.label(term) or term.value
        return term.value if isinstance(term, Literal) else "" if term is None else str(term)

    subject, predicate, object_ = triple
    return Item(
        id=each.id,
        kind=each.kind,
        subject=subject,
        predicate=predicate,
        object=object_,
        names=(name(subject), _called(graph, predicate), name(object_)),
        confidence=each.confidence,
        evidence=sentences,
        reason=each.reason,
        impact=each.impact,
        alike=each.alike,
        decisions=each.decisions,
    )


def _called(graph: KnowledgeGraph, predicate: NamedNode | None) -> str:
    """Return the label of a property, else its local name as words: `sameAs` is `same as`."""
    if predicate is None:
        return ""
    label = graph.ontology.label(predicate)
    return label if predicate in graph.ontology.properties else split_camel_case(label).lower()
