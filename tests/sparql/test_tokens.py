from __future__ import annotations

from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import QuerySyntaxError, UnsupportedQueryError
from kg.sparql.tokens import (
    close_of,
    plain_text,
    prologue_end,
    refuse_service,
    resolve_iris,
    rewrite,
    tokenise,
    unescape,
)

PIECES = [
    "SELECT", "?x", "$y_1", "ex:a.b", ":", "ex:", "<http://e/#a>", "'it'", '"a\\"b"', '"""a"b\n"""',
    "'''x'y'''", "@en-GB", "12", "1.5", ".5", "1e6", "_:b0", "{", "}", "(", ")", ";", ".", "*", "# note\n", "\n", " ",
    "\r\n", "<", "^^", "ex:a\\,b%20c", "書:名",
]  # fmt: skip


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenise(text)]


def test_tokens_of_every_kind() -> None:
    text = """PREFIX ex: <http://e/> SELECT ?x WHERE { ?x ex:a\\,b.c "a # b"@en-GB ; ^ex:d 1.5e-3 , _:n . }"""
    assert kinds(text) == [
        ("word", "PREFIX"), ("name", "ex:"), ("iri", "<http://e/>"), ("word", "SELECT"), ("variable", "?x"),
        ("word", "WHERE"), ("mark", "{"), ("variable", "?x"), ("name", "ex:a\\,b.c"), ("string", '"a # b"'),
        ("tag", "@en-GB"), ("mark", ";"), ("mark", "^"), ("name", "ex:d"), ("number", "1.5e-3"), ("mark", ","),
        ("blank", "_:n"), ("mark", "."), ("mark", "}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ['"a\\"{b"', "'a{\\'b'", '"""a"{""b"""', "'''a''{\\'''b'''", "# {\n"],
)
def test_braces_inside_strings_iris_and_comments_do_not_count(text: str) -> None:
    assert all(token.text != "{" for token in tokenise(text))


def test_dots_after_names_are_not_part_of_them() -> None:
    assert kinds("ex:a. ex:b.c .") == [("name", "ex:a"), ("mark", "."), ("name", "ex:b.c"), ("mark", ".")]


def test_comparison_is_no_iri_where_none_can_stand() -> None:
    assert kinds("?a < 3 && ?b > 2")[1] == ("mark", "<")


def test_positions_count_lines_of_all_kinds() -> None:
    tokens = tokenise("ASK\r\n{ ?s\n?p\r ?o }")
    assert [(token.text, token.line, token.column) for token in tokens] == [
        ("ASK", 1, 1), ("{", 2, 1), ("?s", 2, 3), ("?p", 3, 1), ("?o", 4, 2), ("}", 4, 5),
    ]  # fmt: skip


def test_position_after_a_long_string() -> None:
    assert [(t.line, t.column) for t in tokenise('"""a\nb""" ?x')] == [(1, 1), (2, 6)]


def test_depth_and_closing_brace() -> None:
    tokens = tokenise("ASK { { ?s } } VALUES { }")
    assert [token.depth for token in tokens] == [0, 0, 1, 2, 1, 0, 0, 0, 0]
    assert [close_of(tokens, index) for index in (1, 2, 7)] == [5, 4, 8]


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ("ASK { ?s", 1, 5, "not closed"),
        ("ASK\n }", 2, 2, "closes nothing"),
        ('ASK { ?s ?p "x }', 1, 13, "string that opens here"),
        ("ASK { ?s ?p 'x\n' }", 1, 13, "string that opens here"),
        ("SELECTED ?x {}", 1, 1, "'SELECTED' is no word"),
        ("ASK { ?s ?p '\udcff' }", None, None, "not UTF-8"),
        ("SELECT ?x FROMNAMED <g:g> {}", 1, 11, "'FROMNAMED'"),
    ],
)
def test_what_no_request_can_hold(text: str, line: int | None, column: int | None, reason: str) -> None:
    with pytest.raises(QuerySyntaxError, match=reason) as caught:
        tokenise(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_tokens_and_spaces_are_the_whole_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    try:
        tokens = tokenise(text)
    except QuerySyntaxError:
        return
    end = 0
    for token in tokens:
        assert text[token.start : token.end] == token.text
        assert all(line.isspace() or not line or "#" in line for line in text[end : token.start].split("\n"))
        before = text[: token.start].replace("\r\n", "\n").replace("\r", "\n")
        assert token.line == before.count("\n") + 1
        assert token.column == len(before) - before.rfind("\n")
        end = token.end
    assert rewrite(text, {token: token.text for token in tokens}) == text


def test_prologue_ends_at_the_form() -> None:
    tokens = tokenise('BASE <http://e/> PREFIX ex: <a#> VERSION "1.2" ASK {}')
    assert tokens[prologue_end(tokens)].text == "ASK"


def test_iris_are_resolved_as_oxigraph_does() -> None:
    prologue = "BASE <http://e/a/> BASE <b/> PREFIX ex: <x#>"
    found = resolve_iris(prologue, tokenise("<../c> ex:d\\,e kg:Note <http://f/>"), {"kg": "http://kg/"})
    assert [iri.value for iri in found] == ["http://e/a/c", "http://e/a/b/x#d,e", "http://kg/Note", "http://f/"]


@pytest.mark.parametrize("text", ["<rel>", "no:prefix", "?x", '"s"'])
def test_what_is_no_iri(text: str) -> None:
    with pytest.raises(QuerySyntaxError):
        resolve_iris("", tokenise(text), {})


SERVICES = [
    "SELECT * { SERVICE <http://h.example/> {} }",
    "SELECT * { service silent ?x {} }",
    "PREFIX : <http://h.example/> SELECT * { SERVICE:s {} }",
    "PREFIX ex: <http://h.example/> SELECT * { SERVICEex:s {} }",
    "PREFIX ex: <http://h.example/> SELECT * { SERVICESILENTex:s {} }",
    "PREFIX ex: <http://h.example/> SELECT * { ?s ?p trueSERVICEex:s {} }",
    "SELECT * { FILTER(?a<1)SERVICE<http://h.example/>{} }",
]


@pytest.mark.parametrize("text", SERVICES)
def test_service_is_found(text: str) -> None:
    with pytest.raises(UnsupportedQueryError, match="SERVICE"):
        refuse_service(tokenise(text))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s a schema:Service ; ex:service 'SERVICE <x> {}' } # SERVICE <x> {}",
        "PREFIX service: <http://e/> SELECT * { GRAPH service:g { ?s ?p service:o } }",
        "SELECT * { ?service <http://e/SERVICE> ?o }",
    ],
)
def test_what_is_only_called_service_is_allowed(text: str) -> None:
    refuse_service(tokenise(text))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?x ?y ?a FILTER(?a<#>'''\n1) SERVICE <http://h.example/> {} #'''\n}",
        "SELECT * { ?x ?y ?a FILTER(?a<'''> \"''') SERVICE <http://h.example/> {} #\"\n}",
        "SELECT * { ?x ?y ?a FILTER(?a<?b#>'''\n) SERVICE <http://h.example/> {} #'''\n}",
    ],
)
def test_no_reading_of_a_comparison_hides_a_service(text: str) -> None:
    """Oxigraph would read these as a SERVICE, and we as a string; what it is given it does not read so."""
    tokens = tokenise(text)
    refuse_service(tokens)
    with pytest.raises(SyntaxError):
        pyoxigraph.Store().query(plain_text(text, tokens))


