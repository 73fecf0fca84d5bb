"""The jars of Neo4j: those of the checkout, else those that Maven has fetched into the home."""

from __future__ import annotations

import hashlib
import importlib.resources
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from kg.errors import ConfigError, StoreError
from kg.home import Home

__all__ = ["deploy_file", "find_jars", "neo4j_version"]

_STAMP = ".complete"
"""In a folder whose jars are all there and are the right ones; it names the version of Neo4j."""

_FETCH_SECONDS = 3600.0


def deploy_file(name: str) -> Path:
    """Return a file of the checkout's `deploy/neo4j`, which an installation has in this package."""
    here = Path(str(importlib.resources.files("kg.neo4j_server")))
    installed = here / "deploy"
    return (installed if installed.is_dir() else here.parent.parent / "deploy" / "neo4j") / name


def neo4j_version() -> str:
    """Return the version of Neo4j that the pom names."""
    found = re.search(r"<neo4j>(.+?)</neo4j>", deploy_file("pom.xml").read_text("utf-8"))
    assert found, "the pom names one version"
    return found[1]


def find_jars(home: Home, say: Callable[[str], None]) -> Path:
    """Return the folder of the jars; where there are none yet, have Maven fetch them into the home's cache.

    Raises:
        ConfigError: there is no Maven. StoreError: it could not fetch them, or they are not what they should be.
    """
    kept = home.cache / f"neo4j-{neo4j_version()}"
    for folder in (deploy_file("lib"), kept):
        if _is_complete(folder):
            return folder
    maven = shutil.which("mvn")
    if maven is None:
        raise ConfigError("No `mvn` is on PATH to fetch Neo4j's jars; on Debian or Ubuntu: sudo apt install maven")
    say(f"Fetching Neo4j {neo4j_version()} (135 MB, once) ...")
    home.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.cache, prefix="neo4j-") as staging:
        _fetch(maven, Path(staging))
        _check(Path(staging) / "lib")
        shutil.rmtree(kept, ignore_errors=True)
        (Path(staging) / "lib").rename(kept)
    return kept


def _fetch(maven: str, staging: Path) -> None:
    pom = shutil.copy(deploy_file("pom.xml"), staging / "pom.xml")
    command = [maven, "-q", "-B", "-f", str(pom), f"-Dlib={staging / 'lib'}", "package"]
    try:
        run = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=_FETCH_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise StoreError(f"Maven did not fetch Neo4j's jars within {_FETCH_SECONDS:g} s; try again.") from error
    if run.returncode:
        said = [line for line in (run.stdout + run.stderr).splitlines() if "ERROR" in line] or ["it does not say why"]
        raise StoreError(f"Maven could not fetch Neo4j's jars: {said[0].strip()}")


def _check(folder: Path) -> None:
    """Compare the jars with the sums that were written down for them, and put the stamp on them."""
    for name, expected in _sums().items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise StoreError(f"Maven brought another {name} than the one that is known; nothing was started.")
    _refuse_others(folder)
    (folder / _STAMP).write_text(f"{neo4j_version()}\n", "utf-8")


def _is_complete(folder: Path) -> bool:
    """Tell whether a folder has the jars of this version; all that is in it would run, so no other may be.

    Raises:
        StoreError: there is another.
    """
    try:
        stamp = (folder / _STAMP).read_text("utf-8")
    except FileNotFoundError:
        return False
    if stamp.strip() != neo4j_version() or any(not (folder / name).is_file() for name in _sums()):
        return False
    _refuse_others(folder)
    return True


def _refuse_others(folder: Path) -> None:
    others = sorted({path.name for path in folder.glob("*.jar")} - _sums().keys())
    if others:
        raise StoreError(f"{folder} holds {others[0]}, which does not belong to Neo4j; nothing was started. Remove it.")


def _sums() -> dict[str, str]:
    lines = deploy_file("jars.sha256").read_text("utf-8").splitlines()
    return {name: expected for expected, name in (line.split() for line in lines)}
