"""Rules are those of their definition, found in full, and none where items are independent."""

from __future__ import annotations

import math
import random
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import InputError
from kg.mining import MinedRules, RuleSettings, mine_rules
from kg.mining.chance import log_chances
from kg.mining.itemsets import frequent_sets
from tests.mining.collections import collection

EVERYTHING = RuleSettings(support=1, confidence=0.0, lift=0.0, with_chance=True)
rows_of_items = st.lists(st.sets(st.integers(0, 7), max_size=6).map(sorted), max_size=20)


def words(found: MinedRules) -> list[str]:
    def last(iri: str) -> str:
        return iri.rpartition("/")[2]

    return [f"{', '.join(map(last, rule.left))} → {last(rule.right)}" for rule in found.rules]


# --- sets


@settings(max_examples=60)
@given(rows_of_items, st.integers(1, 4), st.integers(2, 4))
def test_the_search_finds_what_counting_all_sets_finds(rows: list[list[int]], least: int, size: int) -> None:
    expected = {
        items: count
        for length in range(1, size + 1)
        for items in combinations(range(8), length)
        if (count := sum(set(items) <= set(row) for row in rows)) >= least
    }
    found = frequent_sets(rows, 8, least, size)
    assert dict(found.counts) == expected
    assert (found.least, found.size) == (least, size)


def test_too_many_pairs_raise_the_support_and_say_so() -> None:
    rows = [[0, 1, 2, 3]] * 3 + [[0, 1]] * 2
    found = frequent_sets(rows, 4, 1, 2, most=3)
    assert found.least == 4
    assert dict(found.counts) == {(0,): 5, (1,): 5, (0, 1): 5}


def test_too_many_longer_sets_stop_the_search_and_say_so() -> None:
    rows = [list(range(8))] * 4
    assert frequent_sets(rows, 8, 1, 4, most=30).size == 2
    assert frequent_sets(rows, 8, 1, 4, work=60).size == 3
    whole = frequent_sets(rows, 8, 1, 4)
    assert whole.size == 4 and max(map(len, whole.counts)) == 4


# --- measures


def test_support_confidence_and_lift_are_those_of_the_definition() -> None:
    notes = {f"n{n}": ["a", "b"] for n in range(4)} | {"n4": ["a"], "n5": ["b"], "n6": ["b"], "n7": ["c"]}
    found = mine_rules(collection(notes), EVERYTHING)
    (rule,) = (rule for rule, said in zip(found.rules, words(found), strict=True) if said == "a → b")
    assert (rule.count, rule.support, rule.confidence, rule.lift) == (4, 0.5, 0.8, round(0.8 / 0.75, 6) * 8 / 8)
    # without the note of c 4 of 7 notes; b in 6 of 8, so the table is [[4, 1], [2, 1]]
    assert rule.p == pytest.approx(1 - math.comb(5, 3) * math.comb(3, 3) / math.comb(8, 6), rel=1e-2)
    assert found.notes == 8 and found.items == 3


@settings(max_examples=60)
@given(st.data())
def test_the_chance_is_that_of_fishers_exact_test(data: st.DataObject) -> None:
    all_ = data.draw(st.integers(1, 60))
    one, other = data.draw(st.integers(0, all_)), data.draw(st.integers(0, all_))
    count = data.draw(st.integers(max(0, one + other - all_), min(one, other)))
    ways = sum(
        math.comb(one, k) * math.comb(all_ - one, other - k)
        for k in range(count, min(one, other) + 1)
        if other - k <= all_ - one
    )
    expected = ways / math.comb(all_, other)
    (chance,) = log_chances(*(np.array([each]) for each in (count, all_, one, other)))
    assert math.exp(chance) == pytest.approx(expected, rel=1e-6)


def test_far_fewer_than_expected_is_no_overflow() -> None:
    figures = ([3, 500], [1_000_000, 1000], [900_000, 500], [90_000, 500])
    common, halves = log_chances(*(np.array(each) for each in figures))
    assert common == pytest.approx(0.0, abs=1e-6)  # as good as certain
    assert halves == pytest.approx(-math.log(math.comb(1000, 500)), rel=1e-9)


# --- which are told


def associated(notes: int = 120, seed: int = 3) -> dict[str, list[str]]:
    """Return notes in which x comes with y nearly always, and eight other items as chance has it."""
    draw = random.Random(seed)
    found = {}
    for number in range(notes):
        items = [f"i{each}" for each in range(8) if draw.random() < 0.2]
        if number % 4 == 0:
            items += ["x", "y"] if number % 20 else ["x"]
        found[f"n{number:03}"] = items
    return found


def test_what_comes_together_is_told_and_chance_is_not() -> None:
    told = words(mine_rules(collection(associated()), RuleSettings()))
    assert set(told) == {"x → y", "y → x"}
    loose = mine_rules(collection(associated()), RuleSettings(with_chance=True, support=1))
    assert len(loose.rules) > 2


@pytest.mark.parametrize("seed", range(5))
def test_independent_items_give_no_rules(seed: int) -> None:
    draw = random.Random(seed)
    notes = {f"n{n}": [f"i{each}" for each in range(15) if draw.random() < 0.15] for n in range(150)}
    found = mine_rules(collection(notes), RuleSettings(confidence=0.2))
    assert len(found.rules) <= 1 and found.by_chance > 5


def test_a_longer_left_side_must_be_surer_than_each_shorter_one() -> None:
    draw = random.Random(5)
    notes = {}
    for number in range(200):
        items = [each for each in "ab" if draw.random() < 0.5] + [each for each in "n" if draw.random() < 0.5]
        if {"a", "b"} <= set(items):
            items.append("c")
        notes[f"n{number:03}"] = items
    found = mine_rules(collection(notes), RuleSettings())
    assert "a, b → c" in words(found)  # neither alone says c
    assert not any("n" in said for said in words(found))  # which adds nothing
    assert found.no_better > 0


def test_a_tag_that_is_called_as_a_concept_is_that_concept() -> None:
    notes = {f"n{n}": ["SQL", "Oracle"] for n in range(5)} | {f"m{n}": ["other"] for n in range(15)}
    tags = {f"n{n}": ["sql"] for n in range(5)}
    assert set(words(mine_rules(collection(notes, tags), RuleSettings()))) == {"SQL → Oracle", "Oracle → SQL"}
    tags_alone = mine_rules(collection(notes, {**tags, "m0": ["x"]}), RuleSettings(only="tags", support=1))
    assert tags_alone.items == 2
    assert mine_rules(collection(notes, tags), RuleSettings(only="concepts")).items == 3


def test_equal_collections_give_equal_rules() -> None:
    notes = associated()
    turned = dict(reversed([(name, list(reversed(things))) for name, things in notes.items()]))
    assert mine_rules(collection(notes), EVERYTHING) == mine_rules(collection(turned), EVERYTHING)


def test_a_support_is_a_share_or_a_number() -> None:
    assert [RuleSettings(support=each).least(1000) for each in (None, 0.01, 3, 0.0001)] == [5, 10, 3, 1]
    assert [RuleSettings(support=each).least(100) for each in (0.07, 0.29, 0.071)] == [7, 29, 8]
    assert RuleSettings().least(10) == 3
    for wrong in (0, -1, 2.5, math.nan, math.inf):
        with pytest.raises(InputError, match="a share between 0 and 1 or a number of notes"):
            RuleSettings(support=wrong).least(10)


def test_an_empty_collection_has_no_rules() -> None:
    found = mine_rules(collection({}), RuleSettings())
    assert (found.rules, found.notes) == ((), 0)
