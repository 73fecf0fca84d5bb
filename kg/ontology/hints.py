"""Whether the extraction hints of an ontology say something that extraction understands."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kg.ontology.axioms import Axioms, shown
from kg.ontology.findings import Finding, Places, Severity
from kg.ontology.model import Label, Ontology, PropertyTerm
from kg.ontology.reader import shipped_file
from kg.rdf import KG, XSD, Literal, NamedNode, Term, Triple

__all__ = ["Example", "PatternCompiler", "examples_of", "extractable", "hint_findings", "pattern_findings"]

PatternCompiler = Callable[[Label, PropertyTerm, Ontology], str]
"""Says why a pattern cannot be used; empty when it can."""

_MARK = re.compile(r"\[([so]) ([^\[\]]+)\]")
_VALUE_KINDS = ("date", "number", "text", "url", "version")


@dataclass(frozen=True, slots=True)
class _Hint:
    """What a hint may be said of, the kind of its value, and whether a term has one value only."""

    on: frozenset[str]
    value: str
    single: bool = False


_PROPERTY, _CLASS = frozenset({"object", "data"}), frozenset({"class"})
_ANY = _PROPERTY | _CLASS
_HINTS = {
    KG["trigger"]: _Hint(_PROPERTY, "text"),
    KG["pattern"]: _Hint(_PROPERTY, "text"),
    KG["notPattern"]: _Hint(_PROPERTY, "text"),
    KG["example"]: _Hint(_PROPERTY, "text"),
    KG["counterExample"]: _Hint(_PROPERTY, "text"),
    KG["nerLabel"]: _Hint(_CLASS, "text"),
    KG["gazetteer"]: _Hint(_CLASS, "file"),
    KG["minConfidence"]: _Hint(_ANY, "confidence", single=True),
    KG["extract"]: _Hint(_ANY, "boolean", single=True),
    KG["embed"]: _Hint(_ANY, "boolean", single=True),
    KG["system"]: _Hint(_ANY, "boolean", single=True),
    KG["valueKind"]: _Hint(frozenset({"data"}), "value kind", single=True),
    KG["graphName"]: _Hint(_ANY, "text", single=True),
    KG["renamedFrom"]: _Hint(_ANY, "IRI"),
}
_NOUNS = {"object": "an object property", "data": "a data property", "class": "a class"}


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence of `kg:example` (`holds`) or `kg:counterExample`, its marks taken out."""

    predicate: NamedNode
    holds: bool
    written: str
    text: str
    subject: str
    object: str


def hint_findings(
    own: Iterable[Triple], axioms: Axioms, folder: Path, known: Collection[NamedNode], places: Places
) -> Iterator[Finding]:
    """Yield what is wrong with the hints of one file.

    Args:
        own: the file's triples; `axioms` are those of the ontology with all its imports.
        folder: where gazetteer files are looked up.
        known: the terms of our vocabulary that there are.
    """
    unknown: dict[NamedNode, Term] = {}
    counted: dict[tuple[Term, NamedNode], int] = {}
    for t in own:
        hint = _HINTS.get(t.predicate)
        if t.predicate.value.startswith(str(KG)) and t.predicate not in known:
            unknown.setdefault(t.predicate, t.subject)
        if hint is None or not isinstance(t.subject, NamedNode):
            continue
        term = t.subject
        line = places.text(t.object.value, term) if isinstance(t.object, Literal) else places.term(term)
        reason = _value_fault(hint, t.object, folder)
        if reason:
            code = "gazetteer-missing" if hint.value == "file" else "hint-value"
            yield Finding("error", code, term.value, f"{shown(t.predicate)} of {shown(term)}: {reason}", line)
        kind = "class" if term in axioms.classes else axioms.property_kind(term)
        if kind not in hint.on:
            wanted = " or ".join(_NOUNS[name] for name in ("class", "object", "data") if name in hint.on)
            what = f"{shown(t.predicate)} is said of {shown(term)}, where it has no effect; it belongs on {wanted}."
            yield Finding("warning", "hint-misplaced", term.value, what, line)
        counted[term, t.predicate] = counted.get((term, t.predicate), 0) + 1
        if hint.single and counted[term, t.predicate] == 2:
            what = f"{shown(term)} has more than one {shown(t.predicate)}; only one counts. Keep one."
            yield Finding("warning", "hint-repeated", term.value, what, line)
        if t.predicate == KG["trigger"] and isinstance(t.object, Literal) and (t.object.language or "en")[:2] != "en":
            what = f"the trigger {t.object.value!r}@{t.object.language} of {shown(term)} has no effect: triggers are"
            yield Finding("warning", "trigger-language", term.value, f"{what} English. Say a kg:pattern instead.", line)
    for predicate, subject in unknown.items():
        yield _unknown_hint(predicate, subject, known, places)


