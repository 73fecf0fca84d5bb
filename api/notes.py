"""`/api/notes`: which notes there are, and what one holds."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ERRORS, MOST_OF_ONE, MOST_SENTENCES, SENTENCES, ask_reader, parse_choice, parse_texts
from api.operations import describe, operation, parameter
from api.paging import LIMIT, NOT_CHANGED, OFFSET, limit_up_to, read_page
from api.scalars import check_names, parse_text, parse_whole
from api.service import current
from kg.browsing.requests import NOTE_ORDERS, NoteRequest, NotesRequest, Page, TagsRequest

__all__ = ["blueprint"]

blueprint = Blueprint("notes", __name__, url_prefix="/api")

_JSON = ["application/json"]
_TAG = parameter(
    "tag",
    "Only notes with this tag, or one below it: `project` finds `project/lantern`. Given several times: with all.",
    {"type": "array", "items": {"type": "string"}},
)
_FOLDER = parameter("folder", "Only notes in this folder of the vault, or below it.")
_CLASS = parameter("class", "Only notes on something of this class, or below it: an IRI, a label or a local name.")
_ORDER = parameter(
    "order",
    "By path, by title, or the latest date of a note first.",
    {"type": "string", "enum": list(NOTE_ORDERS), "default": "path"},
)
_NOTE = parameter("note", "Its IRI, its path, its `id`, or its title; percent-encoded.", place="path")


@blueprint.get("/notes")
@access(Access.READS)
@describe(
    GET=operation(
        "List notes",
        [_TAG, _FOLDER, _CLASS, _ORDER, LIMIT, OFFSET],
        answers={
            200: (
                "`notes`, each with `iri`, `doc_id`, `path`, `title`, `id`, `tags`, `classes` and name of what it "
                "`describes`, and its dates; and how many there are (`total`)",
                _JSON,
            ),
            304: NOT_CHANGED,
        },
        errors=ERRORS,
    )
)
def notes() -> Response:
    """Answer with a part of the notes."""
    values = read_parameters()
    limit, offset = read_page(values, ("tag", "folder", "class", "order"))
    return ask_reader(
        NotesRequest(
            Page(limit, offset),
            parse_texts(values, "tag"),
            parse_text(values, "folder"),
            parse_text(values, "class"),
            parse_choice(values, "order", NOTE_ORDERS) or "path",
        )
    )


@blueprint.get("/notes/<path:note>")
@access(Access.READS)
@describe(
    GET=operation(
        "Read a note",
        [_NOTE, limit_up_to(MOST_OF_ONE), SENTENCES],
        answers={
            200: (
                "What the list has of it; its `text`, and where its `passages` are in it; `links`, `backlinks`, "
                "`mentions` and `statements`, at most `limit` of each, with their sentences and how many there are",
                _JSON,
            ),
            304: NOT_CHANGED,
        },
        errors=ERRORS,
        description="Places are code points of `text`. More statements of a note: `/api/statements?note=`.",
    )
)
def note(note: str) -> Response:
    """Answer with one note."""
    values = read_parameters()
    check_names(values, ("limit", "sentences"))
    service = current()
    cache = service.home.of_kind(service.config.home.store).ingest_cache
    most = parse_whole(values, "limit", 100, MOST_OF_ONE)
    return ask_reader(NoteRequest(note, cache, most, parse_whole(values, "sentences", 3, MOST_SENTENCES)))


@blueprint.get("/tags")
@access(Access.READS)
@describe(
    GET=operation(
        "List tags",
        [LIMIT, OFFSET],
        answers={
            200: (
                "`tags` by name, each with how many `notes` have it and in which it is nested (`broader`); `total`",
                _JSON,
            ),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 422, 503, 504),
    )
)
def tags() -> Response:
    """Answer with a part of the tags."""
    return ask_reader(TagsRequest(Page(*read_page(read_parameters(), ()))))
