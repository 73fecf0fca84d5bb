"""Passages: in order, exact, without overlap, and every word that a reader sees in one of them."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.passages import Passage, passages, visible

WORD = re.compile(r"\w+")


def texts(text: str) -> list[str]:
    return [text[each.start : each.end] for each in passages(text)]


def check(text: str, found: Sequence[Passage]) -> None:
    """The laws; raises AssertionError for passages that are not those of a text."""
    seen = visible(text)
    assert len(seen) == len(text)
    assert [each.ordinal for each in found] == list(range(len(found)))
    for one, other in pairwise(found):
        assert one.end <= other.start
    held = [0] * len(text)
    for each in found:
        piece = seen[each.start : each.end]
        assert piece and piece == piece.strip() and WORD.search(piece)
        held[each.start : each.end] = [1] * (each.end - each.start)
    names = " ".join(name for each in found for name in each.headings)
    for match in WORD.finditer(seen):
        inside = sum(held[match.start() : match.end()])
        assert inside in (0, len(match[0]))
        assert inside or match[0].strip("_") in names, match[0]


LINES = st.lists(
    st.sampled_from([
        "# One", "## Two *words*", "### 三级", "Title", "=====", "---", "", "", "A line of words. Another one!", "```python",
        "~~~", "- an item", "  - below it", "1. first", "| a | b |", "|---|---|", "> quoted", "中文的句子。第二句，很短。", "<!-- a",
        "comment -->", "%%hidden%% shown", "%%", "key: value", "\tindented", "#tag not a heading", "{{title}}", "^block-id",
        "word " * 30, "字" * 90, "a sentence of six words. " * 20, "$$", "id:: 65f", "- ## In a list", "#", "- ", "x\u2028y",
    ])
)  # fmt: skip


@settings(max_examples=300)
@given(LINES, st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_word_is_in_one_passage(lines: list[str], newline: str) -> None:
    text = newline.join(lines)
    check(text, passages(text))


@given(st.text(alphabet="#-*`~ \n\r\tab.!?。，中文|%<>{}=_[]()1", max_size=80))
def test_any_characters_do(text: str) -> None:
    check(text, passages(text))


def test_the_check_finds_what_is_wrong() -> None:
    text = "One two.\n\nThree four."
    right = passages(text)
    check(text, right)
    for wrong in ([], [Passage(0, 0, 3, ())], [Passage(0, 0, 22, ()), Passage(1, 5, 8, ())], [Passage(0, 0, 9, ())]):
        with pytest.raises((AssertionError, IndexError)):
            check(text, wrong)


def test_an_empty_note_has_none() -> None:
    for text in ("", "\n \n", "---\ntitle: x\n---\n", "<!-- nothing -->", "***", "%% hidden %%"):
        assert passages(text) == []


def test_front_matter_comments_and_templates_are_left_out() -> None:
    text = "---\r\ntitle: Ada\r\ntags: [a]\r\n---\r\nSeen.\r\n\r\n<!-- not\r\nthis -->\r\n\r\n<% tp.date.now() %>\r\nAlso seen."
    assert texts(text) == ["Seen.\r\n\r\n<!-- not\r\nthis -->\r\n\r\n<% tp.date.now() %>\r\nAlso seen."]
    assert visible(text).split() == ["Seen.", "Also", "seen."]
    assert texts("---\nA line between two rules.\n\n---\nText.") == ["A line between two rules.\n\n---\nText."]


def test_targets_of_links_are_left_out() -> None:
    text = "See [it][a].\n\n[//begin]: # \"made by a tool\"\n[a]: a.md 'A note'\n[b]: <b c.md>\n\n[^1]: A footnote."
    assert visible(text).split() == ["See", "[it][a].", "[^1]:", "A", "footnote."]


def test_code_is_seen_whatever_it_looks_like() -> None:
    text = "```sh\n# no heading\nprintf '%%'; echo '<!-- x -->' '%%'\n```"
    assert texts(text) == [text]
    assert visible(text) == text


def test_passages_stand_under_their_headings() -> None:
    text = "Before.\n\n# A\n\n## B `c`\n\nIn B.\n\n## [[D|E]]\n\n# F\n\nIn F.\n\nG\n=\n\nIn G."
    found = [(each.headings, text[each.start : each.end]) for each in passages(text)]
    assert found == [
        ((), "Before."), (("A", "B c"), "In B."), (("A",), "## [[D|E]]"), (("F",), "In F."), (("G",), "In G."),
    ]  # fmt: skip


def test_short_neighbours_are_together_and_long_ones_apart() -> None:
    short = "Five words are in it."
    assert len(passages("\n\n".join([short] * 10))) == 1
    assert len(passages("\n\n".join([short] * 20))) == 2
    assert len(passages(f"# A\n{short}\n# B\n{short}")) == 2


def test_long_paragraphs_are_parted_between_sentences() -> None:
    sentence = "This is a sentence of just eight words. "
    parts = texts((sentence * 50).strip())
    assert len(parts) == 3
    assert all(part.startswith("This") and part.endswith("words.") for part in parts)
    chinese = texts("这是一个十个字的句子吗。" * 40)
    assert len(chinese) == 3
    assert all(part.endswith("。") and 100 <= len(part) <= 180 for part in chinese)
    assert len(texts("字" * 400)) == 3


def test_long_lists_and_tables_are_parted_between_items() -> None:
    items = "\n".join(f"- item {number} has seven words in it" for number in range(60))
    parts = texts(items)
    assert len(parts) > 2
    assert all(part.startswith("- item") for part in parts)
    rows = "| a | b |\n|---|---|\n" + "\n".join(f"| row {number} | with words in it |" for number in range(80))
    assert len(texts(rows)) > 2
    assert all(part.startswith("|") and part.endswith("|") for part in texts(rows))
    assert texts("- one\n\n  more of one\n- two\n\nAfter.") == ["- one\n\n  more of one\n- two\n\nAfter."]


def test_abbreviations_end_no_sentence() -> None:
    text = ("Dr. Ada B. Lovelace wrote it, e.g. here, with Mr. Babbage and others of the time, at length. " * 20).strip()
    assert len(texts(text)) > 1
    assert all(part.endswith("length.") for part in texts(text))


SLOW = """
from kg.passages import passages
for text in (
    "<!-- " * 100_000, ":LOGBOOK:\\n" * 50_000, "```\\n<!-- a -->\\n```\\n" * 30_000, "# a" + " " * 100_000 + "b",
    "Some words. " * 50_000, "- an item\\n" * 80_000, "a_" + "_" * 100_000 + "b", "| a | b |\\n" * 50_000,
):
    passages(text)
"""


def test_texts_made_to_take_long_do_not() -> None:
    """Each of them takes minutes where the time grows with the square of the length."""
    subprocess.run([sys.executable, "-c", SLOW], timeout=120, check=True)
