"""What users said of hits: written beside what they did, read back, found again, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kg.errors import InputError
from kg.events import (
    Feedback,
    feedback_documents,
    forget_events,
    forget_user,
    read_events,
    read_feedback,
    record_feedback,
)
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import DCT, KG, Literal, NamedNode, Quad
from kg.stores import ServerAddress
from tests.graphs import graph_on

BASE = "https://noemata.example/e/"
A, B = (NamedNode(f"{BASE}note/{name}") for name in ("a.md", "b.md"))
NOTES = f"""
@prefix kg: <https://w3id.org/noemata#> . @prefix dct: <http://purl.org/dc/terms/> .
@base <{BASE}note/> .
<a.md> {{ <a.md> a kg:Note ; kg:path "a.md" ; dct:title "Alpha" }}
<b.md> {{ <b.md> a kg:Note ; kg:path "b.md" ; dct:title "贝塔" }}
""".encode()
USEFUL = Feedback("Ann", "useful", A, "graph databases", "2026-03-02T08:00:00Z")
WRONG = Feedback("李雷", "wrong", B, "图数据库", "2026-03-03T08:00:00Z")


@pytest.fixture
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, NOTES) as opened:
        yield opened


def check_recording(graph: KnowledgeGraph) -> None:
    assert read_feedback(graph) == []
    recorded = record_feedback(graph, [WRONG, USEFUL])
    assert recorded == (WRONG, USEFUL)
    assert read_feedback(graph) == [USEFUL, WRONG]
    assert read_feedback(graph, "ann") == [USEFUL]
    assert read_events(graph) == []
    assert forget_events(graph, [NamedNode(recorded[0].id)]) == 1
    assert read_feedback(graph) == [USEFUL]


def test_feedback_is_read_as_it_was_recorded_and_is_no_event(graph: KnowledgeGraph) -> None:
    check_recording(graph)


def test_the_same_on_neo4j(neo4j_empty: ServerAddress) -> None:
    with graph_on(neo4j_empty, BASE, NOTES) as graph:
        check_recording(graph)


def test_what_is_said_twice_is_said_once(graph: KnowledgeGraph) -> None:
    record_feedback(graph, [USEFUL, USEFUL])
    before = {str(quad) for quad in graph.store.match()}
    assert record_feedback(graph, [replace(USEFUL, query="graph   databases")])[0].query == "graph databases"
    assert {str(quad) for quad in graph.store.match()} == before


def test_all_that_a_user_said_goes_with_the_user(graph: KnowledgeGraph) -> None:
    before = {str(quad) for quad in graph.store.match()}
    record_feedback(graph, [USEFUL])
    assert forget_user(graph, "ann") == 1
    assert {str(quad) for quad in graph.store.match()} == before


def test_a_note_that_was_moved_is_found_by_its_title(graph: KnowledgeGraph) -> None:
    record_feedback(graph, [USEFUL])
    to = NamedNode(f"{BASE}note/new/a.md")
    old = tuple(graph.store.match(graph_name=A))
    new = [Quad(to, quad.predicate, quad.object, to) for quad in old if quad.predicate != KG["path"]]
    commit(graph, Change((*new, Quad(to, KG["path"], Literal("new/a.md"), to)), old))
    assert [each.item for each in read_feedback(graph)] == [to]
    assert feedback_documents(graph, read_feedback(graph))[0]["item"] == to.value


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        (replace(USEFUL, item=NamedNode(f"{BASE}note/none.md")), "is no note"),
        (replace(USEFUL, query=" \n"), "query must be"),
        (replace(USEFUL, query="a" * 10_001), "has 10,001"),
        (replace(USEFUL, user="."), "user's name"),
        (replace(USEFUL, verdict="great"), "verdict must be one of useful, wrong"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_feedback_is_refused_whole(graph: KnowledgeGraph, wrong: Feedback, detail: str) -> None:
    before = {str(quad) for quad in graph.store.match()}
    with pytest.raises(InputError, match=detail):
        record_feedback(graph, [USEFUL, wrong])
    assert {str(quad) for quad in graph.store.match()} == before


def test_what_people_wrote_by_half_is_passed_over(graph: KnowledgeGraph) -> None:
    (recorded,) = record_feedback(graph, [USEFUL])
    own = graph.minter.user_graph("Ann")
    broken = NamedNode(f"{BASE}broken")
    commit(
        graph,
        Change(
            (
                Quad(broken, KG["forQuery"], Literal("x"), own),
                Quad(broken, KG["byUser"], graph.minter.user("Ann"), own),
                Quad(A, KG["forQuery"], Literal("x"), A),
            ),
            tuple(graph.store.match(NamedNode(recorded.id), DCT["created"])),
        ),
    )
    assert read_feedback(graph) == [replace(USEFUL, time="")]


def test_a_question_is_kept_as_text(graph: KnowledgeGraph) -> None:
    (told,) = record_feedback(graph, [replace(USEFUL, query="graph\x00\x07 data\ud800bases\n\uffff")])
    assert told.query == "graph data bases"
    assert read_feedback(graph) == [told]
    with pytest.raises(InputError, match="this one has 0"):
        record_feedback(graph, [replace(USEFUL, query="\x00\x7f")])
