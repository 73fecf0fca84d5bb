"""`/api/ask`: questions that are answered from what the notes state."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import JSON, read_json
from api.documents import ask_suggesting
from api.members import member_flag, needed_text, read_members
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
        },
        "hidden": {
            "type": "boolean",
            "default": False,
            "description": "Answer from drafts, private notes and templates too.",
        },
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
                "`query` whose rows they are, null where some are held back (`held_back` of them); how the question "
                "was understood (`reading`); what the answers leave open, or why there is none (`reasons`); where "
                "nothing answers it, `abstained`, and the sentences that come nearest (`passages`)",
                [JSON],
            )
        },
        errors=(400, 401, 413, 415, 422, 503, 504),
        description="A question of how many answers with a number, one of yes or no with `yes` or `no`. What only "
        "drafts, private notes or templates say is held back, unless `hidden` asks for it.",
    )
)
def ask() -> Response:
    """Answer a question from what the notes state."""
    members = read_members(read_json((JSON,)), ("question", "hidden"), "A question")
    question, hidden = needed_text(members, "question"), member_flag(members, "hidden")
    service = current()
    home = service.home.of_kind(service.config.home.store)
    return ask_suggesting(AnswerRequest(home, service.config, question, hidden))
