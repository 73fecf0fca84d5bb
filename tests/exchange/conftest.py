"""An empty knowledge graph in memory for the tests of imports and exports."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.ontology import load_ontology
from kg.stores.oxigraph import OxigraphStore

ONTOLOGY = load_ontology()

MakeGraph = Callable[..., KnowledgeGraph]


@pytest.fixture(scope="session")
def make_graph() -> MakeGraph:
    def make(dataset: str = "merged") -> KnowledgeGraph:
        minter = Minter("https://noemata.example/test/")
        excluded = frozenset({minter.graph("decisions"), minter.graph("predicted")})
        return KnowledgeGraph(OxigraphStore(dataset=dataset, excluded=excluded), ONTOLOGY, minter)

    return make
