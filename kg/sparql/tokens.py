"""The words of a SPARQL 1.1 request: enough to find its parts without parsing it.

A store parses and evaluates the text; here only what lies outside strings, IRIs and comments is told
apart: the prologue, the form, FROM and USING, the operations of an update and their groups.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

import pyoxigraph

from kg.errors import QueryDepthError, QuerySyntaxError, UnsupportedQueryError
from kg.rdf import NamedNode
from kg.sparql.terminals import COMPARED, SURROGATE, TOKEN, WORDS, end_of_data, unescape

__all__ = [
    "MAX_DEPTH",
    "QUERY_FORMS",
    "Token",
    "TokenKind",
    "close_of",
    "plain_text",
    "prologue_end",
    "refuse_service",
    "resolve_iris",
    "rewrite",
    "tokenise",
    "unescape",
]

TokenKind = OneOf["iri", "string", "variable", "blank", "name", "tag", "number", "word", "mark"]
"""name: a prefixed name; tag: a language tag; word: a keyword or a function; mark: one character."""

QUERY_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
"""What a query begins with."""

MAX_DEPTH = 128
"""How deeply a request may be nested: Oxigraph 0.5.13 recurses, and a full stack ends the process.

In 8 MiB of stack it dies at some 600 nested calls or EXISTS, 3,000 groups, and 3,000 links of a chain, which
it turns into a tree as deep as the chain is long. So `_LINKS` links count as one level, and the worst
request that is let through takes half of that stack. Lists do not recurse, however long: the rows of VALUES, the
values of IN, the triples and graphs of DATA and of templates, operations one after the other.
"""
_LINKS = 8
_LINK_WORDS = ("UNION", "OPTIONAL", "MINUS", "LATERAL", "FILTER", "VALUES", "SERVICE", "GRAPH")
_VALUE_ENDS = ("variable", "number", "string", "tag", "name", "iri")


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

    def is_value(self) -> bool:
        """Say whether a value can end here; in an expression no IRI follows one."""
        return self.kind in _VALUE_ENDS or self.is_mark(")") or self.is_word("TRUE", "FALSE")


def tokenise(text: str, is_finished: bool = True, skips_data: bool = False) -> tuple[Token, ...]:
    """Return the tokens of a SPARQL request, without spaces and comments.

    Args:
        is_finished: False for a text that somebody is still typing: nothing in it is refused.
        skips_data: leave out what is between the braces of INSERT DATA and DELETE DATA, if its brackets are closed.

    Raises:
        QuerySyntaxError: a string or a brace is not closed, or a word is none of SPARQL's.
        QueryDepthError: it is nested more than `MAX_DEPTH` levels deep.
    """
    if is_finished and SURROGATE.search(text):
        raise QuerySyntaxError("SPARQL", "the text is not UTF-8")
    tokens: list[Token] = []
    opened: list[Token] = []
    parentheses = [0]  # how many are open in each brace
    line, line_start, position = 1, 0, 0
    while (match := TOKEN.match(text, position)) is not None and match[0]:
        kind, found, start = match.lastgroup, match[0], position
        position = match.end()
        if kind == "iri" and parentheses[-1] and tokens[-1].is_value() and COMPARED.fullmatch(found):
            kind, found, position = "mark", "<", start + 1
        if kind != "space":
            depth = len(opened) - (found == "}" and kind == "mark")
            token = Token(kind, found, start, position, line, start - line_start + 1, max(depth, 0))  # type: ignore[arg-type]
            error = _check(token, opened)
            if error is not None and is_finished:
                raise error
            tokens.append(token)
            if kind == "mark":
                _count_parentheses(found, parentheses)
                if skips_data and found == "{" and _opens_data(tokens):
                    position = end_of_data(text, position, MAX_DEPTH) or position
        if kind in ("space", "string") or position > match.end():
            newline = max(text.rfind("\n", start, position), text.rfind("\r", start, position))
            if newline >= 0:
                line += sum(text.count(end, start, position) for end in "\n\r") - text.count("\r\n", start, position)
                line_start = newline + 1
    if is_finished:
        _check_depth(tokens)
    if opened and is_finished:
        raise _error("this brace is not closed", opened[-1])
    return tuple(tokens)


def _count_parentheses(mark: str, counts: list[int]) -> None:
    """Follow the parentheses of the innermost brace."""
    if mark == "(":
        counts[-1] += 1
    elif mark == ")":
        counts[-1] = max(counts[-1] - 1, 0)
    elif mark == "{":
        counts.append(0)
    elif mark == "}" and len(counts) > 1:
        counts.pop()


def _opens_data(tokens: Sequence[Token]) -> bool:
    """Tell whether the last token, a brace, opens the quads of INSERT DATA or DELETE DATA."""
    return len(tokens) > 2 and tokens[-2].is_word("DATA") and tokens[-3].is_word("INSERT", "DELETE")


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
    elif token.kind == "word" and WORDS.fullmatch(token.text) is None:
        return _error(f"{token.text!r} is no word of SPARQL; are all keywords apart, all names with a prefix?", token)
    return None


def _check_depth(tokens: Sequence[Token]) -> None:
    """Refuse what is nested too deeply for the parser's stack.

    The height of a bracket is one level, its links, and the height of the highest bracket in it; a list in
    parentheses is as high as its highest member.
    """
    brackets = [_Bracket("", 0)]  # the outermost is the request, or one operation of it
    before: Token | None = None
    is_second, is_list = False, False
    for index, token in enumerate(tokens):
        inner = brackets[-1]
        if token.kind == "mark":
            after = tokens[index + 1] if index + 1 < len(tokens) else token
            is_double = not is_second and token.text in "<>^" and after.text == token.text and after.start == token.end
            if not is_second:
                _follow(token.text * (1 + is_double), brackets, is_list, before)
            is_second = is_double
            is_list = is_list and token.text != "{"
        elif token.kind == "iri" and inner.mark == "(" and before is not None and before.is_value():
            inner.highest = max(inner.highest, _height_of_comparison(token.text))
        elif token.is_word("AS"):
            brackets[-2:][0].links += 1  # it binds a variable of the group around
        elif token.is_word(*_LINK_WORDS):
            inner.links += not inner.is_list
        if token.kind == "word":
            is_list = token.is_word("DATA", "INSERT", "DELETE", "CONSTRUCT", "VALUES")
        if len(brackets) > MAX_DEPTH or brackets[-1].height() > MAX_DEPTH * _LINKS:
            raise QueryDepthError(MAX_DEPTH)
        before = token


def _follow(mark: str, brackets: list[_Bracket], is_list: bool, before: Token | None) -> None:
    """Open or close a bracket, or count a link."""
    inner = brackets[-1]
    if mark in ("{", "(", "[", "<<"):
        inner.links += mark == "{" and not inner.is_list  # groups side by side are joined one by one
        brackets.append(_Bracket(mark, _LINKS, inner.is_list or (mark == "{" and is_list)))
    elif mark in ("}", ")", "]", ">>"):
        if len(brackets) > 1:
            brackets.pop()
            brackets[-1].highest = max(brackets[-1].highest, inner.height())
    elif mark == ";" and len(brackets) == 1:
        brackets[0] = _Bracket("", 0)
    elif mark == "," and inner.mark == "(":
        inner.highest_member, inner.links, inner.highest = inner.height(), _LINKS, 0
    elif mark in "|&/*!^" and not inner.is_list:
        inner.links += 1
    elif mark in "+-" and inner.mark == "(":  # else it is the sign of a number, or a path's +
        inner.links += before is not None and before.is_value() and not inner.is_list


def _height_of_comparison(iri: str) -> int:
    """Return how high an expression is that has the characters of an IRI: `?x<(1+2)&&?y>3`."""
    return _LINKS * iri.count("(") + sum(iri.count(mark) for mark in "&!/*+-")


@dataclass(slots=True)
class _Bracket:
    """A bracket that is open, with the links of the chains in it and the height of the highest one inside."""

    mark: str
    links: int
    is_list: bool = False
    """Whether what stands in it, brackets aside, is a list: data, a template or VALUES."""
    highest: int = 0
    highest_member: int = 0

    def height(self) -> int:
        return max(self.highest_member, self.links + self.highest)


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
    string; this could hide a SERVICE from us, or brackets without end. So where "service" stands anywhere in the
    text, and behind a value in parentheses, the `#` and `'` of IRI tokens are written as escapes, which are no
    comparison. And Oxigraph knows true and false in small letters only, though keywords have no case (Query, 19.8).
    """
    changes: dict[Token, str] = {}
    escape = str.maketrans({"#": "\\u0023", "'": "\\u0027"})
    is_everywhere = "service" in text.lower()
    parentheses = [0]
    for index, token in enumerate(tokens):
        if token.kind == "mark":
            _count_parentheses(token.text, parentheses)
        elif token.kind == "iri":
            if is_everywhere or (parentheses[-1] and tokens[index - 1].is_value()):
                changes[token] = token.text.translate(escape)
        elif token.is_word("TRUE", "FALSE"):
            changes[token] = token.text.lower()
    changes = {token: written for token, written in changes.items() if written != token.text}
    return rewrite(text, changes) if changes else text


def rewrite(text: str, changes: Mapping[Token, str], start: int = 0, end: int | None = None) -> str:
    """Return the text, or its part `[start, end)`, with some of its tokens, given in their order, replaced."""
    parts = []
    for token, replacement in changes.items():
        parts += [text[start : token.start], replacement]
        start = token.end
    return "".join(parts) + text[start:end]


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
