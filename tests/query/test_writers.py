"""The store's own writers against those that go term by term."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import UnsupportedQueryError
from kg.query.formats import FORMATS, write_into, write_result
from kg.rdf import FORMATS as RDF_FORMATS
from kg.rdf import RDF, BlankNode, Literal, NamedNode, Quad, Term, Triple
from kg.results import DatasetClause, Graph, ResultSet
from kg.stores.oxigraph import OxigraphStore
from tests.strategies import any_literals, blank_nodes, literals, objects

S, P = NamedNode("http://example.org/s"), NamedNode("http://example.org/p")
AS_WRITTEN = DatasetClause()
_ODD = [",", "'", '"', "\r", "\n", "\r\n", "\t", "<a>", "<<( ", "\\u0041", "{}", "&#13;", " ", "\u2028", "é", "?x"]
odd_texts = st.lists(st.sampled_from([*_ODD, "a", "b"]), max_size=5).map("".join)
odd_literals = st.one_of(
    st.builds(Literal, odd_texts), st.builds(lambda text: Literal(text, language="en"), odd_texts),
    st.builds(lambda text: Literal(text, datatype=NamedNode("http://e/,t'")), odd_texts),
)  # fmt: skip
odd_iris = st.sampled_from(["https://en.wikipedia.org/wiki/Paris,_Texas", "http://e/'&;(),#é%22", "http://e/?a=,,"])
odd = st.one_of(odd_literals, odd_iris.map(NamedNode))
values = st.lists(st.one_of(any_literals, objects, literals, odd), max_size=4, unique_by=str)


def read_results(document: bytes, results_format: pyoxigraph.QueryResultsFormat) -> Any:
    parsed = pyoxigraph.parse_query_results(document, results_format)
    assert isinstance(parsed, pyoxigraph.QuerySolutions)
    return [variable.value for variable in parsed.variables], [tuple(row) for row in parsed]


READERS: dict[str, Callable[[bytes], Any]] = {
    "json": json.loads,
    "xml": lambda document: read_results(document, pyoxigraph.QueryResultsFormat.XML),
    "csv": lambda document: list(csv.reader(io.StringIO(document.decode(), newline=""), strict=True)),
    "tsv": lambda document: read_results(document, pyoxigraph.QueryResultsFormat.TSV),
}


def both(store: OxigraphStore, text: str, name: str) -> tuple[bytes | str, bytes | str]:
    """What the store's own writer writes, and the one term by term; the name of the error where one refuses."""

    def native(result: ResultSet) -> bytes:
        assert not isinstance(result, bool) and name in result.writers  # type: ignore[union-attr]
        file = io.BytesIO()
        write_into(result, name, file)
        return file.getvalue()

    def attempt(write: Callable[[ResultSet], bytes]) -> bytes | str:
        try:
            return write(store.query(text, AS_WRITTEN, {}))
        except UnsupportedQueryError as error:
            return type(error).__name__

    return attempt(native), attempt(lambda result: b"".join(write_result(result, name)))


def stored(given: list[Any]) -> OxigraphStore:
    store = OxigraphStore(dataset="separate")
    store._store.extend([Quad(S, P, value) for value in given])
    return store


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=80, deadline=None)
@given(given=values)
def test_results_are_the_same_documents(name: str, given: list[Any]) -> None:
    native, plain = both(stored(given), "SELECT ?o ?x ?s { ?s ?p ?o }", name)
    if name == "csv" and any(isinstance(value, Triple) for value in given):
        return  # one text, which may be escaped otherwise
    if isinstance(native, bytes) and isinstance(plain, bytes):
        assert READERS[name](native) == READERS[name](plain)
    else:
        assert native == plain


@pytest.mark.parametrize("name", ["ntriples", "nquads", "jsonld"])
@settings(max_examples=60, deadline=None)
@given(given=values)
def test_graphs_are_the_same_documents(name: str, given: list[Any]) -> None:
    native, plain = both(stored(given), "CONSTRUCT WHERE { ?s ?p ?o }", name)
    if isinstance(native, bytes) and isinstance(plain, bytes):
        assert set(pyoxigraph.parse(native, RDF_FORMATS[name])) == set(pyoxigraph.parse(plain, RDF_FORMATS[name]))
    else:
        assert native == plain


SPARQL = "{http://www.w3.org/2005/sparql-results#}"


def read_csv(document: bytes) -> list[tuple[str, ...]]:
    return [tuple(row) for row in csv.reader(io.StringIO(document.decode(), newline=""), strict=True)]


def read_xml(document: bytes) -> list[tuple[str, ...]]:
    """Read results by expat: the variables, and the text of each binding."""
    root = ElementTree.fromstring(document)
    names = [each.get("name", "") for each in root.iter(f"{SPARQL}variable")]
    rows = [{each.get("name", ""): each for each in row} for row in root.iter(f"{SPARQL}result")]
    return [tuple(names), *(tuple(row[name][0].text or "" if name in row else "" for name in names) for row in rows)]


