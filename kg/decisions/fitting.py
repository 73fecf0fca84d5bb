"""Which decisions are in force, but fit nothing any more."""

from __future__ import annotations

from collections.abc import Callable, Collection

from kg.decisions.log import Log
from kg.decisions.model import Likeness, Merging, Naming, Pair, Passage, Splitting, Target, Typing, Word
from kg.rdf import NamedNode

__all__ = ["unapplied"]


def unapplied(
    log: Log, applied: Collection[str], is_known: Callable[[NamedNode], bool], is_class: Callable[[NamedNode], bool]
) -> tuple[NamedNode, ...]:
    """Return the decisions in force that fit nothing any more, in order.

    Args:
        applied: the IRIs of those that changed something in some note's graph.
        is_known: tells whether anybody speaks of an entity. is_class: tells whether the ontology has a class.
    """
    in_force = ((iri, decision) for iri, decision in log.items() if log.is_in_force(iri))
    return tuple(
        iri for iri, decision in in_force if iri.value not in applied and not _fits(decision.target, is_known, is_class)
    )


def _fits(target: Target, is_known: Callable[[NamedNode], bool], is_class: Callable[[NamedNode], bool]) -> bool:
    """Tell whether a decision that is about no sentence, word or pattern is about something that is there."""
    match target:
        case Passage() | Likeness() | Word():
            return False
        case Pair():
            ends: tuple[NamedNode, ...] = (target.left, target.right)
        case Merging():
            ends = (target.keep, target.other)
        case Typing():
            return is_known(target.entity) and is_class(target.class_iri)
        case Naming() | Splitting():
            ends = (target.entity,)
        case _:
            return True
    return all(map(is_known, ends))
