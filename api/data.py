"""`/data`: the SPARQL 1.1 Graph Store HTTP Protocol.

A graph is named by `?graph=IRI` or `?default`, or directly: `/data/some/path` is the graph whose IRI is the
address itself (section 4.1). `POST /data` without a name makes a new graph. In a merged dataset the default
graph is written as `…/graph/user` and read as the merge of all graphs.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from api.access import Access, access
from api.audit import note_change
from api.bodies import media_type, read_body, read_parameters
from api.negotiation import Offer, choose_offer, graph_offers
from api.operations import body, describe, operation, parameter
from api.problems import UnsupportedMediaTypeError
from api.service import current, has_client_left
from api.streaming import respond
from kg.errors import InputError, NotFoundError
from kg.exchange.graph_store import GraphCount, delete_graph, merge_graph, put_graph, read_graph, target_graph
from kg.graph import KnowledgeGraph
from kg.limits import Deadline
from kg.rdf import FORMATS, DefaultGraph, NamedNode, Quad, RdfFormat
from kg.results import DatasetClause
from kg.serving.pool import Question

__all__ = ["blueprint"]

blueprint = Blueprint("data", __name__)

_FORM = "multipart/form-data"
_SYNTAXES = ("turtle", "ntriples", "rdfxml", "jsonld")
_OFFERS = graph_offers(*_SYNTAXES)
_READ: Mapping[str, RdfFormat] = {
    # Turtle can be sent to who wants N3, but not read where N3 is meant, which is more.
    **{offer.media_type: FORMATS[offer.format] for offer in _OFFERS if "n3" not in offer.media_type},
    "": RdfFormat.RDF_XML,  # what a body without a media type is (section 5.3)
}
_KNOWN = tuple(offer.media_type for offer in _OFFERS[: len(_SYNTAXES)])
_DATASETS = tuple(offer.media_type for offer in graph_offers("trig", "nquads"))
_MAX_PARTS = 100

_GRAPH = parameter("graph", "The IRI of the graph.", {"type": "string", "format": "iri"})
_DEFAULT = parameter("default", "The default graph; without a value.", {"type": "string", "enum": [""]})
_PATH = parameter("path", "The graph's IRI is the address.", {"type": "string", "minLength": 1}, "path")
_FORMAT = parameter("format", "A media type or a short name as `turtle`; goes before Accept.")
_WRITE_ERRORS = (400, 401, 413, 415, 503, 504)
_GET = operation(
    "Read a graph",
    [_GRAPH, _DEFAULT, _FORMAT],
    answers={200: ("The graph", dict.fromkeys(offer.media_type for offer in _OFFERS))},
    errors=(400, 401, 404, 406, 413, 422, 503, 504),
)
_PUT = operation(
    "Replace a graph",
    [_GRAPH, _DEFAULT],
    body(_KNOWN),
    {201: ("The graph was made", ()), 204: ("It was replaced; by an empty document: there is none", ())},
    _WRITE_ERRORS,
)
_POST = operation(
    "Merge into a graph, or make a new one",
    [_GRAPH, _DEFAULT],
    body([*_KNOWN, _FORM]),
    {
        201: ("The graph was made; of one without a name, Location is the address", ()),
        204: ("The triples were added", ()),
    },
    _WRITE_ERRORS,
)
_DELETE = operation(
    "Delete a graph", [_GRAPH, _DEFAULT], answers={204: ("The graph is gone", ())}, errors=(400, 401, 404, 503, 504)
)


def _direct(described: Mapping[str, object]) -> Mapping[str, object]:
    """Return an operation on a graph that the path names."""
    parameters = [_PATH, _FORMAT] if described is _GET else [_PATH]
    return {**described, "parameters": parameters}


@blueprint.route("/data", methods=["GET", "PUT", "POST", "DELETE"])
@access(Access.WRITES, GET=Access.READS)
@describe(GET=_GET, PUT=_PUT, POST=_POST, DELETE=_DELETE)
def data() -> Response:
    """Read or change the graph that the parameters name."""
    values = read_parameters()
    graphs = [value for name, value in values if name == "graph"]
    default = [value for name, value in values if name == "default"]
    _refuse_unknown(values, ("graph", "default", "format", "output"))
    if len(graphs) + len(default) > 1:
        raise InputError("The address names more than one graph; send one of ?graph=IRI and ?default, once.")
    if default:
        if default[0]:
            raise InputError(f"?default takes no value, and has {default[0]!r}. A graph is named by ?graph=IRI.")
        return _act(DefaultGraph())
    if graphs:
        return _act(_graph_name(graphs[0]))
    if request.method == "POST":
        return _make()
    raise InputError("Which graph? Send ?graph=IRI or ?default; all graphs together are written by `kg export`.")


@blueprint.route("/data/<path:path>", methods=["GET", "PUT", "POST", "DELETE"])
@access(Access.WRITES, GET=Access.READS)
@describe(GET=_direct(_GET), PUT=_direct(_PUT), POST=_direct(_POST), DELETE=_direct(_DELETE))
def graph_at(path: str) -> Response:
    """Read or change the graph whose IRI is the address of the request."""
    _refuse_unknown(read_parameters(), ("format", "output"))
    return _act(_graph_name(_address(quote(path, safe="/:@!$&'()*+,;=~"))))


def _refuse_unknown(values: list[tuple[str, str]], known: tuple[str, ...]) -> None:
    unknown = next((name for name, _ in values if name not in known), None)
    if unknown is not None:
        raise InputError(f"No parameter is called {unknown!r} here. Known: {', '.join(known)}.")


def _address(path: str) -> str:
    """Return the address of a graph of our own."""
    if "Host" not in request.headers:  # HTTP/1.0 may leave it out
        raise InputError("The graph's address is its IRI, and the request has no header `Host`; or send ?graph=IRI.")
    return f"{request.host_url}data/{path}"


def _graph_name(text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise InputError(f"The graph {text!r} is no absolute IRI: {error}.") from error


def _act(name: NamedNode | DefaultGraph) -> Response:
    acts: Mapping[str, Callable[[NamedNode | DefaultGraph], Response]] = {
        "PUT": _put,
        "POST": _post,
        "DELETE": _delete,
    }
    return acts.get(request.method, _get)(name)


# --- reading


def _get(name: NamedNode | DefaultGraph) -> Response:
    """Answer with a graph; one that holds nothing does not exist, but the default graph always does."""
    limits = current().limits()
    wanted = request.args.get("format") or request.args.get("output") or ""
    offer: Offer = choose_offer(request.headers.get("Accept", ""), _OFFERS, wanted)
    dataset = DatasetClause() if isinstance(name, DefaultGraph) else DatasetClause((name,), ())
    if isinstance(name, NamedNode):
        asked = current().pool.ask(Question("ASK { ?s ?p ?o }", {"boolean": "json"}, dataset, limits))
        if b"true" not in b"".join(asked):
            raise NotFoundError("graph", name.value)
    text = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    answer = current().pool.ask(Question(text, {"graph": offer.format}, dataset, limits), has_client_left())
    return respond(answer, offer.content_type)


# --- writing


def _put(name: NamedNode | DefaultGraph) -> Response:
    target = _target(name)
    if media_type() == _FORM:
        raise UnsupportedMediaTypeError(f"A graph is replaced by one document; {_FORM} is for POST.")
    quads = _read(read_body(), _syntax(media_type()), target, name, merges=False)
    return _written(name, _commit(lambda graph, until: put_graph(graph, target, quads, until)))


def _post(name: NamedNode | DefaultGraph) -> Response:
    target = _target(name)
    quads = _sent_quads(target, name)
    return _written(name, _commit(lambda graph, until: merge_graph(graph, target, quads, until)))


def _make() -> Response:
    """Make a graph at an address of its own (section 5.5)."""
    name = NamedNode(_address(str(uuid.uuid4())))
    note_change(graph=name.value)
    quads = _sent_quads(name, name)
    if not quads:
        raise InputError("The document holds no triples, and there are no empty graphs here.")
    _commit(lambda graph, until: put_graph(graph, name, quads, until))
    response = _empty(201)
    response.headers["Location"] = name.value
    return response


def _delete(name: NamedNode | DefaultGraph) -> Response:
    target, is_default = _target(name), isinstance(name, DefaultGraph)
    return _written(name, _commit(lambda graph, until: delete_graph(graph, target, is_default, until)))


def _target(name: NamedNode | DefaultGraph) -> NamedNode | DefaultGraph:
    owner = current().owner
    note_change(graph="default" if isinstance(name, DefaultGraph) else name.value)
    return target_graph(owner.minter, owner.dataset, name)


def _commit(write: Callable[[KnowledgeGraph, Deadline], GraphCount]) -> GraphCount:
    """Write in the time that a query has too, once it is its turn: whoever writes next waits for it."""
    with current().owner.writing() as graph:
        count = write(graph, Deadline(current().limits().seconds))
    note_change(added=count.added, removed=count.removed)
    return count


def _written(name: NamedNode | DefaultGraph, count: GraphCount) -> Response:
    return _empty(201 if count.created and count.added and isinstance(name, NamedNode) else 204)


def _empty(status: int) -> Response:
    response = Response(status=status)
    response.headers.pop("Content-Type", None)
    return response


# --- documents


def _sent_quads(target: NamedNode | DefaultGraph, name: NamedNode | DefaultGraph) -> frozenset[Quad]:
    """Return the triples of a POST: of one document, or of the files of a form (section 5.5)."""
    if media_type() != _FORM:
        return _read(read_body(), _syntax(media_type()), target, name, merges=True)
    found: set[Quad] = set()
    for part in _parts(read_body()):
        found |= _read(bytes(part.content), _syntax(part.media_type), target, name, merges=True, source=part.name)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    media_type: str
    content: bytearray


def _parts(content: bytes) -> list[_Part]:
    """Return the parts of a form. Flask itself takes a part without a file name for text, and drops its type."""
    decoder = MultipartDecoder(request.mimetype_params.get("boundary", "").encode("latin-1"), max_parts=_MAX_PARTS)
    decoder.receive_data(content)
    decoder.receive_data(None)  # that is all
    parts: list[_Part] = []
    try:
        while not isinstance(event := decoder.next_event(), Epilogue | NeedData):
            if isinstance(event, Field | File):
                name = event.filename if isinstance(event, File) else event.name
                parts.append(_Part(name or event.name, _part_type(event.headers.get("Content-Type", "")), bytearray()))
            elif isinstance(event, Data):
                parts[-1].content.extend(event.data)
    except RequestEntityTooLarge as error:
        raise InputError(f"The form has more than {_MAX_PARTS} parts, and no more are read.") from error
    except ValueError as error:
        raise InputError(f"The body is no {_FORM}: {error}.") from error
    if isinstance(event, NeedData):
        raise InputError(f"The body is no whole {_FORM}: its last boundary is missing.")
    return parts


def _part_type(header: str) -> str:
    found, options = parse_options_header(header)
    charset = options.get("charset", "utf-8")
    if re.sub("[-_]", "", charset.lower()) not in ("utf8", "usascii"):
        raise UnsupportedMediaTypeError(f"A part's charset is {charset!r}; send UTF-8.")
    return found.lower()


def _syntax(sent: str) -> RdfFormat:
    if sent in _READ:
        return _READ[sent]
    known = ", ".join(_KNOWN)
    if sent in _DATASETS:
        advice = "it holds a dataset, and this is for the triples of one graph; such a file is read by `kg import`"
        raise UnsupportedMediaTypeError(f"{sent}: {advice}. Read here: {known}.")
    raise UnsupportedMediaTypeError(f"No RDF syntax is called {sent!r} here. Read: {known}.")


def _read(
    content: bytes,
    rdf_format: RdfFormat,
    target: NamedNode | DefaultGraph,
    name: NamedNode | DefaultGraph,
    merges: bool,
    source: str = "body",
) -> frozenset[Quad]:
    """Read a document; what it says relative to itself is relative to the graph."""
    base = name.value if isinstance(name, NamedNode) else request.base_url
    until = Deadline(current().limits().seconds)
    return read_graph(content.removeprefix(b"\xef\xbb\xbf"), rdf_format, target, base, source, merges, until)
