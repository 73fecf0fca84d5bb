"""Dates, versions, numbers and addresses as typed literals."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.literals import find_literals, typed_literal
from extractors.pipeline import SpacyExtractor
from extractors.reading import fill_tokens, make_doc, reading_of
from kg.extraction import Request
from kg.rdf import Literal, local_name
from tests.extractors.lab import Lab, read_note

pytestmark = pytest.mark.model

FOUND: list[tuple[str, list[str]]] = [
    ("on 12 March 2024", ["date:2024-03-12"]),
    ("on 12 Mar. 2024", ["date:2024-03-12"]),
    ("on the 12th of March 2024", ["date:2024-03-12"]),
    ("on March 12, 2024", ["date:2024-03-12"]),
    ("on march 12th 2024", ["date:2024-03-12"]),
    ("on 2024-03-12", ["date:2024-03-12"]),
    ("in March 2024", ["gYearMonth:2024-03"]),
    ("in March, 2024", ["gYearMonth:2024-03"]),
    ("in Sept 2024", ["gYearMonth:2024-09"]),
    ("in 2024", ["gYear:2024"]),
    ("(2024)", ["gYear:2024"]),
    ("2024年3月12日发布", ["date:2024-03-12"]),
    ("2024 年 3 月 12 日发布", ["date:2024-03-12"]),
    ("2024年3月发布", ["gYearMonth:2024-03"]),
    ("2024年发布", ["gYear:2024"]),
    ("from 2019 to 2024", ["gYear:2019", "gYear:2024"]),
    ("on 31 June 2024 and 2023", ["integer:31", "gYearMonth:2024-06", "gYear:2023"]),
    ("in version 1.70", ["string:1.70"]),
    ("with v2", ["string:2"]),
    ("with v3.8.1-beta", ["string:3.8.1-beta"]),
    ("with 1.0.0rc1 now", ["string:1.0.0rc1"]),
    ("it has 120 people", ["integer:120"]),
    ("it has 1,200 people", ["integer:1200"]),
    ("it has 3 million users", ["integer:3000000"]),
    ("it has 1.5 million users", ["integer:1500000"]),
    ("it has 2.25 thousand users", ["integer:2250"]),
    ("it has twelve rooms", ["integer:12"]),
    ("it costs $2000", ["integer:2000"]),
    ("it grew by 20% or 3.5%", []),
    ("file1 and abc123", []),
    ("see https://oxigraph.org/docs/a_b?c=d#e, please", ["anyURI:https://oxigraph.org/docs/a_b?c=d#e"]),
    ("see (https://oxigraph.org).", ["anyURI:https://oxigraph.org"]),
    ("见https://oxigraph.org。很好", ["anyURI:https://oxigraph.org"]),
    ("见https://oxigraph.org、https://neo4j.com，等等", ["anyURI:https://oxigraph.org", "anyURI:https://neo4j.com"]),
    ("（https://oxigraph.org）", ["anyURI:https://oxigraph.org"]),
]


@pytest.mark.parametrize(("text", "expected"), FOUND, ids=[text for text, _ in FOUND])
def test_literals_are_typed_as_precisely_as_they_are_written(lab: Lab, text: str, expected: list[str]) -> None:
    assert isinstance(lab.extractor, SpacyExtractor)
    note = read_note(text)
    doc = make_doc(lab.extractor._nlp, Request(note, lab.entry(note), {}))
    reading = reading_of(fill_tokens(doc))
    found = find_literals(reading)
    assert [f"{local_name(x.value.datatype)}:{x.value.value}" for x in found] == expected
    for literal in found:
        assert note.text[literal.start : literal.end] == literal.text


SENTENCES: list[tuple[str, set[str]]] = [
    ("Tidepool was released on 12 March 2024.", {"Tidepool | releasedOn | 2024-03-12"}),
    ("Tidepool was released on March 12, 2024.", {"Tidepool | releasedOn | 2024-03-12"}),
    ("Tidepool was released on 2024-03-12.", {"Tidepool | releasedOn | 2024-03-12"}),
    ("Tidepool was first released in March 2024.", {"Tidepool | releasedOn | 2024-03"}),
    ("Tidepool was released in 2024.", {"Tidepool | releasedOn | 2024"}),
    ("Tidepool was released in Lisbon.", set()),
    ("Halden Analytics was founded in 1998.", {"Halden Analytics | foundedOn | 1998"}),
    ("Mara Lindqvist was born on 10 December 1985.", {"Mara Lindqvist | bornOn | 1985-12-10"}),
    ("Halden Analytics has 120 employees.", {"Halden Analytics | employeeCount | 120"}),
    ("Halden Analytics has 1500 employees.", {"Halden Analytics | employeeCount | 1500"}),
    ("Halden Analytics has 1.5 million employees.", {"Halden Analytics | employeeCount | 1500000"}),
    ("Halden Analytics employs about twelve people.", {"Halden Analytics | employeeCount | 12"}),
    ("Halden Analytics has 12 offices.", set()),
    ("We moved to Python 3.12 last week.", {"Python | version | 3.12"}),
    ("spaCy v3.8.1 is fast.", {"spaCy | version | 3.8.1"}),
    ("Version 2.1 of spaCy is out.", {"spaCy | version | 2.1"}),
    ("The homepage of Oxigraph is https://oxigraph.org.", {"Oxigraph | homepage | https://oxigraph.org"}),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES, ids=[text for text, _ in SENTENCES])
def test_literals_are_objects(lab: Lab, text: str, expected: set[str]) -> None:
    assert lab.facts(text) == expected


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (True, "true", Literal(True)),
        (3, "3", "integer"),
        (1.5, "1.5", "decimal"),
        (1e30, "1e30", "double"),
        (date(2024, 3, 12), "2024-03-12", "date"),
        (datetime(2024, 3, 12, 10, 30), "2024-03-12 10:30", "dateTime"),
        ("2024-03-12", "2024-03-12", "date"),
        ("March 2024", "March 2024", "string"),
        ("2024", "2024", "string"),
        ("soon", "soon", "string"),
        ("2024-13-45", "2024-13-45", "string"),
    ],
)
def test_metadata_values_keep_their_type(value: object, text: str, expected: object) -> None:
    literal = typed_literal(value, text)
    assert literal == expected or local_name(literal.datatype) == expected


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2199, 12, 31)), st.sampled_from(["%Y-%m-%d"]))
def test_every_iso_date_is_a_date(day: date, form: str) -> None:
    text = day.strftime(form)
    assert typed_literal(text, text).value == day.isoformat()
