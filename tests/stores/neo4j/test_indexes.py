"""Values are found by an index of the server, and no value is too long to be written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from kg.model import Change
from kg.rdf import DCT, KG, PREFIXES, RDF, RDFS, Literal, NamedNode, Quad
from kg.results import DatasetClause, Solutions
from kg.slices.slicing import slice_of
from kg.stores import Opening, ServerAddress
from kg.stores.neo4j.driver import Connection
from kg.stores.neo4j.store import Neo4jStore, open_store

neo4j = pytest.importorskip("neo4j")

BASE = "https://example.com/home/"
GRAPH = NamedNode(f"{BASE}note/17")
ADA, BO, EVIDENCE = (NamedNode(f"{BASE}entity/{name}") for name in ("ada", "bo", "evidence"))
LONG = "x" * 20_000
PREDICATES = (KG["name"], RDFS["label"], KG["path"], DCT["identifier"])


@pytest.fixture
def store(neo4j_empty: ServerAddress) -> Iterator[Neo4jStore]:
    names = {name: KG[name] for name in ("name", "path", "worksFor")}
    opened = open_store(Opening(None, "merged", frozenset(), BASE, server=neo4j_empty, names=names, copy_quads=0))
    quads = [Quad(ADA, predicate, Literal("Ada"), GRAPH) for predicate in PREDICATES]
    quads += [Quad(BO, predicate, Literal(name), GRAPH) for predicate in PREDICATES for name in ("Bo", "Ada")]
    opened.commit(Change((*quads, Quad(EVIDENCE, RDF["predicate"], KG["worksFor"], GRAPH))))
    yield opened
    opened.close()


def found(store: Neo4jStore, pattern: str) -> set[Any]:
    result = store.query(f"SELECT ?x {{ ?x {pattern} }}", DatasetClause(), dict(PREFIXES))
    assert isinstance(result, Solutions)
    return {row[0] for row in result.rows}


def operators(store: Neo4jStore, address: ServerAddress, pattern: str) -> set[str]:
    """What the server does to fetch the slice of a pattern."""
    wanted = slice_of(f"SELECT ?x {{ ?x {pattern} }}", dict(PREFIXES), DatasetClause())
    (step,) = store._fetcher().fetch(wanted).steps
    with neo4j.GraphDatabase.driver(address.uri, auth=(address.username, address.password)) as driver:
        plan = driver.execute_query(f"EXPLAIN {step.statement.text}", step.statement.parameters).summary.plan
    return set(re.findall(r"'operatorType': '(\w+)", str(plan)))


OF_NAMES = (
    "SHOW INDEXES YIELD name, labelsOrTypes, properties WHERE properties = ['name'] AND labelsOrTypes = ['Resource'] "
    "RETURN name"
)


def drop_index(connection: Connection) -> None:
    for (name,) in connection.run(OF_NAMES):
        connection.run(f"DROP INDEX `{name}`")


@pytest.mark.parametrize("pattern", ['kg:name "Ada"', 'rdfs:label "Ada"', 'kg:path "Ada"', 'dct:identifier "Ada"'])
def test_a_value_is_sought_alone_and_in_lists(store: Neo4jStore, neo4j_empty: ServerAddress, pattern: str) -> None:
    assert found(store, pattern) == {ADA, BO}
    used = operators(store, neo4j_empty, pattern)
    assert "NodeIndexSeek" in used and not used & {"AllNodesScan", "NodeByLabelScan"}


def test_evidence_is_sought_by_its_predicate(store: Neo4jStore, neo4j_empty: ServerAddress) -> None:
    assert found(store, "rdf:predicate kg:worksFor") == {EVIDENCE}
    used = operators(store, neo4j_empty, "rdf:predicate kg:worksFor")
    assert "NodeIndexSeek" in used and not used & {"AllNodesScan", "NodeByLabelScan"}


@pytest.mark.parametrize("predicate", PREDICATES)
def test_a_value_too_long_for_an_index_is_written(store: Neo4jStore, predicate: NamedNode) -> None:
    long = Quad(ADA, predicate, Literal(LONG), GRAPH)
    many = [Quad(BO, predicate, Literal(f"{number} {'y' * 500}"), GRAPH) for number in range(20)]
    store.commit(Change((long, *many)))
    assert {quad.object for quad in store.match(ADA, predicate)} == {Literal("Ada"), Literal(LONG)}
    assert len(found(store, f'{predicate} "Ada"')) == len(found(store, f'{predicate} "Ada" ; {predicate} ?other')) == 2
    store.commit(Change((), (long, *many)))
    assert found(store, f'{predicate} "Ada"') == {ADA, BO}


def test_an_index_that_is_gone_costs_time_only(store: Neo4jStore, neo4j_empty: ServerAddress) -> None:
    with Connection(neo4j_empty) as connection:
        drop_index(connection)
        assert found(store, 'kg:name "Ada"') == {ADA, BO}
        open_store(Opening(None, "merged", frozenset(), BASE, server=neo4j_empty, copy_quads=0)).close()
        assert len(connection.run(OF_NAMES)) == 1


def test_a_long_value_made_by_hand_is_no_hindrance(neo4j_empty: ServerAddress) -> None:
    with Connection(neo4j_empty) as connection:
        drop_index(connection)
        connection.run("CREATE (:Resource {iri: 'http://x/a', name: $long})", long=LONG)
        names = {"name": KG["name"]}
        opening = Opening(None, "merged", frozenset(), BASE, server=neo4j_empty, names=names, copy_quads=0, adopt=True)
        opened = open_store(opening)
        assert found(opened, "kg:name ?name") == {NamedNode("http://x/a")}
        opened.close()
        drop_index(connection)
