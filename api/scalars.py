"""Single values among the parameters of a request, read strictly."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from kg.errors import InputError

__all__ = ["Values", "check_names", "parse_flag", "parse_number", "parse_text", "parse_whole"]

_FLAGS = {"true": True, "1": True, "false": False, "0": False}

Values = Sequence[tuple[str, str]]


def check_names(values: Values, known: Iterable[str]) -> None:
    """Check that all parameters are known.

    Raises:
        InputError: there is one that is not, and which there are.
    """
    names = tuple(known)
    unknown = next((name for name, _ in values if name not in names), None)
    if unknown is not None:
        raise InputError(f"No parameter is called {unknown!r} here. Known: {', '.join(names)}.")


def parse_text(values: Values, name: str) -> str | None:
    """Return a text with something in it, None where it is not given.

    Raises:
        InputError: it is empty, or given twice.
    """
    text = _one(values, name)
    if text is not None and not text.strip():
        raise InputError(f"{name} is empty; leave it out, or say which.")
    return None if text is None else text.strip()


def parse_whole(values: Values, name: str, usual: int, most: int) -> int:
    """Return a whole number from 0 to `most`, `usual` where it is not given.

    Raises:
        InputError: it is another, or given twice.
    """
    text = _one(values, name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal()) or len(text) > 16 or int(text) > most:
        raise InputError(f"{name} must be a whole number from 0 to {most}, not {text!r:.50}.")
    return int(text)


def parse_number(values: Values, name: str, least: float, most: float) -> float | None:
    """Return a number between two, both included; None where it is not given.

    Raises:
        InputError: it is another, or given twice.
    """
    text = _one(values, name)
    if text is None:
        return None
    try:
        number = float(text) if text.isascii() else math.nan
    except ValueError:
        number = math.nan
    if not least <= number <= most:
        raise InputError(f"{name} must be a number from {least:g} to {most:g}, not {text!r:.50}.")
    return number


def parse_flag(values: Values, name: str) -> bool:
    """Return what is true or false; false where it is not given.

    Raises:
        InputError: it is neither, or given twice.
    """
    text = _one(values, name)
    if text is None:
        return False
    if text.casefold() not in _FLAGS:
        raise InputError(f"{name} must be true or false, not {text!r:.50}.")
    return _FLAGS[text.casefold()]


def _one(values: Values, name: str) -> str | None:
    given = [value for each, value in values if each == name]
    if len(given) > 1:
        raise InputError(f"{name} was given twice.")
    return given[0] if given else None
