"""Which entities are one, kept in step with what notes say and people decide."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from kg.cache import IngestCache
from kg.curation.profiles import one_class, profile
from kg.curation.view import EntityEffect, entity_key
from kg.decisions.compiling import Ruling
from kg.graph import KnowledgeGraph, written_in
from kg.rdf import NamedNode
from kg.resolution import (
    Profile,
    ResolutionSettings,
    Resolver,
    Review,
    Scorer,
    Settled,
    SqliteShelf,
    setting_digest,
)

__all__ = ["Entities", "SettledEntities"]

_Said = TypeVar("_Said")
_DECIDED = "decided entities"


@dataclass(frozen=True, slots=True)
class SettledEntities:
    """What settling changed: entities whose cluster, profile or decisions are others, with their effects by key."""

    affected: frozenset[NamedNode]
    effects: Mapping[str, str | None]
    settled: Settled


class Entities:
    """The resolution of one home, in its cache."""

    def __init__(self, graph: KnowledgeGraph, cache: IngestCache, settings: ResolutionSettings) -> None:
        self._graph, self._cache, self._notes, self._settings = graph, cache, cache.notes, settings
        self._resolver: Resolver | None = None
        self._order: Mapping[str, int] = {}
        self._joined: frozenset[NamedNode] = frozenset()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do what is inside all or nothing, in the cache and in what is remembered here."""
        try:
            with self._cache.transaction():
                self.resolver()  # which may have to be made anew
                yield
        except BaseException:
            self._resolver = None
            raise

    # --- reading

    def resolver(self) -> Resolver:
        """Return the resolver as it was settled last."""
        if self._resolver is None:
            setting = setting_digest(self._graph.ontology, self._settings)
            shelf = SqliteShelf(self._cache.connection, setting)
            self._resolver = Resolver(Scorer(self._graph.ontology), self._settings, shelf=shelf)
            if shelf.is_new:
                self._notes.publish(dict.fromkeys(self._notes.published_about(""), ""))
                self._notes.keep_value(_DECIDED, "{}")
                self._notes.touch(self._notes.entities())
                self._notes.touch(iri.value for iri in self._graph.ontology.individuals)
        return self._resolver

    def members(self, iri: NamedNode) -> tuple[NamedNode, ...]:
        """Return the undecided entities that are one with an entity, itself among them, in IRI order."""
        return self.resolver().cluster(iri).members

    def keeper(self, iri: NamedNode) -> NamedNode:
        """Return the IRI that stands for an entity."""
        return self.resolver().cluster(iri).keeper

    def is_known(self, iri: NamedNode) -> bool:
        """Tell whether anybody speaks of an entity."""
        is_said = iri in self._graph.ontology.individuals or bool(self._notes.said_of(iri.value))
        return is_said or any(written_in(self._graph, iri))

    def is_in_notes(self, iri: NamedNode) -> bool:
        """Tell whether a note speaks of an entity, or of one that it is one with."""
        if any(self._notes.said_of(member.value) for member in self.members(iri)):
            return True
        notes = f"{self._graph.minter.base}note/"  # where the cache was lost
        return any(name.value.startswith(notes) for name in written_in(self._graph, iri))

    def class_of(self, iri: NamedNode) -> NamedNode | None:
        """Return the class of an entity as it is resolved, decisions included; None where none is known."""
        text = self._notes.effect(entity_key(iri))
        effect = None if text is None else EntityEffect.read(text)
        if effect is not None and effect.class_iri is not None:
            return effect.class_iri
        found = self._profile(self.keeper(iri), None) or self._profile(iri, None)
        return None if found is None else found.class_iri

    def why(self, iri: NamedNode) -> tuple[float, str]:
        """Return how sure it is that an entity is what its keeper is, and why."""
        resolver, keeper = self.resolver(), self.keeper(iri)
        return resolver.confidence(iri, keeper), resolver.why(iri, keeper)

    def latest(self, decided: Iterable[tuple[_Said, str]]) -> _Said:
        """Return what was decided last of some things, each given with its decision."""
        return max(decided, key=lambda row: self._order[row[1]])[0]

    def review(self, left: NamedNode, right: NamedNode) -> Review | None:
        """Return what waits for a decision about two entities."""
        return next((each for each in self.resolver().reviews(left) if right in (each.left, each.right)), None)

    def why_not(self, review: Review) -> str:
        """Say what speaks for and against two entities being one, and what forbids it without a decision."""
        reason = self.resolver().why(review.left, review.right)
        return f"{reason}; not merged by itself: {review.reason}" if review.reason else reason

    # --- settling

    def settle(self, ruling: Ruling, order: Mapping[str, int]) -> SettledEntities:
        """Bring the resolution up to date; inside `transaction`.

        Args:
            order: the places of decisions in their log.
        """
        resolver = self.resolver()
        self._order = order
        self._joined = frozenset(iri for pair in ruling.decided.same for iri in pair)
        touched = {NamedNode(iri) for iri in self._notes.touched()} | self._decided_otherwise(ruling)
        before = {member for iri in touched for member in resolver.cluster(iri).members}
        for iri in sorted(touched, key=lambda iri: iri.value):
            found = self._profile(iri, ruling)
            if found is not None:
                resolver.add(found)
            elif resolver.profile(iri) is not None:
                resolver.remove(iri)
        resolver.decide(ruling.decided)
        settled = resolver.settle()
        after = {member for iri in touched | settled.changed for member in resolver.cluster(iri).members}
        affected = frozenset(touched | before | after | settled.changed)
        effects = {entity_key(iri): self._effect(iri, ruling) for iri in affected}
        self._notes.clear_touched()
        return SettledEntities(affected, effects, settled)

    def _decided_otherwise(self, ruling: Ruling) -> set[NamedNode]:
        """Return the entities of which something else is decided than before, and remember what is now."""
        rows = {iri.value: [class_iri.value, ""] for iri, (class_iri, _) in ruling.classes.items()}
        for iri, (name, _) in ruling.names.items():
            rows.setdefault(iri.value, ["", ""])[1] = name
        for iri in self._joined:
            rows.setdefault(iri.value, ["", ""])
        before = json.loads(self._notes.value(_DECIDED) or "{}")
        if rows == before:
            return set()
        self._notes.keep_value(_DECIDED, json.dumps(rows, sort_keys=True))
        return {NamedNode(iri) for iri in rows.keys() | before.keys() if rows.get(iri) != before.get(iri)}

    def _profile(self, iri: NamedNode, ruling: Ruling | None) -> Profile | None:
        decided_class = decided_name = None
        is_decided = False
        if ruling is not None:
            decided_class = ruling.classes[iri][0] if iri in ruling.classes else None
            decided_name = ruling.names[iri][0] if iri in ruling.names else None
            is_decided = iri in self._joined
        parts = self._notes.said_of(iri.value)
        return profile(iri, parts, self._graph.ontology, decided_class, decided_name, is_decided)

    def _effect(self, iri: NamedNode, ruling: Ruling) -> str | None:
        """Return what becomes of an entity in the notes, None if nothing does."""
        cluster = self.resolver().cluster(iri)
        decided = self._decided_class(iri, cluster.keeper, cluster.members, ruling)
        if decided is not None:
            return EntityEffect(cluster.keeper, decided, is_decided=True).text()
        if len(cluster.members) == 1:
            return None
        return EntityEffect(cluster.keeper, self._cluster_class(cluster.members)).text()

    def _decided_class(
        self, iri: NamedNode, keeper: NamedNode, members: tuple[NamedNode, ...], ruling: Ruling
    ) -> NamedNode | None:
        """Return the class decided last of one of a cluster; else the keeper's, where the entity's own is contrary."""
        decided = [ruling.classes[member] for member in members if member in ruling.classes]
        if decided:
            return self.latest(decided)
        own, kept = self._profile_class(iri), self._profile_class(keeper)
        if own is None or kept is None:
            return None
        return kept if self._graph.ontology.are_disjoint(own, kept) else None

    def _cluster_class(self, members: tuple[NamedNode, ...]) -> NamedNode | None:
        classes = Counter(found for each in members if (found := self._profile_class(each)) is not None)
        return one_class(classes, self._graph.ontology)

    def _profile_class(self, iri: NamedNode) -> NamedNode | None:
        found = self.resolver().profile(iri)
        return None if found is None else found.class_iri
