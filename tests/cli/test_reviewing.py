"""`kg review`: a list where nobody watches, one item at a time on a real terminal."""

from __future__ import annotations

import json
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.consoles import Terminal, terminal
from tests.cli.curated import ADA, BASE, OTHER_ADA, USES
from tests.conftest import RunKg

pytestmark = pytest.mark.model

KEYS = "q quit\n> "


@pytest.fixture
def waiting(made: Path, home: Path, kg: RunKg) -> RunKg:
    """A home of its own in which nothing is decided yet."""
    shutil.copytree(made, home)
    return kg


def decisions(kg: RunKg) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = kg("decisions", "--json").json["decisions"]
    return found


def ended(shown: Terminal) -> int:
    return shown.process.wait(60)


# --- as a list


def test_the_list_has_every_item_with_its_sentence(waiting: RunKg) -> None:
    run = waiting("review", "--json")
    assert set(run.json) == {"items", "total", "counts"}
    items = run.json["items"]
    assert run.json["total"] == len(items) == sum(run.json["counts"].values())
    assert {"id", "kind", "subject", "predicate", "object", "confidence", "evidence", "reason"} <= set(items[0])
    text = waiting("review").text
    for each in items:
        assert f"  {each['kind']} {each['id']}\n" in text
    assert "Ada Lovelace · uses · Airflow\n  “«Ada» uses «Airflow» on her Mac.”\n" in text
    assert "\x1b" not in text


def test_the_list_can_be_of_one_kind_and_short(waiting: RunKg) -> None:
    items = waiting("review", "--kind", "quarantine", "--json").json["items"]
    assert {each["kind"] for each in items} == {"quarantine"}
    run = waiting("review", "--limit", "1")
    assert run.text.endswith(f"1 of {waiting('review', '--json').json['total']} that wait.\n")
    assert waiting("review", "--kind", "nothing").code == 2


def test_an_empty_queue_says_so(kg: RunKg, home: Path) -> None:
    kg("init", "--base", BASE)
    assert kg("review").text == "Nothing waits for a decision.\n"
    assert kg("review", "--json").json == {"items": [], "total": 0, "counts": {}}
    with terminal("review", home=home) as shown:
        shown.expect("Nothing more waits for a decision.\n0 decided.")
        assert ended(shown) == 0


# --- on a terminal


@pytest.mark.slow
def test_one_key_accepts_rejects_skips_and_undoes(waiting: RunKg, home: Path) -> None:
    total = waiting("review", "--kind", "confidence", "--json").json["total"]
    with terminal("review", "--kind", "confidence", "--author", "ada", home=home) as shown:
        first = shown.expect(KEYS)
        assert f"confidence, {total} waiting\n" in first
        question = first.splitlines()[2]
        shown.type("x")  # means nothing
        shown.type("\x1b[A")  # an arrow
        shown.type("s")
        second = shown.expect(KEYS)
        assert question not in second
        shown.type("a")
        shown.expect("ada, 2")  # who decided, and when
        third = shown.expect(KEYS)
        assert second.splitlines()[3] not in third
        shown.type("u")
        shown.expect("Undone.")
        assert second.splitlines()[3:6] == shown.expect(KEYS).splitlines()[3:6]
        shown.type("r")
        shown.expect("reject: ")
        shown.expect(KEYS)
        shown.type("q")
        shown.expect("1 decided; 1 skipped.")
        assert ended(shown) == 0
    made = decisions(waiting)
    assert [(each["kind"], each["author"]) for each in made] == [("accept", "ada"), ("undo", "ada"), ("reject", "ada")]
    assert [each["state"] for each in made] == ["undone", "", ""]


