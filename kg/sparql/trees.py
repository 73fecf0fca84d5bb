"""rdflib's parse tree of a query."""

from __future__ import annotations

import threading
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
    outcome: list[Any] = []

    def parse() -> None:
        try:
            from rdflib.plugins.sparql.parser import parseQuery  # building the grammar parses too

            outcome.append(parseQuery(text))
        except Exception as error:  # raised again below, in the thread of the caller
            outcome.append(error.with_traceback(None))

    thread = threading.Thread(target=parse, name="sparql-parser")
    thread.start()
    thread.join()
    (found,) = outcome
    if isinstance(found, Exception):
        raise found
    return found
