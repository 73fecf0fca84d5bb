"""The names that Cypher has for what a graph holds, where no database has pinned others."""

from __future__ import annotations

from kg.ontology import Ontology, bare_names
from kg.property_graph.names import Names
from kg.rdf import PREFIXES

__all__ = ["cypher_names"]


def cypher_names(ontology: Ontology, base: str) -> Names:
    """Return how classes and properties are called in Cypher: the ontology's by bare names, others `prefix__local`.

    Args:
        base: of the home's IRIs.
    """
    terms = {name: iri.value for name, iri in bare_names(ontology).items()}
    return Names(base, PREFIXES, terms)
