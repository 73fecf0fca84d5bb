"""The texts of the notes, read from a home's cache beside whoever writes it."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import ItemsView, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kg.cache.notes import VERSION, unpack_text
from kg.errors import StoreError

__all__ = ["NoteTexts"]


class NoteTexts(Mapping[str, str]):
    """`Note.text` by the note's IRI, in order of the IRIs, as the last ingest left them.

    Nothing is held: each look-up opens the file, so what another process writes in between is seen by the next, and
    `items` reads one text at a time. A file that is not there, or was written by another version, holds no texts: the
    next ingest brings them. The file is never changed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __getitem__(self, iri: str) -> str:
        with self._rows("SELECT text FROM texts JOIN raws ON raws.id = texts.note WHERE raws.iri = ?", iri) as rows:
            row = next(rows, None)
            text = None if row is None else unpack_text(row[0])
        if text is None:
            raise KeyError(iri)
        return text

    def __iter__(self) -> Iterator[str]:
        with self._rows("SELECT iri FROM texts JOIN raws ON raws.id = texts.note ORDER BY iri") as rows:
            yield from (iri for (iri,) in rows)

    def __len__(self) -> int:
        with self._rows("SELECT count(*) FROM texts") as rows:
            row = next(rows, (0,))
        return int(row[0])

    def items(self) -> ItemsView[str, str]:
        """Return the texts with their IRIs, read in one pass."""
        return _Items(self)

    def _read(self) -> Iterator[tuple[str, str]]:
        with self._rows("SELECT iri, text FROM texts JOIN raws ON raws.id = texts.note ORDER BY iri") as rows:
            for iri, packed in rows:
                yield iri, unpack_text(packed)

    @contextmanager
    def _rows(self, query: str, *arguments: str) -> Iterator[Iterator[tuple[Any, ...]]]:
        if not self._path.exists():
            yield iter(())
            return
        try:
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as db:
                is_ours = db.execute("PRAGMA user_version").fetchone()[0] == VERSION
                yield db.execute(query, arguments) if is_ours else iter(())
        except (sqlite3.Error, zlib.error, UnicodeDecodeError) as error:
            raise StoreError(
                f"The cache {self._path} cannot be read: {error}. It may be deleted; the next ingest makes it anew."
            ) from error


class _Items(ItemsView[str, str]):
    """Pairs that are read in one pass; the mapping's own would look up each text by itself."""

    def __init__(self, texts: NoteTexts) -> None:
        super().__init__(texts)
        self._texts = texts

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return self._texts._read()
