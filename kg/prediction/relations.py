"""What an ontology says about relations that matters to learning: direction, what follows, what is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kg.embeddings import NamedTriple
from kg.ontology import Ontology
from kg.rdf import KG, OWL, RDF, Literal, NamedNode

__all__ = ["Relations"]


class Relations:
    """The object properties of one ontology, and those that no ontology knows."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        self._not_embedded: set[NamedNode] = set()
        self.transitive: set[str] = set()
        written: set[tuple[str, str]] = set()
        for triple in ontology.triples:
            subject, object_ = triple.subject, triple.object
            if not isinstance(subject, NamedNode):
                continue
            if triple.predicate == KG["embed"] and isinstance(object_, Literal) and object_.value in ("false", "0"):
                self._not_embedded.add(subject)
            elif triple.predicate == OWL["inverseOf"] and isinstance(object_, NamedNode):
                written.add((subject.value, object_.value))
            elif triple.predicate == RDF["type"] and object_ == OWL["TransitiveProperty"]:
                self.transitive.add(subject.value)
        self._turned = _directions(written)

    def direction(self, relation: str) -> tuple[str, bool]:
        """Return the relation that is learnt in place of one, and whether its triples are turned round."""
        return self._turned.get(relation, (relation, False))

    def directed(self, triple: NamedTriple) -> NamedTriple:
        """Return a triple in the direction that is learnt."""
        head, relation, tail = triple
        relation, is_turned = self.direction(relation)
        return (tail, relation, head) if is_turned else (head, relation, tail)

    def is_embedded(self, predicate: NamedNode) -> bool:
        """Tell whether triples of a property are learnt from: those of the direction that is learnt decide."""
        return NamedNode(self.direction(predicate.value)[0]) not in self._not_embedded

    def classes_not_embedded(self) -> frozenset[NamedNode]:
        """Return the classes of whose members nothing is learnt."""
        classes = self._ontology.classes
        return frozenset(
            iri for iri in classes if not self._not_embedded.isdisjoint({iri, *self._ontology.superclasses(iri)})
        )

    def implied(self, relation: str) -> frozenset[tuple[str, bool]]:
        """Return what a triple of a relation says as well: relations as they are learnt, some turned round.

        By super-properties, inverses and symmetry, over any number of steps; the relation itself is among them.
        """
        found: set[tuple[str, bool]] = set()
        pending = [(relation, False)]
        while pending:
            name, is_turned = pending.pop()
            learnt, turns = self.direction(name)
            if (learnt, is_turned != turns) in found:
                continue
            found.add((learnt, is_turned != turns))
            for own, flipped in ((name, is_turned), (learnt, is_turned != turns)):
                term = self._ontology.properties.get(NamedNode(own))
                if term is None:
                    continue
                pending += [(parent.value, flipped) for parent in term.parents]
                pending += [(other.value, not flipped) for other in term.inverses]
                if term.symmetric:
                    pending.append((own, not flipped))
        return frozenset(found)


def _directions(written: Iterable[tuple[str, str]]) -> dict[str, tuple[str, bool]]:
    """Say for each relation of an inverse pair which one is learnt, and whether it is the other one turned round.

    The one on which the ontology writes `owl:inverseOf`; where both have it, the first by IRI. A relation that is
    its own inverse is symmetric, and stays.
    """
    others: defaultdict[str, set[str]] = defaultdict(set)
    bearers = {first for first, _ in written}
    for first, second in written:
        others[first].add(second)
        others[second].add(first)
    found: dict[str, tuple[str, bool]] = {}
    for name in sorted(others, key=lambda name: (name not in bearers, name)):
        if name in found:
            continue
        found[name] = (name, False)
        pending = [(name, False)]
        while pending:  # inverses of inverses are the relation again
            at, is_turned = pending.pop()
            for other in sorted(others[at]):
                if other not in found:
                    found[other] = (name, not is_turned)
                    pending.append((other, not is_turned))
    return found
