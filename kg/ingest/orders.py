"""What a server is told to read: the file in which it waits, so that nothing that was taken is lost."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.errors import StoreError
from kg.home import write_atomically

__all__ = ["Order", "read_order", "write_order"]


@dataclass(frozen=True, slots=True)
class Order:
    """What one ingest is to do: notes to keep, as lines by id, ids to drop, and whether all known folders are meant.

    `by` says who asked for it, for the audit log.
    """

    notes: Mapping[str, bytes]
    remove: tuple[str, ...] = ()
    refresh: bool = False
    by: str = ""


def write_order(path: Path, order: Order) -> None:
    """Write an order: a line of JSON, and below it the lines of the notes.

    Raises:
        OSError: it cannot be written.
    """
    head = {"remove": list(order.remove), "refresh": order.refresh, "by": order.by}
    write_atomically(path, b"".join([json.dumps(head).encode() + b"\n", *order.notes.values()]), mode=0o600)


def read_order(path: Path) -> Order:
    """Return what `write_order` wrote.

    Raises:
        StoreError: it is another file, or gone. OSError: it cannot be read now.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise StoreError(f"{path} is gone.") from error
    try:
        head, *lines = content.splitlines(keepends=True)
        told = json.loads(head)
        notes = {str(json.loads(line)["id"]): line for line in lines}
        return Order(notes, tuple(map(str, told["remove"])), bool(told["refresh"]), str(told["by"]))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path} is no list of notes to read: {error}.") from error
