"""How answers leave: whole, in pieces, packed, broken off; seen from a raw socket."""

from __future__ import annotations

import gzip
import http.client
import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask, Response

from api import create_app
from api.access import Access, access
from api.streaming import respond
from kg.errors import QueryTimeoutError
from tests.api.running import Answered, exchange, fetch, running, stand_in

PIECE = bytes(range(256)) * 4096  # 1 MiB: no less than is held back


def served(answer: Answered) -> Flask:
    app = create_app(stand_in())

    @app.get("/answer")
    @access(Access.PUBLIC)
    def view() -> Response:
        return respond(answer, "application/octet-stream")

    return app


def get(*lines: str, method: str = "GET") -> bytes:
    return "\r\n".join((f"{method} /answer HTTP/1.1", "Host: localhost", *lines, "", "")).encode()


def test_a_small_answer_has_its_length_and_the_connection_lives_on() -> None:
    answer = Answered([b"a", b"b"])
    with running(served(answer)) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(get())
        first = connection.recv(65536)
        while not first.endswith(b"\r\n\r\nab"):
            first += connection.recv(65536)
        assert b"Content-Length: 2\r\n" in first
        assert b"chunked" not in first
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    assert answer.closed


def test_a_large_answer_is_sent_while_it_is_made() -> None:
    more = threading.Event()

    def pieces() -> Iterator[bytes]:
        yield PIECE
        assert more.wait(20)
        yield PIECE

    answer = Answered(pieces())
    with running(served(answer)) as address:
        connection = http.client.HTTPConnection(*address, timeout=20)
        connection.request("GET", "/answer")
        response = connection.getresponse()
        assert response.getheader("Transfer-Encoding") == "chunked"
        assert response.read(len(PIECE)) == PIECE
        more.set()
        assert response.read() == PIECE
        connection.close()
    assert answer.closed


def test_an_early_error_has_its_own_status() -> None:
    answer = Answered([b"a few bytes", QueryTimeoutError(2)])
    with running(served(answer)) as address:
        response, body = fetch(address, "GET", "/answer")
    assert response.status == 504
    assert b'"type": "urn:noemata:problem:query-timeout"' in body
    assert answer.closed


@pytest.mark.parametrize("accepted", ["identity", "gzip"])
def test_a_late_error_leaves_the_answer_visibly_unfinished(accepted: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = Answered([PIECE, PIECE, QueryTimeoutError(2)])
    with caplog.at_level(logging.INFO), running(served(answer)) as address:
        received = exchange(address, get(f"Accept-Encoding: {accepted}"))
        assert received.startswith(b"HTTP/1.1 200")
        assert b"Transfer-Encoding: chunked" in received
        assert not received.endswith(b"0\r\n\r\n")
        connection = http.client.HTTPConnection(*address, timeout=20)
        connection.request("GET", "/answer")
        connection.close()
    assert answer.closed
    (line,) = [each.getMessage() for each in caplog.records if "broken off" in each.getMessage()]
    assert "QueryTimeoutError: The query was stopped after 2 s" in line
    assert any(each.getMessage().endswith("broken=yes") for each in caplog.records)
    assert not any(each.exc_info for each in caplog.records)


def test_a_client_library_sees_that_an_answer_is_not_whole() -> None:
    answer = Answered([PIECE, PIECE, QueryTimeoutError(2)])
    with running(served(answer)) as address, pytest.raises(http.client.IncompleteRead):
        fetch(address, "GET", "/answer")


def test_a_client_that_goes_away_ends_the_answer() -> None:
    made = 0

    def pieces() -> Iterator[bytes]:
        nonlocal made
        while True:
            made += 1
            yield PIECE

    answer = Answered(pieces())
    with running(served(answer)) as address:
        with socket.create_connection(address, timeout=20) as connection:
            connection.sendall(get())
            assert connection.recv(1000)
        deadline = time.monotonic() + 10
        while not answer.closed and time.monotonic() < deadline:
            time.sleep(0.01)
    assert answer.closed


def test_for_a_client_that_does_not_read_a_bounded_part_is_kept() -> None:
    made = 0

    def pieces() -> Iterator[bytes]:
        nonlocal made
        while True:
            made += len(PIECE)
            yield PIECE

    with running(served(Answered(pieces()))) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(get())
        before = -1
        while before != made:
            before = made
            time.sleep(0.3)
        assert made < 96 * 1024 * 1024  # most of it in files: `api.spooling`


def test_packed_when_asked_and_worth_it() -> None:
    def both(size: int, accepted: str) -> tuple[str | None, bytes]:
        with running(served(Answered([b"x" * size]))) as address:
            response, body = fetch(address, "GET", "/answer", {"Accept-Encoding": accepted})
        return response.getheader("Content-Encoding"), body

    assert both(100, "gzip") == (None, b"x" * 100)
    encoding, body = both(5000, "br;q=1.0, gzip;q=0.8")
    assert encoding == "gzip"
    assert gzip.decompress(body) == b"x" * 5000
    encoding, body = both(2_000_000, "*")
    assert encoding == "gzip"
    assert gzip.decompress(body) == b"x" * 2_000_000
    assert both(5000, "gzip;q=0")[0] is None
    assert both(5000, "br, xz")[0] is None


@pytest.mark.parametrize("size", [100, 2_000_000])
def test_head_has_the_headers_and_no_body(size: int) -> None:
    answer = Answered([b"x" * 50_000 for _ in range(size // 50_000)] or [b"x" * size])
    with running(served(answer)) as address:
        received = exchange(address, get("Connection: close", method="HEAD"))
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"Content-Type: application/octet-stream" in head
    assert body == b""
    assert (b"Content-Length: 100" in head) == (size == 100)
    assert b"Content-Length: 0" not in head
    assert answer.closed


def test_http_1_0_gets_an_answer_that_ends_with_the_connection() -> None:
    with running(served(Answered([PIECE, b"end"]))) as address:
        received = exchange(address, b"GET /answer HTTP/1.0\r\n\r\n")
    assert received.endswith(PIECE + b"end")
    assert b"chunked" not in received
