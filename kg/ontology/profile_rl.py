"""Whether an ontology's axioms are OWL 2 RL, the part of OWL 2 that rules can reason with.

Source: OWL 2 Profiles, section 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.ontology.axioms import OWL2_DATATYPES, Axioms, Violation, shown, terms
from kg.rdf import OWL, RDF, RDFS, BlankNode, Literal, NamedNode, Term, local_name

__all__ = ["rl_violations"]

_NOT_IN_RL = frozenset({OWL["real"], OWL["rational"]})
# --- OWL 2 RL

_ALLOWED = {
    "subclass": "class names, intersectionOf, unionOf, oneOf, someValuesFrom and hasValue",
    "superclass": "class names, intersectionOf, complementOf, allValuesFrom, hasValue and maxCardinality 0 or 1",
    "equivalent class": "class names, intersectionOf and hasValue",
}


def _rl_positions(axioms: Axioms) -> Iterator[tuple[Term, str, Term]]:
    """Yield every class expression of an axiom with its position and the node it is said of."""
    for t in axioms.triples:
        s, o = t.subject, t.object
        if t.predicate == RDFS["subClassOf"]:
            yield from ((s, "subclass", s), (o, "superclass", s))
        elif t.predicate == OWL["equivalentClass"] and not axioms.is_data_range(s):
            yield from ((s, "equivalent class", s), (o, "equivalent class", s))
        elif t.predicate == OWL["disjointWith"]:
            yield from ((s, "subclass", s), (o, "subclass", s))
        elif t.predicate == OWL["members"] and OWL["AllDisjointClasses"] in axioms.facts[s][RDF["type"]]:
            yield from ((member, "subclass", s) for member in axioms.members(o))
        elif (t.predicate == RDFS["domain"] and axioms.property_kind(s) in ("object", "data")) or (t.predicate == RDFS["range"] and axioms.property_kind(s) == "object"):
            yield o, "superclass", s
        elif t.predicate == OWL["hasKey"]:
            yield s, "subclass", s
        elif t.predicate == RDF["type"] and isinstance(o, BlankNode):
            yield o, "superclass", s
        elif isinstance(s, NamedNode) and t.predicate in terms(OWL, "intersectionOf unionOf complementOf oneOf") and not axioms.is_data_range(s):
            yield s, "equivalent class to", s


def _rl_classes(axioms: Axioms) -> Iterator[Violation]:
    for node, position, said_of in _rl_positions(axioms):
        plain = position.removesuffix(" to")
        fault = _fault(axioms, node, plain, whole=position != plain)
        if fault:
            owner = axioms.owner(said_of)
            what = f"{fault} stands where OWL 2 RL wants a {plain}{f' (of {shown(owner)})' if owner and owner != node else ''}"
            yield Violation("RL", "rl-class-expression", owner, f"{what}: allowed there are {_ALLOWED[plain]}. Rules draw no conclusion from it.")


def _fault(axioms: Axioms, node: Term, position: str, whole: bool = False) -> str:
    """Return the part of a class expression that its position does not admit, empty when all is well.

    A name is looked into only with `whole`: OWL 1 writes `:A owl:unionOf (…)` for an equivalent class.
    """
    row = axioms.facts.get(node, {})
    if isinstance(node, NamedNode) and not whole:
        return "owl:Thing" if node == OWL["Thing"] and position != "superclass" else ""
    prop = axioms.value(node, OWL["onProperty"])
    is_data = axioms.property_kind(prop) == "data"
    on = f" (on {shown(prop)})" if isinstance(prop, NamedNode) else ""
    for constructor in sorted(CONSTRUCTORS.intersection(row), key=str):
        value, name = row[constructor][0], f"owl:{local_name(constructor)}{on}"
        match local_name(constructor), position:
            case ("intersectionOf", _) | ("unionOf", "subclass"):
                inner = next((f for member in axioms.members(value) if (f := _fault(axioms, member, position))), "")
            case ("complementOf", "superclass"):
                inner = _fault(axioms, value, "subclass")
            case ("someValuesFrom", "subclass"):
                inner = "" if is_data or value == OWL["Thing"] else _fault(axioms, value, "subclass")
            case ("allValuesFrom", "superclass"):
                inner = "" if is_data else _fault(axioms, value, "superclass")
            case ("hasValue", _) | ("oneOf", "subclass"):
                inner = ""
            case ("maxCardinality" | "maxQualifiedCardinality", "superclass"):
                filler = axioms.value(node, OWL["onClass"])
                small = isinstance(value, Literal) and value.value in ("0", "1")
                inner = name if not small else "" if filler in (None, OWL["Thing"]) else _fault(axioms, filler, "subclass")  # type: ignore[arg-type]
            case _:
                inner = name
        if inner:
            return inner
    return ""


def _rl_axioms(axioms: Axioms) -> Iterator[Violation]:
    for s, _ in axioms.pairs(OWL["disjointUnionOf"]):
        message = f"owl:disjointUnionOf on {shown(s)} is not in OWL 2 RL; make the parts sub-classes and say that they are disjoint."
        yield Violation("RL", "rl-axiom", axioms.owner(s), message)
    for s in axioms.typed(OWL["ReflexiveProperty"]):
        yield Violation("RL", "rl-axiom", axioms.owner(s), f"owl:ReflexiveProperty (on {shown(s)}) is not in OWL 2 RL; leave it out.")


def _rl_ranges(axioms: Axioms) -> Iterator[Violation]:
    for t in axioms.triples:
        s, o = t.subject, t.object
        filler = t.predicate in (OWL["someValuesFrom"], OWL["allValuesFrom"]) and axioms.property_kind(axioms.value(s, OWL["onProperty"])) == "data"
        definition = t.predicate == OWL["equivalentClass"] and axioms.is_data_range(s)
        if filler or definition or t.predicate == OWL["onDataRange"] or (t.predicate == RDFS["range"] and axioms.property_kind(s) == "data"):
            members = axioms.members(axioms.value(o, OWL["intersectionOf"])) or [o]
            wrong = [m for m in members if not (m in OWL2_DATATYPES and m not in _NOT_IN_RL)]
            if wrong and not (isinstance(wrong[0], NamedNode) and wrong[0] in axioms.classes):
                name = shown(wrong[0]) if isinstance(wrong[0], NamedNode) else "a datatype expression"
                message = f"{shown(t.predicate)} is {name}, but OWL 2 RL has only the named datatypes of OWL 2 and their intersections."
                yield Violation("RL", "rl-datatype", axioms.owner(s), message)
