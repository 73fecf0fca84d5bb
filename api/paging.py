"""Answers that come in parts: which part a request asks for, and whether the client has it already."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response, request

from api.operations import parameter
from api.scalars import check_names, parse_whole

__all__ = ["LIMIT", "NOT_CHANGED", "OFFSET", "document", "limit_up_to", "read_page"]

NOT_CHANGED: tuple[str, Sequence[str]] = ("Nothing has changed since the answer with that ETag", ())
"""What 304 says in the description."""

_MOST = 10_000
_USUAL = 100


def limit_up_to(most: int) -> Mapping[str, Any]:
    """Return the parameter `limit` with another largest value than usual."""
    schema = {"type": "integer", "minimum": 0, "maximum": most, "default": _USUAL}
    return parameter("limit", "How many at most.", schema)


LIMIT = limit_up_to(_MOST)
OFFSET = parameter("offset", "How many are left out before.", {"type": "integer", "minimum": 0, "default": 0})


def read_page(values: Sequence[tuple[str, str]], others: Iterable[str], most: int = _MOST) -> tuple[int, int]:
    """Return `limit` and `offset` of the parameters of a request.

    Args:
        others: further parameters that there are. most: the largest limit, if another than usual.

    Raises:
        InputError: there is no such parameter, one of the two is given twice or is no number in its range.
    """
    check_names(values, ("limit", "offset", *others))
    return parse_whole(values, "limit", _USUAL, most), parse_whole(values, "offset", 0, 1 << 53)


def document(pieces: Iterable[bytes]) -> Response:
    """Return an answer in JSON with an ETag; 304 without it where the client has the same already.

    The tag is a digest of the answer: whoever changes what it says, here or on a server of the store, changes the tag.
    """
    content = b"".join(pieces)
    response = Response(content, content_type="application/json")
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.make_conditional(request)
    return response
