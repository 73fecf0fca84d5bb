"""The record of the Neo4j server that was started for a home; only its owner can read it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kg.errors import ConfigError, StoreError
from kg.home.folder import Home, file_errors, write_atomically
from kg.stores.files import make_private

__all__ = ["Neo4jServer", "read_server", "server_record", "write_server"]


_PIDS = 2**31
"""No system has so many processes."""


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """A server that `kg neo4j up` has started or found; it need not run any more.

    `how` is "docker", "java", or "environment" where settings name it; `pid` and `started` (seconds since 1970) tell
    a process of ours.
    """

    uri: str
    username: str
    password: str = field(repr=False)
    http: str = ""
    version: str = ""
    how: str = ""
    pid: int | None = None
    started: float | None = None


def server_record(home: Home) -> Path:
    """Return the file of the record."""
    return home.of_kind("neo4j").store / "server.json"


def read_server(home: Home) -> Neo4jServer | None:
    """Return the server that was started for a home, None where none was.

    Raises:
        ConfigError: the record is damaged. StoreError: it cannot be read.
    """
    path = server_record(home)
    try:
        return _checked(Neo4jServer(**json.loads(path.read_bytes())))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from error
    except (ValueError, TypeError, RecursionError) as error:
        raise ConfigError(f"{path} is damaged: {error}. Put it right, or move it away.") from error


def write_server(home: Home, server: Neo4jServer) -> None:
    """Keep the record; nobody but its owner can read it."""
    path = server_record(home)
    record = {name: getattr(server, name) for name in Neo4jServer.__slots__}
    with file_errors(home):
        make_private(path.parent)
        write_atomically(path, f"{json.dumps(record)}\n".encode(), mode=0o600)


def _checked(server: Neo4jServer) -> Neo4jServer:
    """Return a server that a file names.

    Raises:
        ValueError: a part of it has another type, or an address is none; the password is not repeated.
    """
    for name in ("uri", "username", "password", "http", "version", "how"):
        if type(getattr(server, name)) is not str:
            raise ValueError(f"{name} must be text")
    for url in (server.uri, server.http):
        _ = urlsplit(url).port  # raises what is asked for
    pid: Any = server.pid
    if pid is not None and (type(pid) is not int or not 0 < pid < _PIDS):
        raise ValueError(f"pid must be the number of a process, not {pid!r}")
    started: Any = server.started
    if started is not None and type(started) not in (int, float):
        raise ValueError(f"started must be a number, not {started!r}")
    return server
