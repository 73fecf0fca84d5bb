"""The gate: nothing gets in that the ontology does not admit (DESIGN §11.5-7).

What is stated passes unless a known class is disjoint from domain or range, or unrelated to it. What
is extracted needs a sub-class or a class nobody knows; not knowing halves the confidence. Nothing is
retyped. What a person accepted is held to domain, range and disjointness, not to a confidence. What is
refused is kept with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from kg.extraction import Claim
from kg.model import Evidence, Refusal, Statement
from kg.ontology import Ontology
from kg.rdf import KG, OWL, RDF, XSD, Literal, NamedNode, Term, canonical, local_name

__all__ = ["gate"]

_DATE_TYPES = frozenset(XSD[name] for name in ("date", "dateTime", "dateTimeStamp", "gYear", "gYearMonth"))
_NUMBER_TYPES = frozenset(
    XSD[name]
    for name in (
        "integer",
        "decimal",
        "double",
        "float",
        "int",
        "long",
        "nonNegativeInteger",
        "positiveInteger",
        "short",
        "byte",
    )
)


_EVERYTHING = frozenset({KG["Entity"], OWL["Thing"]})
"""Classes that everything is in: as domain or range they ask for nothing."""


def gate(claims: Iterable[Claim], ontology: Ontology, min_confidence: float) -> tuple[list[Statement], list[Refusal]]:
    """Let claims in or refuse them, each on its own; equal triples are joined, their evidence in text order.

    Args:
        min_confidence: in [0, 1]; the threshold where neither property nor class has its own.

    Returns:
        The statements and the refusals, in the order of their first evidence.
    """
    admitted: dict[tuple[NamedNode, NamedNode, Term], dict[tuple[int, int], Evidence]] = {}
    refused: list[Refusal] = []
    for claim in claims:
        object_ = canonical(claim.object)
        evidence, reason = _judge(claim, object_, ontology, min_confidence)
        if reason:
            refused.append(Refusal(claim.subject, claim.predicate, object_, evidence, reason))
            continue
        places = admitted.setdefault((claim.subject, claim.predicate, object_), {})
        place = (evidence.start, evidence.end)
        places[place] = max(
            places.get(place, evidence), evidence, key=lambda e: (e.kind == "stated", e.confidence, e.extractor, e.cue)
        )
    statements = [
        Statement(*triple, evidence=tuple(sorted(places.values(), key=lambda e: (e.start, e.end))))
        for triple, places in admitted.items()
    ]
    return statements, _without_doubles(refused)


def _without_doubles(refused: list[Refusal]) -> list[Refusal]:
    found: dict[tuple[object, ...], Refusal] = {}
    for refusal in refused:
        evidence = refusal.evidence
        found.setdefault((refusal.subject, refusal.predicate, refusal.object, evidence.start, evidence.end), refusal)
    return list(found.values())


def _judge(claim: Claim, object_: Term, ontology: Ontology, min_confidence: float) -> tuple[Evidence, str]:
    """Return the evidence with its final confidence, and why the claim is refused (empty: it is not)."""
    evidence = claim.evidence
    if claim.predicate == RDF["type"]:
        return evidence, _judge_type(claim, ontology) or _judge_confidence(evidence, claim, ontology, min_confidence)
    prop = ontology.properties.get(claim.predicate)
    if prop is None:
        return evidence, ""
    if prop.is_data != isinstance(object_, Literal):
        wanted = "a literal" if prop.is_data else "a thing"
        return evidence, f"{local_name(claim.predicate)} wants {wanted} as its object"
    if isinstance(object_, Literal):
        reason = _judge_literal(object_, prop.value_kind, ontology.ranges(claim.predicate))
        ends = [("domain", claim.subject_class, ontology.domains(claim.predicate))]
    else:
        reason = ""
        ends = [
            ("domain", claim.subject_class, ontology.domains(claim.predicate)),
            ("range", claim.object_class, ontology.ranges(claim.predicate)),
        ]
    unknown = False
    for role, class_iri, axioms in ends:
        known = None if class_iri == KG["Entity"] else class_iri
        if known is None and any(not axiom & _EVERYTHING for axiom in axioms):
            unknown = True
        reason = reason or next((r for axiom in axioms if (r := _judge_class(known, axiom, role, claim, ontology))), "")
    if unknown and evidence.kind == "extracted" and not claim.is_accepted:
        evidence = replace(evidence, confidence=round(evidence.confidence / 2, 4))
    return evidence, reason or _judge_confidence(evidence, claim, ontology, min_confidence)


def _judge_class(
    class_iri: NamedNode | None, axiom: frozenset[NamedNode], role: str, claim: Claim, ontology: Ontology
) -> str:
    if class_iri is None or axiom & _EVERYTHING or any(ontology.is_subclass(class_iri, wanted) for wanted in axiom):
        return ""
    stated = claim.evidence.kind == "stated"
    if stated and any(ontology.is_subclass(wanted, class_iri) for wanted in axiom):
        return ""
    names = " or ".join(sorted(local_name(wanted) for wanted in axiom))
    how = (
        "is disjoint from"
        if all(ontology.are_disjoint(class_iri, wanted) for wanted in axiom)
        else "is no sub-class of"
    )
    return f"{role} of {local_name(claim.predicate)}: {local_name(class_iri)} {how} {names}"


def _judge_literal(literal: Literal, kind: str | None, ranges: tuple[frozenset[NamedNode], ...]) -> str:
    datatype = literal.datatype
    if kind == "date" and datatype not in _DATE_TYPES:
        return f"datatype: {literal.value!r} is no date"
    if kind == "number" and datatype not in _NUMBER_TYPES:
        return f"datatype: {literal.value!r} is no number"
    strict = [axiom for axiom in ranges if not axiom & {XSD["string"], XSD["anyURI"]}]
    for axiom in strict:
        same_family = any(
            wanted in family and datatype in family for wanted in axiom for family in (_DATE_TYPES, _NUMBER_TYPES)
        )
        if (
            datatype not in axiom
            and not same_family
            and not any(w.value.endswith(("Literal", "langString")) for w in axiom)
        ):
            wanted_names = " or ".join(sorted(local_name(w) for w in axiom))
            return f"datatype: {literal.value!r} is {local_name(datatype)}, not {wanted_names}"
    return ""


def _judge_type(claim: Claim, ontology: Ontology) -> str:
    """Refuse a class contrary to what a trusted source says the subject is (DESIGN §11.6)."""
    said = claim.object
    if claim.evidence.kind == "stated" or claim.subject_class is None or not isinstance(said, NamedNode):
        return ""
    if ontology.are_disjoint(claim.subject_class, said):
        return f"type: {local_name(said)} is disjoint from {local_name(claim.subject_class)}, which is known"
    return ""


def _judge_confidence(evidence: Evidence, claim: Claim, ontology: Ontology, min_confidence: float) -> str:
    if evidence.kind == "stated" or claim.is_accepted:
        return ""
    prop = ontology.properties.get(claim.predicate)
    needed = prop.min_confidence if prop and prop.min_confidence is not None else min_confidence
    if isinstance(claim.object, NamedNode) and claim.predicate == RDF["type"]:
        term = ontology.classes.get(claim.object)
        needed = term.min_confidence if term and term.min_confidence is not None else min_confidence
    return f"confidence {evidence.confidence:g} is below {needed:g}" if evidence.confidence < needed else ""
