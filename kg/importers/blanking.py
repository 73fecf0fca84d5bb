"""Spaces instead of text, so that every position stays."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["blank_spans"]

_NOT_NEWLINE = re.compile(r"[^\r\n]+")


def blank_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Put spaces for everything in some spans, which are in order, but the newlines."""
    parts: list[str] = []
    position = 0
    for start, end in spans:
        parts += (text[position:start], _NOT_NEWLINE.sub(lambda match: " " * len(match[0]), text[start:end]))
        position = end
    return "".join((*parts, text[position:])) if parts else text
