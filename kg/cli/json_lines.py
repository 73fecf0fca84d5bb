"""A JSON document as one line of output."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["json_line"]


def json_line(document: Mapping[str, Any]) -> str:
    """Write a document; half a surrogate pair, which an id that was read can hold, is no text but as an escape."""
    written = json.dumps(document, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(document)
    return written
