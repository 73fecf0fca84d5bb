"""Requests that would fill the stack of Oxigraph's parser are refused; what is let through does not fill it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from kg.errors import QueryDepthError
from kg.query.operations import parse_update
from kg.sparql.tokens import MAX_DEPTH, plain_text, tokenise

Build = Callable[[int], str]

NESTED: dict[str, Build] = {
    "groups": lambda n: "ASK " + "{" * n + "}" * n,
    "unions": lambda n: "ASK " + "{{} UNION " * n + "{}" + "}" * n,
    "parentheses": lambda n: "ASK {FILTER(" + "(" * n + "1" + ")" * n + ")}",
    "calls": lambda n: "ASK {FILTER(" + "STR(" * n + "1" + ")" * n + ")}",
    "conditions": lambda n: "ASK {FILTER(" + "IF(1,1," * n + "1" + ")" * n + ")}",
    "blank nodes": lambda n: "ASK {?s ?p " + "[?p " * n + "1" + "]" * n + "}",
    "collections": lambda n: "ASK {?s ?p " + "(" * n + "1" + ")" * n + "}",
    "OPTIONAL": lambda n: "ASK {" + "OPTIONAL {" * n + "}" * n + "}",
    "EXISTS": lambda n: "ASK {" + "FILTER EXISTS {" * n + "}" * n + "}",
    "NOT EXISTS": lambda n: "ASK {" + "FILTER NOT EXISTS {" * n + "}" * n + "}",
    "subqueries": lambda n: "SELECT * " + "{SELECT * " * n + "{}" + "}" * n,
    "GRAPH": lambda n: "ASK {" + "GRAPH ?g {" * n + "}" * n + "}",
    "paths": lambda n: "ASK {?s " + "^(" * n + "<a:b>" + ")*" * n + " ?o}",
    "triple terms": lambda n: "ASK {?s ?p " + "<<( ?s ?p " * n + "1" + " )>>" * n + "}",
    "reified triples": lambda n: "ASK {?s ?p " + "<< ?s ?p " * n + "1" + " >>" * n + "}",
    "annotations": lambda n: "ASK {?s ?p 1 " + "{| ?p 1 " * n + "|}" * n + "}",
    "not closed": lambda n: "ASK {FILTER(" + "(" * n,
}
CHAINS: dict[str, Build] = {
    "UNION": lambda n: "ASK {{}" + " UNION {}" * n + "}",
    "OPTIONAL": lambda n: "ASK {" + "OPTIONAL {}" * n + "}",
    "MINUS": lambda n: "ASK {?s ?p ?o " + "MINUS {?s ?p 1}" * n + "}",
    "BIND": lambda n: "ASK {" + " ".join(f"BIND(1 AS ?x{i})" for i in range(n)) + "}",
    "FILTER": lambda n: "ASK {" + "FILTER(?a)" * n + "}",
    "LATERAL": lambda n: "ASK {" + "LATERAL {}" * n + "}",
    "SELECT": lambda n: "SELECT " + " ".join(f"(COUNT(*) AS ?x{i})" for i in range(n)) + " {}",
    "or": lambda n: "ASK {FILTER(?a" + "||?a" * n + ")}",
    "and": lambda n: "ASK {FILTER(?a" + "&&?a" * n + ")}",
    "plus": lambda n: "ASK {FILTER(1" + "+?a" * n + ")}",
    "minus": lambda n: "ASK {FILTER(1" + "-1" * n + ")}",
    "times": lambda n: "ASK {FILTER(1" + "*?a" * n + ")}",
    "divided": lambda n: "ASK {FILTER(1" + "/?a" * n + ")}",
    "not": lambda n: "ASK {FILTER(" + "!" * n + "1)}",
    "alternatives": lambda n: "ASK {?s <a:b>" + "|<a:b>" * n + " ?o}",
}

WIDE: dict[str, Build] = {
    "typed values": lambda n: "ASK { VALUES ?x { " + "'1'^^<a:b> " * n + "} }",
    "rows": lambda n: "ASK { VALUES (?x ?y) { " + "(-1 '2'^^<a:b>)" * n + "} }",
    "triple terms": lambda n: "ASK { VALUES ?x { " + "<<( <a:s> <a:p> 1 )>> " * n + "} }",
    "IN": lambda n: "ASK { FILTER(1 IN (" + "-1, 1-2, '1'^^<a:b>, " * n + "1)) }",
    "arguments": lambda n: "ASK { FILTER(COALESCE(" + "1+1, " * n + "1)) }",
    "typed data": lambda n: "INSERT DATA { " + "".join(f"<a:s> <a:p> '{i}'^^<a:b> . " for i in range(n)) + "}",
    "; and ,": lambda n: "INSERT DATA { <a:s> <a:p> -1" + "".join(f"; <a:p> +{i}, -{i}" for i in range(n)) + "}",
    "reified": lambda n: "INSERT DATA { " + "".join(f"<< <a:s> <a:p> {i} >> <a:q> 1 . " for i in range(n)) + "}",
    "annotated": lambda n: "INSERT DATA { " + "".join(f"<a:s> <a:p> {i} {{| <a:q> 1 |}} . " for i in range(n)) + "}",
    "graphs": lambda n: "INSERT DATA { " + "".join(f"GRAPH <a:{i}> {{ <a:s> <a:p> 1 }} " for i in range(n)) + "}",
    "template": lambda n: "INSERT { " + "GRAPH <a:g> { ?s <a:p> '1'^^<a:b> } " * n + "} WHERE {}",
    "construct": lambda n: "CONSTRUCT { " + "?s <a:p> '1'^^<a:b> . " * n + "} WHERE {}",
    "operations": lambda n: "CLEAR DEFAULT ; " * n + "INSERT { <a:s> <a:p> 1 } WHERE { FILTER(1 || 1) } ; " * (n // 20),
}
HIDDEN: dict[str, Build] = {
    "brackets in an IRI": lambda n: "ASK { ?s ?p ?a FILTER(?a<" + "(" * n + "1>) }",
    "calls in an IRI": lambda n: "ASK { ?s ?p ?a FILTER(?a<" + "STR(" * n + "?b>) }",
    "names in an IRI": lambda n: "PREFIX : <a:> ASK { ?s ?p ?a FILTER(?a<" + ":f(" * n + "?b>) }",
    "groups in data": lambda n: "INSERT DATA { <a:s> <a:p> 1 " + "{| <a:p> 1 " * n + "|}" * n + "}",
    "lists in data": lambda n: "INSERT DATA { <a:s> <a:p> " + "(" * n + ")" * n + "}",
    "triples in VALUES": lambda n: "ASK { VALUES ?x { " + "<<( <a:s> <a:p> " * n + "1" + " )>>" * n + "} }",
    "groups in a template": lambda n: "INSERT { ?s <a:p> " + "[ <a:p> " * n + "1" + "]" * n + "} WHERE {}",
}

RUN = """
import sys, pyoxigraph
for text in sys.stdin.read().split("\\0"):
    try:
        pyoxigraph.Store().update("CLEAR GRAPH <urn:none>; INSERT {} WHERE {" + text + "}")
    except (SyntaxError, RuntimeError):
        pass
    try:
        pyoxigraph.Store().update(text)
    except (SyntaxError, RuntimeError):
        pass
    try:
        pyoxigraph.Store().query(text)
    except (SyntaxError, RuntimeError):
        pass
