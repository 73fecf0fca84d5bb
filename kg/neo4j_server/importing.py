"""The importer of Neo4j on the home's own server, which is stopped for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from kg.config import Neo4jSettings
from kg.errors import StoreError
from kg.home import Home
from kg.home.neo4j_record import read_server
from kg.neo4j_server.jars import find_jars
from kg.neo4j_server.java import Installation, environment, find_java
from kg.neo4j_server.running import find_running, server_folder, start_server, stop_server
from kg.stores import OfflineImport

__all__ = ["offline_import", "run_importer"]

_HEAP_MB = 1024


def offline_import(home: Home, settings: Neo4jSettings, say: Callable[[str], None]) -> OfflineImport | None:
    """Return what runs the importer, None where the server is not one that this home has started with Java."""
    if settings.uri:
        return None
    server = read_server(home)
    if server is None or server.how != "java" or find_running(home, settings) is None:
        return None

    def run(arguments: Sequence[str]) -> None:
        installation = Installation(find_java().program, find_jars(home, say))
        say("Neo4j is stopped for the import ...")
        stop_server(home, settings)
        try:
            run_importer(installation, server_folder(home), settings.database, arguments)
        finally:
            start_server(home, settings, say)

    return run


def run_importer(installation: Installation, folder: Path, database: str, arguments: Sequence[str]) -> None:
    """Import files into a database of a stopped server, in the place of what is in it.

    Raises:
        StoreError: the importer's own reason, and where the rest of it is.
    """
    report = folder / "logs" / "import.log"
    arguments_file = folder / "conf" / "import.txt"
    words = (
        "database",
        "import",
        "full",
        database,
        "--overwrite-destination=true",
        f"--report-file={report}",
        *arguments,
    )
    arguments_file.write_text("\n".join(f'"{_escaped(word)}"' for word in words), "utf-8")  # there may be many
    run = subprocess.run(
        installation.admin(f"@{arguments_file}", heap_mb=_HEAP_MB),
        check=False,
        env=environment(folder),
        capture_output=True,
        text=True,
        errors="replace",
    )
    arguments_file.unlink()
    if run.returncode:
        (folder / "logs" / "import-output.log").write_text(run.stdout + run.stderr, "utf-8")
        said = [line.strip() for line in (run.stderr or run.stdout).splitlines() if line.strip()]
        reason = said[0] if said else f"exit code {run.returncode}"
        raise StoreError(f"Neo4j's importer failed: {reason} The rest is in {folder / 'logs' / 'import-output.log'}")


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')
