"""`/search` and `/api/search`: the passages that fit a question best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import JSON, read_json, read_parameters
from api.documents import ask_suggesting
from api.members import member_flag, member_number, member_text, member_whole, read_members
from api.operations import body, describe, operation, parameter
from api.paging import NOT_CHANGED
from api.scalars import check_names, parse_flag, parse_number, parse_text, parse_whole
from api.service import current
from kg.errors import InputError
from kg.search.asked import LONGEST_QUERY, SOURCES, Filters
from kg.serving.frames import SearchRequest

__all__ = ["blueprint"]

blueprint = Blueprint("search", __name__)

_MOST, _USUAL = 1000, 10
_MOST_WEIGHT = 1000.0
_MOST_HOPS = 10
_WEIGHT = {"type": "number", "minimum": 0, "maximum": _MOST_WEIGHT}
_TEXT = {"type": "string", "minLength": 1}
_FLAG = {"type": "boolean", "default": False}
_MEMBERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "query": (
        "What to search for; what stands in double quotes is found as it stands.",
        {"type": "string", "minLength": 1, "maxLength": LONGEST_QUERY},
    ),
    "k": ("How many hits at most.", {"type": "integer", "minimum": 0, "maximum": _MOST, "default": _USUAL}),
    "diversity": (
        "From 0, as different from each other as can be, to 1, by relevance alone; else `search.diversity`.",
        {"type": "number", "minimum": 0, "maximum": 1},
    ),
    "weight_text": ("What the words count; else `search.weight_text`.", _WEIGHT),
    "weight_vectors": ("What likeness in meaning counts; else `search.weight_vectors`.", _WEIGHT),
    "weight_graph": ("What the graph counts; else `search.weight_graph`.", _WEIGHT),
    "hops": (
        "Statements that the graph and `near` reach over; else `search.hops`.",
        {"type": "integer", "minimum": 1, "maximum": _MOST_HOPS},
    ),
    "type": ("Only notes about things of this class, by label, name or IRI.", _TEXT),
    "tag": ("Only notes with this tag, or one below it.", _TEXT),
    "folder": ("Only notes in this folder of the vault, or below it.", _TEXT),
    "since": ("Only notes from this day, month or year on: 2026-05-31, 2026-05, 2026.", _TEXT),
    "until": ("Only notes up to this day, month or year.", _TEXT),
    "language": ("Only notes in this language: en, zh.", _TEXT),
    "near": ("Only notes that have to do with this IRI, path or name, within `hops` statements.", _TEXT),
    "where": ("Only notes that this SPARQL pattern binds to `?note`.", _TEXT),
    "hidden": ("Find drafts, private notes and templates too.", _FLAG),
    "passages": ("Give every passage that fits, not only the best of each note.", _FLAG),
}
_PARAMETERS = tuple(
    parameter(name, text, schema, required=name == "query") for name, (text, schema) in _MEMBERS.items()
)
_SCHEMA = {
    "type": "object",
    "required": ["query"],
    "properties": {name: {**schema, "description": text} for name, (text, schema) in _MEMBERS.items()},
    "additionalProperties": False,
}
_ANSWERS: Mapping[int, Any] = {
    200: (
        "`hits`, the best first: `rank`, `score`, `doc_id`, `note` (its IRI), `title`, `text` with its place in the "
        "note (`start`, `end`), `headings`, `spans` (what fits) and `why`; the `knobs` it was done with; what of the "
        "graph the query names (`recognised`). Where there is such: `among`, how many notes the filters let through; "
        "`missing`, words and quoted phrases that no note has; `suggestions`, queries that may have been meant; "
        "`held_back`, how many drafts, private notes and templates fit; `incomplete`, what was left out of account",
        [JSON],
    ),
}
_FILTERS = ("type", "tag", "folder", "since", "until", "language", "near", "where")


@blueprint.get("/search")
@access(Access.READS)
@describe(
    GET=operation(
        "Search the notes",
        _PARAMETERS,
        answers={**_ANSWERS, 304: NOT_CHANGED},
        errors=(400, 401, 404, 422, 503, 504),
        description="Scores order the hits of one answer and mean nothing beside another's.",
    )
)
def search() -> Response:
    """Answer with the passages that fit a question best."""
    values = read_parameters()
    check_names(values, _MEMBERS)
    weights = {name: parse_number(values, f"weight_{name}", 0.0, _MOST_WEIGHT) for name in SOURCES}
    hops = parse_whole(values, "hops", 0, _MOST_HOPS) if any(name == "hops" for name, _ in values) else None
    return _answer(
        query=_checked(parse_text(values, "query")),
        k=parse_whole(values, "k", _USUAL, _MOST),
        filters=_filters({name: parse_text(values, name) for name in _FILTERS}, parse_flag(values, "hidden")),
        weights={name: weight for name, weight in weights.items() if weight is not None},
        diversity=parse_number(values, "diversity", 0.0, 1.0),
        hops=_reach(hops),
        passages=parse_flag(values, "passages"),
    )


@blueprint.post("/api/search")
@access(Access.READS)
@describe(
    POST=operation(
        "Search the notes",
        sent=body([JSON], _SCHEMA),
        answers=_ANSWERS,
        errors=(400, 401, 404, 413, 415, 422, 503, 504),
        description="As `GET /search`, with the same names in a JSON object.",
    )
)
def search_by_object() -> Response:
    """Answer with the passages that fit a question best."""
    members = read_members(read_json((JSON,)), _MEMBERS, "A search")
    weights = {name: member_number(members, f"weight_{name}", _MOST_WEIGHT) for name in SOURCES}
    k, hops = member_whole(members, "k", _MOST), member_whole(members, "hops", _MOST_HOPS)
    return _answer(
        query=_checked(member_text(members, "query")),
        k=_USUAL if k is None else k,
        filters=_filters({name: member_text(members, name) for name in _FILTERS}, member_flag(members, "hidden")),
        weights={name: weight for name, weight in weights.items() if weight is not None},
        diversity=member_number(members, "diversity", 1.0),
        hops=_reach(hops),
        passages=member_flag(members, "passages"),
    )


def _answer(**asked: Any) -> Response:
    service = current()
    found = SearchRequest(service.home.of_kind(service.config.home.store), service.config, **asked)
    return ask_suggesting(found)


def _filters(texts: Mapping[str, Any], hidden: bool) -> Filters:
    return Filters(**texts, hidden=hidden)


def _checked(query: str | None) -> str:
    if query is None:
        raise InputError("Say what to search for: query=.")
    if len(query) > LONGEST_QUERY:
        raise InputError(f"query has {len(query):,} characters; a search takes {LONGEST_QUERY:,} at most.")
    return query


def _reach(hops: int | None) -> int | None:
    if hops == 0:
        raise InputError(f"hops must be a whole number from 1 to {_MOST_HOPS}, not 0.")
    return hops
