"""The W3C query evaluation suites, each query on a slice and on the whole."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from kg.errors import KgError
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.ontology import load_ontology
from kg.rdf import Quad
from tests.conformance.comparing import difference
from tests.conformance.engines import Noemata, Reply
from tests.conformance.manifests import Case, cases, folder
from tests.conformance.scoring import answer_of, score
from tests.slices.sliced_store import SlicedStore

CASES = [case for case in cases() if case.kind == "QueryEvaluationTest" and "federat" not in case.suite]
GENERATED = ("bnode01", "bnode02", "rand01", "now01", "uuid01", "uuid02", "struuid01")
"""Tests whose query makes something new each time."""
ORDERED = ("limit", "offset", "slice")


class BothWays(Noemata):
    """Answers on the whole, and notes how the answer on a slice differs."""

    _ontology = load_ontology()

    def __init__(self) -> None:
        super().__init__()
        self.sliced = Noemata()
        self.store = SlicedStore(dataset="separate")
        self.sliced._graph = KnowledgeGraph(self.store, self._ontology, Minter("https://noemata.example/conformance/"))
        self.told: list[str] = []

    def load(self, quads: Iterable[Quad]) -> None:
        kept = list(quads)
        super().load(kept)
        self.sliced.load(kept)

    def query(self, text: str, base: str, results: str) -> Reply:
        try:
            whole = super().query(text, base, results)
        except KgError as error:
            with pytest.raises(type(error)):
                self.sliced.query(text, base, results)
            raise
        again = super().query(text, base, results)
        part = self.sliced.query(text, base, results)
        expected, found = answer_of(whole), answer_of(part)
        told = difference(found, expected)
        if told is not None and difference(answer_of(again), expected) is None:
            self.told.append(told)
        return super().query(text, base, results)


@pytest.mark.slow
@pytest.mark.skipif(folder() is None, reason="KG_BENCH does not name the folder of the suites")
def test_every_query_of_the_suites_has_the_same_answer_on_its_slice() -> None:
    assert len(CASES) > 400
    differing, wholes = {}, []
    for case in CASES:
        engine = BothWays()
        told = _score(case, engine)
        if told or engine.told:
            differing[case.id] = (told, engine.told)
        if engine.store.wholes:
            wholes.append(case.id)
    assert {name: told for name, (_, told) in differing.items() if told} == {}
    assert len(wholes) <= 20, wholes


def _score(case: Case, engine: BothWays) -> str | None:
    try:
        return score(case, engine)
    except KgError as error:
        return str(error)
