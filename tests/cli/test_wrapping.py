"""Sentences on a terminal: names marked, lines no wider than it, whatever script they are in."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.cli.wrapping import Ink, mark_names, wrapped
from kg.query.table import width_of

PLAIN, COLOURED = Ink(False), Ink(True)
CODES = re.compile(r"\x1b\[[0-9;]*m")


def shown(text: str, width: int | None = None, ink: Ink = PLAIN) -> list[str]:
    return list(wrapped(text, width, ink))


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Ada works at Acme.", ["Acme", "Ada"], "«Ada» works at «Acme»."),
        ("ADA works at acme.", ["Acme", "Ada"], "«ADA» works at «acme»."),
        ("Adana is no Ada", ["Ada"], "Adana is no «Ada»"),
        ("Ada Lovelace, Ada", ["Ada", "Ada Lovelace"], "«Ada Lovelace», «Ada»"),
        ("李雷在微软工作", ["李雷", "微软"], "«李雷»在«微软»工作"),
        ("C++ and C", ["C++"], "«C++» and C"),
        ("Ada\nLovelace\tsings", ["Ada Lovelace"], "«Ada Lovelace» sings"),
        ("nothing", ["", " "], "nothing"),
        ("a \x1b[31mred\x1b[0m \x0eword\x0f", ["red"], "a \ufffd[31mred\ufffd[0m \ufffdword\ufffd"),
    ],
)
def test_names_are_marked(text: str, names: list[str], expected: str) -> None:
    assert shown(mark_names(text, names)) == [expected]


def test_colours_mark_the_same() -> None:
    (line,) = shown(mark_names("Ada works", ["Ada"]), None, COLOURED)
    assert line == "\x1b[1;33mAda\x1b[0m works"


def test_a_mark_that_goes_over_the_end_of_a_line_is_closed_there() -> None:
    lines = shown(mark_names("x" * 15 + " Ada Augusta Lovelace", ["Ada Augusta Lovelace"]), 22, COLOURED)
    assert len(lines) > 1
    for line in lines:
        assert line.count("\x1b[1;33m") == line.count("\x1b[0m")
    assert [CODES.sub("", line) for line in lines] == ["x" * 15 + " Ada", "Augusta Lovelace"]


def test_the_first_line_and_the_others_are_indented() -> None:
    lines = list(wrapped("one two three four five six seven", 24, PLAIN, "- ", "    "))
    assert lines[0].startswith("- one")
    assert all(line.startswith("    ") for line in lines[1:])


@pytest.mark.parametrize(
    ("environ", "expected"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({}, False)],
)
def test_the_environment_chooses_colours(environ: dict[str, str], expected: bool) -> None:
    assert Ink.of(environ).has_colours is expected


WORDS = st.text("abc 李雷，。xyzÄ\u0301", max_size=120)


@given(WORDS, st.lists(st.text("abc李", min_size=1, max_size=6), max_size=3), st.integers(1, 60), st.booleans())
def test_nothing_is_lost_and_no_line_is_too_wide(text: str, names: list[str], width: int, colours: bool) -> None:
    ink = Ink(colours)
    lines = [CODES.sub("", line) for line in shown(mark_names(text, names), width, ink)]
    kept = "".join(lines).replace("«", "").replace("»", "")
    assert kept.replace(" ", "") == text.replace(" ", "")
    longest = max((width_of(word) for word in text.split()), default=0)
    assert all(width_of(line) <= max(width, 20, 2 * longest) for line in lines)
