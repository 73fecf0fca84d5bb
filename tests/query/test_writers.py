"""The store's own writers against those that go term by term."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import UnsupportedQueryError
from kg.query.formats import FORMATS, write_into, write_result
from kg.rdf import FORMATS as RDF_FORMATS
from kg.rdf import Literal, NamedNode, Quad, Triple
from kg.results import DatasetClause, Graph, ResultSet
from kg.stores.oxigraph import OxigraphStore
from tests.strategies import any_literals, blank_nodes, literals, objects

S, P = NamedNode("http://example.org/s"), NamedNode("http://example.org/p")
AS_WRITTEN = DatasetClause()
values = st.lists(st.one_of(any_literals, objects, literals), max_size=4, unique_by=str)


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
        return  # below
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


def test_csv_with_an_ambiguous_triple_term_is_refused() -> None:
    quoted = Triple(S, P, Literal('a,"b"'))
    assert both(stored([quoted]), "SELECT ?o ?s { ?s ?p ?o }", "csv")[0] == "UnsupportedQueryError"
    native, _ = both(stored([Triple(S, P, S), Literal('"a",b""')]), "SELECT ?o ?s { ?s ?p ?o }", "csv")
    assert isinstance(native, bytes) and len(READERS["csv"](native)) == 3


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


def test_large_graphs_are_one_document() -> None:
    triples = [Triple(S, P, Literal(number)) for number in range(2500)]
    for name in ("rdfxml", "jsonld", "trig", "nquads"):
        document = b"".join(write_result(Graph(iter(triples)), name))
        assert {quad.triple for quad in pyoxigraph.parse(document, RDF_FORMATS[name])} == set(triples)


def test_every_media_type_is_that_of_one_format() -> None:
    media_types = [each.media_type for each in FORMATS.values()]
    assert len(set(media_types)) == len(media_types)
