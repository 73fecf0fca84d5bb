"""What the index keeps of a graph: notes, what things are called, what is said between them, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kg.graph import KnowledgeGraph
from kg.rdf import FOAF, KG, RDF, RDFS, SKOS, Literal, NamedNode, Quad
from kg.recommendation.network import NoteItem
from kg.recommendation.reading import Statements, note_item, read_statements
from kg.search.collection import NoteRecord
from kg.stores.hiding import hidden_in

__all__ = ["EvidenceFact", "Facts", "Thing", "hidden_things", "read_facts", "said_quads"]

_DERIVED = ("decisions", "inferred", "ontology", "predicted", "resolution")
"""Graphs that say nothing of their own about things."""
_NAMES = frozenset({RDFS["label"], SKOS["prefLabel"], SKOS["altLabel"], FOAF["name"]})
_OF_EVIDENCE = {
    RDF["subject"]: 0, RDF["predicate"]: 1, RDF["object"]: 2, KG["inNote"]: 3, KG["start"]: 4, KG["end"]: 5,
    KG["confidence"]: 6,
}  # fmt: skip
_HAN = re.compile("[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_HAN_SHARE = 0.2
"""A text is Chinese from this share of Chinese characters on: each says about as much as an English word."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What is said of one IRI: names, the shown one first; most specific classes; predicates and things; ascending."""

    names: tuple[str, ...]
    classes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, order=True)
class EvidenceFact:
    """A sentence of a note that says a statement between two things, or names one; positions in code points."""

    iri: str
    subject: str
    predicate: str
    object: str
    start: int
    end: int
    confidence: float


@dataclass(slots=True)
class Facts:
    """What some quads say, by IRI."""

    statements: Statements
    terms: frozenset[str]
    labels: dict[str, set[str]] = field(default_factory=dict)
    classes: dict[str, set[str]] = field(default_factory=dict)
    evidence: dict[str, list[EvidenceFact]] = field(default_factory=dict)
    edges: dict[str, set[tuple[str, str]]] = field(default_factory=dict)

    def notes(self) -> Iterator[str]:
        """Yield the notes: what has a path."""
        return iter(self.statements.paths)

    def things(self) -> set[str]:
        """Return what has a name, or a statement."""
        found = {*self.labels, *self.edges, *self.statements.names, *self.statements.titles}
        return {iri for iri in found if self.is_thing(iri)}

    def is_thing(self, iri: str) -> bool:
        """Tell whether an IRI is neither a term of the ontology nor a user."""
        return iri not in self.terms and iri not in self.statements.users

    def thing(self, iri: str, graph: KnowledgeGraph) -> Thing:
        """Return what is said of an IRI."""
        said = self.statements
        labels = set(self.labels.get(iri, ()))
        if iri in said.titles:
            labels.add(said.titles[iri])
        first = said.names.get(iri) or said.titles.get(iri) or min(labels, default="")
        names = (first, *sorted(labels - {first})) if first else ()
        classes = self.classes.get(iri, set())
        wider = {parent.value for each in classes for parent in graph.ontology.superclasses(NamedNode(each))}
        return Thing(names, tuple(sorted(classes - wider)), tuple(sorted(self.edges.get(iri, ()))))

    def note(self, iri: str, described: Thing | None, text: str) -> NoteRecord:
        """Return a note.

        Args:
            described: what is said of the thing that it describes.
        """
        item: NoteItem = note_item(iri, self.statements)
        path = self.statements.paths[iri]
        names = described.names if described is not None else ()
        return NoteRecord(
            iri=iri,
            doc_id=item.doc_id,
            path=path,
            title=item.title,
            aliases=tuple(name for name in names if name != item.title),
            tags=item.tags,
            classes=described.classes if described is not None else (),
            folder=path.rpartition("/")[0],
            day=item.modified,
            language=_language(text or item.title),
            described=None if item.described is None else item.described.value,
            author=item.author,
            is_draft=item.is_draft,
            is_private=item.is_private,
            is_daily=item.is_daily,
            is_template=item.is_template,
        )


def read_facts(quads: Iterable[Quad], graph: KnowledgeGraph) -> Facts:
    """Return what some quads say, as `said_quads` yields them; all quads of a subject belong together."""
    terms = frozenset(iri.value for iri in (*graph.ontology.classes, *graph.ontology.properties))
    labels: dict[str, set[str]] = {}
    classes: dict[str, set[str]] = {}
    reified: dict[str, list[str]] = {}
    proper: set[str] = set()
    same: dict[str, str] = {}

    def looked_at() -> Iterator[Quad]:
        for quad in quads:
            subject, predicate, object_ = quad.subject, quad.predicate, quad.object
            if not isinstance(subject, NamedNode):
                continue
            place = _OF_EVIDENCE.get(predicate)
            if place is not None:
                fields = reified.setdefault(subject.value, [""] * 7)
                if isinstance(object_, NamedNode):
                    fields[place] = same.setdefault(object_.value, object_.value)
                elif isinstance(object_, Literal) and place > 3:
                    fields[place] = object_.value
            elif predicate == RDF["type"] and isinstance(object_, NamedNode):
                if object_ == KG["Evidence"]:
                    proper.add(subject.value)
                else:
                    classes.setdefault(subject.value, set()).add(object_.value)
                    yield quad
            elif predicate in _NAMES and isinstance(object_, Literal):
                labels.setdefault(subject.value, set()).add(object_.value)
            else:
                yield quad

    statements = read_statements(looked_at(), graph.minter.base)
    facts = Facts(statements, terms, labels, classes)
    for head, predicate, tail in statements.edges:
        if head != tail and head not in terms and tail not in terms and head not in statements.users:
            edge = (same.setdefault(predicate, predicate), same.setdefault(tail, tail))
            facts.edges.setdefault(head, set()).add(edge)
    statements.edges.clear()
    for iri, fields in reified.items():
        if iri in proper and all((fields[0], fields[1], fields[3])):
            note, fact = fields[3], _evidence(iri, fields)
            if fact is not None:
                facts.evidence.setdefault(note, []).append(fact)
    for found in facts.evidence.values():
        found.sort()
    return facts


def _evidence(iri: str, fields: list[str]) -> EvidenceFact | None:
    try:
        start, end, confidence = int(fields[4]), int(fields[5]), float(fields[6] or 1)
    except ValueError:
        return None
    return EvidenceFact(iri, fields[0], fields[1], fields[2], start, end, min(max(confidence, 0.0), 1.0))


def said_quads(quads: Iterable[Quad], graph: KnowledgeGraph, hidden: frozenset[NamedNode]) -> Iterator[Quad]:
    """Yield those quads of named graphs that are said by notes, users and imports; of the names, those that are shown.

    Args:
        hidden: what the default graph leaves out.
    """
    left_out = {graph.minter.graph(name) for name in _DERIVED}
    names = graph.minter.graph("names")
    for quad in quads:
        if quad.graph_name in left_out or (quad.graph_name == names and quad.predicate != KG["name"]):
            continue
        if hidden and (quad.subject in hidden or quad.object in hidden):
            continue
        yield quad


def hidden_things(graph: KnowledgeGraph) -> frozenset[NamedNode]:
    """Return the IRIs that the default graph leaves out."""
    if graph.store.dataset != "merged":
        return frozenset()
    return hidden_in(graph.store.match(None, KG["hides"], None, graph.minter.graph("mapped")))


def _language(text: str) -> str:
    head = text[:20_000]
    han = len(_HAN.findall(head))
    return "zh" if han and han / len(_LETTER.findall(head)) >= _HAN_SHARE else "en"
