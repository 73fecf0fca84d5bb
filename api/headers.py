"""What every answer carries: an identifier, what browsers may do with it, and which origins may read it."""

from __future__ import annotations

import ipaddress
import re
import secrets

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from api.service import current

__all__ = ["watch"]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_EXPOSED = "Content-Encoding, ETag, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id"
_SENT = "Accept, Authorization, Content-Encoding, Content-Type, If-Match, If-None-Match, X-Request-Id"
_DEFAULTS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""For every answer that does not set its own; pages set their Content-Security-Policy."""


class _MisdirectedRequest(HTTPException):
    code = 421
    name = "Misdirected Request"


def watch(app: Flask) -> None:
    """Check the host of every request and add the headers to every answer of an app."""
    app.before_request(_identify)
    app.before_request(_check_host)
    app.after_request(_add_headers)


def _identify() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _check_host() -> None:
    """Refuse names that are not this machine's, when only this machine may ask.

    A page of another site can have its own name resolved to 127.0.0.1 and so pass for our origin; the
    `Host` header still holds that name (DNS rebinding).
    """
    served = current().config.serve.host
    if not _is_loopback(served):
        return
    host = re.sub(r":[0-9]*\Z", "", request.headers.get("Host", "").lower())
    if host and host not in _LOCAL_NAMES and host.strip("[]") != served.lower() and not _is_loopback(host):
        raise _MisdirectedRequest(f"This server answers for {served}, not for {host[:200]!r}.")


def _is_loopback(host: str) -> bool:
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _add_headers(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    for name, value in _DEFAULTS.items():
        response.headers.setdefault(name, value)
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    # No credentials are allowed: the token is a header of its own, a browser adds nothing by itself.
    if origin is not None and origin in current().config.serve.cors_origins.split():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET, HEAD, OPTIONS")
            response.headers["Access-Control-Allow-Headers"] = _SENT
            response.headers["Access-Control-Max-Age"] = "600"
    return response
