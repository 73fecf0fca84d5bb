"""SPARQL endpoints of the federation tests: another Noemata behind a socket, under the names that the tests use."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from kg.remote import RemoteAccess

if TYPE_CHECKING:
    from tests.conformance.engines import Noemata


@contextmanager
def serving(endpoints: Mapping[str, Noemata], unknown: Sequence[str] = ()) -> Iterator[RemoteAccess]:
    """Serve datasets by the IRIs of their endpoints, and yield what asks them.

    Args:
        unknown: IRIs that may be asked and that nobody answers.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            dataset = endpoints.get(f"http://{self.headers['Host']}{self.path}")
            if dataset is None:
                self.send_error(404)
                return
            _, content = dataset.query(form["query"][0], "http://example.org/", "json")
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    hosts = {(urlsplit(iri).hostname or "", 80) for iri in (*endpoints, *unknown)}
    address = ("127.0.0.1", server.server_address[1])
    try:
        yield RemoteAccess(frozenset(hosts), seconds=10, resolve=lambda host, port: [address])
    finally:
        server.shutdown()
        server.server_close()
