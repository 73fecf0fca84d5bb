"""The W3C's tests of SPARQL queries and updates on Neo4j: the same pass as on the embedded store.

Without a kept copy, so that every query is answered from a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kg.stores import ServerAddress
from tests.conformance.engines import Noemata, engines_on_neo4j
from tests.conformance.expectations import expected_failures
from tests.conformance.manifests import Case, cases, folder
from tests.conformance.scoring import score

_KINDS = {"QueryEvaluationTest", "CSVResultFormatTest", "UpdateEvaluationTest"}
EVALUATED = [case for case in cases() if case.kind in _KINDS]

pytestmark = pytest.mark.skipif(folder() is None, reason="KG_BENCH is not set: the W3C suites are not there")


@pytest.fixture(scope="module")
def make(neo4j_address: ServerAddress) -> Iterator[Callable[[], Noemata]]:
    with engines_on_neo4j(neo4j_address) as make:
        yield make


@pytest.mark.parametrize("case", EVALUATED, ids=lambda case: case.id)
def test_w3c_on_neo4j(case: Case, make: Callable[[], Noemata]) -> None:
    try:
        wrong = score(case, make())
    except Exception as error:  # noqa: BLE001 - whatever comes up is the test's failure, listed or not
        wrong = f"{type(error).__name__}: {error}"
    reason = expected_failures().get(case.id)
    if reason is None:
        assert wrong is None, wrong
    else:
        assert wrong is not None, f"This passes now, and not on the embedded store ({reason})."


def test_the_suites_are_all_there() -> None:
    assert len(EVALUATED) > 550
