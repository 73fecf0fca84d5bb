"""The terminals of SPARQL as expressions (SPARQL 1.1 Query, 19.8), and what is found with them alone."""

from __future__ import annotations

import re
import sys

from kg.errors import QueryDepthError

__all__ = ["COMPARED", "SURROGATE", "TOKEN", "WORDS", "end_of_data", "unescape"]

_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_UNDER = _BASE + "_"
_CHARS = _UNDER + r"\-0-9\u00b7\u0300-\u036f\u203f-\u2040"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_PREFIX = rf"(?:[{_BASE}](?:[{_CHARS}.]*[{_CHARS}])?)?"
_LOCAL = rf"(?:(?:[{_UNDER}:0-9]|{_ESCAPED})(?:\.*(?:[{_CHARS}:]|{_ESCAPED}))*)?"
_UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"

# SPARQL 1.1 Query, 19.8, terminals; the longest match wins, so `<` opens an IRI wherever one can stand.
TOKEN = re.compile(
    rf"""(?P<space>[ \t\r\n]+|\#[^\r\n]*)
    |(?P<iri><(?:[^\x00-\x20<>"{{}}|^`\\]|{_UCHAR})*>)
    |(?P<string>\"\"\"(?:\"{{0,2}}(?:[^"\\]|\\.))*\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|\\.))*'''
       |"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\\\r\n]|\\.)*')
    |(?P<variable>[?$][{_UNDER}0-9][{_UNDER}0-9\u00b7\u0300-\u036f\u203f-\u2040]*)
    |(?P<blank>_:[{_UNDER}0-9](?:[{_CHARS}.]*[{_CHARS}])?)
    |(?P<name>{_PREFIX}:{_LOCAL})
    |(?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[a-z]+)?)
    |(?P<number>(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<mark>.)""",
    re.VERBOSE | re.DOTALL,
)

SURROGATE = re.compile("[\ud800-\udfff]")
WORDS = re.compile(
    "a|abs|add|adjust|all|as|asc|ask|avg|base|bind|bnode|bound|by|ceil|clear|coalesce|concat|construct|"
    "contains|copy|count|create|data|datatype|day|default|delete|desc|describe|distinct|drop|encode_for_uri|"
    "exists|false|filter|floor|from|graph|group|group_concat|haslang|haslangdir|having|hours|if|in|insert|"
    "into|iri|isblank|isiri|isliteral|isnumeric|istriple|isuri|lang|langdir|langmatches|lateral|lcase|limit|"
    "load|max|md5|min|minus|minutes|month|move|named|not|now|object|offset|optional|order|predicate|prefix|"
    "rand|reduced|regex|replace|round|sample|sameterm|samevalue|seconds|select|separator|service|sha1|sha256|"
    "sha384|sha512|silent|str|strafter|strbefore|strdt|strends|strlang|strlangdir|strlen|strstarts|struuid|"
    "subject|substr|sum|timezone|to|triple|true|tz|ucase|undef|union|uri|using|uuid|values|version|where|with|"
    "year",
    re.IGNORECASE | re.ASCII,
)
"""Keywords and functions of SPARQL 1.1 and 1.2. Oxigraph also reads `FROMNAMED` as two; no standard does."""

# `?x<?a&&?b>3` in parentheses is two comparisons, though by its characters `<?a&&?b>` is an IRI.
COMPARED = re.compile(r"<(?:[?$]\w+|[0-9]+(?:\.[0-9]+)?|[A-Za-z]+\(|[-+*/=!&(),])+>", re.ASCII)

# What need not be looked at between brackets; IRIs, strings and comments are the same as above.
_KEPT = rf"""\#[^\r\n]*+|<(?:[^\x00-\x20<>"{{}}|^`\\]|{_UCHAR})*+>
    |\"\"\"(?:\"{{0,2}}(?:[^"\\]|\\.))*+\"\"\"|'''(?:'{{0,2}}(?:[^'\\]|\\.))*+'''
    |"(?!"")(?:[^"\\\r\n]|\\.)*+"|'(?!'')(?:[^'\\\r\n]|\\.)*+'"""
_PLAIN = re.compile(rf"""(?:[^{{}}()\[\]<>"'\#\\]++|\\.|{_KEPT})*+""", re.VERBOSE | re.DOTALL)
_ESCAPE = re.compile(
    rf"""{_KEPT}|\\u(?P<short>[0-9A-Fa-f]{{4}})|\\U(?P<long>[0-9A-Fa-f]{{8}})""", re.VERBOSE | re.DOTALL
)
_CLOSING = {"{": "}", "(": ")", "[": "]", "<<": ">>"}


def unescape(text: str) -> str:
    """Return a request with its codepoint escapes replaced where no string, IRI or comment holds them (Query, 19.2).

    Oxigraph knows them in strings and IRIs only. A place in an error counts a replaced escape as one character.
    """
    if "\\u" not in text and "\\U" not in text:
        return text
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    code = match["short"] or match["long"]
    return match[0] if code is None or int(code, 16) > sys.maxunicode else chr(int(code, 16))


def end_of_data(text: str, begin: int, max_depth: int) -> int | None:
    """Return the place of the brace that closes quads which begin at a place; None if a bracket or string is odd.

    Raises:
        QueryDepthError: brackets are nested too deeply.
    """
    expected = ["}"]
    position = begin
    while True:
        skipped = _PLAIN.match(text, position)
        assert skipped is not None  # it may be empty
        position = skipped.end()
        found = text[position : position + 2]
        if found not in ("<<", ">>"):
            found = found[:1]
        if found in _CLOSING:
            expected.append(_CLOSING[found])
            if len(expected) > max_depth:
                raise QueryDepthError(max_depth)
        elif found != expected.pop():
            return None
        elif not expected:
            return position
        position += len(found)
