"""The audit log: a line for each change that was asked for, and never a secret."""

from __future__ import annotations

import base64
import json
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api import create_app
from api.audit import AuditLog, LogFile
from kg.home import Home, create_home
from kg.serving.job import Job
from kg.serving.jobs import Jobs
from tests.api.running import BEARER, TOKEN, fetch, running, served_home
from tests.api.test_jobs import site
from tests.serving.test_jobs import Reading, clock

Address = tuple[str, int]


def lines(folder: Path, least: int = 0, name: str = "audit.log") -> list[dict[str, Any]]:
    """Return what a log holds, as soon as it has so many lines: one is written after its answer is sent."""
    path, found = folder / name, list[str]()
    for _ in range(200):
        found = path.read_text("utf-8").splitlines() if path.exists() else []
        if len(found) >= least:
            break
        time.sleep(0.05)
    return [json.loads(line) for line in found]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit") / "home"


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Address]:
    with served_home(folder, **{"serve.log_queries": True}) as service:
        jobs = Jobs(service.home, Reading(), clock(), lambda: None)
        jobs.start()
        with running(create_app(replace(service, jobs=jobs))) as address:
            yield address
        jobs.close()


def test_changes_are_written_down_with_who_and_how_much(served: Address, folder: Path) -> None:
    basic = {"Authorization": "Basic " + base64.b64encode(f"ann:{TOKEN}".encode()).decode()}
    update = b"INSERT DATA { <urn:a> <urn:b> 1, 2 }"
    sparql, delete = {"Content-Type": "application/sparql-update"}, b"DELETE DATA { <urn:a> <urn:b> 1 }"
    assert fetch(served, "POST", "/update", {**basic, **sparql}, update)[0].status == 200
    assert len(lines(folder, 1)) == 1
    assert fetch(served, "POST", "/sparql", {**BEARER, **sparql}, delete)[0].status == 200
    assert len(lines(folder, 2)) == 2
    turtle = {**BEARER, "Content-Type": "text/turtle"}
    assert fetch(served, "PUT", "/data?graph=urn:g", turtle, b"<urn:c> <urn:d> 3 .")[0].status == 201
    assert len(lines(folder, 3)) == 3
    document = {**BEARER, "Content-Type": "application/json"}
    cypher = json.dumps({"statement": "CREATE (:Thing {name: 'x'})", "accessMode": "Write"}).encode()
    assert fetch(served, "POST", "/db/neo4j/query/v2", document, cypher)[0].status == 202
    assert len(lines(folder, 4)) == 4
    sent = json.dumps({"notes": [{"id": "a", "text": "secret"}]}).encode()
    assert fetch(served, "POST", "/api/ingest?wait=1", document, sent)[0].status == 200
    found = lines(folder, 6)
    told = [(each.get("path"), each.get("user"), each.get("status")) for each in found]
    assert told[:4] == [
        ("/update", "ann", 200),
        ("/sparql", "token", 200),
        ("/data", "token", 201),
        ("/db/neo4j/query/v2", "token", 202),
    ]
    assert [each["changed"] for each in found[:3]] == [
        {"added": 2, "removed": 0},
        {"added": 0, "removed": 1},
        {"graph": "urn:g", "added": 1, "removed": 0},
    ]
    assert found[3]["changed"]["added"] >= 2
    assert (found[0]["address"], found[0]["query"]) == ("127.0.0.1", update.decode())
    by_kind = {each.get("action", "request"): each for each in found[4:]}
    assert (by_kind["ingest"]["state"], by_kind["ingest"]["changed"]) == ("done", {"added": 1})
    assert by_kind["request"]["changed"]["job"] == by_kind["ingest"]["job"]
    assert "secret" not in (folder / "audit.log").read_text("utf-8")


