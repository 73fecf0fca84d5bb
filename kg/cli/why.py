"""The sentences behind the rows of a Cypher answer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kg.explain import Reason, reason_for, reasons_among
from kg.graph import KnowledgeGraph
from kg.limits import UNLIMITED
from kg.property_graph.names import Names, node_term
from kg.query.cypher import run_cypher
from kg.query.cypher_names import cypher_names
from kg.rdf import KG, RDF, XSD, BlankNode, Literal, NamedNode, Term, parse_iri
from kg.records import Node, Path, Records, Relationship, Temporal, Value

__all__ = ["lines_below", "reason_document", "reason_lines", "row_reasons", "with_reasons"]

_ENDS = "MATCH (n) WHERE elementId(n) IN $ids RETURN elementId(n) AS id, n.iri AS iri, n._iri AS whole"
_MOST_REASONS = 20
_LEAST_TERMS = 2
"""A lone thing is in as many statements as there are about it; only for one row is that of use."""


def with_reasons(graph: KnowledgeGraph, records: Records, reasons: list[tuple[Reason, ...]]) -> Records:
    """Return records that, while their rows are read, add the reasons of each row to a list."""

    def rows() -> Iterator[tuple[Value, ...]]:
        # All of them first: an engine may run one statement at a time.
        for row in list(records.rows):
            reasons.append(row_reasons(graph, row))
            yield row

    return replace(records, rows=rows())


def row_reasons(graph: KnowledgeGraph, row: Sequence[Value], is_lone: bool = False) -> tuple[Reason, ...]:
    """Return the statements of a row with their sentences: its relationships, and those of its pieces of evidence.

    Where it has neither, those that join two of its things, or a thing and a value.

    Args:
        is_lone: find also what joins things that are there by their names alone, and all about a row's only thing.
    """
    parts = list(_parts(row))
    relationships = {each.element_id: each for each in parts if isinstance(each, Relationship)}
    nodes = {each.element_id: each for each in parts if isinstance(each, Node)}
    if relationships:
        return _reasons_of(graph, list(relationships.values()), {key: _term(node) for key, node in nodes.items()})
    terms = dict.fromkeys(term for part in parts if (term := _term(part)) is not None)
    things = [term for term in terms if isinstance(term, NamedNode)]
    is_evidence = any("Evidence" in node.labels for node in nodes.values())
    if is_lone or is_evidence or (things and len(terms) >= _LEAST_TERMS):
        return reasons_among(graph, terms)
    return ()


def _parts(values: Sequence[Value]) -> Iterator[Value]:
    """Yield the values of a row, and what stands in its lists, maps and paths."""
    for value in values:
        if isinstance(value, Path):
            yield from itertools.chain(value.nodes, value.relationships)
        elif isinstance(value, list):
            yield from _parts(value)
        elif isinstance(value, dict):
            yield from _parts(list(value.values()))
        elif value is not None:
            yield value


def _term(value: Value) -> Term | None:
    if isinstance(value, Node):
        return _node_term(value.properties.get("iri"), value.properties.get("_iri"))
    if isinstance(value, str):
        return parse_iri(value) or _literal(value)
    if isinstance(value, bool | int):
        return Literal(value)
    if isinstance(value, Temporal) and value.kind == "Date":
        return Literal(value.text, datatype=XSD["date"])
    return None


def _node_term(iri: Value, whole: Value) -> NamedNode | BlankNode | None:
    return node_term(iri, whole if isinstance(whole, str) else None) if isinstance(iri, str) else None


def _literal(text: str) -> Literal | None:
    try:
        return Literal(text)
    except ValueError:  # a lone surrogate
        return None


def _reasons_of(
    graph: KnowledgeGraph, relationships: Sequence[Relationship], terms: dict[str, Term | None]
) -> tuple[Reason, ...]:
    missing = {end for each in relationships for end in (each.start, each.end)} - terms.keys()
    if missing:
        found = run_cypher(graph, _ENDS, {"ids": list[Value](sorted(missing))}, UNLIMITED)
        terms |= {str(key): _node_term(iri, whole) for key, iri, whole in found.rows}
    names = cypher_names(graph.ontology, graph.minter.base)
    triples = dict.fromkeys(_triple(graph, names, each, terms) for each in relationships)
    found_reasons = [reason for triple in triples if triple is not None for reason in _explain(graph, triple)]
    return tuple(found_reasons)


_Triple = tuple[NamedNode, NamedNode, Term]


def _triple(
    graph: KnowledgeGraph, names: Names, relationship: Relationship, terms: Mapping[str, Term | None]
) -> _Triple | None:
    subject, object_ = terms.get(relationship.start), terms.get(relationship.end)
    if not isinstance(subject, NamedNode) or object_ is None:
        return None
    # A database may have pinned other names than the ontology's, so the statements themselves say which are possible.
    stated = dict.fromkeys(quad.predicate for quad in graph.store.match(subject, None, object_))
    fitting = [each for each in stated if relationship.type in names.all(each)] or list(stated)
    return (subject, fitting[0], object_) if len(fitting) == 1 else (subject, names.iri(relationship.type), object_)


_ROLES = frozenset({RDF["subject"], RDF["object"], KG["inNote"]})


def _explain(graph: KnowledgeGraph, triple: _Triple) -> tuple[Reason, ...]:
    """Return the reason of a statement; what joins a piece of evidence to its parts leads to the statement itself."""
    subject, predicate, object_ = triple
    if predicate in _ROLES:
        return reasons_among(graph, (subject,))
    return (reason_for(graph, subject, predicate, object_),)


# --- how they are shown


def lines_below(reasons: Sequence[Reason]) -> str:
    """Return the lines that stand below a row of a table."""
    lines = [f"    {line}\n" for reason in reasons[:_MOST_REASONS] for line in reason_lines(reason)]
    more = len(reasons) - _MOST_REASONS
    return "".join([*lines, f"    … and {more} statements more\n"] if more > 0 else lines)


def reason_lines(reason: Reason) -> Iterator[str]:
    """Yield a statement and, below it, its sentences with where they stand."""
    yield f"{reason.subject} · {reason.predicate} · {reason.object}"
    for source in reason.sources:
        yield f"    “{' '.join(source.quote.split())}”"
        yield f"        {source.path}, characters {source.start} to {source.end}, {source.kind} ({source.confidence:g})"
        if source.reason:
            yield f"        {source.reason}"
    if not reason.sources:
        where = f"it stands in {', '.join(reason.paths)}" if reason.paths else "it follows from other statements"
        yield f"    no sentence; {where}"


def reason_document(reason: Reason) -> dict[str, Any]:
    """Return a statement with its evidence, as `kg show --json` has it."""
    evidence = [source.to_json() for source in reason.sources]
    named = {"subject": reason.subject, "predicate": reason.predicate, "object": reason.object}
    return {**named, "evidence": evidence, "paths": list(reason.paths)}
