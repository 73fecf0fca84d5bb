"""One connection: what of a request is read, and how an answer ends, so that nobody takes half of one for a whole.

Waitress reads a request to its end before the app sees it. So whether a body may come at all, and how long it
may be, is decided here from the headers: who has no token cannot make the server keep much.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import Error, RequestEntityTooLarge
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from api.access import declared_access, has_token, is_open
from api.service import Service
from api.spooling import SpoolingChannel

__all__ = ["STRANGER_BYTES", "Channel", "Gate"]

STRANGER_BYTES = 1_000_000
"""Of the body of a request without the token, where one is taken at all."""
_STRANGERS_BYTES = 64_000_000
"""Of all requests without the token together; beyond it they are told that the server is busy."""
_FREE_BYTES = 16_000
"""Of each request; they are not counted, for there are few connections and many small requests."""
_LINGER_SECONDS = 2.0
_DROPPED_BYTES = 256 * 1024
_RESET = struct.pack("ii", 1, 0)
_NO_RESET = struct.pack("ii", 0, 0)
_RETRY_SECONDS = 2


class Gate:
    """Decides from a request's headers how much of its body is read. Safe for threads."""

    def __init__(self, app: Flask, service: Service) -> None:
        self._app, self._service = app, service
        self._routes = app.url_map.bind("localhost")
        self._kept = 0
        self._lock = threading.Lock()

    def most(self, sent: _Parser) -> int | None:
        """Return the bytes that a body may have, None for as many as the settings allow; 0: it is refused anyhow."""
        headers = {f"HTTP_{name}": value for name, value in sent.headers.items()}
        if has_token(Request({"wsgi.url_scheme": "http", **headers}), self._service.token):
            return None
        path = f"/{sent.path.lstrip('/')}".encode("latin-1").decode("utf-8", "replace")
        try:
            endpoint, _ = self._routes.match(path, sent.command)
        except HTTPException:  # no such path or method, or a redirect
            return 0
        needed = declared_access(self._app.view_functions[endpoint], sent.command)
        return STRANGER_BYTES if needed is not None and is_open(needed, self._service) else 0

    def keep(self, size: int) -> bool:
        """Count bytes that are kept of a stranger's request, if they may be."""
        with self._lock:
            if self._kept + size > _STRANGERS_BYTES:
                return False
            self._kept += size
            return True

    def drop(self, size: int) -> None:
        """Count bytes that are no longer kept."""
        with self._lock:
            self._kept -= size


class _BusyError(Error):
    code = 503
    reason = "Service Unavailable"


class _Parser(HTTPRequestParser):
    """A request as it comes in. Of one that the app will refuse from its headers, no body is read."""

    headers: dict[str, str]  # types-waitress has them read-only, and the next two as bytes or not at all
    command: str  # type: ignore[assignment]
    path: str

    def __init__(self, adj: Adjustments, gate: Gate, on_refusal: Callable[[], None]) -> None:
        super().__init__(adj)
        self._gate, self._on_refusal = gate, on_refusal
        self._most: int | None = STRANGER_BYTES
        self._kept = 0

    def received(self, data: bytes) -> int:
        was_finished = self.headers_finished
        consumed = super().received(data)
        if self.headers_finished and not was_finished and not self.empty and self.error is None:
            self._admit()
        if self.error is None and not self.empty:
            self._count()
        if self.error is not None:
            self._refuse()
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of `urlsplit`, as for http://[; waitress 3.0.2 lets it through
            raise ParsingError("The request's target is no URI") from error

    def close(self) -> None:
        super().close()
        self._forget()

    def _admit(self) -> None:
        if self.body_rcv is None and self.header_bytes_received <= _FREE_BYTES:
            return
        self._most = self._gate.most(self)
        if self._most is None:
            self._forget()
        elif self._most == 0 and self.body_rcv is not None:
            # The app answers without it, as it answers any such request: 401, 404 and so on.
            self.body_rcv, self.chunked, self.content_length = None, False, 0
            self.headers.pop("CONTENT_LENGTH", None)
            self.headers["CONNECTION"] = "close"
            self._refuse()
        elif self.content_length > self._most:
            self._refuse_length()

    def _forget(self) -> None:
        kept, self._kept = self._kept, 0
        self._gate.drop(kept)

    def _count(self) -> None:
        if self._most is None:
            return
        if self.body_bytes_received > self._most:
            self._refuse_length()
            return
        kept = max(0, self.header_bytes_received + self.body_bytes_received - _FREE_BYTES)
        if kept <= self._kept:
            return
        if self._gate.keep(kept - self._kept):
            self._kept = kept
            return
        if not self.headers_finished:
            self.header_plus = b""
            self.parse_header(b"GET / HTTP/1.1\r\n")  # as waitress does where it gives up so early
        self.error = _BusyError("The server keeps as much of requests without the token as it may. Try again.")

    def _refuse_length(self) -> None:
        self.error = RequestEntityTooLarge(f"Without the token a body may have {STRANGER_BYTES} bytes and no more.")

    def _refuse(self) -> None:
        self.completed, self.expect_continue = True, False
        self._on_refusal()


