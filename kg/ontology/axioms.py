"""The axioms of an ontology as its triples hold them: who is declared as what, and the vocabulary of OWL 2.

Source: OWL 2 Structural Specification, sections 4 and 5; OWL 2 Mapping to RDF Graphs, section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal as OneOf

from kg.rdf import OWL, PREFIXES, RDF, RDFS, XSD, BlankNode, NamedNode, Namespace, Term, Triple, local_name

__all__ = [
    "BUILT_IN_ANNOTATIONS",
    "BUILT_IN_PROPERTIES",
    "CARDINALITIES",
    "CONSTRUCTORS",
    "OBJECT_TRAITS",
    "OWL2_DATATYPES",
    "RESERVED",
    "Axioms",
    "Violation",
    "shown",
    "terms",
]


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which an ontology leaves a profile; `term` is what it is said of, None for a whole axiom."""

    profile: OneOf["DL", "RL"]
    code: str
    term: NamedNode | None
    message: str


def terms(namespace: Namespace, names: str) -> frozenset[NamedNode]:
    """Return the terms of a namespace with these local names."""
    return frozenset(namespace[name] for name in names.split())


OWL2_DATATYPES = terms(
    XSD,
    "decimal integer nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger long int short byte"
    " unsignedLong unsignedInt unsignedShort unsignedByte double float string normalizedString token language Name"
    " NCName NMTOKEN boolean hexBinary base64Binary anyURI dateTime dateTimeStamp",
) | {RDF["PlainLiteral"], RDF["XMLLiteral"], RDF["langString"], RDFS["Literal"], OWL["real"], OWL["rational"]}
"""The OWL 2 datatype map (Structural Specification, section 4); rdf:langString is RDF 1.1's tagged string."""

BUILT_IN_ANNOTATIONS = terms(RDFS, "label comment seeAlso isDefinedBy") | terms(
    OWL, "deprecated versionInfo priorVersion backwardCompatibleWith incompatibleWith"
)
BUILT_IN_PROPERTIES: Mapping[str, frozenset[NamedNode]] = {
    "object": terms(OWL, "topObjectProperty bottomObjectProperty"),
    "data": terms(OWL, "topDataProperty bottomDataProperty"),
}
OBJECT_TRAITS = terms(
    OWL,
    "InverseFunctionalProperty TransitiveProperty SymmetricProperty AsymmetricProperty ReflexiveProperty"
    " IrreflexiveProperty",
)
"""What only an object property can be; to say it declares one."""

CARDINALITIES = terms(
    OWL,
    "cardinality minCardinality maxCardinality qualifiedCardinality minQualifiedCardinality maxQualifiedCardinality",
)
CONSTRUCTORS = CARDINALITIES | terms(
    OWL, "intersectionOf unionOf complementOf oneOf someValuesFrom allValuesFrom hasValue hasSelf"
)
"""The predicates that make a class expression."""

_LISTS = terms(
    OWL,
    "intersectionOf unionOf oneOf disjointUnionOf members distinctMembers propertyChainAxiom hasKey onProperties"
    " withRestrictions",
) | {RDF["rest"]}

RESERVED = (str(RDF), str(RDFS), str(OWL), str(XSD))
"""The namespaces whose terms are no part of any domain."""


def shown(term: Term | None) -> str:
    """Write a term as people do: with one of our prefixes, else `:` and its local name."""
    if not isinstance(term, NamedNode):
        return "a class expression" if isinstance(term, BlankNode) else str(term)
    for prefix, namespace in PREFIXES.items():
        if term.value.startswith(namespace):
            return f"{prefix}:{term.value.removeprefix(namespace)}"
    return f":{local_name(term)}" if local_name(term) else f"<{term.value}>"


