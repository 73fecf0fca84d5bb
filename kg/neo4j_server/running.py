"""The Neo4j server of a home: started with what the machine has, noticed when it is gone, stopped.

Data, ports and password stay the same from one start to the next, also from a killed server to the next one.
"""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from kg.config import Neo4jSettings
from kg.errors import ConfigError, KgError, StoreError
from kg.home import Home, create_home
from kg.home.folder import file_errors
from kg.home.locks import open_lock, try_lock
from kg.home.neo4j_record import Neo4jServer, read_server, server_record, write_server
from kg.neo4j_server.docker import docker_fault, has_container, start_container, stop_container
from kg.neo4j_server.jars import find_jars
from kg.neo4j_server.java import Installation, find_java
from kg.neo4j_server.process import (
    HOST,
    START_SECONDS,
    Ports,
    Process,
    answers,
    configure,
    free_ports,
    is_taken,
    memory_settings,
    set_password,
    start_process,
    wait_for_answer,
)
from kg.stores import ServerAddress
from kg.stores.files import COPY, make_private
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.kept_copy import discard_copy

__all__ = [
    "Found",
    "find_running",
    "server_folder",
    "start_own",
    "start_server",
    "starting_or_stopping",
    "stop_own",
    "stop_server",
]

_POLL_SECONDS = 0.2
_PASSWORD_BYTES = 18
_DOCKER_SECONDS = 2.0
"""Between two looks whether a container still runs."""


@dataclass(frozen=True, slots=True)
class Found:
    """A server that answers, and whether it did so before it was asked for."""

    server: Neo4jServer
    was_running: bool


def server_folder(home: Home) -> Path:
    """Return the folder of the server's data, logs and configuration."""
    return server_record(home).parent / "server"


def find_running(home: Home, settings: Neo4jSettings) -> Neo4jServer | None:
    """Return the server that a home uses if it answers now.

    Raises:
        StoreUnreachableError: the settings name a server that does not answer, and why.
    """
    if settings.uri:
        return _named(settings)
    server = read_server(home)
    return server if server is not None and _answers(home, server) else None


def start_server(home: Home, settings: Neo4jSettings, say: Callable[[str], None]) -> Found:
    """Return a server that answers: the one that the settings name, else the home's own, started if need be.

    Raises:
        ConfigError: nothing here can start one, and why. StoreError: it did not start.
    """
    if settings.uri:
        return Found(_named(settings), was_running=True)
    create_home(home)
    with starting_or_stopping(home):
        return start_own(home, settings, say)


def stop_server(home: Home, settings: Neo4jSettings) -> bool | None:
    """Stop the home's own server; False where it had to be forced, None where none runs.

    Raises:
        ConfigError: the settings name a server, which is not ours to stop.
    """
    if settings.uri:
        raise ConfigError(f"{settings.uri} is what NEO4J_URI or neo4j.uri names; it is not this home's to stop.")
    if not home.exists():
        return None
    with starting_or_stopping(home):
        return stop_own(home)


# --- while no other process starts or stops the server


@contextlib.contextmanager
def starting_or_stopping(home: Home) -> Iterator[None]:
    """Wait until no other process starts or stops the home's server, and let none do so meanwhile."""
    path = server_record(home).with_name("server.lock")
    with file_errors(home):
        make_private(path.parent)
        lock = open_lock(path)
    with lock:
        while not try_lock(lock, exclusive=True):
            time.sleep(_POLL_SECONDS)
        yield


def start_own(home: Home, settings: Neo4jSettings, say: Callable[[str], None]) -> Found:
    """Do what `start_server` says with the home's own server."""
    kept = read_server(home)
    if kept is not None and _answers(home, kept, START_SECONDS):
        return Found(kept, was_running=True)
    server = _new(home) if kept is None else kept
    if server.password.startswith("-") and _is_new(home):  # Docker's image takes it for an option
        server = replace(server, password=secrets.token_hex(_PASSWORD_BYTES))
    if not _lives(home, server):
        for port in (_port(server.uri), _port(server.http)):
            if is_taken(port):
                raise StoreError(
                    f"Port {port}, where this home's Neo4j answered before, is taken by another program. Stop "
                    f"that, or change {server_record(home)}."
                )
    elif server.how == "java":
        raise StoreError(f"Neo4j runs (pid {server.pid}) and does not answer. End it with `kg neo4j down`.")
    discard_copy(server_record(home).with_name(COPY))  # the data may have been put back from a backup
    return Found(_start(home, settings, server, say), was_running=False)


def stop_own(home: Home) -> bool | None:
    """Do what `stop_server` says with the home's own server."""
    server = read_server(home)
    if server is None:
        return None
    if server.how == "docker":
        return True if stop_container(server_folder(home)) else None
    process = _process(server)
    if process is None or process.find() is None:
        return None
    clean = process.stop()
    write_server(home, replace(server, pid=None, started=None))
    return clean


def _named(settings: Neo4jSettings) -> Neo4jServer:
    """Ask the server that the settings name who it is."""
    address = ServerAddress(settings.uri, settings.username, settings.password, settings.database)
    with contextlib.closing(Connection(address)) as connection:
        version = connection.version()
    return Neo4jServer(settings.uri, settings.username, settings.password, "", version, "environment")


