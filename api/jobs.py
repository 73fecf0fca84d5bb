"""`/api/jobs`: the ingests of this server, and what becomes of them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import NotFound

from api.access import Access, access
from api.bodies import JSON, read_parameters
from api.documents import parse_choice
from api.operations import describe, operation, parameter
from api.paging import LIMIT, NOT_CHANGED, OFFSET, document, read_page
from api.problems import problem_document
from api.scalars import check_names
from api.service import current, has_client_left
from kg.errors import NotFoundError, ServerBusyError
from kg.serving.job import STATES, Job
from kg.serving.jobs import Jobs

__all__ = ["STREAM", "blueprint", "job_document", "jobs_of_server"]

blueprint = Blueprint("jobs", __name__, url_prefix="/api")

STREAM = "text/event-stream"
_MOST_STREAMS = 12
"""Each takes a thread of `api.server`, which has a few more for those who are told that there are too many."""
_SILENT_SECONDS = 10.0
"""After which a stream says that it lives; else what is between would close it."""
_ID = parameter("job", "The job's id.", {"type": "string", "minLength": 1}, place="path")
_STATE = parameter("state", "Only jobs in this state.", {"type": "string", "enum": list(STATES)})
_LAST = parameter("Last-Event-ID", "The last event that came.", {"type": "string"}, place="header")
_streams = threading.BoundedSemaphore(_MOST_STREAMS)
_DOCUMENT = (
    "The job: its `state`, how far it is (`progress`), and at its end the `report` that `kg ingest --json` has, or the "
    "`error`, a problem document"
)


@blueprint.get("/jobs")
@access(Access.READS)
@describe(
    GET=operation(
        "See what is read and what waits",
        [_STATE, LIMIT, OFFSET],
        answers={
            200: ("`jobs`, the latest first, and how many there are (`total`)", [JSON]),
            304: NOT_CHANGED,
        },
        errors=(400, 401),
        description="Of the jobs that have ended, the last two thousand since the server began. Jobs that wait behind "
        "each other are read `together`: `progress` and `report` are then those of all of them.",
    )
)
def jobs() -> Response:
    """Answer with the ingests of this server, the latest first."""
    values = read_parameters()
    limit, offset = read_page(values, ("state",))
    found = jobs_of_server().all(parse_choice(values, "state", STATES))
    shown = [job_document(job) for job in found[offset : offset + limit]]
    return _answer({"jobs": shown, "total": len(found)})


@blueprint.route("/jobs/<job>", methods=["GET", "DELETE"])
@access(Access.WRITES, GET=Access.READS)
@describe(
    GET=operation(
        "See what becomes of an ingest",
        [_ID],
        answers={200: (_DOCUMENT, [JSON]), 304: NOT_CHANGED},
        errors=(400, 401, 404),
    ),
    DELETE=operation(
        "Cancel an ingest",
        [_ID],
        answers={200: (_DOCUMENT, [JSON])},
        errors=(400, 401, 404, 409),
        description="One that waits leaves the line, and nothing of it is kept. One that has `started` ends at once: "
        "the notes that it has read stay in the graph, and what was sent is kept: `refresh` reads it. Others that "
        "were read together with it begin again.",
    ),
)
def one_job(job: str) -> Response:
    """Answer with one ingest, or cancel it."""
    check_names(read_parameters(), ())
    line = jobs_of_server()
    return _answer(job_document(line.cancel(job) if request.method == "DELETE" else line.get(job)))


@blueprint.get("/jobs/<job>/events")
@access(Access.READS)
@describe(
    GET=operation(
        "Watch an ingest",
        [_ID, _LAST],
        answers={
            200: ("Server-sent events, `progress` and at last `end`, whose data is the job", [STREAM]),
            204: ("The last event came already: do not connect again", ()),
        },
        errors=(400, 401, 404, 503),
        description="The stream begins with the job as it is, and ends with it. Then close it: an EventSource that is "
        "left open connects again, and is told by a 204 not to.",
    )
)
def job_events(job: str) -> Response:
    """Send an event whenever an ingest goes on."""
    check_names(read_parameters(), ())
    line = jobs_of_server()
    found = line.get(job)
    if found.has_ended and request.headers.get("Last-Event-ID", "").strip() == str(found.version):
        return Response(status=204)
    if not _streams.acquire(blocking=False):
        raise ServerBusyError(0, f"{_MOST_STREAMS} clients watch its jobs already")
    href = url_for("jobs.one_job", job=job)
    response = Response(_Stream(line, found, href), content_type=f"{STREAM}; charset=utf-8", direct_passthrough=True)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # nginx would keep events until it has many
    return response


class _Stream(Iterator[bytes]):
    """The events of one job, as somebody reads them; its place among the streams is free again when it is closed."""

    def __init__(self, line: Jobs, job: Job, href: str) -> None:
        self._line, self._job, self._href, self._has_left = line, job, href, has_client_left()
        self._told: int | None = None
        self._is_open = True

    def __next__(self) -> bytes:
        job = self._job
        if self._told is not None:
            if job.has_ended or self._line.is_stopping or self._has_left():
                raise StopIteration
            try:
                self._job = job = self._line.wait(job, _SILENT_SECONDS)
            except NotFoundError:  # it ended, and so many after it that it is forgotten
                raise StopIteration from None
            if job.version == self._told:
                return b": still waiting\n\n"
        self._told = job.version
        kind = "end" if job.has_ended else "progress"
        data = json.dumps(_document(job, self._href), ensure_ascii=False)
        return f"event: {kind}\nid: {job.version}\ndata: {data}\n\n".encode()

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            _streams.release()


def job_document(job: Job) -> dict[str, Any]:
    """Return a job as the interface shows it."""
    return _document(job, url_for("jobs.one_job", job=job.id))


def _document(job: Job, href: str) -> dict[str, Any]:
    return {
        "id": job.id,
        "href": href,
        "state": job.state,
        "notes": job.notes,
        "removed": job.removed,
        "refresh": job.refresh,
        "together": job.together,
        "created": job.created,
        "started": job.started,
        "ended": job.ended,
        "progress": {"done": job.done, "total": job.total},
        "waits_for": job.waits_for,
        "report": job.report,
        "error": None if job.error is None else problem_document(job.error),
    }


def jobs_of_server() -> Jobs:
    """Return the line of ingests of this server; one that reads none has no such paths."""
    found = current().jobs
    if found is None:
        raise NotFound("This server reads no notes.")
    return found


def _answer(told: Mapping[str, Any]) -> Response:
    return document([json.dumps(told, ensure_ascii=False).encode()])
