"""What of a note's text a reader sees: front matter, comments and what templates leave behind are blanked."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["fenced_lines", "lines_of", "visible"]

_FRONT_MATTER = re.compile(
    r"---[ \t]*(?:\r\n|\n|\r)(?P<body>(?s:.{0,200000}?))(?:^|(?<=\r))(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.M
)
"""As the importers find it: a `---` further away ends something else."""
_KEY = re.compile(r"[ \t]*(?:#[^\r\n]*|[^\s:#\-\[\]{}\"'][^:\r\n]*:(?:[ \t][^\r\n]*)?)?(?:\r\n?|\n|\Z)")
"""A line of front matter: a key, a comment, or nothing."""
_HIDDEN = re.compile(
    r"(?P<opening><!--|%%|<%|^[ \t]*:LOGBOOK:[ \t]*$)"
    r"|\{\{[ \t]*(?:title|date|time)\b[^{}\r\n]{0,80}\}\}"
    r"|^[ \t]*(?:[-*+][ \t]+)?(?:id|collapsed)::[^\r\n]*"
    r"|(?<=[ \t\r\n])\^[A-Za-z0-9-]+(?=[ \t]*$)"
    r"|^[ ]{0,3}\[(?!\^)[^\]\r\n]+\]:[ \t]*(?:<[^<>\r\n]*>|\S+)"
    r"(?:[ \t]+(?:\"[^\"\r\n]*\"|'[^'\r\n]*'|\([^()\r\n]*\)))?[ \t]*$",
    re.M,
)
"""Comments, what templates are filled in by, what Logseq keeps for itself, names of blocks, and targets of links."""
_CLOSINGS = {
    "<!--": re.compile("-->"), "%%": re.compile("%%"), "<%": re.compile("%>"),
    ":LOGBOOK:": re.compile(r"^[ \t]*:END:[ \t]*$", re.M),
}  # fmt: skip
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+)?(?P<mark>`{3,}(?=[^`\r\n]*(?:[\r\n]|\Z))|~{3,})")
_NOT_NEWLINE = re.compile(r"[^\r\n]+")


def visible(text: str) -> str:
    """Return a text of the same length with spaces for what its reader does not see; newlines stay.

    What stands in code is seen, whatever it looks like.
    """
    end = _end_of_front_matter(text)
    code = _fences(text, end)
    run = next(code, None)
    parts = [_blanked(text[:end])]
    never_closed: set[str] = set()
    kept = position = end  # up to `kept` all is in `parts`
    while match := _HIDDEN.search(text, position):
        while run is not None and run[1] <= match.start():
            run = next(code, None)
        if run is not None and run[0] <= match.start():
            position = run[1]
            continue
        position = _end_of_hidden(text, match, never_closed)
        if position < 0:
            position = match.start() + 1
        else:
            parts += (text[kept : match.start()], _blanked(text[match.start() : position]))
            kept = position
    parts.append(text[kept:])
    return "".join(parts)


def _end_of_hidden(text: str, match: re.Match[str], never_closed: set[str]) -> int:
    """Return where what begins with a match ends, -1 where nothing closes it, which is looked for only once a kind."""
    if match["opening"] is None:
        return match.end()
    kind = match["opening"].strip(" \t")
    closing = None if kind in never_closed else _CLOSINGS[kind].search(text, match.end())
    if closing is None:
        never_closed.add(kind)
        return -1
    return closing.end()


def lines_of(text: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where the lines of a text begin and end, newlines included, whatever their kind."""
    position = start
    while position < len(text):
        match = _LINE.match(text, position)
        assert match is not None
        yield position, match.end()
        position = match.end()


def fenced_lines(line: str, fence: str) -> str:
    """Return the fence that is open after a line, given the one before it; both empty for none."""
    match = _FENCE.match(line)
    if not fence:
        return match["mark"] if match else ""
    closing = line.strip(" \t>\r\n")
    return "" if closing.startswith(fence) and not closing.strip(fence[0]) else fence


def _fences(text: str, start: int) -> Iterator[tuple[int, int]]:
    if "```" not in text and "~~~" not in text:
        return
    fence, begin = "", 0
    for first, last in lines_of(text, start):
        before, fence = fence, fenced_lines(text[first:last], fence)
        if fence and not before:
            begin = first
        elif before and not fence:
            yield begin, last
    if fence:
        yield begin, len(text)


def _end_of_front_matter(text: str) -> int:
    found = _FRONT_MATTER.match(text)
    if found is None:
        return 0
    begin = found.start("body")
    while (line := _KEY.match(text, begin)) and line.end() < found.end("body") and not line[0].strip(" \t\r\n"):
        begin = line.end()
    is_mapping = _KEY.match(text, begin, found.end("body")) is not None
    return found.end() if is_mapping or not found["body"].strip() else 0


def _blanked(text: str) -> str:
    return _NOT_NEWLINE.sub(lambda match: " " * len(match[0]), text)
