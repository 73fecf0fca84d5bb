"""Several folders in one home: which one a path means, and a folder that has gone or moved."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kg.home import Home, read_roots, write_roots
from tests.conftest import RunKg

pytestmark = pytest.mark.model


@pytest.fixture
def folders(kg: RunKg, tmp_path: Path) -> tuple[Path, Path]:
    """Two folders that are read: the first, without a name of its own, and one called `work notes`."""
    first, second = tmp_path / "garden", tmp_path / "work notes"
    for folder, text in ((first, "Ada works for Acme."), (second, "Bob works for Initech.")):
        (folder / "People").mkdir(parents=True)
        (folder / "Same.md").write_text(f"{text}\n", "utf-8")
        (folder / "People" / "One.md").write_text("Nothing here.\n", "utf-8")
    assert kg("ingest", first, second).code == 0
    return first, second


def held(kg: RunKg) -> list[tuple[str, str]]:
    query = "SELECT ?root ?path { ?n kg:path ?path OPTIONAL { ?n kg:root ?root } }"
    rows = kg("sparql", query, "--json").json["results"]["bindings"]
    return sorted((row["root"]["value"] if "root" in row else "", row["path"]["value"]) for row in rows)


GARDEN, WORK = [("", "People/One.md"), ("", "Same.md")], [("work notes", "People/One.md"), ("work notes", "Same.md")]


def test_status_names_the_roots(kg: RunKg, folders: tuple[Path, Path]) -> None:
    assert f"garden: {folders[0]}, work notes: {folders[1]}" in kg("status").text
    assert kg("status", "--json").json["roots"] == {"": str(folders[0]), "work notes": str(folders[1])}


@pytest.mark.parametrize("path", ["Same.md", "People", "People/"])
def test_a_path_of_several_roots_is_refused_and_nothing_is_removed(
    kg: RunKg, folders: tuple[Path, Path], path: str
) -> None:
    run = kg("forget", f"garden:{path}x", path)
    assert run.code == 2
    assert f"garden ({folders[0]}), work notes ({folders[1]})" in run.messages
    assert f"Write garden:{path.rstrip('/')} or 'work notes:{path.rstrip('/')}'" in run.messages
    assert held(kg) == GARDEN + WORK


def test_a_root_or_an_iri_or_an_absolute_path_says_which(kg: RunKg, folders: tuple[Path, Path]) -> None:
    assert kg("forget", "garden:Same.md", "--json").json == {"removed": ["Same.md"], "missing": [], "roots": []}
    assert held(kg) == [GARDEN[0], *WORK]
    assert kg("forget", "work notes:People/").code == 0
    assert held(kg) == [GARDEN[0], WORK[1]]
    assert kg("forget", folders[0] / "People" / "One.md").code == 0
    assert held(kg) == [WORK[1]]
    (row,) = kg("sparql", "SELECT ?n { ?n kg:path 'Same.md' }", "--json").json["results"]["bindings"]
    assert kg("forget", row["n"]["value"]).code == 0
    assert held(kg) == []
    assert len(kg("status", "--json").json["roots"]) == 2


@pytest.mark.parametrize("target", ["", "/", "nowhere:", "garden:none.md", ":none.md"])
def test_what_fits_nothing_removes_nothing(kg: RunKg, folders: tuple[Path, Path], target: str) -> None:
    assert kg("forget", target).code == 1
    assert held(kg) == GARDEN + WORK


@pytest.mark.parametrize("by_path", [False, True])
def test_a_root_that_has_gone_is_dropped(kg: RunKg, home: Path, folders: tuple[Path, Path], by_path: bool) -> None:
    shutil.rmtree(folders[1])
    told = kg("ingest", folders[0])
    assert told.code == 0
    assert f"The folder {folders[1]} is not there" in told.messages
    assert "`kg forget 'work notes:'`" in told.messages
    run = kg("forget", folders[1] if by_path else "work notes:")
    assert (run.code, run.text) == (0, f"2 notes removed.\nThe folder {folders[1]} is no longer known.\n")
    assert held(kg) == GARDEN
    assert read_roots(Home(home)) == {"": folders[0]}
    assert "not there" not in kg("ingest").messages


def test_a_moved_vault_is_put_right(kg: RunKg, home: Path, folders: tuple[Path, Path], tmp_path: Path) -> None:
    kg("forget", "work notes:")
    moved = tmp_path / "new place" / "garden"
    moved.parent.mkdir()
    folders[0].rename(moved)
    assert kg("forget", "garden:", "--json").json["roots"] == ["garden"]
    assert read_roots(Home(home)) == {}
    report = kg("ingest", moved, "--json")
    assert (report.json["notes"]["added"], report.messages) == (2, "")
    assert held(kg) == GARDEN
    assert read_roots(Home(home)) == {"": moved}


def test_a_second_folder_of_the_same_name_keeps_it(kg: RunKg, home: Path, folders: tuple[Path, Path]) -> None:
    again = folders[1] / "garden"
    write_roots(Home(home), {"": folders[0], "garden": again})
    assert f"garden-2: {folders[0]}, garden: {again}" in kg("status").text
    assert kg("forget", "garden-2:Same.md").code == 0
    assert held(kg) == [GARDEN[0], *WORK]


def test_notes_of_a_root_that_the_list_has_lost_can_be_named(kg: RunKg, home: Path, folders: tuple[Path, Path]) -> None:
    write_roots(Home(home), {"": folders[0]})
    assert kg("forget", "work notes:").code == 0
    assert held(kg) == GARDEN
