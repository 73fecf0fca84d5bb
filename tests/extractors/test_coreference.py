"""What pronouns, short names and `the library` stand for."""

from __future__ import annotations

import pytest

from tests.extractors.lab import Lab

pytestmark = pytest.mark.model

ROWS: list[tuple[str, set[str]]] = [
    ("Lantern uses DuckDB. It depends on Redis.", {"Lantern | uses | DuckDB", "Lantern | dependsOn | Redis"}),
    ("It uses Redis.", {"Lantern | uses | Redis"}),
    ("Tidepool uses DuckDB. It depends on Redis.", {"Tidepool | uses | DuckDB", "Tidepool | dependsOn | Redis"}),
    ("Redis is fast. It is written in C++.", {"Redis | writtenIn | C++"}),
    (
        "Mara Lindqvist lives in Lisbon. She maintains Tidepool.",
        {"Mara Lindqvist | livesIn | Lisbon", "Mara Lindqvist | maintains | Tidepool"},
    ),
    (
        "Mara Lindqvist lives in Lisbon. Lindqvist maintains Tidepool.",
        {"Mara Lindqvist | livesIn | Lisbon", "Mara Lindqvist | maintains | Tidepool"},
    ),
    (
        "Mara Lindqvist lives in Lisbon. Mara maintains Tidepool.",
        {"Mara Lindqvist | livesIn | Lisbon", "Mara Lindqvist | maintains | Tidepool"},
    ),
    (
        "The Natural Language Group (NLG) works on Tidepool. NLG is based in Lisbon.",
        {"Natural Language Group | worksOn | Tidepool", "Natural Language Group | locatedIn | Lisbon"},
    ),
    (
        "Lantern is a library. The library depends on Redis.",
        {"Lantern | type | Library", "Lantern | dependsOn | Redis"},
    ),
    ("Lantern is a library. The company depends on Redis.", {"Lantern | type | Library"}),
    ("Redis is fast. She works for Halden Analytics.", set()),
    ("We use this. It rains.", set()),
]


@pytest.mark.parametrize(("text", "expected"), ROWS, ids=[text for text, _ in ROWS])
def test_references_are_resolved(lab: Lab, text: str, expected: set[str]) -> None:
    assert lab.facts(text) == expected


def test_a_headline_is_nothing_that_does_anything(lab: Lab) -> None:
    """`Add A Column To A Table` tells what to do; `It` in that note is something else."""
    assert lab.facts("It uses Redis.", "Add A Column To A Table.md") == set()
    assert lab.facts("It uses Redis.", "Why we moved from one database to another one.md") == set()


def test_a_daily_note_has_no_subject(lab: Lab) -> None:
    assert lab.facts("Uses Redis.", "2024-03-12.md") == set()


def test_a_short_name_before_the_full_one_stands_alone(lab: Lab) -> None:
    facts = lab.facts("Mara maintains Tidepool. Mara Lindqvist lives in Lisbon.")
    assert facts == {"Mara | maintains | Tidepool", "Mara Lindqvist | livesIn | Lisbon"}
