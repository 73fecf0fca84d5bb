"""Who does something, and when: by the flags, the settings, and the login name and the clock."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

from kg.cli.session import Session
from kg.decisions import Author
from kg.errors import InputError

__all__ = ["signature"]


def signature(session: Session, author: str | None, time: str | None) -> Author:
    """Return who decides and when, from the flags, else from the settings and the clock.

    Raises:
        InputError: the name is empty, or the time is none.
    """
    name = session.config(review_author=author).review.author.strip()
    return Author(name or _login_name(author), _time(time))


def _login_name(author: str | None) -> str:
    if author is not None:
        raise InputError("--author is empty: a decision needs somebody who made it.")
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise InputError("Nobody is logged in by name: say who decides by --author or review.author.") from error


def _time(text: str | None) -> str:
    """Return an xsd:dateTime in UTC; a time without a zone is this machine's own."""
    try:
        moment = datetime.now(UTC).replace(microsecond=0) if text is None else datetime.fromisoformat(text.strip())
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"--time {text!r} is no time in ISO 8601, as in 2026-01-31T12:00:00Z.") from error
    return moment.isoformat().replace("+00:00", "Z")
