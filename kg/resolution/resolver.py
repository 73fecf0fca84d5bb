"""Entity resolution over a changing set of entities: what one more entity costs is its own blocks.

The answer depends on the set of entities and the decisions alone: adding, removing and deciding in any order
gives what one run over all of it gives.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from kg.rdf import NamedNode
from kg.resolution.answer import Resolution, ResolutionSettings, Review, Settled, review_order
from kg.resolution.blocking import Blocks
from kg.resolution.clusters import Cluster, Edge, chain, join, keeper_of
from kg.resolution.decided import Decided, DecidedIndex
from kg.resolution.profile import Profile
from kg.resolution.reading import Reading
from kg.resolution.scoring import Score, Scorer
from kg.resolution.shelf import MemoryShelf, Shelf

__all__ = ["Resolver", "resolve"]

_KEPT_READINGS = 20_000
"""Entities whose names stay taken apart in memory when all is settled, some 2 KB each."""


class Resolver:
    """Holds entities, the pairs among them that scored for review or more, the clusters, and what waits.

    Args:
        decided: what holds from now on; None for the decisions that the shelf was made with.
        shelf: where all of it is kept, in memory by default. It belongs to this object alone. A shelf in a file
            may be written here already, if other decisions hold now.
    """

    def __init__(
        self,
        scorer: Scorer,
        settings: ResolutionSettings | None = None,
        decided: Decided | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        self.scorer = scorer
        self.settings = settings or ResolutionSettings()
        self._shelf: Shelf = shelf or MemoryShelf()
        self._least = _log_odds(self.settings.review)
        self._accepted = _log_odds(self.settings.merge)
        self._blocks = Blocks(self.settings.block_size, self._shelf.blocks, self._reading)
        self._readings: dict[NamedNode, Reading] = {}
        self._decided = DecidedIndex(self._shelf.decided())
        if decided is not None:
            self.decide(decided)

    @property
    def is_new(self) -> bool:
        """Tell whether the shelf held nothing when it was opened: then all profiles are to be added."""
        return self._shelf.is_new

    def add(self, profile: Profile) -> None:
        """Add an entity, or put a new profile in the place of its old one."""
        if self._shelf.profiles.get(profile.iri) == profile:
            return
        with self._reread({profile.iri, *self._decided.namesakes(profile.iri)}):
            self._shelf.profiles.put(profile.iri, profile)

    def remove(self, iri: NamedNode) -> None:
        """Remove an entity.

        Raises:
            KeyError: it is not there.
        """
        self._profile(iri)
        with self._reread({iri, *self._decided.namesakes(iri)}):
            self._shelf.profiles.drop(iri)

    def decide(self, decided: Decided) -> None:
        """Put other decisions in the place of the present ones."""
        if decided == self._decided.decided:
            return
        before, after = self._decided, DecidedIndex(decided)
        concerned = after.concerned_by(before)
        with self._reread({iri for iri in concerned if before.namesakes(iri) != after.namesakes(iri)}):
            self._decided = after
            self._shelf.keep_decided(decided)
        self._shelf.unsettled.add(iri for iri in concerned if self._is_there(iri))

    def profile(self, iri: NamedNode) -> Profile | None:
        """Return the profile of an entity as it was added, None if it is not there."""
        return self._shelf.profiles.get(iri)

    def profiles(self) -> Iterator[Profile]:
        """Yield the profiles of all entities, in no order, while none is added or removed."""
        return (profile for _, profile in self._shelf.profiles.items())

    def _profile(self, iri: NamedNode) -> Profile:
        found = self._shelf.profiles.get(iri)
        if found is None:
            raise KeyError(iri.value)
        return found

    def _is_there(self, iri: NamedNode) -> bool:
        return iri in self._readings or self._shelf.profiles.get(iri) is not None

    def _reading(self, iri: NamedNode) -> Reading:
        """Return the reading of an entity, with the names of those that a decision made one with it."""
        reading = self._readings.get(iri)
        if reading is None:
            profile = self._profile(iri)
            own = {*profile.names, *profile.aliases}
            namesakes = map(self._shelf.profiles.get, self._decided.namesakes(iri))
            names = {name for other in namesakes if other for name in (*other.names, *other.aliases)} - own
            if names:
                profile = replace(profile, aliases=(*profile.aliases, *sorted(names)))
            reading = self._readings[iri] = self.scorer.read(profile)
        return reading

    @contextmanager
    def _reread(self, iris: Iterable[NamedNode]) -> Iterator[None]:
        """Take entities out as they were, and put those that are there afterwards in as they are then."""
        before = sorted((iri for iri in iris if self._is_there(iri)), key=lambda iri: iri.value)
        for iri in before:
            self._reading(iri)
        for iri in before:
            self._take_out(iri)
        for iri in before:
            del self._readings[iri]
        yield
        for iri in sorted(iris, key=lambda iri: iri.value):
            if self._is_there(iri):
                self._put_in(iri)

    def _put_in(self, iri: NamedNode) -> None:
        reading = self._reading(iri)
        for other in self._blocks.add(reading):
            self._drop_unmet(other)
        self._compare(iri, self._blocks.meet(reading))
        self._shelf.unsettled.add((iri,))

    def _take_out(self, iri: NamedNode) -> None:
        """Forget the pairs of an entity; what it was joined to and what was refused with it is settled anew."""
        refused = self._shelf.refusals.of(iri)
        self._shelf.unsettled.add({iri, *self.cluster(iri).members, *refused})
        for partner in self._shelf.pairs.of(iri):
            self._shelf.pairs.drop(iri, partner)
        touched = self._blocks.remove(self._reading(iri))
        for other in touched:
            self._compare(other, self._blocks.meet(self._reading(other)) & touched)

    def _drop_unmet(self, iri: NamedNode) -> None:
        """Forget an entity's pairs with whom it no longer meets: a block of both was split."""
        pairs = self._shelf.pairs.of(iri)
        if pairs:
            unmet = pairs.keys() - self._blocks.meet(self._reading(iri))
            for partner in unmet:
                self._shelf.pairs.drop(iri, partner)
            if unmet:
                self._shelf.unsettled.add((iri, *unmet))

    def _compare(self, iri: NamedNode, partners: set[NamedNode]) -> None:
        """Score an entity with others that it meets, and keep what is for review or more."""
        reading, kept = self._reading(iri), self._shelf.pairs.of(iri)
        found = []
        for partner in partners - kept.keys():
            log_odds = self.scorer.log_odds(reading, self._reading(partner), self._least)
            if log_odds is not None:
                self._shelf.pairs.put(iri, partner, log_odds)
                found.append(partner)
        if found:
            self._shelf.unsettled.add((iri, *found))

    def settle(self) -> Settled:
        """Bring clusters and reviews up to date; return what changed since the last time."""
        unsettled = self._shelf.unsettled.all()
        if not unsettled:
            return Settled()
        settled = {iri for iri in unsettled if not self._is_there(iri)}
        before = {iri: self.cluster(iri) for iri in settled}
        for iri in settled:
            self._forget(iri)
        for start in unsettled:
            if start not in settled:
                component = self._component(start)
                before |= {iri: self.cluster(iri) for iri in component}
                self._settle_component(component)
                settled.update(component)
        removed, added = self._publish(settled)
        self._shelf.unsettled.clear()
        if len(self._readings) > _KEPT_READINGS:
            self._readings.clear()
        changed = frozenset(iri for iri in settled if self.cluster(iri) != before[iri])
        return Settled(changed, tuple(sorted(added, key=review_order)), tuple(sorted(removed, key=review_order)))

    def _forget(self, iri: NamedNode) -> None:
        self._shelf.clusters.drop(iri)
        for other in self._shelf.refusals.of(iri):
            self._shelf.refusals.drop(iri, other)

    def _neighbours(self, iri: NamedNode) -> dict[NamedNode, float]:
        """Return the entities with which one is accepted or decided to be one, with their log-odds."""
        pairs = self._shelf.pairs.of(iri)
        same = {other: pairs.get(other, 0.0) for other in self._decided.same(iri) if self._is_there(other)}
        return {other: log_odds for other, log_odds in pairs.items() if log_odds >= self._accepted} | same

    def _component(self, start: NamedNode) -> dict[NamedNode, dict[NamedNode, float]]:
        """Return an entity's component: all that accepted pairs lead to, each with its neighbours."""
        found: dict[NamedNode, dict[NamedNode, float]] = {}
        pending = {start}
        while pending:
            iri = pending.pop()
            found[iri] = self._neighbours(iri)
            pending |= found[iri].keys() - found.keys()
        return found

    def _settle_component(self, nodes: dict[NamedNode, dict[NamedNode, float]]) -> None:
        groups, refusals = join(nodes, self._edges(nodes), self.conflict, self._decided_conflict)
        for node in nodes:
            self._forget(node)
        for group in groups:
            if len(group) > 1:
                members = tuple(sorted(group, key=lambda iri: iri.value))
                keeper = self._decided.keeper(group) or keeper_of(self._reading(iri).profile for iri in members)
                for member in members:
                    self._shelf.clusters.put(member, Cluster(keeper, members))
        for refusal in refusals:
            self._shelf.refusals.put(refusal.edge.left, refusal.edge.right, refusal)

    def _edges(self, nodes: dict[NamedNode, dict[NamedNode, float]]) -> Iterator[Edge]:
        """Yield the accepted pairs among entities, each once."""
        for node, neighbours in nodes.items():
            for other, log_odds in neighbours.items():
                if node.value < other.value and other in nodes:
                    yield Edge(node, other, log_odds, other in self._decided.same(node))

    def _publish(self, settled: set[NamedNode]) -> tuple[set[Review], set[Review]]:
        """Bring what waits up to date around settled entities; return what waits no longer, and what waits now."""
        before = {review for iri in settled for review in self._shelf.reviews.of(iri).values()}
        now: dict[frozenset[NamedNode], Review] = {}
        for iri in settled:
            if self._is_there(iri):
                for review in self.reviews(iri):
                    both = frozenset((self.cluster(review.left).keeper, self.cluster(review.right).keeper))
                    now[both] = min(now.get(both, review), review, key=review_order)
        after = set(now.values())
        for review in before - after:
            self._shelf.reviews.drop(review.left, review.right)
        for review in after - before:
            self._shelf.reviews.put(review.left, review.right, review)
        return before - after, after - before

    def _decided_conflict(self, left: NamedNode, right: NamedNode) -> str | None:
        return "decided" if self._decided.are_apart(left, right) else None

    def conflict(self, left: NamedNode, right: NamedNode) -> str | None:
        """Say what forbids that two entities are joined by a score, None if nothing does."""
        decided = self._decided_conflict(left, right)
        return decided or self.scorer.conflict(self._reading(left), self._reading(right))

    def cluster(self, iri: NamedNode) -> Cluster:
        """Return the cluster of an entity; alone, it is its own. Settle first."""
        return self._shelf.clusters.get(iri) or Cluster(iri, (iri,))

    def explain(self, left: NamedNode, right: NamedNode) -> Score:
        """Return the score of two entities with all its parts, whether or not they meet."""
        return self.scorer.score(self._reading(left), self._reading(right))

    def confidence(self, left: NamedNode, right: NamedNode) -> float:
        """Return how sure it is that two entities are one.

        Of two in a cluster that are no accepted pair, it is that of the least sure pair between them; what was decided
        is 1. Settle first.
        """
        edges = self._chain(left, right)
        if not edges:
            return self.explain(left, right).confidence
        return min(1.0 if edge.is_decided else _confidence(edge.log_odds) for edge in edges)

    def why(self, left: NamedNode, right: NamedNode) -> str:
        """Say in one line what speaks for and against two entities being one, with the weights in log-odds.

        Of two in a cluster that are no accepted pair, these are the pairs between them, one after the other. Settle
        first.
        """
        edges = self._chain(left, right)
        if len(edges) < 2:
            return self._why(left, right)
        pairs = [(edge.left, edge.right) for edge in edges]
        return " | ".join(f"{a.value} = {b.value}: {self._why(a, b)}" for a, b in pairs)

    def _chain(self, left: NamedNode, right: NamedNode) -> list[Edge]:
        """Return the pairs that join two of a cluster: the two themselves where they are accepted."""
        members = self.cluster(left).members
        if left == right or right not in members:
            return []
        log_odds = self._neighbours(left).get(right)
        if log_odds is not None:
            first, second = sorted((left, right), key=lambda iri: iri.value)
            return [Edge(first, second, log_odds, right in self._decided.same(left))]
        return chain(self._edges({iri: self._neighbours(iri) for iri in members}), left, right)

    def _why(self, left: NamedNode, right: NamedNode) -> str:
        decided = ["decided"] if right in self._decided.same(left) else []
        return "; ".join([*decided, *(str(part) for part in self.explain(left, right).parts[1:])])

    def reviews(self, iri: NamedNode) -> tuple[Review, ...]:
        """Return what waits for a decision about an entity, surest first. Settle first."""
        refused, found, ours = self._shelf.refusals.of(iri), [], self.cluster(iri)
        for other, log_odds in self._shelf.pairs.of(iri).items():
            theirs = self.cluster(other)
            if ours == theirs or self._decided.are_clusters_apart(ours.members, theirs.members):
                continue
            left, right = sorted((iri, other), key=lambda node: node.value)
            refusal, reason, apart = refused.get(other), self.conflict(left, right), None
            if reason is not None:
                apart = (left, right)
            elif refusal is not None:
                reason, apart = refusal.reason, refusal.apart
            found.append(Review(left, right, _confidence(log_odds), reason or "", apart))
        return tuple(sorted(found, key=review_order))

    def resolution(self) -> Resolution:
        """Settle, and return the whole answer; of two clusters only the surest pair waits."""
        self.settle()
        of = dict(self._shelf.clusters.items())
        clusters = {cluster.members[0]: cluster for cluster in of.values()}
        return Resolution(
            tuple(clusters[first] for first in sorted(clusters, key=lambda iri: iri.value)),
            tuple(sorted(self._shelf.reviews.values(), key=review_order)),
            {iri: cluster.keeper for iri, cluster in of.items() if cluster.keeper != iri},
        )

    def oversized(self) -> tuple[tuple[str, int], ...]:
        """Return the blocks too large to compare all of, with their sizes, largest first; this looks at all blocks."""
        return self._blocks.oversized()


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


def _log_odds(confidence: float) -> float:
    return math.log(confidence / (1.0 - confidence))


def _confidence(log_odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-log_odds))
