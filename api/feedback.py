"""`/api/feedback`: whether what a search or an answer gave was useful, or wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from api.access import Access, access
from api.audit import note_change
from api.bodies import JSON, read_json, read_parameters
from api.documents import ask_reader
from api.events import usual_user
from api.members import member_text, needed_text, read_members
from api.operations import body, describe, operation, parameter
from api.paging import LIMIT, NOT_CHANGED, OFFSET, read_page
from api.scalars import parse_text
from api.service import current
from kg.errors import InputError
from kg.events import VERDICTS, Feedback, event_time, feedback_documents, find_item, record_feedback
from kg.serving.frames import FeedbackRequest

__all__ = ["blueprint"]

blueprint = Blueprint("feedback", __name__, url_prefix="/api")

_MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "user": {"type": "string", "description": "Who says so; else `review.author`, else who runs the server."},
    "verdict": {"type": "string", "enum": list(VERDICTS)},
    "item": {"type": "string", "description": "The note that was found: its IRI, path, id or title."},
    "query": {"type": "string", "description": "What was searched or asked."},
    "time": {"type": "string", "format": "date-time", "description": "Else now."},
}
_SCHEMA = {
    "type": "object",
    "required": ["verdict", "item", "query"],
    "properties": _MEMBERS,
    "additionalProperties": False,
}
_USER = parameter("user", "Only what this user said.", {"type": "string"})


@blueprint.route("/feedback", methods=["GET", "POST"])
@access(Access.WRITES, GET=Access.READS)
@describe(
    GET=operation(
        "See what users said of hits",
        [_USER, LIMIT, OFFSET],
        answers={
            200: ("`feedback`, the latest first, and how much there is (`total`)", [JSON]),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 422, 503, 504),
    ),
    POST=operation(
        "Say that a hit was useful, or wrong",
        sent=body([JSON], _SCHEMA),
        answers={201: ("The feedback, with its `id`, by which `DELETE /api/events` takes it back", [JSON])},
        errors=(400, 401, 404, 413, 415, 503),
        description="Later searches for the same, or for much the same, take notice of it.",
    ),
)
def feedback() -> Response:
    """Answer with what users said of hits, or keep what one says."""
    return _record() if request.method == "POST" else _list()


def _list() -> Response:
    values = read_parameters()
    limit, offset = read_page(values, ("user",))
    asked = FeedbackRequest(parse_text(values, "user"), limit, offset)
    return ask_reader(asked)


def _record() -> Response:
    service = current()
    members = read_members(read_json((JSON,)), _MEMBERS, "Feedback")
    verdict = next((each for each in VERDICTS if each == members.get("verdict")), None)
    if verdict is None:
        raise InputError(f"verdict must be one of {', '.join(VERDICTS)}, not {members.get('verdict')!r:.60}.")
    target, query = needed_text(members, "item"), needed_text(members, "query")
    time = event_time(member_text(members, "time"), lambda: datetime.now(UTC).replace(microsecond=0))
    user = member_text(members, "user") or usual_user(service)
    with service.owner.writing() as graph:
        given = Feedback(user, verdict, find_item(graph, target), query, time)
        told = feedback_documents(graph, record_feedback(graph, [given]))[0]
    note_change(feedback=1)
    return Response(json.dumps(told, ensure_ascii=False), 201, content_type=JSON)
