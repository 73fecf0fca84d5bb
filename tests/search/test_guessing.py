"""`kg:predicted` asks the home's model as `kg embed predict` does, in the direction that was asked for."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")

from kg.computed import Guess
from kg.config import Config, load_config
from kg.embeddings import save_model
from kg.errors import NotFoundError
from kg.graph import KnowledgeGraph
from kg.home import Home
from kg.query.cypher import run_cypher
from kg.query.sparql import run_sparql
from kg.rdf import KG, NamedNode
from kg.results import Solutions
from kg.search.computing import HomeComputed
from tests.prediction.homes import node, town, town_model


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    home = Home(tmp_path_factory.mktemp("town"))
    save_model(town_model(), home.models / "default")
    graph = town()
    computed = HomeComputed(lambda: graph, home, config())
    yield dataclasses.replace(graph, computed=computed)


def config() -> Config:
    return load_config(None, {}, {})


def guesses(
    graph: KnowledgeGraph,
    subject: NamedNode | str | None = None,
    predicate: NamedNode | str | None = None,
    object_: NamedNode | str | None = None,
    k: int = 5,
    least: float = 0.0,
) -> list[Guess]:
    assert graph.computed is not None
    return list(graph.computed.predicted(subject, predicate, object_, k, least))


def test_what_is_missing_comes_first_with_its_probability(graph: KnowledgeGraph) -> None:
    best = guesses(graph, k=6)
    assert {(each.subject, each.object) for each in best} == {
        (node(f"person{c}-9"), node(f"city{c}")) for c in range(6)
    }
    assert {each.predicate for each in best} == {KG["livesIn"]}
    assert [each.rank for each in best] == [1, 2, 3, 4, 5, 6]
    assert all(1 >= one.score >= other.score > 0 for one, other in itertools.pairwise(best))


def test_each_end_stands_where_it_was_asked_for(graph: KnowledgeGraph) -> None:
    person, city = node("person2-9"), node("city2")
    assert {each.subject for each in guesses(graph, subject=person)} == {person}
    assert {each.object for each in guesses(graph, object_=city, k=30)} == {city}
    assert guesses(graph, subject=city, object_=person) == []
    assert [each.object for each in guesses(graph, person, KG["livesIn"], k=1)] == [city]
    assert len(guesses(graph, person, KG["livesIn"], city)) == 1
    assert guesses(graph, k=0) == []


def test_a_relation_that_is_learnt_by_its_inverse_is_answered_as_it_was_asked(graph: KnowledgeGraph) -> None:
    straight = guesses(graph, predicate=KG["worksFor"], k=8)
    turned = guesses(graph, predicate=KG["employs"], k=8)
    assert {each.predicate for each in turned} == {KG["employs"]}
    assert [(each.object, each.subject) for each in turned] == [(each.subject, each.object) for each in straight]
    assert guesses(graph, predicate="employs", k=8) == turned
    company = node("company1")
    assert {each.subject for each in guesses(graph, subject=company, predicate=KG["employs"])} == {company}


def test_a_relation_that_was_not_learnt_and_a_name_of_nothing_are_told(graph: KnowledgeGraph) -> None:
    with pytest.raises(NotFoundError, match="relation that was learnt"):
        guesses(graph, predicate=KG["wroteAbout"])
    with pytest.raises(NotFoundError, match="Nobody At All"):
        guesses(graph, subject="Nobody At All")
    assert guesses(graph, subject=NamedNode("urn:nobody")) == []


def test_a_home_without_a_model_says_so(tmp_path: Path) -> None:
    graph = town()
    computed = HomeComputed(lambda: graph, Home(tmp_path), config())
    with pytest.raises(NotFoundError, match="No trained model 'default'"):
        computed.predicted(None, None, None, 5, 0.5)


def test_both_languages_say_the_same(graph: KnowledgeGraph) -> None:
    text = "SELECT ?x ?y { ?x kg:predicted [ kg:predicate kg:livesIn ; kg:object ?y ; kg:k 6 ] }"
    found = run_sparql(graph, text)
    assert isinstance(found, Solutions)
    rows = [tuple(term.value for term in row if isinstance(term, NamedNode)) for row in found.rows]
    call = (
        "CALL kg.predicted({predicate: 'lives in', k: 6}) YIELD subject, predicate, object "
        "RETURN subject.iri, object.iri, predicate"
    )
    records = list(run_cypher(graph, call).rows)
    assert [row[:2] for row in records] == rows
    assert {row[2] for row in records} == {"livesIn"}
    assert len(rows) == 6
