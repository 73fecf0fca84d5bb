"""`kg cluster`, `kg rules`, `kg topics`: tables, JSON and pictures of a home, and what is told where something is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import RunKg

pytestmark = pytest.mark.model

GRAPHS, OVENS = ["图数据库", "SPARQL"], ["oven", "sourdough"]


def write_vault(folder: Path) -> Path:
    """Write twelve notes about two topics, with dates, in two languages, and a template that all bear."""
    for number in range(6):
        for topic, tags in (("g", GRAPHS), ("o", OVENS)):
            head = f"tags: [template, {', '.join(tags)}]\ncreated: 2025-0{1 + number // 2}-1{number}"
            path = folder / f"{topic}{number}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"---\n{head}\n---\nNothing of note.\n", "utf-8")
    return folder


@pytest.fixture(scope="module")
def mined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from kg.cli import main

    folder = tmp_path_factory.mktemp("mined")
    assert main(["ingest", "--home", str(folder / "home"), str(write_vault(folder / "v"))]) == 0
    return folder / "home"


@pytest.fixture
def notes(mined: Path, home: Path, kg: RunKg) -> RunKg:
    shutil.copytree(mined, home)
    return kg


def test_clusters_are_a_table_json_and_a_picture(notes: RunKg, tmp_path: Path) -> None:
    run = notes("cluster", "--json")
    assert set(run.json) == {"clusters", "modularity", "apart", "hubs"}
    one, other = run.json["clusters"]
    assert {note["doc_id"][0] for note in one["notes"]} == {"g"} and one["size"] == 6
    assert {concept["label"] for concept in one["concepts"]} >= {"图数据库", "SPARQL"}
    assert one["number"] == 1 and {note["doc_id"][0] for note in other["notes"]} == {"o"}
    table = notes("cluster", "--members", "1", "--picture", tmp_path / "c.html")
    assert "2 clusters of 12 notes, modularity 0." in table.text and "    g" in table.text
    assert f"The picture is in {tmp_path / 'c.html'}.\n" in table.messages
    assert "图数据库" in (tmp_path / "c.html").read_text("utf-8")


def test_rules_are_a_table_json_and_a_picture(notes: RunKg, tmp_path: Path) -> None:
    run = notes("rules", "--json")
    assert set(run.json) == {"rules", "total", "notes", "items", "least", "longest", "by_chance", "no_better"}
    said = {(tuple(item["label"] for item in rule["left"]), rule["right"]["label"]) for rule in run.json["rules"]}
    assert said == {
        (("SPARQL",), "图数据库"),
        (("图数据库",), "SPARQL"),
        (("oven",), "sourdough"),
        (("sourdough",), "oven"),
    }
    assert run.json["rules"][0]["support"] == 0.5 and run.json["rules"][0]["lift"] == 2.0
    assert "6      50.0%    100%        2.0   SPARQL → 图数据库\n" in notes("rules", "--about", "sparql").text
    assert "1 of 2 rules, from 12 notes" in notes("rules", "--about", "#SPARQL", "-k", 1).text
    assert notes("rules", "--picture", tmp_path / "r.svg").code == 0
    svg = (tmp_path / "r.svg").read_text("utf-8")
    assert svg.startswith("<svg ") and svg.count("→ SPARQL</text>") + svg.count("→ oven</text>") > 0  # all have a label


def test_topics_are_a_table_json_and_a_picture(notes: RunKg, tmp_path: Path) -> None:
    run = notes("topics", "--json", "--by", "tag", "-k", "2")
    assert (run.json["by"], run.json["period"], run.json["periods"]) == (
        "tag",
        "month",
        ["2025-01", "2025-02", "2025-03"],
    )
    first = run.json["topics"][0]
    assert (first["name"], first["counts"], first["trend"]) == ("template", [4, 4, 4], "steady")
    assert (run.json["more"], run.json["dated"]) == (3, 12)
    text = notes("topics", "--since", "2025-02", "--picture", tmp_path / "t.html").text
    assert "8 notes have a date, 0 have none that says the month.\n4 more are before or after." in text
    assert "6      ███" in notes("topics").text
    assert "<table>" in (tmp_path / "t.html").read_text("utf-8")


def test_an_empty_home_says_so(kg: RunKg) -> None:
    kg("init")
    assert kg("cluster").text == "0 clusters of 0 notes, modularity 0.00.\n"
    assert kg("rules").text.startswith("0 rules, from 0 notes")
    assert kg("topics").text.startswith("0 notes have a date")
    assert kg("rules", "--about", "nothing").code == 1


def test_what_is_wrong_is_told_before_the_graph_is_read(notes: RunKg, tmp_path: Path) -> None:
    run = notes("cluster", "--picture", tmp_path / "c.jpg")
    assert run.code == 2 and "ends in .html, .png or .svg" in run.messages
    assert "There is no folder" in notes("topics", "--picture", tmp_path / "no" / "c.html").messages
    assert notes("topics", "--since", "March").code == 2
    assert notes("rules", "--support", "2.5").code == 2
    assert notes("rules", "--confidence", "2").code == 2
    assert notes("cluster", "--resolution", "0").code == 2
    for command in ("cluster --resolution", "rules --lift", "rules --confidence", "rules --support"):
        assert notes(*command.split(), "nan").code == notes(*command.split(), "inf").code == 2
    span = notes("topics", "--since", "2025-03", "--until", "2024")
    assert span.code == 2 and "--since 2025-03 is after --until 2024" in span.messages
    assert notes("topics", "--since", "2025-03", "--until", "2025").code == 0
    assert "not in nothing." in notes("cluster", "--picture", tmp_path / "c").messages
    wrong = notes("rules", "--about", "SPARQ")
    assert wrong.code == 1 and "Did you mean 'SPARQL'?" in wrong.messages
