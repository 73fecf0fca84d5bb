"""`/api/predictions`: statements that nobody has made and that a model of the home holds likely."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ask_suggesting
from api.operations import describe, operation, parameter
from api.paging import NOT_CHANGED
from api.scalars import check_names, parse_flag, parse_number, parse_text, parse_whole
from api.service import current
from kg.serving.frames import PredictionsRequest

__all__ = ["blueprint"]

blueprint = Blueprint("predictions", __name__, url_prefix="/api")

_MOST, _USUAL, _LEAST = 1000, 100, 0.5
_PARAMETERS = (
    parameter(
        "about",
        "Only statements about this, at either end: an IRI, a note's path, or a name. A note and what it is about are "
        "asked about together.",
    ),
    parameter("relation", "Only statements with this property: an IRI, a label or a local name."),
    parameter("k", "How many at most.", {"type": "integer", "minimum": 0, "maximum": _MOST, "default": _USUAL}),
    parameter(
        "least",
        "The least probability of a statement.",
        {"type": "number", "minimum": 0, "maximum": 1, "default": _LEAST},
    ),
    parameter("model", "Which of the home's models is asked.", {"type": "string", "default": "default"}),
    parameter(
        "reasons",
        "Whether each statement comes with the paths between its ends and the statements most like it.",
        {"type": "boolean", "default": False},
    ),
)


@blueprint.get("/predictions")
@access(Access.READS)
@describe(
    GET=operation(
        "Predict statements",
        _PARAMETERS,
        answers={
            200: (
                "`predictions`, the most likely first, each with its triple, `probability`, `rank` and whether an end "
                "came after the training (`is_folded_in`); and how far the model is behind the graph (`staleness`)",
                ["application/json"],
            ),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 404, 422, 503, 504),
        description="Nothing is written. What `kg embed predict --publish` puts into the queue is in `/api/review`.",
    )
)
def predictions() -> Response:
    """Answer with the statements that are most likely."""
    values = read_parameters()
    check_names(values, ("about", "relation", "k", "least", "model", "reasons"))
    about, relation = parse_text(values, "about"), parse_text(values, "relation")
    model = parse_text(values, "model") or "default"
    k = parse_whole(values, "k", _USUAL, _MOST)
    least = parse_number(values, "least", 0.0, 1.0)
    with_reasons = parse_flag(values, "reasons")
    service = current()
    home = service.home.of_kind(service.config.home.store)
    asked = PredictionsRequest(
        home, service.config, model, about, relation, k, _LEAST if least is None else least, with_reasons
    )
    return ask_suggesting(asked)
