"""What a request may cost: its size, packed or not, its header, its time, and a place in the queue."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask, Response

from api import create_app
from api.access import Access, access
from api.bodies import parse_parameters, read_body, read_text
from kg.errors import InputError
from kg.limits import UNLIMITED
from kg.serving.updates import run_update_within
from tests.api.running import TOKEN, exchange, fetch, running, served_home, stand_in
from tests.serving.pools import wait_until

MB = 1_000_000


def served(**settings: object) -> Flask:
    app = create_app(stand_in(**{"serve.max_request_mb": 1, **settings}))

    @app.post("/size")
    @access(Access.PUBLIC)
    def size() -> Response:
        return Response(str(len(read_body())))

    @app.post("/text")
    @access(Access.PUBLIC)
    def text() -> Response:
        return Response(read_text())

    return app


def _shown(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("", b"x" * 5000),
        ("identity", b"x" * 5000),
        ("gzip", gzip.compress(b"x" * 5000, mtime=0)),
        ("GZIP", gzip.compress(b"x" * 2500, mtime=0) + gzip.compress(b"x" * 2500, mtime=0)),
        ("deflate", zlib.compress(b"x" * 5000)),
        ("deflate, gzip", gzip.compress(zlib.compress(b"x" * 5000), mtime=0)),
        ("gzip", gzip.compress(bytes(range(256)) * 19 + b"x" * 136, mtime=0)),
    ],
    ids=_shown,
)
def test_packed_bodies_are_unpacked(encoding: str, body: bytes) -> None:
    response = served().test_client().post("/size", data=body, headers={"Content-Encoding": encoding})
    assert response.text == "5000"


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", gzip.compress(b"x" * 100 * MB, mtime=0), 413),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x" * 100 * MB, mtime=0), mtime=0), 413),
        ("deflate", zlib.compress(b"x" * (MB + 1)), 413),
        ("", b"x" * (MB + 1), 413),
        ("gzip", gzip.compress(b"x" * 5000, mtime=0)[:-9], 400),
        ("gzip", b"no gzip at all", 400),
        ("gzip", b"", 400),
        ("br", b"x", 415),
        ("gzip, xz", b"x", 415),
    ],
    ids=_shown,
)
def test_bodies_that_are_refused(encoding: str, body: bytes, status: int) -> None:
    response = served().test_client().post("/size", data=body, headers={"Content-Encoding": encoding})
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"


def test_no_limit_when_it_is_set_to_0() -> None:
    client = served(**{"serve.max_request_mb": 0}).test_client()
    assert client.post("/size", data=b"x" * (MB + 1)).text == str(MB + 1)


def test_a_body_that_is_not_utf_8_is_refused_with_its_place() -> None:
    response = served().test_client().post("/text", data="ä".encode() + b"\xff")
    assert response.status_code == 400
    assert response.json["detail"] == "The body is not UTF-8: byte 2 is 0xff."


def test_parameters_are_strictly_utf_8_and_not_too_many() -> None:
    assert parse_parameters("a=%C3%A4&b=&a=1+2") == [("a", "ä"), ("b", ""), ("a", "1 2")]
    with pytest.raises(InputError, match="UTF-8"):
        parse_parameters("query=%ff")
    with pytest.raises(InputError, match="10000 parameters"):
        parse_parameters("a=1&" * 10_001)


@pytest.mark.parametrize(
    "head",
    [
        f"Content-Length: {MB + 1}\r\n\r\n".encode(),
        b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 0x10000 + b"\r\n",
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_has_come(head: bytes) -> None:
    with running(served()) as address:
        chunks = [b"10000\r\n" + b"x" * 0x10000 + b"\r\n"] * 15 if b"chunked" in head else []
        received = exchange(address, b"POST /size HTTP/1.1\r\nHost: localhost\r\n" + head, *chunks)
    assert received.startswith(b"HTTP/1.1 413")
    document = json.loads(received.partition(b"\r\n\r\n")[2])
    assert (document["status"], document["type"]) == (413, "urn:noemata:problem:request-too-large")


def test_a_long_address_is_read_and_an_endless_one_is_not() -> None:
    with running(served()) as address:
        assert fetch(address, "GET", "/healthz?" + "x" * 100_000)[0].status == 200
        received = exchange(address, b"GET /healthz?" + b"x" * 300_000)
    assert b" 431 " in received.splitlines()[0]  # waitress says HTTP/1.0 where it has not read the version


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nA : b\r\n\r\n", b"\x16\x03\x01\r\n\r\n"])
def test_what_is_not_http_is_refused(sent: bytes) -> None:
    with running(served()) as address:
        assert b" 400 Bad Request" in exchange(address, sent).splitlines()[0]


def test_watchers_are_answered_while_every_other_thread_is_taken() -> None:
    app, go_on = served(**{"serve.readers": 1}), threading.Event()

    @app.get("/slow")
    @access(Access.PUBLIC)
    def slow() -> Response:
        go_on.wait(20)
        return Response("slow")

    with running(app) as address:
        waiting = [socket.create_connection(address, timeout=20) for _ in range(40)]
        try:
            for connection in waiting:
                connection.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            started = time.monotonic()
            for path in ("/healthz", "/readyz", "/version"):
                assert fetch(address, "GET", path)[0].status == 200
            assert time.monotonic() - started < 20
            go_on.set()
            assert all(connection.recv(1000).startswith(b"HTTP/1.1 200") for connection in waiting)
        finally:
            go_on.set()
            for connection in waiting:
                connection.close()


def test_a_stop_lets_what_runs_come_to_its_end() -> None:
    app, begun = served(), threading.Event()

    @app.get("/slow")
    @access(Access.PUBLIC)
    def slow() -> Response:
        begun.set()
        time.sleep(0.5)
        return Response("x" * 100_000)

    with running(app) as address:
        connection = socket.create_connection(address, timeout=20)
        connection.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
        assert begun.wait(60)
    received = b""
    while piece := connection.recv(65536):
        received += piece
    connection.close()
    assert received.endswith(b"x" * 100_000)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=5)


def test_a_query_whose_client_has_left_is_stopped(tmp_path: Path) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z . ?d ?s ?w . ?e ?t ?v . ?f ?u ?k . ?g ?h ?i }"
    with served_home(tmp_path / "home") as service:
        run_update_within(
            UNLIMITED,
            service.owner,
            service.pool,
            f"INSERT DATA {{ {' . '.join(f'<a:{n}> <a:b> {n}' for n in range(99))} }}",
        )
        with running(create_app(service)) as address:
            with socket.create_connection(address, timeout=20) as connection:
                head = f"GET /query?query={quote(endless)} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
                connection.sendall(f"{head}\r\n".encode())
                wait_until(lambda: any(reader.processor_seconds > 0 for reader in service.pool._busy))
            wait_until(lambda: not service.pool._busy)
            response, body = fetch(address, "GET", "/query?query=ASK%7B%7D")
            assert (response.status, json.loads(body)["boolean"]) == (200, True)
