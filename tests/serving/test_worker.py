from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import kg.errors
from kg.errors import KgError, LimitError, QuerySyntaxError, ResultTooLargeError, StoreError, UnknownNameError
from kg.serving.frames import decode_error, encode_error
from tests.serving.pools import wait_until

# A server that asks what never ends, says which process answers, and is then killed.
SERVER = """
import sys, threading
from pathlib import Path
from tests.serving.pools import ENDLESS, COUNT, Served
served = Served(Path(sys.argv[1]))
served.ask(COUNT)
if sys.argv[2] == "busy":
    threading.Thread(target=served.ask, args=(ENDLESS,), daemon=True).start()
    while not served.pool._busy:
        pass
readers = served.pool._busy or served.pool._idle
print(next(iter(readers)).pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_reader_ends_with_its_server(tmp_path: Path, state: str) -> None:
    command = [sys.executable, "-c", SERVER, str(tmp_path / "home"), state]
    root = Path(__file__).parent.parent.parent
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as server:
        assert server.stdout is not None
        reader = psutil.Process(int(server.stdout.readline()))
        assert reader.is_running()
        server.kill()
    wait_until(lambda: not reader.is_running() or reader.status() == psutil.STATUS_ZOMBIE)


class _TooOddError(LimitError):
    """One that `kg.errors` does not know."""


@pytest.mark.parametrize(
    "error",
    [
        QuerySyntaxError("SPARQL", "a reason", 3, 4),
        ResultTooLargeError(5),
        UnknownNameError("format", "jsn", ("json", "xml")),
        KgError("知识"),
    ],
)
def test_errors_are_read_as_they_were(error: KgError) -> None:
    found = decode_error(encode_error(error))
    assert (type(found), str(found), vars(found)) == (type(error), str(error), vars(error))


def test_other_errors_become_the_nearest_that_is_known() -> None:
    found = decode_error(encode_error(_TooOddError("too odd")))
    assert (type(found), str(found)) == (LimitError, "too odd")
    found = decode_error(encode_error(ZeroDivisionError("by zero")))
    assert (type(found), str(found)) == (StoreError, "The query failed: ZeroDivisionError: by zero")


def test_every_error_can_be_sent() -> None:
    assert {name for name in kg.errors.__all__ if not issubclass(getattr(kg.errors, name), KgError)} == set()
