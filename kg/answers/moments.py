"""Dates and values in words that a question gives, beside those that notes state."""

from __future__ import annotations

from kg.answers.meaning import Moment
from kg.answers.words import fold

__all__ = ["excludes"]


def excludes(value: str, moment: Moment) -> bool:
    """Tell whether a stated value cannot be what a question asks for; `2019` may be before May of 2019, and after.

    Args:
        value: as it is stated; a date as far as it is known.
    """
    if moment.side == "is":
        stated, asked = fold(value), fold(moment.text)
        return asked not in stated and stated not in asked
    size = min(len(value), len(moment.text))
    stated, asked = value[:size], moment.text[:size]
    is_shorter = len(value) < len(moment.text)
    if moment.side == "in":
        return stated != asked
    if moment.side == "before":
        return stated > asked or (stated == asked and not is_shorter)
    if moment.side == "after":
        return stated < asked or (stated == asked and not is_shorter)
    if moment.until and value[: len(moment.until)] > moment.until:
        return True
    return stated < asked  # since
