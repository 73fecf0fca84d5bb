"""Clients that read slowly or keep connections open, and requests that run while the server is stopped."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response, request

from api import create_app, descriptors, server, spooling
from api.access import Access, access
from api.service import Service
from api.streaming import respond
from tests.api.running import Answered, fetch, running, served_home, stand_in
from tests.serving.pools import wait_until

PIECE = b"x" * (1 << 20)
GET = b"GET /answer HTTP/1.1\r\nHost: localhost\r\n\r\n"


def app_with(answer: Answered, service: Service) -> Flask:
    app = create_app(service)

    @app.get("/answer")
    @access(Access.PUBLIC)
    def view() -> Response:
        return respond(answer, "application/octet-stream")

    return app


def test_a_long_answer_is_kept_for_a_slow_client_and_its_reader_is_free() -> None:
    answer = Answered([PIECE] * 30)
    with running(app_with(answer, stand_in())) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(GET)
        wait_until(lambda: answer.closed)  # nothing was read
        received = b""
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received += connection.recv(1 << 20)
        assert received.count(b"x") == 30 << 20


def test_what_is_not_kept_is_broken_off_only_where_others_wait(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(spooling, "_SPOOLED_BYTES", 0)
    monkeypatch.setattr(spooling, "_PATIENCE_SECONDS", 0.2)
    service = stand_in()
    answer = Answered([PIECE] * 60)
    with running(app_with(answer, service)) as address, socket.create_connection(address, timeout=20) as connection:
        connection.sendall(GET)
        time.sleep(1.5)
        assert not answer.closed
        service.pool.is_crowded = True  # type: ignore[misc]
        wait_until(lambda: answer.closed)
        received = 0
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(1 << 20):
                received += len(piece)
        assert received < 60 << 20
    assert "its client has kept it" in caplog.text


def test_health_is_answered_while_other_watchers_wait() -> None:
    service = stand_in()
    entered, leave = threading.Semaphore(0), threading.Event()

    def lease(wait: float | None = None) -> SimpleNamespace:
        entered.release()
        assert leave.wait(20)
        return SimpleNamespace(release=lambda: None, folder=Path("checkpoint"))

    service.owner.lease = lease  # type: ignore[method-assign, assignment]
    with running(create_app(service)) as address, ThreadPoolExecutor(4) as threads:
        paths = [("GET", "/readyz"), ("POST", "/api/store/checkpoint"), ("POST", "/api/store/checkpoint")]
        slow = [threads.submit(fetch, address, *each) for each in paths]
        for _ in paths:
            assert entered.acquire(timeout=60)
        assert fetch(address, "GET", "/healthz")[0].status == 200
        leave.set()
        assert [each.result()[0].status for each in slow] == [200, 200, 200]


def test_it_is_not_ready_while_nothing_watches_over_the_limits() -> None:
    service = stand_in()
    service.pool.is_watched = False  # type: ignore[misc]
    assert create_app(service).test_client().get("/readyz").status_code == 503


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_connections_leave_descriptors_for_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    limits = [(1024, 1024)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, both: limits.append(both))
    assert descriptors.most_connections(16) == 1024 - 384 - 8 * 16
    limits.append((1024, resource.RLIM_INFINITY))
    assert descriptors.most_connections(16) == 1000
    assert limits[-1] == (8192, resource.RLIM_INFINITY)
    limits.append((256, 256))
    assert descriptors.most_connections(16) == 16


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Service]:
    with served_home(tmp_path / "home") as service:
        yield service


def write_slowly(service: Service, begun: threading.Event, seconds: float) -> Flask:
    app = create_app(service)

    @app.get("/slow")
    @access(Access.PUBLIC)
    def view() -> Response:
        with service.owner.writing():
            begun.set()
            time.sleep(seconds)
        return Response("written")

    return app


def test_a_server_that_stops_answers_the_write_that_has_begun(home: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_GRACE_SECONDS", 0.2)
    begun = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        with running(write_slowly(home, begun, 1.5)) as address:
            written = threads.submit(fetch, address, "GET", "/slow")
            assert begun.wait(60)
        assert written.result()[1] == b"written"


def test_a_write_whose_turn_did_not_come_is_told_so_and_never_done(
    home: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_GRACE_SECONDS", 0.2)
    monkeypatch.setattr(server, "_WRITE_SECONDS", 0.6)
    begun = threading.Event()
    with ThreadPoolExecutor(2) as threads:
        app, come = write_slowly(home, begun, 1.5), threading.Event()
        app.before_request(lambda: come.set() if request.path == "/update" else None)
        with running(app) as address:
            written = threads.submit(fetch, address, "GET", "/slow")
            assert begun.wait(60)
            body = b"update=INSERT+DATA+%7B%3Ca%3Aa%3E+%3Ca%3Ab%3E+1%7D"
            headers = {"Authorization": "Bearer correct-token", "Content-Type": "application/x-www-form-urlencoded"}
            late = threads.submit(fetch, address, "POST", "/update", headers, body)
            assert come.wait(60)
        response, problem = late.result()
        assert (response.status, b"server-stopping" in problem) == (503, True)
        assert written.result()[1] == b"written"


def test_idle_connections_make_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "most_connections", lambda _: 6)
    monkeypatch.setattr(server, "_CROWDED_IDLE_SECONDS", 0.2)
    with running(create_app(stand_in())) as address, contextlib.ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(socket.create_connection(address, timeout=20))
        assert fetch(address, "GET", "/healthz")[0].status == 200
