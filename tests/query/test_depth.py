"""Requests that would fill the stack of Oxigraph's parser are refused; what is let through does not fill it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

from kg.errors import QueryDepthError
from kg.query.operations import parse_update
from kg.query.tokens import MAX_DEPTH, tokenise

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

RUN = """
import sys, pyoxigraph
for text in sys.stdin.read().split("\\0"):
    try:
        pyoxigraph.Store().update("CLEAR GRAPH <urn:none>; INSERT {} WHERE {" + text + "}")
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


def test_the_highest_that_is_let_through_leaves_half_of_the_stack() -> None:
    """In a process of its own, with 4 MiB of stack; the limit is a matter of the machine's, usually 8 MiB."""
    slow = ("blank nodes", "collections", "annotations", "reified triples", "not closed")
    texts = [highest(build) for name, build in NESTED.items() if name not in slow]
    texts += [highest(build) for name, build in CHAINS.items() if name not in ("OPTIONAL",)]
    limit = "import resource; resource.setrlimit(resource.RLIMIT_STACK, (4 << 20, 4 << 20))"
    code = f"{limit}\nimport os, sys\nos.execv(sys.executable, [sys.executable, '-c', {RUN!r}])"
    done = subprocess.run([sys.executable, "-c", code], input="\0".join(texts).encode(), check=False, timeout=60)
    assert done.returncode == 0
    assert MAX_DEPTH == 128
