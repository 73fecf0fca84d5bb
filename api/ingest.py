"""`POST /api/ingest`: notes to read, notes to drop, and whether the folders of the home are to be read again.

A note is an object as a line of a `.jsonl` file: `{"id": "a", "title": "A", "text": "…"}`, more members are metadata.
It is kept in the home, in no folder of the user's; sent anew under its id, it replaces the former.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, url_for

from api.access import Access, access
from api.audit import asker, note_change
from api.bodies import JSON, read_json, read_parameters
from api.jobs import job_document, jobs_of_server
from api.operations import body, describe, operation, parameter
from api.scalars import check_names, parse_flag
from api.service import has_client_left
from kg.errors import InputError
from kg.ingest.orders import Order
from kg.ingest.posted import posted_line
from kg.serving.job import Job
from kg.serving.jobs import Jobs

__all__ = ["blueprint"]

blueprint = Blueprint("ingest", __name__, url_prefix="/api")

_MOST = 10_000
"""Notes in one request."""
_WAIT_SECONDS = 20.0
"""A client that waits for longer is answered as one that does not wait."""
_LOOK_SECONDS = 1.0
_MOST_WAITING = 4
"""Clients that wait, for each takes a thread; more are answered at once."""
_waiting = threading.BoundedSemaphore(_MOST_WAITING)

_NOTE = {
    "type": "object",
    "required": ["id", "text"],
    "properties": {
        "id": {"type": ["string", "integer"], "description": "What it is known by, and replaced under."},
        "title": {"type": ["string", "null"], "description": "Else its first heading, else its id."},
        "text": {"type": "string", "description": "Markdown."},
    },
    "additionalProperties": True,
}
_MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "notes": {"type": "array", "items": _NOTE, "maxItems": _MOST, "description": "To be read; their ids differ."},
    "remove": {
        "type": "array",
        "items": {"type": ["string", "integer"]},
        "maxItems": _MOST,
        "description": "Ids of notes that were sent before and are to go.",
    },
    "refresh": {"type": "boolean", "description": "Whether all folders of the home are to be read again."},
}
_SCHEMA = {"type": "object", "properties": _MEMBERS, "minProperties": 1, "additionalProperties": False}
_WAIT = parameter(
    "wait", f"Whether to answer when it is done, or after {_WAIT_SECONDS:g} s.", {"type": "boolean", "default": False}
)
_JOB = "The job, as `/api/jobs/ID` shows it"


@blueprint.post("/ingest")
@access(Access.WRITES)
@describe(
    POST=operation(
        "Read notes",
        [_WAIT],
        sent=body([JSON], _SCHEMA),
        answers={
            200: (f"{_JOB}; it is done, and has the `report`", [JSON]),
            202: (f"{_JOB}; its address is in `Location`", [JSON]),
        },
        errors=(400, 401, 413, 415, 503),
        description="What was taken is read even if the server is stopped first. One ingest goes on at a time, the "
        "others wait in line; the server answers meanwhile.",
    )
)
def ingest() -> Response:
    """Take what is to be read."""
    values = read_parameters()
    check_names(values, ("wait",))
    waits = parse_flag(values, "wait")
    line = jobs_of_server()
    order = _read(read_json((JSON,)))
    job = line.add(order)
    note_change(job=job.id, notes=len(order.notes), removed=len(order.remove), refresh=order.refresh)
    if waits and _waiting.acquire(blocking=False):
        try:
            job = _awaited(line, job)
        finally:
            _waiting.release()
    if job.error is not None:
        raise job.error
    text = json.dumps(job_document(job), ensure_ascii=False)
    response = Response(text, 200 if job.has_ended else 202, content_type=JSON)
    if not job.has_ended:
        response.headers["Location"] = url_for("jobs.one_job", job=job.id)
    return response


def _awaited(line: Jobs, job: Job) -> Job:
    """Return a job when it has ended, or nobody can wait any longer."""
    has_left, until = has_client_left(), time.monotonic() + _WAIT_SECONDS
    while not (job.has_ended or line.is_stopping or has_left() or time.monotonic() >= until):
        job = line.wait(job, _LOOK_SECONDS)
    return job


def _read(sent: object) -> Order:
    """Return what a body asks for.

    Raises:
        InputError: it asks for nothing, or is wrong, and what would be right.
    """
    if not isinstance(sent, dict):
        raise InputError(f'The body is an object, as {{"notes": [{{"id": "a", "text": "…"}}]}}, not {sent!r:.60}.')
    unknown = next((name for name in sent if name not in _MEMBERS), None)
    if unknown is not None:
        raise InputError(f"There is no member {unknown!r:.60}. Known: {', '.join(_MEMBERS)}.")
    refresh = sent.get("refresh", False)
    if not isinstance(refresh, bool):
        raise InputError(f"refresh must be true or false, not {refresh!r:.60}.")
    notes = _notes(_list(sent, "notes"))
    remove = tuple(_identifier(each, f"remove, {number}") for number, each in enumerate(_list(sent, "remove"), start=1))
    both = next((each for each in remove if each in notes), None)
    if both is not None:
        raise InputError(f"The note {both!r:.60} is among those to read and those to remove.")
    if not (notes or remove or refresh):
        raise InputError("There is nothing to do: send notes, ids to remove, or `refresh`, which is true.")
    return Order(notes, remove, refresh, asker())


def _list(sent: Mapping[str, Any], name: str) -> list[Any]:
    found = sent.get(name, [])
    if not isinstance(found, list):
        raise InputError(f"{name} must be a list, not {found!r:.60}.")
    if len(found) > _MOST:
        raise InputError(f"{name} has {len(found):,} members; one request holds at most {_MOST:,}.")
    return found


def _notes(sent: list[Any]) -> dict[str, bytes]:
    lines: dict[str, bytes] = {}
    for number, each in enumerate(sent, start=1):
        identifier, line = posted_line(each, f"notes, {number}")
        if identifier in lines:
            raise InputError(f"notes, {number}: the id {identifier!r:.60} is that of another note of the request too.")
        lines[identifier] = line
    return lines


def _identifier(sent: object, place: str) -> str:
    if isinstance(sent, bool) or not isinstance(sent, str | int) or sent == "":
        raise InputError(f"{place}: an id is a text or a whole number, not {sent!r:.60}.")
    return str(sent)
