"""How the claims of a note are judged, and that a decision finds its sentence again."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.decisions import (
    ClaimRule,
    Draft,
    Likeness,
    Log,
    NoteRules,
    Splitting,
    Word,
    adjusted,
    claim_keys,
    likeness_of,
    note_key,
    passage_of,
)
from kg.decisions.compiling import compile_ruling
from kg.extraction import Claim
from kg.rdf import KG, NamedNode
from tests.decisions.building import (
    ACME,
    ADA,
    ELSEWHERE,
    MENTIONS,
    NOTES,
    RUST,
    TYPE,
    USES,
    accept,
    claim,
    decided,
    entities,
    logs,
    moved,
    note,
    predicates,
    quotes,
    reject,
    texts,
)

A, B, C = NOTES
ALL = {iri.value for iri in NOTES}
ALIKE = Likeness(USES, "patterns", "{s} uses {o}")


def judged(log: Log, where: NamedNode, claims: Iterable[Claim], notes: set[str] = ALL) -> list[ClaimRule | None]:
    claims = list(claims)
    rules = NoteRules(where, claims, compile_ruling(log, notes).effects.get)
    return [rules.rule(claim) for claim in claims]


def outcomes(log: Log, where: NamedNode, claims: Iterable[Claim], notes: set[str] = ALL) -> str:
    """A letter for each claim: accepted, rejected, moved, or nothing."""
    letters = {None: "-", (True, False): "A", (False, True): "R", (False, False): "m"}
    found = judged(log, where, claims, notes)
    return "".join(letters[rule and (rule.is_accepted, rule.is_rejected)] for rule in found)


claims = st.builds(
    claim, entities, predicates, entities, quotes, number=st.integers(1, 3), before=texts, after=texts,
    extractor=st.sampled_from(["patterns 0.1.0", "triggers 0.1.0"]), kind=st.sampled_from(["stated", "extracted"]),
    words=st.tuples(texts, texts),
)  # fmt: skip


@given(logs(), st.sampled_from(NOTES), st.lists(claims, max_size=5))
def test_a_note_depends_on_its_own_keys_alone(log: Log, where: NamedNode, said: list[Claim]) -> None:
    effects = compile_ruling(log, ALL).effects
    keys = {note_key(where), *(key for each in said for key in claim_keys(where, each))}
    own = {key: effects[key] for key in keys if key in effects}
    everything, of_its_keys = NoteRules(where, said, effects.get), NoteRules(where, said, own.get)
    assert everything.effects == of_its_keys.effects == own
    assert [everything.rule(each) for each in said] == [of_its_keys.rule(each) for each in said]
    assert everything.split == of_its_keys.split


@given(st.lists(claims, max_size=4))
def test_nothing_decided_is_nothing_said(said: list[Claim]) -> None:
    rules = NoteRules(A, said, {}.get)
    assert (rules.effects, rules.split, rules.split_decisions) == ({}, {}, ())
    assert all(rules.rule(each) is None for each in said)


def test_a_passage_is_accepted_or_rejected() -> None:
    other = claim(object_=ACME)
    assert outcomes(decided(accept(A, claim())), A, [claim(), other]) == "Am"
    assert outcomes(decided(reject(A, claim())), A, [claim(), other]) == "Rm"
    assert outcomes(decided(reject(A, claim())), B, [claim(object_=ACME, cue="other")]) == "-"


def test_all_that_says_it_in_one_place_is_judged() -> None:
    by_trigger = claim(extractor="triggers 0.1.0", cue="use")
    assert outcomes(decided(reject(A, claim())), A, [claim(), by_trigger]) == "RR"


@given(claims)
def test_a_passage_finds_its_claim(said: Claim) -> None:
    rule = judged(decided(reject(A, said)), A, [said])[0]
    assert rule is not None
    assert rule.is_rejected
    log = decided(reject(A, said))
    assert rule.decisions == (log.iri(log.decisions[0]).value,)


# --- notes that are edited or moved


def test_a_decision_follows_a_note_that_moved() -> None:
    """What is said of the note, or of the thing it describes, is said of the note's new IRI."""
    it, moved_it = NamedNode(f"{A.value}#it"), NamedNode(f"{note('moved').value}#it")
    log = decided(reject(A, claim(it)))
    notes = {note("moved").value, B.value}
    assert outcomes(log, note("moved"), [claim(moved_it)], notes) == "R"
    assert outcomes(log, note("moved"), [claim(moved_it, quote="Ada used Rust.")], notes) == "m"
    assert outcomes(log, note("moved"), [claim(NamedNode(f"{B.value}#it"))], notes) == "m"
    assert outcomes(log, note("moved"), [claim(moved_it)], {*notes, A.value}) == "m", "the note is still there"


