"""`kg event`: recording, listing and taking back on a home of real notes, and what survives the next ingest."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from kg.cli.event import event
from tests.cli.curated import BASE
from tests.conftest import RunKg

pytestmark = pytest.mark.model

ACME = f"{BASE}note/Acme.md"
READ = "SELECT ?title { ?u a kg:User ; kg:viewed ?n . ?n dct:title ?title } ORDER BY ?title"


@pytest.fixture
def home(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the home in which nobody did anything."""
    folder = tmp_path / "home"
    shutil.copytree(made, folder)
    monkeypatch.setenv("KG_HOME", str(folder))
    return folder


@pytest.mark.parametrize(
    ("command", "without"),
    [
        (("event", "--help"), {"kg.graph", "kg.events", "kg.cli.event_learning"}),
        (("event", "view", "--help"), {"kg.curation", "kg.resolution", "kg.recommendation", "rapidfuzz", "numpy"}),
        (("embed", "--help"), {"kg.graph", "kg.embeddings", "numpy"}),
    ],
)
def test_help_waits_for_nothing_that_it_does_not_need(command: tuple[str, ...], without: set[str]) -> None:
    script = f"import json, sys; from kg.cli import main; main({command!r}); print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert without.isdisjoint(json.loads(run.stdout.splitlines()[-1]))


def test_the_table_has_the_first_lines_of_help(kg: RunKg) -> None:
    shown = kg("event", "--help").text.partition("Commands:")[2]
    assert [line.split()[0] for line in shown.splitlines() if line[2:3].strip()] == list(event.table)
    for name, (_, line) in event.table.items():
        found = event.get_command(click.Context(event), name)
        assert found is not None and (found.help or "").startswith(line.rstrip("."))


def test_what_was_done_is_kept_over_an_ingest(kg: RunKg, home: Path, made: Path) -> None:
    run = kg("event", "view", "Acme.md", "Grace Hopper", "--user", "Ann", "--time", "2026-03-02T08:00:00Z", "--json")
    assert run.code == 0, run.messages
    assert [event["title"] for event in run.json["events"]] == ["Acme", "Grace Hopper"]
    assert kg("event", "rate", "4.5", ACME, "--user", "ann", "--time", "2026-03-03T08:00:00Z").code == 0
    assert kg("event", "save", "李雷", "--user", "小明").text.rstrip().endswith("小明 saved  李雷")
    shown = kg("event", "list").text.splitlines()
    assert shown[2] == "2026-03-03T08:00:00Z  Ann rated 4.5  Acme" and len(shown) == 8
    before = kg("event", "list", "--json", "-k", "0").json
    vault = home.parent / "v"
    shutil.copytree(made.parent / "v", vault)
    (vault / "Lantern.md").write_text("Another text.", "utf-8")
    assert kg("ingest", vault).code == 0
    assert kg("event", "list", "--json", "-k", "0").json == before
    titles = [row["title"]["value"] for row in kg("sparql", READ, "--json").json["results"]["bindings"]]
    assert titles == ["Acme", "Grace Hopper"]


def test_taking_back(kg: RunKg, home: Path) -> None:
    empty = kg("export").output
    kg("event", "view", "Acme.md", "--user", "Ann", "--time", "2026-03-02T08:00:00Z")
    kg("event", "save", "Acme.md", "--user", "Ann", "--time", "2026-03-02T08:00:00Z")
    one, other = kg("event", "list", "--json").json["events"]
    assert kg("event", "forget", one["id"], "--json").json == {"removed": 1}
    assert kg("event", "list", "--note", "Acme", "--json").json["events"] == [other]
    assert kg("event", "forget", "--user", "ANN").text == "1 event taken back.\n"
    assert kg("event", "list").text == "Nobody did anything yet.\n"
    assert kg("export").output == empty


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("view", "Nowhere.md"), 1, "No note or entity 'Nowhere.md'"),
        (("rate", "6", "Acme.md"), 2, "6.0 is not in the range 1.0<=x<=5.0"),
        (("view", "Acme.md", "--user", " "), 2, "is empty"),
        (("view", "Acme.md", "--time", "soon"), 2, "is no time in ISO 8601"),
        (("forget",), 2, "Name IDs, or whose events"),
        (("forget", "e1"), 2, "'e1' is no IRI of an event"),
        (("forget", f"{BASE}user/ann/event/1"), 1, "No event"),
        (("forget", "--user", "ann"), 1, "No user 'ann'"),
        (("learn",), 2, "There are 0 notes of users to learn from, and 50 are needed"),
    ],
)
def test_what_is_wrong_is_said(kg: RunKg, home: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    run = kg("event", *arguments)
    assert (run.code, words in run.messages) == (code, True), run.messages
