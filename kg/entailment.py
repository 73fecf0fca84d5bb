"""What a change of named graphs entails in all that is kept beside them: the one way to it for whoever commits.

What is said of merged entities (`kg.merges`) comes first; names and classes (`kg.derived`) follow from that too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kg.derived import Match, Superclasses, derive, derive_again
from kg.iri import Minter
from kg.merges import map_again, map_change
from kg.model import Change
from kg.rdf import BlankNode, DefaultGraph, NamedNode, Quad, Term, canonical

__all__ = ["as_changed", "entail", "entail_again"]


def entail(match: Match, change: Change, ontology: Superclasses, minter: Minter) -> Change:
    """Return the further change of the derived graphs that a change of named graphs entails.

    Args:
        match: the store before the change; its derived graphs must be right.
        ontology: the one that they were derived with.
    """
    mapped = map_change(match, change, minter)
    return _both(mapped, derive(match, _both(change, mapped), ontology, minter))


def entail_again(match: Match, ontology: Superclasses, minter: Minter) -> Change:
    """Return the change that makes the derived graphs right: for a new ontology, or on any doubt."""
    mapped = map_again(match, minter)
    return _both(mapped, derive_again(as_changed(match, mapped), ontology, minter))


def _both(first: Change, second: Change) -> Change:
    return Change((*first.add, *second.add), (*first.remove, *second.remove))


def as_changed(match: Match, change: Change) -> Match:
    """Return how the named graphs are looked up as a change leaves them; the default graph is not moved."""
    added = {Quad(q.subject, q.predicate, canonical(q.object), q.graph_name) for q in change.add}
    removed = {Quad(q.subject, q.predicate, canonical(q.object), q.graph_name) for q in change.remove} - added
    if not added and not removed:
        return match
    by_predicate: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in added:
        by_predicate[quad.predicate].append(quad)

    def changed(
        subject: NamedNode | BlankNode | None = None,
        predicate: NamedNode | None = None,
        object: Term | None = None,
        graph_name: NamedNode | BlankNode | DefaultGraph | None = None,
    ) -> Iterator[Quad]:
        found = match(subject, predicate, object, graph_name)
        yield from (quad for quad in found if quad not in removed and quad not in added)
        for quad in by_predicate.get(predicate, ()) if predicate is not None else added:
            fits = (
                (subject, quad.subject),
                (predicate, quad.predicate),
                (object, quad.object),
                (graph_name, quad.graph_name),
            )
            if all(wanted is None or wanted == found for wanted, found in fits):
                yield quad

    return changed
