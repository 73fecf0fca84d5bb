"""`/api/ontology`: the classes and properties of the home for pages and programs, with how often each is used."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ask_reader
from api.operations import describe, operation
from api.paging import NOT_CHANGED
from api.scalars import check_names
from kg.browsing.requests import OntologyRequest

__all__ = ["blueprint"]

blueprint = Blueprint("vocabulary", __name__, url_prefix="/api")


@blueprint.get("/ontology")
@access(Access.READS)
@describe(
    GET=operation(
        "Read classes and properties",
        answers={
            200: (
                "`classes` and `properties` by IRI, each with its `labels` in all languages, `parents`, whether it is "
                "Noemata's own (`is_system`) and how often it is used (`count`); of a property `domains` and `ranges`",
                ["application/json"],
            ),
            304: NOT_CHANGED,
        },
        errors=(400, 401, 422, 503, 504),
        description="All of `domains` must hold, and one of the classes in each. The ontology itself: `/ontology`.",
    )
)
def vocabulary() -> Response:
    """Answer with the classes and properties."""
    check_names(read_parameters(), ())
    return ask_reader(OntologyRequest())
