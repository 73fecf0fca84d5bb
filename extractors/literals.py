"""Dates, numbers, versions and addresses in text, as typed literals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from extractors.reading import LiteralMention, Reading
from kg.rdf import XSD, Literal

__all__ = ["find_literals", "typed_literal"]

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), start=1)
    for name in names.split()
}  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_YEAR = r"(?P<year>1[0-9]{3}|20[0-9]{2}|21[0-9]{2})"
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"

_DATE_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"\b{_YEAR}-(?P<month_number>[01][0-9])-(?P<day>[0-3][0-9])\b",
        rf"\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s*{_YEAR}\b",
        rf"\b{_MONTH}\s+{_DAY}(?:,\s*|\s+){_YEAR}\b",
        rf"\b{_MONTH},?\s+{_YEAR}\b",
        rf"{_YEAR}\s*年\s*(?P<month_number>[01]?[0-9])\s*月\s*(?P<day>[0-3]?[0-9])\s*日",
        rf"{_YEAR}\s*年\s*(?P<month_number>[01]?[0-9])\s*月",
        rf"{_YEAR}\s*年",
        rf"(?<![\w.$€£-]){_YEAR}(?![\w%-]|[.,]\d)",
    )
)
_VERSION = re.compile(
    r"\bv(?P<v>\d+(?:\.\d+)*[a-z0-9.+-]*)\b|(?<![\w.])(?P<dotted>\d+(?:\.\d+){1,3}(?:[-+]?(?:alpha|beta|rc|dev|a|b)\.?\d*)?)"
    r"(?![\w.]*\w|%|\s+(?:hundred|thousand|million|billion)\b)",
    re.IGNORECASE | re.ASCII,
)
_NUMBER = re.compile(
    r"(?<![\w.,-])(?P<number>\d{1,3}(?:,\d{3})+|\d+)(?P<fraction>\.\d+)?(?:\s+(?P<unit>hundred|thousand|million|billion))?(?![\w%]|\.\d)",
    re.IGNORECASE | re.ASCII,
)
_WORD_NUMBERS = {
    w: n for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_WORD_NUMBER = re.compile(r"\b(" + "|".join(_WORD_NUMBERS) + r")\b", re.IGNORECASE)
_MAY_COUNT = re.compile(r"\d|" + _WORD_NUMBER.pattern, re.IGNORECASE)
_URL = re.compile(r"\bhttps?://[^\s<>\"')\]，。；！？、）]*[^\s<>\"')\].,;:!?，。；！？、）]", re.ASCII)
_UNITS = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}


def typed_literal(value: object, text: str) -> Literal:
    """Return a metadata value as a literal of its type; what has no type of its own stays text."""
    if isinstance(value, bool):
        return Literal(value)
    if isinstance(value, int):
        return Literal(str(value), datatype=XSD["integer"])
    if isinstance(value, float):
        return (
            Literal(repr(value), datatype=XSD["double"])
            if "e" in repr(value)
            else Literal(repr(value), datatype=XSD["decimal"])
        )
    if isinstance(value, date):
        return Literal(value.isoformat(), datatype=XSD["dateTime" if hasattr(value, "hour") else "date"])
    found = next(iter(_dates(text, 0)), None)
    return found.value if found and found.text == text.strip() and "-" in text else Literal(text)


def find_literals(reading: Reading) -> list[LiteralMention]:
    """Return the literals of a note in text order, without overlaps: dates before versions before numbers."""
    found: list[LiteralMention] = []
    for sentence in reading.sentences:
        start, end = sentence.text_start, sentence.text_end
        text = reading.text[start:end]
        if _MAY_COUNT.search(text) is None:
            continue
        taken: list[tuple[int, int]] = []
        for literal in (*_dates(text, start), *_versions(text, start), *_numbers(text, start)):
            if all(literal.end <= left or literal.start >= right for left, right in taken):
                taken.append((literal.start, literal.end))
                found.append(literal)
    for match in _URL.finditer(reading.request.note.text):
        found.append(
            LiteralMention(match.start(), match.end(), match[0], "url", Literal(match[0], datatype=XSD["anyURI"]))
        )
    return sorted(found)


def _dates(text: str, offset: int) -> Iterator[LiteralMention]:
    taken: list[tuple[int, int]] = []
    for form in _DATE_FORMS:
        for match in form.finditer(text):
            parts = match.groupdict()
            if any(match.start() < right and match.end() > left for left, right in taken):
                continue
            value = _date_literal(parts)
            if value is not None:
                taken.append(match.span())
                yield LiteralMention(offset + match.start(), offset + match.end(), match[0], "date", value)


def _date_literal(parts: dict[str, str | None]) -> Literal | None:
    """Return xsd:date, gYearMonth or gYear, as precise as the text; None for no date, such as 31 June."""
    year = int(parts["year"] or 0)
    month = int(parts.get("month_number") or 0) or _MONTHS.get((parts.get("month") or "").lower(), 0)
    day = int(parts.get("day") or 0)
    if day:
        try:
            return Literal(date(year, month, day).isoformat(), datatype=XSD["date"])
        except ValueError:
            return None
    if month:
        return Literal(f"{year:04}-{month:02}", datatype=XSD["gYearMonth"]) if month <= 12 else None
    return Literal(f"{year:04}", datatype=XSD["gYear"])


def _versions(text: str, offset: int) -> Iterator[LiteralMention]:
    for match in _VERSION.finditer(text):
        number = (match["v"] or match["dotted"]).rstrip(".")
        yield LiteralMention(offset + match.start(), offset + match.end(), match[0], "version", Literal(number))


def _numbers(text: str, offset: int) -> Iterator[LiteralMention]:
    for match in _NUMBER.finditer(text):
        whole = int(match["number"].replace(",", ""))
        factor = _UNITS[match["unit"].lower()] if match["unit"] else 1
        if match["fraction"]:
            scaled = float(f"{whole}{match['fraction']}") * factor
            value = (
                Literal(str(round(scaled)), datatype=XSD["integer"])
                if scaled.is_integer()
                else Literal(f"{scaled:.10g}", datatype=XSD["decimal"])
            )
        else:
            value = Literal(str(whole * factor), datatype=XSD["integer"])
        yield LiteralMention(offset + match.start(), offset + match.end(), match[0], "number", value)
    for match in _WORD_NUMBER.finditer(text):
        value = Literal(str(_WORD_NUMBERS[match[0].lower()]), datatype=XSD["integer"])
        yield LiteralMention(offset + match.start(), offset + match.end(), match[0], "number", value)
