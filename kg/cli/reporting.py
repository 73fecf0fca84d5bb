"""What an error becomes at the edge: an exit code, and one message."""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from kg.errors import (
    AccessError,
    ClientGoneError,
    ConfigError,
    ExtractionError,
    InputError,
    KgError,
    LimitError,
    NotFoundError,
    RemoteError,
    StoreError,
)

__all__ = ["EXIT_CODES", "report", "tell"]

EXIT_CODES: Mapping[type[KgError], int] = {
    AccessError: 2,
    ClientGoneError: 3,
    ConfigError: 2,
    ExtractionError: 2,
    InputError: 2,
    LimitError: 3,
    NotFoundError: 1,
    RemoteError: 4,
    StoreError: 4,
}
"""The exit code of each error; one that is not named here has its base class's."""


def report(error: KgError, as_json: bool) -> int:
    """Say what went wrong and return the exit code; the JSON document also holds the parts of the message."""
    code = next(EXIT_CODES[kind] for kind in type(error).__mro__ if kind in EXIT_CODES)
    title = (type(error).__doc__ or type(error).__name__).splitlines()[0].rstrip(".")
    parts = {name: value for name, value in vars(error).items() if isinstance(value, str | int | float | tuple)}
    return tell(error, title, str(error), code, as_json, parts)


def tell(
    error: BaseException,
    title: str,
    detail: str,
    code: int,
    as_json: bool,
    parts: Mapping[str, object] | None = None,
) -> int:
    """Write an error as one JSON document to standard output, or as a line to standard error."""
    if as_json:
        document = {"type": type(error).__name__, "title": title, "detail": detail, **(parts or {})}
        click.echo(json.dumps({"error": document}, ensure_ascii=False, default=str))
    else:
        click.echo(f"kg: {detail}", err=True)
    return code
