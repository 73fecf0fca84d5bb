"""The log: one order everywhere, what is in force, and where two homes contradict each other."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.decisions import (
    Conflict,
    Decision,
    Draft,
    Likeness,
    Log,
    Merging,
    Naming,
    Pair,
    Splitting,
    Typing,
    Undoing,
    Word,
    union,
)
from kg.errors import InputError, NotFoundError
from kg.rdf import KG, NamedNode
from tests.decisions.building import (
    ACME,
    ADA,
    BASE,
    RUST,
    USES,
    accept,
    claim,
    decided,
    drafts,
    logs,
    merged_logs,
    note,
    reject,
    two_homes,
    undo,
    undo_all,
)

A, B = note("a"), note("b")
ACCEPT, REJECT = accept(A, claim()), reject(A, claim())


def kinds(log: Log) -> list[str]:
    return [decision.kind for decision in log.in_force()]


# --- union


@given(two_homes())
def test_union_is_commutative(both: tuple[Log, Log]) -> None:
    ours, theirs = both
    assert union(ours, theirs).log == union(theirs, ours).log
    assert union(ours, theirs).log.in_force() == union(theirs, ours).log.in_force()


@given(two_homes(), st.data())
def test_union_is_associative(both: tuple[Log, Log], data: st.DataObject) -> None:
    a, b = both
    c = data.draw(logs())
    assert union(union(a, b).log, c).log == union(a, union(b, c).log).log


@given(two_homes())
def test_union_is_idempotent_and_adds_what_is_new(both: tuple[Log, Log]) -> None:
    ours, theirs = both
    assert union(ours, ours).log == ours
    assert union(ours, ours).added == ()
    merged = union(ours, theirs)
    assert set(merged.added) == set(theirs) - set(ours)
    assert set(merged.log) == set(ours) | set(theirs)
    assert union(merged.log, theirs).added == ()


def test_union_is_not_just_the_first_log() -> None:
    ours, theirs = decided(ACCEPT), decided(Draft("rename", Naming(ADA, "Ada")))
    assert union(ours, theirs).log != ours


def test_union_wants_one_base() -> None:
    with pytest.raises(ValueError, match="base"):
        union(Log(BASE), Log("https://example.com/other/"))


@given(logs(), st.randoms(use_true_random=False))
def test_order_is_the_same_however_a_log_came_together(log: Log, rng: random.Random) -> None:
    shuffled = rng.sample(log.decisions, len(log))
    assert Log(BASE, shuffled).decisions == log.decisions
    numbers = [decision.number for decision in log]
    assert numbers == sorted(numbers)


@given(logs())
def test_a_name_is_the_same_under_any_base(log: Log) -> None:
    """An IRI under the base counts from there; one elsewhere is what it is."""
    other = "urn:x-home:/"

    def there(iri: NamedNode) -> NamedNode:
        return NamedNode(iri.value.replace(BASE, other))

    for decision in log:
        if isinstance(decision.target, Pair | Merging):
            left, right = (getattr(decision.target, name) for name in type(decision.target).__slots__)
            target = type(decision.target)(there(left), there(right))
            moved = Decision(
                decision.kind, target, decision.author, decision.time, decision.number, decision.reason,
                tuple(there(iri) for iri in decision.supersedes),
            )  # fmt: skip
            assert Log(other).iri(moved) == there(log.iri(decision))


def test_another_word_is_another_name() -> None:
    (one,) = decided(ACCEPT)
    log = Log(BASE)
    others = [
        Decision(one.kind, one.target, one.author, one.time, one.number, "because"),
        Decision(one.kind, one.target, one.author, one.time, 2),
        Decision(one.kind, one.target, "Bob", one.time, one.number),
        Decision("reject", one.target, one.author, one.time, one.number),
    ]
    assert len({log.iri(decision) for decision in (one, *others)}) == 5


# --- what is in force


@given(merged_logs())
def test_in_force_is_what_plain_reading_says(log: Log) -> None:
    """A decision is undone if one of its undos is not; it is out if one that supersedes it all is not undone."""

    def is_undone(iri: NamedNode) -> bool:
        undos = [other for other, d in log.items() if isinstance(d.target, Undoing) and d.target.decision == iri]
        return any(not is_undone(undo) for undo in undos)

    for iri, decision in log.items():
        assert (log.undone_by(iri) is not None) == is_undone(iri)
        later = [d for i, d in log.items() if iri in d.supersedes and not is_undone(i)]
        if decision.kind != "undo" and not isinstance(decision.target, Splitting):
            assert log.is_in_force(iri) == (not is_undone(iri) and not later)
        if decision.kind == "undo":
            assert not log.is_in_force(iri)


@given(logs())
def test_undoing_everything_leaves_nothing(log: Log) -> None:
    assert undo_all(log).in_force() == ()
    assert set(log) <= set(undo_all(log))


def test_undo_and_undo_of_undo() -> None:
    log = decided(ACCEPT)
    once = undo(log)
    assert (kinds(log), kinds(once), kinds(undo(once)), kinds(undo(undo(once)))) == (["accept"], [], ["accept"], [])
    first = log.iri(log.decisions[0])
    assert once.undone_by(first) == once.iri(once.decisions[1])
    assert undo(once).undone_by(first) is None


def test_two_undos_of_one_decision() -> None:
    """Two homes undo the same; taking one undo back is not enough."""
    log = decided(ACCEPT)
    other = log.extend(log.record([Draft("undo", Undoing(log.iri(log.decisions[0])))], "Bob", "2026-11-23T02:00:00Z"))
    both = undo(log).extend(other)
    assert kinds(undo(both, 1)) == []
    assert kinds(undo(undo(both, 1), 2)) == ["accept"]


def test_undoing_what_supersedes_brings_back_what_was() -> None:
    log = decided(ACCEPT, REJECT)
    assert kinds(log) == ["reject"]
    assert kinds(undo(log)) == ["accept"]
    assert kinds(decided(ACCEPT, REJECT, ACCEPT)) == ["accept"]
    assert len(decided(ACCEPT, REJECT, ACCEPT).in_force()) == 1, "the first does not come back with the third"


def test_what_cannot_be_undone() -> None:
    log = decided(ACCEPT)
    with pytest.raises(NotFoundError, match="No decision"):
        decided(Draft("undo", Undoing(NamedNode(f"{BASE}decision/none"))), log=log)
    with pytest.raises(InputError, match=r"undone already by .*; undo that"):
        undo(undo(log), 0)
    twice = Draft("undo", Undoing(log.iri(log.decisions[0])))
    with pytest.raises(InputError, match="undone already"):
        decided(twice, twice, log=log)


@given(logs(), st.lists(drafts, max_size=6))
def test_many_at_once_are_as_one_after_the_other(log: Log, batch: list[Draft]) -> None:
    one_by_one = log
    for draft in batch:
        one_by_one = decided(draft, log=one_by_one)
    assert decided(*batch, log=log) == one_by_one


def test_numbers_are_a_clock() -> None:
    ours, theirs = decided(ACCEPT), decided(*[Draft("reject", Word(f"w{n}")) for n in range(5)])
    merged = decided(REJECT, log=union(ours, theirs).log)
    assert [decision.number for decision in merged] == [1, 1, 2, 3, 4, 5, 6]
    assert merged.decisions[-1].kind == "reject"


def test_what_is_about_the_same_thing() -> None:
    again = claim(before="now there is text before it")
    assert decided(ACCEPT, reject(A, again)).in_force()[0].kind == "reject", "a passage is one by its number"
    assert len(decided(ACCEPT, reject(B, claim())).in_force()) == 2
    assert len(decided(ACCEPT, reject(A, claim(number=2))).in_force()) == 2
    assert len(decided(Draft("reject", Word("Rust")), Draft("reject", Word("rust"))).in_force()) == 1
    assert len(decided(Draft("reject", Word("rust")), Draft("reject", Word("rust", RUST))).in_force()) == 2
    assert kinds(decided(Draft("accept", Pair(RUST, ADA)), Draft("merge", Merging(RUST, ADA)))) == ["merge"]
    typings = [Draft("retype", Typing(ADA, KG[name])) for name in ("Person", "Tool")]
    assert len(decided(*typings).in_force()) == 1
    alike = Likeness(USES, "patterns", "{s} uses {o}")
    assert kinds(decided(Draft("accept", alike), Draft("reject", alike))) == ["reject"]


def test_a_merge_takes_one_pair_out_of_a_split() -> None:
    split = Draft("split", Splitting(ADA, (ADA, RUST, ACME)))
    merge = Draft("merge", Merging(ADA, RUST))
    assert kinds(decided(split, merge)) == ["split", "merge"]
    assert kinds(decided(merge, split)) == ["split"]
    assert kinds(undo(decided(merge, split))) == ["merge"]
    assert kinds(decided(split, Draft("split", Splitting(ADA, (ADA, RUST))))) == ["split", "split"]
    assert kinds(decided(Draft("split", Splitting(ADA, (ADA, RUST))), split)) == ["split"]
    parts = [Draft("split", Splitting(ADA, (), (each,), True)) for each in (A, B)]
    assert kinds(decided(*parts)) == ["split", "split"], "other notes, another split"
    assert kinds(decided(*parts, Draft("split", Splitting(ADA, (), (A, B))))) == ["split"]


# --- conflicts


def conflict_of(one: Draft, other: Draft) -> tuple[Conflict, ...]:
    return union(decided(one), Log(BASE, Log(BASE).record([other], "Bob", "2026-11-24T01:00:00Z"))).conflicts


SPLIT = Draft("split", Splitting(ADA, (ADA, RUST, ACME)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ACCEPT, REJECT),
        (Draft("accept", Pair(ADA, RUST)), Draft("reject", Pair(ADA, RUST))),
        (Draft("merge", Merging(ADA, RUST)), Draft("reject", Pair(ADA, RUST))),
        (Draft("merge", Merging(ADA, RUST)), Draft("merge", Merging(RUST, ADA))),
        (Draft("merge", Merging(ADA, RUST)), SPLIT),
        (SPLIT, Draft("accept", Pair(ADA, ACME))),
        (Draft("retype", Typing(ADA, KG["Person"])), Draft("retype", Typing(ADA, KG["Tool"]))),
        (Draft("rename", Naming(ADA, "Ada")), Draft("rename", Naming(ADA, "A. L."))),
        (Draft("split", Splitting(ADA, (), (A, B))), Draft("split", Splitting(ADA, (), (B,), True))),
    ],
)
def test_two_homes_contradict_each_other(one: Draft, other: Draft) -> None:
    (conflict,) = conflict_of(one, other)
    assert (conflict.earlier.target, conflict.later.target) == (one.target, other.target)
    seen = decided(one, other)
    assert seen.conflicts() == (), "who saw the other decision has decided"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ACCEPT, ACCEPT),
        (Draft("accept", Pair(ADA, RUST)), Draft("merge", Merging(ADA, RUST))),
        (Draft("merge", Merging(ADA, RUST)), Draft("merge", Merging(ADA, ACME))),
        (ACCEPT, reject(A, claim(number=2))),
        (SPLIT, Draft("reject", Pair(ADA, RUST))),
        (SPLIT, Draft("split", Splitting(ADA, (ADA, RUST)))),
        (Draft("split", Splitting(ADA, (), (A,))), Draft("split", Splitting(ADA, (), (B,), True))),
    ],
)
def test_two_homes_agree(one: Draft, other: Draft) -> None:
    assert conflict_of(one, other) == ()


def test_a_conflict_goes_when_somebody_decides() -> None:
    other = Log(BASE, Log(BASE).record([REJECT], "Bob", "2026-11-24T01:00:00Z"))
    merged = union(decided(ACCEPT), other).log
    assert merged.in_force()[-1].kind == "reject", "the later holds until then"
    assert len(merged.conflicts()) == 1
    assert decided(ACCEPT, log=merged).conflicts() == ()
    assert kinds(decided(ACCEPT, log=merged)) == ["accept"]
    assert undo(merged).conflicts() == ()


@given(two_homes())
def test_one_home_does_not_contradict_itself(both: tuple[Log, Log]) -> None:
    alone = Log(BASE)
    for decision in both[0]:
        if not isinstance(decision.target, Undoing):
            alone = decided(Draft(decision.kind, decision.target), log=alone)
    assert alone.conflicts() == ()


def test_what_is_said_about_an_iri() -> None:
    log = decided(ACCEPT, Draft("merge", Merging(ACME, RUST)), Draft("rename", Naming(ACME, "Acme")))
    assert [d.kind for d in log.about(RUST)] == ["accept", "merge"]
    assert [d.kind for d in log.about(A)] == ["accept"]
    assert [d.kind for d in log.about(ACME)] == ["merge", "rename"]
    assert log.about(NamedNode(f"{BASE}entity/Thing/nobody")) == ()
    assert [d.kind for d in undo(log).about(log.iri(log.decisions[2]))] == ["undo"]
