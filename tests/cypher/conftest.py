"""The graph that the questions and the battery are asked of, on each store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.graph import KnowledgeGraph
from kg.stores import ServerAddress
from tests.graphs import graph_on

BASE = "https://noemata.example/questions/"
DATA = (Path(__file__).parent / "questions" / "dataset.trig").read_bytes()


@pytest.fixture(scope="module")
def embedded() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, DATA) as graph:
        yield graph


@pytest.fixture(scope="module")
def on_server(neo4j_address: ServerAddress) -> Iterator[KnowledgeGraph]:
    with graph_on(neo4j_address, BASE, DATA) as graph:
        yield graph
