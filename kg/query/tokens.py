"""The words of a SPARQL 1.1 request: enough to find its parts without parsing it.

A store parses and evaluates the text; here only what lies outside strings, IRIs and comments is told
apart: the prologue, the form, FROM and USING, the operations of an update and their groups.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

import pyoxigraph

from kg.errors import QueryDepthError, QuerySyntaxError, UnsupportedQueryError
from kg.rdf import NamedNode

__all__ = [
    "MAX_DEPTH",
    "Token",
    "TokenKind",
    "close_of",
    "plain_text",
    "prologue_end",
    "refuse_service",
    "resolve_iris",
    "rewrite",
    "tokenise",
]

TokenKind = OneOf["iri", "string", "variable", "blank", "name", "tag", "number", "word", "mark"]
"""name: a prefixed name; tag: a language tag; word: a keyword or a function; mark: one character."""

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
_TOKEN = re.compile(
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

_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS = re.compile(
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

MAX_DEPTH = 128
"""How deeply a request may be nested: Oxigraph 0.5.13 recurses, and a full stack ends the process.

In 8 MiB of stack it dies at some 600 nested calls or EXISTS, 3,000 groups, and 3,000 links of a chain, which
it turns into a tree as deep as the chain is long. So `_LINKS` links count as one level, and the worst
request that is let through takes half of that stack.
"""
_LINKS = 8
_LINK_WORDS = ("UNION", "OPTIONAL", "MINUS", "LATERAL", "FILTER", "VALUES", "SERVICE", "GRAPH")


@dataclass(frozen=True, slots=True)
class Token:
    """A token with its place: code points `[start, end)` of the text, line and column from 1.

    `depth` counts the braces around it; an opening and its closing brace have the depth outside them.
    """

    kind: TokenKind
    text: str
    start: int
    end: int
    line: int
    column: int
    depth: int

    def is_word(self, *words: str) -> bool:
        """Say whether this is one of some keywords, given in capitals."""
        return self.kind == "word" and self.text.upper() in words

    def is_mark(self, mark: str) -> bool:
        """Say whether this is a punctuation character."""
        return self.kind == "mark" and self.text == mark


def tokenise(text: str, is_finished: bool = True) -> tuple[Token, ...]:
    """Return the tokens of a SPARQL request, without spaces and comments.

    Args:
        is_finished: False for a text that somebody is still typing: nothing in it is refused.

    Raises:
        QuerySyntaxError: a string or a brace is not closed, or a word is none of SPARQL's.
        QueryDepthError: it is nested more than `MAX_DEPTH` levels deep.
    """
    if is_finished and _SURROGATE.search(text):
        raise QuerySyntaxError("SPARQL", "the text is not UTF-8")
    tokens: list[Token] = []
    opened: list[Token] = []
    line, line_start = 1, 0
    for match in _TOKEN.finditer(text):
        kind, found = match.lastgroup, match[0]
        column = match.start() - line_start + 1
        depth = len(opened) - (found == "}" and kind == "mark")
        if kind != "space":
            token = Token(kind, found, match.start(), match.end(), line, column, max(depth, 0))  # type: ignore[arg-type]
            error = _check(token, opened)
            if error is not None and is_finished:
                raise error
            tokens.append(token)
        newline = max(found.rfind("\n"), found.rfind("\r")) if kind in ("space", "string") else -1
        if newline >= 0:
            line += found.count("\n") + found.count("\r") - found.count("\r\n")
            line_start = match.start() + newline + 1
    if is_finished:
        _check_depth(tokens)
    if opened and is_finished:
        raise _error("this brace is not closed", opened[-1])
    return tuple(tokens)


def _check(token: Token, opened: list[Token]) -> QuerySyntaxError | None:
    """Follow the braces, and return what is wrong with a token that no request can hold."""
    if token.kind == "mark":
        if token.text == "{":
            opened.append(token)
        elif token.text == "}":
            if not opened:
                return _error("this brace closes nothing", token)
            opened.pop()
        elif token.text in "\"'":
            return _error("the string that opens here is not closed", token)
    elif token.kind == "word" and _WORDS.fullmatch(token.text) is None:
        return _error(f"{token.text!r} is no word of SPARQL; are all keywords apart, all names with a prefix?", token)
    return None


def _check_depth(tokens: Sequence[Token]) -> None:
    """Refuse what is nested too deeply for the parser's stack.

    The height of a bracket is one level, its links, and the height of the highest bracket in it.
    """
    brackets = [_Bracket("", 0)]  # the outermost is the request
    for token in tokens:
        if token.kind == "mark":
            _follow(token.text, brackets)
        elif token.is_word("AS"):
            brackets[-2:][0].links += 1  # it binds a variable of the group around
        elif token.is_word(*_LINK_WORDS):
            brackets[-1].links += 1
        if len(brackets) > MAX_DEPTH or brackets[-1].links + brackets[-1].highest > MAX_DEPTH * _LINKS:
            raise QueryDepthError(MAX_DEPTH)


def _follow(mark: str, brackets: list[_Bracket]) -> None:
    """Open or close a bracket, or count a link."""
    inner = brackets[-1]
    if mark in "{([":
        inner.links += mark == "{"  # groups side by side are joined one by one
        brackets.append(_Bracket(mark, _LINKS))
    elif mark in "})]" and len(brackets) > 1:
        brackets.pop()
        brackets[-1].highest = max(brackets[-1].highest, inner.links + inner.highest)
    elif mark in "|&/*!^<":
        inner.links += 1
    elif mark in "+-":
        inner.links += inner.mark == "("  # else it is the sign of a number, or a path's +


@dataclass(slots=True)
class _Bracket:
    """A bracket that is open, with the links of the chains in it and the height of the highest one inside."""

    mark: str
    links: int
    highest: int = 0


def _error(reason: str, token: Token) -> QuerySyntaxError:
    return QuerySyntaxError("SPARQL", reason, token.line, token.column)


def close_of(tokens: Sequence[Token], index: int) -> int:
    """Return the index of the brace that closes the one at an index."""
    depth = tokens[index].depth
    return next(i for i in range(index + 1, len(tokens)) if tokens[i].is_mark("}") and tokens[i].depth == depth)


def prologue_end(tokens: Sequence[Token], index: int = 0) -> int:
    """Return the index after the BASE, PREFIX and VERSION declarations that begin at an index."""
    length = {"BASE": 2, "VERSION": 2, "PREFIX": 3}
    while index < len(tokens) and tokens[index].is_word(*length):
        index += length[tokens[index].text.upper()]
    return min(index, len(tokens))


def refuse_service(tokens: Sequence[Token]) -> None:
    """Refuse a request that would ask another endpoint.

    Oxigraph reads `SERVICEex:s {…}` as `SERVICE ex:s {…}`, so a name before a group is looked at too.

    Raises:
        UnsupportedQueryError: there is a SERVICE.
    """
    for index, token in enumerate(tokens):
        glued = token.kind == "name" and "service" in token.text.partition(":")[0].lower()
        if glued:
            before, after = tokens[max(index - 1, 0)], tokens[min(index + 1, len(tokens) - 1)]
            glued = after.is_mark("{") and not before.is_word("GRAPH", "FROM", "NAMED", "USING", "WITH", "DESCRIBE")
        if token.is_word("SERVICE") or glued:
            place = f"(line {token.line}, column {token.column})"
            advice = "This home answers offline: remote.hosts allows no other server."
            raise UnsupportedQueryError("SPARQL", f"SERVICE {place}", advice)


def plain_text(text: str, tokens: Sequence[Token]) -> str:
    """Return the text so that Oxigraph must find the same tokens in it; unchanged in nearly all cases.

    In an expression Oxigraph takes `<#…>` for a comparison and a comment, and `<'''…>` for one with a
    string; this could hide a SERVICE from us. So where "service" stands anywhere in the text, the `#` and
    `'` of IRI tokens are written as escapes, which are no comparison. And Oxigraph knows true and false in
    small letters only, though keywords have no case (Query, 19.8).
    """
    changes = {token: token.text.lower() for token in tokens if token.is_word("TRUE", "FALSE")}
    if "service" in text.lower():
        escape = str.maketrans({"#": "\\u0023", "'": "\\u0027"})
        changes |= {token: token.text.translate(escape) for token in tokens if token.kind == "iri"}
    changes = {token: changes[token] for token in tokens if token in changes and changes[token] != token.text}
    return rewrite(text, changes) if changes else text


def rewrite(text: str, changes: Mapping[Token, str]) -> str:
    """Return the text with some of its tokens, given in their order, replaced."""
    parts, end = [], 0
    for token, replacement in changes.items():
        parts += [text[end : token.start], replacement]
        end = token.end
    return "".join(parts) + text[end:]


@functools.cache
def _empty_store() -> pyoxigraph.Store:
    return pyoxigraph.Store()


def resolve_iris(prologue: str, iris: Sequence[Token], prefixes: Mapping[str, str]) -> tuple[NamedNode, ...]:
    """Return what IRIs and prefixed names mean after a prologue; Oxigraph expands them.

    Raises:
        QuerySyntaxError: a prefix is not declared, or a relative IRI has no base.
    """
    found = []
    for token in iris:
        if token.kind not in ("iri", "name"):
            raise _error(f"here an IRI is expected, not {token.text!r}", token)
        try:
            rows = _empty_store().query(f"{prologue}\nSELECT ({token.text} AS ?iri) {{}}", prefixes=dict(prefixes))
        except SyntaxError as error:
            raise _error(f"{token.text} is no IRI here: is its prefix declared, or a base?", token) from error
        assert isinstance(rows, pyoxigraph.QuerySolutions)
        value = next(rows)["iri"]
        assert isinstance(value, NamedNode)
        found.append(value)
    return tuple(found)
