"""Segments by script, collapsed white space, and words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.importers import importer_for
from kg.model import Note
from kg.text import compact, count_words, has_han, segments

PIECES = ["笔记", "知识图谱。", "，", "！", "？", "; ", "Ada", " met ", "her. ", "v1.2 ", "\n", "\n\n", "- ", "# ", "  ", ". ", "...", "e.g. 例", "🌲"]
mixed = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def read(text: str) -> Note:
    importer = importer_for("a.md")
    assert importer is not None
    (note,) = importer.read("a.md", text.encode())
    assert isinstance(note, Note)
    return note


def cut(text: str) -> list[tuple[str, str]]:
    document = read(text).document
    return [(s.language, document.text[s.start : s.end]) for s in segments(document)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada met her. They left.", [("en", "Ada met her. They left.")]),
        ("我读了书。很好！", [("zh", "我读了书。"), ("zh", "很好！")]),
        ("今天下雨；没出门", [("zh", "今天下雨；"), ("zh", "没出门")]),
        ("真的？！好。", [("zh", "真的？！"), ("zh", "好。")]),
        ("我用Rust。", [("zh", "我用Rust。")]),
        ("读了论文。Oxigraph is written in Rust。很好。", [("zh", "读了论文。"), ("en", "Oxigraph is written in Rust。"), ("zh", "很好。")]),
        ("读了论文。Oxigraph is written in Rust. 很好。", [("zh", "读了论文。"), ("en", "Oxigraph is written in Rust."), ("zh", "很好。")]),
        ("Ada met her. 她很好。", [("en", "Ada met her."), ("zh", "她很好。")]),
        ("用 Python 3.12 版本。OK。", [("zh", "用 Python 3.12 版本。"), ("zh", "OK。")]),
        ("见 example.org 网站。", [("zh", "见 example.org 网站。")]),
        ("等等... 好", [("zh", "等等..."), ("zh", "好")]),
        ("# 标题\n\nAda met her.", [("zh", "标题"), ("en", "Ada met her.")]),
        ("", []),
        ("\n \n", []),
    ],
)  # fmt: skip
def test_text_is_cut_by_language(text: str, expected: list[tuple[str, str]]) -> None:
    assert cut(text) == expected


@given(mixed)
def test_segments_are_in_order_inside_blocks_and_leave_nothing_out(text: str) -> None:
    document = read(text).document
    end = 0
    kept = [" "] * len(document.text)
    for segment in segments(document):
        assert end <= segment.start < segment.end
        assert segment.block.start <= segment.start and segment.end <= segment.block.end
        inside = document.text[segment.start : segment.end]
        assert inside == inside.strip()
        assert segment.language == "zh" or not has_han(inside)
        kept[segment.start : segment.end] = inside
        end = segment.end
    for block in document.blocks:
        before = document.text[block.start : block.end]
        assert "".join(kept[block.start : block.end]).split() == before.split()


@given(st.text(alphabet="ab \t\n\r", max_size=30), st.data())
def test_compact_keeps_positions(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    line, positions = compact(text, start, end)
    assert line == re.sub(r"\s\s+|[\t\n\r]", " ", text[start:end])
    assert len(line) == len(positions)
    assert list(positions) == sorted(set(positions))
    for character, position in zip(line, positions, strict=True):
        assert start <= position < end
        assert text[position] == character or (character == " " and text[position].isspace())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", 0), ("one two", 2), ("don't stop", 2), ("e.g. this", 2), ("知识图谱", 4), ("用Rust写", 3), ("v1.2", 1), ("a-b", 1), ("...", 0)],
)
def test_words_are_counted(text: str, expected: int) -> None:
    assert count_words(text) == expected


@pytest.mark.parametrize(("text", "expected"), [("abc", False), ("あ", False), ("漢", True), ("a 图 b", True), ("", False)])
def test_han_characters(text: str, expected: bool) -> None:
    assert has_han(text) is expected
