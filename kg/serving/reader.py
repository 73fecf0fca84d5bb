"""One reader as the server sees it: a process, what it holds, and how long it has worked."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

import psutil

from kg.errors import KgError, QueryCrashError
from kg.ontology import Ontology
from kg.serving.frames import (
    READY,
    Ask,
    AskCypher,
    AskDocument,
    CypherRequest,
    DocumentRequest,
    Plan,
    Rest,
    Setup,
    read_frame,
    write_message,
)
from kg.serving.leases import Lease

__all__ = ["Message", "Reader", "cypher_message", "document_message"]

_Work = Ask | AskCypher | AskDocument | Plan
_LOWER_BY = 10
_LEAST_NICE = 19


class Reader:
    """A reader process. One thread at a time uses it; `kill` and the measures are for any thread.

    Raises:
        OSError: no more processes or open files may be had.
    """

    def __init__(self, setup: Setup) -> None:
        command = [sys.executable, "-m", "kg.serving.worker"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in: BinaryIO = self._process.stdin  # type: ignore[assignment]
        self._out: BinaryIO = self._process.stdout  # type: ignore[assignment]
        self._measured = self._find()
        self._lease: Lease | None = None
        self._reason: KgError | None = None
        self._clock = threading.Lock()
        self._worked = 0.0
        self._waited_since: float | None = None  # since when somebody waits for this reader
        self._begun: float | None = None  # None while it is nobody's
        self._processor_before: float | None = None  # what it had taken when this work was first looked at
        self.is_abandoned: Callable[[], bool] = _is_never_abandoned
        """Tells whether nobody waits for its answer any more."""
        self.processor_seconds = 0.0
        """Processor seconds that it has taken for this work when it was last looked at."""
        self.seconds_allowed: float | None = None
        self.memory = 0
        """Bytes that it took when it was last looked at."""
        self.is_lowered = False
        self.ontology: object = None
        """What the process was told of the home's ontology."""
        self.idle_since = time.monotonic()
        self._send(setup)

    def _find(self) -> psutil.Process:
        """Return what measures the process; one that cannot be measured is ended."""
        try:
            return psutil.Process(self._process.pid)
        except (psutil.Error, OSError) as error:
            with self._process:
                self._process.kill()
            raise OSError(f"the process cannot be looked at: {error}") from error

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    @property
    def lease_number(self) -> int | None:
        """Return the number of the checkpoint that it holds."""
        return None if self._lease is None else self._lease.number

    def is_alive(self) -> bool:
        """Tell whether the process runs and nobody has killed it."""
        return self._reason is None and self._process.poll() is None

    # --- talking

    def start(self) -> None:
        """Wait until the process can be asked.

        Raises:
            QueryCrashError: it ended before. KgError: why it was killed.
        """
        kind, _ = self.receive()
        assert kind == READY

    def begin(self, message: _Work, seconds: float | None, is_abandoned: Callable[[], bool] | None = None) -> None:
        """Send what is to be done; from now on its time counts."""
        with self._clock:
            self._worked, self._waited_since, self._begun = 0.0, None, time.monotonic()
            self._processor_before, self.processor_seconds = None, 0.0
            self.seconds_allowed, self.is_abandoned = seconds, is_abandoned or _is_never_abandoned
        self._send(message)

    def finish(self) -> None:
        """Note that its work is done, so that what held for this work does not hold for the next."""
        with self._clock:
            self._worked, self._begun = 0.0, None
            self.seconds_allowed, self.is_abandoned = None, _is_never_abandoned

    def hold(self, lease: Lease) -> Lease | None:
        """Keep a lease as long as the process reads that checkpoint; return the one before, to be released later."""
        before, self._lease = self._lease, lease
        return before

    def rest(self) -> None:
        """Have the process let go of its checkpoint."""
        self._send(Rest())
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.release()

    def _send(self, message: Setup | _Work | Rest) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has ended; `receive` says why
            write_message(self._in, message)

    def receive(self) -> tuple[bytes, bytes]:
        """Wait for the next frame.

        Raises:
            KgError: why the process was killed. QueryCrashError: it ended by itself.
        """
        with self._clock:
            self._waited_since = started = time.monotonic()
        try:
            frame = read_frame(self._out)
        finally:
            with self._clock:
                self._waited_since = None
                self._worked += time.monotonic() - started
        if frame is None:
            code = self._process.wait()
            raise self._reason or QueryCrashError(_ending(code))
        return frame

    # --- looking after it

    def worked(self) -> float:
        """Return the seconds that somebody has waited for it; while a client takes its time, they stand still."""
        with self._clock:
            waiting = 0.0 if self._waited_since is None else time.monotonic() - self._waited_since
            return self._worked + waiting

    def dawdled(self) -> float:
        """Return the seconds that it has waited for its client."""
        begun = self._begun
        return 0.0 if begun is None else time.monotonic() - begun - self.worked()

    def measure(self) -> None:
        """Look at the memory that it takes, and at its processor time; where that cannot be seen, nothing changes."""
        with contextlib.suppress(psutil.Error, OSError):
            self.memory = self._measured.memory_info().rss
            user, system, *_ = self._measured.cpu_times()
            with self._clock:
                if self._processor_before is None:
                    self._processor_before = user + system
                self.processor_seconds = user + system - self._processor_before

    def lower(self) -> None:
        """Let everybody else go first. Only the superuser could undo that, so the process is not used again."""
        self.is_lowered = True
        with contextlib.suppress(psutil.Error):
            if sys.platform == "win32":
                self._measured.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            else:
                self._measured.nice(min(_LEAST_NICE, self._measured.nice() + _LOWER_BY))

    def kill(self, reason: KgError) -> None:
        """End the process at once; whoever waits for it gets the reason."""
        self._reason = self._reason or reason
        self._process.kill()

    def end(self) -> None:
        """End the process and give its checkpoint back."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._in.close()
        self._out.close()
        lease, self._lease = self._lease, None
        if lease is not None:
            lease.release()


def _is_never_abandoned() -> bool:
    return False


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


Message = Callable[[Reader, Lease], Ask | AskCypher | AskDocument]
"""Returns what a reader is told, of the checkpoint that it shall read."""


def cypher_message(request: CypherRequest, ontology: Ontology) -> Message:
    """Return what tells a reader to run statements; the ontology goes with it if the reader has another."""

    def write(reader: Reader, lease: Lease) -> AskCypher:
        return AskCypher(str(lease.folder), lease.number, _news(reader, ontology), request)

    return write


def document_message(request: DocumentRequest, ontology: Ontology) -> Message:
    """Return what asks a reader for a document; the ontology goes with it as with `cypher_message`."""

    def write(reader: Reader, lease: Lease) -> AskDocument:
        return AskDocument(str(lease.folder), lease.number, _news(reader, ontology), request)

    return write


def _news(reader: Reader, ontology: Ontology) -> Ontology | None:
    new = None if reader.ontology is ontology else ontology
    reader.ontology = ontology
    return new
