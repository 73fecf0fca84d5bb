"""What a picture is drawn of: marks, lines, rectangles and texts in pixels, y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

__all__ = ["Canvas", "Colour", "Line", "Mark", "Rectangle", "Shape", "Text"]

Colour = int | OneOf["text", "faint", "grid"]
"""The number of a group, `GREY` among them, or what a colour of the theme is for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign of a point, with what is told where the pointer rests; of radius 0 only that is there."""

    x: float
    y: float
    radius: float
    colour: int
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line through places."""

    places: tuple[tuple[float, float], ...]
    colour: Colour
    width: float = 1.0


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    colour: int
    tip: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text on one line, by the left, middle or right of its base line."""

    x: float
    y: float
    text: str
    size: float = 12.0
    anchor: OneOf["start", "middle", "end"] = "start"
    colour: OneOf["text", "faint"] = "text"
    is_bold: bool = False
    is_upright: bool = False
    has_halo: bool = False


Shape = Mark | Line | Rectangle | Text


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture as shapes, those that come later above those before."""

    title: str
    width: float
    height: float
    shapes: tuple[Shape, ...]
