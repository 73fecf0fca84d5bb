"""The triples of a group as they are written (SPARQL 1.1 Query, 19.8, rules 75 to 106): subjects, verbs, objects.

Read from the tokens of a query that parses, for those who take some of its triples out and write the others again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.sparql.tokens import Token

__all__ = ["Node", "Pair", "Statement", "plain", "read_block"]

_PATH_ENDS = "*+?"


@dataclass(slots=True)
class Node:
    """A subject or object: tokens `[first, end)`.

    A list has `members`, a blank node in brackets has `pairs`; a term has neither.
    """

    kind: OneOf["term", "list", "brackets"]
    first: int
    end: int
    members: tuple[Node, ...] = ()
    pairs: tuple[Pair, ...] = ()


@dataclass(slots=True)
class Pair:
    """A verb, tokens `[first, end)`, and its objects, each with the index after its annotations."""

    first: int
    end: int
    objects: tuple[tuple[Node, int], ...]


@dataclass(slots=True)
class Statement:
    """What is written of one subject."""

    subject: Node
    pairs: tuple[Pair, ...]

    def nodes(self) -> Iterator[Node]:
        """Yield all nodes that may hold triples of their own, in order, each before those within it."""
        waiting = [self.subject, *(node for pair in self.pairs for node, _ in pair.objects)]
        while waiting:
            node = waiting.pop(0)
            yield node
            waiting[:0] = [*node.members, *(inner for pair in node.pairs for inner, _ in pair.objects)]


def read_block(tokens: Sequence[Token], first: int, end: int) -> list[Statement]:
    """Return the triples of an element of a group."""
    reader = _Reader(tokens, first, end)
    statements = []
    while reader.skip_dots():
        subject = reader.node()
        statements.append(Statement(subject, reader.pairs()))
    return statements


def plain(tokens: Sequence[Token], first: int, end: int) -> str:
    """Return tokens as text on one line, with a space where anything was between two of them."""
    parts: list[str] = []
    for index in range(first, end):
        if parts and tokens[index].start > tokens[index - 1].end:
            parts.append(" ")
        parts.append(tokens[index].text)
    return "".join(parts)


class _Reader:
    """Reads from left to right."""

    def __init__(self, tokens: Sequence[Token], first: int, end: int) -> None:
        self._tokens, self._at, self._end = tokens, first, end

    def _is(self, marks: str) -> bool:
        if self._at >= self._end:
            return False
        token = self._tokens[self._at]
        return token.kind == "mark" and token.text in marks

    def _is_double(self, mark: str) -> bool:
        """Tell whether a mark stands here twice without a space, as `<<` and `^^`."""
        here = self._tokens[self._at : self._at + 2]
        return len(here) == 2 and all(each.is_mark(mark) for each in here) and here[0].end == here[1].start

    def skip_dots(self) -> bool:
        """Pass over dots, and tell whether anything follows."""
        while self._is("."):
            self._at += 1
        return self._at < self._end

    def node(self) -> Node:
        first = self._at
        if self._is_double("<"):
            self._skip_reified()
        elif self._is("["):
            self._at += 1
            pairs = self.pairs()
            self._at += 1
            return Node("brackets", first, self._at, pairs=pairs)
        elif self._is("("):
            self._at += 1
            members = []
            while not self._is(")"):
                members.append(self.node())
            self._at += 1
            return Node("list", first, self._at, members=tuple(members))
        else:
            self._at += 2 if self._is("+-") else 1
            if self._tokens[self._at - 1].kind == "string" and self._at < self._end:
                if self._tokens[self._at].kind == "tag":
                    self._at += 1
                elif self._is_double("^"):
                    self._at += 3
        return Node("term", first, self._at)

    def pairs(self) -> tuple[Pair, ...]:
        """Read verbs with their objects, up to a dot, a closing bracket or the end."""
        found = []
        while self._at < self._end and not self._is(".])|}"):
            if self._is(";"):
                self._at += 1
                continue
            first = self._at
            self._skip_path()
            end = self._at
            objects = [self._object()]
            while self._is(","):
                self._at += 1
                objects.append(self._object())
            found.append(Pair(first, end, tuple(objects)))
        return tuple(found)

    def _object(self) -> tuple[Node, int]:
        node = self.node()
        while self._is("~{"):
            if self._is("{"):
                self._skip_brackets("{", "}")
                continue
            self._at += 1  # of a reifier, whose name may be left out
            if self._at < self._end and self._tokens[self._at].kind in ("variable", "iri", "name", "blank"):
                self._at += 1
        return node, self._at

    def _skip_path(self) -> None:
        while True:
            while self._is("^!"):
                self._at += 1
            if self._is("("):
                self._skip_brackets("(", ")")
            else:
                self._at += 1
            while self._is(_PATH_ENDS) and not self._begins_number():
                self._at += 1
            if not self._is("/|"):
                return
            self._at += 1

    def _begins_number(self) -> bool:
        after = self._tokens[self._at + 1 : self._at + 2]
        is_number = bool(after) and after[0].kind == "number"
        return is_number and self._is("+") and after[0].start == self._tokens[self._at].end

    def _skip_brackets(self, opening: str, closing: str) -> None:
        depth = 0
        while True:
            depth += self._is(opening) - self._is(closing)
            self._at += 1
            if depth == 0:
                return

    def _skip_reified(self) -> None:
        depth = 0
        while True:
            if self._is_double("<") or self._is_double(">"):
                depth += 1 if self._is("<") else -1
                self._at += 2
            else:
                self._at += 1
            if depth == 0:
                return