@pytest.mark.slow
def test_all_alike_and_words_are_decided_by_one_key(waiting: RunKg, home: Path) -> None:
    with terminal("review", "--kind", "confidence", home=home) as shown:
        while "uses · Airflow" not in shown.expect(KEYS):
            shown.type("s")
        shown.type("n")
        shown.expect("1 “Airflow” for Airflow")
        shown.expect("> ")
        shown.type("1")
        shown.expect("reject: “airflow” does not name")
        shown.expect("> ")
        shown.type("u")
        shown.expect("uses · Airflow")
        shown.expect(KEYS)
        shown.type("R")
        shown.expect("reject: all that is found for uses by triggers “use”")
        shown.expect("> ")
        shown.type("?")
        assert "take back the last decision" in shown.expect(KEYS)
        shown.type("\x04")
        assert ended(shown) == 0
    word, undo, alike = decisions(waiting)
    assert (word["target"]["type"], undo["kind"], alike["target"]["type"]) == ("word", "undo", "likeness")
    assert alike["target"]["predicate"] == USES
    rows = waiting("sparql", "SELECT * { ?x kg:uses ?y }", "--json").json["results"]["bindings"]
    assert rows == []


@pytest.mark.slow
def test_a_pair_is_one_thing_or_two(waiting: RunKg, home: Path) -> None:
    with terminal("review", "--kind", "resolution", home=home) as shown:
        asked = shown.expect(KEYS)
        assert "Is A. Lovelace the same as Ada Lovelace?" in asked
        assert "A. Lovelace (person) :note/People/A.%20Lovelace.md#it" in asked
        assert "a one thing  r two things  s skip" in asked
        shown.type("a")
        shown.expect("Nothing more waits for a decision.\n1 decided.")
        assert ended(shown) == 0
    ((made),) = decisions(waiting)
    assert made["target"] == {"type": "pair", "left": OTHER_ADA, "right": ADA}
    assert waiting("show", OTHER_ADA, "--json").json["iri"] == waiting("show", ADA, "--json").json["iri"]


@pytest.mark.slow
def test_what_cannot_be_accepted_stays_with_the_reason(waiting: RunKg, home: Path) -> None:
    with terminal("review", "--kind", "quarantine", home=home) as shown:
        asked = shown.expect(KEYS)
        assert "refused: range of worksFor" in asked
        assert "r reject  s skip  u undo" in asked  # its note states it, and the ontology refuses it
        shown.type("?")
        assert "a  not here: retype one of both first" in shown.expect(KEYS)
        shown.type("n")
        shown.expect("No word was linked here that is known: its note states it.")
        shown.type("a")
        shown.expect("cannot be accepted: range of worksFor")
        shown.expect(KEYS)
        shown.type("u")
        shown.expect("Nothing was decided here yet.")
        shown.expect(KEYS)
        shown.type("r")
        shown.expect("1 decided.")
        assert ended(shown) == 0
    assert [each["kind"] for each in decisions(waiting)] == ["reject"]


