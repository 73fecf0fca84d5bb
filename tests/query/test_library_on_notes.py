"""Every shipped query finds something in the example vault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kg.cli import main
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.iri import Minter
from kg.ontology import load_ontology
from kg.query.library import bind, shipped_queries
from kg.query.sparql import run_sparql
from kg.results import Solutions
from kg.stores.oxigraph import OxigraphStore

pytestmark = [pytest.mark.slow, pytest.mark.model]

VAULT = Path(__file__).parent.parent.parent / "examples" / "vault"
BASE = "https://noemata.example/vault/"
MARA = f"{BASE}note/People/Mara%20Lindqvist.md#it"
GIVEN: Mapping[str, Mapping[str, str]] = {
    "facts-about": {"entity": "Lantern"},
    "in-common": {"first": "Mara Lindqvist", "second": "Jonas Ekeli"},
    "notes-about": {"entity": "lantern"},
    "why": {"subject": MARA, "predicate": "rdf:type", "object": "https://w3id.org/noemata#Person"},
}


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    home = tmp_path_factory.mktemp("vault") / "home"
    assert main(["ingest", str(VAULT), "--home", str(home), "--jobs", "1"]) == 0
    store = OxigraphStore(Home(home).store, read_only=True)
    yield KnowledgeGraph(store, load_ontology(), Minter(BASE))
    store.close()


@pytest.mark.parametrize("name", shipped_queries())
def test_shipped_queries_find_something_in_the_example_vault(graph: KnowledgeGraph, name: str) -> None:
    text = bind(shipped_queries()[name], GIVEN.get(name, {}), graph.ontology.class_named)
    result = run_sparql(graph, text)
    assert isinstance(result, Solutions)
    assert next(result.rows, None) is not None
