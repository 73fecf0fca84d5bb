"""Which Java runs Neo4j, where its jars are, and the command lines that start its programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kg.errors import ConfigError

__all__ = ["LEAST_JAVA", "Installation", "Java", "environment", "find_java"]

LEAST_JAVA = 17
_ASK_SECONDS = 60.0

_FLAGS = ("-XX:+UseSerialGC", "-XX:-UsePerfData", "-Dfile.encoding=UTF-8")
_SHORT = ("-XX:TieredStopAtLevel=1",)
"""Of programs that do not run long enough for more compiling to pay."""
_OPENS = ("java.nio", "java.io", "java.lang", "sun.nio.ch")
"""Packages of java.base that Neo4j reaches into."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that runs here; `version` is its first number."""

    program: Path
    version: int


def find_java(least: int = LEAST_JAVA) -> Java:
    """Return the Java of JAVA_HOME, else the one on PATH.

    Raises:
        ConfigError: there is none, it does not run, or it is older than `least`.
    """
    home = os.environ.get("JAVA_HOME")
    name = "java.exe" if os.name == "nt" else "java"
    found = str(Path(home) / "bin" / name) if home else shutil.which("java")
    where = "JAVA_HOME" if home else "PATH"
    advice = f"Neo4j needs Java {least} or newer; on Debian or Ubuntu: sudo apt install openjdk-17-jre-headless"
    if found is None:
        raise ConfigError(f"No `java` is on PATH. {advice}")
    try:
        run = subprocess.run([found, "-version"], check=False, capture_output=True, text=True, timeout=_ASK_SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"{found}, the Java of {where}, does not run: {error}. {advice}") from error
    said = re.search(r'version "(?:1\.)?(\d+)', run.stderr + run.stdout)
    if run.returncode or said is None:
        last = (run.stderr.strip().splitlines() or [f"exit code {run.returncode}"])[-1]
        raise ConfigError(f"{found}, the Java of {where}, does not run: {last}. {advice}")
    if int(said[1]) < least:
        raise ConfigError(f"{found}, the Java of {where}, is Java {said[1]}. {advice}")
    return Java(Path(found), int(said[1]))


@dataclass(frozen=True, slots=True)
class Installation:
    """A Java and the folder of the jars of one version of Neo4j."""

    java: Path
    jars: Path

    @property
    def version(self) -> str:
        """Return the version of the jars, empty where there are none."""
        names = sorted(path.name for path in self.jars.glob("neo4j-server-*.jar"))
        return names[0].removeprefix("neo4j-server-").removesuffix(".jar") if names else ""

    def server(self, folder: Path, heap_mb: int, flags: tuple[str, ...] = ()) -> list[str]:
        """Return the command line of the server itself, which ends by SIGTERM.

        Args:
            folder: as for `environment`. flags: more of Java's own.
        """
        major = int(self.version.partition(".")[0] or 0)
        main = "org.neo4j.server.CommunityEntryPoint" if major < 2025 else "org.neo4j.server.Neo4jCommunity"
        heap = (f"-Xms{min(heap_mb, 96)}m", f"-Xmx{heap_mb}m")
        arguments = (f"--home-dir={folder}", f"--config-dir={folder / 'conf'}", "--console-mode")
        return [*self._java((*heap, *flags)), main, *arguments]

    def admin(self, *arguments: str, heap_mb: int = 96) -> list[str]:
        """Return the command line of `neo4j-admin`; it needs `environment`.

        Not by its own launcher, which starts a second Java, with a heap that it chooses itself.
        """
        return [*self._java((f"-Xmx{heap_mb}m", *_SHORT)), "org.neo4j.cli.AdminTool", *arguments]

    def _java(self, flags: tuple[str, ...]) -> list[str]:
        opens = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENS]
        return [str(self.java), *_FLAGS, *flags, *opens, "-cp", str(self.jars / "*")]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of Neo4j's programs; `folder` is its NEO4J_HOME with `conf/neo4j.conf`."""
    return {**os.environ, "NEO4J_HOME": str(folder), "NEO4J_CONF": str(folder / "conf")}
