"""Whether an ontology's triples are OWL 2 DL and OWL 2 RL, as far as it matters in practice.

Not looked at: anonymous individuals that form cycles, datatype definitions that form cycles, and facets.
Source: OWL 2 Structural Specification, section 11 (DL); OWL 2 Profiles, section 4.2 (RL); OWL 2 Mapping
to RDF Graphs, section 3 (how axioms are read off triples).
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from kg.rdf import OWL, RDF, RDFS, XSD, Literal, NamedNode, Term, Triple, local_name

__all__ = ["OWL2_DATATYPES", "Axioms", "Violation", "profile_violations"]


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
    "Ontology Class ObjectProperty DatatypeProperty AnnotationProperty OntologyProperty Restriction NamedIndividual Axiom Annotation DataRange"
    " AllDisjointClasses AllDisjointProperties AllDifferent NegativePropertyAssertion DeprecatedClass DeprecatedProperty Thing Nothing"
    " FunctionalProperty InverseFunctionalProperty TransitiveProperty SymmetricProperty AsymmetricProperty ReflexiveProperty IrreflexiveProperty",
) | {RDFS["Class"], RDFS["Datatype"], RDF["Property"], RDF["List"]}

_STRUCTURE = (
    terms(RDFS, "subClassOf subPropertyOf domain range")
    | terms(RDF, "type first rest")
    | terms(
        OWL,
        "versionIRI imports equivalentClass disjointWith disjointUnionOf complementOf datatypeComplementOf unionOf intersectionOf oneOf members distinctMembers"
        " onProperty onProperties onClass onDataRange onDatatype withRestrictions someValuesFrom allValuesFrom hasValue hasSelf cardinality minCardinality"
        " maxCardinality qualifiedCardinality minQualifiedCardinality maxQualifiedCardinality inverseOf equivalentProperty propertyDisjointWith"
        " propertyChainAxiom hasKey sameAs differentFrom annotatedSource annotatedProperty annotatedTarget sourceIndividual assertionProperty"
        " targetIndividual targetValue",
    )
)

_FACETS = terms(XSD, "length minLength maxLength pattern minInclusive minExclusive maxInclusive maxExclusive totalDigits fractionDigits") | {RDF["langRange"]}

_DECLARATIONS = {"object": "owl:ObjectProperty", "data": "owl:DatatypeProperty", "annotation": "owl:AnnotationProperty"}




def profile_violations(triples: Iterable[Triple]) -> list[Violation]:
    """Return how an ontology with all its imports leaves OWL 2 DL and OWL 2 RL, DL first, each by term.

    What breaks DL breaks RL as well and is reported once.
    """
    axioms = Axioms(triples)
    checks: tuple[Callable[[Axioms], Iterator[Violation]], ...] = (
        _undeclared, _two_kinds, _reserved, _datatypes, _mismatches, _malformed, _non_simple, _irregular_chains, _rl_axioms, _rl_classes, _rl_ranges,
    )  # fmt: skip
    found = dict.fromkeys(violation for check in checks for violation in check(axioms))
    return sorted(found, key=lambda v: (v.profile, v.term.value if v.term else "", v.code, v.message))


# --- OWL 2 DL


def _class_uses(axioms: Axioms) -> Iterator[tuple[Term, Term, str]]:
    """Yield every class expression with the node that uses it and the predicate between them."""
    for t in axioms.triples:
        s, o, name = t.subject, t.object, f"{shown(t.predicate)}"
        if t.predicate in (RDFS["subClassOf"], OWL["equivalentClass"], OWL["disjointWith"]) and not axioms.is_data_range(s):
            yield from ((s, s, name), (o, s, name))
        elif t.predicate in (OWL["complementOf"], OWL["onClass"]):
            yield o, s, name
        elif t.predicate == RDFS["domain"] or (t.predicate == RDFS["range"] and axioms.property_kind(s) == "object"):
            if axioms.property_kind(s) in ("object", "data") and not axioms.is_data_range(o):
                yield o, s, name
        elif t.predicate in (OWL["someValuesFrom"], OWL["allValuesFrom"]):
            if axioms.property_kind(axioms.value(s, OWL["onProperty"])) != "data" and not axioms.is_data_range(o):
                yield o, s, name
        elif t.predicate in (OWL["intersectionOf"], OWL["unionOf"], OWL["disjointUnionOf"]) and not axioms.is_data_range(s):
            yield from ((member, s, name) for member in axioms.members(o))
        elif t.predicate == OWL["members"] and OWL["AllDisjointClasses"] in axioms.facts[s][RDF["type"]]:
            yield from ((member, member, "owl:AllDisjointClasses") for member in axioms.members(o))
        elif t.predicate == RDF["type"] and isinstance(o, NamedNode) and not o.value.startswith(RESERVED):
            yield o, s, name


def _property_uses(axioms: Axioms) -> Iterator[tuple[Term, Term, str]]:
    """Yield every property that an axiom speaks of, with the node that uses it and the predicate between them."""
    lists = {OWL["propertyChainAxiom"], OWL["hasKey"], OWL["onProperties"]}
    for t in axioms.triples:
        s, o, name = t.subject, t.object, shown(t.predicate)
        if t.predicate in (RDFS["subPropertyOf"], OWL["equivalentProperty"], OWL["propertyDisjointWith"], OWL["inverseOf"]):
            yield from ((s, s, name), (o, s, name))
        elif t.predicate in (RDFS["domain"], RDFS["range"]):
            yield s, s, name
        elif t.predicate in (OWL["onProperty"], OWL["assertionProperty"]):
            yield o, s, name
        elif t.predicate in lists:
            yield from ((member, s, name) for member in axioms.members(o))


def _nearest(term: NamedNode, known: Iterable[Term]) -> str:
    names = {local_name(k): k for k in known if isinstance(k, NamedNode)}
    near = difflib.get_close_matches(local_name(term), names, n=1, cutoff=0.75)
    return f" Did you mean {shown(names[near[0]])}?" if near and names[near[0]] != term else ""


def _undeclared(axioms: Axioms) -> Iterator[Violation]:
    seen: set[Term] = set()
    every = set().union(*axioms.properties.values())
    for term, user, how in _class_uses(axioms):
        if isinstance(term, NamedNode) and term not in axioms.classes and not term.value.startswith(RESERVED) and term not in seen:
            seen.add(term)
            what = f"the class {shown(term)} is used ({how} of {shown(axioms.owner(user) or user)}) but declared nowhere"
            yield Violation("DL", "undeclared-class", term, f"{what}; say `a owl:Class`.{_nearest(term, axioms.classes)}")
    for term, user, how in _property_uses(axioms):
        if isinstance(term, NamedNode) and term not in every and not term.value.startswith(RESERVED) and term not in seen:
            seen.add(term)
            what = f"the property {shown(term)} is used ({how} of {shown(axioms.owner(user) or user)}) but declared nowhere"
            yield Violation("DL", "undeclared-property", term, f"{what}; say `a owl:ObjectProperty` or `a owl:DatatypeProperty`.{_nearest(term, every)}")
    for t in axioms.triples:
        p = t.predicate
        if p not in every and p not in seen and not p.value.startswith(RESERVED):
            seen.add(p)
            what = f"{shown(p)} is said of {shown(axioms.owner(t.subject) or t.subject)} but declared nowhere, so it counts as an annotation"
            yield Violation("DL", "undeclared-annotation", p, f"{what}; say what it is, such as `a owl:AnnotationProperty`.{_nearest(p, every)}")


def _two_kinds(axioms: Axioms) -> Iterator[Violation]:
    kinds: dict[Term, list[str]] = defaultdict(list)
    for kind, declared in axioms.properties.items():
        for term in declared:
            kinds[term].append(_DECLARATIONS[kind])
    for term, names in kinds.items():
        if len(names) > 1 and isinstance(term, NamedNode):
            yield Violation("DL", "property-two-kinds", term, f"{shown(term)} is declared as {' and as '.join(names)}; a property is one of them. Keep one.")
        elif isinstance(term, NamedNode) and RDF["Property"] in axioms.facts[term][RDF["type"]] and not names:
            continue
    for term in axioms.classes & axioms.datatypes:
        if isinstance(term, NamedNode):
            yield Violation("DL", "class-and-datatype", term, f"{shown(term)} is declared as owl:Class and as rdfs:Datatype; keep one.")
    every = set(kinds)
    for term in axioms.typed(RDF["Property"]) - every:
        if isinstance(term, NamedNode):
            what = f"{shown(term)} is only an rdf:Property, which OWL does not know"
            yield Violation("DL", "plain-rdf-property", term, f"{what}; say `a owl:ObjectProperty` or `a owl:DatatypeProperty`.")
    for term in axioms.typed(RDFS["Class"]) - axioms.classes - axioms.datatypes:
        if isinstance(term, NamedNode):
            yield Violation("DL", "plain-rdfs-class", term, f"{shown(term)} is only an rdfs:Class, which OWL does not know; say `a owl:Class`.")


def _reserved(axioms: Axioms) -> Iterator[Violation]:
    allowed = _STRUCTURE | BUILT_IN_ANNOTATIONS | _FACETS | set().union(*BUILT_IN_PROPERTIES.values())
    for t in axioms.triples:
        wrong = None
        if t.predicate.value.startswith(RESERVED) and t.predicate not in allowed:
            wrong, near = t.predicate, _nearest(t.predicate, allowed)
        elif t.predicate == RDF["type"] and isinstance(t.object, NamedNode) and t.object.value.startswith(RESERVED) and t.object not in _TYPES:
            wrong, near = t.object, _nearest(t.object, _TYPES)
        if wrong is not None:
            subject = axioms.owner(t.subject)
            yield Violation("DL", "reserved-vocabulary", subject, f"{shown(wrong)} is no term that an OWL 2 ontology may use.{near}")
    for term, user, how in _class_uses(axioms):
        if isinstance(term, NamedNode) and term.value.startswith(RESERVED) and term not in axioms.classes and not axioms.is_data_range(term):
            message = f"{shown(term)} stands as a class ({how}); the vocabulary of RDF and OWL is no part of the domain. Say owl:Thing, or leave it out."
            yield Violation("DL", "reserved-vocabulary", axioms.owner(user), message)


def _datatypes(axioms: Axioms) -> Iterator[Violation]:
    uses = {OWL["onDataRange"], OWL["onDatatype"], RDFS["range"], OWL["someValuesFrom"], OWL["allValuesFrom"]}
    for t in axioms.triples:
        o, owner = t.object, axioms.owner(t.subject)
        if isinstance(o, Literal):
            known = o.datatype in OWL2_DATATYPES or (o.datatype in axioms.datatypes and not o.datatype.value.startswith(RESERVED))
            if not known:
                yield Violation("DL", "datatype-not-owl2", owner, f"the value {o.value!r} has the datatype {shown(o.datatype)}, {_NO_DATATYPE}")
            elif (shape := _LEXICAL.get(o.datatype)) and not shape.fullmatch(o.value.strip()):
                yield Violation("DL", "literal-lexical", owner, f"{o.value!r} is no {shown(o.datatype)}; write it as that datatype is written.")
        elif t.predicate in uses and isinstance(o, NamedNode) and o.value.startswith((str(XSD), str(RDF))) and o not in OWL2_DATATYPES:
            yield Violation("DL", "datatype-not-owl2", owner, f"{shown(t.predicate)} is {shown(o)}, {_NO_DATATYPE}")


_NO_DATATYPE = (
    "which is not among the datatypes of OWL 2, so reasoners refuse it. For a date of any precision leave the range"
    ' out and say kg:valueKind "date"; else use xsd:dateTime, xsd:string, xsd:integer, xsd:decimal, xsd:boolean or xsd:anyURI.'
)


def _mismatches(axioms: Axioms) -> Iterator[Violation]:
    """What is said of an object property and only fits a data property, and the other way round."""
    for t in axioms.triples:
        s, o, kind = t.subject, t.object, axioms.property_kind(t.subject)
        term, message = axioms.owner(s), ""
        if t.predicate == RDFS["range"] and kind == "object" and axioms.is_data_range(o):
            message = f"{shown(s)} is an object property but its range {shown(o)} is a datatype; make it an owl:DatatypeProperty."
        elif t.predicate == RDFS["range"] and kind == "data" and o in axioms.classes:
            message = f"{shown(s)} is a data property but its range {shown(o)} is a class; make it an owl:ObjectProperty."
        elif t.predicate == RDFS["domain"] and kind in ("object", "data") and axioms.is_data_range(o):
            message = f"the domain of {shown(s)} is the datatype {shown(o)}; only things with an IRI can be subjects, so name a class."
        elif t.predicate in (RDFS["subPropertyOf"], OWL["equivalentProperty"]) and kind and (other := axioms.property_kind(o)) and other != kind:
            message = f"{shown(s)} is {_an(kind)} property and {shown(o)} {_an(other)} property; {shown(t.predicate)} joins two of one kind only."
        elif t.predicate == OWL["inverseOf"] and "data" in (kind, axioms.property_kind(o)):
            message = f"{shown(s)} owl:inverseOf {shown(o)}: a data property has no inverse, because a value cannot be a subject."
        elif t.predicate == RDF["type"] and kind == "data" and o in OBJECT_TRAITS:
            message = f"{shown(s)} is a data property and {shown(o)}; only object properties can be that."
        if message:
            yield Violation("DL", "kind-mismatch", term, message)


def _an(kind: str) -> str:
    return f"a {kind}" if kind == "data" else f"an {kind}"


def _malformed(axioms: Axioms) -> Iterator[Violation]:
    for node, row in axioms.facts.items():
        owner = axioms.owner(node)
        where = f" in the axioms of {shown(owner)}" if owner else ""
        restricts = not CONSTRUCTORS.difference(terms(OWL, "intersectionOf unionOf complementOf oneOf")).isdisjoint(row)
        if restricts != (OWL["onProperty"] in row or OWL["onProperties"] in row):
            missing = "owl:onProperty" if restricts else "what it asks for, such as owl:someValuesFrom"
            yield Violation("DL", "malformed-restriction", owner, f"a restriction{where} has no {missing}; make it anew in the editor.")
        if RDF["first"] in row and (len(row[RDF["first"]]) > 1 or len(row.get(RDF["rest"], ())) != 1):
            yield Violation("DL", "malformed-list", owner, f"a list{where} is broken: each cell needs one rdf:first and one rdf:rest.")


def _upwards(axioms: Axioms) -> dict[Term, set[Term]]:
    """Return for each object property those that hold wherever it does, one step."""
    above: dict[Term, set[Term]] = defaultdict(set)
    for s, o in axioms.pairs(RDFS["subPropertyOf"]):
        above[s].add(o)
    for predicate in (OWL["equivalentProperty"], OWL["inverseOf"]):
        for s, o in axioms.pairs(predicate):
            above[s].add(o)
            above[o].add(s)
    return above


def _reach(start: Iterable[Term], above: dict[Term, set[Term]]) -> set[Term]:
    found, pending = set(start), list(start)
    while pending:
        fresh = above.get(pending.pop(), set()) - found
        found |= fresh
        pending += fresh
    return found


def _non_simple(axioms: Axioms) -> Iterator[Violation]:
    roots = axioms.typed(OWL["TransitiveProperty"]) | {s for s, _ in axioms.pairs(OWL["propertyChainAxiom"])}
    composite = _reach(sorted(roots, key=str), _upwards(axioms))
    why = "which is transitive, has a property chain, or lies above one that is; OWL 2 DL forbids that combination. Give one of the two up."
    simple_only = terms(OWL, "FunctionalProperty InverseFunctionalProperty IrreflexiveProperty AsymmetricProperty")
    for prop in composite:
        for trait in simple_only.intersection(axioms.facts[prop][RDF["type"]]):
            yield Violation("DL", "non-simple-property", axioms.owner(prop), f"{shown(trait)} is said of {shown(prop)}, {why}")
    for node, row in axioms.facts.items():
        prop = axioms.value(node, OWL["onProperty"])  # type: ignore[assignment]
        used = sorted(local_name(p) for p in row if p in CARDINALITIES or p == OWL["hasSelf"])
        if used and prop in composite:
            yield Violation("DL", "non-simple-property", axioms.owner(node), f"owl:{used[0]} is put on {shown(prop)}, {why}")
    for s, o in axioms.pairs(OWL["propertyDisjointWith"]):
        for prop in composite & {s, o}:
            yield Violation("DL", "non-simple-property", axioms.owner(prop), f"owl:propertyDisjointWith is said of {shown(prop)}, {why}")


def _irregular_chains(axioms: Axioms) -> Iterator[Violation]:
    above = _upwards(axioms)
    chains = [(prop, axioms.members(head)) for prop, head in axioms.pairs(OWL["propertyChainAxiom"])]
    inner: list[tuple[Term, Term]] = []
    for prop, chain in chains:
        middle = chain[1:] if chain[:1] == [prop] else chain[:-1] if chain[-1:] == [prop] else chain
        if chain != [prop, prop]:
            inner += [(part, prop) for part in middle]
    for part, prop in inner:
        above[part].add(prop)
    for part, prop in inner:
        if part in _reach([prop], above):
            message = f"the property chain of {shown(prop)} uses {shown(part)}, which itself depends on {shown(prop)}; OWL 2 DL forbids such circles."
            yield Violation("DL", "chain-cycle", axioms.owner(prop), message)


