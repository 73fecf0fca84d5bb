"""`kg ontology check`: everything that can be said about an ontology file before notes are read with it.

What is looked at in turn: syntax, imports, the profiles OWL 2 DL and RL, names, domains and ranges,
circles, extraction hints, consistency, and the examples. Only what the file itself says is judged; its
imports are read to understand it, and their examples are run with it.
"""

from __future__ import annotations

import re
import xml.parsers.expat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kg.errors import OntologyError, RdfSyntaxError
from kg.ontology.axioms import RESERVED, Axioms, Violation, shown
from kg.ontology.consistency import Consistency
from kg.ontology.findings import Finding, Places, Severity
from kg.ontology.hints import Example, PatternCompiler, examples_of, extractable, hint_findings, pattern_findings
from kg.ontology.model import Label, Ontology, PropertyTerm, normalise_label
from kg.ontology.profile import profile_violations
from kg.ontology.reader import SHIPPED, load_ontology, read_triples, shipped_file
from kg.rdf import KG, OWL, RDFS, SKOS, XSD, Literal, NamedNode, Term, Triple, local_name

__all__ = ["Example", "ExampleRunner", "Finding", "Found", "Report", "Tools", "check_ontology"]

Found = tuple[str, NamedNode, str]
"""A relation that extraction found: the subject's words, the property, the object's words."""

ExampleRunner = Callable[[Ontology, Sequence[Example]], Iterable[Sequence[Found]]]
"""Yields what extraction finds in each example, in order."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a check needs from outside; None leaves a part out, and the report says so."""

    compile_pattern: PatternCompiler | None
    run_examples: ExampleRunner | None
    reason: Callable[[Iterable[Triple]], Consistency] | None


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
        own = read_triples(path)
    except (RdfSyntaxError, OntologyError) as error:
        return _report(path, [_syntax_finding(path, error)], {})
    check = _Check(path, own)
    findings = [*check.structure(), *check.hints()]
    summary: dict[str, Any] = dict(check.counts())
    findings += check.profile(summary)
    findings += check.consistency(tools, summary)
    findings += check.extraction(tools, summary)
    return _report(path, findings, summary)


def _report(path: Path, findings: Iterable[Finding], summary: Mapping[str, Any]) -> Report:
    order = {"error": 0, "warning": 1, "info": 2}
    unique = dict.fromkeys(findings)
    rows = sorted(unique, key=lambda f: (order[f.severity], f.line or 10**9, f.code, f.term, f.message))
    counts = {f"{severity}s": sum(f.severity == severity for f in rows) for severity in order}
    return Report(str(path), tuple(rows), counts | dict(summary))


def _syntax_finding(path: Path, error: RdfSyntaxError | OntologyError) -> Finding:
    line, column = error.line, getattr(error, "column", None)
    if line is None and isinstance(error, RdfSyntaxError):
        parser = xml.parsers.expat.ParserCreate()
        try:
            parser.Parse(path.read_bytes(), True)
        except xml.parsers.expat.ExpatError as fault:
            line, column = fault.lineno, fault.offset + 1
    return Finding("error", "syntax", "", error.reason, line, column)


