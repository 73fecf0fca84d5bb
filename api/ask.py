"""`/api/ask`: questions that are answered from what the notes state."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import JSON, read_json
from api.documents import ask_suggesting
from api.members import needed_text, read_members
from api.operations import body, describe, operation
from api.service import current
from kg.answers.answering import LONGEST_QUESTION
from kg.serving.frames import AnswerRequest

__all__ = ["blueprint"]

blueprint = Blueprint("ask", __name__, url_prefix="/api")

_SCHEMA = {
    "type": "object",
    "required": ["question"],
    "properties": {
        "question": {
            "type": "string",
            "minLength": 1,
            "maxLength": LONGEST_QUESTION,
            "description": "A question in English or Chinese: who, what, which, when, where, how many, yes or no.",
        }
    },
    "additionalProperties": False,
}


@blueprint.post("/ask")
@access(Access.READS)
@describe(
    POST=operation(
        "Answer a question",
        sent=body([JSON], _SCHEMA),
        answers={
            200: (
                "`answers`, each with its `value`, its `iri` and the sentences it rests on (`evidence`); the SPARQL "
                "`query` whose rows they are; how the question was understood (`reading`); where nothing answers it, "
                "`abstained`, the `reasons`, and the sentences that come nearest (`passages`)",
                [JSON],
            )
        },
        errors=(400, 401, 413, 415, 422, 503, 504),
        description="A question of how many answers with a number, one of yes or no with `yes` or `no`.",
    )
)
def ask() -> Response:
    """Answer a question from what the notes state."""
    question = needed_text(read_members(read_json((JSON,)), ("question",), "A question"), "question")
    service = current()
    asked = AnswerRequest(service.home.of_kind(service.config.home.store), service.config, question)
    return ask_suggesting(asked)
