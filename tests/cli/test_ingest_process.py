"""The process in which a server reads notes: what the server learns when it cannot, or is ended."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.cli.ingest_process import IngestProcess
from kg.errors import ConfigError, ExtractionError, StoreLockedError
from kg.home import Home, create_home, open_for_writing

pytestmark = pytest.mark.slow


@pytest.fixture
def reading(home: Path) -> Iterator[IngestProcess]:
    create_home(Home(home))
    found = IngestProcess(home)
    yield found
    found.close()


def ignore(done: int, total: int) -> None:
    """Take no notice of progress."""


def test_who_has_the_store_is_told(home: Path, reading: IngestProcess) -> None:
    Home(home).settings.write_text("[store]\nlock_wait_seconds = 0.1\n")
    with (
        open_for_writing(Home(home), "kg update", os.getpid()),
        pytest.raises(StoreLockedError, match="is in use by `kg update`") as caught,
    ):
        reading.run([], ignore)
    assert caught.value.owner == f"`kg update` (pid {os.getpid()})"


def test_settings_that_are_wrong_are_told(home: Path, reading: IngestProcess) -> None:
    Home(home).settings.write_text("[ingest]\njobs = 'many'\n")
    with pytest.raises(ConfigError, match=r"kg.toml:2: ingest.jobs must be a whole number"):
        reading.run(["a.jsonl"], ignore)
    assert reading._process is not None
    assert reading._process.wait(20) == 0  # nobody knows what it has left behind, so it ends, and in good order


def test_what_it_was_killed_in_the_middle_of_is_no_answer(reading: IngestProcess) -> None:
    killed = [sys.executable, "-c", """print('{"report": {"no', end="", flush=True); import os; os.kill(os.getpid(), 9)"""]
    reading._process = subprocess.Popen(killed, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    with pytest.raises(ExtractionError, match="signal 9"):
        reading.run([], ignore)


def test_it_is_ended_in_the_middle_of_its_work(home: Path, reading: IngestProcess) -> None:
    said: list[str] = []

    def run() -> None:
        try:
            reading.run([], ignore)
        except ExtractionError as error:
            said.append(str(error))

    with open_for_writing(Home(home), "kg update", os.getpid()):  # for which it waits
        thread = threading.Thread(target=run)
        thread.start()
        while reading._process is None:
            time.sleep(0.01)
        reading.interrupt()
        thread.join(20)
    assert said == [
        'notes: the process that reads them ended (signal 9); what was sent is kept: {"refresh": true} reads it'
    ]
    reading.close()
    with pytest.raises(ExtractionError, match="the end of the server"):
        reading.run([], ignore)
