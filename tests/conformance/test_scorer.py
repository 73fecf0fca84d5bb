"""The scorer itself: a wrong answer must fail, or the counts say nothing. And the page that shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyoxigraph
import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from tests.conformance import counting
from tests.conformance.comparing import Answer, Cells, Quads, Rows, difference
from tests.conformance.engines import Noemata, Reply
from tests.conformance.expectations import expected_failures
from tests.conformance.manifests import Case, cases, folder
from tests.conformance.scoring import score

needs_suites = pytest.mark.skipif(folder() is None, reason="KG_BENCH is not set: the W3C suites are not there")
A, B, P = (NamedNode(f"http://example.org/{name}") for name in "abp")
XSD = "http://www.w3.org/2001/XMLSchema#"


def decimal(text: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + "decimal"))


def rows(*found: dict[str, Any], is_ordered: bool = False) -> Rows:
    return Rows(frozenset("xy"), found, is_ordered)


def quads(*found: tuple[Any, Any, Any]) -> Quads:
    return Quads(frozenset(Quad(*each) for each in found))


N, M = BlankNode("n"), BlankNode("m")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (rows({"x": A}, {"x": B}), rows({"x": B}, {"x": A})),
        (rows({"x": N}, {"x": N, "y": M}), rows({"x": M}, {"x": M, "y": N})),
        (rows({"x": decimal("1.50")}), rows({"x": decimal("1.5")})),
        (rows({"x": A}, {"x": B}), rows({"x": A}, {"x": B}, is_ordered=True)),
        (quads((N, P, M), (M, P, A)), quads((M, P, N), (N, P, A))),
        (Cells(("x", "y"), [("1", "_:a")]), Cells(("y", "x"), [("_:b", "1.0")])),
        (True, True),
    ],
)
def test_the_same_answer_in_other_words_passes(found: Answer, expected: Answer) -> None:
    assert difference(found, expected) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (rows({"x": A}, {"x": A}), rows({"x": A})),
        (rows({"x": A}), rows({"x": A}, {})),
        (rows({"x": A}), rows({"y": A})),
        (rows({"x": N}, {"x": N}), rows({"x": N}, {"x": M})),
        (rows({"x": Literal("1")}), rows({"x": Literal(1)})),
        (rows({"x": Literal("a", language="en")}), rows({"x": Literal("a", language="de")})),
        (rows({"x": decimal("1.5")}), rows({"x": decimal("1.6")})),
        (rows({"x": B}, {"x": A}), rows({"x": A}, {"x": B}, is_ordered=True)),
        (Rows(frozenset("x"), []), Rows(frozenset("xy"), [])),
        (quads((N, P, N)), quads((N, P, M))),
        (quads((A, P, B)), quads((A, P, B), (A, P, A))),
        (Cells(("x",), [("1",), ("1",)]), Cells(("x",), [("1",)])),
        (True, False),
        (quads(), rows()),
    ],
)
def test_another_answer_fails(found: Answer, expected: Answer) -> None:
    assert difference(found, expected) is not None


def test_reduced_may_leave_out_doubles_and_nothing_else() -> None:
    expected = rows({"x": A}, {"x": A}, {"x": B})
    assert difference(rows({"x": A}, {"x": B}), expected, may_have_fewer=True) is None
    assert difference(rows({"x": A}), expected, may_have_fewer=True) is not None
    assert difference(rows(*({"x": A},) * 3, {"x": B}), expected, may_have_fewer=True) is not None


class _Spoiled(Noemata):
    """Noemata with one thing wrong in each answer."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self._fault = fault

    def query(self, text: str, base: str, results: str) -> Reply:
        kind, content = super().query(text, base, "json")
        if kind == "boolean":
            return kind, not content
        if kind == "graph":
            return kind, list(content)[1:] if self._fault == "missing" else [*content, Quad(A, P, A)]
        return kind, self._spoil(content)

    def _spoil(self, content: bytes) -> bytes:
        answer = pyoxigraph.parse_query_results(content, pyoxigraph.QueryResultsFormat.JSON)
        assert isinstance(answer, pyoxigraph.QuerySolutions)
        names = [variable.value for variable in answer.variables]
        kept = [[solution[name] for name in names] for solution in answer]
        kept = kept[1:] if self._fault == "missing" else [*kept, [A for _ in names]]
        graph = Noemata()
        values = "".join(f"({' '.join(self._written(term) for term in row)})" for row in kept)
        header = " ".join(f"?{name}" for name in names)
        _, written = graph.query(f"SELECT {header} {{ VALUES ({header}) {{ {values} }} }}", "http://e/", "json")
        return bytes(written)

    @staticmethod
    def _written(term: Any) -> str:
        return "UNDEF" if term is None or isinstance(term, BlankNode) else str(term)

    def quads(self) -> Iterator[Quad]:
        found = list(super().quads())
        yield from found[1:] if self._fault == "missing" else [*found, Quad(A, P, A)]


def _some(kind: str) -> list[Case]:
    chosen = [c for c in cases() if c.kind == kind and c.suite.startswith("SPARQL") and c.id not in expected_failures()]
    return [case for case in chosen if not case.id.endswith(("csv01", "csv02", "csv03"))][::9]


@needs_suites
@pytest.mark.parametrize("kind", ["QueryEvaluationTest", "UpdateEvaluationTest"])
def test_a_row_or_triple_too_many_fails_every_test(kind: str) -> None:
    """A negative control over one test in nine of the suites."""
    passed = [case.id for case in _some(kind) if _score(case, _Spoiled("extra")) is None]
    assert passed == []


@needs_suites
def test_a_missing_triple_fails_every_update_that_leaves_something() -> None:
    for case in _some("UpdateEvaluationTest"):
        engine = _Spoiled("missing")
        if _score(case, engine) is None:
            assert not list(Noemata.quads(engine)), case.id


def _score(case: Case, engine: Noemata) -> str | None:
    return score(case, engine)


@needs_suites
def test_a_parser_that_takes_everything_fails_the_negative_tests() -> None:
    class Credulous(Noemata):
        def check_query(self, text: str, base: str) -> None:
            """Accept it."""

        def check_update(self, text: str, base: str) -> None:
            """Accept it."""

    negative = [c for c in cases() if c.kind.startswith("Negative") and c.suite.startswith("SPARQL")]
    assert len(negative) > 80
    assert all(score(case, Credulous()) == "accepted" for case in negative)


# --- docs/conformance.md


def test_the_page_lists_the_expected_failures() -> None:
    assert counting.reasons_on_page().strip() == counting.write_reasons().strip(), (
        "run benchmarks/conformance.py --write"
    )


@needs_suites
def test_the_page_shows_our_counts() -> None:
    """Ours are known without running anything: whatever is not an expected failure passes, or a test fails."""
    table = counting.read_table()
    for suite, (passed, total) in counting.expected_counts().items():
        assert table[suite][0] == f"{passed} / {total}", "run benchmarks/conformance.py --write"
