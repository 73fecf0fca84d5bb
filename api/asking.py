"""Asking a reader for a document that pages and programs read, and the parameters that several of these have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from flask import Response, request

from api.bodies import parse_parameters
from api.operations import parameter
from api.paging import document
from api.scalars import Values, parse_text
from api.service import current
from kg.browsing.requests import BrowseRequest
from kg.errors import InputError

__all__ = [
    "ERRORS",
    "MOST_OF_ONE",
    "MOST_SENTENCES",
    "NOT_CHANGED",
    "SENTENCES",
    "ask",
    "parse_choice",
    "parse_texts",
    "read_parameters",
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
NOT_CHANGED: tuple[str, Sequence[str]] = ("Nothing has changed since the answer with that ETag", ())

_Choice = TypeVar("_Choice", bound=str)


def read_parameters() -> list[tuple[str, str]]:
    """Return the parameters of the request."""
    return parse_parameters(request.query_string.decode("latin-1"))


def ask(asked: BrowseRequest) -> Response:
    """Return the answer of a reader; 304 where the client has the same already."""
    service = current()
    return document(service.pool.ask_document(asked, service.owner.ontology, service.limits()))


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
