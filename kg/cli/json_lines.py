"""JSON Lines on the command line: the lines of a file with what each says, and documents as lines of output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kg.errors import InputError

__all__ = ["json_line", "numbered_lines", "parse_line"]


def numbered_lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that hold something, each with its number from 1; `-` is standard input."""
    content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if line.strip():
            yield number, line


def parse_line(line: bytes, number: int) -> Any:
    """Return what a line says.

    Raises:
        InputError: it is no JSON; the message has its number.
    """
    try:
        return json.loads(line.decode())
    except UnicodeDecodeError as error:
        raise InputError(f"line {number}: it is no UTF-8.") from error
    except json.JSONDecodeError as error:
        raise InputError(f"line {number}: it is no JSON: {error.msg} at column {error.colno}.") from error
    except ValueError as error:  # a number with more digits than Python reads
        raise InputError(f"line {number}: it cannot be read: {error}.") from error
    except RecursionError as error:
        raise InputError(f"line {number}: it is nested too deeply.") from error


def json_line(document: Mapping[str, Any]) -> str:
    """Write a document; half a surrogate pair, which an id that was read can hold, is no text but as an escape."""
    written = json.dumps(document, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(document)
    return written
