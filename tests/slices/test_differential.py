"""Random queries on slices and on the whole; and that each rule of narrowing is needed, since without it they differ."""

from __future__ import annotations

import pytest

from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.ontology import load_ontology
from kg.query.sparql import run_sparql
from kg.results import DatasetClause
from kg.stores import Store
from tests.seeds import first_seed
from tests.slices.breakages import BREAKAGES, broken
from tests.slices.differential import Answer, Case, case, compare, read, run, stores, tell
from tests.slices.queries import PREFIXES

CASES = 300
WITH_FROM = 60

_ONTOLOGY = load_ontology()


@pytest.mark.slow
def test_random_queries_have_the_same_answer_on_their_slice() -> None:
    seed = first_seed()
    tally = run(range(seed, seed + CASES))
    assert tally.differences == 0, tally.first  # it names the seed
    assert tally.with_rows > CASES / 10, seed
    assert tally.wholes < CASES / 10, seed


@pytest.mark.slow
def test_queries_that_name_their_graphs_have_the_same_answer_on_their_slice() -> None:
    seed = first_seed()
    some = [case(each, with_from=True) for each in range(seed, seed + 8 * WITH_FROM)]
    some = [asked for asked in some if asked.clause != DatasetClause()][:WITH_FROM]
    with_rows = wholes = 0
    for asked in some:
        whole, sliced = stores(asked)
        expected, found = _answer(whole, asked), _answer(sliced, asked)
        is_right = asked.is_chosen_by_chance or compare(asked, expected, found, whole, corrected=True)
        assert is_right, tell(asked, expected, found)
        with_rows += bool(expected)
        wholes += bool(sliced.wholes)
    assert with_rows > WITH_FROM / 20, seed
    assert wholes < WITH_FROM / 4, seed  # FROM is none for the store, but LATERAL is one, which `GRAPH ?g` may become


def _answer(store: Store, asked: Case) -> Answer:
    graph = KnowledgeGraph(store, _ONTOLOGY, Minter("http://e/"))
    return read(lambda: run_sparql(graph, asked.text, prefixes=PREFIXES))


@pytest.mark.parametrize("rule", BREAKAGES)
def test_a_broken_rule_is_found(rule: str) -> None:
    seed = BREAKAGES[rule][-1]
    unbroken = run([seed])
    assert (unbroken.cases, unbroken.differences) == (1, 0)
    with broken(rule):
        assert run([seed]).differences == 1
