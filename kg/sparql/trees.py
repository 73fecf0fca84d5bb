"""rdflib's parse tree of a query."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kg.errors import QuerySyntaxError

__all__ = ["query_tree"]


def query_tree(text: str) -> Any:
    """Return what rdflib's grammar finds in a query: the prologue and the query.

    It runs in a thread of its own, and what it raises stays there. pyparsing keeps exceptions in the frames that raised
    them; these cycles keep the frames of all callers alive until the next garbage collection, and with them results
    of the engine, which may only be dropped in the thread that made them.

    Raises:
        QuerySyntaxError: the text is no query for rdflib. RecursionError: it is nested too deeply.
    """
    with ThreadPoolExecutor(1, "sparql-parser") as pool:
        parsed = pool.submit(_parse, text)
        error = parsed.exception()
    if error is None:
        return parsed.result()
    if isinstance(error, RecursionError):
        raise RecursionError(str(error))
    raise QuerySyntaxError("SPARQL", str(error))


def _parse(text: str) -> Any:
    from rdflib.plugins.sparql.parser import parseQuery  # building the grammar parses too

    return parseQuery(text)
