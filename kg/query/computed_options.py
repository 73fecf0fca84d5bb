"""What stands behind a computed predicate in SPARQL: a constant, or options in brackets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import pyoxigraph

from kg.errors import QuerySyntaxError, UnsupportedQueryError
from kg.query.computed import Given, Shape, meant, nearest, what_is_meant
from kg.query.triples_blocks import Node, Pair, plain
from kg.rdf import KG, XSD, Literal, NamedNode, Term
from kg.sparql.tokens import Token

__all__ = ["Options", "read_options", "term_of"]

_TEXTS = frozenset({XSD["string"].value, "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"})
_INTEGER = XSD["integer"].value
_NUMBERS = frozenset({XSD["decimal"].value, XSD["double"].value, XSD["float"].value})
_TRUTH = XSD["boolean"].value


@dataclass(frozen=True, slots=True)
class Options:
    """What a pattern is given, and which columns it wants under which variables.

    Args:
        are_hits: whether they stand for each hit, as a blank node would; else for what is found, which is there once.
    """

    given: Mapping[str, Given]
    wanted: tuple[tuple[str, str], ...]
    are_hits: bool


def read_options(
    shape: Shape,
    node: Node,
    pairs: Sequence[Pair],
    tokens: Sequence[Token],
    iris: Mapping[int, str],
    prologue: str,
    prefixes: Mapping[str, str],
    place: str,
) -> Options:
    """Return what an object says.

    Args:
        pairs: what is said of the object, if it is a blank node.
        iris: what the names among the tokens mean, by index.
        place: of the predicate.

    Raises:
        QuerySyntaxError: with the place and what would be right.
        UnsupportedQueryError: something is to be computed of a variable's value.
    """
    reader = _Reader(shape, tokens, iris, prologue, prefixes, place)
    is_blank = node.kind == "brackets" or tokens[node.first].kind == "blank"
    if is_blank:
        for pair in pairs:
            reader.option(pair)
    elif node.kind == "list":
        reader.fail(node.first, f"{shape.predicate} takes no list; write {shape.example['SPARQL']}")
    else:
        reader.value(shape.main, node)
    if shape.is_required and shape.main not in reader.given:
        at = node.first
        reader.fail(at, f"{shape.predicate} is not told what to look for; kg:{shape.main} is missing")
    return Options(reader.given, tuple(reader.wanted), is_blank)


def term_of(node: Node, tokens: Sequence[Token], prologue: str, prefixes: Mapping[str, str]) -> Term:
    """Return the constant that some tokens are, as Oxigraph reads it."""
    text = plain(tokens, node.first, node.end)
    rows = pyoxigraph.Store().query(f"{prologue}\nSELECT ({text} AS ?term) {{}}", prefixes=dict(prefixes))
    assert isinstance(rows, pyoxigraph.QuerySolutions)
    term: Term = next(rows)["term"]
    return term


class _Reader:
    """Reads the options of one pattern."""

    def __init__(
        self,
        shape: Shape,
        tokens: Sequence[Token],
        iris: Mapping[int, str],
        prologue: str,
        prefixes: Mapping[str, str],
        place: str,
    ) -> None:
        self._place = place
        self._shape, self._tokens, self._iris = shape, tokens, iris
        self._prologue, self._prefixes = prologue, prefixes
        self.given: dict[str, Given] = {}
        self.wanted: list[tuple[str, str]] = []

    def option(self, pair: Pair) -> None:
        """Read one option."""
        name = self._name(pair)
        if len(pair.objects) > 1:
            self.fail(pair.first, f"kg:{name} stands here with several values; write one")
        if name in self.given or any(column == name for column, _ in self.wanted):
            self.fail(pair.first, f"kg:{name} stands here twice")
        self.value(name, pair.objects[0][0])

    def _name(self, pair: Pair) -> str:
        written = plain(self._tokens, pair.first, pair.end)
        iri = self._iris.get(pair.first) if pair.end == pair.first + 1 else None
        name = iri[len(KG) :] if iri is not None and iri.startswith(KG) else None
        every = dict.fromkeys((*self._shape.takes, *self._shape.gives))
        known = [each for each in every if each != self._shape.subject]
        if name is None or name not in known:
            hint = nearest(f"kg:{name or written}", [f"kg:{each}" for each in known])
            listed = " ".join(f"kg:{each}" for each in known)
            self.fail(pair.first, f"{written} is no option of {self._shape.predicate}.{hint} It has {listed}")
        return name

    def value(self, name: str, node: Node) -> None:
        """Read the value of an option: a variable for what it gives, a constant for what it takes."""
        token = self._tokens[node.first]
        is_given, is_taken = name in self._shape.gives, name in self._shape.takes
        if node.kind == "term" and token.kind == "variable":
            if not is_given:
                self._refuse_variable(token)
            self.wanted.append((name, token.text[1:]))
            return
        if not is_taken:
            self.fail(node.first, f"kg:{name} is what {self._shape.predicate} gives: write a variable for it")
        given = self._constant(name, node)
        if given is None:
            written = plain(self._tokens, node.first, node.end)
            shown = written if len(written) <= 40 else f"{written[:40]}…"
            wrong = f"{shown} is none for kg:{name}, which takes {what_is_meant(self._shape, name)}"
            self.fail(node.first, wrong)
        self.given[name] = given

    def _constant(self, name: str, node: Node) -> Given | None:
        if node.kind != "term" or self._tokens[node.first].kind in ("blank", "variable"):
            return None
        if self._tokens[node.first].is_mark("<"):
            return None
        term = term_of(node, self._tokens, self._prologue, self._prefixes)
        return meant(self._shape.takes[name], _python(term))

    def _refuse_variable(self, token: Token) -> NoReturn:
        what = f"{self._shape.predicate} {self._place} of the value of {token.text}"
        advice = f"It is computed before the query runs: write a constant, as in {self._shape.example['SPARQL']}"
        raise UnsupportedQueryError("SPARQL", what, advice)

    def fail(self, index: int, reason: str) -> NoReturn:
        """Say what is wrong at a token."""
        token = self._tokens[index]
        raise QuerySyntaxError("SPARQL", reason, token.line, token.column)


def _python(term: Term) -> object:
    """Return a constant as a value of Python; an IRI as it is."""
    if not isinstance(term, Literal):
        return term if isinstance(term, NamedNode) else None
    datatype = term.datatype.value
    try:
        if datatype in _TEXTS:
            return term.value
        if datatype == _INTEGER:
            return int(term.value)
        if datatype in _NUMBERS:
            return float(term.value)
    except ValueError:
        return None
    return term.value in ("true", "1") if datatype == _TRUTH else None
