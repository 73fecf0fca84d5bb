"""What other `kg` commands on the home ask of its server: a checkpoint to read, or the store for their turn.

Both answer at once or with "not now" (503), so that a command can tell a server that writes from one that is stuck.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from api.access import Access, access
from api.operations import describe, operation
from api.service import current

__all__ = ["blueprint"]

blueprint = Blueprint("turns", __name__, url_prefix="/api/store")

_WAIT_SECONDS = 1.0


@blueprint.post("/checkpoint")
@access(Access.WRITES)
@describe(
    POST=operation(
        "Offer the store as it is now", answers={200: ("Where it lies", ["application/json"])}, errors=(401, 503)
    )
)
def checkpoint() -> Response:
    """Name a checkpoint, a folder in the home's `checkpoint/`, that holds all that was committed.

    It is the caller's to lock; without a lock it goes with the next change.
    """
    lease = current().owner.lease(_WAIT_SECONDS)
    lease.release()
    return jsonify(folder=lease.folder.name)


@blueprint.post("/lend")
@access(Access.WRITES)
@describe(
    POST=operation("Let another command have the store", answers={204: ("It may take it", ())}, errors=(401, 503))
)
def lend() -> tuple[str, int]:
    """Let go of the store, so that the caller can lock it."""
    current().owner.lend(_WAIT_SECONDS)
    return "", 204
