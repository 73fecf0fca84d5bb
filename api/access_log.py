"""The access log: one line a request, when its answer has been sent or broken off.

`method=GET path=/sparql status=200 bytes=1234 ms=5.1 id=…`, and `query=…` at the end if
`serve.log_queries` is set. Never headers, and never the query string: it may hold a query, or a token
that somebody put there.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from flask import request

from api.service import current

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["log_to", "logged", "note_query"]

_logger = logging.getLogger("api.access")

_NOTED = "noemata.query"


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
        request.environ[_NOTED] = text


def logged(app: WSGIApplication) -> WSGIApplication:
    """Return an app that writes the line of each request."""

    def call(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        seen: dict[str, str] = {"status": "-", "id": "-"}

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen["status"] = status.partition(" ")[0]
            seen["id"] = next((value for name, value in headers if name == "X-Request-Id"), "-")
            return start_response(status, headers, *rest)

        return _Counted(app(environ, start), environ, seen, started)

    return call


class _Counted(Iterator[bytes]):
    """The pieces of an answer, counted; the line is written when it is closed."""

    def __init__(self, answer: Iterable[bytes], environ: WSGIEnvironment, seen: dict[str, str], started: float) -> None:
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
            self._write()

    def _write(self) -> None:
        milliseconds = (time.perf_counter() - self._started) * 1000
        path = quote(self._environ.get("PATH_INFO", ""), safe="/:@~!$&'()*+,;=", errors="replace")
        line = (
            f"method={quote(self._environ['REQUEST_METHOD'])} path={path} status={self._seen['status']} "
            f"bytes={self._bytes} ms={milliseconds:.1f} id={self._seen['id']}"
        )
        if self._broken:
            line += " broken=yes"
        if _NOTED in self._environ:
            line += f" query={json.dumps(self._environ[_NOTED])}"
        _logger.info("%s", line)
