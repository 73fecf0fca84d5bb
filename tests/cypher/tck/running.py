"""Runs the TCK's scenarios on the embedded engine, by the same `run_cypher` that every statement goes through."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from typing import Literal as OneOf

from kg.cypher.effects import effects_of
from kg.errors import ForbiddenQueryError, KgError, QuerySyntaxError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.iri import Minter
from kg.limits import Limits
from kg.mirror import Snapshot
from kg.ontology import load_ontology
from kg.query.cypher import run_cypher
from kg.stores import CypherTransaction
from kg.stores.embedded_cypher import EmbeddedReading
from tests.cypher.answers import key, plain
from tests.cypher.tck.graphs import TckGraph, UnsupportedSetUpError, with_seconds, without_ours
from tests.cypher.tck.scenarios import Scenario, Step, folder
from tests.cypher.tck.values import read_value

__all__ = ["Outcome", "run_scenario"]

_SECONDS = 30.0
_ONTOLOGY = load_ontology()


@dataclass(frozen=True)
class Outcome:
    """What came of a scenario.

    Attributes:
        status: "passed"; "refused", by the name in `detail`; "failed", where an answer was expected and an error came;
            "no error", where one was expected and an answer came; "wrong", another answer than the expected one;
            "left out", what this runner cannot set up.
    """

    status: OneOf["passed", "refused", "failed", "no error", "wrong", "left out"]
    detail: str = ""


@dataclass
class _Store:
    """As much of a store as a statement that reads needs."""

    snapshot: Snapshot

    def cypher(self, is_writing: bool = False, seconds: float | None = None) -> CypherTransaction:
        """Begin a transaction that reads."""
        return EmbeddedReading(self.snapshot, seconds)


class _LeftOutError(Exception):
    pass


class _Run:
    """One scenario."""

    def __init__(self) -> None:
        self._graph = TckGraph()
        self._parameters: dict[str, Any] = {}
        self._fields: tuple[str, ...] = ()
        self._rows: list[list[Any]] = []
        self._error: KgError | None = None

    def do(self, step: Step) -> Outcome | None:
        """Do a step; return what came of the scenario as soon as that is clear."""
        text = step.text
        if text in ("an empty graph", "any graph"):
            return None
        if match := re.fullmatch(r"the (binary-tree-\d) graph", text):
            root = folder()
            assert root is not None
            self._graph.create(
                (root / "graphs" / match[1] / f"{match[1]}.cypher").read_text("utf-8").rstrip().rstrip(";")
            )
        elif text.startswith("having executed"):
            self._graph.create(step.content)
        elif text.startswith("parameters are"):
            self._parameters = {name: read_value(value) for name, value in step.table}
        elif text.startswith("executing"):
            self._execute(step.content)
        elif "should be raised" in text:
            return self._check_error(text)
        elif text.startswith("the result should be"):
            return self._check_result(step)
        elif text == "no side effects":
            return None  # it only reads, and has no way to do otherwise
        else:
            raise _LeftOutError(text)
        return None

    def _execute(self, text: str) -> None:
        graph = KnowledgeGraph(cast("Any", _Store(self._graph.snapshot())), _ONTOLOGY, Minter("urn:tck:"))
        try:
            if effects_of(text).kind == "write":
                raise _LeftOutError("it writes")
            found = run_cypher(graph, text, self._parameters, Limits(seconds=_SECONDS))
            self._fields = found.fields
            self._rows = [[without_ours(plain(value)) for value in row] for row in found.rows]
        except KgError as error:
            self._error = error

    def _refusal(self) -> Outcome | None:
        if isinstance(self._error, UnsupportedQueryError | ForbiddenQueryError):
            return Outcome("refused", str(self._error))
        return None

    def _check_error(self, text: str) -> Outcome:
        if self._error is None:
            return Outcome("no error", text)
        at_compile_time = "SyntaxError should be raised at compile time" in text
        if at_compile_time and isinstance(self._error, QuerySyntaxError):
            return Outcome("passed")
        if at_compile_time or self._refusal():
            return self._refusal() or Outcome("failed", f"{text}; got {type(self._error).__name__}: {self._error}")
        return Outcome("passed")

    def _check_result(self, step: Step) -> Outcome | None:
        if self._error is not None:
            return self._refusal() or Outcome("failed", f"{type(self._error).__name__}: {self._error}")
        if not step.table:
            return Outcome("wrong", f"{self._rows}; expected nothing") if self._rows and self._fields else None
        expected = [[_with_seconds(read_value(cell)) for cell in row] for row in step.table[1:]]
        arrange: Callable[[Any], Any] = _without_order if "ignoring element order" in step.text else lambda value: value
        ours, theirs = ([key(arrange(row)) for row in rows] for rows in (self._rows, expected))
        if "in order" not in step.text:
            ours, theirs = sorted(ours, key=repr), sorted(theirs, key=repr)
        if ours != theirs:
            return Outcome("wrong", f"{self._rows}; expected {expected}")
        if list(self._fields) != list(step.table[0]):
            return Outcome("wrong", f"the columns are {self._fields}; expected {step.table[0]}")
        return None


def _with_seconds(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_seconds(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_seconds(item) for item in value]
    is_time = isinstance(value, str) and re.fullmatch(r"([0-9-]+T)?\d\d:\d\d(Z|[+-][0-9:]+)?(\[.*\])?", value)
    return with_seconds(value) if is_time else value


def _without_order(value: Any) -> Any:
    """Return a row whose lists are in one order."""
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value


def _sorted(value: Any) -> Any:
    if isinstance(value, list):
        return sorted((_sorted(item) for item in value), key=repr)
    if isinstance(value, dict):
        return {name: _sorted(item) for name, item in value.items()}
    return value


def run_scenario(scenario: Scenario) -> Outcome:
    """Run a scenario; errors that are no `KgError` go to the caller."""
    run = _Run()
    try:
        for step in scenario.steps:
            outcome = run.do(step)
            if outcome is not None:
                return outcome
    except UnsupportedSetUpError as error:
        return Outcome("left out", f"what it creates first: {error}")
    except _LeftOutError as error:
        return Outcome("left out", str(error))
    return Outcome("passed")
