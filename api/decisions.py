"""`/api/decisions`: what was decided, and to decide.

A decision is an object as `{"kind": "accept", "id": "…"}`; a list of them is decided together, all or none. Over HTTP
things are named by their IRIs, items of the queue by their ids.
"""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request

from api.access import Access, access
from api.audit import note_change
from api.bodies import JSON, read_json, read_parameters
from api.documents import ask_reader
from api.operations import body, describe, operation, parameter
from api.paging import LIMIT, NOT_CHANGED, OFFSET, read_page
from api.service import Service, current
from kg.cache import IngestCache
from kg.curation import Accept, Author, Curator, Merge, Reject, RejectWord, Rename, Request, Retype, Split, Undo
from kg.curation.settings import curation_settings
from kg.errors import InputError, NotFoundError
from kg.explain import made_document
from kg.ontology import Ontology
from kg.rdf import NamedNode
from kg.serving.frames import DecisionsRequest

__all__ = ["blueprint"]

blueprint = Blueprint("decisions", __name__, url_prefix="/api")

_MOST = 10_000
"""Decisions in one request."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot hold: a home with it could not be written as RDF/XML any more."""
_SIGNATURE = ("author", "reason", "time")
"""Members of every decision; those of one request agree in them."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the members of a kind of decision are; `make` returns what is asked for."""

    needed: tuple[str, ...]
    further: tuple[str, ...]
    make: Callable[[_Sent], Request]


class _Sent:
    """The members of one decision, read strictly."""

    def __init__(self, members: Mapping[str, Any], place: str, ontology: Ontology) -> None:
        self._members, self._place, self._ontology = members, place, ontology

    def has(self, name: str) -> bool:
        """Tell whether a member is given."""
        return self._members.get(name) is not None

    def text(self, name: str) -> str:
        """Return a member that is a text with something in it."""
        value = self._members.get(name)
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"{self._place}{name} must be a text with something in it, not {_shown(value)}.")
        _check_legible(f"{self._place}{name}", value)
        return value.strip()

    def flag(self, name: str) -> bool:
        """Return a member that is true or false; absent it is false."""
        value = self._members.get(name, False)
        if not isinstance(value, bool):
            raise InputError(f"{self._place}{name} must be true or false, not {_shown(value)}.")
        return value

    def iri(self, name: str) -> NamedNode:
        """Return a member that is an IRI."""
        return self._node(name, self.text(name))

    def iris(self, name: str) -> tuple[NamedNode, ...]:
        """Return a member that is a list of IRIs; absent it is empty."""
        value = self._members.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise InputError(f"{self._place}{name} must be a list of IRIs, not {_shown(value)}.")
        return tuple(self._node(name, each) for each in value)

    def class_iri(self, name: str) -> NamedNode:
        """Return the class that an IRI, a label or a local name stands for."""
        text = self.text(name)
        found = self._ontology.class_named(text)
        if found is None and ":" not in text:
            raise NotFoundError("class", text, [self._ontology.label(iri) for iri in self._ontology.classes])
        return found or self._node(name, text)

    def _node(self, name: str, text: str) -> NamedNode:
        try:
            return NamedNode(text)
        except ValueError as error:
            raise InputError(f"{self._place}{name} must be an absolute IRI, not {_shown(text)}: {error}.") from error


def _reject(sent: _Sent) -> Request:
    if not sent.has("word"):
        if not sent.has("id"):
            raise InputError("reject needs an id of the queue, or a word that is never to be linked.")
        return Reject(sent.text("id"), sent.flag("alike"))
    if sent.has("id") or sent.has("alike"):
        raise InputError("reject takes an id, or a word with the entity that it does not name; not both.")
    return RejectWord(sent.text("word"), sent.iri("entity") if sent.has("entity") else None)


_KINDS: Mapping[str, _Kind] = {
    "accept": _Kind(("id",), ("alike",), lambda sent: Accept(sent.text("id"), sent.flag("alike"))),
    "reject": _Kind((), ("id", "alike", "word", "entity"), _reject),
    "retype": _Kind(("iri", "class"), (), lambda sent: Retype(sent.iri("iri"), sent.class_iri("class"))),
    "rename": _Kind(("iri", "label"), (), lambda sent: Rename(sent.iri("iri"), sent.text("label"))),
    "merge": _Kind(("keep", "other"), (), lambda sent: Merge(sent.iri("keep"), sent.iri("other"))),
    "split": _Kind(("iri",), ("notes",), lambda sent: Split(sent.iri("iri"), sent.iris("notes"))),
    "undo": _Kind(("id",), (), lambda sent: Undo(sent.text("id"))),
}

_MEMBERS: Mapping[str, Mapping[str, Any]] = {
    "kind": {"type": "string", "enum": list(_KINDS)},
    "id": {
        "type": "string",
        "description": "What `/api/review` shows; to undo, a decision's. Its last part is enough.",
    },
    "alike": {"type": "boolean", "description": "And all that the same pattern has found or will find."},
    "word": {"type": "string", "description": "Instead of an id: a word that is never to be linked."},
    "entity": {"type": "string", "format": "iri", "description": "With a word: never to this."},
    "iri": {"type": "string", "format": "iri", "description": "The thing that it is about."},
    "class": {"type": "string", "description": "An IRI, a label or a local name."},
    "label": {"type": "string", "description": "What it is called."},
    "keep": {"type": "string", "format": "iri", "description": "What stands for both."},
    "other": {"type": "string", "format": "iri", "description": "What is the same thing."},
    "notes": {
        "type": "array",
        "items": {"type": "string", "format": "iri"},
        "description": "What these notes say of it is said of another thing.",
    },
    "author": {"type": "string", "description": "Else `review.author`, else who runs the server."},
    "reason": {"type": "string"},
    "time": {"type": "string", "format": "date-time", "description": "Else now."},
}
_ONE = {"type": "object", "required": ["kind"], "properties": _MEMBERS, "additionalProperties": False}
_SCHEMA = {"oneOf": [_ONE, {"type": "array", "items": _ONE, "minItems": 1, "maxItems": _MOST}]}
_ABOUT = parameter("about", "Only decisions that name this IRI.", {"type": "string", "format": "iri"})


