"""Answers on their way out: in pieces, packed where the client takes it, broken off where they fail.

The beginning is held back until `_HELD` bytes are there or the answer is whole. So an error that comes
early still gets its own status, and a small answer its length, which lets the connection live on. After
that, an error can only be said by leaving the chunked body unfinished (RFC 9112, 8): the client then
knows that the answer is not whole, whatever its format.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Iterator

from flask import Response, g, request

from kg.errors import KgError

__all__ = ["AnswerBrokenError", "respond"]

_logger = logging.getLogger(__name__)

_HELD = 1 << 20
"""Bytes; what the readers hold back too, so that nothing waits here for long."""
_WORTH_PACKING = 1024
_LEVEL = 3
"""Of zlib: at this level packing keeps up with the readers, and results pack well anyhow."""
_GZIP = zlib.MAX_WBITS | 16


class AnswerBrokenError(OSError):
    """An answer failed after its first bytes were sent; the server closes the connection.

    An OSError, because waitress takes one for a broken connection: it ends the connection and no more.
    """


def respond(pieces: Iterable[bytes], content_type: str, status: int = 200) -> Response:
    """Return an answer as a response; `pieces` is closed when it has been sent, or earlier.

    Raises:
        KgError: the answer failed before its first bytes were sent.
    """
    iterator = iter(pieces)
    held, whole = _begin(pieces, iterator)
    packs = request.accept_encodings.quality("gzip") > 0 and (not whole or len(held) > _WORTH_PACKING)
    if whole:
        response = Response(_packed_whole(held) if packs else held, status)
    elif request.method == "HEAD":
        _close(pieces)
        response = Response(status=status)
        # The length is not known; without this, Flask would say 0.
        response.headers.pop("Content-Length", None)
        response.automatically_set_content_length = False
    else:
        request_id = g.get("request_id", "-")
        sent = _Sent(pieces, _packed(_chain(held, iterator)) if packs else _chain(held, iterator), request_id)
        response = Response(sent, status, direct_passthrough=True)
    response.headers["Content-Type"] = content_type
    response.vary.update(("Accept", "Accept-Encoding"))
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    return response


class _Sent(Iterator[bytes]):
    """The pieces that waitress asks for, and the end of the answer, however it comes."""

    def __init__(self, answer: Iterable[bytes], pieces: Iterator[bytes], request_id: str) -> None:
        self._answer, self._pieces, self._request_id = answer, pieces, request_id

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except KgError as error:
            _logger.warning("id=%s answer broken off: %s: %s", self._request_id, type(error).__name__, error)
            raise AnswerBrokenError(str(error)) from error

    def close(self) -> None:
        _close(self._answer)


def _begin(answer: Iterable[bytes], pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """Return the first bytes of an answer, and whether they are all."""
    held = bytearray()
    try:
        for piece in pieces:
            held += piece
            if len(held) >= _HELD:
                return bytes(held), False
    except BaseException:
        _close(answer)
        raise
    _close(answer)
    return bytes(held), True


def _chain(held: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield held
    yield from pieces


def _packed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _packed_whole(body: bytes) -> bytes:
    return zlib.compress(body, _LEVEL, wbits=_GZIP)


def _close(answer: object) -> None:
    close = getattr(answer, "close", None)
    if close is not None:
        close()
