"""Oxigraph's own writers of results, and what they would write wrongly.

They are three times as fast as writing term by term in Python (CSV twice), and write the same document, though
not always the same bytes: JSON and TSV escape fewer characters, XML more, and without line breaks.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import BinaryIO, cast

from pyoxigraph import QueryResultsFormat, QuerySolutions, QueryTriples

from kg.errors import StoreError, UnsupportedQueryError
from kg.rdf import RdfFormat
from kg.stores.engine_errors import query_errors

__all__ = ["graph_writers", "writers"]

_FORMATS: Mapping[str, QueryResultsFormat] = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.TSV,  # Oxigraph 0.5.13 quotes no IRI, though it may have a comma
    "tsv": QueryResultsFormat.TSV,
}
_RDF_FORMATS: Mapping[str, RdfFormat] = {
    "jsonld": RdfFormat.JSON_LD,
    "nquads": RdfFormat.N_QUADS,
    "ntriples": RdfFormat.N_TRIPLES,
}
"""Those whose document needs no prefixes, and that Oxigraph writes rightly."""
_CONTROLS = bytes({*range(0x20)} - {*b"\t\n\r"})
_NO_CHARACTER = re.compile(rb"\xef\xbf[\xbe\xbf]")
"""U+FFFE and U+FFFF in UTF-8."""


def writers(solutions: QuerySolutions, text: str) -> Mapping[str, Callable[[BinaryIO], None]]:
    """Return what writes these solutions, which can be read only once, by the format's name.

    Args:
        text: the query, for the positions in errors.
    """
    return {name: _writer(solutions, text, name) for name in _FORMATS}


def _writer(solutions: QuerySolutions, text: str, name: str) -> Callable[[BinaryIO], None]:
    def write(file: BinaryIO) -> None:
        mend = _MENDED.get(name)
        sink = file if mend is None else cast(BinaryIO, mend(file))
        with query_errors(text):
            solutions.serialize(sink, _FORMATS[name])

    return write


def graph_writers(triples: QueryTriples, text: str) -> Mapping[str, Callable[[BinaryIO], None]]:
    """Return what writes these triples, as `writers` does for solutions."""
    return {name: functools.partial(_write_triples, triples, text, each) for name, each in _RDF_FORMATS.items()}


def _write_triples(triples: QueryTriples, text: str, rdf_format: RdfFormat, file: BinaryIO) -> None:
    try:
        with query_errors(text):
            triples.serialize(file, rdf_format)
    except StoreError as error:
        if "does not support RDF 1.2" not in str(error):
            raise
        advice = "Choose turtle, which can hold it."
        raise UnsupportedQueryError("SPARQL", f"a triple term in {rdf_format.name}", advice) from error


class _XmlSink:
    """Passes XML on unless it holds what XML 1.0 cannot hold (section 2.2); Oxigraph writes that all the same.

    A carriage return becomes a reference: parsers take a bare one for a line feed (2.11).
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = b""  # of the piece before: a character may be cut in two

    def write(self, piece: bytes) -> int:
        joined = self._end + piece
        if len(piece.translate(None, _CONTROLS)) != len(piece) or _NO_CHARACTER.search(joined):
            raise UnsupportedQueryError(
                "SPARQL", "a character that no XML can hold", "Choose json, which can hold every character."
            )
        self._end = joined[-2:]
        self._file.write(piece.replace(b"\r", b"&#13;"))
        return len(piece)

    def flush(self) -> None:
        """Do nothing: Oxigraph calls it at the end."""


class _CsvSink:
    """Writes TSV, where no term holds a tab or a line feed, as CSV (SPARQL 1.1 Query Results CSV and TSV, 3)."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._rest = b""  # the line that is not at its end yet
        self._is_head = True

    def write(self, piece: bytes) -> int:
        whole, newline, rest = piece.rpartition(b"\n")
        if not newline:
            self._rest += piece
            return len(piece)
        lines = (self._rest + whole).decode().split("\n")
        self._rest = rest
        if self._is_head:
            lines[0] = lines[0].replace("?", "")  # before each variable, and in none
            self._is_head = False
        rows = [",".join([_csv_field(field) for field in line.split("\t")]) for line in lines]
        self._file.write(("\r\n".join(rows) + "\r\n").encode())
        return len(piece)

    def flush(self) -> None:
        """Do nothing: Oxigraph calls it at the end, which is the end of a line."""


def _csv_field(term: str) -> str:
    """Return a term of TSV as CSV has it: IRIs and literals as their text, quoted only where it is needed."""
    if term.startswith('"'):
        term = term[1 : term.rindex('"')]
        if "\\" in term:
            term = _ESCAPE.sub(_unescaped, term)
    elif term.startswith("<") and not term.startswith("<<("):
        term = term[1:-1]
    if "," in term or '"' in term or "\n" in term or "\r" in term:
        return '"' + term.replace('"', '""') + '"'
    return term


_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_ESCAPED = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f"}


def _unescaped(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _ESCAPED.get(found[3], found[3])


_MENDED: Mapping[str, type[_XmlSink] | type[_CsvSink]] = {"xml": _XmlSink, "csv": _CsvSink}
