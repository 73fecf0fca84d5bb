"""Literals and the values that a database has for them.

A literal is *plain* if its value alone means it: `literal_of(native(literal)) == literal`. Any other needs a note.
Literals come as N-Triples tokens here, because text is what is fast: a token is split into its text and its suffix
(empty, `@en`, `^^<…>`). All literals are in the canonical form of `kg.rdf`.
"""

from __future__ import annotations

import datetime
import functools
import math
import re
from decimal import Decimal

from kg.property_graph import Point, Temporal, Value
from kg.property_graph.names import Names
from kg.rdf import XSD, Literal, NamedNode, Term, Triple, canonical

__all__ = [
    "WKT",
    "Identity",
    "identity",
    "kind",
    "lexical",
    "literal_of",
    "native",
    "native_of",
    "quoted",
    "split_literal",
    "stored_forms",
    "term_token",
    "token_of",
]

WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"


def _suffix(name: str) -> str:
    return f"^^<{XSD[name].value}>"


_INTEGER, _DECIMAL, _DOUBLE, _FLOAT, _BOOLEAN = map(_suffix, ("integer", "decimal", "double", "float", "boolean"))
_DATE, _TIME, _DATETIME, _DURATION = map(_suffix, ("date", "time", "dateTime", "duration"))
_HEX = _suffix("hexBinary")

_OF_KIND = {
    "date": _DATE,
    "local time": _TIME,
    "zoned time": _TIME,
    "local datetime": _DATETIME,
    "zoned datetime": _DATETIME,
    "duration": _DURATION,
}

# --- from literals to values

_MAX_INTEGER = 2**63
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_CLOCK = (
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{0,8}[1-9])?"
    r"(Z|[+-](?!00:00)(?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
)
_DAY = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_DATE_TEXT = re.compile(_DAY)
_TIME_TEXT = re.compile(_CLOCK)
_DATETIME_TEXT = re.compile(f"{_DAY}T{_CLOCK}")
_DURATION_TEXT = re.compile(
    r"PT0S|-?P(?=.)(?:[1-9][0-9]{0,5}Y)?(?:(?:[1-9]|1[01])M)?(?:[1-9][0-9]{0,7}D)?"
    r"(?:T(?=.)(?:(?:[1-9]|1[0-9]|2[0-3])H)?(?:(?:[1-9]|[1-5][0-9])M)?"
    r"(?:(?:[1-9]|[1-5][0-9]|0(?=\.))(?:\.[0-9]{0,8}[1-9])?S)?)?"
)
"""Durations in the one form that Oxigraph gives them, as far as nanoseconds and the driver's integers go."""

_ESCAPED = re.compile(r"""\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))""")
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


_TO_ESCAPE = {
    **{code: f"\\u{code:04X}" for code in (*range(0x20), 0x7F, 0xFFFE, 0xFFFF)},
    **{ord(character): f"\\{letter}" for letter, character in _ESCAPES.items() if character != "'"},
}
_ANY_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f\ufffe\uffff]')


def split_literal(token: str) -> tuple[str, str]:
    """Return the text of a literal's N-Triples token, and what follows its closing quote."""
    end = token.rindex('"')
    text = token[1:end]
    return (_unescape(text) if "\\" in text else text), token[end + 1 :]


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda match: _ESCAPES[match[3]] if match[3] else chr(int(match[1] or match[2], 16)), text)


def term_token(term: Term) -> str:
    """Return a term as N-Triples has it, a triple term too."""
    if isinstance(term, Triple):
        return f"<<( {term.subject} {term.predicate} {term_token(term.object)} )>>"
    return str(term)


def native_of(text: str, suffix: str) -> Value:
    """Return the best value for a literal, its own text where there is no better."""
    if suffix == "" or suffix[0] == "@":
        return text
    read = _READERS.get(suffix)
    return text if read is None else read(text)


def _read_integer(text: str) -> Value:
    if _WHOLE.fullmatch(text) is None:
        return text
    number = int(text)
    return number if -_MAX_INTEGER <= number < _MAX_INTEGER else text


def _read_number(text: str) -> Value:
    if _NUMBER.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return _NO_NUMBERS.get(text, text)


_NO_NUMBERS: dict[str, Value] = {"NaN": math.nan, "INF": math.inf, "-INF": -math.inf}


def _read_boolean(text: str) -> Value:
    return {"true": True, "false": False}.get(text, text)


def _is_day(year: str, month: str, day: str, first: int, last: int) -> bool:
    """Tell whether there is such a day, in years that the driver can read: it counts zoned times in UTC."""
    try:
        return first <= datetime.date(int(year), int(month), int(day)).year <= last
    except ValueError:
        return False


