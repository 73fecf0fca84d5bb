"""In which ways a triple pattern may be stored: as relationships, properties, labels; by every name that is in use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.property_graph.names import Names
from kg.rdf import RDF, BlankNode, Literal, NamedNode, Triple
from kg.slices import Pattern, Variable
from kg.stores.neo4j.vocabulary import Vocabulary

__all__ = ["REFERENCES", "Way", "ways_of"]

REFERENCES = frozenset({RDF["predicate"], RDF["object"]})
"""Properties whose IRIs lie in a property by name, with a note that holds the IRI."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way: `names` are the types, keys or labels of which any may hold it; none given, any at all.

    "reference" is a property that names an IRI, "node" all properties and labels of a node.
    """

    kind: OneOf["relationship", "property", "reference", "label", "node"]
    names: tuple[str, ...] = ()


def ways_of(
    pattern: Pattern,
    resources: Collection[Variable],
    iris: Mapping[Variable, tuple[NamedNode | BlankNode, ...]],
    names: Names,
    used: Vocabulary,
) -> list[Way]:
    """Return the ways in which matches of a pattern may be stored, none where nothing can match.

    Args:
        resources: variables that no literal can be the value of. iris: all that some variables can be.
    """
    subject, predicate, object_ = pattern.subject, pattern.predicate, pattern.object
    if isinstance(subject, Literal | Triple):
        return []
    if isinstance(predicate, NamedNode):
        predicates: tuple[NamedNode, ...] | None = (predicate,)
    else:
        given = iris.get(predicate)
        predicates = None if given is None else tuple(term for term in given if isinstance(term, NamedNode))
    known = iris.get(object_) if isinstance(object_, Variable) else None
    is_resource = isinstance(object_, NamedNode | BlankNode) or object_ in resources
    is_literal = isinstance(object_, Literal | Triple)
    found = []
    if not is_literal:
        found += _relationships(predicates, names, used)
        if predicates is None or RDF["type"] in predicates:
            found += _labels((object_,) if isinstance(object_, NamedNode | BlankNode) else known, names, used)
    if not is_resource:
        found += _properties(predicates, names, used)
    elif not isinstance(object_, BlankNode):
        wanted = REFERENCES if predicates is None else REFERENCES.intersection(predicates)
        found += [Way("reference", (key,)) for iri in sorted(wanted, key=str) for key in _in_use(iri, names, used.keys)]
    if Way("node") in found and Way("label") in found:
        found.remove(Way("label"))
    return found


def _in_use(iri: NamedNode, names: Names, used: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names.all(iri) if name in used)


def _relationships(predicates: tuple[NamedNode, ...] | None, names: Names, used: Vocabulary) -> list[Way]:
    if predicates is None:
        return [Way("relationship")] if used.types else []
    types = tuple(dict.fromkeys(name for iri in predicates for name in _in_use(iri, names, used.types)))
    return [Way("relationship", types)] if types else []


def _properties(predicates: tuple[NamedNode, ...] | None, names: Names, used: Vocabulary) -> list[Way]:
    if predicates is None:
        return [Way("node")] if used.keys or used.labels else []
    keys = tuple(dict.fromkeys(name for iri in predicates for name in _in_use(iri, names, used.keys)))
    seekable = tuple(key for key in keys if key in used.indexed)
    others = tuple(key for key in keys if key not in used.indexed)
    return [Way("property", found) for found in ((seekable, others) if len(predicates) == 1 else (keys,)) if found]


def _labels(objects: tuple[NamedNode | BlankNode, ...] | None, names: Names, used: Vocabulary) -> list[Way]:
    if objects is None:
        return [Way("label")] if used.labels else []
    classes = (term for term in objects if isinstance(term, NamedNode))
    labels = tuple(dict.fromkeys(name for iri in classes for name in _in_use(iri, names, used.labels)))
    return [Way("label", labels)] if labels else []
