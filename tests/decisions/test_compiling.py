"""What the decisions in force come to depends on them alone, and the last about one thing holds."""

from __future__ import annotations

import itertools
import json
import random

from hypothesis import given
from hypothesis import strategies as st

from kg.decisions import (
    Draft,
    Likeness,
    Log,
    Merging,
    Naming,
    Pair,
    Prediction,
    Splitting,
    Typing,
    Word,
    note_key,
    word_key,
)
from kg.decisions.compiling import Ruling, compile_ruling, parting
from kg.decisions.keys import likeness_key
from kg.decisions.log import pair_of
from kg.rdf import KG, NamedNode
from kg.resolution import Decided
from tests.decisions.building import (
    ACME,
    ADA,
    BASE,
    ENTITIES,
    NOTES,
    RUST,
    USES,
    about_pairs,
    accept,
    claim,
    decided,
    literal,
    logs,
    merged_logs,
    note,
    reject,
    thing,
    undo,
    undo_all,
)

A, B, C = NOTES
ALL = {iri.value for iri in NOTES}
NOTHING = Ruling({}, Decided(), {}, {})
some_notes = st.sets(st.sampled_from(sorted(ALL)))


def ruling_of(*drafts: Draft) -> Ruling:
    return compile_ruling(decided(*drafts), ALL)


@given(merged_logs(), some_notes)
def test_only_what_is_in_force_counts(log: Log, notes: set[str]) -> None:
    assert compile_ruling(Log(BASE, log.in_force()), notes) == compile_ruling(log, notes)


@given(merged_logs(), some_notes, st.randoms(use_true_random=False))
def test_how_a_log_came_together_does_not_count(log: Log, notes: set[str], rng: random.Random) -> None:
    shuffled = Log(BASE, rng.sample(log.decisions, len(log)))
    assert compile_ruling(shuffled, notes) == compile_ruling(log, notes)


@given(logs(), some_notes)
def test_undoing_everything_is_as_if_nothing_was_decided(log: Log, notes: set[str]) -> None:
    assert compile_ruling(undo_all(log), notes) == NOTHING


@given(logs())
def test_undoing_the_last_is_as_if_it_was_not_made(log: Log) -> None:
    later = decided(accept(A, claim()), log=log)
    if later.decisions[-1].kind == "accept":
        assert compile_ruling(undo(later), ALL) == compile_ruling(log, ALL)
    assert compile_ruling(undo(undo(later)), ALL) == compile_ruling(later, ALL)


@given(logs())
def test_a_decision_that_counts_changes_something(log: Log) -> None:
    """The control: a new passage is always seen."""
    new = accept(A, claim(thing("new")))
    assert compile_ruling(decided(new, log=log), ALL) != compile_ruling(log, ALL)


@given(merged_logs(), some_notes)
def test_effects_are_complete_and_in_order(log: Log, notes: set[str]) -> None:
    effects = compile_ruling(log, notes).effects
    assert list(effects) == sorted(effects)
    assert all(key.startswith(("n:", "q:", "w:", "s:")) for key in effects)
    assert all(json.loads(text) for text in effects.values())


# --- one thing or two


def plain_decided(log: Log) -> tuple[set[frozenset[NamedNode]], set[frozenset[NamedNode]]]:
    """Go through all pairs of entities, and ask the last decision that speaks of each."""
    same, apart = set(), set()
    for pair in map(frozenset, itertools.combinations(ENTITIES, 2)):
        says = None
        for decision in log.in_force():
            if pair_of(decision.target) == pair:
                says = decision.kind != "reject"
            elif isinstance(decision.target, Splitting) and pair <= set(decision.target.members):
                says = False
        if says is not None:
            (same if says else apart).add(pair)
    return same, apart


@given(merged_logs(about_pairs, 8))
def test_of_each_pair_the_last_decision_holds(log: Log) -> None:
    found = compile_ruling(log, ALL).decided
    same, apart = plain_decided(log)
    in_groups = {frozenset(pair) for group in found.groups for pair in itertools.combinations(group, 2)}
    assert found.same == same
    assert found.apart | in_groups == apart
    assert all(len(group) > 1 for group in found.groups)
    assert {frozenset(keeper) for keeper in found.keepers} <= same


