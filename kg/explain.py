"""What the graph holds about one note or one entity: names, classes, and facts with their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kg.errors import NotFoundError
from kg.graph import KnowledgeGraph
from kg.iri import normalise_name
from kg.rdf import DCT, KG, RDF, RDFS, DefaultGraph, Literal, NamedNode, Quad, Term, canonical, local_name

__all__ = ["Fact", "Page", "Reason", "Source", "find_resource", "reason_for", "reasons_among", "show"]

_PLUMBING = frozenset(
    {
        KG["contentHash"],
        KG["stateHash"],
        KG["graph"],
        KG["name"],
        KG["path"],
        KG["describes"],
        KG["root"],
        RDFS["label"],
    }
    | {RDF["type"], DCT["title"], DCT["identifier"]}
)


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that a fact was read from; `start`/`end` as in `kg.model`."""

    note: str
    path: str
    quote: str
    start: int
    end: int
    confidence: float
    kind: str


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
class Reason:
    """A statement in words with its sentences; without any, `paths` are the notes whose graphs hold it."""

    subject: str
    predicate: str
    object: str
    sources: tuple[Source, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """All that is shown of a resource; facts sorted by property, direction and name."""

    iri: str
    name: str
    names: tuple[str, ...]
    classes: tuple[str, ...]
    note: str | None
    described: str | None
    facts: tuple[Fact, ...]
    mentioned_in: tuple[str, ...]

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
                    "evidence": [
                        {
                            "note": s.note,
                            "path": s.path,
                            "quote": s.quote,
                            "start": s.start,
                            "end": s.end,
                            "confidence": s.confidence,
                            "kind": s.kind,
                        }
                        for s in fact.sources
                    ],
                }
                for fact in self.facts
            ],
            "mentioned_in": list(self.mentioned_in),
        }


def find_resource(graph: KnowledgeGraph, target: str) -> NamedNode:
    """Return the resource that a target names: an IRI, a note's path, or a name whatever its case.

    Of several with one name the described thing comes first, then an entity, then a note, then by IRI.

    Raises:
        NotFoundError: nothing fits, with the nearest name.
    """
    if ":" in target and not any(character.isspace() for character in target):
        try:
            iri = NamedNode(target)
        except ValueError:
            iri = None
        if iri is not None and (_any(graph, subject=iri) or _any(graph, object=iri)):
            return iri
    by_path = sorted(
        (
            q.subject
            for q in graph.store.match(predicate=KG["path"], object=Literal(target))
            if isinstance(q.subject, NamedNode)
        ),
        key=lambda found: found.value,
    )
    if by_path:
        return by_path[0]
    wanted = normalise_name(target)
    names: dict[str, set[NamedNode]] = {}
    for predicate in (KG["name"], RDFS["label"], DCT["title"]):
        for quad in graph.store.match(predicate=predicate, graph_name=DefaultGraph()):
            if isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode):
                names.setdefault(normalise_name(quad.object.value), set()).add(quad.subject)
    if wanted not in names:
        raise NotFoundError("note or entity", target, names)
    return min(names[wanted], key=lambda iri: _rank(graph, iri))


def _rank(graph: KnowledgeGraph, iri: NamedNode) -> tuple[int, str]:
    base = graph.minter.base
    kinds = ("#it", f"{base}entity/", f"{base}tag/", f"{base}note/")
    found = next(
        (n for n, kind in enumerate(kinds) if iri.value.endswith(kind) or iri.value.startswith(kind)), len(kinds)
    )
    return found, iri.value


def _any(graph: KnowledgeGraph, subject: NamedNode | None = None, object: NamedNode | None = None) -> bool:
    return next(graph.store.match(subject, None, object, DefaultGraph()), None) is not None


def show(graph: KnowledgeGraph, target: str) -> Page:
    """Return the page of a note or an entity.

    Raises:
        NotFoundError: nothing is called so.
    """
    iri = find_resource(graph, target)
    described = _first(graph, iri, KG["describes"])
    note = next(
        (q.subject.value for q in _read(graph, None, KG["describes"], iri) if isinstance(q.subject, NamedNode)), None
    )
    subjects = [iri] + ([described] if isinstance(described, NamedNode) else [])
    evidence = _EvidenceIndex(graph)
    facts = sorted(
        {fact for subject in subjects for fact in _facts(graph, subject, evidence)},
        key=lambda fact: (fact.label, fact.is_inverse, fact.other_name, fact.other),
    )
    return Page(
        iri=iri.value,
        name=_name(graph, iri),
        names=tuple(
            sorted({q.object.value for q in _read(graph, iri, RDFS["label"]) if isinstance(q.object, Literal)})
        ),
        classes=_classes(graph, described if isinstance(described, NamedNode) else iri),
        note=note,
        described=described.value if isinstance(described, NamedNode) else None,
        facts=tuple(facts),
        mentioned_in=tuple(sorted({_path(graph, q.subject) for q in _read(graph, None, KG["mentions"], iri)})),
    )


