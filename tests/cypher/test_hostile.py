"""Reading holds against people who try: on both stores, in both languages, nothing changes and nothing is told."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.errors import InputError, KgError, LimitError, RemoteError
from kg.graph import KnowledgeGraph
from kg.limits import Limits
from kg.query.cypher import run_cypher
from kg.query.sparql import run_sparql
from kg.results import Graph, Solutions
from kg.stores import ServerAddress
from tests.cypher.hostile import Hostile, corpus, exported, open_graph
from tests.neo4j_servers import empty_database
from tests.servers import KG

CYPHER, SPARQL = list(corpus("cypher")), list(corpus("sparql"))
LIMIT = 1.0
SLOW_TO_STOP = 5.0
"""Seconds from the limit to the stop on a busy machine; benchmarks/hostile_queries.py measures it."""

ROWS = 10_000


@pytest.fixture(scope="module", params=["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def graph(request: pytest.FixtureRequest) -> Iterator[KnowledgeGraph]:
    server = None
    if request.param == "neo4j":
        server = request.getfixturevalue("neo4j_address")
        empty_database(server)
    graph = open_graph(server)
    yield graph
    graph.store.close()


def of(statements: list[Hostile], outcome: str) -> list[Hostile]:
    return [each for each in statements if each.outcome == outcome]


def test_the_corpora_are_large_enough() -> None:
    assert len(CYPHER) >= 150 and len(SPARQL) >= 60
    assert len({each.text for each in CYPHER}) == len(CYPHER)


def test_hostile_cypher_is_refused(graph: KnowledgeGraph) -> None:
    before, wrong = exported(graph), []
    for each in of(CYPHER, "refused"):
        try:
            rows = list(run_cypher(graph, each.text, {}, Limits(LIMIT, ROWS)).rows)
        except InputError:
            continue
        except KgError as error:
            wrong.append(f"cypher.txt:{each.line}: {type(error).__name__}: {error}")
        else:
            wrong.append(f"cypher.txt:{each.line}: {each.text[:80]}: answered {rows[:2]}")
    assert not wrong, "\n".join(wrong)
    assert exported(graph) == before


@pytest.mark.slow
def test_hostile_cypher_is_stopped(graph: KnowledgeGraph) -> None:
    before, slow = exported(graph), []

    def seconds(text: str) -> float:
        start = time.monotonic()
        with contextlib.suppress(InputError, LimitError):
            for _ in run_cypher(graph, text, {}, Limits(LIMIT, ROWS)).rows:
                pass
        return time.monotonic() - start

    for each in of(CYPHER, "stopped"):
        if seconds(each.text) > LIMIT + SLOW_TO_STOP and (again := seconds(each.text)) > LIMIT + SLOW_TO_STOP:
            slow.append(f"cypher.txt:{each.line}: {each.text[:80]}: {again:.1f} s")  # twice, so it is not the machine
    assert not slow, "\n".join(slow)
    assert exported(graph) == before


def test_hostile_sparql_is_refused(graph: KnowledgeGraph) -> None:
    before, wrong = exported(graph), []
    for each in (*of(SPARQL, "refused"), *of(SPARQL, "empty")):
        try:
            result = run_sparql(graph, each.text)
            rows = list(
                result.rows if isinstance(result, Solutions) else result.triples if isinstance(result, Graph) else [1]
            )
        except (InputError, LimitError, RemoteError) as error:
            if each.outcome == "empty":
                wrong.append(f"sparql.txt:{each.line}: {type(error).__name__}: {error}")
        else:
            if each.outcome == "refused" or rows:
                wrong.append(f"sparql.txt:{each.line}: {each.text[:80]}: answered {rows[:2]}")
    assert not wrong, "\n".join(wrong)
    assert exported(graph) == before


def test_writing_has_to_be_asked_for_and_may_do_no_more(graph: KnowledgeGraph) -> None:
    """What is no write is refused of writers too."""
    before = exported(graph)
    told = {"the command", "the schema command", "the procedure", "the function", "LOAD CSV", "USE"}
    for each in of(CYPHER, "refused"):
        if not each.text.upper().startswith(
            ("CALL DBMS", "SHOW", "DROP", "USE", "LOAD", "ALTER", "GRANT", "TERMINATE")
        ):
            continue
        with pytest.raises(InputError) as caught:
            run_cypher(graph, each.text, {}, Limits(LIMIT, ROWS), is_writing=True)
        assert any(what in str(caught.value) for what in told) or "Cypher" in str(caught.value)
    assert exported(graph) == before


@pytest.mark.slow
@pytest.mark.parametrize("store", ["embedded", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def test_hostile_sparql_is_stopped(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """A command that runs one query ends itself at the limit; the store it read is as before."""
    embedded = open_graph(None)
    data, home = tmp_path / "data.nq", tmp_path / "home"
    data.write_bytes(b"".join(line for line in exported(embedded).splitlines(True) if b"graph/user>" in line))
    embedded.store.close()
    environment = {**os.environ, "KG_HOME": str(home)}
    if store == "neo4j":
        server: ServerAddress = request.getfixturevalue("neo4j_address")
        empty_database(server)
        environment |= {
            "NEO4J_URI": server.uri,
            "NEO4J_USERNAME": server.username,
            "NEO4J_PASSWORD": server.password,
        }

    def kg(*arguments: str) -> tuple[int, float]:
        start = time.monotonic()
        code = subprocess.run([KG, *arguments], capture_output=True, timeout=60, env=environment).returncode
        return code, time.monotonic() - start

    assert kg("init", "--store", store, "--base", "http://e/")[0] == 0
    assert kg("import", str(data))[0] == 0
    usual = min(kg("sparql", "ASK {}")[1] for _ in range(2))
    slow = []
    for each in of(SPARQL, "stopped"):
        code, seconds = kg("sparql", each.text, "--timeout", str(LIMIT))
        if code not in (0, 2, 3) or seconds > usual + LIMIT + SLOW_TO_STOP:
            slow.append(f"sparql.txt:{each.line}: code {code}, {seconds:.1f} s (usually {usual:.1f})")
    assert not slow, "\n".join(slow)
    kept = tmp_path / "kept.nq"
    assert kg("export", "--format", "nquads", "--out", str(kept))[0] == 0
    assert set(data.read_bytes().splitlines()) <= set(kept.read_bytes().splitlines())