@blueprint.route("/decisions", methods=["GET", "POST"])
@access(Access.WRITES, GET=Access.READS)
@describe(
    GET=operation(
        "See what was decided",
        [_ABOUT, LIMIT, OFFSET],
        answers={
            200: (
                "`decisions` in order, how many there are (`total`); of the whole log, which contradict each other "
                "(`conflicts`), and which are in force but fit nothing any more (`unapplied`)",
                [JSON],
            ),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 422, 503, 504),
    ),
    POST=operation(
        "Decide",
        sent=body([JSON], _SCHEMA),
        answers={201: ("The decision; `decisions` for a list, and where one was found by several patterns", [JSON])},
        errors=(400, 401, 404, 413, 415, 503),
        description="A list is decided together, all or none. Author, reason and time are those of the whole list.",
    ),
)
def decisions() -> Response:
    """Answer with what was decided, or decide."""
    return _decide() if request.method == "POST" else _log()


def _log() -> Response:
    values = read_parameters()
    limit, offset = read_page(values, ("about",))
    about = [value for name, value in values if name == "about"]
    if len(about) > 1:
        raise InputError("about was given twice.")
    service = current()
    sent = _Sent({"about": about[0]} if about else {}, "", service.owner.ontology)
    cache = str(service.home.of_kind(service.config.home.store).ingest_cache)
    asked = DecisionsRequest(cache, sent.iri("about") if about else None, limit, offset)
    return ask_reader(asked)


def _decide() -> Response:
    service = current()
    sent = read_json((JSON,))
    members = sent if isinstance(sent, list) else [sent]
    if not members or len(members) > _MOST:
        raise InputError(f"The list holds {len(members)} decisions; one request holds from 1 to {_MOST}.")
    is_list = isinstance(sent, list)
    ontology = service.owner.ontology
    requests = [_read(each, f"{n}: " if is_list else "", ontology) for n, each in enumerate(members, start=1)]
    signature = _agreed(members)
    by = Author(_author(service, signature.get("author")), _time(signature.get("time")))
    path = service.home.of_kind(service.config.home.store).ingest_cache
    with service.owner.writing() as graph, closing(IngestCache(path)) as cache:
        curator = Curator(graph, cache, curation_settings(service.config))
        made = curator.decide(requests, by, signature.get("reason") or "")
        told = made_document(curator.log(), made)
    note_change(decisions=len(made))
    told = told if not is_list or "decisions" in told else {"decisions": [told]}
    return Response(json.dumps(told, ensure_ascii=False), 201, content_type=JSON)


# --- what is sent


def _read(members: object, place: str, ontology: Ontology) -> Request:
    """Return what one object asks for.

    Raises:
        InputError: it is none, and what would be right.
    """
    if not isinstance(members, dict):
        raise InputError(f'{place}A decision is an object, as {{"kind": "accept", "id": "…"}}, not {_shown(members)}.')
    kind = _KINDS.get(members["kind"]) if isinstance(members.get("kind"), str) else None
    if kind is None:
        raise InputError(f"{place}kind must be one of {', '.join(_KINDS)}, not {_shown(members.get('kind'))}.")
    known = ("kind", *kind.needed, *kind.further, *_SIGNATURE)
    unknown = next((name for name in members if name not in known), None)
    if unknown is not None:
        raise InputError(f"{place}{members['kind']} has no member {_shown(unknown)}. Known: {', '.join(known)}.")
    missing = next((name for name in kind.needed if members.get(name) is None), None)
    if missing is not None:
        raise InputError(f"{place}{members['kind']} needs the member {missing!r}: {_MEMBERS[missing]['description']}")
    return kind.make(_Sent(members, place, ontology))


def _agreed(members: list[Any]) -> dict[str, str]:
    """Return author, reason and time of a request, which all of its decisions that say them say alike."""
    found: dict[str, str] = {}
    for name in _SIGNATURE:
        given = {value for each in members if (value := _optional_text(each, name)) is not None}
        if len(given) > 1:
            raise InputError(f"{name} differs among the decisions of one request; send them in requests of their own.")
        if given:
            found[name] = given.pop()
    return found


def _optional_text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} must be a text, not {_shown(value)}.")
    _check_legible(name, value or "")
    return value


def _check_legible(name: str, text: str) -> None:
    found = _UNWRITABLE.search(text)
    if found is not None:
        raise InputError(f"{name} holds the character U+{ord(found[0]):04X}, which no XML can hold.")


def _author(service: Service, given: str | None) -> str:
    name = (service.config.review.author if given is None else given).strip()
    if name:
        return name
    if given is not None:
        raise InputError("author is empty: a decision needs somebody who made it.")
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise InputError("author: say who decides; the server has neither `review.author` nor a login name.") from error


def _time(given: str | None) -> str:
    """Return an xsd:dateTime in UTC; now if none is given."""
    try:
        moment = datetime.now(UTC).replace(microsecond=0) if given is None else datetime.fromisoformat(given.strip())
        if moment.tzinfo is None:
            raise ValueError("it has no zone")
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"time {_shown(given)} is no time in ISO 8601 with a zone, as 2026-01-31T12:00:00Z."
        ) from error
    return moment.isoformat().replace("+00:00", "Z")


def _shown(value: object) -> str:
    return "nothing" if value is None else f"{value!r:.60}"
