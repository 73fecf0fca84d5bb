from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.errors import ClientGoneError, LimitError, QueryError, QuerySyntaxError, QueryTimeoutError
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.model import Change
from kg.rdf import RDFS, DefaultGraph, NamedNode, Quad
from kg.results import DatasetClause
from kg.serving import updates, worker
from kg.serving.updates import run_update_within
from tests.api.running import served_home
from tests.serving.pools import BASE, COUNT, ENDLESS, Served, question

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


def test_a_long_list_of_quads_is_planned_under_the_limits(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "_LISTED_CHARACTERS", 100)
    text = "INSERT DATA { " + " . ".join(f"<a:{number}> <a:p> {number}" for number in range(300)) + " }"
    with pytest.raises(QueryTimeoutError):
        run_update_within(Limits(0.01), Owner(served), served.pool, text)
    assert run_update_within(Limits(20), Owner(served), served.pool, text).added == 300
    assert served.ask("SELECT (COUNT(*) AS ?n) { ?s <a:p> ?o }") == "n\r\n300\r\n"


def test_a_change_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_MOST_CHANGED", 1)
    quad = Quad(NamedNode("a:s"), NamedNode("a:p"), NamedNode("a:o"))
    worker._check_size(Change((quad,)))
    with pytest.raises(LimitError, match=r"2 quads; one may change 1\. Send it in parts"):
        worker._check_size(Change((quad,), (quad,)))


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


def test_with_the_owner_of_a_home_what_is_stopped_is_not_done_and_the_next_update_is(tmp_path: Path) -> None:
    has_left = threading.Event()
    has_left.set()
    endless = f"INSERT {{ <a:a> <a:b> ?n }} WHERE {{ {{ {ENDLESS} }} }}"
    with served_home(tmp_path / "home") as service:
        owner, pool = service.owner, service.pool
        listed = " . ".join(f"<a:s{number}> <a:p> {number}" for number in range(100))
        assert run_update_within(Limits(5), owner, pool, f"INSERT DATA {{ {listed} }}").added == 100
        with pytest.raises(QueryTimeoutError):
            run_update_within(Limits(0.3), owner, pool, endless)
        with pytest.raises(ClientGoneError):
            run_update_within(Limits(20), owner, pool, endless, is_abandoned=has_left.is_set)
        moved = "DELETE { ?s <a:p> ?o } INSERT { ?s <a:q> ?o } WHERE { ?s <a:p> ?o FILTER(?o < 10) }"
        count = run_update_within(Limits(20), owner, pool, moved)
        assert (count.added, count.removed) == (10, 10)
        query = "SELECT (COUNT(*) AS ?n) { ?s <a:q> ?o } HAVING (NOT EXISTS { <a:a> ?p ?o })"
        assert b"".join(pool.ask(question(query))) == b"n\r\n10\r\n"