class _Check:
    """One file, its imports and what is ours."""

    def __init__(self, path: Path, own: Sequence[Triple]) -> None:
        self.path, self.own = path, own
        self.places = Places(path.read_text("utf-8", "replace"))
        self.failure: OntologyError | RdfSyntaxError | None = None
        self.ontology: Ontology | None = None
        ours = read_triples(shipped_file("kg.ttl"))
        try:
            self.ontology = load_ontology(path)
        except (OntologyError, RdfSyntaxError) as error:
            self.failure = error
        self.axioms = Axioms(self.ontology.triples if self.ontology else [*own, *ours])
        self.own_terms = {t.subject for t in own if isinstance(t.subject, NamedNode)}
        self.our_terms = {t.subject for t in ours if isinstance(t.subject, NamedNode)} - self.own_terms
        self.iri = next((t.subject for t in own if t.object == OWL["Ontology"]), None)
        self.missing = [_imported(problem) for problem in self.ontology.problems] if self.ontology else []

    def counts(self) -> dict[str, Any]:
        """Return how much there is in the file itself."""
        kinds = {"classes": self.axioms.classes, "object_properties": self.axioms.properties["object"]}
        kinds |= {"data_properties": self.axioms.properties["data"]}
        numbers = {name: len(terms & self.own_terms) for name, terms in kinds.items()}
        iri = self.iri.value if isinstance(self.iri, NamedNode) else None
        return {"ontology": iri, **numbers, "triples": len(set(self.own))}

    # --- names, domains, circles, imports

    def structure(self) -> Iterator[Finding]:
        """Yield what is wrong with the terms, whatever logic says."""
        if not isinstance(self.iri, NamedNode):
            what = "the file has no `<IRI> a owl:Ontology`; without it others cannot import it. Give it an IRI."
            yield Finding("info", "no-ontology-iri", "", what)
        for imported in self.missing:
            what = (
                f"the import <{imported}> was not found and is left out; nothing is fetched. Put its file beside this"
            )
            what += " one and name it in catalog-v001.xml (Protégé writes that file), or remove the import."
            yield Finding("warning", "import-missing", imported, what, self.places.text(imported))
        yield from self._missing_labels()
        yield from self._shared_labels()
        for predicate, name in ((RDFS["subClassOf"], "subclass"), (RDFS["subPropertyOf"], "subproperty")):
            yield from self._circles(predicate, name)
        for prop in self.ontology.properties.values() if self.ontology else ():
            if prop.iri in self.own_terms and extractable(prop):
                yield from self._property_findings(prop)

    def _named_terms(self) -> Iterator[tuple[str, NamedNode]]:
        """Yield the file's classes and properties in IRI order; what is deprecated needs nothing any more."""
        true = Literal("true", datatype=XSD["boolean"])
        kinds = {"class": self.axioms.classes, "property": self._properties()}
        for kind, terms in kinds.items():
            for term in sorted(terms & self.own_terms, key=str):
                if isinstance(term, NamedNode) and not term.value.startswith(RESERVED):
                    if true not in self.axioms.row(term).get(OWL["deprecated"], ()):
                        yield kind, term

    def _properties(self) -> set[Term]:
        return self.axioms.properties["object"] | self.axioms.properties["data"]

    def _labels(self, term: Term, *predicates: NamedNode) -> list[Literal]:
        row = self.axioms.row(term)
        return [x for p in predicates for x in row.get(p, ()) if isinstance(x, Literal)]

    def _missing_labels(self) -> Iterator[Finding]:
        for kind, term in self._named_terms():
            labels = self._labels(term, RDFS["label"], SKOS["prefLabel"])
            languages = [_language(label) for label in labels if label.value.strip()]
            line = self.places.term(term)
            if not languages:
                what = f"the {kind} {shown(term)} has no rdfs:label; its local name is used. Add one a language."
                yield Finding("warning", "no-label", term.value, what, line)
                continue
            for code, language in (("en", "English"), ("zh", "Chinese")):
                if code not in languages:
                    what = (
                        f"{shown(term)} has no {language} label, so {language} notes name it by its other names only."
                    )
                    yield Finding("info", f"no-label-{code}", term.value, what, line)
            twice = {x for x in languages if languages.count(x) > 1}
            own = {x.value for x in labels}
            if twice and len(own) > 1:
                what = (
                    f"{shown(term)} has more than one label in {', '.join(sorted(twice))}; which is shown is not fixed."
                )
                yield Finding("info", "two-labels", term.value, f"{what} Make the others skos:altLabel.", line)

    def _shared_labels(self) -> Iterator[Finding]:
        users: dict[tuple[str, str, str], dict[NamedNode, str]] = defaultdict(dict)
        for kind, terms in (("class", self.axioms.classes), ("property", self._properties())):
            for term in sorted(terms, key=str):
                for label in self._labels(term, RDFS["label"], SKOS["prefLabel"], SKOS["altLabel"]):
                    key = (kind, _language(label), normalise_label(label.value))
                    if isinstance(term, NamedNode) and key[2]:
                        users[key][term] = label.value
        for (kind, language, _), terms_of in users.items():
            own = [term for term in terms_of if term in self.own_terms]
            if own and len(terms_of) > 1:
                others = " and ".join(shown(term) for term in terms_of if term != own[0])
                label = terms_of[own[0]]
                what = (
                    f"the label {label!r}@{language} of {shown(own[0])} is also that of {others}; which {kind} a note"
                )
                what += " means is not clear. Give it to one of them."
                yield Finding("warning", "label-shared", own[0].value, what, self.places.text(label, own[0]))

    def _circles(self, predicate: NamedNode, name: str) -> Iterator[Finding]:
        above: dict[Term, list[Term]] = defaultdict(list)
        for s, o in self.axioms.pairs(predicate):
            if isinstance(s, NamedNode) and isinstance(o, NamedNode):
                above[s].append(o)
        told: set[Term] = set()
        for start in sorted(above, key=str):
            way = None if start in told else _way_back(start, above)
            if way and not self.own_terms.isdisjoint(way):
                told.update(way)
                term = next(t for t in way if t in self.own_terms)
                chain = " → ".join(shown(t) for t in (*way, start))
                what = f"{chain} is a circle of {shown(predicate)}, so all of them mean the same. Remove one step."
                yield Finding("error", f"{name}-circle", term.value, what, self.places.term(term))  # type: ignore[union-attr]

    def _property_findings(self, prop: PropertyTerm) -> Iterator[Finding]:
        """Yield what extraction would like to know about a property."""
        iri, line = prop.iri, self.places.term(prop.iri)
        for predicate, role in ((RDFS["domain"], "subject"), (RDFS["range"], "object")):
            if prop.is_data and predicate == RDFS["range"] and self.axioms.row(iri).get(KG["valueKind"]):
                continue
            if not self._says(iri, predicate):
                what = f"{shown(iri)} has no {shown(predicate)}, so extraction admits anything as its {role}."
                advice = " Name a class, or owl:Thing if anything is meant."
                if prop.is_data and role == "object":
                    advice = " Name a datatype, or say kg:valueKind."
                yield Finding("warning", f"no-{local_name(predicate)}", iri.value, what + advice, line)
        if not prop.triggers and not prop.patterns:
            names = ", ".join(repr(label.text) for label in prop.labels) or f"local name {local_name(iri)!r}"
            what = f"{shown(iri)} has no kg:trigger and no kg:pattern; it is looked for by its names: {names}."
            yield Finding("info", "default-patterns", iri.value, what, line)

    def _says(self, iri: NamedNode, predicate: NamedNode) -> bool:
        """Tell whether a property or one above it has a domain or range."""
        pending, seen = [iri], {iri}
        while pending:
            row = self.axioms.row(pending.pop())
            if row.get(predicate):
                return True
            fresh = [p for p in row.get(RDFS["subPropertyOf"], ()) if isinstance(p, NamedNode) and p not in seen]
            seen.update(fresh)
            pending += fresh
        return False

    # --- hints, profile, consistency, examples

    def hints(self) -> Iterator[Finding]:
        """Yield what is wrong with the extraction hints, and why the ontology cannot be loaded."""
        ours = {term for term in self.our_terms | self.own_terms if term.value.startswith(str(KG))}
        if not (isinstance(self.iri, NamedNode) and self.iri.value == SHIPPED):
            ours -= self.own_terms - {t.subject for t in read_triples(shipped_file("kg.ttl"))}
        found = list(hint_findings(self.own, self.axioms, self.path.resolve().parent, ours, self.places))
        yield from found
        iri = getattr(self.failure, "iri", "")
        if self.failure and not (iri and any(f.term == iri and f.severity == "error" for f in found)):
            yield Finding("error", "not-loadable", iri, str(self.failure), None)

    def profile(self, summary: dict[str, Any]) -> Iterator[Finding]:
        """Yield how the ontology leaves OWL 2 DL and RL; the summary says whether it does."""
        violations = [v for v in profile_violations(self.axioms.triples) if self._concerns(v)]
        broken = {v.profile for v in violations}
        summary["profiles"] = {"OWL 2 DL": "DL" not in broken, "OWL 2 RL": not broken}
        for v in violations:
            message, severity = v.message, _severity(v)
            if v.code.startswith("undeclared") and v.term in self.our_terms:
                message += f" It is a term of <{SHIPPED}>, which this file does not import (owl:imports)."
            elif v.code.startswith("undeclared") and self.missing:
                message, severity = f"{message} It may be declared in an import that was not found.", "warning"
            yield Finding(severity, v.code, v.term.value if v.term else "", message, self.places.term(v.term))

    def _concerns(self, violation: Violation) -> bool:
        return violation.term not in self.our_terms or violation.code.startswith("undeclared")

    def consistency(self, tools: Tools, summary: dict[str, Any]) -> Iterator[Finding]:
        """Yield contradictions, and why none were looked for."""
        answer = tools.reason(self.axioms.triples) if tools.reason else Consistency("failed", detail="it was left out")
        summary["consistency"] = answer.status if tools.reason else "not asked"
        if not tools.reason:
            return
        if answer.unsupported:
            what = f"HermiT does not know the datatype {shown(NamedNode(answer.unsupported))}; consistency was checked"
            yield Finding("warning", "consistency-partial", "", f"{what} without what is said with such datatypes.")
        if answer.status == "no java":
            what = (
                "consistency was not checked: HermiT needs Java 8 or newer, and no `java` is on the PATH. Install one"
            )
            yield Finding(
                "info", "consistency-not-checked", "", f"{what} (Debian, Ubuntu: sudo apt install default-jre)."
            )
        elif answer.status in ("timeout", "failed"):
            what = f"consistency could not be checked: HermiT gave {answer.detail}"
            yield Finding("warning", "consistency-not-checked", "", what if answer.status == "timeout" else f"{what}")
        elif answer.status == "inconsistent":
            what = (
                "the ontology contradicts itself: nothing can be as it says, so everything follows from it. Look for an"
            )
            yield Finding("error", "inconsistent", "", f"{what} individual that is in two disjoint classes.")
        for iri in answer.unsatisfiable:
            what = f"{shown(iri)} can have no member: what is said of it contradicts itself, such as two disjoint superclasses."
            yield Finding("error", "unsatisfiable-class", iri.value, what, self.places.term(iri))

    def extraction(self, tools: Tools, summary: dict[str, Any]) -> Iterator[Finding]:
        """Yield the patterns that cannot be used and the examples that do not come out as they say."""
        if self.ontology is None:
            yield Finding(
                "info", "examples-not-run", "", "the examples were not run, because the ontology does not load."
            )
            return
        bad: set[Label] = set()
        if tools.compile_pattern:
            for label, finding in pattern_findings(self.ontology, tools.compile_pattern, self.places):
                bad.add(label)
                yield finding
        examples, findings = examples_of(self.ontology, self.places)
        yield from findings
        if tools.run_examples is None:
            return
        tally = {True: [0, 0], False: [0, 0]}
        results = tools.run_examples(_without_patterns(self.ontology, bad), examples) if examples else ()
        for example, found in zip(examples, results, strict=True):
            passed = _is_found(example, found, self.ontology) == example.holds
            tally[example.holds][not passed] += 1
            if not passed:
                yield self._example_finding(example, found)
        for name, holds in (("examples", True), ("counter_examples", False)):
            summary[name] = {"passed": tally[holds][0], "failed": tally[holds][1]}

    def _example_finding(self, example: Example, found: Sequence[Found]) -> Finding:
        line = self.places.text(example.written, example.predicate)
        name = shown(example.predicate)
        if example.holds:
            instead = "; ".join(f"{s!r} {shown(p)} {o!r}" for s, p, o in found) or "nothing"
            what = (
                f"{name}: the example {example.written!r} is not understood; found was {instead}. Add a kg:trigger or"
            )
            return Finding("error", "example-failed", example.predicate.value, f"{what} kg:pattern for it.", line)
        what = f"{name}: the counter-example {example.written!r} is taken for a statement. Add a kg:notPattern, or make the"
        return Finding(
            "error", "counter-example-failed", example.predicate.value, f"{what} trigger or pattern narrower.", line
        )


