"""One thing that a user did with a note, and the names it has."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal as OneOf
from typing import get_args

from kg.errors import InputError
from kg.iri import Minter
from kg.rdf import XSD, Literal, NamedNode, canonical

__all__ = [
    "ACTIONS", "BEST", "IMPLIED", "WORST", "Action", "Event", "checked_name", "event_iri", "event_time", "rating_text",
]  # fmt: skip

Action = OneOf["viewed", "rated", "saved"]
"""What a user does with a note."""
ACTIONS: tuple[Action, ...] = get_args(Action)
WORST, BEST = 1.0, 5.0
"""The range of ratings."""

IMPLIED: Mapping[Action, tuple[Action, ...]] = {
    "viewed": ("viewed",),
    "rated": ("rated", "viewed"),
    "saved": ("saved",),
}
"""The plain triples that an action is written with."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Event:
    """What a user did with a note.

    Args:
        user: the user's name.
        rating: 1 to 5 where the action is `rated`, else None.
        time: an xsd:dateTime in UTC; empty where only a plain triple says that it happened.
        id: the IRI of the interaction that it was read from; empty where it was read from none.
    """

    user: str
    action: Action
    item: NamedNode
    rating: float | None
    time: str
    id: str = field(default="", compare=False)


def event_iri(event: Event, minter: Minter) -> NamedNode:
    """Return the IRI of an event: that of the same one is the same, however often it is sent."""
    parts = (event.action, event.item.value, rating_text(event.rating) if event.rating is not None else "", event.time)
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:20]
    return NamedNode(f"{minter.user(event.user).value}/event/{digest}")


def event_time(text: str | None, now: Callable[[], datetime]) -> str:
    """Return a moment as an xsd:dateTime in UTC; `now` where none is given.

    Raises:
        InputError: it is none in ISO 8601, or has no zone.
    """
    try:
        moment = now() if text is None else datetime.fromisoformat(text.strip())
        if moment.tzinfo is None:
            raise ValueError("it has no zone")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(f"time {text!r:.60} is no time in ISO 8601 with a zone, as 2026-01-31T12:00:00Z.") from error
    written = canonical(Literal(moment.isoformat().replace("+00:00", "Z"), datatype=XSD["dateTime"]))
    assert isinstance(written, Literal)
    return written.value


def checked_name(name: str) -> str:
    """Return a user's name with single spaces.

    Raises:
        InputError: it is empty or too long, shows nothing but dots, which mean folders in IRIs, or has a character
            that controls a device.
    """
    stripped = " ".join(name.split())
    if not stripped or len(stripped) > _LONGEST_NAME:
        raise InputError(f"A user's name has from 1 to {_LONGEST_NAME} characters, and {name!r:.60} has not.")
    kinds = [unicodedata.category(character) for character in stripped if character != "."]
    if "Cc" in kinds or all(kind.startswith(("C", "Z")) for kind in kinds):
        raise InputError(
            f"A user's name has a letter, a digit or a sign, and no control characters; {name!r:.60} is none."
        )
    return stripped


def rating_text(number: float) -> str:
    """Return a rating as a decimal, with at most two digits behind the point."""
    return f"{round(number, 2):.2f}".rstrip("0").rstrip(".")
