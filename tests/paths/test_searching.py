"""Paths between things: which there are, in which order, with which sentences, and what no path leads over."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import pytest

from kg.graph import KnowledgeGraph
from kg.paths import Path, PathFinder, path_words, paths_from, shortest_paths, words_for
from kg.rdf import KG, NamedNode
from kg.stores import ServerAddress
from tests.graphs import graph_on
from tests.paths.small import BASE, NAMES, hub, it, note, vault


@pytest.fixture(scope="module")
def graph() -> Iterator[KnowledgeGraph]:
    with graph_on(None, BASE, vault()) as opened:
        yield opened


def words(graph: KnowledgeGraph, paths: list[Path]) -> list[str]:
    return [path_words(path, words_for(graph)) for path in paths]


def test_paths_are_those_that_say_most_first(graph: KnowledgeGraph) -> None:
    found = shortest_paths(graph, it("Lantern"), it("Harrier"))
    assert words(graph, found) == [
        "Lantern written in Rust; Harrier written in Rust",
        "Mara maintains Lantern; Mara links to Harrier",
    ]
    assert [path.weight for path in found] == sorted((path.weight for path in found), reverse=True)
    rust = next(path for path in found if path.steps[0].object == it("Rust"))
    assert rust.weight == pytest.approx(math.log(1 / 3))  # Lantern, Harrier and the tag
    mara = next(path for path in found if path.steps[0].subject == it("Mara"))
    assert mara.weight == pytest.approx(math.log(1 / 2) + math.log(1 / 2))  # two neighbours, and a plain step


def test_steps_say_their_direction_and_their_surest_sentence(graph: KnowledgeGraph) -> None:
    found = shortest_paths(graph, it("Lantern"), it("Harrier"))
    rust = next(path for path in found if path.steps[0].object == it("Rust"))
    assert [step.is_forward for step in rust.steps] == [True, False]
    assert [step.evidence and (step.evidence.quote, step.evidence.path) for step in rust.steps] == [
        ("sentence 2", "Log.md"),
        ("sentence 3", "Harrier.md"),
    ]
    assert rust.steps[0].to_json()["evidence"]["start"] == 2


def test_the_way_back_is_the_same_turned_round(graph: KnowledgeGraph) -> None:
    for first, second in itertools.combinations(NAMES, 2):
        there, back = (
            shortest_paths(graph, it(first), it(second), k=9),
            shortest_paths(graph, it(second), it(first), k=9),
        )
        assert {turned(path) for path in there} == {statements(path) for path in back}


def statements(path: Path) -> tuple[frozenset[NamedNode], ...]:
    return tuple(frozenset({step.subject, step.object, step.predicate}) for step in path.steps)


def turned(path: Path) -> tuple[frozenset[NamedNode], ...]:
    return statements(path)[::-1]


def test_a_note_is_what_it_describes(graph: KnowledgeGraph) -> None:
    ends = [(note("Lantern"), it("Harrier")), (it("Lantern"), note("Harrier")), (note("Lantern"), note("Harrier"))]
    expected = shortest_paths(graph, it("Lantern"), it("Harrier"))
    assert [shortest_paths(graph, *pair) for pair in ends] == [expected] * 3
    assert shortest_paths(graph, note("Lantern"), it("Lantern")) == []


def test_paths_are_of_three_steps_at_most(graph: KnowledgeGraph) -> None:
    (found,) = shortest_paths(graph, it("Lantern"), it("Far"))
    assert words(graph, [found]) == ["Lantern written in Rust; Rust tagged with tool; Far tagged with tool"]
    assert shortest_paths(graph, it("Lantern"), it("Far"), longest=2) == []
    assert shortest_paths(graph, it("Mara"), it("Far")) == []
    for longest in (0, 4):
        with pytest.raises(ValueError, match="from 1 to 3"):
            shortest_paths(graph, it("Lantern"), it("Far"), longest=longest)


def test_what_users_did_and_records_lead_nowhere(graph: KnowledgeGraph) -> None:
    assert shortest_paths(graph, NamedNode(f"{BASE}user/ada"), it("Lantern")) == []
    for name in NAMES:
        for path in shortest_paths(graph, it("Log"), it(name), k=20):
            for step in path.steps:
                assert step.predicate not in {KG["inNote"], KG["describes"], KG["graph"], KG["viewed"]}
                assert "#e-" not in step.subject.value + step.object.value
    unknown = NamedNode("https://example.org/nobody")
    assert shortest_paths(graph, unknown, it("Lantern")) == []


def test_a_statement_can_be_left_out(graph: KnowledgeGraph) -> None:
    stated = (it("Lantern"), KG["writtenIn"], it("Rust"))
    assert len(shortest_paths(graph, it("Lantern"), it("Rust"))[0].steps) == 1
    assert all(len(path.steps) > 1 for path in shortest_paths(graph, it("Lantern"), it("Rust"), without=stated))


def test_the_best_of_several_starts(graph: KnowledgeGraph) -> None:
    ends = [it("Harrier"), it("Far")]
    found = paths_from(graph, [note("Mara"), it("Rust")], ends, k=1)
    assert list(found) == ends
    assert words(graph, found[it("Harrier")]) == ["Harrier written in Rust"]
    assert words(graph, found[it("Far")]) == ["Rust tagged with tool; Far tagged with tool"]
    assert paths_from(graph, [], ends) == {end: [] for end in ends}
    finder = PathFinder(graph)
    assert [finder.paths_from([note("Mara"), it("Rust")], end, k=1) for end in ends] == list(found.values())


def test_of_parallel_statements_the_one_that_says_more_is_taken(graph: KnowledgeGraph) -> None:
    (path,) = [path for path in shortest_paths(graph, it("Mara"), it("Harrier")) if len(path.steps) == 1]
    assert path.steps[0].predicate in {KG["linksTo"], KG["mentions"]}
    assert path.weight == pytest.approx(math.log(1 / 2))
    (path,) = [path for path in shortest_paths(graph, it("Mara"), it("Lantern")) if len(path.steps) == 1]
    assert path.weight == 0


def test_hubs_say_little_and_great_ones_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with graph_on(None, BASE, hub(40)) as graph:
        found = shortest_paths(graph, it("One"), it("Two"))
        assert [path.steps[0].predicate for path in found] == [KG["uses"], KG["taggedWith"]]
        assert found[1].weight == pytest.approx(math.log(1 / 42) + 2 * math.log(1 / 2))
        monkeypatch.setattr("kg.paths.things._MOST", 30)
        monkeypatch.setattr("kg.paths.things._READ", 35)
        assert [path.steps[0].predicate for path in shortest_paths(graph, it("One"), it("Two"))] == [KG["uses"]]
        to_hub = shortest_paths(graph, it("Core"), NamedNode(f"{BASE}tag/all"))
        assert {len(path.steps) for path in to_hub} == {2}  # a hub is still an end


def test_both_stores_find_the_same_paths(neo4j_empty: ServerAddress) -> None:
    found = []
    for server in (None, neo4j_empty):
        with graph_on(server, BASE, vault()) as graph:
            found.append([shortest_paths(graph, it(a), it(b)) for a, b in itertools.combinations(NAMES, 2)])
    assert found[0] == found[1]
    assert any(found[0])
