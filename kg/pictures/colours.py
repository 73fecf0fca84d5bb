"""Colours of groups: told apart by people who see few colours, and against a light and a dark page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["DARK", "GREY", "LIGHT", "MARKS", "OPACITIES", "Theme", "group_numbers", "mark_of", "opacity_of"]


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as `#rrggbb`; each of `groups` and `grey` has a contrast of 3 or more to the page (WCAG 2.1, 1.4.11)."""

    page: str
    text: str
    faint: str
    grid: str
    grey: str
    groups: tuple[str, ...]


# After Okabe and Ito 2008, darkened or lightened until the contrast is enough.
LIGHT = Theme(
    page="#ffffff",
    text="#1d2126",
    faint="#5b636d",
    grid="#dfe3e8",
    grey="#7d858f",
    groups=("#0072b2", "#c25100", "#008561", "#b3558c", "#977000", "#2f8fc4", "#6a51a3", "#4d4d4d"),
)
DARK = Theme(
    page="#15181c",
    text="#e6e9ed",
    faint="#a3acb7",
    grid="#31373f",
    grey="#8a939e",
    groups=("#4aa8e0", "#f0803c", "#2fc498", "#e08fc0", "#e6b422", "#8fd3f4", "#b49ce6", "#d0d0d0"),
)
MARKS = ("circle", "square", "triangle", "diamond")
"""Shapes of points: when all colours are used once, the next shape begins."""
OPACITIES = (1.0, 0.5, 0.25)
"""Those of areas, which have no shapes."""
GREY = -1
"""The number of what belongs to no group."""


def group_numbers(groups: Iterable[str]) -> dict[str, int]:
    """Return the number of each group, in the order in which they first come; the empty one has `GREY`."""
    numbers: dict[str, int] = {}
    for group in groups:
        if group:
            numbers.setdefault(group, len(numbers))
    return numbers | {"": GREY}


def mark_of(number: int) -> str:
    """Return the shape of a group's points."""
    return MARKS[max(number, 0) // len(LIGHT.groups) % len(MARKS)]


def opacity_of(number: int) -> float:
    """Return the opacity of a group's areas."""
    return OPACITIES[max(number, 0) // len(LIGHT.groups) % len(OPACITIES)]