def read_json(document: bytes) -> list[tuple[str, ...]]:
    found = json.loads(document)
    names = found["head"]["vars"]
    rows = (tuple(row[name]["value"] if name in row else "" for name in names) for row in found["results"]["bindings"])
    return [tuple(names), *rows]


@pytest.mark.parametrize(("name", "read"), [("csv", read_csv), ("xml", read_xml), ("json", read_json)])
@settings(max_examples=150, deadline=None)
@given(given=st.lists(st.one_of(odd, odd, any_literals), max_size=4, unique_by=str))
def test_other_parsers_read_what_was_meant(name: str, read: Callable[[bytes], Any], given: list[Term]) -> None:
    expected = sorted((term.value, "", S.value) for term in given if not isinstance(term, Triple))
    for document in both(stored(given), "SELECT ?o ?x ?s { ?s ?p ?o }", name):
        if isinstance(document, str):
            assert name == "xml"  # that holds no control characters
            continue
        header, *rows = read(document)
        assert header == ("o", "x", "s")
        assert sorted(rows) == expected


@pytest.mark.parametrize("name", ["csv", "tsv", "json", "xml"])
def test_terms_longer_than_a_piece_are_written_whole(name: str) -> None:
    texts = [f'{"é,😀" * 5000}"{number}\r\n' for number in range(5)] + [f"{number}" for number in range(3000)]
    native, plain = both(stored([Literal(text) for text in texts]), "SELECT ?o { ?s ?p ?o }", name)
    assert isinstance(native, bytes) and isinstance(plain, bytes)
    assert READERS[name](native) == READERS[name](plain)


@pytest.mark.parametrize("query", ["SELECT * { <a:none> <a:p> ?o }", "SELECT * { ?s ?p 1 }", "SELECT ?x { ?s ?p 1 }"])
def test_csv_without_rows_or_values_has_the_same_lines(query: str) -> None:
    native, plain = both(stored([Literal(1)]), query, "csv")
    assert native == plain


def test_csv_holds_triple_terms_as_one_field() -> None:
    given = [Triple(S, P, Literal('a,"b"')), Triple(S, NamedNode("http://e/a,b"), BlankNode("x"))]
    native, plain = both(stored(given), "SELECT ?o ?s { ?s ?p ?o }", "csv")
    assert isinstance(native, bytes) and native == plain
    assert [len(row) for row in read_csv(native)] == [2, 2, 2]


@settings(max_examples=60, deadline=None)
@given(given=st.lists(st.one_of(any_literals, blank_nodes), max_size=4, unique_by=str))
@pytest.mark.parametrize(
    "name", [name for name, each in FORMATS.items() if Graph in each.holds and name in RDF_FORMATS]
)
def test_graphs_are_read_back(name: str, given: list[Any]) -> None:
    triples = [Triple(S, P, value) for value in given]
    try:
        document = b"".join(write_result(Graph(iter(triples)), name))
    except UnsupportedQueryError as error:
        assert name == "rdfxml" and "in XML" in str(error)
        return
    assert {quad.triple for quad in pyoxigraph.parse(document, RDF_FORMATS[name])} == set(triples)


def test_rdf_xml_refuses_a_predicate_that_xml_cannot_name() -> None:
    triples = iter([Triple(S, NamedNode("http://example.org/1"), S)])
    with pytest.raises(UnsupportedQueryError, match=r"<http://example.org/1>.*turtle"):
        list(write_result(Graph(triples), "rdfxml"))


@pytest.mark.parametrize(
    ("name", "triple", "what"),
    [
        ("rdfxml", Triple(S, RDF["li"], S), r"ns#li>.*in RDF/XML"),
        ("jsonld", Triple(S, P, Triple(S, P, S)), "in JSON-LD"),
    ],
)
def test_what_a_format_cannot_hold_is_said_with_advice_that_fits(name: str, triple: Triple, what: str) -> None:
    with pytest.raises(UnsupportedQueryError, match=what) as caught:
        list(write_result(Graph(iter([triple])), name))
    assert caught.value.advice == "Choose turtle, which can hold it."


def test_large_graphs_are_one_document() -> None:
    triples = [Triple(S, P, Literal(number)) for number in range(2500)]
    for name in ("rdfxml", "jsonld", "trig", "nquads"):
        document = b"".join(write_result(Graph(iter(triples)), name))
        assert {quad.triple for quad in pyoxigraph.parse(document, RDF_FORMATS[name])} == set(triples)


def test_every_media_type_is_that_of_one_format() -> None:
    media_types = [each.media_type for each in FORMATS.values()]
    assert len(set(media_types)) == len(media_types)
