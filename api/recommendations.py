"""`/api/recommendations`: notes that go with a note, an entity or a user, each with its reasons."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ask_suggesting
from api.operations import describe, operation, parameter
from api.paging import NOT_CHANGED
from api.scalars import check_names, parse_number, parse_text, parse_whole
from api.service import current
from kg.errors import InputError
from kg.serving.frames import RecommendationsRequest

__all__ = ["blueprint"]

blueprint = Blueprint("recommendations", __name__, url_prefix="/api")

_MOST, _USUAL = 1000, 10
_PARAMETERS = (
    parameter("target", "What the notes go with: an IRI, a note's path, or a name. Needed without `user`."),
    parameter("user", "Whose events count: what this user has seen is left out. Needed without `target`."),
    parameter("k", "How many at most.", {"type": "integer", "minimum": 0, "maximum": _MOST, "default": _USUAL}),
    parameter(
        "diversity",
        "From 0, as different from each other as can be, to 1, by their scores alone; else `recommend.diversity`.",
        {"type": "number", "minimum": 0, "maximum": 1},
    ),
)


@blueprint.get("/recommendations")
@access(Access.READS)
@describe(
    GET=operation(
        "Recommend notes",
        _PARAMETERS,
        answers={
            200: (
                "`items`, the best first: `rank`, `score`, `doc_id`, `iri`, `title` and `reasons`; and the IRI of "
                "what they go with (`target`)",
                ["application/json"],
            ),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 404, 422, 503, 504),
        description="Scores order the items of one answer and mean nothing beside another's.",
    )
)
def recommendations() -> Response:
    """Answer with the notes that go best with what is asked about."""
    values = read_parameters()
    check_names(values, ("target", "user", "k", "diversity"))
    target, user = parse_text(values, "target"), parse_text(values, "user")
    if target is None and user is None:
        raise InputError("Say what to recommend for: target=, an IRI, a note's path or a name; or user=, or both.")
    k = parse_whole(values, "k", _USUAL, _MOST)
    diversity = parse_number(values, "diversity", 0.0, 1.0)
    service = current()
    home = service.home.of_kind(service.config.home.store)
    asked = RecommendationsRequest(home, service.config, target, user, k, diversity)
    return ask_suggesting(asked)
