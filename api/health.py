"""What whoever watches the server asks: does it answer, can it answer questions, which version is it."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, jsonify

from api.access import Access, access
from api.operations import describe, operation
from api.problems import problem
from api.service import current
from kg import __version__
from kg.errors import KgError, StoreError

__all__ = ["blueprint"]

_logger = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access(Access.PUBLIC)
@describe(GET=operation("Tell that the server lives", answers={200: ("It lives", ["application/json"])}))
def healthz() -> Response:
    """Answer at all: the process lives."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Tell whether a question can be answered", answers={200: ("It can", ["application/json"])}, errors=(503,)
    )
)
def readyz() -> Response:
    """Answer if a question could be answered now: the store can be read, and limits hold. If not, the log says why.

    Nobody is told here, for it needs no token, and the reason may name the home and what is in it.
    """
    try:
        current().owner.lease(wait=0).release()
        if not current().pool.is_watched:
            raise StoreError("Nothing watches over the limits of queries.")
    except KgError as error:
        _logger.warning("not ready: %s: %s", type(error).__name__, error)
        return problem(503, "about:blank", "Service Unavailable", "No question can be answered now.")
    return jsonify(status="ok")


@blueprint.get("/version")
@access(Access.PUBLIC)
@describe(GET=operation("Name the program and its version", answers={200: ("They", ["application/json"])}))
def version() -> Response:
    """Name the program and its version."""
    return jsonify(name="noemata", version=__version__)
