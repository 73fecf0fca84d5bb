"""Comments and formulas hold no fields, what a field's key may be, and line ends of all systems."""

from __future__ import annotations

import json

import pytest

from kg.importers import MAX_LINE, importer_for
from kg.importers.front_matter import read_front_matter
from kg.model import Failure, Note


def read(text: str, path: str = "folder/Note.md") -> Note:
    importer = importer_for(path)
    assert importer is not None
    (note,) = importer.read(path, text.encode())
    assert isinstance(note, Note)
    return note


def found(note: Note) -> tuple[object, ...]:
    """What is in a note apart from places, with one kind of line end."""
    shown = note.document.text
    blocks = [(block.kind, " ".join(shown[block.start : block.end].split())) for block in note.document.blocks]
    fields = [(field.key, [" ".join(value.text.split()) for value in field.values]) for field in note.fields]
    return blocks, fields, [(link.target, link.anchor) for link in note.links], [tag.name for tag in note.tags]


@pytest.mark.parametrize(
    "hidden",
    [
        "%% uses:: [[Nope1]] %%",
        "<!-- uses:: [[Nope4]] -->",
        "$uses:: [[X]]$",
        "$$uses:: [[X]]$$",
        "- %% uses:: [[X]] %%",
        "> <!-- uses:: [[X]] -->",
        "%% [uses:: [[X]]] (uses:: y) %%",
        "%%\nuses:: [[X]]\n%%",
        "<!--\nuses:: [[X]]\n-->",
        "$$\nuses:: [[X]]\n$$",
        "%% uses:: a\nuses:: [[X]] %%",
        "uses:: %% [[X]] %%",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_field_in_a_comment_or_formula_leaves_nothing(hidden: str, newline: str) -> None:
    note = read(f"Before.\n\n{hidden}\n\nAfter.".replace("\n", newline))
    assert found(note) == ([("paragraph", "Before."), ("paragraph", "After.")], [], [], [])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a %% b\nuses:: [[X]]\nc %% d", "a d"),
        ("a <!-- b\nuses:: [[X]]\nc --> d", "a d"),
        ("a $$ b\nuses:: [[X]]\nc $$ d", "a d"),
        ("> a %% b\n> uses:: [[X]]\n> c %% d", "a d"),
    ],
)
def test_hidden_lines_inside_a_paragraph_hold_no_field(text: str, shown: str) -> None:
    blocks, *rest = found(read(text))
    assert blocks == [("quote" if text[0] == ">" else "paragraph", shown)]
    assert rest == [[], [], []]


@pytest.mark.parametrize(
    ("text", "value", "links"),
    [
        ("uses:: a %% [[C]] %% b", "a b", []),
        ("[uses:: %%[[C]]%% b]", "b", []),
        ("(uses:: a <!-- c -->)", "a", []),
        ("uses:: [[A]] %% perhaps %%, [[B]]", "[[A]]", ["A", "B"]),
        ("uses:: a <!--\nc\n--> ", "a", []),
        ("uses:: $E = mc^2$", "$E = mc^2$", []),
        ("uses:: 100 %% no end", "100 %% no end", []),
        ("`%%` a\nuses:: b\n`%%` c", "b", []),
    ],
)
def test_comments_are_no_part_of_a_value_and_formulas_are(text: str, value: str, links: list[str]) -> None:
    note = read(text)
    assert [field.key for field in note.fields] == ["uses"]
    assert note.fields[0].values[0].text == value
    assert [link.target for link in note.links] == links


def test_comment_is_no_part_of_a_title() -> None:
    assert read("# The title %% draft %%<!-- x -->\n", "the-file.md").title == "The title"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("uses", "uses"),
        ("**Due date**", "Due date"),
        ("***a***", "a"),
        ("_a-b/c_", "a-b/c"),
        ("a_b 2", "a_b 2"),
        ("标签", "标签"),
        ("Cafe\u0301", "Cafe\u0301"),
        ("हिन्दी", "हिन्दी"),
        ("%% uses", None),
        ("$uses", None),
        ("<b>uses</b>", None),
        ("uses%%x%%", None),
        ("a, b", None),
        ("a.b", None),
        ("k?", None),
        ("it's", None),
        ("🌲", None),
    ],
)
def test_what_a_key_may_hold(written: str, key: str | None) -> None:
    keys = [] if key is None else [key]
    assert [field.key for field in read(f"{written}:: v").fields] == keys
    assert [field.key for field in read(f"x [{written}:: v] y").fields] == keys
    assert [field.key for field in read(f"x ({written}:: v) y").fields] == keys
    if key is None:
        assert "v" in read(f"{written}:: v").document.text


