"""The record of who writes a home's store."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass

from kg.home.folder import Home, write_atomically

__all__ = ["Owner", "read_owner", "write_owner"]


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that writes; `checkpoint` is what others may read meanwhile, a name in `checkpoint/`."""

    pid: int
    command: str
    checkpoint: str | None = None

    def __str__(self) -> str:
        return f"`{self.command}` (pid {self.pid})"


def read_owner(home: Home) -> Owner | None:
    """Return the living process that writes, or None."""
    try:
        record = json.loads(home.owner.read_bytes())
        owner = Owner(int(record["pid"]), str(record["command"]), record.get("checkpoint"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # there is none, or it is half of one that a crash left
    return owner if _is_alive(owner.pid) else None


def write_owner(home: Home, owner: Owner) -> None:
    """Say who writes from now on; the caller has the lock."""
    record = {"pid": owner.pid, "command": owner.command, "checkpoint": owner.checkpoint}
    write_atomically(home.owner, f"{json.dumps(record)}\n".encode())


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # os.kill would end it; the lock alone decides there
    else:
        try:
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (ProcessLookupError, OverflowError):
            return False
        return True