def test_what_was_refused_is_in_a_file_of_its_own_and_reading_in_none(served: Address, folder: Path) -> None:
    before = len(lines(folder))
    sparql = {"Content-Type": "application/sparql-update"}
    wrong = {"Authorization": "Bearer wrong-token"}
    assert fetch(served, "POST", "/update", {**wrong, **sparql}, b"DROP ALL")[0].status == 401
    refused = lines(folder, 1, "refused.log")
    assert [(each["path"], each["user"], each["status"]) for each in refused] == [("/update", "", 401)]
    assert stat.S_IMODE((folder / "refused.log").stat().st_mode) == 0o600
    assert fetch(served, "POST", "/update", {**BEARER, **sparql}, b"nonsense")[0].status == 400
    assert fetch(served, "GET", "/query?query=ASK%7B%7D")[0].status == 200
    assert fetch(served, "POST", "/api/store/checkpoint")[0].status == 200
    told = [(each["path"], each["user"], each["status"]) for each in lines(folder, before + 1)[before:]]
    assert told == [("/update", "token", 400)]


def test_nobody_writes_a_line_of_his_own_or_speaks_to_a_terminal(served: Address, folder: Path) -> None:
    before = len(lines(folder))
    path = "/data/a%C2%85%E2%80%A8%C2%9B31m%E2%80%AE%7F%7B%7D"
    assert fetch(served, "DELETE", path)[0].status == 404
    raw = (folder / "audit.log").read_text("utf-8") if len(lines(folder, before + 1)) else ""
    line = raw.splitlines()[before]
    assert json.loads(line)["path"] == "/data/a\x85\u2028\x9b31m\u202e\x7f{}"
    assert len(raw.splitlines()) == before + 1 and line.isprintable()


def test_half_a_character_fails_no_line(tmp_path: Path) -> None:
    LogFile(tmp_path / "audit.log", 1000).write({"query": "\ud800 数"})
    assert json.loads((tmp_path / "audit.log").read_text("utf-8"))["query"] == "\ud800 数"


def test_ingests_that_were_one_say_once_what_they_changed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    create_home(home)
    jobs = [Job(name, 1, 0, False, "ann", "", "done", report={"notes": {"added": 2}}) for name in "ab"]
    AuditLog(home, 10_000).see_jobs(jobs)
    told = [(each["job"], each.get("changed"), each.get("with")) for each in lines(tmp_path)]
    assert told == [("a", {"added": 2}, None), ("b", None, "a")]


def test_the_log_is_its_owners_and_holds_no_token(served: Address, folder: Path) -> None:
    before = len(lines(folder))
    fetch(served, "POST", f"/update?access_token={TOKEN}", {**BEARER, "X-Token": TOKEN})
    assert len(lines(folder, before + 1)) == before + 1
    assert stat.S_IMODE((folder / "audit.log").stat().st_mode) == 0o600
    assert TOKEN not in (folder / "audit.log").read_text("utf-8")


def test_a_full_file_makes_room_and_the_oldest_goes(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "audit.log", 1000)
    for number in range(200):
        log.write({"number": number})
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["audit.log", *(f"audit.log.{number}" for number in range(1, 6))]
    assert max(path.stat().st_size for path in tmp_path.iterdir()) <= 1000
    names = [*(f"audit.log.{number}" for number in range(5, 0, -1)), "audit.log"]
    numbers = [json.loads(line)["number"] for name in names for line in (tmp_path / name).read_text().splitlines()]
    assert numbers == list(range(numbers[0], 200))


def test_a_log_that_cannot_be_written_fails_no_request(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    LogFile(tmp_path / "no" / "audit.log", 1000).write({"number": 1})
    assert "the audit log cannot be written" in caplog.text


def test_there_is_none_where_it_is_off(tmp_path: Path) -> None:
    for most, names in ((0, []), (1, ["audit.log"])):
        with site(tmp_path / str(most), **{"serve.audit_mb": most}) as served:
            served.post({"refresh": True}, "/api/ingest?wait=1")
        assert [path.name for path in (tmp_path / str(most)).glob("audit*")] == names


def test_who_has_no_token_cannot_push_out_what_others_did(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    with served_home(folder) as service, running(create_app(service)) as address:
        assert fetch(address, "DELETE", "/api/jobs/" + "x" * 20_000, {})[0].status == 401
        assert len(lines(folder, 1, "refused.log")[0]["path"]) == 1_000
        assert lines(folder) == []
