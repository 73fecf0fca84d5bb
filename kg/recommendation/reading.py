"""Reading the network of a home's graph: one pass over its default graph, on any store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kg.dates import is_placeholder_date
from kg.graph import KnowledgeGraph
from kg.rdf import DCT, KG, OWL, PROV, RDF, RDFS, DefaultGraph, Literal, NamedNode, Quad, local_name
from kg.recommendation.marks import MARKING_KEYS, is_template, marks_of, marks_of_tag
from kg.recommendation.network import Network, NoteItem

__all__ = ["Statements", "note_item", "read_network", "read_statements"]

_NO_EDGES = frozenset(
    {KG[name] for name in ("form", "graph", "hides", "inNote", "keeper", "mergedFrom", "model")}
    | {DCT["isPartOf"], RDF["type"], RDF["subject"], RDF["predicate"], RDF["object"], RDFS["isDefinedBy"]}
)
"""Properties of the record, not of what notes say."""
_VOCABULARIES = (str(OWL), str(RDF), str(RDFS), str(PROV))
_OF_USERS = frozenset(KG[name] for name in ("byUser", "ofItem", "rated", "saved", "viewed"))
"""What users did is the behaviour sources' business; nobody walks from one reader to another."""
_JSON_LINES = ".jsonl"


@dataclass(slots=True)
class Statements:
    """What one pass finds, by IRI: between things, and of notes and names."""

    edges: list[tuple[str, str, str]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    identifiers: dict[str, str] = field(default_factory=dict)
    days: dict[str, dict[str, str]] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)
    authors: dict[str, str] = field(default_factory=dict)
    marks: dict[str, set[str]] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)


def read_network(graph: KnowledgeGraph) -> Network:
    """Return the network of a graph: its notes, entities and tags, with what the default graph says between them.

    What the ontology says of its own terms, evidence, and what users did are left out. All of the default graph is
    read once.
    """
    found = read_statements(graph.store.match(None, None, None, DefaultGraph()), graph.minter.base)
    items = [note_item(iri, found) for iri in found.paths]
    terms = {iri.value for iri in (*graph.ontology.classes, *graph.ontology.properties)}
    edges = [
        edge
        for edge in found.edges
        if edge[0] not in terms and edge[2] not in terms and edge[0] not in found.users and edge[0] != edge[2]
    ]
    return Network.of((), edges, items, found.names)


def read_statements(quads: Iterable[Quad], base: str) -> Statements:
    """Return what some quads say of notes, of names, and between things; in one pass.

    Args:
        base: the home's.
    """
    found = Statements()
    properties = _Properties(f"{base}term/")
    skipped: dict[NamedNode, bool] = {}
    for quad in quads:
        subject, predicate, object_ = quad.subject, quad.predicate, quad.object
        is_skipped = skipped.get(predicate)
        if is_skipped is None:
            is_skipped = skipped[predicate] = _is_skipped(predicate)
        if not isinstance(subject, NamedNode):
            continue
        if isinstance(object_, NamedNode):
            if predicate == RDF["type"] and object_ == KG["User"]:
                found.users.add(subject.value)
            if is_skipped:
                continue
            found.edges.append((subject.value, predicate.value, object_.value))
            if predicate == KG["describes"]:
                other = found.described.setdefault(subject.value, object_.value)
                found.described[subject.value] = min(other, object_.value)
            elif predicate == KG["taggedWith"]:
                found.tags.setdefault(subject.value, []).append(object_.value)
        elif isinstance(object_, Literal):
            properties.read(found, subject.value, predicate, object_)
    return found


def _is_skipped(predicate: NamedNode) -> bool:
    return predicate in _NO_EDGES or predicate in _OF_USERS or predicate.value.startswith(_VOCABULARIES)


class _Properties:
    """Reads what literals say of notes and names."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._texts: Mapping[NamedNode, str] = {
            DCT["title"]: "titles", KG["path"]: "paths", DCT["identifier"]: "identifiers", KG["name"]: "names",
        }  # fmt: skip
        self._days = {DCT["modified"]: "modified", DCT["created"]: "created", DCT["date"]: "date"}
        self._keys: dict[NamedNode, str] = {}

    def read(self, found: Statements, subject: str, predicate: NamedNode, value: Literal) -> None:
        """Take what one triple says; of several values of one property the first by code point counts."""
        table = self._texts.get(predicate)
        if table is not None:
            texts: dict[str, str] = getattr(found, table)
            texts[subject] = min(texts.get(subject, value.value), value.value)
            return
        day = self._days.get(predicate)
        if day is not None:
            if is_placeholder_date(value.value):
                return
            days = found.days.setdefault(subject, {})
            days[day] = max(days.get(day, ""), value.value[:10])
            return
        key = self._keys.get(predicate)
        if key is None:
            key = self._keys[predicate] = _key(predicate, self._base)
        if key == "author":
            found.authors[subject] = min(found.authors.get(subject, value.value), value.value)
        elif key in MARKING_KEYS:
            found.marks.setdefault(subject, set()).update(marks_of(key, value.value))


def _key(predicate: NamedNode, base: str) -> str:
    """Return the metadata key that a property is written with, empty for others."""
    if predicate.value.startswith((base, str(KG))):
        return local_name(predicate).casefold()
    return ""


def note_item(iri: str, found: Statements) -> NoteItem:
    """Return a note that has a path, from what was read of it and of what it describes."""
    path = found.paths[iri]
    title = found.titles.get(iri) or path
    described = found.described.get(iri)
    tags = tuple(sorted(found.tags.get(iri, ())))
    marks = found.marks.get(iri, set()) | (found.marks.get(described, set()) if described else set())
    marks = marks | {mark for tag in tags for mark in marks_of_tag(tag)}
    days = found.days.get(iri, {})
    day = days.get("modified") or days.get("created") or days.get("date")
    return NoteItem(
        iri=NamedNode(iri),
        doc_id=(found.identifiers.get(iri) or path) if path.endswith(_JSON_LINES) else path,
        title=title,
        tags=tags,
        modified=day,
        is_draft="draft" in marks,
        is_private="private" in marks,
        is_daily="date" in days,
        is_template=is_template(path, title),
        author=found.authors.get(iri),
        described=NamedNode(described) if described else None,
    )
