"""Records as bytes: the plain JSON of Neo4j's Query API, CSV, and tables for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from kg.errors import UnknownNameError
from kg.query.cypher_json import describe_summary, encode_plain, write_rows, write_text
from kg.query.records_table import plan_lines, write_records_csv, write_records_table
from kg.records import Notification, Records

__all__ = ["RECORD_FORMATS", "counters_line", "notification_line", "write_records"]

RECORD_FORMATS = ("json", "csv", "table")

_CHUNK = 1000


def write_records(
    records: Records,
    format_name: str,
    width: int | None = None,
    base: str = "",
    below: Callable[[int], str] | None = None,
    members: Callable[[], Mapping[str, Any]] = dict,
) -> Iterator[bytes]:
    """Return records in a format, piece by piece, lazily.

    Args:
        width: columns of the terminal, for tables; None cuts nothing.
        base: the base IRI that tables leave out.
        below: gives the lines that stand below a row of a table, by its number from 0.
        members: gives what a JSON document has besides, when all rows are read.

    Raises:
        UnknownNameError: no format has that name.
    """
    if format_name == "json":
        return _json(records, members)
    if format_name == "csv":
        return _chunks(write_records_csv(records))
    if format_name != "table":
        raise UnknownNameError("format", format_name, RECORD_FORMATS)
    return _chunks(_table(records, width, base, below))


def _chunks(lines: Iterator[str]) -> Iterator[bytes]:
    while piece := "".join(islice(lines, _CHUNK)):
        yield piece.encode("utf-8", "replace")


def _json(records: Records, members: Callable[[], Mapping[str, Any]]) -> Iterator[bytes]:
    yield b'{"data":{"fields":' + write_text(list(records.fields)).encode() + b',"values":['
    yield from write_rows(records, lambda row: write_text([encode_plain(value) for value in row]))
    said = describe_summary(records.summary, encode_plain, with_counters=bool(records.summary.counters))
    more = {**said, **members()}
    yield b"]}" + "".join(f",{write_text(name)}:{write_text(value)}" for name, value in more.items()).encode() + b"}\n"


def _table(records: Records, width: int | None, base: str, below: Callable[[int], str] | None) -> Iterator[str]:
    yield from write_records_table(records, width, base, below)
    if records.summary.plan is not None:
        yield from (f"{line}\n" for line in plan_lines(records.summary.plan))


def notification_line(notification: Notification) -> str:
    """Write what the engine says beside an answer in a line."""
    where = (
        "" if notification.position is None else f"line {notification.position[1]}, column {notification.position[2]}: "
    )
    kind = "Warning" if notification.severity == "WARNING" else "Note"
    return f"{kind}: {where}{notification.title.rstrip('.')}. {notification.description}"


def counters_line(counters: Mapping[str, int]) -> str:
    """Write what a statement has changed in a line: `nodes created: 1, properties set: 2`; empty for nothing."""
    words = {
        name: re.sub(r"(?=[A-Z])", " ", name).lower() for name, count in counters.items() if count and count is not True
    }
    return ", ".join(f"{word}: {counters[name]:,}" for name, word in words.items())
