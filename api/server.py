"""The HTTP server: waitress, set up so that slow queries and slow clients do not stop the others.

A question holds a thread until its answer is sent. So there are more threads than readers: those that
wait for a reader are told in time that the server is busy. What watches the server has threads of its
own, and is answered even when every other one is taken.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from api.access_log import log_to
from api.connections import STRANGER_BYTES, Channel, Gate
from api.descriptors import most_connections
from api.service import Service, service_of
from api.spooling import FILE_BYTES, HELD_BYTES
from kg.errors import ConfigError

__all__ = ["serve"]

_MB = 1_000_000
_WAITING = 16
"""Threads for those who wait for a reader, beyond the readers."""
_OWN_THREADS: Mapping[tuple[str, ...], int] = {
    ("/healthz", "/version"): 1,  # these wait for nothing, so the one is always free soon
    ("/readyz",): 1,
    ("/metrics",): 1,
    ("/api/store/checkpoint", "/api/store/lend"): 2,
}
"""Who watches the server, and other commands, do not wait for questions, nor one of these for another."""
_STREAMS = re.compile("/api/jobs/[^/]+/events")
_STREAM_THREADS = 16
"""Those who watch an ingest take a thread as long as it goes on."""
_IDLE_SECONDS = 60
"""A connection on which nothing moves is closed after that."""
_CROWDED_IDLE_SECONDS = 5
"""Or after that, where no more connections can be had."""
_GRACE_SECONDS = 10.0
"""What is being answered when the server is stopped has that long to end."""
_WRITE_SECONDS = 30.0
"""What is being written then has that long, so that whoever sent it learns that it is done."""
_LAST_SECONDS = 2.0
"""For what is answered to those whose turn did not come."""
_HEADER_BYTES = 256 * 1024
"""Of a request's first line and headers: clients send long queries by GET."""
_NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


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
        advice = "an address of this machine by --host" if error.errno in _NO_ADDRESS else "another --port"
        raise ConfigError(f"Cannot listen on {host}, port {port}: {error.strerror}. Choose {advice}.") from error
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


class _Dispatcher(ThreadedTaskDispatcher):
    """Gives requests to threads: some paths have their own."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        # Many clients at once wait here as a matter of course; that is no reason for a warning each.
        self.queue_logger.setLevel(logging.ERROR)
        self.set_thread_count(threads)
        self._own: dict[str, ThreadedTaskDispatcher] = {}
        for paths, own_threads in _OWN_THREADS.items():
            own = ThreadedTaskDispatcher()
            own.set_thread_count(own_threads)
            self._own.update(dict.fromkeys(paths, own))
        self._streams = ThreadedTaskDispatcher()
        self._streams.set_thread_count(_STREAM_THREADS)

    @property
    def is_crowded(self) -> bool:
        """Tell whether a request waits for a thread, and all are taken."""
        return bool(self.queue) and self.active_count >= len(self.threads)

    def add_task(self, task: Any) -> None:
        request = task.requests[0]
        path = "" if request.error else request.path.rstrip("/")
        own = self._streams if _STREAMS.fullmatch(path) else self._own.get(path)
        if own is None:
            super().add_task(task)
        else:
            own.add_task(task)

    def shutdown(self, cancel_pending: bool = True, timeout: int = 5) -> bool:
        for own in {self._streams, *self._own.values()}:
            own.shutdown(cancel_pending, timeout)
        return super().shutdown(cancel_pending, timeout)


class _Server(TcpWSGIServer):
    channel_class = Channel
    gate: Gate
    service: Service
    task_dispatcher: _Dispatcher
    socket: Any
    active_channels: Any
    in_connection_overflow: bool
    _map: Any

    @classmethod
    def over(cls, app: Flask, listening: socket.socket, service: Service) -> _Server:
        """Return a server that listens on a bound socket."""
        settings = service.config.serve
        adjustments = Adjustments(
            sockets=[listening],
            ident="noemata",
            threads=1,  # ours is the dispatcher
            connection_limit=most_connections(settings.readers + settings.cypher_readers + settings.suggesting_readers),
            channel_timeout=_IDLE_SECONDS,
            cleanup_interval=2,
            max_request_body_size=settings.max_request_mb * _MB or 1 << 62,
            max_request_header_size=_HEADER_BYTES,
            inbuf_overflow=STRANGER_BYTES,  # so nothing of a stranger is ever written to a file
            outbuf_high_watermark=HELD_BYTES,
            channel_request_lookahead=1,  # so a client that leaves is noticed while its query runs
            outbuf_overflow=FILE_BYTES,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True,
            log_socket_errors=False,  # a client that went away, or an answer that we broke off and logged
        )
        sockinfo = (listening.family, listening.type, listening.proto, listening.getsockname())
        dispatcher = _Dispatcher(settings.readers + settings.cypher_readers + settings.suggesting_readers + _WAITING)
        server = cls(
            app, {}, True, listening, dispatcher=dispatcher, adj=adjustments, sockinfo=sockinfo, bind_socket=False
        )
        server.gate, server.service = Gate(app, service), service
        return server

    def set_socket_options(self, conn: socket.socket) -> None:
        """Set what each connection needs."""
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # A client that stops reading holds a reader; the system closes the connection after that time.
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _IDLE_SECONDS * 1000)

    @property
    def is_crowded(self) -> bool:
        """Tell whether a request waits because all threads or all readers are taken."""
        cypher = self.service.cypher
        is_full = self.service.pool.is_crowded or (cypher is not None and cypher.pool.is_crowded)
        return bool(self.task_dispatcher.is_crowded or is_full)

    def maintenance(self, now: int) -> None:
        """Close connections on which nothing moves, sooner where others cannot connect for them."""
        super().maintenance(now)
        for channel in list(self.active_channels.values()) if self.in_connection_overflow else ():
            is_idle = not channel.requests and not channel.total_outbufs_len
            if is_idle and channel.last_activity < now - _CROWDED_IDLE_SECONDS:
                channel.will_close = True

    def spooled_bytes(self) -> int:
        """Return how much of all answers is kept for their clients."""
        return sum(channel.total_outbufs_len for channel in list(self.active_channels.values()))

    def run_until(self, stopping: threading.Event) -> None:
        """Answer until an event is set, then as long as requests run, but no longer than the grace.

        A write that has begun has more time. Whoever's turn has not come then is told that the server stops,
        and nothing of that is written.
        """
        while not stopping.is_set():
            self._turn()
        self.accepting = False
        self.del_channel()
        self.socket.close()
        owner, stopped = self.service.owner, time.monotonic()
        if self.service.jobs is not None:
            self.service.jobs.stop()
        self._finish(lambda: time.monotonic() < stopped + _GRACE_SECONDS)
        self._finish(lambda: owner.is_writing and time.monotonic() < stopped + _WRITE_SECONDS)
        owner.stop_writing()
        self.service.pool.close()
        if self.service.cypher is not None:
            self.service.cypher.close()
        last = time.monotonic() + _LAST_SECONDS
        self._finish(lambda: time.monotonic() < last)
        self.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map)

    def _finish(self, may_go_on: Callable[[], bool]) -> None:
        """Answer as long as requests run and a condition holds."""
        while any(_is_busy(each) for each in self.active_channels.values()) and may_go_on():
            self._turn()

    def _turn(self) -> None:
        wasyncore.loop(timeout=0.2, use_poll=True, map=self._map, count=1)


def _is_busy(channel: HTTPChannel) -> bool:
    return bool(channel.connected) and (bool(channel.requests) or channel.total_outbufs_len > 0)
