"""`kg run`, `kg import` and `kg export` as commands: their flags, answers and exit codes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from tests.conftest import RunKg

PEOPLE = """
@prefix kg: <https://w3id.org/noemata#> .
<urn:ada> a kg:Person ; kg:name "Ada" ; kg:worksFor <urn:acme> .
<urn:acme> a kg:Company ; kg:name "Acme" .
"""


@pytest.fixture
def people(kg: RunKg, tmp_path: Path) -> RunKg:
    (tmp_path / "people.ttl").write_text(PEOPLE, "utf-8")
    kg("init", "--base", "https://example.org/me/")
    run = kg("import", tmp_path / "people.ttl", "--json")
    assert run.json == {
        "quads": 5, "added": 5, "removed": 0, "graphs": ["https://example.org/me/import/people"], "skipped": {},
    }  # fmt: skip
    return kg


def test_a_second_import_changes_nothing(people: RunKg, tmp_path: Path) -> None:
    assert people("import", tmp_path / "people.ttl").text == "5 quads in 1 graph: 0 added, 0 removed.\n"


def test_an_export_read_into_a_new_home_is_the_same(
    people: RunKg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "all.nq"
    assert str(file) in people("export", "--out", file).text
    assert people("export").output == file.read_bytes()
    (tmp_path / "all.nq.gz").write_bytes(gzip.compress(file.read_bytes()))
    monkeypatch.setenv("KG_HOME", str(tmp_path / "other"))
    people("init", "--base", "https://example.org/me/")
    assert people("import", tmp_path / "all.nq.gz").code == 2
    run = people("import", tmp_path / "all.nq.gz", "--skip-derived", "--json")
    assert run.code == 0
    assert set(run.json["skipped"]) == {"https://example.org/me/graph/inferred"}
    assert people("export").output == file.read_bytes()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("name", ["nquads", "trig", "turtle", "ntriples", "rdfxml", "jsonld", "graphml", "gexf"])
def test_every_format_is_written(people: RunKg, name: str) -> None:
    run = people("export", "--format", name)
    assert run.code == 0
    assert "Ada" in run.text


def test_json_is_one_document(people: RunKg, tmp_path: Path) -> None:
    assert isinstance(people("export", "--json").json, list)
    assert people("export", "--json", "--format", "trig").code == 2
    written = people("export", "--json", "--format", "trig", "--out", tmp_path / "a.trig").json
    assert written == {
        "file": str(tmp_path / "a.trig"), "format": "trig", "bytes": (tmp_path / "a.trig").stat().st_size,
    }  # fmt: skip


def test_a_broken_file_is_told_with_its_place_and_changes_nothing(people: RunKg, tmp_path: Path) -> None:
    before = people("export").output
    (tmp_path / "bad.ttl").write_text("<urn:a> <urn:b> 1 .\n<urn:a> <urn:b\n", "utf-8")
    run = people("import", tmp_path / "bad.ttl")
    assert run.code == 2
    assert f"{tmp_path / 'bad.ttl'}:2" in run.messages
    assert people("import", tmp_path / "none.ttl").code == 2
    assert people("import", tmp_path / "people.ttl", "--graph", "no iri").code == 2
    assert people("export").output == before


def test_saved_queries_are_listed(kg: RunKg) -> None:
    listed = kg("run", "--json").json["queries"]
    names = [query["name"] for query in listed]
    assert len(names) >= 10
    assert names == sorted(names)
    assert all(f"{name} " in kg("run").text for name in names)


def test_a_file_that_is_wrong_hides_no_other_query(kg: RunKg, home: Path) -> None:
    kg("init")
    folder = home / "queries"
    folder.mkdir()
    (folder / "mine.rq").write_text("# title: Mine\nASK {}", "utf-8")
    (folder / "open.rq").write_text("# title: Open\nASK { ?s ?p\n'x }", "utf-8")
    (folder / "latin.rq").write_bytes(b"# title: K\n# \xe4")
    (folder / "notes.rq").mkdir()
    listed = kg("run")
    assert listed.code == 0
    assert "mine " in listed.text and "orphans " in listed.text and "open " not in listed.text
    assert [line.partition(":")[0] for line in listed.messages.splitlines()] == ["Left out"] * 3
    assert kg("run", "mine").code == 0
    for name, place in (
        ("open", "open.rq:3: "),
        ("latin", "latin.rq:2: the query is not UTF-8"),
        ("notes", "notes.rq: "),
    ):
        run = kg("run", name)
        assert run.code == 2
        assert f"{folder}/{place}" in run.messages
    assert kg("run", "no-such").code == 1


def test_a_saved_query_takes_its_parameters(people: RunKg) -> None:
    rows = people("run", "people-by-organisation", "--json").json["results"]["bindings"]
    assert len(rows) == 1
    by_class = [people("run", "facts-about", *words).code for words in (["--entity", "Ada"], ["--entity=Ada"])]
    assert by_class == [0, 0]
    assert people("run", "most-mentioned", "--class", "Person", "--format", "csv").code == 0


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["no-such-query"], 1),
        (["facts-about"], 2),
        (["facts-about", "--entity"], 2),
        (["facts-about", "--entity", "a", "--entity", "b"], 2),
        (["facts-about", "--entity", "a", "--size", "3"], 2),
        (["facts-about", "a"], 2),
        (["notes", "--limit", "many"], 2),
    ],
)
def test_wrong_parameters_are_refused(people: RunKg, words: list[str], code: int) -> None:
    run = people("run", *words)
    assert (run.code, run.output) == (code, b"")
    assert run.messages


def test_a_query_of_the_home_wins(people: RunKg, home: Path) -> None:
    (home / "queries").mkdir()
    (home / "queries" / "notes.rq").write_text("# title: Mine\nASK {}\n", "utf-8")
    assert people("run", "notes").text == "yes\n"


def test_show_finds_by_name_and_iri(people: RunKg) -> None:
    page = people("show", "ada", "--json").json
    assert (page["iri"], page["name"], page["classes"]) == ("urn:ada", "Ada", ["person"])
    assert "Ada · works for · Acme" in people("show", "urn:acme").text
    missing = people("show", "adaa", "--json")
    assert missing.code == 1
    assert "Did you mean 'ada'" in json.loads(missing.text)["error"]["detail"]
