"""What `kg neo4j` says where it cannot start a server, and what it asks Docker for."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from kg.neo4j_server.jars import deploy_file, neo4j_version
from tests.conftest import RunKg


@pytest.fixture(autouse=True)
def _no_server_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs that is all there is on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}")
    return folder


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_nothing_to_start_one_with(kg: RunKg, programs: Path) -> None:
    up = kg("neo4j", "up")
    assert up.code == 2
    assert "no `docker` is on PATH" in up.messages
    assert "No `java` is on PATH" in up.messages
    assert "NEO4J_URI" in up.messages


def test_old_java_is_named(kg: RunKg, programs: Path) -> None:
    program(programs / "java", "#!/bin/sh\necho 'openjdk version \"1.8.0_392\"' >&2\n")
    up = kg("neo4j", "up")
    assert up.code == 2
    assert "is Java 8" in up.messages
    assert "Java 17" in up.messages


def test_broken_java_is_named(kg: RunKg, programs: Path) -> None:
    program(programs / "java", "#!/bin/sh\necho 'libjvm is missing' >&2\nexit 127\n")
    up = kg("neo4j", "up")
    assert up.code == 2
    assert "libjvm is missing" in up.messages


def test_stopped_docker_and_no_maven(
    kg: RunKg, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs / "docker", "#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    program(programs / "java", "#!/bin/sh\necho 'openjdk version \"21.0.2\"' >&2\n")
    monkeypatch.setattr("kg.neo4j_server.jars.deploy_file", lambda name: tmp_path / name)
    (tmp_path / "pom.xml").write_text(deploy_file("pom.xml").read_text())
    up = kg("neo4j", "up")
    assert up.code == 2
    assert "Cannot connect to the Docker daemon" in up.messages
    assert "No `mvn`" in up.messages


def test_maven_that_brings_something_else(
    kg: RunKg, programs: Path, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs / "java", "#!/bin/sh\necho 'openjdk version \"21.0.2\"' >&2\n")
    program(programs / "mvn", '#!/bin/sh\nfor a; do case "$a" in -Dlib=*) /bin/mkdir "${a#-Dlib=}";; esac; done\n')
    monkeypatch.setattr("kg.neo4j_server.jars._STAMP", ".another")
    up = kg("neo4j", "up")
    assert up.code == 4
    assert "nothing was started" in up.messages
    assert not list((home / "cache").glob("neo4j-*"))


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"neo4j_version": "5.26.9"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def fake_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Something that answers where the next server of a home is to be started."""
    from kg.neo4j_server import running
    from kg.neo4j_server.process import Ports

    with HTTPServer(("127.0.0.1", 0), _Page) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        monkeypatch.setattr(running, "free_ports", lambda: Ports(1, http.server_port))
        monkeypatch.setattr(running, "is_taken", lambda port: False)
        monkeypatch.setattr("kg.neo4j_server.process._speaks_bolt", lambda port: True)
        yield
        http.shutdown()


@pytest.mark.usefixtures("fake_server")
def test_docker_comes_first(kg: RunKg, programs: Path, tmp_path: Path, home: Path) -> None:
    log = tmp_path / "docker.log"
    program(programs / "docker", f'#!/bin/sh\necho "$@" >>{log}\n/usr/bin/env >>{log}\n')
    up = kg("neo4j", "up", "--json")
    assert up.code == 0, up.messages
    assert up.json["how"] == "docker"
    assert up.json["version"] == "5.26.9"
    asked = log.read_text()
    assert "compose -p noemata-" in asked
    assert "up --detach" in asked
    assert f"KG_NEO4J_PASSWORD={up.json['password']}" in asked
    assert f"KG_NEO4J_FOLDER={home / 'neo4j' / 'server'}" in asked
    assert up.json["password"] not in [line for line in asked.splitlines() if line.startswith("compose")][-1]
    assert "answers already" in kg("neo4j", "up").text
    assert kg("neo4j", "down", "--json").json["clean"]
    assert log.read_text().rpartition("compose -p")[2].splitlines()[0].endswith("compose.yaml down")


def test_data_without_its_password(kg: RunKg, home: Path) -> None:
    (home / "neo4j" / "server" / "data" / "databases").mkdir(parents=True)
    up = kg("neo4j", "up")
    assert up.code == 4
    assert str(home / "neo4j" / "server.json") in up.messages


def test_named_server_is_not_stopped(kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    down = kg("neo4j", "down")
    assert down.code == 2
    assert "bolt://127.0.0.1:1" in down.messages
    up = kg("neo4j", "up")
    assert up.code == 4
    assert "bolt://127.0.0.1:1" in up.messages


def test_damaged_record(kg: RunKg, home: Path) -> None:
    record = home / "neo4j" / "server.json"
    record.parent.mkdir(parents=True)
    record.write_text("{")
    up = kg("neo4j", "up")
    assert up.code == 4
    assert str(record) in up.messages


def test_compose_file_keeps_to_this_machine() -> None:
    service = yaml.safe_load(deploy_file("compose.yaml").read_text("utf-8"))["services"]["neo4j"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["image"] == f"neo4j:{'.'.join(neo4j_version().split('.')[:2])}-community", "as Maven brings it"
    assert all(volume.startswith("${KG_NEO4J_FOLDER") for volume in service["volumes"])


def test_docker_reads_the_compose_file(tmp_path: Path) -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True).returncode
    ):
        pytest.skip("there is no `docker compose`")
    variables = {"KG_NEO4J_FOLDER": str(tmp_path), "KG_NEO4J_PASSWORD": "a-password", "KG_NEO4J_BOLT": "17687"}
    command = ["docker", "compose", "-f", str(deploy_file("compose.yaml")), "config", "--format", "json"]
    run = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    service = json.loads(run.stdout)["services"]["neo4j"]
    assert service["environment"]["NEO4J_AUTH"] == "neo4j/a-password"
    published = {(port["host_ip"], port["published"]) for port in service["ports"]}
    assert published == {("127.0.0.1", "7474"), ("127.0.0.1", "17687")}
