"""What each kind of decision does to the graph of a small vault, and that undoing it brings back the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kg.curation import (
    Accept,
    Author,
    Merge,
    Reject,
    RejectWord,
    Rename,
    Request,
    Retype,
    Split,
    Undo,
)
from kg.errors import InputError, NotFoundError
from kg.rdf import KG, OWL, RDF, RDFS, DefaultGraph, Literal, NamedNode, Term
from tests.curation.histories import served
from tests.ingest.homes import BASE, MINTER, Home, fresh, write

pytestmark = pytest.mark.model

BY = Author("ada", "2026-01-31T12:00:00Z")
NOTES = {
    "Ada.md": b"---\ntype: person\naliases: [Ada Lovelace]\n---\n# Ada\n\nAda works for Acme Robotics.\n\nShe likes tea.\n",
    "Work.md": b"# Work\n\nAda works for Acme Robotics. Oxigraph is written in Rust.\n",
    "Later.md": b"# Later\n\nAcme Robotics was founded in 1998. Oxigraph depends on RocksDB.\n",
}
ADA = NamedNode(f"{BASE}note/Ada.md#it")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home of those notes."""
    write(tmp_path / "vault", NOTES)
    made = fresh(tmp_path / "vault")
    yield made
    made.close()


def entity(home: Home, name: str) -> NamedNode:
    """The one thing that is called so."""
    found = {quad.subject for quad in home.store.match(None, RDFS["label"], Literal(name), DefaultGraph())}
    (iri,) = found
    assert isinstance(iri, NamedNode)
    return iri


def evidence(home: Home, predicate: str, note: str, kind: str = "Evidence") -> str:
    """The evidence of a statement with a predicate in a note."""
    graph = NamedNode(f"{BASE}note/{note}.md")
    found = home.store.match(None, RDF["predicate"], KG[predicate], graph)
    items = [
        quad.subject.value
        for quad in found
        if isinstance(quad.subject, NamedNode)
        and any(home.store.match(quad.subject, RDF["type"], KG[kind]))
        and not any(home.store.match(quad.subject, KG["kind"], Literal("stated")))
    ]
    assert items, f"{note} has no {kind} of {predicate}"
    return items[0]


def statements(home: Home, predicate: str, note: str) -> set[tuple[Term, Term]]:
    graph = NamedNode(f"{BASE}note/{note}.md")
    return {(quad.subject, quad.object) for quad in home.store.match(None, KG[predicate], None, graph)}  # type: ignore[misc]


def speaks_of(home: Home, iri: NamedNode) -> bool:
    """Whether anything but the log holds a triple with an IRI."""
    found = (
        *home.store.match(iri),
        *home.store.match(None, None, iri),
        *home.store.match(iri, None, None, DefaultGraph()),
    )
    return any(quad.graph_name != MINTER.graph("decisions") for quad in found)


def decide(home: Home, *requests: Request) -> list[str]:
    """Decide, check that the derived graphs are right, and return the decisions' names."""
    curator = home.curator()
    made = curator.decide(requests, BY)
    home.check()
    log = curator.log()
    return [log.iri(each).value for each in made]


def expect_undone(home: Home, before: str, *decisions: str) -> None:
    decide(home, *map(Undo, decisions))
    assert served(home) == before


def test_a_rejected_sentence_says_nothing_any_more(home: Home) -> None:
    before = served(home)
    made = decide(home, Reject(evidence(home, "worksFor", "Work")))
    assert not statements(home, "worksFor", "Work")
    assert statements(home, "worksFor", "Ada")
    expect_undone(home, before, *made)


def test_a_rejection_lasts_when_the_note_is_edited_elsewhere_and_moved(home: Home) -> None:
    vault = home.paths[0]
    (rejection,) = decide(home, Reject(evidence(home, "worksFor", "Work")))
    write(vault, {"Work.md": b"# Work\n\nA new line. Ada works for Acme Robotics. Oxigraph is written in Rust.\n"})
    home.ingest()
    assert not statements(home, "worksFor", "Work")
    (vault / "Work.md").rename(vault / "Moved.md")
    home.ingest()
    assert not statements(home, "worksFor", "Moved") and statements(home, "writtenIn", "Moved")
    assert home.curator().unapplied() == ()
    write(vault, {"Moved.md": b"# Work\n\nAda has worked for Acme Robotics since May.\n"})
    home.ingest()
    assert [iri.value for iri in home.curator().unapplied()] == [rejection]