@pytest.mark.parametrize(
    "text",
    [
        "# H\n\na\nb. c\n\n- x\n- y\n\n> q\n> r",
        "ends ^id\nnext",
        "a\\\nb",
        "a #t\nb",
        "$a\nb$ c",
        "[[a\nb]] and ![[c\nd]]",
        "(k:: a\nb)",
        "[k:: a\nb] [l](\nx.md)",
        "k:: v\nj:: [[W]]",
        "#[[a\nb]] {{c\nd}}",
        "a %% b\n\nc %%\n\n%%\nd\n%%\ne",
        "`a\nb` <b\nc> d",
        "| a | b |\n|---|---|\n| [[c\\|d]] | e |",
        "---\na: [x,\n  y]\nb: {\n---\nk:: v",
    ],
)
def test_line_ends_of_all_systems_mean_the_same(text: str) -> None:
    plain = read(text)
    for newline in ("\r\n", "\r"):
        note = read(text.replace("\n", newline))
        assert note.text == text.replace("\n", newline)
        assert found(note) == found(plain)
        assert note.document.text.replace(newline, "\n") == plain.document.text
        assert [problem.line for problem in note.problems] == [problem.line for problem in plain.problems]
        inside = [(note.text[link.start : link.end]).replace(newline, "\n") for link in note.links]
        assert inside == [plain.text[link.start : link.end] for link in plain.links]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_at_every_line_end(newline: str) -> None:
    deep = "---\na: 1\n---\n" + "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(60))
    (problem,) = read(deep.replace("\n", newline)).problems
    assert problem.line == read(deep).problems[0].line
    importer = importer_for("a.md")
    assert importer is not None
    (failure,) = importer.read("a.md", b"a\nb\nc \xe9".replace(b"\n", newline.encode()))
    assert isinstance(failure, Failure) and failure.line == 3
    long = ("word " * 20 + "\n") * (MAX_LINE // 50)
    assert read(long.replace("\n", newline)).text.count(newline) == MAX_LINE // 50


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_of_json_end_everywhere(newline: str) -> None:
    importer = importer_for("a.jsonl")
    assert importer is not None
    lines = [
        json.dumps({"id": "a", "text": "x\u2028y\ry"}, ensure_ascii=False),
        "",
        "{",
        '{"id": "b", "text": "z"}',
        "",
    ]
    notes = list(importer.read("a.jsonl", newline.join(lines).encode()))
    assert [note.id if isinstance(note, Note) else note.line for note in notes] == ["a", 3, "b"]


@pytest.mark.parametrize(
    ("yaml", "line"),
    [
        ("a: 1\ntitle: [a, b]", 3),
        ("title: [[Ada]]", 2),
        ("Title: {a: b}", 2),
        ("title:\n  - a\n  - b", 2),
        ("title:\n  a: b", 2),
        ("title: !!python/object/apply:os.system ['touch pwned']", 2),
        ("title: !!python/object/apply:os.system\n- touch pwned", 2),
        ("title: !!python/name:os.system x", 2),
        ("title: !template x", 2),
        ("x: 1\ntitle: [1,2", 3),
        ("title: {a: 1\nx: 1", 2),
        ('title: "open\nx: 1', 2),
        ("title: !x [\nx: 1", 2),
        ("x: [\ntitle:\n- a", 4),
        ("x: [\ntitle: [a]", 3),
    ],
)
def test_title_that_is_no_text_is_a_problem_and_the_file_name_is_the_title(yaml: str, line: int) -> None:
    note = read(f"---\n{yaml}\n---\nBody\n")
    assert (note.title, note.aliases) == ("Note", ())
    assert not [field for field in note.fields if field.key.casefold().startswith("title")]
    assert note.links == ()
    assert line in [problem.line for problem in note.problems if "the file name is the title" in problem.reason]


@pytest.mark.parametrize(
    ("yaml", "title"),
    [
        ("title: 12", "12"),
        ("title: !!str 12", "12"),
        ("title: 2024-01-05", "2024-01-05"),
        ("title: '[a]'", "[a]"),
        ("title: &x A", "A"),
        ("title: Go: the language", "Go: the language"),
        ("title: [WIP] A note", "[WIP] A note"),
        ("title:", "Note"),
        ("title: ~", "Note"),
        ("title: {{title}}", "Note"),
    ],
)
def test_title_that_is_text(yaml: str, title: str) -> None:
    note = read(f"---\n{yaml}\n---\nBody\n")
    assert note.title == title
    assert not [problem for problem in note.problems if "the file name is the title" in problem.reason]


@pytest.mark.parametrize(
    ("yaml", "values", "links"),
    [
        ("x: {a: {b: [[[1]]]}}", ["1"], []),
        ("x: [[[1]]]", ["1"], []),
        ("x: [[[[A]]]]", ["A"], []),
        ("x: [[ [1] ]]", ["1"], []),
        ("x: [[{a: 1}]]", ["1"], []),
        ("x: {a: {b: [[[1]]]}", [], []),
        ("x: [[A]]", ["[[A]]"], ["A"]),
        ("x: [[[A]], [[B]]]", ["[[A]]", "[[B]]"], ["A", "B"]),
        ("x:\n- [[A]]\n- [[B]]", ["[[A]]", "[[B]]"], ["A", "B"]),
    ],
)
def test_lists_in_lists_are_no_links(yaml: str, values: list[str], links: list[str]) -> None:
    head = read_front_matter("a.md", f"---\n{yaml}\n---\n")
    assert [value.text for field in head.fields for value in field.values] == values
    assert [link.target for field in head.fields for value in field.values for link in value.links] == links


def test_brackets_around_a_link_are_no_part_of_its_target() -> None:
    assert [link.target for link in read("See [[[Ada]]] and ![[[b.png]]].").links] == ["Ada", "b.png"]


@pytest.mark.parametrize(
    "fragment",
    ["%%a:: b\n", "$$\na:: b\n", "a:: %%x%% b ", "[a:: %%x%% ", "<!-- a:: b\n-", "a %%\r", "a::\r", "(a:: b"],
)
@pytest.mark.parametrize("closing", ["", ")", "]"])
def test_hostile_hidden_text_is_read_and_keeps_its_offsets(fragment: str, closing: str) -> None:
    text = fragment * (20_000 // len(fragment)) + closing * (20_000 // len(fragment))
    document = read(text).document
    assert len(document.text) == len(text)
    assert "x" not in document.text  # it stands in comments only

