"""`kg run`: what it says beside the rows."""

from __future__ import annotations

import pytest

from tests.conftest import RunKg

LANTERN = "<https://example.org/lantern>"


@pytest.fixture
def things(kg: RunKg) -> RunKg:
    """A home with two things that have nothing to do with each other."""
    assert kg("init", "--base", "https://example.org/").code == 0
    text = f'{LANTERN} a kg:Project ; rdfs:label "Lantern" . <https://example.org/oslo> a kg:City ; rdfs:label "Oslo"'
    assert kg("update", f"INSERT DATA {{ {text} }}").code == 0
    return kg


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["facts-about", "--entity", "lantrn"], ["No note or entity 'lantrn' in this home. Did you mean 'lantern'?"]),
        (["notes-about", "--entity", "<https://example.org/nosuch>"], ["No note or entity"]),
        (["technology-stack", "--project", "Lanterns"], ["'Lanterns' in this home. Did you mean 'lantern'?"]),
        (["in-common", "--first", "Oslow", "--second", "Lantern"], ["'Oslow' in this home. Did you mean 'oslo'?"]),
        (["in-common", "--first", "xx", "--second", "yy"], ["'xx'", "'yy'"]),
    ],
)
def test_a_name_that_nothing_bears_is_said_beside_no_rows(things: RunKg, words: list[str], says: list[str]) -> None:
    done = things("run", *words, "--json")
    assert done.code == 0
    assert done.json["results"]["bindings"] == []
    lines = done.messages.splitlines()
    assert len(lines) == len(says)
    assert all(part in line for part, line in zip(says, lines, strict=True))


@pytest.mark.parametrize("given", ["LANTERN", " lantern", LANTERN, "https://example.org/lantern"])
def test_a_name_that_is_known_needs_no_word(things: RunKg, given: str) -> None:
    done = things("run", "facts-about", "--entity", given)
    assert (done.code, done.messages) == (0, "")
    assert things("run", "technology-stack").messages == ""  # no name was given


def test_a_negative_number_of_rows_is_refused_by_its_name(things: RunKg) -> None:
    done = things("run", "notes", "--limit", "-1")
    assert (done.code, done.messages.strip()) == (
        2,
        "kg: Parameter 'limit': -1 is negative, and it is a number of rows",
    )
