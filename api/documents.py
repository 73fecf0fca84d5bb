"""Documents that readers write: asking for one, and the parameters and answers that several of them have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask import Response

from api.operations import parameter
from api.paging import document
from api.scalars import Values, parse_text
from api.service import current
from kg.errors import InputError
from kg.serving.frames import DocumentRequest

__all__ = [
    "ERRORS",
    "MOST_OF_ONE",
    "MOST_SENTENCES",
    "SENTENCES",
    "ask_reader",
    "ask_suggesting",
    "parse_choice",
    "parse_texts",
]

MOST_OF_ONE = 1_000
"""Links, mentions or statements that come with one note or entity, and statements of one answer."""
MOST_SENTENCES = 100
SENTENCES = parameter(
    "sentences",
    "How many sentences each statement comes with, the surest first.",
    {"type": "integer", "minimum": 0, "maximum": MOST_SENTENCES, "default": 3},
)
ERRORS = (400, 401, 404, 422, 503, 504)

_Choice = TypeVar("_Choice", bound=str)


def ask_reader(asked: DocumentRequest) -> Response:
    """Return the document that a reader writes; 304 where the client has the same already."""
    service = current()
    return document(service.pool.ask_document(asked, service.owner.ontology, service.limits()))


def ask_suggesting(asked: DocumentRequest) -> Response:
    """Return the same of the readers that keep what searches, answers and recommendations have loaded."""
    service = current()
    return document(service.suggesting_pool.ask_document(asked, service.owner.ontology, service.limits()))


def parse_choice(values: Values, name: str, choices: Sequence[_Choice]) -> _Choice | None:
    """Return one of some words, None where none is given.

    Raises:
        InputError: it is another, or given twice.
    """
    given = parse_text(values, name)
    if given is None:
        return None
    for choice in choices:
        if given == choice:
            return choice
    raise InputError(f"{name} must be one of {', '.join(choices)}, not {given!r:.50}.")


def parse_texts(values: Values, name: str) -> tuple[str, ...]:
    """Return the texts of a parameter that may be given several times, each once.

    Raises:
        InputError: one of them is empty.
    """
    given = dict.fromkeys(value.strip() for each, value in values if each == name)
    if "" in given:
        raise InputError(f"{name} is empty; leave it out, or say which.")
    return tuple(given)
