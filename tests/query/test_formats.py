from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BaseDirection, BlankNode, QueryResultsFormat

from kg.errors import UnknownNameError, UnsupportedQueryError
from kg.query.formats import FORMATS, write_result
from kg.query.table import shorten, width_of
from kg.rdf import KG, XSD, Literal, NamedNode, RdfFormat, Term, Triple
from kg.results import Boolean, Graph, Solutions

PARSED = {"json": QueryResultsFormat.JSON, "xml": QueryResultsFormat.XML, "tsv": QueryResultsFormat.TSV}

text = st.text(st.characters(codec="utf-8"), max_size=12)
# XML 1.0 holds no other control characters; `test_xml_refuses...` looks at those.
printable = text.map(lambda each: "".join(c for c in each if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff")))
datatypes = st.sampled_from(
    [XSD[name] for name in ("integer", "decimal", "double", "boolean", "date", "string", "token")]
)
iris = st.sampled_from([KG["Note"], NamedNode("http://example.org/書?a=b&c#d"), NamedNode("urn:x")])
literals = st.one_of(
    st.builds(Literal, printable),
    st.builds(Literal, printable, language=st.sampled_from(["en", "de-at"])),
    st.builds(lambda value: Literal(value, language="ar", direction=BaseDirection.RTL), printable),
    st.builds(lambda value, datatype: Literal(value, datatype=datatype), printable, datatypes),
    st.sampled_from([Literal(1), Literal(-2.5), Literal(True), Literal("1.50", datatype=XSD["decimal"])]),
)
blanks = st.sampled_from([BlankNode("b0"), BlankNode("b1")])
simple: st.SearchStrategy[Term] = st.one_of(iris, blanks, literals)
terms: st.SearchStrategy[Term] = st.one_of(simple, st.builds(Triple, st.one_of(iris, blanks), iris, simple))
rows = st.lists(st.tuples(st.none() | terms, st.none() | terms), max_size=5)


def written(result: Solutions | Boolean | Graph, name: str, width: int | None = None, base: str = "") -> bytes:
    return b"".join(write_result(result, name, width, base))


def solutions(*each: tuple[Term | None, ...], variables: tuple[str, ...] = ("a", "b")) -> Solutions:
    return Solutions(variables, iter(each))


@pytest.mark.parametrize("name", PARSED)
@settings(max_examples=60, deadline=None)
@given(rows=rows)
def test_what_is_written_is_read_back(name: str, rows: list[tuple[Term | None, ...]]) -> None:
    parsed = pyoxigraph.parse_query_results(written(solutions(*rows), name), PARSED[name])
    assert [variable.value for variable in parsed.variables] == ["a", "b"]
    assert [(row["a"], row["b"]) for row in parsed] == rows


@settings(max_examples=60, deadline=None)
@given(rows=rows)
def test_json_csv_and_tsv_are_those_of_oxigraph(rows: list[tuple[Term | None, ...]]) -> None:
    """Byte for byte, apart from how Oxigraph escapes in JSON what needs no escape."""
    tsv = written(solutions(*rows), "tsv")
    theirs = pyoxigraph.parse_query_results(tsv, QueryResultsFormat.TSV)
    assert json.loads(theirs.serialize(format=QueryResultsFormat.JSON)) == json.loads(written(solutions(*rows), "json"))
    assert theirs_as(tsv, QueryResultsFormat.TSV) == tsv.replace(b"\\u007F", b"\x7f")  # which need not be escaped
    if not any(isinstance(term, Triple) for row in rows for term in row):  # which CSV says nothing about
        assert theirs_as(tsv, QueryResultsFormat.CSV) == written(solutions(*rows), "csv")


def theirs_as(tsv: bytes, results_format: QueryResultsFormat) -> bytes:
    written = pyoxigraph.parse_query_results(tsv, QueryResultsFormat.TSV).serialize(format=results_format)
    assert written is not None
    return written


def test_csv_quotes_only_where_needed() -> None:
    row = (Literal('a,"b"\r\n'), BlankNode("x")), (None, Literal("plain", language="en"))
    assert written(solutions(*row), "csv") == b'a,b\r\n"a,""b""\r\n",_:x\r\n,plain\r\n'


def test_answers_of_ask() -> None:
    assert json.loads(written(Boolean(True), "json")) == {"head": {}, "boolean": True}
    assert bool(pyoxigraph.parse_query_results(written(Boolean(True), "xml"), QueryResultsFormat.XML))
    assert not bool(pyoxigraph.parse_query_results(written(Boolean(False), "xml"), QueryResultsFormat.XML))
    assert written(Boolean(False), "table") == b"no\n"


def test_xml_refuses_what_xml_cannot_hold() -> None:
    with pytest.raises(UnsupportedQueryError, match=r"U\+0001"):
        written(solutions((Literal("\x01"), None)), "xml")


@pytest.mark.parametrize(
    ("name", "result"), [("csv", Boolean(True)), ("turtle", Boolean(True)), ("json", Graph(iter(())))]
)
def test_a_format_that_cannot_hold_the_answer_says_which_can(name: str, result: Boolean | Graph) -> None:
    with pytest.raises(UnsupportedQueryError, match=r"Choose one of: .*table"):
        write_result(result, name)
    with pytest.raises(UnknownNameError):
        write_result(result, "yaml")


@pytest.mark.parametrize(("name", "rdf_format"), [("turtle", RdfFormat.TURTLE), ("ntriples", RdfFormat.N_TRIPLES)])
def test_graphs_are_written_in_pieces_that_are_one_document(name: str, rdf_format: RdfFormat) -> None:
    triples = [Triple(KG[f"s{n % 7}"], KG["p"], Literal(n)) for n in range(2500)]
    document = written(Graph(iter(triples)), name)
    assert {quad.triple for quad in pyoxigraph.parse(document, rdf_format)} == set(triples)
    assert document.count(b"@prefix kg:") == (name == "turtle")


@pytest.mark.parametrize("name", [name for name, each in FORMATS.items() if Solutions in each.holds])
def test_large_answers_are_written_lazily(name: str) -> None:
    taken = 0

    def endless() -> Iterator[tuple[Term | None, ...]]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield (Literal(number), None)

    pieces = write_result(Solutions(("a", "b"), endless()), name)
    next(pieces)
    assert 0 < taken < 3000


def test_table_aligns_wide_characters_and_shortens_names() -> None:
    rows = (
        (NamedNode("https://noemata.example/v/note/a.md"), Literal("知识图谱", language="zh")),
        (KG["worksFor"], Literal("a\nb\x1b[1m")),
        (NamedNode("http://example.org/x"), Literal("P1D", datatype=XSD["duration"])),
        (None, Literal(3)),
    )
    lines = written(solutions(*rows), "table", base="https://noemata.example/v/").decode().splitlines()
    assert lines == [
        "a                       b",
        "──────────────────────  ─────────────────",
        ":note/a.md              知识图谱 @zh",
        "kg:worksFor             a b\ufffd[1m",
        "<http://example.org/x>  P1D^^xsd:duration",
        "                        3",
        "4 rows",
    ]


@settings(deadline=None)
@given(rows=st.lists(st.tuples(terms, st.none() | terms), min_size=1, max_size=5), width=st.integers(20, 60))
def test_tables_fit_the_terminal(rows: list[tuple[Term | None, ...]], width: int) -> None:
    lines = written(solutions(*rows), "table", width).decode().split("\n")
    assert len(lines) == len(rows) + 4
    assert all(width_of(line) <= width for line in lines)


def test_cells_are_cut_with_an_ellipsis() -> None:
    table = written(solutions((Literal("知识图谱知识图谱"), Literal("x" * 40))), "table", 24).decode()
    assert table.splitlines()[2] == "知识图谱知…  xxxxxxxxxx…"


def test_names_that_would_need_escapes_stay_iris() -> None:
    assert shorten(f"{KG}a/b") == f"<{KG}a/b>"
    assert shorten("http://e/x", "http://e/") == ":x"
