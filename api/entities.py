"""`/api/entities`: what the notes speak of."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ERRORS, MOST_OF_ONE, MOST_SENTENCES, SENTENCES, ask_reader, parse_choice
from api.operations import describe, operation, parameter
from api.paging import LIMIT, NOT_CHANGED, OFFSET, limit_up_to, read_page
from api.scalars import check_names, parse_text, parse_whole
from kg.browsing.requests import ENTITY_ORDERS, EntitiesRequest, EntityRequest, Page

__all__ = ["blueprint"]

blueprint = Blueprint("entities", __name__, url_prefix="/api")

_JSON = ["application/json"]
_NAME = parameter("name", "Only those of which a name, or a word in one, begins so, whatever the case.")
_CLASS = parameter("class", "Only those of this class, or below it: an IRI, a label or a local name.")
_ORDER = parameter(
    "order",
    "By name, or by how many notes mention it, most first.",
    {"type": "string", "enum": list(ENTITY_ORDERS), "default": "name"},
)
_ENTITY = parameter("entity", "Its IRI, its name, or the path of its note; percent-encoded.", place="path")


@blueprint.get("/entities")
@access(Access.READS)
@describe(
    GET=operation(
        "List entities",
        [_NAME, _CLASS, _ORDER, LIMIT, OFFSET],
        answers={
            200: (
                "`entities`, each with `iri`, `name`, `classes`, the `note` that describes it, and how many notes "
                "mention it (`mentions`); and how many there are (`total`)",
                _JSON,
            ),
            304: NOT_CHANGED,
        },
        errors=ERRORS,
        description="With `name`, those whose own name begins so come first. In Chinese any part of a name will do.",
    )
)
def entities() -> Response:
    """Answer with a part of the entities."""
    values = read_parameters()
    limit, offset = read_page(values, ("name", "class", "order"))
    return ask_reader(
        EntitiesRequest(
            Page(limit, offset),
            parse_text(values, "name"),
            parse_text(values, "class"),
            parse_choice(values, "order", ENTITY_ORDERS) or "name",
        )
    )


@blueprint.get("/entities/<path:entity>")
@access(Access.READS)
@describe(
    GET=operation(
        "Read an entity",
        [_ENTITY, limit_up_to(MOST_OF_ONE), SENTENCES],
        answers={
            200: (
                "What the list has of it; its `names`; `statements` about it with their sentences, the notes that "
                "mention it (`mentioned_in`) and its `neighbours`, at most `limit` of each; what was `merged` into it",
                _JSON,
            ),
            304: NOT_CHANGED,
        },
        errors=ERRORS,
        description="More statements: `/api/statements?about=`. The IRI of what was merged finds what stands for it.",
    )
)
def entity(entity: str) -> Response:
    """Answer with one entity."""
    values = read_parameters()
    check_names(values, ("limit", "sentences"))
    most = parse_whole(values, "limit", 100, MOST_OF_ONE)
    return ask_reader(EntityRequest(entity, most, parse_whole(values, "sentences", 3, MOST_SENTENCES)))