def test_text_without_service_is_left_alone() -> None:
    text = "SELECT * { ?s <http://e/#p> 'x' }"
    assert plain_text(text, tokenise(text)) is text


def test_escaped_iris_mean_the_same() -> None:
    text = "SELECT (<http://e/#p'q> AS ?x) ('service' AS ?y) {}"
    rows = pyoxigraph.Store().query(plain_text(text, tokenise(text)))
    assert next(rows)["x"].value == "http://e/#p'q"


def test_every_valid_request_of_the_w3c_has_tokens(rdf_tests: Path) -> None:
    """All query and update texts that Oxigraph accepts are accepted here, and cover their text."""
    seen = 0
    for path in sorted((*rdf_tests.rglob("*.rq"), *rdf_tests.rglob("*.ru"))):
        text = path.read_text("utf-8")
        base = "http://example.org/base/"
        try:
            if path.suffix == ".rq":
                pyoxigraph.Store().query(text, base_iri=base)
            else:
                guard = "CLEAR GRAPH <urn:none> ;\n"
                pyoxigraph.Store().update(guard + text, base_iri=base)
        except SyntaxError:
            continue
        except (RuntimeError, OSError):
            pass
        tokenise(text)
        seen += 1
    assert seen > 400


def test_codepoint_escapes_are_replaced_outside_strings_iris_and_comments() -> None:
    text = r"""S\u0045LECT ?\u0073 { ?s :\u00e9 '\u0027', <a:\u00e9> } # \u000a"""
    assert unescape(text) == r"""SELECT ?s { ?s :é '\u0027', <a:\u00e9> } # \u000a"""
    assert unescape(r"\U0001F600 \U00110000 ex:a\~b") == r"😀 \U00110000 ex:a\~b"


def test_a_comparison_in_parentheses_is_no_iri() -> None:
    assert kinds("FILTER(?x<?_n&&?y>3)")[2:6] == [
        ("variable", "?x"), ("mark", "<"), ("variable", "?_n"), ("mark", "&"),
    ]  # fmt: skip
    assert ("variable", "?_n") in kinds("IF(?x<?_n,1,strlen(?y)>3)")
    assert ("iri", "<?a&&?b>") in kinds("?s <?a&&?b> ?o")
    assert ("iri", "<a:?x>") in kinds("VALUES (?x ?y) { (1 <a:?x>) }")


DATA = [
    "INSERT DATA { <a:s> <a:p> '}', \"\"\"a\"}\"\"\", '', <a:o'> # }\n . GRAPH <a:g> { ex:a\\#b ex:p [ ex:q (1 2) ] } } ; CLEAR ALL",
    "DELETE DATA { << <a:s> <a:p> 1 >> <a:q> 2 {| <a:r> 3 |} } ;\n\nCLEAR ALL",
]  # fmt: skip


@pytest.mark.parametrize("text", DATA)
def test_data_is_left_out_when_asked_and_nothing_moves(text: str) -> None:
    short, whole = tokenise(text, skips_data=True), tokenise(text)
    assert short == (*whole[:3], *whole[close_of(whole, 2) :])


@pytest.mark.parametrize("text", ["INSERT DATA { ( ] }", "INSERT DATA { <a b> }", "INSERT DATA { 'x"])
def test_odd_data_is_not_left_out(text: str) -> None:
    assert tokenise(text, is_finished=False, skips_data=True) == tokenise(text, is_finished=False)
