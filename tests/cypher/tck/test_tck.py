"""The openCypher TCK on the embedded engine: a miss that is not listed fails, and so does a listed one that passes.

It needs the folder that `KG_BENCH` names.
"""

from __future__ import annotations

import re

import pytest

from tests.cypher.tck.expectations import expected_misses, outcome_of
from tests.cypher.tck.scenarios import Scenario, folder, scenarios

pytestmark = pytest.mark.slow

needs_tck = pytest.mark.skipif(folder() is None, reason="KG_BENCH is not set: the openCypher TCK is not there")


@needs_tck
@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: scenario.id)
def test_tck(scenario: Scenario) -> None:
    status, detail = outcome_of(scenario)
    listed = expected_misses().get(scenario.id)
    if listed is None:
        assert status == "passed", f"{status}: {detail}"
    else:
        assert status == listed[0], f"listed as {listed[0]} ({listed[1]}), now {status}: {detail}"


@needs_tck
def test_every_miss_names_a_scenario() -> None:
    assert set(expected_misses()) <= {scenario.id for scenario in scenarios()}


@needs_tck
def test_no_answer_is_wrong() -> None:
    assert {status for status, _ in expected_misses().values()} <= {"refused", "failed", "left out", "no error"}


@needs_tck
def test_the_scenarios_are_all_read() -> None:
    """An empty folder, or a file that is not understood, would make everything pass."""
    root = folder()
    assert root is not None
    texts = [path.read_text("utf-8") for path in root.rglob("*.feature")]
    plain = sum(len(re.findall(r"^ *Scenario: ", text, re.MULTILINE)) for text in texts)
    assert len(scenarios()) > 3000 and sum("#" not in scenario.id for scenario in scenarios()) == plain
    assert len({scenario.id for scenario in scenarios()}) == len(scenarios())
