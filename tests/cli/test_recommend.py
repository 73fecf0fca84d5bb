"""`kg recommend`: targets as people name them, many targets, users, and what is wrong with a question."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kg.cli import main
from kg.home import Home, open_for_writing
from kg.text_vectors.universal import UniversalSentenceEncoder
from tests.cli.curated import ADA
from tests.conftest import Run, RunKg

pytestmark = pytest.mark.model

LINES = [
    {"id": "q1", "title": "Airflow questions", "text": "Who runs Airflow at Acme? Ada knows."},
    {"id": "q2", "title": "天气", "text": "李雷问：今天的天气怎么样？"},
    {"id": "d1", "title": "Unfinished", "status": "draft", "text": "Ada and Grace use Airflow at Acme."},
]
NOTE = "People/Ada Lovelace.md"


@pytest.fixture(scope="module")
def recommending(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of the small vault, with the notes of a JSON Lines file beside it."""
    folder = tmp_path_factory.mktemp("recommending")
    shutil.copytree(made, folder / "home")
    file = folder / "inbox.jsonl"
    file.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in LINES), "utf-8")
    assert main(["ingest", "--home", str(folder / "home"), str(file)]) == 0
    return folder / "home"


@pytest.fixture
def ask(recommending: Path, kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> RunKg:
    """A home that is only read."""
    monkeypatch.setenv("KG_HOME", str(recommending))
    return kg


@pytest.fixture
def own(recommending: Path, home: Path, kg: RunKg) -> RunKg:
    """A home of the test's own."""
    shutil.copytree(recommending, home)
    return kg


def items(run: Run) -> list[dict[str, Any]]:
    assert run.code == 0, run.messages + run.text
    found = run.json["items"]
    assert isinstance(found, list)
    return found


def test_a_note_has_notes_that_go_with_it_and_each_says_why(ask: RunKg) -> None:
    run = ask("recommend", NOTE, "--json")
    found = items(run)
    assert run.json["target"] == NOTE
    assert f"{run.json['iri']}#it" == ADA
    assert [item["rank"] for item in found] == list(range(1, len(found) + 1))
    assert len({item["doc_id"] for item in found}) == len(found)
    assert {"rank", "score", "doc_id", "iri", "title", "reasons"} <= set(found[0])
    assert NOTE not in [item["doc_id"] for item in found]
    assert all(reason["text"] and reason["source"] for item in found for reason in item["reasons"])
    assert all(item["reasons"] for item in found)
    sentences = [each for item in found for reason in item["reasons"] for each in reason["evidence"]]
    assert any("Acme" in each["quote"] for each in sentences)


def test_drafts_are_not_recommended_but_may_be_asked_about(ask: RunKg) -> None:
    assert "d1" not in [item["doc_id"] for item in items(ask("recommend", NOTE, "--json", "-k", 100))]
    assert NOTE in [item["doc_id"] for item in items(ask("recommend", "d1", "--json"))]


@pytest.mark.parametrize("name", [ADA.removesuffix("#it"), f"<{ADA.removesuffix('#it')}>"])
def test_a_note_by_its_iri_is_the_note_by_its_path(ask: RunKg, name: str) -> None:
    assert items(ask("recommend", name, "--json")) == items(ask("recommend", NOTE, "--json"))


def test_other_names(ask: RunKg) -> None:
    by_title = ask("recommend", "ada lovelace", "--json")
    assert by_title.json["iri"] == ADA
    assert items(by_title)
    tool = items(ask("recommend", "Airflow", "--json"))  # no note is about it
    assert {"People/Grace Hopper.md", NOTE, "q1"} & {item["doc_id"] for item in tool}
    assert items(ask("recommend", "李雷", "--json"))[0]["doc_id"]
    assert "q1" in [item["doc_id"] for item in items(ask("recommend", "Acme.md", "--json"))]


def test_how_many_and_how_unlike(ask: RunKg) -> None:
    whole = items(ask("recommend", NOTE, "--json", "-k", 100))
    assert items(ask("recommend", NOTE, "--json", "-k", 0)) == []
    assert len(items(ask("recommend", NOTE, "--json", "-k", 2))) == 2
    by_score = [item["score"] for item in items(ask("recommend", NOTE, "--json", "-k", 100, "--diversity", 1))]
    assert len(by_score) == len(whole)
    assert ask("recommend", NOTE, "-k", 0).text == "Nothing to recommend.\n"


def test_the_same_question_has_the_same_bytes(ask: RunKg) -> None:
    assert ask("recommend", NOTE, "--json").output == ask("recommend", NOTE, "--json").output


def test_others_may_write_while_texts_are_turned_into_vectors(
    own: RunKg, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Home(home).cache / "text-vectors.sqlite").unlink(missing_ok=True)
    encoded: list[int] = []
    encode = UniversalSentenceEncoder.encode

    def watched(self: UniversalSentenceEncoder, texts: Sequence[str]) -> NDArray[np.float32]:
        with open_for_writing(Home(home), "kg ingest", os.getpid(), wait=0):
            encoded.append(len(texts))
        return encode(self, texts)

    monkeypatch.setattr(UniversalSentenceEncoder, "encode", watched)
    first = own("recommend", NOTE, "--json")
    assert items(first) and sum(encoded) > 5
    assert own("recommend", NOTE, "--json").output == first.output
    assert len(encoded) == 1, "what was encoded once is kept"


def test_a_list_for_people(ask: RunKg) -> None:
    run = ask("recommend", NOTE, "-k", 3)
    assert run.code == 0
    assert run.text.startswith("1. ")
    assert "    “" in run.text
    assert ".md)" in run.text


# --- many targets


def lines_of(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.text.splitlines()]


def test_each_target_of_a_file_is_answered_as_it_is_alone(ask: RunKg, tmp_path: Path) -> None:
    asked = [NOTE, "q1", "Acme"]
    file = tmp_path / "targets.jsonl"
    file.write_bytes(b"\xef\xbb\xbf" + "\n\n".join(json.dumps({"id": each, "more": 1}) for each in asked).encode())
    run = ask("recommend", "--targets", file, "-k", 3)
    assert run.code == 0, run.messages
    found = lines_of(run)
    assert [line["id"] for line in found] == asked
    assert found == [{"id": each, "items": items(ask("recommend", each, "-k", 3, "--json"))} for each in asked]
    sent = "".join(f"{json.dumps({'id': each})}\n" for each in asked)
    assert ask("recommend", "--targets", "-", "-k", 3, stdin=sent).output == run.output
    assert ask("recommend", "--targets", "-", "-k", 3, "--json", stdin=sent).output == run.output


def test_a_line_with_a_fault_does_not_stop_the_others(ask: RunKg) -> None:
    known = json.dumps({"id": NOTE})
    run = ask("recommend", "--targets", "-", stdin=f'{known}\n{{"id": "Ada Lovelacce"}}\n{known}\n')
    assert run.code == 1
    first, unknown, last = lines_of(run)
    assert first == last
    assert unknown["items"] == []
    assert "Did you mean" in unknown["error"]["detail"]
    run = ask("recommend", "--targets", "-", stdin=f'{known}\n{{"id": 7}}\nnonsense\n[1]\n{{"id": "x"}}\n')
    assert run.code == 2
    details = [line.get("error", {}).get("detail", "") for line in lines_of(run)]
    assert details[1] == 'line 2: it is no object with an "id" that is a text.'
    assert details[2].startswith("line 3: it is no JSON: Expecting value at column 1")
    assert [line["id"] for line in lines_of(run)] == [NOTE, None, None, None, "x"]
    assert ask("recommend", "--targets", "-", stdin="\n").output == b""


# --- users


def test_a_user_gets_what_goes_with_what_was_read_and_nothing_of_it(own: RunKg) -> None:
    assert own("event", "view", NOTE, "--user", "Zoë").code == 0
    run = own("recommend", "--user", "Zoë", "--json", "-k", 100)
    found = [item["doc_id"] for item in items(run)]
    assert (run.json["target"], run.json["user"]) == (None, "Zoë")
    assert found
    assert NOTE not in found
    assert NOTE in [item["doc_id"] for item in items(own("recommend", "Acme.md", "--json", "-k", 100))]
    for_zoe = items(own("recommend", "Acme.md", "--user", "Zoë", "--json", "-k", 100))
    assert NOTE not in [item["doc_id"] for item in for_zoe]


def test_a_user_of_whom_nothing_is_known_gets_what_is_popular(ask: RunKg) -> None:
    found = items(ask("recommend", "--user", "nobody", "--json"))
    assert {reason["source"] for item in found for reason in item["reasons"]} == {"popularity"}


# --- what is wrong


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["Ada Lovelacce"], 1, "Did you mean 'ada lovelace'?"),
        (["https://noemata.example/v/nothing"], 1, "nothing"),
        ([], 2, "Say what to recommend for"),
        ([NOTE, "--targets", "-"], 2, "ask for two things"),
        (["--user", " "], 2, "--user is empty"),
        ([NOTE, "-k", "-1"], 2, "-k"),
        ([NOTE, "--diversity", "1.5"], 2, "--diversity"),
        ([NOTE, "--diversity", "nan"], 2, "--diversity is a number from 0 to 1, not nan"),
        (["--targets", "nowhere.jsonl"], 2, "nowhere.jsonl"),
    ],
)
def test_what_is_wrong_with_a_question(ask: RunKg, arguments: list[str], code: int, told: str) -> None:
    run = ask("recommend", *arguments)
    assert run.code == code
    assert told in run.messages
    assert run.output == b""


def test_a_home_that_is_not_there_and_one_without_notes(kg: RunKg) -> None:
    assert kg("recommend", NOTE).code == 2
    assert kg("init").code == 0
    assert kg("recommend", NOTE).code == 1
    assert items(kg("recommend", "--user", "ada", "--json")) == []
