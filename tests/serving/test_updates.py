from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.errors import QueryError, QuerySyntaxError, QueryTimeoutError
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.rdf import RDFS, DefaultGraph, NamedNode
from kg.results import DatasetClause
from kg.serving.updates import run_update_within
from tests.serving.pools import BASE, COUNT, ENDLESS, Served

EX = "PREFIX ex: <http://example.org/> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "


class Owner:
    """Who may write, and how often that was asked."""

    def __init__(self, served: Served) -> None:
        self._served, self.turns = served, 0

    @contextmanager
    def writing(self) -> Iterator[KnowledgeGraph]:
        self.turns += 1
        yield self._served.graph
        self._served.commit()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "home")
    yield served
    served.close()


def test_what_is_planned_is_what_is_done_at_once(served: Served) -> None:
    owner = Owner(served)
    listed = run_update_within(Limits(5), owner, served.pool, EX + "INSERT DATA { ex:a ex:p 1000 }")
    assert (listed.added, served.pool._busy, served.pool._idle) == (1, set(), [])  # no reader was asked
    text = EX + 'DELETE { ?s ex:p ?o } INSERT { ?s rdfs:label "A" } WHERE { ?s ex:p ?o FILTER(?o > 298) }'
    count = run_update_within(Limits(5), owner, served.pool, text)
    assert (count.added, count.removed, owner.turns) == (2, 2, 2)
    labels = served.graph.store.match(predicate=RDFS["label"], graph_name=DefaultGraph())
    assert {str(quad.subject) for quad in labels} == {"<http://example.org/a>", "<http://example.org/299>"}
    assert served.ask(COUNT) == "n\r\n299\r\n"


def test_an_update_past_its_time_changes_nothing(served: Served) -> None:
    with pytest.raises(QueryTimeoutError):
        run_update_within(
            Limits(0.3),
            Owner(served),
            served.pool,
            f"INSERT DATA {{ <a:a> <a:b> 1 }}; INSERT {{ <a:a> <a:b> ?n }} WHERE {{ {{ {ENDLESS} }} }}",
        )
    assert served.ask("ASK { <a:a> ?p ?o }").endswith("false}")


def test_a_request_that_does_not_parse_takes_no_turn(served: Served) -> None:
    owner = Owner(served)
    with pytest.raises(QuerySyntaxError):
        run_update_within(Limits(5), owner, served.pool, "INSERT DATA {")
    assert owner.turns == 0


def test_the_dataset_may_be_chosen_outside_the_request(served: Served) -> None:
    other = DatasetClause(default_graphs=(NamedNode(BASE + "graph/other"),))
    text = EX + "INSERT { ?s ex:q 1 } WHERE { ?s ex:p ?o }"
    assert run_update_within(Limits(5), Owner(served), served.pool, text, other).added == 0
    user = DatasetClause(default_graphs=(NamedNode(BASE + "graph/user"),))
    assert run_update_within(Limits(5), Owner(served), served.pool, text, user).added == 300
    with pytest.raises(QueryError, match="USING or WITH"):
        twice = EX + "INSERT { ?s ex:q 1 } USING <a:b> WHERE { ?s ex:p ?o }"
        run_update_within(Limits(5), Owner(served), served.pool, twice, user)
