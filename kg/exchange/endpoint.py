"""Triples of other people's endpoints: asked for in pages by the SPARQL 1.1 Protocol, kept in one import graph.

Pages are taken from an ordered query, and the endpoint counts the solutions before the first and after the last
page: so a graph is complete, or nothing is stored. The graph says where it is from and by which query; it holds no
time, so an equal answer is an equal graph.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from kg.errors import InputError, RemoteError
from kg.exchange.blank_nodes import with_canonical_labels
from kg.exchange.graph_store import put_graph
from kg.exchange.importing import ImportCount, place
from kg.graph import KnowledgeGraph, guarded_graphs, refusal
from kg.rdf import DCT, SCHEMA, BlankNode, Literal, NamedNode, Quad, Triple
from kg.remote import RESULTS_JSON, RemoteAccess, RemoteResponse, fetch, read_rdf, read_solutions
from kg.results import TRIPLE_COLUMNS

__all__ = ["EndpointQuery", "Progress", "import_answer", "read_endpoint"]

_GRAPHS = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.8"
_AGAIN = frozenset({429, 502, 503, 504})
_TRIES = 5
_LONGEST_WAIT = 60.0

Progress = Callable[[int, int], object]
"""Is told the solutions that were read and how many there are."""


class EndpointQuery(Protocol):
    """A CONSTRUCT, or a SELECT of triples, that can be asked for in pages (`kg.query.paging`)."""

    @property
    def text(self) -> str:
        """Return the whole query."""

    @property
    def is_construct(self) -> bool:
        """Tell whether the answer is a graph."""

    @property
    def count(self) -> str | None:
        """Return a query for the number of solutions; None where there are no pages."""

    def page(self, size: int, offset: int) -> str:
        """Return the query for some of the solutions, in an order that stays."""


def read_endpoint(
    remote: RemoteAccess,
    endpoint: str,
    queries: Iterable[EndpointQuery],
    page_size: int,
    token: str | None = None,
    progress: Progress = lambda done, total: None,
    sleep: Callable[[float], object] = time.sleep,
) -> frozenset[Quad]:
    """Return what an endpoint answers to some queries, as quads of the default graph. In memory: about 1 kB a triple.

    An answer that is too busy for now (429, 502, 503, 504) is asked for again, after the time it names or 1, 2, 4, 8 s.

    Args:
        page_size: solutions a page; 0 asks for all at once.
        token: sent as a bearer token.
        progress: called after each page.

    Raises:
        RemoteError: the endpoint may not be asked, failed, or its data changed meanwhile.
        LimitError: a page is too long. RdfSyntaxError, InputError: an answer is no set of triples.
    """
    client = _Client(remote, endpoint, token, sleep)
    found: set[Quad] = set()
    have_blank_nodes = False
    for answers, (text, is_construct) in enumerate(_questions(client, queries, page_size, progress), 1):
        part = set(client.triples(text, is_construct))
        found |= part
        have_blank_nodes = have_blank_nodes or any(_has_blank_node(quad) for quad in part)
        if have_blank_nodes and answers > 1:
            raise InputError(
                f"{endpoint}: there are blank nodes, and which are the same in two answers is not known. "
                "Let the query give them IRIs or leave them out, or ask for all at once: --page-size 0."
            )
    return frozenset(found)


def _questions(
    client: _Client, queries: Iterable[EndpointQuery], page_size: int, progress: Progress
) -> Iterator[tuple[str, bool]]:
    """Yield the queries to be asked; the next one is asked for when the last was answered."""
    for query in queries:
        total = client.count(query.count) if page_size and query.count else 0
        if query.count is None or total <= page_size:
            yield query.text, query.is_construct
            progress(total, total)
            continue
        for offset in range(0, total, page_size):
            yield query.page(page_size, offset), query.is_construct
            progress(min(offset + page_size, total), total)
        now = client.count(query.count)
        if now != total:
            reason = f"had {total} solutions, and {now} after the last page; its data changed. Try again"
            raise RemoteError(client.endpoint, reason)


def _has_blank_node(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or _is_blank(quad.object)


def _is_blank(term: Any) -> bool:
    return isinstance(term, BlankNode) or (
        isinstance(term, Triple) and (_is_blank(term.subject) or _is_blank(term.object))
    )


class _Client:
    """Asks one endpoint; SPARQLWrapper writes the requests, `fetch` sends them."""

    def __init__(
        self, remote: RemoteAccess, endpoint: str, token: str | None, sleep: Callable[[float], object]
    ) -> None:
        remote.check(endpoint)
        self.endpoint = endpoint
        self._remote, self._token, self._sleep = remote, token, sleep

    def count(self, query: str) -> int:
        """Return the number of solutions that a counting query gives."""
        _, rows = read_solutions(self._ask(query, RESULTS_JSON))
        value = rows[0][0] if rows and rows[0] else None
        if isinstance(value, Literal) and value.value.isdecimal():
            return int(value.value)
        raise RemoteError(self.endpoint, "does not count its solutions; ask for all at once: --page-size 0")

    def triples(self, query: str, is_construct: bool) -> Iterator[Quad]:
        """Yield the triples of an answer, in the default graph."""
        if is_construct:
            for quad in read_rdf(self._ask(query, _GRAPHS)):
                yield Quad(quad.subject, quad.predicate, quad.object)
            return
        names, rows = read_solutions(self._ask(query, RESULTS_JSON))
        order = next((order for order in TRIPLE_COLUMNS if set(order) == set(names)), None)
        if order is None:
            reason = (
                f"answered with the columns {', '.join(names)}; triples are ?s ?p ?o or ?subject ?predicate ?object"
            )
            raise RemoteError(self.endpoint, reason)
        for number, row in enumerate(rows, 1):
            subject, predicate, value = (row[names.index(name)] for name in order)
            if not isinstance(subject, NamedNode | BlankNode) or not isinstance(predicate, NamedNode) or value is None:
                reason = f"row {number} is no triple: {subject} {predicate} {value}. Let the query leave such rows out"
                raise RemoteError(self.endpoint, reason)
            yield Quad(subject, predicate, value)

    def _ask(self, query: str, accept: str) -> RemoteResponse:
        for attempt in range(_TRIES):
            response = _send(self._remote, self.endpoint, query, accept, self._token)
            if response.status == 200:
                return response
            if response.status not in _AGAIN or attempt == _TRIES - 1:
                break
            self._sleep(_wait(response.headers, attempt))
        said = " ".join(response.body[:300].decode("utf-8", "replace").split())
        raise RemoteError(self.endpoint, f"answered with status {response.status}: {said}")


def _wait(headers: Mapping[str, str], attempt: int) -> float:
    """Return the seconds before the next try: those of Retry-After, else 1, 2, 4, 8."""
    named = headers.get("retry-after", "").strip()
    return min(float(named) if named.isdecimal() else 2.0**attempt, _LONGEST_WAIT)


def _send(remote: RemoteAccess, endpoint: str, query: str, accept: str, token: str | None) -> RemoteResponse:
    from SPARQLWrapper import POST, SPARQLWrapper

    class Guarded(SPARQLWrapper):
        """Sends its requests through the allow-list."""

        def _query(self) -> Any:
            request = self._createRequest()
            assert request.data is None or isinstance(request.data, bytes)
            headers = dict(request.header_items())
            return fetch(remote, request.full_url, request.get_method(), headers, request.data), self.returnFormat

    client = Guarded(endpoint)
    client.setMethod(POST)
    client.setOnlyConneg(True)
    client.addCustomHttpHeader("Accept", accept)
    if token is not None:
        client.addCustomHttpHeader("Authorization", f"Bearer {token}")
    client.setQuery(query)
    response: Any = client.query().response
    assert isinstance(response, RemoteResponse)
    return response


def import_answer(
    graph: KnowledgeGraph,
    triples: Iterable[Quad],
    endpoint: str,
    query: str,
    name: str,
    graph_name: NamedNode | None = None,
) -> ImportCount:
    """Replace an import graph by the triples of an endpoint, with where they are from, in one commit.

    The graph is `…/import/HOST-NAME`. It says of itself `dct:source`, the endpoint, and `schema:query`, the text.

    Args:
        name: the query's name.
        graph_name: where the triples go instead.

    Raises:
        InputError: there are too many blank nodes. UnsupportedQueryError: the graph is not for imports.
    """
    host = urlsplit(endpoint).netloc.lower().replace(":", "-")
    target = graph_name or graph.minter.import_graph(f"{host}-{name}")
    guarded = guarded_graphs(graph.minter)
    if target in guarded:
        raise refusal("Import", target, guarded[target])
    about: Sequence[Quad] = (
        Quad(target, DCT["source"], NamedNode(endpoint)),
        Quad(target, SCHEMA["query"], Literal(query)),
    )
    wanted = with_canonical_labels(place((*triples, *about), target, endpoint), endpoint)
    done = put_graph(graph, target, frozenset(wanted))
    return ImportCount(len(wanted), done.added, done.removed, (target,))
