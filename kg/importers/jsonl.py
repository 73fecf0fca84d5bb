"""JSON Lines: one note a line, an object with `id` and `text`, its text read as Markdown."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

from kg.errors import NoteError
from kg.importers.inline import scan_inline
from kg.importers.markdown import read_markdown
from kg.importers.metadata import aliases_of, day_of, field_tags, unique
from kg.importers.scalars import iso_date
from kg.importers.source import MAX_BYTES, check_lines, content_hash
from kg.model import Failure, Field, FieldValue, Link, Note, Scalar

__all__ = ["IMPORTER", "JsonLinesImporter"]

_NUL_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
_DEEPEST_KEY = 16
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class JsonLinesImporter:
    """Reads `.jsonl` files: one note a line, every other key a field of it."""

    name = "jsonl"
    suffixes = frozenset({".jsonl"})

    def read(self, path: str, content: bytes) -> Iterator[Note | Failure]:
        """Yield the notes of a file; as `Importer.read`. A line that fails does not hide the others."""
        seen: dict[str, int] = {}
        for number, line in enumerate(content.removeprefix(_BYTE_ORDER_MARK).splitlines(), start=1):
            if not line.strip():
                continue
            try:
                note = _read_line(path, line)
            except NoteError as error:
                yield Failure(path, error.reason, number)
                continue
            assert note.id is not None
            if note.id in seen:
                yield Failure(path, f"the id {note.id!r} is that of line {seen[note.id]} too; ids must differ", number)
                continue
            seen[note.id] = number
            yield note


def _read_line(path: str, line: bytes) -> Note:
    if len(line) > MAX_BYTES:
        raise NoteError(path, f"has {len(line):,} bytes; the limit for a note is {MAX_BYTES:,}")
    try:
        value = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        byte = line[error.start]
        raise NoteError(path, f"is not UTF-8 (byte 0x{byte:02X}); save it as UTF-8") from error
    except (ValueError, RecursionError) as error:
        reason = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise NoteError(path, f"is not JSON: {reason}") from error
    if not isinstance(value, dict):
        raise NoteError(path, 'is not a JSON object; write {"id": …, "text": …}')
    identifier, text, title = value.pop("id", None), value.pop("text", None), value.pop("title", None)
    if isinstance(identifier, bool) or not isinstance(identifier, str | int) or identifier == "":
        raise NoteError(path, f"`id` must be a text or a whole number, not {json.dumps(identifier)}")
    if not isinstance(text, str):
        raise NoteError(path, f"`text` must be a text, not {json.dumps(text)[:60]}")
    if title is not None and not isinstance(title, str):
        raise NoteError(path, f"`title` must be a text, not {json.dumps(title)[:60]}")
    _check_characters(path, line.decode("utf-8"), text)
    return _note(path, str(identifier), title, text, value, content_hash(line))


def _note(path: str, identifier: str, title: str | None, text: str, rest: dict[str, Any], digest: str) -> Note:
    note = read_markdown(path, text, digest, front_matter=False)
    fields = tuple(Field(key, tuple(values), "json") for key, values in _fields(rest, "", 0) if values)
    return dataclasses.replace(
        note,
        id=identifier,
        title=(title or "").strip() or _heading(note) or identifier,
        aliases=unique(aliases_of(fields)),
        fields=(*fields, *note.fields),
        tags=(*field_tags(fields), *note.tags),
        daily=day_of("", fields),
    )


def _heading(note: Note) -> str:
    """Return the level-1 heading that begins a text, empty without one."""
    for block in note.document.blocks[:1]:
        if block.level == 1:
            return " ".join(note.document.text[block.start : block.end].split())
    return ""


def _check_characters(path: str, line: str, text: str) -> None:
    check_lines(path, text)
    if "\0" in text or _NUL_ESCAPE.search(line):
        raise NoteError(path, "holds the character U+0000, which no text may hold")
    if "\\ud" in line.lower():
        try:
            json.dumps(json.loads(line), ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            raise NoteError(path, "holds half of a surrogate pair (a \\ud… escape without its other half)") from error


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _fields(value: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, list[FieldValue]]]:
    """Yield the keys with their values; those of objects inside as `parent.child`."""
    for key, item in value.items():
        if isinstance(item, dict) and depth < _DEEPEST_KEY:
            yield from _fields(item, f"{prefix}{key}.", depth + 1)
        else:
            yield prefix + key, list(_values(item))


def _values(item: Any) -> Iterator[FieldValue]:
    if isinstance(item, list):
        for part in item:
            yield from _values(part)
    elif isinstance(item, bool | int | float):
        yield FieldValue(json.dumps(item), item, (), 0, 0)
    elif isinstance(item, str) and item.strip():
        value: Scalar = iso_date(item) or item
        yield FieldValue(item, value, _links(item), 0, 0)
    elif isinstance(item, dict):
        written = json.dumps(item, ensure_ascii=False)
        yield FieldValue(written, written, (), 0, 0)


def _links(text: str) -> tuple[Link, ...]:
    """Return the links in a value; they have no place in the note's text."""
    return tuple(dataclasses.replace(link, start=0, end=0) for link in scan_inline(text, 0, {}).links)


IMPORTER = JsonLinesImporter()
