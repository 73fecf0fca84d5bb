"""The failures that are expected, each with its reason (`expected_failures.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

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
