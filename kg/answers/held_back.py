"""Drafts, private notes and templates: answers do not quote them, and what only they say is no answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kg.answers.answer import Sentence
from kg.explain.reading import first_value, merged
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
    """Notes that are held back, and what no other note describes; false where there are none."""

    def __init__(self, notes: frozenset[NamedNode] = frozenset(), things: frozenset[NamedNode] = frozenset()) -> None:
        self._notes = notes
        self._things = things

    def __bool__(self) -> bool:
        return bool(self._notes)

    def is_note(self, term: Term) -> bool:
        """Tell whether a term is a note that is held back."""
        return term in self._notes

    def has(self, term: Term) -> bool:
        """Tell whether a term is such a note, or what only such notes describe."""
        return term in self._notes or term in self._things

    def others(self, sentences: Iterable[Sentence]) -> list[Sentence]:
        """Return the sentences of other notes."""
        return [each for each in sentences if each.note not in self._notes]


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
    return HeldBack(frozenset(notes), frozenset(things))


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
