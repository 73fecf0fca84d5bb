"""The members of a JSON object that a request sends, read strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kg.errors import InputError

__all__ = ["Members", "member_flag", "member_number", "member_text", "member_whole", "needed_text", "read_members"]

Members = Mapping[str, Any]


def read_members(sent: object, known: Iterable[str], what: str) -> Members:
    """Return the members of an object, all of which are known.

    Raises:
        InputError: it is no object, or has another member; `what` says what it should be.
    """
    names = tuple(known)
    if not isinstance(sent, dict):
        raise InputError(f"{what} is a JSON object with {', '.join(names[:3])} and so on, not {sent!r:.60}.")
    unknown = next((name for name in sent if name not in names), None)
    if unknown is not None:
        raise InputError(f"{what} has no member {unknown!r:.60}. Known: {', '.join(names)}.")
    return sent


def member_text(members: Members, name: str) -> str | None:
    """Return a text with something in it, None where it is not given, or null.

    Raises:
        InputError: it is something else.
    """
    value = members.get(name)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise InputError(f"{name} must be a text with something in it, not {value!r:.60}.")
    return None if value is None else str(value).strip()


def needed_text(members: Members, name: str) -> str:
    """Return a text with something in it.

    Raises:
        InputError: it is not given, or something else.
    """
    value = member_text(members, name)
    if value is None:
        raise InputError(f"The member {name!r} is missing.")
    return value


def member_number(members: Members, name: str, most: float) -> float | None:
    """Return a number from 0 to `most`, None where it is not given, or null.

    Raises:
        InputError: it is something else.
    """
    value = members.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise InputError(f"{name} must be a number from 0 to {most:g}, not {value!r:.60}.")
    return float(value)


def member_whole(members: Members, name: str, most: int) -> int | None:
    """Return a whole number from 0 to `most`, None where it is not given, or null.

    Raises:
        InputError: it is something else.
    """
    number = member_number(members, name, most)
    if number is not None and number != int(number):
        raise InputError(f"{name} must be a whole number from 0 to {most}, not {number!r:.60}.")
    return None if number is None else int(number)


def member_flag(members: Members, name: str) -> bool:
    """Return what is true or false; false where it is not given.

    Raises:
        InputError: it is neither.
    """
    value = members.get(name, False)
    if not isinstance(value, bool):
        raise InputError(f"{name} must be true or false, not {value!r:.60}.")
    return value
