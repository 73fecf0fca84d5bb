"""What every importer promises, run for each one that is registered.

A test module imports the names of this one; `name` runs over `IMPORTERS.names()`.
"""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kg.importers import IMPORTERS, MAX_BYTES, MAX_LINE, Importer
from kg.model import Failure, Note

every_importer = pytest.mark.parametrize("name", IMPORTERS.names())

FRAGMENTS = (
    "Ada", "Babbage met her", "笔记", "naïve", "🌲", " ", "  ", "    ", "\t", "\n", "\n\n", "\r\n", "\r", "- ", "* ", "1. ", "> ",
    "# ", "## ", "#tag", "#a/b", "#1", "[[", "]]", "[[Note]]", "[[Note#Head|alias]]", "![[pic.png]]", "|", "\\|", "\\",
    "[", "](", ")", "(", "]", "![", "[x](y.md)", "[x](<a b.md> 'T')", "`", "``", "`code`", "```", "~~~", "*", "**", "_", "~~",
    "==", "$", "$$", "$x^2$", "%%", "<!--", "-->", "<b>", "</b>", "<div>", "<https://a.b>", "https://a.b/c).", "www.a.b",
    "&amp;", "&nbsp;", "::", "key:: value", "[k:: v]", "(k:: v)", "**Key**:: [[v]]", "[^1]", "[^1]: ", "^[", " ^id", "---", "===",
    "| a | b |\n|---|---|\n| c | d |", "|-", "[ref]: x.md 'T'", "[ref]", "[ ] ", "[!note] ", ":LOGBOOK:", ":END:", "TODO ",
    "((64f0c1de-1234-4abc-8def-0123456789ab))", "{{q}}", "\x0b", "\x0c", "\u2028", "\xa0", "\x85", "---\ntitle: x\n---\n",
    "---\n", "a: {{b}}\n", "tags: [a, b]\n", "'", '"', ":", ",",
)  # fmt: skip
"""Markup whole and in halves, and every character that some library takes for a line break."""

markdownish = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join),
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=6), max_size=25).map("".join),
).filter(lambda text: "\0" not in text)


def wrap(importer: Importer, text: str) -> bytes:
    """Write a text in the importer's own format."""
    if importer.name == "jsonl":
        return json.dumps({"id": "n", "text": text}).encode()
    return text.encode()


def path_for(importer: Importer) -> str:
    return f"folder/some note{min(importer.suffixes)}"


def read_all(importer: Importer, content: bytes) -> list[Note | Failure]:
    return list(importer.read(path_for(importer), content))


def check_laws(note: Note) -> None:
    """Assert what holds for every note: offsets, blocks and spans."""
    text, shown = note.text, note.document.text
    assert len(shown) == len(text)
    for place, (before, after) in enumerate(zip(text, shown, strict=True)):
        assert after == before or (after == " " and before not in "\r\n"), (place, before, after)
    end = 0
    for block in note.document.blocks:
        assert end <= block.start < block.end, block
        inside = shown[block.start : block.end]
        assert inside == inside.strip(), block
        assert block.unit_start <= block.start and block.end <= block.unit_end <= len(text), block
        assert (block.level > 0) == (block.kind == "heading")
        end = block.end
    for link in note.links:
        written = text[link.start : link.end]
        if link.style == "wiki":
            assert written.startswith("![[" if link.embed else "[[") and written.endswith("]]"), link
            assert link.target in written and link.anchor in written and link.label in written
        else:
            assert written.startswith("![" if link.embed else "[") and written[-1] in ")]", link
    for tag in note.tags:
        assert tag.name and not tag.name.startswith("#")
        assert tag.name in text[tag.start : tag.end] or (tag.start, tag.end) == (0, 0), tag
    for field in note.fields:
        assert field.key and field.values
        for value in field.values:
            assert 0 <= value.start <= value.end <= len(text)
            if field.origin == "inline":
                written = text[value.start : value.end]
                assert field.key in written
                if "%%" in written or "<!--" in written:  # comments in a value are left out
                    assert all(word in written for word in value.text.split())
                else:
                    assert value.text in written
            for link in value.links:
                assert field.origin == "json" or value.start <= link.start < link.end <= value.end
    assert len(note.content_hash) == 64 and int(note.content_hash, 16) >= 0
    assert len(set(note.aliases)) == len(note.aliases)


