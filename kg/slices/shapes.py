"""The shape of a query: its text with a slot for each constant, so that queries that differ in those have one plan.

The slot of an IRI is `<k:N>`. That of a literal is a string, whose first letter tells how it is compared (`kind_of`).
A list of IRIs, of `IN` or of a column of `VALUES`, is one slot `<K:N>`, so that its length does not matter; a column
with anything else says nothing, and is written as UNDEF.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph

from kg.rdf import XSD, Literal, NamedNode, canonical
from kg.slices import PatternTerm
from kg.sparql.tokens import Token, close_of, prologue_end, tokenise

__all__ = ["Shape", "UnreadableQueryError", "compared", "shape_of"]

_NUMBERS = frozenset(
    XSD[name]
    for name in (
        "integer decimal float double long int short byte nonNegativeInteger positiveInteger nonPositiveInteger "
        "negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte"
    ).split()
)
_DATES = frozenset({XSD["date"], XSD["dateTime"]})
_STRING = XSD["string"]


class UnreadableQueryError(Exception):
    """A query that is not read for less than the whole; says why."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A query text without prologue and constants; what is in its slots."""

    text: str
    constants: Mapping[PatternTerm, PatternTerm]
    lists: Mapping[NamedNode, tuple[NamedNode, ...]]


@dataclass(frozen=True, slots=True)
class _List:
    """The numbers of the constants of a list."""

    numbers: tuple[int, ...]


_Piece = str | int | _List


def shape_of(text: str, prefixes: Mapping[str, str]) -> Shape:
    """Return the shape of a query.

    Raises:
        UnreadableQueryError: it chooses its own dataset, or a constant is not what it seems.
        QuerySyntaxError: it is no query at all.
    """
    tokens = tokenise(text)
    body = prologue_end(tokens)
    if any(token.is_word("FROM") for token in tokens):
        raise UnreadableQueryError("FROM in the text")
    prologue = text[: tokens[body].start if body < len(tokens) else len(text)]
    lifting = _Lifting(text, tokens, body)
    lifting.lift(body, len(tokens))
    constants = _constants(prologue, tuple(prefixes.items()), tuple(lifting.written))
    return _with_slots(lifting.pieces, constants)


def _with_slots(pieces: Sequence[_Piece], constants: Sequence[NamedNode | Literal]) -> Shape:
    slots: dict[int, PatternTerm] = {}
    lists: dict[NamedNode, tuple[NamedNode, ...]] = {}
    parts = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
        elif isinstance(piece, int):
            parts.append(str(slots.setdefault(piece, _slot(len(slots), constants[piece]))))
        else:
            slot = NamedNode(f"K:{len(lists)}")
            terms = dict.fromkeys(constants[number] for number in piece.numbers)
            lists[slot] = tuple(term for term in terms if isinstance(term, NamedNode))
            parts.append(str(slot))
    return Shape("".join(parts), {slot: constants[number] for number, slot in slots.items()}, lists)


