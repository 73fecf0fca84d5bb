"""The scenarios that are expected not to pass, each with its reason (`expected_misses.toml`)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from tests.cypher.tck.running import Outcome, run_scenario
from tests.cypher.tck.scenarios import Scenario

__all__ = ["FILE", "expected_misses", "outcome_of", "reasons", "written"]

FILE = Path(__file__).parent / "expected_misses.toml"
_HEADING = """\
# Scenarios of the openCypher TCK that do not pass on the embedded engine, by reason. One that passes must leave this
# list; `python benchmarks/cypher_tck.py --write` takes it out, and puts in what is refused now. No answer is wrong:
# a scenario whose rows differ, or that should be an error and has rows, is never listed by itself.
"""


@cache
def reasons() -> list[tuple[str, str, list[str]]]:
    """Return the status and the reason of each group with its scenarios, in the order of the file."""
    groups = tomllib.loads(FILE.read_text("utf-8")).get("misses", [])
    return [(group["status"], group["reason"], group["scenarios"]) for group in groups]


@cache
def expected_misses() -> dict[str, tuple[str, str]]:
    """Return status and reason of each scenario that is listed."""
    found: dict[str, tuple[str, str]] = {}
    for status, reason, listed in reasons():
        for scenario in listed:
            if scenario in found:
                raise ValueError(f"{FILE.name}: {scenario} is listed twice.")
            found[scenario] = status, reason
    return found


def outcome_of(scenario: Scenario) -> tuple[str, str]:
    """Return the status of a scenario and what it said, a defect of ours too."""
    try:
        outcome: Outcome = run_scenario(scenario)
    except Exception as error:  # noqa: BLE001 - whatever comes up is the scenario's failure
        return "defect", f"{type(error).__name__}: {error}"
    return outcome.status, outcome.detail


def written(groups: dict[tuple[str, str], list[str]]) -> str:
    """Return the text of the list, the largest groups first."""
    parts = [_HEADING]
    for (status, reason), listed in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        lines = "".join(f"    {_quoted(scenario)},\n" for scenario in listed)
        parts.append(f"[[misses]]\nstatus = {_quoted(status)}\nreason = {_quoted(reason)}\nscenarios = [\n{lines}]\n")
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
