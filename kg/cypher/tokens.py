"""The tokens of a Cypher text, read as Neo4j reads them.

Neo4j replaces `\\uXXXX` wherever it stands, before it looks for strings, names and keywords. Here such an escape is
read in strings and in names in backticks only, where it can mean no end of them; elsewhere it is refused.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.errors import QuerySyntaxError

__all__ = ["MAX_NESTING", "Token", "TokenKind", "is_plain_name", "place_of", "position_of", "syntax_error", "tokenise"]

TokenKind = OneOf["word", "quoted", "string", "number", "parameter", "mark", "end"]
"""quoted: a name in backticks; mark: punctuation; end: the end of the text, always the last token."""

MAX_NESTING = 64
"""How many brackets may be open at once: reading and whoever walks over the tree recurse."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token and its place: characters `[start, end)` of the text.

    `key` is what grammar rules compare: a word in capitals, or a mark; empty for all else, so that no name in
    backticks is taken for a keyword. `value` is what it stands for: a name, a string, a number, a parameter's name.
    """

    kind: TokenKind
    text: str
    value: str | int | float
    start: int
    end: int
    key: str


_SPACE = "\\t\\n\\x0b\\x0c\\r\\x1c-\\x1f \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
_TOKEN = re.compile(
    rf"""
      (?P<space> [{_SPACE}]+ | //[^\n\r]* | /\*.*?\*/ )
    | (?P<word> [A-Za-z_][A-Za-z0-9_$]* )
    | (?P<number> 0[xX][0-9A-Fa-f_]* | 0[oO][0-7_]*
        | (?: [0-9](?:_?[0-9])* (?:\.[0-9](?:_?[0-9])*)? | \.[0-9](?:_?[0-9])* ) (?:[eE][+-]?[0-9](?:_?[0-9])*)? )
    | (?P<string> '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" )
    | (?P<quoted> `(?:[^`]|``)*` )
    | (?P<parameter> \$(?: [A-Za-z_][A-Za-z0-9_$]* | [0-9]+ | `(?:[^`]|``)*` ) )
    | (?P<mark> <=|>=|<>|=~|\+=|\.\.|::|\|\||!=|[-+*/%^=<>()\[\]{{}},.:;|&!$] )
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_UNICODE = re.compile(r"\\\\|\\u([0-9A-Fa-f]{4})?")
_IN_COMMENT = re.compile(r"\\u[0-9A-Fa-f]{4}")
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", "\\": "\\", "'": "'", '"': '"'}
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_START_CATEGORIES = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Pc")
_PART_CATEGORIES = (*_START_CATEGORIES, "Nd", "Mn", "Mc")
_IN_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$")
_CLOSING = {")": "(", "]": "[", "}": "{"}


def is_plain_name(name: str) -> bool:
    """Say whether a name can be written without backticks."""
    return _NAME.fullmatch(name) is not None


def place_of(text: str, position: int) -> tuple[int, int]:
    """Return the line and the column of a position, both from 1."""
    ends = [match.end() for match in _NEWLINE.finditer(text, 0, position)]
    return len(ends) + 1, position - (ends[-1] if ends else 0) + 1


def position_of(text: str, line: int, column: int) -> int:
    """Return the position of a line and a column, as `place_of` gives them; the end of the text behind its end."""
    ends = [0, *(match.end() for match in _NEWLINE.finditer(text))]
    return min(ends[min(line, len(ends)) - 1] + column - 1, len(text))


def syntax_error(text: str, position: int, reason: str) -> QuerySyntaxError:
    """Return the error for what is wrong at a position of a text."""
    return QuerySyntaxError("Cypher", reason, *place_of(text, position))


def tokenise(text: str) -> list[Token]:
    """Return the tokens of a text, without spaces and comments; the last one is its end.

    Raises:
        QuerySyntaxError: a character, string, number or bracket that no statement can have.
    """
    if (surrogate := _SURROGATE.search(text)) is not None:
        raise syntax_error(text, surrogate.start(), "the text is not Unicode: half of a surrogate pair stands here")
    tokens: list[Token] = []
    opened: list[Token] = []
    position, length, match_at = 0, len(text), _TOKEN.match
    while position < length:
        match = match_at(text, position)
        if match is None or (match.end() < length and text[match.end()] >= "\x7f"):
            found = _odd_word(text, position, match)
            if found is not None:
                tokens.append(found)
                position = found.end
                continue
            if match is None:
                raise _unreadable(text, position)
        start, position = position, match.end()
        kind: str = match.lastgroup  # type: ignore[assignment] # every branch has a name
        piece = match[0]
        if kind == "space":
            if "\\u" in piece and (escape := _IN_COMMENT.search(piece)) is not None:
                reason = "an escape \\uXXXX stands in a comment, which it could end; take it out"
                raise syntax_error(text, start + escape.start(), reason)
            continue
        if kind == "word":
            tokens.append(Token("word", piece, piece, start, position, piece.upper()))
        elif kind == "mark":
            token = Token("mark", piece, piece, start, position, piece)
            if piece in "([{":
                opened.append(token)
                if len(opened) > MAX_NESTING:
                    raise syntax_error(text, start, f"brackets are nested more than {MAX_NESTING} levels deep here")
            elif piece in _CLOSING:
                _close(text, token, opened)
            elif piece == "/" and text.startswith("/*", start):
                raise syntax_error(text, start, "the comment that opens here is not closed with */")
            tokens.append(token)
        else:
            tokens.append(_token(text, kind, piece, start))
    if opened:
        raise syntax_error(text, opened[-1].start, f"the {opened[-1].text} that opens here is not closed")
    tokens.append(Token("end", "", "", length, length, ""))
    return tokens


def _close(text: str, token: Token, opened: list[Token]) -> None:
    if not opened:
        raise syntax_error(text, token.start, f"this {token.text} closes nothing")
    before = opened.pop()
    if before.text != _CLOSING[token.text]:
        line, column = place_of(text, before.start)
        reason = f"this {token.text} does not close the {before.text} of line {line}, column {column}"
        raise syntax_error(text, token.start, reason)


def _token(text: str, kind: str, piece: str, start: int) -> Token:
    """Return a token whose value differs from its text."""
    end = start + len(piece)
    if kind == "number":
        return Token("number", piece, _number(text, piece, start), start, end, "")
    if kind == "string":
        return Token("string", piece, _string(text, piece, start), start, end, "")
    if kind == "quoted":
        return Token("quoted", piece, _quoted(text, piece, start), start, end, "")
    name = _quoted(text, piece[1:], start + 1) if piece[1] == "`" else piece[1:]
    return Token("parameter", piece, name, start, end, "")


def _number(text: str, piece: str, start: int) -> int | float:
    end = start + len(piece)
    after = text[end : end + 1]
    if after == "_" or after.isalnum():
        raise syntax_error(text, start, f"{piece + after!r} is no number; put a space between a number and a word")
    plain = piece.replace("_", "")
    if plain[:2] in ("0X", "0O"):
        raise syntax_error(text, start, f"{piece!r} is no number: write {piece[:2].lower()} in small letters")
    if plain[:2] in ("0x", "0o"):
        if len(plain) == 2 or piece.endswith("_") or "__" in piece:
            raise syntax_error(text, start, f"{piece!r} is no number: digits are missing")
        return int(plain[2:], 16 if plain[1] == "x" else 8)
    if plain.isdigit():
        if len(plain) > 1 and plain[0] == "0":
            advice = f"octal numbers are written 0o{plain.lstrip('0') or '0'}, decimal ones without zeros before them"
            raise syntax_error(text, start, f"{piece!r} begins with zeros; {advice}")
        if len(plain) > 40:
            raise syntax_error(text, start, "this integer does not fit in 64 bits")
        return int(plain)
    value = float(plain)
    if value == float("inf"):
        raise syntax_error(text, start, f"{piece!r} is too large for a 64-bit floating-point number")
    return value


def _unicode(text: str, digits: str, start: int) -> str:
    """Return the character of an escape `uXXXX`, refusing half of a pair that has no other half behind or before it."""
    character = chr(int(digits.lstrip("u"), 16))
    if character == "\0":
        raise syntax_error(text, start, "the character NUL can stand in no string and no name")
    return character


def _joined(text: str, value: str, start: int) -> str:
    """Join the surrogate pairs that were written as two escapes."""
    if _SURROGATE.search(value) is None:
        return value
    value = _PAIR.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), value)
    if _SURROGATE.search(value) is not None:
        raise syntax_error(text, start, "half of a surrogate pair is written here without its other half")
    return value


