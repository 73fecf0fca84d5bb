"""`kg neo4j sweep`: what was typed in Neo4j Browser gets IRIs, and SPARQL says the same before and after."""

from __future__ import annotations

import pytest

from kg.stores import ServerAddress
from kg.stores.neo4j.driver import Connection
from tests.conftest import RunKg

pytestmark = pytest.mark.neo4j

QUERY = "SELECT ?name ?kind { ?a kg:name ?name BIND (isBlank(?a) AS ?kind) } ORDER BY ?name"


def test_sweep(kg: RunKg, neo4j_empty: ServerAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("uri", "username", "password", "database"):
        monkeypatch.setenv(f"NEO4J_{name.upper()}", getattr(neo4j_empty, name))
    assert kg("init", "--store", "neo4j").code == 0
    assert kg("update", "INSERT DATA { <urn:x:cy> kg:name 'Cy' }").code == 0
    with Connection(neo4j_empty) as connection:
        connection.run("CREATE (:Cat {name: 'Tom'})-[:KNOWS]->(:Cat {name: 'Eve', iri: 'eve'})")
    rows = [["Cy", "false"], ["Eve", "true"], ["Tom", "true"]]
    assert [
        [row["name"]["value"], row["kind"]["value"]]
        for row in kg("sparql", QUERY, "--json").json["results"]["bindings"]
    ] == rows
    swept = kg("neo4j", "sweep", "--json")
    assert swept.code == 0
    assert {name: swept.json[name] for name in ("adopted", "notes", "merged", "removed", "batches")} == {
        "adopted": 1, "notes": 0, "merged": 0, "removed": 0, "batches": 0,
    }  # fmt: skip
    assert swept.json["unknown"] == {"labels": ["Cat"], "relationship types": ["KNOWS"]}
    assert [problem["kind"] for problem in swept.json["problems"]] == ["iri"]
    rows[2][1] = "false"
    assert [
        [row["name"]["value"], row["kind"]["value"]]
        for row in kg("sparql", QUERY, "--json").json["results"]["bindings"]
    ] == rows
    again = kg("neo4j", "sweep")
    assert again.text.startswith("Nothing was to be done.\nNot in the ontology, labels: Cat\n")
    assert "'eve' is no IRI" in again.text