def test_a_decision_stays_in_its_note() -> None:
    assert outcomes(decided(reject(A, claim())), B, [claim()]) == "m"


def test_what_was_decided_here_comes_before_what_came_along() -> None:
    log = decided(reject(note("gone"), claim()), accept(A, claim()))
    assert outcomes(log, A, [claim()]) == "A"
    assert outcomes(decided(accept(A, claim()), reject(note("gone"), claim())), A, [claim()]) == "A"
    assert outcomes(decided(accept(A, claim()), reject(note("gone"), claim())), B, [claim()]) == "R"


def places(*sides: tuple[str, str]) -> list[Claim]:
    """Equal claims in equal sentences, in order, each with its text at both sides."""
    return [
        claim(start=50 * n, number=n, before=sides[n - 1][0], after=sides[n - 1][1]) for n in range(1, len(sides) + 1)
    ]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ([("one", "two"), ("two", "three"), ("three", "four")], "mRm"),  # as it was
        ([("two", "three"), ("three", "four")], "Rm"),  # the first is gone
        ([("new", "one"), ("one", "two"), ("two", "three")], "mmR"),  # one before it is new
        ([("one", "two"), ("two", "edited"), ("three", "four")], "mRm"),  # edited behind it
        ([("x", "y"), ("one", "two"), ("edited", "three")], "mmR"),  # edited before it, and one more
        ([("a", "b"), ("c", "d"), ("e", "f")], "mRm"),  # edited everywhere
        ([("one", "two"), ("three", "four")], "mR"),  # gone, as far as the number tells
        ([("one", "two")], "m"),  # gone: what is left is another
    ],
)
def test_of_equal_sentences_the_one_with_the_same_text_around_it(now: list[tuple[str, str]], expected: str) -> None:
    before = places(("one", "two"), ("two", "three"), ("three", "four"))
    assert outcomes(decided(reject(A, before[1])), A, places(*now)) == expected


def test_two_decisions_are_about_two_places() -> None:
    before = places(("one", "two"), ("two", "three"))
    log = decided(accept(A, before[0]), reject(A, before[1]))
    assert outcomes(log, A, before) == "AR"
    assert outcomes(log, A, places(("two", "three"), ("one", "two"))) == "RA", "they changed places"
    assert outcomes(log, A, places(("two", "three"))) == "R"
    assert outcomes(log, A, places(("x", "y"), ("z", "w"))) == "AR"
    same = places(("s", "s"), ("s", "s"), ("s", "s"))
    assert outcomes(decided(reject(A, same[2])), A, same) == "mmR"
    assert outcomes(decided(reject(A, same[2]), accept(A, same[0])), A, same) == "AmR"


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4), st.data())
def test_text_elsewhere_moves_no_decision(sides: list[tuple[str, str]], data: st.DataObject) -> None:
    said = places(*sides)
    chosen = data.draw(st.sampled_from(said))
    shifted = [moved(each, start=each.evidence.start + 100, end=each.evidence.end + 100) for each in said]
    log = decided(reject(A, chosen))
    assert outcomes(log, A, said) == outcomes(log, A, shifted)
    assert outcomes(log, A, said)[chosen.evidence.number - 1] == "R"


# --- words and what is alike


def test_a_word_is_never_linked() -> None:
    said = [claim(), claim(object_=ACME, words=("Ada", "RUST")), claim(object_=ACME, words=("Ada", "Acme"))]
    assert outcomes(decided(Draft("reject", Word("rust"))), A, said) == "RR-"
    assert outcomes(decided(Draft("reject", Word("rust", RUST))), A, said) == "R--"
    assert outcomes(decided(Draft("reject", Word("ada"))), A, said) == "RRR"
    assert outcomes(decided(Draft("reject", Word("python"))), A, said) == "---"


def test_what_a_note_states_is_judged_by_its_passage_alone() -> None:
    stated = claim(kind="stated", extractor="stated 0.1.0", cue="")
    log = decided(Draft("reject", Word("rust")), Draft("reject", Likeness(USES, "stated")))
    assert likeness_of(stated) is None
    assert outcomes(log, A, [stated]) == "-"
    assert outcomes(decided(reject(A, stated), log=log), A, [stated]) == "R"


