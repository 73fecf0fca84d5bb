"""From pictures to shapes: frames, axes, legends, and what stands within."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from kg.pictures.colours import group_numbers
from kg.pictures.scales import Scale, clean, finite, placed_labels, shortened, text_width, tick_text
from kg.pictures.shapes import Canvas, Line, Mark, Rectangle, Shape, Text
from kg.pictures.values import Bars, Caption, Lines, Picture, Point, Scatter

__all__ = ["arrange"]

_WIDTH, _HEIGHT, _MAP_HEIGHT = 960.0, 480.0, 720.0
_TOP, _SIDE, _LEGEND = 48.0, 16.0, 216.0
_AXIS_LEFT, _AXIS_BOTTOM = 72.0, 56.0
_FONT, _TITLE = 12.0, 16.0
_LEGEND_ROWS = 20
_MARGIN = 16.0
"""Pixels between the outermost points and the frame."""
_LEGEND_WIDTH = (_LEGEND - 34.0) / _FONT
_TIPS = 10
"""Points of one place that are told where the pointer rests."""
_MOST_CAPTIONS = 60
_MARK = 4.0
"""About the radius of a mark."""
Place = tuple[float, float]


def arrange(picture: Picture) -> Canvas:
    """Return a picture as shapes."""
    height = _MAP_HEIGHT if isinstance(picture, Scatter) else _HEIGHT
    title = Text(_SIDE, 28.0, shortened(picture.title, (_WIDTH - 2 * _SIDE) / _TITLE), _TITLE, is_bold=True)
    match picture:
        case Scatter():
            shapes = _scatter(picture, height)
        case Lines():
            shapes = _lines(picture, height)
        case Bars():
            shapes = _bars(picture, height)
    return Canvas(clean(picture.title), _WIDTH, height, (title, *shapes))


# --- points


def _scatter(picture: Scatter, height: float) -> Iterator[Shape]:
    points = [point for point in picture.points if finite(point.x, point.y)]
    numbers = group_numbers(point.group for point in points)
    named = [name for name in numbers if name]
    left, bottom = (_AXIS_LEFT, height - _AXIS_BOTTOM) if picture.has_axes else (_SIDE, height - _SIDE)
    right = _right(named)
    if not points:
        yield _nothing(left, right, height)
        return
    captions = [each for each in picture.captions if finite(each.x, each.y, each.radius)][:_MOST_CAPTIONS]
    heights = [each.y + side * each.radius for each in captions for side in (-1, 1)]
    ends = _ends([point.x for point in points]), _ends([*(point.y for point in points), *heights])
    across, down = _equal_scales(ends, (left, right), (bottom, _TOP))
    if picture.has_axes:
        across = Scale.of([point.x for point in points], left, right, most=10)
        down = Scale.of([point.y for point in points], bottom, _TOP)
        yield from _axes(across, down, picture.x_label, picture.y_label)
    radius = 5.0 if len(points) <= 200 else 3.5 if len(points) <= 2_000 else 2.2
    places = [(across(point.x), down(point.y)) for point in points]
    for place, point, tip in zip(places, points, _tips(places, points), strict=True):
        yield Mark(*place, radius, numbers[point.group], tip)
    yield from _labels(captions, [(*place, point) for place, point in zip(places, points, strict=True)], across, down)
    yield from _legend(named)


def _labels(
    captions: Sequence[Caption], placed: Sequence[tuple[float, float, Point]], across: Scale, down: Scale
) -> Iterator[Text]:
    """Yield the captions, then the labels, that can be drawn without overlap."""
    marks = [(x, y) for x, y, _ in placed]
    wanted = [(*_caption_place(each, marks, across, down), shortened(each.text, 24.0), math.inf) for each in captions]
    wanted += [(x, y, shortened(point.label, 24.0), point.weight) for x, y, point in placed]
    frame = (across.start, _TOP, across.end, down.start)
    for number, x, base in placed_labels(wanted, _FONT, frame, centred=len(captions)):
        yield Text(x, base, wanted[number][2], _FONT, is_bold=number < len(captions), has_halo=True)


def _caption_place(caption: Caption, marks: Sequence[Place], across: Scale, down: Scale) -> Place:
    """Return the middle of a caption: that of its disc, above or below, where it hides fewest marks."""
    x, half = across(caption.x), text_width(shortened(caption.text, 24.0)) * _FONT / 2
    above, below = (down(caption.y + side * caption.radius) - side * 0.65 * _FONT for side in (1, -1))
    near = [(other, y) for other, y in marks if abs(other - x) <= half + _MARK]
    heights = (down(caption.y), above, below) if caption.radius else (down(caption.y),)
    hidden = [sum(abs(y - height) <= 0.65 * _FONT + _MARK for _, y in near) for height in heights]
    return x, heights[hidden.index(min(hidden))]


def _equal_scales(
    ends: tuple[Place, Place], across: tuple[float, float], down: tuple[float, float]
) -> tuple[Scale, Scale]:
    """Return scales with one length a unit, what lies between the ends in the middle."""
    sides = [across, down]
    unit = max(
        (high - low) / (abs(side[1] - side[0]) - 2 * _MARGIN) for (low, high), side in zip(ends, sides, strict=True)
    )
    x, y = (_around(low, high, unit or 1.0, *side) for (low, high), side in zip(ends, sides, strict=True))
    return x, y


def _ends(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _around(low: float, high: float, unit: float, start: float, end: float) -> Scale:
    """Return a scale with so much a pixel around a middle, and the round numbers within."""
    half, middle = unit * abs(end - start) / 2, low / 2 + high / 2
    low, high = middle - half, middle + half
    ticks = Scale.of([low, high], start, end, most=8).ticks
    return Scale(low, high, start, end, tuple(each for each in ticks if low <= each <= high))


def _tips(places: Sequence[Place], points: Sequence[Point]) -> list[str]:
    """Return what is told of each point; of those in one place, which hide one another, all the same."""
    rounded = [(round(x, 1), round(y, 1)) for x, y in places]
    there: defaultdict[Place, list[str]] = defaultdict(list)
    for place, point in zip(rounded, points, strict=True):
        there[place].append(_tip(point))
    told = {}
    for place, tips in there.items():
        more = [f"and {len(tips) - _TIPS:,} more"] if len(tips) > _TIPS else []
        told[place] = "\n\n".join([*tips[:_TIPS], *more])
    return [told[place] for place in rounded]


def _tip(point: Point) -> str:
    return "\n".join(part for part in (clean(point.label), clean(point.group), clean(point.detail)) if part)


# --- lines


def _lines(picture: Lines, height: float) -> Iterator[Shape]:
    named = [series.name for series in picture.series]
    found = [place for series in picture.series for place in series.points if finite(*place)]
    right, bottom = _right(named), height - _AXIS_BOTTOM
    if not found:
        yield _nothing(_AXIS_LEFT, right, height)
        return
    across = Scale.of([x for x, _ in found], _AXIS_LEFT, right, most=10)
    down = Scale.of([y for _, y in found], bottom, _TOP)
    yield from _axes(across, down, picture.x_label, picture.y_label)
    for number, series in enumerate(picture.series):
        for is_drawn, run in groupby(series.points, key=lambda place: finite(*place)):
            if not is_drawn:
                continue
            places = [(x, y) for x, y in run]
            yield Line(tuple((across(x), down(y)) for x, y in places), number, 2.0)
            radius = 3.0 if len(places) <= 60 else 0.0
            for x, y in places:
                tip = f"{clean(series.name)}\n{_value(picture.x_label, x)}\n{_value(picture.y_label, y)}"
                yield Mark(across(x), down(y), radius, number, tip)
    yield from _legend(named)


def _value(label: str, value: float) -> str:
    text = f"{value:,.6g}"
    return f"{clean(label)}: {text}" if label else text


# --- bars


def _bars(picture: Bars, height: float) -> Iterator[Shape]:
    named = [series.name for series in picture.series]
    right = _right(named)
    count = len(picture.categories)
    totals = [sum(series.values[number] for series in picture.series) for number in range(count)]
    if not count or not picture.series or not finite(*totals):
        yield _nothing(_AXIS_LEFT, right, height)
        return
    slot = (right - _AXIS_LEFT) / count
    names = [shortened(name, 14.0) for name in picture.categories]
    longest = max(map(text_width, names)) * _FONT
    is_upright = longest > slot * max(1, round(count / 12)) - 4
    bottom = height - (_AXIS_BOTTOM + (max(0.0, 1.1 * longest - _FONT) if is_upright else 0.0))
    down = Scale.of(totals, bottom, _TOP, zero=True)
    yield from _axes(None, down, picture.x_label, picture.y_label, (_AXIS_LEFT, right), height)
    every = max(1, -(-count * (14 if is_upright else int(longest) + 8) // int(right - _AXIS_LEFT)))
    for number, name in enumerate(names):
        middle, base = _AXIS_LEFT + (number + 0.5) * slot, 0.0
        for order, series in enumerate(picture.series):
            value = series.values[number]
            if value > 0:
                tip = f"{clean(series.name)}\n{clean(picture.categories[number])}: {value:,.6g}"
                upper, lower = down(base + value), down(base)
                yield Rectangle(middle - 0.4 * slot, upper, 0.8 * slot, lower - upper, order, tip)
                base += value
        if number % every == 0 and is_upright:
            yield Text(middle + 0.35 * _FONT, bottom + 8, name, _FONT, "end", "faint", is_upright=True)
        elif number % every == 0:
            yield Text(middle, bottom + 18, name, _FONT, "middle", "faint")
    yield from _legend(named, is_area=True)


# --- what stands around


def _right(named: Sequence[str]) -> float:
    """Return where the drawing ends: before the legend, where there is one."""
    return _WIDTH - _SIDE - (_LEGEND if len(named) > 1 else 0.0)


def _legend(named: Sequence[str], is_area: bool = False) -> Iterator[Shape]:
    if len(named) < 2:
        return
    left = _WIDTH - _LEGEND
    for number, name in enumerate(named[:_LEGEND_ROWS]):
        y = _TOP + 10 + number * 20
        tip = clean(name)
        yield Rectangle(left + 3, y - 9, 10, 10, number, tip) if is_area else Mark(left + 8, y - 4, 5, number, tip)
        yield Text(left + 22, y, shortened(name, _LEGEND_WIDTH), _FONT)
    if len(named) > _LEGEND_ROWS:
        yield Text(left + 22, _TOP + 10 + _LEGEND_ROWS * 20, f"and {len(named) - _LEGEND_ROWS} more", colour="faint")


def _axes(
    across: Scale | None,
    down: Scale,
    x_label: str,
    y_label: str,
    ends: tuple[float, float] = (0.0, 0.0),
    height: float = 0.0,
) -> Iterator[Shape]:
    """Yield the grid and the numbers; without a scale across, only the lines of the other."""
    left, right = (across.start, across.end) if across else ends
    for value in down.ticks:
        y = down(value)
        yield Line(((left, y), (right, y)), "grid")
        yield Text(left - 8, y + 4, tick_text(value), _FONT, "end", "faint")
    for value in across.ticks if across else ():
        assert across is not None
        x = across(value)
        yield Line(((x, down.start), (x, down.end)), "grid")
        yield Text(x, down.start + 18, tick_text(value), _FONT, "middle", "faint")
    under = height - 12 if height else down.start + 40
    if x_label:
        yield Text((left + right) / 2, under, clean(x_label), _FONT, "middle", "faint")
    if y_label:
        yield Text(16, (down.start + down.end) / 2, clean(y_label), _FONT, "middle", "faint", is_upright=True)


def _nothing(left: float, right: float, height: float) -> Text:
    return Text((left + right) / 2, height / 2, "Nothing to show.", _FONT, "middle", "faint")
