"""Parts of texts that are short enough for a model of text vectors."""

from __future__ import annotations

import re

__all__ = ["chunks"]

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\s\u3400-\u9fff\uf900-\ufaff]+")
_LONGEST = 64
"""Characters. What is longer without a space is no word: data, or an address."""


def chunks(text: str, words: int = 100, most: int = 4) -> list[str]:
    """Return the first parts of a text, each of so many words, the last of fewer.

    A Han character counts as one word. Runs of white space become one space; what has no space for more than 64
    characters is left out.

    Args:
        most: how many parts at most; what comes behind them is left out.

    Returns:
        empty for a text without words.
    """
    parts: list[str] = []
    held: list[str] = []
    count, end = 0, 0
    for match in _WORD.finditer(text):
        if match.end() - match.start() > _LONGEST:
            continue
        if count == words:
            parts.append("".join(held).strip())
            held, count = [], 0
            if len(parts) == most:
                return parts
        if match.start() > end:
            held.append(" ")
        held.append(match[0])
        count, end = count + 1, match.end()
    return [*parts, "".join(held).strip()] if held else parts
