"""Neo4j's transaction API, which the Query API follows: `/db/{name}/tx/commit`, several statements in one transaction.

As Neo4j 5.26 has it: an error of a statement is a part of an answer with the status 200, and nothing of the
transaction stays. A transaction may write only if the request says `"accessMode": "Write"` in its body or in the
header `access-mode` (or the server is set so).
"""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from api.access import Access, access
from api.access_log import note_query
from api.bodies import JSON, read_json
from api.cypher import check_database, choose_type, desk, error_answers, error_response, may_write
from api.operations import body, describe, operation, parameter
from api.problems import UnsupportedMediaTypeError, status_of
from api.service import current, has_client_left
from api.streaming import respond
from kg.errors import AccessError, InputError, KgError, NotFoundError
from kg.query.cypher_values_json import read_plain
from kg.query.transaction_json import CONTENTS
from kg.serving.cypher import CONCURRENT, OpenTransaction
from kg.serving.frames import CypherRequest, CypherStatement

__all__ = ["blueprint"]

blueprint = Blueprint("cypher_transactions", __name__)

_INTERFACE = "transaction"
_MEMBERS = frozenset({"statements", "accessMode"})
_NAME = parameter("name", "`neo4j`, or the name of the home's folder.", place="path")
_NUMBER = parameter(
    "number", "That at the end of the transaction's address.", {"type": "integer", "minimum": 0}, place="path"
)
_SCHEMA = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["statement"],
                "properties": {
                    "statement": {"type": "string"},
                    "parameters": {"type": "object"},
                    "resultDataContents": {"type": "array", "items": {"type": "string", "enum": [*CONTENTS]}},
                    "includeStats": {"type": "boolean"},
                },
            },
        },
        "accessMode": {"type": "string", "enum": ["Read", "Write"]},
    },
}
_ERRORS = (401, 404, 406, 413, 415)


def _operation(summary: str, *parameters: Mapping[str, Any], status: int = 200) -> Mapping[str, Any]:
    answers = {status: ("`results`, and `errors`, which is empty if all went well", [JSON]), **error_answers(_ERRORS)}
    return operation(summary, [_NAME, *parameters], body([JSON], _SCHEMA, required=False), answers)


@blueprint.errorhandler(KgError)
def _from_error(error: KgError) -> Response:
    """Answer with 200, as Neo4j does, for all that is not about the request as such."""
    if isinstance(error, NotFoundError) and error.kind == "transaction":
        error.code = "Neo.ClientError.Transaction.TransactionNotFound"
    status = status_of(error)
    if error.code == CONCURRENT:
        status = 404  # so Neo4j has it
    is_about_request = isinstance(error, AccessError | NotFoundError) or status in (404, 406, 413, 415, 499)
    if type(error) is InputError:
        error.code = error.code or "Neo.ClientError.Request.InvalidFormat"
    members: Mapping[str, Any] = {} if isinstance(error, AccessError) else {"results": []}
    return error_response(error, status if is_about_request else 200, members)


@blueprint.post("/db/<name>/tx/commit")
@access(Access.READS)
@describe(POST=_operation("Run statements in one transaction"))
def commit_statements(name: str) -> Response:
    """Run statements in one transaction, all or nothing."""
    check_database(name)
    choose_type((JSON,))
    asked = _read_body()
    is_writing = may_write(_mode(asked))
    cypher = CypherRequest(_statements(asked), "transaction", current().limits(), is_writing)
    return respond(desk().answer(cypher, has_client_left()), JSON)


@blueprint.post("/db/<name>/tx")
@access(Access.READS)
@describe(POST=_operation("Begin a transaction of statements", status=201))
def begin_statements(name: str) -> Response:
    """Begin a transaction of statements."""
    check_database(name)
    choose_type((JSON,))
    asked = _read_body()
    statements = _statements(asked)
    transaction = desk().begin(_INTERFACE, may_write(_mode(asked)))
    response = _go_on(name, transaction, statements, 201)
    response.headers["Location"] = _address(name, transaction)
    return response


@blueprint.post("/db/<name>/tx/<int:number>")
@access(Access.READS)
@describe(POST=_operation("Run statements in a transaction, or keep it open", _NUMBER))
def run_statements(name: str, number: int) -> Response:
    """Run statements in a transaction, or keep it open."""
    check_database(name)
    choose_type((JSON,))
    transaction = _found(number)
    return _go_on(name, transaction, _asked_of(transaction), 200)


