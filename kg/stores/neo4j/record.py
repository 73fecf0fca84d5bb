"""The file that tells whoever has a store's folder which server holds the graph, and of which home it is."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from kg.errors import StoreError
from kg.stores import ServerAddress
from kg.stores.files import CONNECTION

__all__ = ["Record", "read_record", "replace_file", "write_record"]


@dataclass(frozen=True, slots=True)
class Record:
    """How a server is reached, and the id of the home in its database."""

    server: ServerAddress
    home: str


def read_record(folder: Path) -> Record | None:
    """Return what was recorded in a folder, None where nothing was.

    Raises:
        StoreError: the file is not what `write_record` wrote.
    """
    path = folder / CONNECTION
    try:
        content = json.loads(path.read_bytes())
        return Record(ServerAddress(**content["server"]), content["home"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise StoreError(f"Cannot read {path}: {error}. Delete it, and open the home again with NEO4J_URI.") from error


def write_record(folder: Path, record: Record) -> None:
    """Write the record; it holds the password, so that nobody but its owner can read it."""
    replace_file(folder / CONNECTION, json.dumps(asdict(record), indent=2) + "\n")


def replace_file(path: Path, text: str, durably: bool = True) -> None:
    """Write a small file of mode 600 so that readers see the old or the new content.

    Args:
        durably: also after the machine went down.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            if durably:
                stream.flush()
                os.fsync(stream.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
