"""The notes that a SPARQL pattern binds."""

from __future__ import annotations

import re

from kg.errors import InputError, QuerySyntaxError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.query.sparql import run_sparql
from kg.rdf import NamedNode
from kg.results import Solutions
from kg.sparql.tokens import Token, prologue_end, tokenise

__all__ = ["notes_bound"]

_NAME = "note"
_BEFORE = f"SELECT DISTINCT ?{_NAME} WHERE {{\n"
_PLACE = re.compile(r"(?<=\(line )(\d+)(?=, column )")
"""As errors without a place of their own tell it."""


def notes_bound(graph: KnowledgeGraph, pattern: str) -> frozenset[str]:
    """Return the IRIs that `?note` has in the solutions of a graph pattern, or of a whole SELECT query.

    Raises:
        InputError: `?note` is not bound in it. QuerySyntaxError, UnsupportedQueryError: it is no pattern, or has what
            is not offered, with its line and column.
    """
    try:
        tokens = tokenise(pattern)
    except QuerySyntaxError as error:
        raise _said_of_where(error, error.line, error.column) from error
    body = prologue_end(tokens)
    if not any(token.text in (f"?{_NAME}", f"${_NAME}") for token in tokens):
        raise InputError(f"where must say something of ?{_NAME}, as {{ ?{_NAME} kg:taggedWith ?tag }}; this does not.")
    if body < len(tokens) and tokens[body].is_word("SELECT"):
        try:
            return _bound(graph, pattern)
        except QuerySyntaxError as error:
            raise _said_of_where(error, error.line, error.column) from error
    return _in_query(graph, pattern, tokens[body] if body < len(tokens) else None)


def _in_query(graph: KnowledgeGraph, pattern: str, first: Token | None) -> frozenset[str]:
    """Return what a pattern binds; in the query around it only its lines are others, by one from its first token on."""
    start, line, column = (first.start, first.line, first.column) if first else (len(pattern), len(pattern), 1)
    query = f"{pattern[:start]}{_BEFORE}{' ' * (column - 1)}{pattern[start:]}\n}}"  # it may end in a comment
    lines = pattern.split("\n")

    def before(found: int) -> int:
        return found - 1 if found > line else found

    try:
        return _bound(graph, query)
    except QuerySyntaxError as error:
        if error.line is not None and before(error.line) > len(lines):  # at the bracket behind it
            raise _said_of_where(error, len(lines), len(lines[-1]) + 1) from error
        raise _said_of_where(error, error.line and before(error.line), error.column) from error
    except UnsupportedQueryError as error:
        feature = _PLACE.sub(lambda match: str(before(int(match[0]))), error.feature)
        raise UnsupportedQueryError(error.language, f"where: {feature}", error.advice) from error


def _said_of_where(error: QuerySyntaxError, line: int | None, column: int | None) -> QuerySyntaxError:
    return QuerySyntaxError(error.language, f"where: {error.reason}", line, column)


def _bound(graph: KnowledgeGraph, query: str) -> frozenset[str]:
    result = run_sparql(graph, query)
    if not isinstance(result, Solutions) or _NAME not in result.variables:
        raise InputError(f"where selects no ?{_NAME}: name it after SELECT.")
    place = result.variables.index(_NAME)
    return frozenset(term.value for row in result.rows if isinstance(term := row[place], NamedNode))
