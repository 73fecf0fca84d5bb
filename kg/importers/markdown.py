"""Markdown as people keep it in vaults: CommonMark with what Obsidian, Logseq, Foam and Dataview add."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kg.errors import NoteError
from kg.importers import RESERVED_KEYS
from kg.importers.blanking import blank_spans
from kg.importers.blocks import Region, read_regions
from kg.importers.front_matter import FrontMatter, read_front_matter
from kg.importers.inline import InlineField, blank_comments, hidden_spans, scan_inline
from kg.importers.metadata import BLOCK_SETTINGS, collect_fields, day_of, field_tags, first_text, note_title
from kg.importers.scalars import is_field_key
from kg.importers.source import content_hash, decode
from kg.model import Block, BlockKind, Document, Failure, Field, Link, Note, Tag

__all__ = ["IMPORTER", "MarkdownImporter", "read_markdown"]

_TASK = re.compile(r"\[[^\]\n]\][ \t]+")
_OUTLINER_TASK = re.compile(r"(?:TODO|DOING|DONE|NOW|LATER|WAITING|CANCELED|CANCELLED)[ \t]+(?=\S)")
_CALLOUT = re.compile(r"\[![^\]\n]{1,100}\][+-]?[ \t]*")
_FIELD_LINE = re.compile(
    r"(?P<mark>\*{1,3}|_{1,3}|)(?P<key>[^\s\[\]():`|*_#>~=\\-][^\[\]():`|*\n]{0,79}?)"
    r"(?<!\s)(?:(?P=mark)::|::(?P=mark))(?:[ \t]+(?P<value>.*)|)\Z"
)
_NEWLINE = re.compile(r"\r\n?|\n")
_WIKI = re.compile(r"!?\[\[(?:[^\[\]|\n]*+\|)?([^\[\]|\n]*+)\]\]")
_LINK = re.compile(r"!?\[([^\[\]\n]*+)\]\([^()\n]*+\)")
_DECORATION = re.compile(r"\*\*|==|~~|[*`]|(?<!\w)_|_(?!\w)|[ \t]#[^\s#]+(?=\s|\Z)")


class MarkdownImporter:
    """Reads `.md` and `.markdown` files: one note a file."""

    name = "markdown"
    suffixes = frozenset({".md", ".markdown"})

    def read(self, path: str, content: bytes) -> Iterator[Note | Failure]:
        """Yield the note of a file; as `Importer.read`."""
        try:
            text = decode(path, content)
        except NoteError as error:
            yield Failure(path, error.reason, error.line)
            return
        yield read_markdown(path, text, content_hash(content))


class _Piece(NamedTuple):
    """A part of a region that makes one block; `key` is set where it is a line `key:: value`."""

    kind: BlockKind
    level: int
    lines: tuple[tuple[int, int], ...]
    unit: tuple[int, int] | None
    key: str | None = None


class _Body:
    """The body of a note while its pieces are put together; `masked` is what `_mask` leaves of the text."""

    def __init__(self, text: str, masked: str, references: Mapping[str, str]) -> None:
        self.text = text
        self.masked = masked
        self.references = references
        self.shown: list[str] = []
        self.position = 0
        self.blocks: list[Block] = []
        self.links: list[Link] = []
        self.tags: list[Tag] = []
        self.fields: list[InlineField] = []

    def add(self, piece: _Piece) -> None:
        """Append the text of a piece, which begins behind all former ones, and what is in it."""
        start, end = piece.lines[0][0], piece.lines[-1][1]
        if piece.key is not None:
            value = blank_comments(self.masked[start:end])
            self._add_field(InlineField(piece.key, value, start, *self._line(start, end)))
            if piece.key in BLOCK_SETTINGS:
                return
        inline = scan_inline(_source(self.masked, piece.lines), start, self.references)
        self.links += inline.links
        self.tags += inline.tags
        for found in inline.fields:
            self._add_field(found)
        if piece.key is not None and piece.key.casefold() in RESERVED_KEYS:
            return
        self.skip_to(start)
        self.shown.append(inline.text)
        self.position = end
        if text := inline.text.strip():
            begin = start + len(inline.text) - len(inline.text.lstrip())
            finish = begin + len(text)
            self.blocks.append(Block(begin, finish, piece.kind, piece.level, *(piece.unit or (begin, finish))))

    def skip_to(self, position: int) -> None:
        """Blank everything up to a position."""
        if position > self.position:
            gap = self.text[self.position : position]
            self.shown.append(_blank(gap))
            self.position = position

    def _add_field(self, found: InlineField) -> None:
        commented = not self.text.startswith(found.value, found.value_start)
        self.fields.append(found._replace(commented=commented))

    def _line(self, start: int, end: int) -> tuple[int, int]:
        """Return the whole line around a field's value, without the white space at its ends."""
        begin = self.text.rfind("\n", 0, start) + 1
        begin = self.text.rfind("\r", begin, start) + 1 or begin
        line = self.text[begin:end]
        return begin + len(line) - len(line.lstrip()), begin + len(line.rstrip())


def _blank(text: str) -> str:
    return blank_spans(text, [(0, len(text))])


