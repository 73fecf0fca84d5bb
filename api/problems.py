"""What an error becomes over HTTP: a status and a problem document (RFC 9457), one shape everywhere.

`type` is `urn:noemata:problem:` and the name of the error's class, as `query-timeout`; `title` is the same
for all errors of a class; `detail` says what is wrong this time; the parts of the message are members too.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, NotFound

from kg.errors import (
    AccessError,
    ClientGoneError,
    InputError,
    KgError,
    LimitError,
    NotAcceptableError,
    NotFoundError,
    QueryCrashError,
    QueryDepthError,
    QueryTimeoutError,
    RemoteError,
    RequestTooLargeError,
    ServerBusyError,
    ServerStoppingError,
    StoreChangingError,
    StoreLockedError,
    StoreUnreachableError,
)
from kg.serving.job import JobEndedError

__all__ = [
    "STATUSES",
    "TooManyRequestsError",
    "UnsupportedMediaTypeError",
    "handle_errors",
    "problem",
    "problem_document",
    "status_of",
    "with_error_headers",
]

_logger = logging.getLogger(__name__)


class UnsupportedMediaTypeError(InputError):
    """The body of a request is in a format or an encoding that is not read here."""


class TooManyRequestsError(LimitError):
    """A client sends more requests than it may."""

    def __init__(self, most: int, retry_after: int) -> None:
        self.requests_per_minute, self.retry_after = most, retry_after
        super().__init__(
            f"More than {most:,} requests a minute came from this address (serve.requests_per_minute). Try again in "
            f"{retry_after} s."
        )


STATUSES: Mapping[type[KgError], int] = {
    KgError: 500,
    AccessError: 401,
    ClientGoneError: 499,  # nobody reads it; in the log it means what it means in nginx's
    InputError: 400,
    JobEndedError: 409,
    NotAcceptableError: 406,
    UnsupportedMediaTypeError: 415,
    NotFoundError: 404,
    # A legal query that costs too much: the same request will fail again, which a 5xx does not say.
    LimitError: 422,
    QueryCrashError: 422,
    TooManyRequestsError: 429,
    QueryDepthError: 400,
    QueryTimeoutError: 504,
    RequestTooLargeError: 413,
    ServerBusyError: 503,
    ServerStoppingError: 503,
    StoreChangingError: 503,
    StoreLockedError: 503,
    StoreUnreachableError: 503,
    RemoteError: 502,
}
"""The status of each error; one that is not named here has its base class's."""

_RETRY_AFTER = {
    ServerBusyError: 2,
    ServerStoppingError: 5,
    StoreChangingError: 2,
    StoreLockedError: 5,
    StoreUnreachableError: 10,
}
"""Seconds."""

_REALM = 'Bearer realm="noemata"'
_BASIC = 'Basic realm="noemata", charset="UTF-8"'
"""For clients that send a password only when they are asked for it, as Java's."""


def status_of(error: KgError) -> int:
    """Return the HTTP status of an error."""
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def handle_errors(app: Flask) -> None:
    """Answer every error of an app with a problem document."""
    app.register_error_handler(KgError, _from_error)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _from_defect)


def problem(status: int, kind: str, title: str, detail: str, parts: Mapping[str, object] | None = None) -> Response:
    """Return a problem document as a response."""
    return _response(status, _document(status, kind, title, detail, parts or {}))


def _document(status: int, kind: str, title: str, detail: str, parts: Mapping[str, object]) -> dict[str, object]:
    said = {
        "type": kind if kind == "about:blank" else f"urn:noemata:problem:{kind}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    return {**parts, **said}


def _response(status: int, document: Mapping[str, object]) -> Response:
    text = json.dumps(document, ensure_ascii=False, default=str) + "\n"
    return Response(text, status, content_type="application/problem+json")


def problem_document(error: KgError) -> dict[str, object]:
    """Return what an error's document says: its kind, its status, what is wrong this time, and the parts of that."""
    title = (type(error).__doc__ or type(error).__name__).splitlines()[0].rstrip(".")
    parts = {name: value for name, value in vars(error).items() if isinstance(value, str | int | float | tuple)}
    return _document(status_of(error), _slug(type(error)), title, str(error), parts)


def _from_error(error: KgError) -> Response:
    told = problem_document(error)
    if told["status"] == 500:
        _logger.error("%s: %s", type(error).__name__, error)
    return with_error_headers(_response(status_of(error), told), error)


def with_error_headers(response: Response, error: KgError) -> Response:
    """Return the response to an error with the headers that its status needs: how to log in, when to come again."""
    for kind, seconds in _RETRY_AFTER.items():
        if isinstance(error, kind):
            response.headers["Retry-After"] = str(seconds)
    if isinstance(error, TooManyRequestsError):
        response.headers["Retry-After"] = str(error.retry_after)
    if response.status_code == 406:
        response.vary.add("Accept")
    if response.status_code == 401:
        # RFC 6750, 3.1: a request without a token learns the scheme only, one with a wrong token is told so.
        wrong = ', error="invalid_token"' if request.authorization is not None else ""
        response.headers["WWW-Authenticate"] = _REALM + wrong
        if "Sec-Fetch-Mode" not in request.headers:  # a browser would ask its user in a window of its own
            response.headers.add("WWW-Authenticate", _BASIC)
    return response


def _slug(kind: type[KgError]) -> str:
    """`QueryTimeoutError` → `query-timeout`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__.removesuffix("Error")).lower()


def _from_http(error: HTTPException) -> Response:
    """Answer what Flask finds itself: no such path, no such method, a redirect."""
    given = error.get_response()
    status = error.code or 500
    if status < 400:
        return Response(given.get_data(), status, given.headers.items())
    detail = error.description or error.name
    if detail == NotFound.description:
        detail = f"Nothing is at {request.path!r:.200}. `/api` lists what there is, `/openapi.json` describes it."
    response = problem(status, "about:blank", error.name, detail)
    for name in ("Allow", "Retry-After"):
        if name in given.headers:
            response.headers[name] = given.headers[name]
    return response


def _from_defect(error: Exception) -> Response:
    """Answer a mistake of ours: its traceback goes to the log, under the number that the client is told."""
    request_id = g.get("request_id", "-")
    _logger.error("unexpected error in request %s", request_id, exc_info=error)
    detail = f"The server made a mistake. Its log names it under the request {request_id}."
    return problem(500, "about:blank", "Internal Server Error", detail, {"request": request_id})
