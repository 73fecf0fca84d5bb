"""Writing pictures: the flag, and the file by what its name ends in."""

from __future__ import annotations

from pathlib import Path

from kg.cli.session import Session
from kg.errors import InputError
from kg.home import write_atomically
from kg.pictures import Page, check_suffix, draw

__all__ = ["check_picture", "save_picture"]


def check_picture(file: Path | None) -> None:
    """Raise an error where a picture cannot be written, before long work; nothing for None.

    Raises:
        InputError: the name ends in no kind of picture, or its folder is not there. MissingExtraError: a PNG, and
            matplotlib is not installed.
    """
    if file is None:
        return
    check_suffix(file.suffix)
    if not file.parent.is_dir():
        raise InputError(f"There is no folder {file.parent} for the picture.")
    if file.is_dir():
        raise InputError(f"{file} is a folder; name a file for the picture.")


def save_picture(session: Session, file: Path | None, page: Page) -> None:
    """Write a page to a file and say so; nothing for None."""
    if file is None:
        return
    drawing = draw(page, file.suffix)
    write_atomically(file, drawing.content)
    for notice in drawing.notices:
        session.say(notice)
    session.say(f"The picture is in {file}.")
