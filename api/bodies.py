"""What a request sends: its body, unpacked and bounded, also as JSON, and its parameters, strictly UTF-8."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import IO, Any, NoReturn
from urllib.parse import parse_qsl

from flask import request

from api.problems import UnsupportedMediaTypeError
from api.service import current
from kg.errors import InputError, RequestTooLargeError

__all__ = ["FORM", "JSON", "media_type", "parse_parameters", "read_body", "read_json", "read_parameters", "read_text"]

FORM = "application/x-www-form-urlencoded"
"""The media type of parameters in a body."""
JSON = "application/json"

_PIECE = 64 * 1024
_MB = 1_000_000
_MAX_PARAMETERS = 10_000
_UTF_8 = ("utf-8", "utf8", "us-ascii")


def media_type() -> str:
    """Return the media type of the request's body in lower case, without parameters; empty if none is given.

    Raises:
        UnsupportedMediaTypeError: it has a charset other than UTF-8.
    """
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _UTF_8:
        raise UnsupportedMediaTypeError(f"The body's charset is {charset!r}; send UTF-8.")
    return request.mimetype


def read_body() -> bytes:
    """Return the request's body, unpacked.

    Raises:
        RequestTooLargeError: it is larger than `serve.max_request_mb`, packed or unpacked.
        UnsupportedMediaTypeError: its Content-Encoding is not read here.
        InputError: it does not unpack.
    """
    megabytes = current().config.serve.max_request_mb
    limit = megabytes * _MB or None
    if limit is not None and (request.content_length or 0) > limit:
        raise RequestTooLargeError(megabytes)
    encodings = [each.strip().lower() for each in request.headers.get("Content-Encoding", "").split(",")]
    pieces = _pieces(request.stream)
    # Applied in the order they are listed, so undone from the last (RFC 9110, 8.4).
    for encoding in reversed(encodings):
        pieces = _unpacked(pieces, encoding)
    body = bytearray()
    for piece in pieces:
        body += piece
        if limit is not None and len(body) > limit:
            raise RequestTooLargeError(megabytes)
    return bytes(body)


def read_text() -> str:
    """Return the request's body as text.

    Raises:
        InputError: it is not UTF-8, or as `read_body` says.
    """
    body = read_body()
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise InputError(f"The body is not UTF-8: byte {error.start} is {body[error.start]:#04x}.") from error


def read_json(media_types: tuple[str, ...]) -> Any:
    """Return the request's body; None for an empty one.

    Raises:
        UnsupportedMediaTypeError: it is of another media type. InputError: it is no JSON.
    """
    sent = media_type()
    if sent not in media_types:
        said = f"is {sent}" if sent else "is not said"
        raise UnsupportedMediaTypeError(f"The body's media type {said}; send {' or '.join(media_types)}.")
    text = read_text().removeprefix("\ufeff")
    if not text.strip():
        return None
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(document, ensure_ascii=False).encode()
    except RecursionError as error:
        raise InputError("The body is nested too deeply.") from error
    except UnicodeEncodeError as error:
        raise InputError("The body holds half of a character: a lone surrogate.") from error
    except ValueError as error:
        raise InputError(f"The body is no JSON: {error}.") from error
    if document is None:
        raise InputError("The body is null, and no object.")
    return document


def read_parameters() -> list[tuple[str, str]]:
    """Return the parameters in the request's address, as `parse_parameters`."""
    return parse_parameters(request.query_string.decode("latin-1"))


def parse_parameters(text: str) -> list[tuple[str, str]]:
    """Return the pairs of a query string or of a form, in order, empty values too.

    Raises:
        InputError: a value is not percent-encoded UTF-8, or there are too many.
    """
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except UnicodeDecodeError as error:
        raise InputError(f"The parameters are not percent-encoded UTF-8: {error.reason}.") from error
    except ValueError as error:
        raise InputError(f"The request has more than {_MAX_PARAMETERS} parameters.") from error


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _pieces(stream: IO[bytes]) -> Iterable[bytes]:
    while piece := stream.read(_PIECE):
        yield piece


def _unpacked(pieces: Iterable[bytes], encoding: str) -> Iterable[bytes]:
    if encoding in ("", "identity"):
        return pieces
    if encoding in ("gzip", "x-gzip"):
        return _inflated(pieces, zlib.MAX_WBITS | 16)
    if encoding == "deflate":
        return _inflated(pieces, zlib.MAX_WBITS)
    raise UnsupportedMediaTypeError(f"Content-Encoding {encoding!r} is not read here; send gzip, deflate or none.")


def _inflated(pieces: Iterable[bytes], window: int) -> Iterable[bytes]:
    """Yield what a packed body holds in small pieces, so that whoever counts them can stop in time."""
    inflater = zlib.decompressobj(window)
    try:
        for piece in pieces:
            packed = piece
            while packed:
                if inflater.eof:  # a gzip file may have several members
                    inflater = zlib.decompressobj(window)
                yield inflater.decompress(packed, _PIECE)
                packed = inflater.unconsumed_tail or inflater.unused_data
        yield inflater.flush()
    except zlib.error as error:
        raise InputError(f"The body does not unpack: {error}.") from error
    if not inflater.eof:
        raise InputError("The body does not unpack: it ends too early.")
