"""Entity resolution over a changing set of entities: what one more entity costs is its own blocks.

The answer depends on the set of entities and the decisions alone: adding, removing and deciding in any order
gives what one run over all of it gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.rdf import NamedNode
from kg.resolution.blocking import Blocks
from kg.resolution.clusters import Cluster, Edge, Refusal, join, keeper_of
from kg.resolution.profile import Profile
from kg.resolution.reading import Reading
from kg.resolution.scoring import Score, Scorer

__all__ = ["Decided", "Resolution", "ResolutionSettings", "Resolver", "Review", "resolve"]

Pair = tuple[NamedNode, NamedNode]


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
class Decided:
    """What people decided of pairs: one thing, or two. A decision is stronger than any score or rule."""

    same: frozenset[frozenset[NamedNode]] = frozenset()
    apart: frozenset[frozenset[NamedNode]] = frozenset()


@dataclass(frozen=True, slots=True)
class Review:
    """A pair that waits for a decision.

    `reason` says what forbids that a score joins it, empty if nothing does; `apart` are the two entities that it is
    about: the pair itself, or others that would become one with it.
    """

    left: NamedNode
    right: NamedNode
    confidence: float
    reason: str = ""
    apart: Pair | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer: clusters of two and more, in order of their first member, and what waits, surest first."""

    clusters: tuple[Cluster, ...]
    reviews: tuple[Review, ...]
    keepers: dict[NamedNode, NamedNode] = field(default_factory=dict)

    def keeper(self, iri: NamedNode) -> NamedNode:
        """Return the IRI that stands for an entity, itself if nothing was joined to it."""
        return self.keepers.get(iri, iri)


