"""The process in which a server reads notes, as the server sees it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from kg.errors import ExtractionError
from kg.serving.frames import decode_error

__all__ = ["IngestProcess"]


class IngestProcess:
    """Reads notes in a process of its own, which takes turns at the store as every command does.

    So what it costs in time and memory is not the server's. It starts with the first ingest, keeps its language models
    for the next, and ends by itself when there was none for a while. An `Ingesting` of `kg.serving.jobs`.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()  # held while the process is started or ended
        self._running = threading.Lock()  # held while an ingest runs, and reads what the process says
        self._is_closed = False

    def run(self, files: Sequence[str], progress: Callable[[int, int], None]) -> Mapping[str, Any]:
        """Read what some files of posted notes say, what all known folders do without any; as `Ingesting.run`."""
        message = json.dumps(list(files)) + "\n"
        with self._running:
            while True:
                process = self._started()
                answer = _ask(process, message, progress)
                if answer is not None:
                    return answer
                code = process.wait()
                if code or self._is_closed:
                    how = f"exit code {code}" if code > 0 else f"signal {-code}"
                    raise ExtractionError("notes", _ENDED.format(how))

    def interrupt(self) -> None:
        """End the process, and wait until it has."""
        with self._lock:
            self._end()

    def close(self) -> None:
        """End the process for good."""
        with self._lock:
            self._is_closed = True
            self._end()
        with self._running:
            self._close_pipes()

    def _started(self) -> subprocess.Popen[str]:
        with self._lock:
            if self._is_closed:
                raise ExtractionError("notes", _ENDED.format("the end of the server"))
            if self._process is None or self._process.poll() is not None:
                self._close_pipes()
                command = [sys.executable, "-m", "kg.cli.ingest_worker", str(self._home)]
                self._process = subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
                )
            return self._process

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout) if self._process is not None else ():
            with contextlib.suppress(BrokenPipeError):  # of what it did not read any more
                pipe.close()  # type: ignore[union-attr]

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


_ENDED = 'the process that reads them ended ({}); what was sent is kept: {{"refresh": true}} reads it'


def _ask(
    process: subprocess.Popen[str], message: str, progress: Callable[[int, int], None]
) -> Mapping[str, Any] | None:
    """Return the report of an ingest, None where the process has ended.

    Raises:
        KgError: what the process says.
    """
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(message)
        process.stdin.flush()
    for line in process.stdout:
        if not line.endswith("\n"):  # it was killed as it wrote
            break
        told = json.loads(line)
        if "report" in told:
            report: Mapping[str, Any] = told["report"]
            return report
        if "error" in told:
            raise decode_error(json.dumps(told["error"]).encode())
        progress(*told["progress"])
    return None
