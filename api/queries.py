"""`/queries`: the saved queries, ours and the home's, each at an address of its own (as grlc does).

`/queries/NAME` runs one: its parameters are those of the address or of a form, checked by their types; the
format is negotiated as at `/sparql`. `/queries/NAME.rq` is the text. What is written in Cypher is answered as by
Neo4j's Query API, its text is `/queries/NAME.cypher`; of a query in both languages `?language=cypher` takes that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.blueprints import BlueprintSetupState
from werkzeug.routing import BaseConverter

from api.access import Access, access
from api.access_log import note_query
from api.bodies import FORM, JSON, media_type, parse_parameters, read_parameters, read_text
from api.cypher import choose_type, desk
from api.negotiation import OFFERS, choose, first_known
from api.operations import body, describe, operation, parameter
from api.problems import UnsupportedMediaTypeError
from api.service import current, has_client_left
from api.streaming import respond
from kg.errors import NotAcceptableError, ParameterError
from kg.query.cypher_parameters import bind_cypher
from kg.query.headers import Parameter, ParameterType
from kg.query.library import SavedQuery, bind, find_query
from kg.rdf import PREFIXES
from kg.serving.frames import CypherRequest, CypherStatement
from kg.serving.pool import Question

__all__ = ["ANSWERS", "ERRORS", "blueprint", "parameters_of"]

blueprint = Blueprint("queries", __name__)

_OURS = ("format", "output", "language")
"""Parameters of every query; a query's own parameter of that name goes before it."""

ANSWERS = dict.fromkeys(offer.media_type for offers in OFFERS.values() for offer in offers)
"""The media types of an answer."""
ERRORS = (400, 401, 404, 406, 413, 415, 422, 503, 504)

_SCHEMAS: Mapping[ParameterType, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "entity": {"type": "string"},
    "iri": {"type": "string", "minLength": 1},
    "class": {"type": "string", "minLength": 1},
    "property": {"type": "string", "minLength": 1},
    "integer": {"type": "integer"},
    "decimal": {"type": "number"},
    "date": {"type": "string", "format": "date"},
}
_FORMAT = parameter("format", "A media type or a short name as `csv`; goes before Accept.")
_LANGUAGE = parameter("language", "`sparql` or `cypher`, where a query is written in both.")
_NAME = parameter("name", "The query's name.", place="path")
_RUNNING = [_NAME, _FORMAT, _LANGUAGE]


@blueprint.get("/queries")
@access(Access.READS)
@describe(
    GET=operation(
        "List the saved queries",
        answers={200: ("The queries with their parameters", ["application/json"])},
        errors=(401,),
    )
)
def list_queries() -> Response:
    """List the saved queries with their parameters."""
    return jsonify(queries=[_document(query) for query in current().queries().values()])


@blueprint.get("/queries/<name>.rq")
@access(Access.READS)
@describe(
    GET=operation(
        "Read a saved query", [_NAME], answers={200: ("Its text", ["application/sparql-query"])}, errors=(401, 404)
    )
)
def read_query(name: str) -> Response:
    """Return the text of a saved query."""
    query = find_query(current().queries(), name, "sparql")
    return Response(query.text, content_type="application/sparql-query; charset=utf-8")


@blueprint.get("/queries/<name>.cypher")
@access(Access.READS)
@describe(
    GET=operation(
        "Read a saved query in Cypher", [_NAME], answers={200: ("Its text", ["text/plain"])}, errors=(401, 404)
    )
)
def read_cypher_query(name: str) -> Response:
    """Return the text of a saved query in Cypher."""
    query = find_query(current().queries(), name, "cypher")
    return Response(query.text, content_type="text/plain; charset=utf-8")


class _QueryName(BaseConverter):
    """A name, and none of a file: that has routes of its own, and is not run."""

    regex = r"(?![^/]*\.(?:rq|cypher)$)[^/]+"


@blueprint.record_once
def _know_names(state: BlueprintSetupState) -> None:
    state.app.url_map.converters["query"] = _QueryName


