"""Promise 3: the same notes give the same bytes, whatever the number of workers, the order and the batches."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import pytest

import extractors.pipeline
import kg.curation.curator
import kg.ingest.work
from tests.ingest.homes import Home, differences, embedded, fresh

pytestmark = pytest.mark.model


def expect_same(home: Home, plain: Home) -> None:
    home.check()
    expected, found = plain.dump(), home.dump()
    if found != expected:
        pytest.fail(differences(expected, found))


def test_two_runs(notes: Path, plain: Home) -> None:
    expect_same(fresh(notes), plain)


def test_a_second_run_changes_nothing_and_says_so(notes: Path, plain: Home) -> None:
    home = fresh(notes)
    report = home.ingest()
    assert report.quads == report.statements == report.words == 0
    assert {file.outcome for file in report.files} == {"unchanged"}
    expect_same(home, plain)


def test_a_store_on_disk_that_was_closed_and_opened(notes: Path, plain: Home, tmp_path: Path) -> None:
    home = Home(notes, folder=tmp_path / "home")
    home.ingest()
    home.close()
    home = Home(notes, folder=tmp_path / "home")
    expect_same(home, plain)
    assert home.ingest().quads == 0
    home.close()


def test_without_the_cache_all_is_read_again_to_the_same_bytes(notes: Path, plain: Home) -> None:
    home = fresh(notes)
    home.lose_cache()
    home.source.clear()
    report = home.ingest()
    assert report.counts()["unchanged"] == 0
    assert len(home.source.parsed) == len(home.source.asked) > 20
    expect_same(home, plain)


def test_a_stored_parse_gives_what_a_fresh_one_gives(notes: Path, plain: Home) -> None:
    home = fresh(notes)
    home.store = embedded(None)
    forget_what_was_said(home)
    home.restart()
    home.source.clear()
    home.ingest()
    assert home.source.asked and not home.source.parsed
    expect_same(home, plain)


def test_a_lost_store_is_made_again_without_analysis(notes: Path, plain: Home) -> None:
    home = fresh(notes)
    home.store = embedded(None)
    home.restart()
    home.source.clear()
    home.ingest()
    assert not home.source.asked
    expect_same(home, plain)


def forget_what_was_said(home: Home) -> None:
    for iri in home.cache.notes.states():
        home.cache.notes.drop(iri)


def test_files_that_come_one_by_one_in_any_order(notes: Path, vault: Path) -> None:
    files = sorted(path for path in (notes / "Projects").rglob("*") if path.is_file())
    random.Random(7).shuffle(files)
    home = Home(vault)
    home.ingest()
    for number, file in enumerate(files):
        shutil.copy(file, vault / file.name)
        home.ingest(*[vault / file.name] if number % 3 else [])
    expect_same(home, fresh(vault))


def test_other_batches(notes: Path, plain: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kg.curation.curator, "QUADS_A_COMMIT", 500)
    monkeypatch.setattr(sys.modules["kg.ingest.work"], "_NOTES_A_MESSAGE", 5)
    monkeypatch.setattr(extractors.pipeline, "_BATCH", 3)
    expect_same(fresh(notes), plain)


@pytest.mark.slow
def test_two_workers(notes: Path, plain: Home) -> None:
    home = Home(notes, jobs=2)
    home.ingest()
    expect_same(home, plain)


@pytest.mark.slow
def test_two_workers_that_find_stored_parses(notes: Path, plain: Home) -> None:
    home = Home(notes, jobs=2)
    home.ingest()
    home.store = embedded(None)
    forget_what_was_said(home)
    home.restart()
    home.ingest()
    expect_same(home, plain)
