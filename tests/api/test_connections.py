"""What of a request is read before anybody knows who sends it, and how connections end; seen from a raw socket."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response

import api.connections
from api import create_app
from api.access import Access, access
from api.connections import STRANGER_BYTES, Gate
from api.streaming import respond
from kg.errors import QueryTimeoutError
from tests.api.running import TOKEN, Answered, exchange, running, stand_in
from tests.serving.pools import wait_until

PIECE = bytes(range(256)) * 4096  # 1 MiB: no less than is held back
KNOWN = f"Authorization: Bearer {TOKEN}\r\n".encode()
LONG = STRANGER_BYTES + 1


def served(*pieces: bytes | Exception, **settings: object) -> Flask:
    app = create_app(stand_in(lambda question, has_left=None: Answered([b"{}"]), **settings))

    @app.get("/answer")
    @access(Access.PUBLIC)
    def answer() -> Response:
        return respond(Answered(pieces), "text/csv")

    @app.get("/unchanged")
    @access(Access.PUBLIC)
    def unchanged() -> Response:
        return Response(status=304)

    @app.delete("/gone")
    @access(Access.PUBLIC)
    def gone() -> Response:
        return Response(status=204)

    return app


@pytest.fixture(scope="module")
def closed() -> Iterator[tuple[str, int]]:
    with running(served()) as address:
        yield address


@pytest.fixture(scope="module")
def opened() -> Iterator[tuple[str, int]]:
    with running(served(**{"serve.open_reads": True})) as address:
        yield address


def post(path: str, *lines: bytes) -> bytes:
    head = b"\r\n".join((f"POST {path} HTTP/1.1".encode(), b"Host: localhost", *lines))
    return head + b"\r\n"


def document(received: bytes) -> dict[str, Any]:
    return dict(json.loads(received.partition(b"\r\n\r\n")[2]))


# --- bodies of strangers


@pytest.mark.parametrize("path", ["/update", "/sparql", "/data?default", "/queries/notes", "/api/store/lend"])
@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 50000000",
        b"Content-Length: 50000000\r\nExpect: 100-continue",
        b"Transfer-Encoding: chunked",
        b"Content-Length: 5\r\nAuthorization: Bearer wrong",
    ],
)
def test_who_may_not_call_is_told_before_a_body_is_sent(closed: tuple[str, int], path: str, framing: bytes) -> None:
    received = exchange(closed, post(path, framing) + b"\r\n")
    assert received.startswith(b"HTTP/1.1 401 ")
    assert b"Connection: close" in received
    assert b"www-authenticate: bearer" in received.lower()
    assert document(received)["status"] == 401


def test_a_body_that_comes_all_the_same_is_no_request_of_its_own(closed: tuple[str, int]) -> None:
    inner = post("/update", b"Content-Length: 0") + KNOWN + b"\r\n"
    received = exchange(closed, post("/update", f"Content-Length: {len(inner)}".encode()) + b"\r\n" + inner)
    assert received.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("path", ["/nowhere", "/healthz"])
def test_what_takes_no_body_answers_without_it(closed: tuple[str, int], path: str) -> None:
    received = exchange(closed, post(path, b"Content-Length: 50000000") + b"\r\n")
    assert received.splitlines()[0].split()[1] in (b"404", b"405")


def test_with_the_token_a_body_is_taken(closed: tuple[str, int]) -> None:
    body = b"query=ASK%7B%7D" + b"&x=" + b"x" * LONG
    form = b"Content-Type: application/x-www-form-urlencoded"
    head = post("/sparql", form, f"Content-Length: {len(body)}".encode(), b"Connection: close") + KNOWN + b"\r\n"
    assert exchange(closed, head, body).startswith(b"HTTP/1.1 200 ")


def test_with_the_token_a_client_that_asks_is_told_to_go_on(closed: tuple[str, int]) -> None:
    head = post("/update", b"Content-Length: 50000000", b"Expect: 100-continue") + KNOWN + b"\r\n"
    with socket.create_connection(closed, timeout=20) as connection:
        connection.sendall(head)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.mark.parametrize("framing", [f"Content-Length: {LONG}".encode(), b"Transfer-Encoding: chunked"])
def test_with_open_reads_a_stranger_sends_little(opened: tuple[str, int], framing: bytes) -> None:
    form = b"Content-Type: application/x-www-form-urlencoded"
    small = b"query=ASK%7B%7D"
    head = post("/sparql", form, f"Content-Length: {len(small)}".encode(), b"Connection: close")
    assert exchange(opened, head + b"\r\n" + small).startswith(b"HTTP/1.1 200 ")
    chunks = [] if framing.startswith(b"Content") else [b"10000\r\n" + b"x" * 0x10000 + b"\r\n"] * 16
    received = exchange(opened, post("/sparql", form, framing) + b"\r\n", *chunks)
    assert received.startswith(b"HTTP/1.1 413 ")
    assert "Without the token" in document(received)["detail"]


def test_strangers_together_keep_little_and_no_file(opened: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.connections, "_STRANGERS_BYTES", 2 * STRANGER_BYTES)
    kept: list[int] = []
    keep = Gate.keep
    monkeypatch.setattr(Gate, "keep", lambda gate, size: keep(gate, size) and not kept.append(size))
    before = _temporary_files()
    head = post("/sparql", b"Content-Length: 900000") + b"\r\n" + b"x" * 800_000
    with contextlib.ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(socket.create_connection(opened, timeout=20)).sendall(head)
        wait_until(lambda: sum(kept) > 2 * 780_000)
        assert _temporary_files() <= before
        received = exchange(opened, head)
        assert received.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: " in received
        with socket.create_connection(opened, timeout=20) as other:  # who has the token is not counted
            other.sendall(post("/sparql", b"Content-Length: 900000") + KNOWN + b"\r\n" + b"x" * 900_000)
            assert other.recv(12) == b"HTTP/1.1 415"
    deadline = time.monotonic() + 10
    head = post("/sparql", b"Content-Length: 800000", b"Connection: close") + b"\r\n" + b"x" * 800_000
    while not (received := exchange(opened, head)).startswith(b"HTTP/1.1 415"):
        assert time.monotonic() < deadline, received  # those that left are not counted any more


def _temporary_files() -> set[str]:
    """The files without a name that this process has open."""
    names: set[str] = set()
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one of this look itself
            names.add(os.readlink(each))
    return {name for name in names if name.endswith("(deleted)")}


def test_a_target_that_is_no_uri_is_refused(closed: tuple[str, int]) -> None:
    assert exchange(closed, b"GET http://[::x/ HTTP/1.1\r\nHost: localhost\r\n\r\n").startswith(b"HTTP/1.1 400 ")


# --- how an answer ends


def ending(app: Flask) -> tuple[bytes, bool]:
    """What HTTP/1.0 gets, and whether the connection was reset."""
    with running(app) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(b"GET /answer HTTP/1.0\r\nHost: localhost\r\n\r\n")
        received = b""
        try:
            while piece := connection.recv(1 << 20):
                received += piece
        except ConnectionResetError:
            return received, True
        return received, False


@pytest.mark.parametrize("error", [QueryTimeoutError(2), ZeroDivisionError()])
def test_half_an_answer_without_a_length_ends_in_a_reset(error: Exception) -> None:
    received, was_reset = ending(served(PIECE, PIECE, error))
    assert was_reset
    assert b"chunked" not in received


def test_a_whole_answer_without_a_length_does_not() -> None:
    received, was_reset = ending(served(PIECE, PIECE, b"end"))
    assert not was_reset
    assert received.endswith(PIECE + b"end")


def test_what_has_no_body_leaves_the_connection_open() -> None:
    with running(served(PIECE, b"end")) as address, socket.create_connection(address, timeout=20) as connection:
        for line, status in (("GET /unchanged", 304), ("DELETE /gone", 204), ("HEAD /answer", 200)):
            connection.sendall(f"{line} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            received = connection.recv(10_000)
            assert received.startswith(f"HTTP/1.1 {status} ".encode())
            assert b"Connection" not in received
        connection.sendall(b"GET /unchanged HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b"Connection: close" in connection.recv(10_000)
        assert connection.recv(1) == b""