class _Task(WSGITask):
    """One request and its answer."""

    request: Any  # types-waitress has the class of another thing
    channel: Any

    @property
    def has_body(self) -> bool:
        """An answer to HEAD of unknown length must not end like a chunked one (RFC 9110, 9.3.2)."""
        return bool(super().has_body) and not (self.request.command == "HEAD" and self.content_length is None)

    def set_close_on_finish(self) -> None:
        """What has no body ends with its headers; waitress would close the connection after it, too."""
        if self.has_body or self.version != "1.1" or self.request.headers.get("CONNECTION", "").lower() == "close":
            super().set_close_on_finish()

    def build_response_header(self) -> bytes:
        self.channel.waited = 0.0
        header = super().build_response_header()
        if self.has_body and self.content_length is None and not self.chunked_response:
            self.channel.begin_without_length()
        return bytes(header)

    def finish(self) -> None:
        super().finish()
        self.channel.is_whole = True


_TITLES = {413: "A request is larger than is read", 503: "All readers are taken, and the queue is full"}
_TYPES = {413: "urn:noemata:problem:request-too-large", 503: "urn:noemata:problem:server-busy"}
"""As `api.problems` has them for the same errors."""


class _Refusal(ErrorTask):
    """What is refused before the app sees it (too large, not HTTP), as a problem document."""

    request: Any

    def execute(self) -> None:
        error = self.request.error
        document = {
            "type": _TYPES.get(error.code, "about:blank"),
            "title": _TITLES.get(error.code, error.reason),
            "status": error.code,
            "detail": error.body,
        }
        body = json.dumps(document).encode() + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "application/problem+json")]
        if error.code == 503:
            self.response_headers.append(("Retry-After", str(_RETRY_SECONDS)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(SpoolingChannel):
    """One connection. After a refusal, what the client still sends is read and dropped for a while.

    If it were left unread, the system would reset the connection and the client might never see why
    (RFC 9112, 9.6).
    """

    task_class = _Task
    error_task_class = _Refusal
    server: Any
    socket: Any
    is_whole = True
    _resets = False
    _refuses = False
    _lingers_until: float | None = None

    def parser_class(self, adj: Adjustments) -> _Parser:  # type: ignore[override]
        """Return what reads the next request."""
        return _Parser(adj, self.server.gate, self._on_refusal)

    def begin_without_length(self) -> None:
        """Note that the answer ends with the connection, as HTTP/1.0 has it.

        Until it is whole, every end of the connection is a reset, also that of a process that is killed.
        """
        self.is_whole, self._resets = False, True
        with contextlib.suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def received(self, data: bytes) -> bool:
        """Read requests; what comes after one that is refused may be a part of it."""
        return not self._refuses and bool(super().received(data))

    def _on_refusal(self) -> None:
        self._refuses = True

    def readable(self) -> bool:
        """Tell whether anything may be read now."""
        if self._lingers_until is None:
            return not self._refuses and bool(super().readable())
        if time.monotonic() > self._lingers_until:
            self._close()
            return False
        return True

    def writable(self) -> bool:
        """Tell whether anything is to be sent now."""
        return self._lingers_until is None and bool(super().writable())

    def handle_read(self) -> None:
        """Read what has come."""
        if self._lingers_until is None:
            super().handle_read()
            return
        try:
            self.recv(_DROPPED_BYTES)
        except OSError:
            self._close()

    def handle_close(self) -> None:
        """Close the connection; after a refusal, when the client has had time to read it."""
        if self._refuses and self.connected and self._lingers_until is None:
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                self._lingers_until = time.monotonic() + _LINGER_SECONDS
                return
        self._close()

    def _close(self) -> None:
        if self._resets and self.is_whole and not self.total_outbufs_len and self.socket is not None:
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_RESET)
        begun, self.request = self.request, None
        if begun is not None:
            begun.close()
        super().handle_close()
