"""Metadata values as written, typed as YAML 1.2 types them."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime

from kg.model import Scalar

__all__ = ["daily_date", "is_field_key", "iso_date", "read_scalar", "spoken_date"]

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?|(?<=[0-9])[eE][-+]?[0-9]{1,3})\Z")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\Z")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:[Zz]|[-+][0-9]{2}:?[0-9]{2})?\Z"
)
_BOOLEANS = {"true": True, "false": False}

_KEY_MARKS = frozenset(" -_/\u200c\u200d")

_DAILY_STEM = re.compile(r"([0-9]{4})([-_])([0-9]{2})\2([0-9]{2})\Z")
_DAILY_IN_FOLDER = re.compile(r"([0-9]{4})([-_.]?)([0-9]{2})\2([0-9]{2})(?:[-_ ,.]+[^\W\d_]+\.?)?\Z")
_DAILY_FOLDERS = {"daily", "dailies", "daily notes", "daily-notes", "journal", "journals", "diary", "日记", "日志"}

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPOKEN = re.compile(r"(?:[A-Za-z]+,? )?([A-Za-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})\Z")


def read_scalar(text: str) -> Scalar:
    """Return a plain value typed: boolean, integer, float, date, datetime or else the text itself.

    YAML 1.2's core schema and ISO dates. `no`, `12:30` and `007` stay text, which YAML 1.1 would change.
    """
    first = text[:1]
    if first in "tTfF" and text.casefold() in _BOOLEANS:
        return _BOOLEANS[text.casefold()]
    if not (first.isdigit() or (first and first in "-+.")):
        return text
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return iso_date(text) or text


def is_field_key(key: str) -> bool:
    """Tell whether a Dataview key is made of letters, digits, spaces, `-`, `_` and `/`, or is Logseq's own."""
    if key.startswith("logseq."):
        key = key.replace(".", "")
    return all(mark.isalnum() or mark in _KEY_MARKS or unicodedata.category(mark)[0] == "M" for mark in key)


def iso_date(text: str) -> date | datetime | None:
    """Return an ISO 8601 date or time as written in notes, None for anything else."""
    try:
        if _DATE.match(text):
            return date.fromisoformat(text)
        if _DATETIME.match(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:  # the 31st of February
        return None
    return None


def daily_date(path: str) -> date | None:
    """Return the day that a daily note is for, read from its path, None for other notes.

    `2024-01-05` and Logseq's `2024_01_05` anywhere; `20240105` and `2024-01-05 Fri` in a folder
    named daily, journals and the like.
    """
    *folders, name = path.split("/")
    stem = name.rsplit(".", 1)[0]
    match = _DAILY_STEM.match(stem)
    if not match and any(folder.casefold() in _DAILY_FOLDERS for folder in folders):
        match = _DAILY_IN_FOLDER.match(stem)
    return _day(match[1], match[3], match[4]) if match else None


def spoken_date(text: str) -> date | None:
    """Return the day that a journal's title names: `2024-01-05`, `2024_01_05` or `Jan 5th, 2024`."""
    if match := _DAILY_STEM.match(text):
        return _day(match[1], match[3], match[4])
    match = _SPOKEN.match(text)
    if not match or match[1][:3].casefold() not in _MONTHS:
        return None
    return _day(match[3], str(_MONTHS.index(match[1][:3].casefold()) + 1), match[2])


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
