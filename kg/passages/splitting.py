"""From the text of a note to its passages: short blocks under one heading together, long ones in parts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.passages.blocks import TextBlock, blocks
from kg.passages.visible import visible

__all__ = ["Passage", "passages"]

_ENOUGH = 80
"""Words. Neighbours are put together up to here."""
_MOST = 160
"""Words. A longer block is parted; a model of text vectors reads some hundred words well."""

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W\u3400-\u9fff\uf900-\ufaff]+(?:['’.-]\w+)*")
"""As `kg.text.count_words` counts them: each Han character is one."""
_SENTENCE_END = re.compile(
    r"[。！？；][”’」』）]*|(?<!\b[A-Z])(?<!\b(?:Dr|Mr|Ms|St|vs|no|al))(?<!\b(?:Mrs|e\.g|i\.e|etc))[.!?][\"'”’)\]*_]*(?=\s)"
)
_SPACES = re.compile(r"\s*")
_PARTS_END = re.compile(r"[，、,;:：]")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a note's text: `text[start:end]`, in code points; `ordinal` counts from 0.

    `headings` are those that it stands under, outermost first, without markup.
    """

    ordinal: int
    start: int
    end: int
    headings: tuple[str, ...]


def passages(text: str) -> list[Passage]:
    """Return the passages of a note's text, in order; they do not overlap. A text without words has none.

    A passage is a paragraph, a list, a table or code; short ones under one heading are together, long ones are
    parted between sentences, items, rows or lines. Every word that a reader sees is in exactly one of them, but for
    headings with something below, which are in the paths of their passages. What `visible` blanks is in none, unless
    it stands inside a paragraph.
    """
    seen = visible(text)
    found: list[Passage] = []
    for headings, section in _sections(seen):
        for start, end in _parts(seen, section):
            found.append(Passage(len(found), start, end, headings))
    return found


def _sections(text: str) -> Iterator[tuple[tuple[str, ...], list[TextBlock]]]:
    """Yield the blocks between headings with the path of these; a heading without anything below is a block itself."""
    path: list[TextBlock] = []
    held: list[TextBlock] = []
    for block in [*blocks(text), None]:
        if block is not None and block.kind != "heading":
            if _count(text, block.start, block.end):
                held.append(block)
            continue
        if held:
            yield tuple(each.name for each in path), held
            held = []
        elif path and (block is None or block.level <= path[-1].level) and _count(text, path[-1].start, path[-1].end):
            yield tuple(each.name for each in path[:-1]), [path[-1]]
        if block is not None:
            while path and path[-1].level >= block.level:
                path.pop()
            path.append(block)


def _parts(text: str, section: Sequence[TextBlock]) -> Iterator[tuple[int, int]]:
    """Yield where the passages of a section lie."""
    held: tuple[int, int] | None = None
    count = 0
    for block in section:
        words = _count(text, block.start, block.end)
        if held is not None and count + words <= _ENOUGH:
            held, count = (held[0], block.end), count + words
            continue
        if held is not None:
            yield held
        held, count = None, 0
        if words > _MOST:
            yield from _split(text, block)
        else:
            held, count = (block.start, block.end), words
    if held is not None:
        yield held


def _split(text: str, block: TextBlock) -> Iterator[tuple[int, int]]:
    """Yield the parts of a long block, of about equal length, each of `_MOST` words or of one word."""
    words = [match.span() for match in _WORD.finditer(text, block.start, block.end)]
    starts = [start for start, _ in words]
    marks = _marks(text, block)
    begin, first = block.start, 0  # `first` counts the words before `begin`
    while len(words) - first > _MOST:
        left = len(words) - first
        aim = -(-left // -(-left // _MOST))  # as many words in each part that is left
        first = _best(starts, marks, first, aim)
        end = _cut(marks, words[first - 1][1], starts[first])
        yield begin, begin + len(text[begin:end].rstrip())
        begin = _SPACES.match(text, end).end()  # type: ignore[union-attr]
    yield begin, block.end


def _marks(text: str, block: TextBlock) -> tuple[Sequence[int], ...]:
    """Return where the block may be parted, the best kind of places first."""
    sentences = [match.end() for match in _SENTENCE_END.finditer(text, block.start, block.end)]
    lines = [match.end() for match in re.finditer(r"\r\n?|\n", text[block.start : block.end])]
    commas = [match.end() for match in _PARTS_END.finditer(text, block.start, block.end)]
    lines = [block.start + place for place in lines]
    return (block.pieces, sentences, lines, commas) if block.pieces else (sentences, lines, commas)


def _best(words: Sequence[int], marks: Sequence[Sequence[int]], first: int, aim: int) -> int:
    """Return the word that the next part begins with: behind the last good mark between half and all of `_MOST`."""
    low, high = first + max(aim // 2, 1), first + _MOST
    for places in marks:
        near = places[bisect_right(places, words[low - 1]) : bisect_right(places, words[high])]
        following = (bisect_right(words, place - 1) for place in reversed(near))
        found = min(following, key=lambda word: abs(word - first - aim), default=-1)
        if found >= 0:
            return found
    return first + aim


def _cut(marks: Sequence[Sequence[int]], low: int, high: int) -> int:
    """Return where to part between two words: at a mark, so that a bullet goes with its item, else at the second."""
    for places in marks:
        place = bisect_right(places, high) - 1
        if place >= 0 and places[place] >= low:
            return places[place]
    return high


def _count(text: str, start: int, end: int) -> int:
    return sum(1 for _ in _WORD.finditer(text, start, end))
