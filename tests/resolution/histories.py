"""Random histories of a resolver: what is added, removed and decided, in a process or in several."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable

from kg.rdf import NamedNode
from kg.resolution import Cluster, Decided, Profile, ResolutionSettings, Resolver, Review, Settled, Shelf
from tests.resolution.examples import NAMES, SCORER, iri, profile
from tests.resolution.plain import plain_resolution

_STEPS = ("add", "add", "add", "remove", "decide", "decide", "settle", "settle")
_STEPS_OF_FILES = (*_STEPS, "commit", "commit", "reopen", "reopen", "roll back")
_IDENTIFIERS = "abcdefghij"
_ENDS = ("worksFor>x", "worksFor>y", "^employs>x", "uses>y", "uses>z")


class History:
    """Takes a resolver through random steps, and compares it with one run over all pairs whenever it is settled.

    Args:
        open_shelf: gives the shelf; called again where a new process would.
        connection: of a shelf in a file, whose transactions are begun, committed and rolled back here.
    """

    def __init__(self, seed: int, open_shelf: Callable[[], Shelf], connection: sqlite3.Connection | None = None) -> None:
        self._rng = random.Random(seed)
        self._options = ResolutionSettings(block_size=self._rng.choice((1, 2, 3, 64)))
        self._names = self._rng.sample(NAMES, 5)
        self._open_shelf, self._db = open_shelf, connection
        self.state: dict[NamedNode, Profile] = {}
        self.decided = Decided()
        self.clusters: dict[NamedNode, Cluster] = {}
        self.waiting: frozenset[Review] = frozenset()
        self._begin()
        self.resolver = self._open()
        self._save()

    def run(self, steps: int) -> None:
        for _ in range(steps):
            step = self._rng.choice(_STEPS if self._db is None else _STEPS_OF_FILES)
            getattr(self, f"_{step.replace(' ', '_')}")()
        self._settle()
        assert self.resolver.settle() == Settled()
        assert {found.iri: found for found in self.resolver.profiles()} == self.state

    def _open(self) -> Resolver:
        return Resolver(SCORER, self._options, None, self._open_shelf())

    def _add(self) -> None:
        rng = self._rng
        entity = profile(
            rng.choice(_IDENTIFIERS),
            *rng.sample(self._names, rng.choice((1, 1, 2))),
            class_name=rng.choice((None, "Person", "Company", "Software")),
            aliases=rng.sample(self._names, rng.choice((0, 0, 1))),
            near=rng.sample(_ENDS, rng.choice((0, 1, 2))),
            notes=rng.sample(("n1", "n2"), rng.choice((0, 1))),
            origin=rng.choice(("name", "name", "name", "ontology", "described")),
        )
        self.resolver.add(entity)
        self.state[entity.iri] = entity

    def _remove(self) -> None:
        if self.state:
            gone = self._rng.choice(sorted(self.state, key=lambda entity: entity.value))
            self.resolver.remove(gone)
            del self.state[gone]

    def _decide(self) -> None:
        """Put one decision more or one less in the place of the present ones."""
        rng, decided = self._rng, self.decided
        some = [iri(name) for name in rng.sample(_IDENTIFIERS, 3)]
        joined = sorted({c.members for c in self.clusters.values() if len(c.members) > 1}, key=lambda m: m[0].value)
        front = tuple(rng.sample(rng.choice(joined), 2) if joined else some[:2])
        pair = frozenset(some[:2])
        known = sorted(decided.same | decided.apart, key=lambda both: sorted(entity.value for entity in both))
        if known and rng.random() < 0.4:
            pair = rng.choice(known)
        self.decided = rng.choice((
            Decided(decided.same ^ {pair}, decided.apart, decided.groups, decided.keepers),
            Decided(decided.same ^ {pair}, decided.apart, decided.groups, ((some[0], some[1]), *decided.keepers)),
            Decided(decided.same, decided.apart ^ {pair}, decided.groups, decided.keepers),
            Decided(decided.same, decided.apart, decided.groups[1:] or (frozenset(some),), decided.keepers),
            Decided(decided.same, decided.apart, decided.groups, (*decided.keepers, (front[0], front[1]))),
            Decided(decided.same, decided.apart, decided.groups, tuple(reversed(decided.keepers[:-1]))),
        ))  # fmt: skip
        self.resolver.decide(self.decided)

    def _settle(self) -> None:
        settled = self.resolver.settle()
        alone = {entity: Cluster(entity, (entity,)) for entity in self.state.keys() | self.clusters.keys()}
        now = alone | {entity: self.resolver.cluster(entity) for entity in self.state}
        assert settled.changed == {entity for entity in alone if now[entity] != self.clusters.get(entity, alone[entity])}
        assert not self.waiting & set(settled.reviews_added)
        assert self.waiting >= set(settled.reviews_removed)
        self.waiting = self.waiting.difference(settled.reviews_removed).union(settled.reviews_added)
        self.clusters = {entity: now[entity] for entity in self.state}
        answer = self.resolver.resolution()
        assert answer == plain_resolution(self.state.values(), SCORER, self._options, self.decided)
        assert self.waiting == set(answer.reviews)

    def _begin(self) -> None:
        if self._db is not None:
            self._db.execute("BEGIN")

    def _save(self) -> None:
        self._saved = (dict(self.state), self.decided, dict(self.clusters), self.waiting)

    def _commit(self) -> None:
        assert self._db is not None
        self._db.execute("COMMIT")
        self._begin()
        self._save()

    def _reopen(self) -> None:
        self._commit()
        self.resolver = self._open()

    def _roll_back(self) -> None:
        assert self._db is not None
        self._db.execute("ROLLBACK")
        self._begin()
        state, self.decided, clusters, self.waiting = self._saved
        self.state, self.clusters = dict(state), dict(clusters)
        self.resolver = self._open()
