"""Oxigraph's exceptions as ours: where a query is wrong, which file failed, what is not offered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import (
    KgError,
    QuerySyntaxError,
    StoreCorruptError,
    StoreError,
    StoreLockedError,
    StoreReadOnlyError,
    UnsupportedQueryError,
)

__all__ = ["engine_errors", "query_errors", "syntax_error"]

_POSITION = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
"""What Oxigraph's SPARQL parser says: line and column from 1, the column in characters."""

_EXPECTED = re.compile(
    r"""\s*(?:(?P<class>\[(?:'(?:\\(?:u\{[0-9A-Fa-f]+\}|.)|[^'\\])'|[^\[\]'])*\])
    |(?P<mark>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z0-9_]+(?=,|\s*$))|(?P<sentence>[^,]+))\s*(?:,|$)""",
    re.VERBOSE,
)
"""One of the things that the parser expected: characters, a mark, a keyword; or a rule of its own that is broken."""
_UNSUPPORTED = re.compile(r"The (custom function|custom aggregate function|service) <([^>]*)> is not supported")


def syntax_error(error: Exception, text: str, language: str = "SPARQL") -> QuerySyntaxError:
    """Return our error for what the parser said about a query or update text."""
    message = str(error)
    match = _POSITION.search(message)
    if match is None:
        return QuerySyntaxError(language, message)
    line, column = int(match[1]), int(match[2])
    if "Prefix not found" in match[3]:  # the parser stands behind the name
        column -= len(text.split("\n")[line - 1][: column - 1].split()[-1])
    expected = list(_EXPECTED.finditer(match[3]))
    return QuerySyntaxError(language, _reason(expected, _rest(text, line, column)), line, column)


def _rest(text: str, line: int, column: int) -> str:
    """Return up to 30 characters of a text from a position on, on its line."""
    lines = text.split("\n")
    return lines[line - 1][column - 1 :][:30].strip() if line <= len(lines) else ""


def _reason(expected: list[re.Match[str]], rest: str) -> str:
    """Write what is wrong in one line: the parser's own sentences, else the marks it expected, if they are few.

    Keywords are left out: which of them the parser names depends on how long they are.
    """
    found = f"at {rest!r}" if rest else "at the end of the line"
    sentences = [each["sentence"].strip() for each in expected if each["sentence"]]
    if sentences:
        return f"{'; '.join(dict.fromkeys(sentences))}, {found}"
    marks = [each["mark"] for each in expected if each["mark"]]
    is_helpful = 0 < len(marks) <= 3 and not any(each["class"] for each in expected)
    return f"unexpected text {found}" + (f"; expected {', '.join(marks)}" if is_helpful else "")


@contextmanager
def query_errors(text: str) -> Iterator[None]:
    """Turn what Oxigraph raises while a query is parsed or evaluated into our errors."""
    try:
        yield
    except KgError:
        raise
    except (SyntaxError, ValueError) as error:
        raise syntax_error(error, text) from error
    except RuntimeError as error:
        match = _UNSUPPORTED.search(str(error))
        if match is not None:
            raise UnsupportedQueryError("SPARQL", f"the {match[1]} <{match[2]}>") from error
        raise StoreError(f"The query failed: {error}") from error
    except OSError as error:
        raise StoreError(f"The query failed: {error}") from error


@contextmanager
def engine_errors(folder: Path | None, action: str) -> Iterator[None]:
    """Turn what Oxigraph raises about its files into our errors, naming the folder and the reason.

    Args:
        action: what was being done, as an infinitive: "open".
    """
    place = "the store in memory" if folder is None else f"the store in {folder}"
    try:
        yield
    except KgError:
        raise
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:
        message = str(error).removeprefix("IO error: ")
        if "lock" in message.lower() and ("LOCK" in message or "No locks available" in message):
            raise StoreLockedError(str(folder), "another process", 0) from error
        if "read-only" in message.lower() and "file system" not in message.lower():
            raise StoreReadOnlyError(f"Cannot {action} {place}: it was opened for reading.") from error
        if "corruption" in message.lower() or "checksum" in message.lower():
            raise StoreCorruptError(f"Cannot {action} {place}: {message}") from error
        raise StoreError(f"Cannot {action} {place}: {message}") from error
