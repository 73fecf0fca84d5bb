"""The W3C's tests of SPARQL queries and updates on Neo4j: the same pass as on the embedded store.

Without a kept copy, so that every query is answered from a slice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kg.stores import ServerAddress
from tests.conformance.engines import Noemata, engines_on_neo4j
from tests.conformance.expectations import check
from tests.conformance.manifests import Case, cases, folder

_KINDS = {"QueryEvaluationTest", "CSVResultFormatTest", "UpdateEvaluationTest"}
EVALUATED = [case for case in cases() if case.kind in _KINDS]

pytestmark = pytest.mark.skipif(folder() is None, reason="KG_BENCH is not set: the W3C suites are not there")


@pytest.fixture(scope="module")
def make(neo4j_address: ServerAddress) -> Iterator[Callable[[], Noemata]]:
    with engines_on_neo4j(neo4j_address) as make:
        yield make


@pytest.mark.parametrize("case", EVALUATED, ids=lambda case: case.id)
def test_w3c_on_neo4j(case: Case, make: Callable[[], Noemata]) -> None:
    check(case, make())


def test_the_suites_are_all_there() -> None:
    assert len(EVALUATED) > 550
