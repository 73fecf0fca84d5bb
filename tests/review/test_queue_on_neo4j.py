"""The queue is the same on both stores."""

from __future__ import annotations

from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import KG, Quad
from kg.review import read_queue
from kg.stores import ServerAddress
from tests.graphs import graph_on
from tests.review.notes import BASE, Said, entity, guess, quads
from tests.review.test_queue import ADA, BOB, CONFLICTS, EMPTY, ROME, SETTINGS, contradicting, decided, passage, uses


def everything() -> list[Quad]:
    said = [uses(f"{n}.md", 0.25 + n / 100) for n in range(30)]
    said += [uses(f"r{n}.md", 0.2, reason="confidence 0.2 is below 0.25") for n in range(3)]
    said += [uses(f"s{n}.md", 0.9, reason="range of uses: no", kind="stated") for n in range(3)]
    said += [Said("知识.md", entity("知识 图谱"), KG["uses"], BOB, 0.4, cue="使用")]
    predicted = [*guess(1, ADA, BOB, "0.7"), *guess(2, ADA, ROME, "0.8", KG["livesIn"])]
    return [*quads(said), *predicted]


def test_the_queue_is_that_of_the_embedded_store(neo4j_empty: ServerAddress) -> None:
    found = []
    one, other, kind, other_kind, _ = CONFLICTS[4]
    logs = [EMPTY, decided("accept", passage(uses("3.md", 0.28))), contradicting(one, other, kind, other_kind)]
    for server in (None, neo4j_empty):
        with graph_on(server, BASE, b"") as graph:
            assert isinstance(graph, KnowledgeGraph)
            commit(graph, Change(tuple(everything())))
            found.append([read_queue(graph, log, SETTINGS).to_json() for log in logs])
    embedded, on_server = found
    assert [queue["total"] for queue in embedded] == [34, 33, 35]
    assert on_server == embedded
