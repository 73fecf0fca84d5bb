"""Importers: the bytes of a file become notes."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Protocol

from kg.importers.scalars import daily_date, spoken_date
from kg.importers.source import MAX_BYTES, MAX_LINE, decode
from kg.model import Failure, Note
from kg.registry import Registry

__all__ = [
    "IMPORTERS",
    "MAX_BYTES",
    "MAX_LINE",
    "RESERVED_KEYS",
    "Importer",
    "daily_date",
    "decode",
    "importer_for",
    "spoken_date",
]

RESERVED_KEYS = frozenset({"alias", "aliases", "id", "tag", "tags", "title"})
"""Keys that `Note.fields` holds although other parts of a `Note` already say what they mean."""


class Importer(Protocol):
    """Reads the files with some suffixes. Stateless; the same bytes give equal notes."""

    name: str
    suffixes: frozenset[str]
    """Lower case, with the dot."""

    def read(self, path: str, content: bytes) -> Iterator[Note | Failure]:
        """Yield the notes of one file lazily, in file order; what cannot be read is a Failure.

        Nothing is raised for what a file holds. `path` is relative to the vault, with `/`.
        """
        ...


IMPORTERS = Registry(
    "importer",
    {
        "jsonl": "kg.importers.jsonl:IMPORTER",
        "markdown": "kg.importers.markdown:IMPORTER",
        "plain": "kg.importers.plain:IMPORTER",
    },
)


def importer_for(path: str) -> Importer | None:
    """Return the importer that reads a file, by its suffix whatever its case; None if there is none."""
    return _by_suffix().get(PurePosixPath(path).suffix.lower())


@functools.cache
def _by_suffix() -> Mapping[str, Importer]:
    found: dict[str, Importer] = {}
    for name in IMPORTERS.names():
        importer: Importer = IMPORTERS.load(name)
        for suffix in importer.suffixes:
            found.setdefault(suffix, importer)
    return found
