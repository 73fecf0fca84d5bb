"""Bytes to text, and the reasons why not."""

from __future__ import annotations

import pytest

from kg.errors import NoteError
from kg.importers import MAX_LINE, decode


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"a\r\nb\rc\n", "a\r\nb\rc\n"),
        ("\ufeffé笔🌲".encode(), "é笔🌲"),
        (b"\x1b[1mx\t\x0c", "\x1b[1mx\t\x0c"),
    ],
)
def test_text_is_kept_as_it_is(content: bytes, text: str) -> None:
    assert decode("a.md", content) == text


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        (b"one\ntwo caf\xe9\n", "is not UTF-8 (byte 0xE9 at position 11, line 2); save it as UTF-8", 2),
        (b"\xef\xbb\xbfone\n\xff", "is not UTF-8 (byte 0xFF at position 7, line 2); save it as UTF-8", 2),
        ("图灵机的停机问题".encode("gb18030"), "is not UTF-8", 1),
        ("text".encode("utf-16"), "is UTF-16", None),
        ("\ufefftext".encode("utf-16-be"), "is UTF-16", None),
        ("text".encode("utf-16-le"), "or UTF-16", 1),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary", 3),
        (bytes(range(1, 32)) * 10, "binary", None),
    ],
)
def test_what_is_no_utf8_text_is_named(content: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(NoteError) as caught:
        decode("dir/a.md", content)
    assert reason in caught.value.reason
    assert caught.value.line == line and caught.value.path == "dir/a.md"


def test_limits_are_said() -> None:
    with pytest.raises(NoteError, match=r"has 11 bytes; the limit for a note is 10"):
        decode("a.md", b"x" * 11, limit=10)
    with pytest.raises(NoteError, match=r"line 3 has 1,000,001 characters") as caught:
        decode("a.md", b"\n\n" + b"x" * (MAX_LINE + 1))
    assert caught.value.line == 3
