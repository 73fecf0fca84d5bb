"""Every shipped query finds something in the example vault, and what it finds is of use to a person."""

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
from kg.rdf import KG, RDF, NamedNode, Term
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
    rows = answer(graph, name, GIVEN.get(name, {}))
    assert rows
    assert len(set(rows)) == len(rows), "a row stands there twice"


def answer(graph: KnowledgeGraph, name: str, values: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the rows of a query, each term as a short text."""
    result = run_sparql(graph, bind(shipped_queries()[name], values, graph.ontology.class_named))
    assert isinstance(result, Solutions)
    return [tuple("" if term is None else short(term) for term in row) for row in result.rows]


def short(term: Term) -> str:
    value = str(getattr(term, "value", term))
    return value.replace(BASE, ":").replace(str(KG), "kg:") if isinstance(term, NamedNode) else value


def test_a_technology_stack_names_each_technology_once(graph: KnowledgeGraph) -> None:
    rows = answer(graph, "technology-stack", {"project": "lantern"})
    assert len({row[:2] for row in rows}) == len(rows)
    assert {("Lantern", "DuckDB", "true"), ("Lantern", "SQLite", "true")} <= set(rows)
    kelpline = {row[1:] for row in answer(graph, "technology-stack", {}) if row[0] == "Kelpline"}
    assert {("Redis", "true"), ("Apache Airflow", "true")} <= kelpline


def test_duplicates_are_things_that_a_person_can_tell_apart(graph: KnowledgeGraph) -> None:
    rows = answer(graph, "duplicates", {})
    assert [row for row in rows if ":tag/" in row[1] + row[4]] == []
    assert [row for row in rows if row[2:4] == row[5:]] == []  # else they look alike with labels for IRIs
    decisions = (
        "decisions",
        ":note/Projects/Lantern/Decisions.md#it", "", "Projects/Lantern/Decisions.md",
        ":note/Projects/Tidepool/Decisions.md#it", "", "Projects/Tidepool/Decisions.md",
    )  # fmt: skip
    assert rows == [decisions]  # what is one thing by resolution, as tantivy of two classes, is no longer two


def test_support_and_low_confidence_are_about_facts(graph: KnowledgeGraph) -> None:
    structural = {"kg:describes", "kg:linksTo", "kg:mentions", "kg:taggedWith", RDF["type"].value}
    rows = answer(graph, "support", {"limit": "100000"})
    assert {row[1] for row in rows} & structural == set()
    assert rows[0] == ("Lantern", "kg:dependsOn", "DuckDB", "6", "1")
    assert len({row[:3] for row in rows}) == len(rows)
    assert {row[2] for row in answer(graph, "low-confidence", {"limit": "100000"})} & structural == set()


def test_what_two_things_have_in_common_says_which_way(graph: KnowledgeGraph) -> None:
    rows = answer(graph, "in-common", GIVEN["in-common"])
    assert rows[0] == ("", "", "kg:knows", "object", "", "")  # he knows her
    halden = [row[2:] for row in rows if row[0] == ":note/id:org-halden#it"]
    assert halden == [("kg:worksFor", "subject", "kg:worksFor", "subject")]
    okafor = [row[2:] for row in rows if row[0] == ":note/id:p-okafor#it"]
    assert okafor == [("kg:knows", "object", "kg:knows", "object")]
    here = ":note/People/Jonas%20Ekeli.md"  # his note mentions her, and describes him
    assert [row[2:] for row in rows if row[0] == here] == [("kg:mentions", "object", "kg:describes", "object")]


def test_contradictions_are_two_values_or_classes_that_exclude_each_other(graph: KnowledgeGraph) -> None:
    rows = answer(graph, "contradictions", {})
    assert ("Release plan", "kg:dueDate", "2025-07-04", "2025-07-11", "has two values") in rows
    assert {row[4] for row in rows if "disjoint" not in row[4]} == {"has two values"}


def test_facts_are_not_the_mentions_of_a_note(graph: KnowledgeGraph) -> None:
    facts = {row[:2] for row in answer(graph, "facts-about", {"entity": "Lantern"})}
    assert ("kg:dependsOn", ":note/Tools/DuckDB.md#it") in facts
    assert {predicate for predicate, _ in facts} & {"kg:mentions", "kg:linksTo"} == set()


def test_people_places_papers_and_tasks(graph: KnowledgeGraph) -> None:
    assert ("Halden Analytics", "Jonas Ekeli") in answer(graph, "people-by-organisation", {})
    assert ("Halden Analytics", "Norway") in answer(graph, "places", {})
    assert answer(graph, "places", {"place": "lisbon"}) == [("Tomás Okafor", "Lisbon")]
    assert [row for row in answer(graph, "citations", {}) if row[:2] == ("ComplEx", "kg:cites")] == [
        ("ComplEx", "kg:cites", "TransE")
    ]
    assert ("Release plan", "kg:assignedTo", "Nadia Ferro") in answer(graph, "tasks", {})
    assert answer(graph, "notes-about", {"entity": "lantern", "limit": "1"}) == [
        ("Projects/Lantern/Lantern.md", "Lantern", "true")
    ]
    assert ("Graph neural networks", "Reading list.md", "2") in answer(graph, "broken-links", {})
