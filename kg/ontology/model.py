"""Classes, properties and individuals of an ontology, with the closures and lookups over them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kg.rdf import KG, OWL, NamedNode, Triple, local_name

__all__ = ["ClassTerm", "Individual", "Label", "Ontology", "PropertyTerm", "normalise_label", "split_camel_case"]

ENTITY = KG["Entity"]


@dataclass(frozen=True, slots=True)
class Label:
    """A name in a language (`""` when none is given); `preferred` for rdfs:label and skos:prefLabel."""

    text: str
    language: str
    preferred: bool = True


@dataclass(frozen=True, slots=True)
class ClassTerm:
    """A class with its names and extraction hints; `parents` are the direct, named superclasses."""

    iri: NamedNode
    labels: tuple[Label, ...] = ()
    parents: tuple[NamedNode, ...] = ()
    ner_labels: tuple[str, ...] = ()
    gazetteer: tuple[str, ...] = ()
    min_confidence: float | None = None
    extract: bool = True
    system: bool = False


@dataclass(frozen=True, slots=True)
class PropertyTerm:
    """A property with its names, its domain and range, and its extraction hints.

    `domains` and `ranges` hold one set of alternatives for each axiom; all axioms must hold. A data
    property's range is a datatype. `value_kind` is date, number, text or url where a hint or the
    datatype says it.
    """

    iri: NamedNode
    is_data: bool
    labels: tuple[Label, ...] = ()
    parents: tuple[NamedNode, ...] = ()
    inverses: tuple[NamedNode, ...] = ()
    domains: tuple[frozenset[NamedNode], ...] = ()
    ranges: tuple[frozenset[NamedNode], ...] = ()
    symmetric: bool = False
    value_kind: str | None = None
    triggers: tuple[Label, ...] = ()
    patterns: tuple[Label, ...] = ()
    not_patterns: tuple[Label, ...] = ()
    examples: tuple[Label, ...] = ()
    counter_examples: tuple[Label, ...] = ()
    min_confidence: float | None = None
    extract: bool = True
    system: bool = False


@dataclass(frozen=True, slots=True)
class Individual:
    """A thing that the ontology itself names."""

    iri: NamedNode
    labels: tuple[Label, ...]
    class_iri: NamedNode


def split_camel_case(name: str) -> str:
    """Write a local name as words: `worksFor`, `works_for` and `works-for` become `works for`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.sub(r"[\s_-]+", " ", spaced).strip()


def normalise_label(text: str) -> str:
    """Return the form in which metadata keys, class names and labels are compared."""
    return split_camel_case(unicodedata.normalize("NFKC", text)).casefold()


