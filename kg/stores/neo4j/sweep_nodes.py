"""Nodes that people made: the sweep makes them resources with an IRI. And nodes of ours that say nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kg.property_graph.names import anonymous_key, node_key, node_term
from kg.rdf import NamedNode
from kg.stores.neo4j.driver import ReadSession, Statement, Transaction
from kg.stores.neo4j.reading import anonymous_key_of, means_something
from kg.stores.neo4j.sweep_report import Problem

__all__ = ["Adoption", "adopt", "mistyped_iris", "plan_adoptions", "read_empty", "remove_empty"]

# A hand-made node that says nothing is left alone: with an IRI it would be one of ours that says nothing.
_WITHOUT_IRI = Statement(
    f"MATCH (n) WHERE (NOT n:Resource OR n.iri IS NULL) AND {means_something('n')} "
    "AND (EXISTS { (n)--() } OR any(label IN labels(n) WHERE label <> 'Resource') "
    "OR any(key IN keys(n) WHERE key <> 'iri' AND NOT key STARTS WITH '_')) "
    "RETURN elementId(n), n.iri, null ORDER BY elementId(n)"
)
# What an update has written about: `writing` gives it the key of its blank node, and keeps an `iri` that was no key.
_WITH_BLANK_NODE = Statement(
    f"MATCH (n:Resource) WHERE n.iri STARTS WITH '_:neo4j_' AND n.iri = {anonymous_key_of('n')} "
    "RETURN elementId(n), n._given, n.iri ORDER BY elementId(n)"
)
_ADOPT = (
    "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row.id SET n._lock = true REMOVE n._lock WITH n, row "
    "WHERE (NOT n:Resource OR n.iri IS NULL OR n.iri = row.old) "
    "AND NOT EXISTS { MATCH (other:Resource {iri: row.key}) WHERE other <> n } "
    "SET n.iri = row.key, n._iri = row.whole "  # before the label: a long one must not be indexed even for a moment
    "SET n:Resource REMOVE n._given RETURN count(n)"
)
_TAKEN = "UNWIND $rows AS row MATCH (n:Resource {iri: row.key}) WHERE elementId(n) <> row.id RETURN row.id, row.key"

_MAYBE_MISTYPED = Statement(
    "MATCH (n:Resource) WHERE n.iri IS NOT NULL AND CASE WHEN n.iri IS :: STRING NOT NULL "
    "THEN NOT n.iri STARTS WITH '_' AND NOT n.iri =~ '[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9/?#@:~._!$&()*+,;=%-]*' "
    "ELSE true END RETURN elementId(n), n.iri"
)

_SAYS_NOTHING = (
    "n:Resource AND n.iri IS NOT NULL AND size(labels(n)) = 1 "
    "AND all(key IN keys(n) WHERE key IN ['iri', '_iri', '_rdf']) AND NOT EXISTS { (n)--() }"
)
_EMPTY = Statement(f"MATCH (n:Resource) WHERE {_SAYS_NOTHING} RETURN elementId(n)")
_REMOVE = (
    "UNWIND $ids AS id MATCH (n) WHERE elementId(n) = id SET n._lock = true REMOVE n._lock WITH n "
    f"WHERE {_SAYS_NOTHING} DELETE n RETURN count(n)"
)


@dataclass(frozen=True, slots=True)
class Adoption:
    """The key that a node is to have, and its whole IRI where the key is a hash; `old` is the key it has."""

    id: str
    key: str
    whole: str | None
    old: str | None


def plan_adoptions(
    session: ReadSession, mentioned: set[str], mint: Callable[[], NamedNode]
) -> Iterator[Adoption | Problem]:
    """Yield what to do with each node that has no IRI, or why nothing can be done.

    An `iri` that somebody wrote is taken.

    Args:
        mentioned: labels that statements about statements use, of which no part can be renamed.
        mint: makes an IRI that nobody has used.
    """
    taken: set[str] = set()
    for id_, iri, old in (*session.run(_WITHOUT_IRI), *session.run(_WITH_BLANK_NODE)):
        key, whole = (mint().value, None) if iri is None else _key_of(iri)
        if (old or anonymous_key(id_)) in mentioned:
            yield Problem("iri", id_, "it stays a blank node, because a statement about statements names it so")
        elif not key:
            message = f"its iri {iri!r} is no IRI; write one like 'https://example.com/ada', or remove it"
            yield Problem("iri", id_, message)
        elif key in taken:
            yield _clash(id_, key)
        else:
            taken.add(key)
            yield Adoption(id_, key, whole, old)


def _key_of(iri: object) -> tuple[str, str | None]:
    """Return the key and, where that is a hash, the whole IRI of what somebody wrote as `iri`; no key for no IRI."""
    if not isinstance(iri, str) or iri.startswith("_:"):
        return "", None
    try:
        key = node_key(NamedNode(iri))
    except ValueError:
        return "", None
    return (key, None) if key == iri else (key, iri)


def _clash(id_: str, key: str) -> Problem:
    advice = "move what it says to that one, or give it another IRI"
    return Problem("iri", id_, f"its iri {key!r} is taken by another node; {advice}")


def adopt(transaction: Transaction, adoptions: list[Adoption]) -> tuple[int, list[Problem]]:
    """Make nodes resources, and return how many, and whose IRI another node has."""
    rows = [{"id": each.id, "key": each.key, "whole": each.whole, "old": each.old} for each in adoptions]
    ((number,),) = transaction.run(_ADOPT, rows=rows)
    return number, [_clash(id_, key) for id_, key in transaction.run(_TAKEN, rows=rows)]


def mistyped_iris(session: ReadSession) -> Iterator[Problem]:
    """Yield the resources whose `iri` is none."""
    for id_, iri in session.stream(_MAYBE_MISTYPED):
        if isinstance(iri, str) and isinstance(node_term(iri, None), NamedNode):
            continue
        message = f"its iri {iri!r} is no IRI, so it is a blank node; write one like 'https://example.com/ada'"
        yield Problem("iri", id_, message)


def read_empty(session: ReadSession) -> list[str]:
    """Return the resources that say nothing and that nothing leads to."""
    return [id_ for (id_,) in session.run(_EMPTY)]


def remove_empty(transaction: Transaction, ids: list[str]) -> int:
    """Remove those of some nodes that still say nothing, and return how many."""
    ((number,),) = transaction.run(_REMOVE, ids=ids)
    return int(number)
