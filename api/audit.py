"""The audit log: what was changed through the server, by whom, and what became of it; `audit.log` in the home.

A line of JSON for each request that asks for what needs the right to write, and one for each ingest that has ended.
Those of who has no token are in `refused.log`: however many they are, they push nothing out that was done. Never a
header or a body, so never a token; the text of updates only with `serve.log_queries`.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import request

from api.access import has_token, is_writing
from api.access_log import NOTED_QUERY, Exchange
from api.service import current
from kg.home import Home
from kg.serving.job import Job

__all__ = ["AuditLog", "LogFile", "asker", "note_change"]

_logger = logging.getLogger(__name__)

_CHANGED = "noemata.changed"
_WHO = "noemata.who"
_KEPT_FILES = 5
_TURNS = "/api/store/"
"""Other commands ask for their turn there; nothing is changed."""
_QUERY_CHARACTERS = 10_000
_PATH_CHARACTERS = 1_000
"""Of who has no token too, whose long lines would push out the others."""
_UNSEEN = re.compile("[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What a terminal obeys, ends a line or is not seen, besides what JSON escapes anyway; and what UTF-8 cannot hold."""


class AuditLog:
    """Writes both files, as `LogFile` does. Safe for threads.

    Args:
        most_bytes: of one file.
    """

    def __init__(self, home: Home, most_bytes: int) -> None:
        self._done, self._refused = LogFile(home.audit, most_bytes), LogFile(home.refusals, most_bytes)

    def see_request(self, seen: Exchange) -> None:
        """Write down a request if it asked to change something."""
        environ = seen.environ
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
        if not is_writing(environ) or path.startswith(_TURNS):
            return
        query = environ.get(NOTED_QUERY)
        user = environ.get(_WHO, "")
        (self._done if user else self._refused).write(
            {
                "request": seen.request_id,
                "address": environ.get("REMOTE_ADDR", ""),
                "user": user,
                "method": environ["REQUEST_METHOD"],
                "path": path[:_PATH_CHARACTERS],
                "status": seen.status,
                "changed": environ.get(_CHANGED, {}),
                "ms": round(seen.seconds * 1000, 1),
                **({"query": query[:_QUERY_CHARACTERS]} if query else {}),
            }
        )

    def see_jobs(self, jobs: Sequence[Job]) -> None:
        """Write down what jobs did that were one ingest: with the first of them, which the others name."""
        first = jobs[0]
        notes = (first.report or {}).get("notes", {})
        changed = {name: count for name, count in notes.items() if name != "unchanged"}
        for job in jobs:
            did = {"changed": changed} if job is first else {"with": first.id}
            self._done.write({"job": job.id, "user": job.by, "action": "ingest", "state": job.state, **did})


class LogFile:
    """A file of lines of JSON; one that has grown to its limit is kept as `NAME.1`, and so on to 5. Safe for threads.

    The file is open for a line only, so it can be moved away at any time. What cannot be written is told in the
    server's log; no request fails with it.
    """

    def __init__(self, path: Path, most_bytes: int) -> None:
        self._path, self._most = path, most_bytes
        self._lock = threading.Lock()

    def write(self, entry: Mapping[str, Any]) -> None:
        """Write a line, with the time in UTC."""
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = json.dumps({"time": moment, **entry}, ensure_ascii=False, default=str)
        line = _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n"
        with self._lock:
            try:
                self._make_room(len(line))
                with open(self._path, "ab", opener=_open_private) as file:
                    file.write(line)
            except OSError as error:
                _logger.error("the audit log cannot be written: %s", error)

    def _make_room(self, size: int) -> None:
        if not self._path.exists() or self._path.stat().st_size + size <= self._most:
            return
        names = [self._path, *(self._path.with_name(f"{self._path.name}.{n}") for n in range(1, _KEPT_FILES + 1))]
        for older, newer in reversed(list(zip(names[1:], names, strict=False))):
            if newer.exists():
                newer.replace(older)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def note_change(**parts: object) -> None:
    """Have the request's line say what it has changed, and how much: `graph=…, added=3, removed=0`."""
    request.environ.setdefault(_CHANGED, {}).update(parts)


def asker() -> str:
    """Return who asks: the user's name if the token came as a password, else "token"; "" for who has no token."""
    if not has_token(request, current().token):
        return ""
    given = request.authorization
    return (given.username if given is not None and given.type == "basic" else None) or "token"


def note_asker() -> None:
    """Have the request's line say who asks."""
    request.environ[_WHO] = asker()
