"""The HTTP server: waitress, set up so that slow queries and slow clients do not stop the others.

A question holds a thread until its answer is sent. So there are more threads than readers: those that
wait for a reader are told in time that the server is busy. What watches the server has threads of its
own, and is answered even when every other one is taken.
"""

from __future__ import annotations

import contextlib
import json
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from api.access_log import log_to
from api.service import Service, service_of
from kg.errors import ConfigError

__all__ = ["serve"]

_MB = 1_000_000
_WAITING = 16
"""Threads for those who wait for a reader, beyond the readers."""
_WATCHING = 2
_WATCHERS = ("/healthz", "/readyz", "/version", "/api/store/checkpoint", "/api/store/lend")
_IDLE_SECONDS = 60
"""A connection on which nothing moves is closed after that."""
_GRACE_SECONDS = 10.0
"""What is being answered when the server is stopped has that long to end."""
_HELD_BYTES = 4 * 1024 * 1024
"""Bytes of one answer that wait for its client; then the reader waits."""
_LINGER_SECONDS = 2.0
_DROPPED_BYTES = 256 * 1024
_HEADER_BYTES = 256 * 1024
"""Of a request's first line and headers: clients send long queries by GET."""


def serve(app: Flask, host: str, port: int, ready: Callable[[str], None], stop: threading.Event | None = None) -> None:
    """Answer requests until SIGTERM or SIGINT comes, or `stop` is set; then let what runs come to its end.

    The log goes to standard error, if this is the main thread and nobody has set up logging.

    Args:
        host: an address or a name of this machine.
        port: 0 takes any that is free.
        ready: called with the URL once connections are accepted.
        stop: for a thread that is not the main one, where no signal comes.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    listening = _listen(host, port)
    stopping = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        log_to(sys.stderr)
    with listening, _signals(stopping):
        server = _Server.over(app, listening, service_of(app))
        address, number = listening.getsockname()[:2]
        ready(f"http://{f'[{address}]' if ':' in address else address}:{number}")
        server.run_until(stopping)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(f"serve.host: {host!r} is no address of this machine: {error}") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise ConfigError(f"Cannot listen on {host}, port {port}: {error.strerror}. Choose another --port.") from error
    return listening


@contextlib.contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    """Have SIGTERM and SIGINT set an event; a second one ends the process as ever."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def on_signal(number: int, _: object) -> None:
        stopping.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Task(WSGITask):
    """One request. An answer to HEAD of unknown length must not end like a chunked one (RFC 9110, 9.3.2)."""

    request: Any  # types-waitress has the class of another thing

    @property
    def has_body(self) -> bool:
        return bool(super().has_body) and not (self.request.command == "HEAD" and self.content_length is None)


_TITLES = {413: "A request is larger than is read"}
"""As `api.problems` has it for the same error."""


class _Refusal(ErrorTask):
    """What waitress itself refuses (too large, not HTTP), as a problem document."""

    request: Any

    def execute(self) -> None:
        error = self.request.error
        document = {
            "type": "urn:noemata:problem:request-too-large" if error.code == 413 else "about:blank",
            "title": _TITLES.get(error.code, error.reason),
            "status": error.code,
            "detail": error.body,
        }
        body = json.dumps(document).encode() + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "application/problem+json")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):
    """One connection. After a refusal, what the client still sends is read and dropped for a while.

    If it were left unread, the system would reset the connection and the client might never see why
    (RFC 9112, 9.6).
    """

    task_class = _Task
    error_task_class = _Refusal
    socket: Any
    _refuses = False
    _lingers_until: float | None = None

    def service(self) -> None:
        self._refuses = bool(self.requests[0].error)
        super().service()

    def readable(self) -> bool:
        if self._lingers_until is None:
            return bool(super().readable())
        if time.monotonic() > self._lingers_until:
            super().handle_close()
            return False
        return True

    def writable(self) -> bool:
        return self._lingers_until is None and bool(super().writable())

    def handle_read(self) -> None:
        if self._lingers_until is None:
            super().handle_read()
            return
        try:
            self.recv(_DROPPED_BYTES)
        except OSError:
            super().handle_close()

    def handle_close(self) -> None:
        if self._refuses and self.connected and self._lingers_until is None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                self._lingers_until = time.monotonic() + _LINGER_SECONDS
                return
        super().handle_close()


class _Dispatcher(ThreadedTaskDispatcher):
    """Gives requests to threads: those of watchers have their own."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        # Many clients at once wait here as a matter of course; that is no reason for a warning each.
        self.queue_logger.setLevel(logging.ERROR)
        self.set_thread_count(threads)
        self._watching = ThreadedTaskDispatcher()
        self._watching.set_thread_count(_WATCHING)

    def add_task(self, task: Any) -> None:
        request = task.requests[0]
        if not request.error and request.path.rstrip("/") in _WATCHERS:
            self._watching.add_task(task)
        else:
            super().add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        self._watching.shutdown(cancel_pending, timeout)
        return super().shutdown(cancel_pending, timeout)


class _Server(TcpWSGIServer):
    channel_class = _Channel
    socket: Any
    active_channels: Any
    _map: Any

    @classmethod
    def over(cls, app: Flask, listening: socket.socket, service: Service) -> _Server:
        """Return a server that listens on a bound socket."""
        settings = service.config.serve
        adjustments = Adjustments(
            sockets=[listening],
            ident="noemata",
            threads=1,  # ours is the dispatcher
            connection_limit=1000,
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=10,
            max_request_body_size=settings.max_request_mb * _MB or 1 << 62,
            max_request_header_size=_HEADER_BYTES,
            outbuf_high_watermark=_HELD_BYTES,
            channel_request_lookahead=1,  # so a client that leaves is noticed while its query runs
            outbuf_overflow=4 * _HELD_BYTES,  # never into a file: the mark stops it long before
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
            log_socket_errors=False,  # a client that went away, or an answer that we broke off and logged
        )
        sockinfo = (listening.family, listening.type, listening.proto, listening.getsockname())
        dispatcher = _Dispatcher(settings.readers + _WAITING)
        return cls(
            app, {}, True, listening, dispatcher=dispatcher, adj=adjustments, sockinfo=sockinfo, bind_socket=False
        )

    def set_socket_options(self, conn: socket.socket) -> None:
        """Set what each connection needs."""
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # A client that stops reading holds a reader; the system closes the connection after that time.
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _IDLE_SECONDS * 1000)

    def run_until(self, stopping: threading.Event) -> None:
        """Answer until an event is set, then as long as requests run, but no longer than the grace."""
        while not stopping.is_set():
            self._turn()
        self.accepting = False
        self.del_channel()
        self.socket.close()
        deadline = time.monotonic() + _GRACE_SECONDS
        while time.monotonic() < deadline and any(_is_busy(each) for each in self.active_channels.values()):
            self._turn()
        self.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map)

    def _turn(self) -> None:
        wasyncore.loop(timeout=0.2, use_poll=True, map=self._map, count=1)


def _is_busy(channel: HTTPChannel) -> bool:
    return bool(channel.connected) and (bool(channel.requests) or channel.total_outbufs_len > 0)
