"""What the real Neo4j answers to statements in its dialect, on both stores (`tests/data/neo4j_battery.toml`).

A statement with `embedded` is refused by the embedded store, and must be: one that it answers now leaves the list.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kg.errors import KgError, UnsupportedQueryError
from kg.graph import KnowledgeGraph
from kg.limits import UNLIMITED
from kg.query.cypher import run_cypher
from tests.cypher.answers import Rows, cypher_rows, is_equal

FILE = Path(__file__).parent.parent / "data" / "neo4j_battery.toml"


@dataclass(frozen=True)
class Case:
    """A statement with what Neo4j answers: rows, or an error of ours by its name."""

    group: str
    text: str
    parameters: dict[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    error: str = ""
    ordered: bool = False
    unordered_lists: bool = False
    embedded: str = ""


@cache
def read_battery() -> tuple[Case, ...]:
    entries = tomllib.loads(FILE.read_text("utf-8"))["statement"]
    return tuple(
        Case(
            **{
                **entry,
                "parameters": json.loads(entry.get("parameters", "{}")),
                "rows": json.loads(entry["rows"]) if "rows" in entry else None,
            }
        )
        for entry in entries
    )


def check(case: Case, graph: KnowledgeGraph) -> None:
    if case.error:
        with pytest.raises(KgError) as caught:
            list(run_cypher(graph, case.text, case.parameters, UNLIMITED).rows)
        assert case.error in {kind.__name__ for kind in type(caught.value).mro()}, repr(caught.value)
        return
    found = cypher_rows(run_cypher(graph, case.text, case.parameters, UNLIMITED))
    expected = case.rows
    assert expected is not None
    if case.unordered_lists:
        found, expected = [_sorted(row) for row in found], [_sorted(row) for row in expected]
    assert is_equal(found, expected, case.ordered, with_kinds=True), f"{found}\nnot\n{expected}"


def _sorted(row: list[Any]) -> list[Any]:
    def arrange(value: Any) -> Any:
        if isinstance(value, list):
            return sorted((arrange(item) for item in value), key=repr)
        return {name: arrange(item) for name, item in value.items()} if isinstance(value, dict) else value

    return [arrange(value) for value in row]


listed = pytest.mark.parametrize("case", read_battery(), ids=lambda case: f"{case.group}: {case.text[:70]}")


@pytest.mark.neo4j
@listed
def test_neo4j(case: Case, on_server: KnowledgeGraph) -> None:
    check(case, on_server)


@listed
def test_embedded(case: Case, embedded: KnowledgeGraph) -> None:
    if not case.embedded:
        check(case, embedded)
        return
    with pytest.raises(UnsupportedQueryError):
        list(run_cypher(embedded, case.text, case.parameters, UNLIMITED).rows)


def test_the_battery_is_large() -> None:
    assert len(read_battery()) >= 100
    assert len({(case.text, str(case.parameters)) for case in read_battery()}) == len(read_battery())
