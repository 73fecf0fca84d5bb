"""`kg ask`: its JSON, what people see, its query run again, and what is wrong with a command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.cli import main
from tests.answers.facts import BASE, fact
from tests.answers.graph import FACTS
from tests.conftest import RunKg


@pytest.fixture(scope="module")
def stated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the statements and no notes."""
    folder = tmp_path_factory.mktemp("asked")
    home, file = folder / "home", folder / "facts.trig"
    file.write_text(FACTS, "utf-8")
    assert main(["init", "--base", BASE, "--home", str(home)]) == 0
    assert main(["import", str(file), "--home", str(home)]) == 0
    return home


@pytest.fixture
def ask(stated: Path, kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> RunKg:
    monkeypatch.setenv("KG_HOME", str(stated))
    return kg


def test_an_answer_has_the_shape_that_others_rely_on(ask: RunKg) -> None:
    run = ask("ask", "Who works for Acme?", "--json")
    assert run.code == 0
    assert run.json.keys() >= {"question", "answers", "query", "abstained", "passages"}
    assert (run.json["question"], run.json["abstained"]) == ("Who works for Acme?", False)
    first = run.json["answers"][0]
    assert (first["value"], first["iri"]) == ("Ada Lovelace", f"{BASE}entity/Entity/ada")
    (sentence,) = first["evidence"]
    assert sentence == {
        "note": f"{BASE}note/ada", "path": "ada.md", "quote": "Ada works for Acme.", "start": 0, "end": 19,
    }  # fmt: skip


def test_its_query_is_run_again(ask: RunKg) -> None:
    query = ask("ask", "谁在艾克米公司工作？", "--json").json["query"]
    rows = ask("sparql", query, "--format", "json").json["results"]["bindings"]
    assert [row["name"]["value"] for row in rows] == ["Ada Lovelace", "Bob Stone"]
    assert ask("sparql", ask("ask", "Does Lamp use Pond?", "--json").json["query"], "--format", "json").json["boolean"]
    count = ask("sparql", ask("ask", "How many companies are in Norway?", "--json").json["query"], "--format", "csv")
    assert count.text.split() == ["count", "1"]


def test_people_see_answers_with_their_sentences(ask: RunKg) -> None:
    lines = ask("ask", "Where", "does", "Bob", "Stone", "live?").text.splitlines()
    assert lines == ["Oslo", "    “Bob Stone lives in Oslo.”  bob.md"]
    assert "SELECT DISTINCT ?answer" in ask("ask", "Where does Bob Stone live?", "--query").text


def test_what_is_not_known_is_said_without_an_error(ask: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ASK_PASSAGES", "0")
    run = ask("ask", "Who lives in Zenith?")
    assert run.code == 0
    assert run.text.splitlines()[:2] == [
        "No statement answers this.",
        "  Nothing is called “Zenith”, and no property or class is.",
    ]
    document = ask("ask", "Who lives in Zenith?", "--json").json
    assert (document["abstained"], document["answers"], document["passages"]) == (True, [], [])


def test_an_empty_question_is_wrong_input(ask: RunKg) -> None:
    assert ask("ask", " ").code == 2
    assert ask("ask").code == 2


def test_an_unknown_wording_is_named(ask: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_ASK_WORDING", "poet")
    run = ask("ask", "Who works for Acme?", "--json")
    assert run.code == 2
    assert "poet" in run.json["error"]["detail"]


def test_what_is_held_back_is_counted_and_given_on_request(kg: RunKg, tmp_path: Path) -> None:
    home, file = tmp_path / "home", tmp_path / "facts.trig"
    private = fact(":eve", "kg:livesIn", ":oslo", "Eve Stone lives in Oslo.", "diary.md")
    private += fact("note:diary", "term:private", '"true"', "private: true", "diary.md", "stated")
    file.write_text(FACTS + private, "utf-8")
    assert kg("init", "--base", BASE, "--home", home).code == 0
    assert kg("import", file, "--home", home).code == 0
    shown = kg("ask", "Who lives in Oslo?", "--home", home)
    assert "Bob Stone" in shown.text and "diary.md" not in shown.text
    assert "1 answer is held back" in shown.text
    document = kg("ask", "Who lives in Oslo?", "--home", home, "--json").json
    assert (document["held_back"], document["query"]) == (1, None)
    whole = kg("ask", "Who lives in Oslo?", "--home", home, "--hidden", "--json").json
    assert [each["value"] for each in whole["answers"]] == ["Bob Stone", "Eve Stone"]
    assert whole["held_back"] == 0


@pytest.mark.model
def test_the_nearest_sentences_come_where_no_statement_answers(kg: RunKg, tmp_path: Path) -> None:
    file = tmp_path / "notes.jsonl"
    file.write_text(
        '{"id": "a", "title": "Lighthouse", "text": "The lamp burns oil. It was painted red by the harbour office."}\n'
        '{"id": "b", "title": "Weather", "text": "It rained."}\n',
        "utf-8",
    )
    home = tmp_path / "home"
    assert kg("ingest", file, "--home", home).code == 0
    document = kg("ask", "Who painted the lighthouse?", "--home", home, "--json").json
    assert document["abstained"]
    first = document["passages"][0]
    assert (first["doc_id"], first["quote"]) == ("a", "It was painted red by the harbour office.")
    assert first["start"] == 20