def _source(text: str, lines: tuple[tuple[int, int], ...]) -> str:
    """Return the text from the first line to the last, with container marks blanked."""
    parts: list[str] = []
    former = lines[0][0]
    for start, end in lines:
        gap = text[former:start]
        parts.append(_blank(gap) if gap.strip() else gap)
        parts.append(text[start:end])
        former = end
    return "".join(parts)


def _mask(text: str, regions: list[Region]) -> str:
    """Blank the comments and formulas of several lines in regions that may be parted, lest a part hold half of one."""
    long: list[tuple[int, int]] = []
    for region in regions:
        start, end = region.lines[0][0], region.lines[-1][1]
        if len(region.lines) == 1 or not (region.kind == "quote" or text.find("::", start, end) >= 0):
            continue
        comments, formulas = hidden_spans(_source(text, region.lines), start)
        long += [span for span in sorted(comments + formulas) if _NEWLINE.search(text, *span)]
    return blank_spans(text, long)


def read_markdown(path: str, text: str, digest: str, front_matter: bool = True) -> Note:
    """Return the note that a text is, with everything found in it.

    Args:
        path: the note's path; it gives the title where nothing else does.
        digest: the content hash.
        front_matter: whether the text may begin with a YAML block.
    """
    head = read_front_matter(path, text) if front_matter else FrontMatter()
    structure = read_regions(text, head.end)
    masked = _mask(text, structure.regions)
    body = _Body(text, masked, structure.references)
    page_fields: list[InlineField] = []
    page_tags: set[str] = set()
    for number, region in enumerate(structure.regions):
        pieces = list(_pieces(masked, region))
        for piece in pieces:
            body.add(piece)
        if number == 0 and all(piece.key is not None for piece in pieces):
            page_fields, body.fields = body.fields, []
            page_tags = {tag.name for tag in body.tags}
    body.skip_to(len(text))
    page = collect_fields(page_fields, body.links, "front matter")
    stated = [*head.fields, *page]
    title, aliases = note_title(path, stated, _heading(text, structure.regions))
    problems = list(head.problems)
    if structure.deep is not None:
        line = len(_NEWLINE.findall(text, 0, head.end)) + structure.deep + 1
        problems.append(Failure(path, "is nested more than 50 levels deep; what is deeper was not read", line))
    return Note(
        path=path,
        id=first_text(stated, "id"),
        title=title,
        aliases=aliases,
        text=text,
        document=Document("".join(body.shown), tuple(body.blocks)),
        fields=(*head.fields, *_as_inline(page), *collect_fields(body.fields, body.links)),
        links=(*_field_links(head.fields), *body.links),
        tags=(*_tags(head.fields, page, page_tags), *body.tags),
        daily=day_of(path, stated),
        content_hash=digest,
        problems=tuple(problems),
    )


def _as_inline(fields: list[Field]) -> list[Field]:
    return [Field(field.key, field.values, "inline") for field in fields]


def _tags(head: list[Field], page: list[Field], written: set[str]) -> list[Tag]:
    """Return the tags that fields state, without those of a page property that stand there as `#tag`."""
    return field_tags(head) + [tag for tag in field_tags(page) if tag.name not in written]


def _field_links(fields: list[Field]) -> list[Link]:
    links = [link for field in fields for value in field.values for link in value.links]
    return sorted(links, key=lambda link: (link.start, link.end))


def _pieces(text: str, region: Region) -> Iterator[_Piece]:
    """Part a region where a sentence cannot go on: at field lines and behind a callout's title."""
    kind, level, lines, unit = region
    if kind in ("heading", "table cell"):
        yield _Piece(kind, level, lines, unit)
        return
    run: list[tuple[int, int]] = []
    for number, (begin, end) in enumerate(lines):
        start, callout = _skip_marks(text, kind, begin, end) if number == 0 else (begin, False)
        field = _FIELD_LINE.match(text, start, end) if text.find("::", start, end) >= 0 else None
        if field and not is_field_key(field["key"]):
            field = None
        if (field or callout) and run:
            yield _Piece(kind, level, tuple(run), unit)
            run = []
        if field:
            value_start = field.start("value") if field["value"] else end
            yield _Piece(kind, level, ((value_start, end),), unit, field["key"].strip())
        elif callout:
            yield _Piece(kind, level, ((start, end),), unit)
        else:
            run.append((start, end))
    if run:
        yield _Piece(kind, level, tuple(run), unit)


def _skip_marks(text: str, kind: BlockKind, start: int, end: int) -> tuple[int, bool]:
    """Step over a task's box or a callout's mark; tell whether a callout's title follows."""
    if kind == "list item":
        for mark in (_TASK, _OUTLINER_TASK):
            if match := mark.match(text, start, end):
                start = match.end()
    elif kind == "quote" and (match := _CALLOUT.match(text, start, end)):
        return match.end(), True
    return start, False


def _heading(text: str, regions: list[Region]) -> str:
    """Return the plain text of the level-1 heading that begins the note, empty without one."""
    if not regions or regions[0].kind != "heading" or regions[0].level != 1:
        return ""
    written = blank_comments(" ".join(text[start:end] for start, end in regions[0].lines))
    for pattern, shown in ((_WIKI, r"\1"), (_LINK, r"\1"), (_DECORATION, "")):
        written = pattern.sub(shown, written)
    return " ".join(written.split())


IMPORTER = MarkdownImporter()
