"""The record of the Neo4j server that was started for a home; only its owner can read it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import StoreError
from kg.home.folder import Home, file_errors, write_atomically

__all__ = ["Neo4jServer", "read_server", "server_record", "write_server"]


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
        StoreError: the record is damaged.
    """
    path = server_record(home)
    try:
        record = json.loads(path.read_bytes())
        return Neo4jServer(**record)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"Cannot read {path}: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        raise StoreError(f"{path} is damaged: {error}. Put it right, or move it away.") from error


def write_server(home: Home, server: Neo4jServer) -> None:
    """Keep the record; nobody but its owner can read it."""
    path = server_record(home)
    record = {name: getattr(server, name) for name in Neo4jServer.__slots__}
    with file_errors(home):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, f"{json.dumps(record)}\n".encode(), mode=0o600)
