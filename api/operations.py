"""What a route takes and answers, said beside the view; `/openapi.json` is made from it.

```python
@blueprint.get("/data")
@access(Access.READS)
@describe(GET=operation("Read a graph", parameters=[GRAPH], answers={200: ("The graph", RDF)}, errors=(404, 406)))
def data() -> Response: ...
```

A view without a description gets one from its docstring and its access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

__all__ = ["PROBLEMS", "body", "describe", "described", "operation", "parameter"]

_View = TypeVar("_View", bound=Callable[..., Any])
Operation = Mapping[str, Any]

PROBLEMS: Mapping[int, str] = {
    400: "What was sent is wrong, and how",
    401: "The token is missing or wrong",
    404: "There is no such thing",
    405: "The method is not for this path",
    406: "No format that the client takes can hold the answer",
    409: "It is too late for that",
    413: "The request is too large",
    415: "The body is in a format or an encoding that is not read here",
    422: "A limit was reached: rows or memory",
    429: "More requests came from this address than may; try again later",
    502: "Another server did not answer as it should",
    503: "The server is busy, or another process writes; try again",
    504: "The query ran longer than it may",
}
"""What each status of an error means; all are problem documents (RFC 9457)."""

_DESCRIBED: dict[Callable[..., Any], Mapping[str, Operation]] = {}


def describe(**by_method: Operation) -> Callable[[_View], _View]:
    """Say what a view does for each method. Stands below `route`, as `access` does."""

    def declare(view: _View) -> _View:
        _DESCRIBED[view] = by_method
        return view

    return declare


def described(view: Callable[..., Any], method: str) -> Operation | None:
    """Return what a view says of a method, None for nothing; HEAD is what GET is."""
    return _DESCRIBED.get(view, {}).get("GET" if method == "HEAD" else method)


def operation(
    summary: str,
    parameters: Iterable[Mapping[str, Any]] = (),
    sent: Mapping[str, Any] | None = None,
    answers: Mapping[int, tuple[str, Iterable[str]]] | None = None,
    errors: Iterable[int] = (),
    description: str = "",
) -> Operation:
    """Return an operation object of OpenAPI 3.1.

    Args:
        sent: the request's body, as `body` returns it.
        answers: by status: what it means, and the media types it comes in.
        errors: statuses of `PROBLEMS`.
    """
    responses: dict[str, Any] = {}
    for status, (meaning, media_types) in (answers or {200: ("Done", ())}).items():
        content: dict[str, Any] = {media_type: {} for media_type in media_types}
        responses[str(status)] = {"description": meaning, **({"content": content} if content else {})}
    for status in errors:
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return {
        "summary": summary,
        **({"description": description} if description else {}),
        **({"parameters": list(parameters)} if parameters else {}),
        **({"requestBody": sent} if sent else {}),
        "responses": responses,
    }


def parameter(
    name: str,
    description: str,
    schema: Mapping[str, Any] | None = None,
    place: str = "query",
    required: bool = False,
) -> Mapping[str, Any]:
    """Return a parameter object of OpenAPI 3.1; a string unless its schema says otherwise."""
    found = {"name": name, "in": place, "description": description, "schema": schema or {"type": "string"}}
    return {**found, "required": True} if required or place == "path" else found


def body(
    media_types: Iterable[str], schema: Mapping[str, Any] | None = None, required: bool = True
) -> Mapping[str, Any]:
    """Return a request body object of OpenAPI 3.1; without a schema, each type of body is what it is of itself."""
    content = {each: {"schema": schema or _schema_of(each)} for each in media_types}
    return {"required": required, "content": content}


def _schema_of(media_type: str) -> Mapping[str, Any]:
    if media_type.endswith("json"):
        return {"type": ["object", "array"]}
    return {"type": "object" if media_type.startswith("multipart/") else "string"}
