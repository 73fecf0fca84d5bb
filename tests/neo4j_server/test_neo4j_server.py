"""`kg neo4j up|down|status` with a real server, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from kg.home import Home, read_server
from kg.neo4j_server.process import memory_settings
from kg.stores import ServerAddress
from kg.stores.neo4j.driver import Connection
from tests.conftest import RunKg
from tests.neo4j_servers import installation

pytestmark = pytest.mark.neo4j


@pytest.fixture
def server(kg: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunKg]:
    """`kg` on a home whose server is started with this checkout's jars and stopped after the test."""
    jars = installation().jars
    if jars.name != "lib":
        pytest.skip("the server of a home is of the line that the pom names")
    monkeypatch.setenv("KG_NEO4J_MEMORY_MB", "128")
    monkeypatch.setattr("kg.neo4j_server.running.docker_fault", lambda: "not in this test")
    yield kg
    kg("neo4j", "down")


def run(home: Path, text: str) -> list[list[object]]:
    found = read_server(Home(home))
    assert found is not None
    with Connection(ServerAddress(found.uri, found.username, found.password, "neo4j")) as connection:
        return connection.run(text)


def test_killed_and_started_again(server: RunKg, home: Path) -> None:
    assert server("neo4j", "status").code == 1
    up = server("neo4j", "up", "--json")
    assert up.code == 0, up.messages
    address = up.json
    assert address["how"] == "java"
    assert address["version"].startswith("5.26.")
    record = home / "neo4j" / "server.json"
    assert record.stat().st_mode & 0o777 == 0o600
    assert record.parent.stat().st_mode & 0o777 == 0o700
    with urllib.request.urlopen(f"{address['http']}/browser/") as page:
        assert b"Neo4j Browser" in page.read()
    run(home, "CREATE (:Person {name: 'Ada'})")
    told = run(home, "SHOW SETTINGS YIELD name, value WHERE name CONTAINS 'memory' RETURN name, value")
    assert {name: value for name, value in told if name in memory_settings(128)} == {
        "server.memory.pagecache.size": "64.00MiB",
        "server.memory.query_cache.per_db_cache_num_entries": "200",
        "db.memory.transaction.max": "76.00MiB",
    }

    again = server("neo4j", "up")
    assert again.code == 0
    assert "answers already" in again.text
    assert address["password"] in again.text
    assert server("neo4j", "status", "--json").json == address

    found = read_server(Home(home))
    assert found is not None
    assert found.pid is not None
    os.kill(found.pid, signal.SIGKILL)
    psutil.Process(found.pid).wait()
    assert server("neo4j", "status").code == 1
    assert server("neo4j", "up", "--json").json == address, "the same ports and password"
    assert run(home, "MATCH (n:Person) RETURN n.name") == [["Ada"]]

    assert server("neo4j", "down", "--json").json == {"stopped": True, "clean": True}
    assert server("neo4j", "status").code == 1
    assert server("neo4j", "down", "--json").json == {"stopped": False, "clean": False}

    port = int(address["uri"].rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        taken = server("neo4j", "up")
    assert taken.code == 4
    assert f"Port {port}" in taken.messages


def test_log_tells_why_it_ended(server: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_NEO4J_MEMORY_MB", "1")
    ended = server("neo4j", "up")
    assert ended.code == 4
    assert "heap" in ended.messages
    assert str(home / "neo4j" / "server" / "logs" / "console.log") in ended.messages


def test_other_process_with_the_pid_is_left_alone(server: RunKg, home: Path) -> None:
    record = home / "neo4j" / "server.json"
    record.parent.mkdir(parents=True)
    record.write_text(
        '{"uri": "bolt://127.0.0.1:1", "username": "neo4j", "password": "x", "http": "http://127.0.0.1:2", '
        f'"version": "5", "how": "java", "pid": {os.getpid()}, "started": 1.0}}'
    )
    assert server("neo4j", "status").code == 1
    assert server("neo4j", "down").code == 0
