"""Regular expressions that mean to kglite (Rust) what they mean to Neo4j (Java), for a match of the whole string."""

from __future__ import annotations

import re

from kg.mirror.dialect.types import refuse

__all__ = ["portable"]

_ADVICE = "Letters, ., [a-z], \\d, \\w, \\s, groups, |, *, +, ? and {2,3} can be used, and (?i) at the beginning."
_CLASSES = {
    "d": "[0-9]",
    "D": "[^0-9]",
    "w": "[0-9A-Za-z_]",
    "W": "[^0-9A-Za-z_]",
    "s": r"[ \t\n\x0B\f\r]",
    "S": r"[^ \t\n\x0B\f\r]",
}
_ANY = r"[^\n\r\u0085\u2028\u2029]"
_PART = re.compile(
    r"""(?P<escaped>\\.) | (?P<set>\[\^?[^\[\]\\^&~]+\]) | (?P<group>\((?:\?:)?) | (?P<count>\{\d{1,3}(?:,\d{0,3})?\})
    | (?P<mark>[.*+?|)]) | (?P<plain>[^\\\[\](){}.*+?|^$])""",
    re.VERBOSE | re.DOTALL,
)
_RANGE = re.compile(r"(.)-(.)", re.DOTALL)


def portable(pattern: str) -> str:
    """Return the pattern in a form that both engines read alike.

    Raises:
        UnsupportedQueryError: for a pattern with anything but the common parts.
    """
    folds = pattern.startswith("(?i)")
    rest = pattern[4:] if folds else pattern
    written: list[str] = []
    end, previous = 0, ""
    for found in _PART.finditer(rest):
        if found.start() != end:
            break
        end, kind = found.end(), found.lastgroup or ""
        quantified = kind == "count" or found[0] in ("*", "+", "?")
        follows = previous == "atom" or (previous == "quantifier" and found[0] == "?")
        if quantified and not follows:
            break
        written.append(_written(kind, found[0], folds))
        previous = "open" if kind == "group" or found[0] == "|" else "quantifier" if quantified else "atom"
    else:
        if end == len(rest):
            return "".join(written)
    raise refuse(f"the regular expression {pattern!r}", _ADVICE)


def _written(kind: str, text: str, folds: bool) -> str:
    if kind == "escaped":
        if text[1] in _CLASSES:
            return _CLASSES[text[1]]
        if text[1].isalnum() or not text[1].isascii():
            raise refuse(f"{text} in a regular expression", _ADVICE)
        return text
    if kind == "set":
        return _folded_set(text) if folds else text
    if kind == "plain" and folds and text.isascii() and text.isalpha():
        return f"[{text.lower()}{text.upper()}]"
    if text == ".":
        return _ANY
    return re.escape(text) if kind == "plain" and text in "#-&~ " else text


def _folded_set(text: str) -> str:
    """Return a set with the other case of its ASCII letters, as Java folds no others."""
    inner = text[2:-1] if text[1] == "^" else text[1:-1]
    ranges = [found.groups() for found in _RANGE.finditer(inner)]
    for first, last in ranges:
        if not (first.isdigit() and last.isdigit()) and not (
            first.isascii() and last.isascii() and (first + last).isalpha() and first.islower() == last.islower()
        ):
            raise refuse(f"{text} in a regular expression with (?i)", _ADVICE)
    return f"{text[: len(text) - 1 - len(inner)]}{inner}{_swapped(inner)}]"


def _swapped(inner: str) -> str:
    return "".join(letter.swapcase() if letter.isascii() else letter for letter in inner)
