"""Markdown notes by example: every feature with a literal note and what must come of it."""

from __future__ import annotations

from datetime import date

import pytest

from kg.importers import importer_for
from kg.model import Field, Note


def read(text: str, path: str = "folder/Note.md") -> Note:
    importer = importer_for(path)
    assert importer is not None
    (note,) = importer.read(path, text.encode())
    assert isinstance(note, Note)
    return note


def blocks(note: Note) -> list[tuple[str, str]]:
    """The kind and the words of every block."""
    shown = note.document.text
    return [(block.kind, " ".join(shown[block.start : block.end].split())) for block in note.document.blocks]


def words(text: str) -> str:
    """All that is left of a text."""
    return " ".join(read(text).document.text.split())


def links(note: Note) -> list[tuple[str, str, str, bool]]:
    return [(link.target, link.anchor, link.label, link.embed) for link in note.links]


def values(note: Note) -> dict[str, list[object]]:
    return {field.key: [value.value for value in field.values] for field in note.fields}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**bold** and *it* and ***both*** __d__ _e_", "bold and it and both d e"),
        ("snake_case_name, 2 * 3 and 5* hotel", "snake_case_name, 2 * 3 and 5* hotel"),
        ("**中文**和*重点*", "中文 和 重点"),
        ("==high== ~~gone~~ a == b", "high gone a == b"),
        (r"\*not\* \[a\]", "*not * [a ]"),
        ("Uses `PyTorch` and `git rebase`.", "Uses PyTorch and git rebase ."),
        ("Run `ls -la`, `f(x)`, `a/b`, `$HOME`, `x=1` or `--all`!", "Run , , , , or !"),
        ("A `` b`c `` d", "A d"),
        ("An `open code", "An `open code"),
        ("Energy $E=mc^2$ costs $5 and $10.", "Energy costs $5 and $10."),
        ("Sum $$x+y$$ done", "Sum done"),
        ("seen %%hidden%% and <!-- also --> seen", "seen and seen"),
        ("line<br>break <kbd>Ctrl</kbd> a<b", "line break Ctrl a<b"),
        ("R&amp;D&nbsp;x &copy;", "R& D x"),
        ("See https://a.org/b_(c). Or www.a.org, <https://b.org> <me@b.org>", "See . Or , me@b.org"),
        ("[site](https://a.org 'T') and [mail](mailto:a@b.c)", "site and mail"),
        ("[[Note]] [[Note|alias]] [[dir/Note#Head]] [[#Head]] [[#^b]]", "Note alias Note Head"),
        ("![[Note]] ![alt](a.png) ![[p.png|200]] end", "end"),
        ("[a **b** c](x.md) [text][ref] [^1] ^[aside] [plain]\n\n[ref]: y.md", "a b c text aside [plain]"),
        ("Logseq ((64f0c1de-1234-4abc-8def-0123456789ab)) {{query (todo)}} end", "Logseq end"),
        ("ends here ^block-1", "ends here"),
        ("2^10 stays ^x y", "2^10 stays ^x y"),
        ("Hard\\\nbreak  \nhere", "Hard break here"),
        ("C# and C++ and F# stay, #1 too", "C# and C++ and F# stay, #1 too"),
        (
            "Unclosed [[link and **bold and $x and %%c and <!-- d",
            "Unclosed [[link and **bold and $x and %%c and <!-- d",
        ),
    ],
)
def test_inline_markup_is_blanked_and_words_stay(written: str, shown: str) -> None:
    assert words(written) == shown


@pytest.mark.parametrize(
    "hidden",
    [
        "```py\nimport os\n```",
        "~~~\ncode\n~~~",
        "    indented code",
        "$$\nx = y\n\nz\n$$",
        "%%\na comment\n\nof two paragraphs\n%%",
        "<!--\na\n\nb\n-->",
        "<script>\nlet a\n</script>",
        "[ref]: target.md 'Title'",
        ":LOGBOOK:\nCLOCK: [2024]\n:END:",
        "---",
        "![[Note]]",
    ],
)
def test_block_that_is_no_text_leaves_nothing(hidden: str) -> None:
    note = read(f"Before.\n\n{hidden}\n\nAfter.")
    assert blocks(note) == [("paragraph", "Before."), ("paragraph", "After.")]
    assert [link.target for link in note.links] == (["Note"] if "[[" in hidden else [])


