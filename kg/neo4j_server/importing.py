"""The importer of Neo4j on the home's own server, which is stopped for it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from kg.config import Neo4jSettings
from kg.errors import KgError, StoreError
from kg.home import Home
from kg.home.neo4j_record import read_server, server_record
from kg.neo4j_server.jars import find_jars
from kg.neo4j_server.java import Installation, environment, find_java
from kg.neo4j_server.running import find_running, server_folder, start_own, starting_or_stopping, stop_own
from kg.stores import OfflineImport
from kg.stores.files import COPY
from kg.stores.neo4j.kept_copy import discard_copy

__all__ = ["offline_import", "run_importer"]

_HEAP_MB = 1024
_IMPORT_SECONDS = 12 * 3600.0


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
        with starting_or_stopping(home):
            stop_own(home)
            discard_copy(server_record(home).with_name(COPY))
            try:
                run_importer(installation, server_folder(home), settings.database, arguments)
            except BaseException as error:
                _start_after(error, home, settings, say)
                raise
            start_own(home, settings, say)

    return run


def _start_after(error: BaseException, home: Home, settings: Neo4jSettings, say: Callable[[str], None]) -> None:
    """Start the server after an import that failed; that is what is told, also if the server does not start either."""
    try:
        start_own(home, settings, say)
    except KgError as second:
        if isinstance(error, KgError):
            raise StoreError(f"{error} And the server did not start again: {second}") from error


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
    try:
        run = subprocess.run(
            installation.admin(f"@{arguments_file}", heap_mb=_HEAP_MB),
            check=False,
            env=environment(folder),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_IMPORT_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"Neo4j's importer did not end within {_IMPORT_SECONDS / 3600:g} hours.") from error
    finally:
        arguments_file.unlink()
    if run.returncode:
        (folder / "logs" / "import-output.log").write_text(run.stdout + run.stderr, "utf-8")
        said = [line.strip() for line in (run.stderr or run.stdout).splitlines() if line.strip()]
        reason = said[0] if said else f"exit code {run.returncode}"
        rest = folder / "logs" / "import-output.log"
        raise StoreError(f"Neo4j's importer failed: {reason.rstrip('.')}. The rest is in {rest}.")


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')
