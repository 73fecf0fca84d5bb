"""`/api/review`: what waits for a decision, what matters most first."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ask_reader
from api.operations import describe, operation, parameter
from api.paging import LIMIT, NOT_CHANGED, OFFSET, read_page
from api.service import current
from kg.errors import InputError
from kg.review import KINDS, ItemKind
from kg.serving.frames import ReviewRequest

__all__ = ["blueprint"]

blueprint = Blueprint("review", __name__, url_prefix="/api")

_KIND = parameter(
    "kind",
    "Only items of this kind; may be given several times.",
    {"type": "array", "items": {"type": "string", "enum": list(KINDS)}},
)


@blueprint.get("/review")
@access(Access.READS)
@describe(
    GET=operation(
        "See what waits for a decision",
        [_KIND, LIMIT, OFFSET],
        answers={
            200: ("`items`, how many wait (`total`) and of what kind (`counts`)", ["application/json"]),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 422, 503, 504),
        description="What deciding an item would change comes first: `impact` says how much.",
    )
)
def review() -> Response:
    """Answer with a part of the queue."""
    values = read_parameters()
    limit, offset = read_page(values, ("kind",))
    service = current()
    asked = ReviewRequest(service.config.review, _kinds([v for name, v in values if name == "kind"]), limit, offset)
    return ask_reader(asked)


def _kinds(given: list[str]) -> tuple[ItemKind, ...]:
    known = {str(kind): kind for kind in KINDS}
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        raise InputError(f"No kind of item is called {unknown!r}. Known: {', '.join(KINDS)}.")
    return tuple(dict.fromkeys(known[name] for name in given))
