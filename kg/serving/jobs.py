"""What a server has to read: one ingest at a time, the others wait in line, each a job that can be watched.

What was taken waits in a file of the home until it is done, so a server that is stopped, or killed, goes on with it
when it is back. Of the jobs that have ended, the latest are remembered as long as the server runs.

Jobs that wait behind each other are read together: to read one note costs little more than to look what there is to
do, so who sends a thousand notes one by one waits for a few ingests and not for a thousand. If that fails, each is
read alone, so none fails for what another sent.
"""

from __future__ import annotations

import errno
import logging
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from kg.errors import KgError, NotFoundError, ServerBusyError, StoreLockedError, StoreUnreachableError
from kg.home.folder import Home
from kg.ingest.orders import Order
from kg.ingest.posted import check_posted
from kg.serving.job import STATES, Job, JobEndedError, State
from kg.serving.orders import NotNowError, Orders

__all__ = ["Ingesting", "Jobs"]

_logger = logging.getLogger(__name__)

_MOST_WAITING = 1000
_TOGETHER = 1000
"""Notes of several jobs that are read at once; one job may have more."""
_REMEMBERED = 2000
"""More than can end together, so whoever waits for one learns of its end."""
_FAILURES = 200
"""Failures of one report that are kept, and notices; of the latest jobs only."""
_WITH_FAILURES = 100
_RETRY_SECONDS = 1.0
"""From one try to the next while another process has the store."""
_LATER_SECONDS = 10.0
"""From one try to the next while the home cannot be written, or the server of the store does not answer."""
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""What this machine may have again later: files, memory, processes, a disk."""
_MOMENT = "%Y%m%dT%H%M%S%f"
_MOMENT_CHARACTERS = 21
"""Of an id, which begins with the moment: ids in order are jobs in order."""


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
        self._home, self._orders, self._ingesting = home, Orders(home), ingesting
        self._now, self._settle = now, settle
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}
        self._watchers: list[Callable[[Sequence[Job]], None]] = []
        self._cancelled: set[str] = set()
        self._alone: set[str] = set()  # those that failed together
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._thread: threading.Thread | None = None
        self._is_started = self._is_stopping = False
        with self._changed:
            for name in self._orders.names():
                self._take_up(name)

    def _take_up(self, name: str) -> None:
        try:
            order = self._orders.read(name)
        except (KgError, OSError) as error:
            _logger.error("%s", error)
            return
        self._latest = max(self._latest, _moment_of(name))
        self._put(_job(name, order, self._time()))

    def when_ended(self, watcher: Callable[[Sequence[Job]], None]) -> None:
        """Have a function called with the jobs that have ended together."""
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
            ConfigError: what is sent can be kept nowhere, and what to do about that.
        """
        check_posted(self._home)
        moment = self._now()
        with self._changed:
            waiting = sum(not job.has_ended for job in self._jobs.values())
            if waiting >= _MOST_WAITING:
                raise ServerBusyError(0, f"{waiting} ingests wait already")
            name = self._name(moment)
        self._orders.write(name, order)  # without the lock: a slow disk is not to stop those who only look
        with self._changed:
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
            if job.state == "running":
                self._cancelled.add(name)
                while self._get(name).state == "running" and not self._is_stopping:
                    self._ingesting.interrupt()  # again, if it had not begun
                    self._changed.wait(_RETRY_SECONDS)
                return self._get(name)
            if job.has_ended and job.state != "cancelled":
                raise JobEndedError(job)
            if job.has_ended:
                return job
            ended = self._end([job], state="cancelled")
        self._tell(ended)
        return ended[0]

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
        self._changed.notify_all()
        return job

    def _change(self, job: Job, **parts: Any) -> Job:
        return self._put(replace(job, **parts, version=job.version + 1))

    def _begin(self) -> None:
        if self._is_started and self._thread is None and not self._is_stopping:
            self._thread = threading.Thread(target=self._work, name="ingest", daemon=True)
            self._thread.start()

    def _name(self, moment: datetime) -> str:
        """Return an id after all others, though the clock may have been set back."""
        self._latest = max(moment, self._latest + timedelta(microseconds=1))
        return f"{self._latest:{_MOMENT}}-{secrets.token_hex(4)}"

    def _next(self) -> list[Job]:
        """Return the first job that waits, and those behind it that can be read with it.

        A look at all folders may take long: what is before it does not wait for that.
        """
        found, notes = list[Job](), 0
        for job in sorted((job for job in self._jobs.values() if job.state == "waiting"), key=lambda job: job.id):
            notes += job.notes + job.removed
            if found and (notes > _TOGETHER or job.refresh or job.id in self._alone):
                break
            found.append(job)
            if job.id in self._alone:
                break
        return found

    def _end(self, jobs: Iterable[Job], **parts: Any) -> list[Job]:
        found = [self._change(self._get(job.id), ended=self._time(), **parts) for job in jobs]
        self._orders.delete(job.id for job in found)
        for job in found:
            self._jobs[job.id] = self._jobs.pop(job.id)  # in the order in which they ended
            self._cancelled.discard(job.id)
            self._alone.discard(job.id)
        ended = [name for name, each in self._jobs.items() if each.has_ended]
        for name in ended[: max(0, len(ended) - _REMEMBERED)]:
            del self._jobs[name]
        for name in ended[max(0, len(ended) - _REMEMBERED) : max(0, len(ended) - _WITH_FAILURES)]:
            self._jobs[name] = replace(self._jobs[name], report=_bounded(self._jobs[name].report, 0))
        return found

    # --- the thread that works

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopping or self._next())
                if self._is_stopping:
                    return
                found = self._next()
                jobs = [
                    self._change(
                        job,
                        state="running", started=job.started or self._time(), waits_for=None, together=len(found),
                    )
                    for job in found
                ]  # fmt: skip
            self._run(jobs)

    def _run(self, jobs: Sequence[Job]) -> None:
        def progress(done: int, total: int) -> None:
            with self._changed:
                for job in jobs:
                    self._change(self._get(job.id), done=done, total=total)

        parts: dict[str, Any]
        try:
            for job in jobs:
                self._orders.place(job.id)
            files = [] if any(job.refresh for job in jobs) else self._orders.files(job.id for job in jobs)
            parts = {"state": "done", "report": _bounded(self._ingesting.run(files, progress), _FAILURES)}
        except StoreLockedError as error:
            self._put_back(jobs, error.owner, _RETRY_SECONDS)
            return
        except (NotNowError, StoreUnreachableError) as error:
            _logger.error("the job %s waits: %s", jobs[0].id, error)
            self._put_back(jobs, str(error), _LATER_SECONDS)
            return
        except KgError as error:
            parts = {"state": "failed", "error": error}
        except Exception as error:
            if isinstance(error, OSError) and error.errno in _SCARCE:
                _logger.error("the job %s waits: %s", jobs[0].id, error)
                self._put_back(jobs, str(error), _LATER_SECONDS)
                return
            _logger.error("the job %s failed by a mistake of ours", jobs[0].id, exc_info=error)
            parts = {"state": "failed", "error": KgError(f"The server made a mistake: {type(error).__name__}.")}
        if parts["state"] == "failed" and self._goes_on(jobs):
            return
        if parts["state"] == "done":
            self._show(jobs)
        with self._changed:
            ended = self._end(jobs, **parts)
        self._tell(ended)

    def _show(self, jobs: Sequence[Job]) -> None:
        """Have whoever asks from now on find what was read; it is in the store, whatever becomes of this."""
        try:
            self._settle()
        except Exception as error:  # the next change shows it too
            _logger.error("what the job %s has read is not shown yet", jobs[0].id, exc_info=error)

    def _goes_on(self, jobs: Sequence[Job]) -> bool:
        """Tell of jobs that failed whether that is not yet their end, and see to what is then to be done."""
        with self._changed:
            if self._cancelled.isdisjoint(job.id for job in jobs):
                if self._is_stopping:
                    return True  # they were ended with the server; their orders stay for the next one
                if len(jobs) == 1:
                    return False
                self._alone.update(job.id for job in jobs)
        self._return(jobs)
        return True

    def _put_back(self, jobs: Sequence[Job], waits_for: str, seconds: float) -> None:
        """Have jobs wait at the head of the line for what they need."""
        gone = self._return(jobs, waits_for)
        with self._changed:
            if len(gone) < len(jobs):
                self._changed.wait_for(lambda: self._is_stopping, seconds)

    def _return(self, jobs: Sequence[Job], waits_for: str | None = None) -> Sequence[Job]:
        """Have jobs wait again; end those that were cancelled meanwhile, and return them."""
        with self._changed:
            gone = [job for job in jobs if job.id in self._cancelled]
            for job in jobs:
                if job not in gone:
                    self._change(self._get(job.id), state="waiting", waits_for=waits_for, together=1, done=0, total=0)
            gone = self._end(gone, state="cancelled")
        self._tell(gone)
        return gone

    def _tell(self, jobs: Sequence[Job]) -> None:
        for watcher in self._watchers if jobs else ():
            try:
                watcher(jobs)
            except Exception as error:  # the line goes on whatever becomes of a log
                _logger.error("what follows the job %s failed", jobs[0].id, exc_info=error)

    def _time(self) -> str:
        return _written(self._now())


def _job(name: str, order: Order, created: str) -> Job:
    return Job(name, len(order.notes), len(order.remove), order.refresh, order.by, created)


def _moment_of(name: str) -> datetime:
    """Return the moment that an id begins with, the first there is where it begins otherwise."""
    try:
        return datetime.strptime(name[:_MOMENT_CHARACTERS], _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _bounded(report: Mapping[str, Any] | None, most: int) -> Mapping[str, Any] | None:
    """Return a report that lists no more failures and notices than so many, and says how many it leaves out."""
    if report is None:
        return None
    cut = dict(report)
    for name in ("failures", "notices"):
        listed = report.get(name, ())
        if len(listed) > most:
            cut |= {name: listed[:most], f"{name}_left_out": report.get(f"{name}_left_out", 0) + len(listed) - most}
    return cut


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
