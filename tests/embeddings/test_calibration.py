"""Margins become probabilities that ascend, that frequencies bear out, and that are plain numbers in a file."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.embeddings.calibration import Calibration, Curve, calibrate

NAMES = ("r0", "r1")
ROWS = st.lists(st.tuples(st.integers(-20, 20), st.integers(0, 1), st.booleans()), min_size=1, max_size=80)


def fitted(rows: list[tuple[int, int, bool]]) -> Calibration | None:
    margins, relations, is_true = (np.array(column) for column in zip(*rows, strict=True))
    return calibrate(margins / 4, relations, is_true.astype(bool), NAMES)


def pooled(margins: list[float], values: list[float]) -> dict[float, float]:
    """The definition: the least of the greatest means of what begins at or below a point and ends at or above it."""
    points = sorted(set(margins))
    mean = {
        (i, j): np.mean([v for m, v in zip(margins, values, strict=True) if points[i] <= m <= points[j]])
        for i in range(len(points))
        for j in range(i, len(points))
    }
    return {
        point: float(max(min(mean[i, j] for j in range(k, len(points))) for i in range(k + 1)))
        for k, point in enumerate(points)
    }


@given(ROWS)
def test_a_curve_is_the_isotonic_regression(rows: list[tuple[int, int, bool]]) -> None:
    found = fitted(rows)
    if found is None:
        assert not any(is_true for _, _, is_true in rows)
        return
    margins = [margin / 4 for margin, _, _ in rows]
    expected = pooled([min(margins), *margins, max(margins)], [1.0, *(float(t) for _, _, t in rows), 0.0])
    curve = found.shared(np.array(list(expected)))
    assert curve == pytest.approx(list(expected.values()), abs=1e-5)
    assert (np.diff(found.shared(np.linspace(-8, 8, 50))) >= 0).all()


@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_triples_decides_nothing(rows: list[tuple[int, int, bool]], random: object) -> None:
    other = list(rows)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert fitted(rows) == fitted(other)


@given(ROWS)
def test_a_calibration_comes_back_from_json(rows: list[tuple[int, int, bool]]) -> None:
    found = fitted(rows)
    if found is not None:
        assert Calibration.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_probabilities_are_what_frequencies_are() -> None:
    generator = np.random.default_rng(0)
    margins = generator.normal(size=20_000)
    chance = 1 / (1 + np.exp(-2 * margins))
    is_true = generator.random(20_000) < chance
    found = calibrate(margins, np.zeros(20_000, int), is_true, NAMES)
    assert found is not None
    assert np.abs(found.probability("r0", margins) - chance).mean() < 0.02
    turned = found.probability("r0", -margins)  # scores that mean the contrary are not borne out
    assert np.abs(turned - chance).mean() > 0.2


def test_a_relation_of_which_few_are_known_shares_a_curve() -> None:
    margins = np.concatenate([np.linspace(-1, 1, 60), [0.0] * 5])
    relations = np.array([0] * 60 + [1] * 5)
    found = calibrate(margins, relations, np.array([False] * 30 + [True] * 35), NAMES)
    assert found is not None
    assert set(found.relations) == {"r0"}
    assert found.probability("r1", np.array([0.5])) == found.shared(np.array([0.5]))
    assert found.probability("never seen", np.array([0.5])) == found.shared(np.array([0.5]))


def test_all_true_is_not_certain() -> None:
    found = calibrate(np.array([1.0, 2.0, 3.0]), np.zeros(3, int), np.ones(3, bool), NAMES)
    assert found is not None
    assert 0 < found.shared(np.array([-9.0]))[0] <= found.shared(np.array([9.0]))[0] < 1


@pytest.mark.parametrize(
    ("margins", "probabilities"),
    [((), ()), ((1.0,), ()), ((1.0, 0.0), (0.1, 0.2)), ((0.0, 1.0), (0.2, 0.1)), ((0.0,), (1.5,))],
)
def test_what_is_no_ascending_curve_is_refused(margins: tuple[float, ...], probabilities: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="curve"):
        Curve(margins, probabilities)
