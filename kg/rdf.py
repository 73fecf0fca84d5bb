"""RDF terms, their canonical form, namespaces, and reading and writing RDF syntaxes.

Terms are pyoxigraph's: immutable, hashable and picklable. rdflib is not imported here, because it
costs 390 ms of start-up; it comes in where its algebra, formats or SHACL are needed.
"""

from __future__ import annotations

import codecs
import functools
import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import BinaryIO
from xml.parsers import expat

import pyoxigraph
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    Variable,
)

from kg.errors import RdfSyntaxError

__all__ = [
    "DCT",
    "FOAF",
    "FORMATS",
    "KG",
    "OWL",
    "PREFIXES",
    "PROV",
    "RDF",
    "RDFS",
    "SCHEMA",
    "SKOS",
    "XSD",
    "BlankNode",
    "DefaultGraph",
    "Literal",
    "NamedNode",
    "Namespace",
    "Quad",
    "RdfFormat",
    "Term",
    "Triple",
    "Variable",
    "canonical",
    "local_name",
    "parse",
    "parse_iri",
    "prefix_declarations",
    "serialise",
]

Term = NamedNode | BlankNode | Literal | Triple


class Namespace(str):
    """An IRI prefix; `KG["Note"]` is the term with that local name."""

    __slots__ = ()

    def __getitem__(self, name: str) -> NamedNode:  # type: ignore[override]
        return _named_node(str(self), name)


@functools.cache
def _named_node(namespace: str, name: str) -> NamedNode:
    return NamedNode(namespace + name)


KG = Namespace("https://w3id.org/noemata#")
RDF = Namespace("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")
OWL = Namespace("http://www.w3.org/2002/07/owl#")
XSD = Namespace("http://www.w3.org/2001/XMLSchema#")
SKOS = Namespace("http://www.w3.org/2004/02/skos/core#")
DCT = Namespace("http://purl.org/dc/terms/")
PROV = Namespace("http://www.w3.org/ns/prov#")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
SCHEMA = Namespace("https://schema.org/")

PREFIXES: Mapping[str, str] = {
    "kg": str(KG),
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "owl": str(OWL),
    "xsd": str(XSD),
    "skos": str(SKOS),
    "dct": str(DCT),
    "prov": str(PROV),
    "foaf": str(FOAF),
    "schema": str(SCHEMA),
}
"""The prefixes that a query on the command line may leave out, in a fixed order."""

FORMATS: Mapping[str, RdfFormat] = {
    "jsonld": RdfFormat.JSON_LD,
    "nquads": RdfFormat.N_QUADS,
    "ntriples": RdfFormat.N_TRIPLES,
    "rdfxml": RdfFormat.RDF_XML,
    "trig": RdfFormat.TRIG,
    "turtle": RdfFormat.TURTLE,
}
"""RDF syntaxes by the name that flags use."""


_DECLARATIONS = re.compile(rb"(?:@prefix [^\n]*\n)*")


@functools.lru_cache(maxsize=65536)
def _canonical_literal(literal: Literal) -> Literal:
    store = Store()
    node = NamedNode("urn:x")
    store.add(Quad(node, node, literal))
    (quad,) = store
    assert isinstance(quad.object, Literal)
    return quad.object


def canonical(term: Term) -> Term:
    """Return the value form in which Oxigraph stores a term: `"1.70"^^xsd:decimal` becomes `1.7`.

    Applied at every entrance, so that equal values are equal terms on every store (DESIGN §11.1).
    """
    if isinstance(term, Literal) and term.datatype != XSD["string"]:
        return _canonical_literal(term)
    if isinstance(term, Triple):
        return Triple(term.subject, term.predicate, canonical(term.object))
    return term


def parse(source: bytes | BinaryIO, rdf_format: RdfFormat, name: str, base_iri: str | None = None) -> Iterator[Quad]:
    """Yield the quads of an RDF document, lazily; the document itself is held in memory.

    It may begin with a byte order mark. Nothing is fetched: a remote JSON-LD context and an external XML
    entity are errors.

    Args:
        name: how an error message calls the document, usually its path.

    Raises:
        RdfSyntaxError: with line and column (from 1) where the parser knows them. Also for a document
            that is nested so deeply that the parser could end the process.
    """
    try:
        content = (source if isinstance(source, bytes) else source.read()).removeprefix(codecs.BOM_UTF8)
        _CHECKS.get(rdf_format, _check_triple_terms)(content, name)
        yield from pyoxigraph.parse(io.BytesIO(content), rdf_format, base_iri=base_iri)
    except SyntaxError as error:
        raise RdfSyntaxError(name, error.msg, error.lineno, error.offset) from error
    except ValueError as error:
        raise RdfSyntaxError(name, str(error)) from error


