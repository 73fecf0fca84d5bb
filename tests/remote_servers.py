"""Servers on loopback that stand for other people's: plain ones, and SPARQL endpoints with data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph

from kg.remote import RemoteAccess

CONSTRUCTED = pyoxigraph.RdfFormat.N_TRIPLES
SOLUTIONS = pyoxigraph.QueryResultsFormat.JSON


@dataclass(frozen=True)
class Names:
    """A resolver that knows some names; what it is not told has no address."""

    places: Mapping[str, tuple[str, int]]

    def __call__(self, host: str, port: int) -> list[tuple[str, int]]:
        if host not in self.places:
            raise OSError("Name or service not known")
        return [self.places[host]]


@dataclass
class Asked:
    """What a server was asked: method, path, headers and body of each request."""

    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


Handle = Callable[[BaseHTTPRequestHandler, bytes], None]


@contextmanager
def serving(handle: Handle) -> Iterator[tuple[str, Asked]]:
    """Run a server whose every request is answered by a function; give its URL and what it was asked."""
    asked = Asked()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked.requests.append((self.command, self.path, headers, body))
            try:
                handle(self, body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the name is http.server's

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Answer a request; header names are written with underscores."""
    handler.send_response(status)
    for name, value in ({"Content_Type": "text/plain", "Content_Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def access_to(*urls: str, **settings: Any) -> RemoteAccess:
    """Allow the hosts of some URLs, with their ports."""
    parts = [urlsplit(url) for url in urls]
    return RemoteAccess(frozenset((part.hostname or "", part.port or 80) for part in parts), **settings)


Answer = Callable[[str], Any]
"""Evaluates a query as `pyoxigraph.Store.query` does."""


def question(handler: BaseHTTPRequestHandler, body: bytes) -> str:
    """Return the query of a SPARQL Protocol request, in any of its three forms."""
    if handler.command == "GET":
        return parse_qs(urlsplit(handler.path).query)["query"][0]
    if handler.headers.get_content_type() == "application/sparql-query":
        return body.decode()
    return parse_qs(body.decode())["query"][0]


def sparql(answer: Answer) -> Handle:
    """Answer requests of the SPARQL 1.1 Protocol by a function."""

    def handle(handler: BaseHTTPRequestHandler, body: bytes) -> None:
        try:
            found = answer(question(handler, body))
        except SyntaxError as error:
            reply(handler, str(error).encode(), 400)
            return
        if isinstance(found, pyoxigraph.QueryTriples):
            reply(handler, found.serialize(format=CONSTRUCTED) or b"", Content_Type=CONSTRUCTED.media_type)
        else:
            reply(handler, found.serialize(format=SOLUTIONS) or b"", Content_Type=SOLUTIONS.media_type)

    return handle


@contextmanager
def endpoint(turtle: str = "", answer: Answer | None = None) -> Iterator[tuple[str, Asked]]:
    """Run an Oxigraph endpoint over some Turtle; give its URL and what it was asked."""
    store = pyoxigraph.Store()
    store.load(turtle.encode(), pyoxigraph.RdfFormat.TURTLE, base_iri="http://example.org/")
    with serving(sparql(answer or store.query)) as (url, asked):
        yield f"{url}/sparql", asked
