"""The SPARQL 1.1 Protocol: `/sparql` for all, `/query` for queries only, `/update` for updates only.

Beyond the standard, a request may hold `format` (or `output`), which goes before `Accept`, and `timeout`
in seconds, which lowers the server's limit and never raises it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from typing import Literal as OneOf

from flask import Blueprint, Response, jsonify, request

from api.access import Access, access, require
from api.access_log import note_query
from api.audit import note_change
from api.bodies import FORM, media_type, parse_parameters, read_parameters, read_text
from api.negotiation import GRAPH_OFFERS, OFFERS, choose, choose_offer, first_known, prefers_page
from api.operations import body, describe, operation, parameter
from api.pages import query_page
from api.problems import UnsupportedMediaTypeError
from api.service import current, has_client_left
from api.service_description import describe_service
from api.streaming import respond
from kg.errors import InputError, ParameterError, QuerySyntaxError
from kg.rdf import NamedNode
from kg.remote import allow_hosts
from kg.results import DatasetClause
from kg.serving.pool import Question
from kg.serving.updates import run_update_within

__all__ = ["blueprint"]

blueprint = Blueprint("sparql", __name__)

_DIRECT: Mapping[str, OneOf["query", "update"]] = {
    "application/sparql-query": "query",
    "application/sparql-update": "update",
}
_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)[^\x00-\x20<>\"{}|^`\\]*>")
"""A relative IRI, or something in a string or a comparison that looks like one."""
_GRAPHS = {
    "query": ("default-graph-uri", "named-graph-uri"),
    "update": ("using-graph-uri", "using-named-graph-uri"),
}


_IRIS = {"type": "array", "items": {"type": "string", "format": "iri"}}
_TIMEOUT = parameter("timeout", "Seconds; lowers the server's limit.", {"type": "number", "minimum": 1})
_FORMAT = parameter("format", "A media type or a short name as `csv`; goes before Accept.")
_DATASET = [parameter(name, "A graph of the query's dataset.", _IRIS) for name in _GRAPHS["query"]]
_USING = [parameter(name, "A graph that WHERE reads.", _IRIS) for name in _GRAPHS["update"]]
_ANSWERS = list(dict.fromkeys(offer.media_type for offers in OFFERS.values() for offer in offers))
_ERRORS = (400, 401, 406, 422, 503, 504)
_GET = operation(
    "Answer a query, or describe the endpoint",
    [parameter("query", "The query; without it the endpoint describes itself."), *_DATASET, _FORMAT, _TIMEOUT],
    answers={200: ("The answer, in a format for its kind", [*_ANSWERS, "text/html"])},
    errors=_ERRORS,
)


def _post(kinds: Sequence[str], summary: str, answer: tuple[str, Sequence[str]]) -> Mapping[str, Any]:
    media_types = [FORM, *(name for name, kind in _DIRECT.items() if kind in kinds)]
    graphs = [each for kind, known in (("query", _DATASET), ("update", _USING)) if kind in kinds for each in known]
    parameters = [*graphs, *([_FORMAT] if "query" in kinds else []), _TIMEOUT]
    return operation(summary, parameters, body(media_types), {200: answer}, (*_ERRORS, 413, 415))


_COUNT = ("How many quads were added and removed", ["application/json"])
_POST_ANY = _post(("query", "update"), "Answer a query or run an update", ("The answer", _ANSWERS))
_POST_QUERY = _post(("query",), "Answer a query", ("The answer", _ANSWERS))
_POST_UPDATE = _post(("update",), "Run an update", _COUNT)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for (SPARQL 1.1 Protocol, 2.1 and 2.2). `kind` None: for nothing."""

    kind: OneOf["query", "update"] | None
    text: str
    dataset: DatasetClause
    format: str
    seconds: float | None
    """What the client asks for; the server's limit holds besides."""


@blueprint.route("/sparql", methods=["GET", "POST"])
@access(Access.READS, GET=Access.PUBLIC)  # the page and the description; the rest asks for its own
@describe(GET=_GET, POST=_POST_ANY)
def sparql() -> Response:
    """Answer a query, run an update, or say what the endpoint can do."""
    return _answer(("query", "update"))


@blueprint.route("/query", methods=["GET", "POST"])
@access(Access.READS, GET=Access.PUBLIC)
@describe(GET=_GET, POST=_POST_QUERY)
def query() -> Response:
    """Answer a query, or say what the endpoint can do."""
    return _answer(("query",))


@blueprint.post("/update")
@access(Access.WRITES)
@describe(POST=_POST_UPDATE)
def update() -> Response:
    """Run an update."""
    return _answer(("update",))


def _answer(kinds: Sequence[str]) -> Response:
    asked = _read_operation(kinds)
    if asked.kind is None:
        return _describe(asked.format)
    require(Access.WRITES if asked.kind == "update" else Access.READS)
    note_query(asked.text)
    return _update(asked) if asked.kind == "update" else _query(asked)


# --- reading the request


