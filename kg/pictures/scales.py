"""Where things stand: axes with round numbers, the width of a text, labels that do not overlap."""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Box", "Scale", "clean", "finite", "placed_labels", "shortened", "text_width", "tick_text"]

_STEPS = (1.0, 2.0, 5.0, 10.0)
_WIDE, _NARROW = 1.0, 0.58
"""Widths of a character in parts of the font size; the second is the mean of a sans-serif font's letters."""
_LABEL_GAP = 6.0
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What embeds or overrides the direction of writing."""
_MOST, _LEAST_RANGE = 1e150, 1e-150
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps numbers from `low` to `high`, which are round, to a length; `ticks` are round numbers between."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float], start: float, end: float, most: int = 6, zero: bool = False) -> Scale:
        """Return a scale that holds all values, which are `finite`.

        Args:
            zero: let it begin at 0; no value is below.
            most: ticks that there are about.
        """
        found = [0.0, *values] if zero else list(values)
        low, high = (min(found), max(found)) if found else (0.0, 1.0)
        if high - low <= max(_LEAST_RANGE, 1e-9 * max(abs(low), abs(high))):
            half = max(0.5 * abs(low), 0.5) if abs(low) > _LEAST_RANGE else 0.5
            low, high = (0.0, max(1.0, high)) if zero else (low - half, high + half)
        step = _round_step((high - low) / most)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        ticks = tuple(number * step for number in range(first, last + 1))
        return cls(ticks[0], ticks[-1], start, end, ticks)

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(each * power for each in _STEPS if each * power >= step * (1 - 1e-9))


def tick_text(value: float) -> str:
    """Write a round number: `1,500`, `0.25`, `1e-07`."""
    if value and not 1e-4 <= abs(value) < 1e9:
        return f"{value:.3g}"
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def finite(*numbers: float) -> bool:
    """Tell whether all numbers can be drawn: differences and products of them are numbers too."""
    return all(abs(number) < _MOST for number in numbers)


def clean(text: str) -> str:
    """Return a text on one line without what XML and fonts have no place for, and nothing that turns what follows."""
    kept = "".join(
        c if unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Co") and c not in _TURNING else " " for c in text
    )
    return " ".join(kept.split())


def text_width(text: str) -> float:
    """Return about how wide a text is, in parts of the font size; Chinese characters are square."""
    return sum(
        0.0 if unicodedata.combining(c) else _WIDE if unicodedata.east_asian_width(c) in "WF" else _NARROW for c in text
    )


def shortened(text: str, most: float) -> str:
    """Return a text cut to a width, in parts of the font size, with an ellipsis where something is gone."""
    text = clean(text)
    if text_width(text) <= most:
        return text
    while text and text_width(text) + _NARROW > most:
        text = text[:-1]
    return f"{text.rstrip()}…"


def placed_labels(
    wanted: Sequence[tuple[float, float, str, float]], size: float, frame: Box, most: int = 60, centred: int = 0
) -> list[tuple[int, float, float]]:
    """Choose the labels that can be drawn without overlap, those of greater weight first, ties in the order given.

    A label stands at the right of its place, else at its left, above or below; none of a weight below 0 is drawn.

    Args:
        wanted: (x, y, text, weight) in the picture's own units, y downwards.
        size: the height of the font in the same units.
        centred: the first so many are drawn in the middle of their place or not at all.

    Returns:
        (number in `wanted`, left, base line), in no order that has a meaning.
    """
    taken: defaultdict[tuple[int, int], list[Box]] = defaultdict(list)
    placed: list[tuple[int, float, float]] = []
    for number in sorted(range(len(wanted)), key=lambda each: (-wanted[each][3], each)):
        if len(placed) == most:
            break
        x, y, text, weight = wanted[number]
        width = text_width(text) * size
        if not text or weight < 0:
            continue
        around = (
            (x + _LABEL_GAP, y + 0.35 * size),
            (x - _LABEL_GAP - width, y + 0.35 * size),
            (x - width / 2, y - _LABEL_GAP - 0.1 * size),
            (x - width / 2, y + _LABEL_GAP + 0.8 * size),
        )
        for left, base in around if number >= centred else ((x - width / 2, y + 0.35 * size),):
            box = (left, base - size, left + width, base + 0.3 * size)
            inside = frame[0] <= box[0] and frame[1] <= box[1] and box[2] <= frame[2] and box[3] <= frame[3]
            cells = _cells(box)
            if inside and not any(_overlap(box, other) for cell in cells for other in taken[cell]):
                for cell in cells:
                    taken[cell].append(box)
                placed.append((number, left, base))
                break
    return placed


def _cells(box: Box, size: float = 80.0) -> list[tuple[int, int]]:
    columns = range(int(box[0] // size), int(box[2] // size) + 1)
    return [(column, row) for column in columns for row in range(int(box[1] // size), int(box[3] // size) + 1)]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
