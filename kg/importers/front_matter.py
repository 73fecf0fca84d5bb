"""The YAML block at the head of a note: its keys and values, each with the line that says it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from kg.importers.inline import scan_inline
from kg.importers.scalars import read_scalar
from kg.model import Failure, Field, FieldValue, Link, Scalar

__all__ = ["FrontMatter", "read_front_matter"]

_OPENING = re.compile(r"---[ \t]*(?:\r\n|\n|\r)")
_CLOSING = re.compile(r"(?:^|(?<=\r))(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.M)
_LONGEST = 200_000
"""Characters of the longest front matter; a `---` further away ends something else."""
_MOST_VALUES = 10_000
"""YAML aliases can make a small file denote a huge tree; no note has so many values."""
_DEEPEST_KEY = 16
_DEEPEST_YAML = 200

_KEY_LINE = re.compile(r"(?P<key>[^\s:#\-\[\]{}\"'][^:\r\n]*?)[ \t]*:(?:[ \t]+(?P<value>.*?))?[ \t]*\Z")
_ITEM_LINE = re.compile(r"[ \t]*-[ \t]+(?P<value>.*?)[ \t]*\Z")
_ITEM = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*+"|'[^']*+'|\[\[[^\[\]]*+\]\]|[^,]+)[ \t]*(?:,|\Z)""")
_LINE_BREAK = re.compile(r"[\r\n]")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_WIKI_LIST = re.compile(r"\[\[[^\[\]\r\n]+\]\]\Z")
_OPEN_MARKS = {"[": "]", "{": "}", '"': '"', "'": "'"}
_SCALAR_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("bool", "float", "int", "null", "str", "timestamp")}
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class FrontMatter:
    """What the head of a note says. `end` is where the note's body begins; 0 without front matter."""

    fields: list[Field] = field(default_factory=list)
    problems: list[Failure] = field(default_factory=list)
    end: int = 0


def read_front_matter(path: str, text: str) -> FrontMatter:
    """Read the front matter of a note, tolerating what is wrong in it.

    A YAML error is a problem with its line in the file; the block is then read line by line, so that
    one bad line does not hide the others. Keys without a value are left out.
    """
    opening = _OPENING.match(text)
    closing = _CLOSING.search(text, opening.end(), opening.end() + _LONGEST) if opening else None
    if not opening or not closing:
        return FrontMatter()
    reader = _Reader(path, text, opening.end())
    source = text[opening.end() : closing.start()]
    try:
        root = _compose(source)
        if isinstance(root, yaml.MappingNode):
            reader.mapping(root, "", 0)
        elif root is not None:
            return FrontMatter()  # text between two thematic breaks
    except (yaml.YAMLError, RecursionError) as error:
        reader.fields.clear()
        reader.report(_reason(error), _line(error))
        if not reader.lines(source):
            return FrontMatter(problems=reader.problems)
    fields = [Field(key, tuple(values), "front matter") for key, values in reader.fields.items() if values]
    return FrontMatter(fields, reader.problems, closing.end())


def _compose(source: str) -> yaml.Node | None:
    """Return the tree of a YAML text; libyaml's composer recurses in C, so its depth is looked at first."""
    if sum(source.count(mark) for mark in ("[", "{", "- ", "? ", "-\n")) > _DEEPEST_YAML:
        depth = 0
        for event in yaml.parse(source, _LOADER):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _DEEPEST_YAML:
                    raise yaml.MarkedYAMLError(problem="is nested too deep")
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    loader = _LOADER(source)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