def _read(
    graph: KnowledgeGraph, subject: NamedNode | None, predicate: NamedNode | None = None, object: Term | None = None
) -> Iterator[Quad]:
    return graph.store.match(subject, predicate, object, DefaultGraph())


def _first(graph: KnowledgeGraph, subject: NamedNode, predicate: NamedNode) -> Term | None:
    return min((q.object for q in _read(graph, subject, predicate)), key=str, default=None)


def _name(graph: KnowledgeGraph, term: Term) -> str:
    if isinstance(term, Literal):
        return term.value
    if not isinstance(term, NamedNode):
        return str(term)
    name = _first(graph, term, KG["name"])
    return name.value if isinstance(name, Literal) else local_name(term) or term.value


def _path(graph: KnowledgeGraph, note: object) -> str:
    path = _first(graph, note, KG["path"]) if isinstance(note, NamedNode) else None
    return path.value if isinstance(path, Literal) else str(note)


def _classes(graph: KnowledgeGraph, iri: NamedNode) -> tuple[str, ...]:
    """Return the labels of the most specific classes."""
    found = {q.object for q in _read(graph, iri, RDF["type"]) if isinstance(q.object, NamedNode)}
    wider = {parent for class_iri in found for parent in graph.ontology.superclasses(class_iri)}
    return tuple(sorted(graph.ontology.label(class_iri) for class_iri in found - wider))


def _facts(graph: KnowledgeGraph, iri: NamedNode, evidence: _EvidenceIndex) -> Iterator[Fact]:
    for quad in _read(graph, iri):
        if quad.predicate not in _PLUMBING:
            yield _fact(graph, quad, False, evidence)
    for quad in _read(graph, None, None, iri):
        plumbing = quad.predicate in _PLUMBING or quad.predicate in (KG["mentions"], RDF["subject"], RDF["object"])
        if not plumbing and quad.predicate != KG["inNote"]:
            yield _fact(graph, quad, True, evidence)


def _fact(graph: KnowledgeGraph, quad: Quad, is_inverse: bool, evidence: _EvidenceIndex) -> Fact:
    other = quad.subject if is_inverse else quad.object
    return Fact(
        predicate=quad.predicate.value,
        label=graph.ontology.label(quad.predicate),
        other=other.value if isinstance(other, NamedNode | Literal) else str(other),
        other_name=_name(graph, other),
        is_inverse=is_inverse,
        sources=evidence.of(quad),
    )


class _EvidenceIndex:
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
        for found in _read(self._graph, None, RDF["subject"], subject):
            if isinstance(found.subject, NamedNode):
                row = {q.predicate: q.object for q in _read(self._graph, found.subject)}
                if row.get(RDF["type"]) == KG["Evidence"]:
                    key = (row.get(RDF["predicate"]), row.get(RDF["object"]))
                    rows.setdefault(key, []).append(_source(self._graph, row))
        return rows


def _source(graph: KnowledgeGraph, row: dict[NamedNode, Term]) -> Source:
    def text(name: str) -> str:
        value = row.get(KG[name])
        return value.value if isinstance(value, Literal | NamedNode) else ""

    note = row.get(KG["inNote"])
    return Source(
        note=text("inNote"),
        path=_path(graph, note),
        quote=text("quote"),
        start=int(text("start") or 0),
        end=int(text("end") or 0),
        confidence=float(text("confidence") or 0),
        kind=text("kind"),
    )


# --- why some terms stand together

_SAME_NAME = 10
"""Things of one name that are looked at."""

_Triple = tuple[NamedNode, NamedNode, Term]