class Resolver:
    """Holds entities, the pairs among them that scored for review or more, and the clusters."""

    def __init__(
        self, scorer: Scorer, settings: ResolutionSettings | None = None, decided: Decided | None = None
    ) -> None:
        self.scorer = scorer
        self.settings = settings or ResolutionSettings()
        self._decided = decided or Decided()
        self._least = _log_odds(self.settings.review)
        self._accepted = _log_odds(self.settings.merge)
        self._blocks = Blocks(self.settings.block_size)
        self._readings: dict[NamedNode, Reading] = {}
        self._pairs: dict[NamedNode, dict[NamedNode, float]] = {}
        self._joined: dict[NamedNode, set[NamedNode]] = {}
        self._cluster: dict[NamedNode, Cluster] = {}
        self._refusals: dict[NamedNode, list[Refusal]] = {}
        self._unsettled: set[NamedNode] = set()
        self._former: dict[NamedNode, Cluster] = {}
        self._join_decided(self._decided)

    def _join_decided(self, decided: Decided) -> None:
        self._joined = {}
        for pair in decided.same:
            left, right = sorted(pair, key=lambda iri: iri.value)
            self._joined.setdefault(left, set()).add(right)
            self._joined.setdefault(right, set()).add(left)

    def add(self, profile: Profile) -> None:
        """Add an entity, or put a new profile in the place of its old one."""
        if profile.iri in self._readings:
            if self._readings[profile.iri].profile == profile:
                return
            self.remove(profile.iri)
        reading = self.scorer.read(profile)
        self._readings[profile.iri] = reading
        self._pairs[profile.iri] = {}
        for iri in self._blocks.add(reading):
            self._drop_unmet(iri)
        self._compare(profile.iri, self._blocks.meet(profile.iri))
        self._unsettled.add(profile.iri)

    def remove(self, iri: NamedNode) -> None:
        """Remove an entity.

        Raises:
            KeyError: it is not there.
        """
        del self._readings[iri]
        for partner in self._pairs.pop(iri):
            del self._pairs[partner][iri]
        self._leave(iri)
        touched = self._blocks.remove(iri)
        for other in touched:
            self._compare(other, self._blocks.meet(other) & touched)

    def _leave(self, iri: NamedNode) -> None:
        """Forget the cluster and the refusals of an entity that goes; the rest of its component is settled anew."""
        self._unsettled.discard(iri)
        cluster = self._cluster.pop(iri, None)
        if cluster is not None:
            self._former[iri] = cluster
            self._unsettled.update(cluster.members)
        for refusal in self._refusals.pop(iri, []):
            self._unsettled.update({refusal.edge.left, refusal.edge.right} - {iri})
        self._unsettled &= self._readings.keys()

    def _drop_unmet(self, iri: NamedNode) -> None:
        """Forget an entity's pairs with whom it no longer meets: a block of both was split."""
        pairs = self._pairs[iri]
        for partner in pairs.keys() - self._blocks.meet(iri):
            del pairs[partner], self._pairs[partner][iri]
            self._unsettled |= {iri, partner}

    def _compare(self, iri: NamedNode, partners: set[NamedNode]) -> None:
        """Score an entity with others that it meets, and keep what is for review or more."""
        reading, pairs = self._readings[iri], self._pairs[iri]
        for partner in partners - pairs.keys():
            log_odds = self.scorer.score(reading, self._readings[partner]).log_odds
            if log_odds >= self._least:
                pairs[partner] = self._pairs[partner][iri] = log_odds
                if log_odds >= self._accepted:
                    self._unsettled |= {iri, partner}

    def decide(self, decided: Decided) -> None:
        """Put other decisions in the place of the present ones."""
        changed = (decided.same ^ self._decided.same) | (decided.apart ^ self._decided.apart)
        self._decided = decided
        self._join_decided(decided)
        for pair in changed:
            self._unsettled |= {iri for iri in pair if iri in self._readings}

    def settle(self) -> frozenset[NamedNode]:
        """Bring the clusters up to date; return the entities that are in another cluster than before."""
        settled: set[NamedNode] = set()
        before: dict[NamedNode, Cluster] = {}
        for start in self._unsettled:
            if start not in settled:
                component = self._component(start)
                before |= {iri: self._former.get(iri) or self.cluster(iri) for iri in component}
                self._settle_component(component)
                settled |= component
        self._unsettled.clear()
        self._former.clear()
        return frozenset(iri for iri in settled if self.cluster(iri) != before[iri])

    def _neighbours(self, iri: NamedNode) -> set[NamedNode]:
        accepted = {other for other, log_odds in self._pairs[iri].items() if log_odds >= self._accepted}
        return accepted | {other for other in self._joined.get(iri, ()) if other in self._readings}

    def _component(self, start: NamedNode) -> set[NamedNode]:
        found, pending = {start}, [start]
        while pending:
            for other in self._neighbours(pending.pop()):
                if other not in found:
                    found.add(other)
                    pending.append(other)
        return found

    def _settle_component(self, nodes: set[NamedNode]) -> None:
        edges = [edge for node in nodes for edge in self._edges(node)]
        groups, refusals = join(nodes, edges, self.conflict, self._decided_conflict)
        for node in nodes:
            self._refusals.pop(node, None)
            self._cluster.pop(node, None)
        for group in groups:
            if len(group) > 1:
                members = tuple(sorted(group, key=lambda iri: iri.value))
                cluster = Cluster(keeper_of(self._readings[iri].profile for iri in members), members)
                self._cluster.update(dict.fromkeys(members, cluster))
        for refusal in refusals:
            for node in (refusal.edge.left, refusal.edge.right):
                self._refusals.setdefault(node, []).append(refusal)

    def _edges(self, node: NamedNode) -> Iterable[Edge]:
        """Yield the accepted pairs of which an entity is the first."""
        for other in self._neighbours(node):
            if node.value < other.value:
                is_decided = other in self._joined.get(node, ())
                yield Edge(node, other, self._pairs[node].get(other, 0.0), is_decided)

    def _decided_conflict(self, left: NamedNode, right: NamedNode) -> str | None:
        return "decided" if frozenset((left, right)) in self._decided.apart else None

    def conflict(self, left: NamedNode, right: NamedNode) -> str | None:
        """Say what forbids that two entities are joined by a score, None if nothing does."""
        decided = self._decided_conflict(left, right)
        return decided or self.scorer.conflict(self._readings[left], self._readings[right])

    def cluster(self, iri: NamedNode) -> Cluster:
        """Return the cluster of an entity; alone, it is its own. Settle first."""
        return self._cluster.get(iri) or Cluster(iri, (iri,))

    def explain(self, left: NamedNode, right: NamedNode) -> Score:
        """Return the score of two entities with all its parts, whether or not they meet."""
        return self.scorer.score(self._readings[left], self._readings[right])

    def reviews(self, iri: NamedNode) -> tuple[Review, ...]:
        """Return what waits for a decision about an entity, surest first. Settle first."""
        refused = {(r.edge.left, r.edge.right): r for r in self._refusals.get(iri, ())}
        found = []
        for other, log_odds in self._pairs[iri].items():
            left, right = sorted((iri, other), key=lambda node: node.value)
            if self._are_decided(iri, other):
                continue
            refusal, reason, apart = refused.get((left, right)), self.conflict(left, right), None
            if reason is not None:
                apart = (left, right)
            elif refusal is not None:
                reason, apart = refusal.reason, refusal.apart
            found.append(Review(left, right, _confidence(log_odds), reason or "", apart))
        return tuple(sorted(found, key=_review_order))

    def _are_decided(self, left: NamedNode, right: NamedNode) -> bool:
        """Tell whether two entities are one already, or it was decided of their clusters that they are two."""
        ours, theirs = self.cluster(left), self.cluster(right)
        return ours == theirs or any(
            self._decided_conflict(a, b) is not None for a in ours.members for b in theirs.members
        )

    def resolution(self) -> Resolution:
        """Settle, and return the whole answer; of two clusters only the surest pair waits."""
        self.settle()
        found = {review for iri in self._readings for review in self.reviews(iri)}
        reviews: dict[frozenset[NamedNode], Review] = {}
        for review in sorted(found, key=_review_order):
            both = frozenset((self.cluster(review.left).keeper, self.cluster(review.right).keeper))
            reviews.setdefault(both, review)
        clusters = {cluster.members[0]: cluster for cluster in self._cluster.values()}
        return Resolution(
            tuple(clusters[first] for first in sorted(clusters, key=lambda iri: iri.value)),
            tuple(reviews.values()),
            {iri: cluster.keeper for iri, cluster in self._cluster.items() if cluster.keeper != iri},
        )

    def oversized(self) -> tuple[tuple[str, int], ...]:
        """Return the blocks too large to compare all of, with their sizes, largest first."""
        return tuple(self._blocks.oversized())


def resolve(
    profiles: Iterable[Profile],
    scorer: Scorer,
    settings: ResolutionSettings | None = None,
    decided: Decided | None = None,
) -> Resolution:
    """Resolve a set of entities from scratch."""
    resolver = Resolver(scorer, settings, decided)
    for profile in profiles:
        resolver.add(profile)
    return resolver.resolution()


def _review_order(review: Review) -> tuple[float, str, str]:
    return (-review.confidence, review.left.value, review.right.value)


def _log_odds(confidence: float) -> float:
    return math.log(confidence / (1.0 - confidence))


def _confidence(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))
