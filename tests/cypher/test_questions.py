"""One graph, two languages, two stores: each question has four equal answers, worked out by hand from the data.

`questions/dataset.trig` is the data, `questions/*.toml` are the questions.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.graph import KnowledgeGraph
from kg.limits import UNLIMITED
from kg.query.cypher import run_cypher
from kg.query.sparql import run_sparql
from tests.cypher.answers import Rows, cypher_rows, is_equal, sparql_rows

FOLDER = Path(__file__).parent / "questions"


@dataclass(frozen=True)
class Question:
    """A question in both languages, and its answer."""

    area: str
    ask: str
    sparql: str
    cypher: str
    rows: Rows
    ordered: bool


def read_questions() -> Iterator[Question]:
    for path in sorted(FOLDER.glob("*.toml")):
        for entry in tomllib.loads(path.read_text("utf-8"))["question"]:
            rows = json.loads(entry.pop("rows"))
            yield Question(path.stem, rows=rows, ordered=entry.pop("ordered", False), **entry)


QUESTIONS = list(read_questions())


def check(question: Question, found: Rows) -> None:
    assert is_equal(found, question.rows, question.ordered, with_kinds=False), f"{found}\nnot\n{question.rows}"


asked = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: f"{question.area}: {question.ask}")


@asked
def test_sparql_embedded(question: Question, embedded: KnowledgeGraph) -> None:
    check(question, sparql_rows(run_sparql(embedded, question.sparql)))


@asked
def test_cypher_embedded(question: Question, embedded: KnowledgeGraph) -> None:
    check(question, cypher_rows(run_cypher(embedded, question.cypher, {}, UNLIMITED)))


@pytest.mark.neo4j
@asked
def test_sparql_neo4j(question: Question, on_server: KnowledgeGraph) -> None:
    check(question, sparql_rows(run_sparql(on_server, question.sparql)))


@pytest.mark.neo4j
@asked
def test_cypher_neo4j(question: Question, on_server: KnowledgeGraph) -> None:
    check(question, cypher_rows(run_cypher(on_server, question.cypher, {}, UNLIMITED)))


def test_there_are_enough_questions() -> None:
    areas = Counter(question.area for question in QUESTIONS)
    assert len(QUESTIONS) >= 120 and min(areas.values()) >= 10
    assert len({question.ask for question in QUESTIONS}) == len(QUESTIONS)
