"""The process in which a server reads notes: `python -m kg.cli.ingest_worker HOME`.

On standard input comes a line of JSON for each ingest, a list of names in the folder of posted notes, empty for all
known folders. On standard output go lines with `progress`, and at the end one with the `report` or the `error`. It ends
when the server does, also in the middle of its work: a thread of its own waits for the end of standard input.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

import click

from kg.cli.ingesting import Runner
from kg.cli.session import Session
from kg.errors import KgError, StoreLockedError
from kg.home import Home
from kg.serving.frames import encode_error

if sys.platform != "win32":
    import resource

__all__ = ["main"]

_IDLE_SECONDS = 300.0
"""After which it ends, and gives the memory of the language models back."""
_MOST_BYTES = 1_500_000_000
"""Of memory after an ingest, beyond which it ends; the next ingest gets another process."""
_TOLD_SECONDS = 0.1
"""From one report of progress to the next."""
_PIECE = 1 << 16
_LOWER_BY = 5
"""What is asked goes before what is read."""


def main(home: Path) -> None:
    """Read notes whenever told to, until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server
    if sys.platform != "win32":
        os.nice(_LOWER_BY)
    # What a library prints must not get between the messages.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    messages: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(messages,), daemon=True).start()
    runner: Runner | None = None
    with click.Context(click.Command("ingest"), info_name="kg serve: ingest"):
        while True:
            try:
                files = messages.get(timeout=_IDLE_SECONDS)
            except queue.Empty:
                return
            runner = _answer(Session(Home(home), as_json=False), runner, files, out)
            if runner is None or _memory() > _MOST_BYTES:
                return


def _listen(messages: queue.SimpleQueue[list[str]]) -> None:
    """Pass on what is told, until nothing more is. Python could not end while this waits in a file of its own."""
    rest = b""
    while piece := os.read(0, _PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            messages.put([str(name) for name in json.loads(line)])
    os._exit(0)


def _answer(session: Session, runner: Runner | None, files: list[str], out: TextIO) -> Runner | None:
    """Run one ingest; return what runs the next, None after an error, which leaves nobody knows what behind."""
    told = [0.0]

    def progress(done: int, total: int) -> None:
        now = time.monotonic()
        if done == total or now > told[0] + _TOLD_SECONDS:
            told[0] = now
            _write(out, {"progress": [done, total]})

    try:
        runner = runner or Runner(session, None)
        report = runner.ingest_posted(files, progress) if files else runner.ingest((), progress)
    except KgError as error:
        _write(out, {"error": json.loads(encode_error(error))})
        return runner if isinstance(error, StoreLockedError) else None
    _write(out, {"report": report.to_json()})
    return runner


def _memory() -> int:
    """Return the most bytes that this process has taken; 0 where that cannot be seen."""
    if sys.platform == "win32":
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _write(out: TextIO, message: object) -> None:
    out.write(json.dumps(message) + "\n")
    out.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
