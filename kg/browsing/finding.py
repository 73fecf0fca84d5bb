"""What a request names: a note, a thing, a class or a property."""

from __future__ import annotations

from kg.browsing.reading import rows, text
from kg.errors import AmbiguousNameError, NotFoundError
from kg.explain import find_note, find_resource
from kg.explain.reading import first_value, merged
from kg.graph import KnowledgeGraph
from kg.iri import normalise_name
from kg.rdf import DCT, KG, Literal, NamedNode, Term, parse_iri

__all__ = ["class_named", "note_named", "object_named", "property_named", "resource_named"]

_TITLES = "SELECT ?note ?title { ?note a kg:Note ; dct:title ?title }"


def note_named(graph: KnowledgeGraph, target: str) -> NamedNode:
    """Return the note that a target names: its IRI or that of what it describes, its path, its `id`, or its title.

    A path may lack its `.md`, a title may be in another case. What comes earlier in this order is taken first.

    Raises:
        NotFoundError: no note fits, with the nearest path. AmbiguousNameError: several do, and which.
    """
    try:
        return find_note(graph, target)
    except NotFoundError as error:
        not_found = error
    for found in (_describing(graph, target), _by_value(graph, KG["path"], f"{target}.md"), _by_id(graph, target)):
        if found:
            return _only(target, found)
    wanted = normalise_name(target)
    titled = {
        row["note"]: text(row["title"]) for row in rows(graph, _TITLES) if normalise_name(text(row["title"])) == wanted
    }
    if not titled:
        raise not_found
    return _only(target, [note for note in titled if isinstance(note, NamedNode)])


def _only(target: str, found: list[NamedNode]) -> NamedNode:
    if len(found) > 1:
        raise AmbiguousNameError(target, [(each.value, target) for each in sorted(found, key=str)])
    return found[0]


def _describing(graph: KnowledgeGraph, target: str) -> list[NamedNode]:
    try:
        thing = NamedNode(target)
    except ValueError:
        return []
    found = {quad.subject for quad in merged(graph, None, KG["describes"], thing)}
    return sorted((each for each in found if isinstance(each, NamedNode)), key=str)[:1]


def _by_id(graph: KnowledgeGraph, target: str) -> list[NamedNode]:
    """Return the notes with an `id`; other documents may have the identifier too."""
    found = _by_value(graph, DCT["identifier"], target)
    return [note for note in found if first_value(graph, note, KG["path"]) is not None]


def _by_value(graph: KnowledgeGraph, predicate: NamedNode, value: str) -> list[NamedNode]:
    found = {quad.subject for quad in merged(graph, None, predicate, Literal(value))}
    return [each for each in found if isinstance(each, NamedNode)]


def resource_named(graph: KnowledgeGraph, target: str) -> NamedNode:
    """Return the resource that a target names: an IRI, a note's path or `id`, or a name.

    Raises:
        NotFoundError: nothing is called so, with the nearest name.
    """
    try:
        return find_resource(graph, target)
    except NotFoundError:
        found = _by_id(graph, target)
        if not found:
            raise
        return _only(target, found)


def object_named(graph: KnowledgeGraph, target: str) -> Term:
    """Return what a target names as an object: a resource, else the text of a literal."""
    try:
        return resource_named(graph, target)
    except NotFoundError:
        return Literal(target)


def class_named(graph: KnowledgeGraph, name: str) -> NamedNode:
    """Return the class that an IRI, a label or a local name stands for.

    Raises:
        NotFoundError: the ontology has none of that name; an IRI is taken as it is.
    """
    ontology = graph.ontology
    found = ontology.class_named(name) or parse_iri(name)
    if found is None:
        raise NotFoundError("class", name, [ontology.label(iri) for iri in ontology.classes])
    return found


def property_named(graph: KnowledgeGraph, name: str) -> NamedNode:
    """Return the property that an IRI, a label or a local name stands for.

    Raises:
        NotFoundError: the ontology has none of that name; an IRI is taken as it is.
        AmbiguousNameError: several are called so.
    """
    ontology = graph.ontology
    found = ontology.properties_named(name)
    if len(found) > 1:
        raise AmbiguousNameError(name, [(iri.value, ontology.label(iri)) for iri in sorted(found, key=str)])
    if found:
        return found[0]
    iri = parse_iri(name)
    if iri is None:
        raise NotFoundError("property", name, [ontology.label(iri) for iri in ontology.properties])
    return iri
