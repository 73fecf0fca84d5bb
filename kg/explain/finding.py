"""Finding what somebody names: by its IRI, a note's path, or a name."""

from __future__ import annotations

from typing import TypeGuard

from kg.errors import AmbiguousNameError, NotFoundError
from kg.explain.reading import classes_of, first_value, is_known, merged, name_of
from kg.graph import KnowledgeGraph
from kg.iri import is_entity, normalise_name
from kg.rdf import DCT, KG, RDFS, XSD, Literal, NamedNode, Term, canonical, parse_iri

__all__ = ["find_entity", "find_note", "find_resource", "introduced", "may_be_entity", "named_iri", "resource_of"]


def find_resource(graph: KnowledgeGraph, target: str) -> NamedNode:
    """Return the resource that a target names: an IRI, a note's path, or a name whatever its case.

    The IRI of something that was merged leads to what stands for it. Of several with one name the described thing
    comes first, then an entity, then a note, then by IRI.

    Raises:
        NotFoundError: nothing fits, with the nearest name.
    """
    iri = parse_iri(target.strip())
    resource = None if iri is None else resource_of(graph, iri)
    if resource is not None:
        return resource
    by_path = _by_path(graph, target)
    if by_path:
        return by_path[0]
    names: dict[str, set[NamedNode]] = {}
    for predicate in (KG["name"], RDFS["label"], DCT["title"]):
        for quad in merged(graph, predicate=predicate):
            if isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode):
                names.setdefault(normalise_name(quad.object.value), set()).add(quad.subject)
    wanted = normalise_name(target)
    if wanted not in names:
        raise NotFoundError("note or entity", target, names)
    return min(names[wanted], key=lambda found: _rank(graph, found))


def resource_of(graph: KnowledgeGraph, iri: NamedNode) -> NamedNode | None:
    """Return what an IRI means: itself, or what stands for it since it was merged; None where nothing is said of it."""
    return iri if is_known(graph, iri) else _keeper(graph, iri)


def named_iri(graph: KnowledgeGraph, target: str) -> NamedNode | None:
    """Return the IRI that a text is, known or not; None for what may as well be a name, as `Re:Zero`."""
    iri = parse_iri(target.strip())
    is_iri = iri is not None and ("//" in iri.value or iri.value.startswith(graph.minter.base) or is_known(graph, iri))
    return iri if is_iri else None


def find_entity(graph: KnowledgeGraph, target: str) -> NamedNode:
    """Return the one entity that a target names: by its IRI, else by a name that only one thing has.

    An IRI is taken as it is, known or not; that of something that was merged stays its own. The name as it is written
    comes before the same in another case. Notes, tags, classes and properties are no entities.

    Raises:
        AmbiguousNameError: several are called so, and which. NotFoundError: none is, with the nearest name.
    """
    iri = named_iri(graph, target)
    if iri is not None:
        return iri
    wanted = normalise_name(target)
    names: dict[str, set[NamedNode]] = {}
    as_written: set[NamedNode] = set()
    for predicate in (KG["name"], RDFS["label"]):
        for quad in merged(graph, predicate=predicate):
            if not isinstance(quad.object, Literal) or not may_be_entity(quad.subject, graph):
                continue
            names.setdefault(normalise_name(quad.object.value), set()).add(quad.subject)
            if quad.object.value == target:
                as_written.add(quad.subject)
    found = as_written if len(as_written) == 1 else names.get(wanted, set())
    if not found:
        raise NotFoundError("entity", target, names)
    if len(found) > 1:
        ordered = sorted(found, key=lambda each: _rank(graph, each))
        raise AmbiguousNameError(target, [(each.value, introduced(graph, each)) for each in ordered])
    return next(iter(found))


def find_note(graph: KnowledgeGraph, target: str) -> NamedNode:
    """Return the one note that a target names: by its IRI or its path.

    Raises:
        AmbiguousNameError: several folders have that path. NotFoundError: no note has it.
    """
    iri = parse_iri(target.strip())
    if iri is not None and first_value(graph, iri, KG["path"]) is not None:
        return iri
    found = _by_path(graph, target)
    if not found:
        paths = (quad.object for quad in merged(graph, predicate=KG["path"]))
        raise NotFoundError("note", target, [path.value for path in paths if isinstance(path, Literal)])
    if len(found) > 1:
        raise AmbiguousNameError(target, [(each.value, target) for each in found])
    return found[0]


def introduced(graph: KnowledgeGraph, iri: NamedNode) -> str:
    """Return what a thing is called, and of which classes it is: `Ada (person)`."""
    classes = classes_of(graph, iri)
    return f"{name_of(graph, iri)} ({', '.join(classes)})" if classes else name_of(graph, iri)


def _keeper(graph: KnowledgeGraph, iri: NamedNode) -> NamedNode | None:
    """Return what stands for something that was merged."""
    form = canonical(Literal(iri.value, datatype=XSD["anyURI"]))
    found = (quad.subject for quad in merged(graph, predicate=KG["mergedFrom"], object=form))
    return min((each for each in found if isinstance(each, NamedNode)), key=str, default=None)


def _by_path(graph: KnowledgeGraph, path: str) -> list[NamedNode]:
    found = graph.store.match(predicate=KG["path"], object=Literal(path))
    return sorted({quad.subject for quad in found if isinstance(quad.subject, NamedNode)}, key=str)


def may_be_entity(term: Term, graph: KnowledgeGraph) -> TypeGuard[NamedNode]:
    """Tell whether a term is none of those that no decision is about: notes, tags, classes, properties, literals."""
    ontology = graph.ontology
    return is_entity(term, graph.minter) and term not in ontology.classes and term not in ontology.properties


def _rank(graph: KnowledgeGraph, iri: NamedNode) -> tuple[int, str]:
    base = graph.minter.base
    kinds = ("#it", f"{base}entity/", f"{base}tag/", f"{base}note/")
    found = next(
        (n for n, kind in enumerate(kinds) if iri.value.endswith(kind) or iri.value.startswith(kind)), len(kinds)
    )
    return found, iri.value
