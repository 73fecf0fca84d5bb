"""Answers as bytes: the W3C result formats, RDF for graphs, and tables for people.

All writers are lazy: they yield the answer in pieces while its rows are read, so an error that comes up
while reading comes up in the writing loop. `write_into` takes the store's own writer where it has one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, NoReturn

from kg.errors import UnknownNameError, UnsupportedQueryError
from kg.query.table import write_table
from kg.rdf import PREFIXES, XSD, BlankNode, Literal, NamedNode, RdfFormat, Term, Triple, prefix_declarations, serialise
from kg.results import Boolean, Graph, ResultSet, Solutions

__all__ = ["FORMATS", "Format", "Writer", "write_into", "write_result"]

Writer = Callable[[ResultSet], Iterator[bytes]]

_CHUNK = 1000
"""Rows or triples a piece."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format: its media type and what it can hold."""

    media_type: str
    write: Writer
    holds: tuple[type, ...]


def write_result(result: ResultSet, name: str, width: int | None = None, base: str = "") -> Iterator[bytes]:
    """Return an answer in a format, lazily, piece by piece.

    Args:
        width: columns of the terminal, for tables; None for one without an end.
        base: the base IRI that tables leave out.

    Raises:
        UnknownNameError: no format has that name.
        UnsupportedQueryError: the format cannot hold what the query returns.
    """
    if name not in FORMATS:
        raise UnknownNameError("format", name, FORMATS)
    chosen = FORMATS[name]
    if not isinstance(result, chosen.holds):
        fitting = ", ".join(other for other, each in FORMATS.items() if isinstance(result, each.holds))
        form = {Solutions: "SELECT", Boolean: "ASK", Graph: "CONSTRUCT or DESCRIBE"}[type(result)]
        raise UnsupportedQueryError("SPARQL", f"the format {name} for {form}", f"Choose one of: {fitting}.")
    if name == "table":
        return _chunks(write_table(result, width, base))
    return chosen.write(result)


def write_into(result: ResultSet, name: str, file: BinaryIO, width: int | None = None, base: str = "") -> None:
    """Write an answer into a file, by the store's own writer where there is one; that is three times as fast.

    The document is the one of `write_result`; its bytes may differ in what is escaped and in line breaks.

    Raises:
        UnknownNameError, UnsupportedQueryError: as `write_result`.
    """
    own = None if isinstance(result, Boolean) else result.writers.get(name)
    if own is not None:
        own(file)
        return
    for piece in write_result(result, name, width, base):
        file.write(piece)


def _chunks(lines: Iterator[str]) -> Iterator[bytes]:
    while piece := "".join(islice(lines, _CHUNK)):
        yield piece.encode()


# --- JSON (SPARQL 1.1 Query Results JSON Format; triple terms and directions as in SPARQL 1.2)


def _write_json(result: ResultSet) -> Iterator[bytes]:
    return _chunks(_json_parts(result))


def _json_parts(result: ResultSet) -> Iterator[str]:
    if isinstance(result, Boolean):
        yield json.dumps({"head": {}, "boolean": result.value}, separators=(",", ":"))
        return
    assert isinstance(result, Solutions)
    yield f'{{"head":{{"vars":{_dump(list(result.variables))}}},"results":{{"bindings":['
    for number, row in enumerate(result.rows):
        pairs = zip(result.variables, row, strict=True)
        yield ("," if number else "") + _dump({name: _json_term(term) for name, term in pairs if term is not None})
    yield "]}}"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json_term(term: Term) -> dict[str, object]:
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Literal):
        return {"type": "literal", "value": term.value, **_literal_attributes(term, "datatype")}
    parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
    return {"type": "triple", "value": {name: _json_term(part) for name, part in parts.items()}}


def _literal_attributes(literal: Literal, datatype: str) -> dict[str, str]:
    """Return what a literal is besides its value, by the attribute names that JSON and XML share."""
    if literal.language is not None:
        direction = {} if literal.direction is None else {"its:dir": literal.direction.value}
        return {"xml:lang": literal.language, **direction}
    return {} if literal.datatype == XSD["string"] else {datatype: literal.datatype.value}


# --- XML (SPARQL Query Results XML Format, second edition)