def _string(text: str, piece: str, start: int) -> str:
    inside = piece[1:-1]
    if "\\" not in inside:
        return inside

    def replace(match: re.Match[str]) -> str:
        escape, place = match[1], start + 1 + match.start()
        if escape in _ESCAPED:
            return _ESCAPED[escape]
        if escape[0] != "u":
            return match[0]  # as Neo4j: no escape, so the backslash stands for itself
        if len(escape) < 5:
            raise syntax_error(text, place, "\\u is followed by four hexadecimal digits")
        character = _unicode(text, escape, place)
        if character in ("\\", piece[0]):
            advice = f"Neo4j reads it before it looks for the string's end; write \\{character}"
            raise syntax_error(text, place, f"\\{escape} can end or change a string: {advice}")
        return character

    return _joined(text, _ESCAPE.sub(replace, inside), start)


def _quoted(text: str, piece: str, start: int) -> str:
    inside = piece[1:-1]
    if "\\u" in piece:

        def replace(match: re.Match[str]) -> str:
            place = start + 1 + match.start()
            if match[0] == "\\\\":
                return match[0]
            if match[1] is None:
                raise syntax_error(text, place, "\\u is followed by four hexadecimal digits")
            character = _unicode(text, match[1], place)
            if character == "`":
                raise syntax_error(text, place, "a backtick in a name is written as two backticks")
            return character

        inside = _joined(text, _UNICODE.sub(replace, inside), start)
    inside = inside.replace("``", "`")
    if not inside:
        raise syntax_error(text, start, "a name is at least one character long")
    return inside


