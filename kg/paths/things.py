"""The graph as paths walk it: things, and the statements between them, read as they are needed."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg.explain.reading import merged
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.rdf import KG, OWL, PROV, RDF, RDFS, Literal, NamedNode, Quad

__all__ = ["Edge", "Things", "record_properties"]

Edge = tuple[NamedNode, NamedNode, NamedNode]
"""A statement between two resources: subject, predicate, object."""

_MOST = 500
"""Statements of a thing that paths walk through. What has more is a hub, which leads from anywhere to anywhere."""
_READ = 20_000
"""Triples of a resource that are read, records and evidence among them."""
_SCHEMA = (str(RDF), str(RDFS), str(OWL), str(PROV))
_DESCRIBES = KG["describes"]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a thing is in statements with.

    Attributes:
        edges: by the other thing, in order of their IRIs.
        is_partial: there are more, which were not read.
    """

    edges: Mapping[NamedNode, tuple[Edge, ...]]
    is_partial: bool


class Things:
    """Reads the things of a graph, each once. A note and what it describes are one thing, named by the latter.

    Records are no things: evidence, classes and properties, and what users of the graph did.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self._records = record_properties(graph.ontology)
        self._terms = frozenset({*graph.ontology.classes, *graph.ontology.properties})
        self._walked: dict[NamedNode, bool] = {}
        self._things: dict[NamedNode, NamedNode] = {}
        self._members: dict[NamedNode, tuple[NamedNode, ...]] = {}
        self._neighbours: dict[NamedNode, Neighbours] = {}
        self._hubs: dict[NamedNode, bool] = {}
        self._notes = f"{graph.minter.base}note/"

    def thing(self, iri: NamedNode) -> NamedNode:
        """Return the thing that a resource is: of a note what it describes, if that is anything."""
        known = self._things.get(iri)
        if known is not None:
            return known
        found = (quad.object for quad in merged(self._graph, iri, _DESCRIBES)) if self._may_be_note(iri) else ()
        described = [each for each in found if isinstance(each, NamedNode)]
        thing = self._things[iri] = min(described, key=str) if described else iri
        return thing

    def members(self, thing: NamedNode) -> tuple[NamedNode, ...]:
        """Return the resources that a thing is: itself, then the notes that describe it, by IRI."""
        if thing not in self._members:
            found = {quad.subject for quad in merged(self._graph, None, _DESCRIBES, thing)} - {thing}
            notes = sorted((each for each in found if isinstance(each, NamedNode)), key=str)
            self._members[thing] = (thing, *(note for note in notes if self.thing(note) == thing))
        return self._members[thing]

    def neighbours(self, thing: NamedNode) -> Neighbours:
        """Return what a thing is in statements with."""
        known = self._neighbours.get(thing)
        if known is None:
            edges, is_whole = self._read(thing, None)
            known = self._neighbours[thing] = self._ordered(thing, edges, not is_whole)
        return known

    def is_hub(self, thing: NamedNode) -> bool:
        """Tell whether a thing has too many statements to be walked through; no more of a hub is read than tells."""
        is_hub = self._hubs.get(thing)
        if is_hub is None:
            edges, is_whole = self._read(thing, _MOST)
            is_hub = self._hubs[thing] = not is_whole or len(edges) > _MOST
            if not is_hub:
                self._neighbours[thing] = self._ordered(thing, edges, False)
        return is_hub

    def between(self, first: NamedNode, second: NamedNode) -> tuple[Edge, ...]:
        """Return the statements between two things, in either direction, in order."""
        for one, other in ((first, second), (second, first)):
            known = self._neighbours.get(one)
            if known is not None and not known.is_partial:
                return known.edges.get(other, ())
        found: set[Edge] = set()
        for own, others in itertools.product(self.members(first), self.members(second)):
            for subject, object_ in ((own, others), (others, own)):
                for quad in merged(self._graph, subject, None, object_):
                    edge = self._edge(quad)
                    if edge is not None:
                        found.add(edge)
        return tuple(sorted(found, key=_order))

    def is_plain(self, predicate: NamedNode) -> bool:
        """Tell whether a property says little: one of notes as such, not of what the ontology is about."""
        term = self._graph.ontology.properties.get(predicate)
        return term is not None and term.system

    def _read(self, thing: NamedNode, most: int | None) -> tuple[set[Edge], bool]:
        """Read the statements of a thing, hardly more than `most`; return them, and whether they are all."""
        edges: set[Edge] = set()
        for member in self.members(thing):
            for subject, object_ in ((member, None), (None, member)):
                found = merged(self._graph, subject, None, object_)
                for quad in itertools.islice(found, _READ):
                    edge = self._edge(quad)
                    if edge is not None:
                        edges.add(edge)
                        if most is not None and len(edges) > most:
                            return edges, False
                if next(found, None) is not None:
                    return edges, False
        return edges, True

    def _ordered(self, thing: NamedNode, edges: Iterable[Edge], is_partial: bool) -> Neighbours:
        found: dict[NamedNode, list[Edge]] = {}
        for edge in edges:
            ends = self.thing(edge[0]), self.thing(edge[2])
            if ends[0] != ends[1]:
                found.setdefault(ends[1] if ends[0] == thing else ends[0], []).append(edge)
        ordered = {other: tuple(sorted(found[other], key=_order)) for other in sorted(found, key=str)}
        return Neighbours(ordered, is_partial)

    def _may_be_note(self, iri: NamedNode) -> bool:
        return iri.value.startswith(self._notes) and "#" not in iri.value

    def _edge(self, quad: Quad) -> Edge | None:
        """Return the statement that a triple is, None for one that no path walks over."""
        predicate = quad.predicate
        is_walked = self._walked.get(predicate)
        if is_walked is None:
            is_schema = predicate.value.startswith(_SCHEMA)
            is_walked = self._walked[predicate] = not is_schema and predicate not in self._records
        if not is_walked:
            return None
        subject, object_ = quad.subject, quad.object
        if not isinstance(subject, NamedNode) or not isinstance(object_, NamedNode):
            return None
        if subject in self._terms or object_ in self._terms:
            return None
        return subject, predicate, object_


def record_properties(ontology: Ontology) -> frozenset[NamedNode]:
    """Return the properties with which Noemata keeps its records: of the system, and not learnt from."""
    not_learnt = {
        triple.subject
        for triple in ontology.triples
        if triple.predicate == KG["embed"]
        and isinstance(triple.object, Literal)
        and triple.object.value in ("false", "0")
    }
    return frozenset(iri for iri, term in ontology.properties.items() if term.system and iri in not_learnt)


def _order(edge: Edge) -> tuple[str, ...]:
    return tuple(term.value for term in edge)
