"""The notes that a SPARQL pattern binds."""

from __future__ import annotations

from kg.errors import InputError, QuerySyntaxError
from kg.graph import KnowledgeGraph
from kg.query.sparql import run_sparql
from kg.rdf import NamedNode
from kg.results import Solutions
from kg.sparql.tokens import prologue_end, tokenise

__all__ = ["notes_bound"]

_NAME = "note"
_BEFORE = f"SELECT DISTINCT ?{_NAME} WHERE {{\n"


def notes_bound(graph: KnowledgeGraph, pattern: str) -> frozenset[str]:
    """Return the IRIs that `?note` has in the solutions of a graph pattern, or of a whole SELECT query.

    Raises:
        InputError: `?note` is not bound in it. QuerySyntaxError: it is no pattern, with its line and column.
    """
    try:
        tokens = tokenise(pattern)
    except QuerySyntaxError as error:
        raise _said_of_where(error, error.line) from error
    body = prologue_end(tokens)
    if not any(token.text in (f"?{_NAME}", f"${_NAME}") for token in tokens):
        raise InputError(f"where must say something of ?{_NAME}, as {{ ?{_NAME} kg:taggedWith ?tag }}; this does not.")
    is_query = body < len(tokens) and tokens[body].is_word("SELECT")
    try:
        if is_query:
            return _bound(graph, pattern)
        start = tokens[body].start if body < len(tokens) else len(pattern)
        return _bound(graph, f"{pattern[:start]}{_BEFORE}{pattern[start:]}\n}}")  # a pattern may end in a comment
    except QuerySyntaxError as error:
        before = 0 if is_query else 1
        line = error.line - before if error.line is not None and error.line > before else None
        raise _said_of_where(error, line) from error


def _said_of_where(error: QuerySyntaxError, line: int | None) -> QuerySyntaxError:
    column = error.column if line is not None else None
    return QuerySyntaxError(error.language, f"where: {error.reason}", line, column)


def _bound(graph: KnowledgeGraph, query: str) -> frozenset[str]:
    result = run_sparql(graph, query)
    if not isinstance(result, Solutions) or _NAME not in result.variables:
        raise InputError(f"where selects no ?{_NAME}: name it after SELECT.")
    place = result.variables.index(_NAME)
    return frozenset(term.value for row in result.rows if isinstance(term := row[place], NamedNode))