# --- what Oxigraph's parsers do not survive: they recurse, or take quadratic time, as deep as a document is

_MAX_XML_DEPTH = 2000
"""Elements; a list in RDF/XML may take two for each member."""
_MAX_JSON_DEPTH = 250
_MAX_TRIPLE_TERM_DEPTH = 100

_JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"?', re.DOTALL)
_JSON_OTHERS = bytes(set(range(256)) - set(b"{}[]"))
_NO_TRIPLE_TERM = re.compile(
    rb'''"""(?:[^"\\]|\\.|"(?!""))*"""|\'{3}(?:[^\'\\]|\\.|\'(?!\'\'))*\'{3}|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''''
    rb"|\#[^\n]*|<[^\x00-\x20<>]*>|\\.",
    re.DOTALL,
)
"""Strings, comments, IRIs and escapes of Turtle: where `<<(` is no triple term."""
_STEPS = {b"<<(": 1, b")>>": -1}


def _check_xml(content: bytes, name: str) -> None:
    """Refuse XML that is cut off, which Oxigraph takes for its beginning without a word, or too deep."""
    depth = 0

    def open_element(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_XML_DEPTH:
            raise _too_deep(name, "elements are", _MAX_XML_DEPTH)

    def close_element(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = open_element, close_element
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        reason = expat.errors.messages[error.code]
        raise RdfSyntaxError(name, f"no well-formed XML: {reason}", error.lineno, error.offset + 1) from error


def _check_json(content: bytes, name: str) -> None:
    """Refuse JSON-LD that is too deep, or that is no document, which Oxigraph takes for one that says nothing."""
    if content.strip()[:1] not in (b"", b"{", b"["):
        raise RdfSyntaxError(name, "a JSON-LD document is an object or a list (JSON-LD 1.1, 9.1)", 1, 1)
    brackets = _JSON_STRING.sub(b"", content).translate(None, _JSON_OTHERS)
    steps = (1 if bracket in b"{[" else -1 for bracket in brackets)
    if max(itertools.accumulate(steps), default=0) > _MAX_JSON_DEPTH:
        raise _too_deep(name, "objects and arrays are", _MAX_JSON_DEPTH)


def _check_triple_terms(content: bytes, name: str) -> None:
    if content.count(b"<<(") <= _MAX_TRIPLE_TERM_DEPTH:
        return
    marks = re.findall(rb"<<\(|\)>>", _NO_TRIPLE_TERM.sub(b" ", content))
    if max(itertools.accumulate(_STEPS[mark] for mark in marks), default=0) > _MAX_TRIPLE_TERM_DEPTH:
        raise _too_deep(name, "triple terms are", _MAX_TRIPLE_TERM_DEPTH)


def _too_deep(name: str, what: str, levels: int) -> RdfSyntaxError:
    return RdfSyntaxError(name, f"its {what} nested more than {levels} levels deep; no such document is read")


_CHECKS: Mapping[RdfFormat, Callable[[bytes, str], None]] = {
    RdfFormat.RDF_XML: _check_xml,
    RdfFormat.JSON_LD: _check_json,
}


def prefix_declarations() -> bytes:
    """Return the declarations that begin a Turtle or TriG document, in the order of `PREFIXES`."""
    return "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items()).encode()


def serialise(
    statements: Iterable[Quad] | Iterable[Triple], rdf_format: RdfFormat, declare_prefixes: bool = True
) -> bytes:
    """Write quads or triples in an RDF syntax, with our prefixes where the syntax has them.

    Args:
        declare_prefixes: False for a further piece of a document whose beginning has declared them.
    """
    written = pyoxigraph.serialize(statements, format=rdf_format, prefixes=dict(PREFIXES))
    assert written is not None
    if rdf_format not in (RdfFormat.TURTLE, RdfFormat.TRIG):
        return written
    body = _DECLARATIONS.sub(b"", written, count=1)  # Oxigraph writes them in no order
    return prefix_declarations() + body if declare_prefixes else body


def parse_iri(text: str) -> NamedNode | None:
    """Return the IRI that a text is, written in full, in angle brackets or not; None for what can only be a name."""
    bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
    if ":" not in bare or any(character.isspace() for character in bare):
        return None
    try:
        return NamedNode(bare)
    except ValueError:
        return None


def local_name(iri: NamedNode | str) -> str:
    """Return what follows the last `#`, `/` or `:` of an IRI."""
    value = iri if isinstance(iri, str) else iri.value
    return value[max(value.rfind("#"), value.rfind("/"), value.rfind(":")) + 1 :]
