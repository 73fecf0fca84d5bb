"""What an answer of another server says, read by its media type."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pyoxigraph

from kg.errors import RemoteError
from kg.rdf import FORMATS, Quad, RdfFormat, Term, parse
from kg.remote.fetching import RemoteResponse

__all__ = ["RESULTS_JSON", "read_rdf", "read_solutions"]

RESULTS_JSON = "application/sparql-results+json"
_MEDIA_TYPES = frozenset({RESULTS_JSON, "application/json"})


def read_solutions(response: RemoteResponse) -> tuple[list[str], list[tuple[Term | None, ...]]]:
    """Return the variables and the rows of SPARQL 1.1 Query Results JSON; every term in it is a valid one.

    Raises:
        RemoteError: the status is not 200, or the answer is something else.
    """
    if response.status != 200:
        said = " ".join(response.body[:300].decode("utf-8", "replace").split())
        raise RemoteError(response.url, f"answered with status {response.status}: {said}")
    if response.media_type not in _MEDIA_TYPES:
        found = response.media_type or "no media type"
        raise RemoteError(response.url, f"answered with {found} and not with results in JSON")
    try:
        solutions = pyoxigraph.parse_query_results(response.body, pyoxigraph.QueryResultsFormat.JSON)
        if not isinstance(solutions, pyoxigraph.QuerySolutions):
            raise RemoteError(response.url, "answered with true or false and not with solutions")
        return [variable.value for variable in solutions.variables], [tuple(solution) for solution in solutions]
    except (SyntaxError, ValueError) as error:
        raise RemoteError(response.url, f"its answer cannot be read: {error}") from error


def read_rdf(response: RemoteResponse) -> Iterator[Quad]:
    """Yield the quads of an RDF answer: of its media type, or for a general one such as text/plain, of its suffix.

    Relative IRIs are resolved against its URL; blank nodes keep the labels of the document.

    Raises:
        RemoteError: neither names an RDF syntax. RdfSyntaxError: with line and column.
    """
    suffix = urlsplit(response.url).path.rpartition(".")[2].lower()
    named = RdfFormat.from_media_type(response.media_type)
    if named is None or response.media_type not in {known.media_type for known in FORMATS.values()}:
        named = RdfFormat.from_extension("rdf" if suffix == "owl" else suffix) or named
    if named is None:
        reason = f"answered with {response.media_type or 'no media type'}, which names no RDF syntax"
        raise RemoteError(response.url, reason)
    return parse(response.body, named, response.url, base_iri=response.url)
