"""Links as they are written: `[[target#anchor|label]]` and the destination of `[label](destination)`."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from kg.model import Link

__all__ = ["DESTINATION", "LOOSE_DESTINATION", "WikiLink", "is_external", "markdown_link", "read_wiki_link"]

DESTINATION = re.compile(
    r"""\([ \t]*+(?:\r?\n)?[ \t]*+
    (?: <(?P<angle>(?:[^<>\\\n]|\\.)*+)>
      | (?P<bare>(?:[^\s()\\]|\\[^\s]|\((?:[^\s()\\]|\\[^\s]|\((?:[^\s()\\]|\\[^\s])*+\))*+\))*+) )
    (?:\s++(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\)))?
    \s*+\)""",
    re.X | re.S,
)
"""What follows a link's label: CommonMark 0.31, 6.3, with parentheses two deep."""

LOOSE_DESTINATION = re.compile(r"\([ \t]*+(?P<bare>[^()\n]{1,255}?\.(?:md|markdown)(?:\#[^()\n]{0,255})?)[ \t]*+\)")
"""A file name with spaces that were not escaped, as people write it: `(My note.md)`."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_PIPE = re.compile(r"\\?\|")
_NOTE_SUFFIX = re.compile(r"\.(?:md|markdown)\Z", re.I)
_DECORATION = "*_`~= \t\r\n"


class WikiLink(NamedTuple):
    """A wiki-link taken apart; `shown` is the span of what a reader sees, relative to the inner text."""

    target: str
    anchor: str
    label: str
    shown: tuple[int, int]


def is_external(destination: str) -> bool:
    """Tell whether a destination leaves the vault: it has a scheme, or names a host."""
    return _SCHEME.match(destination) is not None


def read_wiki_link(inner: str) -> WikiLink:
    """Take apart what stands between `[[` and `]]`; a table's `\\|` parts the label as `|` does."""
    pipe = _PIPE.search(inner)
    address = inner[: pipe.start()] if pipe else inner
    target, mark, anchor = address.partition("#")
    if pipe and (label := inner[pipe.end() :]).strip():
        return WikiLink(target.strip(), anchor.strip(), label.strip(), _trim(inner, pipe.end(), len(inner)))
    if target.strip():
        begin, end = _trim(inner, target.rfind("/", 0, len(target.rstrip(" /"))) + 1, len(target))
        if suffix := _NOTE_SUFFIX.search(inner, begin, end):
            end = suffix.start()
    elif anchor.lstrip().startswith("^"):
        begin = end = len(inner)
    else:
        begin, end = _trim(inner, len(target) + len(mark), len(address))
    return WikiLink(target.strip(), anchor.strip(), "", (begin, end))


def markdown_link(destination: str, label: str, embed: bool, start: int, end: int) -> Link | None:
    """Return the link of `[label](destination)`, None if it is empty or leaves the vault."""
    address = unquote(_ESCAPE.sub(r"\1", destination)).strip()
    if not address or is_external(address) or address.startswith("(("):
        return None
    target, _, anchor = address.partition("#")
    label = "" if "![" in label else label.strip(_DECORATION)  # an image has no words
    return Link(target, anchor, label, embed, "markdown", start, end)


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    stripped = part.strip()
    begin = start + len(part) - len(part.lstrip()) if stripped else end
    return begin, begin + len(stripped)
