"""What waits for a decision, and in which order."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from typing import Any

import pytest

from kg.config import ReviewSettings
from kg.decisions import (
    Draft,
    Likeness,
    Log,
    Merging,
    Naming,
    Pair,
    Passage,
    Splitting,
    Target,
    Typing,
    Undoing,
    Word,
    log_quads,
    read_log,
    union,
)
from kg.errors import InputError
from kg.graph import KnowledgeGraph, commit
from kg.model import Change
from kg.rdf import KG, RDF, Literal, NamedNode, Quad
from kg.review import KINDS, Item, Queue, read_queue
from tests.graphs import open_graph
from tests.review.notes import BASE, MINTER, Said, entity, guess, note, quads

SETTINGS = ReviewSettings(0.5, "")
EMPTY = Log(BASE)
TIME = "2026-01-31T12:00:00Z"
ADA, BOB, ACME, ROME = (entity(name) for name in ("ada", "bob", "acme", "rome"))


def graph_of(*said: Said, also: Iterable[Quad] = ()) -> KnowledgeGraph:
    graph = open_graph(None, BASE, b"")
    commit(graph, Change((*quads(said), *also)))
    return graph


def ids(queue: Queue) -> list[str]:
    return [item.id for item in queue.items]


def only(queue: Queue) -> Item:
    (item,) = queue.items
    return item


def uses(path: str, confidence: float, **more: Any) -> Said:
    return Said(path, ADA, KG["uses"], ACME, confidence, **{"cue": "use", **more})


def passage(said: Said, number: int | None = None) -> Passage:
    return Passage(note(said.path), *said.triple, said.quote, "", "", number or said.number, "triggers", said.cue)


def decided(kind: str, target: Target, log: Log = EMPTY, author: str = "Ada") -> Log:
    return log.extend(log.record([Draft(kind, target)], author, TIME))  # type: ignore[arg-type]


# --- what waits


def test_evidence_below_the_setting_waits() -> None:
    low, just, sure = uses("a.md", 0.49), uses("b.md", 0.5), uses("c.md", 0.9)
    graph = graph_of(low, just, sure)
    item = only(read_queue(graph, EMPTY, SETTINGS))
    assert (item.id, item.kind, item.confidence, item.reason) == (
        low.id, "confidence", 0.49, "confidence 0.49 is below 0.5"
    )  # fmt: skip
    assert item.names == ("Ada", "uses", "Acme")
    assert (item.subject, item.predicate, item.object) == low.triple
    assert item.notes == ("a.md",)
    (sentence,) = item.evidence
    assert (sentence.path, sentence.quote, sentence.start, sentence.end, sentence.cue) == (
        "a.md", low.quote, 0, len(low.quote), "use"
    )  # fmt: skip
    assert read_queue(graph, EMPTY, ReviewSettings(1.0, "")).total == 3
    assert read_queue(graph, EMPTY, ReviewSettings(0.0, "")).items == ()


def test_what_the_gate_refused_waits_with_its_reason() -> None:
    refused = uses("a.md", 0.9, reason="range of uses: Place is disjoint from Tool")
    item = only(read_queue(graph_of(refused), EMPTY, SETTINGS))
    assert (item.id, item.kind, item.reason) == (refused.id, "quarantine", refused.reason)
    assert not item.is_acceptable
    doubted = uses("a.md", 0.2, reason="confidence 0.2 is below 0.25")
    assert only(read_queue(graph_of(doubted), EMPTY, SETTINGS)).is_acceptable


def test_what_a_retype_refused_is_answered() -> None:
    refused = Said("a.md", ADA, RDF["type"], KG["Company"], 0.9, reason="type: decided to be Person")
    assert read_queue(graph_of(refused), EMPTY, SETTINGS).items == ()


def test_pairs_and_predictions_wait() -> None:
    said = [uses("a.md", 0.9), Said("b.md", BOB, KG["uses"], ACME, 0.9), Said("c.md", BOB, KG["uses"], ROME, 0.9)]
    predicted = [*guess(1, ADA, BOB, "0.7"), *guess(2, ADA, ROME, "0.8", KG["livesIn"])]
    queue = read_queue(graph_of(*said, also=predicted), EMPTY, SETTINGS)
    pair, prediction = queue.items
    assert (pair.kind, pair.names, pair.confidence) == ("resolution", ("Ada", "same as", "Bob"), 0.7)
    assert (pair.reason, pair.alike) == ("because", 1)  # Ada is in one statement, Bob in two
    assert [sentence.path for sentence in pair.evidence] == ["a.md", min("b.md", "c.md", key=first_id(said))]
    assert (prediction.kind, prediction.names) == ("prediction", ("Ada", "lives in", "Rome"))
    assert queue.counts == {"resolution": 1, "prediction": 1}
    assert list(queue.counts) == [kind for kind in KINDS if kind in queue.counts]


def first_id(said: list[Said]) -> Any:
    by_path = {each.path: each.id for each in said}
    return lambda path: by_path[path]


def test_kinds_choose() -> None:
    said = [uses("a.md", 0.4), uses("b.md", 0.9, reason="range of uses: no")]
    graph = graph_of(*said, also=[*guess(1, ADA, BOB, "0.7"), *guess(2, ADA, ROME, "0.8", KG["livesIn"])])
    log = contradicting(Typing(ADA, KG["Person"]), Typing(ADA, KG["Company"]), "retype")
    for kind in KINDS:
        assert [item.kind for item in read_queue(graph, log, SETTINGS, (kind,)).items] == [kind]
    assert read_queue(graph, log, SETTINGS, ("confidence", "quarantine")).total == 2
    with pytest.raises(InputError, match="No kind of item is called 'guess'"):
        read_queue(graph, log, SETTINGS, ("guess",))  # type: ignore[arg-type]


def test_what_is_no_item_is_passed_over() -> None:
    """Evidence that was imported is of no note here, and what people write into a graph may be anything."""
    there = NamedNode(f"{BASE}import/theirs")
    low = uses("a.md", 0.3)
    imported = [Quad(q.subject, q.predicate, q.object, there) for q in quads([low])]
    graph = open_graph(None, BASE, b"")
    odd = [q for q in guess(1, ADA, BOB, "0.7") if q.predicate != KG["score"]]
    odd.append(Quad(odd[0].subject, KG["score"], Literal("much"), odd[0].graph_name))
    commit(graph, Change((*imported, *odd)))
    assert read_queue(graph, EMPTY, SETTINGS).items == ()
    commit(graph, Change(tuple(quads([low]))))
    assert ids(read_queue(graph, EMPTY, SETTINGS)) == [low.id]


# --- the order


def test_impact_is_doubt_times_what_changes() -> None:
    """Worked out by hand: 4·p·(1 − p) × (1 + alike / place)."""
    said = [
        uses("a.md", 0.4),  # 0.96 × (1 + 3/1): four alike, the most open
        uses("b.md", 0.3),  # 0.84 × (1 + 3/2)
        uses("c.md", 0.9),
        uses("d.md", 0.2, reason="confidence 0.2 is below 0.25"),  # 0.64 × (1 + 3/1): the first that was refused
        uses("e.md", 0.4, cue="employ"),  # 0.96 × 1
        uses("f.md", 1.0, kind="stated", reason="range of uses: no", cue=""),  # p is halved: 1.0 × (1 + 1/1)
        uses("g.md", 0.5, reason="range of uses: no", cue="apply"),  # 0.75 × (1 + 1/2)
    ]
    predicted = [*guess(1, ADA, ROME, "0.9", KG["livesIn"]), *guess(2, ADA, ACME, "0.5")]
    queue = read_queue(graph_of(*said, also=predicted), EMPTY, SETTINGS)
    assert [(item.evidence[0].path if item.kind != "prediction" else "", item.impact) for item in queue.items] == [
        ("a.md", 8.0), ("a.md", 3.84), ("d.md", 2.56), ("b.md", 2.1), ("f.md", 2.0), ("g.md", 1.125), ("e.md", 0.96),
        ("", 0.36),
    ]  # fmt: skip
    assert [item.kind for item in queue.items[:3]] == ["resolution", "confidence", "quarantine"]


def test_likeness_is_predicate_extractor_and_cue() -> None:
    """A version is no difference; of mentions and types those of one object are alike; nothing is like the stated."""
    said = [
        uses("a.md", 0.4, extractor="triggers 0.1.0"),
        uses("b.md", 0.9, extractor="triggers 0.2.0"),
        uses("c.md", 0.9, extractor="patterns 0.1.0"),
        Said("d.md", note("d.md"), KG["mentions"], BOB, 0.4, extractor="names 0.1.0"),
        Said("e.md", note("e.md"), KG["mentions"], BOB, 0.9, extractor="names 0.1.0"),
        Said("f.md", note("f.md"), KG["mentions"], ADA, 0.9, extractor="names 0.1.0"),
        Said("g.md", BOB, RDF["type"], KG["Person"], 0.4, extractor="names 0.1.0"),
        Said("h.md", ADA, RDF["type"], KG["Person"], 0.9, extractor="names 0.1.0"),
        Said("i.md", ROME, RDF["type"], KG["Place"], 0.9, extractor="names 0.1.0"),
        Said("j.md", BOB, KG["knows"], ADA, 0.4, kind="stated"),
        Said("k.md", ADA, KG["knows"], BOB, 0.4, kind="stated"),
    ]
    found = {item.notes[0]: item.alike for item in read_queue(graph_of(*said), EMPTY, SETTINGS).items}
    assert found == {"a.md": 1, "d.md": 1, "g.md": 1, "j.md": 0, "k.md": 0}


def test_the_order_is_total_and_depends_on_the_graph_alone() -> None:
    said = [uses(f"{n}.md", confidence) for n in range(12) for confidence in (0.3,)]
    said += [uses(f"{n}.md", 0.3, reason="range of uses: no", cue=str(n)) for n in range(12, 24)]
    predicted = [q for n in range(6) for q in guess(n, entity(f"l{n}"), entity(f"r{n}"), "0.7")]
    whole = read_queue(graph_of(*said, also=predicted), EMPTY, SETTINGS)
    for seed in range(3):
        mixed = [*quads(said), *predicted]
        random.Random(seed).shuffle(mixed)
        graph = open_graph(None, BASE, b"")
        for quad in mixed:
            graph.store.commit(Change((quad,)))
        commit(graph, Change((Quad(ADA, KG["knows"], BOB, MINTER.graph("user")),)))  # so that names are derived
        assert ids(read_queue(graph, EMPTY, SETTINGS)) == ids(whole)
    keys = [(-item.impact, KINDS.index(item.kind), item.id) for item in whole.items]
    assert keys == sorted(keys)


def test_parts_make_up_the_whole() -> None:
    graph = graph_of(*(uses(f"{n}.md", 0.3 + n / 100) for n in range(17)))
    whole = read_queue(graph, EMPTY, SETTINGS)
    parts = [read_queue(graph, EMPTY, SETTINGS, limit=5, offset=start) for start in range(0, 25, 5)]
    assert [item for part in parts for item in part.items] == list(whole.items)
    assert {part.total for part in parts} == {17} == {whole.total}
    assert read_queue(graph, EMPTY, SETTINGS, limit=0).items == ()
    with pytest.raises(InputError, match="from 0"):
        read_queue(graph, EMPTY, SETTINGS, limit=-1)
    with pytest.raises(InputError, match="from 0"):
        read_queue(graph, EMPTY, SETTINGS, offset=-1)


def test_many_items_cost_no_more_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(count: int) -> int:
        said = [uses(f"{n}.md", 0.3, cue=str(n)) for n in range(count)]
        said += [uses(f"{n}.md", 0.2, reason=f"range of uses: {n}", cue=str(n)) for n in range(count, 2 * count)]
        predicted = [q for n in range(count) for q in guess(n, entity(f"l{n}"), entity(f"r{n}"), "0.7")]
        graph = graph_of(*said, also=predicted)
        calls: list[str] = []
        query, match = graph.store.query, graph.store.match
        monkeypatch.setattr(type(graph.store), "query", lambda _, *given: calls.append("query") or query(*given))
        monkeypatch.setattr(
            type(graph.store), "match", lambda _, *given, **m: calls.append("match") or match(*given, **m)
        )
        assert read_queue(graph, EMPTY, SETTINGS).total == 3 * count
        monkeypatch.undo()
        return len(calls)

    assert asked(3) == asked(200) < 12


def test_json_has_the_agreed_members() -> None:
    document = read_queue(graph_of(uses("a.md", 0.4)), EMPTY, SETTINGS).to_json()
    (item,) = json.loads(json.dumps(document))["items"]
    agreed = {"id", "kind", "subject", "predicate", "object", "confidence", "evidence", "reason"}
    assert agreed <= set(item)
    assert (item["subject"], item["predicate"], item["object"]) == (ADA.value, KG["uses"].value, ACME.value)
    assert document["total"] == 1


# --- what is decided


def test_what_was_accepted_waits_no_more_until_that_is_undone() -> None:
    low, other = uses("a.md", 0.4), uses("b.md", 0.4)
    refused = uses("c.md", 0.2, reason="confidence 0.2 is below 0.25")
    graph = graph_of(low, other, refused)
    log = decided("accept", passage(low))
    assert sorted(ids(read_queue(graph, log, SETTINGS))) == sorted([other.id, refused.id])
    log = decided("accept", passage(refused), log)
    assert ids(read_queue(graph, log, SETTINGS)) == [other.id]
    undone = decided("undo", Undoing(log.iri(log.decisions[0])), log)
    assert sorted(ids(read_queue(graph, undone, SETTINGS))) == sorted([low.id, other.id])


def test_another_quote_of_an_accepted_statement_still_waits() -> None:
    first, second = uses("a.md", 0.4), uses("a.md", 0.4, number=2)
    assert ids(read_queue(graph_of(first, second), decided("accept", passage(first)), SETTINGS)) == [second.id]


def test_what_was_accepted_in_a_note_that_moved_waits_no_more() -> None:
    before, after = uses("old.md", 0.4), uses("new.md", 0.4)
    same_quote = Passage(note("old.md"), *before.triple, after.quote, "", "", 1, "triggers", "use")
    log = decided("accept", same_quote)
    assert read_queue(graph_of(after), log, SETTINGS).items == ()
    graph = graph_of(after, before)  # the note is still there: it was said of that one alone
    assert sorted(ids(read_queue(graph, log, SETTINGS))) == sorted([after.id, before.id])


def test_what_was_accepted_with_all_like_it_waits_no_more() -> None:
    graph = graph_of(uses("a.md", 0.4), uses("b.md", 0.4), uses("c.md", 0.4, cue="employ"))
    log = decided("accept", Likeness(KG["uses"], "triggers", "use"))
    assert [item.notes for item in read_queue(graph, log, SETTINGS).items] == [("c.md",)]


@pytest.mark.parametrize("kind", ["accept", "reject"])
def test_a_pair_that_was_decided_waits_no_more(kind: str) -> None:
    graph = graph_of(also=[*guess(1, ADA, BOB, "0.7"), *guess(2, ADA, ROME, "0.7")])
    queue = read_queue(graph, decided(kind, Pair(BOB, ADA)), SETTINGS)
    assert ids(queue) == [f"{BASE}prediction/2"]


def contradicting(one: Target, other: Target, kind: str, other_kind: str = "") -> Log:
    """The logs of two people who did not know of each other."""
    ours, theirs = decided(kind, one), decided(other_kind or kind, other, author="Bob")
    return union(ours, theirs).log


CONFLICTS: list[tuple[Target, Target, str, str, str]] = [
    (passage(uses("a.md", 0.9)), passage(uses("a.md", 0.9)), "accept", "reject", "of “a.md says so 1.”: accept"),
    (Typing(ADA, KG["Person"]), Typing(ADA, KG["Company"]), "retype", "retype", "retype as person by Ada"),
    (Naming(ADA, "Ada L."), Naming(ADA, "A. L."), "rename", "rename", "rename to 'A. L.' by"),
    (Pair(ADA, BOB), Pair(ADA, BOB), "accept", "reject", "accept by Ada"),
    (Merging(ADA, BOB), Merging(BOB, ADA), "merge", "merge", "merge into Bob"),
    (Likeness(KG["uses"], "triggers", "use"), Likeness(KG["uses"], "triggers", "use"), "accept", "reject", "all like it"),
    (Merging(ADA, BOB), Splitting(ADA, (ADA, BOB)), "merge", "split", "merge into Ada"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "kind", "other_kind", "words"), CONFLICTS)
def test_what_was_decided_in_two_ways_waits(one: Target, other: Target, kind: str, other_kind: str, words: str) -> None:
    said = [uses("a.md", 0.9), Said("b.md", BOB, KG["uses"], ACME, 0.9)]
    log = contradicting(one, other, kind, other_kind)
    item = only(read_queue(graph_of(*said), log, SETTINGS))
    assert (item.kind, item.confidence) == ("conflict", None)
    assert set(item.decisions) == {log.iri(decision).value for decision in log}
    assert item.id == item.decisions[1]
    assert item.reason.startswith("decided in two ways") and item.reason.endswith("Undo one of them")
    assert words in item.reason
    assert item.impact >= 1.0
    if isinstance(one, Passage):
        assert item.notes == ("a.md",)
    undone = decided("undo", Undoing(NamedNode(item.id)), log)
    assert read_queue(graph_of(*said), undone, SETTINGS).items == ()


def test_a_conflict_about_nothing_in_the_graph_is_shown_all_the_same() -> None:
    log = contradicting(Word("it", ADA), Word("it", ADA), "reject")
    assert read_queue(graph_of(), log, SETTINGS).items == ()  # both say the same
    gone = passage(uses("gone.md", 0.9))
    item = only(read_queue(graph_of(), contradicting(gone, gone, "accept", "reject"), SETTINGS))
    assert item.evidence == () and "gone.md says so" in item.reason


def test_the_log_may_be_the_stored_one() -> None:
    """It describes evidence, and is none."""
    low, other = uses("a.md", 0.4), uses("b.md", 0.4)
    log = decided("accept", passage(low))
    graph = graph_of(low, other, also=log_quads(log, MINTER))
    stored = read_log(graph.store.match, MINTER)
    assert stored == log
    item = only(read_queue(graph, stored, SETTINGS))
    assert (item.id, item.alike) == (other.id, 1)
