"""Every check finds the ontology that is wrong in exactly its way, and nothing in the one that is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kg.ontology import Ontology, shipped_file
from kg.ontology.check import Example, Finding, Found, Report, Tools, check_ontology
from kg.ontology.consistency import Consistency
from kg.ontology.model import Label, PropertyTerm
from kg.rdf import NamedNode
from tests.ontology.garden import BODY, GARDEN, PREFIXES, garden, write


def look(folder: Path, text: str, tools: Tools | None = None, name: str = "garden.ttl") -> Report:
    return check_ontology(write(folder, text, name), tools or Tools())


def found(report: Report, code: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.code == code]


def told(report: Report) -> set[tuple[str, str]]:
    return {(f.severity, f.code) for f in report.findings}


@pytest.mark.parametrize("extends", [False, True])
def test_a_good_ontology_has_no_findings(tmp_path: Path, extends: bool) -> None:
    report = look(tmp_path, garden(extends=extends))
    assert report.findings == ()
    assert not report.has_errors
    assert report.summary["profiles"] == {"OWL 2 DL": True, "OWL 2 RL": True}
    assert [report.summary[name] for name in ("classes", "object_properties", "data_properties")] == [3, 1, 1]
    assert report.summary["ontology"] == "https://example.org/garden"


def test_the_shipped_ontology_has_no_errors() -> None:
    report = check_ontology(shipped_file("kg.ttl"), Tools())
    assert [f for f in report.findings if f.severity == "error"] == []
    assert report.summary["profiles"] == {"OWL 2 DL": True, "OWL 2 RL": True}
    assert {f.code for f in report.findings} <= {"no-domain", "no-range"}


# --- syntax


def test_turtle_error_has_line_and_column(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, PREFIXES + ":a :b ;;; 'c\n").findings
    assert (finding.severity, finding.code, finding.line) == ("error", "syntax", 8)
    assert finding.column


def test_xml_error_has_line_and_column(tmp_path: Path) -> None:
    text = '<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<a></b>\n</rdf:RDF>\n'
    (finding,) = look(tmp_path, text, name="garden.rdf").findings
    assert (finding.code, finding.line) == ("syntax", 3)
    assert finding.column


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Prefix(:=<https://e.org/#>)\nOntology(<https://e.org/>)", "functional"),
        ("Prefix: : <https://e.org/#>\nOntology: <https://e.org/>", "Manchester"),
        ("format-version: 1.2\nontology: x", "OBO"),
        ('<?xml version="1.0"?>\n<Ontology xmlns="http://www.w3.org/2002/07/owl#"/>', "OWL/XML"),
    ],
)
def test_other_syntaxes_are_named_with_what_to_do(tmp_path: Path, text: str, name: str) -> None:
    (finding,) = look(tmp_path, text).findings
    assert finding.code == "syntax"
    assert name in finding.message
    assert "Save as" in finding.message


def test_file_that_is_not_there(tmp_path: Path) -> None:
    (finding,) = check_ontology(tmp_path / "none.ttl", Tools()).findings
    assert (finding.code, finding.severity) == ("syntax", "error")


# --- what each term says

SPOILT = [
    # code, severity, more triples, local name of the term, a word of the message
    ("no-label", "warning", ":Fern a owl:Class .", "Fern", "rdfs:label"),
    ("no-label-zh", "info", ':Fern a owl:Class ; rdfs:label "fern"@en .', "Fern", "Chinese"),
    ("no-label-en", "info", ':Fern a owl:Class ; rdfs:label "蕨"@zh .', "Fern", "English"),
    ("two-labels", "info", ':Plant rdfs:label "vegetable"@en .', "Plant", "skos:altLabel"),
    ("label-shared", "warning", ':Bush a owl:Class ; rdfs:label "bush"@en , "灌木"@zh ; skos:altLabel "Shrub"@en .', "Bush", ":Plant"),
    ("subclass-circle", "error", ":Plant rdfs:subClassOf :Rose .", "Plant", ":Rose"),
    ("subclass-circle", "error", ":Plant rdfs:subClassOf :Plant .", "Plant", "circle"),
    (
        "subproperty-circle", "error",
        ":growsIn rdfs:subPropertyOf :p . "
        ':p a owl:ObjectProperty ; rdfs:label "p"@en , "甲"@zh ; rdfs:subPropertyOf :growsIn ; kg:trigger "p" .',
        "growsIn", ":p",
    ),
    ("no-domain", "warning", ':p a owl:ObjectProperty ; rdfs:label "p"@en , "甲"@zh ; rdfs:range :Plant ; kg:trigger "p" .', "p", "kg:Entity"),
    ("no-range", "warning", ':p a owl:ObjectProperty ; rdfs:label "p"@en , "甲"@zh ; rdfs:domain :Plant ; kg:trigger "p" .', "p", "kg:Entity"),
    ("no-range", "warning", ':p a owl:DatatypeProperty ; rdfs:label "p"@en , "甲"@zh ; rdfs:domain :Plant ; kg:trigger "p" .', "p", "kg:valueKind"),
    ("default-patterns", "info", ':p a owl:ObjectProperty ; rdfs:label "p"@en , "甲"@zh ; rdfs:domain :Plant ; rdfs:range :Plant .', "p", "'p'"),
    ("import-missing", "warning", "<https://example.org/garden> owl:imports <https://example.org/lost> .", None, "catalog"),
    # hints
    ("unknown-hint", "error", ':growsIn kg:triger "sprout in"@en .', None, "kg:trigger"),
    ("unknown-hint", "error", ':growsIn kg:zzzzzz "x"@en . kg:zzzzzz a owl:AnnotationProperty .', None, "kg:gazetteer"),
    ("hint-value", "error", ':growsIn kg:trigger ""@en .', "growsIn", "empty"),
    ("hint-value", "error", ":growsIn kg:trigger :Plant .", "growsIn", "literal"),
    ("hint-value", "error", ":growsIn kg:minConfidence 1.5 .", "growsIn", "[0, 1]"),
    ("hint-value", "error", ':growsIn kg:minConfidence "high" .', "growsIn", "0 to 1"),
    ("hint-value", "error", ':growsIn kg:extract "true" .', "growsIn", "xsd:boolean"),
    (
        "hint-value", "error",
        ':p a owl:DatatypeProperty ; rdfs:label "p"@en , "甲"@zh ; rdfs:domain :Plant ; kg:trigger "p" ; kg:valueKind "dates" .',
        "p", "date, number",
    ),
    ("hint-value", "error", ':Rose kg:renamedFrom "Rosa" .', "Rose", "IRI"),
    ("hint-misplaced", "warning", ':Plant kg:trigger "grow"@en .', "Plant", "property"),
    ("hint-misplaced", "warning", ':growsIn kg:nerLabel "ORG" .', "growsIn", "class"),
    ("hint-misplaced", "warning", ':growsIn kg:valueKind "text" .', "growsIn", "data property"),
    ("hint-repeated", "warning", ":growsIn kg:minConfidence 0.2 , 0.4 .", "growsIn", "more than one"),
    ("trigger-language", "warning", ':growsIn kg:trigger "生长"@zh .', "growsIn", "kg:pattern"),
    ("gazetteer-missing", "error", ':Rose kg:gazetteer "lists/roses.txt" .', "Rose", "lists/roses.txt"),
    ("gazetteer-missing", "error", ':Rose kg:gazetteer "https://example.org/roses.txt" .', "Rose", "fetched"),
    # examples
    ("example-marks", "error", ':growsIn kg:example "Roses grow in [o Kew]."@en .', "growsIn", "[s …]"),
    ("example-marks", "error", ':growsIn kg:counterExample "[s A] and [s B] grow in [o Kew]."@en .', "growsIn", "one"),
    ("example-not-run", "warning", ':growsIn kg:extract false .', "growsIn", "kg:extract"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "severity", "more", "term", "word"), SPOILT, ids=[f"{row[0]}-{i}" for i, row in enumerate(SPOILT)])
def test_each_fault_is_found(tmp_path: Path, code: str, severity: str, more: str, term: str | None, word: str) -> None:
    report = look(tmp_path, garden(more))
    findings = found(report, code)
    assert findings, report.findings
    assert {f.severity for f in findings} == {severity}
    assert word in findings[0].message
    assert findings[0].line is not None
    if term is not None:
        assert {f.term for f in findings} == {GARDEN + term}
    # One cause, one complaint, and that the examples could not be tried for it.
    assert {f.code for f in report.findings} <= {code, "examples-not-run", "example-not-run"}, report.findings


def test_ontology_without_an_iri(tmp_path: Path) -> None:
    report = look(tmp_path, PREFIXES + BODY)
    assert told(report) == {("info", "no-ontology-iri")}


def test_what_is_deprecated_needs_no_label(tmp_path: Path) -> None:
    assert look(tmp_path, garden(":Fern a owl:Class ; owl:deprecated true .")).findings == ()


def test_a_domain_is_inherited(tmp_path: Path) -> None:
    more = ':p a owl:ObjectProperty ; rdfs:subPropertyOf :growsIn ; rdfs:label "p"@en , "甲"@zh ; kg:trigger "p" .'
    assert look(tmp_path, garden(more)).findings == ()


def test_a_label_of_ours_is_shared_only_where_ours_is_loaded(tmp_path: Path) -> None:
    more = ':Firm a owl:Class ; rdfs:label "company"@en , "商号"@zh .'
    (finding,) = look(tmp_path, garden(more, extends=True)).findings
    assert (finding.code, finding.term) == ("label-shared", f"{GARDEN}Firm")
    assert "kg:Company" in finding.message
    assert look(tmp_path, garden(more)).findings == ()


def test_terms_of_ours_without_the_import_are_told_how(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, garden(":Rose rdfs:subClassOf kg:Software .")).findings
    assert finding.code == "undeclared-class"
    assert "owl:imports" in finding.message


def test_what_a_lost_import_may_declare_is_a_warning(tmp_path: Path) -> None:
    more = "<https://example.org/garden> owl:imports <https://example.org/lost> . :Rose rdfs:subClassOf <https://example.org/lost#Bush> ."
    assert told(look(tmp_path, garden(more))) == {("warning", "import-missing"), ("warning", "undeclared-class")}


@pytest.mark.parametrize("rest", ["", "; rdf:rest _:l"], ids=["cut off", "circular"])
def test_a_broken_list_is_a_finding(tmp_path: Path, rest: str) -> None:
    report = look(tmp_path, garden(f":Rose owl:equivalentClass [ owl:intersectionOf _:l ] . _:l rdf:first :Plant {rest} ."))
    assert {("error", "malformed-list"), ("error", "not-loadable")} <= told(report)


def test_lines_are_those_of_the_file(tmp_path: Path) -> None:
    text = garden(':Fern a owl:Class ;\n    kg:nerLabel "" .\n:growsIn kg:example "No \\"marks\\"." .\n')
    lines = text.splitlines()
    report = look(tmp_path, text)
    assert {f.code: lines[(f.line or 0) - 1] for f in report.findings} == {
        "no-label": ":Fern a owl:Class ;",
        "hint-value": ":Fern a owl:Class ;",
        "example-marks": ':growsIn kg:example "No \\"marks\\"." .',
    }


def test_broken_catalog_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "catalog-v001.xml").write_text("<catalog><uri")
    report = look(tmp_path, garden())
    assert [(f.severity, f.code) for f in report.findings] == [("error", "not-loadable"), ("info", "examples-not-run")]
    assert "catalog" in report.findings[0].message


def test_broken_import_is_a_finding(tmp_path: Path) -> None:
    catalog = '<catalog><uri name="https://example.org/lost" uri="lost.ttl"/></catalog>'
    (tmp_path / "catalog-v001.xml").write_text(catalog)
    (tmp_path / "lost.ttl").write_text("this is no Turtle")
    report = look(tmp_path, garden("<https://example.org/garden> owl:imports <https://example.org/lost> ."))
    assert ("error", "not-loadable") in told(report)


# --- patterns, examples, consistency: what is handed in


def refuse(word: str, pattern: Label) -> str:
    return f"it holds {word}" if word in pattern.text else ""


def test_patterns_that_do_not_compile(tmp_path: Path) -> None:
    def compile_pattern(pattern: Label, prop: PropertyTerm, ontology: Ontology) -> str:
        return refuse("BAD", pattern)

    given: list[tuple[str, ...]] = []

    def run(ontology: Ontology, examples: Sequence[Example]) -> Iterator[list[Found]]:
        prop = ontology.properties[NamedNode(f"{GARDEN}growsIn")]
        given.append(tuple(x.text for x in (*prop.patterns, *prop.not_patterns)))
        yield from ([(e.subject, e.predicate, e.object)] if e.holds else [] for e in examples)

    more = ':growsIn kg:pattern "{s} BAD {o}"@en ; kg:notPattern "{s} BAD2 {o}"@en .'
    report = look(tmp_path, garden(more), Tools(compile_pattern, run))
    assert [(f.severity, f.code) for f in report.findings] == [("error", "pattern-syntax")] * 2
    assert {f.message.split(" of ")[0] for f in report.findings} == {"kg:pattern", "kg:notPattern"}
    assert given == [("{s}生长在{o}",)], "the examples are run with the patterns that are left"


def runner(*found: Found) -> Tools:
    return Tools(run_examples=lambda ontology, examples: [list(found) for _ in examples])


def test_examples_pass_and_fail(tmp_path: Path) -> None:
    grows = NamedNode(f"{GARDEN}growsIn")
    report = look(tmp_path, garden(), runner(("olive tree", grows, "Kew")))
    assert report.findings == ()
    assert report.summary["examples"] == {"passed": 1, "failed": 0}
    assert report.summary["counter_examples"] == {"passed": 1, "failed": 0}

    (finding,) = look(tmp_path, garden(), runner(("Kew", grows, "olive tree"))).findings
    assert (finding.severity, finding.code, finding.term) == ("error", "example-failed", grows.value)
    assert "'Kew' :growsIn 'olive tree'" in finding.message

    report = look(tmp_path, garden(), runner(("olive tree", grows, "Kew"), ("olive tree", grows, "Eden")))
    assert [(f.severity, f.code) for f in report.findings] == [("error", "counter-example-failed")]
    assert report.summary["counter_examples"] == {"passed": 0, "failed": 1}


def test_a_symmetric_example_may_be_found_the_other_way_round(tmp_path: Path) -> None:
    report = look(tmp_path, garden(":growsIn a owl:SymmetricProperty ."), runner(("Kew", NamedNode(f"{GARDEN}growsIn"), "olive tree")))
    assert found(report, "example-failed") == []


def test_examples_of_an_import_are_run_and_blamed_gently(tmp_path: Path) -> None:
    report = look(tmp_path, garden(extends=True), runner())
    assert report.summary["examples"]["failed"] > 200
    severities = {(f.term.startswith(GARDEN), f.severity) for f in found(report, "example-failed")}
    assert severities == {(True, "error"), (False, "warning")}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Consistency("consistent"), set()),
        (Consistency("inconsistent"), {("error", "inconsistent")}),
        (Consistency("consistent", (NamedNode(f"{GARDEN}Rose"),)), {("error", "unsatisfiable-class")}),
        (Consistency("consistent", unsupported="http://www.w3.org/2001/XMLSchema#date"), {("warning", "consistency-partial")}),
        (Consistency("no java"), {("info", "consistency-not-checked")}),
        (Consistency("timeout", detail="no answer within 1 s"), {("warning", "consistency-not-checked")}),
        (Consistency("failed", detail="OutOfMemoryError"), {("warning", "consistency-not-checked")}),
    ],
)
def test_what_the_reasoner_answers_is_told(tmp_path: Path, answer: Consistency, expected: set[tuple[str, str]]) -> None:
    report = look(tmp_path, garden(), Tools(reason=lambda triples: answer))
    assert told(report) == expected
    assert report.summary["consistency"] == answer.status


def test_without_java_it_says_how_to_get_it(tmp_path: Path) -> None:
    (finding,) = look(tmp_path, garden(), Tools(reason=lambda triples: Consistency("no java"))).findings
    assert "apt install" in finding.message
