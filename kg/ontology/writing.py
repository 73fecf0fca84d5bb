"""An ontology file as bytes: its own, or its triples in another syntax, the same each time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Literal as OneOf

import pyoxigraph

from kg.ontology.reader import read_triples
from kg.rdf import XSD, BlankNode, Literal, NamedNode, RdfFormat, Term, Triple, serialise

if TYPE_CHECKING:
    import rdflib

__all__ = ["Syntax", "in_syntax"]

Syntax = OneOf["turtle", "rdfxml", "jsonld", "ntriples"]


def in_syntax(file: Path, syntax: str | None) -> bytes:
    """Return a file's own bytes where they are in a syntax, else its triples in that syntax.

    What is written anew loses comments and order, and nothing else.

    Args:
        syntax: one of `Syntax`; None is the file's own.

    Raises:
        RdfSyntaxError: the file does not parse.
    """
    content = file.read_bytes()
    if syntax is None or syntax == _syntax_of(file, content):
        return content
    ordered = _ordered(file)
    if syntax == "ntriples":
        return serialise(ordered, RdfFormat.N_TRIPLES)
    if syntax == "jsonld":
        return serialise(ordered, RdfFormat.JSON_LD)
    import rdflib

    graph = rdflib.Graph(bind_namespaces="none")
    for prefix, namespace in _prefixes(content).items():
        graph.bind(prefix, namespace)
    # Term by term, because rdflib's parsers give blank nodes other names at each run.
    for triple in ordered:
        graph.add((_rdflib(triple.subject), _rdflib(triple.predicate), _rdflib(triple.object)))
    return graph.serialize(format="xml" if syntax == "rdfxml" else "turtle", encoding="utf-8")


def _syntax_of(file: Path, content: bytes) -> Syntax:
    if file.suffix.lower() == ".jsonld":
        return "jsonld"
    is_xml = re.match(rb"\s*<(\?xml|!DOCTYPE|!--|rdf:RDF)", content.removeprefix(b"\xef\xbb\xbf"))
    return "rdfxml" if is_xml else "turtle"


def _ordered(file: Path) -> list[Triple]:
    dataset = pyoxigraph.Dataset(pyoxigraph.Quad(t.subject, t.predicate, t.object) for t in read_triples(file))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted((quad.triple for quad in dataset), key=str)


def _rdflib(term: Term) -> rdflib.term.Node:
    """Return a term as rdflib has it, its lexical form untouched."""
    import rdflib

    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, Literal):
        datatype = None if term.language or term.datatype == XSD["string"] else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, lang=term.language, datatype=datatype, normalize=False)
    assert isinstance(term, BlankNode)
    return rdflib.BNode(term.value)


def _prefixes(content: bytes) -> Mapping[str, str]:
    """Return the namespaces that a file gives a prefix."""
    text = content.decode("utf-8", "replace")
    turtle = re.findall(r"^\s*@?prefix\s+([\w.-]*):\s*<([^>]*)>", text, re.IGNORECASE | re.MULTILINE)
    xml = re.findall(r"""\bxmlns:([\w.-]+)\s*=\s*["']([^"'&]+)["']""", text)
    return dict([*turtle, *xml])
