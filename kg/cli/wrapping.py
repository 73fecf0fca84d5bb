"""Text with marked spans, wrapped to the columns of a terminal, with colours or without."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import click

from kg.query.table import one_line, width_of

__all__ = ["Ink", "mark_names", "wrapped"]

_ON, _OFF = "\x0e", "\x0f"
"""What stands at both ends of a marked span; `one_line` leaves neither in a text."""
_LEAST = 20
"""Columns that a text keeps, however narrow the terminal."""


@dataclass(frozen=True, slots=True)
class Ink:
    """How marked spans and headings are written: in colours, or by signs alone."""

    has_colours: bool

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Ink:
        """Choose by the environment: no colours where NO_COLOR is set, or the terminal is a dumb one."""
        return cls(not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb")

    @classmethod
    def here(cls) -> Ink:
        """Choose by the environment of this process."""
        return cls.of(os.environ)

    def heading(self, text: str) -> str:
        """Write what is to be read first."""
        return click.style(text, bold=True) if self.has_colours else text

    def faint(self, text: str) -> str:
        """Write what need not be read."""
        return click.style(text, dim=True) if self.has_colours else text

    @property
    def marks(self) -> tuple[str, str]:
        """Return what is written before and after a marked span."""
        return ("\x1b[1;33m", "\x1b[0m") if self.has_colours else ("«", "»")


def mark_names(text: str, names: Iterable[str]) -> str:
    """Return a text on one line in which names are marked, whatever their case; the longest first, none inside another.

    A name of letters is found as a word only, one in Chinese anywhere.
    """
    shown = " ".join(one_line(text).split())
    wanted = sorted({" ".join(one_line(name).split()) for name in names} - {""}, key=lambda name: (-len(name), name))
    if not wanted:
        return shown
    pattern = "|".join(_pattern(name) for name in wanted)
    return re.sub(pattern, lambda match: f"{_ON}{match[0]}{_OFF}", shown, flags=re.IGNORECASE)


def _pattern(name: str) -> str:
    before = r"(?<!\w)" if name[0].isascii() and name[0].isalnum() else ""
    after = r"(?!\w)" if name[-1].isascii() and name[-1].isalnum() else ""
    return f"{before}{re.escape(name)}{after}"


def wrapped(text: str, width: int | None, ink: Ink, first: str = "", rest: str = "") -> Iterator[str]:
    """Yield the lines of a text; wide characters take two columns, and may be parted.

    Args:
        width: columns of the terminal; None wraps nothing.
        first: what the first line begins with. rest: what all others do.
    """
    lines = [text] if width is None else list(_broken(text, max(width - width_of(first), _LEAST), _sign_width(ink)))
    is_open = False
    for number, line in enumerate(lines or [""]):
        # A span that goes on in the next line is ended here and begun there again.
        written = f"{_ON}{line}" if is_open else line
        is_open = written.rfind(_ON) > written.rfind(_OFF)
        closed = f"{written}{_OFF}" if is_open else written
        yield (rest if number else first) + closed.replace(_ON, ink.marks[0]).replace(_OFF, ink.marks[1])


def _sign_width(ink: Ink) -> int:
    return 0 if ink.has_colours else 1


def _broken(text: str, room: int, sign: int) -> Iterator[str]:
    """Yield lines of at most so many columns."""
    line = ""
    for piece in _pieces(text):
        if line.strip() and _size(line + piece, sign) > room:
            yield line.rstrip()
            line = piece.lstrip()
        else:
            line += piece
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Yield the parts between which a line may end: words with the space before them, and single wide characters."""
    for word in re.findall(rf"\s*[{_ON}{_OFF}]*(?:[^\s{_ON}{_OFF}][{_ON}{_OFF}]*)+|\s+", text):
        piece = ""
        for character in word:
            if character not in (_ON, _OFF) and width_of(character) == 2 and piece.strip(f" {_ON}"):
                yield piece
                piece = ""
            piece += character
            if len(piece) >= _LEAST * 3:  # a word that no line holds
                yield piece
                piece = ""
        if piece:
            yield piece


def _size(piece: str, sign: int) -> int:
    signs = piece.count(_ON) + piece.count(_OFF)
    return width_of(piece.replace(_ON, "").replace(_OFF, "")) + sign * signs
