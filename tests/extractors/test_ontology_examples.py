"""Every `kg:example` of the shipped ontology is found and passes the gate; no `kg:counterExample` does."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from kg.extraction import Term
from kg.ontology import load_ontology
from kg.rdf import NamedNode, local_name
from tests.extractors.lab import MINTER, Analysis, Lab

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


@pytest.fixture(scope="module")
def found(lab: Lab) -> frozenset[Example]:
    """The examples whose marked statement is extracted and let in.

    Marked words that the ontology does not know are given as names of no class, all at once.
    """
    every = [*EXAMPLES, *COUNTER_EXAMPLES]
    known = {term.text for term in lab.known}
    marked = sorted({w for e in every for w in ([e.subject] if e.is_data else [e.subject, e.object])} - known)
    names = tuple(Term(name, MINTER.entity("Entity", name), None, "title") for name in marked)
    return frozenset(
        e
        for e, a in zip(every, lab.analyse_all([e.text for e in every], (*names, *lab.known)), strict=True)
        if _is_in(e, a)
    )


def _is_in(example: Example, analysis: Analysis) -> bool:
    wanted = [
        relation
        for relation in analysis.extraction.relations
        if (relation.predicate, relation.subject.text) == (example.predicate, example.subject)
        and (relation.object_text if example.is_data else getattr(relation.object, "text", "")) == example.object
    ]
    passed = {(s.predicate, e.start) for s in analysis.statements for e in s.evidence}
    return any((relation.predicate, relation.start) in passed for relation in wanted)


def test_there_are_examples_of_every_extracted_property(lab: Lab) -> None:
    extracted = {p.iri for p in lab.ontology.properties.values() if p.extract and not p.system}
    assert {e.predicate for e in EXAMPLES} == extracted
    assert {e.predicate for e in COUNTER_EXAMPLES} == extracted
    assert len(EXAMPLES) > 200


@pytest.mark.parametrize("example", EXAMPLES, ids=ids(EXAMPLES))
def test_an_example_is_found(found: frozenset[Example], example: Example) -> None:
    assert example in found


@pytest.mark.parametrize("example", COUNTER_EXAMPLES, ids=ids(COUNTER_EXAMPLES))
def test_a_counter_example_is_not(found: frozenset[Example], example: Example) -> None:
    assert example not in found
