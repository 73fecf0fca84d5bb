"""Which decisions fit nothing any more, read beside a store that others may be writing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from kg.cache import IngestCache
from kg.decisions import Log, unapplied
from kg.graph import KnowledgeGraph, written_in
from kg.rdf import NamedNode

__all__ = ["read_unapplied"]


def read_unapplied(graph: KnowledgeGraph, log: Log, cache: Path) -> tuple[NamedNode, ...]:
    """Return the decisions in force that fit nothing any more, in order.

    Args:
        cache: the home's; where none is, no note is known here, and no file is made.
    """
    if not any(log.in_force()):
        return ()
    with closing(IngestCache(cache if cache.exists() else None)) as opened:
        notes, classes = opened.notes, graph.ontology.classes

        def is_known(iri: NamedNode) -> bool:
            is_said = iri in graph.ontology.individuals or bool(notes.said_of(iri.value))
            return is_said or any(written_in(graph, iri))

        return unapplied(log, notes.applied(), is_known, classes.__contains__)