def test_nothing_in_code_is_a_link_or_a_tag() -> None:
    note = read("```\n[[A]] #b\n```\n\n`[[C]] #d` and $[[E]]$ %%[[F]] #g%% <!-- [[H]] -->\n\n    [[I]] #j\n")
    assert note.links == () and note.tags == ()


def test_text_behind_a_comment_of_several_lines_is_kept() -> None:
    assert blocks(read("%%\nhidden\n%% shown *words*\n")) == [("paragraph", "shown words")]


def test_blocks_have_kinds_levels_and_hard_wraps() -> None:
    note = read(
        "# One *two*\n\nA paragraph\non two lines.\n\n- item\n  - nested\n\n    more\n\n> quote\n> goes on\n\nLast\n----\n\n1. num\n"
    )
    assert blocks(note) == [
        ("heading", "One two"),
        ("paragraph", "A paragraph on two lines."),
        ("list item", "item"),
        ("list item", "nested"),
        ("list item", "more"),
        ("quote", "quote goes on"),
        ("heading", "Last"),
        ("list item", "num"),
    ]
    assert [block.level for block in note.document.blocks] == [1, 0, 0, 0, 0, 0, 2, 0]
    assert all((b.start, b.end) == (b.unit_start, b.unit_end) for b in note.document.blocks)


def test_table_cells_are_blocks_and_their_row_is_the_unit() -> None:
    text = "| Name | Uses |\n|---|---|\n| [[Ada\\|A]] | C \\| D |\n| [[B|b]] | `x` |\n"
    note = read(text)
    assert blocks(note) == [
        ("table cell", "Name"),
        ("table cell", "Uses"),
        ("table cell", "A"),
        ("table cell", "C | D"),
        ("table cell", "b"),
        ("table cell", "x"),
    ]
    rows = [text[block.unit_start : block.unit_end] for block in note.document.blocks]
    assert rows[2] == rows[3] == "| [[Ada\\|A]] | C \\| D |"
    assert links(note) == [("Ada", "", "A", False), ("B", "", "b", False)]


def test_table_in_a_quote_or_a_list() -> None:
    note = read("> | a | b |\n> |---|---|\n> | c | d |\n\n- | e | f |\n  |---|---|\n  | g | h |\n")
    assert [shown for _, shown in blocks(note)] == list("abcdefgh")


def test_tasks_and_callouts_lose_their_marks() -> None:
    note = read("- [ ] Write it\n- [x] Done\n- TODO Later\n\n> [!note]- The title\n> The body [[Ada]].\n")
    assert blocks(note) == [
        ("list item", "Write it"),
        ("list item", "Done"),
        ("list item", "Later"),
        ("quote", "The title"),
        ("quote", "The body Ada ."),
    ]


def test_footnotes_keep_their_text() -> None:
    assert blocks(read("Fact.[^1]\n\n[^1]: The *source* says so.\n")) == [
        ("paragraph", "Fact."),
        ("paragraph", "The source says so."),
    ]


def test_html_blocks_keep_their_text() -> None:
    assert words('<p align="center">\nHello <b>there</b>\n</p>') == "Hello there"


def test_links_of_all_styles() -> None:
    note = read(
        "[[A]] [[b/C.md#H|l]] ![[d.png|200]] [e](../x%20y.md#h) [f](<g h.md> 'T') ![i](j.png) [k](#l) "
        "[m](My note.md) [n][o] [o] [[https://x.y]] [p](http://x.y) [q](obsidian://open) [r]()\n\n[o]: s.md 'T'\n"
    )
    assert links(note) == [
        ("A", "", "", False),
        ("b/C.md", "H", "l", False),
        ("d.png", "", "200", True),
        ("../x y.md", "h", "e", False),
        ("g h.md", "", "f", False),
        ("j.png", "", "i", True),
        ("", "l", "k", False),
        ("My note.md", "", "m", False),
        ("s.md", "", "n", False),
        ("s.md", "", "o", False),
    ]
    assert [link.style for link in note.links[:4]] == ["wiki", "wiki", "wiki", "markdown"]
    for link in note.links:
        assert note.text[link.start : link.end].strip("!")[0] == "["


