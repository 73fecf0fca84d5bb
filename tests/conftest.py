"""What all tests share: a temporary home and the command line as a function."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kg.cli import main
from tests.neo4j_servers import forget_the_users_server, mark_neo4j_tests, neo4j_address, neo4j_empty

__all__ = ["neo4j_address", "neo4j_empty"]

pytest.register_assert_rewrite("tests.suites")
forget_the_users_server()
if settings.get_current_profile_name() == "default":
    # How long an example takes is the machine's affair, which may be doing other things.
    settings.register_profile("unhurried", deadline=None)
    settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent
SLOW_FOLDERS = ("api", "clients", "conformance", "serving")
"""Tests with servers, browsers and whole suites: each is quick, all together are not for the unit run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT / "tests").parts[0] in SLOW_FOLDERS:
            item.add_marker(pytest.mark.slow)
    mark_neo4j_tests(items)


@pytest.fixture(scope="session", autouse=True)
def _bytecode(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Have the processes that tests start keep Python's bytecode, as those of an installation do."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Let Ctrl-C reach the processes that tests start: a script's background jobs ignore it, and so would these."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Run:
    """What one call of the command line left behind."""

    code: int
    output: bytes
    messages: str

    @property
    def text(self) -> str:
        return self.output.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.output)


RunKg = Callable[..., Run]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder that does not exist yet, which every `kg` command of the test uses."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KG_HOME", str(folder))
    return folder


@pytest.fixture
def kg(home: Path, monkeypatch: pytest.MonkeyPatch) -> RunKg:
    """Run a `kg` command in this process: `kg("sparql", query, "--json")`."""

    def run(*arguments: object, stdin: str = "") -> Run:
        output, messages = io.BytesIO(), io.StringIO()
        with contextlib.redirect_stderr(messages), io.TextIOWrapper(output, "utf-8", newline="") as text:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
            with contextlib.redirect_stdout(text):
                code = main([str(argument) for argument in arguments])
            text.flush()
            return Run(code, output.getvalue(), messages.getvalue())

    return run


@pytest.fixture(scope="session")
def rdf_tests() -> Path:
    """The W3C test suites of SPARQL 1.1, or a skip."""
    if "KG_BENCH" not in os.environ:
        pytest.skip("KG_BENCH is not set: the W3C suites are not there")
    return Path(os.environ["KG_BENCH"]).resolve() / "w3c/rdf-tests/sparql/sparql11"
