"""The access log: one line a request, when its answer has been sent or broken off.

`method=GET path=/sparql status=200 bytes=1234 ms=5.1 id=…`, and `query=…` at the end if
`serve.log_queries` is set. Never headers, and never the query string: it may hold a query, or a token
that somebody put there.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from flask import request

from api.service import current

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["NOTED_QUERY", "Exchange", "log_to", "logged", "note_query"]

_logger = logging.getLogger("api.access")

NOTED_QUERY = "noemata.query"
"""Where the environment of a request holds its text, if the settings ask for that."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request whose answer has been sent, or broken off; `status` is 0 where none was begun."""

    environ: WSGIEnvironment
    status: int
    size: int
    """Bytes of the answer."""
    seconds: float
    request_id: str
    is_broken: bool


def log_to(file: TextIO) -> None:
    """Have the access log and what goes wrong written to a file, a line each, with the time in UTC."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    form.converter = time.gmtime
    handler = logging.StreamHandler(file)
    handler.setFormatter(form)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("api").setLevel(logging.INFO)


def note_query(text: str) -> None:
    """Have the request's line hold the text of its query or update, if the settings ask for that."""
    if current().config.serve.log_queries:
        request.environ[NOTED_QUERY] = text


def logged(app: WSGIApplication, watchers: Iterable[Callable[[Exchange], None]] = ()) -> WSGIApplication:
    """Return an app that writes the line of each request, and then shows it to the watchers."""
    watching = (_write, *watchers)

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        seen: dict[str, str] = {"status": "-", "id": "-"}

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen["status"] = status.partition(" ")[0]
            seen["id"] = next((value for name, value in headers if name == "X-Request-Id"), "-")
            return start_response(status, headers, *rest)

        return _Counted(app(environ, start), environ, seen, started, watching)

    return call


class _Counted(Iterator[bytes]):
    """The pieces of an answer, counted; when it is closed, the watchers see the whole."""

    def __init__(
        self,
        answer: Iterable[bytes],
        environ: WSGIEnvironment,
        seen: dict[str, str],
        started: float,
        watchers: Iterable[Callable[[Exchange], None]],
    ) -> None:
        self._watchers = watchers
        self._answer, self._pieces = answer, iter(answer)
        self._environ, self._seen, self._started = environ, seen, started
        self._bytes, self._broken = 0, False

    def __next__(self) -> bytes:
        try:
            piece = next(self._pieces)
        except StopIteration:
            raise
        except BaseException:
            self._broken = True
            raise
        self._bytes += len(piece)
        return piece

    def close(self) -> None:
        try:
            close = getattr(self._answer, "close", None)
            if close is not None:
                close()
        finally:
            self._show()

    def _show(self) -> None:
        seconds = time.perf_counter() - self._started
        status = int(self._seen["status"]) if self._seen["status"].isdecimal() else 0
        exchange = Exchange(self._environ, status, self._bytes, seconds, self._seen["id"], self._broken)
        for watch in self._watchers:
            try:
                watch(exchange)
            except Exception as error:  # the answer is sent, and the next watcher is none the worse
                _logger.error("what follows a request failed", exc_info=error)


def _write(exchange: Exchange) -> None:
    environ = exchange.environ
    # PATH_INFO has a character for each byte (PEP 3333).
    path = quote(environ.get("PATH_INFO", "").encode("latin-1", "replace"), safe="/:@~!$&'()*+,;=")
    line = (
        f"method={quote(environ['REQUEST_METHOD'])} path={path} status={exchange.status or '-'} "
        f"bytes={exchange.size} ms={exchange.seconds * 1000:.1f} id={exchange.request_id}"
    )
    if exchange.is_broken:
        line += " broken=yes"
    if NOTED_QUERY in environ:
        line += f" query={json.dumps(environ[NOTED_QUERY])}"
    _logger.info("%s", line)