@every_importer
@settings(max_examples=300, deadline=None)
@given(text=markdownish)
@example(text="\x0c\n# a")
@example(text="[[a|b")
@example(text="- $$\nx\n- $$ y")
@example(text="> %%\na %% b")
@example(text="k:: a %% b %% c\rj:: <!-- d\r\nl:: e --> f")
@example(text="x [k:: a %%b\r\n%% c]\rd \\\re")
def test_offset_law_holds_for_any_text(name: str, text: str) -> None:
    importer: Importer = IMPORTERS.load(name)
    (note,) = read_all(importer, wrap(importer, text))
    if isinstance(note, Failure):  # a text full of control characters
        assert "binary" in note.reason
        return
    check_laws(note)
    assert note.text == text


@every_importer
@settings(max_examples=100, deadline=None)
@given(text=markdownish)
def test_same_bytes_give_equal_notes(name: str, text: str) -> None:
    importer: Importer = IMPORTERS.load(name)
    content = wrap(importer, text)
    assert read_all(importer, content) == read_all(importer, content)


@every_importer
@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_give_notes_or_failures(name: str, content: bytes) -> None:
    importer: Importer = IMPORTERS.load(name)
    for result in read_all(importer, content):
        assert isinstance(result, Note | Failure)
        assert result.path == path_for(importer)
        if isinstance(result, Note):
            check_laws(result)


@every_importer
def test_text_with_markup_of_every_kind_keeps_its_words(name: str) -> None:
    importer: Importer = IMPORTERS.load(name)
    (note,) = read_all(importer, wrap(importer, "Ada met **Charles Babbage** in 1833.\n\n她在伦敦。🌲 Café\n"))
    assert isinstance(note, Note)
    shown = note.document.text
    for phrase in ("Charles Babbage", "in 1833.", "她在伦敦。🌲 Café"):
        place = note.text.index(phrase)
        assert shown[place : place + len(phrase)] == phrase
        assert any(block.start <= place and place + len(phrase) <= block.end for block in note.document.blocks)
    assert len(note.document.blocks) == 2


@every_importer
def test_wrong_encoding_is_named_with_its_line(name: str) -> None:
    importer: Importer = IMPORTERS.load(name)
    (failure,) = read_all(importer, b"\n" + wrap(importer, "caf@").replace(b"@", b"\xe9"))
    assert isinstance(failure, Failure)
    assert failure.line == 2
    assert re.search(r"not UTF-8 \(byte 0xE9.*save it as UTF-8", failure.reason)


@every_importer
def test_byte_order_mark_is_no_text(name: str) -> None:
    importer: Importer = IMPORTERS.load(name)
    (note,) = read_all(importer, b"\xef\xbb\xbf" + wrap(importer, "Ada"))
    assert isinstance(note, Note)
    assert note.text == "Ada"


@every_importer
def test_too_long_a_line_is_a_failure_with_its_line(name: str) -> None:
    importer: Importer = IMPORTERS.load(name)
    (failure,) = read_all(importer, wrap(importer, "a\n" + "b" * (MAX_LINE + 1)))
    assert isinstance(failure, Failure)
    assert "1,000,001" in failure.reason and f"{MAX_LINE:,}" in failure.reason


@every_importer
def test_too_large_a_note_is_a_failure_with_the_limit(name: str) -> None:
    importer: Importer = IMPORTERS.load(name)
    (failure,) = read_all(importer, wrap(importer, "word and\n" * (MAX_BYTES // 8)))
    assert isinstance(failure, Failure)
    assert f"{MAX_BYTES:,}" in failure.reason
