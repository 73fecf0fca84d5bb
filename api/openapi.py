"""`/openapi.json`: what can be asked here, as OpenAPI 3.1, made from the routes themselves.

Paths and methods are the app's URL map's, who may call one is what its view declares (`api.access`), and
what it takes and answers stands beside the view (`api.operations`). Each saved query is a path of its own;
the home's own queries are shown to those who may read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify
from werkzeug.routing import Rule

from api.access import Access, access, declared_access, is_allowed, is_open
from api.bodies import FORM
from api.operations import PROBLEMS, body, describe, described, operation
from api.queries import ANSWERS, ERRORS, parameters_of
from api.service import current
from kg import __version__
from kg.query.library import SavedQuery, shipped_queries

__all__ = ["blueprint"]

blueprint = Blueprint("openapi", __name__)

_PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457); the parts of the message are members too.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
_SECURITY: list[dict[str, list[str]]] = [{"bearer": []}, {"basic": []}]
_RUN = "/queries/{name}"


@blueprint.get("/openapi.json")
@access(Access.PUBLIC)
@describe(GET=operation("Read this document", answers={200: ("OpenAPI 3.1", ["application/json"])}))
def openapi() -> Response:
    """Return what can be asked here."""
    response = jsonify(_document(current_app))
    response.vary.add("Authorization")
    return response


def _document(app: Flask) -> Mapping[str, Any]:
    from apispec import APISpec

    spec = APISpec(
        title="Noemata",
        version=__version__,
        openapi_version="3.1.0",
        info={"description": "A knowledge graph of notes: SPARQL, graphs, the ontology and saved queries."},
    )
    spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    spec.components.security_scheme(
        "basic", {"type": "http", "scheme": "basic", "description": "The token as the password, any user name."}
    )
    spec.components.schema("Problem", _PROBLEM)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, meaning in PROBLEMS.items():
        spec.components.response(str(status), {"description": meaning, "content": content})
    spec.components.response("Problem", {"description": "Anything else that went wrong", "content": content})
    for path, operations in _paths(app):
        spec.path(path, operations=operations)
    return spec.to_dict()


def _paths(app: Flask) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each path with its operations by method in lower case."""
    found: dict[str, dict[str, Any]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found.setdefault(_path(rule), {})[method.lower()] = _operation(app, rule, method)
    for query in _visible_queries():
        found[f"/queries/{query.name}"] = {method: _saved(query, method, run) for method, run in found[_RUN].items()}
    yield from sorted(found.items())


def _saved(query: SavedQuery, method: str, run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operation that runs a saved query; `run` is the one for any query."""
    parameters = parameters_of(query)
    told = operation(
        query.title,
        parameters if method == "get" else [],
        _form(parameters) if method == "post" else None,
        {200: ("The answer", ANSWERS)},
        ERRORS,
        query.description,
    )
    responses = {**told["responses"], "default": run["responses"]["default"]}
    name = re.sub(r"[^A-Za-z0-9_]", "_", query.name)
    more = {"responses": responses, "security": run["security"], "operationId": f"run_{name}_{method}"}
    return {**told, **more, "tags": ["saved queries", *query.tags]}


def _form(parameters: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the body that holds parameters; it may be left out where none is needed."""
    needed = [each["name"] for each in parameters if each.get("required")]
    schema = {"type": "object", "properties": {each["name"]: each["schema"] for each in parameters}}
    return body([FORM], {**schema, **({"required": needed} if needed else {})}, required=bool(needed))


def _path(rule: Rule) -> str:
    return re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)


def _operation(app: Flask, rule: Rule, method: str) -> dict[str, Any]:
    view = app.view_functions[rule.endpoint]
    summary = (view.__doc__ or rule.endpoint).splitlines()[0].rstrip(".")
    found = dict(described(view, method) or _undescribed(rule, summary))
    found["responses"] = {**found["responses"], "default": {"$ref": "#/components/responses/Problem"}}
    found["operationId"] = f"{view.__name__}_{method.lower()}"
    found["tags"] = [rule.endpoint.partition(".")[0]]
    needed = declared_access(view, method)
    # An empty requirement: with `serve.open_reads`, or where the view asks for a token by what it is sent.
    optional = needed is not None and is_open(needed, current())
    found["security"] = [*([{}] if optional else []), *_SECURITY]
    return found


def _undescribed(rule: Rule, summary: str) -> Mapping[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in sorted(rule.arguments)
    ]
    return operation(summary, parameters, answers={200: ("Done", ["*/*"])}, errors=(400, 404))


def _visible_queries() -> Iterator[SavedQuery]:
    """Yield the saved queries that the caller may know of."""
    queries = current().queries()
    ours = shipped_queries()
    may_read = is_allowed(Access.READS)
    yield from (query for name, query in queries.items() if may_read or ours.get(name) == query)
