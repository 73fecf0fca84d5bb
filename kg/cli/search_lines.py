"""Many questions in one run: JSON Lines in, a JSON line out for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.json_lines import json_line, numbered_lines, parse_line
from kg.errors import InputError

if TYPE_CHECKING:
    from kg.search.hits import SearchAnswer

__all__ = ["Line", "answer_lines", "read_lines"]


@dataclass(frozen=True, slots=True)
class Line:
    """A line that was read: its id, as it was given, and its query; or what is wrong with it."""

    id: str | int | None
    query: str
    error: str = ""


def read_lines(file: Path) -> Iterator[Line]:
    """Yield the lines of a file that hold something; `-` is standard input."""
    for number, line in numbered_lines(file):
        yield _read(line, number)


def _read(line: bytes, number: int) -> Line:
    try:
        value = parse_line(line, number)
    except InputError as error:
        return Line(None, "", str(error))
    found = value.get("id") if isinstance(value, dict) else None
    given = found if isinstance(found, str | int) and not isinstance(found, bool) else None
    if given is None:
        return Line(None, "", f'line {number}: it is no object with an "id" that is a text or a whole number.')
    query = value.get("query")
    if not isinstance(query, str) or not query.strip():
        return Line(given, "", f'line {number}: it has no "query" that is a text with something in it.')
    return Line(given, query)


def answer_lines(search: Callable[[str], SearchAnswer], lines: Sequence[Line]) -> int:
    """Answer each line as soon as it is known; return the exit code."""
    code = 0
    for line in lines:
        document: dict[str, Any] = {"id": line.id, "hits": []}
        try:
            if line.error:
                raise InputError(line.error)
            answer = search(line.query)
            document["hits"] = [hit.to_json() for hit in answer.hits]
            if incomplete := answer.incomplete():
                document["incomplete"] = incomplete
        except InputError as error:
            document["error"] = {"type": type(error).__name__, "detail": str(error)}
            code = 2
        click.echo(json_line(document))
    return code