"""


@pytest.mark.parametrize("build", NESTED.values(), ids=NESTED)
def test_what_is_nested_too_deeply_is_refused_by_name(build: Build) -> None:
    with pytest.raises(QueryDepthError, match="nested more than 128 levels"):
        tokenise(build(5000))


@pytest.mark.parametrize("build", CHAINS.values(), ids=CHAINS)
def test_what_is_chained_too_long_is_refused_by_name(build: Build) -> None:
    with pytest.raises(QueryDepthError, match="count as one"):
        tokenise(build(5000))


@pytest.mark.parametrize("build", [*NESTED.values(), *CHAINS.values()], ids=[*NESTED, *(f"chain {c}" for c in CHAINS)])
def test_ordinary_depth_and_length_are_let_through(build: Build) -> None:
    try:
        tokenise(build(50))
    except QueryDepthError:
        pytest.fail("50 levels are ordinary")
    except Exception as error:  # noqa: BLE001 - the text that is not closed
        assert "not closed" in str(error)


@pytest.mark.slow
def test_long_lists_are_no_chains() -> None:
    """What a program writes: rows of VALUES with signs, an IN list, data, many operations."""
    for text in (
        "SELECT * { VALUES ?x { " + "-1 +2.5 " * 20_000 + "} }",
        "SELECT * { VALUES (?x ?y) { " + "(-1 2)" * 20_000 + "} }",
        "ASK { FILTER(?x IN (" + "1, " * 20_000 + "1)) }",
        "ASK { " + "?s <a:p>+ [] ; <a:q> (1 2) . " * 2_000 + "}",
        "INSERT DATA { " + "<a:s> <a:p> -1.5, [ <a:q> 2 ], ( 1 ) . " * 10_000 + "}",
        "CLEAR DEFAULT ; " * 20_000,
    ):
        tokenise(text)


@pytest.mark.slow
@pytest.mark.parametrize("build", WIDE.values(), ids=WIDE)
def test_what_is_wide_but_flat_is_let_through(build: Build) -> None:
    tokenise(build(10_000))
    if "DATA" in build(1):
        tokenise(build(100_000), skips_data=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WIDE if name not in ("annotated", "reified")])
def test_what_is_wide_does_not_fill_the_stack(name: str) -> None:
    """In a quarter of the usual stack, 100,000 elements."""
    assert run_in_process([WIDE[name](100_000)], 2) == 0


@pytest.mark.parametrize("build", HIDDEN.values(), ids=HIDDEN)
def test_what_is_nested_is_found_where_lists_stand_or_an_iri_seems_to(build: Build) -> None:
    with pytest.raises(QueryDepthError):
        tokenise(build(5000))
    with pytest.raises(QueryDepthError):
        tokenise(build(5000), skips_data=True)


def test_a_comment_that_is_an_iri_to_us_hides_no_brackets() -> None:
    text = "ASK { ?s ?p ?a FILTER(?a<#>'''\n" + "(" * 20_000 + "1) #''')}"
    assert run_in_process([plain_text(text, tokenise(text))], 8) == 0


def test_updates_are_refused_before_the_parser_sees_them() -> None:
    with pytest.raises(QueryDepthError):
        parse_update("INSERT DATA { <a:s> <a:p> " + "[ <a:p> " * 20_000 + "1" + "]" * 20_000 + " }", {})
    with pytest.raises(QueryDepthError):
        parse_update("INSERT {} WHERE { " + "{" * 20_000 + "}" * 20_000 + " }", {})


def test_links_and_brackets_add_up() -> None:
    """A chain is nested to the left, so what stands in its first link is the deepest."""
    with pytest.raises(QueryDepthError):
        tokenise("ASK { FILTER(" + "(" * 60 + "1" + ("||1" * 12 + ")") * 60 + ") }")


def highest(build: Build) -> str:
    """Return the largest text of a kind that is let through, except where the optimiser takes long for it."""
    low, high = 1, 4096
    while low < high - 1:
        middle = (low + high) // 2
        try:
            tokenise(build(middle))
            low = middle
        except QueryDepthError:
            high = middle
    return build(low)


@pytest.mark.slow
def test_the_highest_that_is_let_through_leaves_half_of_the_stack() -> None:
    """In a process of its own, with 4 MiB of stack; the limit is a matter of the machine's, usually 8 MiB."""
    slow = ("blank nodes", "collections", "annotations", "reified triples", "not closed")
    texts = [highest(build) for name, build in NESTED.items() if name not in slow]
    texts += [highest(build) for name, build in CHAINS.items() if name not in ("OPTIONAL",)]
    assert run_in_process(texts, 4) == 0
    assert MAX_DEPTH == 128


def run_in_process(texts: list[str], megabytes: int) -> int:
    """Return how a process with so much stack ends when Oxigraph parses and asks each text."""
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_STACK, ({megabytes} << 20, {megabytes} << 20))"
    code = f"{limit}\nimport os, sys\nos.execv(sys.executable, [sys.executable, '-c', {RUN!r}])"
    done = subprocess.run([sys.executable, "-c", code], input="\0".join(texts).encode(), check=False, timeout=60)
    return done.returncode
