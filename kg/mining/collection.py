"""All notes of a graph with what they bear: the tags, the things they speak of, the links between them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg.dates import is_placeholder_date
from kg.graph import KnowledgeGraph
from kg.rdf import DCT, KG, RDF, DefaultGraph, Literal, NamedNode, Term, local_name

__all__ = ["Collection", "MinedNote", "read_collection"]

_DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-\d\d)?)?(?=T|Z|[+-]\d\d:\d\d|$)", re.ASCII)
_DAY_IN_NAME = re.compile(r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)", re.ASCII)
_LINES = ".jsonl"
_PEOPLE = ("Agent", "Place", "Event")


@dataclass(frozen=True, slots=True)
class MinedNote:
    """A note as the sum of notes needs it.

    `doc_id` is the id of a JSON line, else the path inside the vault. `created` and `modified` are `2025`, `2025-03` or
    `2025-03-14`, as far as they are known, else empty; what has no date of a change was last changed when it was made.
    A date that programs write where none is known (1970-01-01) is none.
    A daily note is of its day; a note without a date may have one in its file's name. `described` is the IRI of what it
    is about, empty for a daily note.
    """

    iri: str
    doc_id: str
    title: str
    created: str
    modified: str
    described: str


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """The notes of a graph, by IRI, and what connects them.

    Attributes:
        notes: by IRI.
        names: what each tag and each thing is called.
        tags: those of each note, by its IRI; one nested in another is not also the other.
        concepts: what each note speaks of or describes, without tags and without notes.
        links: (note, note), statements: (thing, thing); both without doubles, in order, no direction is lost.
        people: the things that are agents, places or events: they say less about a topic.
    """

    notes: tuple[MinedNote, ...]
    names: Mapping[str, str]
    tags: Mapping[str, tuple[str, ...]]
    concepts: Mapping[str, tuple[str, ...]]
    links: tuple[tuple[str, str], ...]
    statements: tuple[tuple[str, str], ...]
    people: frozenset[str]

    def name(self, iri: str) -> str:
        """Return what a note, a tag or a thing is called, the end of its IRI where nothing says it."""
        return self.names.get(iri) or local_name(NamedNode(iri)) or iri


def read_collection(graph: KnowledgeGraph) -> Collection:
    """Read the notes of the default graph. Equal graphs give equal collections."""
    reader = _Reader(graph)
    paths = {iri: value for iri, value in reader.literals(KG["path"]) if iri in reader.notes}
    titles = reader.earliest(DCT["title"])
    identifiers = reader.earliest(DCT["identifier"])
    created, modified, days = (reader.dates(DCT[name]) for name in ("created", "modified", "date"))
    described = {
        iri: thing for iri, thing in sorted(reader.pairs(KG["describes"]), reverse=True) if iri in reader.notes
    }
    notes = []
    for iri in sorted(reader.notes):
        path = paths.get(iri, "")
        made = days.get(iri, []) or created.get(iri, []) or _DAY_IN_NAME.findall(path.rpartition("/")[2])
        notes.append(
            MinedNote(
                iri=iri,
                doc_id=identifiers.get(iri, path) if path.endswith(_LINES) else path or iri,
                title=titles.get(iri, path or iri),
                created=min(made, default=""),
                modified=max(modified.get(iri, []), default="") or min(made, default=""),
                described=described.get(iri, ""),
            )
        )
    tags = set(reader.of_class(KG["Tag"]))
    tagged = [(note, tag) for note, tag in reader.pairs(KG["taggedWith"]) if note in reader.notes]
    spoken = [*reader.pairs(KG["mentions"]), *reader.pairs(KG["about"]), *described.items()]
    concepts = [(note, thing) for note, thing in spoken if note in reader.notes and thing not in reader.notes | tags]
    statements = reader.statements(tags)
    return Collection(
        notes=tuple(notes),
        names=dict(reader.literals(KG["name"])),
        tags=_grouped(tagged),
        concepts=_grouped(concepts),
        links=tuple(sorted({pair for pair in reader.pairs(KG["linksTo"]) if reader.notes.issuperset(pair)})),
        statements=tuple(sorted(statements)),
        people=frozenset(iri for name in _PEOPLE for iri in reader.of_class(KG[name]) if not reader.is_user(iri)),
    )


class _Reader:
    """What the default graph says, by predicate: so a large graph is read for these alone."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self.notes = {iri for iri, _ in self.literals(KG["path"])} & set(self.of_class(KG["Note"]))

    def objects(self, predicate: NamedNode, object_: Term | None = None) -> Iterable[tuple[str, Term]]:
        for quad in self._graph.store.match(None, predicate, object_, DefaultGraph()):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject.value, quad.object

    def pairs(self, predicate: NamedNode) -> list[tuple[str, str]]:
        return [(iri, found.value) for iri, found in self.objects(predicate) if isinstance(found, NamedNode)]

    def literals(self, predicate: NamedNode) -> list[tuple[str, str]]:
        return [(iri, found.value) for iri, found in self.objects(predicate) if isinstance(found, Literal)]

    def of_class(self, class_iri: NamedNode) -> list[str]:
        return [iri for iri, _ in self.objects(RDF["type"], class_iri)]

    def earliest(self, predicate: NamedNode) -> dict[str, str]:
        """Return one value of each subject, the first by code point."""
        return dict(sorted(self.literals(predicate), reverse=True))

    def dates(self, predicate: NamedNode) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        for iri, text in self.literals(predicate):
            match = _DATE.match(text)
            if match and not is_placeholder_date(text):
                found[iri].append(match[0])
        return found

    def is_user(self, iri: str) -> bool:
        """Tell whether an IRI is that of someone who uses the graph: what they do is nothing that notes say."""
        return iri.startswith(f"{self._graph.minter.base}user/")

    def statements(self, tags: set[str]) -> set[tuple[str, str]]:
        """Return the ends of what is stated between things, no note, tag or user among them."""
        found: set[tuple[str, str]] = set()
        for iri, term in self._graph.ontology.properties.items():
            if term.is_data or term.system:
                continue
            for pair in self.pairs(iri):
                if pair[0] != pair[1] and self.notes.isdisjoint(pair) and tags.isdisjoint(pair):
                    found.add(pair)
        return {pair for pair in found if not self.is_user(pair[0])}


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in pairs:
        found[one].add(other)
    return {one: tuple(sorted(found[one])) for one in sorted(found)}
