"""`kg ontology check`: the findings about an ontology, and its examples tried by the extractor."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from extractors.patterns import compile_pattern
from extractors.source import SpacySource
from kg.cli.session import Session, command
from kg.errors import OntologyError
from kg.extraction import ExtractionOptions, Extractor, Request, Result, Term
from kg.importers import importer_for
from kg.iri import Minter
from kg.link import link_extraction, vocabulary
from kg.model import Extraction, Note, NoteEntry, RelationCandidate
from kg.ontology import Label, Ontology, PropertyTerm, shipped_file
from kg.ontology.check import Example, Finding, Found, Report, Tools, check_ontology
from kg.ontology.consistency import check_consistency
from kg.validate import gate

__all__ = ["check", "run_examples"]

_BASE = "https://noemata.example/example/"
_SHOWN_HINTS = 3
"""How many hints of one kind are written out for a person; `--json` has all."""


@command("check")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--no-examples", is_flag=True, help="Leave out the examples, which need the language model.")
@click.option("--no-reasoner", is_flag=True, help="Leave out consistency, which needs Java.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=60.0, show_default=True, metavar="S")
@click.pass_context
def check(
    context: click.Context, session: Session, file: Path | None, no_examples: bool, no_reasoner: bool, timeout: float
) -> None:
    """Check an ontology: syntax, profile, names, hints, consistency, examples.

    Without FILE it is the ontology of the home. The exit code is 2 if anything is wrong; warnings and hints are not.
    --timeout is for the reasoner, in seconds.
    """
    settings = session.config().extract
    options = ExtractionOptions(settings.model, settings.coreference)
    tools = Tools(
        compile_pattern=_pattern_fault,
        run_examples=None if no_examples else functools.partial(run_examples, options),
        reason=None if no_reasoner else functools.partial(check_consistency, timeout=timeout),
    )
    report = check_ontology(file or session.home.ontology() or shipped_file("kg.ttl"), tools)
    session.answer(_document(report), lambda: _text(report))
    if report.has_errors:
        context.exit(2)


def _pattern_fault(pattern: Label, prop: PropertyTerm, ontology: Ontology) -> str:
    try:
        compile_pattern(pattern, prop, ontology)
    except OntologyError as error:
        return f"{error.reason}. The syntax is {{s}}, {{o:Class}}, [a|b], [a|] and ..."
    except re.error as error:
        return f"the pattern {pattern.text!r} cannot be read ({error}); each of {{s}} and {{o}} occurs once."
    return ""


def run_examples(options: ExtractionOptions, ontology: Ontology, examples: Sequence[Example]) -> Iterator[list[Found]]:
    """Yield what extraction finds in each example, in order.

    The marked words are known names of no class, so that only the relation is tried. The texts are parsed together.
    """
    minter = Minter(_BASE)
    extractor = SpacySource(options).make(ontology, minter)
    names = vocabulary((), ontology, minter)
    known = {term.text for term in names}
    requests = [_request(example, number, minter) for number, example in enumerate(examples)]
    parses = [result.parse for result in extractor.extract(requests, ())]
    for example, request, parse in zip(examples, requests, parses, strict=True):
        marked = [example.subject]
        if not ontology.properties[example.predicate].is_data:
            marked.append(example.object)
        terms = [Term(name, minter.entity("Entity", name), None, "title") for name in marked if name not in known]
        result = _extract(extractor, dataclasses.replace(request, parse=parse), (*names, *terms))
        admitted = functools.partial(_is_admitted, request=request, ontology=ontology, minter=minter)
        relations = [r for r in result.extraction.relations if r.kind == "extracted" and admitted(r)]
        yield [(r.subject.text, r.predicate, r.object_text or getattr(r.object, "text", "")) for r in relations]


def _is_admitted(relation: RelationCandidate, request: Request, ontology: Ontology, minter: Minter) -> bool:
    """Tell whether the gate lets a relation in, whatever its confidence."""
    alone = Extraction((), (relation,), ((relation.start, relation.end),))
    linked = link_extraction(alone, request.note, request.entry, ontology, minter)
    _, refused = gate((claim for claim in linked.claims if claim.predicate == relation.predicate), ontology, 0.0)
    return not any(not refusal.reason.startswith("confidence") for refusal in refused)


def _extract(extractor: Extractor, request: Request, names: tuple[Term, ...]) -> Result:
    (result,) = extractor.extract([request], names)
    return result


def _request(example: Example, number: int, minter: Minter) -> Request:
    importer = importer_for("example.jsonl")
    assert importer is not None
    line = json.dumps({"id": str(number), "title": "", "text": example.text}).encode()
    (note,) = importer.read("example.jsonl", line)
    assert isinstance(note, Note)
    iri = minter.note(note.path, note.id)
    return Request(note, NoteEntry("", note.path, iri, "", (), None, None, note.content_hash), {})


def _document(report: Report) -> dict[str, Any]:
    findings = [dataclasses.asdict(finding) for finding in report.findings]
    return {"file": report.file, "ok": not report.has_errors, "findings": findings, "summary": report.summary}


def _text(report: Report) -> str:
    lines = [_line(report, finding) for finding in report.findings if finding.severity != "info"]
    hints = sorted((f for f in report.findings if f.severity == "info"), key=lambda f: f.code)
    for code, group in groupby(hints, key=lambda f: f.code):
        findings = list(group)
        shown = findings if len(findings) <= _SHOWN_HINTS + 1 else findings[:_SHOWN_HINTS]
        lines += [_line(report, finding) for finding in shown]
        if len(shown) < len(findings):
            lines.append(f"{report.file}: info: {len(findings) - len(shown)} more; --json has them all [{code}]")
    return "\n".join([*lines, _summary(report)])


def _line(report: Report, finding: Finding) -> str:
    place = ":".join(str(part) for part in (report.file, finding.line, finding.column) if part is not None)
    return f"{place}: {finding.severity}: {finding.message} [{finding.code}]"


def _summary(report: Report) -> str:
    numbers = report.summary
    parts = []
    if "classes" in numbers:
        properties = numbers["object_properties"] + numbers["data_properties"]
        parts.append(f"{numbers['classes']} classes, {properties} properties")
        parts += [f"{name}: {'yes' if holds else 'no'}" for name, holds in numbers["profiles"].items()]
        parts.append(f"consistency: {numbers['consistency']}")
    for name in ("examples", "counter_examples"):
        if name in numbers:
            passed, failed = numbers[name]["passed"], numbers[name]["failed"]
            parts.append(f"{name.replace('_', '-')}: {passed} of {passed + failed} pass")
    parts.append(f"{numbers['errors']} errors, {numbers['warnings']} warnings, {numbers['infos']} hints")
    return "; ".join(parts) + "."
