"""Drafts, private notes and templates: answers do not quote them, and what only they say is no answer."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator

from kg.answers.answer import Sentence
from kg.explain.reading import first_value, merged, name_of
from kg.graph import KnowledgeGraph
from kg.query.sparql import run_sparql
from kg.rdf import DCT, KG, RDF, Literal, NamedNode, Term
from kg.recommendation.marks import MARKING_KEYS, is_template, marks_of, marks_of_tag
from kg.results import Solutions

__all__ = ["NOTHING_HELD_BACK", "HeldBack", "read_held_back"]

_MAYBE_TEMPLATES = f"""SELECT ?note ?path ?title WHERE {{
  ?note {KG["path"]} ?path OPTIONAL {{ ?note {DCT["title"]} ?title }}
  FILTER(REGEX(?path, "template|模板", "i") || REGEX(STR(COALESCE(?title, ?path)), "\\\\{{\\\\{{|<%|yyyy", "i"))
}}"""
"""Told by the store, which reads all paths ten times as fast; which of them are, `is_template` says."""


class HeldBack:
    """Notes that are held back, and what no other note describes or speaks of; false where there are none."""

    def __init__(self, notes: frozenset[NamedNode] = frozenset(), things: frozenset[NamedNode] = frozenset()) -> None:
        self._notes = notes
        self._things = things

    def __bool__(self) -> bool:
        return bool(self._notes)

    def is_note(self, term: Term) -> bool:
        """Tell whether a term is a note that is held back."""
        return term in self._notes

    def has(self, term: Term) -> bool:
        """Tell whether a term is such a note, or what only such notes describe, or speak of."""
        return term in self._notes or term in self._things

    def others(self, sentences: Iterable[Sentence]) -> list[Sentence]:
        """Return the sentences of other notes."""
        return [each for each in sentences if each.note not in self._notes]

    def called(self, graph: KnowledgeGraph, iri: NamedNode, written: str) -> str:
        """Return the name of a thing; of one that is held back no more than the question wrote."""
        return written if self.has(iri) else name_of(graph, iri)


NOTHING_HELD_BACK = HeldBack()


def read_held_back(graph: KnowledgeGraph) -> HeldBack:
    """Return what is held back of a graph: the same notes as in searches."""
    marked = set(_marked(graph))
    notes = {each for each in marked if first_value(graph, each, KG["path"]) is not None}
    for thing in marked - notes:  # what a note says of what it describes, it says of itself
        notes |= set(_describing(graph, thing))
    notes |= set(_templates(graph))
    described = {quad.object for note in notes for quad in merged(graph, note, KG["describes"])}
    things = {each for each in described if isinstance(each, NamedNode) and notes.issuperset(_describing(graph, each))}
    things |= {each for each in _spoken_of(graph, notes) - things if not _is_told(graph, notes, each)}
    return HeldBack(frozenset(notes), frozenset(things))


def _spoken_of(graph: KnowledgeGraph, notes: Iterable[NamedNode]) -> set[NamedNode]:
    """Return what the sentences of some notes are about; no classes, properties or notes."""
    evidence = {each.subject for note in notes for each in merged(graph, predicate=KG["inNote"], object=note)}
    found = {
        quad.object
        for each in evidence
        if isinstance(each, NamedNode)
        for role in ("subject", "object")
        for quad in merged(graph, each, RDF[role])
        if isinstance(quad.object, NamedNode)
    }
    terms = {*graph.ontology.classes, *graph.ontology.properties}
    return {each for each in found - terms if first_value(graph, each, KG["path"]) is None}


def _is_told(graph: KnowledgeGraph, notes: Collection[NamedNode], thing: NamedNode) -> bool:
    """Tell whether a note that is not among some describes a thing, speaks of it or has it as a tag, or an import."""
    for predicate in (KG["describes"], KG["taggedWith"]):
        if any(quad.subject not in notes for quad in merged(graph, predicate=predicate, object=thing)):
            return True
    for role in ("subject", "object"):
        for quad in merged(graph, predicate=RDF[role], object=thing):
            if isinstance(quad.subject, NamedNode):
                note = first_value(graph, quad.subject, KG["inNote"])
                if note is not None and note not in notes:
                    return True
    given = (f"{graph.minter.base}import/", f"{graph.minter.base}graph/user/")
    quads = itertools.chain(graph.store.match(thing), graph.store.match(object=thing))
    return any(isinstance(q.graph_name, NamedNode) and q.graph_name.value.startswith(given) for q in quads)


def _marked(graph: KnowledgeGraph) -> Iterator[NamedNode]:
    """Yield what has a metadata key or a tag that marks it."""
    for key in sorted(MARKING_KEYS):
        for predicate in (graph.minter.term(key), KG[key]):
            for quad in merged(graph, predicate=predicate):
                if isinstance(quad.object, Literal) and marks_of(key, quad.object.value):
                    yield from _named(quad.subject)
    for tag in [quad.subject for quad in merged(graph, predicate=RDF["type"], object=KG["Tag"])]:
        if isinstance(tag, NamedNode) and marks_of_tag(tag.value):
            for quad in merged(graph, predicate=KG["taggedWith"], object=tag):
                yield from _named(quad.subject)


def _templates(graph: KnowledgeGraph) -> Iterator[NamedNode]:
    found = run_sparql(graph, _MAYBE_TEMPLATES)
    for note, path, title in found.rows if isinstance(found, Solutions) else ():
        named = title.value if isinstance(title, Literal) else ""
        if isinstance(note, NamedNode) and isinstance(path, Literal) and is_template(path.value, named):
            yield note


def _describing(graph: KnowledgeGraph, thing: NamedNode) -> Iterator[NamedNode]:
    for quad in merged(graph, predicate=KG["describes"], object=thing):
        yield from _named(quad.subject)


def _named(term: Term) -> Iterator[NamedNode]:
    if isinstance(term, NamedNode):
        yield term
