"""Whether an ontology's axioms are OWL 2 RL, the part of OWL 2 that rules can reason with.

Source: OWL 2 Profiles, section 4.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.ontology.axioms import CONSTRUCTORS, OWL2_DATATYPES, Axioms, Violation, shown, terms
from kg.rdf import OWL, RDF, RDFS, BlankNode, Literal, NamedNode, Term, local_name

__all__ = ["rl_violations"]

_DATATYPES = OWL2_DATATYPES - {OWL["real"], OWL["rational"]}
_ALLOWED = {
    "subclass": "class names, intersectionOf, unionOf, oneOf, someValuesFrom and hasValue",
    "superclass": "class names, intersectionOf, complementOf, allValuesFrom, hasValue and maxCardinality 0 or 1",
    "equivalent class": "class names, intersectionOf and hasValue",
}


def rl_violations(axioms: Axioms) -> Iterator[Violation]:
    """Yield the axioms that OWL 2 RL leaves out."""
    yield from _axioms(axioms)
    yield from _class_expressions(axioms)
    yield from _data_ranges(axioms)


def _axioms(axioms: Axioms) -> Iterator[Violation]:
    for s, _ in axioms.pairs(OWL["disjointUnionOf"]):
        what = f"owl:disjointUnionOf (on {shown(s)}) is not in OWL 2 RL; make the parts sub-classes and disjoint."
        yield Violation("RL", "rl-axiom", axioms.owner(s), what)
    for s in axioms.typed(OWL["ReflexiveProperty"]):
        what = f"owl:ReflexiveProperty (on {shown(s)}) is not in OWL 2 RL; leave it out."
        yield Violation("RL", "rl-axiom", axioms.owner(s), what)


def _positions(axioms: Axioms) -> Iterator[tuple[Term, str, Term]]:
    """Yield every class expression of an axiom with its position and the node that the axiom is about."""
    for t in axioms.triples:
        s, o = t.subject, t.object
        kind = axioms.property_kind(s) if t.predicate in (RDFS["domain"], RDFS["range"]) else None
        if t.predicate == RDFS["subClassOf"]:
            yield from ((s, "subclass", s), (o, "superclass", s))
        elif t.predicate == OWL["equivalentClass"] and not axioms.is_data_range(s):
            yield from ((s, "equivalent class", s), (o, "equivalent class", s))
        elif t.predicate == OWL["disjointWith"]:
            yield from ((s, "subclass", s), (o, "subclass", s))
        elif t.predicate == OWL["members"] and OWL["AllDisjointClasses"] in axioms.types(s):
            yield from ((member, "subclass", s) for member in axioms.members(o))
        elif kind == "object" or (kind == "data" and t.predicate == RDFS["domain"]):
            yield o, "superclass", s
        elif t.predicate == OWL["hasKey"]:
            yield s, "subclass", s
        elif t.predicate == RDF["type"] and isinstance(o, BlankNode):
            yield o, "superclass", s


def _class_expressions(axioms: Axioms) -> Iterator[Violation]:
    found = [(position, owner, _fault(axioms, node, position)) for node, position, owner in _positions(axioms)]
    # OWL 1 writes `:A owl:unionOf (…)` for a class that is equivalent to the union.
    named = terms(OWL, "intersectionOf unionOf complementOf oneOf")
    for node, row in axioms.rows.items():
        if isinstance(node, NamedNode) and not named.isdisjoint(row) and not axioms.is_data_range(node):
            found.append(("equivalent class", node, _inner_fault(axioms, node, "equivalent class")))
    for position, node, fault in found:
        if fault:
            owner = axioms.owner(node)
            article = "an" if position.startswith("e") else "a"
            what = f"{fault} stands where OWL 2 RL wants {article} {position}{f' (of {shown(owner)})' if owner else ''}"
            advice = f"; allowed there are {_ALLOWED[position]}. No rule will draw a conclusion from it."
            yield Violation("RL", "rl-class-expression", owner, what + advice)


def _fault(axioms: Axioms, node: Term, position: str) -> str:
    """Return the part of a class expression that its position does not admit, empty when all is well."""
    if isinstance(node, NamedNode):
        return "owl:Thing" if node == OWL["Thing"] and position != "superclass" else ""
    return _inner_fault(axioms, node, position)


def _inner_fault(axioms: Axioms, node: Term, position: str) -> str:
    row = axioms.row(node)
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
                plain = filler is None or filler == OWL["Thing"]
                inner = name if not small else "" if plain or filler is None else _fault(axioms, filler, "subclass")
            case _:
                inner = name
        if inner:
            return inner
    return ""


def _data_ranges(axioms: Axioms) -> Iterator[Violation]:
    for s, o, how in _data_range_uses(axioms):
        members = axioms.members(axioms.value(o, OWL["intersectionOf"])) or [o]
        wrong = [member for member in members if member not in _DATATYPES and member not in axioms.classes]
        if wrong:
            name = shown(wrong[0]) if isinstance(wrong[0], NamedNode) else "a datatype expression"
            what = f"{how} is {name}, but OWL 2 RL has only the named datatypes of OWL 2 and their intersections."
            yield Violation("RL", "rl-datatype", axioms.owner(s), what)


def _data_range_uses(axioms: Axioms) -> Iterator[tuple[Term, Term, str]]:
    for t in axioms.triples:
        s, o = t.subject, t.object
        if t.predicate in (OWL["someValuesFrom"], OWL["allValuesFrom"]):
            used = axioms.property_kind(axioms.value(s, OWL["onProperty"])) == "data"
        elif t.predicate == OWL["equivalentClass"]:
            used = axioms.is_data_range(s)
        elif t.predicate == RDFS["range"]:
            used = axioms.property_kind(s) == "data"
        else:
            used = t.predicate == OWL["onDataRange"]
        if used:
            yield s, o, shown(t.predicate)
