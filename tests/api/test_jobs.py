"""`/api/jobs`: what the interface says of the line of ingests, and its events."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from api import create_app
from api.service import Service
from kg.errors import ExtractionError
from kg.home import Home, create_home
from kg.serving.jobs import Jobs
from tests.api.running import BEARER, fetch, running, stand_in
from tests.serving.test_jobs import Reading, clock, ended

Address = tuple[str, int]


@dataclass(frozen=True)
class Site:
    """A served line of ingests, and what does them."""

    address: Address
    jobs: Jobs
    reading: Reading

    def post(self, body: object, path: str = "/api/ingest", **headers: str) -> tuple[int, Any, http.client.HTTPMessage]:
        sent = json.dumps(body).encode()
        response, content = fetch(
            self.address, "POST", path, {**BEARER, "Content-Type": "application/json", **headers}, sent
        )
        return response.status, json.loads(content), response.headers

    def get(self, path: str) -> Any:
        response, content = fetch(self.address, "GET", path)
        return json.loads(content) if response.status == 200 else response.status


@contextmanager
def site(folder: Path, **settings: Any) -> Iterator[Site]:
    home, reading = Home(folder), Reading()
    create_home(home)
    jobs = Jobs(home, reading, clock(), lambda: None)
    jobs.start()
    service: Service = replace(stand_in(**settings), home=home, jobs=jobs)
    try:
        with running(create_app(service)) as address:
            yield Site(address, jobs, reading)
    finally:
        jobs.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("jobs")) as found:
        yield found


def note(identifier: str) -> dict[str, Any]:
    return {"notes": [{"id": identifier, "text": "Text."}]}


def events(address: Address, path: str, **headers: str) -> tuple[int, list[tuple[str, str, Any]]]:
    response, content = fetch(address, "GET", path, {**BEARER, **headers})
    blocks = [block for block in content.decode().split("\n\n") if block and not block.startswith(":")]
    found = [dict(line.split(": ", 1) for line in block.splitlines()) for block in blocks if response.status == 200]
    return response.status, [(each["event"], each["id"], json.loads(each["data"])) for each in found]


def test_what_is_sent_is_a_job_with_an_address(served: Site) -> None:
    status, told, headers = served.post(note("a"))
    assert (status, headers["Location"], told["href"]) == (202, f"/api/jobs/{told['id']}", f"/api/jobs/{told['id']}")
    assert told["state"] in ("waiting", "running", "done")
    ended(served.jobs, served.jobs.get(told["id"]))
    found = served.get(headers["Location"])
    assert (found["state"], found["report"]["notes"], found["error"]) == ("done", {"added": 1}, None)
    assert found["progress"] == {"done": 1, "total": 2}


def test_who_waits_gets_the_report(served: Site) -> None:
    status, told, headers = served.post(note("b"), "/api/ingest?wait=true")
    assert (status, told["state"], told["report"]["notes"]) == (200, "done", {"added": 1})
    assert "Location" not in headers


def test_who_waits_gets_the_error_as_of_any_request(served: Site) -> None:
    served.reading.errors = [ExtractionError("a.md", "is broken")]
    status, told, _ = served.post(note("c"), "/api/ingest?wait=1")
    assert (status, told["type"], told["detail"]) == (500, "urn:noemata:problem:extraction", "a.md: is broken")
    failed = served.get("/api/jobs?state=failed&limit=1")["jobs"][0]
    assert (failed["error"]["status"], failed["error"]["detail"]) == (500, "a.md: is broken")


def test_the_list_has_parts_states_and_tags(served: Site) -> None:
    names = [served.post(note(each), "/api/ingest?wait=true")[1]["id"] for each in "de"]
    first = served.get("/api/jobs?limit=1")
    assert ([job["id"] for job in first["jobs"]], first["total"] >= 2) == ([names[1]], True)
    assert [job["id"] for job in served.get("/api/jobs?limit=1&offset=1")["jobs"]] == [names[0]]
    assert served.get("/api/jobs?state=waiting") == {"jobs": [], "total": 0}
    assert served.get("/api/jobs?state=asleep") == 400
    response, _ = fetch(served.address, "GET", "/api/jobs")
    again, content = fetch(served.address, "GET", "/api/jobs", {**BEARER, "If-None-Match": response.headers["ETag"]})
    assert (again.status, content) == (304, b"")


def test_jobs_are_cancelled_once(served: Site) -> None:
    served.reading.hold()
    running_job = served.post(note("f"))[1]["id"]
    assert served.reading.begun.wait(10)
    waiting = served.post(note("g"))[1]["id"]
    response, content = fetch(served.address, "DELETE", f"/api/jobs/{waiting}")
    assert (response.status, json.loads(content)["state"]) == (200, "cancelled")
    response, content = fetch(served.address, "DELETE", f"/api/jobs/{running_job}")
    assert (response.status, json.loads(content)["state"]) == (200, "cancelled")
    done = served.post(note("h"), "/api/ingest?wait=true")[1]["id"]
    response, content = fetch(served.address, "DELETE", f"/api/jobs/{done}")
    assert (response.status, json.loads(content)["type"]) == (409, "urn:noemata:problem:job-ended")
    assert fetch(served.address, "DELETE", "/api/jobs/none")[0].status == 404
    assert fetch(served.address, "DELETE", f"/api/jobs/{done}", {})[0].status == 401


def test_events_follow_a_job_to_its_end(served: Site) -> None:
    served.reading.hold()
    name = served.post(note("i"))[1]["id"]
    assert served.reading.begun.wait(10)
    threading.Timer(0.3, served.reading.go_on.set).start()
    status, found = events(served.address, f"/api/jobs/{name}/events")
    assert status == 200
    assert [kind for kind, _, _ in found] == ["progress"] * (len(found) - 1) + ["end"]
    assert len(found) >= 2
    assert (found[0][2]["state"], found[0][2]["progress"]) == ("running", {"done": 1, "total": 2})
    assert (found[-1][2]["state"], found[-1][2]["report"]["notes"]) == ("done", {"added": 1})
    assert found[-1][2] == served.get(f"/api/jobs/{name}")
    last = found[-1][1]
    assert events(served.address, f"/api/jobs/{name}/events", **{"Last-Event-ID": last}) == (204, [])
    assert [kind for kind, _, _ in events(served.address, f"/api/jobs/{name}/events")[1]] == ["end"]
    assert events(served.address, "/api/jobs/none/events")[0] == 404


def test_a_question_about_the_events_alone_is_answered_at_once(served: Site) -> None:
    served.reading.hold()
    name = served.post(note("j"))[1]["id"]
    for _ in range(20):  # more than may watch
        response, content = fetch(served.address, "HEAD", f"/api/jobs/{name}/events")
        assert (response.status, content) == (200, b"")
    served.reading.go_on.set()


def test_so_many_watch_and_no_more_and_the_others_are_still_answered(served: Site) -> None:
    served.reading.hold()
    name = served.post(note("k"))[1]["id"]
    assert served.reading.begun.wait(10)
    with ExitStack() as stack:
        for _ in range(12):
            connection = http.client.HTTPConnection(*served.address, timeout=20)
            stack.callback(connection.close)
            connection.request("GET", f"/api/jobs/{name}/events", headers=BEARER)
            assert connection.getresponse().readline() == b"event: progress\n"
        response, _ = fetch(served.address, "GET", f"/api/jobs/{name}/events")
        assert (response.status, response.headers["Retry-After"]) == (503, "2")
        assert fetch(served.address, "GET", "/version")[0].status == 200
        assert served.get("/api/jobs?state=running")["total"] == 1
        served.reading.go_on.set()
    assert ended(served.jobs, served.jobs.get(name)).state == "done"


def test_a_server_that_stops_ends_its_events(tmp_path: Path) -> None:
    with site(tmp_path) as own:
        own.reading.hold()
        name = own.post(note("a"))[1]["id"]
        connection = http.client.HTTPConnection(*own.address, timeout=20)
        connection.request("GET", f"/api/jobs/{name}/events", headers=BEARER)
        response = connection.getresponse()
        assert response.readline() == b"event: progress\n"
        thread = threading.Thread(target=response.read)
        thread.start()
        own.jobs.stop()  # what the server does first when it is told to stop
        thread.join(10)
        assert not thread.is_alive()
        connection.close()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "There is nothing to do"),
        ({"refresh": False}, "There is nothing to do"),
        ([1], "The body is an object"),
        ({"note": []}, "There is no member 'note'. Known: notes, remove, refresh."),
        ({"notes": {}}, "notes must be a list"),
        ({"notes": ["a"]}, "notes, 1: a note is an object"),
        ({"notes": [{"id": "a"}]}, "notes, 1: the note `text` must be a text, not null."),
        ({"notes": [{"id": "a", "text": "b", "title": 5}]}, "`title` must be a text, not 5"),
        ({"notes": [{"id": "", "text": "b"}]}, "`id` must be a text or a whole number"),
        ({"notes": [{"id": "a", "text": "b"}, {"id": "a", "text": "c"}]}, "notes, 2: the id 'a' is that of another"),
        ({"notes": [{"id": "a", "text": "x\0y"}]}, "holds the character U+0000"),
        ({"notes": [{"id": "a", "text": "b"}], "remove": ["a"]}, "among those to read and those to remove"),
        ({"remove": [None]}, "remove, 1: an id is a text or a whole number, not None."),
        ({"refresh": "yes"}, "refresh must be true or false, not 'yes'."),
    ],
)
def test_what_is_wrong_is_said(served: Site, body: object, said: str) -> None:
    before = served.get("/api/jobs")["total"]
    status, told, _ = served.post(body)
    assert status == 400
    assert said in told["detail"]
    assert served.get("/api/jobs")["total"] == before


def test_only_who_may_write_sends_notes(served: Site) -> None:
    body = json.dumps(note("z")).encode()
    response, _ = fetch(served.address, "POST", "/api/ingest", {"Content-Type": "application/json"}, body)
    assert response.status == 401
    assert served.post(note("z"), **{"Content-Type": "text/plain"})[0] == 415
    assert served.post(note("z"), "/api/ingest?wait=maybe")[0] == 400


def test_a_server_that_reads_no_notes_says_so() -> None:
    with running(create_app(stand_in())) as address:
        response, content = fetch(address, "GET", "/api/jobs")
        assert (response.status, json.loads(content)["detail"]) == (404, "This server reads no notes.")