@blueprint.route("/queries/<query:name>", methods=["GET", "POST"])
@access(Access.READS)
@describe(
    GET=operation("Run a saved query", _RUNNING, answers={200: ("The answer", ANSWERS)}, errors=ERRORS),
    POST=operation(
        "Run a saved query",
        _RUNNING,
        body([FORM], {"type": "object"}, required=False),
        {200: ("The answer", ANSWERS)},
        ERRORS,
    ),
)
def run_query(name: str) -> Response:
    """Run a saved query with parameters of the address or of a form."""
    service = current()
    query = find_query(service.queries(), name)
    values, ours = _read_values(query)
    wanted = first_known(ours.get("format", []), ours.get("output", []))
    if language := ours.get("language", [""])[-1]:
        query = query.written_in(language)
    if query.language == "cypher":
        return _run_cypher(query, values, wanted)
    text = bind(query, values, service.owner.ontology.class_named)
    note_query(text)
    chosen = choose(request.headers.get("Accept", ""), wanted)
    formats = {kind: offer.format for kind, offer in chosen.items()}
    question = Question(text, formats=formats, limits=service.limits(), prefixes=PREFIXES)
    answer = service.pool_of(question).ask(question, has_client_left())
    labels = {offer.format: offer.content_type for offer in chosen.values()}
    return respond(answer, labels[answer.format])


def _run_cypher(query: SavedQuery, values: Mapping[str, str], wanted: str) -> Response:
    service = current()
    if wanted not in ("", "json", JSON):
        raise NotAcceptableError(f"The answer to a query in Cypher can be had as {JSON}.")
    choose_type((JSON,))
    note_query(query.text)
    parameters = bind_cypher(query, values, service.owner.ontology, service.owner.minter.base)
    asked = CypherRequest((CypherStatement(query.text, parameters),), "plain", service.limits())
    return respond(desk().answer(asked, has_client_left()), JSON)


def parameters_of(query: SavedQuery) -> list[Mapping[str, Any]]:
    """Return the parameters of a query as OpenAPI has them."""
    found = [parameter(p.name, p.description or p.name, _schema(p), required=p.is_required) for p in query.parameters]
    return found if any(p.name == "format" for p in query.parameters) else [*found, _FORMAT]


def _schema(parameter_: Parameter) -> Mapping[str, Any]:
    schema = dict(_SCHEMAS[parameter_.type])
    if parameter_.default is not None:
        kinds: Mapping[str, type] = {"integer": int, "decimal": float}
        schema["default"] = kinds.get(parameter_.type, str)(parameter_.default)
    return schema


def _document(query: SavedQuery) -> Mapping[str, Any]:
    parameters = [
        {
            "name": each.name,
            "type": each.type,
            "default": each.default,
            "required": each.is_required,
            "description": each.description,
        }
        for each in query.parameters
    ]
    described = {"title": query.title, "description": query.description, "tags": query.tags, "parameters": parameters}
    named = {"name": query.name, "url": f"{request.host_url}queries/{query.name}", "languages": query.languages}
    return {**named, **described}


def _read_values(query: SavedQuery) -> tuple[Mapping[str, str], Mapping[str, list[str]]]:
    """Return the values of a query's parameters, and what is given for those that every query has.

    Raises:
        ParameterError: a parameter is given twice.
    """
    pairs = read_parameters()
    if request.method == "POST":
        pairs += _read_form()
    values: dict[str, str] = {}
    own = {each.name for each in query.parameters}
    ours: dict[str, list[str]] = {name: [] for name in _OURS if name not in own}
    for name, value in pairs:
        if name in ours:
            ours[name].append(value)
        elif name in values:
            raise ParameterError(name, "was given twice")
        else:
            values[name] = value
    return values, {name: given for name, given in ours.items() if given}


def _read_form() -> list[tuple[str, str]]:
    sent = media_type()
    if sent and sent != FORM:
        raise UnsupportedMediaTypeError(f"The parameters of a query are sent as {FORM}, not as {sent}.")
    return parse_parameters(read_text())
