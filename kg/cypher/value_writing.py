"""Writing names, numbers, strings and labels so that Neo4j and `kg.cypher.parsing` read them alike."""

from __future__ import annotations

import math

from kg.cypher.tokens import is_plain_name

__all__ = ["constant", "key", "name", "parameter"]

_RESERVED = frozenset(
    "ALL ALLSHORTESTPATHS AND ANY AS ASC BOTH CALL CASE COLLECT CONTAINS COUNT CREATE DELETE DESC DETACH DISTINCT"
    " ELSE END ENDS EXISTS FALSE FILTER FINISH FOREACH FROM IN INF INFINITY INSERT IS LEADING LET LIMIT LOAD MATCH"
    " MERGE NAN NODETACH NONE NOT NULL OFFSET ON OPTIONAL OR ORDER PATH PATHS REDUCE REMOVE RETURN SET SHORTEST"
    " SHORTESTPATH SINGLE SKIP STARTS THEN TRAILING TRUE UNION UNWIND USE USING WHEN WHERE WITH XOR YIELD".split()
)
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})


def name(text: str) -> str:
    """Return the name of a variable: in backticks if it is a keyword, or not of ASCII letters, digits and `_` alone.

    Raises:
        ValueError: for a name that no text can hold: empty, with NUL or with half of a surrogate pair.
    """
    return text if is_plain_name(text) and text.upper() not in _RESERVED else _quoted(text)


def key(text: str) -> str:
    """Return a name behind a dot or colon, where keywords are plain names; raises what `name` raises."""
    return text if is_plain_name(text) else _quoted(text)


def parameter(text: str) -> str:
    """Return a parameter; raises what `name` raises."""
    return "$" + (text if text.isascii() and text.isdigit() else key(text))


def _quoted(text: str) -> str:
    if not text or not _can_be_written(text):
        raise ValueError(f"{text!r} cannot be a name in Cypher")
    return "`" + text.replace("\\", "\\u005C").replace("`", "``") + "`"


def _can_be_written(text: str) -> bool:
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def _string(text: str) -> str:
    """Return a string in single quotes."""
    if not _can_be_written(text):
        raise ValueError(f"{text!r} cannot be a string in Cypher; pass it as a parameter")
    return "'" + text.translate(_ESCAPES) + "'"


def constant(value: bool | int | float | str | None) -> str:
    """Return a literal.

    Raises:
        ValueError: for a string that no text can hold: with NUL or with half of a surrogate pair.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return repr(value)
    return str(value)
