"""Dates that say no day: what programs write where none is known."""

from __future__ import annotations

__all__ = ["is_placeholder_date"]

_PLACEHOLDERS = ("0000", "0001-01-01", "1969-12-31", "1970-01-01", "9999-12-31")
"""How they begin: a year that is none, the first and the last day of calendars, and the day from which Unix counts with
the one that it is in the west."""


def is_placeholder_date(text: str) -> bool:
    """Tell whether a date or a time, as in ISO 8601, stands for none."""
    return text.startswith(_PLACEHOLDERS)
