"""Oxigraph's own writers of results, and what they would write wrongly.

They are three times as fast as writing term by term in Python, and write the same document, though not always
the same bytes: JSON and TSV escape fewer characters, XML more, and without line breaks.
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
    "csv": QueryResultsFormat.CSV,
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
        check = _CHECKS.get(name)
        sink = file if check is None else cast(BinaryIO, check(file))
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


class _XmlCheck:
    """Passes XML on unless it holds what XML 1.0 cannot hold (section 2.2); Oxigraph writes that all the same."""

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
        return self._file.write(piece)

    def flush(self) -> None:
        """Do nothing: Oxigraph calls it at the end."""


class _CsvCheck:
    """Passes CSV on unless a triple term makes it ambiguous.

    Oxigraph writes the three terms with spaces between them and quotes each for itself; so a quote opens
    in the middle of a field, and readers take a comma after it for the end.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._is_quoted = False
        self._before = b"\n"
        """The last byte outside quotes; a quote where one has just closed, for it may be half of two."""

    def write(self, piece: bytes) -> int:
        for index, part in enumerate(piece.split(b'"')):
            if index:
                if not self._is_quoted and self._before not in (b",", b"\n", b'"'):
                    what, advice = "a triple term with such a text in CSV", "Choose json or tsv, which can hold it."
                    raise UnsupportedQueryError("SPARQL", what, advice)
                self._is_quoted = not self._is_quoted
                self._before = b'"'
            if part and not self._is_quoted:
                self._before = part[-1:]
        return self._file.write(piece)

    def flush(self) -> None:
        """Do nothing: Oxigraph calls it at the end."""


_CHECKS: Mapping[str, type[_XmlCheck] | type[_CsvCheck]] = {"xml": _XmlCheck, "csv": _CsvCheck}
