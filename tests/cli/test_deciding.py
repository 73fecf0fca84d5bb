"""`kg decide`, `kg decisions`, `kg show` of what was decided, and decisions from and to files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.curated import ACME, ADA, BASE, GRACE, OTHER_ADA, USES
from tests.conftest import Run, RunKg
from tests.servers import start_server

pytestmark = pytest.mark.model

BY = ("--author", "ada", "--time", "2026-01-31T12:00:00Z")


@pytest.fixture
def decided(made: Path, home: Path, kg: RunKg) -> RunKg:
    """A home of its own in which nothing is decided yet."""
    shutil.copytree(made, home)
    return kg


def item(kg: RunKg, kind: str, name: str = "") -> dict[str, Any]:
    items: list[dict[str, Any]] = kg("review", "--kind", kind, "--json").json["items"]
    return next(each for each in items if name in (each["subject_name"], ""))


def uses_airflow(kg: RunKg) -> list[str]:
    run = kg("sparql", "SELECT ?n { ?x kg:uses ?y ; kg:name ?n . ?y kg:name 'Airflow' }", "--json")
    return sorted(row["n"]["value"] for row in run.json["results"]["bindings"])


def graph_without_decisions(kg: RunKg) -> list[str]:
    return [line for line in kg("export").text.splitlines() if f"<{BASE}graph/decisions>" not in line]


# --- the kinds of decisions


def test_what_is_rejected_leaves_the_graph_and_stays_away(decided: RunKg) -> None:
    before = graph_without_decisions(decided)
    found = item(decided, "confidence", "Ada Lovelace")
    assert found["predicate"] == USES
    run = decided("decide", "reject", found["id"], *BY, "--reason", "she tried it once", "--json")
    assert run.code == 0
    assert {name: run.json[name] for name in ("kind", "author", "time", "reason", "in_force")} == {
        "kind": "reject", "author": "ada", "time": "2026-01-31T12:00:00Z", "reason": "she tried it once", "in_force": True,
    }  # fmt: skip
    assert run.json["id"].startswith(f"{BASE}decision/")
    assert "Ada Lovelace" not in uses_airflow(decided)
    assert decided("ingest", "--json").json["notes"]["updated"] == 0
    assert "Ada Lovelace" not in uses_airflow(decided)
    undone = decided("decide", "undo", run.json["id"], *BY)
    assert undone.code == 0
    assert "undo: reject: Ada Lovelace · uses · Airflow “Ada uses Airflow on her Mac.”" in undone.text
    assert graph_without_decisions(decided) == before


def test_the_last_part_of_an_id_is_enough(decided: RunKg) -> None:
    found = item(decided, "confidence", "Ada Lovelace")
    run = decided("decide", "accept", found["id"].rpartition("#")[2])
    assert run.code == 0
    assert run.text.startswith("accept: Ada Lovelace · uses · Airflow")
    name = run.text.split()[-3]
    assert f"kg decide undo {name}" in run.messages
    assert decided("decide", "undo", name).code == 0


def test_what_is_accepted_waits_no_more_and_raises_what_is_alike(decided: RunKg) -> None:
    before = item(decided, "confidence", "Ada Lovelace")
    decided("decide", "accept", before["id"], *BY)
    assert before["id"] not in [each["id"] for each in decided("review", "--json").json["items"]]
    page = decided("show", "Harrier", "--json").json
    (source,) = [e for fact in page["facts"] if fact["predicate"] == USES for e in fact["evidence"]]
    assert "alike, 1 accepted and 0 rejected" in source["reason"]
    assert f"{source['confidence']:g}: {source['reason']}" in decided("show", "Harrier").text
    why = decided("cypher", "MATCH (a)-[r:uses]->(b) WHERE a.name = 'Harrier' RETURN r", "--why").text
    assert source["reason"] in why


def test_several_are_decided_together_or_not_at_all(decided: RunKg) -> None:
    ids = [each["id"] for each in decided("review", "--kind", "confidence", "--json").json["items"]]
    assert len(ids) > 1
    failed = decided("decide", "reject", *ids, f"{BASE}note/Acme.md#e-none")
    assert failed.code == 1
    assert decided("decisions", "--json").json["decisions"] == []
    run = decided("decide", "reject", "-", "--json", stdin="\n".join([*ids, "", ids[0]]))
    assert [each["kind"] for each in run.json["decisions"]] == ["reject"] * len(ids)
    assert decided("decide", "accept", "-", stdin="\n").code == 2


def test_all_alike_is_rejected_at_once(decided: RunKg) -> None:
    assert uses_airflow(decided) == ["Acme", "Ada Lovelace", "Harrier"]
    run = decided("decide", "reject", item(decided, "confidence", "Ada Lovelace")["id"], "--alike", *BY)
    assert run.text.startswith("reject: all that is found for uses by triggers “use”\n")
    assert uses_airflow(decided) == []


def test_what_the_ontology_refuses_is_not_accepted_with_all_alike(decided: RunKg, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "Moves.md").write_text("Grace Hopper moved to Acme in 2021.\n", "utf-8")
    assert decided("ingest", tmp_path / "more").code == 0
    refused = decided("review", "--kind", "quarantine", "--json").json["items"]
    (found,) = (each for each in refused if each["predicate_name"] == "lives in")
    for flags in ((), ("--alike",)):
        run = decided("decide", "accept", found["id"], *flags)
        assert run.code == 2 and "cannot be accepted: range of livesIn" in run.messages
    assert decided("decisions").text == "Nothing was decided.\n"


def test_several_decisions_are_undone_by_what_is_said(decided: RunKg) -> None:
    found = decided("review", "--kind", "confidence", "--json").json["items"][:2]
    run = decided("decide", "reject", *(each["id"] for each in found))
    hint = run.messages.strip().removeprefix("Undo them: kg ")
    assert decided(*hint.split()).code == 0
    assert [each["kind"] for each in decided("decisions", "--json").json["decisions"] if each["in_force"]] == []


def test_a_word_is_never_linked_again(decided: RunKg) -> None:
    assert decided("decide", "reject", "--word", "Airflow", "--json").json["target"] == {"type": "word", "word": "airflow"}
    assert decided("show", "Airflow").code == 1
    run = decided("decide", "reject", "--word", "Ada", "--entity", "Ada Lovelace")
    assert run.text.startswith("reject: “ada” does not name Ada Lovelace\n")
    assert uses_airflow(decided) == []


def test_a_thing_is_of_another_class_by_label_name_or_iri(decided: RunKg) -> None:
    for name in ("organisation", "Organisation", "kg:Organisation", "https://w3id.org/noemata#Organisation"):
        run = decided("decide", "retype", "Lantern", name, "--json")
        assert run.json["target"]["class_iri"] == "https://w3id.org/noemata#Organisation"
    assert decided("show", "Lantern", "--json").json["classes"] == ["organisation"]
    assert item(decided, "confidence")  # the queue goes on
    refused = [each["subject_name"] for each in decided("review", "--kind", "quarantine", "--json").json["items"]]
    assert "Grace Hopper" not in refused  # who may work for it now
    assert "No class 'organisatoin' in this home. Did you mean 'organisation'?" in (
        decided("decide", "retype", "Lantern", "organisatoin").messages
    )


def test_a_thing_has_another_name(decided: RunKg) -> None:
    assert decided("decide", "rename", "Acme", "Acme Ltd").code == 0
    page = decided("show", ACME, "--json").json
    assert page["name"] == "Acme Ltd"
    assert page["names"] == ["Acme", "Acme Ltd"]


def test_two_things_are_one_and_two_again(decided: RunKg) -> None:
    before = graph_without_decisions(decided)
    run = decided("decide", "merge", "Ada Lovelace", "A. Lovelace", *BY, "--json")
    assert (run.json["target"]["keep"], run.json["target"]["other"]) == (ADA, OTHER_ADA)
    page = decided("show", OTHER_ADA, "--json").json
    assert page["iri"] == ADA
    assert [form["iri"] for form in page["merged"]] == [OTHER_ADA]
    assert page["names"] == ["A. Lovelace", "Ada", "Ada Lovelace"]
    text = decided("show", "Ada").text
    assert f"merged: A. Lovelace <{OTHER_ADA}>" in text
    assert "    merge: A. Lovelace " in text
    assert decided("decide", "split", "Ada", *BY).code == 0
    assert decided("show", OTHER_ADA, "--json").json["iri"] == OTHER_ADA
    for each in decided("decisions", "--json").json["decisions"][::-1]:
        assert decided("decide", "undo", each["id"]).code == 0
    assert graph_without_decisions(decided) == before


def test_a_note_has_a_thing_of_its_own(decided: RunKg) -> None:
    assert "No note 'Nowhere.md'" in decided("decide", "split", "Airflow", "--notes", "Nowhere.md").messages
    run = decided("decide", "split", "Airflow", "--notes", "Lantern.md,People/Grace Hopper.md", "--json")
    assert run.code == 0
    assert run.json["target"]["notes"] == [f"{BASE}note/Lantern.md", f"{BASE}note/People/Grace%20Hopper.md"]
    rows = decided("sparql", "SELECT ?y { ?x kg:uses ?y . ?y kg:name 'Airflow' }", "--json").json["results"]["bindings"]
    assert len({row["y"]["value"] for row in rows}) == 2


# --- what is wrong


def test_a_name_of_several_lists_them(decided: RunKg) -> None:
    decided("decide", "rename", GRACE, "Ada Lovelace")
    run = decided("decide", "merge", "Ada Lovelace", "Acme", "--json")
    assert run.code == 2
    assert run.json["error"]["candidates"] == [ADA, GRACE]
    assert f"  <{GRACE}>  Ada Lovelace" in run.json["error"]["detail"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["merge", "Ada", "Nobody"], 1, "No entity 'Nobody'"),
        (["merge", "Ada", "Ada Lovelace"], 2, "with itself"),
        (["retype", "Ada", "Note"], 2, "class of the system"),
        (["rename", "Ada", " "], 2, "at least one character"),
        (["rename", "Ada", "A", "--author", " "], 2, "--author is empty"),
        (["rename", "Ada", "A", "--time", "yesterday"], 2, "ISO 8601"),
        (["undo", "0123"], 1, "No decision '0123'"),
        (["accept", "e-0123"], 1, "e-0123"),
        (["reject"], 2, "Name an ID"),
        (["reject", "e-1", "--word", "x"], 2, "takes the place"),
        (["split", "Kelpline"], 1, "No entity 'Kelpline'"),
    ],
)
def test_what_cannot_be_decided_is_told_and_nothing_is(
    decided: RunKg, arguments: list[str], code: int, told: str
) -> None:
    run = decided("decide", *arguments)
    assert run.code == code
    assert told in run.messages
    assert decided("decisions", "--json").json["decisions"] == []


def test_times_are_kept_in_one_zone(decided: RunKg) -> None:
    run = decided("decide", "rename", "Ada", "Countess", "--time", "2026-01-31T13:00:00+01:00", "--json")
    assert run.json["time"] == "2026-01-31T12:00:00Z"


def test_the_settings_say_who_decides(decided: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_REVIEW_AUTHOR", "Grace")
    assert decided("decide", "rename", "Ada", "Countess", "--json").json["author"] == "Grace"
    assert decided("decide", "rename", "Ada", "Lady", "--author", "Ada", "--json").json["author"] == "Ada"


# --- the log


def test_decisions_are_listed_with_their_state(decided: RunKg) -> None:
    first = decided("decide", "rename", "Ada", "Countess", *BY, "--json").json
    second = decided("decide", "rename", "Ada Lovelace", "Lady", *BY, "--json").json
    run = decided("decisions")
    assert run.text.splitlines()[0] == "rename: Lady is called “Countess”  (superseded)"
    assert [each["state"] for each in decided("decisions", ADA, "--json").json["decisions"]] == ["superseded", ""]
    assert second["supersedes"] == [first["id"]]
    decided("decide", "undo", second["id"])
    states = [each["state"] for each in decided("decisions", "--json").json["decisions"]]
    assert states == ["", "undone", ""]
    assert decided("decisions", "Acme").text == "Nothing was decided.\n"
    assert "No note or entity 'Acne' in this home" in decided("decisions", "Acne").messages
    assert decided("decisions", "--conflicts").text == "No decision contradicts another.\n"
    assert decided("decisions", ADA, "--unapplied").text == "No decision about it has lost what it was about.\n"


def test_a_decision_that_fits_nothing_any_more_is_told(decided: RunKg, made: Path) -> None:
    found = item(decided, "confidence", "Ada Lovelace")
    decided("decide", "reject", found["id"], *BY)
    assert decided("decisions", "--unapplied", "--json").json["decisions"] == []
    assert decided("forget", "People/Ada Lovelace.md").code == 0
    run = decided("decisions", "--unapplied")
    assert "no longer in any note" in run.text
    assert len(decided("decisions", "--json").json["unapplied"]) == 1
    status = decided("status", "--json").json
    assert (status["decisions"], status["conflicts"], status["unapplied"]) == (1, 0, 1)
    assert status["waiting"] == decided("review", "--json").json["total"]


def other_home(made: Path, folder: Path, kg: RunKg, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on in a second home with the same notes."""
    shutil.copytree(made, folder)
    monkeypatch.setenv("KG_HOME", str(folder))


