"""rdflib's parse tree of a query."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["query_tree"]


def query_tree(text: str) -> Any:
    """Return what rdflib's grammar finds in a query: the prologue and the query.

    It runs in a thread of its own. pyparsing keeps exceptions in the frames that raised them; these cycles keep the
    frames of all callers alive until the next garbage collection, and with them results of the engine, which may
    only be dropped in the thread that made them.

    Raises:
        Exception: whatever pyparsing or an action of the grammar raises for a text that is no query.
    """
    with ThreadPoolExecutor(1, "sparql-parser") as pool:
        return pool.submit(_parse, text).result()


def _parse(text: str) -> Any:
    from rdflib.plugins.sparql.parser import parseQuery  # building the grammar parses too

    return parseQuery(text)
