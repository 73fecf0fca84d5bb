"""`kg search` and `kg feedback`: one question, many, what people see, and what is wrong with a command line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from kg.cli.search_text import answer_text
from kg.rdf import NamedNode
from kg.search.hits import Hit, Knobs, SearchAnswer, Span
from tests.conftest import RunKg

pytestmark = pytest.mark.model

FIELDS = {"rank", "score", "doc_id", "note", "title", "text", "start", "end", "why", "headings", "spans"}
ADA = "People/Ada Lovelace.md"


@pytest.fixture(scope="module")
def searching(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the home of the small vault, for search keeps an index in it."""
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("searching") / "home"))


@pytest.fixture
def ask(searching: Path, kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> RunKg:
    monkeypatch.setenv("KG_HOME", str(searching))
    return kg


def test_an_answer_has_the_shape_that_others_rely_on(ask: RunKg) -> None:
    run = ask("search", "who", "uses", "Airflow", "-k", 2, "--json")
    assert (run.code, run.json["query"]) == (0, "who uses Airflow")
    assert [hit["rank"] for hit in run.json["hits"]] == [1, 2]
    assert all(hit.keys() >= FIELDS for hit in run.json["hits"])
    assert run.json["knobs"].keys() == {"weight_text", "weight_vectors", "weight_graph", "diversity", "hops"}
    assert all(each["why"] for each in run.json["hits"])


def test_people_see_the_passage_and_where_it_is(ask: RunKg) -> None:
    lines = ask("search", "Ada on her Mac", "-k", 1).text.splitlines()
    assert lines[0] == f"1. Ada Lovelace  ({ADA})"
    assert "Ada uses Airflow on her Mac." in lines[1]
    assert "\x1b" not in "".join(lines)


def test_explained_hits_say_what_each_source_found(ask: RunKg) -> None:
    text = ask("search", "Ada on her Mac", "-k", 1, "--explain").text
    assert "→ words: Has “Ada”, “Mac”" in text
    assert "Weights: text" in text


def test_nothing_found_is_said_with_what_may_have_been_meant(ask: RunKg) -> None:
    run = ask("search", "Airflwo", "--weight-vectors", 0, "--weight-graph", 0)
    assert run.code == 0
    assert run.text.splitlines() == ["No note has “Airflwo”.", "Did you mean: Airflow?", "Nothing fits."]
    assert run.code == 0
    run = ask("search", "Airflow", "--since", "2040")
    assert run.text.splitlines() == ["The filters let no note through."]


@pytest.mark.parametrize("queries", [[], ["--queries", "-"]])
def test_a_pattern_that_takes_too_long_is_stopped(searching: Path, queries: list[str]) -> None:
    endless = "?note ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c + ?f + ?i + ?l < 0)"
    words = [Path(sys.executable).parent / "kg", "search", "--where", endless, "--json", *(queries or ["Ada"])]
    run = subprocess.run(
        words, capture_output=True, text=True, check=False, input='{"id": 1, "query": "Ada"}\n',
        env={**os.environ, "KG_HOME": str(searching), "KG_QUERY_TIMEOUT_SECONDS": "0.5"},
    )  # fmt: skip
    assert (run.returncode, json.loads(run.stdout)["error"]["type"]) == (3, "QueryTimeoutError"), run.stderr


def test_a_filter_restricts(ask: RunKg) -> None:
    found = ask("search", "Airflow", "--type", "person", "--json").json["hits"]
    everywhere = ask("search", "Airflow", "--json").json["hits"]
    assert 0 < len(found) < len(everywhere)
    assert {hit["doc_id"].split("/")[0] for hit in found} <= {"People", "中文.md"}
    assert ask("search", "Airflow", "--folder", "People", "--where", "?note kg:linksTo ?o", "--json").json["hits"]


def test_on_a_terminal_what_fits_is_bold() -> None:
    text = f"{'x ' * 300}A graph database, [here](https://example.org/a), <b>fast</b>. {'y ' * 300}"
    start = text.index("graph database")
    spans = (Span(100 + start, 105 + start), Span(106 + start, 114 + start))
    iri = NamedNode("https://noemata.example/n")
    hit = Hit(1, 0.5, "a.md", iri, "A", text, 100, 100 + len(text), ("A", "B"), (), spans)
    answer = SearchAnswer("graph database", (hit,), Knobs(1, 1, 1, 0.9, 2))
    lines = answer_text(answer, explain=False, is_shown=True).splitlines()
    assert click.style("graph", bold=True, fg="yellow") in lines[2]
    assert lines[1] == "    B"
    plain = click.unstyle(lines[2]).strip()
    assert plain.startswith("… x") and plain.endswith("y …") and len(plain) < 400
    assert "A graph database, [here], fast . y" in plain
    assert click.unstyle("\n".join(lines)) == answer_text(answer, explain=False, is_shown=False)


def test_many_questions_are_answered_line_by_line(ask: RunKg, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    lines = [
        {"id": "a", "query": "Ada"}, {"id": 7, "query": "李雷在哪里工作", "more": 1}, {"id": "b"}, "x", {"id": "c", "query": " "},
        {"id": "d", "query": "Lantern\u2028Airflow"},
    ]  # fmt: skip
    half = json.dumps({"id": "\ud800", "query": "Ada"})  # of a pair, which is no text but as an escape
    file.write_text("\ufeff" + "\n\n".join((*(json.dumps(line, ensure_ascii=False) for line in lines), half)), "utf-8")
    run = ask("search", "--queries", file, "-k", 2)
    answers = [json.loads(line) for line in run.text.splitlines()]
    assert run.code == 2
    assert [answer["id"] for answer in answers] == ["a", 7, "b", None, "c", "d", "\ud800"]
    assert [bool(answer["hits"]) for answer in answers] == [True, True, False, False, False, True, True]
    assert answers[0]["hits"][0].keys() >= FIELDS
    assert answers[1]["hits"][0]["doc_id"] == "中文.md"
    assert 'line 5: it has no "query"' in answers[2]["error"]["detail"]


def test_a_line_with_a_number_of_too_many_digits_is_answered_with_its_error(ask: RunKg) -> None:
    lines = f'{{"id": {"1" * 5000}, "query": "Ada"}}\n{{"id": "b", "query": "Ada"}}\n'
    run = ask("search", "--queries", "-", stdin=lines)
    first, second = (json.loads(line) for line in run.text.splitlines())
    assert (run.code, first["error"]["detail"].startswith("line 1: it cannot be read: "), bool(second["hits"])) == (
        2,
        True,
        True,
    )


def test_one_question_and_one_line_have_the_same_hits(ask: RunKg, tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"id": "a", "query": "who uses Airflow"}\n')
    many = json.loads(ask("search", "--queries", file, "-k", 3, "--explain").text)
    one = ask("search", "who uses Airflow", "-k", 3, "--json").json
    assert many["hits"] == one["hits"]


@pytest.mark.parametrize(
    ("arguments", "code", "detail"),
    [
        ([], 2, "Say what to search for"),
        (["  "], 2, "Say what to search for"),
        (["a", "--diversity", "2"], 2, "diversity"),
        (["a", "--diversity", "nan"], 2, "diversity"),
        (["a", "--weight-text", "-1"], 2, "weight-text"),
        (["a", "--hops", "0"], 2, "hops"),
        (["a", "--type", "persn"], 1, "Did you mean 'person'"),
        (["a", "--near", "Nobodyy"], 1, "'Nobodyy'"),
        (["a", "--since", "soon"], 2, "since must be"),
        (["a", "--where", "?note"], 2, "where"),
        (["a", "--queries", "/dev/null"], 2, "ask for two things"),
    ],
)
def test_what_is_wrong_is_said(ask: RunKg, arguments: list[str], code: int, detail: str) -> None:
    run = ask("search", *arguments)
    assert (run.code, detail in run.messages) == (code, True), run.messages


def test_a_home_without_notes_has_no_hits(kg: RunKg, home: Path) -> None:
    assert kg("init").code == 0
    run = kg("search", "anything", "--json")
    assert (run.code, run.json["hits"]) == (0, [])


def test_feedback_is_kept_listed_and_taken_back(
    searching: Path, kg: RunKg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KG_HOME", str(shutil.copytree(searching, tmp_path / "home")))
    query = "who uses Airflow"
    before = [hit["doc_id"] for hit in kg("search", query, "--diversity", 1, "--json").json["hits"]]
    last = before[-1]
    run = kg("feedback", "useful", last, "--query", query, "--user", "ann", "--json")
    assert run.code == 0, run.messages
    (told,) = run.json["feedback"]
    assert (told["verdict"], told["query"], told["user"]) == ("useful", query, "ann")
    after = kg("search", query, "--diversity", 1, "--json").json["hits"]
    (hit,) = [hit for hit in after if hit["doc_id"] == last]
    assert any(reason["source"] == "feedback" for reason in hit["why"])
    assert kg("feedback", "list", "--user", "Ann", "--json").json == {"feedback": [told], "total": 1}
    assert kg("event", "list", "--json").json["total"] == 0
    assert kg("event", "forget", told["id"]).code == 0
    assert kg("feedback", "list").text == "Nobody said anything yet.\n"
    assert [hit["doc_id"] for hit in kg("search", query, "--diversity", 1, "--json").json["hits"]] == before


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["useful", "Nobodyy", "--query", "a"], 1),
        (["useful", ADA], 2),
        (["wrong", ADA, "--query", " "], 2),
        (["great", ADA, "--query", "a"], 2),
    ],
)
def test_what_is_no_feedback_is_refused(ask: RunKg, arguments: list[str], code: int) -> None:
    assert ask("feedback", *arguments).code == code