_XML_HEAD = '<?xml version="1.0"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
_ITS = ' xmlns:its="http://www.w3.org/2005/11/its" its:version="2.0"'
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even as a reference (section 2.2)."""
_ENDS = re.compile(r"\A[ \t\n]+|[ \t\n]+\Z")
"""Spaces that some readers drop (Oxigraph's too) unless they are references."""
_XML_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def _xml_text(text: str) -> str:
    found = _NO_XML.search(text)
    if found is not None:
        reason = f"the character U+{ord(found[0]):04X} in XML"
        raise UnsupportedQueryError("SPARQL", reason, "Choose json, which can hold every character.")
    written = text.translate(_XML_ESCAPES)
    return _ENDS.sub(lambda space: "".join(f"&#{ord(each)};" for each in space[0]), written)


def _write_xml(result: ResultSet) -> Iterator[bytes]:
    return _chunks(_xml_parts(result))


def _xml_parts(result: ResultSet) -> Iterator[str]:
    if isinstance(result, Boolean):
        yield f"{_XML_HEAD}<head></head><boolean>{str(result.value).lower()}</boolean></sparql>\n"
        return
    assert isinstance(result, Solutions)
    variables = "".join(f'<variable name="{_xml_text(name)}"/>' for name in result.variables)
    yield f"{_XML_HEAD}\n<head>{variables}</head>\n<results>\n"
    for row in result.rows:
        pairs = zip(result.variables, row, strict=True)
        bindings = (f'<binding name="{name}">{_xml_term(term)}</binding>' for name, term in pairs if term is not None)
        yield f"<result>{''.join(bindings)}</result>\n"
    yield "</results>\n</sparql>\n"


def _xml_term(term: Term) -> str:
    if isinstance(term, NamedNode):
        return f"<uri>{_xml_text(term.value)}</uri>"
    if isinstance(term, BlankNode):
        return f"<bnode>{term.value}</bnode>"
    if isinstance(term, Literal):
        attributes = _literal_attributes(term, "datatype")
        written = "".join(f' {name}="{_xml_text(value)}"' for name, value in attributes.items())
        return f"<literal{written}{_ITS if 'its:dir' in attributes else ''}>{_xml_text(term.value)}</literal>"
    parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
    return f"<triple>{''.join(f'<{name}>{_xml_term(part)}</{name}>' for name, part in parts.items())}</triple>"


# --- CSV and TSV (SPARQL 1.1 Query Results CSV and TSV Formats)


def _write_csv(result: ResultSet) -> Iterator[bytes]:
    assert isinstance(result, Solutions)
    return _chunks(_csv_lines(result))


def _csv_lines(result: Solutions) -> Iterator[str]:
    yield ",".join(result.variables) + "\r\n"
    for row in result.rows:
        yield ",".join(_csv_value(term) for term in row) + "\r\n"


def _csv_value(term: Term | None) -> str:
    if term is None:
        return ""
    text = term.value if isinstance(term, NamedNode | Literal) else _tsv_term(term)
    return f'"{text.replace(chr(34), chr(34) * 2)}"' if re.search('[",\r\n]', text) else text


def _write_tsv(result: ResultSet) -> Iterator[bytes]:
    assert isinstance(result, Solutions)
    return _chunks(_tsv_lines(result))


def _tsv_lines(result: Solutions) -> Iterator[str]:
    yield "\t".join(f"?{name}" for name in result.variables) + "\n"
    for row in result.rows:
        yield "\t".join("" if term is None else _tsv_term(term) for term in row) + "\n"


_BARE = {
    XSD["integer"]: re.compile(r"[+-]?[0-9]+"),
    XSD["decimal"]: re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    XSD["double"]: re.compile(r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
    XSD["boolean"]: re.compile("true|false"),
}
"""Literals that Turtle writes without quotes; a lone row of them reads as itself in a spreadsheet."""


def _tsv_term(term: Term) -> str:
    if isinstance(term, Literal) and term.datatype in _BARE and _BARE[term.datatype].fullmatch(term.value):
        return term.value
    if isinstance(term, Triple):
        return f"<<( {term.subject} {term.predicate} {_tsv_term(term.object)} )>>"
    return str(term)


# --- RDF, for CONSTRUCT and DESCRIBE

_RDF_XML_HEAD = re.compile(rb".*?<rdf:RDF[^>]*>\n", re.DOTALL)
_RDF_XML_END = b"</rdf:RDF>"
_NAMELESS = re.compile(rb'<oxprefix: xmlns:oxprefix="([^"]*)"')
"""What Oxigraph writes for a predicate whose IRI does not end in a name of XML; no XML parser reads it."""
_NO_XML_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")


def _rdf_writer(rdf_format: RdfFormat) -> Writer:
    def write(result: ResultSet) -> Iterator[bytes]:
        assert isinstance(result, Graph)
        return _PIECES[rdf_format](result, rdf_format)

    return write


def _documents(result: Graph, rdf_format: RdfFormat) -> Iterator[bytes]:
    """Yield the triples as documents of some triples each."""
    while triples := list(islice(result.triples, _CHUNK)):
        try:
            yield serialise(triples, rdf_format, declare_prefixes=False)
        except OSError as error:  # Oxigraph 0.5 writes no triple terms into JSON-LD, no rdf:li into RDF/XML
            refused = next(triple for triple in triples if not _is_held(triple, rdf_format))
            what, advice = f"{refused} in {rdf_format.name} ({error})", "Choose turtle, which can hold it."
            raise UnsupportedQueryError("SPARQL", what, advice) from error


def _is_held(triple: Triple, rdf_format: RdfFormat) -> bool:
    try:
        serialise([triple], rdf_format, declare_prefixes=False)
    except OSError:
        return False
    return True


def _text_pieces(result: Graph, rdf_format: RdfFormat) -> Iterator[bytes]:
    """Yield a document in pieces: each is one of its own, and the declarations are written once, in order."""
    if rdf_format in (RdfFormat.TURTLE, RdfFormat.TRIG):
        yield prefix_declarations()
    yield from _documents(result, rdf_format)


def _json_ld_pieces(result: Graph, rdf_format: RdfFormat) -> Iterator[bytes]:
    """Yield an array of node objects; a node may come again in a later piece, which says the same."""
    mark = b"["
    for document in _documents(result, rdf_format):
        yield mark + document[1:-1]
        mark = b","
    yield b"[]" if mark == b"[" else b"]"


def _rdf_xml_pieces(result: Graph, rdf_format: RdfFormat) -> Iterator[bytes]:
    """Yield one element from documents that are each one, and mend what would be read as something else."""
    declared = {**PREFIXES, "its": "http://www.w3.org/2005/11/its"}
    names = "".join(f' xmlns:{prefix}="{iri}"' for prefix, iri in declared.items())
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{names}>\n'.encode()
    for document in _documents(result, rdf_format):
        if (nameless := _NAMELESS.search(document)) is not None:
            _refuse_xml(f"the predicate <{nameless[1].decode()}>, which does not end in a name,", "turtle")
        if (found := _NO_XML_BYTES.search(document)) is not None:
            _refuse_xml(f"the character U+{ord(found[0].decode()):04X}", "turtle")
        # A parser of XML takes a bare carriage return for a line feed (XML 1.0, 2.11).
        yield _RDF_XML_HEAD.sub(b"", document, count=1).removesuffix(_RDF_XML_END).replace(b"\r", b"&#13;")
    yield _RDF_XML_END + b"\n"


def _refuse_xml(what: str, instead: str) -> NoReturn:
    advice = f"Choose {instead}, which can hold it."
    raise UnsupportedQueryError("SPARQL", f"{what} in XML", advice)


_PIECES: Mapping[RdfFormat, Callable[[Graph, RdfFormat], Iterator[bytes]]] = {
    RdfFormat.TURTLE: _text_pieces,
    RdfFormat.TRIG: _text_pieces,
    RdfFormat.N_TRIPLES: _text_pieces,
    RdfFormat.N_QUADS: _text_pieces,
    RdfFormat.JSON_LD: _json_ld_pieces,
    RdfFormat.RDF_XML: _rdf_xml_pieces,
}


def _write_table(result: ResultSet) -> Iterator[bytes]:
    return _chunks(write_table(result))


FORMATS: Mapping[str, Format] = {
    "json": Format("application/sparql-results+json", _write_json, (Solutions, Boolean)),
    "xml": Format("application/sparql-results+xml", _write_xml, (Solutions, Boolean)),
    "csv": Format("text/csv; charset=utf-8", _write_csv, (Solutions,)),
    "tsv": Format("text/tab-separated-values; charset=utf-8", _write_tsv, (Solutions,)),
    "table": Format("text/plain; charset=utf-8", _write_table, (Solutions, Boolean, Graph)),
    "turtle": Format("text/turtle", _rdf_writer(RdfFormat.TURTLE), (Graph,)),
    "ntriples": Format("application/n-triples", _rdf_writer(RdfFormat.N_TRIPLES), (Graph,)),
    "rdfxml": Format("application/rdf+xml", _rdf_writer(RdfFormat.RDF_XML), (Graph,)),
    "jsonld": Format("application/ld+json", _rdf_writer(RdfFormat.JSON_LD), (Graph,)),
    "nquads": Format("application/n-quads", _rdf_writer(RdfFormat.N_QUADS), (Graph,)),
    "trig": Format("application/trig", _rdf_writer(RdfFormat.TRIG), (Graph,)),
}
"""The formats of answers by the name that flags use."""
