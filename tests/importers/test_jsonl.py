"""JSON Lines and plain text by example."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest

from kg.importers.jsonl import IMPORTER
from kg.importers.plain import IMPORTER as PLAIN
from kg.model import Failure, Note


def read(content: str | bytes) -> list[Note | Failure]:
    return list(IMPORTER.read("data/notes.jsonl", content.encode() if isinstance(content, str) else content))


def test_a_note_a_line() -> None:
    first = '{"id": "a", "title": "T", "text": "# H\\n\\nSee [[B]] #t **x**", "year": 1843, "by": ["[[Ada]]", "Bob"], "m": {"k": true}}'
    one, two = read(
        f'{first}\n\n{{"id": 7, "text": "plain", "tags": "p, q", "aliases": ["S"], "date": "2024-01-05"}}\r\n'
    )
    assert isinstance(one, Note) and isinstance(two, Note)
    assert (one.path, one.id, one.title, one.text) == ("data/notes.jsonl", "a", "T", "# H\n\nSee [[B]] #t **x**")
    assert one.content_hash == hashlib.sha256(first.encode()).hexdigest()
    assert [(link.target, link.start) for link in one.links] == [("B", one.text.index("[[B"))]
    found = {field.key: [value.value for value in field.values] for field in one.fields}
    assert found == {"year": [1843], "by": ["[[Ada]]", "Bob"], "m.k": [True]}
    assert {field.origin for field in one.fields} == {"json"}
    assert [link.target for link in one.fields[1].values[0].links] == ["Ada"]
    assert all((value.start, value.end) == (0, 0) for field in one.fields for value in field.values)
    assert (two.id, two.title, two.aliases) == ("7", "7", ("S",))
    assert [tag.name for tag in two.tags] == ["p", "q"]
    assert two.fields[2].values[0].value == date(2024, 1, 5)


def test_title_is_the_heading_where_none_is_given() -> None:
    (note,) = read('{"id": "x", "text": "# The *Title*\\n\\ntext"}')
    assert isinstance(note, Note) and note.title == "The Title"


def test_front_matter_is_text_here() -> None:
    (note,) = read('{"id": "x", "text": "---\\na: b\\n---\\ntext"}')
    assert isinstance(note, Note) and note.fields == () and "a: b" in note.document.text


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{bad", "is not JSON"),
        ("[1]", "not a JSON object"),
        ('{"id": "x"}', "`text` must be a text"),
        ('{"id": "x", "text": 5}', "`text` must be a text, not 5"),
        ('{"text": "a"}', "`id` must be"),
        ('{"id": true, "text": "a"}', "`id` must be"),
        ('{"id": 1.5, "text": "a"}', "`id` must be"),
        ('{"id": "", "text": "a"}', "`id` must be"),
        ('{"id": "x", "text": "a", "n": NaN}', "NaN"),
        ('{"id": "x", "text": "a", "title": 3}', "`title`"),
        ('{"id": "x", "text": "\\u0000"}', "U+0000"),
        ('{"id": "x", "text": "ok", "k": "\\ud800"}', "surrogate"),
        ('{"id": "first", "text": "again"}', "that of line 1 too"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_a_bad_line_is_a_failure_and_the_others_are_read(line: str, reason: str) -> None:
    good, bad, last = read(f'{{"id": "first", "text": "a"}}\n{line}\n{{"id": "last", "text": "b"}}\n')
    assert isinstance(good, Note) and isinstance(last, Note)
    assert isinstance(bad, Failure)
    assert reason in bad.reason and bad.line == 2


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    (note,) = read('{"id": "x", "text": "write \\\\u0000"}')
    assert isinstance(note, Note) and note.text == "write \\u0000"


def test_plain_text_is_all_text() -> None:
    text = "# Not a heading, [[no link]] #no\nsecond line\r\n\r\n  *stars*  \n\n\n"
    (note,) = PLAIN.read("a/My file.txt", text.encode())
    assert isinstance(note, Note)
    assert note.document.text == note.text == text
    assert [text[block.start : block.end] for block in note.document.blocks] == [
        "# Not a heading, [[no link]] #no\nsecond line",
        "*stars*",
    ]
    assert (note.title, note.links, note.tags, note.fields) == ("My file", (), (), ())