class _Reader:
    """Collects the values of one block. `begin` is where the YAML begins in the note."""

    def __init__(self, path: str, text: str, begin: int) -> None:
        self.path, self.text, self.begin = path, text, begin
        self.fields: dict[str, list[FieldValue]] = {}
        self.problems: list[Failure] = []
        self.count = 0

    def report(self, reason: str, line: int) -> None:
        """Note a problem; `line` counts the lines of the YAML from 0."""
        self.problems.append(Failure(self.path, f"front matter: {reason}", line + 2))

    def no_title(self, written: str, line: int) -> None:
        """Note that a title is no text, so that the file's name is the title."""
        shown = written if len(written) <= 60 else f"{written[:59]}…"
        self.report(f"the title {shown!r} is no text; the file name is the title. Put it in quotes", line)

    def mapping(self, node: yaml.MappingNode, prefix: str, depth: int) -> None:
        """Read the keys of a map, those of maps inside it as `parent.child`."""
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line
            if not isinstance(key_node, yaml.ScalarNode):
                self.report(f"{self._source(key_node)!r} cannot be a key; write a word, or put it in quotes", line)
                continue
            key = key_node.value.strip()
            seen[key] = seen.get(key, 0) + 1
            if seen[key] == 2:
                self.report(f"the key {key!r} is there more than once; all were read", line)
            if not prefix and _is_title(key) and not _is_text(value_node):
                self.no_title(self._source(value_node), line)
                continue
            self.value(value_node, prefix + key, depth)

    def value(self, node: yaml.Node, key: str, depth: int, plain: bool = False) -> None:
        """Read what stands behind a key: a scalar, a list or a map; `plain` where `[[a]]` is a list in a list."""
        if depth > _DEEPEST_KEY or self.count > _MOST_VALUES:
            raise yaml.MarkedYAMLError(problem="is nested or repeated too much", problem_mark=node.start_mark)
        if isinstance(node, yaml.ScalarNode):
            self.count += 1
            self._scalar(node, key)
        elif isinstance(node, yaml.SequenceNode):
            if not plain and self._is_wiki_link(node):
                self._add(key, self._source(node), self._source(node), node)
                return
            self.fields.setdefault(key, [])
            nested = _is_nested_alone(node)
            for item in node.value:
                self.value(item, key, depth + 1, plain or nested)
        elif isinstance(node, yaml.MappingNode):
            if node.flow_style and any(isinstance(inner, yaml.MappingNode) for inner, _ in node.value):
                self.report(f"{key}: {self._source(node)!r} is a template's placeholder", node.start_mark.line)
                return
            self.mapping(node, f"{key}.", depth + 1)

    def _scalar(self, node: yaml.ScalarNode, key: str) -> None:
        text = node.value
        if not node.style:  # plain: None from Python's loader, empty from libyaml's
            if text in ("", "~") or text.casefold() == "null":
                self.fields.setdefault(key, [])
                return
            self._add(key, text, read_scalar(text), node)
        elif text.strip():
            self._add(key, text, text, node)

    def _is_wiki_link(self, node: yaml.SequenceNode) -> bool:
        """Tell whether `[[Ada]]` was written without quotes, which YAML takes for a list in a list."""
        inner = node.value[0] if len(node.value) == 1 else None
        if not isinstance(inner, yaml.SequenceNode) or not _WIKI_LIST.match(self._source(node)):
            return False
        return all(isinstance(part, yaml.ScalarNode) and part.style not in ("'", '"') for part in inner.value)

    def _source(self, node: yaml.Node) -> str:
        return self.text[self.begin + node.start_mark.index : self.begin + node.end_mark.index]

    def _add(self, key: str, text: str, value: Scalar, node: yaml.Node) -> None:
        self.add(key, text, value, self.begin + node.start_mark.index, self.begin + node.end_mark.index)

    def add(self, key: str, text: str, value: Scalar, start: int, end: int) -> None:
        """Add a value that stands at `[start, end)`; its span is that of its lines."""
        links: tuple[Link, ...] = ()
        if "[" in self.text[start:end]:
            links = tuple(scan_inline(self.text[start:end], start, {}).links)
        end = start + len(self.text[start:end].rstrip())
        first = self.text.rfind("\n", 0, start) + 1
        first = self.text.rfind("\r", first, start) + 1 or first
        last = found.start() if (found := _LINE_BREAK.search(self.text, end)) else len(self.text)
        line = self.text[first:last]
        first += len(line) - len(line.lstrip())
        self.fields.setdefault(key, []).append(FieldValue(text, value, links, first, first + len(line.strip())))

    def lines(self, source: str) -> bool:
        """Read `key: value`, `key: [a, b]` and `- item` lines, the rest stays unread; tell whether there was a key."""
        key: str | None = None
        position = self.begin
        for number, line in enumerate(_LINE.findall(source)):
            content = line.rstrip("\r\n")
            item = _ITEM_LINE.match(content)
            if item and key is not None:
                if _is_title(key):
                    self.no_title(item[0].strip(), number)
                    continue
                self._written(key, item["value"], position + item.start("value"))
            elif match := _KEY_LINE.match(content):
                key = match["key"].strip()
                if match["value"] and _is_title(key) and _is_broken(match["value"]):
                    self.no_title(match["value"], number)
                elif match["value"]:
                    self._written(key, match["value"], position + match.start("value"))
            position += len(line)
        return key is not None

    def _written(self, key: str, value: str, start: int) -> None:
        for text, begin, end in _items(value):
            if text[:1] in "\"'" and text[-1:] == text[:1] and len(text) > 1:
                self.add(key, text[1:-1], text[1:-1], start + begin, start + end)
            elif text and "{{" not in text and text[0] not in ">|&*!{":
                self.add(key, text, read_scalar(text), start + begin, start + end)


def _is_title(key: str) -> bool:
    return key.casefold() == "title"


def _is_text(node: yaml.Node) -> bool:
    """Tell whether a value can be a title; a placeholder is reported as such."""
    if isinstance(node, yaml.MappingNode) and any(isinstance(key, yaml.MappingNode) for key, _ in node.value):
        return node.flow_style is True
    return isinstance(node, yaml.ScalarNode) and node.tag in _SCALAR_TAGS


def _is_broken(value: str) -> bool:
    """Tell whether a title read from its line alone is half of a list, map, quotation or tag."""
    closing = _OPEN_MARKS.get(value[0])
    if closing is None:
        return value[0] in "!&*|>"
    if closing == value[0]:
        return len(value) == 1 or not value.endswith(closing)
    return value.endswith(closing) or value.count(value[0]) != value.count(closing)


def _is_nested_alone(node: yaml.SequenceNode) -> bool:
    """Tell whether a list is written `[[[a]]]`: no link, but lists in a list."""
    inner = node.value[0] if node.flow_style and len(node.value) == 1 else None
    if not isinstance(inner, yaml.SequenceNode) or not inner.flow_style or len(inner.value) != 1:
        return False
    return isinstance(inner.value[0], yaml.SequenceNode)


def _items(value: str) -> Iterator[tuple[str, int, int]]:
    """Part `[a, "b, c"]` and `[[A]], [[B]]`; any other value is one item."""
    begin, end = 0, len(value)
    if value.startswith("[") and value.endswith("]") and not value.startswith("[["):
        begin, end = 1, end - 1
    elif not (value.startswith("[[") and "," in value):
        yield value, begin, end
        return
    while begin < end and (match := _ITEM.match(value, begin, end)):
        yield match[1].strip(), match.start(1), match.end(1)
        begin = match.end()


def _reason(error: yaml.YAMLError | RecursionError) -> str:
    problem = getattr(error, "problem", None) or "cannot be read"
    return f"not valid YAML ({problem}); put values with `: # [ {{` in quotes. Read line by line instead"


def _line(error: yaml.YAMLError | RecursionError) -> int:
    mark = getattr(error, "problem_mark", None)
    return int(mark.line) if mark is not None else 0
