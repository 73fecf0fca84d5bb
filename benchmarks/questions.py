"""Questions over examples/vault with exact answers: right, incomplete, wrong, and not answered; one JSON line.

    python benchmarks/questions.py [--half dev|held-out] [--home DIR] [--show]

The questions are in tests/data/questions. Which half one is in follows from a hash of its text. `--show` prints what is
not right, and works for the dev half only: the other half is held out. `--home` is a home that holds the vault; without
one it is made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kg.answers.answer import Answer, Reply
from kg.answers.answering import Asker
from kg.config import load_config
from kg.explain.reading import merged, name_of
from kg.graph import KnowledgeGraph, open_graph
from kg.home import find_home, open_for_reading
from kg.query.sparql import run_sparql
from kg.rdf import RDFS, NamedNode, Term
from kg.rdf import Literal as RdfLiteral
from kg.results import Boolean, Solutions

ROOT = Path(__file__).parent.parent
DATA = ROOT / "tests" / "data" / "questions"
VAULT = ROOT / "examples" / "vault"

Outcome = Literal["exact", "incomplete", "wrong", "abstained", "rightly abstained"]


@dataclass(frozen=True)
class Question:
    """A question with its right answers, each with all its names; `also` may be answered beside them."""

    id: str
    text: str
    kind: str
    answers: tuple[frozenset[str], ...]
    also: frozenset[str]

    @property
    def half(self) -> str:
        """Return the half that the question is in."""
        return "dev" if hashlib.sha256(self.text.encode()).digest()[0] % 2 == 0 else "held-out"


def read_questions() -> list[Question]:
    """Return all questions, English first."""
    rows = [json.loads(line) for name in ("en", "zh") for line in (DATA / f"{name}.jsonl").open(encoding="utf-8")]
    return [
        Question(
            row["id"],
            row["question"],
            row["kind"],
            tuple(_names(each) for each in row["answers"]),
            frozenset(name.casefold() for name in row.get("also", ())),
        )
        for row in rows
    ]


def _names(value: str | list[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in ([value] if isinstance(value, str) else value))


def judge(graph: KnowledgeGraph, question: Question, answers: Sequence[Answer]) -> Outcome:
    """Say how right the answers to a question are."""
    if not answers:
        return "abstained" if question.answers else "rightly abstained"
    found: set[int] = set()
    for answer in answers:
        names = {answer.value.casefold()}
        if answer.iri is not None:
            names |= {
                quad.object.value.casefold()
                for quad in merged(graph, answer.iri, RDFS["label"])
                if isinstance(quad.object, RdfLiteral)
            }
        right = next((place for place, gold in enumerate(question.answers) if gold & names), None)
        if right is not None:
            found.add(right)
        elif not names & question.also:
            return "wrong"
    return "exact" if len(found) == len(question.answers) else "incomplete"


def is_repeatable(graph: KnowledgeGraph, reply: Reply) -> bool:
    """Tell whether the query of a reply gives its answers again."""
    if not reply.answers:
        return True
    if reply.query is None:
        return False
    result = run_sparql(graph, reply.query, prefixes={})
    if isinstance(result, Boolean):
        return result.value == (reply.answers[0].value == "yes")
    assert isinstance(result, Solutions)
    rows = [dict(zip(result.variables, row, strict=True)) for row in result.rows]
    again = {_value(graph, row) for row in rows}
    return again == {answer.value for answer in reply.answers}


def _value(graph: KnowledgeGraph, row: Mapping[str, Term | None]) -> str:
    term = row.get("count") or row.get("name") or row["answer"]
    return name_of(graph, term) if isinstance(term, NamedNode) else getattr(term, "value", "")


def _totals(outcomes: Sequence[tuple[Question, Outcome]]) -> dict[str, Any]:
    counts = Counter(outcome for _, outcome in outcomes)
    total = len(outcomes)
    answerable = sum(bool(question.answers) for question, _ in outcomes)
    return {
        "questions": total,
        "unanswerable": total - answerable,
        **{name: counts[name] for name in ("exact", "incomplete", "wrong", "abstained", "rightly abstained")},
        "exact_share": round(counts["exact"] / answerable, 3) if answerable else None,
        "wrong_share": round(counts["wrong"] / total, 3) if total else None,
    }


def run(home_folder: Path, half: str | None, show: bool) -> dict[str, Any]:
    """Ask the questions of a half, or all, and return the figures."""
    home = find_home(home_folder, None, Path.cwd())
    config = load_config(home.settings, {}, {})
    questions = [each for each in read_questions() if half in (None, each.half)]
    outcomes: list[tuple[Question, Outcome]] = []
    repeated = without_evidence = 0
    seconds: list[float] = []
    with open_for_reading(home.of_kind(config.home.store), 10) as opened:
        graph = open_graph(home, config, opened.path, read_only=True)
        asker = Asker(graph)
        for question in questions:
            begun = time.process_time()
            reply = asker.ask(question.text)
            seconds.append(time.process_time() - begun)
            outcome = judge(graph, question, reply.answers)
            outcomes.append((question, outcome))
            repeated += not is_repeatable(graph, reply)
            without_evidence += any(not answer.evidence for answer in reply.answers)
            if show and question.half == "dev" and outcome not in ("exact", "rightly abstained"):
                got = ", ".join(answer.value for answer in reply.answers)
                print(
                    f"{outcome:10} {question.id} {question.text} => {got} | {reply.reading} {' '.join(reply.reasons)}",
                    file=sys.stderr,
                )
        graph.store.close()
    return {
        "benchmark": "questions",
        "half": half or "both",
        **_totals(outcomes),
        "english": _totals([each for each in outcomes if each[0].id.startswith("en")]),
        "chinese": _totals([each for each in outcomes if each[0].id.startswith("zh")]),
        "kinds": {
            kind: dict(sorted(Counter(outcome for question, outcome in outcomes if question.kind == kind).items()))
            for kind in sorted({question.kind for question, _ in outcomes})
        },
        "not_repeatable": repeated,
        "without_evidence": without_evidence,
        "cpu_ms_median": round(1000 * statistics.median(seconds), 1),
        "cpu_ms_most": round(1000 * max(seconds), 1),
    }


def main() -> None:
    """Make a home if none is given, ask, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("dev", "held-out"))
    parser.add_argument("--home", type=Path)
    parser.add_argument("--show", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = arguments.home
        if home is None:
            home = Path(folder) / "home"
            command = [str(Path(sys.executable).with_name("kg")), "ingest", str(VAULT), "--home", str(home), "--json"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print(json.dumps(run(home, arguments.half, arguments.show), ensure_ascii=False))


if __name__ == "__main__":
    main()
