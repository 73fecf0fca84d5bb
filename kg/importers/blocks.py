"""The block structure of Markdown: where the lines of each paragraph, heading, item and cell lie.

markdown-it finds the structure; it gives lines, not positions. A token's content is what is left of its
lines when container marks are taken off their fronts, so every content line is the tail of a source line.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from kg.model import BlockKind

__all__ = ["Region", "read_regions"]

_MAX_NESTING = 100
"""markdown-it levels, two for each nested list; the preset's 20 would drop the deep items of outliners."""

_HEADING_MARK = re.compile(r"#{1,6}[ \t]+")
_ROW_MARK = re.compile(r"[ \t]*(?:(?:>|[-*+]|[0-9]{1,9}[.)]|\[\^[^\]\s]+\]:)[ \t]*)*")
_CELL_MARK = re.compile(r"\\.|!?\[\[[^\[\]\n]*+\]\]|\|")
_RAW_HTML = re.compile(r"[ \t]*<(?:script|pre|style|textarea|svg|!(?!--)|\?)", re.I)
_DRAWER = re.compile(r":[A-Za-z_-]+:[ \t]*\Z")
_DRAWER_END = re.compile(r":END:[ \t]*$", re.M)
_LONGEST_DRAWER = 1000


class Region(NamedTuple):
    """A run of text: its lines as spans without container marks. `unit` is the row of a table cell."""

    kind: BlockKind
    level: int
    lines: tuple[tuple[int, int], ...]
    unit: tuple[int, int] | None = None


class Structure(NamedTuple):
    """The regions of a note in order, and its link reference definitions by normalised label.

    `deep` is the line (from 0) of a part nested so deep that it was not read, else None.
    """

    regions: list[Region]
    references: Mapping[str, str]
    deep: int | None


def read_regions(text: str, offset: int) -> Structure:
    """Return the structure of the body of a note, which begins at `offset`."""
    source = text[offset:]
    bounds = _line_bounds(source, offset)
    if "\r" in source:
        source = source.replace("\r\n", "\n").replace("\r", "\n")
    parser, tokens = _parser(), list[Token]()
    environment: dict[str, Any] = {}
    parser.block.parse(source, parser, environment, tokens)
    references = {label: entry["href"] for label, entry in environment.get("references", {}).items()}
    deep = next((token.map[0] for token in tokens if token.level >= _MAX_NESTING - 2 and token.map), None)
    return Structure(list(_regions(text, tokens, bounds)), references, deep)


def _line_bounds(source: str, offset: int) -> list[tuple[int, int]]:
    """Return begin and end of every line; only `\\n`, `\\r\\n` and `\\r` end one."""
    bounds: list[tuple[int, int]] = []
    position = offset
    for line in source.split("\n"):
        parts = line.removesuffix("\r").split("\r") if "\r" in line else (line,)
        begin = position
        for part in parts:
            bounds.append((begin, begin + len(part)))
            begin += len(part) + 1
        position += len(line) + 1
    return bounds


def _regions(text: str, tokens: list[Token], bounds: list[tuple[int, int]]) -> Iterator[Region]:
    containers: list[BlockKind] = []
    in_row = False
    for index, token in enumerate(tokens):
        kind = token.type
        if kind == "inline":
            if in_row or not token.content or token.map is None:
                continue
            opening = tokens[index - 1]
            if opening.type == "heading_open":
                lines = _heading(text, token, bounds) if opening.markup.startswith("#") else _tails(text, token, bounds)
                yield Region("heading", int(opening.tag[1]), lines)
            else:
                yield Region(containers[-1] if containers else "paragraph", 0, _tails(text, token, bounds))
        elif kind == "blockquote_open":
            containers.append("quote")
        elif kind == "list_item_open":
            containers.append("list item")
        elif kind in ("blockquote_close", "list_item_close"):
            containers.pop()
        elif kind == "tr_open" and token.map is not None:
            in_row = True
            yield from _cells(text, *bounds[token.map[0]], nested=bool(containers) or token.level > 2)
        elif kind == "tr_close":
            in_row = False
        elif kind == "html_block" and not _RAW_HTML.match(token.content):
            yield Region(containers[-1] if containers else "paragraph", 0, _tails(text, token, bounds))


