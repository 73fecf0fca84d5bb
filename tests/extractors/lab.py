"""One loaded extractor, and what it finds in a text, written so that a test can be read."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from extractors import EXTRACTORS
from kg.describe import describe, note_facts
from kg.extraction import ExtractionOptions, Extractor, LinkedNote, Request, Result, Term
from kg.importers import importer_for
from kg.iri import Minter
from kg.link import link_extraction, vocabulary
from kg.model import Extraction, Note, NoteEntry, Refusal, Statement
from kg.ontology import Ontology, load_ontology
from kg.rdf import KG, Literal, NamedNode, local_name
from kg.rdf import Term as RdfTerm
from kg.validate import gate

__all__ = ["MINTER", "MIN_CONFIDENCE", "Analysis", "Lab", "read_note", "shared_lab"]

MINTER = Minter("https://noemata.example/lab/")
MIN_CONFIDENCE = 0.25


def read_note(text: str, path: str = "Lantern.md") -> Note:
    """Read a text as the importer of its path reads it."""
    importer = importer_for(path)
    assert importer is not None
    (note,) = importer.read(path, text.encode())
    assert isinstance(note, Note)
    return note


@dataclass(frozen=True)
class Analysis:
    """A note with all that was found in it."""

    note: Note
    entry: NoteEntry
    extraction: Extraction
    linked: LinkedNote
    statements: tuple[Statement, ...]
    refusals: tuple[Refusal, ...]
    titles: Mapping[NamedNode, str]

    def facts(self, kind: str = "extracted") -> set[str]:
        """Return `subject | predicate | object` for each statement of a kind; mentions are left out."""
        return {
            self.write(s.subject, s.predicate, s.object)
            for s in self.statements
            if s.predicate != KG["mentions"] and any(e.kind == kind for e in s.evidence)
        }

    def refused(self) -> dict[str, str]:
        """Return the reason of each refused triple."""
        return {self.write(r.subject, r.predicate, r.object): r.reason for r in self.refusals}

    def mentioned(self) -> dict[str, str]:
        """Return the class of each mention in the text by its words, `-` where nothing says it."""
        return {
            m.text: local_name(m.class_iri) if m.class_iri else "-" for m in self.extraction.mentions if m.end > m.start
        }

    def write(self, subject: RdfTerm, predicate: RdfTerm, object_: RdfTerm) -> str:
        return " | ".join(self._name(term) for term in (subject, predicate, object_))

    def _name(self, term: RdfTerm) -> str:
        if isinstance(term, Literal):
            return term.value
        if term == self.entry.iri:
            return "NOTE"
        if term in self.titles:
            return self.titles[term]  # type: ignore[index]
        names = self.linked.labels.get(term)  # type: ignore[call-overload]
        return min(names) if names else local_name(term)  # type: ignore[arg-type]


class Lab:
    """A registered extractor with an ontology, and the way from a text to statements."""

    def __init__(self, ontology: Ontology, name: str = "spacy") -> None:
        self.ontology = ontology
        self.extractor: Extractor = EXTRACTORS.load(name)(ontology, MINTER, ExtractionOptions())
        self.known = vocabulary((), ontology, MINTER)
        self._vocabularies: dict[object, tuple[Term, ...]] = {}

    def entry(self, note: Note) -> NoteEntry:
        return describe(note_facts(note, self.ontology, note.path, frozenset()), MINTER, "", False)

    def entry_of(self, others: Mapping[str, str]) -> NoteEntry:
        """Return the row of the only note among some."""
        ((path, text),) = others.items()
        return self.entry(read_note(text, path))

    def vocabulary(self, entries: tuple[NoteEntry, ...]) -> tuple[Term, ...]:
        """Return the names of some notes and of the ontology; for equal names the same object."""
        key = tuple((entry.names, entry.described, entry.class_iri) for entry in entries)
        if key not in self._vocabularies:
            self._vocabularies[key] = vocabulary(entries, self.ontology, MINTER)
        return self._vocabularies[key]

    def analyse(
        self,
        text: str,
        path: str = "Lantern.md",
        others: Mapping[str, str] = MappingProxyType({}),
        names: tuple[Term, ...] = (),
    ) -> Analysis:
        """Analyse a text as the note `path` of a vault of `others` (path to text); links lead to notes by title."""
        note = read_note(text, path)
        entry = self.entry(note)
        entries = (entry, *(self.entry(read_note(other, name)) for name, other in others.items()))
        by_name = {name.casefold(): e for e in entries for name in (*e.names, e.path.removesuffix(".md"))}
        every = [*note.links, *(link for f in note.fields for v in f.values for link in v.links)]
        links = {x: by_name[x.target.casefold()] for x in every if x.target.casefold() in by_name}
        (result,) = self.extractor.extract([Request(note, entry, links)], names or self.vocabulary(entries))
        return self._linked(note, entry, result, {e.described or e.iri: e.title for e in entries})

    def analyse_all(self, texts: Sequence[str], names: tuple[Term, ...]) -> list[Analysis]:
        """Analyse texts of no subject with one vocabulary, parsed together."""
        notes = [read_note(text, "2024-03-12.md") for text in texts]
        entries = [self.entry(note) for note in notes]
        requests = [Request(note, entry, {}) for note, entry in zip(notes, entries, strict=True)]
        results = self.extractor.extract(requests, names)
        return [self._linked(n, e, r, {}) for n, e, r in zip(notes, entries, results, strict=True)]

    def _linked(self, note: Note, entry: NoteEntry, result: Result, titles: Mapping[NamedNode, str]) -> Analysis:
        linked = link_extraction(result.extraction, note, entry, self.ontology, MINTER)
        statements, refusals = gate(linked.claims, self.ontology, MIN_CONFIDENCE)
        return Analysis(note, entry, result.extraction, linked, tuple(statements), tuple(refusals), titles)

    def facts(self, text: str, path: str = "Lantern.md") -> set[str]:
        """Return what is extracted from a text."""
        return self.analyse(text, path).facts()


@functools.cache
def shared_lab(name: str = "spacy") -> Lab:
    """Return the one lab of an extractor with the shipped ontology; a test process loads it once."""
    return Lab(load_ontology(), name)
