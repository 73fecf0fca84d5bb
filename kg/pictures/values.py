"""What a picture shows, apart from how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BarSeries", "Bars", "Caption", "Lines", "Page", "Picture", "Point", "Scatter", "Series"]


@dataclass(frozen=True, slots=True)
class Point:
    """A thing on a plane.

    `group` gives the colour, in the order in which groups first come; the empty one is grey and stands in no legend.
    `detail` is told beside the label where the pointer rests. Of labels that would overlap the one of greater `weight`
    is drawn, and none of a weight below 0. A point is left out whose coordinates are no numbers, or beyond 1e150.
    """

    x: float
    y: float
    label: str
    group: str = ""
    detail: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Caption:
    """A text in the middle of a disc of points, or above or below the disc where it hides fewer of them there."""

    x: float
    y: float
    text: str
    radius: float = 0.0


@dataclass(frozen=True, slots=True)
class Scatter:
    """Points by two figures; without axes a map: one scale for both directions, and only distances have a meaning.

    Of captions that would overlap the first is drawn.
    """

    title: str
    points: tuple[Point, ...]
    x_label: str = ""
    y_label: str = ""
    has_axes: bool = True
    captions: tuple[Caption, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """A line through points (x, y), in their order; one that is no number, or beyond 1e150, is a gap."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines over one pair of axes."""

    title: str
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""


@dataclass(frozen=True, slots=True)
class BarSeries:
    """One number, not below 0, for each category of the bars."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each category; several series stand on one another."""

    title: str
    categories: tuple[str, ...]
    series: tuple[BarSeries, ...]
    x_label: str = ""
    y_label: str = ""


Picture = Scatter | Lines | Bars


@dataclass(frozen=True, slots=True)
class Page:
    """Pictures below one another, one at least, with what is to be known of them in sentences."""

    title: str
    pictures: tuple[Picture, ...]
    remarks: tuple[str, ...] = ()
