"""What each source should count, learnt from what users did: the weights that rank their later notes highest.

The last notes of every user are hidden, the sources learn from what came before, and every hidden note is a lesson: how
each source ranked it among all that might have been recommended. Weights are sought one by one, as long as nDCG@10
rises. They are kept only where they do better on users that they were not learnt from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.errors import ConfigError
from kg.events import Event
from kg.home import Home, write_atomically
from kg.recommendation.fusion import shares
from kg.recommendation.model import Scores
from kg.recommendation.network import Network
from kg.recommendation.recommending import Recommender

__all__ = [
    "FEWEST", "Learnt", "Lesson", "hold_out", "learn", "lesson_of", "lessons_of", "ndcg", "read_learnt", "write_learnt",
]  # fmt: skip

FEWEST = 50
"""Lessons without which nothing is learnt."""
_HIDDEN = 0.2
"""The share of a user's notes, from the last one, that are hidden; of less than `_SHORTEST` notes none is."""
_SHORTEST = 4
_GOOD = 3.0
"""What was rated below is no note to be found again."""
_MOST = 2_000
"""Lessons that are learnt from; the latest."""
_GRID = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)
"""No source is silenced: what it says of other questions was not learnt."""
_ROUNDS = 6
_GAIN = 1e-6
_CUT = 10


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """How sources rank one hidden note.

    Attributes:
        user: whose it is.
        parts: (sources, candidates) float64, what each source with weight 1 adds to the fused score of each candidate.
        right: the place of the hidden note among them.
    """

    user: str
    parts: NDArray[np.float64]
    right: int


@dataclass(frozen=True, slots=True)
class Learnt:
    """Weights of sources by name, and how good they are.

    `before` and `after` are nDCG@10 on users that weights were not learnt from: with those of the settings, and with
    learnt ones. `weights` is None where there were too few lessons, or the learnt ones are no better.
    """

    weights: Mapping[str, float] | None
    lessons: int
    before: float
    after: float


def hold_out(network: Network, events: Iterable[Event]) -> tuple[list[Event], list[tuple[str, int]]]:
    """Return the events without the last notes of each user, and those notes as (user, item), the latest last.

    A note is hidden with all that the user ever did with it. What was rated badly is no lesson.

    Args:
        events: oldest first.
    """
    by_user: dict[str, dict[int, tuple[int, Event]]] = {}
    known = [(event, network.item(event.item)) for event in events]
    for place, (event, item) in enumerate(known):
        if item is not None:
            last = by_user.setdefault(event.user, {})
            last.pop(item, None)
            last[item] = place, event
    hidden = {
        user: set(list(last)[-max(1, round(_HIDDEN * len(last))) :])
        for user, last in by_user.items()
        if len(last) >= _SHORTEST
    }
    training = [event for event, item in known if item not in hidden.get(event.user, ())]
    held = [
        (place, user, item)
        for user, items in hidden.items()
        for item, (place, event) in by_user[user].items()
        if item in items and (event.rating is None or event.rating >= _GOOD)
    ]
    return training, [(user, item) for _, user, item in sorted(held)[-_MOST:]]


def lesson_of(
    user: str, scores: Mapping[str, Scores], names: Sequence[str], may_be: NDArray[np.bool_], factor: Any, item: int
) -> Lesson | None:
    """Return the lesson of one hidden item, None where it might not have been recommended.

    Args:
        scores: of the sources by name; one that is missing says nothing.
        may_be: (items,) what might have been recommended.
        factor: (items,) by what fused scores are multiplied, or one number.
    """
    if not may_be[item]:
        return None
    found = shares(scores, dict.fromkeys(names, 1.0))
    empty = np.zeros(len(may_be))
    parts = np.stack([found.get(name, empty) for name in names]) * factor
    is_candidate = may_be & (parts > 0).any(axis=0)
    is_candidate[item] = True
    return Lesson(user, parts[:, is_candidate], int(is_candidate[:item].sum()))