def test_all_alike() -> None:
    said = [
        claim(),
        claim(object_=ACME),
        claim(cue="other"),
        claim(predicate=KG["knows"]),
        claim(extractor="triggers 2"),
    ]
    assert outcomes(decided(Draft("accept", ALIKE)), B, said) == "AA---"
    assert outcomes(decided(Draft("reject", ALIKE)), B, said) == "RR---"
    one = decided(Draft("reject", ALIKE), accept(A, said[0]))
    assert outcomes(one, A, said[:2]) == "AR", "what was said of one comes before what was said of all"
    word = decided(Draft("accept", ALIKE), Draft("reject", Word("rust")))
    assert outcomes(word, A, said[:2]) == "RR", "a word that is not linked is nowhere linked"


def test_another_version_of_an_extractor_finds_what_is_alike() -> None:
    assert outcomes(decided(Draft("reject", ALIKE)), A, [claim(extractor="patterns 2.0.0")]) == "R"


def test_of_mentions_and_types_only_what_has_the_same_object_is_alike() -> None:
    rust = claim(A, MENTIONS, RUST, extractor="gazetteer 0.1.0", cue="", words=("", "Rust"))
    acme = claim(A, MENTIONS, ACME, extractor="gazetteer 0.1.0", cue="", words=("", "Rust"))
    other_word = claim(A, MENTIONS, RUST, extractor="gazetteer 0.1.0", cue="", words=("", "rustlang"))
    log = decided(Draft("reject", likeness_of(rust) or ALIKE))
    assert outcomes(log, A, [rust, acme, other_word]) == "R--"
    tool = claim(RUST, TYPE, KG["Tool"], extractor="definitions 0.1.0", cue="")
    person = claim(RUST, TYPE, KG["Person"], extractor="definitions 0.1.0", cue="")
    assert outcomes(decided(Draft("reject", likeness_of(tool) or ALIKE)), A, [tool, person]) == "R-"


def test_what_was_accepted_alike_raises_a_confidence() -> None:
    log = decided(accept(A, claim()), accept(B, claim()), reject(A, claim(number=2)))
    (rule,) = judged(log, C, [claim(confidence=0.5)])
    assert rule is not None
    assert (rule.confidence, rule.is_accepted, rule.is_rejected) == (round((4 * 0.5 + 2) / 7, 4), False, False)
    assert rule.reason == "0.5 became 0.5714: alike, 2 accepted and 1 rejected"
    assert rule.decisions == (), "they are about other sentences"


@given(st.floats(0, 1), st.integers(0, 50), st.integers(0, 50))
def test_a_confidence_moves_the_way_people_decided(confidence: float, accepted: int, rejected: int) -> None:
    def after(accepted: int, rejected: int) -> float:
        effect = f'{{"accepted": {accepted}, "rejected": {rejected}}}'
        moved, reason = adjusted(confidence, effect)
        assert bool(reason) == (accepted + rejected > 0)
        return moved

    assert after(0, 0) == confidence
    assert 0 <= after(accepted, rejected) <= 1
    assert after(accepted, rejected) <= after(accepted + 1, rejected) + 1e-4
    assert after(accepted, rejected) >= after(accepted, rejected + 1) - 1e-4
    assert adjusted(confidence, None) == (confidence, "")


# --- splits


def test_a_split_holds_in_its_notes() -> None:
    log = decided(Draft("split", Splitting(RUST, (), (A, B))))
    effects = compile_ruling(log, ALL).effects
    in_a, in_b, in_c = (NoteRules(where, [claim()], effects.get) for where in NOTES)
    assert set(in_a.split) == set(in_b.split) == {RUST}
    assert in_a.split[RUST] != in_b.split[RUST]
    assert in_a.split_decisions == (log.iri(log.decisions[0]).value,)
    assert (in_c.split, in_c.split_decisions) == ({}, ())


def test_a_passage_says_what_found_it() -> None:
    passage = passage_of(
        A, claim(ADA, MENTIONS, ELSEWHERE, cue="c", words=("", "Wiki Data"), before="b", after="a", number=2)
    )
    assert (passage.extractor, passage.cue, passage.word) == ("patterns", "c", "wiki data")
    assert (passage.note, passage.before, passage.after, passage.number) == (A, "b", "a", 2)
    assert likeness_of(passage) == Likeness(MENTIONS, "patterns", "c", "wiki data", ELSEWHERE)
