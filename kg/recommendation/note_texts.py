"""What each note says itself: its words without markup, and without the lines that templates put into many notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from kg.recommendation.network import Network

__all__ = ["own_texts", "readable_lines"]

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.*?\r?\n)?(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_KEY = re.compile(r"[ \t]*(?:-[ \t]+)?(?:[\w .-]{1,80}:(?:[ \t]|\Z))?")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|%%.*?(?:%%|\Z)", re.DOTALL)
_ADDRESS = re.compile(r"(?:https?|ftp|file|mailto):[^\s)\]>]+|(?<=\])\([^()\n]*\)|</?[A-Za-z][^<>\n]*>")
_MARKUP = re.compile(r"[\[\]|#*`>~{}]+")
_BULLETS = "-+ \t"
_DIGITS = re.compile(r"\d+")

_LEAST, _SHARE = 5, 0.02
"""A line is a template's from so many notes on that have it, and from this share of all notes on."""


def own_texts(network: Network, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return what each note says itself, a line for a line: (items,), in their order; empty for one without a text.

    A line that many notes share, a heading of a template or a footer, is left out of all: it says nothing of any one.
    Lines that differ in digits or case alone count as the same.

    Args:
        texts: of notes by their IRIs.
    """
    places = {item.iri.value: place for place, item in enumerate(network.items)}
    lines: list[list[str]] = [[] for _ in places]
    for iri, text in texts.items():
        place = places.get(iri)
        if place is not None:
            lines[place] = readable_lines(text)
    shared = _shared(lines)
    return tuple("\n".join(line for line in rows if _key(line) not in shared) for rows in lines)


def readable_lines(text: str) -> list[str]:
    """Return the lines of a note's text that have words, without markup, comments and addresses.

    Code stays: in notes on programming it is what is looked for. Of front matter the values stay, without their keys.
    """
    head = _FRONT_MATTER.match(text)
    lines: list[str] = []
    if head is not None:
        lines += (line[match.end() :] for line in (head[1] or "").splitlines() if (match := _KEY.match(line)))
        text = text[head.end() :]
    lines += _HIDDEN.sub(" ", text).splitlines()
    readable = (" ".join(_MARKUP.sub(" ", _ADDRESS.sub(" ", line)).lstrip(_BULLETS).split()) for line in lines)
    return [line for line in readable if any(map(str.isalnum, line))]


def _shared(lines: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return the keys of the lines that are a template's."""
    notes = Counter(key for rows in lines for key in {_key(line) for line in rows})
    least = max(_LEAST, _SHARE * sum(1 for rows in lines if rows))
    return frozenset(key for key, count in notes.items() if count >= least)


def _key(line: str) -> str:
    return _DIGITS.sub("0", line.casefold())
