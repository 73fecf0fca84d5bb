"""Terms, their canonical form, and RDF syntaxes."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import RdfSyntaxError
from kg.model import Change
from kg.rdf import (
    FORMATS,
    KG,
    PREFIXES,
    XSD,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Term,
    canonical,
    local_name,
    parse,
    serialise,
)
from kg.stores.oxigraph import OxigraphStore
from tests.strategies import any_literals, iris, literals, objects, quads, terms

NODE = NamedNode("https://example.com/n")


def stored(term: Term) -> Term:
    """What a store makes of a term."""
    store = OxigraphStore()
    store.commit(Change((Quad(NODE, NODE, term, NODE),)))
    (quad,) = store.match()
    return quad.object


@given(st.one_of(terms, objects))
def test_canonical_is_what_a_store_holds(term: Term) -> None:
    assert canonical(term) == stored(term)
    assert canonical(canonical(term)) == canonical(term)


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [("1.70", "decimal", "1.7"), ("01", "integer", "1"), ("1", "boolean", "true"), ("abc", "integer", "abc")],
)
def test_values_have_one_form(text: str, datatype: str, value: str) -> None:
    assert canonical(Literal(text, datatype=XSD[datatype])) == Literal(value, datatype=XSD[datatype])


@pytest.mark.parametrize("name", ["nquads", "trig", "jsonld"])
@given(quads_=st.lists(quads([NODE], st.one_of(iris, literals, any_literals)), max_size=5))
def test_what_is_serialised_is_parsed_back(name: str, quads_: list[Quad]) -> None:
    quads_ = [quad for quad in quads_ if isinstance(quad.subject, NamedNode)]
    if name == "jsonld":
        quads_ = [
            quad for quad in quads_ if not (isinstance(quad.object, Literal) and quad.object.datatype == XSD["double"])
        ]
    assert set(parse(serialise(quads_, FORMATS[name]), FORMATS[name], "x")) == set(quads_)


def test_a_stream_is_parsed_lazily() -> None:
    source = io.BytesIO(b"<urn:a> <urn:b> <urn:c> .\n" * 3 + b"nonsense")
    found = parse(source, FORMATS["ntriples"], "file.nt")
    assert next(found) == Quad(NamedNode("urn:a"), NamedNode("urn:b"), NamedNode("urn:c"))
    with pytest.raises(RdfSyntaxError, match=r"file\.nt:4"):
        list(found)


def test_a_syntax_error_says_where() -> None:
    with pytest.raises(RdfSyntaxError) as caught:
        list(parse(b"@prefix ex: <https://example.com/> .\nex:a ex:b nix:c .", FORMATS["turtle"], "o.ttl"))
    assert caught.value.source == "o.ttl"
    assert caught.value.line == 2


@pytest.mark.parametrize("content", [b'"text"', b" 1", b"null", b"\xef\xbb\xbftrue"])
def test_json_that_is_no_document_is_not_one_that_says_nothing(content: bytes) -> None:
    with pytest.raises(RdfSyntaxError, match="a JSON-LD document is an object or a list"):
        list(parse(content, RdfFormat.JSON_LD, "a.jsonld"))


def test_relative_iris_need_a_base() -> None:
    with pytest.raises(RdfSyntaxError):
        list(parse(b"<a> <b> <c> .", FORMATS["turtle"], "x.ttl"))
    (quad,) = parse(b"<a> <b> <c> .", FORMATS["turtle"], "x.ttl", "https://example.com/")
    assert quad.subject == NamedNode("https://example.com/a")


def test_our_prefixes_are_written() -> None:
    written = serialise([Quad(NODE, KG["name"], Literal("x")).triple], FORMATS["turtle"]).decode()
    assert f"@prefix kg: <{PREFIXES['kg']}>" in written and "kg:name" in written


@pytest.mark.parametrize(
    ("iri", "name"), [("https://e.com/a#b", "b"), ("https://e.com/a/b", "b"), ("urn:a:b", "b"), ("https://e.com/", "")]
)
def test_the_local_name_is_the_last_part(iri: str, name: str) -> None:
    assert local_name(iri) == local_name(NamedNode(iri)) == name