def _read_date(text: str) -> Value:
    match = _DATE_TEXT.fullmatch(text)
    return Temporal("date", text) if match and _is_day(match[1], match[2], match[3], 1, 9999) else text


def _read_time(text: str) -> Value:
    match = _TIME_TEXT.fullmatch(text)
    return text if match is None else Temporal("zoned time" if match[1] else "local time", text)


def _read_datetime(text: str) -> Value:
    match = _DATETIME_TEXT.fullmatch(text)
    if match is None or not _is_day(match[1], match[2], match[3], 2, 9998):
        return text
    return Temporal("zoned datetime" if match[4] else "local datetime", text)


def _read_duration(text: str) -> Value:
    return Temporal("duration", text) if _DURATION_TEXT.fullmatch(text) else text


_READERS = {
    _INTEGER: _read_integer,
    _DECIMAL: _read_number,
    _DOUBLE: _read_number,
    _FLOAT: _read_number,
    _BOOLEAN: _read_boolean,
    _DATE: _read_date,
    _TIME: _read_time,
    _DATETIME: _read_datetime,
    _DURATION: _read_duration,
}
"""Every datatype whose literals may have a value of their own; hexBinary stays text, as no list may hold bytes."""


def native(term: Literal | NamedNode | Triple, names: Names) -> Value:
    """Return the best value for what stands in a property; an IRI is its name, a triple term its text."""
    if isinstance(term, NamedNode):
        return names.name(term)
    if isinstance(term, Triple):
        return term_token(term)
    return native_of(*split_literal(str(term)))


def stored_forms(term: Literal | NamedNode | Triple, names: Names) -> tuple[Value, ...]:
    """Return every value as which a term may lie in a property: its best, its text in a mixed list, any name."""
    if isinstance(term, NamedNode):
        return names.all(term)
    best, text = native(term, names), term_token(term) if isinstance(term, Triple) else term.value
    return (best,) if isinstance(best, str) else (best, text)


# --- from values to literals


def quoted(text: str) -> str:
    """Return a text as an N-Triples string, to the letter as Oxigraph writes it."""
    return f'"{text.translate(_TO_ESCAPE)}"' if _ANY_TO_ESCAPE.search(text) else f'"{text}"'


def double_text(number: float) -> str:
    """Return a double in Oxigraph's one form: the fewest digits that read back, never an exponent."""
    if number != number:
        return "NaN"
    if number in (math.inf, -math.inf):
        return "INF" if number > 0 else "-INF"
    text = repr(number)
    return format(Decimal(text), "f") if "e" in text else text.removesuffix(".0")


def lexical(value: Value) -> tuple[str, str]:
    """Return the text and the suffix of the one literal that a value means without a note."""
    if isinstance(value, str):
        return value, ""
    if isinstance(value, bool):
        return ("true" if value else "false"), _BOOLEAN
    if isinstance(value, int):
        return str(value), _INTEGER
    if isinstance(value, float):
        return double_text(value), _DOUBLE
    if isinstance(value, Temporal):
        suffix = _OF_KIND[value.kind]
        text = value.text
        return (text if isinstance(native_of(text, suffix), Temporal) else _canonical_text(text, suffix)), suffix
    if isinstance(value, bytes | bytearray):
        return bytes(value).hex().upper(), _HEX
    if isinstance(value, Point):
        return value.text, f"^^<{WKT}>"
    return value.text, f"^^<{value.datatype}>"


@functools.lru_cache(maxsize=4096)
def _canonical_text(text: str, suffix: str) -> str:
    term = canonical(Literal(text, datatype=NamedNode(suffix[3:-1])))
    assert isinstance(term, Literal)
    return term.value


def token_of(value: Value) -> str:
    """Return the N-Triples token of the literal that a value means without a note."""
    text, suffix = lexical(value)
    return quoted(text) + suffix


def literal_of(value: Value) -> Literal:
    """Return the literal that a value means without a note, in canonical form."""
    text, suffix = lexical(value)
    return Literal(text, datatype=NamedNode(suffix[3:-1])) if suffix else Literal(text)


# --- identity: decided here, because for the database 0.0 = -0.0, and NaN is not NaN


Identity = str | tuple[str, str]


def kind(value: Value) -> str:
    """Return what a value is stored as; a list holds values of one kind, zoned and local times are two."""
    return value.kind if isinstance(value, Temporal) else type(value).__name__


def identity(value: Value) -> Identity:
    """Return what tells values apart: the kind and the text, never `==`, for which 1, 1.0 and True are one."""
    if isinstance(value, str):
        return value
    if isinstance(value, Temporal):
        return value.kind, value.text
    return type(value).__name__, repr(value)
