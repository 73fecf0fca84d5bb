"""What follows from triples by the relations of an ontology: nobody needs a model to find that likely."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from kg.embeddings import NamedTriple
from kg.prediction.relations import Relations

__all__ = ["entailed"]

_MOST = 300_000
"""Triples that follow because a relation is transitive, of all relations. A graph with more has a knot, in which nearly
everything follows from everything; what is left of it may be predicted, and is true."""


def entailed(stated: Iterable[NamedTriple], relations: Relations) -> set[NamedTriple]:
    """Return the triples with all that follows: super-properties, inverses, symmetry and transitivity."""
    found: set[NamedTriple] = set()
    implied: dict[str, frozenset[tuple[str, bool]]] = {}
    pending, room = set(stated), _MOST
    while pending:
        for head, relation, tail in pending:
            if relation not in implied:
                implied[relation] = relations.implied(relation)
            for name, is_turned in implied[relation]:
                found.add((tail, name, head) if is_turned else (head, name, tail))
        # What follows by several steps may say something else, which has several steps of its own.
        pending = _chained(found, relations.transitive, room) if room else set()
        room -= len(pending)
    return found


def _chained(found: set[NamedTriple], transitive: set[str], room: int) -> set[NamedTriple]:
    """Return what else follows because relations are transitive; at most `room` triples, the first by IRI."""
    steps: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for head, relation, tail in found:
        if relation in transitive:
            steps[relation][head].append(tail)
    chained: set[NamedTriple] = set()
    for relation in sorted(steps):
        following = steps[relation]
        for head in sorted(following):
            reached: set[str] = set()
            pending = list(following[head])
            while pending:
                at = pending.pop()
                if at not in reached:
                    reached.add(at)
                    pending.extend(following.get(at, ()))
            for tail in sorted(reached.difference(following[head]) - {head}):
                if len(chained) == room:
                    return chained
                chained.add((head, relation, tail))
    return chained
