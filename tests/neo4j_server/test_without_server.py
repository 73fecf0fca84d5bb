"""What `kg neo4j` says where it cannot start a server, and of records and jars that are not right."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.config import load_config
from kg.errors import ConfigError, StoreError
from kg.home import Home
from kg.home.locks import open_lock, try_lock
from kg.home.neo4j_record import Neo4jServer, write_server
from kg.home.owners import Owner, write_owner
from kg.neo4j_server import importing
from kg.neo4j_server.jars import deploy_file, find_jars
from kg.neo4j_server.java import Java
from tests.conftest import RunKg
from tests.neo4j_server.conftest import program


def test_nothing_to_start_one_with(kg: RunKg, programs: Path) -> None:
    up = kg("neo4j", "up")
    assert up.code == 2
    assert "no `docker` is on PATH" in up.messages
    assert "No `java` is on PATH" in up.messages
    assert "NEO4J_URI" in up.messages


@pytest.mark.parametrize("command", [("sparql", "ASK {}"), ("search", "x"), ("ask", "Who is Ada?"), ("status",)])
def test_without_the_driver_every_command_says_which_extra_it_needs(
    kg: RunKg, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    assert kg("init").code == 0
    monkeypatch.setitem(sys.modules, "neo4j", None)
    monkeypatch.setenv("KG_STORE", "neo4j")
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret")
    run = kg(*command)
    assert (run.code, "needs the extra 'neo4j'" in run.messages) == (2, True), run.messages


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


@pytest.mark.parametrize(
    "change",
    [
        {"uri": 7},
        {"uri": "bolt://127.0.0.1:port"},
        {"http": "http://127.0.0.1:99999"},
        {"password": ["hidden"]},
        {"version": None},
        {"pid": "1"},
        {"pid": -1},
        {"pid": True},
        {"started": "now"},
        {"more": 1},
    ],
    ids=str,
)
def test_damaged_record(kg: RunKg, home: Path, change: dict[str, object]) -> None:
    record = home / "neo4j" / "server.json"
    record.parent.mkdir(parents=True)
    right = {"uri": "bolt://127.0.0.1:1", "username": "neo4j", "password": "hidden", "http": "http://127.0.0.1:2"}
    record.write_text(json.dumps(right | change))
    up = kg("neo4j", "up")
    assert up.code == 2
    assert str(record) in up.messages and "hidden" not in up.messages


@pytest.mark.parametrize("text", ["{", "[]", "[" * 100_000, "\udcff"], ids=["half", "list", "deep", "bytes"])
def test_record_that_is_none(kg: RunKg, home: Path, text: str) -> None:
    record = home / "neo4j" / "server.json"
    record.parent.mkdir(parents=True)
    record.write_bytes(text.encode(errors="surrogateescape"))
    up = kg("neo4j", "up")
    assert (up.code, str(record) in up.messages) == (2, True)


def test_password_of_a_named_server_is_not_told(kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Neo4jServer("bolt://127.0.0.1:1", "neo4j", "hidden", "", "5.26.20", "environment")
    monkeypatch.setattr("kg.neo4j_server.running._named", lambda settings: server)
    monkeypatch.setenv("NEO4J_URI", server.uri)
    for word in ("up", "status"):
        assert "hidden" not in kg("neo4j", word).text
        assert kg("neo4j", word, "--json").json["password"] is None


def test_down_says_who_has_the_graph_open(kg: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kg("init", "--store", "neo4j")
    write_owner(Home(home), Owner(os.getpid(), "kg serve"))
    down = kg("neo4j", "down")
    assert (down.code, "`kg serve` (pid" in down.messages) == (0, True)


def test_jars_of_the_wrong_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.neo4j_server.jars.deploy_file", lambda name: tmp_path / name)
    (tmp_path / "pom.xml").write_text("<neo4j>5.26.20</neo4j>")
    (tmp_path / "jars.sha256").write_text("0  neo4j.jar\n")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "neo4j.jar").touch()
    stamp = tmp_path / "lib" / ".complete"
    monkeypatch.setenv("PATH", str(tmp_path))
    home = Home(tmp_path / "home")
    for version in ("", "5.26.19"):
        stamp.write_text(version)
        with pytest.raises(ConfigError, match="mvn"):
            find_jars(home, print)
    stamp.write_text("5.26.20\n")
    assert find_jars(home, print) == tmp_path / "lib"
    (tmp_path / "lib" / "other.jar").touch()
    with pytest.raises(StoreError, match=r"other\.jar"):
        find_jars(home, print)


def test_failed_import_is_told_before_the_failed_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = Neo4jServer("bolt://127.0.0.1:1", "neo4j", "hidden", "http://127.0.0.1:2", how="java")
    home.mkdir()
    write_server(Home(home), server)
    (home / "neo4j" / "copy").mkdir()
    mark = home / "neo4j" / "copy" / "mark.json"
    mark.touch()

    def fail(reason: str) -> Callable[..., None]:
        def run(*_: object) -> None:
            with open_lock(home / "neo4j" / "server.lock") as lock:
                assert not try_lock(lock, exclusive=True)
            raise StoreError(reason)

        return run

    monkeypatch.setattr(importing, "find_running", lambda *_: server)
    monkeypatch.setattr(importing, "find_java", lambda: Java(home, 17))
    monkeypatch.setattr(importing, "find_jars", lambda *_: home)
    monkeypatch.setattr(importing, "run_importer", fail("No space left."))
    monkeypatch.setattr(importing, "start_own", fail("Port 1 is taken."))
    offline = importing.offline_import(Home(home), load_config(None, {}, {}).neo4j, print)
    assert offline is not None
    with pytest.raises(StoreError, match=r"No space left\. .*Port 1 is taken\."):
        offline(())
    assert not mark.exists()
