"""A log as RDF, every field a triple of its own, in the graph of decisions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import cast

from kg.decisions.fields import TARGETS, Field, target_name
from kg.decisions.log import Log
from kg.decisions.model import Decision
from kg.errors import KgError, StoreCorruptError
from kg.iri import Minter
from kg.rdf import DCT, KG, RDF, XSD, Literal, NamedNode, Quad, Term, canonical

__all__ = ["decision_quads", "log_quads", "read_log"]


def log_quads(log: Log, minter: Minter) -> list[Quad]:
    """Return the quads of a log, in no particular order."""
    return [quad for _, decision in log.items() for quad in decision_quads(decision, minter)]


def decision_quads(decision: Decision, minter: Minter) -> list[Quad]:
    """Return the quads of one decision; what is at its default is left out."""
    iri = Log(minter.base).iri(decision)
    said: list[tuple[NamedNode, Term]] = [
        (RDF["type"], KG["Decision"]),
        (KG["kind"], Literal(decision.kind)),
        (KG["decisionNumber"], _integer(decision.number)),
        (DCT["creator"], Literal(decision.author)),
        (DCT["created"], Literal(decision.time, datatype=XSD["dateTime"])),
        (KG["targetKind"], Literal(target_name(decision.target))),
        *((KG["supersedes"], earlier) for earlier in decision.supersedes),
    ]
    if decision.reason:
        said.append((KG["reason"], Literal(decision.reason)))
    for field in TARGETS[target_name(decision.target)][1]:
        value = getattr(decision.target, field.name)
        if field.is_needed or value:
            said += [(field.property, term) for term in _terms(value)]
    graph = minter.graph("decisions")
    return [Quad(iri, predicate, term, graph) for predicate, term in said]


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD["integer"])


def _terms(value: object) -> Iterable[Term]:
    match value:
        case bool():
            return (Literal(value),)
        case int():
            return (_integer(value),)
        case str():
            return (Literal(value),)
        case tuple():
            return cast(tuple[NamedNode, ...], value)
        case _:
            return (cast(Term, value),)


def read_log(match: Callable[..., Iterator[Quad]], minter: Minter) -> Log:
    """Read the log of a home; what is no decision in its graph is passed over.

    Args:
        match: how quads are looked up: `Store.match`.

    Raises:
        StoreCorruptError: a decision lacks something, or does not say what its name was made of.
    """
    parts: defaultdict[object, list[Quad]] = defaultdict(list)
    for quad in match(graph_name=minter.graph("decisions")):
        parts[quad.subject].append(quad)
    found: dict[NamedNode, Decision] = {}
    for iri, quads in parts.items():
        row: dict[NamedNode, list[Term]] = {}
        for quad in quads:
            row.setdefault(quad.predicate, []).append(quad.object)
        if isinstance(iri, NamedNode) and KG["Decision"] in row.get(RDF["type"], ()):
            found[iri] = _decision(iri, row)
    log = Log(minter.base, found.values())
    for iri, decision in found.items():
        if log.get(iri) is None:
            said = log.iri(decision).value
            raise StoreCorruptError(f"{iri.value} in the graph of decisions was changed: what it says is {said}")
    return log


def _decision(iri: NamedNode, row: Mapping[NamedNode, list[Term]]) -> Decision:
    try:
        name = _text(row, KG["targetKind"])
        if name not in TARGETS:
            raise ValueError(f"it is about a {name!r}, not one of {', '.join(TARGETS)}")
        cls, fields = TARGETS[name]
        values = {field.name: _value(row, field) for field in fields if field.is_needed or field.property in row}
        return Decision(
            _text(row, KG["kind"]),  # type: ignore[arg-type]  # Decision refuses what is no kind
            cls(**values),  # type: ignore[arg-type]
            _text(row, DCT["creator"]),
            _text(row, DCT["created"]),
            int(_text(row, KG["decisionNumber"])),
            _text(row, KG["reason"]) if KG["reason"] in row else "",
            _iris(row.get(KG["supersedes"], [])),
        )
    except (ValueError, KgError) as error:
        raise StoreCorruptError(f"{iri.value} in the graph of decisions cannot be read: {error}") from error


def _value(row: Mapping[NamedNode, list[Term]], field: Field) -> object:
    match field.kind:
        case "iri":
            return _iris([_one(row, field.property)])[0]
        case "iris":
            return _iris(_all(row, field.property))
        case "term":
            return canonical(_one(row, field.property))
        case "integer":
            return int(_text(row, field.property))
        case "boolean":
            return _text(row, field.property) == "true"
        case "text":
            return _text(row, field.property)


def _all(row: Mapping[NamedNode, list[Term]], predicate: NamedNode) -> list[Term]:
    if not row.get(predicate):
        raise ValueError(f"it has no {predicate.value}")
    return row[predicate]


def _one(row: Mapping[NamedNode, list[Term]], predicate: NamedNode) -> Term:
    terms = _all(row, predicate)
    if len(terms) > 1:
        raise ValueError(f"it has {len(terms)} of {predicate.value}, not one")
    return terms[0]


def _text(row: Mapping[NamedNode, list[Term]], predicate: NamedNode) -> str:
    term = _one(row, predicate)
    if not isinstance(term, Literal):
        raise ValueError(f"{predicate.value} is {term}, not a literal")
    return term.value


def _iris(terms: Iterable[Term]) -> tuple[NamedNode, ...]:
    found = tuple(terms)
    for term in found:
        if not isinstance(term, NamedNode):
            raise ValueError(f"{term} is no IRI")
    return cast(tuple[NamedNode, ...], found)
