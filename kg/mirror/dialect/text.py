"""Pieces of text for kglite with their types, and the few forms that rewriting is made of."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from kg.cypher.syntax import Variable
from kg.mirror.dialect.types import FLOAT, INTEGER, NULL, STRING, KindsOfProperty, Type, may_be_null, refuse

if TYPE_CHECKING:
    from kg.cypher.syntax import Expression
    from kg.records import Value

__all__ = ["INFINITY", "NAN", "RAISE", "Naming", "Piece", "Scope", "Translating", "literal", "name", "null_unless_all"]

RAISE = "toBoolean(1)"
"""An error when it is computed, and never otherwise in what this writes; `kg.mirror.answers.failure` knows it."""
INFINITY = "(1e308 * 10)"
NAN = "(1e308 * 10 - 1e308 * 10)"

_PLAIN = re.compile(r"[^\\'\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]{0,200}")


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression as kglite must have it.

    Attributes:
        is_cheap: it may be written more than once.
        constant: its value in brackets where that is known before running.
        is_transient: a node that kglite knows only as long as it is asked for something (of `startNode(r)`).
        is_small: an integer that a float holds exactly.
        is_stored: a property as it is, or a text of the statement: strings whose order is that of code points.
    """

    text: str
    type: Type
    is_cheap: bool = False
    constant: tuple[Value] | None = None
    is_transient: bool = False
    is_small: bool = False
    is_stored: bool = False


Scope = Mapping[str, Piece]
"""The variables that can be seen, and what stands for each."""


@dataclass(slots=True)
class Naming:
    """What is made up on the way, and what is known of the graph.

    Attributes:
        parameters: the statement's own; `given` are those that kglite gets.
        relationships: at least how many the graph has.
    """

    kinds: KindsOfProperty
    parameters: Mapping[str, Value]
    relationships: int
    has_nanoseconds: bool = False
    given: dict[str, Any] = field(default_factory=dict)
    _count: int = 0

    def fresh(self) -> str:
        """Return a variable that no statement has, one that does is refused; as `name` writes it."""
        self._count += 1
        return f"`__kg{self._count}`"

    def made_up(self) -> Variable:
        """Return the same as a part of the tree."""
        return Variable(self.fresh().strip("`"))

    def bound(self, piece: Piece, body: Callable[[Piece], str]) -> str:
        """Return a text in which a piece may come more than once, and is computed once."""
        if piece.is_cheap:
            return body(piece)
        variable = self.fresh()
        held = Piece(variable, piece.type, is_cheap=True, is_stored=piece.is_stored)
        return f"[{variable} IN [{piece.text}] | {body(held)}][0]"

    def all_bound(self, pieces: tuple[Piece, ...], body: Callable[[tuple[Piece, ...]], str]) -> str:
        """Return the same of several pieces."""
        if not pieces:
            return body(())
        return self.bound(pieces[0], lambda first: self.all_bound(pieces[1:], lambda rest: body((first, *rest))))

    def give(self, value: Value) -> str:
        """Return a parameter of our own with this value."""
        self._count += 1
        key = f"__kg{self._count}"
        self.given[key] = value
        return f"${key}"


def name(text: str) -> str:
    """Return a variable, label, type or key as kglite reads it."""
    if "`" in text or "\n" in text or "\r" in text or not text or "\\" in text:
        raise refuse(f"the name {text!r}", "Names may have no backtick, backslash, line break, and must not be empty.")
    return f"`{text}`"


def literal(value: bool | int | float | str | None, naming: Naming) -> Piece:
    """Return a constant of a statement."""
    if value is None:
        return Piece("null", NULL, True, (None,))
    if isinstance(value, bool):
        return Piece("true" if value else "false", frozenset({"boolean"}), True, (value,))
    if isinstance(value, int):
        text = str(value) if value >= 0 else f"({value})"
        return Piece(text, INTEGER, True, (value,), is_small=abs(value) < 2**53)
    if isinstance(value, float):
        if not math.isfinite(value):
            return Piece(naming.give(value), FLOAT, True, (value,))
        return Piece(repr(value) if not math.copysign(1, value) < 0 else f"({value!r})", FLOAT, True, (value,))
    if _PLAIN.fullmatch(value):
        return Piece(f"'{value}'", STRING, True, (value,), is_stored=True)
    return Piece(naming.give(value), STRING, True, (value,), is_stored=True)


def null_unless_all(pieces: tuple[Piece, ...], text: str) -> str:
    """Return a text that is null where one of the pieces is."""
    tests = [f"{piece.text} IS NULL" for piece in pieces if may_be_null(piece.type)]
    return f"CASE WHEN {' OR '.join(tests)} THEN null ELSE {text} END" if tests else text


class Translating(Protocol):
    """What translates the expressions within an expression."""

    naming: Naming

    def __call__(self, node: Expression, scope: Scope) -> Piece:
        """Return an expression as kglite must have it, with its type."""

    def kept(self, node: Expression, scope: Scope) -> Piece:
        """Return an expression whose value is held or returned."""
