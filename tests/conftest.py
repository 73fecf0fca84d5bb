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
from tests.sharing_out import pytest_xdist_make_scheduler, share_out

__all__ = ["neo4j_address", "neo4j_empty", "pytest_xdist_make_scheduler"]

pytest.register_assert_rewrite("tests.suites")
forget_the_users_server()
# How long an example takes is the machine's affair, which may be doing other things.
settings.register_profile("unhurried", deadline=None)
settings.register_profile("unit", deadline=None, max_examples=15)
if settings.get_current_profile_name() == "default":
    settings.load_profile("unhurried")

ROOT = Path(__file__).parent.parent
SLOW_PLACES = [
    f"{ROOT / 'tests' / name}"
    for name in (
        "api", "cli/test_embed.py", "cli/test_embed_home.py", "clients", "conformance", "cypher/tck", "embeddings", "prediction",
        "serving",
    )
]  # fmt: skip
"""Tests with servers, browsers, whole suites and models that learn: each is quick, all together are not for the unit run."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave those unread where no slow test is wanted: to collect them takes longer than many a test."""
    return True if "not slow" in config.getoption("markexpr") and f"{collection_path}" in SLOW_PLACES else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = tuple(place if place.endswith(".py") else f"{place}{os.sep}" for place in SLOW_PLACES)
    for item in items:
        if f"{item.path}".startswith(slow):
            item.add_marker(pytest.mark.slow("with all of its place"))
    mark_neo4j_tests(items)
    share_out(items)


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