@dataclass(frozen=True)
class Ontology:
    """What may be said in one home. Immutable; equal files give an equal `digest`.

    `triples` are the ontology's own, with canonical blank nodes; `problems` are things the loader
    passed over, such as an import that is not there.
    """

    classes: Mapping[NamedNode, ClassTerm]
    properties: Mapping[NamedNode, PropertyTerm]
    individuals: Mapping[NamedNode, Individual]
    disjoint_pairs: frozenset[frozenset[NamedNode]]
    triples: tuple[Triple, ...]
    digest: str
    problems: tuple[str, ...] = ()
    _superclasses: dict[NamedNode, frozenset[NamedNode]] = field(default_factory=dict, repr=False, compare=False)
    _by_label: dict[str, tuple[NamedNode, ...]] = field(default_factory=dict, repr=False, compare=False)
    _class_by_label: dict[str, NamedNode] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for prop in self.properties.values():
            for name in self.names_of(prop):
                self._by_label[name] = (*self._by_label.get(name, ()), prop.iri)
        for term in self.classes.values():
            for name in self.names_of(term):
                self._class_by_label.setdefault(name, term.iri)

    @staticmethod
    def names_of(term: ClassTerm | PropertyTerm) -> Iterator[str]:
        """Yield the normalised names of a term: its local name, then its labels, without doubles."""
        seen = dict.fromkeys([normalise_label(local_name(term.iri)), *(normalise_label(x.text) for x in term.labels)])
        yield from (name for name in seen if name)

    def superclasses(self, class_iri: NamedNode) -> frozenset[NamedNode]:
        """Return all strict superclasses that are declared here (owl:Thing is left out)."""
        if class_iri not in self._superclasses:
            self._superclasses[class_iri] = self._closure(class_iri)
        return self._superclasses[class_iri]

    def _closure(self, class_iri: NamedNode) -> frozenset[NamedNode]:
        found: set[NamedNode] = set()
        pending = [class_iri]
        while pending:
            term = self.classes.get(pending.pop())
            for parent in term.parents if term else ():
                if parent not in found and parent != OWL["Thing"]:
                    found.add(parent)
                    pending.append(parent)
        return frozenset(found - {class_iri})

    def is_subclass(self, class_iri: NamedNode, ancestor: NamedNode) -> bool:
        """Tell whether a class is an ancestor or one of its sub-classes."""
        return class_iri == ancestor or ancestor == OWL["Thing"] or ancestor in self.superclasses(class_iri)

    def are_disjoint(self, left: NamedNode, right: NamedNode) -> bool:
        """Tell whether the ontology says that nothing can be in both classes."""
        lefts = self.superclasses(left) | {left}
        rights = self.superclasses(right) | {right}
        return any(frozenset((a, b)) in self.disjoint_pairs for a in lefts for b in rights)

    def branch(self, class_iri: NamedNode | None) -> str:
        """Return the local name of the topmost class below kg:Entity and owl:Thing that a class is under.

        Several roots: the first by IRI. Unknown classes are in the branch `Entity`.
        """
        if class_iri is None or class_iri == ENTITY:
            return local_name(ENTITY)
        line = (self.superclasses(class_iri) | {class_iri}) - {ENTITY}
        roots = [c for c in line if not (self.superclasses(c) - {ENTITY})]
        return local_name(min(roots, key=lambda iri: iri.value)) if roots else local_name(class_iri)

    def class_named(self, name: str) -> NamedNode | None:
        """Return the class whose local name or label a text is, in any language, whatever its case."""
        key = normalise_label(name)
        found = self._class_by_label.get(key)
        if found is None and key.endswith("s"):
            found = self._class_by_label.get(key[:-1])
        if found is None and key.endswith("ies"):
            found = self._class_by_label.get(f"{key[:-3]}y")
        return found

    def properties_named(self, name: str) -> tuple[NamedNode, ...]:
        """Return the properties whose local name or label a metadata key is."""
        return self._by_label.get(normalise_label(name), ())

    def domains(self, predicate: NamedNode) -> tuple[frozenset[NamedNode], ...]:
        """Return a property's domain axioms, its own and those of its super-properties."""
        return tuple(d for term in self._property_line(predicate) for d in term.domains)

    def ranges(self, predicate: NamedNode) -> tuple[frozenset[NamedNode], ...]:
        """Return a property's range axioms, its own and those of its super-properties."""
        return tuple(r for term in self._property_line(predicate) for r in term.ranges)

    def _property_line(self, predicate: NamedNode) -> Iterable[PropertyTerm]:
        seen: dict[NamedNode, PropertyTerm] = {}
        pending = [predicate]
        while pending:
            iri = pending.pop()
            term = self.properties.get(iri)
            if term and iri not in seen:
                seen[iri] = term
                pending.extend(term.parents)
        return seen.values()

    def label(self, iri: NamedNode, language: str = "en") -> str:
        """Return a term's label in a language, else any label, else its local name."""
        term = self.classes.get(iri) or self.properties.get(iri) or self.individuals.get(iri)
        labels = sorted(term.labels, key=lambda x: (not x.preferred, x.language != language)) if term else []
        return labels[0].text if labels else local_name(iri)
