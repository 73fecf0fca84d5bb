"""How much deciding something would change, and so what comes first in the queue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from kg.rdf import NamedNode, Term
from kg.review.item import KINDS, ItemKind

__all__ = ["Candidate", "doubt", "ranked"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may stand in the queue, with what its place depends on.

    Args:
        doubt: in [0, 1], as `doubt` returns it.
        own: the statements that come, go or are renamed with this one.
        alike: the others that the same answer would be right for, and `pattern` what all of them share.
        triple: where it is known already.
    """

    id: str
    kind: ItemKind
    confidence: float | None
    doubt: float
    own: int = 1
    alike: int = 0
    pattern: Hashable = None
    triple: tuple[NamedNode | None, NamedNode | None, Term | None] | None = None
    reason: str = ""
    decisions: tuple[str, ...] = ()
    impact: float = 0.0


def doubt(probability: float) -> float:
    """Return how open a question is: 1 where it may as well be true as false, 0 where the answer is known.

    The variance of a yes or no of that probability, as a part of the greatest there is.
    """
    return 4.0 * probability * (1.0 - probability)


def ranked(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates with their impact, the greatest first; ties by kind, then by id."""
    by_doubt = sorted(candidates, key=lambda each: (-each.doubt, each.id))
    places: Counter[Hashable] = Counter()
    found = []
    for each in by_doubt:
        place = 1
        if each.pattern is not None:
            places[each.kind, each.pattern] += 1
            place = places[each.kind, each.pattern]
        found.append(replace(each, impact=round(each.doubt * (each.own + each.alike / place), 4)))
    return sorted(found, key=lambda each: (-each.impact, KINDS.index(each.kind), each.id))
