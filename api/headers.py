"""What every answer carries: an identifier, what browsers may do with it, and which origins may read it."""

from __future__ import annotations

import functools
import ipaddress
import re
import secrets
import socket
from collections.abc import Set as AbstractSet

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from api.service import current
from kg.errors import InputError
from kg.home.running import is_loopback

__all__ = ["watch"]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
"""A host with or without a port (RFC 9110, 7.2); of names those that DNS and hosts files have."""
_EXPOSED = "Content-Encoding, ETag, Link, Location, Retry-After, WWW-Authenticate, X-Request-Id"
_SENT = "Accept, Authorization, Content-Encoding, Content-Type, If-Match, If-None-Match, Last-Event-ID, X-Request-Id"
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
    """Refuse names that are not this server's.

    A page of another site can have its own name resolved to an address of this machine and so pass for our
    origin; the `Host` header still holds that name (DNS rebinding). An address in it cannot be had that way.
    """
    sent = request.headers.get("Host")
    if sent is None and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.1":
        return  # an old client, and no browser
    match = _HOST.fullmatch(sent or "")
    if match is None:  # RFC 9112, 3.2
        raise InputError(f"The header `Host` must be a name or an address with or without a port, not {sent!r:.200}.")
    settings = current().config.serve
    host = match[1].strip("[]").lower()
    if is_loopback(host) or host == settings.host.strip("[]").lower() or host in settings.names.lower().split():
        return
    if not is_loopback(settings.host) and (_is_address(host) or host in _own_names()):
        return
    raise _MisdirectedRequest(
        f"This server answers for {settings.host}, not for {host[:200]!r}; `serve.names` can hold further names."
    )


@functools.cache
def _own_names() -> AbstractSet[str]:
    """Return this machine's names as it knows them itself; nobody is asked for them."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return {name, short, f"{short}.local"}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


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
