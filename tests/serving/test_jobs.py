"""The line of ingests: one at a time, in order, and nothing that was taken is lost."""

from __future__ import annotations

import errno
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest

from kg.errors import (
    ExtractionError,
    KgError,
    NotFoundError,
    ServerBusyError,
    StoreError,
    StoreLockedError,
    StoreUnreachableError,
)
from kg.home import Home, create_home
from kg.ingest.orders import Order, read_order
from kg.ingest.posted import keep_posted, posted_line, posted_name
from kg.serving.job import Job, JobEndedError
from kg.serving.jobs import Jobs

REPORT = {"notes": {"added": 1}, "seconds": 0.1, "failures": []}
SOON = 10.0


class Reading:
    """Reads nothing, but as slowly and as badly as told: an `Ingesting` for what happens around it."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.go_on, self.begun, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.errors: list[Exception] = []
        self.go_on.set()

    def run(self, files: Sequence[str], progress: Callable[[int, int], None]) -> Mapping[str, Any]:
        self.asked.append(list(files))
        self.ended.clear()
        progress(1, 2)
        self.begun.set()
        self.go_on.wait(SOON)
        if self.ended.is_set():
            self.ended.clear()
            raise ExtractionError("notes", "the process ended")
        if self.errors:
            raise self.errors.pop(0)
        return REPORT

    def interrupt(self) -> None:
        self.ended.set()
        self.go_on.set()

    close = interrupt

    def hold(self) -> None:
        """Have the next one take until `go_on` is set."""
        self.go_on.clear()
        self.begun.clear()


def clock() -> Callable[[], datetime]:
    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number) for number in range(10_000))
    return lambda: next(moments)


@contextmanager
def line(folder: Path, reading: Reading, settle: Callable[[], None] = lambda: None) -> Iterator[Jobs]:
    home = Home(folder)
    create_home(home)
    jobs = Jobs(home, reading, clock(), settle)
    try:
        yield jobs
    finally:
        jobs.close()


def order(*identifiers: str, remove: Sequence[str] = (), refresh: bool = False) -> Order:
    lines = dict(posted_line({"id": each, "text": f"Text of {each}."}, "notes") for each in identifiers)
    return Order(lines, tuple(remove), refresh, "ann")


def ended(jobs: Jobs, job: Job) -> Job:
    for _ in range(100):
        if job.has_ended:
            return job
        job = jobs.wait(job, SOON / 10)
    raise AssertionError(job)


def orders(folder: Path) -> list[str]:
    return sorted(path.name for path in Home(folder).waiting.glob("*"))


def test_ingests_run_one_after_the_other(tmp_path: Path) -> None:
    reading = Reading()
    reading.hold()
    with line(tmp_path, reading) as jobs:
        first = jobs.add(order("a"))
        assert (first.state, orders(tmp_path)) == ("waiting", [f"{first.id}.order"])
        assert reading.asked == []  # nothing before the start
        jobs.start()
        assert reading.begun.wait(SOON)
        second = jobs.add(order("b", remove=["a"]))
        assert (jobs.get(first.id).state, jobs.get(second.id).state) == ("running", "waiting")
        assert (jobs.get(first.id).done, jobs.get(first.id).total) == (1, 2)
        assert jobs.count() == {"waiting": 1, "running": 1, "done": 0, "failed": 0, "cancelled": 0}
        reading.go_on.set()
        assert ended(jobs, second).report == REPORT
        assert [job.id for job in jobs.all()] == [second.id, first.id]
        assert [job.id for job in jobs.all("done")] == [second.id, first.id]
    assert reading.asked == [[posted_name("a")], [posted_name("b"), posted_name("a")]]
    assert orders(tmp_path) == []
    assert [path.name for path in Home(tmp_path).posted.iterdir()] == [posted_name("b")]


def test_a_refresh_looks_at_everything(tmp_path: Path) -> None:
    reading = Reading()
    with line(tmp_path, reading) as jobs:
        jobs.start()
        ended(jobs, jobs.add(order("a", refresh=True)))
    assert reading.asked == [[]]


def test_what_waits_can_be_cancelled_and_leaves_nothing(tmp_path: Path) -> None:
    reading = Reading()
    reading.hold()
    with line(tmp_path, reading) as jobs:
        jobs.start()
        running = jobs.add(order("a"))
        assert reading.begun.wait(SOON)
        waiting = jobs.add(order("b"))
        assert jobs.cancel(waiting.id).state == "cancelled"
        assert jobs.cancel(waiting.id).state == "cancelled"
        reading.go_on.set()
        assert ended(jobs, running).state == "done"
        with pytest.raises(JobEndedError, match="is done"):
            jobs.cancel(running.id)
        with pytest.raises(NotFoundError, match="No job 'none'"):
            jobs.cancel("none")
    assert reading.asked == [[posted_name("a")]]
    assert not (Home(tmp_path).posted / posted_name("b")).exists()


def test_what_runs_can_be_cancelled_and_is_kept_for_the_next(tmp_path: Path) -> None:
    reading = Reading()
    reading.hold()
    with line(tmp_path, reading) as jobs:
        jobs.start()
        job = jobs.add(order("a"))
        assert reading.begun.wait(SOON)
        assert jobs.cancel(job.id).state == "cancelled"
        assert ended(jobs, jobs.add(order("b"))).state == "done"
    assert (Home(tmp_path).posted / posted_name("a")).exists()
    assert orders(tmp_path) == []


def test_a_job_that_fails_says_why_and_the_next_one_runs(tmp_path: Path) -> None:
    reading = Reading()
    reading.errors = [ExtractionError("a.md", "is too long"), ZeroDivisionError("ours")]
    with line(tmp_path, reading) as jobs:
        jobs.start()
        found = [ended(jobs, jobs.add(order(each))) for each in "abc"]
    assert [job.state for job in found] == ["failed", "failed", "done"]
    assert str(found[0].error) == "a.md: is too long"
    assert isinstance(found[1].error, KgError) and "mistake" in str(found[1].error)


def test_a_job_waits_for_whoever_has_the_store(tmp_path: Path) -> None:
    reading = Reading()
    reading.errors = [StoreLockedError("store", "`kg ingest` (pid 7)", 10.0)]
    with line(tmp_path, reading) as jobs:
        job = jobs.add(order("a"))
        seen = []
        jobs.start()
        while not job.has_ended:
            seen.append((job.state, job.waits_for))
            job = jobs.wait(job, SOON)
    assert ("waiting", "`kg ingest` (pid 7)") in seen
    assert (job.state, len(reading.asked), job.waits_for) == ("done", 2, None)


def test_what_is_cancelled_as_it_finds_the_store_taken_does_not_begin_again(tmp_path: Path) -> None:
    class Locked(Reading):
        def interrupt(self) -> None:
            self.go_on.set()

    reading = Locked()
    reading.errors = [StoreLockedError("store", "`kg ingest` (pid 7)", 10.0)]
    reading.hold()
    with line(tmp_path, reading) as jobs:
        jobs.start()
        job = jobs.add(order("a"))
        assert reading.begun.wait(SOON)
        assert jobs.cancel(job.id).state == "cancelled"
        assert ended(jobs, jobs.add(order("b"))).state == "done"
    assert reading.asked == [[posted_name("a")], [posted_name("b")]]


def test_the_next_server_goes_on_with_what_the_last_one_took(tmp_path: Path) -> None:
    reading = Reading()
    reading.hold()
    with line(tmp_path, reading) as jobs:
        jobs.start()
        running = jobs.add(order("a"))
        assert reading.begun.wait(SOON)
        waiting = jobs.add(order("b", remove=["c"]))
    left = orders(tmp_path)
    assert left == [f"{running.id}.order", f"{waiting.id}.order"]
    (Home(tmp_path).waiting / "20250101-damaged.order").write_bytes(b"nonsense")
    again = Reading()
    with line(tmp_path, again) as jobs:
        assert [(job.id, job.state, job.by) for job in jobs.all()] == [
            (waiting.id, "waiting", "ann"),
            (running.id, "waiting", "ann"),
        ]
        jobs.start()
        assert ended(jobs, jobs.get(waiting.id)).state == "done"
    assert again.asked == [[posted_name("a"), posted_name("b"), posted_name("c")]]


def test_who_follows_is_told_of_each_end_after_the_graph_is_settled(tmp_path: Path) -> None:
    told: list[str] = []
    reading = Reading()
    with line(tmp_path, reading, lambda: told.append("settled")) as jobs:
        jobs.when_ended(lambda ended: json.loads("{"))  # one that fails is none of the others' business
        jobs.when_ended(lambda ended: told.extend(job.state for job in ended))
        jobs.start()
        ended(jobs, jobs.add(order("a")))
        reading.errors = [ExtractionError("a", "b")]
        ended(jobs, jobs.add(order("b")))
    assert told == ["settled", "done", "failed"]


def test_long_lists_of_failures_are_cut_and_say_so(tmp_path: Path) -> None:
    reading = Reading()
    long = {**REPORT, "failures": [{"path": str(number)} for number in range(1500)]}
    reading.run = lambda files, progress: long  # type: ignore[method-assign]
    with line(tmp_path, reading) as jobs:
        jobs.start()
        report = ended(jobs, jobs.add(order("a"))).report
    assert report is not None
    assert (len(report["failures"]), report["failures_left_out"]) == (200, 1300)


def test_whoever_waits_is_woken_when_the_server_stops(tmp_path: Path) -> None:
    with line(tmp_path, Reading()) as jobs:
        job = jobs.add(order("a"))
        waiter = threading.Thread(target=jobs.wait, args=(job, 60.0))
        waiter.start()
        jobs.stop()
        waiter.join(SOON)
        assert not waiter.is_alive()


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.serving.jobs._REMEMBERED", 100)
    with line(tmp_path, Reading()) as jobs:
        waiting = jobs.add(order("first"))
        for _ in range(110):
            jobs.cancel(jobs.add(order(refresh=True)).id)
        assert jobs.count() == {"waiting": 1, "running": 0, "done": 0, "failed": 0, "cancelled": 100}
        assert jobs.all()[-1] == waiting


def test_so_many_wait_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.serving.jobs._MOST_WAITING", 2)
    with line(tmp_path, Reading()) as jobs:
        added = [jobs.add(order(each)) for each in "ab"]
        with pytest.raises(ServerBusyError, match="2 ingests wait already"):
            jobs.add(order("c"))
        jobs.cancel(added[0].id)
        jobs.add(order("c"))


def test_jobs_that_wait_are_read_together_and_the_last_note_of_an_id_is_kept(tmp_path: Path) -> None:
    reading, told = Reading(), list[list[str]]()
    reading.hold()
    with line(tmp_path, reading) as jobs:
        jobs.when_ended(lambda ended: told.append([job.id for job in ended]))
        jobs.start()
        first = jobs.add(order("a"))
        assert reading.begun.wait(SOON)
        others = [jobs.add(order("b")), jobs.add(order("c", remove=["a"])), jobs.add(order("a", "b"))]
        reading.go_on.set()
        found = [ended(jobs, job) for job in others]
    assert [(job.state, job.together, job.report) for job in found] == [("done", 3, REPORT)] * 3
    assert reading.asked == [[posted_name("a")], [posted_name(each) for each in "bca"]]
    assert told == [[first.id], [job.id for job in others]]
    kept = sorted(path.name for path in Home(tmp_path).posted.iterdir())
    assert kept == sorted(posted_name(each) for each in "abc")
    assert orders(tmp_path) == []


def test_only_so_many_notes_are_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.serving.jobs._TOGETHER", 3)
    reading = Reading()
    with line(tmp_path, reading) as jobs:
        added = [jobs.add(order(*each)) for each in ("ab", "cd", "e", "fghij")]
        jobs.start()
        assert [ended(jobs, job).together for job in added] == [1, 2, 2, 1]
    assert [len(files) for files in reading.asked] == [2, 3, 5]


def test_a_refresh_among_them_looks_at_everything(tmp_path: Path) -> None:
    reading = Reading()
    with line(tmp_path, reading) as jobs:
        added = [jobs.add(order("a")), jobs.add(order(refresh=True)), jobs.add(order("b"))]
        jobs.start()
        assert [ended(jobs, job).state for job in added] == ["done"] * 3
    assert reading.asked == [[posted_name("a")], []]  # what comes before a long look is not held up by it
    assert len(list(Home(tmp_path).posted.iterdir())) == 2


def test_what_fails_together_is_read_alone_so_each_fails_for_itself(tmp_path: Path) -> None:
    reading = Reading()
    reading.errors = [ExtractionError("notes", "b is poison")]
    with line(tmp_path, reading) as jobs:
        added = [jobs.add(order(each)) for each in "abc"]
        original = reading.run

        def run(files: Sequence[str], progress: Callable[[int, int], None]) -> Mapping[str, Any]:
            if files == [posted_name("b")]:
                reading.errors = [ExtractionError("notes", "b is poison")]
            return original(files, progress)

        reading.run = run  # type: ignore[method-assign]
        jobs.start()
        found = [ended(jobs, job) for job in added]
    assert [(job.state, job.together) for job in found] == [("done", 1), ("failed", 1), ("done", 1)]
    assert [len(files) for files in reading.asked] == [3, 1, 1, 1]


def test_who_cancels_one_of_those_read_together_ends_only_that(tmp_path: Path) -> None:
    reading = Reading()
    reading.hold()
    with line(tmp_path, reading) as jobs:
        added = [jobs.add(order(each)) for each in "abc"]
        jobs.start()
        assert reading.begun.wait(SOON)
        assert jobs.cancel(added[1].id).state == "cancelled"
        assert [ended(jobs, job).state for job in added] == ["done", "cancelled", "done"]
    assert reading.asked == [[posted_name(each) for each in "abc"], [posted_name("a"), posted_name("c")]]
    assert orders(tmp_path) == []


def test_who_cancels_what_is_about_to_begin_does_not_wait_for_its_end(tmp_path: Path) -> None:
    class Late(Reading):
        calls = 0

        def interrupt(self) -> None:
            self.calls += 1
            if self.calls > 1:  # at the first call the process has not begun, so nothing is ended by it
                super().interrupt()

        close = Reading.interrupt

    reading = Late()
    reading.hold()
    with line(tmp_path, reading) as jobs:
        jobs.start()
        job = jobs.add(order("a"))
        assert reading.begun.wait(SOON)
        assert jobs.cancel(job.id).state == "cancelled"


def test_nothing_is_lost_while_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.serving.jobs._LATER_SECONDS", 0.05)
    full = StoreError("Cannot use the home: No space left on device.")
    has_room = threading.Event()

    def keep(home: Home, lines: Mapping[str, bytes]) -> None:
        if not has_room.is_set():
            raise full
        keep_posted(home, lines)

    monkeypatch.setattr("kg.serving.orders.keep_posted", keep)
    reading = Reading()
    with line(tmp_path, reading) as jobs:
        job, seen = jobs.add(order("a")), list[tuple[str, str | None]]()
        jobs.start()
        while not job.has_ended:
            seen.append((job.state, job.waits_for))
            if seen[-1] == ("waiting", str(full)):
                has_room.set()
            job = jobs.wait(job, SOON)
    assert job.state == "done"
    assert (Home(tmp_path).posted / posted_name("a")).exists()


def test_a_store_on_a_server_that_does_not_answer_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.serving.jobs._LATER_SECONDS", 0.05)
    reading = Reading()
    reading.errors = [StoreUnreachableError("bolt://a", "no answer", "Start it.")]
    with line(tmp_path, reading) as jobs:
        jobs.start()
        assert ended(jobs, jobs.add(order("a"))).state == "done"
    assert len(reading.asked) == 2


def test_an_order_that_cannot_be_removed_does_not_stop_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(30, "Read-only file system")

    reading = Reading()
    with line(tmp_path, reading) as jobs:
        jobs.start()
        monkeypatch.setattr(Path, "unlink", refuse)
        assert [ended(jobs, jobs.add(order(each))).state for each in "ab"] == ["done", "done"]
        monkeypatch.undo()
        assert len(orders(tmp_path)) == 2
        assert ended(jobs, jobs.add(order("c"))).state == "done"
    assert "its file stays: [Errno 30] Read-only file system" in caplog.text
    assert orders(tmp_path) == []


def test_what_was_read_is_done_though_it_cannot_be_shown_yet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def settle() -> None:
        raise StoreError("Cannot use the home: No space left on device.")

    reading = Reading()
    with line(tmp_path, reading, settle) as jobs:
        added = [jobs.add(order(each)) for each in "ab"]
        jobs.start()
        assert [(ended(jobs, job).state, ended(jobs, job).report) for job in added] == [("done", REPORT)] * 2
    assert len(reading.asked) == 1
    assert "is not shown yet" in caplog.text


@pytest.mark.parametrize("where", ["the order", "the process"])
def test_what_this_machine_lacks_for_a_moment_ends_no_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr("kg.serving.jobs._LATER_SECONDS", 0.05)
    lacks = [OSError(errno.EMFILE, "Too many open files")]
    reading = Reading()
    if where == "the process":
        reading.errors = list[Exception](lacks)
    else:
        read = read_order
        monkeypatch.setattr("kg.serving.orders.read_order", lambda path: _raise(lacks.pop()) if lacks else read(path))
    with line(tmp_path, reading) as jobs:
        added = [jobs.add(order(each)) for each in "ab"]
        jobs.start()
        assert [ended(jobs, job).state for job in added] == ["done"] * 2
    assert sorted(path.name for path in Home(tmp_path).posted.iterdir()) == sorted(map(posted_name, "ab"))


def _raise(error: Exception) -> NoReturn:
    raise error


def test_only_the_latest_jobs_list_their_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.serving.jobs._WITH_FAILURES", 1)
    reading = Reading()
    long = {**REPORT, "failures": [{"path": "a"}, {"path": "b"}], "notices": ["c"] * 250}
    reading.run = lambda files, progress: long  # type: ignore[method-assign]
    with line(tmp_path, reading) as jobs:
        jobs.start()
        first = ended(jobs, jobs.add(order("a")))
        assert first.report is not None and len(first.report["failures"]) == 2
        assert (len(first.report["notices"]), first.report["notices_left_out"]) == (200, 50)
        ended(jobs, jobs.add(order("b")))
        later = jobs.get(first.id).report
    assert later is not None
    assert (later["failures"], later["failures_left_out"], later["notices_left_out"]) == ([], 2, 250)


def test_what_is_sent_later_is_read_later_though_the_clock_was_set_back(tmp_path: Path) -> None:
    moments = iter([datetime(2026, 1, 2, tzinfo=UTC)] + [datetime(2026, 1, 1, tzinfo=UTC)] * 100)
    home = Home(tmp_path)
    create_home(home)
    first = Jobs(home, Reading(), lambda: next(moments), lambda: None)
    added = [first.add(order("a")), first.add(order("a"))]
    first.close()
    second = Jobs(home, Reading(), lambda: next(moments), lambda: None)
    added.append(second.add(order("a")))
    assert [job.id for job in second.all()] == sorted((job.id for job in added), reverse=True)
    assert added[-1].id == second.all()[0].id
    second.close()
