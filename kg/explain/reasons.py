"""Why some terms stand together: the statements between them with their sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg.explain.reading import PLUMBING, merged, name_of, path_of
from kg.explain.sources import Source, source_of
from kg.graph import KnowledgeGraph
from kg.rdf import KG, RDF, RDFS, Literal, NamedNode, Term, canonical

__all__ = ["Reason", "reason_for", "reasons_among"]


@dataclass(frozen=True, slots=True)
class Reason:
    """A statement in words with its sentences; without any, `paths` are the notes whose graphs hold it."""

    subject: str
    predicate: str
    object: str
    sources: tuple[Source, ...]
    paths: tuple[str, ...]


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
    about = (quad.subject for quad in merged(graph, None, RDF["subject"], subject))
    evidence = (
        each for each in about if isinstance(each, NamedNode) and any(merged(graph, each, RDF["object"], object_))
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
    row = {quad.predicate: quad.object for quad in merged(graph, evidence)}
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
        for quad in merged(graph, None, RDF["subject"], subject):
            evidence = quad.subject
            if isinstance(evidence, NamedNode) and any(
                each.object in values for each in merged(graph, evidence, RDF["object"])
            ):
                triple = _stated(graph, evidence)
                if triple is not None:
                    found.setdefault(triple, []).append(evidence)
        for object_ in values:
            for quad in merged(graph, subject, None, object_):
                if quad.predicate not in PLUMBING:
                    found.setdefault((subject, quad.predicate, object_), [])
    chosen = {triple: evidence for triple, evidence in found.items() if triple[1] in resources}
    return chosen or found


def _about(graph: KnowledgeGraph, iri: NamedNode) -> dict[_Triple, list[NamedNode]]:
    found: dict[_Triple, list[NamedNode]] = {}
    for role in ("subject", "object"):
        for quad in merged(graph, None, RDF[role], iri):
            triple = _stated(graph, quad.subject) if isinstance(quad.subject, NamedNode) else None
            if triple is not None and isinstance(quad.subject, NamedNode):
                found.setdefault(triple, []).append(quad.subject)
    return found


def _called(graph: KnowledgeGraph, name: Literal) -> set[NamedNode]:
    """Return a few of the things that have a name, as it is written."""
    quads = [quad for predicate in (KG["name"], RDFS["label"]) for quad in merged(graph, None, predicate, name)]
    return set([quad.subject for quad in quads if isinstance(quad.subject, NamedNode)][:_SAME_NAME])


def _reason(graph: KnowledgeGraph, triple: _Triple, evidence: Iterable[NamedNode]) -> Reason:
    subject, predicate, object_ = triple
    rows = ((iri, {quad.predicate: quad.object for quad in merged(graph, iri)}) for iri in dict.fromkeys(evidence))
    sources = sorted((source_of(graph, *row) for row in rows), key=lambda source: (source.path, source.start))
    graphs = {quad.graph_name for quad in graph.store.match(subject, predicate, object_)} if not sources else set()
    label = graph.ontology.label(predicate)
    paths = tuple(sorted(path_of(graph, name) for name in graphs))
    return Reason(name_of(graph, subject), label, name_of(graph, object_), tuple(sources), paths)
