"""The server that runs on a home: the record of it, its token, and what other commands ask it for.

A server keeps `serve.lock` locked for its run, so a record that it left when it was killed is known as such.
The record holds the token in force and is nobody else's to read; what is asked goes to this machine only.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from kg.errors import ConfigError, StoreError
from kg.home.folder import Home, file_errors, write_atomically
from kg.home.locks import open_lock, try_lock

__all__ = [
    "RunningServer",
    "ServerSilentError",
    "find_server",
    "is_loopback",
    "is_token",
    "keep_token",
    "make_token",
    "read_token",
    "register_server",
]

_TOKEN_BYTES = 32
_ANSWER_SECONDS = 5.0
"""A server that is silent for longer is stuck; it answers "not now" rather than wait."""

_NOT_NOW = 503
_START_SECONDS = 3.0
"""In which another server that starts at the same time will have said where it answers."""

_POLL_SECONDS = 0.02


class ServerSilentError(StoreError):
    """The server that runs on the home did not answer as it should."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that answers on this machine; `url` ends in no slash."""

    pid: int
    url: str
    command: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        return f"`{self.command}` (pid {self.pid}) at {self.url}"

    def checkpoint(self) -> str | None:
        """Have the server make a checkpoint of all that was committed, unless there is one, and return its name.

        None when it cannot now; ask again. Also ask again where it is gone when it is opened, because the server
        has made a newer one since.

        Raises:
            ServerSilentError: the server does not answer. StoreError: the server's own reason.
        """
        answer = self._post("/api/store/checkpoint")
        return None if answer is None else Path(str(answer["folder"])).name

    def lend(self) -> bool:
        """Have the server let go of the store, so that it can be locked; False while it writes, then ask again.

        Raises:
            ServerSilentError: the server does not answer. StoreError: the server's own reason.
        """
        return self._post("/api/store/lend") is not None

    def _post(self, path: str) -> dict[str, Any] | None:
        """Return the answer of one request, None for "not now"; variables that name proxies count for nothing here."""
        import http.client

        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("POST", path, headers={"Authorization": f"Bearer {self.token}", "Content-Length": "0"})
            response = connection.getresponse()
            content = response.read()
        except ConnectionError:
            return None  # it is about to stop
        except (OSError, http.client.HTTPException) as error:
            raise ServerSilentError(f"{self} does not answer: {error or type(error).__name__}.") from error
        finally:
            connection.close()
        if response.status == _NOT_NOW:
            return None
        try:
            answer = json.loads(content) if content else {}
            if response.status < 400:
                return dict(answer)
            detail = str(answer["detail"])
        except (ValueError, KeyError, TypeError) as error:
            raise ServerSilentError(f"{self} answers {response.status}, but not as a server of ours does.") from error
        raise StoreError(f"{self} refused: {detail}")


def find_server(home: Home) -> RunningServer | None:
    """Return the server that runs on a home and answers, or None."""
    try:
        record = json.loads(home.server.read_bytes())
        server = RunningServer(int(record["pid"]), str(record["url"]), str(record["command"]), str(record["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # there is none, it is not ours to ask, or it is half of one that a crash left
    return server if server.pid != os.getpid() and _is_locked(home) else None


def _is_locked(home: Home) -> bool:
    try:
        with open_lock(home.server_lock, create=False) as lock:
            return not try_lock(lock, exclusive=False)
    except OSError:
        return False


@contextlib.contextmanager
def register_server(home: Home) -> Iterator[Callable[[RunningServer], None]]:
    """Be the one server of a home; what is given tells where it answers, as soon as it does.

    Raises:
        StoreError: another server runs on the home: its address and pid.
    """
    with contextlib.ExitStack() as stack:
        with file_errors(home):
            lock = stack.enter_context(open_lock(home.server_lock))
            _wait_for(home, lock)
            home.server.unlink(missing_ok=True)  # what a server that was killed has left

        def tell(server: RunningServer) -> None:
            record = {"pid": server.pid, "url": server.url, "command": server.command, "token": server.token}
            write_atomically(home.server, f"{json.dumps(record)}\n".encode(), mode=0o600)

        try:
            yield tell
        finally:
            with contextlib.suppress(OSError):
                home.server.unlink(missing_ok=True)


def _wait_for(home: Home, lock: IO[bytes]) -> None:
    """Lock it as the server; for an instant somebody may have it who looks whether there is one."""
    started = time.monotonic()
    while not try_lock(lock, exclusive=True):
        found = find_server(home)
        if found is not None or time.monotonic() > started + _START_SECONDS:
            raise StoreError(f"{found or 'Another `kg serve`'} serves {home.folder} already; one server is enough.")
        time.sleep(_POLL_SECONDS)


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address or name, an IPv6 address with or without brackets."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_token(text: str) -> bool:
    """Tell whether a text can be a token, which is a b64token (RFC 6750, 2.1)."""
    return re.fullmatch("[A-Za-z0-9._~+/-]+=*", text) is not None


def make_token() -> str:
    """Return a new token."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def read_token(home: Home) -> str | None:
    """Return the token that a home keeps, None before the first.

    Raises:
        ConfigError: the file holds no token, or others can read it. StoreError: we cannot.
    """
    with file_errors(home):
        try:
            with home.token.open(encoding="utf-8", errors="replace") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                token = file.read().strip()
        except FileNotFoundError:
            return None
    if mode & 0o077:
        raise ConfigError(f"Others can read the token in {home.token} (mode {mode:03o}). Run: chmod 600 {home.token}")
    if not is_token(token):
        raise ConfigError(
            f"{home.token} must hold one token, of letters, digits and -._~+/ with = at its end only; remove the file, "
            "and the next start makes a new one."
        )
    return token


def keep_token(home: Home, token: str) -> None:
    """Keep a token in a home; nobody but its owner can read it, from the first moment.

    Raises:
        StoreError: it cannot be written.
    """
    with file_errors(home):
        write_atomically(home.token, f"{token}\n".encode(), mode=0o600)
