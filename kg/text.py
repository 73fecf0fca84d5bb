"""From a document to the runs of text that are analysed: language by script, and one line of text each.

The language is chosen for each sentence: a run with Han characters is Chinese, any other goes to the
trained pipeline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kg.model import Block, Document

__all__ = ["Segment", "compact", "count_words", "has_han", "may_be_term", "segments"]

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]+")
_CHINESE_SENTENCE = re.compile(
    r"(?:[^。！？!?；;\n\r.]|\.(?!\s+[\u3400-\u9fff\uf900-\ufaff]))+(?:[。！？!?；;]+|\.(?=\s+))?|[。！？!?；;.]+"
)
"""A full stop ends a sentence of a Chinese block where Chinese follows."""
_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+(?:['’.-]\w+)*")
_SPACES = re.compile(r"\s+")

_SHORT_NAME = re.compile(r"[A-Z][+#]+")
_NUMBERS_ONLY = re.compile(r"[\d\s./年月日_-]+")
_NO_TERMS = frozenset({"readme", "index", "untitled", "todo", "inbox"})
_MIN_LETTERS = 3

_MIN_ENGLISH_WORDS = 3
"""A run without Han characters inside a Chinese block is English from this many Latin words on."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of one language inside a block; a Chinese segment is one sentence."""

    start: int
    end: int
    language: str
    block: Block


def has_han(text: str) -> bool:
    """Tell whether a text holds a Chinese character."""
    return _HAN.search(text) is not None


def count_words(text: str) -> int:
    """Count words: runs of letters and digits, and each Han character as one."""
    return sum(1 for _ in _WORD.finditer(text))


def may_be_term(name: str) -> bool:
    """Tell whether a name may be looked for in text, by its form alone (DESIGN §11.9).

    Dates, README and the like, and names of fewer than three letters may not; `C#` and `C++` may.
    """
    stripped = name.strip()
    if _NUMBERS_ONLY.fullmatch(stripped):
        return False
    if has_han(stripped):
        return len(stripped) > 1
    letters = sum(character.isalnum() for character in stripped)
    is_long = letters >= _MIN_LETTERS and stripped.casefold() not in _NO_TERMS
    return is_long or _SHORT_NAME.fullmatch(stripped) is not None


def segments(document: Document) -> Iterator[Segment]:
    """Yield the segments of a document in text order; empty ones are left out."""
    for block in document.blocks:
        text = document.text[block.start : block.end]
        if not has_han(text):
            if text.strip():
                yield Segment(block.start, block.end, "en", block)
            continue
        for match in _CHINESE_SENTENCE.finditer(text):
            piece = match[0]
            if not piece.strip():
                continue
            start = block.start + match.start() + len(piece) - len(piece.lstrip())
            english = not has_han(piece) and len(_LATIN_WORD.findall(piece)) >= _MIN_ENGLISH_WORDS
            yield Segment(start, start + len(piece.strip()), "en" if english else "zh", block)


def compact(text: str, start: int, end: int) -> tuple[str, list[int] | range]:
    """Collapse runs of white space in `text[start:end]` to single spaces.

    Returns the text and, for each of its characters, the position in `text` it came from.
    """
    piece = text[start:end]
    if "  " not in piece and "\n" not in piece and "\t" not in piece and "\r" not in piece:
        return piece, range(start, end)
    parts: list[str] = []
    positions: list[int] = []
    last = 0
    for match in _SPACES.finditer(piece):
        parts += (piece[last : match.start()], " ")
        positions.extend(range(start + last, start + match.start() + 1))
        last = match.end()
    parts.append(piece[last:])
    positions.extend(range(start + last, end))
    return "".join(parts), positions