@blueprint.post("/db/<name>/tx/<int:number>/commit")
@access(Access.READS)
@describe(POST=_operation("Commit a transaction, after more statements if there are any", _NUMBER))
def commit_open_statements(name: str, number: int) -> Response:
    """Commit a transaction, after more statements if there are any."""
    check_database(name)
    choose_type((JSON,))
    transaction = _found(number)
    return _go_on(name, transaction, _asked_of(transaction), 200, ends=True)


@blueprint.delete("/db/<name>/tx/<int:number>")
@access(Access.READS)
@describe(
    DELETE=operation(
        "Roll a transaction back",
        [_NAME, _NUMBER],
        answers={200: ("Nothing of it stays", [JSON]), **error_answers((401, 404))},
    )
)
def roll_back_statements(name: str, number: int) -> Response:
    """Roll a transaction back."""
    check_database(name)
    desk().roll_back(_found(number))
    return Response('{"results":[],"errors":[]}', content_type=JSON)


def _found(number: int) -> OpenTransaction:
    """Return a transaction, to whoever may do what it does."""
    transaction = desk().find(_INTERFACE, str(number))
    may_write("Write" if transaction.is_writing else "Read")
    return transaction


def _asked_of(transaction: OpenTransaction) -> tuple[CypherStatement, ...]:
    """Return the statements of a request to a transaction, which ends where they cannot be read, as by any error."""
    try:
        return _statements(_read_body())
    except UnsupportedMediaTypeError:
        raise
    except InputError:
        desk().roll_back(transaction)
        raise


def _go_on(
    name: str,
    transaction: OpenTransaction,
    statements: tuple[CypherStatement, ...],
    status: int,
    ends: bool = False,
) -> Response:
    members: dict[str, Any] = {"commit": f"{_address(name, transaction)}/commit"}
    if not ends:
        members["transaction"] = {"expires": email.utils.format_datetime(desk().expires, usegmt=True)}
    cypher = CypherRequest(statements, "transaction", current().limits(), ends=ends, members=members)
    return respond([desk().go_on(transaction, cypher)], JSON, status)


def _address(name: str, transaction: OpenTransaction) -> str:
    return f"{request.host_url}db/{name}/tx/{transaction.id}"


# --- the request


def _mode(document: Mapping[str, Any]) -> object:
    return document.get("accessMode", request.headers.get("access-mode"))


def _read_body() -> Mapping[str, Any]:
    document = read_json((JSON,)) if request.content_length != 0 or request.mimetype else None
    if document is None:
        return {"statements": []}
    if not isinstance(document, dict) or not isinstance(document.get("statements"), list):
        raise InputError('The body is an object: {"statements": [{"statement": "RETURN 1"}]}.')
    if unknown := sorted(set(document) - _MEMBERS):
        raise InputError(f"The body has no member {unknown[0]!r}; those that there are: {', '.join(sorted(_MEMBERS))}.")
    return document


def _statements(document: Mapping[str, Any]) -> tuple[CypherStatement, ...]:
    return tuple(_statement(each) for each in document["statements"])


def _statement(sent: object) -> CypherStatement:
    text = sent.get("statement") if isinstance(sent, dict) else None
    if not isinstance(sent, dict) or not isinstance(text, str):
        raise InputError('A statement is an object: {"statement": "RETURN $x", "parameters": {"x": 1}}.')
    parameters = sent.get("parameters") or {}
    contents = sent.get("resultDataContents") or ["row"]
    if not isinstance(parameters, dict):
        raise InputError("parameters is an object, a member for each parameter.")
    if not isinstance(contents, list) or any(str(each).lower() not in CONTENTS for each in contents):
        raise InputError(f"resultDataContents is a list of {' and '.join(CONTENTS)}, not {contents!r}.")
    counts = sent.get("includeStats")
    if not isinstance(counts, bool | None):
        raise InputError("includeStats is true or false.")
    note_query(text)
    values = {name: read_plain(value, name) for name, value in parameters.items()}
    wanted = tuple(str(each).lower() for each in contents)
    return CypherStatement(text, values, wanted, bool(counts))
