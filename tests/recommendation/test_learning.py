"""Weights of sources that are learnt from what users did: better where they can be, untouched where not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kg.config import load_config
from kg.errors import ConfigError
from kg.home import Home
from kg.recommendation.behaviour import Neighbours
from kg.recommendation.fusion import RANK_OFFSET
from kg.recommendation.learning import (
    FEWEST,
    Learnt,
    Lesson,
    hold_out,
    learn,
    lesson_of,
    lessons_of,
    ndcg,
    read_learnt,
    write_learnt,
)
from kg.recommendation.recommending import Recommender
from tests.recommendation.test_behaviour import NETWORK, did

NAMES = ("good", "noise")


def lessons(count: int = 80, good: float = 1.0, seed: int = 3) -> list[Lesson]:
    """Of 40 candidates the first source puts the right one among the first 5 mostly, the second anywhere."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(count):
        parts = np.stack([1 / (60 + random.permutation(40) + 1) for _ in NAMES])
        right = int(random.integers(40))
        if random.random() < good:
            best = int(np.argsort(-parts[0])[random.integers(5)])
            parts[0, [right, best]] = parts[0, [best, right]]
        found.append(Lesson(f"user {number % 16}", parts, right))
    return found


def test_the_source_that_knows_comes_to_count_more() -> None:
    learnt = learn(lessons(), NAMES, dict.fromkeys(NAMES, 1.0))
    assert learnt.weights is not None and learnt.weights["good"] > 2 * learnt.weights["noise"] > 0
    assert sum(learnt.weights.values()) == pytest.approx(2.0, abs=1e-3)
    assert learnt.after > learnt.before + 0.1
    assert learn(lessons(), NAMES, dict.fromkeys(NAMES, 1.0)) == learnt


def test_noise_teaches_nothing() -> None:
    """A negative control: where no source knows anything, what was learnt of one half fails in the other."""
    kept = [learn(lessons(200, 0.0, seed), NAMES, dict.fromkeys(NAMES, 1.0)).weights for seed in range(4)]
    assert kept.count(None) >= 2
    good = [learn(lessons(200, 0.8, seed), NAMES, dict.fromkeys(NAMES, 1.0)).weights for seed in range(4)]
    assert None not in good


def test_few_lessons_or_one_user_change_nothing() -> None:
    assert learn(lessons(FEWEST - 1), NAMES, {}).weights is None
    one = [Lesson("ann", lesson.parts, lesson.right) for lesson in lessons()]
    assert learn(one, NAMES, dict.fromkeys(NAMES, 1.0)).weights is None


def test_the_measure() -> None:
    parts = np.array([[3.0, 2.0, 1.0, 1.0, 0.0]])
    expected = [1.0, 1 / np.log2(3), 1 / np.log2(4.5), 1 / np.log2(4.5), 0.0]
    assert [float(ndcg([Lesson("u", parts, right)], [1.0])[0]) for right in range(5)] == pytest.approx(expected)
    many = np.arange(20.0, 0.0, -1.0)[None, :]
    assert ndcg([Lesson("u", many, 10)], [1.0])[0] == 0


def test_the_last_notes_are_hidden_with_all_that_was_done_with_them() -> None:
    ann = [*did("ann", range(10)), *did("ann", [9], "saved")]
    bob, low = did("bob", [0, 1, 2]), [*did("low", range(4)), *did("low", [3], "rated", 1)]
    training, held = hold_out(NETWORK, [*ann, *bob, *low])
    assert held == [("ann", 8), ("ann", 9)]
    left = {(event.user, NETWORK.item(event.item)) for event in training}
    assert left == {("ann", n) for n in range(8)} | {("bob", n) for n in range(3)} | {("low", n) for n in range(3)}


def test_a_lesson_is_among_what_might_have_been_recommended() -> None:
    scores = {"good": np.array([0, 4, 3, 2, 0], np.float32)}
    may_be = np.array([True, True, False, True, True])
    lesson = lesson_of("ann", scores, ("good", "silent"), may_be, 1.0, 3)
    assert lesson is not None and lesson.right == 1
    assert lesson.parts.tolist() == [[1 / (RANK_OFFSET + 1), 1 / (RANK_OFFSET + 3)], [0, 0]]
    assert lesson_of("ann", scores, ("good",), may_be, 1.0, 2) is None
    unknown = lesson_of("ann", scores, ("good",), may_be, 1.0, 4)
    assert unknown is not None and ndcg([unknown], [1.0])[0] == 0


def test_learnt_weights_are_kept_and_taken_away(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_learnt(home) is None
    write_learnt(home, Learnt({"good": 1.5, "noise": 0.5}, 80, 0.1, 0.2))
    assert read_learnt(home) == {"good": 1.5, "noise": 0.5}
    (home.models / "recommendation.json").write_text("{}")
    with pytest.raises(ConfigError, match="holds no weights; delete it"):
        read_learnt(home)
    write_learnt(home, Learnt(None, 80, 0.2, 0.1))
    assert read_learnt(home) is None


def test_a_recommender_is_asked_for_what_was_hidden() -> None:
    events = [event for n in range(20) for half in (0, 6) for event in did(f"{half} {n}", range(half, half + 6))]
    events.sort(key=lambda event: event.time)
    training, held = hold_out(NETWORK, events)
    assert len(held) == 40
    settings = load_config(None, {}, {}).recommend
    recommender = Recommender(NETWORK, [Neighbours(NETWORK, training)], settings, training)
    asked = lessons_of(recommender, held, ["neighbours", "content"])
    assert [lesson.user for lesson in asked] == sorted({user for user, _ in held}, key=[u for u, _ in held].index)
    assert not ndcg(asked, [1.0, 1.0]).any(), "nobody was seen to read them"
    leaking = Recommender(NETWORK, [Neighbours(NETWORK, events)], settings, training)
    assert (ndcg(lessons_of(leaking, held, ["neighbours", "content"]), [1.0, 1.0]) == 1).all()
