"""What a server has to read: one ingest at a time, the others wait in line, each a job that can be watched.

What was taken waits in a file of the home until it is done, so a server that is stopped, or killed, goes on with it
when it is back. Of the jobs that have ended, the latest are remembered as long as the server runs.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, get_args
from typing import Literal as OneOf

from kg.errors import InputError, KgError, NotFoundError, ServerBusyError, StoreLockedError
from kg.home.folder import Home, file_errors
from kg.ingest.orders import Order, read_order, write_order
from kg.ingest.posted import drop_posted, keep_posted, posted_name

__all__ = ["STATES", "Ingesting", "Job", "JobEndedError", "Jobs", "State"]

_logger = logging.getLogger(__name__)

State = OneOf["waiting", "running", "done", "failed", "cancelled"]
STATES: tuple[State, ...] = get_args(State)
_OPEN = ("waiting", "running")
_SUFFIX = ".order"
_MOST_WAITING = 1000
_REMEMBERED = 100
_FAILURES = 200
"""Failures of one report that are kept."""
_RETRY_SECONDS = 1.0
"""From one try to the next while another process has the store."""


class JobEndedError(InputError):
    """What a job was to do is done already."""

    def __init__(self, job: Job) -> None:
        self.id, self.state = job.id, job.state
        super().__init__(f"The job {job.id} is {job.state}: nothing of it is left to cancel.")


class Ingesting(Protocol):
    """What reads notes for a server. One thread at a time calls `run`; the others are for any thread."""

    def run(self, files: Sequence[str], progress: Callable[[int, int], None]) -> Mapping[str, Any]:
        """Bring the graph up to date with some files of `Home.posted`, and return what `kg ingest --json` does.

        Args:
            files: their names, also of those that are gone; none for all known folders.
            progress: called with the notes that are done and those to do.

        Raises:
            StoreLockedError: another process has the store, and who; nothing was done.
            KgError: why it could not be done. What was read before stays.
        """

    def interrupt(self) -> None:
        """End what runs at once; `run` raises an error. The notes that were read stay."""

    def close(self) -> None:
        """End for good."""


@dataclass(frozen=True, slots=True)
class Job:
    """One ingest, as it is at a moment; `version` counts the changes. Times are in ISO 8601, UTC."""

    id: str
    notes: int
    removed: int
    refresh: bool
    by: str
    created: str
    state: State = "waiting"
    started: str | None = None
    ended: str | None = None
    done: int = 0
    total: int = 0
    waits_for: str | None = None
    """Which other process has the store."""
    report: Mapping[str, Any] | None = None
    error: KgError | None = None
    version: int = 0

    @property
    def has_ended(self) -> bool:
        """Tell whether nothing more will happen to it."""
        return self.state not in _OPEN


class Jobs:
    """The line. Safe for threads.

    What the home still has waiting is taken up again, in order. Nothing is read before `start`.

    Args:
        now: the clock, in UTC.
        settle: called when an ingest is done and before anybody is told, so that whoever asks then finds it.
    """

    def __init__(
        self, home: Home, ingesting: Ingesting, now: Callable[[], datetime], settle: Callable[[], None]
    ) -> None:
        self._folder, self._home, self._ingesting = home.waiting, home, ingesting
        self._now, self._settle = now, settle
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._watchers: list[Callable[[Job], None]] = []
        self._cancelled: set[str] = set()
        self._thread: threading.Thread | None = None
        self._is_started = self._is_stopping = False
        with self._changed:
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                self._take_up(path)

    def _take_up(self, path: Path) -> None:
        try:
            order = read_order(path)
        except KgError as error:
            _logger.error("%s", error)
            return
        self._put(_job(path.stem, order, self._time()))

    def when_ended(self, watcher: Callable[[Job], None]) -> None:
        """Have a function called with each job that has ended."""
        self._watchers.append(watcher)

    def start(self) -> None:
        """Begin to read what waits."""
        with self._changed:
            self._is_started = True
            self._begin()

    def add(self, order: Order) -> Job:
        """Put an ingest at the end of the line; when this returns, it survives the end of the server.

        Raises:
            ServerBusyError: too many wait already. StoreError: it cannot be written down.
        """
        moment = self._now()
        with self._changed:
            waiting = sum(not job.has_ended for job in self._jobs.values())
            if waiting >= _MOST_WAITING:
                raise ServerBusyError(0, f"{waiting} ingests wait already")
            name = f"{moment:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
            with file_errors(self._home):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_order(self._path(name), order)
            job = self._put(_job(name, order, _written(moment)))
            self._begin()
            return job

    def get(self, name: str) -> Job:
        """Return a job as it is now.

        Raises:
            NotFoundError: there is none with that id, or it ended long ago.
        """
        with self._changed:
            return self._get(name)

    def all(self, state: State | None = None) -> Sequence[Job]:
        """Return the jobs, those of a state only, the latest first."""
        with self._changed:
            found = [job for job in self._jobs.values() if state in (None, job.state)]
        return sorted(found, key=lambda job: job.id, reverse=True)

    def count(self) -> Mapping[State, int]:
        """Return how many jobs are in each state."""
        with self._changed:
            states = [job.state for job in self._jobs.values()]
        return {state: states.count(state) for state in STATES}

    def cancel(self, name: str) -> Job:
        """Take a job out of the line, or end it while it runs: what it has read stays, and so does what was sent.

        Raises:
            NotFoundError: there is none with that id. JobEndedError: it has ended, other than by this.
        """
        with self._changed:
            job = self._get(name)
            if job.state == "waiting":
                self._path(name).unlink(missing_ok=True)
                job = self._change(job, state="cancelled", ended=self._time())
            elif job.state == "running":
                self._cancelled.add(name)
                self._ingesting.interrupt()
                self._changed.wait_for(lambda: self._get(name).has_ended or self._is_stopping)
                return self._get(name)
            elif job.state != "cancelled":
                raise JobEndedError(job)
            else:
                return job
        self._tell(job)
        return job

    def wait(self, job: Job, seconds: float) -> Job:
        """Return a job when it is not as it was, or after some seconds, or when the server stops."""
        with self._changed:
            self._changed.wait_for(lambda: self._get(job.id).version != job.version or self._is_stopping, seconds)
            return self._get(job.id)

    @property
    def is_stopping(self) -> bool:
        """Tell whether nothing more is begun."""
        return self._is_stopping

    def stop(self) -> None:
        """Begin nothing more, and wake whoever waits."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()

    def close(self) -> None:
        """End what runs; the next server on the home does it again."""
        self.stop()
        self._ingesting.close()
        if self._thread is not None:
            self._thread.join()

    # --- with the lock

    def _get(self, name: str) -> Job:
        job = self._jobs.get(name)
        if job is None:
            raise NotFoundError("job", name, self._jobs)
        return job

    def _put(self, job: Job) -> Job:
        self._jobs[job.id] = job
        ended = [name for name, each in self._jobs.items() if each.has_ended]
        for name in ended[: max(0, len(ended) - _REMEMBERED)]:
            del self._jobs[name]
        self._changed.notify_all()
        return job

    def _change(self, job: Job, **parts: Any) -> Job:
        return self._put(replace(job, **parts, version=job.version + 1))

    def _begin(self) -> None:
        if self._is_started and self._thread is None and not self._is_stopping:
            self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)
            self._thread.start()

    # --- the thread that works

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping or self._next() is not None)
                job = self._next()
                if self._is_stopping or job is None:
                    return
                job = self._change(job, state="running", started=job.started or self._time(), waits_for=None)
            self._run(job)

    def _next(self) -> Job | None:
        return min((job for job in self._jobs.values() if job.state == "waiting"), key=lambda job: job.id, default=None)

    def _run(self, job: Job) -> None:
        def progress(done: int, total: int) -> None:
            with self._changed:
                self._change(self._get(job.id), done=done, total=total)

        parts: dict[str, Any]
        try:
            files = self._place(read_order(self._path(job.id)))
            parts = {"state": "done", "report": _bounded(self._ingesting.run(files, progress))}
            self._settle()
        except StoreLockedError as error:
            if self._waits_for_store(job, error):
                return
            parts = {"state": "failed", "error": error}
        except KgError as error:
            parts = {"state": "failed", "error": error}
        except Exception as error:
            _logger.error("the job %s failed by a mistake of ours", job.id, exc_info=error)
            parts = {"state": "failed", "error": KgError(f"The server made a mistake: {type(error).__name__}.")}
        with self._changed:
            if parts["state"] == "failed" and job.id in self._cancelled:
                parts = {"state": "cancelled"}
            elif parts["state"] == "failed" and self._is_stopping:
                return  # it was ended with the server; its order stays for the next one
            self._cancelled.discard(job.id)
            self._path(job.id).unlink(missing_ok=True)
            job = self._change(self._get(job.id), ended=self._time(), **parts)
        self._tell(job)

    def _place(self, order: Order) -> list[str]:
        """Put what was sent where every ingest finds it; return the files to look at, none for all."""
        keep_posted(self._home, order.notes)
        names = [posted_name(each) for each in (*order.notes, *order.remove)]
        drop_posted(self._home, names[len(order.notes) :])
        return [] if order.refresh else names

    def _waits_for_store(self, job: Job, error: StoreLockedError) -> bool:
        """Put a job back to the head of the line, and let whoever has the store go on; False for a cancelled one."""
        with self._changed:
            if job.id in self._cancelled:
                return False
            self._change(self._get(job.id), state="waiting", waits_for=error.owner)
            self._changed.wait_for(lambda: self._is_stopping, _RETRY_SECONDS)
            return True

    def _tell(self, job: Job) -> None:
        for watcher in self._watchers:
            try:
                watcher(job)
            except Exception as error:  # the line goes on whatever becomes of a log
                _logger.error("what follows the job %s failed", job.id, exc_info=error)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"

    def _time(self) -> str:
        return _written(self._now())


def _job(name: str, order: Order, created: str) -> Job:
    return Job(name, len(order.notes), len(order.remove), order.refresh, order.by, created)


def _bounded(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a report that lists no more failures than are kept, and says so."""
    failures = report.get("failures", ())
    if len(failures) <= _FAILURES:
        return report
    return {**report, "failures": failures[:_FAILURES], "failures_left_out": len(failures) - _FAILURES}


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
