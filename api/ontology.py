"""`/ontology`: the home's ontology for editors and reasoners, and as a page for people.

The answer is the file's own bytes where the client asks for its syntax (DESIGN §11.1). RDF/XML comes first,
because it is what the OWLAPI reads at the first request; and never HTML to a client that does not name
XHTML, because the OWLAPI takes a web page for an empty ontology (research/ontology.md §5).

The shipped ontology is public. A user's own needs the token, as reads do.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TypeVar
from xml.sax.saxutils import quoteattr

from flask import Blueprint, Response, request

from api.access import Access, access, require
from api.negotiation import Offer, choose_offer, graph_offers
from api.operations import describe, operation, parameter
from api.service import current
from kg.errors import ConfigError, NotFoundError
from kg.ontology import ClassTerm, Label, Ontology, PropertyTerm, in_syntax, read_triples, shipped_file
from kg.rdf import OWL, RDFS, Literal, NamedNode, local_name

__all__ = ["blueprint"]

blueprint = Blueprint("ontology", __name__)

_Term = TypeVar("_Term", ClassTerm, PropertyTerm)

_OFFERS = graph_offers("rdfxml", "turtle", "ntriples", "jsonld")
_PAGE = (Offer("text/html", "page"), Offer("application/xhtml+xml", "page"))
_SHIPPED = ("kg.ttl", "kg-align.ttl", "shapes.ttl")
_CATALOG = "catalog-v001.xml"
_ALTERNATES = (
    ("/ontology.owl", "application/rdf+xml"),
    ("/ontology.ttl", "text/turtle"),
    ("/ontology.html", "text/html"),
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

_FORMAT = parameter("format", "A media type or a short name as `turtle`; goes before Accept.")
_FILE = parameter("name", "A file of the shipped ontology.", {"type": "string", "enum": list(_SHIPPED)}, "path")
_MEDIA_TYPES = dict.fromkeys(offer.media_type for offer in (*_OFFERS, *_PAGE))
_NOT_CHANGED = ("It is what the client has (If-None-Match)", ())


@blueprint.get("/ontology")
@access(Access.PUBLIC)  # the shipped one; a user's own asks for the token
@describe(
    GET=operation(
        "Read the ontology",
        [_FORMAT],
        answers={200: ("The ontology", _MEDIA_TYPES), 304: _NOT_CHANGED},
        errors=(401, 406),
    )
)
def ontology() -> Response:
    """Return the ontology in the syntax that the client asks for."""
    accept = request.headers.get("Accept", "")
    names_page = "application/xhtml+xml" in accept.lower()
    wanted = request.args.get("format", "")
    offer = choose_offer(accept, (*_OFFERS, *_PAGE) if names_page else _OFFERS, wanted)
    return _page() if offer.format == "page" else _file(offer)


@blueprint.get("/ontology.owl")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Read the ontology in RDF/XML",
        answers={200: ("The ontology", ["application/rdf+xml"]), 304: _NOT_CHANGED},
        errors=(401,),
    )
)
def ontology_owl() -> Response:
    """Return the ontology in RDF/XML."""
    return _file(_OFFERS[0])


@blueprint.get("/ontology.ttl")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Read the ontology in Turtle",
        answers={200: ("The ontology", ["text/turtle"]), 304: _NOT_CHANGED},
        errors=(401,),
    )
)
def ontology_ttl() -> Response:
    """Return the ontology in Turtle."""
    return _file(_OFFERS[1])


@blueprint.get("/ontology.html")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Read the ontology as a page", answers={200: ("The page", ["text/html"]), 304: _NOT_CHANGED}, errors=(401,)
    )
)
def ontology_html() -> Response:
    """Return a page of the classes and properties."""
    return _page()


@blueprint.get("/ontology/<name>")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Read a file of the shipped ontology",
        [_FILE],
        answers={200: ("The file", ["text/turtle"]), 304: _NOT_CHANGED},
        errors=(404,),
    )
)
def shipped(name: str) -> Response:
    """Return a file of the shipped ontology, which a user's own may import."""
    if name not in _SHIPPED:
        raise NotFoundError("file of the shipped ontology", name, _SHIPPED)
    return _tagged(shipped_file(name).read_bytes(), "text/turtle; charset=utf-8")


@blueprint.get("/shapes.ttl")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Read the SHACL shapes of a dataset", answers={200: ("The shapes", ["text/turtle"]), 304: _NOT_CHANGED}
    )
)
def shapes() -> Response:
    """Return the SHACL shapes that a dataset of ours fulfils."""
    return _tagged(shipped_file("shapes.ttl").read_bytes(), "text/turtle; charset=utf-8")


@blueprint.get("/catalog-v001.xml")
@access(Access.PUBLIC)
@describe(
    GET=operation(
        "Read the catalog of ontologies",
        description="An OASIS XML catalog: where the ontologies are that import each other.",
        answers={200: ("The catalog", ["application/xml"]), 304: _NOT_CHANGED},
        errors=(401,),
    )
)
def catalog() -> Response:
    """Return where the ontologies are, as Protégé reads it beside a file."""
    text = shipped_file(_CATALOG).read_text("utf-8")
    text = re.sub(r'uri="(kg|kg-align)\.ttl"', r'uri="ontology/\1.ttl"', text)
    file = _own()
    if file is not None:
        iri = next((t.subject for t in read_triples(file) if t.object == OWL["Ontology"]), None)
        if isinstance(iri, NamedNode):
            row = f'    <uri id="Your ontology" name={quoteattr(iri.value)} uri="ontology.owl"/>\n'
            text = text.replace("</catalog>", f"{row}</catalog>")
    return _tagged(text.encode(), "application/xml")