def _unknown_hint(predicate: NamedNode, subject: Term, known: Collection[NamedNode], places: Places) -> Finding:
    names = [shown(term) for term in (*_HINTS, *sorted(known, key=str))]
    nearest = difflib.get_close_matches(shown(predicate), names, n=1, cutoff=0.75)
    hint = f" Did you mean {nearest[0]}?" if nearest else f" The hints are {', '.join(map(shown, _HINTS))}."
    what = f"{shown(predicate)} (said of {shown(subject)}) is no term of Noemata's vocabulary and has no effect."
    return Finding("error", "unknown-hint", predicate.value, what + hint, places.term(predicate))


def _value_fault(hint: _Hint, value: Term, folder: Path) -> str:
    """Return what is wrong with a hint's value, empty when nothing is."""
    if hint.value == "IRI":
        return "" if isinstance(value, NamedNode) else f"{value} is no IRI; write the former IRI in angle brackets."
    if hint.value == "file":
        return _file_fault(value.value if isinstance(value, Literal | NamedNode) else "", folder)
    if not isinstance(value, Literal):
        return f"{value} is no literal; write it in quotes."
    text = value.value.strip()
    if not text:
        return "the value is empty; say something or remove it."
    if hint.value == "boolean" and (value.datatype != XSD["boolean"] or text not in ("true", "false")):
        return f"{value} is read as false; choose the datatype xsd:boolean and write true or false."
    if hint.value == "value kind" and text not in _VALUE_KINDS:
        return f"{text!r} is unknown; it is one of {', '.join(_VALUE_KINDS)}."
    if hint.value == "confidence":
        try:
            inside = 0 <= float(text) <= 1
        except ValueError:
            return f"{text!r} is no number; write one from 0 to 1, such as 0.6."
        return "" if inside else f"{text} is not in [0, 1]; write a number from 0 to 1, such as 0.6."
    return ""


def _file_fault(name: str, folder: Path) -> str:
    if "://" in name and not name.startswith("file://"):
        return f"{name!r} is an address; nothing is fetched. Save the list beside the ontology and name that file."
    file = Path(name.removeprefix("file://")) if name.startswith("file://") else folder / name
    if not name or not (file.is_file() or ("://" not in name and shipped_file(name).is_file())):
        return f"the file {name!r} is not there; it is looked up in {folder}. Put it there, one name a line."
    try:
        file.read_text("utf-8") if file.is_file() else None
    except UnicodeDecodeError as error:
        return f"the file {name!r} is not UTF-8 (byte {error.start}); save it as UTF-8."
    return ""


def extractable(prop: PropertyTerm) -> bool:
    """Tell whether a property is looked for in running text."""
    return prop.extract and not prop.system


def pattern_findings(
    ontology: Ontology, compile_pattern: PatternCompiler, places: Places
) -> Iterator[tuple[Label, Finding]]:
    """Yield the patterns that extraction cannot use."""
    for prop in ontology.properties.values():
        for name, labels in (("kg:pattern", prop.patterns), ("kg:notPattern", prop.not_patterns)):
            for label in labels:
                reason = compile_pattern(label, prop, ontology)
                if reason:
                    what = f"{name} of {shown(prop.iri)}: {reason}"
                    line = places.text(label.text, prop.iri)
                    yield label, Finding("error", "pattern-syntax", prop.iri.value, what, line)


def examples_of(ontology: Ontology, places: Places) -> tuple[list[Example], list[Finding]]:
    """Return the examples that can be tried, in IRI order, and what is wrong with the others."""
    examples: list[Example] = []
    findings: list[Finding] = []
    for prop in ontology.properties.values():
        for holds, labels in ((True, prop.examples), (False, prop.counter_examples)):
            name = "kg:example" if holds else "kg:counterExample"
            severity: Severity
            for label in labels:
                marks = dict(_MARK.findall(label.text))
                text = _MARK.sub(r"\2", label.text)
                if sorted(role for role, _ in _MARK.findall(label.text)) != ["o", "s"] or re.search(
                    r"\[[so]\b|\[\]", text
                ):
                    severity, code = "error", "example-marks"
                    what = f"{name} {label.text!r} of {shown(prop.iri)} needs one [s …] and one [o …] mark"
                    what += ", as in '[s PyKEEN] depends on [o PyTorch].'"
                elif not extractable(prop):
                    severity, code = "warning", "example-not-run"
                    what = (
                        f"{name} {label.text!r} is not tried: {shown(prop.iri)} is not looked for in text (kg:extract)."
                    )
                else:
                    examples.append(Example(prop.iri, holds, label.text, text, marks["s"], marks["o"]))
                    continue
                findings.append(Finding(severity, code, prop.iri.value, what, places.text(label.text, prop.iri)))
    return examples, findings