def _odd_word(text: str, position: int, match: re.Match[str] | None) -> Token | None:
    """Return the word with other letters than ASCII that begins at a position; None if none does."""
    if match is not None and (match.lastgroup not in ("word", "parameter", "mark") or match[0][-1] not in _IN_WORD):
        return None
    end = position + (text[position] == "$")
    begin = end
    while end < len(text):
        character = text[end]
        if character < "\x7f":
            is_part = character.isalnum() or character in "_$"
        else:
            is_part = unicodedata.category(character) in (_PART_CATEGORIES if end > begin else _START_CATEGORIES)
        if not is_part:
            break
        end += 1
    if end == begin or text[begin:end].isascii():
        return None
    piece, name = text[position:end], text[begin:end]
    if any(form.isascii() for form in (name.upper(), name.lower(), name.casefold())):
        reason = f"{name!r} reads like an ASCII word, but is none; put it in backticks if it is meant as a name"
        raise syntax_error(text, position, reason)
    return Token(
        "word" if begin == position else "parameter", piece, name, position, end, name if begin == position else ""
    )


def _unreadable(text: str, position: int) -> QuerySyntaxError:
    character = text[position]
    if character in "'\"":
        return syntax_error(text, position, "the string that opens here is not closed")
    if character == "`":
        return syntax_error(text, position, "the name in backticks that opens here is not closed")
    if text.startswith("\\u", position):
        advice = "it is read in strings and in names in backticks only"
        return syntax_error(text, position, f"an escape \\uXXXX stands here; {advice}")
    advice = ", it looks like a dash: is - meant?" if unicodedata.category(character) == "Pd" else ""
    return syntax_error(text, position, f"{character!r} (U+{ord(character):04X}) means nothing in Cypher{advice}")
