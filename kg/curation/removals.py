"""What people take out of notes' graphs is rejected, or the next reading would bring it back (DESIGN §11.10).

A graph that is emptied or dropped is no judgement of what it said: its note brings that back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from kg.cache import IngestCache
from kg.curation.curator import CurationSettings, Curator
from kg.curation.raw import RawNote, decode
from kg.curation.requests import Author
from kg.decisions import Draft, decision_quads, passage_of, read_log
from kg.extraction import Claim
from kg.graph import KnowledgeGraph
from kg.model import Change
from kg.rdf import KG, RDF, NamedNode, Quad, Term, canonical
from kg.results import DatasetClause

__all__ = ["evidence_of_removed", "evidence_without_statement", "recording"]

REASON = "removed by an update"
"""What is said of the decisions that are made so."""

_PARTS = (RDF["subject"], RDF["predicate"], RDF["object"])


@contextmanager
def recording(
    graph: KnowledgeGraph, open_cache: Callable[[], IngestCache], settings: CurationSettings, by: Callable[[], Author]
) -> Iterator[KnowledgeGraph]:
    """Give a graph to people's updates: what they remove from notes' graphs is recorded in the commit that removes it.

    At the end of the block the graph is brought up to date if anything was recorded.

    Args:
        open_cache: opens the home's cache of what its notes say; called at the first removal.
        by: says who updates, and when; called at the first removal.

    Raises:
        StoreError: what was removed and recorded stays so; the next run brings the graph up to date.
    """
    recorder = _Recorder(graph, open_cache, by)
    try:
        yield replace(graph, removals=recorder)
        if recorder.cache is not None and recorder.has_recorded:
            Curator(graph, recorder.cache, settings).bring_up_to_date()
    finally:
        if recorder.cache is not None:
            recorder.cache.close()


class _Recorder:
    def __init__(self, graph: KnowledgeGraph, open_cache: Callable[[], IngestCache], by: Callable[[], Author]) -> None:
        self._graph, self._open_cache, self._by = graph, open_cache, by
        self.cache: IngestCache | None = None
        self.has_recorded = False

    def made_by(self, change: Change) -> tuple[Quad, ...]:
        return self._decisions(evidence_of_removed(self._graph, change))

    def made_before(self) -> tuple[Quad, ...]:
        return self._decisions(evidence_without_statement(self._graph))

    def _decisions(self, found: Mapping[NamedNode, frozenset[NamedNode]]) -> tuple[Quad, ...]:
        """Return the rejections of some evidence, by note."""
        if not found:
            return ()
        if self.cache is None:
            self.cache = self._open_cache()
        drafts = [
            Draft("reject", passage_of(note, claim), REASON)
            for note, evidences in found.items()
            for claim in self._claims(note, evidences)
        ]
        if not drafts:
            return ()
        minter, by = self._graph.minter, self._by()
        made = read_log(self._graph.store.match, minter).record(drafts, by.name, by.time)
        self.has_recorded = True
        return tuple(quad for decision in made for quad in decision_quads(decision, minter))

    def _claims(self, note: NamedNode, evidences: frozenset[NamedNode]) -> Iterator[Claim]:
        """Yield what a note says by some evidences, in the order of its text. Whatever else is there is none."""
        assert self.cache is not None
        data = self.cache.notes.raw(note.value)
        if data is None:
            return
        claims = self._by_evidence(decode(data))
        known = [(claim.evidence.start, iri.value, claim) for iri, claim in claims.items() if iri in evidences]
        yield from (claim for _, _, claim in sorted(known, key=lambda row: row[:2]))

    def _by_evidence(self, raw: RawNote) -> Mapping[NamedNode, Claim]:
        found: dict[NamedNode, Claim] = {}
        for claim in raw.claims:
            triple = (claim.subject, claim.predicate, canonical(claim.object))
            iri = self._graph.minter.evidence(raw.note, triple, claim.evidence.quote, claim.evidence.number)
            found.setdefault(iri, claim)
        return found


def evidence_of_removed(graph: KnowledgeGraph, change: Change) -> Mapping[NamedNode, frozenset[NamedNode]]:
    """Return the evidence of the triples that a change removes from the graphs of notes that stay, by note.

    What the change removes, evidence among it, may be in the store or out of it already.
    """
    notes = f"{graph.minter.base}note/"
    removed: dict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in set(change.remove).difference(change.add):
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value.startswith(notes):
            removed[quad.graph_name].append(quad)
    found: dict[NamedNode, frozenset[NamedNode]] = {}
    for note in sorted(removed, key=lambda iri: iri.value):
        if any(quad.subject == note and quad.predicate == KG["stateHash"] for quad in removed[note]):
            continue
        evidences = frozenset(_evidences(graph, note, removed[note]))
        if evidences:
            found[note] = evidences
    return found


def _evidences(graph: KnowledgeGraph, note: NamedNode, removed: Iterable[Quad]) -> Iterator[NamedNode]:
    triples = {(q.subject, q.predicate, q.object) for q in removed if not _is_about_evidence(q, note)}
    if not triples:
        return
    rows: dict[NamedNode, dict[NamedNode, Term]] = defaultdict(dict)
    held = (quad for part in _PARTS for quad in graph.store.match(None, part, None, note))
    for quad in (*held, *removed):
        if quad.predicate in _PARTS and _is_about_evidence(quad, note):
            assert isinstance(quad.subject, NamedNode)
            rows[quad.subject][quad.predicate] = quad.object
    for iri, row in rows.items():
        if tuple(row.get(part) for part in _PARTS) in triples:
            yield iri


def evidence_without_statement(graph: KnowledgeGraph) -> Mapping[NamedNode, frozenset[NamedNode]]:
    """Return the evidence whose triple is not in its note's graph, or not whole, by note; all evidence is read."""
    match = graph.store.match
    graph.store.query("ASK {}", DatasetClause(), {})  # so that `match` sees what was committed just now
    rows: dict[tuple[NamedNode, NamedNode], dict[NamedNode, Term]] = defaultdict(dict)
    for part in (RDF["type"], *_PARTS):
        for quad in match(None, part, KG["Evidence"] if part == RDF["type"] else None):
            note, iri = quad.graph_name, quad.subject
            if isinstance(note, NamedNode) and isinstance(iri, NamedNode) and _is_about_evidence(quad, note):
                rows[note, iri][part] = quad.object
    held: dict[Term | None, set[tuple[object, ...]]] = {}
    missing: dict[NamedNode, set[NamedNode]] = defaultdict(set)
    for (note, iri), row in rows.items():
        subject, predicate, object_ = (row.get(part) for part in _PARTS)
        if predicate not in held:
            found = match(None, predicate, None) if isinstance(predicate, NamedNode) else ()
            held[predicate] = {(quad.subject, quad.object, quad.graph_name) for quad in found}
        if (subject, object_, note) not in held[predicate]:
            missing[note].add(iri)
    stays = (note for note in missing if next(match(note, KG["stateHash"], None, note), None) is not None)
    return {note: frozenset(missing[note]) for note in sorted(stays, key=lambda iri: iri.value)}


def _is_about_evidence(quad: Quad, note: NamedNode) -> bool:
    return isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(f"{note.value}#e-")
