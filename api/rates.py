"""How many requests a client may send: each address has so many a minute (`serve.requests_per_minute`)."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from flask import Flask, request

from api.problems import TooManyRequestsError
from api.service import service_of

__all__ = ["Allowance", "watch"]

_CLIENTS = 10_000
"""Addresses that are remembered, those that came last; who comes back after that begins anew."""
_FREE = ("/healthz", "/readyz", "/version", "/metrics")
_FREE_BELOW = "/api/store/"
"""Who watches the server, and other commands on the home."""
_NETWORK_BITS = 64
"""Of an IPv6 address: what one customer has."""


class Allowance:
    """A bucket for each client: it holds a minute's requests and fills up evenly. Safe for threads.

    Args:
        most: requests a minute, at least 1.
        clock: seconds, never backwards.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Count a request.

        Raises:
            TooManyRequestsError: the client has none left, and when it has.
        """
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(client, (float(self._most), now))
            left = min(float(self._most), left + (now - at) * self._most / 60)
            self._left[client] = (left - 1 if left >= 1 else left, now)
            if len(self._left) > _CLIENTS:
                self._left.popitem(last=False)
        if left < 1:
            seconds = round((1 - left) * 60 / self._most, 6)
            raise TooManyRequestsError(self._most, max(1, math.ceil(seconds)))


def watch(app: Flask) -> None:
    """Count the requests of an app, if its settings set a limit."""
    most = service_of(app).config.serve.requests_per_minute
    if not most:
        return
    allowance = Allowance(most)

    def count() -> None:
        path = request.path.rstrip("/")
        if path not in _FREE and not path.startswith(_FREE_BELOW):
            allowance.take(_client(request.remote_addr or ""))

    app.before_request(count)


def _client(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    return str(found.ipv4_mapped or ipaddress.ip_network((found, _NETWORK_BITS), strict=False))
