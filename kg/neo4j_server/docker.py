"""Neo4j in Docker, by the compose file of `deploy/neo4j`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from kg.errors import StoreError
from kg.neo4j_server.jars import deploy_file
from kg.neo4j_server.process import Ports, memory_settings

__all__ = ["docker_fault", "has_container", "start_container", "stop_container"]

_ASK_SECONDS = 20.0
_UP_SECONDS = 900.0
"""The first start fetches the image."""

_DOWN_SECONDS = 150.0
_NOBODY = {"KG_NEO4J_PASSWORD": "not-needed"}
"""The compose file asks for a password whatever is done with it."""


def docker_fault() -> str | None:
    """Return why Docker cannot start a server here, None where it can."""
    if shutil.which("docker") is None:
        return "no `docker` is on PATH"
    for arguments in (["version", "--format", "{{.Server.Version}}"], ["compose", "version"]):
        fault, _ = _run(["docker", *arguments], {}, _ASK_SECONDS)
        if fault:
            return f"`docker {arguments[0]}`: {fault}"
    return None


def start_container(folder: Path, ports: Ports, password: str, heap_mb: int) -> None:
    """Start the server on a folder of data, or leave it running; it does not answer yet.

    Raises:
        StoreError: Docker's own reason.
    """
    for name in ("data", "logs"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    memory = memory_settings(heap_mb)
    variables = {
        "KG_NEO4J_PASSWORD": password,
        "KG_NEO4J_BOLT": str(ports.bolt),
        "KG_NEO4J_HTTP": str(ports.http),
        "KG_NEO4J_HEAP_MB": str(heap_mb),
        "KG_NEO4J_CACHE": memory["server.memory.pagecache.size"],
        "KG_NEO4J_PLANS": memory["server.memory.query_cache.per_db_cache_num_entries"],
        "KG_NEO4J_STATEMENT": memory["db.memory.transaction.max"],
    }
    if hasattr(os, "getuid"):
        variables["KG_NEO4J_USER"] = f"{os.getuid()}:{os.getgid()}"
    _compose(folder, variables, ["up", "--detach"], _UP_SECONDS)


def stop_container(folder: Path) -> bool:
    """Stop the server cleanly and remove its container, also one that does not answer yet; the data stays.

    Returns:
        Whether there was a container.

    Raises:
        StoreError: Docker's own reason.
    """
    was_there = has_container(folder, is_running=False)
    _compose(folder, _NOBODY, ["down"], _DOWN_SECONDS)
    return was_there


def has_container(folder: Path, is_running: bool = True) -> bool:
    """Tell whether the server's container runs; with `is_running=False`, whether there is one.

    Raises:
        StoreError: Docker's own reason.
    """
    return bool(_compose(folder, _NOBODY, ["ps", "--quiet", *([] if is_running else ["--all"])], _ASK_SECONDS).strip())


def _compose(folder: Path, variables: Mapping[str, str], arguments: list[str], seconds: float) -> str:
    project = f"noemata-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    command = ["docker", "compose", "-p", project, "-f", str(deploy_file("compose.yaml")), *arguments]
    fault, output = _run(command, {"KG_NEO4J_FOLDER": str(folder), **variables}, seconds)
    if fault:
        raise StoreError(f"`docker compose {arguments[0]}` failed: {fault}")
    return output


def _run(command: list[str], variables: Mapping[str, str], seconds: float) -> tuple[str | None, str]:
    """Run a command and return its last words if it failed, and its output."""
    environment = {**os.environ, **variables}
    try:
        run = subprocess.run(
            command, check=False, env=environment, capture_output=True, text=True, errors="replace", timeout=seconds
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error), ""
    said = [line.strip() for line in (run.stderr or run.stdout).splitlines() if line.strip()]
    return (said or [f"exit code {run.returncode}"])[-1] if run.returncode else None, run.stdout
