"""Reading the types of `IS :: TYPE`, under one name each."""

from __future__ import annotations

from kg.cypher.cursor import Cursor

__all__ = ["read_type"]

_NAMES: tuple[tuple[str, str], ...] = (
    ("BOOL", "BOOLEAN"), ("BOOLEAN", "BOOLEAN"), ("VARCHAR", "STRING"), ("STRING", "STRING"),
    ("SIGNED INTEGER", "INTEGER"), ("INTEGER", "INTEGER"), ("INT", "INTEGER"), ("FLOAT", "FLOAT"), ("DATE", "DATE"),
    ("LOCAL TIME", "LOCAL TIME"), ("LOCAL DATETIME", "LOCAL DATETIME"), ("ZONED TIME", "ZONED TIME"),
    ("ZONED DATETIME", "ZONED DATETIME"), ("TIME WITHOUT TIMEZONE", "LOCAL TIME"),
    ("TIME WITHOUT TIME ZONE", "LOCAL TIME"), ("TIME WITH TIMEZONE", "ZONED TIME"),
    ("TIME WITH TIME ZONE", "ZONED TIME"), ("TIMESTAMP WITHOUT TIMEZONE", "LOCAL DATETIME"),
    ("TIMESTAMP WITHOUT TIME ZONE", "LOCAL DATETIME"), ("TIMESTAMP WITH TIMEZONE", "ZONED DATETIME"),
    ("TIMESTAMP WITH TIME ZONE", "ZONED DATETIME"), ("DURATION", "DURATION"), ("POINT", "POINT"), ("NODE", "NODE"),
    ("VERTEX", "NODE"), ("RELATIONSHIP", "RELATIONSHIP"), ("EDGE", "RELATIONSHIP"), ("ANY NODE", "NODE"),
    ("ANY VERTEX", "NODE"), ("ANY RELATIONSHIP", "RELATIONSHIP"), ("ANY EDGE", "RELATIONSHIP"), ("MAP", "MAP"),
    ("ANY MAP", "MAP"), ("PATHS", "PATH"), ("PATH", "PATH"), ("ANY PROPERTY VALUE", "PROPERTY VALUE"),
    ("PROPERTY VALUE", "PROPERTY VALUE"), ("ANY VALUE", "ANY"), ("NULL", "NULL"), ("NOTHING", "NOTHING"),
)  # fmt: skip
_FIRST = {words.split()[0] for words, _ in _NAMES} | {"LIST", "ARRAY", "ANY"}
"""What a type begins with; after `|` anything else is the result of a list comprehension."""
_WORDS = tuple((tuple(words.split()), name) for words, name in _NAMES)


def read_type(cursor: Cursor) -> str:
    """Read a type: in capitals, with single spaces, each under the first of its names in Neo4j's manual.

    Raises:
        QuerySyntaxError: no type is next.
    """
    members = [_member(cursor)]
    while cursor.keys[cursor.index] == "|" and cursor.keys[cursor.index + 1] in _FIRST:
        if cursor.keys[cursor.index + 2] in ("(", "."):  # date(…) is the result of a list comprehension
            break
        cursor.advance()
        members.append(_member(cursor))
    return " | ".join(members)


def _member(cursor: Cursor) -> str:
    found = _plain(cursor) + _not_null(cursor)
    while cursor.skip_any("LIST", "ARRAY"):
        found = f"LIST<{found}>" + _not_null(cursor)
    return found


def _plain(cursor: Cursor) -> str:
    if cursor.is_any("LIST", "ARRAY") and cursor.keys[cursor.index + 1] == "<":
        cursor.advance()
        return f"LIST<{_in_angles(cursor)}>"
    if cursor.is_next("ANY", "<") or cursor.is_next("ANY", "VALUE", "<"):
        cursor.skip("ANY")
        cursor.skip("VALUE")
        return f"ANY<{_in_angles(cursor)}>"
    for words, name in _WORDS:
        if cursor.skip(*words):
            return name
    if cursor.skip("ANY"):
        return "ANY"
    cursor.refuse("a type, as INTEGER, STRING or LIST<FLOAT>,")


def _in_angles(cursor: Cursor) -> str:
    cursor.expect("<")
    inner = read_type(cursor)
    cursor.expect(">")
    return inner


def _not_null(cursor: Cursor) -> str:
    return " NOT NULL" if cursor.skip("NOT", "NULL") or cursor.skip("!") else ""
