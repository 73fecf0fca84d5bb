"""Inline markup of one block: which characters are text, and the links, tags and fields among them.

A scanner goes once from left to right. Every construct that needs a closing mark either ends at the
next mark of its own kind or remembers that there is none, so the time is linear in the length.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from markdown_it.common.utils import normalizeReference

from kg.importers.blanking import blank_spans
from kg.importers.links import DESTINATION, LOOSE_DESTINATION, is_external, markdown_link, read_wiki_link
from kg.importers.scalars import is_field_key
from kg.model import Link, Tag

__all__ = ["Inline", "InlineField", "blank_comments", "hidden_spans", "scan_inline"]


class InlineField(NamedTuple):
    """A Dataview field in the text; positions count from the begin of the note.

    `value` is as written but for comments, which are blanked; `commented` tells whether there was one.
    """

    key: str
    value: str
    value_start: int
    start: int
    end: int
    commented: bool = False


@dataclass(slots=True)
class Inline:
    """What was found in a block: its text with the markup blanked, of the same length, and the rest in text order."""

    text: str
    links: list[Link] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    fields: list[InlineField] = field(default_factory=list)


_TOKEN = re.compile(
    r"""
  (?P<escape>\\(?:[!-/:-@\[-`{-~]|(?=\r?\n)))
| (?P<code>`++)
| (?P<wiki>(?P<embed>!?)\[\[(?!\[)(?P<inner>(?:[^\[\]\n]++|\](?!\])|\[(?!\[))*+)\]\])
| (?P<footnote>\[\^[^\]\[\s]++\])
| (?P<open>!?\[|\^\[)
| (?P<close>\])
| (?P<emphasis>\*++|_++|~~|==)
| (?P<formula>\$(?![\s$])(?:[^$\\\n]|\\.)++(?<!\s)\$(?![0-9]))
| (?P<display>\$\$)
| (?P<comment>%%|<!--)
| (?P<address>://|(?<![\w.])www\.(?=\w))
| (?P<autolink><[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*+>)
| (?P<mail><[^\s<>@]{1,64}@[^\s<>@]{1,250}>)
| (?P<html></?[A-Za-z][A-Za-z0-9:-]*+(?:\s[^<>]*+)?/?>)
| (?P<tag>(?<![^\s(（\["“'‘,，、。；])\#(?:\[\[(?P<phrase>[^\[\]\n]++)\]\]
      |(?P<word>[^\s\u2000-\u200c\u200e-\u206f\u2e00-\u2e7f\u3000-\u303f\uff00-\uff0f\uff1a-\uff20'!"\#$%&()*+,.:;<=>?@^`{|}~\[\]\\·]++)))
| (?P<round>\((?:\([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\)\)|(?=[^\[\]()\n:]{1,80}::[ \t\[])))
| (?P<macro>\{\{(?:[^{}\n]++|\{(?!\{)|\}(?!\}))*+\}\})
| (?P<entity>&(?:[A-Za-z][A-Za-z0-9]{1,31}|\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6});)
| (?P<anchor>(?<!\S)\^[A-Za-z0-9-]++[ \t]*+(?=\r?\n|\Z))
    """,
    re.X,
)
_START = re.compile(r"[\\`!\[\]*_~=$%<:#({&^]")
_START_OR_WWW = re.compile(r"[\\`!\[\]*_~=$%<:#({&^w]")
"""The characters with which a token can begin; found much faster than the tokens themselves."""

_FIELD_KEY = re.compile(
    r"[ \t]*+(?P<key>(?=[*_ ]*[^\s*_\[\]()\n:])[^\s\[\]()\n:][^\[\]()\n:]{0,79}?)[ \t]*::(?:[ \t]+|(?=\[))"
)
_REFERENCE = re.compile(r"\[([^\[\]]{0,999})\]")
_ADDRESS_END = re.compile(r"""[^\s<>"`\[\]{}|\\^\u3000-\u303f\uff00-\uff20“”‘’]*+""")
_SCHEME_BEFORE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_LINE_END = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_CODE_LIKE = re.compile(r"""[(){}\[\]/\\$=<>|;:*&^%~"'`@!?,]|--|(?:^|\s)[-+.]""")
_LONGEST_NAME_IN_CODE = 40
_DEEPEST_BRACKET = 64
_LONE_RETURN = re.compile(r"\r(?!\n)")


def scan_inline(text: str, offset: int, references: Mapping[str, str]) -> Inline:
    """Blank the inline markup of a block and collect its links, tags and fields.

    Args:
        text: the block, container markers already blanked.
        offset: where it begins in the note.
        references: the note's link reference definitions, normalised label to destination.
    """
    if not _START.search(text) and "www." not in text:
        return Inline(text)
    return _Scanner(text, offset, references).run()


def hidden_spans(text: str, offset: int = 0) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return where a block's comments lie, and where its displayed formulas; both in order, counted from `offset`."""
    if not any(mark in text for mark in ("%%", "<!--", "$$")):
        return [], []
    scanner = _Scanner(text, offset, {})
    scanner.run()
    comments, formulas = ([(offset + start, offset + end) for start, end in spans] for spans in scanner.hidden)
    return comments, formulas


def blank_comments(text: str) -> str:
    """Return a text with spaces for its comments."""
    return blank_spans(text, hidden_spans(text)[0])


class _Scanner:
    """The state of one pass over a block."""

    def __init__(self, text: str, offset: int, references: Mapping[str, str]) -> None:
        self.written = text
        self.text = _LONE_RETURN.sub("\n", text) if "\r" in text else text
        self.offset = offset
        self.references = references
        self.shown = list(self.text)
        self.links: list[Link] = []
        self.tags: list[Tag] = []
        self.fields: list[InlineField] = []
        self.hidden: tuple[list[tuple[int, int]], list[tuple[int, int]]] = ([], [])
        self.brackets: list[tuple[int, str]] = []
        self.openers: dict[str, list[list[int]]] = {}
        self.unclosed: set[str] = set()
        self.code_runs: dict[int, list[int]] | None = None
        self.round_pairs: dict[int, int] | None = None

    def run(self) -> Inline:
        position, text, match_token = 0, self.text, _TOKEN.match
        search = (_START_OR_WWW if "www." in text else _START).search
        while start := search(text, position):
            match = match_token(text, start.start())
            position = getattr(self, "_" + str(match.lastgroup))(match) if match else start.end()
        self._blank_tags()
        self.links.sort(key=lambda link: (link.start, link.end))
        fields = [self._without_comments(found) for found in self.fields]
        fields.sort(key=lambda found: (found.start, found.end))
        if self.text is not self.written:
            for found in _LONE_RETURN.finditer(self.written):
                self.shown[found.start()] = "\r"
        return Inline("".join(self.shown), self.links, self.tags, fields)

    def _blank(self, start: int, end: int) -> None:
        part = self.text[start:end]
        if "\n" in part or "\r" in part:
            self.shown[start:end] = blank_spans(part, [(0, len(part))])
        else:
            self.shown[start:end] = " " * (end - start)

    def _blank_all(self, match: re.Match[str]) -> int:
        self._blank(match.start(), match.end())
        return match.end()

    _footnote = _formula = _autolink = _html = _macro = _anchor = _blank_all

    def _escape(self, match: re.Match[str]) -> int:
        self._blank(match.start(), match.start() + 1)
        return match.end()

    def _entity(self, match: re.Match[str]) -> int:
        keep = 1 if html.unescape(match[0]) == "&" else 0
        self._blank(match.start() + keep, match.end())
        return match.end()

    def _mail(self, match: re.Match[str]) -> int:
        self._blank(match.start(), match.start() + 1)
        self._blank(match.end() - 1, match.end())
        return match.end()

    def _code(self, match: re.Match[str]) -> int:
        if self.code_runs is None:
            self.code_runs = {}
            for run in re.finditer(r"`+", self.text):
                self.code_runs.setdefault(len(run[0]), []).append(run.start())
        length = len(match[0])
        runs = self.code_runs.get(length, [])
        following = bisect_right(runs, match.start())
        if following == len(runs):
            return match.end()
        close = runs[following]
        code = self.text[match.end() : close].strip()
        if len(code) > _LONGEST_NAME_IN_CODE or _CODE_LIKE.search(code):
            self._blank(match.start(), close + length)
        else:
            self._blank(match.start(), match.end())
            self._blank(close, close + length)
        return close + length

    def _wiki(self, match: re.Match[str]) -> int:
        start, end = match.span()
        inner, embed = match["inner"], bool(match["embed"])
        link = read_wiki_link(inner)
        external = is_external(link.target) and "//" in link.target
        if not external and (link.target or link.anchor):
            self.links.append(
                Link(link.target, link.anchor, link.label, embed, "wiki", self.offset + start, self.offset + end)
            )
        if embed or (external and not link.label):
            self._blank(start, end)
        else:
            first = match.start("inner")
            self._blank(start, first + link.shown[0])
            self._blank(first + link.shown[1], end)
        return end

    def _open(self, match: re.Match[str]) -> int:
        kind = match[0]
        key = _FIELD_KEY.match(self.text, match.end()) if kind == "[" else None
        if key and is_field_key(key["key"].strip(" *_")):
            self.brackets.append((match.start(), "field"))
        else:
            self.brackets.append((match.start(), kind))
        if len(self.brackets) > _DEEPEST_BRACKET:
            del self.brackets[0]
        return key.end() if key and self.brackets[-1][1] == "field" else match.end()

    def _close(self, match: re.Match[str]) -> int:
        end = match.end()
        if not self.brackets:
            return end
        start, kind = self.brackets.pop()
        if kind == "^[":
            self._blank(start, start + 2)
            self._blank(end - 1, end)
        elif kind == "field":
            key = _FIELD_KEY.match(self.text, start + 1)
            assert key is not None
            self._blank(start, key.start("key"))
            self._blank(key.end("key"), key.end())
            self._blank(end - 1, end)
            self._add_field(key["key"], key.end(), end - 1, start, end)
        else:
            return self._link(start, kind, end - 1)
        return end

    def _link(self, start: int, kind: str, close: int) -> int:
        """Finish `[label]` at its bracket: a link with a destination, a reference, or plain text."""
        first, after = start + len(kind), close + 1
        destination: str | None = None
        end = after
        following = self.text[after : after + 1]
        if following == "(":
            match = DESTINATION.match(self.text, after) or LOOSE_DESTINATION.match(self.text, after)
            if match:
                end = match.end()
                destination = match.groupdict().get("angle") or match["bare"] or ""
        if destination is None and self.references and close - first < 1000:
            label = self.text[first:close]
            match = _REFERENCE.match(self.text, after) if following == "[" else None
            destination = self.references.get(normalizeReference((match and match[1]) or label))
            end = match.end() if match else after
        if destination is None:
            return after
        embed = kind == "!["
        label = self.written[first:close]
        if link := markdown_link(destination, label, embed, self.offset + start, self.offset + end):
            self.links.append(link)
        if embed:
            self._blank(start, end)
        else:
            self._blank(start, first)
            self._blank(close, end)
            self.brackets = [bracket for bracket in self.brackets if bracket[1] != "["]
        return end

    def _emphasis(self, match: re.Match[str]) -> int:
        start, end = match.span()
        mark = match[0][0]
        before = self.text[start - 1] if start else " "
        after = self.text[end : end + 1] or " "
        can_open, can_close = not after.isspace(), not before.isspace()
        if mark == "_":
            can_open, can_close = can_open and not before.isalnum(), can_close and not after.isalnum()
        stack = self.openers.setdefault(mark, [])
        while can_close and stack and start < end:
            opener = stack[-1]
            length = min(end - start, opener[1])
            self._blank(opener[0] + opener[1] - length, opener[0] + opener[1])
            self._blank(start, start + length)
            start += length
            opener[1] -= length
            if not opener[1]:
                stack.pop()
        if can_open and start < end:
            stack.append([start, end - start])
        return end

    def _comment(self, match: re.Match[str]) -> int:
        return self._enclosed(match, "-->" if match[0] == "<!--" else "%%", self.hidden[0])

    def _display(self, match: re.Match[str]) -> int:
        return self._enclosed(match, "$$", self.hidden[1])

    def _enclosed(self, match: re.Match[str], closing: str, spans: list[tuple[int, int]]) -> int:
        close = -1 if closing in self.unclosed else self.text.find(closing, match.end())
        if close < 0:
            self.unclosed.add(closing)
            return match.end()
        self._blank(match.start(), close + len(closing))
        spans.append((match.start(), close + len(closing)))
        return close + len(closing)

    def _address(self, match: re.Match[str]) -> int:
        start = match.start()
        if match[0] == "://":
            scheme = _SCHEME_BEFORE.search(self.text, max(0, start - 16), start)
            if not scheme:
                return match.end()
            start = scheme.start()
        found = _ADDRESS_END.match(self.text, match.end())
        assert found is not None
        end = found.end()
        surplus = self.text.count(")", start, end) - self.text.count("(", start, end)
        while end > match.end() and (self.text[end - 1] in ".,;:!?'*_~" or (self.text[end - 1] == ")" and surplus > 0)):
            surplus -= self.text[end - 1] == ")"
            end -= 1
        self._blank(start, end)
        return end

    def _tag(self, match: re.Match[str]) -> int:
        start, end = match.span()
        name = match["phrase"] or match["word"]
        if match["word"]:
            name = name.rstrip("/")
            end = start + 1 + len(name)
            if not name.strip("/") or name.replace("/", "").isdigit():
                return match.end()
        self.tags.append(Tag(name.strip(), self.offset + start, self.offset + end))
        if "/" in name:
            self._blank(start, end)
        else:
            self._blank(start, start + (3 if match["phrase"] else 1))
            self._blank(end - 2 if match["phrase"] else end, end)
        return end

    def _blank_tags(self) -> None:
        """Blank the tags that end a line: they are no part of its sentence."""
        last = -1
        for tag in reversed(self.tags):
            start, end = tag.start - self.offset, tag.end - self.offset
            if _LINE_END.match(self.text, end) or (last >= 0 and not self.text[end:last].strip(" \t")):
                self._blank(start, end)
                last = start

    def _round(self, match: re.Match[str]) -> int:
        """Blank a Logseq block reference, or read `(key:: value)`, which Dataview shows without its key."""
        start = match.start()
        if match.end() > start + 1:
            return self._blank_all(match)
        key = _FIELD_KEY.match(self.text, start + 1)
        close = self._round_pair(start)
        if not key or not is_field_key(key["key"].strip(" *_")) or close is None or close < key.end():
            return start + 1
        self._blank(start, key.end())
        self._blank(close, close + 1)
        self._add_field(key["key"], key.end(), close, start, close + 1)
        return key.end()

    def _round_pair(self, start: int) -> int | None:
        """Return where the parenthesis at `start` closes on its line."""
        if self.round_pairs is None:
            self.round_pairs, stack = {}, []
            for match in re.finditer(r"[()\n]", self.text):
                if match[0] == "(":
                    stack.append(match.start())
                    if len(stack) > _DEEPEST_BRACKET:
                        del stack[0]
                elif match[0] == "\n":
                    stack.clear()
                elif stack:
                    self.round_pairs[stack.pop()] = match.start()
        return self.round_pairs.get(start)

    def _add_field(self, key: str, value_start: int, value_end: int, start: int, end: int) -> None:
        value = self.written[value_start:value_end]
        offset = self.offset
        self.fields.append(InlineField(key.strip(" *_"), value, offset + value_start, offset + start, offset + end))

    def _without_comments(self, found: InlineField) -> InlineField:
        comments = self.hidden[0]
        first = found.value_start - self.offset
        last = first + len(found.value)
        begin, end = bisect_left(comments, (first, 0)), bisect_left(comments, (last, 0))
        spans = [(start - first, min(stop, last) - first) for start, stop in comments[begin:end]]
        return found._replace(value=blank_spans(found.value, spans), commented=True) if spans else found
