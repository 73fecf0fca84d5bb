"""`kg extract`: what texts say, without a store."""

from __future__ import annotations

import codecs
import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from extractors.source import SpacySource
from kg.cli.json_lines import json_line
from kg.cli.session import Session, command
from kg.errors import NoteError
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

    Standard input holds one text, or JSON Lines {"id", "text"}, which it is as soon as one line is such an object; the
    answer is a JSON line for each, in order. A line that cannot be read is answered by a line with its error, and the
    exit code is then 2.
    """
    settings = session.config().extract
    loaded, minter = load_ontology(ontology), Minter(_BASE)
    source: ExtractorSource = SpacySource(ExtractionOptions(settings.model, settings.coreference))
    names = vocabulary((), loaded, minter)
    reader = _Reader(source.make(loaded, minter), loaded, minter, names, settings.min_confidence)
    failed = False
    for line in reader.answer(_inputs(sys.stdin.buffer)):
        failed = failed or "error" in line
        click.echo(json_line(line))
    if failed:
        context.exit(2)


@dataclass(frozen=True, slots=True)
class _Input:
    """One line of standard input, or all of it; `content` is None for a blank line, which holds nothing to read."""

    id: Any
    content: Note | Failure | None


def _inputs(stream: BinaryIO) -> Iterator[_Input]:
    """Yield what each JSON line holds, or the one note that a plain text is; JSON Lines are read as they come.

    JSON Lines is what has one line that is an object with a text, so the lines before it are kept until it is found.
    """
    first: list[bytes] = []
    for line in stream:
        first.append(line)
        if _is_text_object(line):
            break
    else:
        yield from (_Input("stdin", item) for item in _notes("stdin.txt", b"".join(first)))
        return
    for number, line in enumerate(itertools.chain(first, stream), start=1):
        yield _line_input(number, line.removeprefix(codecs.BOM_UTF8))


def _line_input(number: int, line: bytes) -> _Input:
    if not line.strip():
        return _Input(None, None)
    identifier = None
    try:
        value = _parsed(line)
        if isinstance(value, dict):
            identifier = value.get("id")
            json.dumps(identifier, allow_nan=False)
            if isinstance(identifier, bool) or not isinstance(identifier, str | int) or identifier == "":
                line = json.dumps(value | {"id": "stdin"}).encode()  # a note needs one; the answer has what was sent
    except (ValueError, RecursionError):  # the importer says what is wrong
        identifier = None
    (item,) = _notes("stdin.jsonl", line)
    return _Input(identifier, replace(item, line=number) if isinstance(item, Failure) else item)


def _is_text_object(line: bytes) -> bool:
    try:
        value = _parsed(line) if b"{" in line and b'"' in line else None
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "text" in value


def _parsed(line: bytes) -> Any:
    return json.loads(line.decode("utf-8-sig"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _notes(path: str, content: bytes) -> Iterator[Note | Failure]:
    importer = importer_for(path)
    assert importer is not None
    return importer.read(path, content)


def _error(failure: Failure) -> dict[str, Any]:
    place = f"line {failure.line}: " if failure.line else ""
    error = {"type": NoteError.__name__, "title": "A text cannot be read", "detail": place + failure.reason}
    return error | ({"line": failure.line} if failure.line else {})


@dataclass(frozen=True)
class _Reader:
    """Reads texts by an ontology alone: what their titles name is not known beforehand."""

    extractor: Extractor
    ontology: Ontology
    minter: Minter
    names: tuple[Term, ...]
    min_confidence: float

    def answer(self, inputs: Iterable[_Input]) -> Iterator[dict[str, Any]]:
        """Yield a line of the answer for each input, in order."""
        iterator = iter(inputs)
        while batch := list(itertools.islice(iterator, _BATCH)):
            notes = [item.content for item in batch if isinstance(item.content, Note)]
            requests = [Request(note, self._entry(note), {}) for note in notes]
            results = self.extractor.extract(requests, self.names)
            for item in batch:
                if isinstance(item.content, Note):
                    triples = list(self._triples(next(results).extraction, item.content))
                    yield {"id": item.id, "triples": triples}
                elif item.content is None:
                    yield {"id": item.id, "triples": []}
                else:
                    yield {"id": item.id, "error": _error(item.content), "triples": []}

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