def _read_operation(kinds: Sequence[str]) -> Operation:
    """Return what a request asks for.

    Raises:
        InputError: it is not one operation after the protocol, or one that is not for this path.
    """
    parameters = read_parameters()
    if request.method == "POST":
        parameters += _read_post(kinds)
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name, []).append(value)
    asked = [kind for kind in ("query", "update") if kind in values]
    if not asked:
        if request.method == "POST":
            raise InputError(f"The form has no parameter {' or '.join(repr(kind) for kind in kinds)}.")
        kind = None
    else:
        kind = _one_kind(asked, kinds)
    if kind == "update" and request.method != "POST":
        raise InputError("An update is sent by POST, not in the address.")
    dataset = _read_dataset(values, kind)
    wanted = first_known(values.get("format", ()), values.get("output", ()))
    text = "" if kind is None else _single(values, kind) or ""
    return Operation(kind, text, dataset, wanted, _read_seconds(_single(values, "timeout")))


def _read_post(kinds: Sequence[str]) -> list[tuple[str, str]]:
    sent = media_type()
    if sent == FORM:
        return parse_parameters(read_text())
    kind = _DIRECT.get(sent)
    if kind is not None and kind in kinds:
        return [(kind, read_text())]
    direct = [name for name, each in _DIRECT.items() if each in kinds]
    known = " or ".join([FORM, *direct])
    said = f"is {sent}" if sent else "is not said"
    raise UnsupportedMediaTypeError(f"The body's media type {said}; send {known}.")


def _one_kind(asked: Sequence[str], kinds: Sequence[str]) -> OneOf["query", "update"]:
    if len(asked) > 1:
        raise InputError("A request holds a query or an update, not both.")
    kind = asked[0]
    if kind not in kinds:
        raise InputError(f"This path is for {kinds[0]} requests only; for the {kind} use /sparql or /{kind}.")
    return "query" if kind == "query" else "update"


def _single(values: Mapping[str, Sequence[str]], name: str) -> str | None:
    found = values.get(name, ())
    if len(found) > 1:
        raise InputError(f"The request has {len(found)} parameters {name!r}; send one.")
    return found[0] if found else None


def _read_dataset(values: Mapping[str, Sequence[str]], kind: OneOf["query", "update"] | None) -> DatasetClause:
    for other, names in _GRAPHS.items():
        for name in names:
            if name in values and kind is not None and other != kind:
                raise InputError(f"{name!r} is for {other} requests; for the {kind} use {' and '.join(_GRAPHS[kind])}.")
    graphs = _GRAPHS[kind or "query"]
    default, named = (_read_iris(name, values[name]) if name in values else None for name in graphs)
    return DatasetClause(default, named)


def _read_iris(name: str, values: Sequence[str]) -> tuple[NamedNode, ...]:
    found = []
    for value in values:
        try:
            found.append(NamedNode(value))
        except ValueError as error:
            raise ParameterError(name, f"{value!r} is not an absolute IRI: {error}") from error
    return tuple(found)


def _read_seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise ParameterError("timeout", f"it is a number of seconds above 0, not {text!r}")
    return seconds


# --- answering


def _query(asked: Operation) -> Response:
    chosen = choose(request.headers.get("Accept", ""), asked.format)
    formats = {kind: offer.format for kind, offer in chosen.items()}
    labels = {offer.format: offer.content_type for offer in chosen.values()}
    with _based(asked.text) as text:
        question = Question(text, formats, asked.dataset, current().limits(asked.seconds), prefixes={})
        answer = current().pool_of(question).ask(question, has_client_left())
    return respond(answer, labels[answer.format])


def _update(asked: Operation) -> Response:
    service, settings = current(), current().config.remote
    remote = allow_hosts(settings.hosts, settings.timeout_seconds, settings.max_mb)
    limits = service.limits(asked.seconds)
    with _based(asked.text) as text:
        count = run_update_within(
            limits, service.owner, service.pool, text, asked.dataset, {}, remote, has_client_left()
        )
    note_change(added=count.added, removed=count.removed)
    return jsonify(added=count.added, removed=count.removed, notice=count.notice)


@contextmanager
def _based(text: str) -> Iterator[str]:
    """Yield a request in which relative IRIs mean those of the home (SPARQL 1.1 Query, 4.1.1.2; RFC 3986, 5.1.4).

    An error in the block keeps the place that it has in the text as it was sent.
    """
    if not _RELATIVE.search(text):
        yield text
        return
    declaration = f"BASE <{current().owner.minter.base}> "
    try:
        yield declaration + text
    except QuerySyntaxError as error:
        if error.line != 1 or error.column is None or error.column <= len(declaration):
            raise
        raise QuerySyntaxError(error.language, error.reason, 1, error.column - len(declaration)) from error


def _describe(wanted: str) -> Response:
    accept = request.headers.get("Accept", "")
    if not wanted and prefers_page(accept):
        page = query_page()
        page.vary.add("Accept")
        return page
    offer = choose_offer(accept, GRAPH_OFFERS, wanted)
    service = current()
    merged = service.config.home.dataset == "merged"
    remote = bool(service.config.remote.hosts.split())
    document = describe_service(request.base_url, offer.format, merged, remote)
    return respond([document], offer.content_type)
