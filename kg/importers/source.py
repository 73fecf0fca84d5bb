"""The bytes of a file as the text of a note, or the reason why they are none."""

from __future__ import annotations

import hashlib
import re

from kg.errors import NoteError

__all__ = ["MAX_BYTES", "MAX_LINE", "check_lines", "content_hash", "decode"]

MAX_BYTES = 5_000_000
"""Bytes of the largest note: about 800,000 English words, more than any note that a person wrote."""

MAX_LINE = 1_000_000
"""Characters of the longest line; beyond it a file is data, whatever its suffix says."""

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NEWLINE = re.compile(r"\r\n?|\n")
_NEWLINE_BYTES = re.compile(rb"\r\n?|\n")
_SAMPLE = 8192
_CONTROL_SHARE = 0.05
"""A file is binary if more than this share of its first `_SAMPLE` bytes are control characters."""


def content_hash(content: bytes) -> str:
    """Return the SHA-256 of the bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def decode(path: str, content: bytes, limit: int = MAX_BYTES) -> str:
    """Return the text of a note: UTF-8 without a byte order mark, newlines as they are.

    Args:
        path: how an error calls the file.
        limit: the largest size in bytes.

    Raises:
        NoteError: too large, binary, in another encoding, or with a line over `MAX_LINE` characters;
            `line` (from 1) is set where one line is to blame.
    """
    if len(content) > limit:
        raise NoteError(path, f"has {len(content):,} bytes; the limit for a note is {limit:,}. Split it")
    if content.startswith(_UTF16_MARKS):
        raise NoteError(path, "is UTF-16 (it begins with a UTF-16 byte order mark); save it as UTF-8")
    if (position := content.find(b"\0")) >= 0:
        line = _line_at(content, position)
        raise NoteError(path, "is a binary file (it holds NUL bytes), or UTF-16; save it as UTF-8", line)
    if len(_CONTROL.findall(content, 0, _SAMPLE)) > _CONTROL_SHARE * min(len(content), _SAMPLE):
        raise NoteError(path, "is a binary file (it is full of control characters), not text")
    body = content.removeprefix(_UTF8_MARK)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        position = error.start + len(content) - len(body)
        line = _line_at(content, position)
        where = f"byte 0x{content[position]:02X} at position {position:,}, line {line}"
        raise NoteError(path, f"is not UTF-8 ({where}); save it as UTF-8", line) from error
    check_lines(path, text)
    return text


def check_lines(path: str, text: str) -> None:
    """Refuse a text with a line over `MAX_LINE` characters.

    Raises:
        NoteError: with the number of the line.
    """
    if len(text) <= MAX_LINE:
        return
    for number, line in enumerate(_NEWLINE.split(text), start=1):
        if len(line) > MAX_LINE:
            raise NoteError(path, f"line {number} has {len(line):,} characters; the limit is {MAX_LINE:,}", number)


def _line_at(content: bytes, position: int) -> int:
    return len(_NEWLINE_BYTES.findall(content, 0, position)) + 1
