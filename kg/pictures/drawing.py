"""A page as the bytes of a file, by what the file's name ends in."""

from __future__ import annotations

from dataclasses import dataclass

from kg.errors import InputError
from kg.pictures.arranging import arrange
from kg.pictures.html import html
from kg.pictures.png import check_png, png
from kg.pictures.svg import svg
from kg.pictures.values import Page

__all__ = ["SUFFIXES", "Drawing", "check_suffix", "draw"]

SUFFIXES = (".html", ".png", ".svg")


@dataclass(frozen=True, slots=True)
class Drawing:
    """The content of a file, and what people should know of it."""

    content: bytes
    notices: tuple[str, ...] = ()


def check_suffix(suffix: str) -> None:
    """Raise an error where no file of a kind can be drawn.

    Raises:
        InputError: the suffix is none of `SUFFIXES`. MissingExtraError: a PNG, and matplotlib is not installed.
    """
    if suffix.lower() not in SUFFIXES:
        found = repr(suffix) if suffix else "nothing"
        raise InputError(f"A picture ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}, not in {found}.")
    if suffix.lower() == ".png":
        check_png()


def draw(page: Page, suffix: str) -> Drawing:
    """Return a page as a file of a kind; equal pages give equal bytes. An `.svg` holds the first picture alone.

    Raises:
        InputError: the suffix is none of `SUFFIXES`. MissingExtraError: a PNG, and matplotlib is not installed.
    """
    check_suffix(suffix)
    if suffix.lower() == ".png":
        return Drawing(*png(page))
    if suffix.lower() == ".html":
        return Drawing(html(page).encode())
    rest = len(page.pictures) - 1
    notices = (f"An .svg holds one picture; {rest} more are in an .html.",) if rest > 0 else ()
    return Drawing(f"{svg(arrange(page.pictures[0]), is_alone=True)}\n".encode(), notices)
