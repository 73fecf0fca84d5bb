"""The index of a home: passages, their words and vectors, and what the graph says, in step with the store."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Concatenate, ParamSpec, Self, TypeVar

import numpy as np

from kg.graph import KnowledgeGraph
from kg.search.collection import Collection
from kg.search.file import DamagedIndexError, IndexFile
from kg.search.indexed_passages import IndexedPassages
from kg.search.loading import load
from kg.search.syncing import Progress, SyncReport, is_current, sync_facts
from kg.search.word_index import FieldWeights
from kg.search.words import encoded_text
from kg.text_vectors import TextVectors

__all__ = ["DamagedIndexError", "Progress", "SearchIndex", "SyncReport"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_AT_ONCE = 64
"""Passages. What was encoded before a process was killed need not be encoded again."""


def _watched(
    method: Callable[Concatenate[SearchIndex, Arguments], Result],
) -> Callable[Concatenate[SearchIndex, Arguments], Result]:
    """Have what is wrong with the file told in our words."""

    @functools.wraps(method)
    def watched(self: SearchIndex, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with self._file.watched():
            return method(self, *args, **kwargs)

    return watched


class SearchIndex:
    """An open index file; a context manager. Several processes may use one file, a thread at a time an object.

    A file that is damaged, or was written by another version, is made anew; it may be deleted at any time. Where it
    cannot be written, its content is followed in memory.

    Any method raises DamagedIndexError where it is found only later that the file is damaged: the index is then empty,
    and the next `sync` makes it anew. It raises StoreError where the file cannot be read or written.
    """

    def __init__(self, file: IndexFile, model_name: str, fields: FieldWeights) -> None:
        self._file, self._model_name, self._fields = file, model_name, fields

    @classmethod
    def open(cls, path: Path | None, model_name: str, fields: FieldWeights | None = None) -> Self:
        """Open the index in a file, made when absent with its folder. None keeps it in memory.

        Args:
            model_name: `TextVectors.name` of the model whose vectors are wanted, empty for none.
            fields: what words in titles and headings count.

        Raises:
            StoreError: another process has been writing the file for too long.
        """
        return cls(IndexFile(path), model_name, fields or FieldWeights())

    @_watched
    def sync(
        self,
        graph: KnowledgeGraph,
        texts: Mapping[str, str],
        model: TextVectors | None = None,
        most_encoded: int | None = None,
        progress: Progress | None = None,
    ) -> SyncReport:
        """Bring the index up to date with a graph and the texts of its notes; cheap where nothing has changed.

        Args:
            graph: with the home's ontology.
            texts: `Note.text` by the note's IRI (`kg.cache.NoteTexts`).
            model: encodes passages that have no vector; None leaves them without.
            most_encoded: how many passages may be encoded now; None for all.

        Raises:
            StoreError: the file cannot be written, and why; the index is as it was.
        """
        file = self._file
        position = graph.store.position()
        counts = (0, 0, 0)
        if not is_current(file, graph, texts, position):
            with file.transaction():
                if not is_current(file, graph, texts, position):  # nobody was faster
                    counts = sync_facts(file, graph, texts, position, progress)
        if model is not None:
            self.encode(model, most_encoded, progress)
        return SyncReport(*counts, *self.size())

    @_watched
    def encode(self, model: TextVectors, most: int | None = None, progress: Progress | None = None) -> None:
        """Turn passages into vectors that have none, or those of another model, the first of them by their notes.

        It takes a second for some eighty. What was done when the process ends need not be done again.
        """
        file = self._file
        if file.get("model") != model.name:
            with file.transaction():
                file.db.execute("UPDATE passages SET vector = NULL")
                file.db.execute("UPDATE notes SET version = ?", (file.version + 1,))
                file.put("version", str(file.version + 1))
                file.put("model", model.name)
        if file.db.execute("SELECT 1 FROM passages WHERE vector IS NULL LIMIT 1").fetchone() is None:
            return
        rows = file.db.execute(
            "SELECT passages.id, note, key, headings, text, record FROM passages CROSS JOIN notes ON notes.id = note "
            "WHERE vector IS NULL ORDER BY notes.iri, ordinal LIMIT ?",
            (-1 if most is None else most,),
        ).fetchall()
        if progress is not None:
            progress("vectors", 0, len(rows))
        for start in range(0, len(rows), _AT_ONCE):
            batch = rows[start : start + _AT_ONCE]
            read = [encoded_text(json.loads(row[5])["title"], tuple(json.loads(row[3])), row[4]) for row in batch]
            halves = model.encode(read).astype(np.float16)
            with file.transaction():
                version = file.version + 1
                for row, half in zip(batch, halves, strict=True):
                    file.db.execute(
                        "UPDATE passages SET vector = ? WHERE id = ? AND key = ?", (half.tobytes(), row[0], row[2])
                    )
                notes = sorted({row[1] for row in batch})
                file.db.executemany("UPDATE notes SET version = ? WHERE id = ?", ((version, note) for note in notes))
                file.put("version", str(version))
            if progress is not None:
                progress("vectors", start + len(batch), len(rows))

    @_watched
    def show(self, graph: KnowledgeGraph, texts: Mapping[str, str]) -> None:
        """Have the store's own tools find the passages as they are, where it has such; see `Store.keep_passages`.

        Args:
            graph: opened for writing, which the index is up to date with.

        Raises:
            StoreError: the store failed.
        """
        if graph.store.keep_passages(IndexedPassages(self._file)):
            self.sync(graph, texts)  # the store has moved on, by that alone

    @_watched
    def size(self) -> tuple[int, int]:
        """Return how many passages there are, and how many of them have no vector."""
        (passages,) = self._file.db.execute("SELECT count(*) FROM passages").fetchone()
        (missing,) = self._file.db.execute("SELECT count(*) FROM passages WHERE vector IS NULL").fetchone()
        return passages, missing

    @_watched
    def without_text(self) -> int:
        """Return how many notes had no text when the index was brought up to date."""
        return int(self._file.get("without text") or 0)

    def bytes(self) -> int:
        """Return the size of the file."""
        return self._file.bytes()

    @_watched
    def is_current(self, graph: KnowledgeGraph, texts: Mapping[str, str]) -> bool:
        """Tell whether the index holds what a graph says, its vectors aside."""
        return is_current(self._file, graph, texts, graph.store.position())

    def clear(self) -> None:
        """Have the next `sync` make the index anew; vectors of passages that are the same are kept."""
        with contextlib.suppress(DamagedIndexError):  # then it is made anew
            self._file.clear()

    @_watched
    def collection(self, before: Collection | None = None) -> Collection:
        """Return what the index holds now.

        Args:
            before: one that was loaded from this index earlier: only what changed since is read. It stays as it is;
                itself is returned where nothing changed.
        """
        try:
            return load(self._file, self._model_name, self._fields, before)
        except (IndexError, KeyError, TypeError, ValueError) as error:  # rows that SQLite can read, and nobody wrote
            raise self._file.remade(error) from error

    def close(self) -> None:
        """Release the file; calling it twice is no error."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
