"""Keeps the graph of a home what its notes, its ontology and its decisions say.

Ingest hands in what notes say, people hand in decisions; both end in `bring_up_to_date`, which settles which
entities are one, builds the graphs of those notes again whose keys have other effects, and commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg.cache import IngestCache
from kg.curation.commits import commit_notes
from kg.curation.entities import Entities
from kg.curation.profiles import said
from kg.curation.published import Published
from kg.curation.raw import RawNote, decode, encode
from kg.curation.requests import Author, Request
from kg.curation.ruled import ruled_note
from kg.curation.targets import Drafter
from kg.curation.view import NoteView, Rules, build_view, note_keys
from kg.decisions import (
    Decision,
    Likeness,
    Log,
    Merged,
    Merging,
    Naming,
    Pair,
    Passage,
    Ruling,
    Splitting,
    Target,
    Typing,
    Word,
    compile_ruling,
    log_quads,
    read_log,
    union,
)
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import NamedNode, Quad
from kg.resolution import ResolutionSettings

__all__ = ["CurationSettings", "Curator"]

QUADS_A_COMMIT = 40_000
_RULES = "rules of the graphs"

Built = Callable[[str, NoteView], None]
"""Called with a note and its view when its graph was stored."""


@dataclass(frozen=True, slots=True)
class CurationSettings:
    """What graphs are built under, besides the ontology."""

    min_confidence: float = 0.25
    resolution: ResolutionSettings = field(default_factory=ResolutionSettings)


class Curator:
    """The one way in which note graphs and what is published beside them come into a store.

    What a note says stays in the cache, so that a decision costs no extraction. One writer at a time.
    """

    def __init__(self, graph: KnowledgeGraph, cache: IngestCache, settings: CurationSettings | None = None) -> None:
        self.graph, self._cache, self._notes = graph, cache, cache.notes
        self._settings = settings or CurationSettings()
        self._rules = Rules(graph.ontology, graph.minter, self._settings.min_confidence)
        self._entities = Entities(graph, cache, self._settings.resolution)
        self._published = Published(graph, cache.notes)
        self._is_checked = self._is_other = False

    # --- notes; inside a transaction of the cache

    def take(self, raw: RawNote, state: str) -> None:
        """Remember what a note says; its graph is built by `bring_up_to_date`.

        Args:
            state: a digest of what it was read from, and by whom.
        """
        self._check_rules()
        self._keep(raw, state, encode(raw))
        self._notes.wait([raw.note.value])

    def _check_rules(self) -> None:
        """Work all effects out anew where they were made by other rules; inside a transaction of the cache."""
        if not self._is_checked and self._notes.value(_RULES) != self._rules.version:
            self._notes.clear_effects()
            self._notes.keep_value(_RULES, self._rules.version)
            self._is_other = True
        self._is_checked = True

    def _keep(self, raw: RawNote, state: str, data: bytes) -> None:
        ruled = ruled_note(raw, self._notes.effect)
        keys, parts = note_keys(ruled, self.graph.minter), said(ruled, self.graph.minter)
        self._notes.keep(raw.note.value, state, data, keys, parts)

    def drop(self, note: str) -> None:
        """Forget what a note says; the caller removes its graph."""
        self._notes.drop(note)

    def remove(self, note: str) -> None:
        """Remove the graph of a note, and forget what it says; not inside a transaction."""
        commit(self.graph, Change(remove=tuple(self.graph.store.match(graph_name=NamedNode(note)))))
        with self._cache.transaction():
            self.drop(note)

    # --- bringing up to date

    def bring_up_to_date(self, built: Built | None = None) -> None:
        """Make the store what notes, ontology and decisions say now; after an error or a kill, the next call does.

        Raises:
            StoreError: what was not yet written is not, and why.
        """
        self._settle()
        self._commit_views(built)
        self._published.commit(self._cache)

    def _settle(self) -> None:
        """Work out which effects are in force, and which notes have to be built again."""
        notes = self._notes
        states = notes.states()
        with self._entities.transaction():
            self._check_rules()
            log = self.log()
            ruling = compile_ruling(log, states.keys())
            changed = notes.put_effects(_others_cleared(ruling, notes.keys_but_entities()))
            again = set(states) if self._is_other else notes.notes_keyed(changed)
            for iri in sorted(again):
                data = notes.raw(iri)
                if data is not None:
                    self._keep(decode(data), states[iri], data)
            settled = self._entities.settle(ruling, {iri.value: place for place, (iri, _) in enumerate(log.items())})
            again |= notes.notes_keyed(notes.put_effects(settled.effects))
            notes.wait(again)
            self._is_other = False
            notes.publish(self._published.rows(settled, ruling, self._entities))

    def _commit_views(self, built: Built | None) -> None:
        waiting: list[tuple[str, NoteView]] = []
        change = _Changing()
        states = self._notes.states()
        for iri in self._notes.waiting():
            data = self._notes.raw(iri)
            if data is None:
                continue
            view = build_view(
                ruled_note(decode(data), self._notes.effect), states[iri], self._notes.effect, self._rules
            )
            waiting.append((iri, view))
            change.replace(self.graph, NamedNode(iri), view.quads)
            if change.size >= QUADS_A_COMMIT:
                self._commit(waiting, change, built)
                waiting, change = [], _Changing()
        self._commit(waiting, change, built)

    def _commit(self, waiting: Sequence[tuple[str, NoteView]], change: _Changing, built: Built | None) -> None:
        if not waiting:
            return
        if change.size:
            commit_notes(self.graph, Change(tuple(change.add), tuple(change.remove)))
        with self._cache.transaction():
            for iri, view in waiting:
                self._notes.keep_view(iri, view.state, view.applied)
        for iri, view in waiting:
            if built is not None:
                built(iri, view)

    # --- decisions

    def log(self) -> Log:
        """Return the log as it is stored."""
        return read_log(self.graph.store.match, self.graph.minter)

    def decide(self, requests: Sequence[Request], by: Author, reason: str = "") -> tuple[Decision, ...]:
        """Make decisions, all or none, and bring the graph up to date.

        Raises:
            NotFoundError: there is no such item, entity, class or decision. InputError: it cannot be decided so.
            StoreError: the store refuses; what was decided is in force if the log has it.
        """
        with self._entities.transaction():
            self._check_rules()
        log = self.log()
        drafter = Drafter(self.graph, self._notes, log, self._entities.members, self._entities.class_of)
        made = log.record([draft for each in requests for draft in drafter.drafts(each, reason)], by.name, by.time)
        self._append(log, log.extend(made))
        return made

    def merge_log(self, theirs: Log) -> Merged:
        """Take in the decisions of another log, and bring the graph up to date.

        Returns:
            What was new here, and which decisions now contradict each other.
        """
        log = self.log()
        merged = union(log, theirs)
        self._append(log, merged.log)
        return merged

    def _append(self, before: Log, after: Log) -> None:
        minter = self.graph.minter
        held = set(log_quads(before, minter))
        added = tuple(quad for quad in log_quads(after, minter) if quad not in held)
        if added:
            commit(self.graph, Change(added))
        self.bring_up_to_date()

    def unapplied(self) -> tuple[NamedNode, ...]:
        """Return the decisions in force that fit nothing any more, in order."""
        log, applied = self.log(), self._notes.applied()
        in_force = ((iri, decision) for iri, decision in log.items() if log.is_in_force(iri))
        return tuple(iri for iri, d in in_force if iri.value not in applied and not self._fits(d.target))

    def _fits(self, target: Target) -> bool:
        """Tell whether a decision that is about no sentence, word or pattern is about something that is there."""
        match target:
            case Passage() | Likeness() | Word():
                return False
            case Pair():
                ends: tuple[NamedNode, ...] = (target.left, target.right)
            case Merging():
                ends = (target.keep, target.other)
            case Typing() | Naming() | Splitting():
                ends = (target.entity,)
            case _:
                return True
        return all(self._entities.is_known(iri) for iri in ends)


class _Changing:
    """The change that makes the graphs of some notes what they should be."""

    def __init__(self) -> None:
        self.add: list[Quad] = []
        self.remove: list[Quad] = []

    @property
    def size(self) -> int:
        return len(self.add) + len(self.remove)

    def replace(self, graph: KnowledgeGraph, note: NamedNode, quads: Iterable[Quad]) -> None:
        """Add what the graph of a note lacks, and remove what it should not hold."""
        held, wanted = set(graph.store.match(graph_name=note)), set(quads)
        self.add += wanted - held
        self.remove += held - wanted


def _others_cleared(ruling: Ruling, before: Iterable[str]) -> Mapping[str, str | None]:
    """Return the effects of a ruling, and none for the keys that had one before."""
    effects: dict[str, str | None] = dict.fromkeys(before)
    effects.update(ruling.effects)
    return effects
