"""Neo4j's Query API: `/db/{name}/query/v2`, one statement, and `/db/{name}/query/v2/tx`, transactions of several.

As Neo4j 5.26 has it, with these differences: a statement may write only if its request says `"accessMode": "Write"`
(or the server is set so); `maxExecutionTime` holds, and lowers the server's limit; every limit of the server is an
error. Bookmarks are taken and not needed: what is asked is answered from the newest state.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from api.access import Access, access
from api.access_log import note_query
from api.bodies import JSON, read_json
from api.cypher import check_database, choose_type, desk, error_answers, error_response, may_write, status_by_code
from api.operations import body, describe, operation, parameter
from api.service import current, has_client_left
from api.streaming import respond
from kg.errors import InputError, KgError, NotFoundError, QueryError
from kg.query.cypher_values_json import read_plain, read_typed
from kg.records import Value
from kg.serving.cypher import OpenTransaction
from kg.serving.frames import CypherRequest, CypherShape, CypherStatement

__all__ = ["blueprint"]

blueprint = Blueprint("query_api", __name__)

_TYPED = ("application/vnd.neo4j.query", "application/vnd.neo4j.query.v1.0")
_MEDIA_TYPES = (JSON, *_TYPED)
_MEMBERS = frozenset({
    "statement", "parameters", "includeCounters", "accessMode", "maxExecutionTime", "bookmarks", "impersonatedUser",
})  # fmt: skip
_INTERFACE = "query"
_LONGEST = 1e9
"""Seconds of `maxExecutionTime` that are told from more."""

_NAME = parameter("name", "`neo4j`, or the name of the home's folder.", place="path")
_ID = parameter("id", "What the transaction's beginning told.", place="path")
_SCHEMA = {
    "type": "object",
    "properties": {
        "statement": {"type": "string"},
        "parameters": {"type": "object"},
        "includeCounters": {"type": "boolean"},
        "accessMode": {"type": "string", "enum": ["Read", "Write"]},
        "maxExecutionTime": {"type": "integer", "description": "Seconds; lowers the server's limit."},
        "bookmarks": {"type": "array", "items": {"type": "string"}},
    },
}
_ERRORS = (400, 401, 404, 406, 413, 415, 503)


def _operation(summary: str, *parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    answers = {202: ("`data`, `bookmarks`, and what was asked for besides", _MEDIA_TYPES), **error_answers(_ERRORS)}
    return operation(summary, [_NAME, *parameters], body(_MEDIA_TYPES, _SCHEMA), answers)


@blueprint.errorhandler(KgError)
def _from_error(error: KgError) -> Response:
    if isinstance(error, NotFoundError) and error.kind == "transaction":
        error.code = "Neo.ClientError.Request.Invalid"  # so Neo4j has it here, and not in its other interface
    return error_response(error, status_by_code(error))


@blueprint.post("/db/<name>/query/v2")
@access(Access.READS)
@describe(POST=_operation("Run a statement in Cypher"))
def run_cypher(name: str) -> Response:
    """Run a statement in Cypher."""
    check_database(name)
    shape, content_type = _chosen()
    asked = _read_body()
    cypher = CypherRequest(
        (_statement(asked),), shape, current().limits(_seconds(asked)), may_write(asked.get("accessMode"))
    )
    return respond(desk().answer(cypher, has_client_left()), content_type, 202)


@blueprint.post("/db/<name>/query/v2/tx")
@access(Access.READS)
@describe(POST=_operation("Begin a transaction of statements in Cypher"))
def begin_transaction(name: str) -> Response:
    """Begin a transaction of statements in Cypher."""
    check_database(name)
    shape, content_type = _chosen()
    asked = _read_body()
    statements = _statements(asked)
    is_writing, seconds = may_write(asked.get("accessMode")), _seconds(asked)
    transaction = desk().begin(_INTERFACE, is_writing)
    return _go_on(transaction, statements, shape, content_type, seconds)


@blueprint.post("/db/<name>/query/v2/tx/<id>")
@access(Access.READS)
@describe(POST=_operation("Run a statement in a transaction, or keep it open", _ID))
def run_in_transaction(name: str, id: str) -> Response:
    """Run a statement in a transaction, or keep it open."""
    check_database(name)
    shape, content_type = _chosen()
    asked = _read_body()
    statements = _statements(asked)
    return _go_on(_found(id), statements, shape, content_type, _seconds(asked))


@blueprint.post("/db/<name>/query/v2/tx/<id>/commit")
@access(Access.READS)
@describe(POST=_operation("Commit a transaction, after one more statement if one is sent", _ID))
def commit_transaction(name: str, id: str) -> Response:
    """Commit a transaction, after one more statement if one is sent."""
    check_database(name)
    shape, content_type = _chosen()
    asked = _read_body()
    statements = _statements(asked)
    return _go_on(_found(id), statements, shape, content_type, _seconds(asked), ends=True)


@blueprint.delete("/db/<name>/query/v2/tx/<id>")
@access(Access.READS)
@describe(
    DELETE=operation(
        "Roll a transaction back",
        [_NAME, _ID],
        answers={200: ("Nothing of it stays", ()), **error_answers((401, 404))},
    )
)
def roll_back_transaction(name: str, id: str) -> Response:
    """Roll a transaction back."""
    check_database(name)
    desk().roll_back(_found(id))
    response = Response(status=200)
    del response.headers["Content-Type"]  # there is nothing
    return response


def _found(id_: str) -> OpenTransaction:
    """Return a transaction, to whoever may do what it does."""
    transaction = desk().find(_INTERFACE, id_)
    may_write("Write" if transaction.is_writing else "Read")
    return transaction


def _go_on(
    transaction: OpenTransaction,
    statements: tuple[CypherStatement, ...],
    shape: CypherShape,
    content_type: str,
    seconds: float | None,
    ends: bool = False,
) -> Response:
    expires = desk().expires.strftime("%Y-%m-%dT%H:%M:%SZ")
    members = {} if ends else {"transaction": {"id": transaction.id, "expires": expires}}
    cypher = CypherRequest(statements, shape, current().limits(seconds), ends=ends, members=members)
    return respond([desk().go_on(transaction, cypher)], content_type, 202)


# --- the request


def _chosen() -> tuple[CypherShape, str]:
    """Return how the answer is written, and its media type.

    Raises:
        NotAcceptableError: the client takes none that there is.
    """
    content_type = choose_type(_MEDIA_TYPES)
    return ("typed" if content_type in _TYPED else "plain"), content_type


def _read_body() -> Mapping[str, Any]:
    document = read_json(_MEDIA_TYPES)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise InputError('The body is an object: {"statement": "RETURN 1"}.')
    if unknown := sorted(set(document) - _MEMBERS):
        raise InputError(f"The body has no member {unknown[0]!r}; those that there are: {', '.join(sorted(_MEMBERS))}.")
    if document.get("impersonatedUser"):
        raise QueryError("impersonatedUser is not supported: the server has one user.")
    bookmarks = document.get("bookmarks")
    if bookmarks is not None and not (isinstance(bookmarks, list) and all(isinstance(b, str) for b in bookmarks)):
        raise InputError("bookmarks is a list of strings.")
    return document


def _statements(document: Mapping[str, Any]) -> tuple[CypherStatement, ...]:
    """Return the statement of a request that may have none."""
    return () if document.get("statement") is None else (_statement(document),)


def _statement(document: Mapping[str, Any]) -> CypherStatement:
    text = document.get("statement")
    if text is None or text == "":
        raise InputError("statement cannot be null or empty")
    if not isinstance(text, str):
        raise InputError("statement is a string.")
    counts = document.get("includeCounters")
    if not isinstance(counts, bool | None):
        raise InputError("includeCounters is true or false.")
    note_query(text)
    return CypherStatement(text, _parameters(document.get("parameters")), with_counters=bool(counts))


def _parameters(sent: object) -> Mapping[str, Value]:
    if sent is None:
        return {}
    if not isinstance(sent, dict):
        raise InputError("parameters is an object, a member for each parameter.")
    read = read_typed if request.mimetype in _TYPED else read_plain
    return {name: read(value, name) for name, value in sent.items()}


def _seconds(document: Mapping[str, Any]) -> float | None:
    """Return what the client allows a statement; 0 and less are no limit of its own, as in Neo4j."""
    seconds = document.get("maxExecutionTime")
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise InputError("maxExecutionTime is a number of seconds.")
    return float(min(seconds, _LONGEST)) if seconds > 0 else None
