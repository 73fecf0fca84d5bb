"""An answer as it comes from a reader, in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol

from kg.query.formats import FORMATS
from kg.serving.frames import DATA, ERROR, decode_error
from kg.serving.reader import Reader

__all__ = ["Answer"]


class _Pool(Protocol):
    """Where a reader goes when it is no longer needed."""

    def give_back(self, reader: Reader) -> None:
        """Return a reader that has answered."""

    def drop(self, reader: Reader) -> None:
        """End a reader."""


class Answer:
    """The answer to a query: iterating yields its bytes, once.

    Whoever does not read it to its end closes it: that ends the reader which still works on it. An error
    while it is read is raised as a KgError; what was yielded before is then no whole answer.
    """

    def __init__(self, pool: _Pool, reader: Reader | None, format_name: str, pieces: list[bytes]) -> None:
        self._pool, self._reader, self._pieces = pool, reader, pieces
        self.format = format_name

    @property
    def media_type(self) -> str:
        """Return the media type of an answer in one of `FORMATS`."""
        return FORMATS[self.format].media_type

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if self._reader is None:
            raise StopIteration
        try:
            kind, payload = self._reader.receive()
        except BaseException:
            self.close()
            raise
        if kind == DATA:
            return payload
        reader, self._reader = self._reader, None
        self._pool.give_back(reader)
        if kind == ERROR:
            raise decode_error(payload)
        raise StopIteration

    def close(self) -> None:
        """End what still works on it; twice is no error."""
        reader, self._reader = self._reader, None
        self._pieces.clear()
        if reader is not None:
            self._pool.drop(reader)

    def __enter__(self) -> Answer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
