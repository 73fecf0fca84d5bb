"""What both interfaces for Cypher share: the database's name, who may write, errors by Neo4j's codes."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from flask import Flask, Response, request

from api.access import Access, require
from api.bodies import JSON
from api.operations import PROBLEMS
from api.problems import status_of, with_error_headers
from api.service import current
from kg.errors import AccessError, InputError, KgError, NotAcceptableError, NotFoundError
from kg.query.cypher_errors import NOT_FOUND, code_of, describe_error
from kg.query.cypher_json import write_text
from kg.serving.cypher import CypherDesk

__all__ = [
    "DATABASE",
    "check_database",
    "choose_type",
    "desk",
    "error_answers",
    "error_response",
    "may_write",
    "status_by_code",
    "watch",
]

DATABASE = "neo4j"
"""A name by which every home is known, besides that of its folder."""

_FOLDER = "/db/"
_PROBLEM = "application/problem+json"
_MODES = {"read": False, "write": True}


def desk() -> CypherDesk:
    """Return what answers Cypher."""
    found = current().cypher
    assert found is not None, "the service was made without Cypher"
    return found


def check_database(name: str) -> None:
    """Let a request pass that names this home; upper and lower case are one, as in Neo4j.

    Raises:
        NotFoundError: it names another database.
    """
    known = (DATABASE, current().home.folder.resolve().name)
    if name.lower() not in (each.lower() for each in known):
        error = NotFoundError("database", name, known)
        error.code = NOT_FOUND
        raise error


def may_write(mode: object) -> bool:
    """Tell whether a request may write, by the access mode that it gives, else by the server's setting.

    Raises:
        InputError: there is no such mode. AccessError: writing needs the token.
    """
    if mode is None:
        mode = current().config.serve.cypher_access
    if not isinstance(mode, str) or mode.lower() not in _MODES:
        raise InputError(f"accessMode is Read or Write, not {mode!r}.")
    is_writing = _MODES[mode.lower()]
    require(Access.WRITES if is_writing else Access.READS)
    return is_writing


def choose_type(offers: Collection[str]) -> str:
    """Return the media type of the answer: the first of the client's that there is; a charset beside it says nothing.

    Raises:
        NotAcceptableError: there is none of them.
    """
    if not request.accept_mimetypes:
        return JSON
    for accepted, quality in request.accept_mimetypes:
        name = accepted.partition(";")[0].strip().lower()
        if quality > 0 and name in offers:
            return name
        if quality > 0 and name in ("application/*", "*/*"):
            return JSON
    raise NotAcceptableError(f"An answer can be had as {' or '.join(offers)}.")


def status_by_code(error: KgError) -> int:
    """Return the status of an error as Neo4j's Query API has it: by the class of its code, where ours says no more."""
    status = status_of(error)
    is_of_request = isinstance(error, NotFoundError) and error.kind in ("database", "transaction")
    if is_of_request or isinstance(error, AccessError) or status in (406, 413, 415, 499):
        return status
    code = code_of(error)
    if code.startswith("Neo.ClientError."):
        return 400
    return 503 if code.startswith("Neo.TransientError.") else 500


def error_answers(statuses: Iterable[int]) -> dict[int, tuple[str, Iterable[str]]]:
    """Return what `/openapi.json` says of errors."""
    return {status: (PROBLEMS[status], [JSON]) for status in statuses}


def error_response(error: KgError, status: int, members: Mapping[str, Any] | None = None) -> Response:
    """Return an error as Neo4j's HTTP interfaces do; `members` stand before it."""
    text = write_text({**(members or {}), "errors": [describe_error(error)]})
    return with_error_headers(Response(text, status, content_type=JSON), error)


def watch(app: Flask) -> None:
    """Give whatever goes wrong below `/db/` the shape that Neo4j's clients read, also where no view has answered."""

    @app.after_request
    def in_neo4js_shape(response: Response) -> Response:
        if request.path.startswith(_FOLDER) and response.mimetype == _PROBLEM:
            is_ours = response.status_code >= 500
            code = "Neo.DatabaseError.General.UnknownError" if is_ours else "Neo.ClientError.Request.Invalid"
            message = json.loads(response.get_data())["detail"]
            response.set_data(write_text({"errors": [{"code": code, "message": message}]}))
            response.content_type = JSON
        return response
