"""The passages of the index for a store whose own tools can find them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np

from kg.search.file import IndexFile
from kg.stores.passages import StoredPassage

__all__ = ["IndexedPassages"]


class IndexedPassages:
    """What an index file holds now, as `kg.stores.passages.PassageSource`; valid until the file is written."""

    def __init__(self, file: IndexFile) -> None:
        self._file = file
        self.identity, self.version = file.get("identity"), file.version
        row = file.db.execute("SELECT length(vector) FROM passages WHERE vector IS NOT NULL LIMIT 1").fetchone()
        self.dimensions = row[0] // 2 if row else 0

    def changed(self, since: int | None) -> Iterator[tuple[str, list[StoredPassage]]]:
        """Yield notes with their passages, in the order of their IRIs."""
        notes = self._file.db.execute(
            "SELECT id, iri, record FROM notes WHERE version > ? ORDER BY iri", (-1 if since is None else since,)
        ).fetchall()
        for note, iri, record in notes:
            title = json.loads(record)["title"]
            rows = self._file.db.execute(
                'SELECT ordinal, start, "end", headings, text, vector FROM passages WHERE note = ? ORDER BY ordinal',
                (note,),
            )
            yield iri, [
                StoredPassage(
                    f"{iri}#p-{ordinal}", iri, title, tuple(json.loads(headings)), text, start, end,
                    None if vector is None else np.frombuffer(vector, dtype="<f2").astype(np.float64).tolist(),
                )
                for ordinal, start, end, headings, text, vector in rows
            ]  # fmt: skip

    def gone(self, since: int) -> list[str]:
        """Return the notes that have gone and not come back, in the order of their IRIs."""
        rows = self._file.db.execute(
            "SELECT DISTINCT iri FROM gone WHERE kind = 'note' AND version > ? AND iri NOT IN (SELECT iri FROM notes) "
            "ORDER BY iri",
            (since,),
        )
        return [iri for (iri,) in rows]

    def can_tell(self, since: int) -> bool:
        """Tell whether the file knows what has changed since a version."""
        return int(self._file.get("oldest") or 0) <= since <= self.version