def reasons_among(graph: KnowledgeGraph, terms: Iterable[Term]) -> tuple[Reason, ...]:
    """Return why some terms, the row of an answer say, stand together: the statements between them.

    A name stands for what is called so, where the terms themselves are in no statement together. Of a lone
    resource all statements with evidence are returned. Sorted by their words; the search takes some 5 µs for
    each piece of evidence about one of the terms.
    """
    values = {canonical(term) for term in terms}
    resources = {term for term in values if isinstance(term, NamedNode)}
    found = _evidence_of(graph, resources) or _between(graph, resources, values)
    if not found:
        named = {iri for term in values if isinstance(term, Literal) for iri in _called(graph, term)}
        if named:
            resources |= named
            found = _between(graph, resources, values | resources)
    if not found and len(resources) == 1:
        (lone,) = resources
        found = _about(graph, lone)
    reasons = (_reason(graph, triple, evidence) for triple, evidence in found.items())
    return tuple(sorted(reasons, key=lambda reason: (reason.subject, reason.predicate, reason.object)))


def reason_for(graph: KnowledgeGraph, subject: NamedNode, predicate: NamedNode, object_: Term) -> Reason:
    """Return one statement in words with its sentences."""
    triple = (subject, predicate, object_)
    about = (quad.subject for quad in _read(graph, None, RDF["subject"], subject))
    evidence = (
        each for each in about if isinstance(each, NamedNode) and any(_read(graph, each, RDF["object"], object_))
    )
    return _reason(graph, triple, (each for each in evidence if _stated(graph, each) == triple))


def _evidence_of(graph: KnowledgeGraph, resources: set[NamedNode]) -> dict[_Triple, list[NamedNode]]:
    """Return the statements of those terms that are evidence themselves."""
    found: dict[_Triple, list[NamedNode]] = {}
    for iri in resources:
        triple = _stated(graph, iri)
        if triple is not None:
            found.setdefault(triple, []).append(iri)
    return found


def _stated(graph: KnowledgeGraph, evidence: NamedNode) -> _Triple | None:
    """Return the triple that a piece of evidence is for, None for anything else."""
    row = {quad.predicate: quad.object for quad in _read(graph, evidence)}
    subject, predicate, object_ = (row.get(RDF[name]) for name in ("subject", "predicate", "object"))
    if row.get(RDF["type"]) != KG["Evidence"] or object_ is None:
        return None
    if not isinstance(subject, NamedNode) or not isinstance(predicate, NamedNode):
        return None
    return subject, predicate, object_


def _between(graph: KnowledgeGraph, resources: set[NamedNode], values: set[Term]) -> dict[_Triple, list[NamedNode]]:
    """Return the statements between some terms with their evidence; a property among them chooses its own."""
    found: dict[_Triple, list[NamedNode]] = {}
    for subject in resources:
        for quad in _read(graph, None, RDF["subject"], subject):
            evidence = quad.subject
            if isinstance(evidence, NamedNode) and any(
                each.object in values for each in _read(graph, evidence, RDF["object"])
            ):
                triple = _stated(graph, evidence)
                if triple is not None:
                    found.setdefault(triple, []).append(evidence)
        for object_ in values:
            for quad in _read(graph, subject, None, object_):
                if quad.predicate not in _PLUMBING:
                    found.setdefault((subject, quad.predicate, object_), [])
    chosen = {triple: evidence for triple, evidence in found.items() if triple[1] in resources}
    return chosen or found


def _about(graph: KnowledgeGraph, iri: NamedNode) -> dict[_Triple, list[NamedNode]]:
    found: dict[_Triple, list[NamedNode]] = {}
    for role in ("subject", "object"):
        for quad in _read(graph, None, RDF[role], iri):
            triple = _stated(graph, quad.subject) if isinstance(quad.subject, NamedNode) else None
            if triple is not None and isinstance(quad.subject, NamedNode):
                found.setdefault(triple, []).append(quad.subject)
    return found


def _called(graph: KnowledgeGraph, name: Literal) -> set[NamedNode]:
    """Return a few of the things that have a name, as it is written."""
    quads = [quad for predicate in (KG["name"], RDFS["label"]) for quad in _read(graph, None, predicate, name)]
    return set([quad.subject for quad in quads if isinstance(quad.subject, NamedNode)][:_SAME_NAME])


def _reason(graph: KnowledgeGraph, triple: _Triple, evidence: Iterable[NamedNode]) -> Reason:
    subject, predicate, object_ = triple
    rows = ({quad.predicate: quad.object for quad in _read(graph, iri)} for iri in dict.fromkeys(evidence))
    sources = sorted((_source(graph, row) for row in rows), key=lambda source: (source.path, source.start))
    graphs = {quad.graph_name for quad in graph.store.match(subject, predicate, object_)} if not sources else set()
    label = graph.ontology.label(predicate)
    paths = tuple(sorted(_path(graph, name) for name in graphs))
    return Reason(_name(graph, subject), label, _name(graph, object_), tuple(sources), paths)
