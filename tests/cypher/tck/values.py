"""The values that the TCK's tables write, as `tests.cypher.answers.plain` gives them."""

from __future__ import annotations

import math
import re
from typing import Any

__all__ = ["read_value"]

_NAME = re.compile(r"`((?:[^`]|``)*)`|([^\W\d]\w*)")
_WORD = re.compile(r"[^\s,\]\})|>]+")
_WORDS = {
    "null": None,
    "true": True,
    "false": False,
    "NaN": math.nan,
    "Inf": math.inf,
    "Infinity": math.inf,
    "-Inf": -math.inf,
    "-Infinity": -math.inf,
}
_ESCAPES = {"n": "\n", "t": "\t", "'": "'", '"': '"', "\\": "\\"}


def read_value(text: str) -> Any:
    """Return the value of a cell.

    Raises:
        ValueError: it is not one.
    """
    reader = _Reader(text)
    value = reader.value()
    reader.skip()
    if reader.at != len(text):
        raise ValueError(f"{text!r} goes on after position {reader.at}")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def skip(self) -> None:
        """Go to the next character that is no white space."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def value(self) -> Any:
        """Read a value."""
        self.skip()
        start = self.text[self.at : self.at + 1]
        if start == "'":
            return self._string()
        if start == "(":
            return self._node()
        if start == "<":
            return self._path()
        if start == "[":
            return self._relationship() if re.match(r"\[\s*:", self.text[self.at :]) else self._list()
        if start == "{":
            return self._map()
        word = _WORD.match(self.text, self.at)
        if word is None:
            raise ValueError(f"no value at position {self.at} of {self.text!r}")
        self.at = word.end()
        if word[0] in _WORDS:
            return _WORDS[word[0]]
        return int(word[0]) if re.fullmatch(r"-?\d+", word[0]) else float(word[0])

    def _take(self, mark: str) -> bool:
        self.skip()
        if not self.text.startswith(mark, self.at):
            return False
        self.at += len(mark)
        return True

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise ValueError(f"{mark} expected at position {self.at} of {self.text!r}")

    def _name(self) -> str:
        self.skip()
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise ValueError(f"no name at position {self.at} of {self.text!r}")
        self.at = match.end()
        return match[2] or match[1].replace("``", "`")

    def _string(self) -> str:
        found, self.at = "", self.at + 1
        while self.text[self.at] != "'":
            following = self.text[self.at + 1 : self.at + 2]
            if self.text[self.at] == "\\" and following in _ESCAPES:
                found += _ESCAPES[following]
                self.at += 2
            else:
                found += self.text[self.at]
                self.at += 1
        self.at += 1
        return found

    def _list(self) -> list[Any]:
        self._expect("[")
        items: list[Any] = []
        if self._take("]"):
            return items
        while True:
            items.append(self.value())
            if not self._take(","):
                self._expect("]")
                return items

    def _map(self) -> dict[str, Any]:
        self._expect("{")
        entries: dict[str, Any] = {}
        if self._take("}"):
            return entries
        while True:
            name = self._name()
            self._expect(":")
            entries[name] = self.value()
            if not self._take(","):
                self._expect("}")
                return entries

    def _properties(self) -> dict[str, Any]:
        self.skip()
        return self._map() if self.text.startswith("{", self.at) else {}

    def _node(self) -> dict[str, Any]:
        self._expect("(")
        labels = []
        while self._take(":"):
            labels.append(self._name())
        node = {"labels": sorted(labels), "properties": self._properties()}
        self._expect(")")
        return node

    def _relationship(self) -> dict[str, Any]:
        self._expect("[")
        self._expect(":")
        relationship = {"type": self._name(), "properties": self._properties()}
        self._expect("]")
        return relationship

    def _path(self) -> dict[str, Any]:
        self._expect("<")
        nodes, relationships, forwards = [self._node()], [], []
        while not self._take(">"):
            is_back = self._take("<-")
            if not is_back:
                self._expect("-")
            relationships.append(self._relationship())
            self._expect("-" if is_back else "->")
            forwards.append(not is_back)
            nodes.append(self._node())
        return {"nodes": nodes, "relationships": relationships, "forwards": forwards}
