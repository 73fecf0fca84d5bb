"""What resolution is asked with, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.rdf import NamedNode
from kg.resolution.clusters import Cluster

__all__ = ["Resolution", "ResolutionSettings", "Review", "Settled", "review_order"]


@dataclass(frozen=True, slots=True)
class ResolutionSettings:
    """The three zones, as confidences, and the bound of a block.

    From `merge` on a pair is joined, from `review` on it is shown to somebody, below it is two.
    """

    merge: float = 0.9
    review: float = 0.3
    block_size: int = 64

    def __post_init__(self) -> None:
        if not 0.0 < self.review <= self.merge < 1.0:
            raise ValueError(f"review {self.review} and merge {self.merge}: 0 < review <= merge < 1")


@dataclass(frozen=True, slots=True)
class Review:
    """A pair that waits for a decision, `left` before `right` by IRI.

    `reason` says what forbids that a score joins it, empty if nothing does; `apart` are the two entities that it is
    about: the pair itself, or others that would become one with it.
    """

    left: NamedNode
    right: NamedNode
    confidence: float
    reason: str = ""
    apart: tuple[NamedNode, NamedNode] | None = None


def review_order(review: Review) -> tuple[float, str, str]:
    """Return what reviews are sorted by: the surest first, ties by IRI."""
    return (-review.confidence, review.left.value, review.right.value)


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling changed.

    `changed` are the entities that are in another cluster than before, or have another keeper; one that is gone
    counts as alone. Of what waits for review both parts are in order, surest first; a pair with another confidence
    or reason than before is in both.
    """

    changed: frozenset[NamedNode] = frozenset()
    reviews_added: tuple[Review, ...] = ()
    reviews_removed: tuple[Review, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer: clusters of two and more, in order of their first member, and what waits, surest first."""

    clusters: tuple[Cluster, ...]
    reviews: tuple[Review, ...]
    keepers: dict[NamedNode, NamedNode] = field(default_factory=dict)

    def keeper(self, iri: NamedNode) -> NamedNode:
        """Return the IRI that stands for an entity, itself if nothing was joined to it."""
        return self.keepers.get(iri, iri)