def _tails(text: str, token: Token, bounds: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Find the lines of a token's content in its source lines."""
    assert token.map is not None
    pieces = token.content.rstrip().split("\n")
    lines = bounds[token.map[0] : token.map[1]]
    for skipped in range(max(1, len(lines) - len(pieces) + 1)):
        found: list[tuple[int, int]] = []
        for number, (piece, (start, end)) in enumerate(zip(pieces, lines[skipped:], strict=False)):
            tail = piece.lstrip()
            last = start + len(text[start:end].rstrip()) if number == len(pieces) - 1 else end
            if last - len(tail) < start or not text.endswith(tail, start, last):
                break
            found.append((last - len(tail), last))
        if len(found) == len(pieces):
            return tuple(found)
    return tuple(lines)


def _heading(text: str, token: Token, bounds: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    assert token.map is not None
    start, end = bounds[token.map[0]]
    mark = _HEADING_MARK.search(text, start, end)
    begin = text.find(token.content, mark.end() if mark else start, end)
    return ((begin, begin + len(token.content)),) if begin >= 0 else ((start, end),)


def _cells(text: str, start: int, end: int, nested: bool) -> Iterator[Region]:
    """Part a row at its pipes; escaped ones and those of a wiki-link are none."""
    if nested and (mark := _ROW_MARK.match(text, start, end)):
        start = mark.end()
    row = text[start:end]
    start, end = start + len(row) - len(row.lstrip()), start + len(row.rstrip())
    begin = start
    pipes = [match.start() for match in _CELL_MARK.finditer(text, start, end) if match[0] == "|"]
    for pipe in [*pipes, end]:
        cell = text[begin:pipe]
        if content := cell.strip():
            first = begin + len(cell) - len(cell.lstrip())
            yield Region("table cell", 0, ((first, first + len(content)),), (start, end))
        begin = pipe + 1


@functools.cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").use(footnote_plugin)
    for name, rule in (("comment", _enclosed("%%")), ("formula", _enclosed("$$")), ("drawer", _drawer)):
        parser.block.ruler.before("fence", name, rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return parser


def _enclosed(mark: str) -> Callable[[StateBlock, int, int, bool], bool]:
    """Make the rule for what lies between two marks on different lines; text behind the second is a paragraph."""

    def rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        begin = state.bMarks[start_line] + state.tShift[start_line]
        if not state.src.startswith(mark, begin) or state.is_code_block(start_line):
            return False
        if state.src.find(mark, begin + len(mark), state.eMarks[start_line]) >= 0:
            return False  # opened and closed on one line: inline
        close = state.src.find(mark, state.eMarks[start_line])
        if close < 0:
            return False
        last = bisect_right(state.eMarks, close, start_line, end_line)
        if last >= end_line or any(
            state.sCount[line] < state.blkIndent and not state.isEmpty(line) for line in range(start_line, last + 1)
        ):
            return False
        if not silent:
            state.line = last + 1
            if rest := state.src[close + len(mark) : state.eMarks[last]].strip():
                state.push("paragraph_open", "p", 1)
                token = state.push("inline", "", 0)
                token.content, token.map, token.children = rest, [last, last + 1], []
                state.push("paragraph_close", "p", -1)
        return True

    return rule


def _drawer(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Recognise an org drawer, as Logseq writes it: `:LOGBOOK:` to `:END:`."""
    begin = state.bMarks[start_line] + state.tShift[start_line]
    if not state.src.startswith(":", begin) or not _DRAWER.match(state.src, begin, state.eMarks[start_line]):
        return False
    ends = state.env.get("drawer ends")
    if ends is None:
        ends = state.env["drawer ends"] = [match.start() for match in _DRAWER_END.finditer(state.src)]
    following = bisect_right(ends, state.eMarks[start_line])
    if following == len(ends):
        return False
    last = bisect_right(state.eMarks, ends[following], start_line, end_line)
    if last >= end_line or last - start_line > _LONGEST_DRAWER:
        return False
    if not silent:
        state.line = last + 1
    return True