def test_decisions_go_from_home_to_home(
    decided: RunKg, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = item(decided, "confidence", "Ada Lovelace")
    decided("decide", "reject", found["id"], *BY)
    file = tmp_path / "log.jsonl"
    assert decided("export", "--decisions", "--out", file, "--json").json["lines"] == 2
    export = decided("export").output
    other_home(made, tmp_path / "second", decided, monkeypatch)
    run = decided("import", "--decisions", file, "--json")
    assert (run.json["read"], len(run.json["added"]), run.json["conflicts"]) == (1, 1, [])
    assert decided("export").output == export
    assert decided("import", "--decisions", file).text == "1 decisions read, 0 of them new here.\n"
    assert decided("export", "--decisions").output == file.read_bytes()


def test_two_logs_that_contradict_each_other_are_shown(
    decided: RunKg, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = item(decided, "confidence", "Ada Lovelace")
    decided("decide", "reject", found["id"], *BY)
    file = tmp_path / "log.jsonl"
    decided("export", "--decisions", "--out", file)
    other_home(made, tmp_path / "second", decided, monkeypatch)
    ours = decided("decide", "accept", found["id"], "--author", "bo", "--time", "2026-02-01T00:00:00Z", "--json").json
    run = decided("import", "--decisions", file)
    assert "In conflict" in run.text
    ((pair),) = decided("decisions", "--conflicts", "--json").json["conflicts"]
    assert pair["later"] == ours["id"]
    assert "(bo) contradicts" in decided("decisions", "--conflicts").text
    assert "contradicts" not in decided("decisions", "Grace Hopper").text
    assert decided("decisions", "Grace Hopper", "--json").json["conflicts"] == []
    assert decided("status", "--json").json["conflicts"] == 1
    assert "Ada Lovelace" in uses_airflow(decided)
    waiting = decided("review", "--kind", "conflict", "--json").json["items"]
    assert [each["decisions"] for each in waiting] == [[pair["earlier"], pair["later"]]]
    decided("decide", "undo", pair["later"])
    assert decided("review", "--kind", "conflict", "--json").json["items"] == []
    assert "Ada Lovelace" not in uses_airflow(decided)


def test_a_log_that_cannot_be_read_changes_nothing(decided: RunKg, tmp_path: Path) -> None:
    decided("decide", "rename", "Ada", "Countess", *BY)
    file = tmp_path / "log.jsonl"
    file.write_text(decided("export", "--decisions").text + "{}\n", "utf-8")
    before = decided("export").output
    run = decided("import", "--decisions", file)
    assert run.code == 2
    assert "line 3" in run.messages
    assert decided("export").output == before
    assert decided("import", "--decisions").code == 2
    assert decided("import", "--decisions", file, "--bulk").code == 2


# --- beside a server


@pytest.mark.slow
def test_decisions_are_made_while_a_server_answers(decided: RunKg, home: Path) -> None:
    found = item(decided, "confidence", "Ada Lovelace")
    asked = f"SELECT ?s {{ <{found['id']}> <https://w3id.org/noemata#quote> ?s }}"
    with start_server(home) as server:
        assert len(server.select(asked)) == 1
        made = decided("decide", "reject", found["id"], "--json")
        assert made.code == 0
        assert server.select(asked) == []
        assert [each["id"] for each in decided("decisions", "--json").json["decisions"]] == [made.json["id"]]
        assert found["id"] not in [each["id"] for each in decided("review", "--json").json["items"]]
        assert decided("decide", "undo", made.json["id"]).code == 0
        assert len(server.select(asked)) == 1


# --- examples


def lines(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run.text.splitlines()]


def test_examples_are_the_judged_sentences(decided: RunKg, tmp_path: Path) -> None:
    assert decided("export", "--examples").text == ""
    decided("decide", "reject", item(decided, "confidence", "Harrier")["id"])
    decided("decide", "accept", item(decided, "confidence", "Ada Lovelace")["id"])
    found = lines(decided("export", "--examples"))
    by_text = {each["text"]: each for each in found}
    assert by_text["Ada uses Airflow on her Mac."] == {
        "text": "Ada uses Airflow on her Mac.",
        "triples": [{"subject": "Ada", "predicate": "uses", "object": "Airflow"}],
        "rejected": [],
    }
    (rejected,) = [each for each in found if each["rejected"]]
    assert rejected["rejected"][0]["subject"] == "Harrier"
    assert not rejected["triples"]
    assert all(triple["subject"] in each["text"] for each in found for triple in each["triples"])
    file = tmp_path / "examples.jsonl"
    assert decided("export", "--examples", "--out", file).text == f"{file}: {len(found)} lines of examples.\n"
    assert decided("export", "--examples", "--format", "turtle").code == 2
