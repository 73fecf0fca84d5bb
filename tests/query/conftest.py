"""A knowledge graph in memory for the tests of queries and updates."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.graph import KnowledgeGraph, commit
from kg.iri import Minter
from kg.model import Change
from kg.ontology import load_ontology
from kg.rdf import RdfFormat, parse
from kg.stores.oxigraph import OxigraphStore

BASE = "https://noemata.example/test/"
ONTOLOGY = load_ontology()

MakeGraph = Callable[..., KnowledgeGraph]


@pytest.fixture
def make_graph() -> MakeGraph:
    """Make a graph from TriG; the home's base is the prefix `:`, and our prefixes need no declaration."""

    def make(trig: str = "", dataset: str = "merged") -> KnowledgeGraph:
        minter = Minter(BASE)
        excluded = frozenset({minter.graph("decisions"), minter.graph("predicted")})
        graph = KnowledgeGraph(OxigraphStore(dataset=dataset, excluded=excluded), ONTOLOGY, minter)
        prefixes = f"PREFIX : <{BASE}> PREFIX kg: <https://w3id.org/noemata#> PREFIX dct: <http://purl.org/dc/terms/> "
        prefixes += "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> PREFIX ex: <http://example.org/> "
        prefixes += (
            "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
        )
        prefixes += "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
        quads = tuple(parse((prefixes + trig).encode(), RdfFormat.TRIG, "test"))
        commit(graph, Change(quads))
        return graph

    return make
