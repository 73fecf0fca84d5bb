"""Neo4j in Docker as `kg neo4j` asks for it, with a `docker` that only writes down what it is asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from kg.home import Home, read_server
from kg.home.neo4j_record import Neo4jServer, write_server
from kg.neo4j_server import running
from kg.neo4j_server.jars import deploy_file, neo4j_version
from kg.neo4j_server.process import Ports, memory_settings
from tests.conftest import RunKg
from tests.neo4j_server.conftest import program


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
    with HTTPServer(("127.0.0.1", 0), _Page) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        monkeypatch.setattr(running, "free_ports", lambda: Ports(1, http.server_port))
        monkeypatch.setattr(running, "is_taken", lambda port: False)
        monkeypatch.setattr("kg.neo4j_server.process._speaks_bolt", lambda port: True)
        yield
        http.shutdown()


@pytest.fixture
def docker(programs: Path, tmp_path: Path) -> Path:
    """What Docker was asked for, line by line; beside it `container` is there while the container runs."""
    log, container = tmp_path / "docker.log", tmp_path / "container"
    text = f"""#!/bin/sh
echo "$@" >>{log}
/usr/bin/env >>{log}
case "$*" in
  *" up "*) [ -e {tmp_path}/no-image ] && {{ echo "manifest unknown" >&2; exit 1; }}
            [ -e {tmp_path}/ends ] || : >{container};;
  *" ps "*) [ ! -e {container} ] || echo 1234;;
  *" down") /bin/rm -f {container};;
esac
"""
    program(programs / "docker", text)
    return log


@pytest.mark.usefixtures("fake_server")
def test_docker_comes_first(kg: RunKg, docker: Path, home: Path) -> None:
    up = kg("neo4j", "up", "--json")
    assert up.code == 0, up.messages
    assert up.json["how"] == "docker"
    assert up.json["version"] == "5.26.9"
    asked = docker.read_text()
    assert "compose -p noemata-" in asked
    assert "up --detach" in asked
    assert f"KG_NEO4J_PASSWORD={up.json['password']}" in asked
    assert f"KG_NEO4J_FOLDER={home / 'neo4j' / 'server'}" in asked
    assert "KG_NEO4J_STATEMENT=307m" in asked
    assert not any(up.json["password"] in line for line in asked.splitlines() if line.startswith("compose"))
    assert (home / "neo4j").stat().st_mode & 0o777 == 0o700
    assert "answers already" in kg("neo4j", "up").text
    assert kg("neo4j", "down", "--json").json == {"stopped": True, "clean": True}
    assert docker.read_text().rpartition("compose -p")[2].splitlines()[0].endswith("compose.yaml down")
    assert kg("neo4j", "down", "--json").json == {"stopped": False, "clean": False}


@pytest.mark.usefixtures("fake_server")
def test_container_that_does_not_answer_is_stopped(kg: RunKg, docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kg("neo4j", "up").code == 0
    monkeypatch.setattr("kg.neo4j_server.process._speaks_bolt", lambda port: False)
    assert kg("neo4j", "down", "--json").json["stopped"]
    assert not docker.with_name("container").exists()


@pytest.mark.usefixtures("fake_server")
def test_interrupted_start_leaves_no_container(
    kg: RunKg, docker: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(ports: Ports) -> None:
        assert docker.with_name("container").exists()
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "answers", interrupt)
    assert kg("neo4j", "up").code
    assert not docker.with_name("container").exists()
    found = read_server(Home(home))
    assert found is not None and found.how == ""


def test_without_the_image_java_is_tried(kg: RunKg, docker: Path, home: Path) -> None:
    docker.with_name("no-image").touch()
    up = kg("neo4j", "up")
    assert up.code == 2
    assert "manifest unknown" in up.messages and "No `java` is on PATH" in up.messages
    found = read_server(Home(home))
    assert found is not None and found.how == ""


def test_container_that_ends_at_once(kg: RunKg, docker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker.with_name("ends").touch()
    monkeypatch.setattr(running, "_DOCKER_SECONDS", 0)
    up = kg("neo4j", "up")
    assert up.code == 2
    assert "Neo4j in Docker ended at once" in up.messages


@pytest.mark.usefixtures("fake_server")
def test_password_that_looks_like_an_option_is_replaced(kg: RunKg, docker: Path, home: Path) -> None:
    home.mkdir()
    fake = running.free_ports()  # where the fake one answers
    write_server(Home(home), Neo4jServer("bolt://127.0.0.1:1", "neo4j", "-secret", f"http://127.0.0.1:{fake.http}"))
    up = kg("neo4j", "up", "--json")
    assert up.code == 0, up.messages
    assert up.json["password"].isalnum()


def test_compose_file_keeps_to_this_machine() -> None:
    service = yaml.safe_load(deploy_file("compose.yaml").read_text("utf-8"))["services"]["neo4j"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["image"] == f"neo4j:{neo4j_version()}-community", "as Maven brings it"
    assert all(volume.startswith("${KG_NEO4J_FOLDER") for volume in service["volumes"])


def test_compose_file_shares_out_memory_as_java_does() -> None:
    service = yaml.safe_load(deploy_file("compose.yaml").read_text("utf-8"))["services"]["neo4j"]
    for setting, value in memory_settings(512).items():
        name = "NEO4J_" + setting.replace("_", "__").replace(".", "_")
        assert service["environment"][name].endswith(f":-{value}}}"), setting


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
