"""Ingest: make the graph of a home what the files of its roots say, reading only what has to be read.

A note is read again when its content, the ontology, the extractor or a setting changed, when a name
in it means something else than before, or when one of its links may lead elsewhere. What it says goes
to the cache; when all are read, the curator builds the graphs. A batch of those is one transaction, so
a run that is killed leaves whole notes, and the next run completes it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg.cache import IngestCache
from kg.curation import CurationSettings, Curator, NoteView
from kg.curation.ontology_graph import ontology_change
from kg.extraction import Extractor, ExtractorSource, Request, Term
from kg.graph import KnowledgeGraph
from kg.ingest.report import FileOutcome, IngestReport
from kg.ingest.resident import Resident
from kg.ingest.roots import Scope, plan_roots
from kg.ingest.scan import Vault, read_notes, scan
from kg.ingest.stored import forget, state_hashes, stored_place
from kg.ingest.work import Analysed, Job, Setup, analyse
from kg.link import vocabulary
from kg.model import Failure, Note, NoteEntry
from kg.vault import VaultIndex, entry_keys

__all__ = [
    "FileOutcome",
    "IngestReport",
    "IngestSettings",
    "Ingester",
    "Progress",
    "Scope",
    "forget",
    "plan_roots",
]

Progress = Callable[[int, int], None]
"""Called with the number of notes done and the number to do."""

_NOTES_A_TRANSACTION = 64


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """Settings of a run; `jobs` is the number of worker processes, 1 for none, 0 to choose by the work."""

    jobs: int = 0
    cores: int = 1
    worker_words: int = 50_000
    curation: CurationSettings = field(default_factory=CurationSettings)


class Ingester:
    """Keeps what stays between the runs of one process: the cache, the extractor, the names in force."""

    def __init__(self, cache: IngestCache, source: ExtractorSource, settings: IngestSettings) -> None:
        self._cache, self._source, self._settings = cache, source, settings
        self._extractor: Extractor | None = None
        self._told: set[str] = set()
        self._resident = Resident()

    def run(
        self,
        graph: KnowledgeGraph,
        roots: Mapping[str, Path],
        scopes: Sequence[Scope],
        progress: Progress | None = None,
    ) -> IngestReport:
        """Bring the notes in scope up to date, and those outside it that depend on them."""
        started = time.perf_counter()
        report = IngestReport()
        resident = self._resident_for(graph)
        change = ontology_change(graph, resident.ontology_quads(graph))
        if change.add or change.remove:
            graph.store.commit(change)
        curator = Curator(graph, self._cache, self._settings.curation)
        vault = scan(roots, scopes, self._cache, graph.ontology, graph.minter, resident.described)
        report.failures = list(vault.failures)
        report.notices = [notice for notice in vault.notices if notice not in self._told]
        self._told.update(report.notices)
        stored = state_hashes(graph)
        self._remove_gone(graph, curator, vault, stored, roots, report)
        affected = self._affected(graph, vault.entries, stored)
        states = resident.states(vault.entries, lambda entry: self._state(graph, entry))
        known = self._cache.notes.states()
        dirty = sorted(iri for iri in states if known.get(iri) != states[iri] or iri in affected)
        self._prepare(vault, stored, known, dirty)
        jobs = self._jobs(vault, dirty, roots, states, report)
        self._read(graph, curator, vault, resident.names, jobs, len(dirty), report, progress)
        told = self._build(curator, vault, stored, set(dirty), report)
        self._note_unchanged(vault, told.union(dirty), scopes, report)
        report.files.sort(key=lambda file: (file.path, file.outcome))
        report.seconds = time.perf_counter() - started
        return report

    def _prepare(self, vault: Vault, stored: Mapping[str, str], known: Mapping[str, str], dirty: Sequence[str]) -> None:
        """Have the cache know what is to be done before anything is: else a killed run would leave notes half known."""
        notes = self._cache.notes
        built = notes.view_states()
        otherwise = [iri for iri in known if iri in vault.places and stored.get(iri, "") != built.get(iri)]
        gone = [iri for iri in known if iri not in vault.places and iri not in stored]
        with self._cache.transaction():
            self._cache.mark_stale(dirty)
            notes.wait(otherwise)
            for iri in gone:
                notes.drop(iri)

    def _resident_for(self, graph: KnowledgeGraph) -> Resident:
        """Return what is known from the last run, if it was of the same home and nobody else wrote the cache since."""
        setting = (
            graph.ontology.digest,
            graph.minter,
            self._source.version,
            self._cache.generation(),
        )
        if self._resident.setting != setting:
            self._resident = Resident(setting)
        return self._resident

    def _state(self, graph: KnowledgeGraph, entry: NoteEntry) -> str:
        """Digest what a note is read from and by whom, but for the meanings of names and links."""
        parts = (entry.content_hash, graph.ontology.digest, self._source.version,
                 str(entry.described), str(entry.class_iri), entry.root, entry.path)  # fmt: skip
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]

    def _remove_gone(
        self,
        graph: KnowledgeGraph,
        curator: Curator,
        vault: Vault,
        stored: Mapping[str, str],
        roots: Mapping[str, Path],
        report: IngestReport,
    ) -> None:
        """Remove the graphs of notes that no file stands for any more."""
        missing = sorted(iri for iri in stored if iri not in vault.places)
        if not missing:
            return
        places = {(place.root, place.path) for place in vault.places.values()}
        gone: list[str] = []
        for iri in missing:
            root, path = stored_place(graph, iri)
            if root not in roots or any(
                root == r and (not p or path == p or path.startswith(f"{p}/")) for r, p in vault.unreadable
            ):
                continue
            gone.append(iri)
            if (root, path) not in places:
                report.files.append(FileOutcome(path, "removed"))
        curator.remove(gone)

    def _affected(self, graph: KnowledgeGraph, entries: Sequence[NoteEntry], stored: Mapping[str, str]) -> set[str]:
        """Return the notes whose names or links may mean something else, and remember them until they are read."""
        resident = self._resident
        meanings = resident.meanings(entries, _meaning)
        if meanings == resident.in_force and not self._cache.is_new():
            return self._cache.stale() & meanings.keys()
        names = vocabulary(entries, graph.ontology, graph.minter)
        if self._cache.is_new() and stored:
            affected = set(meanings)
        else:
            affected = self._cache.notes_with(self._cache.changed_terms(names))
            affected |= self._relinked(entries, meanings)
        affected |= self._cache.stale()
        affected &= meanings.keys()
        with self._cache.transaction():
            self._cache.mark_stale(affected)
            self._cache.keep_terms(names)
            self._cache.keep_entries(meanings)
        resident.put_in_force(meanings, names, VaultIndex(entries))
        return affected

    def _relinked(self, entries: Sequence[NoteEntry], meanings: dict[str, str]) -> set[str]:
        """Return the notes with a link that may lead to a note that came, went or changed."""
        changed, former = self._cache.changed_entries(meanings)
        by_iri = {entry.iri.value: entry for entry in entries}
        keys = {key for iri in changed for key in entry_keys(by_iri[iri])}
        keys |= {key for meaning in former for key in meaning.split("\n")[-1].split("\t")}
        return self._cache.notes_linking_by(keys) if keys else set()

    def _jobs(
        self,
        vault: Vault,
        dirty: Sequence[str],
        roots: Mapping[str, Path],
        states: Mapping[str, str],
        report: IngestReport,
    ) -> Iterator[Job]:
        """Yield a job for each note to read, with where its links lead; files are read as they come."""
        index = self._resident.index
        by_iri = {entry.iri.value: entry for entry in vault.entries}
        for iri in dirty:
            note = vault.notes.pop(iri, None) or self._reread(vault, iri, roots, report)
            if note is None:
                continue
            entry = by_iri[iri]
            links = (*note.links, *(link for field in note.fields for value in field.values for link in value.links))
            targets = {link: target for link in links if (target := index.resolve(link, entry)) is not None}
            parse = self._cache.parse(note.document, self._source.parse_version)
            yield Job(Request(note, entry, targets, parse), states[iri])

    def _reread(self, vault: Vault, iri: str, roots: Mapping[str, Path], report: IngestReport) -> Note | None:
        place = vault.places[iri]
        try:
            _, notes = read_notes(roots[place.root], place.path)
        except OSError as error:
            report.failures.append(Failure(place.path, f"cannot be opened: {error.strerror}"))
            return None
        found = [note for note in notes if isinstance(note, Note)]
        if place.number >= len(found):
            report.failures.append(Failure(place.path, "holds a note that can be read no more; it stays as it was"))
            return None
        if found[place.number].content_hash != vault.facts[iri].content_hash:
            report.failures.append(Failure(place.path, "changed while it was read; the next run reads it again"))
            return None
        return found[place.number]

    def _read(
        self,
        graph: KnowledgeGraph,
        curator: Curator,
        vault: Vault,
        names: tuple[Term, ...],
        jobs: Iterator[Job],
        total: int,
        report: IngestReport,
        progress: Progress | None,
    ) -> None:
        """Analyse the notes, and keep what they say."""
        workers = self._workers(vault, total)
        setup = Setup(self._source, graph.ontology, graph.minter, names)
        if total and workers <= 1 and self._extractor is None:
            self._extractor = self._source.make(graph.ontology, graph.minter)
        batch: list[Analysed] = []
        done = 0
        for analysed in analyse(setup, jobs, workers, self._extractor) if total else ():
            done += 1
            if analysed.failure is not None:
                report.failures.append(analysed.failure)
                report.files.append(FileOutcome(analysed.failure.path, "failed", analysed.failure.reason))
                continue
            batch.append(analysed)
            if len(batch) >= _NOTES_A_TRANSACTION:
                self._keep(curator, vault, batch)
                batch = []
            if progress is not None:
                progress(done, total)
        self._keep(curator, vault, batch)

    def _keep(self, curator: Curator, vault: Vault, batch: Sequence[Analysed]) -> None:
        """Keep what some notes say, all or nothing."""
        if not batch:
            return
        with self._cache.transaction():
            for analysed in batch:
                note, iri = analysed.job.request.note, analysed.job.request.entry.iri.value
                assert analysed.raw is not None
                self._cache.keep_parse(note.document, self._source.parse_version, analysed.parse)
                self._cache.keep_words(iri, note.document.text)
                self._cache.keep_links(iri, vault.facts[iri].link_keys)
                curator.take(analysed.raw, analysed.job.state, note.text)
            self._cache.unmark_stale(analysed.job.request.entry.iri.value for analysed in batch)

    def _build(
        self, curator: Curator, vault: Vault, stored: Mapping[str, str], read: set[str], report: IngestReport
    ) -> set[str]:
        """Build the graphs of notes that were read, and of those they change; return whose outcome was told."""
        told: set[str] = set()

        def built(iri: str, view: NoteView) -> None:
            if iri not in vault.places or (iri in stored and iri not in read):
                return
            told.add(iri)
            report.statements += view.statements
            report.quads += len(view.quads)
            report.quarantined += view.refusals
            report.words += vault.facts[iri].words
            path, problems = vault.places[iri].path, vault.facts[iri].problems
            if problems:
                report.failures += problems
                report.files.append(FileOutcome(path, "failed", f"{problems[0].reason}; the rest of the note was read"))
            else:
                report.files.append(FileOutcome(path, "updated" if iri in stored else "added"))

        curator.bring_up_to_date(built)
        return told

    def _workers(self, vault: Vault, total: int) -> int:
        words = sum(facts.words for iri, facts in vault.facts.items() if iri in vault.notes)
        much = words >= self._settings.worker_words
        if (
            self._settings.jobs
        ):  # a process that has its extractor loaded is quicker with little than workers that start
            return 1 if self._extractor is not None and not much else min(self._settings.jobs, max(1, total))
        return self._settings.cores if much else 1

    def _note_unchanged(self, vault: Vault, read: set[str], scopes: Sequence[Scope], report: IngestReport) -> None:
        failed = {failure.path for failure in vault.failures}
        for iri, place in vault.places.items():
            if iri in read or not any(scope.holds(place.root, place.path) for scope in scopes):
                continue
            if place.path in failed:
                continue
            problems = vault.facts[iri].problems
            report.failures += problems
            report.files.append(
                FileOutcome(place.path, "failed" if problems else "unchanged", problems[0].reason if problems else "")
            )
        for failure in vault.failures:
            report.files.append(FileOutcome(failure.path, "failed", failure.reason))


def _meaning(entry: NoteEntry) -> str:
    """Write what other notes depend on; the last line holds the keys of the links that may lead here."""
    parts = (
        entry.root,
        entry.path,
        "\t".join(entry.names),
        str(entry.described),
        str(entry.class_iri),
        "\t".join(sorted(entry_keys(entry))),
    )
    return "\n".join(parts)
