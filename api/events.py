"""`/api/events`: what users viewed, rated and saved.

An event is an object as `{"user": "ann", "action": "rated", "item": "tools/oxigraph.md", "rating": 4}`; a list of them
is recorded together, all or none, and one that is sent twice is one.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from api.access import Access, access
from api.audit import note_change
from api.bodies import JSON, read_json, read_parameters
from api.documents import ask_reader
from api.operations import body, describe, operation, parameter
from api.paging import LIMIT, NOT_CHANGED, OFFSET, read_page
from api.scalars import check_names, parse_text
from api.service import Service, current
from kg.errors import InputError
from kg.events import (
    ACTIONS,
    BEST,
    WORST,
    Event,
    event_documents,
    event_time,
    find_item,
    forget_events,
    forget_user,
    record_events,
)
from kg.graph import KnowledgeGraph
from kg.rdf import NamedNode
from kg.serving.frames import EventsRequest

__all__ = ["blueprint", "usual_user"]

blueprint = Blueprint("events", __name__, url_prefix="/api")

_MOST = 10_000
"""Events in one request."""
_MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "user": {"type": "string", "description": "Whoever did it; else `review.author`, else who runs the server."},
    "action": {"type": "string", "enum": list(ACTIONS)},
    "item": {"type": "string", "description": "The note: its IRI, path, id or title."},
    "rating": {"type": "number", "minimum": WORST, "maximum": BEST, "description": "Where the action is `rated`."},
    "time": {"type": "string", "format": "date-time", "description": "Else now."},
}
_ONE = {"type": "object", "required": ["action", "item"], "properties": _MEMBERS, "additionalProperties": False}
_SCHEMA = {"oneOf": [_ONE, {"type": "array", "items": _ONE, "minItems": 1, "maxItems": _MOST}]}
_USER = parameter("user", "Only what this user did.", {"type": "string"})
_ITEM = parameter("item", "Only what was done with this note: its IRI, path, id or title.", {"type": "string"})
_ID = parameter(
    "id", "The event that is taken back; may be given several times.", {"type": "array", "items": {"type": "string"}}
)
_GONE = parameter("user", "Instead of an id: all that this user did is taken back.", {"type": "string"})


@blueprint.route("/events", methods=["GET", "POST", "DELETE"])
@access(Access.WRITES, GET=Access.READS)
@describe(
    GET=operation(
        "See what users did",
        [_USER, _ITEM, LIMIT, OFFSET],
        answers={
            200: ("`events`, the latest first, and how many there are (`total`)", [JSON]),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 404, 422, 503, 504),
    ),
    POST=operation(
        "Record what users did",
        sent=body([JSON], _SCHEMA),
        answers={201: ("The event; `events` for a list", [JSON])},
        errors=(400, 401, 404, 413, 415, 503),
        description="A list is recorded together, all or none. An event that is known already changes nothing.",
    ),
    DELETE=operation(
        "Take back what users did",
        [_ID, _GONE],
        answers={200: ("How many events were taken back (`removed`)", [JSON])},
        errors=(400, 401, 404, 503),
    ),
)
def events() -> Response:
    """Answer with what users did, record it, or take it back."""
    return {"GET": _list, "POST": _record, "DELETE": _forget}.get(request.method, _list)()


def _list() -> Response:
    values = read_parameters()
    limit, offset = read_page(values, ("user", "item"))
    asked = EventsRequest(parse_text(values, "user"), parse_text(values, "item"), limit, offset)
    return ask_reader(asked)


def _record() -> Response:
    service = current()
    sent = read_json((JSON,))
    is_list = isinstance(sent, list)
    members = sent if isinstance(sent, list) else [sent]
    if not members or len(members) > _MOST:
        raise InputError(f"The list holds {len(members)} events; one request holds from 1 to {_MOST}.")
    now = datetime.now(UTC).replace(microsecond=0)
    with service.owner.writing() as graph:
        items: dict[str, NamedNode] = {}
        found = [
            _read(service, graph, items, each, f"{number}: " if is_list else "", now)
            for number, each in enumerate(members, start=1)
        ]
        told = event_documents(graph, record_events(graph, found))
    note_change(events=len(told))
    return _answer({"events": told} if is_list else told[0], 201)


def _forget() -> Response:
    values = read_parameters()
    check_names(values, ("id", "user"))
    user = parse_text(values, "user")
    ids = [_iri(value) for name, value in values if name == "id"]
    if (user is None) == (not ids):
        raise InputError("Say which events by id, or whose by user; not both.")
    with current().owner.writing() as graph:
        count = forget_events(graph, ids) if user is None else forget_user(graph, user)
    note_change(removed=count)
    return _answer({"removed": count}, 200)


def _read(
    service: Service, graph: KnowledgeGraph, items: dict[str, NamedNode], members: object, place: str, now: datetime
) -> Event:
    """Return the event that one object says.

    Raises:
        InputError: it is none, and what would be right. NotFoundError: nothing is called like its item.
    """
    if not isinstance(members, dict):
        raise InputError(
            f'{place}An event is an object, as {{"action": "viewed", "item": "a.md"}}, not {members!r:.60}.'
        )
    unknown = next((name for name in members if name not in _MEMBERS), None)
    if unknown is not None:
        raise InputError(f"{place}An event has no member {unknown!r:.60}. Known: {', '.join(_MEMBERS)}.")
    action = next((each for each in ACTIONS if each == members.get("action")), None)
    if action is None:
        raise InputError(f"{place}action must be one of {', '.join(ACTIONS)}, not {members.get('action')!r:.60}.")
    target = _text(members, "item", place)
    if target is None:
        raise InputError(f"{place}An event needs the member 'item': {_MEMBERS['item']['description']}")
    rating = members.get("rating")
    if rating is not None and (isinstance(rating, bool) or not isinstance(rating, int | float)):
        raise InputError(f"{place}rating must be a number from {WORST:g} to {BEST:g}, not {rating!r:.60}.")
    if target not in items:
        items[target] = find_item(graph, target)
    user = _text(members, "user", place) or usual_user(service)
    return Event(user, action, items[target], rating, event_time(_text(members, "time", place), lambda: now))


def _text(members: Mapping[str, Any], name: str, place: str) -> str | None:
    value = members.get(name)
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise InputError(f"{place}{name} must be a text with something in it, not {value!r:.60}.")
    return None if value is None else str(value).strip()


def usual_user(service: Service) -> str:
    """Return who does something where a request does not say: `review.author`, else who runs the server.

    Raises:
        InputError: neither is known.
    """
    name = service.config.review.author.strip()
    try:
        return name or getpass.getuser()
    except (KeyError, OSError) as error:
        raise InputError("user: say who; the server has neither `review.author` nor a login name.") from error


def _iri(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise InputError(f"id must be the IRI of an event, not {text!r:.60}: {error}.") from error


def _answer(told: Mapping[str, Any], status: int) -> Response:
    return Response(json.dumps(told, ensure_ascii=False), status, content_type=JSON)
