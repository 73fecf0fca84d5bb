"""Random reading statements have on the embedded store the answers that Neo4j gives."""

from __future__ import annotations

import os

import pytest

from kg.stores import ServerAddress
from tests.cypher.differential import open_server, query_of, run

FIRST = int(os.environ.get("KG_TEST_SEED", "0"))
COUNT = 300


@pytest.mark.neo4j
def test_random_statements_have_the_answers_of_neo4j(neo4j_empty: ServerAddress) -> None:
    with open_server(neo4j_empty) as server:
        tally = run(range(FIRST, FIRST + COUNT), server)
    differences = [*tally.wrong, *tally.failed, *tally.lenient]
    assert not differences, f"KG_TEST_SEED={FIRST}: {len(differences)} of {COUNT} differ; the first:\n{differences[0]}"
    assert tally.with_rows > COUNT / 5 and tally.refused.total() < COUNT / 2, tally


def test_a_seed_gives_the_same_statement_again() -> None:
    assert [query_of(seed) for seed in range(50)] == [query_of(seed) for seed in range(50)]
    assert len({query_of(seed).text for seed in range(300)}) > 280