class Axioms:
    """The triples of an ontology, indexed by subject, with what they declare."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(triples)
        self._rows: dict[Term, dict[NamedNode, list[Term]]] = {}
        for triple in self.triples:
            self._rows.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(triple.object)
        self.classes = self.typed(OWL["Class"], OWL["DeprecatedClass"]) | {OWL["Thing"], OWL["Nothing"]}
        self.datatypes = self.typed(RDFS["Datatype"], OWL["DataRange"])
        annotations = self.typed(OWL["AnnotationProperty"], OWL["OntologyProperty"])
        self.properties: Mapping[str, set[Term]] = {
            "object": self.typed(OWL["ObjectProperty"], *OBJECT_TRAITS) | BUILT_IN_PROPERTIES["object"],
            "data": self.typed(OWL["DatatypeProperty"]) | BUILT_IN_PROPERTIES["data"],
            "annotation": annotations | BUILT_IN_ANNOTATIONS,
        }
        self.every_property: set[Term] = set().union(*self.properties.values())

    @property
    def rows(self) -> Mapping[Term, Mapping[NamedNode, list[Term]]]:
        """The objects of each subject by predicate, in the order of the triples."""
        return self._rows

    def row(self, node: Term) -> Mapping[NamedNode, list[Term]]:
        """Return the objects of a subject by predicate; empty for what is no subject."""
        return self._rows.get(node, {})

    def types(self, node: Term) -> list[Term]:
        """Return what a node is said to be."""
        return self.row(node).get(RDF["type"], [])

    def typed(self, *types: NamedNode) -> set[Term]:
        """Return the subjects that have one of these types."""
        return {s for s in self._rows if not set(types).isdisjoint(self.types(s))}

    @cached_property
    def _owners(self) -> dict[Term, NamedNode]:
        found: dict[Term, NamedNode] = {}
        for subject in self._rows:
            if not isinstance(subject, NamedNode):
                continue
            pending: list[Term] = [subject]
            while pending:
                for values in self.row(pending.pop()).values():
                    fresh = [value for value in values if isinstance(value, BlankNode) and value not in found]
                    found.update(dict.fromkeys(fresh, subject))
                    pending += fresh
        return found

    def owner(self, node: Term) -> NamedNode | None:
        """Return the named term that a subject is, or in whose axioms it stands."""
        return node if isinstance(node, NamedNode) else self._owners.get(node)

    def value(self, node: Term, predicate: NamedNode) -> Term | None:
        """Return the first object, None when there is none."""
        return next(iter(self.row(node).get(predicate, ())), None)

    def members(self, head: Term | None) -> list[Term]:
        """Return the members of an RDF list, those before the break when it is broken."""
        found: list[Term] = []
        seen: set[Term] = set()
        while head is not None and head != RDF["nil"] and head not in seen:
            seen.add(head)
            first = self.value(head, RDF["first"])
            found += [first] if first is not None else []
            head = self.value(head, RDF["rest"])
        return found

    def broken_lists(self) -> list[Term]:
        """Return the cells that do not have one member and one rest, or lead back to themselves, and what has no list.

        The latter are the subjects of a predicate that wants a list, or a rest, and has something else.
        """
        found = []
        for node, row in self._rows.items():
            firsts, rests = row.get(RDF["first"], []), row.get(RDF["rest"], [])
            is_cell = bool(firsts or rests)
            lists = [value for predicate in _LISTS.intersection(row) for value in row[predicate]]
            lost = any(value != RDF["nil"] and not self.row(value).get(RDF["first"]) for value in lists)
            if lost or (is_cell and (len(firsts) != 1 or len(rests) != 1 or self._leads_back(node))):
                found.append(node)
        return found

    def _leads_back(self, cell: Term) -> bool:
        seen: set[Term] = set()
        step = self.value(cell, RDF["rest"])
        while step is not None and step not in seen:
            seen.add(step)
            step = self.value(step, RDF["rest"])
        return cell in seen

    def pairs(self, predicate: NamedNode) -> Iterator[tuple[Term, Term]]:
        """Yield subject and object of every triple with a predicate."""
        return ((t.subject, t.object) for t in self.triples if t.predicate == predicate)

    def property_kind(self, prop: Term | None) -> str | None:
        """Return object, data or annotation as declared; an inverse expression is an object property."""
        if isinstance(prop, BlankNode) and self.value(prop, OWL["inverseOf"]) is not None:
            return "object"
        return next((kind for kind, declared in self.properties.items() if prop in declared), None)

    def is_data_range(self, node: Term) -> bool:
        """Tell whether a node is a datatype or an expression made of them."""
        if isinstance(node, NamedNode):
            return node in OWL2_DATATYPES or node in self.datatypes or node.value.startswith(str(XSD))
        row = self.row(node)
        return node in self.datatypes or OWL["onDatatype"] in row or OWL["datatypeComplementOf"] in row
