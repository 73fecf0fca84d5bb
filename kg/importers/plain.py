"""Plain text: every character is text, paragraphs are parted by blank lines."""

from __future__ import annotations

from collections.abc import Iterator

from kg.errors import NoteError
from kg.importers.scalars import daily_date
from kg.importers.source import content_hash, decode
from kg.model import Block, Document, Failure, Note

__all__ = ["IMPORTER", "PlainImporter"]


class PlainImporter:
    """Reads `.txt` files: one note a file, named after the file."""

    name = "plain"
    suffixes = frozenset({".txt"})

    def read(self, path: str, content: bytes) -> Iterator[Note | Failure]:
        """Yield the note of a file; as `Importer.read`."""
        try:
            text = decode(path, content)
        except NoteError as error:
            yield Failure(path, error.reason, error.line)
            return
        stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        yield Note(
            path=path,
            id=None,
            title=stem,
            aliases=(),
            text=text,
            document=Document(text, _paragraphs(text)),
            fields=(),
            links=(),
            tags=(),
            daily=daily_date(path),
            content_hash=content_hash(content),
        )


def _paragraphs(text: str) -> tuple[Block, ...]:
    blocks: list[Block] = []
    start: int | None = None
    position = end = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped:
            begin = position + len(line) - len(line.lstrip())
            start = begin if start is None else start
            end = begin + len(stripped)
        elif start is not None:
            blocks.append(Block(start, end, "paragraph", 0, start, end))
            start = None
        position += len(line)
    if start is not None:
        blocks.append(Block(start, end, "paragraph", 0, start, end))
    return tuple(blocks)


IMPORTER = PlainImporter()
