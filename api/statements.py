"""`/api/statements`: what the graph says, each statement with the sentences it was read from."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ERRORS, MOST_OF_ONE, MOST_SENTENCES, SENTENCES, ask_reader, parse_choice
from api.operations import describe, operation, parameter
from api.paging import NOT_CHANGED, OFFSET, limit_up_to, read_page
from api.scalars import parse_number, parse_text, parse_whole
from kg.browsing.requests import KINDS, Page, StatementsRequest

__all__ = ["blueprint"]

blueprint = Blueprint("statements", __name__, url_prefix="/api")

_ENDS = (
    parameter("subject", "An IRI, a name, or a note's path or `id`."),
    parameter("predicate", "A property: an IRI, a label or a local name."),
    parameter("object", "As `subject`; what nothing is called is taken for the text of a value."),
    parameter("about", "As `subject`; at either end of the statement."),
    parameter("note", "Only what this note says: its IRI, path, `id` or title."),
    parameter("kind", "Only what has a sentence of this kind.", {"type": "string", "enum": list(KINDS)}),
    parameter(
        "least",
        "Only what has a sentence with this confidence or more.",
        {"type": "number", "minimum": 0, "maximum": 1},
    ),
)
_NAMES = tuple(str(each["name"]) for each in _ENDS)


@blueprint.get("/statements")
@access(Access.READS)
@describe(
    GET=operation(
        "Find statements",
        [*_ENDS, SENTENCES, limit_up_to(MOST_OF_ONE), OFFSET],
        answers={
            200: (
                "`statements` by subject, predicate and object, each with its `evidence` and how many `sentences` it "
                "has; and how many there are (`total`)",
                ["application/json"],
            ),
            304: NOT_CHANGED,
        },
        errors=ERRORS,
        description="Names, classes, records and what the ontology says of its own terms are left out, unless their "
        "`predicate` is asked for. A resource has `iri` and `name`; a value `value`, perhaps `datatype` or `language`.",
    )
)
def statements() -> Response:
    """Answer with a part of the statements."""
    values = read_parameters()
    limit, offset = read_page(values, (*_NAMES, "sentences"), MOST_OF_ONE)
    return ask_reader(
        StatementsRequest(
            Page(limit, offset),
            parse_whole(values, "sentences", 3, MOST_SENTENCES),
            subject=parse_text(values, "subject"),
            predicate=parse_text(values, "predicate"),
            object=parse_text(values, "object"),
            about=parse_text(values, "about"),
            note=parse_text(values, "note"),
            kind=parse_choice(values, "kind", KINDS),
            least=parse_number(values, "least", 0.0, 1.0),
        )
    )
