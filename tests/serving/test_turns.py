"""Commands on a home while `kg serve` runs on it: real processes, one store."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.home import Home, find_server, open_for_writing
from kg.home.running import ServerSilentError
from tests.conftest import RunKg
from tests.servers import KG, Server, start_server

COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s <urn:is> ?o } }"
WRITER = """
import os, sys
from pathlib import Path
from kg.home import Home, open_for_writing
with open_for_writing(Home(Path(sys.argv[1])), "kg ingest notes", os.getpid(), 5, long=True) as opened:
    print("ready", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def server(kg: RunKg, home: Path) -> Iterator[Server]:
    assert kg("init").code == 0
    with start_server(home) as server:
        yield server


def insert(number: int) -> str:
    return f"INSERT DATA {{ <urn:{number}> <urn:is> {number} }}"


def count(kg: RunKg) -> int:
    run = kg("sparql", COUNT, "--json")
    assert run.code == 0, run.messages
    return int(run.json["results"]["bindings"][0]["n"]["value"])


def served(server: Server) -> int:
    return int(server.select(COUNT)[0]["n"])


# --- both see what the other has written


def test_commands_and_server_see_each_others_writes(kg: RunKg, server: Server) -> None:
    assert count(kg) == served(server) == 0
    for number in range(1, 9, 2):
        assert kg("update", insert(number)).code == 0
        assert served(server) == count(kg) == number
        assert server.update(insert(number + 1)).status in (200, 204)
        assert count(kg) == served(server) == number + 1


def test_every_command_goes_on_working(kg: RunKg, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "facts.ttl"
    file.write_text("<urn:1> <urn:is> 1 .\n<urn:2> <http://www.w3.org/2000/01/rdf-schema#label> 'two' .\n")
    assert kg("import", file, "--json").json["added"] == 2
    assert served(server) == 1
    assert server.update(insert(2)).status in (200, 204)
    assert "<urn:2> <urn:is> " in kg("export").text
    assert "two" in kg("show", "urn:2").text
    status = kg("status", "--json").json
    assert (status["server"], status["owner"]) == (server.url, f"`kg serve` (pid {server.process.pid})")
    assert server.url in kg("status").text
    assert kg("forget", "nothing.md").code == 1
    assert kg("init", "--base", "https://example.org/other/").code == 2


@pytest.mark.model
def test_notes_come_and_go_under_the_server(kg: RunKg, server: Server, tmp_path: Path) -> None:
    note = tmp_path / "notes" / "Ada.md"
    note.parent.mkdir()
    note.write_text("---\ntype: person\n---\nAda works for [[Acme]].\n")
    names = "SELECT ?name { ?n a <https://w3id.org/noemata#Note> ; <http://purl.org/dc/terms/title> ?name }"
    assert kg("ingest", note.parent).code == 0
    assert server.select(names) == [{"name": "Ada"}]
    assert kg("forget", "Ada.md").code == 0
    assert server.select(names) == []


def test_writers_of_both_kinds_at_once_lose_nothing(kg: RunKg, home: Path, server: Server) -> None:
    commands = [subprocess.Popen([str(KG), "update", insert(number), "--home", str(home)]) for number in range(4)]
    for number in range(10, 20):
        assert server.update(insert(number)).status in (200, 204)
        assert served(server) >= number - 9
    assert [command.wait(30) for command in commands] == [0] * 4
    assert count(kg) == served(server) == 14


def test_a_server_answers_while_a_command_writes(kg: RunKg, home: Path, server: Server) -> None:
    assert server.update(insert(1)).status in (200, 204)
    with open_for_writing(Home(home), "kg ingest notes", os.getpid(), wait=5):
        assert served(server) == 1
        run = kg("sparql", COUNT)
        assert "`kg ingest notes`" in run.messages
        assert "before it began" in run.messages
    assert server.update(insert(2)).status in (200, 204)
    assert served(server) == 2


def test_a_server_starts_while_a_long_run_writes(kg: RunKg, home: Path) -> None:
    kg("init")
    kg("update", insert(1))
    with subprocess.Popen([sys.executable, "-c", WRITER, str(home)], stdin=-1, stdout=-1, text=True) as writer:
        assert writer.stdout is not None and writer.stdin is not None
        assert writer.stdout.readline() == "ready\n"
        with start_server(home) as server:
            assert served(server) == count(kg) == 1
            writer.communicate("\n")
            assert server.update(insert(2)).status in (200, 204)
            assert served(server) == count(kg) == 2


# --- one server, which can end in any way


def test_a_second_server_is_refused(kg: RunKg, home: Path, server: Server) -> None:
    run = kg("serve", "--port", "0", "--json")
    assert run.code == 4
    assert server.url in run.json["error"]["detail"]
    assert f"pid {server.process.pid}" in run.json["error"]["detail"]


def test_a_killed_server_is_in_nobodys_way(kg: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_STORE_LOCK_WAIT_SECONDS", "60")
    kg("init")
    with start_server(home, stops_well=False) as server:
        server.update(insert(1))
        assert count(kg) == 1
        server.process.kill()
        server.process.wait()
        assert (home / "serve.json").exists() and (home / "owner.json").exists() and list(home.glob("checkpoint/*"))
        started = time.monotonic()
        assert count(kg) == 1
        assert kg("update", insert(2)).code == 0
        assert time.monotonic() - started < 20
        assert not (home / "owner.json").exists() and not list(home.glob("checkpoint/*"))
    with start_server(home) as again:
        assert served(again) == count(kg) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_stop_leaves_no_trace(kg: RunKg, home: Path, number: int) -> None:
    kg("init")
    with start_server(home) as server:
        server.update(insert(1))
        assert served(server) == 1
        server.process.send_signal(number)
        assert server.process.wait(60) == 0
    assert sorted(path.name for path in home.iterdir() if path.is_file()) == [
        "audit.log", "kg.toml", "lock", "serve.lock", "token",
    ]  # fmt: skip
    assert not list(home.glob("checkpoint/*"))
    assert count(kg) == 1


@pytest.mark.slow
def test_a_server_that_is_stuck_is_named(kg: RunKg, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_STORE_LOCK_WAIT_SECONDS", "60")
    server.process.send_signal(signal.SIGSTOP)
    try:
        for command in (["sparql", COUNT], ["update", insert(1)]):
            started = time.monotonic()
            run = kg(*command)
            assert run.code == 4
            assert f"`kg serve` (pid {server.process.pid}) at {server.url}, which does not answer" in run.messages
            assert time.monotonic() - started < 20
    finally:
        server.process.send_signal(signal.SIGCONT)


def test_a_damaged_or_stale_record_is_ignored(home: Path, kg: RunKg) -> None:
    kg("init")
    record = {"pid": os.getppid(), "url": "http://127.0.0.1:9", "command": "kg serve", "token": "t"}
    for content in ("", "[]", "{}", '{"pid": 1}', json.dumps(record)):
        (home / "serve.json").write_text(content)
        assert find_server(Home(home)) is None
        assert kg("update", insert(1)).code == 0


# --- starting


def test_a_server_makes_no_home(kg: RunKg, home: Path) -> None:
    run = kg("serve")
    assert run.code == 2
    assert "kg init" in run.messages
    assert not home.exists()


def test_a_port_that_is_taken_is_named(kg: RunKg, home: Path) -> None:
    kg("init")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = kg("serve", "--port", port)
        assert run.code == 2
        assert f"port {port}" in run.messages
        assert "token" not in run.messages and not (home / "token").exists()  # a new one is shown by a start that works
    assert not (home / "serve.json").exists() and not (home / "owner.json").exists()


def test_the_token_is_made_once_told_once_and_its_owners_only(kg: RunKg, home: Path) -> None:
    kg("init")
    umask = os.umask(0)
    try:
        with start_server(home, "--json") as first:
            told = first.messages.read_text()
            assert first.token in told and "Authorization: Bearer" in told
            assert (home / "token").read_text() == f"{first.token}\n"
            modes = {name: stat.S_IMODE((home / name).stat().st_mode) for name in ("token", "serve.json")}
            assert modes == {"token": 0o600, "serve.json": 0o600}
    finally:
        os.umask(umask)
    with start_server(home) as second:
        assert second.token == first.token
        assert first.token not in second.messages.read_text()
        assert str(home / "token") in second.messages.read_text()
    with start_server(home, "--token", "of-this-run") as third:
        assert third.token == "of-this-run"
        assert count(kg) == 0
    assert (home / "token").read_text() == f"{first.token}\n"


@pytest.mark.parametrize("content", [b"", b"one\ntwo\n", b"\xff", b"a=b"])
def test_a_file_that_holds_no_token_is_told(kg: RunKg, home: Path, content: bytes) -> None:
    kg("init")
    (home / "token").write_bytes(content)
    (home / "token").chmod(0o600)
    run = kg("serve", "--port", "0")
    assert run.code == 2
    assert f"{home / 'token'} must hold one token" in run.messages


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_token_that_others_can_read_is_refused(kg: RunKg, home: Path, mode: int) -> None:
    kg("init")
    (home / "token").write_text("secret\n")
    (home / "token").chmod(mode)
    run = kg("serve", "--port", "0")
    assert run.code == 2
    assert f"chmod 600 {home / 'token'}" in run.messages
    assert "secret" not in run.messages


@pytest.mark.parametrize("token", ["", "two words", "käse", "line\nline", "a=b", "=", "a,b", "a:b"])
def test_a_token_that_no_header_can_hold_is_refused(kg: RunKg, token: str) -> None:
    kg("init")
    assert kg("serve", "--token", token).code == 2


def test_turns_need_the_token_even_where_reading_is_open(kg: RunKg, home: Path) -> None:
    kg("init")
    with start_server(home, "--open-reads") as server:
        for route in ("/api/store/checkpoint", "/api/store/lend"):
            for token in (None, "wrong"):
                assert server.request("POST", route, token=token).status == 401
        assert not list(home.glob("checkpoint/*.lock"))
        assert json.loads(server.request("POST", "/api/store/checkpoint").body).keys() == {"folder"}
        assert server.request("POST", "/api/store/lend").status == 204
        assert "can read all notes without the token, those marked private too" in server.messages.read_text()


def test_a_program_that_is_no_server_of_ours_is_told_from_one(home: Path, kg: RunKg, server: Server) -> None:
    record = json.loads((home / "serve.json").read_text())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.listen()
        (home / "serve.json").write_text(json.dumps(record | {"url": f"http://127.0.0.1:{silent.getsockname()[1]}"}))
        found = find_server(Home(home))
        assert found is not None
        answer = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
        with subprocess.Popen([sys.executable, "-c", ANSWER, answer], stdin=silent.fileno()) as program:
            with pytest.raises(ServerSilentError, match="404"):
                found.lend()
            program.wait(60)


ANSWER = """
import os, socket, sys
connection, _ = socket.socket(fileno=0).accept()
connection.recv(65536)
connection.sendall(os.fsencode(sys.argv[1]))
connection.close()
"""