def _imported(problem: str) -> str:
    found = re.search(r"<([^>]+)>", problem)
    return found[1] if found else problem


def _language(label: Literal) -> str:
    """Return a label's main language; one without a tag counts as English, as extraction takes it."""
    return (label.language or "en").lower().split("-")[0]


def _way_back(start: Term, above: Mapping[Term, Sequence[Term]]) -> list[Term] | None:
    """Return the shortest circle through a term, beginning with it; None when there is none."""
    ways: dict[Term, list[Term]] = {start: [start]}
    pending = [start]
    for term in pending:
        for parent in above.get(term, ()):
            if parent == start:
                return ways[term]
            if parent not in ways:
                ways[parent] = [*ways[term], parent]
                pending.append(parent)
    return None


def _severity(violation: Violation) -> Severity:
    harmless = ("undeclared-annotation", "datatype-not-owl2")
    return "warning" if violation.profile == "RL" or violation.code in harmless else "error"


def _is_found(example: Example, found: Sequence[Found], ontology: Ontology) -> bool:
    wanted = (example.subject, example.predicate, example.object)
    symmetric = ontology.properties[example.predicate].symmetric
    return wanted in found or (symmetric and wanted[::-1] in found)


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
    return replace(ontology, properties=properties, _superclasses={}, _by_label={}, _class_by_label={})