def test_a_split_of_many_is_no_square_of_pairs() -> None:
    members = tuple(thing(str(number)) for number in range(2000))
    split = Draft("split", Splitting(members[0], members))
    found = ruling_of(split).decided
    assert (found.groups, found.apart) == ((frozenset(members),), frozenset())
    again = ruling_of(split, Draft("merge", Merging(members[1], members[2]))).decided
    assert again.same == {frozenset(members[1:3])}
    assert sorted(len(group) for group in again.groups) == [1999, 1999]
    assert again.apart == frozenset()


def test_the_last_merge_names_the_keeper() -> None:
    merges = [Draft("merge", Merging(ADA, RUST)), Draft("merge", Merging(ACME, ADA))]
    assert ruling_of(*merges).decided.keepers == ((ADA, RUST), (ACME, ADA))
    assert ruling_of(*merges, Draft("reject", Pair(ADA, RUST))).decided.keepers == ((ACME, ADA),)
    assert ruling_of(Draft("accept", Pair(ADA, RUST))).decided.keepers == ()


def test_what_keeps_two_clusters_apart() -> None:
    """A merge takes the place of what parts its own two, and of nothing that parts others of their clusters."""
    ours, theirs = {ADA, thing("d")}, {RUST, ACME}
    merging = Merging(ADA, RUST)

    def found(*drafts: Draft) -> list[str]:
        log = decided(*drafts)
        return [decision.kind for iri, decision in log.items() if iri in parting(log, merging, ours, theirs)]

    assert (
        found() == found(Draft("reject", Pair(ADA, RUST))) == found(Draft("split", Splitting(ADA, (ADA, RUST)))) == []
    )
    assert found(Draft("reject", Pair(thing("d"), RUST))) == ["reject"]
    assert found(Draft("reject", Pair(ADA, thing("d")))) == []
    assert found(Draft("split", Splitting(ADA, (ADA, RUST, ACME)))) == ["split"]
    assert found(Draft("split", Splitting(ADA, (ADA, ACME))), Draft("accept", Pair(ADA, ACME))) == []
    assert found(Draft("reject", Pair(ADA, ACME)), Draft("merge", Merging(ADA, ACME))) == []


# --- splits by note


def own(effects: dict[str, str], where: NamedNode, entity: NamedNode) -> str:
    return str(json.loads(effects[note_key(where)])[entity.value][0])


def test_a_split_gives_each_note_an_iri_of_its_own() -> None:
    ruling = ruling_of(Draft("split", Splitting(RUST, (), (A, B))))
    found = {own(dict(ruling.effects), where, RUST) for where in (A, B)}
    assert len(found) == 2
    assert all(iri.startswith(f"{RUST.value}~") for iri in found)
    assert ruling.decided.groups == (frozenset({RUST, *map(NamedNode, found)}),)
    assert ruling.decided.apart == frozenset()


def test_a_split_may_move_some_notes_together() -> None:
    ruling = ruling_of(Draft("split", Splitting(RUST, (RUST, ACME), (A, B), is_together=True)))
    found = {own(dict(ruling.effects), where, entity) for where in (A, B) for entity in (RUST, ACME)}
    assert len(found) == 1
    (one,) = map(NamedNode, found)
    assert set(ruling.decided.groups) == {frozenset({RUST, one}), frozenset({ACME, one})}


def test_the_note_that_describes_an_entity_keeps_it() -> None:
    described = NamedNode(f"{A.value}#it")
    effects = ruling_of(Draft("split", Splitting(described, (), (A, B)))).effects
    assert note_key(A) not in effects
    assert note_key(B) in effects


def test_a_split_has_the_same_iris_in_every_home() -> None:
    other = "https://example.com/other/"

    def ends(base: str) -> list[str]:
        log = Log(base)
        split = Splitting(
            NamedNode(f"{base}entity/x"), (), (NamedNode(f"{base}note/a"), NamedNode(f"{base}note/b")), True
        )
        log = log.extend(log.record([Draft("split", split)], "Ada", "2026-11-23T01:00:00Z"))
        return [text.replace(base, "") for text in compile_ruling(log, set()).effects.values()]

    assert [text.split(",")[0] for text in ends(BASE)] == [text.split(",")[0] for text in ends(other)]


def test_what_was_split_can_be_split_again() -> None:
    first = decided(Draft("split", Splitting(RUST, (), (A, B), is_together=True)))
    part = NamedNode(own(dict(compile_ruling(first, ALL).effects), A, RUST))
    effects = dict(compile_ruling(decided(Draft("split", Splitting(part, (), (A, B))), log=first), ALL).effects)
    assert own(effects, A, RUST) != own(effects, B, RUST)
    assert own(effects, A, RUST).startswith(f"{part.value}~")


