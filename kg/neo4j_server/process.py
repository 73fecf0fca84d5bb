"""A Neo4j in a folder of its own as a process: configured, started, waited for and stopped."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from kg.errors import StoreError
from kg.neo4j_server.java import Installation, environment

__all__ = [
    "HOST",
    "Ports",
    "Process",
    "answers",
    "configure",
    "free_ports",
    "is_taken",
    "memory_settings",
    "set_password",
    "start_process",
    "telling_line",
    "wait_for_answer",
]

HOST = "127.0.0.1"
START_SECONDS = 300.0
"""After a crash the server first reads its transaction log, which may take minutes on a busy machine."""

_STOP_SECONDS = 60.0
_ASK_SECONDS = 5.0
_POLL_SECONDS = 0.1
_HELLO = b"\x60\x60\xb0\x17" + b"\x00\x08\x08\x05" + b"\x00\x04\x04\x04" + bytes(8)
"""Bolt's handshake: the magic number and four ranges of versions, of which two are empty."""

_PLANS = 200
"""How many plans of statements are kept; Neo4j's own 1,000 of long statements fill a heap of 512 MB."""
_SHARE = 0.6
"""Of the heap, for one statement; all together have 0.7 of it by Neo4j's own default. A heap that is full stops the
server's watch over its limits of time too."""

_started: list[subprocess.Popen[bytes]] = []
"""Servers outlive whoever started them; Python would warn of a process that nobody holds."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a server listens on this machine."""

    bolt: int
    http: int


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told by its number and the moment of its start: numbers are used again."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return a process that runs now.

        Raises:
            StoreError: it does not.
        """
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error as error:
            raise StoreError(f"Neo4j ended at once: process {pid} is gone.") from error

    def find(self) -> psutil.Process | None:
        """Return the process if it still runs."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < 1
            return found if same and found.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def stop(self) -> bool:
        """End it as SIGTERM does, after `_STOP_SECONDS` by force; tell whether it ended by itself."""
        found = self.find()
        if found is None:
            return True
        with contextlib.suppress(psutil.NoSuchProcess):
            found.terminate()
        try:
            found.wait(_STOP_SECONDS)
            return True
        except psutil.TimeoutExpired:
            found.kill()
            found.wait(_STOP_SECONDS)
            return False


def free_ports() -> Ports:
    """Return two ports that nothing listens on now."""
    with socket.socket() as bolt, socket.socket() as http:
        for each in (bolt, http):
            each.bind((HOST, 0))
        return Ports(bolt.getsockname()[1], http.getsockname()[1])


def is_taken(port: int) -> bool:
    """Tell whether something listens on a port."""
    with socket.socket() as probe:
        if sys.platform != "win32":  # connections that have ended do not count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def memory_settings(heap_mb: int) -> dict[str, str]:
    """Return how a server shares out its memory, by the names of its settings."""
    return {
        "server.memory.pagecache.size": f"{max(heap_mb // 2, 64)}m",
        "server.memory.query_cache.per_db_cache_num_entries": str(_PLANS),
        "db.memory.transaction.max": f"{max(int(heap_mb * _SHARE), 1)}m",
    }


def configure(folder: Path, ports: Ports, settings: Mapping[str, str]) -> None:
    """Write `conf/neo4j.conf` of a server that only this machine reaches."""
    lines = {
        "server.default_listen_address": HOST,
        "server.bolt.listen_address": f":{ports.bolt}",
        "server.bolt.advertised_address": f":{ports.bolt}",
        "server.http.listen_address": f":{ports.http}",
        "dbms.usage_report.enabled": "false",
        "client.allow_telemetry": "false",
        "db.tx_log.preallocate": "false",
        # Else each stop waits ten seconds for Bolt.
        "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",
        **settings,
    }
    for name in ("conf", "logs", "data", "import"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    text = "".join(f"{key}={value}\n" for key, value in lines.items())
    (folder / "conf" / "neo4j.conf").write_text(text, "utf-8")


def set_password(installation: Installation, folder: Path, password: str) -> None:
    """Give the user `neo4j` of a server that never ran its password.

    Raises:
        StoreError: Neo4j's own reason.
    """
    arguments = folder / "conf" / "password.txt"
    arguments.touch(mode=0o600)
    try:
        # In a file, as who lists processes must not see it; after `--`, as it may begin with a dash.
        arguments.write_text(f"dbms\nset-initial-password\n--\n{password}\n", "utf-8")
        command = installation.admin(f"@{arguments}")
        run = subprocess.run(
            command, check=False, env=environment(folder), capture_output=True, text=True, errors="replace"
        )
    finally:
        arguments.unlink(missing_ok=True)
    if run.returncode:
        said = (run.stderr + run.stdout).strip().splitlines() or [f"exit code {run.returncode}"]
        raise StoreError(f"Neo4j in {folder} took no password: {said[0]}")


def start_process(
    installation: Installation, folder: Path, heap_mb: int, flags: tuple[str, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start the server of a configured folder; it goes on when this process ends."""
    with (folder / "logs" / "console.log").open("wb") as log:
        process = subprocess.Popen(
            installation.server(folder, heap_mb, flags),
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(process)
    return process


def wait_for_answer(
    ports: Ports, process: subprocess.Popen[bytes], folder: Path, seconds: float = START_SECONDS
) -> str:
    """Return the server's version as soon as it answers by Bolt and by HTTP.

    Raises:
        StoreError: it ended, or did not answer in time: the telling line of its log, and where that is.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StoreError(f"Neo4j in {folder} ended at once. {telling_line(folder)}")
        version = answers(ports)
        if version is not None:
            return version
        time.sleep(_POLL_SECONDS)
    process.terminate()
    raise StoreError(f"Neo4j in {folder} did not answer within {seconds:g} s. {telling_line(folder)}")


def answers(ports: Ports) -> str | None:
    """Return the version of a server that answers by Bolt and by HTTP now, None where none does."""
    return _http_version(ports.http) if _speaks_bolt(ports.bolt) else None


def _speaks_bolt(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), _ASK_SECONDS) as connection:
            connection.sendall(_HELLO)
            return len(connection.recv(4)) == 4
    except OSError:
        return False


def _http_version(port: int) -> str | None:
    """Return the version that a server's front page tells; variables that name proxies count for nothing here."""
    import http.client

    connection = http.client.HTTPConnection(HOST, port, timeout=_ASK_SECONDS)
    try:
        connection.request("GET", "/", headers={"Accept": "application/json"})
        return str(json.loads(connection.getresponse().read())["neo4j_version"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def telling_line(folder: Path) -> str:
    """Return the line of a server's log that tells most about its end, and where the log is."""
    path = folder / "logs" / "console.log"
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return f"It left no log in {path}."
    telling = [line for line in lines if re.search(r"Caused by|OutOfMemory|No space left|Address already in use", line)]
    worse = [line for line in lines if re.search(r"\b(ERROR|Exception)\b", line)]
    last = (telling or worse or [line for line in lines if line.strip()] or ["It is empty"])[-1]
    return f"Its log, {path}: {last.strip()}"
