"""From margins to probabilities: how many of the triples that looked as likely turned out to be true.

Isotonic regression (Zadrozny and Elkan 2002, section 3.2) on triples that were held back and on others that fit as
well, for each relation; relations of which few were held back share one. A stored calibration is plain numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Calibration", "Curve", "calibrate"]

_ENOUGH = 20
"""True triples that a relation needs for a curve of its own."""


@dataclass(frozen=True, slots=True)
class Curve:
    """An ascending function from margins to probabilities: straight between its points, flat beyond them."""

    margins: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        points, values = np.array(self.margins), np.array(self.probabilities)
        if len(points) != len(values) or not len(points):
            raise ValueError("a curve has as many margins as probabilities, and at least one")
        if (np.diff(points) < 0).any() or (np.diff(values) < 0).any() or values.min() < 0 or values.max() > 1:
            raise ValueError("the margins and the probabilities of a curve ascend, and probabilities are from 0 to 1")

    def __call__(self, margins: NDArray[Any]) -> NDArray[np.float64]:
        """Return the probabilities of margins, of any shape."""
        found: NDArray[np.float64] = np.interp(margins, self.margins, self.probabilities)
        return found


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curves of a model.

    Attributes:
        shared: of all relations together.
        relations: by the name of the relation, of those that have one of their own.
    """

    shared: Curve
    relations: Mapping[str, Curve] = field(default_factory=dict)

    def probability(self, relation: str, margins: NDArray[Any]) -> NDArray[np.float64]:
        """Return how probable triples of a relation are, from 0 to 1, by their margins (`kg.embeddings.margins`)."""
        return self.relations.get(relation, self.shared)(margins)

    def to_json(self) -> dict[str, Any]:
        """Return the curves as a JSON object of numbers."""
        return {
            "shared": _json(self.shared),
            "relations": {name: _json(self.relations[name]) for name in self.relations},
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Calibration:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        return cls(_curve(values["shared"]), {name: _curve(curve) for name, curve in values["relations"].items()})


def calibrate(
    margins: NDArray[Any], relations: NDArray[np.integer], is_true: NDArray[np.bool_], names: tuple[str, ...]
) -> Calibration | None:
    """Fit the curves to triples of which is known whether they are true; None if none of them is.

    Args:
        margins, relations, is_true: (n,) of each triple; relations by their ids.
        names: of the relations, by their ids.
    """
    if not is_true.any():
        return None
    own = {}
    for relation in np.unique(relations).tolist():
        chosen = relations == relation
        if is_true[chosen].sum() >= _ENOUGH:
            own[names[relation]] = _isotonic(margins[chosen], is_true[chosen])
    return Calibration(_isotonic(margins, is_true), dict(sorted(own.items())))


def _isotonic(margins: NDArray[Any], is_true: NDArray[np.bool_]) -> Curve:
    """Pool adjacent violators. One more false triple above all and one more true one below keep off 0 and 1.

    So the best of k triples that were all true has the probability k / (k + 1), as Laplace would say.
    """
    points = np.concatenate([[margins.min()], margins, [margins.max()]]).astype(np.float64)
    values = np.concatenate([[1.0], is_true, [0.0]])
    # Equal margins are one point, whatever the order of the triples was.
    distinct, places = np.unique(points, return_inverse=True)
    weights = np.bincount(places).astype(np.float64)
    sums = np.bincount(places, weights=values)
    blocks: list[tuple[float, float, int, int]] = []  # sum, weight, first and last of the points
    for place, (total, weight) in enumerate(zip(sums.tolist(), weights.tolist(), strict=True)):
        blocks.append((total, weight, place, place))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            above, below = blocks.pop(), blocks.pop()
            blocks.append((below[0] + above[0], below[1] + above[1], below[2], above[3]))
    ends: list[tuple[float, float]] = []
    for total, weight, first, last in blocks:
        value = round(total / weight, 6)
        ends += [(round(float(distinct[first]), 6), value)]
        if last > first:
            ends.append((round(float(distinct[last]), 6), value))
    return Curve(tuple(point for point, _ in ends), tuple(value for _, value in ends))


def _json(curve: Curve) -> dict[str, list[float]]:
    return {"margins": list(curve.margins), "probabilities": list(curve.probabilities)}


def _curve(values: Mapping[str, Any]) -> Curve:
    return Curve(tuple(map(float, values["margins"])), tuple(map(float, values["probabilities"])))
