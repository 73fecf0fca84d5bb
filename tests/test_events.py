"""What users did: written as statements of their own graphs, read back, found again, taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kg.derived import derive_all
from kg.errors import InputError, NotFoundError
from kg.events import Event, event_iri, event_time, find_item, forget_events, forget_user, read_events, record_events
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.query.sparql import run_sparql
from kg.rdf import DCT, KG, RDF, Literal, NamedNode, Quad, Term
from kg.results import Solutions
from kg.stores import ServerAddress
from tests.graphs import graph_on

BASE = "https://noemata.example/e/"
A, B, C, LINE = (NamedNode(f"{BASE}note/{name}") for name in ("a.md", "b.md", "c.md", "id:7"))
NOTES = f"""
@prefix kg: <https://w3id.org/noemata#> . @prefix dct: <http://purl.org/dc/terms/> .
@base <{BASE}note/> .
<a.md> {{ <a.md> a kg:Note ; kg:path "a.md" ; dct:title "Alpha" ; kg:describes <a.md#it> ; dct:created "2026-01-01" .
          <a.md#it> <http://www.w3.org/2000/01/rdf-schema#label> "Alpha" }}
<b.md> {{ <b.md> a kg:Note ; kg:path "b.md" ; dct:title "贝塔" . <b.md> kg:mentions <x> .
          <x> <http://www.w3.org/2000/01/rdf-schema#label> "Xavier" }}
<c.md> {{ <c.md> a kg:Note ; kg:path "c.md" ; dct:title "Gamma" }}
<./id:7> {{ <./id:7> a kg:Note ; kg:path "lines.jsonl" ; dct:title "Seven" ; dct:identifier "7" }}
""".encode()
MONDAY, TUESDAY, WEDNESDAY = (f"2026-03-0{day}T08:00:00Z" for day in (2, 3, 4))
ANN_VIEWED = Event("Ann", "viewed", A, None, MONDAY)
ANN_RATED = Event("Ann", "rated", B, 4.5, TUESDAY)
LEI_SAVED = Event("李雷", "saved", A, None, WEDNESDAY)


@pytest.fixture
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, NOTES) as opened:
        yield opened


def named(graph: KnowledgeGraph) -> set[str]:
    return {str(quad) for quad in graph.store.match()}


def select(graph: KnowledgeGraph, query: str) -> set[str]:
    result = run_sparql(graph, query)
    assert isinstance(result, Solutions)
    return {str(row[0].value) for row in result.rows if row[0] is not None}  # type: ignore[union-attr]


def test_events_are_read_as_they_were_recorded(graph: KnowledgeGraph) -> None:
    recorded = record_events(graph, [LEI_SAVED, ANN_RATED, ANN_VIEWED])
    assert recorded == (LEI_SAVED, ANN_RATED, ANN_VIEWED)
    assert [event.id for event in recorded] == [event_iri(event, graph.minter).value for event in recorded]
    assert {event.id for event in read_events(graph)} == {event.id for event in recorded}
    assert read_events(graph) == [ANN_VIEWED, ANN_RATED, LEI_SAVED]
    assert read_events(graph, "ANN") == [ANN_VIEWED, ANN_RATED]
    assert read_events(graph, "nobody") == []


def test_the_same_on_neo4j(neo4j_empty: ServerAddress) -> None:
    with graph_on(neo4j_empty, BASE, NOTES) as graph:
        record_events(graph, [LEI_SAVED, ANN_RATED, ANN_VIEWED])
        assert read_events(graph) == [ANN_VIEWED, ANN_RATED, LEI_SAVED]
        assert forget_events(graph, [event_iri(ANN_RATED, graph.minter)]) == 1
        assert read_events(graph, "ann") == [ANN_VIEWED]


def test_an_event_that_is_sent_twice_is_one(graph: KnowledgeGraph) -> None:
    record_events(graph, [ANN_VIEWED])
    once = named(graph)
    record_events(graph, [ANN_VIEWED, Event(" ann ", "viewed", A, None, MONDAY)])
    assert named(graph) == once
    record_events(graph, [Event("Ann", "viewed", A, None, TUESDAY)])
    assert [event.time for event in read_events(graph)] == [MONDAY, TUESDAY]


def test_they_stand_in_the_graph_of_their_user_and_what_follows_is_right(graph: KnowledgeGraph) -> None:
    record_events(graph, [ANN_VIEWED, LEI_SAVED])
    ann, lei = (NamedNode(f"{BASE}graph/user/{name}") for name in ("ann", "李雷"))
    assert {quad.subject for quad in graph.store.match(predicate=KG["viewed"], graph_name=ann)} == {
        NamedNode(f"{BASE}user/ann")
    }
    assert next(graph.store.match(predicate=KG["saved"], graph_name=lei), None) is not None
    derived = {q for name in ("names", "inferred") for q in graph.store.match(graph_name=graph.minter.graph(name))}
    assert derived == derive_all(graph.store.match, graph.ontology, graph.minter)
    assert "Ann" in select(graph, "SELECT ?n { ?u a kg:User ; kg:name ?n }")


def test_the_notes_that_were_not_read_are_asked_for_by_sparql(graph: KnowledgeGraph) -> None:
    record_events(graph, [ANN_VIEWED, ANN_RATED, Event("Ann", "saved", C, None, TUESDAY)])
    unread = "SELECT ?n { ?n a kg:Note FILTER NOT EXISTS { ?u kg:name 'Ann' ; kg:viewed ?n } }"
    assert select(graph, unread) == {C.value, LINE.value}


def test_the_event_that_is_taken_back_leaves_no_trace(graph: KnowledgeGraph) -> None:
    record_events(graph, [ANN_VIEWED])
    before = named(graph)
    again, rated = Event("Ann", "viewed", A, None, TUESDAY), Event("Ann", "rated", A, 2, TUESDAY)
    assert forget_events(graph, [NamedNode(event.id) for event in record_events(graph, [again, rated])]) == 2
    assert named(graph) == before
    (last,) = record_events(graph, [Event("Ann", "rated", A, 1, WEDNESDAY)])
    assert forget_events(graph, [event_iri(ANN_VIEWED, graph.minter)]) == 1
    assert next(graph.store.match(None, KG["viewed"], A), None) is not None, "who rates a note has viewed it"
    forget_events(graph, [NamedNode(last.id)])
    assert next(graph.store.match(None, KG["viewed"]), None) is None
    with pytest.raises(NotFoundError, match="No event"):
        forget_events(graph, [NamedNode(last.id)])


def test_what_other_graphs_say_is_not_taken_back(graph: KnowledgeGraph) -> None:
    (event,) = record_events(graph, [ANN_VIEWED])
    other, ann = NamedNode(f"{BASE}import/other"), graph.minter.user("Ann")
    said = (Quad(ann, KG["viewed"], A, other), Quad(A, KG["byUser"], ann, other))
    commit(graph, Change(said))
    with pytest.raises(NotFoundError, match="No event"):
        forget_events(graph, [A])  # a note, whatever an import says
    assert forget_events(graph, [NamedNode(event.id)]) == 1
    assert set(graph.store.match(graph_name=other)) == set(said)
    assert next(graph.store.match(A, KG["path"]), None) is not None


def test_a_user_who_goes_leaves_no_trace(graph: KnowledgeGraph) -> None:
    record_events(graph, [LEI_SAVED])
    before = named(graph)
    record_events(graph, [ANN_VIEWED, ANN_RATED])
    assert forget_user(graph, "ann") == 2
    assert named(graph) == before
    with pytest.raises(NotFoundError, match="Did you mean '李雷'"):
        forget_user(graph, "李雷雷")


def test_a_note_that_was_moved_is_found_by_its_title(graph: KnowledgeGraph) -> None:
    record_events(graph, [ANN_VIEWED])
    moved = NamedNode(f"{BASE}note/old/a.md")
    commit(graph, Change(remove=tuple(graph.store.match(graph_name=A))))
    assert [event.item for event in read_events(graph)] == [A], "as long as it is nowhere"
    quads: list[tuple[NamedNode, Term]] = [
        (RDF["type"], KG["Note"]),
        (KG["path"], Literal("old/a.md")),
        (DCT["title"], Literal("Alpha")),
    ]
    commit(graph, Change(tuple(Quad(moved, predicate, term, moved) for predicate, term in quads)))
    assert [event.item for event in read_events(graph)] == [moved]
    other = NamedNode(f"{BASE}note/copy.md")
    commit(graph, Change(tuple(Quad(other, predicate, term, other) for predicate, term in quads)))
    assert [event.item for event in read_events(graph)] == [A], "which of two it is nobody knows"


def test_what_people_write_themselves_counts(graph: KnowledgeGraph) -> None:
    record_events(graph, [ANN_VIEWED])
    ann, own = graph.minter.user("Ann"), graph.minter.user_graph("Ann")
    half = NamedNode(f"{BASE}half")
    commit(graph, Change((
        Quad(ann, KG["viewed"], B, own),
        Quad(half, KG["byUser"], ann, own), Quad(half, KG["action"], Literal("ate"), own), Quad(half, KG["ofItem"], B, own),
    )))  # fmt: skip
    assert read_events(graph) == [Event("Ann", "viewed", B, None, ""), ANN_VIEWED]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (Event(" ", "viewed", A, None, MONDAY), "A user's name has from 1 to 200 characters"),
        (Event("..", "viewed", A, None, MONDAY), "A user's name has a letter, a digit or a sign"),
        (Event("\u200b", "viewed", A, None, MONDAY), "A user's name has a letter, a digit or a sign"),
        (Event("a\0b", "viewed", A, None, MONDAY), "no control characters"),
        (Event("Ann", "rated", A, None, MONDAY), "A rating is a number from 1 to 5, not None"),
        (Event("Ann", "rated", A, 5.5, MONDAY), "A rating is a number from 1 to 5, not 5.5"),
        (Event("Ann", "rated", A, float("nan"), MONDAY), "A rating is a number from 1 to 5"),
        (Event("Ann", "viewed", A, 3, MONDAY), "Only what is rated has a rating"),
        (Event("Ann", "ate", A, None, MONDAY), "action must be one of viewed, rated, saved, not 'ate'"),  # type: ignore[arg-type]
        (Event("Ann", "viewed", NamedNode(f"{BASE}note/x"), None, MONDAY), "is no note of this home"),
    ],
)
def test_what_is_wrong_is_refused_with_all_that_came_with_it(graph: KnowledgeGraph, event: Event, reason: str) -> None:
    before = named(graph)
    with pytest.raises(InputError, match=reason):
        record_events(graph, [ANN_VIEWED, event])
    assert named(graph) == before


@pytest.mark.parametrize("name", ["a/b", "../x", "%2F", "ann/event/1", "#", "?q=1", "Zoë 🦊", '"><b>', "李雷"])
def test_any_name_has_a_graph_of_its_own(graph: KnowledgeGraph, name: str) -> None:
    record_events(graph, [ANN_VIEWED])
    before = named(graph)
    event = Event(name, "saved", B, None, MONDAY)
    (recorded,) = record_events(graph, [event])
    assert read_events(graph, name) == [event]
    assert read_events(graph, "Ann") == [ANN_VIEWED]
    assert "/../" not in recorded.id and forget_user(graph, name) == 1
    assert named(graph) == before


def test_what_is_returned_is_what_is_read(graph: KnowledgeGraph) -> None:
    time = event_time("2026-03-02T08:00:00.5000+00:00", lambda: datetime.now(UTC))
    assert time == "2026-03-02T08:00:00.5Z"
    assert record_events(graph, [Event("Ann", "rated", A, 4.567, time)]) == tuple(read_events(graph))


def test_what_names_a_note(graph: KnowledgeGraph) -> None:
    for target, note in (("a.md", A), (A.value, A), ("alpha", A), (f"{A.value}#it", A), ("7", LINE), ("贝塔", B)):
        assert find_item(graph, target) == note
    with pytest.raises(InputError, match="which is no note and described by none: name a note"):
        find_item(graph, "Xavier")
    with pytest.raises(NotFoundError, match="Did you mean 'gamma'"):
        find_item(graph, "Gama")


def test_times_are_written_in_utc() -> None:
    moment = datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert event_time(None, lambda: moment) == MONDAY
    assert event_time("2026-03-02T10:00:00+02:00", lambda: moment) == MONDAY
    for wrong in ("yesterday", "2026-03-02T10:00:00", ""):
        with pytest.raises(InputError, match="no time in ISO 8601 with a zone"):
            event_time(wrong, lambda: moment)
