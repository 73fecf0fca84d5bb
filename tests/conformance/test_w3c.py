"""The W3C suites, one test each: a failure that is not listed fails, and so does a listed one that passes.

They need the folder that `KG_BENCH` names. What is left out, and why, is in `manifests.LEFT_OUT`.
"""

from __future__ import annotations

import pytest

from tests.conformance.engines import Noemata
from tests.conformance.expectations import check, expected_failures
from tests.conformance.manifests import Case, cases, folder
from tests.conformance.scoring import SCORED

needs_suites = pytest.mark.skipif(folder() is None, reason="KG_BENCH is not set: the W3C suites are not there")
SCORED_CASES = [case for case in cases() if case.kind in SCORED]


@needs_suites
@pytest.mark.parametrize("case", SCORED_CASES, ids=lambda case: case.id)
def test_w3c(case: Case) -> None:
    check(case, Noemata())


@needs_suites
def test_every_expected_failure_names_a_test() -> None:
    assert set(expected_failures()) <= {case.id for case in cases()}


@needs_suites
def test_the_suites_are_all_there() -> None:
    """An empty folder, or a manifest that is not understood, would make everything pass."""
    assert len(SCORED_CASES) == 2500
    assert len({case.id for case in cases()}) == len(cases())