def test_splits_in_a_circle_end() -> None:
    log = decided(Draft("split", Splitting(RUST, (), (A,), is_together=True)))
    part = NamedNode(own(dict(compile_ruling(log, ALL).effects), A, RUST))
    log = decided(Draft("split", Splitting(ADA, (part,), (A,), is_together=True)), log=log)
    back = NamedNode(own(dict(compile_ruling(log, ALL).effects), A, ADA))
    log = decided(Draft("split", Splitting(RUST, (back,), (A,), is_together=True)), log=log)
    assert note_key(A) in compile_ruling(log, ALL).effects


def test_two_merged_again_after_a_split_by_notes() -> None:
    split = Draft("split", Splitting(RUST, (), (A, B)))
    part = NamedNode(own(dict(ruling_of(split).effects), A, RUST))
    decided_again = ruling_of(split, Draft("merge", Merging(RUST, part))).decided
    assert decided_again.same == {frozenset({RUST, part})}
    assert not any({RUST, part} <= group for group in decided_again.groups)


# --- the rest


def test_names_and_classes_are_the_last_ones() -> None:
    drafts = [
        Draft("rename", Naming(ADA, "Ada")),
        Draft("rename", Naming(ADA, "Countess")),
        Draft("retype", Typing(ADA, KG["Person"])),
    ]
    log = decided(*drafts)
    names = [log.iri(decision).value for decision in log]
    ruling = compile_ruling(log, ALL)
    assert ruling.names == {ADA: ("Countess", names[1])}
    assert ruling.classes == {ADA: (KG["Person"], names[2])}
    assert ruling.effects == {}


def test_predictions_are_asserted_or_not() -> None:
    yes, no = Prediction(ADA, USES, RUST), Prediction(ADA, KG["name"], literal("Ada"))
    ruling = ruling_of(Draft("accept", yes), Draft("reject", no))
    assert ruling.asserted == ((ADA, USES, RUST),)
    assert ruling.rejected == ((ADA, KG["name"], literal("Ada")),)
    assert ruling_of(Draft("accept", yes), Draft("reject", yes)).asserted == ()


def test_what_is_alike_is_counted_once_for_each_passage() -> None:
    alike = Likeness(USES, "patterns", "{s} uses {o}")
    log = decided(accept(A, claim()), accept(B, claim()), reject(A, claim(number=2)), accept(C, claim(cue="other")))
    effect = json.loads(compile_ruling(log, ALL).effects[likeness_key(alike)])
    assert effect == {"accepted": 2, "rejected": 1}
    log = decided(reject(A, claim()), log=log)
    effect = json.loads(compile_ruling(log, ALL).effects[likeness_key(alike)])
    assert effect == {"accepted": 1, "rejected": 2}
    log = decided(Draft("reject", alike), log=log)
    effect = json.loads(compile_ruling(log, ALL).effects[likeness_key(alike)])
    assert effect == {"accepted": 1, "rejected": 2, "all": ["reject", log.iri(log.decisions[-1]).value]}


def test_what_a_note_states_is_like_nothing() -> None:
    stated = claim(kind="stated", extractor="stated 0.1.0", cue="")
    assert [key[0] for key in ruling_of(accept(A, stated)).effects] == ["q"]


def test_words() -> None:
    log = decided(Draft("reject", Word("Rust")), Draft("reject", Word("rust", RUST)))
    first, second = (log.iri(decision).value for decision in log)
    assert json.loads(compile_ruling(log, ALL).effects[word_key("RUST")]) == {"": first, RUST.value: second}


def test_a_passage_is_of_its_note_as_long_as_that_is_there() -> None:
    (text,) = (t for k, t in ruling_of(accept(A, claim())).effects.items() if k.startswith("q:"))
    assert json.loads(text)[0][0] == A.value
    gone = compile_ruling(decided(accept(A, claim())), ALL - {A.value})
    (text,) = (t for k, t in gone.effects.items() if k.startswith("q:"))
    assert json.loads(text)[0][0] == ""


def test_note_names_that_begin_alike_are_two() -> None:
    longer = NamedNode(f"{note('a').value}x#it")
    ours = accept(A, claim(NamedNode(f"{A.value}#it")))
    theirs = accept(A, claim(longer))
    assert len([key for key in ruling_of(ours, theirs).effects if key.startswith("q:")]) == 2
