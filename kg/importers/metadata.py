"""What metadata fields say about a note: its identifier, title, aliases and tags, and the values of Dataview fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Literal as OneOf

from kg.importers.inline import InlineField
from kg.importers.scalars import daily_date, read_scalar
from kg.model import Field, FieldValue, Link, Tag

__all__ = [
    "BLOCK_SETTINGS",
    "aliases_of",
    "collect_fields",
    "day_of",
    "field_tags",
    "first_text",
    "is_slug",
    "note_title",
    "stem_of",
    "unique",
]

BLOCK_SETTINGS = {"background-color", "card-last-reviewed", "collapsed", "heading", "id", "logseq.order-list-type"}
"""Logseq's settings of one block; they say nothing about the note."""

_BETWEEN_LINKS = re.compile(r"[\s,;，、；]*(?:(?:and|&|和|与)\s+)?")
_QUOTED_LIST = re.compile(r'"[^"]*+"(?:\s*,\s*"[^"]*+")*+\Z')
_QUOTED = re.compile(r'"([^"]*)"')
_SEPARATOR = re.compile(r"\s*[,，、;；]\s*")
_TAG_NAME = re.compile(r"#?\[\[([^\[\]]*)\]\]|[^\s,，、;；]+")
_WIKI = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]*)\]\]")
_SLUG = re.compile(r"(?=[^_-]*[_-])(?=.*[^\W\d_])[^\sA-Z]+\Z")
_SLASH = re.compile(r"___|%2[Ff]")


def collect_fields(
    found: Iterable[InlineField], links: Sequence[Link], origin: OneOf["front matter", "inline"] = "inline"
) -> list[Field]:
    """Return Dataview fields by key, in order of the first appearance, each value with the links inside it.

    A value that is nothing but links is one value a link; `"a", "b"` is two; anything else is one.
    """
    values: dict[str, list[FieldValue]] = {}
    position = 0
    for item in sorted(found, key=lambda item: item.value_start):
        while position < len(links) and links[position].start < item.value_start:
            position += 1
        if item.key in BLOCK_SETTINGS and origin == "inline":
            continue
        end = item.value_start + len(item.value)
        inside: list[Link] = []
        for index in range(position, len(links)):
            if links[index].start >= end:
                break
            if links[index].end <= end:
                inside.append(links[index])
        if parts := _values(item, inside):
            values.setdefault(item.key, []).extend(parts)
    return [Field(key, tuple(parts), origin) for key, parts in values.items()]


def _values(item: InlineField, links: list[Link]) -> list[FieldValue]:
    text = " ".join(item.value.split()) if item.commented else item.value.strip()
    if not text:
        return []
    if links and _only_links(item, links):
        parts = []
        for link in links:
            written = item.value[link.start - item.value_start : link.end - item.value_start]
            parts.append(FieldValue(written, written, (link,), item.start, item.end))
        return parts
    if _QUOTED_LIST.match(text):
        return [FieldValue(part, part, (), item.start, item.end) for part in _QUOTED.findall(text) if part]
    return [FieldValue(text, text if links else read_scalar(text), tuple(links), item.start, item.end)]


def _only_links(item: InlineField, links: list[Link]) -> bool:
    position = 0
    for link in links:
        between = item.value[position : max(position, link.start - item.value_start)]
        if not _BETWEEN_LINKS.fullmatch(between):
            return False
        position = link.end - item.value_start
    return not item.value[position:].strip(" \t,;，、；")


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names without repetitions and empty ones, in order."""
    return tuple(dict.fromkeys(name for name in names if name))


def _texts(fields: Iterable[Field], *keys: str) -> list[FieldValue]:
    return [value for field in fields if field.key.casefold() in keys for value in field.values]


def first_text(fields: Iterable[Field], key: str) -> str | None:
    """Return the first value of a key as it is written, None without one."""
    return next((value.text.strip() for value in _texts(fields, key) if value.text.strip()), None)


def aliases_of(fields: Sequence[Field]) -> list[str]:
    """Return the aliases: the items of a list, or the comma-separated parts of a single value."""
    found: list[str] = []
    for field in fields:
        if field.key.casefold() not in ("aliases", "alias"):
            continue
        for value in field.values:
            text = _WIKI.sub(r"\1", value.text)
            found += _SEPARATOR.split(text.strip()) if len(field.values) == 1 else [text.strip()]
    return found


def field_tags(fields: Sequence[Field]) -> list[Tag]:
    """Return the tags of `tags` and `tag`: list items, or parts of a text between commas or spaces."""
    found: list[Tag] = []
    for field in fields:
        if field.key.casefold() not in ("tags", "tag"):
            continue
        for value in field.values:
            text = value.text.strip()
            if len(field.values) == 1 or "," in text:
                names = [match[1] or match[0] for match in _TAG_NAME.finditer(text)]
            else:
                names = [text]
            found += [Tag(name, value.start, value.end) for name in (name.strip("# /") for name in names) if name]
    return found


def stem_of(path: str) -> str:
    """Return a file's name without suffix; Logseq's `a___b` and `a%2Fb` are the namespace `a/b`."""
    name = path.rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name[1:] else name
    return _SLASH.sub("/", stem)


def is_slug(stem: str) -> bool:
    """Tell whether a file name was made for addresses: lower case, `-` or `_`, no spaces, at least one letter."""
    return _SLUG.match(stem) is not None


def note_title(path: str, fields: Sequence[Field], heading: str) -> tuple[str, tuple[str, ...]]:
    """Return the title of a note and its further names.

    The title is the field `title`, else the first heading where the file name is a slug, else the file
    name. The file name and the heading, where they are not the title, are further names behind the aliases.

    Args:
        heading: the text of the level-1 heading that begins the note, empty without one.
    """
    stem = stem_of(path)
    daily = daily_date(path) is not None
    stated = first_text(fields, "title")
    title = stated or (heading if heading and not daily and is_slug(stem) else stem)
    others = [*aliases_of(fields), stem, "" if daily else heading]
    return title, tuple(name for name in unique(others) if name != title)


def day_of(path: str, fields: Sequence[Field]) -> date | None:
    """Return the day of a daily note, from its path, or from its `date` or `created` if it has `type: daily`."""
    day = daily_date(path)
    if day is None and any("daily" in value.text.casefold().split() for value in _texts(fields, "type")):
        for value in _texts(fields, "date", "day", "created"):
            if isinstance(value.value, date):
                return value.value.date() if isinstance(value.value, datetime) else value.value
    return day