@pytest.mark.slow
def test_the_later_or_the_earlier_of_two_logs_holds(
    waiting: RunKg, made: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rejected = waiting("decide", "rename", ADA, "Lady", "--author", "bo", "--time", "2026-01-01T00:00:00Z", "--json").json
    file = tmp_path / "log.jsonl"
    waiting("export", "--decisions", "--out", file)
    shutil.copytree(made, tmp_path / "second")
    monkeypatch.setenv("KG_HOME", str(tmp_path / "second"))
    waiting("decide", "rename", ADA, "Countess", "--author", "ada", "--time", "2026-01-02T00:00:00Z")
    assert waiting("import", "--decisions", file).code == 0
    assert waiting("show", ADA, "--json").json["name"] == "Countess"
    with terminal("review", "--kind", "conflict", home=tmp_path / "second") as shown:
        assert "a the later holds  r the earlier holds" in shown.expect(KEYS)
        shown.type("r")
        shown.expect("1 decided.")
        assert ended(shown) == 0
    assert waiting("show", ADA, "--json").json["name"] == "Lady"
    assert [each["id"] for each in decisions(waiting) if each["in_force"]] == [rejected["id"]]


@pytest.mark.slow
@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_it_works_without_colours_and_on_a_narrow_terminal(
    waiting: RunKg, home: Path, environ: dict[str, str]
) -> None:
    with terminal("review", "--kind", "confidence", home=home, columns=30, environ=environ) as shown:
        text = shown.expect("> ")
        assert "uses · Airflow" in text
        assert max(len(line) for line in text.splitlines()) <= 30
        assert ("«Airflow»" in text) == bool(environ)
        shown.type("q")
        assert ended(shown) == 0


@pytest.mark.slow
def test_ctrl_c_ends_it_and_what_was_decided_stays(waiting: RunKg, home: Path) -> None:
    with terminal("review", home=home) as shown:
        shown.expect(KEYS)
        shown.type("r")
        shown.expect("reject: ")
        shown.expect(KEYS)
        shown.process.send_signal(signal.SIGINT)
        shown.expect("Interrupted.")
        assert ended(shown) == 130
    assert len(decisions(waiting)) == 1


@pytest.mark.slow
def test_others_use_the_graph_while_somebody_thinks(waiting: RunKg, home: Path) -> None:
    with terminal("review", "--kind", "confidence", home=home) as shown:
        shown.expect(KEYS)
        found = waiting("review", "--kind", "confidence", "--json").json["items"]
        for each in found[1:]:  # somebody else decides all but the one that is shown
            assert waiting("decide", "reject", each["id"]).code == 0
        shown.type("r")
        shown.expect("Nothing more waits for a decision.\n1 decided.")
        assert ended(shown) == 0
    assert json.loads(waiting("review", "--kind", "confidence", "--json").output)["total"] == 0


@pytest.mark.slow
def test_what_two_patterns_found_is_decided_and_undone_by_one_key(waiting: RunKg, home: Path, tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "Git.md").write_text("Git was created by Linus Torvalds in 2005, for the Linux kernel.\n")
    assert waiting("ingest", tmp_path / "tools").code == 0
    with terminal("review", "--kind", "confidence", home=home) as shown:
        while "Linus Torvalds · creator of · Git" not in (asked := shown.expect(KEYS)):
            shown.type("s")
        shown.type("A")
        said = shown.expect("> ")
        assert said.count("accept: all that is found for creator of by") == 2
        shown.type("u")
        shown.expect("Undone.")
        assert asked.splitlines()[3:] == shown.expect(KEYS).splitlines()[3:]
        shown.type("q")
        shown.expect("0 decided")
        assert ended(shown) == 0
    assert [each["in_force"] for each in decisions(waiting) if each["kind"] == "accept"] == [False, False]


@pytest.mark.slow
def test_what_was_undone_is_not_counted_as_shown(waiting: RunKg, home: Path) -> None:
    with terminal("review", "--kind", "confidence", "--limit", "2", home=home) as shown:
        shown.expect(KEYS)
        shown.type("r")
        shown.expect(KEYS)
        shown.type("u")
        shown.expect("Undone.")
        shown.expect(KEYS)
        shown.type("r")
        shown.expect(KEYS)  # the second of two
        shown.type("r")
        shown.expect("2 decided.")
        assert ended(shown) == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_is_left_as_it_was_by_what_ends_it(waiting: RunKg, home: Path, number: signal.Signals) -> None:
    with terminal("review", home=home) as shown:
        shown.expect(KEYS)
        assert not shown.echoes()
        shown.process.send_signal(number)
        assert ended(shown) == -number
        assert shown.echoes()


@pytest.mark.slow
def test_a_stop_and_a_continue_leave_it_reading_keys(waiting: RunKg, home: Path) -> None:
    with terminal("review", home=home) as shown:
        shown.expect(KEYS)
        shown.process.send_signal(signal.SIGSTOP)
        shown.cook()  # as a shell does that takes its terminal back
        assert shown.echoes()
        shown.process.send_signal(signal.SIGCONT)
        deadline = time.monotonic() + 20
        while shown.echoes() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not shown.echoes()


@pytest.mark.slow
def test_what_is_gone_when_it_is_decided_makes_room_for_the_next(waiting: RunKg, home: Path) -> None:
    with terminal("review", "--kind", "confidence", home=home) as shown:
        question = shown.expect(KEYS).splitlines()[2]
        found = waiting("review", "--kind", "confidence", "--json").json["items"]
        path = found[0]["evidence"][0]["path"]
        assert waiting("forget", path).code == 0
        shown.type("r")
        shown.expect("kg: No item of the review queue")
        assert question not in shown.expect(KEYS)
        shown.type("q")
        shown.expect("0 decided.")
        assert ended(shown) == 0
