"""What a check of an ontology finds, and on which line of the file it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal as OneOf
from xml.sax.saxutils import escape

from kg.rdf import NamedNode, local_name

__all__ = ["Finding", "Places", "Severity"]

Severity = OneOf["error", "warning", "info"]

_PREFIX = re.compile(r"^\s*@?prefix\s+([\w.-]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_XML_NAME = r"""rdf:(?:about|ID)\s*=\s*["'](?:[^"']*[#/;])?{}["']"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about an ontology; `term` is an IRI, empty for the file as a whole.

    `line` and `column` count from 1, None where they are not known.
    """

    severity: Severity
    code: str
    term: str
    message: str
    line: int | None = None
    column: int | None = None


class Places:
    """Finds the line on which an ontology file speaks of a term or holds a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._prefixes = [(namespace, prefix) for prefix, namespace in _PREFIX.findall(text)]

    def term(self, iri: NamedNode | None) -> int | None:
        """Return the line where a term's description begins, else where it first occurs."""
        offset = self._offset(iri) if iri is not None else None
        return None if offset is None else self._line(offset)

    def text(self, value: str, iri: NamedNode | None = None) -> int | None:
        """Return the line that holds a literal, at or after the description of its subject."""
        begin = self._offset(iri) if iri is not None else None
        quoted = value.replace("\\", "\\\\")
        for form in dict.fromkeys((quoted.replace('"', '\\"'), value, escape(value), quoted)):
            for start in (begin or 0, 0):
                offset = self._text.find(form, start) if form else -1
                if offset >= 0:
                    return self._line(offset)
        return self.term(iri)

    def _line(self, offset: int) -> int:
        return self._text.count("\n", 0, offset) + 1

    def _offset(self, iri: NamedNode) -> int | None:
        value = iri.value
        names = [re.escape(f"<{value}>")]
        names += [re.escape(f"{p}:{value.removeprefix(n)}") for n, p in self._prefixes if value.startswith(n)]
        alternatives = f"(?:{'|'.join(names)})"
        patterns = (
            rf"^[ \t]*{alternatives}(?=[\s;,.]|$)",
            _XML_NAME.format(re.escape(local_name(iri))),
            rf"(?<![\w:]){alternatives}(?=[\s;,.)\]]|$)",
        )
        for pattern in patterns:
            found = re.search(pattern, self._text, re.MULTILINE)
            if found:
                return found.start() + len(found[0]) - len(found[0].lstrip())
        return None