def test_an_accepted_sentence_is_sure_and_raises_what_is_like_it(home: Home) -> None:
    before = served(home)
    accepted, other = (NamedNode(evidence(home, "worksFor", note)) for note in ("Work", "Ada"))
    (confidence,) = (quad.object for quad in home.store.match(other, KG["confidence"]))
    made = decide(home, Accept(accepted.value))
    assert [quad.object.value for quad in home.store.match(accepted, KG["confidence"])] == ["1"]  # type: ignore[union-attr]
    (raised,) = (quad.object for quad in home.store.match(other, KG["confidence"]))
    assert isinstance(raised, Literal) and isinstance(confidence, Literal)
    assert float(raised.value) > float(confidence.value)
    (reason,) = (quad.object for quad in home.store.match(other, KG["reason"]))
    assert isinstance(reason, Literal) and "1" in reason.value
    expect_undone(home, before, *made)


def test_a_pattern_that_is_rejected_finds_nothing_more(home: Home) -> None:
    before = served(home)
    made = decide(home, Reject(evidence(home, "worksFor", "Work"), alike=True))
    assert not statements(home, "worksFor", "Work") and not statements(home, "worksFor", "Ada")
    write(home.paths[0], {"New.md": b"# New\n\nAda works for Acme Robotics.\n"})
    home.ingest()
    assert not statements(home, "worksFor", "New")
    (home.paths[0] / "New.md").unlink()
    home.ingest()
    expect_undone(home, before, *made)


def test_a_word_that_is_never_to_be_linked(home: Home) -> None:
    before, acme = served(home), entity(home, "Acme Robotics")
    made = decide(home, RejectWord("acme robotics"))
    assert not speaks_of(home, acme)
    expect_undone(home, before, *made)


def test_a_merge_leaves_no_triple_of_the_other(home: Home) -> None:
    before, acme, oxigraph = served(home), entity(home, "Acme Robotics"), entity(home, "Oxigraph")
    rust = entity(home, "Rust")
    made = decide(home, Merge(oxigraph, rust))
    assert not speaks_of(home, rust)
    assert {Literal("Rust"), Literal("Oxigraph")} <= {quad.object for quad in home.store.match(oxigraph, RDFS["label"])}
    assert acme in {quad.object for quad in home.store.match(ADA, KG["worksFor"])}
    merged = [quad.object.value for quad in home.store.match(oxigraph, KG["mergedFrom"])]  # type: ignore[union-attr]
    assert merged == [rust.value]
    expect_undone(home, before, *made)


def test_a_merge_of_contrary_classes_is_refused(home: Home) -> None:
    before = home.dump()
    decide(home, Retype(entity(home, "Acme Robotics"), KG["Company"]))
    with pytest.raises(InputError, match="retype"):
        decide(home, Merge(ADA, entity(home, "Acme Robotics")))
    assert served(home) != before


def test_a_split_gives_each_note_an_entity_of_its_own(home: Home) -> None:
    before, oxigraph = served(home), entity(home, "Oxigraph")
    made = decide(home, Split(oxigraph))
    in_notes = {
        note: {quad.subject for quad in home.store.match(None, RDFS["label"], Literal("Oxigraph"), graph)}
        for note in ("Work", "Later")
        for graph in [NamedNode(f"{BASE}note/{note}.md")]
    }
    assert len(in_notes["Work"]) == len(in_notes["Later"]) == 1 and in_notes["Work"] != in_notes["Later"]
    expect_undone(home, before, *made)


def test_a_split_takes_apart_what_was_merged(home: Home) -> None:
    before, oxigraph, rust = served(home), entity(home, "Oxigraph"), entity(home, "Rust")
    merged = decide(home, Merge(oxigraph, rust))
    parted = decide(home, Split(oxigraph))
    assert any(home.store.match(rust)) and any(home.store.match(oxigraph))
    expect_undone(home, before, *parted, *merged)