class _Lifting:
    """Takes the constants out of a text; `pieces` are what is left, and the numbers of constants in `written`."""

    def __init__(self, text: str, tokens: Sequence[Token], begin: int) -> None:
        self._text, self._tokens, self._begin = text, tokens, begin
        self.pieces: list[_Piece] = []
        self.written: dict[str, int] = {}

    def lift(self, index: int, stop: int) -> None:
        tokens = self._tokens
        while index < stop:
            token = tokens[index]
            if index and token.start != tokens[index - 1].end and not self._is_modifier(index):
                self.pieces.append(" ")
            end = self._constant_end(index)
            if end is not None:
                self.pieces.append(self._number(index, end))
                index = end
                continue
            self.pieces.append(token.text)
            index += 1
            if token.is_word("VALUES"):
                index = self._values(index)
            elif token.is_word("IN") and tokens[index].is_mark("("):
                index = self._in(index)

    def _number(self, index: int, end: int) -> int:
        text = self._text[self._tokens[index].start : self._tokens[end - 1].end]
        return self.written.setdefault(text, len(self.written))

    def _in(self, index: int) -> int:
        """Write a list of several IRIs as one; leave any other."""
        found: list[int] = []
        for at in range(index + 1, len(self._tokens), 2):
            if self._tokens[at].kind not in ("iri", "name") or self._tokens[at + 1].text not in (",", ")"):
                return index
            found.append(self._number(at, at + 1))
            if self._tokens[at + 1].is_mark(")"):
                if len(found) < 2:
                    return index
                self.pieces += ["(", _List(tuple(found)), ")"]
                return at + 2
        return index

    def _values(self, index: int) -> int:
        """Write the rows of VALUES, if there are several, as one."""
        opens = next(at for at in range(index, len(self._tokens)) if self._tokens[at].is_mark("{"))
        closes = close_of(self._tokens, opens)
        rows = self._rows(opens, closes, not self._tokens[index].is_mark("("))
        if rows is None or len(rows) < 2 or len({len(row) for row in rows}) != 1:
            return index
        self.lift(index, opens + 1)
        cells: list[_Piece] = []
        for column in zip(*rows, strict=True):
            numbers = tuple(number for number in column if number is not None)
            cells += [" ", _List(numbers) if len(numbers) == len(column) else "UNDEF"]
        self.pieces += ["(", *cells, ")"] if self._tokens[index].is_mark("(") else cells
        return closes

    def _rows(self, opens: int, closes: int, is_single: bool) -> list[list[int | None]] | None:
        """Return the numbers of the IRIs in rows, None for another term; None if it is not read."""
        rows: list[list[int | None]] = []
        index = opens + 1
        while index < closes:
            token = self._tokens[index]
            end = self._constant_end(index)
            if end is not None:
                if is_single:
                    rows.append([])
                is_iri = token.kind in ("iri", "name")
                rows[-1].append(self._number(index, end) if is_iri else None)
            elif token.is_word("UNDEF", "TRUE", "FALSE"):
                if is_single:
                    rows.append([])
                rows[-1].append(None)
            elif token.is_mark("(") and not is_single:
                rows.append([])
            elif not (token.is_mark(")") and not is_single):
                return None
            index = end or index + 1
        return rows

    def _constant_end(self, index: int) -> int | None:
        """Return the index after the constant that begins at an index, None if none does."""
        token = self._tokens[index]
        before = self._tokens[index - 1] if index > self._begin else None
        if token.kind in ("iri", "name"):
            return index + 1
        if token.kind == "string":
            after = self._tokens[index + 1 : index + 4]
            if after and after[0].kind == "tag":
                return index + 2
            if len(after) == 3 and after[0].is_mark("^") and after[1].is_mark("^") and after[2].kind in ("iri", "name"):
                return index + 4
            return index + 1
        if token.kind == "number" and before is not None and not before.is_word("LIMIT", "OFFSET"):
            is_signed = before.kind == "mark" and before.text in "+-" and before.end == token.start
            return None if is_signed else index + 1
        return None

    def _is_modifier(self, index: int) -> bool:
        """Tell whether a token may say how often a path is repeated; rdflib wants no space before it."""
        token, before = self._tokens[index], self._tokens[index - 1]
        if index == self._begin or token.kind != "mark" or token.text not in "*+?":
            return False
        return before.kind in ("iri", "name") or before.is_mark(")") or before.is_word("A")


def _slot(number: int, term: PatternTerm) -> PatternTerm:
    if isinstance(term, NamedNode):
        return NamedNode(f"k:{number}")
    assert isinstance(term, Literal)
    return Literal(f"{_kind_of(term)}{number}")


def _kind_of(literal: Literal) -> str:
    """Return n for a number, d for a date or a time, s for a string, l for what is compared with nothing here."""
    if literal.language is not None:
        return "l"
    if literal.datatype == _STRING:
        return "s"
    if literal.datatype in _NUMBERS:
        try:
            return "l" if math.isnan(float(literal.value)) else "n"
        except ValueError:
            return "l"
    return "d" if literal.datatype in _DATES else "l"


def compared(literal: Literal) -> str | None:
    """Say how a literal of a shape is compared: by "order", by "equality" only, or None.

    It is a slot, or a number with a sign, which is none.
    """
    if literal.datatype == _STRING:
        return {"n": "order", "d": "order", "s": "equality"}.get(literal.value[:1])
    return "order" if _kind_of(literal) == "n" else None


@functools.lru_cache(maxsize=1000)
def _constants(
    prologue: str, prefixes: tuple[tuple[str, str], ...], written: tuple[str, ...]
) -> tuple[NamedNode | Literal, ...]:
    """Return what constants mean after a prologue: Oxigraph reads them."""
    if not written:
        return ()
    rows = " ".join(f"({number} {text})" for number, text in enumerate(written))  # a list: nothing recurses on it
    try:
        found = _nothing().query(f"{prologue}\nSELECT * {{ VALUES (?n ?k) {{ {rows} }} }}", prefixes=dict(prefixes))
    except SyntaxError as error:
        raise UnreadableQueryError(f"a constant that is none by itself: {error}") from error
    assert isinstance(found, pyoxigraph.QuerySolutions)
    terms: list[NamedNode | Literal | None] = [None] * len(written)
    for row in found:
        read = canonical(row["k"])
        assert isinstance(read, NamedNode | Literal)
        terms[int(row["n"].value)] = read
    return tuple(term for term in terms if term is not None)


@functools.cache
def _nothing() -> pyoxigraph.Store:
    return pyoxigraph.Store()
