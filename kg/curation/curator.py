"""Keeps the graph of a home what its notes, its ontology and its decisions say.

Ingest hands in what notes say, people hand in decisions; both end in `bring_up_to_date`, which settles which
entities are one, builds the graphs of those notes again whose keys have other effects, and commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from kg.cache import IngestCache
from kg.curation.commits import commit_notes, mend
from kg.curation.entities import Entities
from kg.curation.ontology_graph import ontology_change, ontology_quads
from kg.curation.profiles import said
from kg.curation.published import Published
from kg.curation.raw import RawNote, decode, digest, encode
from kg.curation.requests import Author, Request
from kg.curation.ruled import ruled_note
from kg.curation.targets import Drafter
from kg.curation.view import NoteView, Rules, build_view, note_keys
from kg.decisions import Decision, Log, Merged, decision_quads, read_log, unapplied, union
from kg.decisions.compiling import Ruling, compile_ruling
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import KG, RDF, NamedNode, Quad
from kg.resolution import ResolutionSettings

__all__ = ["CurationSettings", "Curator"]

QUADS_A_COMMIT = 40_000
_RULES, _LOG = "rules of the graphs", "log of the effects"

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
        self._log: Log | None = None

    # --- notes; inside a transaction of the cache

    def take(self, raw: RawNote, state: str, text: str) -> None:
        """Remember what a note says; its graph is built by `bring_up_to_date`.

        Args:
            state: a digest of what it was read from, and by whom.
            text: the note's text as it is.
        """
        if self._notes.value(_RULES) is None:
            self._notes.keep_value(_RULES, self._first_rules)
        self._keep(raw, state, encode(raw))
        self._notes.keep_text(raw.note.value, text)
        self._notes.wait([raw.note.value])

    @property
    def _first_rules(self) -> str:
        """Name the rules of a cache that has notes and no effects yet."""
        return f"first {self._rules.version}"

    def _keep(self, raw: RawNote, state: str, data: bytes) -> None:
        # Effects that were made by other rules are not read: they are worked out anew, and with them this.
        is_ruled = self._notes.value(_RULES) == self._rules.version
        ruled = ruled_note(raw, self._notes.effect if is_ruled else lambda key: None)
        keys, parts = note_keys(ruled, self.graph.minter), said(ruled, self.graph.minter)
        self._notes.keep(raw.note.value, state, data, keys, parts)

    def remove(self, notes: Iterable[str]) -> None:
        """Remove the graphs of notes, and forget what they say; not inside a transaction."""
        quads: list[Quad] = []
        gone: list[str] = []
        for note in notes:
            quads += self.graph.store.match(graph_name=NamedNode(note))
            gone.append(note)
            if len(quads) >= QUADS_A_COMMIT:
                self._remove(quads, gone)
                quads, gone = [], []
        self._remove(quads, gone)

    def _remove(self, quads: Sequence[Quad], notes: Sequence[str]) -> None:
        if not notes:
            return
        commit(self.graph, Change(remove=tuple(quads)))
        with self._cache.transaction():
            for note in notes:
                self._cache.drop_words(note)
                self._notes.drop(note)

    # --- bringing up to date

    def bring_up_to_date(self, built: Built | None = None) -> None:
        """Make the store what notes, ontology and decisions say now; after an error or a kill, the next call does.

        Where the cache was lost, the store stays as it is until the notes are read again.

        Raises:
            StoreError: what was not yet written is not, and why.
        """
        if not self._notes.has_any() and any(self.graph.store.match(None, KG["stateHash"])):
            return
        if self._notes.value(_RULES) not in (self._rules.version, self._first_rules):
            change = ontology_change(self.graph, ontology_quads(self.graph))
            if change.add or change.remove:
                self.graph.store.commit(change)
        mend(self.graph)
        self._settle()
        self._commit_views(built)
        self._published.commit(self._cache)

    def _settle(self) -> None:
        """Work out which effects are in force, and which notes have to be built again."""
        notes = self._notes
        states = notes.states()
        with self._entities.transaction():
            rules, log = notes.value(_RULES), self.log()
            is_other = rules not in (self._rules.version, self._first_rules)
            if is_other:
                notes.clear_effects()
            notes.keep_value(_RULES, self._rules.version)
            notes.keep_value(_LOG, _digest(log))
            ruling = self._ruling(log, states.keys())
            changed = notes.put_effects(_others_cleared(ruling, notes.keys_but_entities()))
            again = set(states) if is_other else notes.notes_keyed(changed)
            for iri in sorted(again):
                data = notes.raw(iri)
                if data is not None:
                    self._keep(decode(data), states[iri], data)
            settled = self._entities.settle(ruling, {iri.value: place for place, (iri, _) in enumerate(log.items())})
            again |= notes.notes_keyed(notes.put_effects(settled.effects))
            notes.wait(again)
            notes.publish(self._published.rows(settled, ruling, self._entities))

    def _ruling(self, log: Log, notes: AbstractSet[str]) -> Ruling:
        """Return what a log comes to here: of a class that the ontology has no more nothing is."""
        ruling = compile_ruling(log, notes)
        known = self.graph.ontology.classes
        return replace(ruling, classes={iri: row for iri, row in ruling.classes.items() if row[0] in known})

    def _commit_views(self, built: Built | None) -> None:
        waiting: list[tuple[str, NoteView]] = []
        change = _Changing()
        for iri in self._notes.waiting():
            data = self._notes.raw(iri)
            if data is None:
                continue
            ruled = ruled_note(decode(data), self._notes.effect)
            view = build_view(ruled, digest(data), self._notes.effect, self._rules)
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
        """Return the log as it is stored; it is read again where others have decided since."""
        match, minter = self.graph.store.match, self.graph.minter
        stored = sum(1 for _ in match(None, RDF["type"], KG["Decision"], minter.graph("decisions")))
        if self._log is None or len(self._log) != stored:
            self._log = read_log(match, minter)
        return self._log

    def decide(self, requests: Sequence[Request], by: Author, reason: str = "") -> tuple[Decision, ...]:
        """Make decisions, all or none, and bring the graph up to date.

        Raises:
            NotFoundError: there is no such item, entity, class or decision. InputError: it cannot be decided so.
            StoreError: the store refuses; what was decided is in force if the log has it.
        """
        self._catch_up()
        log = self.log()
        drafter = Drafter(self.graph, self._notes, log, self._entities)
        made = log.record([draft for each in requests for draft in drafter.drafts(each, reason)], by.name, by.time)
        self._append(log.extend(made), made)
        return made

    def _catch_up(self) -> None:
        """Bring up to date what others left behind: what requests name is looked up in what is settled."""
        with self._entities.transaction():
            notes = self._notes
            is_settled = notes.value(_RULES) == self._rules.version and notes.value(_LOG) == _digest(self.log())
            is_built = not notes.touched() and not notes.waiting()
        if not (is_settled and is_built):
            self.bring_up_to_date()

    def merge_log(self, theirs: Log) -> Merged:
        """Take in the decisions of another log, and bring the graph up to date.

        Returns:
            What was new here, and which decisions now contradict each other.
        """
        log = self.log()
        merged = union(log, theirs)
        self._append(merged.log, merged.added)
        return merged

    def _append(self, log: Log, added: Iterable[Decision]) -> None:
        quads = tuple(quad for decision in added for quad in decision_quads(decision, self.graph.minter))
        if quads:
            commit(self.graph, Change(quads))
        self._log = log
        self.bring_up_to_date()

    def unapplied(self) -> tuple[NamedNode, ...]:
        """Return the decisions in force that fit nothing any more, in order."""
        classes = self.graph.ontology.classes
        return unapplied(self.log(), self._notes.applied(), self._entities.is_known, classes.__contains__)


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


def _digest(log: Log) -> str:
    """Name what is in a log."""
    return hashlib.sha256("\n".join(iri.value for iri, _ in log.items()).encode()).hexdigest()