def _new(home: Home) -> Neo4jServer:
    """Return the record of a server that never ran."""
    data = server_folder(home) / "data"
    if data.is_dir() and any(data.iterdir()):
        raise StoreError(
            f"{data} holds a database, but its password went with {server_record(home)}. Put that file back, or move "
            "the folder away."
        )
    ports = free_ports()
    uri, http = f"bolt://{HOST}:{ports.bolt}", f"http://{HOST}:{ports.http}"
    return Neo4jServer(uri, "neo4j", secrets.token_hex(_PASSWORD_BYTES), http)


def _is_new(home: Home) -> bool:
    """Tell whether a server never ran on the home's data."""
    return not (server_folder(home) / "data" / "databases").exists()


def _start(home: Home, settings: Neo4jSettings, server: Neo4jServer, say: Callable[[str], None]) -> Neo4jServer:
    """Start it with Docker, else with Java; one that was started with Java before is started so again."""
    no_docker = "it was started with Java before" if server.how == "java" else docker_fault()
    if no_docker is None:
        try:
            return _start_docker(home, settings, server)
        except _DockerError as error:
            no_docker = str(error).rstrip(".")
            server = replace(server, how="", pid=None, started=None)
            say(f"{no_docker}. Trying with Java ...")
    try:
        installation = Installation(find_java().program, find_jars(home, say))
    except KgError as error:
        raise type(error)(
            f"No Neo4j can be started here. Docker: {no_docker}. Java: {str(error).rstrip('.')}. Or name a server that "
            "runs elsewhere: NEO4J_URI, NEO4J_USERNAME and NEO4J_PASSWORD."
        ) from error
    return _start_java(home, settings, server, installation)


class _DockerError(StoreError):
    """The server did not start in Docker, and no container is left."""


def _start_docker(home: Home, settings: Neo4jSettings, server: Neo4jServer) -> Neo4jServer:
    folder = server_folder(home)
    with file_errors(home):
        folder.mkdir(parents=True, exist_ok=True)
    server = replace(server, how="docker", pid=None, started=None)
    write_server(home, server)  # if we are killed, the next `down` removes the container
    try:
        start_container(folder, _ports(server), server.password, settings.memory_mb)
        version = _wait_for_container(folder, _ports(server))
    except BaseException as error:
        stop_container(folder)
        write_server(home, replace(server, how=""))
        if isinstance(error, StoreError):
            raise _DockerError(str(error)) from error
        raise
    server = replace(server, version=version)
    write_server(home, server)
    return server


def _wait_for_container(folder: Path, ports: Ports) -> str:
    """Return the server's version as soon as it answers.

    Raises:
        StoreError: its container has ended, or it did not answer in time.
    """
    started = looked = time.monotonic()
    while (version := answers(ports)) is None:
        now = time.monotonic()
        if now > started + START_SECONDS:
            raise StoreError(f"Neo4j in Docker did not answer within {START_SECONDS:g} s; see {folder / 'logs'}.")
        if now > looked + _DOCKER_SECONDS:
            if not has_container(folder):
                raise StoreError(f"Neo4j in Docker ended at once; see {folder / 'logs'}.")
            looked = time.monotonic()
        time.sleep(_POLL_SECONDS)
    return version


def _start_java(home: Home, settings: Neo4jSettings, server: Neo4jServer, installation: Installation) -> Neo4jServer:
    folder = server_folder(home)
    with file_errors(home):
        is_new = _is_new(home)
        configure(folder, _ports(server), memory_settings(settings.memory_mb))
    if is_new:
        write_server(home, server)  # the password, before it counts
        set_password(installation, folder, server.password)
    process = start_process(installation, folder, settings.memory_mb)
    try:
        known = Process.of(process.pid)
        server = replace(server, how="java", pid=known.pid, started=known.started)
        write_server(home, server)
        version = wait_for_answer(_ports(server), process, folder)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    server = replace(server, version=version)
    write_server(home, server)
    return server


def _answers(home: Home, server: Neo4jServer, patience: float = 0.0) -> bool:
    """Tell whether a server of ours answers; one that runs is given time to."""
    deadline = time.monotonic() + patience
    while server.how == "docker" or _lives(home, server):
        if answers(_ports(server)) is not None:
            return True
        if time.monotonic() >= deadline or not _lives(home, server):
            return False
        time.sleep(_POLL_SECONDS)
    return False


def _lives(home: Home, server: Neo4jServer) -> bool:
    """Tell whether the server's process or container runs, answering or not."""
    if server.how == "docker":
        with contextlib.suppress(StoreError):  # without Docker there is none
            return has_container(server_folder(home))
        return False
    process = _process(server)
    return process is not None and process.find() is not None


def _process(server: Neo4jServer) -> Process | None:
    return None if server.pid is None or server.started is None else Process(server.pid, server.started)


def _ports(server: Neo4jServer) -> Ports:
    return Ports(_port(server.uri), _port(server.http))


def _port(url: str) -> int:
    port = urlsplit(url).port
    if port is None:
        raise StoreError(f"The record of this home's Neo4j names no port: {url!r}. Put it right, or move it away.")
    return port