def _own() -> Path | None:
    """Return the user's ontology file, None where the shipped one is used; only to who may read it.

    Raises:
        AccessError: there is one, and the token is missing or wrong. ConfigError: there are several.
    """
    try:
        file = current().home.ontology()
    except ConfigError:  # it names the home and the files
        require(Access.READS)
        raise
    if file is not None:
        require(Access.READS)
    return file


def _file(offer: Offer) -> Response:
    file = _own() or shipped_file("kg.ttl")
    content = _converted(file, hashlib.sha256(file.read_bytes()).hexdigest(), offer.format)
    return _linked(_tagged(content, offer.content_type))


@functools.lru_cache(maxsize=16)
def _converted(file: Path, _digest: str, syntax: str) -> bytes:
    return in_syntax(file, syntax)


def _tagged(content: bytes, content_type: str) -> Response:
    """Return bytes that a client need not fetch again while they are the same."""
    response = Response(content, content_type=content_type)
    response.set_etag(hashlib.sha256(content).hexdigest()[:32])
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _linked(response: Response) -> Response:
    """Say in which other forms the ontology is there."""
    for path, media_type in _ALTERNATES:
        response.headers.add("Link", f'<{path}>; rel="alternate"; type="{media_type}"')
    response.vary.add("Accept")
    return response


# --- the page


def _page() -> Response:
    _own()  # asks for the token where there is one
    response = _linked(_tagged(_write_page(current().owner.ontology).encode(), "text/html; charset=utf-8"))
    response.headers["Content-Security-Policy"] = _POLICY
    return response


_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>The ontology</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
section { border-top: 1px solid #ccc; padding: .6rem 0 } h3 { margin: .2rem 0 }
code, .iri { font-size: .85rem; color: #555 }
dl { display: grid; grid-template-columns: 8rem 1fr; margin: .3rem 0 } dt { color: #555 } dd { margin: 0 }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #ddd } a { color: #8ab4f8 }
  code, .iri, dt { color: #aaa } }
</style></head><body>
<h1>The ontology</h1>
<p>Also as <a href="/ontology.owl">RDF/XML</a> and <a href="/ontology.ttl">Turtle</a>, with
<a href="/shapes.ttl">SHACL shapes</a>.</p>
"""


def _write_page(terms: Ontology) -> str:
    """Return the page: all classes, then all properties, by name."""
    comments: dict[NamedNode, list[str]] = {}
    for triple in terms.triples:
        subject, text = triple.subject, triple.object
        if triple.predicate == RDFS["comment"] and isinstance(subject, NamedNode) and isinstance(text, Literal):
            comments.setdefault(subject, []).append(text.value)
    parts = [_HEAD, f"<h2>Classes ({len(terms.classes)})</h2>"]
    parts += [_write_class(terms, each, comments) for each in _by_name(terms.classes.values())]
    parts.append(f"<h2>Properties ({len(terms.properties)})</h2>")
    parts += [_write_property(terms, each, comments) for each in _by_name(terms.properties.values())]
    return "\n".join([*parts, "</body></html>\n"])


def _by_name(terms: Iterable[_Term]) -> list[_Term]:
    return sorted(terms, key=lambda term: (local_name(term.iri).casefold(), term.iri.value))


def _write_class(terms: Ontology, term: ClassTerm, comments: dict[NamedNode, list[str]]) -> str:
    rows = [("sub-class of", _links(terms, term.parents))]
    return _section(term, rows, comments)


def _write_property(terms: Ontology, term: PropertyTerm, comments: dict[NamedNode, list[str]]) -> str:
    rows = [
        ("domain", " and ".join(_links(terms, each, " or ") for each in term.domains)),
        ("range", " and ".join(_links(terms, each, " or ") for each in term.ranges)),
        ("inverse of", _links(terms, term.inverses)),
        ("sub-property of", _links(terms, term.parents)),
    ]
    return _section(term, rows, comments)


def _section(term: ClassTerm | PropertyTerm, rows: list[tuple[str, str]], comments: dict[NamedNode, list[str]]) -> str:
    labels = ", ".join(_label(each) for each in term.labels)
    shown = [("labels", labels), *rows]
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in shown if value)
    told = "".join(f"<p>{escape(text)}</p>" for text in comments.get(term.iri, ()))
    title = f'<h3>{escape(local_name(term.iri))}</h3><div class="iri">{escape(term.iri.value)}</div>'
    return f'<section id="{escape(local_name(term.iri))}">{title}{told}<dl>{listed}</dl></section>'


def _label(label: Label) -> str:
    language = f" <code>{escape(label.language)}</code>" if label.language else ""
    return f"{escape(label.text)}{language}"


def _links(terms: Ontology, iris: Iterable[NamedNode], between: str = ", ") -> str:
    known = {**terms.classes, **terms.properties}
    found = []
    for iri in sorted(iris, key=lambda each: each.value):
        name = escape(local_name(iri))
        other = f"<span title={quoteattr(iri.value)}>{name}</span>"
        found.append(f'<a href="#{name}">{name}</a>' if iri in known else other)
    return between.join(found)