def test_what_is_retyped_is_judged_by_its_class(home: Home) -> None:
    before, acme = served(home), entity(home, "Acme Robotics")
    made = decide(home, Retype(acme, KG["Place"]))
    graphs = [NamedNode(f"{BASE}note/{note}.md") for note in ("Ada", "Work", "Later")]
    classes = {quad.object for graph in graphs for quad in home.store.match(acme, RDF["type"], None, graph)}
    assert classes == {KG["Place"]}
    assert not statements(home, "worksFor", "Work"), "nobody works for a place"
    refused = evidence(home, "worksFor", "Work", "Refusal")
    with pytest.raises(InputError, match="cannot be accepted"):
        decide(home, Accept(refused))
    expect_undone(home, before, *made)


def test_a_new_name_is_the_name_in_both_languages(home: Home) -> None:
    before, acme = served(home), entity(home, "Acme Robotics")
    made = decide(home, Rename(acme, "Acme"))
    names = {quad.object for quad in home.store.match(acme, KG["name"], None, MINTER.graph("names"))}
    assert names == {Literal("Acme")}
    assert {Literal("Acme"), Literal("Acme Robotics")} <= {q.object for q in home.store.match(acme, RDFS["label"])}
    expect_undone(home, before, *made)


def test_a_pair_that_waits_is_one_or_two_as_somebody_says(home: Home, tmp_path: Path) -> None:
    write(home.paths[0], {"Lantern.md": b"# Lantern\n\nA light.\n", "Lanterns.md": b"# Lanterns\n\nAll of them.\n"})
    home.ingest()
    waiting = [q.subject for q in home.store.match(None, RDF["predicate"], OWL["sameAs"], MINTER.graph("predicted"))]
    (first, *_) = sorted(iri.value for iri in waiting if isinstance(iri, NamedNode))
    before = served(home)
    made = decide(home, Reject(first))
    assert not any(home.store.match(NamedNode(first)))
    expect_undone(home, before, *made)
    made = decide(home, Accept(first))
    assert not any(home.store.match(NamedNode(first)))
    expect_undone(home, before, *made)


@pytest.mark.parametrize(
    "request_",
    [
        Reject("nothing"),
        Reject(f"{BASE}note/Work.md#e-0"),
        Undo(f"{BASE}decision/0"),
        Merge(ADA, NamedNode(f"{BASE}entity/Entity/nobody")),
        Retype(ADA, NamedNode(f"{BASE}Class")),
    ],
)
def test_what_is_not_there_changes_nothing(home: Home, request_: Request) -> None:
    before = home.dump()
    with pytest.raises(NotFoundError):
        decide(home, Rename(ADA, "Countess"), request_)
    assert home.dump() == before


@pytest.mark.parametrize(
    "request_",
    [
        Rename(ADA, "  "),
        Rename(NamedNode(f"{BASE}note/Ada.md"), "a note"),
        Retype(ADA, KG["Note"]),
        Merge(ADA, ADA),
        RejectWord(" "),
        Reject("not an: iri"),
        Split(ADA, (NamedNode(f"{BASE}note/None.md"),)),
    ],
)
def test_what_cannot_be_decided_is_an_error_and_changes_nothing(home: Home, request_: Request) -> None:
    before = home.dump()
    with pytest.raises(InputError):
        decide(home, request_)
    assert home.dump() == before


def test_two_logs_are_joined_and_their_conflict_is_settled(home: Home, tmp_path: Path) -> None:
    other = fresh(home.paths[0])
    acme = entity(home, "Acme Robotics")
    decide(home, Rename(acme, "Acme"))
    decide(other, Rename(acme, "ACME Inc"))
    ours, theirs = home.curator().log(), other.curator().log()
    merged = home.curator().merge_log(theirs)
    assert len(merged.added) == len(merged.conflicts) == 1
    other.curator().merge_log(ours)
    assert home.dump() == other.dump()
    (conflict,) = home.curator().log().conflicts()
    decide(home, Reject(home.curator().log().iri(conflict.later).value))
    assert not home.curator().log().conflicts()
    other.close()


def test_a_decision_without_the_cache_takes_effect_with_the_next_ingest(home: Home) -> None:
    acme = entity(home, "Acme Robotics")
    home.lose_cache()
    decide(home, Rename(acme, "Acme"))
    home.ingest()
    expected = served(home)
    again = Home(*home.paths)
    again.curator().merge_log(home.curator().log())
    again.ingest()
    assert served(again) == expected
    again.close()