def test_wiki_link_beats_a_reference_of_the_same_name() -> None:
    note = read("See [[graph-view]].\n\n[graph-view]: graph-view.md 'Graph View'\n")
    assert [(link.target, link.style) for link in note.links] == [("graph-view", "wiki")]


def test_link_spans_the_line_break_of_its_label() -> None:
    note = read("> see [a\n> b](c.md) end\n")
    assert [(link.target, note.text[link.start : link.end]) for link in note.links] == [("c.md", "[a\n> b](c.md)")]
    assert blocks(note) == [("quote", "see a b end")]


def test_image_inside_a_link_gives_both() -> None:
    assert links(read("[![badge](x.svg)](y.md) z")) == [("y.md", "", "", False), ("x.svg", "", "badge", True)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("#a #b/c-d and #标签 #🌲 (#in)", ["a", "b/c-d", "标签", "🌲", "in"]),
        ("#1 #2024 #1a #y2024 #1/2", ["1a", "y2024"]),
        ("# Heading #tagged\n\na#b C# https://x.y/#z [t](u#v) `#w`", ["tagged"]),
        ("#a, #b. #c! (#d) #e/", ["a", "b", "c", "d", "e"]),
        ("- #item\n> #quoted", ["item", "quoted"]),
        ("#[[two words]]", ["two words"]),
        ("## \n#", []),
    ],
)
def test_tags(text: str, names: list[str]) -> None:
    note = read(text)
    assert [tag.name for tag in note.tags] == names
    for tag in note.tags:
        assert note.text[tag.start : tag.end] in (f"#{tag.name}", f"#[[{tag.name}]]")


def test_tag_in_a_sentence_stays_a_word_and_one_behind_it_does_not() -> None:
    assert words("The #python community likes #area/sub it #one #two") == "The python community likes it"


def test_dataview_fields() -> None:
    text = (
        "Intro.\n\nowner:: [[Ada]], [[Bob]]\n**Due date**:: 2024-05-06\nText with [status:: on hold] and (role:: lead (acting)).\n"
        '- stars:: 4.5\n- done:: true\n- [tools:: "a", "b"]\n- note:: see [[C]] there\n- empty::\n'
    )
    note = read(text)
    assert values(note) == {
        "owner": ["[[Ada]]", "[[Bob]]"],
        "Due date": [date(2024, 5, 6)],
        "status": ["on hold"],
        "role": ["lead (acting)"],
        "stars": [4.5],
        "done": [True],
        "tools": ["a", "b"],
        "note": ["see [[C]] there"],
    }
    spans = {field.key: text[field.values[0].start : field.values[0].end] for field in note.fields}
    assert spans["owner"] == "owner:: [[Ada]], [[Bob]]"
    assert spans["Due date"] == "**Due date**:: 2024-05-06"
    assert spans["status"] == "[status:: on hold]"
    assert spans["role"] == "(role:: lead (acting))"
    assert spans["stars"] == "- stars:: 4.5"
    assert [[link.target for link in value.links] for value in note.fields[0].values] == [["Ada"], ["Bob"]]
    assert all(field.origin == "inline" for field in note.fields)
    assert [link.target for link in note.links] == ["Ada", "Bob", "C"]
    shown = [block[1] for block in blocks(note)]
    assert shown[:4] == ["Intro.", "Ada , Bob", "2024-05-06", "Text with status on hold and lead (acting) ."]


@pytest.mark.parametrize("text", ["std::vec is fast", "f :: Int -> Int", "`a:: b`", "http://a::b", "# a:: b"])
def test_double_colon_elsewhere_is_no_field(text: str) -> None:
    assert read(text).fields == ()


def test_logseq_page() -> None:
    note = read(
        "title:: The page\nalias:: one, two\ntags:: [[deep work]], plain, #hash\nid:: p-1\n\n"
        "- A block\n  id:: 64f0c1de-1234-4abc-8def-0123456789ab\n  collapsed:: true\n- See [[a/b]]\n",
        "pages/the___page.md",
    )
    assert note.title == "The page"
    assert note.aliases == ("one", "two", "the/page")
    assert note.id == "p-1"
    assert sorted(tag.name for tag in note.tags) == ["deep work", "hash", "plain"]
    assert blocks(note) == [("list item", "A block"), ("list item", "See b")]
    assert [field.key for field in note.fields] == ["title", "alias", "tags", "id"]