def lessons_of(recommender: Recommender, held: Iterable[tuple[str, int]], names: Sequence[str]) -> list[Lesson]:
    """Return the lessons of hidden notes, asked of a recommender that has the earlier events only."""
    by_user: dict[str, list[int]] = {}
    for user, item in held:
        by_user.setdefault(user, []).append(item)
    found: list[Lesson] = []
    for user, items in by_user.items():
        seeds = recommender.seeds(None, user)
        scores, allowed, factor = recommender.scores(seeds), recommender.allowed(seeds), recommender.prior(seeds)
        for item in items:
            may_be = allowed.copy()
            may_be[items] = False
            may_be[item] = allowed[item]
            lesson = lesson_of(user, scores, names, may_be, factor, item)
            if lesson is not None:
                found.append(lesson)
    return found


def ndcg(lessons: Sequence[Lesson], weights: Sequence[float]) -> NDArray[np.float64]:
    """Return nDCG@10 of each lesson, in [0, 1]; of candidates with equal scores half come before."""
    chosen = np.asarray(weights, dtype=np.float64)
    found = np.zeros(len(lessons))
    for number, lesson in enumerate(lessons):
        fused = chosen @ lesson.parts
        own = fused[lesson.right]
        rank = 1 + np.count_nonzero(fused > own) + (np.count_nonzero(fused == own) - 1) / 2
        if own > 0 and rank <= _CUT:
            found[number] = 1 / np.log2(1 + rank)
    return found


def learn(lessons: Sequence[Lesson], names: Sequence[str], start: Mapping[str, float]) -> Learnt:
    """Return the weights that rank hidden notes highest, with the sum of those that it starts from.

    Whether they are better is found out on halves of the users, each with weights learnt from the other half.
    """
    first = [start.get(name, 0.0) for name in names]
    if len(lessons) < FEWEST or len({lesson.user for lesson in lessons}) < 2:
        return Learnt(None, len(lessons), 0.0, 0.0)
    users = sorted({lesson.user for lesson in lessons})
    halves = [[each for each in lessons if each.user in set(users[half::2])] for half in (0, 1)]
    before = float(ndcg(lessons, first).mean())
    others = [ndcg(mine, _ascend(theirs, first)) for mine, theirs in (halves, halves[::-1])]
    after = float(np.concatenate(others).mean())
    weights = dict(zip(names, _ascend(lessons, first), strict=True)) if after > before + _GAIN else None
    return Learnt(weights, len(lessons), before, after)


def _ascend(lessons: Sequence[Lesson], start: Sequence[float]) -> list[float]:
    """Return weights found by coordinate ascent; of equally good ones those nearest to what was there."""
    weights, total = list(start), sum(start)
    best = ndcg(lessons, weights).mean()
    for _ in range(_ROUNDS):
        before = best
        for place in range(len(weights)):
            held = weights[place]
            for value in _GRID:
                tried = [*weights[:place], value, *weights[place + 1 :]]
                if value != held and (found := ndcg(lessons, tried).mean()) > best + _GAIN:
                    best, weights = found, tried
        if best <= before + _GAIN:
            break
    return [round(weight * total / sum(weights), 4) for weight in weights]


# --- keeping them


def write_learnt(home: Home, learnt: Learnt) -> None:
    """Keep learnt weights for the recommenders of a home, or take away what was kept, where there are none."""
    path = _path(home)
    if learnt.weights is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "weights": dict(sorted(learnt.weights.items())), "lessons": learnt.lessons,
        "ndcg@10": {"before": learnt.before, "after": learnt.after},
    }  # fmt: skip
    write_atomically(path, (json.dumps(document, indent=2) + "\n").encode())


def read_learnt(home: Home) -> dict[str, float] | None:
    """Return the weights that feedback has taught, None where none has.

    Raises:
        ConfigError: the file is no such thing.
    """
    path = _path(home)
    try:
        weights = json.loads(path.read_text("utf-8"))["weights"]
        return {str(name): float(weight) for name, weight in weights.items()}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} holds no weights; delete it, or run `kg event learn`: {error!r:.80}") from error


def _path(home: Home) -> Path:
    return home.models / "recommendation.json"
