"""`/api/neighbours` and `/api/paths`: what is around a thing, and how two things hang together."""

from __future__ import annotations

from flask import Blueprint, Response

from api.access import Access, access
from api.bodies import read_parameters
from api.documents import ERRORS, ask_reader, parse_choice, parse_texts
from api.operations import describe, operation, parameter
from api.paging import NOT_CHANGED
from api.scalars import Values, check_names, parse_text, parse_whole
from kg.browsing.requests import NeighboursRequest, PathsRequest
from kg.errors import InputError

__all__ = ["blueprint"]

blueprint = Blueprint("neighbours", __name__, url_prefix="/api")

_JSON = ["application/json"]
_MOST_STEPS = 3
_USUAL_NODES, _MOST_NODES = 50, 500
_USUAL_PATHS, _MOST_PATHS = 3, 100

_OF = parameter("of", "What is in the middle: an IRI, a name, or a note's path or `id`.", required=True)
_HOPS = parameter(
    "hops",
    "How many statements away.",
    {"type": "integer", "minimum": 1, "maximum": _MOST_STEPS, "default": 1},
)
_RELATION = parameter(
    "relation",
    "Only over this property, one below it, or an inverse: an IRI, a label or a local name. May be given repeatedly.",
    {"type": "array", "items": {"type": "string"}},
)
_NODES = parameter(
    "limit",
    "How many nodes at most, besides the one in the middle.",
    {"type": "integer", "minimum": 0, "maximum": _MOST_NODES, "default": _USUAL_NODES},
)
_FROM = parameter("from", "Where the paths begin: an IRI, a name, or a note's path or `id`.", required=True)
_TO = parameter("to", "Where they end.", required=True)
_LONGEST = parameter(
    "longest",
    "The most steps of a path.",
    {"type": "integer", "minimum": 1, "maximum": _MOST_STEPS, "default": _MOST_STEPS},
)
_K = parameter(
    "k", "How many at most.", {"type": "integer", "minimum": 0, "maximum": _MOST_PATHS, "default": _USUAL_PATHS}
)


@blueprint.get("/neighbours")
@access(Access.READS)
@describe(
    GET=operation(
        "See what is around a thing",
        [_OF, _HOPS, _RELATION, _NODES],
        answers={
            200: (
                "The IRI of the `center`; `nodes`, the nearest first, each with its `name`, `classes`, `kind` and "
                "`distance`; all statements between them (`edges`); and whether that is all there is (`is_whole`)",
                _JSON,
            ),
            304: NOT_CHANGED,
        },
        errors=ERRORS,
        description="A note and what it describes are one node. What more than 500 statements lead to is shown, and "
        "not walked through, unless it is in the middle.",
    )
)
def neighbours() -> Response:
    """Answer with the nodes and edges around a thing."""
    values = read_parameters()
    check_names(values, ("of", "hops", "relation", "limit"))
    hops = _steps(values, "hops", 1)
    limit = parse_whole(values, "limit", _USUAL_NODES, _MOST_NODES)
    return ask_reader(NeighboursRequest(_needed(values, "of"), hops, limit, parse_texts(values, "relation")))


@blueprint.get("/paths")
@access(Access.READS)
@describe(
    GET=operation(
        "Find paths between two things",
        [_FROM, _TO, _LONGEST, _K],
        answers={
            200: (
                "`paths`, those that say most first, each in `words` and as `steps` with their sentences; both ends "
                "(`from`, `to`)",
                _JSON,
            ),
            304: NOT_CHANGED,
        },
        errors=ERRORS,
        description="A path says most where it is short and leads past things that few others lead to.",
    )
)
def paths() -> Response:
    """Answer with the paths between two things."""
    values = read_parameters()
    check_names(values, ("from", "to", "longest", "k"))
    longest, k = _steps(values, "longest", _MOST_STEPS), parse_whole(values, "k", _USUAL_PATHS, _MOST_PATHS)
    return ask_reader(PathsRequest(_needed(values, "from"), _needed(values, "to"), longest, k))


def _needed(values: Values, name: str) -> str:
    given = parse_text(values, name)
    if given is None:
        raise InputError(f"Say {name}=: an IRI, a name, or a note's path or id.")
    return given


def _steps(values: Values, name: str, usual: int) -> int:
    choices = tuple(str(number) for number in range(1, _MOST_STEPS + 1))
    given = parse_choice(values, name, choices)
    return usual if given is None else int(given)
