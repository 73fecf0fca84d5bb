"""What each name of an ontology is, and whether it is used as that: a part of OWL 2 DL.

Source: OWL 2 Structural Specification, sections 2.4, 4, 5.8 and 11.1.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from kg.ontology.axioms import (
    BUILT_IN_ANNOTATIONS,
    BUILT_IN_PROPERTIES,
    OBJECT_TRAITS,
    OWL2_DATATYPES,
    RESERVED,
    Axioms,
    Violation,
    shown,
    terms,
)
from kg.rdf import OWL, RDF, RDFS, XSD, Literal, NamedNode, Term, local_name

__all__ = ["declaration_violations"]

_LEXICAL = {
    **dict.fromkeys(terms(XSD, "integer int long short byte"), re.compile(r"[+-]?\d+")),
    **dict.fromkeys(terms(XSD, "nonNegativeInteger unsignedInt unsignedLong"), re.compile(r"\+?\d+|-0+")),
    XSD["positiveInteger"]: re.compile(r"\+?0*[1-9]\d*"),
    XSD["decimal"]: re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"),
    XSD["boolean"]: re.compile(r"true|false|0|1"),
    XSD["dateTime"]: re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
}
_TYPES = terms(
    OWL,
    "Ontology Class ObjectProperty DatatypeProperty AnnotationProperty OntologyProperty Restriction NamedIndividual"
    " Axiom Annotation DataRange AllDisjointClasses AllDisjointProperties AllDifferent NegativePropertyAssertion"
    " DeprecatedClass DeprecatedProperty Thing Nothing FunctionalProperty",
) | {RDFS["Class"], RDFS["Datatype"], RDF["Property"], RDF["List"], *OBJECT_TRAITS}
_STRUCTURE = (
    terms(RDFS, "subClassOf subPropertyOf domain range")
    | terms(RDF, "type first rest")
    | terms(
        OWL,
        "versionIRI imports equivalentClass disjointWith disjointUnionOf complementOf datatypeComplementOf unionOf"
        " intersectionOf oneOf members distinctMembers onProperty onProperties onClass onDataRange onDatatype"
        " withRestrictions someValuesFrom allValuesFrom hasValue hasSelf cardinality minCardinality maxCardinality"
        " qualifiedCardinality minQualifiedCardinality maxQualifiedCardinality inverseOf equivalentProperty"
        " propertyDisjointWith propertyChainAxiom hasKey sameAs differentFrom annotatedSource annotatedProperty"
        " annotatedTarget sourceIndividual assertionProperty targetIndividual targetValue",
    )
)
_FACETS = terms(
    XSD,
    "length minLength maxLength pattern minInclusive minExclusive maxInclusive maxExclusive totalDigits fractionDigits",
) | {RDF["langRange"]}
_DECLARATIONS = {"object": "owl:ObjectProperty", "data": "owl:DatatypeProperty", "annotation": "owl:AnnotationProperty"}
_SAY_PROPERTY = "say `a owl:ObjectProperty` or `a owl:DatatypeProperty`"


def declaration_violations(axioms: Axioms) -> Iterator[Violation]:
    """Yield the names that are not declared, are two things at once, or are used as what they are not."""
    yield from _undeclared_classes(axioms)
    yield from _undeclared_properties(axioms)
    yield from _two_kinds(axioms)
    yield from _not_owl(axioms)
    yield from _reserved(axioms)
    yield from _datatypes(axioms)
    yield from _mismatches(axioms)


def _class_uses(axioms: Axioms) -> Iterator[tuple[Term, Term, str]]:
    """Yield every class expression with the node that uses it and the predicate between them."""
    for t in axioms.triples:
        s, o, name = t.subject, t.object, shown(t.predicate)
        if t.predicate in (RDFS["subClassOf"], OWL["equivalentClass"], OWL["disjointWith"]):
            if not axioms.is_data_range(s):
                yield from ((s, s, name), (o, s, name))
        elif t.predicate in (OWL["complementOf"], OWL["onClass"]):
            yield o, s, name
        elif t.predicate in (RDFS["domain"], RDFS["range"]):
            kinds = ("object", "data") if t.predicate == RDFS["domain"] else ("object",)
            if axioms.property_kind(s) in kinds and not axioms.is_data_range(o):
                yield o, s, name
        elif t.predicate in (OWL["someValuesFrom"], OWL["allValuesFrom"]):
            if axioms.property_kind(axioms.value(s, OWL["onProperty"])) != "data" and not axioms.is_data_range(o):
                yield o, s, name
        elif t.predicate in (OWL["intersectionOf"], OWL["unionOf"], OWL["disjointUnionOf"]):
            if not axioms.is_data_range(s):
                yield from ((member, s, name) for member in axioms.members(o))
        elif t.predicate == OWL["members"] and OWL["AllDisjointClasses"] in axioms.types(s):
            yield from ((member, member, "owl:AllDisjointClasses") for member in axioms.members(o))
        elif t.predicate == RDF["type"] and isinstance(o, NamedNode) and not o.value.startswith(RESERVED):
            yield o, s, name


def _property_uses(axioms: Axioms) -> Iterator[tuple[Term, Term, str]]:
    """Yield every property that an axiom speaks of, with the node that uses it and the predicate between them."""
    both = terms(OWL, "equivalentProperty propertyDisjointWith inverseOf") | {RDFS["subPropertyOf"]}
    lists = terms(OWL, "propertyChainAxiom hasKey onProperties")
    for t in axioms.triples:
        s, o, name = t.subject, t.object, shown(t.predicate)
        if t.predicate in both:
            yield from ((s, s, name), (o, s, name))
        elif t.predicate in (RDFS["domain"], RDFS["range"]):
            yield s, s, name
        elif t.predicate in (OWL["onProperty"], OWL["assertionProperty"]):
            yield o, s, name
        elif t.predicate in lists:
            yield from ((member, s, name) for member in axioms.members(o))


def _nearest(term: NamedNode, known: Iterable[Term]) -> str:
    names = {local_name(k): k for k in sorted(known, key=str) if isinstance(k, NamedNode) and k != term}
    near = difflib.get_close_matches(local_name(term), names, n=1, cutoff=0.75)
    return f" Did you mean {shown(names[near[0]])}?" if near else ""


def _foreign(term: Term, known: set[Term]) -> bool:
    return isinstance(term, NamedNode) and term not in known and not term.value.startswith(RESERVED)


def _undeclared_classes(axioms: Axioms) -> Iterator[Violation]:
    known = axioms.classes | axioms.typed(RDFS["Class"])  # the latter have a complaint of their own
    users = {t: (shown(axioms.owner(user) or user), how) for t, user, how in reversed([*_class_uses(axioms)])}
    for term, (user, how) in users.items():
        if isinstance(term, NamedNode) and _foreign(term, known):
            what = f"the class {shown(term)} is used ({how} of {user}) but declared nowhere; say `a owl:Class`."
            yield Violation("DL", "undeclared-class", term, what + _nearest(term, axioms.classes))


def _undeclared_properties(axioms: Axioms) -> Iterator[Violation]:
    known = axioms.every_property | axioms.typed(RDF["Property"])
    users = {t: (shown(axioms.owner(user) or user), how) for t, user, how in reversed([*_property_uses(axioms)])}
    for term, (user, how) in users.items():
        if isinstance(term, NamedNode) and _foreign(term, known):
            what = f"the property {shown(term)} is used ({how} of {user}) but declared nowhere; {_SAY_PROPERTY}."
            yield Violation("DL", "undeclared-property", term, what + _nearest(term, known))
    said = {t.predicate: axioms.owner(t.subject) or t.subject for t in reversed(axioms.triples)}
    for predicate, subject in said.items():
        if predicate not in users and _foreign(predicate, known):
            what = f"{shown(predicate)} is said of {shown(subject)} but declared nowhere, so it counts as an annotation"
            advice = f"; {_SAY_PROPERTY}, or `a owl:AnnotationProperty`.{_nearest(predicate, known)}"
            yield Violation("DL", "undeclared-annotation", predicate, what + advice)


def _two_kinds(axioms: Axioms) -> Iterator[Violation]:
    kinds: dict[Term, list[str]] = defaultdict(list)
    for kind, declared in axioms.properties.items():
        for term in declared:
            kinds[term].append(_DECLARATIONS[kind])
    for term, names in kinds.items():
        if len(names) > 1 and isinstance(term, NamedNode):
            what = f"{shown(term)} is declared as {' and as '.join(names)}; a property is one of them. Keep one."
            yield Violation("DL", "property-two-kinds", term, what)
    for term in axioms.classes & axioms.datatypes:
        if isinstance(term, NamedNode):
            what = f"{shown(term)} is declared as owl:Class and as rdfs:Datatype; keep one."
            yield Violation("DL", "class-and-datatype", term, what)


def _not_owl(axioms: Axioms) -> Iterator[Violation]:
    for term in axioms.typed(RDF["Property"]) - axioms.every_property:
        what = f"{shown(term)} is only an rdf:Property, which OWL does not know; {_SAY_PROPERTY}."
        yield Violation("DL", "plain-rdf-property", axioms.owner(term), what)
    for term in axioms.typed(RDFS["Class"]) - axioms.classes - axioms.datatypes:
        what = f"{shown(term)} is only an rdfs:Class, which OWL does not know; say `a owl:Class`."
        yield Violation("DL", "plain-rdfs-class", axioms.owner(term), what)


def _reserved(axioms: Axioms) -> Iterator[Violation]:
    allowed = _STRUCTURE | BUILT_IN_ANNOTATIONS | _FACETS | frozenset().union(*BUILT_IN_PROPERTIES.values())
    for t in axioms.triples:
        pairs = ((t.predicate, allowed), (t.object if t.predicate == RDF["type"] else None, _TYPES | OWL2_DATATYPES))
        for term, known in pairs:
            if isinstance(term, NamedNode) and term.value.startswith(RESERVED) and term not in known:
                what = f"{shown(term)} is no term that an OWL 2 ontology may use.{_nearest(term, known)}"
                yield Violation("DL", "reserved-vocabulary", axioms.owner(t.subject), what)
    for term, user, how in _class_uses(axioms):
        reserved = isinstance(term, NamedNode) and term.value.startswith(RESERVED)
        if reserved and term not in (OWL["Thing"], OWL["Nothing"]) and not axioms.is_data_range(term):
            what = f"{shown(term)} stands as a class ({how}), but RDF's and OWL's own terms are no part of a domain"
            yield Violation("DL", "reserved-vocabulary", axioms.owner(user), f"{what}. Say owl:Thing or nothing.")


_NO_DATATYPE = (
    "which is not among the datatypes of OWL 2, so reasoners refuse it. For a date of any precision leave the range"
    ' out and say kg:valueKind "date"; else use xsd:dateTime, string, integer, decimal, double, boolean or anyURI.'
)


def _datatypes(axioms: Axioms) -> Iterator[Violation]:
    uses = terms(OWL, "onDataRange onDatatype someValuesFrom allValuesFrom") | {RDFS["range"]}
    for t in axioms.triples:
        o, owner = t.object, axioms.owner(t.subject)
        if isinstance(o, Literal):
            ours = o.datatype in axioms.datatypes and not o.datatype.value.startswith(RESERVED)
            shape = _LEXICAL.get(o.datatype)
            if o.datatype not in OWL2_DATATYPES and not ours:
                what = f"the value {o.value!r} has the datatype {shown(o.datatype)}, {_NO_DATATYPE}"
                yield Violation("DL", "datatype-not-owl2", owner, what)
            elif shape and not shape.fullmatch(o.value.strip()):
                what = f"{shown(t.predicate)} is {o.value!r}, which is not how an {shown(o.datatype)} is written."
                yield Violation("DL", "literal-lexical", owner, what)
        elif (
            t.predicate in uses
            and isinstance(o, NamedNode)
            and o.value.startswith(str(XSD))
            and o not in OWL2_DATATYPES
        ):
            what = f"{shown(t.predicate)} is {shown(o)}, {_NO_DATATYPE}"
            yield Violation("DL", "datatype-not-owl2", owner, what)


def _mismatches(axioms: Axioms) -> Iterator[Violation]:
    """Yield what is said of an object property and fits a data property only, or the other way round."""
    for t in axioms.triples:
        s, o, kind = t.subject, t.object, axioms.property_kind(t.subject)
        name, other, what = shown(s), shown(o), ""
        if t.predicate == RDFS["range"] and kind == "object" and axioms.is_data_range(o):
            what = f"{name} is an object property but its range {other} is a datatype; make it an owl:DatatypeProperty."
        elif t.predicate == RDFS["range"] and kind == "data" and o in axioms.classes:
            what = f"{name} is a data property but its range {other} is a class; make it an owl:ObjectProperty."
        elif t.predicate == RDFS["domain"] and kind in ("object", "data") and axioms.is_data_range(o):
            what = f"the domain of {name} is the datatype {other}; only a thing can be a subject, so name a class."
        elif t.predicate in (RDFS["subPropertyOf"], OWL["equivalentProperty"]):
            theirs = axioms.property_kind(o)
            if kind and theirs and kind != theirs:
                how = shown(t.predicate)
                what = f"{name} is of the kind {kind}, {other} of the kind {theirs}; {how} joins two of one kind."
        elif t.predicate == OWL["inverseOf"] and "data" in (kind, axioms.property_kind(o)):
            what = f"{name} owl:inverseOf {other}: a data property has no inverse, because a value is never a subject."
        elif t.predicate == RDF["type"] and kind == "data" and o in OBJECT_TRAITS:
            what = f"{name} is a data property and {other}; only an object property can be that."
        if what:
            yield Violation("DL", "kind-mismatch", axioms.owner(s), what)
