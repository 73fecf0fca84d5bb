"""Whether an ontology's triples are OWL 2 DL and OWL 2 RL, as far as it matters in practice.

Not looked at: circles of anonymous individuals or of datatype definitions, and the values of facets.
Source: OWL 2 Structural Specification, section 11 (DL); OWL 2 Profiles, section 4.2 (RL); OWL 2 Mapping
to RDF Graphs, section 3 (how axioms are read off triples).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from kg.ontology.axioms import CARDINALITIES, CONSTRUCTORS, Axioms, Violation, shown, terms
from kg.ontology.declarations import declaration_violations
from kg.ontology.profile_rl import rl_violations
from kg.rdf import OWL, RDFS, Term, Triple, local_name

__all__ = ["profile_violations"]

_RESTRICTING = CONSTRUCTORS - terms(OWL, "intersectionOf unionOf complementOf oneOf")


def profile_violations(triples: Iterable[Triple]) -> list[Violation]:
    """Return how an ontology with all its imports leaves OWL 2 DL and OWL 2 RL, DL first, each by term.

    What breaks DL breaks RL as well and is reported once, as DL.
    """
    axioms = Axioms(triples)
    checks: tuple[Callable[[Axioms], Iterator[Violation]], ...] = (
        declaration_violations,
        _malformed,
        _non_simple,
        _irregular_chains,
        rl_violations,
    )
    found = dict.fromkeys(violation for check in checks for violation in check(axioms))
    return sorted(found, key=lambda v: (v.profile, v.term.value if v.term else "", v.code, v.message))


def _malformed(axioms: Axioms) -> Iterator[Violation]:
    for node, row in axioms.rows.items():
        owner = axioms.owner(node)
        where = f" in the axioms of {shown(owner)}" if owner else ""
        restricts = not _RESTRICTING.isdisjoint(row)
        if restricts != (OWL["onProperty"] in row or OWL["onProperties"] in row):
            missing = "owl:onProperty" if restricts else "what it asks for, such as owl:someValuesFrom"
            what = f"a restriction{where} does not say {missing}; make it anew in the editor."
            yield Violation("DL", "malformed-restriction", owner, what)
    for cell in axioms.broken_lists():
        owner = axioms.owner(cell)
        where = f" in the axioms of {shown(owner)}" if owner else ""
        what = f"a list{where} is broken: each cell has one rdf:first and one rdf:rest, and the last rest is rdf:nil."
        yield Violation("DL", "malformed-list", owner, f"{what} Make it anew in the editor.")


def _upwards(axioms: Axioms) -> dict[Term, set[Term]]:
    """Return for each object property those that hold wherever it does, one step; an inverse is the same here."""
    above: dict[Term, set[Term]] = defaultdict(set)
    for s, o in axioms.pairs(RDFS["subPropertyOf"]):
        above[s].add(o)
    for predicate in (OWL["equivalentProperty"], OWL["inverseOf"]):
        for s, o in axioms.pairs(predicate):
            above[s].add(o)
            above[o].add(s)
    return above


def _reach(start: Iterable[Term], above: Mapping[Term, set[Term]]) -> set[Term]:
    found = set(start)
    pending = list(found)
    while pending:
        fresh = above.get(pending.pop(), set()) - found
        found |= fresh
        pending += fresh
    return found


def _non_simple(axioms: Axioms) -> Iterator[Violation]:
    """Yield what OWL 2 DL says of simple properties only (section 11.2)."""
    roots = axioms.typed(OWL["TransitiveProperty"]) | {s for s, _ in axioms.pairs(OWL["propertyChainAxiom"])}
    composite = _reach(roots, _upwards(axioms))
    traits = terms(OWL, "FunctionalProperty InverseFunctionalProperty IrreflexiveProperty AsymmetricProperty")
    found: list[tuple[str, Term, Term]] = [
        (shown(trait), prop, prop) for prop in composite for trait in traits.intersection(axioms.types(prop))
    ]
    for node, row in axioms.rows.items():
        prop = axioms.value(node, OWL["onProperty"])
        if prop in composite:
            used = sorted(local_name(p) for p in row if p in CARDINALITIES or p == OWL["hasSelf"])
            found += [(f"owl:{name}", prop, node) for name in used[:1] if prop is not None]
    for s, o in axioms.pairs(OWL["propertyDisjointWith"]):
        found += [("owl:propertyDisjointWith", prop, prop) for prop in composite & {s, o}]
    for node in axioms.typed(OWL["AllDisjointProperties"]):
        members = axioms.members(axioms.value(node, OWL["members"]))
        found += [("owl:AllDisjointProperties", prop, prop) for prop in composite.intersection(members)]
    for said, prop, node in found:
        why = "which is transitive, has a property chain, or stands above one that is or has"
        what = f"{said} is said of {shown(prop)}, {why}; OWL 2 DL forbids the two together. Give one of them up."
        yield Violation("DL", "non-simple-property", axioms.owner(node), what)


def _irregular_chains(axioms: Axioms) -> Iterator[Violation]:
    """Yield the property chains that make a property depend on itself (section 11.2)."""
    above = _upwards(axioms)
    steps: list[tuple[Term, Term]] = []
    for prop, head in axioms.pairs(OWL["propertyChainAxiom"]):
        chain = axioms.members(head)
        inner = chain[1:] if chain[:1] == [prop] else chain[:-1] if chain[-1:] == [prop] else chain
        steps += [(part, prop) for part in inner if chain != [prop, prop]]
    for part, prop in steps:
        above[part].add(prop)
    for part, prop in steps:
        if part in _reach([prop], above):
            what = f"the property chain of {shown(prop)} uses {shown(part)}, which itself depends on {shown(prop)}"
            advice = "; OWL 2 DL forbids such circles. Use a property below it in the chain instead."
            yield Violation("DL", "chain-cycle", axioms.owner(prop), what + advice)
