"""Who may call a route: each view declares it, one hook enforces it, a view that declares nothing is closed.

```python
@blueprint.route("/data", methods=["GET", "PUT"])
@access(Access.READS, PUT=Access.WRITES)
def data() -> Response: ...
```

HEAD is what GET is. OPTIONS is open to all, because a browser sends it without the token.

The token is also taken as the password of HTTP Basic, whatever the user is called: Protégé and many SPARQL
clients can send nothing else. But a browser adds a password that it remembers to requests of any page, so
a request that comes from another origin needs the header `Bearer`, which no page can make a browser add.
"""

from __future__ import annotations

import enum
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.wrappers import Request

from api.service import Service, current
from kg.errors import AccessError

__all__ = [
    "Access",
    "access",
    "declared_access",
    "has_token",
    "is_allowed",
    "is_open",
    "is_writing",
    "require",
    "watch",
]

_View = TypeVar("_View", bound=Callable[..., Any])
_BEARER = re.compile("bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)
"""RFC 6750, 2.1. Werkzeug takes a token with `=` in it for parameters."""


class Access(enum.Enum):
    """What a call does, and so who may make it."""

    PUBLIC = "public"
    """Anybody: it holds nothing of the graph."""
    READS = "reads"
    """Who has the token, or anybody with `serve.open_reads`."""
    WRITES = "writes"
    """Who has the token."""


_DECLARED: dict[Callable[..., Any], Mapping[str, Access]] = {}
_OTHERWISE = "*"
_WRITES = "noemata.writes"


def access(default: Access, **by_method: Access) -> Callable[[_View], _View]:
    """Declare the access of a view, and of single methods where they differ. Stands below `route`."""

    def declare(view: _View) -> _View:
        _DECLARED[view] = {_OTHERWISE: default, **by_method}
        return view

    return declare


def declared_access(view: Callable[..., Any], method: str) -> Access | None:
    """Return what a view declares for a method, None for nothing."""
    if method == "OPTIONS":
        return Access.PUBLIC
    declared = _DECLARED.get(view)
    if declared is None:
        return None
    return declared.get("GET" if method == "HEAD" else method, declared[_OTHERWISE])


def is_allowed(needed: Access) -> bool:
    """Return whether the request may do something."""
    service = current()
    return is_open(needed, service) or has_token(request, service.token)


def is_open(needed: Access, service: Service) -> bool:
    """Return whether anybody may do something."""
    return needed is Access.PUBLIC or (needed is Access.READS and service.config.serve.open_reads)


def require(needed: Access) -> None:
    """Let the request pass if it may do something; for a view that learns from its body what it is asked.

    Raises:
        AccessError: the token is missing or wrong.
    """
    if needed is Access.WRITES:
        request.environ[_WRITES] = True
    if is_allowed(needed):
        return
    if request.authorization is None:
        raise AccessError("This needs the server's token: send the header `Authorization: Bearer TOKEN`.")
    raise AccessError("The token is not the server's: `kg serve` keeps it in the file `token` of the home.")


def is_writing(environ: Mapping[str, Any]) -> bool:
    """Tell of the environment of a request whether it asked for what needs the right to write."""
    return bool(environ.get(_WRITES))


def watch(app: Flask) -> None:
    """Enforce what the views of an app declare, before any of them runs."""
    app.before_request(_enforce)


def _enforce() -> None:
    if request.endpoint is None:
        return  # no such path or method: the answer is an error that holds nothing
    needed = declared_access(current_app.view_functions[request.endpoint], request.method)
    if needed is None:
        raise RuntimeError(f"the route {request.url_rule} declares no access for {request.method}")
    require(needed)


def has_token(sent: Request, token: str) -> bool:
    """Return whether the headers of a request hold the token."""
    given = _given(sent)
    if not token or given is None:
        return False
    return secrets.compare_digest(given.encode(), token.encode())  # takes as long for every wrong token


def _given(sent: Request) -> str | None:
    bearer = _BEARER.fullmatch(sent.headers.get("Authorization", "").strip())
    if bearer is not None:
        return bearer[1]
    basic = sent.authorization
    if basic is None or basic.type != "basic" or _is_from_elsewhere(sent):
        return None
    return basic.password


def _is_from_elsewhere(sent: Request) -> bool:
    """Tell whether a browser says that a page of another origin sends the request."""
    site = sent.headers.get("Sec-Fetch-Site", "none")
    origin = sent.headers.get("Origin")
    return site not in ("none", "same-origin") or (origin is not None and f"{origin}/" != sent.host_url)
