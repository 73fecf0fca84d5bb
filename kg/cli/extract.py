"""`kg extract`: what texts say, without a store."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from extractors.source import SpacySource
from kg.cli.session import Session, command
from kg.extraction import ExtractionOptions, Extractor, ExtractorSource, Request, Term
from kg.importers import importer_for
from kg.iri import Minter
from kg.link import link_extraction, vocabulary
from kg.model import Extraction, Failure, Mention, Note, NoteEntry, RelationCandidate, Statement
from kg.ontology import Ontology, load_ontology
from kg.rdf import NamedNode
from kg.validate import gate

__all__ = ["extract"]

_BATCH = 64
"""Texts analysed at once; results do not depend on it."""

_BASE = "https://noemata.example/text/"
"""Where the IRIs of things begin that only a text names, outside any home."""


@command()
@click.option(
    "--ontology",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Turtle or RDF/XML; without it the shipped ontology.",
)
@click.pass_context
def extract(context: click.Context, session: Session, ontology: Path | None) -> None:
    """Extract the facts of a text, without a store.

    Standard input holds one text, or JSON Lines {"id", "text"}; the answer is a JSON line for each, in order. A line
    that cannot be read is answered by a line with its error, and the exit code is then 2.
    """
    settings = session.config().extract
    loaded, minter = load_ontology(ontology), Minter(_BASE)
    source: ExtractorSource = SpacySource(ExtractionOptions(settings.model, settings.coreference))
    names = vocabulary((), loaded, minter)
    reader = _Reader(source.make(loaded, minter), loaded, minter, names, settings.min_confidence)
    failed = False
    for line in reader.answer(_inputs(sys.stdin.buffer)):
        failed = failed or "error" in line
        click.echo(json.dumps(line, ensure_ascii=False))
    if failed:
        context.exit(2)


def _inputs(stream: BinaryIO) -> Iterator[tuple[Any, Note | Failure]]:
    """Yield the id as written and the note of each JSON line, or the one note that a plain text is."""
    first = next((line for line in stream if line.strip()), b"")
    if not first.lstrip().startswith((b'{"', b"{ ")):
        yield from (("stdin", item) for item in _notes("stdin.txt", first + stream.read()))
        return
    for number, line in enumerate(itertools.chain((first,), stream), start=1):
        if line.strip():
            for item in _notes("stdin.jsonl", line):
                yield _id_of(line), replace(item, line=number) if isinstance(item, Failure) else item


def _id_of(line: bytes) -> Any:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found.get("id") if isinstance(found, dict) else None


def _notes(path: str, content: bytes) -> Iterator[Note | Failure]:
    importer = importer_for(path)
    assert importer is not None
    return importer.read(path, content)


@dataclass(frozen=True)
class _Reader:
    """Reads texts by an ontology alone: what their titles name is not known beforehand."""

    extractor: Extractor
    ontology: Ontology
    minter: Minter
    names: tuple[Term, ...]
    min_confidence: float

    def answer(self, inputs: Iterable[tuple[Any, Note | Failure]]) -> Iterator[dict[str, Any]]:
        """Yield a line of the answer for each input, in order."""
        iterator = iter(inputs)
        while batch := list(itertools.islice(iterator, _BATCH)):
            notes = [item for _, item in batch if isinstance(item, Note)]
            requests = [Request(note, self._entry(note), {}) for note in notes]
            results = self.extractor.extract(requests, self.names)
            for identifier, item in batch:
                if isinstance(item, Failure):
                    error = {"detail": item.reason, "line": item.line}
                    yield {"id": identifier, "triples": [], "error": error}
                else:
                    yield {"id": identifier, "triples": list(self._triples(next(results).extraction, item))}

    def _entry(self, note: Note) -> NoteEntry:
        iri = self.minter.note(note.path, note.id)
        return NoteEntry("", note.path, iri, note.title, (note.title,), None, None, note.content_hash)

    def _triples(self, extraction: Extraction, note: Note) -> Iterator[dict[str, Any]]:
        """Yield the relations that pass the gate, with the words that the text uses."""
        seen: set[str] = set()
        for relation in extraction.relations:
            if relation.predicate not in self.ontology.properties:
                continue
            alone = Extraction((), (relation,), extraction.sentences)
            linked = link_extraction(alone, note, self._entry(note), self.ontology, self.minter)
            claims = [claim for claim in linked.claims if claim.predicate == relation.predicate]
            statements, _ = gate(claims, self.ontology, self.min_confidence)
            for statement in statements:
                triple = self._written(relation, statement)
                key = json.dumps([triple["subject"], triple["object"], triple["predicate_iri"], triple["start"]])
                if key not in seen:
                    seen.add(key)
                    yield triple

    def _written(self, relation: RelationCandidate, statement: Statement) -> dict[str, Any]:
        evidence = statement.evidence[0]
        surface = relation.object.text if isinstance(relation.object, Mention) else relation.object_text
        return {
            "subject": relation.subject.text,
            "predicate": self.ontology.label(relation.predicate),
            "object": surface,
            "subject_iri": statement.subject.value,
            "predicate_iri": statement.predicate.value,
            "object_iri": statement.object.value if isinstance(statement.object, NamedNode) else None,
            "start": evidence.start,
            "end": evidence.end,
            "quote": evidence.quote,
            "confidence": evidence.confidence,
            "extractor": evidence.extractor,
        }
