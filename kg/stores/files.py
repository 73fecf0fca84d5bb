"""What lies in the folder of a store, told without opening it, for those who lock, copy and share it.

An embedded store is its files. Of a store that is a server the folder holds how it is reached, and a kept copy
that saves time; what is read through such a folder, or through a copy of it, is what the server holds now.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BULK",
    "CONNECTION",
    "COPY",
    "copy_store",
    "holds_store",
    "is_live",
    "is_on_server",
    "kind_in",
    "last_written",
    "make_private",
    "size_of",
    "store_folder",
    "store_folders",
    "store_state",
]

CONNECTION = "connection.json"
"""How a server is reached and which home it holds; written anew by every opening for writing."""
COPY = "copy"
"""The kept copy of what a server holds: an embedded store, with the mark at which it was read."""
BULK = ".bulk-"
"""What the folders begin with in which the files of an import lie until it is done."""

_FOLDERS = {"embedded": "store", "neo4j": "neo4j"}
"""Where a kind of store lies in a home; another's folder has its own name."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the folder of a kind of store is known. `mark` is a file that every opening for writing replaces.

    `parts` are what a copy needs, None for all files.
    """

    kind: str
    mark: str
    is_live: bool
    parts: tuple[str, ...] | None = None


_LAYOUTS = (
    _Layout("embedded", "CURRENT", is_live=False),
    _Layout("neo4j", CONNECTION, is_live=True, parts=(CONNECTION, COPY)),
)


def store_folder(kind: str) -> str:
    """Return the name of the folder in a home where a kind of store is kept."""
    return _FOLDERS.get(kind, kind)


def store_folders() -> tuple[str, ...]:
    """Return the names of the folders where stores of ours may be kept."""
    return tuple(_FOLDERS.values())


def holds_store(folder: Path) -> bool:
    """Tell whether a store was ever opened there for writing."""
    return _layout(folder) is not None


def kind_in(folder: Path) -> str | None:
    """Return the kind of the store there, None where there is none."""
    layout = _layout(folder)
    return None if layout is None else layout.kind


def is_on_server(kind: str) -> bool:
    """Tell whether a kind of store is on a server, which its folder only leads to."""
    return any(layout.kind == kind and layout.is_live for layout in _LAYOUTS)


def is_live(folder: Path) -> bool:
    """Tell whether reading there shows what is written meanwhile, also of a copy of the folder."""
    layout = _layout(folder)
    return layout is not None and layout.is_live


def store_state(folder: Path) -> object:
    """Return what is equal as long as nobody has opened the store for writing; None where there is none."""
    layout = _layout(folder)
    if layout is None:
        return None
    file = folder / layout.mark
    try:
        found = file.stat()
        return file.read_bytes(), found.st_mtime_ns, found.st_ino
    except FileNotFoundError:
        return None


def last_written(folder: Path) -> tuple[int, int]:
    """Return what changes when the files of a store are written: the time of its newest log or table, their number."""
    times = []
    for place in (folder, folder / COPY):
        for path in (*place.glob("*.log"), *place.glob("*.sst"), *place.glob(CONNECTION)):
            try:
                times.append(path.stat().st_mtime_ns)
            except FileNotFoundError:  # compacted away just now
                continue
    return max(times, default=0), len(times)


def size_of(folder: Path) -> int:
    """Return the bytes that the files of a folder take; what is removed meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat()
            total += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return total


def make_private(folder: Path) -> None:
    """Make a folder that nobody but its owner can enter, also of one that is there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "nt" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)


def copy_store(folder: Path, target: Path) -> None:
    """Copy a closed store into a folder that does not exist, by hard links where a file never changes."""
    layout = _layout(folder)
    parts = None if layout is None else layout.parts
    target.mkdir()
    for path in _files(folder) if parts is None else (folder / part for part in parts):
        if path.is_dir():
            copy_store(path, target / path.name)
        elif path.is_file():
            _copy_file(path, target / path.name)


def _layout(folder: Path) -> _Layout | None:
    return next((layout for layout in _LAYOUTS if (folder / layout.mark).exists()), None)


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of an embedded store without its lock, its log of messages, and what a killed process left."""
    for path in folder.iterdir():
        if path.name != "LOCK" and not path.name.startswith(("LOG", "bulk-")) and path.is_file():
            yield path


def _copy_file(path: Path, copy: Path) -> None:
    if path.suffix == ".sst":
        try:
            os.link(path, copy)
            return
        except OSError:
            pass  # another file system, or one without links
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # a password stays unread by others
    shutil.copyfile(path, copy)
    shutil.copymode(path, copy)