@pytest.mark.parametrize(
    ("path", "text", "title", "aliases"),
    [
        ("My note.md", "# A heading\n", "My note", ("A heading",)),
        ("My note.md", "Text.\n\n# A heading\n", "My note", ()),
        ("My note.md", "## Second\n", "My note", ()),
        ("vim/black-hole.md", "# The *Black* [[Hole|Pit]] `x`\n", "The Black Pit x", ("black-hole",)),
        ("some_slug.md", "no heading", "some_slug", ()),
        ("inbox.md", "# Inbox\n", "inbox", ("Inbox",)),
        ("a-b.md", "---\ntitle: Stated\naliases: [X]\n---\n# H\n", "Stated", ("X", "a-b", "H")),
        ("a-b.md", "---\nx: 1\n---\n\n# H\n", "H", ("a-b",)),
        ("journals/2024_01_05.md", "# Friday\n", "2024_01_05", ()),
        ("a%2Fb.md", "", "a/b", ()),
        ("proj.lantern.design.md", "---\ntitle: Design\n---\n", "Design", ("proj.lantern.design",)),
    ],
)
def test_title_and_aliases(path: str, text: str, title: str, aliases: tuple[str, ...]) -> None:
    note = read(text, path)
    assert (note.title, note.aliases) == (title, aliases)


@pytest.mark.parametrize(
    ("path", "head", "day"),
    [
        ("2024-01-05.md", "", date(2024, 1, 5)),
        ("journals/2024_01_05.md", "", date(2024, 1, 5)),
        ("Daily/20240105.md", "", date(2024, 1, 5)),
        ("Daily/2024-01-05 Fri.md", "", date(2024, 1, 5)),
        ("20240105.md", "", None),
        ("2024-13-05.md", "", None),
        ("2024-01-05 Meeting.md", "", None),
        ("Today.md", "type: daily\ndate: 2024-01-05", date(2024, 1, 5)),
        ("Today.md", "type: daily\ncreated: 2024-01-05T10:00:00", date(2024, 1, 5)),
        ("Today.md", "type: daily", None),
        ("Today.md", "date: 2024-01-05", None),
    ],
)
def test_daily_notes(path: str, head: str, day: date | None) -> None:
    assert read(f"---\n{head}\n---\ntext\n", path).daily == day


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines_are_kept_and_mean_the_same(newline: str) -> None:
    source = "---\ntitle: T\n---\n\n> a *b*\n> c [[D]] ^id\n\n- key:: v\n- | no\n\nx\ny #t\n"
    note, plain = read(source.replace("\n", newline)), read(source)
    assert note.text == source.replace("\n", newline)
    assert note.document.text.replace(newline, "\n") == plain.document.text
    assert blocks(note) == blocks(plain)
    assert links(note) == links(plain)
    for ours, theirs in zip(note.fields, plain.fields, strict=True):
        assert _slices(note, ours) == _slices(plain, theirs)


def _slices(note: Note, field: Field) -> list[str]:
    return [note.text[value.start : value.end] for value in field.values]


def test_deep_nesting_is_read_and_too_deep_is_a_problem() -> None:
    outline = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(40))
    assert len(blocks(read(outline))) == 40
    deeper = "".join(f"{'  ' * depth}- level {depth}\n" for depth in range(60))
    (problem,) = read(deeper).problems
    assert "50 levels" in problem.reason
    assert problem.line is not None and 48 <= problem.line <= 51


HOSTILE = (
    "[",
    "[[",
    "[[a [b ",
    "![a [a](b) ",
    "[a](",
    "(a:: ",
    "[a:: ",
    "`a",
    "*a ",
    "$a ",
    "<a ",
    "%%\n",
    ":a:\n",
    "> ",
    "a:: b\n",
    "&#",
    "#a",
)


@pytest.mark.parametrize("fragment", HOSTILE)
def test_hostile_text_is_read_and_keeps_its_offsets(fragment: str) -> None:
    text = fragment * (40_000 // len(fragment))
    note = read(text)
    assert len(note.document.text) == len(text)
    assert all(shown in (" ", own) for shown, own in zip(note.document.text, text, strict=True))
