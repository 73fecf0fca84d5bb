"""Front matter: typed values with their lines, links inside, and what is wrong in it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kg.importers.front_matter import FrontMatter, read_front_matter
from kg.importers.markdown import read_markdown


def read(yaml: str) -> FrontMatter:
    return read_front_matter("a.md", f"---\n{yaml}\n---\nBody\n")


def values(head: FrontMatter) -> dict[str, list[object]]:
    return {field.key: [value.value for value in field.values] for field in head.fields}


def lines(yaml: str) -> dict[str, list[str]]:
    text = f"---\n{yaml}\n---\nBody\n"
    head = read_front_matter("a.md", text)
    return {field.key: [text[value.start : value.end] for value in field.values] for field in head.fields}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12", 12),
        ("-3.5", -3.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("2024-01-05", date(2024, 1, 5)),
        ("2024-01-05T10:30:00Z", datetime(2024, 1, 5, 10, 30, tzinfo=UTC)),
        ("2024-01-05 10:30", datetime(2024, 1, 5, 10, 30)),
        ("2024-02-31", "2024-02-31"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("0123456789", "0123456789"),
        ("1.2.3", "1.2.3"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1e999", "1e999"),
        (".inf", ".inf"),
        ('"12"', "12"),
        ("'2024-01-05'", "2024-01-05"),
        ("Ada Lovelace", "Ada Lovelace"),
        ("多个词", "多个词"),
    ],
)
def test_scalars_are_typed_as_yaml_1_2_does(written: str, value: object) -> None:
    (found,) = values(read(f"key: {written}"))["key"]
    assert found == value and type(found) is type(value)


def test_every_value_has_its_line() -> None:
    yaml = 'a: 1\nb: [x, "y, z"]\nc:\n  - p\n  - "q"\nd:\n- r\ne:\n  f: 2024-01-05\n  g: {h: i}\nj: >\n  folded\n  text\nk: |\n  kept\n'
    assert lines(yaml) == {
        "a": ["a: 1"],
        "b": ['b: [x, "y, z"]', 'b: [x, "y, z"]'],
        "c": ["- p", '- "q"'],
        "d": ["- r"],
        "e.f": ["f: 2024-01-05"],
        "e.g.h": ["g: {h: i}"],
        "j": ["j: >\n  folded\n  text"],
        "k": ["k: |\n  kept"],
    }
    assert values(read(yaml))["e.f"] == [date(2024, 1, 5)]
    assert values(read(yaml))["b"] == ["x", "y, z"]


def test_positions_are_code_points_behind_wide_characters() -> None:
    text = '---\n名: 🌲🌲\nowner: "[[笔记|别]]" # 🌲\n---\n'
    head = read_front_matter("a.md", text)
    (value,) = head.fields[1].values
    (link,) = value.links
    assert text[value.start : value.end] == 'owner: "[[笔记|别]]" # 🌲'
    assert text[link.start : link.end] == "[[笔记|别]]"
    assert (link.target, link.label) == ("笔记", "别")


def test_links_in_values() -> None:
    head = read('a: "[[A#H|l]] and [[B]]"\nb:\n  - "[c](d%20e.md)"\nf: [[Bare]]\ng: "![[h.png]]"\ni: "https://x.y"')
    found = {field.key: [(link.target, link.embed) for link in field.values[0].links] for field in head.fields}
    assert found == {
        "a": [("A", False), ("B", False)],
        "b": [("d e.md", False)],
        "f": [("Bare", False)],
        "g": [("h.png", True)],
        "i": [],
    }
    assert values(head)["f"] == ["[[Bare]]"]
    assert head.problems == []


def test_links_of_the_front_matter_are_links_of_the_note() -> None:
    note = read_markdown("a.md", '---\nx: "[[A]]"\n---\n[[B]]\n', "0" * 64)
    assert [link.target for link in note.links] == ["A", "B"]
    assert note.links[0] in note.fields[0].values[0].links


@pytest.mark.parametrize(
    ("yaml", "aliases"),
    [
        ("aliases: [A, B]", ("A", "B")),
        ("aliases:\n  - A\n  - B, C", ("A", "B, C")),
        ("alias: A, B", ("A", "B")),
        ("aliases: A", ("A",)),
        ("Aliases: [A]", ("A",)),
        ("aliases: [A]\nalias: B", ("A", "B")),
        ("aliases: [1984, 2024-01-05, true]", ("1984", "2024-01-05", "true")),
        ("aliases:", ()),
        ("aliases: []", ()),
    ],
)
def test_aliases(yaml: str, aliases: tuple[str, ...]) -> None:
    note = read_markdown("t.md", f"---\n{yaml}\n---\n", "0" * 64)
    assert note.aliases == aliases


@pytest.mark.parametrize(
    ("yaml", "tags"),
    [
        ("tags: [a, b/c]", ["a", "b/c"]),
        ("tags: a b, c", ["a", "b", "c"]),
        ('tags: "#a #b"', ["a", "b"]),
        ("tag: a", ["a"]),
        ("tags:\n- a\n- 0🌲", ["a", "0🌲"]),
        ("tags: [2024]", ["2024"]),
        ("tags:", []),
    ],
)
def test_tags(yaml: str, tags: list[str]) -> None:
    text = f"---\n{yaml}\n---\n"
    note = read_markdown("t.md", text, "0" * 64)
    assert [tag.name for tag in note.tags] == tags
    assert all(tag.name in text[tag.start : tag.end] for tag in note.tags)


@pytest.mark.parametrize(
    ("written", "identifier"), [("id: n-1", "n-1"), ("id: 42", "42"), ("id: 2024-01-05", "2024-01-05"), ("x: 1", None)]
)
def test_identifier(written: str, identifier: str | None) -> None:
    assert read_markdown("t.md", f"---\n{written}\n---\n", "0" * 64).id == identifier


@pytest.mark.parametrize(
    ("yaml", "line", "reason", "kept"),
    [
        ("a: 1\nb: [x\nc: 2", 4, "not valid YAML", {"a": [1], "b": ["[x"], "c": [2]}),
        ("a: x: y\nb: 2", 2, "not valid YAML", {"a": ["x: y"], "b": [2]}),
        ('a: "open\nb: [x, "y z"]', 3, "not valid YAML", {"b": ["x", "y z"]}),
        ("a: @x\nb:\n  - p\n  - q", 2, "not valid YAML", {"a": ["@x"], "b": ["p", "q"]}),
        ("links: [[A]], [[B]]\nb: 1", 2, "not valid YAML", {"links": ["[[A]]", "[[B]]"], "b": [1]}),
        ("a: 1\nb: {{date}}\nc: 2", 3, "placeholder", {"a": [1], "c": [2]}),
        ("{{date}}: 1\nc: 2", 2, "cannot be a key", {"c": [2]}),
        ("? [a, b]\n: 1\nc: 2", 2, "cannot be a key", {"c": [2]}),
        ("a: 1\nb: 2\na: 3\na: 4", 4, "more than once", {"a": [1, 3, 4], "b": [2]}),
        ("a: \tx\n\tb: 1", 3, "not valid YAML", {"a": ["x"]}),
        ("a: *nowhere\nb: 2", 2, "not valid YAML", {"b": [2]}),
    ],
)
def test_what_is_wrong_is_a_problem_with_its_line_and_the_rest_is_read(
    yaml: str, line: int, reason: str, kept: dict[str, list[object]]
) -> None:
    head = read(yaml)
    assert values(head) | kept == values(head)
    (problem,) = head.problems
    assert reason in problem.reason and problem.path == "a.md"
    assert problem.line == line


def test_a_note_with_broken_front_matter_keeps_its_body() -> None:
    note = read_markdown("a.md", "---\na: [\n---\n# Title\n\nText.\n", "0" * 64)
    assert len(note.problems) == 1
    assert note.document.text.split() == ["Title", "Text."]


@pytest.mark.parametrize(
    "text",
    ["---\nno end\n", "text\n---\na: 1\n---\n", " ---\na: 1\n---\n", "---\n\nJust text.\n\n---\n", "----\na: 1\n---\n"],
)
def test_what_is_no_front_matter_is_text(text: str) -> None:
    assert read_front_matter("a.md", text) == FrontMatter()


@pytest.mark.parametrize("text", ["---\n---\n", "---\n# only a comment\n---\n", "---\r\na:\r\n...\r\n", "---\n---"])
def test_empty_front_matter_ends_where_it_ends(text: str) -> None:
    head = read_front_matter("a.md", text + "x" if text[-1] in "\r\n" else text)
    assert head.end == len(text) and head.fields == [] and head.problems == []


@pytest.mark.parametrize(
    "yaml",
    [
        "a: " + "{" * 50_000,
        "[" * 50_000,
        "- " * 50_000 + "a",
        "k0: &a0 [1]\n" + "\n".join(f"k{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 60)),
        "a: &a [*a]",
        "a: &a {b: *a}",
        "a: " + "[" * 300 + "]" * 300,
    ],
    ids=["maps", "lists", "items", "laughs", "loop", "loop of maps", "300 deep"],
)
def test_hostile_yaml_is_read_or_a_problem(yaml: str) -> None:
    head = read(yaml)
    assert head.fields or head.problems
