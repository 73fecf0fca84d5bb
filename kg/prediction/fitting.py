"""What fits the domain and the range of a relation: the entities that a prediction can be about.

Stricter than the gate for notes (`kg.validate`): nobody has said what is predicted, so an entity whose class is not
known fits no relation that asks for one. Whatever fits here is admitted there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from kg.embeddings import Candidates, Vocabulary
from kg.graph import KnowledgeGraph
from kg.ontology import Ontology
from kg.rdf import KG, OWL, RDF, NamedNode

__all__ = ["Fitting", "entity_classes"]

_EVERYTHING = frozenset({KG["Entity"], OWL["Thing"]})
_RECORDS = frozenset({KG["Evidence"], KG["Refusal"], KG["Prediction"], KG["Decision"], KG["Merge"]})

Classes = Mapping[str, frozenset[NamedNode]]
"""The known classes of things, by IRI."""


def entity_classes(graph: KnowledgeGraph) -> dict[str, frozenset[NamedNode]]:
    """Return the classes of everything that has one, with their super-classes; records about statements apart."""
    minter = graph.minter
    others = {minter.graph("predicted"), minter.graph("decisions")}
    found: defaultdict[str, set[NamedNode]] = defaultdict(set)
    ontology, closures = graph.ontology, {}
    for quad in graph.store.match(None, RDF["type"]):
        class_iri = quad.object
        if class_iri in _RECORDS or not isinstance(class_iri, NamedNode) or not isinstance(quad.subject, NamedNode):
            if class_iri in _RECORDS and isinstance(quad.subject, NamedNode) and quad.graph_name not in others:
                found[quad.subject.value].add(class_iri)  # type: ignore[arg-type]
            continue
        if quad.graph_name in others:
            continue
        if class_iri not in closures:
            closures[class_iri] = ontology.superclasses(class_iri) | {class_iri}
        found[quad.subject.value].update(closures[class_iri])
    return {iri: frozenset(classes) for iri, classes in found.items()}


class Fitting:
    """Which entities fit which relations of a graph.

    An axiom of domain or range asks for one of its classes: a known class of the entity has to be one, or below one,
    and none may be disjoint from all of them. Where no axiom asks for anything, and where Noemata itself writes the
    relation, an entity fits that has a class, or as little of one, as something that stands there already. A note fits
    only where other notes stand: what a note is about is something else, and most relations speak of that.

    Args:
        classes: of the entities, where they are read already.
    """

    def __init__(
        self, graph: KnowledgeGraph, entities: Vocabulary, relations: Vocabulary, classes: Classes | None = None
    ) -> None:
        self._ontology, self._entities, self._relations = graph.ontology, entities, relations
        self._match = graph.store.match
        known = entity_classes(graph) if classes is None else classes
        # Entities with the same classes fit the same relations: each set of classes is judged once.
        kinds: dict[frozenset[NamedNode], int] = {}
        numbers = [kinds.setdefault(known.get(name, frozenset()), len(kinds)) for name in entities.names]
        self._kind = np.array(numbers, dtype=np.int64)
        self._kinds = tuple(kinds)
        self._found: dict[tuple[int, bool], NDArray[np.bool_]] = {}

    def heads(self, relation: int) -> NDArray[np.bool_]:
        """Return which entities can be subjects of a relation: (entities,) bool."""
        return self._side(relation, is_head=True)

    def tails(self, relation: int) -> NDArray[np.bool_]:
        """Return which entities can be objects of a relation: (entities,) bool."""
        return self._side(relation, is_head=False)

    def admits(self, subject: int, predicate: int, object: int) -> bool:
        """Tell whether both ends, given by their ids, fit the relation."""
        return bool(self.heads(predicate)[subject] and self.tails(predicate)[object])

    def candidates(self) -> Candidates:
        """Return all of it, as evaluation takes it."""
        count = range(len(self._relations))
        return Candidates(tuple(self.heads(r) for r in count), tuple(self.tails(r) for r in count))

    def is_system(self, relation: int) -> bool:
        """Tell whether Noemata itself writes a relation, such as links, mentions and tags."""
        term = self._ontology.properties.get(NamedNode(self._relations.names[relation]))
        return term is not None and term.system

    def _side(self, relation: int, is_head: bool) -> NDArray[np.bool_]:
        key = (relation, is_head)
        if key not in self._found:
            predicate = NamedNode(self._relations.names[relation])
            axioms = self._ontology.domains(predicate) if is_head else self._ontology.ranges(predicate)
            asked = [axiom for axiom in axioms if not axiom & _EVERYTHING]
            seen, is_open = self._seen(predicate, is_head), not asked or self.is_system(relation)
            judged = [
                all(_fits(kind, axiom, self._ontology) for axiom in asked) and self._stands(kind, seen, is_open)
                for kind in self._kinds
            ]
            self._found[key] = np.array(judged, dtype=np.bool_)[self._kind]
        return self._found[key]

    def _stands(self, kind: frozenset[NamedNode], seen: set[NamedNode], is_open: bool) -> bool:
        """Tell whether something like it may stand where others stand: notes only among notes."""
        if kind & _RECORDS:
            return False
        if KG["Note"] in kind:
            return KG["Note"] in seen
        return not is_open or not seen.isdisjoint(_lowest(kind, self._ontology))

    def _seen(self, predicate: NamedNode, is_head: bool) -> set[NamedNode]:
        """Return the lowest classes of what stands at one side of a relation."""
        term = self._ontology.properties.get(predicate)
        others = [(other, not is_head) for other in term.inverses] if term else []
        if term and term.symmetric:
            others.append((predicate, not is_head))
        of: set[int] = set()
        for name, is_subject in [(predicate, is_head), *others]:
            for quad in self._match(None, name):
                end = quad.subject if is_subject else quad.object
                number = self._entities.get(end.value) if isinstance(end, NamedNode) else None
                if number is not None:
                    of.add(int(self._kind[number]))
        return {lowest for kind in of for lowest in _lowest(self._kinds[kind], self._ontology)}


def _fits(known: frozenset[NamedNode], axiom: frozenset[NamedNode], ontology: Ontology) -> bool:
    """Tell whether something of these classes, super-classes among them, is what one axiom asks for."""
    if known.isdisjoint(axiom):
        return False
    return not any(all(ontology.are_disjoint(own, wanted) for wanted in axiom) for own in known)


def _lowest(known: Iterable[NamedNode], ontology: Ontology) -> frozenset[NamedNode]:
    """Return the classes that no other one is below; `kg:Entity` alone if nothing is known."""
    classes = set(known)
    above = {parent for own in classes for parent in ontology.superclasses(own)}
    return frozenset(classes - above) or frozenset({KG["Entity"]})
