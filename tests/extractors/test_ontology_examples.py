"""Every `kg:example` of the shipped ontology is found and passes the gate; no `kg:counterExample` does."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from kg.extraction import Term
from kg.ontology import load_ontology
from kg.rdf import NamedNode, local_name
from tests.extractors.lab import MINTER, Lab

pytestmark = pytest.mark.model

_MARK = re.compile(r"\[([so]) ([^\]]+)\]")


@dataclass(frozen=True)
class Example:
    """A sentence with the words of its subject and its object."""

    predicate: NamedNode
    text: str
    subject: str
    object: str
    is_data: bool


def examples(kind: str) -> list[Example]:
    found = []
    for prop in sorted(load_ontology().properties.values(), key=lambda p: p.iri.value):
        for label in getattr(prop, kind):
            marks = dict(_MARK.findall(label.text))
            found.append(Example(prop.iri, _MARK.sub(r"\2", label.text), marks["s"], marks["o"], prop.is_data))
    return found


def ids(rows: list[Example]) -> list[str]:
    return [f"{local_name(row.predicate)}: {row.text}" for row in rows]


EXAMPLES, COUNTER_EXAMPLES = examples("examples"), examples("counter_examples")


def found(lab: Lab, example: Example) -> bool:
    """Tell whether the marked statement is extracted and let in; words the ontology does not know are given as names."""
    known = {term.text for term in lab.known}
    marked = [example.subject] if example.is_data else [example.subject, example.object]
    names = [Term(name, MINTER.entity("Entity", name), None, "title") for name in marked if name not in known]
    analysis = lab.analyse(example.text, "2024-03-12.md", names=(*names, *lab.known))
    wanted = [
        r
        for r in analysis.extraction.relations
        if (r.predicate, r.subject.text) == (example.predicate, example.subject)
        and (r.object_text if example.is_data else getattr(r.object, "text", "")) == example.object
    ]
    passed = {(s.predicate, e.start) for s in analysis.statements for e in s.evidence}
    return any((r.predicate, r.start) in passed for r in wanted)


def test_there_are_examples_of_every_extracted_property(lab: Lab) -> None:
    extracted = {p.iri for p in lab.ontology.properties.values() if p.extract and not p.system}
    assert {e.predicate for e in EXAMPLES} == extracted
    assert {e.predicate for e in COUNTER_EXAMPLES} == extracted
    assert len(EXAMPLES) > 200


@pytest.mark.parametrize("example", EXAMPLES, ids=ids(EXAMPLES))
def test_an_example_is_found(lab: Lab, example: Example) -> None:
    assert found(lab, example)


@pytest.mark.parametrize("example", COUNTER_EXAMPLES, ids=ids(COUNTER_EXAMPLES))
def test_a_counter_example_is_not(lab: Lab, example: Example) -> None:
    assert not found(lab, example)
