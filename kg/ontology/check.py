"""`kg ontology check`: everything that can be said about an ontology file before notes are read with it.

Only what the file itself says is judged. Its imports are read to understand it, and their examples are
run with it, because a new name or trigger may break an old example.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kg.errors import OntologyError, RdfSyntaxError
from kg.ontology.axioms import Violation, shown
from kg.ontology.checked import Checked
from kg.ontology.consistency import Consistency
from kg.ontology.findings import Finding, Severity
from kg.ontology.hints import Example, PatternCompiler, examples_of, hint_findings, pattern_findings
from kg.ontology.model import Label, Ontology
from kg.ontology.profile import profile_violations
from kg.ontology.reader import SHIPPED
from kg.ontology.structure import structure_findings
from kg.rdf import KG, NamedNode, Triple

__all__ = ["Example", "ExampleRunner", "Finding", "Found", "Report", "Tools", "check_ontology"]

Found = tuple[str, NamedNode, str]
"""A relation that extraction found: the subject's words, the property, the object's words."""

ExampleRunner = Callable[[Ontology, Sequence[Example]], Iterable[Sequence[Found]]]
"""Yields what extraction finds in each example, in order."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a check needs from outside; None leaves that part out, and the summary says so."""

    compile_pattern: PatternCompiler | None = None
    run_examples: ExampleRunner | None = None
    reason: Callable[[Iterable[Triple]], Consistency] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The findings, worst first, then by line; `summary` counts them and says what was looked at."""

    file: str
    findings: tuple[Finding, ...]
    summary: Mapping[str, Any]

    @property
    def has_errors(self) -> bool:
        """Tell whether anything is wrong; warnings and hints are not."""
        return any(finding.severity == "error" for finding in self.findings)


def check_ontology(path: Path, tools: Tools) -> Report:
    """Check an ontology file; whatever is wrong with it is a finding, never an exception."""
    try:
        checked = Checked(path)
    except (RdfSyntaxError, OntologyError) as error:
        return _report(path, [_syntax_finding(path, error)], {})
    summary = checked.counts()
    findings = [*structure_findings(checked), *_hints(checked), *_profile(checked, summary)]
    findings += _consistency(checked, tools, summary)
    findings += _extraction(checked, tools, summary)
    return _report(path, findings, summary)


def _report(path: Path, findings: Iterable[Finding], summary: Mapping[str, Any]) -> Report:
    order = {"error": 0, "warning": 1, "info": 2}
    unique = dict.fromkeys(findings)
    rows = sorted(unique, key=lambda f: (order[f.severity], f.line or 10**9, f.code, f.term, f.message))
    counts = {f"{severity}s": sum(f.severity == severity for f in rows) for severity in order}
    return Report(str(path), tuple(rows), counts | dict(summary))


def _syntax_finding(path: Path, error: RdfSyntaxError | OntologyError) -> Finding:
    line, column = error.line, error.column if isinstance(error, RdfSyntaxError) else None
    if line is None and isinstance(error, RdfSyntaxError):
        # The RDF/XML parser does not say where it stopped; a plain XML parser does, if it stops as well.
        try:
            xml.parsers.expat.ParserCreate().Parse(path.read_bytes(), True)
        except xml.parsers.expat.ExpatError as fault:
            line, column = fault.lineno, fault.offset + 1
    return Finding("error", "syntax", "", error.reason, line, column)


def _hints(checked: Checked) -> Iterator[Finding]:
    """Yield what is wrong with the extraction hints, and why the ontology cannot be loaded."""
    folder = checked.path.resolve().parent
    found = [*hint_findings(checked.own, checked.axioms, folder, checked.vocabulary, checked.places)]
    yield from found
    iri = checked.failure.iri if isinstance(checked.failure, OntologyError) else ""
    if checked.failure and not (iri and any(f.term == iri and f.severity == "error" for f in found)):
        yield Finding("error", "not-loadable", iri, str(checked.failure))


def _profile(checked: Checked, summary: dict[str, Any]) -> Iterator[Finding]:
    """Yield how the ontology leaves OWL 2 DL and RL; the summary says whether it does."""
    found = profile_violations(checked.axioms.triples)
    ours = checked.our_terms
    violations = [v for v in found if v.term not in ours or v.code.startswith("undeclared")]
    told = {v for v in violations if v.code == "undeclared-annotation" and _is_no_hint(checked, v.term)}
    violations = [v for v in violations if v not in told]
    broken = {v.profile for v in violations}
    summary["profiles"] = {"OWL 2 DL": "DL" not in broken, "OWL 2 RL": not broken}
    for v in violations:
        message, severity = v.message, _severity(v)
        if v.code.startswith("undeclared") and v.term in ours:
            message += f" It is a term of <{SHIPPED}>, which this file does not import (owl:imports)."
        elif v.code.startswith("undeclared") and checked.missing_imports:
            message, severity = f"{message} It may be declared in an import that was not found.", "warning"
        yield Finding(severity, v.code, v.term.value if v.term else "", message, checked.places.term(v.term))


def _is_no_hint(checked: Checked, term: NamedNode | None) -> bool:
    """Tell whether a predicate is reported as an unknown hint already."""
    return term is not None and term.value.startswith(str(KG)) and term not in checked.vocabulary


def _severity(violation: Violation) -> Severity:
    harmless = ("undeclared-annotation", "datatype-not-owl2")
    return "warning" if violation.profile == "RL" or violation.code in harmless else "error"


def _consistency(checked: Checked, tools: Tools, summary: dict[str, Any]) -> Iterator[Finding]:
    """Yield contradictions, or why none were looked for."""
    if tools.reason is None:
        summary["consistency"] = "not asked"
        return
    answer = tools.reason(checked.axioms.triples)
    summary["consistency"] = answer.status
    if answer.unsupported:
        what = f"HermiT does not know the datatype {shown(NamedNode(answer.unsupported))}; consistency was checked"
        yield Finding("warning", "consistency-partial", "", f"{what} without what is said with such datatypes.")
    if answer.status == "no java":
        what = "consistency was not checked: HermiT needs Java 8 or newer, and there is no `java` on the PATH. Install"
        yield Finding("info", "consistency-not-checked", "", f"{what} one (Debian, Ubuntu: apt install default-jre).")
    elif answer.status in ("timeout", "failed"):
        what = f"consistency could not be checked. HermiT: {answer.detail}"
        yield Finding("warning", "consistency-not-checked", "", what)
    elif answer.status == "inconsistent":
        what = "the ontology contradicts itself, so that anything follows from it. Often an individual is in two"
        yield Finding(
            "error", "inconsistent", "", f"{what} disjoint classes, or a value does not fit its property's range."
        )
    for iri in answer.unsatisfiable:
        what = f"{shown(iri)} can have no member, because what is said of it contradicts itself. Often two of its"
        line = checked.places.term(iri)
        yield Finding("error", "unsatisfiable-class", iri.value, f"{what} superclasses are disjoint.", line)


def _extraction(checked: Checked, tools: Tools, summary: dict[str, Any]) -> Iterator[Finding]:
    """Yield the patterns that cannot be used and the examples that do not come out as they say."""
    ontology = checked.ontology
    if ontology is None:
        yield Finding("info", "examples-not-run", "", "the examples were not run, because the ontology does not load.")
        return
    bad: set[Label] = set()
    if tools.compile_pattern:
        for label, finding in pattern_findings(ontology, tools.compile_pattern, checked.places):
            bad.add(label)
            yield finding
    examples, findings = examples_of(ontology, checked.places)
    yield from findings
    if tools.run_examples is None:
        return
    tally = {True: [0, 0], False: [0, 0]}
    results = tools.run_examples(_without_patterns(ontology, bad), examples) if examples else ()
    for example, found in zip(examples, results, strict=True):
        failed = _is_found(example, found, ontology) != example.holds
        tally[example.holds][failed] += 1
        if failed:
            yield _example_finding(checked, example, found)
    for name, holds in (("examples", True), ("counter_examples", False)):
        summary[name] = {"passed": tally[holds][0], "failed": tally[holds][1]}


def _is_found(example: Example, found: Sequence[Found], ontology: Ontology) -> bool:
    wanted = (example.subject, example.predicate, example.object)
    turned = (example.object, example.predicate, example.subject)
    return wanted in found or (ontology.properties[example.predicate].symmetric and turned in found)


def _example_finding(checked: Checked, example: Example, found: Sequence[Found]) -> Finding:
    """Say what came out instead; an example of an import is no error of this file, which yet may have broken it."""
    term, line = example.predicate.value, checked.places.text(example.written, example.predicate)
    own = example.predicate in checked.own_terms
    severity: Severity = "error" if own else "warning"
    name = shown(example.predicate) if own else f"{shown(example.predicate)} (of an import)"
    if example.holds:
        instead = "; ".join(f"{s!r} {shown(p)} {o!r}" for s, p, o in found) or "nothing"
        what = f"{name}: the example {example.written!r} is not understood; found was {instead}."
        return Finding(severity, "example-failed", term, f"{what} Add a kg:trigger or kg:pattern for it.", line)
    what = f"{name}: the counter-example {example.written!r} is taken for a statement."
    advice = "Add a kg:notPattern, or make the trigger or pattern narrower."
    return Finding(severity, "counter-example-failed", term, f"{what} {advice}", line)


def _without_patterns(ontology: Ontology, bad: set[Label]) -> Ontology:
    """Return an ontology that extraction can load although some patterns cannot be read."""
    if not bad:
        return ontology
    properties = {
        iri: replace(
            prop,
            patterns=tuple(x for x in prop.patterns if x not in bad),
            not_patterns=tuple(x for x in prop.not_patterns if x not in bad),
        )
        for iri, prop in ontology.properties.items()
    }
    return Ontology(
        ontology.classes,
        properties,
        ontology.individuals,
        ontology.disjoint_pairs,
        ontology.triples,
        ontology.digest,
        ontology.problems,
    )
