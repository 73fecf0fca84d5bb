"""The short names of an ontology's terms, where a graph has names and no IRIs, as in Neo4j."""

from __future__ import annotations

from collections.abc import Mapping

from kg.ontology.model import Ontology
from kg.rdf import KG, PREFIXES, NamedNode, local_name

__all__ = ["bare_names"]

_RESERVED = frozenset({"Resource", "iri"})
"""What a graph calls every thing, and its identity; names that begin with `_` are the system's too."""
_OTHERS = tuple(namespace for prefix, namespace in PREFIXES.items() if prefix != "kg")


def bare_names(ontology: Ontology) -> Mapping[str, NamedNode]:
    """Return the classes and properties that are called by their local names alone.

    The terms of well-known vocabularies keep their prefix (`foaf__name`). Where two terms have the same local name, the
    user's is bare and not ours, which is `kg__X` then; of two of the user's it is the first by IRI. A term without a
    usable local name has no entry.
    """
    names: dict[str, NamedNode] = {}
    terms = {iri for iri in (*ontology.classes, *ontology.properties) if not iri.value.startswith(_OTHERS)}
    for iri in sorted(terms, key=lambda iri: (iri.value.startswith(str(KG)), iri.value)):
        name = local_name(iri)
        if name and not name.startswith("_") and name not in _RESERVED:
            names.setdefault(name, iri)
    return names
