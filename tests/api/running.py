"""An app behind the real server on a free port, and requests as raw bytes."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask

from api.server import serve
from api.service import Service
from kg.config import Value, load_config
from kg.graph import store_opening
from kg.home import Home, create_home
from kg.query.library import load_queries
from kg.remote import allow_hosts
from kg.serving.cypher import CypherDesk
from kg.serving.owner import StoreOwner
from kg.serving.pool import PoolSettings, ReaderPool

QUERIES = Path(__file__).parent.parent.parent / "queries"
TOKEN = "correct-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Answered:
    """An answer made of given pieces; an exception among them is raised in its turn."""

    def __init__(self, pieces: Iterable[bytes | Exception], name: str = "json") -> None:
        self.format, self.media_type = name, "application/octet-stream"
        self._pieces = iter(pieces)
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.closed = True


def stand_in(ask: Callable[[Any], Any] | None = None, **settings: Any) -> Service:
    """A service whose pool is a function: for what happens around the answers."""
    config = load_config(None, {}, settings)
    lease = SimpleNamespace(release=lambda: None, folder=Path("checkpoint"))
    owner = SimpleNamespace(lease=lambda wait=None: lease, is_writing=False, stop_writing=lambda: None)
    pool = SimpleNamespace(ask=ask, is_crowded=False, is_watched=True, close=lambda: None)
    return Service(owner, pool, config, None, TOKEN, dict)  # type: ignore[arg-type]


@contextlib.contextmanager
def served_home(folder: Path, ontology: str = "", **settings: Value) -> Iterator[Service]:
    """Yield the service of a new home: the real owner and real readers, of which one is ready.

    `ontology` is the user's own, in Turtle.
    """
    home = Home(folder)
    create_home(home)
    home.settings.write_text('[home]\nbase = "http://example.org/home/"\n')
    if ontology:
        (home.folder / "ontology.ttl").write_text(ontology)
    config = load_config(home.settings, {}, {"serve.readers": 2, **settings})
    remote = allow_hosts(config.remote.hosts, config.remote.timeout_seconds, config.remote.max_mb)
    serving = config.serve
    with contextlib.ExitStack() as stack:
        owner = StoreOwner(home, config, "kg serve")
        stack.callback(owner.close)
        opening = store_opening(home, config)
        settings_of_pool = PoolSettings(
            serving.readers, serving.queue_seconds, serving.memory_mb, config.home.store, opening, remote
        )
        pool = ReaderPool(owner.lease, settings_of_pool)
        stack.callback(pool.close)
        pool.warm()
        cypher = CypherDesk(owner, ReaderPool(owner.lease, settings_of_pool), most_open=1)
        stack.callback(cypher.close)
        yield Service(owner, pool, config, home, TOKEN, lambda: load_queries(QUERIES), cypher)


@contextlib.contextmanager
def running(app: Flask, host: str = "127.0.0.1") -> Iterator[tuple[str, int]]:
    """Yield the address at which an app is served by a thread of this process."""
    urls: list[str] = []
    stop, is_ready = threading.Event(), threading.Event()

    def ready(url: str) -> None:
        urls.append(url)
        is_ready.set()

    thread = threading.Thread(target=serve, args=(app, host, 0, ready, stop))
    thread.start()
    try:
        assert is_ready.wait(60)
        yield host, int(urls[0].rpartition(":")[2])
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive()


def fetch(
    address: tuple[str, int], method: str, target: str, headers: Mapping[str, str] = BEARER, body: bytes | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """Send one request and return the response with its whole body."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    try:
        connection.request(method, target, body, dict(headers))
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def exchange(address: tuple[str, int], *sent: bytes) -> bytes:
    """Send bytes and return everything that comes until the server closes the connection."""
    with socket.create_connection(address, timeout=20) as connection:
        for piece in sent:
            connection.sendall(piece)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    return received
