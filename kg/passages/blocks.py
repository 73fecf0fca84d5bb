"""The blocks of a note's text: headings, paragraphs, lists, tables, quotes and code, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kg.passages.visible import fenced_lines, lines_of

__all__ = ["TextBlock", "blocks"]

_HEADING = re.compile(r"[ \t]{0,3}(?:[-*+][ \t]+)?(?P<marks>#{1,6})(?:[ \t](?P<name>.*))?$")
_CLOSING = re.compile(r"(?:^|(?<=[ \t]))#+$")
_UNDERLINE = re.compile(r"[ \t]{0,3}(?:=+|-{2,})[ \t]*$")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?:[-*+•]|\d{1,9}[.)、])(?:[ \t]+|$)")
_RULE = re.compile(r"[ \t]*(?:[-*_=][ \t]*){3,}$")
_ROW = re.compile(r"[ \t]*\|")
_MARKUP = re.compile(
    r"\[\[(?:[^\[\]|]*\|)?([^\[\]]*)\]\]|!?\[([^\[\]]*)\]\([^()]*\)|[*`~]+|(?<!\w)_+|(?<!_)_++(?!\w)"
)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A run of lines of one kind: `text[start:end]`, without white space at its ends.

    `pieces` are where it may be parted without harm: the beginnings of its items, rows or lines; a paragraph has none.
    `level` and `name` are a heading's: from 1 to 6, and without markup.
    """

    kind: Literal["heading", "paragraph", "list", "table", "code"]
    start: int
    end: int
    pieces: tuple[int, ...] = ()
    level: int = 0
    name: str = ""


def blocks(text: str) -> list[TextBlock]:
    """Return the blocks of a text of which `visible` has blanked what is hidden; all its words are in one of them."""
    return list(_Reader(text).run())


class _Reader:
    """Reads lines; `held` are those of the block that is not complete yet."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._kind: Literal["paragraph", "list", "table", "code"] = "paragraph"
        self._held: list[tuple[int, int]] = []
        self._pieces: list[int] = []
        self._fence = ""
        self._has_gap = False

    def run(self) -> Iterator[TextBlock]:
        for start, end in lines_of(self._text):
            yield from self._read(start, end)
        yield from self._complete()

    def _read(self, start: int, end: int) -> Iterator[TextBlock]:
        line = self._text[start:end].rstrip("\r\n")
        if self._fence:
            self._fence = fenced_lines(line, self._fence)
            yield from self._take(start, end)
            if not self._fence and self._kind == "code":
                yield from self._complete()
            return
        if not line.strip():
            if self._kind == "list":
                self._has_gap = True  # an item may go on behind it
            else:
                yield from self._complete()
            return
        item = _ITEM.match(line)
        opened = fenced_lines(line, "")
        if opened and not (item or self._is_of_item(line)):
            yield from self._begin("code")
        self._fence = opened
        heading = None if opened else _HEADING.match(line)
        name = _CLOSING.sub("", (heading["name"] or "").strip(" \t")).strip(" \t") if heading else ""
        if heading is not None and (name or not item):
            yield from self._complete()
            if name:
                yield self._heading(start, end, len(heading["marks"]), name)
        elif not opened and self._is_underlined(line):
            first, _ = self._held[0]
            name = self._text[first : self._held[-1][1]]
            self._held.clear()
            yield self._heading(first, end, 1 if "=" in line else 2, name)
        elif not opened and _RULE.match(line):
            yield from self._complete()
        elif item:
            yield from self._begin("list", goes_on=self._kind == "list")
            yield from self._take(start, end, is_piece=not item["indent"])
        elif _ROW.match(line) and not self._is_of_item(line):
            yield from self._begin("table", goes_on=self._kind == "table")
            yield from self._take(start, end)
        elif opened or self._is_of_item(line) or (self._kind == "paragraph" and self._held):
            yield from self._take(start, end)
        else:
            yield from self._begin("paragraph")
            yield from self._take(start, end)

    def _is_of_item(self, line: str) -> bool:
        """Tell whether a line belongs to the list before it: indented, or with no gap between."""
        return self._kind == "list" and bool(self._held) and (not self._has_gap or line[:1] in " \t")

    def _is_underlined(self, line: str) -> bool:
        return self._kind == "paragraph" and len(self._held) == 1 and _UNDERLINE.match(line) is not None

    def _heading(self, start: int, end: int, level: int, name: str) -> TextBlock:
        shown = _MARKUP.sub(lambda match: match[1] or match[2] or "", name)
        return TextBlock("heading", *self._trimmed(start, end), level=level, name=" ".join(shown.split()))

    def _begin(
        self, kind: Literal["paragraph", "list", "table", "code"], goes_on: bool = False
    ) -> Iterator[TextBlock]:
        if not (goes_on and self._held):
            yield from self._complete()
            self._kind = kind

    def _take(self, start: int, end: int, is_piece: bool | None = None) -> Iterator[TextBlock]:
        if self._kind in ("table", "code") if is_piece is None else is_piece:
            self._pieces.append(start)
        self._held.append((start, end))
        self._has_gap = False
        yield from ()

    def _complete(self) -> Iterator[TextBlock]:
        if self._held:
            start, end = self._trimmed(self._held[0][0], self._held[-1][1])
            if start < end:
                pieces = tuple(piece for piece in self._pieces if start < piece < end)
                yield TextBlock(self._kind, start, end, pieces)
        self._held, self._pieces, self._kind, self._has_gap = [], [], "paragraph", False

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        piece = self._text[start:end]
        return start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
