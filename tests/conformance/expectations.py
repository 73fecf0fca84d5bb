"""The failures that are expected, each with its reason (`expected_failures.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from tests.conformance.engines import Engine
from tests.conformance.manifests import Case
from tests.conformance.scoring import score

_FILE = Path(__file__).parent / "expected_failures.toml"


@cache
def expected_failures() -> dict[str, str]:
    """Return the reason of each expected failure by the id of its test."""
    reasons: dict[str, str] = {}
    for group in tomllib.loads(_FILE.read_text("utf-8"))["failures"]:
        for test in group["tests"]:
            if test in reasons:
                raise ValueError(f"{_FILE.name}: {test} is listed twice.")
            reasons[test] = group["reason"]
    return reasons


@cache
def reasons() -> list[tuple[str, list[str]]]:
    """Return each reason with its tests, in the order of the file."""
    return [(group["reason"], group["tests"]) for group in tomllib.loads(_FILE.read_text("utf-8"))["failures"]]


def check(case: Case, engine: Engine) -> None:
    """Fail where a test fails that is not listed, and where a listed one passes."""
    try:
        wrong = score(case, engine)
    except Exception as error:  # noqa: BLE001 - whatever comes up is the test's failure, listed or not
        wrong = f"{type(error).__name__}: {error}"
    reason = expected_failures().get(case.id)
    if reason is None:
        assert wrong is None, wrong
    else:
        assert wrong is not None, f"This passes now; take it out of {_FILE.name} if it does on every store ({reason})."
