"""Notes that were sent to the server: a root of the home's own, each note a line in a file of its own.

So one that is sent anew under its `id` replaces the former, `kg ingest` neither loses nor doubles them, and one of them
is read without a look at the others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping

from kg.errors import ConfigError, InputError
from kg.home import POSTED, Home, read_roots, write_atomically
from kg.home.folder import file_errors
from kg.importers import importer_for
from kg.ingest.roots import Scope
from kg.model import Failure

__all__ = ["check_posted", "drop_posted", "keep_posted", "posted_line", "posted_name", "posted_scopes"]

_READABLE = re.compile(r"[^a-z0-9]+")
_READABLE_CHARACTERS = 40
_DIGEST_CHARACTERS = 16
_LISTED = 64
"""Files beyond which the whole folder is looked at: each is compared with each."""


def posted_line(members: object, place: str) -> tuple[str, bytes]:
    """Return the id of a note that was sent, and the line of JSON it is kept as.

    Args:
        place: how an error calls it: "notes, 2".

    Raises:
        InputError: it is no note as a line of a `.jsonl` file is one, and what would be right.
    """
    if not isinstance(members, dict):
        raise InputError(f'{place}: a note is an object, as {{"id": "a", "text": "…"}}, not {members!r:.60}.')
    importer = importer_for("notes.jsonl")
    assert importer is not None
    line = json.dumps(members, ensure_ascii=False).encode("utf-8", "surrogatepass")
    (found,) = importer.read(place, line)
    if isinstance(found, Failure):
        raise InputError(f"{place}: the note {found.reason}.")
    assert found.id is not None
    return found.id, line + b"\n"


def posted_name(identifier: str) -> str:
    """Return the name of the file of a note: the same for the same id, another for every other."""
    digest = hashlib.sha256(identifier.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    readable = _READABLE.sub("-", identifier.casefold()).strip("-")[:_READABLE_CHARACTERS].rstrip("-")
    return f"{readable}-{digest}.jsonl" if readable else f"{digest}.jsonl"


def check_posted(home: Home) -> None:
    """Check that notes can be kept.

    Raises:
        ConfigError: a folder of the user's has the root's name.
    """
    held = read_roots(home).get(POSTED, home.posted)
    if held != home.posted:
        raise ConfigError(
            f"The folder {held} is known as {POSTED!r}, the name of the notes that are sent to the server. Run "
            f"`kg forget {POSTED}:` and ingest it again, and it gets another."
        )


def keep_posted(home: Home, lines: Mapping[str, bytes]) -> None:
    """Keep notes by their ids, in place of those that have the same.

    Raises:
        ConfigError: as `check_posted`. StoreError: they cannot be written.
    """
    check_posted(home)
    with file_errors(home):
        home.posted.mkdir(mode=0o700, parents=True, exist_ok=True)
        for identifier, line in lines.items():
            write_atomically(home.posted / posted_name(identifier), line, mode=0o600)


def drop_posted(home: Home, names: Iterable[str] | None) -> list[str]:
    """Drop notes by the names of their files, all without any; return the names of those that there were.

    Raises:
        StoreError: they cannot be dropped.
    """
    with file_errors(home):
        if names is None:
            names = sorted(path.name for path in home.posted.glob("*.jsonl"))
        found = [name for name in dict.fromkeys(names) if (home.posted / name).is_file()]
        for name in found:
            (home.posted / name).unlink()
    return found


def posted_scopes(names: Iterable[str]) -> tuple[Scope, ...]:
    """Return which part of the root some files are; all of it where they are many."""
    scopes = tuple(Scope(POSTED, name) for name in dict.fromkeys(names))
    return scopes if len(scopes) <= _LISTED else (Scope(POSTED, ""),)
