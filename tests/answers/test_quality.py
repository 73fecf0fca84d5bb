"""The questions over examples/vault: what the set is, and floors under how they are answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kg.answers.answer import Answer
from kg.answers.answering import Asker
from kg.cli import main
from kg.config import load_config
from kg.explain.reading import merged
from kg.graph import KnowledgeGraph, open_graph
from kg.home import find_home, open_for_reading
from kg.rdf import RDFS, Literal

ROOT = Path(__file__).parents[2]
ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for name in ("en", "zh")
    for line in (ROOT / "tests" / "data" / "questions" / f"{name}.jsonl").read_text("utf-8").splitlines()
]


def test_there_are_questions_of_each_kind() -> None:
    assert len(ROWS) >= 150
    assert len({row["id"] for row in ROWS}) == len({row["question"] for row in ROWS}) == len(ROWS)
    assert sum(not row["answers"] for row in ROWS) >= 30
    assert {row["kind"] for row in ROWS} >= {"who", "what", "where", "when", "count", "yesno", "join", "none"}
    assert all((row["kind"] == "none") == (not row["answers"]) for row in ROWS)


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    folder = tmp_path_factory.mktemp("questions") / "home"
    assert main(["ingest", str(ROOT / "examples" / "vault"), "--home", str(folder)]) == 0
    home = find_home(folder, None, folder)
    config = load_config(home.settings, {}, {})
    with open_for_reading(home.of_kind(config.home.store), 10) as opened:
        graph = open_graph(home, config, opened.path, read_only=True)
        yield Asker(graph)
        graph.store.close()


def names(graph: KnowledgeGraph, answer: Answer) -> set[str]:
    labels = merged(graph, answer.iri, RDFS["label"]) if answer.iri is not None else ()
    said = {quad.object.value.casefold() for quad in labels if isinstance(quad.object, Literal)}
    return said | {answer.value.casefold()}


def right(graph: KnowledgeGraph, row: dict[str, Any], answer: Answer) -> bool:
    golden = {name for each in row["answers"] for name in ([each] if isinstance(each, str) else each)}
    return bool(names(graph, answer) & {name.casefold() for name in (*golden, *row.get("also", ()))})


@pytest.mark.slow
@pytest.mark.model
def test_most_are_answered_and_few_of_the_answers_are_wrong(asker: Asker) -> None:
    replies = [(row, asker.ask(row["question"])) for row in ROWS]
    wrong = [row["id"] for row, reply in replies if not all(right(asker.graph, row, a) for a in reply.answers)]
    answered = [row["id"] for row, reply in replies if row["answers"] and reply.answers]
    made_up = [row["id"] for row, reply in replies if not row["answers"] and reply.answers]
    assert len(wrong) <= 0.05 * len(ROWS)
    assert len(made_up) <= 2
    assert len(answered) >= 0.8 * sum(bool(row["answers"]) for row in ROWS)


@pytest.mark.slow
@pytest.mark.model
def test_the_floors_notice_answers_to_other_questions(asker: Asker) -> None:
    shifted = [*ROWS[1:], ROWS[0]]  # each question is judged by the answers of the next one
    replies = [(row, asker.ask(other["question"])) for row, other in zip(ROWS, shifted, strict=True)]
    wrong = [row for row, reply in replies if not all(right(asker.graph, row, a) for a in reply.answers)]
    assert len(wrong) > 0.5 * len(ROWS)
